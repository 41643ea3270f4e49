#include "wire-faults.h"

#include "wire-damage.h"

#include "ns3/csma-net-device.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"

#include <vector>

using namespace ns3;

namespace randomtest
{

WireFaults::WireFaults(const Faults& faults,
                       Ptr<NetDevice> device,
                       uint32_t seed,
                       bool found,
                       std::function<void()> seen)
    : m_faults(faults),
      m_device(device),
      m_random(seed),
      m_found(found),
      m_seen(std::move(seen))
{
}

void
WireFaults::DoDispose()
{
    m_device = nullptr;
    ErrorModel::DoDispose();
}

void
WireFaults::DoReset()
{
}

bool
WireFaults::Happens(double share)
{
    // of the generator's own 32 bits: std's distributions differ between libraries
    return share > 0 && m_random() < share * 4294967296.0;
}

bool
WireFaults::DoCorrupt(Ptr<Packet> frame)
{
    if (m_passing)
    {
        return false;
    }
    m_seen();
    if (Happens(m_faults.loss))
    {
        return true;
    }
    if (Happens(m_faults.duplicate))
    {
        ComeLater(frame);
    }
    if (Happens(m_faults.reorder))
    {
        ComeLater(frame);
        return true;
    }
    if (Happens(m_faults.corrupt))
    {
        Flip(frame);
    }
    return false;
}

void
WireFaults::ComeLater(Ptr<const Packet> frame)
{
    double late = m_faults.late * (m_random() / 4294967296.0);
    Simulator::ScheduleWithContext(m_device->GetNode()->GetId(),
                                   Seconds(late),
                                   &WireFaults::Come,
                                   Ptr<WireFaults>(this),
                                   frame->Copy());
}

void
WireFaults::Come(Ptr<Packet> frame)
{
    if (!m_device)
    {
        return; // disposed of
    }
    m_passing = true;
    if (auto link = DynamicCast<PointToPointNetDevice>(m_device))
    {
        link->Receive(frame);
    }
    else if (auto lan = DynamicCast<CsmaNetDevice>(m_device))
    {
        lan->Receive(frame, nullptr);
    }
    m_passing = false;
}

void
WireFaults::Flip(Ptr<Packet> frame)
{
    // Not in the link header: PPP has no check and ns-3 ends the program over a protocol that it
    // does not know.
    std::vector<uint8_t> bytes(frame->GetSize());
    frame->CopyData(bytes.data(), bytes.size());
    bool ppp = DynamicCast<PointToPointNetDevice>(m_device) != nullptr;
    uint32_t ip = ppp ? 2 : 14;
    uint32_t draw = m_random();
    uint8_t bit = 1 << m_random() % 8;
    uint32_t at = ip + draw % (static_cast<uint32_t>(bytes.size()) - ip);
    if (!IsTransport(bytes, ip) || (!m_found && !StockBears(bytes, ip, at)))
    {
        return;
    }
    bytes[at] ^= bit;
    uint32_t tail = frame->GetSize() - at;
    frame->RemoveAtEnd(tail);
    frame->AddAtEnd(Create<Packet>(&bytes[at], tail));
    DamageTag damage; // for those who only count payload
    damage.position = at - ip;
    frame->ReplacePacketTag(damage);
}

bool
WireFaults::IsTransport(const std::vector<uint8_t>& bytes, uint32_t ip)
{
    if (bytes.size() < ip + 40)
    {
        return false;
    }
    bool isIpv6 = bytes[ip] >> 4 == 6;
    uint8_t protocol = bytes[ip + (isIpv6 ? 6 : 9)];
    return (isIpv6 || bytes[ip] == 0x45) && protocol == TcpL4Protocol::PROT_NUMBER;
}

bool
WireFaults::StockBears(const std::vector<uint8_t>& bytes, uint32_t ip, uint32_t at)
{
    // Not in the first byte of the IP header, nor in what tells the length of TCP's header and of
    // its options: ns-3 reads as many bytes as they say, beyond the packet's end, and for ever over
    // an option of length 0, before it has looked at the checksum. IPv6 headers have no checksum,
    // and what ns-3 does then is not ours to test: what TCP's checksum covers is damaged.
    bool isIpv6 = bytes[ip] >> 4 == 6;
    uint32_t tcp = ip + (isIpv6 ? 40 : 20);
    if (tcp + 13 > bytes.size() || at < (isIpv6 ? tcp : ip + 1))
    {
        return false;
    }
    uint32_t payload = tcp + (bytes[tcp + 12] >> 4) * 4;
    return at != tcp + 12 && (at < tcp + 20 || at >= payload);
}

} // namespace randomtest
