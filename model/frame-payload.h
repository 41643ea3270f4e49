#ifndef FRAME_PAYLOAD_H
#define FRAME_PAYLOAD_H

#include "frame-info.h"
#include "payload-socket.h"
#include "pc-card-ram.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Gives a frame another payload, and its transport's checksum field another value, if it has one.
 * All else stays: headers byte for byte, the packet's identity, its tags, and byte tags where they
 * are, by which others (FlowMonitor) follow packets.
 * \param packet the frame, from its network header on
 * \param info its headers
 * \param payload all that is to stand behind the headers
 * \param checksum the checksum field's new value
 */
void SwapPayload(Ptr<Packet> packet,
                 const FrameInfo& info,
                 Ptr<const Packet> payload,
                 uint16_t checksum);

/**
 * \ingroup payload-cache
 * What stands for payload that has been taken out of a datagram or a fragment: its two bytes of
 * checksum, and zeros. It has the same sum, so whoever puts fragments together finds the datagram's
 * checksum right if the payload that was taken out is (what a kernel does with the raw sums that
 * cards tell, CHECKSUM_COMPLETE).
 * \param sum sum of the payload, which begins at an even place
 * \param length its bytes
 * \param size bytes that it is to have, with what pads the frame
 */
Ptr<Packet> StandInForSum(uint16_t sum, uint32_t length, uint32_t size);

/**
 * \ingroup payload-cache
 * What card RAM still has of a slice, nothing perhaps. What has been acknowledged while its frame
 * waited has been given back, from the block's front on in whole granules: its peer has it and
 * ignores what comes in its place. But the rest of the slice may be what the peer waits for.
 * \param ram the RAM of the slice's card
 * \param slice the slice as it was when its frame was sent
 */
CardSlice StillHeld(const pc_card_ram& ram, CardSlice slice);

} // namespace ns3

#endif
