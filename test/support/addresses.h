#ifndef ADDRESSES_H
#define ADDRESSES_H

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/net-device-container.h"

#include <string>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache-tests
 * Gives devices addresses: 10.1.N.0/24, or 2001:N::/64.
 * \param devices those of one network
 * \param ipv6 IPv4 otherwise
 * \param network its number N
 * \return theirs, global ones
 */
inline std::vector<Address>
AssignAddresses(const NetDeviceContainer& devices, bool ipv6, uint32_t network = 1)
{
    std::vector<Address> addresses;
    std::string number = std::to_string(network);
    if (ipv6)
    {
        Ipv6AddressHelper helper(("2001:" + number + "::").c_str(), Ipv6Prefix(64));
        auto interfaces = helper.Assign(devices);
        for (uint32_t i = 0; i < devices.GetN(); i++)
        {
            addresses.emplace_back(interfaces.GetAddress(i, 1)); // global
        }
        return addresses;
    }
    Ipv4AddressHelper helper(("10.1." + number + ".0").c_str(), "255.255.255.0");
    auto interfaces = helper.Assign(devices);
    for (uint32_t i = 0; i < devices.GetN(); i++)
    {
        addresses.emplace_back(interfaces.GetAddress(i));
    }
    return addresses;
}

/** \ingroup payload-cache-tests \return where a socket is, of IPv4 or IPv6 */
inline Address
EndAt(const Address& address, uint16_t port)
{
    if (Ipv6Address::IsMatchingType(address))
    {
        return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
    }
    return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
}

} // namespace ns3

#endif
