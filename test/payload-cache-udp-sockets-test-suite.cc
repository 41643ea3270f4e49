// Datagram sockets beside each other and beside ns-3's own programs: processes that share, groups,
// connected sockets, echoes, errors that come back, late fragments, and neighbours who never
// answer.

#include "payload-cache-udp-socket.h"
#include "pc-rss.h"
#include "support/datagram-hosts.h"
#include "wire-faults.h"

#include "ns3/csma-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/udp-socket-factory.h"

using namespace ns3;
using namespace ns3::datagrams;

namespace
{

constexpr uint8_t ICMP = 1; // IANA protocol numbers

/** \return true if a packet says that nobody has the port that another was sent to (RFC 792) */
bool
IsPortUnreachable(const Ipv4Header& header, Ptr<const Packet> packet)
{
    uint8_t type[2] = {};
    packet->CopyData(type, sizeof(type));
    return header.GetProtocol() == ICMP && type[0] == 3 && type[1] == 3;
}

/** Two sockets of one process: while it is in a call of one, the other is refused one. */
class SharedProcessCase : public TwoHosts
{
  public:
    explicit SharedProcessCase(bool shares)
        : TwoHosts(shares ? "two sockets of a process" : "two sockets of two processes"),
          m_shares(shares)
    {
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        for (uint32_t i = 0; i < 2; i++)
        {
            Ptr<Socket> socket = MakeSocket(0);
            socket->SetAttribute("Process", UintegerValue(m_shares ? 7 : 0));
            Send(socket, InetSocketAddress("10.0.0.2", PORT), 20);
        }
        Simulator::Schedule(Seconds(0.1), [this] { AskBoth(); });
    }

    /** Both have begun at this time, one before the other. */
    void AskBoth()
    {
        m_second = m_left[m_sockets[2]]; // 20, if it could not begin
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_second, m_shares ? 20 : 19, "the second one's first datagram");
        NS_TEST_EXPECT_MSG_EQ(CountUnsent(), 0, "not all has been sent");
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 40, "not all has been read");
    }

    bool m_shares;        //!< they are of one process
    uint32_t m_second{0}; //!< datagrams that the second one still had when both had tried
};

/** A reader that reads only while GetRxAvailable() tells it of bytes. */
class AskingCase : public TwoHosts
{
  public:
    explicit AskingCase(bool costs)
        : TwoHosts(costs ? "asking before each read" : "asking before each read, free")
    {
        m_costs = costs;
    }

  private:
    static constexpr uint32_t COUNT = 20; // datagrams

    void Begin() override
    {
        Ptr<Socket> reader = MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        reader->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        Send(MakeSocket(0), InetSocketAddress("10.0.0.2", PORT), COUNT);
        Simulator::Schedule(Seconds(1), [this, reader] {
            NS_TEST_EXPECT_MSG_EQ(reader->GetRxAvailable(), COUNT * m_size, "all has come");
            reader->SetRecvCallback(MakeCallback(&AskingCase::ReadWhatIsThere, this));
            ReadWhatIsThere(reader);
            NS_TEST_EXPECT_MSG_EQ(reader->GetRxAvailable(), 0, "read, or in the first call");
        });
    }

    void ReadWhatIsThere(Ptr<Socket> socket)
    {
        Address from;
        for (uint32_t asked = 0; socket->GetRxAvailable() > 0; asked++)
        {
            if (asked > COUNT)
            {
                NS_TEST_EXPECT_MSG_EQ(true, false, "available, but never read");
                return;
            }
            Ptr<Packet> packet = socket->RecvFrom(from);
            m_read[socket] += packet ? 1 : 0;
            m_wrong += packet && !IsRight(packet) ? 1 : 0;
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], COUNT, "not all has been read");
    }
};

/** Fragments that others overtake: datagrams are whole all the same. */
class LateFragmentsCase : public TwoHosts
{
  public:
    explicit LateFragmentsCase(bool ipv6)
        : TwoHosts(ipv6 ? "late fragments, IPv6" : "late fragments", 9000),
          m_overIpv6(ipv6)
    {
    }

  private:
    void Begin() override
    {
        m_faults = CreateObject<WireFaults>();
        m_faults->SetAttribute("ReorderRate", DoubleValue(0.3));
        m_faults->SetAttribute("LongestDelay", TimeValue(MilliSeconds(2)));
        m_faults->AssignStreams(7);
        m_faults->Install(DynamicCast<PointToPointNetDevice>(m_wires.Get(1)));
        MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                              : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        Send(MakeSocket(0),
             m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                        : Address(InetSocketAddress("10.0.0.2", PORT)),
             50);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_GT(m_faults->GetCounts().reordered, 50, "hardly a late one");
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 50, "not all has been read");
        m_faults = nullptr;
    }

    bool m_overIpv6;          //!< IPv4 otherwise
    Ptr<WireFaults> m_faults; //!< on the wire
};

/** A group: each socket reads all of it; when the one that others share with closes, they go on. */
class GroupCase : public TwoHosts
{
  public:
    /** \param closes the socket that closes in the middle; -1: none */
    GroupCase(const std::string& name, bool ipv6, int closes)
        : TwoHosts(name + (ipv6 ? ", IPv6" : ", IPv4")),
          m_overIpv6(ipv6),
          m_closes(closes)
    {
    }

  private:
    void Begin() override
    {
        Ipv6Address group("ff02::db8");
        for (uint32_t i = 0; i < 3; i++)
        {
            Ptr<Socket> reader =
                MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                                      : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)),
                           true);
            if (m_overIpv6)
            {
                reader->Ipv6JoinGroup(group);
            }
        }
        Ptr<Socket> sender = MakeSocket(0);
        sender->BindToNetDevice(m_cards.Get(0));
        Send(sender,
             m_overIpv6 ? Address(Inet6SocketAddress(group, PORT))
                        : Address(InetSocketAddress("224.0.0.77", PORT)),
             40);
        if (m_closes >= 0)
        {
            Simulator::Schedule(Seconds(0.105), [this] { m_sockets[m_closes]->Close(); });
        }
    }

    void Check() override
    {
        for (int i = 0; i < 3; i++)
        {
            uint32_t read = m_read[m_sockets[i]];
            if (i == m_closes)
            {
                NS_TEST_EXPECT_MSG_GT(read, 0, "it closed too early");
                NS_TEST_EXPECT_MSG_LT(read, 40, "it closed too late");
            }
            else
            {
                NS_TEST_EXPECT_MSG_EQ(read, 40, "socket " << i);
            }
        }
    }

    bool m_overIpv6; //!< IPv4 otherwise
    int m_closes;    //!< the socket that does, in the middle; -1: none
};

/** An echo: connected at one end, answered to whom it came from at the other. */
class EchoCase : public TwoHosts
{
  public:
    EchoCase()
        : TwoHosts("an echo to a connected socket")
    {
    }

  private:
    void Begin() override
    {
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        Ptr<Socket> asks = MakeSocket(0);
        asks->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT + 1));
        NS_TEST_EXPECT_MSG_EQ(asks->Send(Create<Packet>(1)), -1, "it is not connected yet");
        NS_TEST_EXPECT_MSG_EQ(asks->Connect(InetSocketAddress("10.0.0.2", PORT)), 0, "connect");
        Address peer;
        NS_TEST_EXPECT_MSG_EQ(asks->GetPeerName(peer), 0, "it has a peer");
        bool right = peer == Address(InetSocketAddress("10.0.0.2", PORT));
        NS_TEST_EXPECT_MSG_EQ(right, true, "and this one");
        asks->SetRecvCallback(MakeCallback(&EchoCase::Answered, this));
        Send(asks, Address(), 30);
        // from another port than the one that it is connected to: ns-3 gives it these as well
        Send(MakeSocket(1), InetSocketAddress("10.0.0.1", PORT + 1), 5);
    }

    void HasRead(Ptr<Socket> socket, Ptr<Packet> packet, Address from) override
    {
        m_answers.emplace_back(packet, from);
        Answer(socket);
        socket->SetSendCallback(MakeCallback(&EchoCase::MayAnswer, this));
    }

    void MayAnswer(Ptr<Socket> socket, uint32_t /* room */)
    {
        Answer(socket);
    }

    void Answer(Ptr<Socket> socket)
    {
        while (!m_answers.empty() &&
               socket->SendTo(m_answers.front().first->Copy(), 0, m_answers.front().second) >= 0)
        {
            m_answers.erase(m_answers.begin());
        }
    }

    void Answered(Ptr<Socket> socket)
    {
        while (Ptr<Packet> packet = socket->Recv())
        {
            m_answered++;
            m_wrong += packet->GetSize() != m_size || !IsRight(packet) ? 1 : 0;
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 30, "asked");
        NS_TEST_EXPECT_MSG_EQ(m_answered, 30 + 5, "answered, and what comes from others");
    }

    std::vector<std::pair<Ptr<Packet>, Address>> m_answers; //!< not sent yet
    uint32_t m_answered{0};                                 //!< datagrams that have come back
};

/** No socket has the port: the sender's host is told, and the payload is given back. */
class UnreachableCase : public TwoHosts
{
  public:
    UnreachableCase(uint32_t size, bool ipv6)
        : TwoHosts("nobody has the port, " + std::to_string(size) + (ipv6 ? " B, IPv6" : " B"),
                   size),
          m_overIpv6(ipv6)
    {
    }

  private:
    void Begin() override
    {
        m_nodes.Get(0)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
            "LocalDeliver", MakeCallback(&UnreachableCase::Told, this));
        Ptr<Socket> sender = MakeSocket(0);
        sender->SetAttribute("IcmpCallback",
                             CallbackValue(MakeCallback(&UnreachableCase::SocketTold, this)));
        sender->SetAttribute("IcmpCallback6",
                             CallbackValue(MakeCallback(&UnreachableCase::SocketTold6, this)));
        Send(sender,
             m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                        : Address(InetSocketAddress("10.0.0.2", PORT)),
             10);
    }

    void SocketTold(Ipv4Address from, uint8_t, uint8_t type, uint8_t code, uint32_t)
    {
        m_socketTold += from == Ipv4Address("10.0.0.2") && type == 3 && code == 3 ? 1 : 0;
    }

    void SocketTold6(Ipv6Address from, uint8_t, uint8_t type, uint8_t code, uint32_t)
    {
        // destination unreachable, port (RFC 4443)
        m_socketTold += from == m_ipv6.GetAddress(1, 1) && type == 1 && code == 4 ? 1 : 0;
    }

    void Told(const Ipv4Header& header, Ptr<const Packet> packet, uint32_t /* interface */)
    {
        m_told += IsPortUnreachable(header, packet) ? 1 : 0;
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(CountUnsent(), 0, "not all has been sent");
        NS_TEST_EXPECT_MSG_EQ(m_told, (m_overIpv6 ? 0 : 10), "one error a datagram");
        NS_TEST_EXPECT_MSG_EQ(m_socketTold, 10, "the socket is told");
    }

    bool m_overIpv6;          //!< IPv4 otherwise
    uint32_t m_told{0};       //!< errors of IPv4 that have come
    uint32_t m_socketTold{0}; //!< errors that the socket was told of
};

/** A socket closes between two fragments of a datagram: the port is closed, or already another's. */
class ReaderGoneCase : public TwoHosts
{
  public:
    explicit ReaderGoneCase(bool takenOver)
        : TwoHosts(takenOver ? "between two fragments the port becomes one of ns-3's"
                             : "between two fragments the reader closes",
                   9000),
          m_takenOver(takenOver)
    {
    }

  private:
    void Begin() override
    {
        m_nodes.Get(0)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
            "LocalDeliver", MakeCallback(&ReaderGoneCase::Told, this));
        MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        InetSocketAddress to("10.0.0.2", PORT);
        Ptr<Socket> sender = MakeSocket(0);
        Send(sender, to, 1);
        // seven fragments of 0.12 ms each on the wire, from 0.1 s on
        Simulator::Schedule(Seconds(0.1005), &ReaderGoneCase::HandOver, this);
        Simulator::Schedule(Seconds(0.2), [this, sender, to] { Send(sender, to, 1); });
    }

    void HandOver()
    {
        m_sockets[0]->Close();
        if (m_takenOver)
        {
            m_stock = Socket::CreateSocket(m_nodes.Get(1), UdpSocketFactory::GetTypeId());
            m_stock->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
            m_stock->SetRecvCallback(MakeCallback(&ReaderGoneCase::Read, this));
        }
    }

    void Told(const Ipv4Header& header, Ptr<const Packet> packet, uint32_t /* interface */)
    {
        m_told += IsPortUnreachable(header, packet) ? 1 : 0;
    }

    void Check() override
    {
        auto drops = Card(1)->GetHost()->GetStatistics().drops;
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], 0, "it closed too late");
        // who has the port now could not read what lies on the card; the next one is all its own
        NS_TEST_EXPECT_MSG_EQ(drops["datagram_reader_gone"], m_takenOver ? 1 : 0, "dropped");
        NS_TEST_EXPECT_MSG_EQ(m_read[m_stock], m_takenOver ? 1 : 0, "read by the other");
        NS_TEST_EXPECT_MSG_EQ(m_told, m_takenOver ? 0 : 2, "one error a datagram");
        m_stock = nullptr;
    }

    bool m_takenOver;    //!< by a socket of ns-3's
    Ptr<Socket> m_stock; //!< that one
    uint32_t m_told{0};  //!< errors that have come
};

/** ns-3's own programs over our sockets. */
class StockProgramsCase : public TwoHosts
{
  public:
    StockProgramsCase()
        : TwoHosts("OnOffApplication and PacketSink", 1400)
    {
    }

  private:
    void Begin() override
    {
        PacketSinkHelper sink("ns3::PayloadCacheUdpSocketFactory",
                              InetSocketAddress(Ipv4Address::GetAny(), PORT));
        m_sink = DynamicCast<PacketSink>(sink.Install(m_nodes.Get(1)).Get(0));
        OnOffHelper source("ns3::PayloadCacheUdpSocketFactory",
                           InetSocketAddress("10.0.0.2", PORT));
        source.SetConstantRate(DataRate("10Mbps"), m_size);
        source.SetAttribute("MaxBytes", UintegerValue(100 * m_size));
        source.Install(m_nodes.Get(0)).Start(Seconds(0.1));
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_sink->GetTotalRx(), 100 * m_size, "bytes received");
        m_sink = nullptr;
    }

    Ptr<PacketSink> m_sink; //!< counts
};

/** A neighbour who never answers: what waits for its link address is dropped, and given back. */
class NoNeighbourCase : public TwoHosts
{
  public:
    NoNeighbourCase(bool ipv6, uint32_t size, bool costs)
        : TwoHosts("no such neighbour, " + std::string(ipv6 ? "ND, " : "ARP, ") +
                       std::to_string(size) + " B" + (costs ? "" : ", at no cost"),
                   size),
          m_overIpv6(ipv6)
    {
        m_costs = costs;
    }

  private:
    NetDeviceContainer Connect() override
    {
        CsmaHelper lan;
        lan.SetChannelAttribute("DataRate", StringValue("100Mbps"));
        return lan.Install(m_nodes);
    }

    void Begin() override
    {
        MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                              : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        // one who is there: what waits for it is sent, and its room is not given back before
        Send(MakeSocket(0),
             m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                        : Address(InetSocketAddress("10.0.0.2", PORT)),
             2);
        Ptr<Socket> lost = MakeSocket(0);
        lost->SetAttribute("SndBufSize", UintegerValue(2 * m_size));
        Send(lost,
             m_overIpv6 ? Address(Inet6SocketAddress("2001:db8::77", PORT))
                        : Address(InetSocketAddress("10.0.0.77", PORT)),
             12);
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(CountUnsent(), 0, "the sender sleeps for ever");
        // of the fragments of a large one too many wait at once
        bool read = m_read[m_sockets[0]] > 0;
        bool fits = m_size < 1400;
        NS_TEST_EXPECT_MSG_EQ(read, fits, "the neighbour who is there");
    }

    bool m_overIpv6; //!< IPv4 otherwise
};

/** Several queues: datagrams are spread by addresses and ports, fragments by addresses alone. */
class QueuesCase : public TwoHosts
{
  public:
    explicit QueuesCase(uint32_t size)
        : TwoHosts("four queues, " + std::to_string(size) + " B", size)
    {
    }

  private:
    static constexpr unsigned QUEUES = 4;
    static constexpr unsigned FLOWS = 8;
    static constexpr unsigned COUNT = 5; // datagrams of each

    void Configure(PayloadCacheHelper& helper) override
    {
        helper.SetHostAttribute("Cores", UintegerValue(QUEUES));
        helper.SetCardAttribute("RxQueues", UintegerValue(QUEUES));
    }

    void Begin() override
    {
        for (uint16_t i = 0; i < FLOWS; i++)
        {
            MakeReader(InetSocketAddress(Ipv4Address::GetAny(), PORT + i));
            Ptr<Socket> sender = MakeSocket(0);
            sender->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT + 100 * i));
            Send(sender, InetSocketAddress("10.0.0.2", PORT + i), COUNT);
        }
    }

    /** \return the core of a flow's queue, by the published function (core/test-rss) */
    unsigned CoreOf(uint16_t flow, bool fragments) const
    {
        pc_rss rss;
        pc_rss_init(&rss, pc_rss_default_key(), QUEUES);
        uint16_t from = PORT + 100 * flow;
        uint16_t to = PORT + flow;
        const uint8_t input[] = {10, 0, 0, 1, 10, 0, 0, 2, uint8_t(from >> 8), uint8_t(from),
                                 uint8_t(to >> 8), uint8_t(to)};
        return pc_rss_queue(&rss, pc_rss_hash(&rss, input, fragments ? 8 : 12));
    }

    void Check() override
    {
        std::map<unsigned, unsigned> cores;
        for (uint16_t i = 0; i < FLOWS; i++)
        {
            auto reader = DynamicCast<PayloadCacheUdpSocket>(m_sockets[2 * i]);
            NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[2 * i]], COUNT, "not all has been read");
            unsigned core = reader->GetInterruptWorker().core;
            NS_TEST_EXPECT_MSG_EQ(core, CoreOf(i, m_size > 1472), "flow " << i);
            NS_TEST_EXPECT_MSG_EQ(reader->GetProcessWorker().core, core, "where it reads");
            cores[core]++;
        }
        NS_TEST_EXPECT_MSG_EQ((cores.size() == 1), (m_size > 1472), "queues used");
    }
};

class UdpSocketsTestSuite : public TestSuite
{
  public:
    UdpSocketsTestSuite()
        : TestSuite("payload-cache-udp-sockets", UNIT)
    {
        AddTestCase(new SharedProcessCase(true), QUICK);
        AddTestCase(new SharedProcessCase(false), QUICK);
        AddTestCase(new AskingCase(true), QUICK);
        AddTestCase(new AskingCase(false), QUICK);
        AddTestCase(new LateFragmentsCase(false), QUICK);
        AddTestCase(new LateFragmentsCase(true), QUICK);
        for (bool ipv6 : {false, true})
        {
            AddTestCase(new GroupCase("a group", ipv6, -1), QUICK);
            AddTestCase(new GroupCase("the first one of a group closes", ipv6, 0), QUICK);
            AddTestCase(new GroupCase("the second one of a group closes", ipv6, 1), QUICK);
        }
        AddTestCase(new EchoCase, QUICK);
        AddTestCase(new QueuesCase(1000), QUICK);
        AddTestCase(new QueuesCase(4000), QUICK);
        AddTestCase(new UnreachableCase(1000, false), QUICK);
        AddTestCase(new UnreachableCase(4000, false), QUICK);
        AddTestCase(new UnreachableCase(1000, true), QUICK);
        AddTestCase(new ReaderGoneCase(false), QUICK);
        AddTestCase(new ReaderGoneCase(true), QUICK);
        AddTestCase(new StockProgramsCase, QUICK);
        for (bool ipv6 : {false, true})
        {
            for (bool costs : {true, false})
            {
                AddTestCase(new NoNeighbourCase(ipv6, 1000, costs), QUICK);
                AddTestCase(new NoNeighbourCase(ipv6, 9000, costs), QUICK);
            }
        }
    }
};

UdpSocketsTestSuite g_udpSocketsTestSuite; //!< registers the suite

} // namespace
