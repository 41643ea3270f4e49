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

#include <iterator>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(NeighbourWatch);

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

TypeId
NeighbourWatch::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::NeighbourWatch").SetParent<Object>().SetGroupName("PayloadCache");
    return tid;
}

void
NeighbourWatch::DoDispose()
{
    m_timer.Cancel();
    m_waiting.clear();
    m_host = nullptr;
    Object::DoDispose();
}

void
NeighbourWatch::Begin(Ptr<HostModel> host,
                      Ptr<NetDevice> card,
                      Ipv6Address to,
                      SentDatagrams::Key key,
                      uint64_t bytes)
{
    Ptr<Node> node = card->GetNode();
    auto ipv6 = node->GetObject<Ipv6L3Protocol>();
    int32_t interface = ipv6->GetInterfaceForDevice(card);
    if (interface < 0 || !card->NeedsArp() || to.IsMulticast())
    {
        return;
    }
    auto watch = node->GetObject<NeighbourWatch>();
    if (!watch)
    {
        watch = CreateObject<NeighbourWatch>();
        watch->m_host = PeekPointer(host);
        node->AggregateObject(watch);
        ipv6->TraceConnectWithoutContext(
            "Rx", MakeCallback(&NeighbourWatch::Received, PeekPointer(watch)));
    }
    Ptr<NdiscCache> cache = ipv6->GetInterface(interface)->GetNdiscCache();
    watch->m_waiting.push_back({cache, FindNextHop(ipv6, card, to), key, bytes});
    watch->Look();
}

void
NeighbourWatch::Received(Ptr<const Packet> /* packet */,
                         Ptr<Ipv6> /* ipv6 */,
                         uint32_t /* interface */)
{
    Look();
}

void
NeighbourWatch::Look()
{
    m_again = m_looking; // who is told that a datagram has gone may send another
    if (m_looking)
    {
        return;
    }
    m_looking = true;
    do
    {
        m_again = false;
        for (auto datagram = m_waiting.begin(); datagram != m_waiting.end();)
        {
            datagram = LookAfter(*datagram) ? std::next(datagram) : m_waiting.erase(datagram);
        }
    } while (m_again);
    m_looking = false;
    if (!m_waiting.empty() && !m_timer.IsRunning())
    {
        m_timer = Simulator::Schedule(LOOK_EVERY, &NeighbourWatch::Look, this);
    }
}

bool
NeighbourWatch::LookAfter(Waiting& datagram)
{
    NdiscCache::Entry* entry = datagram.cache->Lookup(datagram.nextHop);
    if (entry && !entry->IsIncomplete() && !entry->IsProbe())
    {
        return false; // it has been sent
    }
    uint64_t before = datagram.bytes;
    datagram.bytes = entry ? CountWaiting(entry, datagram.key) : 0;
    bool waits = datagram.bytes > 0;
    if (datagram.bytes < before)
    {
        m_host->GetDatagrams().sent.Gone(datagram.key, before - datagram.bytes);
    }
    return waits;
}

uint64_t
NeighbourWatch::CountWaiting(NdiscCache::Entry* entry, const SentDatagrams::Key& key)
{
    // the one function that tells what waits changes the state, and nothing else: it is put back
    bool probe = entry->IsProbe();
    auto queue = entry->MarkReachable(entry->GetMacAddress());
    probe ? entry->MarkProbe() : entry->MarkIncomplete({nullptr, Ipv6Header()});
    uint64_t bytes = 0;
    for (const auto& [packet, header] : queue)
    {
        SegmentTag tag;
        if (packet && packet->PeekPacketTag(tag) && tag.datagram && tag.socket == key.socket &&
            tag.offset == key.offset)
        {
            bool fragment = header.GetNextHeader() == Ipv6Header::IPV6_EXT_FRAGMENTATION;
            bytes += packet->GetSize();
            bytes -= fragment ? Ipv6ExtensionFragmentHeader().GetSerializedSize() : 0;
        }
    }
    return bytes;
}

} // namespace ns3
