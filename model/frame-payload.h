#ifndef FRAME_PAYLOAD_H
#define FRAME_PAYLOAD_H

#include "frame-info.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Gives a frame another payload, and its transport's checksum field another value, if it has one.
 * All else stays: headers byte for byte, the packet's identity, its tags, and the byte tags at their
 * places, by which others (FlowMonitor) follow packets.
 * \param packet the frame, from its network header on
 * \param info its headers
 * \param payload all that is to stand behind the headers
 * \param checksum the checksum field's new value
 */
void SwapPayload(Ptr<Packet> packet,
                 const FrameInfo& info,
                 Ptr<const Packet> payload,
                 uint16_t checksum);

} // namespace ns3

#endif
