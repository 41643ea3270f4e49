#include "frame-tag.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(FrameTag);

TypeId
FrameTag::GetTypeId()
{
    static TypeId tid = TypeId("ns3::FrameTag")
                            .SetParent<Tag>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<FrameTag>();
    return tid;
}

TypeId
FrameTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
FrameTag::GetSerializedSize() const
{
    return 8 + 8;
}

void
FrameTag::Serialize(TagBuffer i) const
{
    i.WriteU64(number);
    i.WriteU64(offset);
}

void
FrameTag::Deserialize(TagBuffer i)
{
    number = i.ReadU64();
    offset = i.ReadU64();
}

void
FrameTag::Print(std::ostream& os) const
{
    os << "frame=" << number;
}

} // namespace ns3
