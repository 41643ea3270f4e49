#include "addresses.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"

using namespace ns3;

namespace scenario
{

std::vector<Address>
AssignAddresses(const NetDeviceContainer& devices, bool ipv6, const char* mask)
{
    std::vector<Address> addresses;
    if (ipv6)
    {
        // 2001:db8::/32 is for examples (RFC 3849)
        auto interfaces = Ipv6AddressHelper("2001:db8::", Ipv6Prefix(64)).Assign(devices);
        for (uint32_t i = 0; i < devices.GetN(); i++)
        {
            addresses.emplace_back(interfaces.GetAddress(i, 1)); // 0 is the link's own
        }
        return addresses;
    }
    auto interfaces = Ipv4AddressHelper("10.0.0.0", mask).Assign(devices);
    for (uint32_t i = 0; i < devices.GetN(); i++)
    {
        addresses.emplace_back(interfaces.GetAddress(i));
    }
    return addresses;
}

Address
At(const Address& host, uint16_t port)
{
    if (Ipv6Address::IsMatchingType(host))
    {
        return Inet6SocketAddress(Ipv6Address::ConvertFrom(host), port);
    }
    return InetSocketAddress(Ipv4Address::ConvertFrom(host), port);
}

Address
AtAny(const Address& host, uint16_t port)
{
    if (Ipv6Address::IsMatchingType(host))
    {
        return Inet6SocketAddress(Ipv6Address::GetAny(), port);
    }
    return InetSocketAddress(Ipv4Address::GetAny(), port);
}

Address
HostOf(const Address& socket)
{
    if (Inet6SocketAddress::IsMatchingType(socket))
    {
        return Inet6SocketAddress::ConvertFrom(socket).GetIpv6();
    }
    return InetSocketAddress::ConvertFrom(socket).GetIpv4();
}

uint16_t
PortOf(const Address& socket)
{
    if (Inet6SocketAddress::IsMatchingType(socket))
    {
        return Inet6SocketAddress::ConvertFrom(socket).GetPort();
    }
    return InetSocketAddress::ConvertFrom(socket).GetPort();
}

} // namespace scenario
