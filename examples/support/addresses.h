#ifndef ADDRESSES_H
#define ADDRESSES_H

#include "ns3/address.h"
#include "ns3/net-device-container.h"

#include <cstdint>
#include <vector>

namespace scenario
{

/** Addresses of hosts are an Ipv4Address or an Ipv6Address each; with a port they name a socket. */

/**
 * Gives devices that belong to one network an address each.
 * \param mask of IPv4's network
 * \return the addresses, IPv6's global ones
 */
std::vector<ns3::Address> AssignAddresses(const ns3::NetDeviceContainer& devices,
                                          bool ipv6,
                                          const char* mask);

/** \return a port of a host */
ns3::Address At(const ns3::Address& host, uint16_t port);
/** \return a port of all addresses of a host's family */
ns3::Address AtAny(const ns3::Address& host, uint16_t port);
/** \return the host of a port */
ns3::Address HostOf(const ns3::Address& socket);
/** \return the port's number */
uint16_t PortOf(const ns3::Address& socket);

} // namespace scenario

#endif
