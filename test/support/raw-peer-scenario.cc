#include "raw-peer-scenario.h"

#include "invented-machine.h"
#include "pattern.h"
#include "payload-cache-helper.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace
{

constexpr uint32_t UP = 1;   // flow of what a peer writes
constexpr uint32_t DOWN = 2; // flow of what the host writes

} // namespace

// -- A peer --

RawPeer::RawPeer(
    Ptr<NetDevice> wire, const Address& own, const Address& host, uint16_t port, uint16_t hostPort)
    : destination(host),
      m_wire(wire),
      m_own(own),
      m_port(port),
      m_hostPort(hostPort)
{
    wire->GetNode()->RegisterProtocolHandler(MakeCallback(&RawPeer::Receive, this), 0, wire);
}

RawPeer::~RawPeer()
{
    m_wire->GetNode()->UnregisterProtocolHandler(MakeCallback(&RawPeer::Receive, this));
}

void
RawPeer::Connect()
{
    TcpHeader header;
    header.SetFlags(TcpHeader::SYN);
    header.SetSequenceNumber(SequenceNumber32(firstSequence));
    Transmit(header, Create<Packet>());
}

void
RawPeer::Say(uint8_t flags, int64_t offset, uint32_t length)
{
    TcpHeader header;
    header.SetFlags(flags);
    header.SetSequenceNumber(SequenceNumber32(firstSequence + 1 + static_cast<uint32_t>(offset)));
    header.SetAckNumber(SequenceNumber32(m_hostFirst + 1 + static_cast<uint32_t>(expected)));
    Transmit(header, MakePatternPacket(UP, offset, length));
}

void
RawPeer::Send(int64_t from, int64_t to)
{
    Say(TcpHeader::ACK, from, static_cast<uint32_t>(to - from));
}

void
RawPeer::SendAll(int64_t from, int64_t to, uint32_t size)
{
    for (; from < to; from += size)
    {
        Send(from, std::min(to, from + size));
    }
}

void
RawPeer::Finish(int64_t offset)
{
    Say(TcpHeader::FIN | TcpHeader::ACK, offset, 0);
}

void
RawPeer::Reset(int64_t offset)
{
    Say(TcpHeader::RST, offset, 0);
}

int64_t
RawPeer::Segment::End() const
{
    return offset + length + ((flags & TcpHeader::FIN) != 0 ? 1 : 0);
}

void
RawPeer::Take(const Segment& segment)
{
    if (segment.offset <= expected)
    {
        expected = std::max(expected, segment.End());
    }
}

void
RawPeer::Acknowledge(int64_t offset)
{
    int64_t before = expected;
    m_told = offset <= expected ? std::max(m_told, offset) : m_told;
    expected = offset;
    Say(TcpHeader::ACK, std::max<int64_t>(acknowledged, 0), 0);
    expected = before;
}

void
RawPeer::Transmit(TcpHeader& header, Ptr<Packet> packet)
{
    const uint8_t TCP = TcpL4Protocol::PROT_NUMBER;
    header.SetSourcePort(m_port);
    header.SetDestinationPort(m_hostPort);
    header.SetWindowSize(window);
    header.EnableChecksums();
    if (Ipv6Address::IsMatchingType(destination))
    {
        Ipv6Header ip;
        ip.SetSource(Ipv6Address::ConvertFrom(m_own));
        ip.SetDestination(Ipv6Address::ConvertFrom(destination));
        ip.SetNextHeader(TCP);
        ip.SetHopLimit(hops);
        header.InitializeChecksum(ip.GetSource(), ip.GetDestination(), TCP);
        packet->AddHeader(header);
        ip.SetPayloadLength(packet->GetSize());
        packet->AddHeader(ip);
        m_wire->Send(packet, m_wire->GetBroadcast(), Ipv6L3Protocol::PROT_NUMBER);
        return;
    }
    Ipv4Header ip;
    ip.SetSource(Ipv4Address::ConvertFrom(m_own));
    ip.SetDestination(Ipv4Address::ConvertFrom(destination));
    ip.SetProtocol(TCP);
    ip.SetTtl(hops);
    ip.EnableChecksum();
    header.InitializeChecksum(ip.GetSource(), ip.GetDestination(), TCP);
    packet->AddHeader(header);
    ip.SetPayloadSize(packet->GetSize());
    packet->AddHeader(ip);
    m_wire->Send(packet, m_wire->GetBroadcast(), Ipv4L3Protocol::PROT_NUMBER);
}

void
RawPeer::Receive(Ptr<NetDevice> /* device */,
                 Ptr<const Packet> packet,
                 uint16_t protocol,
                 const Address& /* from */,
                 const Address& /* to */,
                 NetDevice::PacketType /* type */)
{
    Ptr<Packet> rest = packet->Copy();
    TcpHeader header;
    header.EnableChecksums();
    uint8_t next = 0;
    if (protocol == Ipv6L3Protocol::PROT_NUMBER)
    {
        Ipv6Header ip;
        rest->RemoveHeader(ip);
        next = ip.GetNextHeader();
        header.InitializeChecksum(ip.GetSource(), ip.GetDestination(), next);
    }
    else
    {
        Ipv4Header ip;
        rest->RemoveHeader(ip);
        next = ip.GetProtocol();
        header.InitializeChecksum(ip.GetSource(), ip.GetDestination(), next);
    }
    if (next != TcpL4Protocol::PROT_NUMBER)
    {
        return;
    }
    rest->RemoveHeader(header);
    wrongSums += header.IsChecksumOk() ? 0 : 1;
    if (header.GetSourcePort() == m_port)
    {
        passedOn += rest->GetSize();
        wrong +=
            CountWrongBytes(UP, header.GetSequenceNumber().GetValue() - firstSequence - 1, rest);
    }
    else if (header.GetDestinationPort() == m_port)
    {
        Heard(header, rest);
    }
}

void
RawPeer::Heard(const TcpHeader& header, Ptr<const Packet> payload)
{
    uint8_t flags = header.GetFlags();
    uint32_t sequence = header.GetSequenceNumber().GetValue();
    resets += (flags & TcpHeader::RST) != 0 ? 1 : 0;
    hostWindow = header.GetWindowSize();
    if ((flags & TcpHeader::ACK) != 0)
    {
        // never more than 2^31 ahead of what it was
        uint32_t ahead = header.GetAckNumber().GetValue() - firstSequence - 1 -
                         static_cast<uint32_t>(acknowledged);
        acknowledged += static_cast<int32_t>(ahead);
    }
    if ((flags & TcpHeader::SYN) != 0)
    {
        bool answers = (flags & TcpHeader::ACK) != 0;
        m_hostFirst = sequence;
        m_hostPort = header.GetSourcePort();
        m_stands = true;
        Say(answers ? TcpHeader::ACK : TcpHeader::SYN | TcpHeader::ACK, answers ? 0 : -1, 0);
        return;
    }
    if (!m_stands || (flags & TcpHeader::RST) != 0)
    {
        return;
    }
    Segment segment;
    segment.offset = expected + static_cast<int32_t>(sequence - m_hostFirst - 1 -
                                                     static_cast<uint32_t>(expected));
    segment.length = payload->GetSize();
    segment.flags = flags;
    Compare(segment.offset, payload);
    segments += segment.length > 0 ? 1 : 0;
    if (acknowledges && segment.End() > segment.offset)
    {
        Take(segment);
        Acknowledge(expected);
    }
    if (onSegment)
    {
        onSegment(segment);
    }
}

void
RawPeer::Compare(int64_t offset, Ptr<const Packet> payload)
{
    std::vector<uint8_t> came(payload->GetSize());
    std::vector<uint8_t> right(came.size());
    payload->CopyData(came.data(), came.size());
    FillPattern(DOWN, offset, right.data(), right.size());
    for (std::size_t i = 0; i < came.size(); i++)
    {
        bool told = offset + static_cast<int64_t>(i) < m_told;
        bool is = came[i] == right[i];
        blanked += !is && told && came[i] == 0 ? 1 : 0;
        wrong += !is && !(told && came[i] == 0) ? 1 : 0;
    }
}

// -- The host --

RawPeerScenario::RawPeerScenario(const Setting& asked)
    : setting(asked)
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(MSS));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(setting.rcvBuf));
    Config::SetDefault("ns3::PayloadCacheTcpSocket::SendForgottenFin", BooleanValue(true));
    Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    RngSeedManager::SetSeed(3);
    NodeContainer nodes(2);
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    link.SetChannelAttribute("Delay", StringValue("100us"));
    link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("10000p")); // peers do not wait
    NetDeviceContainer wires = link.Install(nodes);
    m_farWire = wires.Get(0);
    host = nodes.Get(1);
    InstallCard(wires.Get(1));
    InternetStackHelper().Install(host);
    if (setting.ipv6)
    {
        Ipv6AddressHelper helper("2001:1::", Ipv6Prefix(64));
        m_own = helper.Assign(NetDeviceContainer(card)).GetAddress(0, 1); // global
        m_peer = Ipv6Address("2001:1::99");
    }
    else
    {
        m_own = Ipv4AddressHelper("10.0.0.0", "255.255.255.0")
                    .Assign(NetDeviceContainer(card))
                    .GetAddress(0);
        m_peer = Ipv4Address("10.0.0.99");
    }
}

RawPeerScenario::~RawPeerScenario()
{
    ends.clear();
    peers.clear();
    listener = nullptr;
    Simulator::Destroy();
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    Config::Reset();
}

void
RawPeerScenario::InstallCard(Ptr<NetDevice> wire)
{
    PayloadCacheHelper helper = setting.farMemory ? InventedMachine(setting.path, 0, 0)
                                                  : InventedMachine(setting.path);
    helper.SetCardAttribute("HoldBytes", BooleanValue(true));
    helper.SetCardAttribute("RxRam", UintegerValue(setting.rxRam));
    helper.SetHostAttribute("BusLatency", StringValue(setting.farMemory ? "50us" : "0us"));
    helper.SetCardAttribute("ReleaseDelay", StringValue("2us"));
    helper.SetCardAttribute("ReleaseWait", StringValue(setting.farMemory ? "0us" : "50us"));
    if (setting.path == "payload-cache")
    {
        helper.SetPathAttribute("WhenFull", StringValue(setting.whenFull));
    }
    card = DynamicCast<PayloadCacheNetDevice>(helper.Install(NetDeviceContainer(wire)).Get(0));
}

RawPeer&
RawPeerScenario::AddPeer(uint16_t port, uint16_t hostPort)
{
    peers.push_back(std::make_unique<RawPeer>(m_farWire, m_peer, m_own, port, hostPort));
    return *peers.back();
}

void
RawPeerScenario::Listen(bool reads)
{
    auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
    listener = Socket::CreateSocket(host, factory);
    Address any = setting.ipv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                               : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT));
    listener->Bind(any);
    listener->Listen();
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                MakeCallback(&RawPeerScenario::Accepted, this).Bind(reads));
}

void
RawPeerScenario::Accepted(bool reads, Ptr<Socket> socket, const Address& /* from */)
{
    ends.push_back(std::make_unique<PatternEnd>(socket, DOWN, UP, 0, 1));
    ends.back()->SetThen(PatternEnd::Then::NOTHING);
    ends.back()->SetReading(reads);
}

PatternEnd&
RawPeerScenario::Connect(double at, uint64_t bytes, uint32_t writeSize)
{
    constexpr uint16_t WAITS = 6000;
    auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
    Ptr<Socket> socket = Socket::CreateSocket(host, factory);
    if (setting.ipv6)
    {
        socket->Bind6();
    }
    else
    {
        socket->Bind();
    }
    ends.push_back(std::make_unique<PatternEnd>(socket, DOWN, UP, bytes, writeSize));
    AddPeer(WAITS, 0);
    Address to = setting.ipv6 ? Address(Inet6SocketAddress(Ipv6Address::ConvertFrom(m_peer), WAITS))
                              : Address(InetSocketAddress(Ipv4Address::ConvertFrom(m_peer), WAITS));
    At(at, [socket, to] { socket->Connect(to); });
    return *ends.back();
}

void
RawPeerScenario::At(double at, std::function<void()> what)
{
    Simulator::Schedule(NanoSeconds(static_cast<int64_t>(at * 1e6)) - Simulator::Now(),
                        std::move(what));
}

void
RawPeerScenario::RunUntil(double until)
{
    Simulator::Stop(NanoSeconds(static_cast<int64_t>(until * 1e6)) - Simulator::Now());
    Simulator::Run();
}

uint64_t
RawPeerScenario::Held() const
{
    return card->GetRamStatistics(PC_RAM_TX).held + card->GetRamStatistics(PC_RAM_RX).held;
}

uint64_t
RawPeerScenario::RamOf(uint64_t packets, uint32_t payload) const
{
    constexpr uint64_t GRANULE = 256;
    uint64_t frame = 14 + (setting.ipv6 ? 40 : 20) + 20 + payload; // Ethernet, IP, TCP
    return packets * ((frame + GRANULE - 1) / GRANULE * GRANULE);
}

Address
RawPeerScenario::Elsewhere() const
{
    return setting.ipv6 ? Address(Ipv6Address("2001:2::1")) : Address(Ipv4Address("10.2.0.1"));
}

void
RawPeerScenario::RouteElsewhere()
{
    if (setting.ipv6)
    {
        Ptr<Ipv6> ip = host->GetObject<Ipv6>();
        ip->SetAttribute("IpForward", BooleanValue(true));
        Ipv6StaticRoutingHelper().GetStaticRouting(ip)->AddNetworkRouteTo(
            Ipv6Address("2001:2::"),
            Ipv6Prefix(64),
            Ipv6Address::ConvertFrom(m_peer),
            ip->GetInterfaceForDevice(card));
        return;
    }
    Ptr<Ipv4> ip = host->GetObject<Ipv4>();
    Ipv4StaticRoutingHelper().GetStaticRouting(ip)->AddNetworkRouteTo(
        Ipv4Address("10.2.0.0"),
        Ipv4Mask("255.255.0.0"),
        Ipv4Address::ConvertFrom(m_peer),
        ip->GetInterfaceForDevice(card));
}
