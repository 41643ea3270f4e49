#include "segment-tag.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(SegmentTag);

TypeId
SegmentTag::GetTypeId()
{
    static TypeId tid = TypeId("ns3::SegmentTag")
                            .SetParent<Tag>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<SegmentTag>();
    return tid;
}

TypeId
SegmentTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
SegmentTag::GetSerializedSize() const
{
    return 4 + 8 + 1;
}

void
SegmentTag::Serialize(TagBuffer i) const
{
    i.WriteU32(socket);
    i.WriteU64(offset);
    i.WriteU8((interrupt ? 1 : 0) | (retransmission ? 2 : 0) | (datagram ? 4 : 0));
}

void
SegmentTag::Deserialize(TagBuffer i)
{
    socket = i.ReadU32();
    offset = i.ReadU64();
    uint8_t flags = i.ReadU8();
    interrupt = flags & 1;
    retransmission = flags & 2;
    datagram = flags & 4;
}

void
SegmentTag::Print(std::ostream& os) const
{
    os << "socket=" << socket << " offset=" << offset;
}

} // namespace ns3
