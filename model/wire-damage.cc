#include "wire-damage.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/node.h"

#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(DamageTag);

TypeId
DamageTag::GetTypeId()
{
    static TypeId tid = TypeId("ns3::DamageTag")
                            .SetParent<Tag>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<DamageTag>();
    return tid;
}

TypeId
DamageTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
DamageTag::GetSerializedSize() const
{
    return 4;
}

void
DamageTag::Serialize(TagBuffer i) const
{
    i.WriteU32(position);
}

void
DamageTag::Deserialize(TagBuffer i)
{
    position = i.ReadU32();
}

void
DamageTag::Print(std::ostream& os) const
{
    os << "position=" << position;
}

pc_packet_verdict
CheckPacket(Ptr<const Packet> packet, uint16_t protocol)
{
    return CheckPacket(packet, protocol, Node::ChecksumEnabled());
}

pc_packet_verdict
CheckPacket(Ptr<const Packet> packet, uint16_t protocol, bool computed)
{
    bool ipv6 = protocol == Ipv6L3Protocol::PROT_NUMBER;
    if (!ipv6 && protocol != Ipv4L3Protocol::PROT_NUMBER)
    {
        return PC_PACKET_WHOLE;
    }
    uint32_t length = packet->GetSize();
    if (computed)
    {
        std::vector<uint8_t> bytes(length);
        packet->CopyData(bytes.data(), length);
        return pc_packet_verdict_of_bytes(bytes.data(), length, ipv6);
    }
    DamageTag damage;
    if (!packet->PeekPacketTag(damage))
    {
        return PC_PACKET_WHOLE;
    }
    uint8_t headers[PC_PACKET_HEADERS];
    packet->CopyData(headers, sizeof(headers));
    return pc_packet_verdict_of_mark(headers, length, ipv6, damage.position);
}

} // namespace ns3
