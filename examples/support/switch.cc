#include "switch.h"

#include "ns3/abort.h"
#include "ns3/ipv4-header.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/queue.h"

using namespace ns3;

namespace scenario
{

void
Switch::Connect(Ptr<PointToPointNetDevice> port, Ipv4Address host, uint64_t buffer)
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
    Ipv4Header header;
    packet->PeekHeader(header);
    auto port = m_ports.find(header.GetDestination());
    NS_ABORT_MSG_IF(port == m_ports.end(),
                    "the switch has no port to " << header.GetDestination());
    Ptr<Packet> frame = packet->Copy();
    if (port->second->GetQueue()->GetNBytes() > m_threshold)
    {
        Mark(frame);
    }
    m_dropped += !port->second->Send(frame, port->second->GetBroadcast(), protocol);
    return true;
}

void
Switch::Mark(Ptr<Packet> packet)
{
    Ipv4Header header;
    packet->PeekHeader(header);
    if (header.GetEcn() == Ipv4Header::ECN_NotECT)
    {
        return;
    }
    if (Node::ChecksumEnabled())
    {
        header.EnableChecksum();
    }
    packet->RemoveHeader(header);
    header.SetEcn(Ipv4Header::ECN_CE);
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
