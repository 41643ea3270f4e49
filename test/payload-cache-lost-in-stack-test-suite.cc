// Segments that die in the sending host's own stack, before they reach the wire: at a neighbour
// whose address is being asked for, without a route, in a queue disc. Their payload stays on the
// card until it is acknowledged, and crosses the bus once however often it is sent again.

#include "payload-cache-helper.h"
#include "support/addresses.h"
#include "support/card-ram-scenario.h"
#include "support/invented-machine.h"

#include "ns3/arp-cache.h"
#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/csma-helper.h"
#include "ns3/error-model.h"
#include "ns3/global-value.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/ndisc-cache.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/test.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 5001;
constexpr uint64_t ALL = 1000000; // bytes of the flow
constexpr uint32_t UP = 1;        // flow of the pattern

/** Where segments die. */
enum class Place
{
    NEIGHBOUR,
    ROUTE,
    QUEUE_DISC
};

const char* const NAMES[] = {"at an unknown neighbour", "without a route", "in a queue disc"};

/** Loses what asks for a neighbour's address, ARP and ICMPv6, while it is told to. */
class NeighbourLosses : public ErrorModel
{
  public:
    bool loses{false}; //!< from now on

  private:
    bool DoCorrupt(Ptr<Packet> packet) override
    {
        uint8_t bytes[21]{}; // Ethernet's header, and IPv6's as far as the next header
        packet->CopyData(bytes, sizeof(bytes));
        uint16_t type = bytes[12] << 8 | bytes[13];
        return loses && (type == 0x0806 || (type == 0x86dd && bytes[20] == 58));
    }

    void DoReset() override
    {
    }
};

/** A flow between two hosts on a LAN, some of whose segments die in the sender's stack. */
class LostInStackTestCase : public TestCase
{
  public:
    LostInStackTestCase(Place place, const std::string& path, bool ipv6)
        : TestCase(std::string(NAMES[static_cast<int>(place)]) + ", " + path +
                   (ipv6 ? ", IPv6" : ", IPv4")),
          m_place(place),
          m_path(path),
          m_ipv6(ipv6)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
        Config::SetDefault("ns3::PayloadCacheTcpSocket::SendForgottenFin", BooleanValue(true));
        Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
        Config::SetDefault("ns3::ArpCache::PendingQueueSize", UintegerValue(1));
        Config::SetDefault("ns3::NdiscCache::UnresolvedQueueSize", UintegerValue(1));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
        RngSeedManager::SetSeed(5);
        Build();
        Address peer = Assign();
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        Ptr<Socket> listener = Socket::CreateSocket(m_nodes.Get(1), factory);
        listener->Bind(peer);
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeCallback(&LostInStackTestCase::Accepted, this));
        Ptr<Socket> socket = Socket::CreateSocket(m_nodes.Get(0), factory);
        m_ipv6 ? socket->Bind6() : socket->Bind();
        m_writer = std::make_unique<PatternEnd>(socket, UP, UP + 1, ALL, 30000);
        socket->TraceConnectWithoutContext("Tx", MakeCallback(&LostInStackTestCase::Said, this));
        m_cards[0]->TraceConnectWithoutContext("PhyTxBegin",
                                               MakeCallback(&LostInStackTestCase::Sent, this));
        Simulator::Schedule(MilliSeconds(10), [socket, peer] { socket->Connect(peer); });
        Schedule();
        Simulator::Stop(Seconds(1000));
        Simulator::Run();
        Check();
        m_writer = nullptr;
        m_reader = nullptr;
        m_losses = nullptr;
        m_cards.clear();
        m_nodes = NodeContainer();
        Simulator::Destroy();
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
        Config::Reset();
    }

    void Build()
    {
        m_nodes.Create(2);
        CsmaHelper lan;
        lan.SetChannelAttribute("DataRate", StringValue("100Mbps"));
        lan.SetChannelAttribute("Delay", StringValue("50us"));
        bool small = m_place == Place::QUEUE_DISC;
        lan.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue(small ? "2p" : "1000p"));
        NetDeviceContainer wires = lan.Install(m_nodes);
        m_losses = CreateObject<NeighbourLosses>();
        wires.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(m_losses));
        PayloadCacheHelper helper = InventedMachine(m_path);
        helper.SetCardAttribute("HoldBytes", BooleanValue(true));
        NetDeviceContainer cards = helper.Install(wires);
        m_cards = CardsOf(cards);
        InternetStackHelper().Install(m_nodes);
        if (small)
        {
            TrafficControlHelper queueing;
            queueing.SetRootQueueDisc("ns3::FifoQueueDisc", "MaxSize", StringValue("4p"));
            queueing.Install(cards.Get(0));
        }
    }

    /** \return where the receiver listens */
    Address Assign()
    {
        NetDeviceContainer devices;
        devices.Add(m_cards[0]);
        devices.Add(m_cards[1]);
        return EndAt(AssignAddresses(devices, m_ipv6)[1], PORT);
    }

    /** In mid-transfer, for a while. */
    void Schedule()
    {
        Time begin = MilliSeconds(40);
        Time end = MilliSeconds(400);
        if (m_place == Place::NEIGHBOUR)
        {
            Simulator::Schedule(begin, &LostInStackTestCase::ForgetNeighbour, this);
            Simulator::Schedule(end, [this] { m_losses->loses = false; });
        }
        else if (m_place == Place::ROUTE)
        {
            Simulator::Schedule(begin, &LostInStackTestCase::RemoveRoutes, this);
            Simulator::Schedule(end, &LostInStackTestCase::AddRoute, this);
        }
    }

    uint32_t InterfaceOf() const
    {
        Ptr<Node> node = m_nodes.Get(0);
        return m_ipv6 ? node->GetObject<Ipv6>()->GetInterfaceForDevice(m_cards[0])
                      : node->GetObject<Ipv4>()->GetInterfaceForDevice(m_cards[0]);
    }

    /** The neighbour has to be asked for, and does not answer. */
    void ForgetNeighbour()
    {
        m_losses->loses = true;
        Ptr<Node> node = m_nodes.Get(0);
        if (m_ipv6)
        {
            node->GetObject<Ipv6L3Protocol>()
                ->GetInterface(InterfaceOf())
                ->GetNdiscCache()
                ->Flush();
            return;
        }
        node->GetObject<Ipv4L3Protocol>()->GetInterface(InterfaceOf())->GetArpCache()->Flush();
    }

    void RemoveRoutes()
    {
        Ptr<Node> node = m_nodes.Get(0);
        if (m_ipv6)
        {
            auto routing = Ipv6StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv6>());
            for (uint32_t i = routing->GetNRoutes(); i > 0; i--)
            {
                routing->RemoveRoute(i - 1);
            }
            return;
        }
        auto routing = Ipv4StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv4>());
        for (uint32_t i = routing->GetNRoutes(); i > 0; i--)
        {
            routing->RemoveRoute(i - 1);
        }
    }

    void AddRoute()
    {
        Ptr<Node> node = m_nodes.Get(0);
        if (m_ipv6)
        {
            Ipv6StaticRoutingHelper()
                .GetStaticRouting(node->GetObject<Ipv6>())
                ->AddNetworkRouteTo(Ipv6Address("2001:1::"), Ipv6Prefix(64), InterfaceOf());
            return;
        }
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(node->GetObject<Ipv4>())
            ->AddNetworkRouteTo(Ipv4Address("10.1.1.0"), Ipv4Mask("255.255.255.0"), InterfaceOf());
    }

    void Accepted(Ptr<Socket> socket, const Address& /* from */)
    {
        m_reader = std::make_unique<PatternEnd>(socket, UP + 1, UP, 0, 1);
    }

    /** TCP says a segment. */
    void Said(Ptr<const Packet> packet, const TcpHeader& /* header */, Ptr<const TcpSocketBase>)
    {
        m_said += packet->GetSize() > 0 ? 1 : 0;
    }

    /** The card sends a frame. */
    void Sent(Ptr<const Packet> packet)
    {
        m_sent += packet->GetSize() > 200 ? 1 : 0; // no ACK, and nothing that ARP or IPv6 says
    }

    void Check()
    {
        NS_TEST_ASSERT_MSG_EQ((m_reader != nullptr), true, "the connection stood");
        m_reader->socket->Close();
        Simulator::Stop(Seconds(1000));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_GT(m_said, m_sent, "segments died in the stack");
        NS_TEST_EXPECT_MSG_EQ(m_writer->written, ALL, "bytes written");
        NS_TEST_EXPECT_MSG_EQ(m_reader->read, ALL, "bytes read");
        NS_TEST_EXPECT_MSG_EQ(m_reader->wrong, 0, "wrong bytes");
        for (const auto& card : m_cards)
        {
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_TX).held, 0, "held, transmit");
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_RX).held, 0, "held, receive");
        }
        HostModel::Statistics host = m_cards[0]->GetHost()->GetStatistics();
        // without a route writes have no card, and are copied
        if (m_path == "payload-cache" && !m_ipv6 && m_place != Place::ROUTE)
        {
            NS_TEST_EXPECT_MSG_EQ(host.busPayloadToCard, ALL, "payload over the bus once");
        }
    }

    Place m_place;                                   //!< where segments die
    std::string m_path;                              //!< data path
    bool m_ipv6;                                     //!< IPv4 otherwise
    NodeContainer m_nodes;                           //!< the hosts
    std::vector<Ptr<PayloadCacheNetDevice>> m_cards; //!< theirs
    Ptr<NeighbourLosses> m_losses;                   //!< of what the receiver gets
    std::unique_ptr<PatternEnd> m_writer;            //!< on the first host
    std::unique_ptr<PatternEnd> m_reader;            //!< on the second
    uint64_t m_said{0}; //!< segments with payload that TCP has sent down
    uint64_t m_sent{0}; //!< of them that the card has sent
};

/** All of them. */
class LostInStackTestSuite : public TestSuite
{
  public:
    LostInStackTestSuite()
        : TestSuite("payload-cache-lost-in-stack", SYSTEM)
    {
        for (Place place : {Place::NEIGHBOUR, Place::ROUTE, Place::QUEUE_DISC})
        {
            for (bool ipv6 : {false, true})
            {
                AddTestCase(new LostInStackTestCase(place, "payload-cache", ipv6), TestCase::QUICK);
                AddTestCase(new LostInStackTestCase(place, "conventional", ipv6), TestCase::QUICK);
            }
        }
    }
};

LostInStackTestSuite g_lostInStackTestSuite; //!< registers itself

} // namespace
