#include "switch.h"

#include "frame-info.h"

#include "ns3/abort.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/queue.h"

using namespace ns3;

namespace scenario
{

void
Switch::Connect(Ptr<PointToPointNetDevice> port, const Address& host, uint64_t buffer)
{
    port->GetQueue()->SetMaxSize(QueueSize(BYTES, buffer));
    // in the place of the node's own: nothing of IP is on a switch
    port->SetReceiveCallback(MakeCallback(&Switch::Forward, this));
    m_ports[host] = port;
}

bool
Switch::Forward(Ptr<NetDevice> /* from */,
                Ptr<const Packet> packet,
                uint16_t protocol,
                const Address& /* sender */)
{
    bool ipv6 = protocol == Ipv6L3Protocol::PROT_NUMBER;
    FlowKey flow = FrameInfo::Parse(packet, protocol).received;
    if (ipv6 && Ipv6Address::Deserialize(flow.local.data()).IsMulticast())
    {
        return true; // hosts that look for routers, of which there are none here
    }
    Address destination = ipv6 ? Address(Ipv6Address::Deserialize(flow.local.data()))
                               : Address(Ipv4Address::Deserialize(flow.local.data()));
    auto port = m_ports.find(destination);
    NS_ABORT_MSG_IF(port == m_ports.end(), "the switch has no port to " << destination);
    Ptr<Packet> frame = packet->Copy();
    if (port->second->GetQueue()->GetNBytes() > m_threshold)
    {
        ipv6 ? Mark<Ipv6Header>(frame) : Mark<Ipv4Header>(frame);
    }
    m_dropped += !port->second->Send(frame, port->second->GetBroadcast(), protocol);
    return true;
}

void
Switch::EnableChecksum(Ipv4Header& header)
{
    if (Node::ChecksumEnabled())
    {
        header.EnableChecksum();
    }
}

void
Switch::EnableChecksum(Ipv6Header& /* header */)
{
}

template <typename Header>
void
Switch::Mark(Ptr<Packet> packet)
{
    Header header;
    packet->PeekHeader(header);
    if (header.GetEcn() == Header::ECN_NotECT)
    {
        return;
    }
    packet->RemoveHeader(header);
    EnableChecksum(header);
    header.SetEcn(Header::ECN_CE);
    packet->AddHeader(header);
    m_marked++;
}

void
Switch::MarkAbove(uint64_t bytes)
{
    m_threshold = bytes;
}

uint64_t
Switch::GetMarked() const
{
    return m_marked;
}

uint64_t
Switch::GetDropped() const
{
    return m_dropped;
}

} // namespace scenario
