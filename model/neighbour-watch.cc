#include "neighbour-watch.h"

#include "host-model.h"
#include "segment-tag.h"

#include "ns3/ipv6-extension-header.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

namespace ns3
{

namespace
{

/// Between two looks: chosen, a tenth of the time between ns-3's solicitations (RFC 4861: 1 s).
const Time LOOK_EVERY = MilliSeconds(100);

/** \return the neighbour that a destination is reached by */
Ipv6Address
FindNextHop(Ptr<Ipv6L3Protocol> ipv6, Ptr<NetDevice> card, Ipv6Address to)
{
    Ipv6Header header;
    header.SetDestination(to);
    Socket::SocketErrno error;
    Ptr<Ipv6Route> route =
        to.IsLinkLocal() ? nullptr
                         : ipv6->GetRoutingProtocol()->RouteOutput(nullptr, header, card, error);
    return route && !route->GetGateway().IsAny() ? route->GetGateway() : to;
}

} // namespace

void
NeighbourWatch::Begin(Ptr<HostModel> host,
                      Ptr<NetDevice> card,
                      Ipv6Address to,
                      SentDatagrams::Key key,
                      uint64_t bytes)
{
    auto ipv6 = card->GetNode()->GetObject<Ipv6L3Protocol>();
    int32_t interface = ipv6->GetInterfaceForDevice(card);
    if (interface < 0 || !card->NeedsArp() || to.IsMulticast())
    {
        return;
    }
    auto watch = Create<NeighbourWatch>();
    watch->m_host = host;
    watch->m_cache = ipv6->GetInterface(interface)->GetNdiscCache();
    watch->m_nextHop = FindNextHop(ipv6, card, to);
    watch->m_key = key;
    watch->m_waiting = bytes;
    watch->Look();
}

void
NeighbourWatch::Look()
{
    NdiscCache::Entry* entry = m_cache->Lookup(m_nextHop);
    if (entry && !entry->IsIncomplete() && !entry->IsProbe())
    {
        return; // it has been sent
    }
    uint64_t waiting = entry ? CountWaiting(entry) : 0;
    if (waiting < m_waiting)
    {
        m_host->GetDatagrams().sent.Gone(m_key, m_waiting - waiting);
    }
    m_waiting = waiting;
    if (waiting > 0)
    {
        Simulator::Schedule(LOOK_EVERY, &NeighbourWatch::Look, Ptr<NeighbourWatch>(this));
    }
}

uint64_t
NeighbourWatch::CountWaiting(NdiscCache::Entry* entry) const
{
    // the one function that tells what waits changes the state, and nothing else: it is put back
    bool probe = entry->IsProbe();
    auto queue = entry->MarkReachable(entry->GetMacAddress());
    probe ? entry->MarkProbe() : entry->MarkIncomplete({nullptr, Ipv6Header()});
    uint64_t bytes = 0;
    for (const auto& [packet, header] : queue)
    {
        SegmentTag tag;
        if (packet && packet->PeekPacketTag(tag) && tag.datagram && tag.socket == m_key.socket &&
            tag.offset == m_key.offset)
        {
            bool fragment = header.GetNextHeader() == Ipv6Header::IPV6_EXT_FRAGMENTATION;
            bytes += packet->GetSize();
            bytes -= fragment ? Ipv6ExtensionFragmentHeader().GetSerializedSize() : 0;
        }
    }
    return bytes;
}

} // namespace ns3
