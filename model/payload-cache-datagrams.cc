// Datagrams on the card: where the payload of each frame of one lies, which of it may stay there,
// and when a datagram has left.

#include "datagram-drops.h"
#include "frame-payload.h"
#include "payload-cache-net-device.h"
#include "pc-checksum.h"

#include "ns3/abort.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4.h"
#include "ns3/node.h"
#include "ns3/object-vector.h"
#include "ns3/queue-disc.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/udp-l4-protocol.h"

namespace ns3
{

void
PayloadCacheNetDevice::WatchQueueDisc()
{
    auto layer = m_node->GetObject<TrafficControlLayer>();
    Ptr<QueueDisc> disc = layer ? layer->GetRootQueueDiscOnDevice(this) : nullptr;
    if (disc && disc != m_watchedDisc)
    {
        m_watchedDisc = disc;
        WatchQueueDiscDrops(*m_host, *disc);
    }
}

// -- To the wire --

void
PayloadCacheNetDevice::FindDatagram(TxFrame& frame)
{
    if (frame.info.PayloadBytes() > 0)
    {
        m_host->GetDatagrams().sent.Find(SentDatagrams::KeyOf(frame.tag),
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
    auto pieces = m_host->GetDatagrams().sent.Pieces(SentDatagrams::KeyOf(unit.tag));
    return pieces ? pieces->size() : 0;
}

uint16_t
PayloadCacheNetDevice::SumDatagram(const TxFrame& frame)
{
    // The card told the sum of each piece with the completion of its DMA; the driver adds them up.
    uint16_t sum = 0;
    auto pieces = m_host->GetDatagrams().sent.Pieces(SentDatagrams::KeyOf(frame.tag));
    NS_ABORT_MSG_UNLESS(pieces, "a frame of a datagram whose payload has been given back");
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
        m_host->GetDatagrams().sent.Gone(SentDatagrams::KeyOf(frame.tag), frame.info.DatagramBytes());
    }
}

void
PayloadCacheNetDevice::DatagramQueued(const TxFrame& frame)
{
    if (frame.tagged && frame.tag.datagram)
    {
        m_inWireQueue.Add({PeekPointer(frame.packet), frame.tag, frame.info.DatagramBytes()});
    }
}

void
PayloadCacheNetDevice::DatagramAccepted(const TxFrame& frame)
{
    // A wire without a queue sends it now; one that refuses it has it in no queue.
    if (frame.tagged && frame.tag.datagram && (!m_wireQueue || !m_wireAccepted) &&
        m_inWireQueue.TakeLast(PeekPointer(frame.packet)))
    {
        m_host->GetDatagrams().sent.Gone(SentDatagrams::KeyOf(frame.tag), frame.info.DatagramBytes(), true);
    }
}

void
PayloadCacheNetDevice::DatagramDequeued(Ptr<const Packet> packet)
{
    if (auto gone = m_inWireQueue.TakeFirst(PeekPointer(packet)))
    {
        // A writer who waits for the room may send at once, and the wire is still taking this packet.
        Simulator::ScheduleNow([host = m_host, gone = *gone] {
            host->GetDatagrams().sent.Gone(SentDatagrams::KeyOf(gone.tag), gone.bytes, true);
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
    datagrams.queue = frame.queue->number;
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
