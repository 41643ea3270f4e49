#include "flow-hash-filter.h"

#include "ns3/ipv4-queue-disc-item.h"

#include <cstring>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(FlowHashFilter);

namespace
{

constexpr uint8_t PROTOCOL_TCP = 6; // IANA protocol numbers

} // namespace

TypeId
FlowHashFilter::GetTypeId()
{
    static TypeId tid = TypeId("ns3::FlowHashFilter")
                            .SetParent<PacketFilter>()
                            .SetGroupName("PayloadCache")
                            .AddConstructor<FlowHashFilter>();
    return tid;
}

void
FlowHashFilter::SetPerturbation(uint32_t perturbation)
{
    m_perturbation = perturbation;
}

bool
FlowHashFilter::CheckProtocol(Ptr<QueueDiscItem> /* item */) const
{
    return true;
}

int32_t
FlowHashFilter::Answer(uint32_t hash) const
{
    // one value means that nothing fits, and the packet would be dropped
    auto answer = static_cast<int32_t>(hash);
    return answer == PF_NO_MATCH ? answer - 1 : answer;
}

int32_t
FlowHashFilter::DoClassify(Ptr<QueueDiscItem> item) const
{
    auto packet = dynamic_cast<const Ipv4QueueDiscItem*>(PeekPointer(item));
    bool tcp = packet && packet->GetHeader().GetProtocol() == PROTOCOL_TCP &&
               packet->GetHeader().GetFragmentOffset() == 0;
    uint8_t bytes[4];
    if (!tcp || packet->GetPacket()->CopyData(bytes, sizeof(bytes)) < sizeof(bytes))
    {
        return Answer(item->Hash(m_perturbation));
    }
    uint32_t source = packet->GetHeader().GetSource().Get();
    uint32_t destination = packet->GetHeader().GetDestination().Get();
    uint32_t ports;
    std::memcpy(&ports, bytes, sizeof(ports));
    // Knuth's multiplicative constant, floor(2^32 / golden ratio)
    uint32_t place = ((source ^ destination ^ ports) * 2654435769U) >> (32 - FLOW_BITS);
    Flow& flow = m_flows[place];
    if (!flow.known || flow.source != source || flow.destination != destination ||
        flow.ports != ports)
    {
        flow = {source, destination, ports, item->Hash(m_perturbation), true};
    }
    return Answer(flow.hash);
}

} // namespace ns3
