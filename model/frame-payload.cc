#include "frame-payload.h"

#include "payload-cache-net-device.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv6-extension-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/tcp-header.h"
#include "ns3/udp-header.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace ns3
{

namespace
{

/** A header as bytes: what a card sees of it. For ns-3 it is of the type that it stands for. */
class RawHeader : public Header
{
  public:
    /** Constructor. \param type whose it is \param bytes its length */
    RawHeader(TypeId type, uint32_t bytes)
        : m_type(type),
          m_bytes(bytes)
    {
    }

    TypeId GetInstanceTypeId() const override
    {
        return m_type;
    }

    uint32_t GetSerializedSize() const override
    {
        return m_bytes.size();
    }

    void Serialize(Buffer::Iterator start) const override
    {
        start.Write(m_bytes.data(), m_bytes.size());
    }

    uint32_t Deserialize(Buffer::Iterator start) override
    {
        start.Read(m_bytes.data(), m_bytes.size());
        return m_bytes.size();
    }

    void Print(std::ostream& os) const override
    {
        os << m_bytes.size() << " bytes";
    }

    /** Writes two bytes, the high one first. */
    void Write16(uint32_t offset, uint16_t value)
    {
        m_bytes[offset] = value >> 8;
        m_bytes[offset + 1] = value & 0xff;
    }

  private:
    TypeId m_type;                //!< whose header it is
    std::vector<uint8_t> m_bytes; //!< all of it
};

/** A byte tag and its place. */
struct PlacedTag
{
    std::unique_ptr<Tag> tag; //!< what it says
    uint32_t start;           //!< its first byte
    uint32_t end;             //!< behind its last one
};

std::vector<PlacedTag>
ByteTagsOf(Ptr<const Packet> packet)
{
    std::vector<PlacedTag> tags;
    for (ByteTagIterator i = packet->GetByteTagIterator(); i.HasNext();)
    {
        ByteTagIterator::Item item = i.Next();
        std::unique_ptr<Tag> tag(dynamic_cast<Tag*>(item.GetTypeId().GetConstructor()()));
        item.GetTag(*tag);
        tags.push_back({std::move(tag), item.GetStart(), item.GetEnd()});
    }
    return tags;
}

void
WriteChecksum(Ptr<Packet> packet, const FrameInfo& info, uint16_t checksum)
{
    TypeId network = info.received.isIpv6 ? Ipv6Header::GetTypeId() : Ipv4Header::GetTypeId();
    bool extended = info.received.isIpv6 && info.isFragment;
    uint32_t extension = extended ? Ipv6ExtensionFragmentHeader().GetSerializedSize() : 0;
    RawHeader ip(network, info.networkBytes - extension);
    RawHeader fragment(Ipv6ExtensionFragmentHeader::GetTypeId(), extension);
    RawHeader transport(info.isUdp ? UdpHeader::GetTypeId() : TcpHeader::GetTypeId(),
                        info.headerBytes - info.networkBytes);
    packet->RemoveHeader(ip);
    if (extended)
    {
        packet->RemoveHeader(fragment);
    }
    packet->RemoveHeader(transport);
    transport.Write16(info.checksumAt - info.networkBytes, checksum);
    packet->AddHeader(transport);
    if (extended)
    {
        packet->AddHeader(fragment);
    }
    packet->AddHeader(ip);
}

} // namespace

Ptr<Packet>
StandInForSum(uint16_t sum, uint32_t length, uint32_t size)
{
    const uint8_t bytes[] = {static_cast<uint8_t>(sum >> 8), static_cast<uint8_t>(sum & 0xff)};
    uint32_t kept = std::min<uint32_t>(length, sizeof(bytes));
    auto packet = Create<Packet>(bytes, kept);
    packet->AddAtEnd(Create<Packet>(size - kept));
    return packet;
}

void
SwapPayload(Ptr<Packet> packet,
            const FrameInfo& info,
            Ptr<const Packet> payload,
            uint16_t checksum)
{
    std::vector<PlacedTag> tags = ByteTagsOf(packet);
    packet->RemoveAtEnd(packet->GetSize() - info.headerBytes);
    packet->AddAtEnd(payload);
    if (info.checksumAt != 0)
    {
        WriteChecksum(packet, info, checksum);
    }
    if (tags.empty())
    {
        return;
    }
    packet->RemoveAllByteTags();
    for (const PlacedTag& placed : tags)
    {
        packet->AddByteTag(*placed.tag, placed.start, placed.end);
    }
}

CardSlice
StillHeld(const pc_card_ram& ram, CardSlice slice)
{
    uint32_t gone = slice.length;
    if (pc_card_ram_is_live(&ram, slice.handle))
    {
        uint32_t front = pc_card_ram_front(&ram, slice.handle);
        gone = std::min(slice.length, front - std::min(front, slice.blockOffset));
    }
    slice.blockOffset += gone;
    slice.position += gone;
    slice.length -= gone;
    return slice;
}

} // namespace ns3
