#include "switch.h"

#include "ns3/abort.h"
#include "ns3/ipv4-header.h"
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
    m_dropped += !port->second->Send(packet->Copy(), port->second->GetBroadcast(), protocol);
    return true;
}

uint64_t
Switch::GetDropped() const
{
    return m_dropped;
}

} // namespace scenario
