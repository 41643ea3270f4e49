// Payload that is needed elsewhere than where it lies: packet sockets and promiscuous handlers,
// forwarding, ICMP quotes, retransmissions that join segments of several writes, and a route that
// moves to another card. Every byte is right, and every fetch is charged and counted.

#include "frame-info.h"
#include "pattern-sink.h"
#include "pattern-source.h"
#include "pattern.h"
#include "payload-cache-helper.h"
#include "support/addresses.h"
#include "support/invented-machine.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/csma-helper.h"
#include "ns3/error-model.h"
#include "ns3/global-value.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/packet-socket-address.h"
#include "ns3/packet-socket-factory.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <map>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 5001;       // chosen
constexpr uint32_t TCP_HEADER = 32;   // with timestamps and their padding (RFC 9293, 7323)
constexpr uint32_t FETCHED = 128 + 128; // the path's H and copy-break: longer packets stay

/** A flow between hosts whose every step costs time, in bytes mode unless it is said otherwise. */
class NeedsTestCase : public TestCase
{
  public:
    NeedsTestCase(const std::string& name, bool bytes, bool ipv6)
        : TestCase(name + (ipv6 ? ", IPv6" : ", IPv4") + (bytes ? "" : ", accounting")),
          m_bytes(bytes),
          m_ipv6(ipv6)
    {
    }

  protected:
    virtual void Build() = 0; //!< makes hosts, cards, addresses and a flow
    virtual void Check() = 0; //!< beside what all have in common

    void DoRun() override
    {
        uint32_t ip = m_ipv6 ? 40 : 20;
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1500 - ip - TCP_HEADER));
        Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(m_bytes));
        RngSeedManager::SetSeed(7);
        Build();
        Simulator::Stop(Seconds(500));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(m_sink->GetWrong(), 0, "wrong bytes");
        NS_TEST_EXPECT_MSG_EQ(m_sink->GetRead(), m_total, "bytes read");
        NS_TEST_EXPECT_MSG_EQ(m_source->GetWritten(), m_total, "bytes written");
        for (const auto& card : m_cards)
        {
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_TX).held, 0, "held, transmit");
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_RX).held, 0, "held, receive");
            card->GetHost()->GetStatistics(); // stops the program if the ledger does not balance
        }
        Check();
        m_source = nullptr;
        m_sink = nullptr;
        m_cards.clear();
        m_devices = NetDeviceContainer();
        Simulator::Destroy();
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
        Config::Reset();
    }

    /** Puts cards around wires: they are m_cards from then on, behind those before them. */
    NetDeviceContainer InstallCards(NetDeviceContainer wires)
    {
        PayloadCacheHelper helper = InventedMachine("payload-cache");
        helper.SetCardAttribute("HoldBytes", BooleanValue(m_bytes));
        NetDeviceContainer cards = helper.Install(wires);
        auto made = CardsOf(cards);
        m_cards.insert(m_cards.end(), made.begin(), made.end());
        return cards;
    }

    static PointToPointHelper Link(const char* delay = "500us")
    {
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        link.SetChannelAttribute("Delay", StringValue(delay));
        return link;
    }

    /** All that is elsewhere is behind \p gateway. */
    static void SetDefaultRoute(Ptr<Node> node, const Address& gateway)
    {
        if (Ipv6Address::IsMatchingType(gateway))
        {
            Ipv6StaticRoutingHelper()
                .GetStaticRouting(node->GetObject<Ipv6>())
                ->SetDefaultRoute(Ipv6Address::ConvertFrom(gateway), 1);
            return;
        }
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(node->GetObject<Ipv4>())
            ->SetDefaultRoute(Ipv4Address::ConvertFrom(gateway), 1);
    }

    /** A flow of \p bytes, in writes of \p writeSize. */
    void MakeFlow(Ptr<Node> from, Ptr<Node> to, const Address& address, uint32_t writeSize = 65536)
    {
        Address end = EndAt(address, PORT);
        m_source = CreateObject<PatternSource>();
        m_source->SetAttribute("Remote", AddressValue(end));
        m_source->SetAttribute("MaxBytes", UintegerValue(m_total));
        m_source->SetAttribute("SendSize", UintegerValue(writeSize));
        m_sink = CreateObject<PatternSink>();
        m_sink->SetAttribute("Local", AddressValue(end));
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        for (Ptr<Application> app : {Ptr<Application>(m_source), Ptr<Application>(m_sink)})
        {
            app->SetAttribute("Protocol", TypeIdValue(factory));
            app->SetAttribute("Pattern", BooleanValue(m_bytes));
        }
        from->AddApplication(m_source);
        to->AddApplication(m_sink);
    }

    uint16_t Protocol() const
    {
        return m_ipv6 ? Ipv6L3Protocol::PROT_NUMBER : Ipv4L3Protocol::PROT_NUMBER;
    }

    /** \return what a packet says; its payload is compared with what was written, in bytes mode */
    FrameInfo Look(Ptr<const Packet> packet)
    {
        FrameInfo info = FrameInfo::Parse(packet, Protocol());
        if (info.isTcp && info.PayloadBytes() > 0 && info.received.localPort == PORT)
        {
            m_lookedAt += info.PayloadBytes();
            Ptr<Packet> payload =
                packet->CreateFragment(info.headerBytes, info.PayloadBytes());
            // ns-3's initial sequence number is 0, so the stream begins at 1
            m_wrongSeen += m_bytes ? CountWrongBytes(0, info.sequence - 1, payload) : 0;
        }
        return info;
    }

    /** Counts what of the flow a card receives whose payload stays on it. */
    void CountStaying(Ptr<PayloadCacheNetDevice> card)
    {
        card->TraceConnectWithoutContext("PhyRxEnd", MakeCallback(&NeedsTestCase::Came, this));
    }

    void Came(Ptr<const Packet> packet)
    {
        uint8_t first = 0;
        packet->CopyData(&first, 1);
        if (first >> 4 != (m_ipv6 ? 6 : 4))
        {
            return; // ARP
        }
        FrameInfo info = FrameInfo::Parse(packet, Protocol());
        m_payloadCame += info.PayloadBytes();
        m_staying += info.packetBytes > FETCHED ? 1 : 0;
    }

    static uint64_t CountOf(Ptr<PayloadCacheNetDevice> card, HostCounter counter)
    {
        return card->GetHost()->GetCount(counter);
    }

    static pc_time Linearising(Ptr<PayloadCacheNetDevice> card)
    {
        return card->GetHost()->GetStatistics().cpu[PC_CAT_LINEARISE];
    }

    bool m_bytes;                 //!< bytes mode
    bool m_ipv6;                  //!< IPv4 otherwise
    uint64_t m_total{1000000};    //!< bytes of the flow
    NetDeviceContainer m_devices; //!< cards
    std::vector<Ptr<PayloadCacheNetDevice>> m_cards; //!< the same
    Ptr<PatternSource> m_source;  //!< writes
    Ptr<PatternSink> m_sink;      //!< reads
    uint64_t m_lookedAt{0};       //!< payload bytes that somebody else has seen
    uint64_t m_wrongSeen{0};      //!< those of them that were wrong
    uint64_t m_payloadCame{0};    //!< of CountStaying(): all payload, of any protocol
    uint64_t m_staying{0};        //!< of CountStaying(): packets
};

/** Somebody else on the receiving host looks at what it receives. */
class TapTestCase : public NeedsTestCase
{
  public:
    TapTestCase(bool promiscuous, bool bytes, bool ipv6)
        : NeedsTestCase(promiscuous ? "promiscuous handler" : "packet socket", bytes, ipv6),
          m_promiscuous(promiscuous)
    {
    }

  private:
    void Build() override
    {
        NodeContainer nodes(2);
        m_devices = InstallCards(Link().Install(nodes));
        InternetStackHelper().Install(nodes);
        MakeFlow(nodes.Get(0), nodes.Get(1), AssignAddresses(m_devices, m_ipv6, 1)[1]);
        CountStaying(m_cards[1]);
        if (m_promiscuous)
        {
            nodes.Get(1)->RegisterProtocolHandler(MakeCallback(&TapTestCase::Seen, this),
                                                  0,
                                                  m_devices.Get(1),
                                                  true);
            return;
        }
        m_socket = Socket::CreateSocket(nodes.Get(1), PacketSocketFactory::GetTypeId());
        PacketSocketAddress address;
        address.SetSingleDevice(m_devices.Get(1)->GetIfIndex());
        address.SetProtocol(Protocol());
        m_socket->SetAttribute("RcvBufSize", UintegerValue(1 << 30));
        m_socket->Bind(address);
        m_socket->SetRecvCallback(MakeCallback(&TapTestCase::Readable, this));
    }

    void Seen(Ptr<NetDevice> device,
              Ptr<const Packet> packet,
              uint16_t /* protocol */,
              const Address& /* from */,
              const Address& /* to */,
              NetDevice::PacketType /* type */)
    {
        NS_TEST_EXPECT_MSG_EQ(device, m_devices.Get(1), "the card shows it");
        Look(packet);
    }

    void Readable(Ptr<Socket> socket)
    {
        while (Ptr<Packet> packet = socket->Recv())
        {
            Look(packet);
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_lookedAt, m_total, "bytes that were looked at");
        NS_TEST_EXPECT_MSG_EQ(m_wrongSeen, 0, "wrong bytes that were looked at");
        NS_TEST_EXPECT_MSG_GT(m_staying, 100, "there were large packets");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[1], HostCounter::LINEARISED), m_staying, "fetched");
        HostModel::Statistics host = m_cards[1]->GetHost()->GetStatistics();
        // 400 cycles each
        double cycles = 400.0 / m_cards[1]->GetHost()->GetFrequency() * 1e12 * m_staying;
        NS_TEST_EXPECT_MSG_EQ_TOL(double(host.cpu[PC_CAT_LINEARISE]), cycles, m_staying, "charged");
        // over the bus once, when it came, and copied from host memory by the reads
        NS_TEST_EXPECT_MSG_EQ(host.busPayloadToHost, m_payloadCame, "payload over the bus");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[1], HostCounter::BYTES_COPIED), m_total, "copied");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[1], HostCounter::READ_PIECES), 0, "read by DMA");
    }

    bool m_promiscuous;   //!< else a packet socket
    Ptr<Socket> m_socket; //!< the latter
};

/** A third host on a LAN looks at what the others say to each other. */
class OnlookerTestCase : public NeedsTestCase
{
  public:
    explicit OnlookerTestCase(bool bytes)
        : NeedsTestCase("a promiscuous third host", bytes, false)
    {
    }

  private:
    void Build() override
    {
        NodeContainer nodes(3);
        CsmaHelper lan;
        lan.SetChannelAttribute("DataRate", StringValue("100Mbps"));
        m_devices = InstallCards(lan.Install(nodes));
        InternetStackHelper().Install(nodes);
        MakeFlow(nodes.Get(0), nodes.Get(1), AssignAddresses(m_devices, m_ipv6, 1)[1]);
        CountStaying(m_cards[2]);
        nodes.Get(2)->RegisterProtocolHandler(MakeCallback(&OnlookerTestCase::Seen, this),
                                              0,
                                              m_devices.Get(2),
                                              true);
    }

    void Seen(Ptr<NetDevice> /* device */,
              Ptr<const Packet> packet,
              uint16_t protocol,
              const Address& /* from */,
              const Address& /* to */,
              NetDevice::PacketType type)
    {
        if (protocol == Protocol())
        {
            NS_TEST_EXPECT_MSG_EQ(type, NetDevice::PACKET_OTHERHOST, "for the others");
            Look(packet);
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_lookedAt, m_total, "bytes that were looked at");
        NS_TEST_EXPECT_MSG_EQ(m_wrongSeen, 0, "wrong bytes that were looked at");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[2], HostCounter::LINEARISED), m_staying, "fetched");
        HostModel::Statistics host = m_cards[2]->GetHost()->GetStatistics();
        NS_TEST_EXPECT_MSG_EQ(host.busPayloadToHost, m_payloadCame, "payload over the bus");
        NS_TEST_EXPECT_MSG_GT(host.cpu[PC_CAT_DRIVER_RX], 0, "its driver worked");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[2], HostCounter::PAYLOAD_RECEIVED), 0, "not its own");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[1], HostCounter::LINEARISED), 0, "nothing elsewhere");
    }
};

/** A router with cards between the hosts; it may lose sight of packets whose hops are used up. */
class RouterTestCase : public NeedsTestCase
{
  public:
    RouterTestCase(bool expires, bool bytes, bool ipv6)
        : NeedsTestCase(expires ? "packets expire at a router" : "forwarding", bytes, ipv6),
          m_expires(expires)
    {
    }

  private:
    void Build() override
    {
        NodeContainer nodes(3); // sender, receiver, router
        NetDeviceContainer first = Link().Install(nodes.Get(0), nodes.Get(2));
        NetDeviceContainer second = Link().Install(nodes.Get(2), nodes.Get(1));
        first = InstallCards(first);
        second = InstallCards(second);
        InternetStackHelper().Install(nodes);
        std::vector<Address> left = AssignAddresses(first, m_ipv6, 1);
        std::vector<Address> right = AssignAddresses(second, m_ipv6, 2);
        if (m_ipv6)
        {
            nodes.Get(2)->GetObject<Ipv6>()->SetAttribute("IpForward", BooleanValue(true));
            for (uint32_t i = 1; i < nodes.Get(2)->GetObject<Ipv6>()->GetNInterfaces(); i++)
            {
                nodes.Get(2)->GetObject<Ipv6>()->SetForwarding(i, true);
            }
        }
        SetDefaultRoute(nodes.Get(0), left[1]);
        SetDefaultRoute(nodes.Get(1), right[0]);
        MakeFlow(nodes.Get(0), nodes.Get(1), right[1]);
        CountStaying(m_cards[1]);
        m_cards[2]->TraceConnectWithoutContext("PhyTxBegin",
                                               MakeCallback(&RouterTestCase::Forwarded, this));
        if (m_expires)
        {
            Simulator::Schedule(MilliSeconds(30), &RouterTestCase::SetHops, this, 1);
            Simulator::Schedule(MilliSeconds(60), &RouterTestCase::SetHops, this, 64);
            m_cards[0]->TraceConnectWithoutContext("MacRx",
                                                   MakeCallback(&RouterTestCase::Quoted, this));
        }
    }

    void SetHops(uint8_t hops)
    {
        m_source->GetSocket()->SetIpTtl(hops);
        m_source->GetSocket()->SetIpv6HopLimit(hops);
    }

    void Forwarded(Ptr<const Packet> packet)
    {
        FrameInfo info = Look(packet);
        m_forwarded += info.isTcp ? info.PayloadBytes() : 0;
        m_sent += info.PayloadBytes();
    }

    /** A packet comes to the sender: does it quote another one? */
    void Quoted(Ptr<const Packet> packet)
    {
        constexpr uint32_t ICMPV6 = 40 + 8; // RFC 4443, 3.3: what is in front of the quoted packet
        std::vector<uint8_t> bytes(packet->GetSize());
        packet->CopyData(bytes.data(), bytes.size());
        if (bytes.size() <= ICMPV6 + 40 || bytes[6] != 58 || bytes[40] != 3)
        {
            return;
        }
        // RFC 4443, 2.4: as much of it as fits into 1280 bytes
        Ptr<Packet> quoted = packet->CreateFragment(ICMPV6, packet->GetSize() - ICMPV6);
        FrameInfo info = FrameInfo::Parse(quoted, Protocol());
        m_quoted += info.PayloadBytes();
        Ptr<Packet> payload = quoted->CreateFragment(info.headerBytes, info.PayloadBytes());
        m_wrongSeen += m_bytes ? CountWrongBytes(0, info.sequence - 1, payload) : 0;
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_wrongSeen, 0, "wrong bytes that were forwarded or quoted");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(m_forwarded, m_total, "forwarded");
        NS_TEST_EXPECT_MSG_EQ(CountOf(m_cards[1], HostCounter::LINEARISED), m_staying, "fetched");
        NS_TEST_EXPECT_MSG_GT(Linearising(m_cards[1]), 0, "charged");
        HostModel::Statistics host = m_cards[1]->GetHost()->GetStatistics();
        if (m_expires)
        {
            // ICMP for IPv4 quotes eight bytes behind the IP header (RFC 792): none of them payload
            NS_TEST_EXPECT_MSG_EQ((m_quoted > 1000), m_ipv6, "payload quoted");
            return;
        }
        // both ways over the router's bus, what else IPv6 says included
        NS_TEST_EXPECT_MSG_GT_OR_EQ(host.busPayloadToHost, m_payloadCame, "in");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(host.busPayloadToCard, m_sent, "out");
        if (!m_ipv6)
        {
            NS_TEST_EXPECT_MSG_EQ(host.busPayloadToHost, m_total, "in, exactly");
            NS_TEST_EXPECT_MSG_EQ(host.busPayloadToCard, m_total, "out, exactly");
        }
    }

    bool m_expires;         //!< for a while, packets have one hop
    uint64_t m_forwarded{0}; //!< payload of the flow
    uint64_t m_sent{0};     //!< payload of any protocol
    uint64_t m_quoted{0};   //!< payload in ICMP messages
};

/** Small writes, each a block of its own: what is sent again joins segments of several. */
class CollapseTestCase : public NeedsTestCase
{
  public:
    CollapseTestCase(bool bytes, bool ipv6)
        : NeedsTestCase("a retransmission joins segments", bytes, ipv6)
    {
        m_total = 600 * WRITE;
    }

  private:
    static constexpr uint32_t WRITE = 701; // odd, and two of them fit a segment

    void Build() override
    {
        Config::SetDefault("ns3::TcpSocket::TcpNoDelay", BooleanValue(true));
        NodeContainer nodes(2);
        NetDeviceContainer wires = Link().Install(nodes);
        auto losses = CreateObject<RateErrorModel>();
        losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        losses->SetRate(0);
        losses->AssignStreams(1);
        // a write at a time goes out, and some in a row are lost
        Simulator::Schedule(MilliSeconds(100), &RateErrorModel::SetRate, losses, 1.0);
        Simulator::Schedule(MilliSeconds(130), &RateErrorModel::SetRate, losses, 0.0);
        wires.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(losses));
        m_devices = InstallCards(wires);
        InternetStackHelper().Install(nodes);
        MakeFlow(nodes.Get(0), nodes.Get(1), AssignAddresses(m_devices, m_ipv6, 1)[1], WRITE);
        m_source->SetAttribute("Rate", StringValue("5Mbps"));
        m_cards[0]->TraceConnectWithoutContext("PhyTxBegin",
                                               MakeCallback(&CollapseTestCase::Sent, this));
    }

    void Sent(Ptr<const Packet> packet)
    {
        FrameInfo info = Look(packet);
        m_others += info.isTcp ? 0 : info.PayloadBytes();
        if (!info.isTcp || info.PayloadBytes() == 0)
        {
            return;
        }
        uint64_t from = info.sequence - 1;
        uint64_t to = from + info.PayloadBytes();
        bool again = from < m_end;
        m_joined += again && from / WRITE != (to - 1) / WRITE && m_begins.count(from) &&
                    m_begins[from] < to;
        m_begins.emplace(from, to);
        m_end = std::max(m_end, to);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_GT(m_joined, 0, "retransmissions that are longer than what was lost");
        NS_TEST_EXPECT_MSG_EQ(m_wrongSeen, 0, "wrong bytes on the wire");
        NS_TEST_EXPECT_MSG_EQ(m_cards[0]->GetHost()->GetStatistics().busPayloadToCard,
                              m_total + m_others,
                              "payload over the bus once");
    }

    std::map<uint64_t, uint64_t> m_begins; //!< where segments began and ended, first
    uint64_t m_end{0};                     //!< of what has been sent
    uint64_t m_joined{0};                  //!< retransmissions
    uint64_t m_others{0};                  //!< what IPv6 says beside
};

/** Two links between the hosts: the route moves from one to the other in mid-connection. */
class MovingRouteTestCase : public NeedsTestCase
{
  public:
    /** \param mtu the new card's; the old one's is 1500 */
    MovingRouteTestCase(bool cut, bool merge, uint16_t mtu, bool bytes, bool ipv6)
        : NeedsTestCase(std::string("the route moves to another card") +
                            (cut ? ", the old link is dead" : "") + (merge ? ", merged" : "") +
                            (mtu < 1500 ? ", a smaller MTU" : ""),
                        bytes,
                        ipv6),
          m_cut(cut),
          m_merge(merge),
          m_mtu(mtu)
    {
        m_total = 3000000;
    }

  private:
    void Build() override
    {
        Config::SetDefault("ns3::PayloadCacheNetDevice::Tso", BooleanValue(m_merge));
        // the receiver takes what is for it by either link (RFC 1122, 3.3.4.2: the weak model)
        Config::SetDefault("ns3::Ipv6L3Protocol::StrongEndSystemModel", BooleanValue(false));
        NodeContainer nodes(2);
        NetDeviceContainer first = Link("5ms").Install(nodes);
        NetDeviceContainer second = Link("5ms").Install(nodes);
        second.Get(0)->SetMtu(m_mtu);
        second.Get(1)->SetMtu(m_mtu);
        m_losses = CreateObject<RateErrorModel>();
        m_losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        m_losses->SetRate(0);
        m_losses->AssignStreams(1);
        first.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(m_losses));
        first = InstallCards(first);
        second = InstallCards(second);
        InternetStackHelper().Install(nodes);
        m_sender = nodes.Get(0);
        m_old = AssignAddresses(first, m_ipv6, 1);
        m_new = AssignAddresses(second, m_ipv6, 2);
        MakeFlow(nodes.Get(0), nodes.Get(1), m_old[1]);
        for (uint32_t i : {0, 2})
        {
            m_cards[i]->TraceConnectWithoutContext(
                "PhyTxBegin",
                MakeCallback(&MovingRouteTestCase::Sent, this).Bind(i == 2));
            CountStaying(m_cards[i]); // ACKs, and what IPv6 says beside
        }
        // in slow start, so that the send buffer holds much that has not been sent
        Simulator::Schedule(MilliSeconds(25), &MovingRouteTestCase::Move, this);
    }

    void Move()
    {
        m_written = m_source->GetWritten();
        m_losses->SetRate(m_cut ? 1 : 0);
        if (m_ipv6)
        {
            Ipv6StaticRoutingHelper()
                .GetStaticRouting(m_sender->GetObject<Ipv6>())
                ->AddHostRouteTo(Ipv6Address::ConvertFrom(m_old[1]),
                                 Ipv6Address::ConvertFrom(m_new[1]),
                                 2);
            return;
        }
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(m_sender->GetObject<Ipv4>())
            ->AddHostRouteTo(Ipv4Address::ConvertFrom(m_old[1]),
                             Ipv4Address::ConvertFrom(m_new[1]),
                             2);
    }

    void Sent(bool byNew, Ptr<const Packet> packet)
    {
        FrameInfo info = Look(packet);
        m_others += info.isTcp ? 0 : info.PayloadBytes();
        if (byNew && info.isTcp)
        {
            // what was in the send buffer when the route moved lies on the old card
            uint64_t from = info.sequence - 1;
            uint64_t to = from + info.PayloadBytes();
            m_fromOld += from < m_written ? std::min(to, m_written) - from : 0;
            m_byNew += info.PayloadBytes();
        }
    }

    void Check() override
    {
        HostModel::Statistics host = m_cards[0]->GetHost()->GetStatistics();
        uint64_t fetched = CountOf(m_cards[0], HostCounter::OTHER_CARD_BYTES);
        NS_TEST_EXPECT_MSG_EQ(m_wrongSeen, 0, "wrong bytes on the wires");
        NS_TEST_EXPECT_MSG_GT(fetched, 50000, "payload lay on the other card");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(fetched, m_fromOld, "all that was written before");
        NS_TEST_EXPECT_MSG_LT_OR_EQ(fetched, m_fromOld + 65536, "and one write at most that ran");
        NS_TEST_EXPECT_MSG_GT(m_byNew, m_total / 2, "most went by the new card");
        auto drops = m_cards[0]->GetHost()->GetStatistics().drops;
        NS_TEST_EXPECT_MSG_EQ((drops["segment_over_mtu"] > 0), (m_mtu < 1500), "segments too long");
        // two crossings of what was fetched, one of all else
        NS_TEST_EXPECT_MSG_EQ(host.busPayloadToHost, fetched + m_payloadCame, "to the host");
        NS_TEST_EXPECT_MSG_EQ(host.busPayloadToCard,
                              m_total + fetched + m_others,
                              "to the cards");
        NS_TEST_EXPECT_MSG_GT(CountOf(m_cards[0], HostCounter::LINEARISED), 0, "counted");
        double cycles = 400.0 / m_cards[0]->GetHost()->GetFrequency() * 1e12 *
                        CountOf(m_cards[0], HostCounter::LINEARISED);
        NS_TEST_EXPECT_MSG_EQ_TOL(double(host.cpu[PC_CAT_LINEARISE]), cycles, 1000, "charged");
        m_losses = nullptr;
        m_sender = nullptr;
    }

    bool m_cut;                    //!< the old link loses all from then on
    bool m_merge;                  //!< segmentation offload
    uint16_t m_mtu;                //!< of the new link, bytes
    Ptr<RateErrorModel> m_losses;  //!< of the old link
    Ptr<Node> m_sender;            //!< whose route moves
    std::vector<Address> m_old;    //!< of the old link
    std::vector<Address> m_new;    //!< of the new one
    uint64_t m_written{0};         //!< when the route moved
    uint64_t m_fromOld{0};         //!< payload sent by the new card that was written before
    uint64_t m_byNew{0};           //!< payload sent by the new card
    uint64_t m_others{0};          //!< what IPv6 says beside
};

/** All of them. */
class HostNeedsTestSuite : public TestSuite
{
  public:
    HostNeedsTestSuite()
        : TestSuite("payload-cache-host-needs", SYSTEM)
    {
        for (bool ipv6 : {false, true})
        {
            for (bool bytes : {true, false})
            {
                for (bool yes : {false, true})
                {
                    AddTestCase(new TapTestCase(yes, bytes, ipv6), TestCase::QUICK);
                    AddTestCase(new RouterTestCase(yes, bytes, ipv6), TestCase::QUICK);
                    for (uint16_t mtu : {1500, 1400})
                    {
                        AddTestCase(new MovingRouteTestCase(yes, false, mtu, bytes, ipv6),
                                    TestCase::QUICK);
                        AddTestCase(new MovingRouteTestCase(yes, true, mtu, bytes, ipv6),
                                    TestCase::QUICK);
                    }
                }
                AddTestCase(new CollapseTestCase(bytes, ipv6), TestCase::QUICK);
            }
        }
        AddTestCase(new OnlookerTestCase(true), TestCase::QUICK);
        AddTestCase(new OnlookerTestCase(false), TestCase::QUICK);
    }
};

HostNeedsTestSuite g_hostNeedsTestSuite; //!< registers itself

} // namespace
