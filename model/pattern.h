#ifndef PATTERN_H
#define PATTERN_H

#include "ns3/packet.h"

#include <cstdint>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Bytes that depend on their flow and on their position in it, so that a byte at a wrong place, or
 * of another flow, is a wrong byte.
 * \param flow the flow's number
 * \param offset stream offset of the first byte
 * \param bytes where they go
 * \param length how many
 */
void FillPattern(uint32_t flow, uint64_t offset, uint8_t* bytes, uint32_t length);

/**
 * Compares bytes with the pattern.
 * \return how many of them are right before the first wrong one; \p length if all are
 */
uint32_t MatchPattern(uint32_t flow, uint64_t offset, const uint8_t* bytes, uint32_t length);

/**
 * \ingroup payload-cache
 * \return a packet of the pattern's bytes; arguments as for FillPattern()
 */
Ptr<Packet> MakePatternPacket(uint32_t flow, uint64_t offset, uint32_t length);

/**
 * \ingroup payload-cache
 * \return how many bytes of a packet are not the pattern's; arguments as for FillPattern()
 */
uint32_t CountWrongBytes(uint32_t flow, uint64_t offset, Ptr<const Packet> packet);

} // namespace ns3

#endif
