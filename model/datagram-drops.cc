#include "datagram-drops.h"

#include "frame-info.h"
#include "segment-tag.h"

#include "ns3/arp-cache.h"
#include "ns3/arp-l3-protocol.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-queue-disc-item.h"
#include "ns3/ipv6-extension-demux.h"
#include "ns3/ipv6-extension-header.h"
#include "ns3/ipv6-extension.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-queue-disc-item.h"
#include "ns3/traffic-control-layer.h"

namespace ns3
{

namespace
{

// What follows is called from the node's own protocols, which last no longer than its machine: it
// holds no reference, which would be one to itself.

/** \return a time that an object has as an attribute */
Time
TimeOf(const Object& object, const std::string& attribute)
{
    TimeValue time;
    object.GetAttribute(attribute, time);
    return time.Get();
}

/** A packet with a tag of ours has died between UDP and a card. \param bytes of the datagram */
void
Died(HostModel* host, Ptr<const Packet> packet, uint32_t bytes)
{
    SegmentTag tag;
    if (packet->PeekPacketTag(tag) && tag.datagram)
    {
        host->GetDatagrams().sent.Gone(SentDatagrams::KeyOf(tag), bytes);
    }
}

/** IPv4 has dropped a packet, or what it has put together of one. */
void
DroppedByIpv4(HostModel* host,
              const Ipv4Header& /* header */,
              Ptr<const Packet> packet,
              Ipv4L3Protocol::DropReason reason,
              Ptr<Ipv4> /* ipv4 */,
              uint32_t /* interface */)
{
    // a fragment that is received has no tag of this host's
    if (reason != Ipv4L3Protocol::DROP_FRAGMENT_TIMEOUT)
    {
        Died(host, packet, packet->GetSize());
    }
}

/** IPv6 has dropped a packet. */
void
DroppedByIpv6(HostModel* host,
              const Ipv6Header& /* header */,
              Ptr<const Packet> packet,
              Ipv6L3Protocol::DropReason reason,
              Ptr<Ipv6> /* ipv6 */,
              uint32_t /* interface */)
{
    if (reason != Ipv6L3Protocol::DROP_FRAGMENT_TIMEOUT)
    {
        Died(host, packet, packet->GetSize());
    }
}

/** ARP has no room for a packet that waits for an address, or has waited in vain: it has its
 * network header. */
void
DroppedByArp(HostModel* host, Ptr<const Packet> packet)
{
    FrameInfo info = FrameInfo::Parse(packet, Ipv4L3Protocol::PROT_NUMBER);
    Died(host, packet, info.isUdp ? info.DatagramBytes() : packet->GetSize());
}

/** The queue disc before a card has dropped a packet, which may have its network header yet. */
void
DroppedByQueueDisc(HostModel* host, Ptr<const QueueDiscItem> item)
{
    Ptr<const Packet> packet = item->GetPacket();
    uint32_t bytes = item->GetSize(); // the header included, whether it has been added or not
    if (auto ipv4 = DynamicCast<const Ipv4QueueDiscItem>(item))
    {
        bytes -= ipv4->GetHeader().GetSerializedSize();
    }
    else if (auto ipv6 = DynamicCast<const Ipv6QueueDiscItem>(item))
    {
        bytes -= ipv6->GetHeader().GetSerializedSize();
        bool fragment = ipv6->GetHeader().GetNextHeader() == Ipv6Header::IPV6_EXT_FRAGMENTATION;
        bytes -= fragment ? Ipv6ExtensionFragmentHeader().GetSerializedSize() : 0;
    }
    Died(host, packet, bytes);
}

/** A card without a queue disc had no room for a packet, which has its network header. */
void
DroppedByTrafficControl(HostModel* host, Ptr<const Packet> packet)
{
    uint8_t version = 0;
    packet->CopyData(&version, sizeof(version));
    FrameInfo info = FrameInfo::Parse(packet,
                                      version >> 4 == 6 ? Ipv6L3Protocol::PROT_NUMBER
                                                        : Ipv4L3Protocol::PROT_NUMBER);
    Died(host, packet, info.DatagramBytes());
}

} // namespace

void
PrepareDatagrams(Ptr<HostModel> host, Ptr<Node> node)
{
    Datagrams& datagrams = host->GetDatagrams();
    if (datagrams.ready)
    {
        return;
    }
    datagrams.ready = true;
    Time timeOut4;
    Time timeOut6;
    if (auto ipv4 = node->GetObject<Ipv4L3Protocol>())
    {
        timeOut4 = TimeOf(*ipv4, "FragmentExpirationTimeout");
        ipv4->TraceConnectWithoutContext("Drop",
                                         MakeBoundCallback(&DroppedByIpv4, PeekPointer(host)));
    }
    if (auto ipv6 = node->GetObject<Ipv6L3Protocol>())
    {
        auto extensions = node->GetObject<Ipv6ExtensionDemux>();
        auto fragments = extensions->GetExtension(Ipv6Header::IPV6_EXT_FRAGMENTATION);
        timeOut6 = TimeOf(*fragments, "FragmentExpirationTimeout");
        ipv6->TraceConnectWithoutContext("Drop",
                                         MakeBoundCallback(&DroppedByIpv6, PeekPointer(host)));
    }
    if (auto arp = node->GetObject<ArpL3Protocol>())
    {
        arp->TraceConnectWithoutContext("Drop",
                                        MakeBoundCallback(&DroppedByArp, PeekPointer(host)));
        auto ipv4 = node->GetObject<Ipv4L3Protocol>();
        for (uint32_t i = 0; i < ipv4->GetNInterfaces(); i++)
        {
            if (Ptr<ArpCache> cache = ipv4->GetInterface(i)->GetArpCache())
            {
                cache->TraceConnectWithoutContext(
                    "Drop", MakeBoundCallback(&DroppedByArp, PeekPointer(host)));
            }
        }
    }
    if (auto layer = node->GetObject<TrafficControlLayer>())
    {
        layer->TraceConnectWithoutContext(
            "TcDrop",
            MakeBoundCallback(&DroppedByTrafficControl, PeekPointer(host)));
    }
    datagrams.reassembly.SetTimeOuts(timeOut4, timeOut6);
}

void
WatchQueueDiscDrops(HostModel& host, QueueDisc& disc)
{
    disc.TraceConnectWithoutContext("Drop", MakeBoundCallback(&DroppedByQueueDisc, &host));
}

} // namespace ns3
