// Datagrams on the card: where the payload of each frame of one lies, which of it may stay there,
// and when a datagram has left.

#include "frame-payload.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/arp-cache.h"
#include "ns3/arp-l3-protocol.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-queue-disc-item.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-extension-demux.h"
#include "ns3/ipv6-extension-header.h"
#include "ns3/ipv6-extension.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-queue-disc-item.h"
#include "ns3/node.h"
#include "ns3/object-vector.h"
#include "ns3/queue-disc.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/udp-l4-protocol.h"

namespace ns3
{

namespace
{

// What follows is called from the node's own protocols, which last no longer than its machine: it
// holds no reference, which would be one to itself.

/** \return the name of the datagram that a tag speaks of */
SentDatagrams::Key
KeyOf(const SegmentTag& tag)
{
    return {tag.socket, tag.offset};
}

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
        host->GetDatagrams().sent.Gone(KeyOf(tag), bytes);
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
PayloadCacheNetDevice::PrepareDatagrams(Ptr<HostModel> host, Ptr<Node> node)
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
PayloadCacheNetDevice::WatchQueueDisc()
{
    auto layer = m_node->GetObject<TrafficControlLayer>();
    Ptr<QueueDisc> disc = layer ? layer->GetRootQueueDiscOnDevice(this) : nullptr;
    if (disc && disc != m_watchedDisc)
    {
        m_watchedDisc = disc;
        disc->TraceConnectWithoutContext(
            "Drop", MakeBoundCallback(&DroppedByQueueDisc, PeekPointer(m_host)));
    }
}

// -- To the wire --

void
PayloadCacheNetDevice::FindDatagram(TxFrame& frame)
{
    if (frame.info.PayloadBytes() > 0)
    {
        m_host->GetDatagrams().sent.Find(KeyOf(frame.tag),
                                         frame.info.PayloadPosition(),
                                         frame.info.PayloadBytes(),
                                         frame.slices);
    }
}

uint64_t
PayloadCacheNetDevice::CountFreed(const TxFrame& unit) const
{
    if (!unit.tagged || !unit.tag.datagram || unit.info.moreFragments)
    {
        return 0;
    }
    auto pieces = m_host->GetDatagrams().sent.Pieces(KeyOf(unit.tag));
    return pieces ? pieces->size() : 0;
}

uint16_t
PayloadCacheNetDevice::SumDatagram(const TxFrame& frame)
{
    // The card told the sum of each piece with the completion of its DMA; the driver adds them up.
    uint16_t sum = 0;
    auto pieces = m_host->GetDatagrams().sent.Pieces(KeyOf(frame.tag));
    if (!pieces)
    {
        return sum;
    }
    for (const auto& piece : *pieces)
    {
        uint16_t part = 0;
        uint32_t edges = 0;
        if (pc_card_ram_sum(&piece.card->m_ram, piece.handle, 0, piece.length, &part, &edges) ==
            PC_OK)
        {
            sum = pc_sum_combine(sum, piece.position % 2 != 0, part);
        }
    }
    return sum;
}

void
PayloadCacheNetDevice::CompleteDatagram(TxFrame& frame)
{
    uint32_t length = frame.info.PayloadBytes();
    uint16_t checksum = frame.info.checksum;
    if (frame.info.HasUdpHeader())
    {
        checksum = pc_checksum_replace(checksum, 0, SumDatagram(frame));
        checksum = checksum == 0 ? 0xffff : checksum; // RFC 768: 0 says that there is none
    }
    std::vector<uint8_t> payload(length);
    frame.packet->CreateFragment(frame.info.headerBytes, length)->CopyData(payload.data(), length);
    for (const CardSlice& slice : frame.slices)
    {
        slice.card->ReadRam(
            slice.handle, slice.blockOffset, &payload[slice.position], slice.length);
    }
    SwapPayload(frame.packet, frame.info, Create<Packet>(payload.data(), length), checksum);
}

void
PayloadCacheNetDevice::DatagramDropped(const TxFrame& frame)
{
    if (frame.tagged && frame.tag.datagram)
    {
        m_host->GetDatagrams().sent.Gone(KeyOf(frame.tag), frame.info.DatagramBytes());
    }
}

void
PayloadCacheNetDevice::DatagramQueued(const TxFrame& frame)
{
    if (frame.tagged && frame.tag.datagram)
    {
        m_inWireQueue.push_back({PeekPointer(frame.packet), frame.tag, frame.info.DatagramBytes()});
    }
}

void
PayloadCacheNetDevice::DatagramAccepted(const TxFrame& frame)
{
    // A wire without a queue sends it now; one that refuses it has it in no queue.
    if (frame.tagged && frame.tag.datagram && (!m_wireQueue || !m_wireAccepted) &&
        !m_inWireQueue.empty() && m_inWireQueue.back().packet == PeekPointer(frame.packet))
    {
        m_inWireQueue.pop_back();
        m_host->GetDatagrams().sent.Gone(KeyOf(frame.tag), frame.info.DatagramBytes(), true);
    }
}

void
PayloadCacheNetDevice::DatagramDequeued(Ptr<const Packet> packet)
{
    if (!m_inWireQueue.empty() && m_inWireQueue.front().packet == PeekPointer(packet))
    {
        QueuedDatagram gone = m_inWireQueue.front();
        m_inWireQueue.pop_front();
        // A writer who waits for the room may send at once, and the wire is still taking this packet.
        Simulator::ScheduleNow([host = m_host, gone] {
            host->GetDatagrams().sent.Gone(KeyOf(gone.tag), gone.bytes, true);
        });
    }
}

// -- From the wire --

bool
PayloadCacheNetDevice::IsToMany(const FrameInfo& info) const
{
    if (info.received.isIpv6)
    {
        return info.received.local[0] == 0xff; // RFC 4291
    }
    Ptr<Ipv4> ipv4 = m_node->GetObject<Ipv4>();
    Ipv4Address local = Ipv4Address::Deserialize(info.received.local.data());
    return ipv4 && ipv4->GetInterfaceForAddress(local) < 0;
}

bool
PayloadCacheNetDevice::IsForMany(const FlowKey& flow) const
{
    if (flow.isIpv6)
    {
        return flow.local[0] == 0xff; // RFC 4291
    }
    Ipv4Address local = Ipv4Address::Deserialize(flow.local.data());
    bool many = local.IsMulticast() || local.IsBroadcast();
    Ptr<Ipv4> ipv4 = m_node->GetObject<Ipv4>();
    int32_t interface = ipv4 ? ipv4->GetInterfaceForDevice(this) : -1;
    for (uint32_t i = 0; interface >= 0 && i < ipv4->GetNAddresses(interface); i++)
    {
        many = many || local == ipv4->GetAddress(interface, i).GetBroadcast();
    }
    return many;
}

bool
PayloadCacheNetDevice::IsRead(const FrameInfo& info, uint16_t port) const
{
    if (!m_host->Sockets().HasPort(port))
    {
        return false;
    }
    // Unicast has one reader. What goes to many may go to sockets of ns-3's as well, which need it.
    if (!IsToMany(info))
    {
        return true;
    }
    return CountBindings(port) <= m_host->Sockets().OnPort(port).size();
}

std::size_t
PayloadCacheNetDevice::CountBindings(uint16_t port) const
{
    ObjectVectorValue stock;
    m_node->GetObject<UdpL4Protocol>()->GetAttribute("SocketList", stock);
    std::size_t bindings = 0; // ours contain ns-3's, so these are all
    for (std::size_t i = 0; i < stock.GetN(); i++)
    {
        Address name;
        DynamicCast<Socket>(stock.Get(i))->GetSockName(name);
        uint16_t bound = InetSocketAddress::IsMatchingType(name)
                             ? InetSocketAddress::ConvertFrom(name).GetPort()
                             : Inet6SocketAddress::ConvertFrom(name).GetPort();
        bindings += bound == port ? 1 : 0;
    }
    return bindings;
}

bool
PayloadCacheNetDevice::StaysOnCard(const RxFrame& frame) const
{
    const FrameInfo& info = frame.info;
    if (info.HasUdpHeader())
    {
        return IsRead(info, info.received.localPort);
    }
    // Later fragments say no port: where the first one has not come before, the host takes them.
    return m_host->GetDatagrams().reassembly.Keeps(info);
}

void
PayloadCacheNetDevice::SortDatagram(Ptr<RxFrame> frame)
{
    if (LostItsReader(*frame))
    {
        m_host->CountDrop("datagram_reader_gone");
        m_macRxDropTrace(frame->packet);
        Poll(*frame->queue);
    }
    else if (StaysOnCard(*frame))
    {
        RunProtocol(frame);
    }
    else
    {
        Linearise(frame, 0);
    }
}

bool
PayloadCacheNetDevice::LostItsReader(const RxFrame& frame) const
{
    // The parts before it are on the card alone, and who would have read them has gone. Where
    // nobody has come in its place UDP answers that the port is closed, which takes no payload.
    const Reassembly& reassembly = m_host->GetDatagrams().reassembly;
    if (!frame.info.isFragment || !reassembly.Completes(frame.info) ||
        !reassembly.Keeps(frame.info))
    {
        return false;
    }
    uint16_t port = reassembly.GetPort(frame.info);
    return !IsRead(frame.info, port) && CountBindings(port) > 0;
}

void
PayloadCacheNetDevice::BeginDatagram(const RxFrame& frame)
{
    Datagrams& datagrams = m_host->GetDatagrams();
    datagrams.delivery.clear();
    datagrams.card = this;
    datagrams.toMany = IsToMany(frame.info);
    datagrams.damaged = false;
    const FrameInfo& info = frame.info;
    uint16_t port = info.received.localPort;
    if (info.isFragment)
    {
        port = info.HasUdpHeader() ? port : datagrams.reassembly.GetPort(info);
        bool keeps = frame.payload != nullptr && StaysOnCard(frame);
        if (!datagrams.reassembly.Add(
                info, frame.payload, keeps, datagrams.delivery, datagrams.damaged))
        {
            return;
        }
    }
    else
    {
        datagrams.delivery.push_back({0, info.PayloadBytes(), frame.payload});
    }
    for (uint32_t number : m_host->Sockets().OnPort(port))
    {
        m_host->Sockets().Find(number)->DatagramComing();
    }
}

void
PayloadCacheNetDevice::EndDatagram()
{
    m_host->GetDatagrams().delivery.clear();
    m_host->GetDatagrams().card = nullptr;
    m_host->GetDatagrams().damaged = false;
}

} // namespace ns3
