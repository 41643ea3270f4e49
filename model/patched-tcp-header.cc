#include "patched-tcp-header.h"

#include "ns3/ipv4-header.h"
#include "ns3/node.h"
#include "ns3/tcp-header.h"

namespace ns3
{

namespace
{

constexpr uint32_t CHECKSUM_OFFSET = 16; // RFC 9293, figure 1

/** A TCP header whose checksum is given, not computed: what a card writes. */
class PatchedTcpHeader : public TcpHeader
{
  public:
    void Serialize(Buffer::Iterator start) const override
    {
        TcpHeader::Serialize(start);
        start.Next(CHECKSUM_OFFSET);
        start.WriteHtonU16(m_checksum);
    }

    /** Sets the checksum field. */
    void SetChecksum(uint16_t checksum)
    {
        m_checksum = checksum;
    }

  private:
    uint16_t m_checksum{0}; //!< the field's value
};

} // namespace

void
PatchTcpHeader(Ptr<Packet> packet, uint16_t checksum)
{
    Ipv4Header ip;
    PatchedTcpHeader tcp;
    packet->RemoveHeader(ip);
    packet->RemoveHeader(tcp);
    tcp.SetChecksum(checksum);
    packet->AddHeader(tcp);
    if (Node::ChecksumEnabled())
    {
        ip.EnableChecksum();
    }
    packet->AddHeader(ip);
}

} // namespace ns3
