#ifndef PATCHED_TCP_HEADER_H
#define PATCHED_TCP_HEADER_H

#include "ns3/packet.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Writes another checksum into the TCP header of a packet, and leaves all else as it is.
 * \param packet an IPv4 packet with a TCP segment, from its network header on
 * \param checksum the checksum field's new value
 */
void PatchTcpHeader(Ptr<Packet> packet, uint16_t checksum);

} // namespace ns3

#endif
