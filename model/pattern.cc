#include "pattern.h"

#include <vector>

namespace ns3
{

namespace
{

/** The byte of a flow at a position: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) of both. */
uint8_t
PatternByte(uint32_t flow, uint64_t offset)
{
    uint64_t x = (offset / 8 + 1) * 0x9e3779b97f4a7c15ULL + flow * 0xd1342543de82ef95ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return static_cast<uint8_t>(x >> (8 * (offset % 8)));
}

} // namespace

void
FillPattern(uint32_t flow, uint64_t offset, uint8_t* bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
    {
        bytes[i] = PatternByte(flow, offset + i);
    }
}

uint32_t
MatchPattern(uint32_t flow, uint64_t offset, const uint8_t* bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
    {
        if (bytes[i] != PatternByte(flow, offset + i))
        {
            return i;
        }
    }
    return length;
}

Ptr<Packet>
MakePatternPacket(uint32_t flow, uint64_t offset, uint32_t length)
{
    std::vector<uint8_t> bytes(length);
    FillPattern(flow, offset, bytes.data(), length);
    return Create<Packet>(bytes.data(), length);
}

uint32_t
CountWrongBytes(uint32_t flow, uint64_t offset, Ptr<const Packet> packet)
{
    uint32_t size = packet->GetSize();
    std::vector<uint8_t> bytes(size);
    packet->CopyData(bytes.data(), size);
    uint32_t wrong = 0;
    uint32_t at = 0;
    while (at < size)
    {
        at += MatchPattern(flow, offset + at, bytes.data() + at, size - at);
        if (at < size)
        {
            wrong++;
            at++;
        }
    }
    return wrong;
}

} // namespace ns3
