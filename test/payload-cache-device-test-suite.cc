// The card as ns-3's stack meets a device: what it is asked, frames sent in another's name, a wire
// whose queue is short, headers that are cut off, and hosts that have no machine, or none any more.

#include "frame-info.h"
#include "payload-cache-tcp-socket-factory.h"
#include "payload-cache-udp-socket-factory.h"
#include "support/datagram-hosts.h"

#include "ns3/csma-helper.h"
#include "ns3/csma-net-device.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/tcp-header.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/udp-header.h"

using namespace ns3;
using namespace ns3::datagrams;

namespace
{

constexpr uint8_t TCP = 6;  // IANA protocol numbers
constexpr uint8_t UDP = 17; // IANA protocol numbers

/** What the stack asks a card is what its wire answers. */
class AsWireCase : public TestCase
{
  public:
    AsWireCase()
        : TestCase("a card answers as its wire")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer nodes(2);
        CsmaHelper lan;
        Ptr<NetDevice> wire = lan.Install(nodes).Get(0);
        PayloadCacheHelper helper;
        Ptr<NetDevice> card = helper.Install(NetDeviceContainer(wire)).Get(0);
        Compare(card, wire);
        Address other = Mac48Address("00:00:00:00:00:77");
        card->SetAddress(other);
        NS_TEST_EXPECT_MSG_EQ((wire->GetAddress() == other), true, "the wire's own");
        NS_TEST_EXPECT_MSG_EQ(card->SetMtu(900), true, "an MTU that it takes");
        NS_TEST_EXPECT_MSG_EQ(wire->GetMtu(), 900, "the wire's own");
        Compare(card, wire);
        NS_TEST_EXPECT_MSG_EQ(card->GetChannel()->GetNDevices(), 2, "devices of the channel");
        auto alone = CreateObject<CsmaNetDevice>();
        nodes.Get(0)->AddDevice(alone);
        alone->SetAddress(Mac48Address::Allocate());
        Ptr<NetDevice> apart = helper.Install(NetDeviceContainer(alone)).Get(0);
        NS_TEST_EXPECT_MSG_EQ(bool(apart->GetChannel()), false, "it is in no channel");
        Simulator::Destroy();
    }

    void Compare(Ptr<NetDevice> card, Ptr<NetDevice> wire)
    {
        Ipv4Address group("224.0.0.77");
        Ipv6Address group6("ff02::db8");
        NS_TEST_EXPECT_MSG_EQ((card->GetAddress() == wire->GetAddress()), true, "address");
        NS_TEST_EXPECT_MSG_EQ(card->GetMtu(), wire->GetMtu(), "MTU");
        NS_TEST_EXPECT_MSG_EQ(card->IsLinkUp(), wire->IsLinkUp(), "link");
        NS_TEST_EXPECT_MSG_EQ(card->IsBroadcast(), wire->IsBroadcast(), "broadcast");
        NS_TEST_EXPECT_MSG_EQ((card->GetBroadcast() == wire->GetBroadcast()), true, "to all");
        NS_TEST_EXPECT_MSG_EQ(card->IsMulticast(), wire->IsMulticast(), "multicast");
        NS_TEST_EXPECT_MSG_EQ(
            (card->GetMulticast(group) == wire->GetMulticast(group)), true, "group");
        NS_TEST_EXPECT_MSG_EQ(
            (card->GetMulticast(group6) == wire->GetMulticast(group6)), true, "group of IPv6");
        NS_TEST_EXPECT_MSG_EQ(card->IsBridge(), wire->IsBridge(), "bridge");
        NS_TEST_EXPECT_MSG_EQ(card->IsPointToPoint(), wire->IsPointToPoint(), "point to point");
        NS_TEST_EXPECT_MSG_EQ(card->NeedsArp(), wire->NeedsArp(), "ARP");
        NS_TEST_EXPECT_MSG_EQ(card->SupportsSendFrom(), wire->SupportsSendFrom(), "send from");
    }
};

/** A host with two cards that hands each frame on to the other LAN, in its sender's name. */
class BridgedCase : public TwoHosts
{
  public:
    explicit BridgedCase(const std::string& path)
        : TwoHosts("bridged by two cards, " + path),
          m_path(path)
    {
    }

  private:
    static constexpr uint32_t COUNT = 30; // datagrams each way

    NetDeviceContainer Connect() override
    {
        // all that is sent before the first answer waits for it
        Config::SetDefault("ns3::ArpCache::PendingQueueSize", UintegerValue(1000));
        m_bridge = CreateObject<Node>();
        NetDeviceContainer ends;
        NetDeviceContainer middle;
        for (uint32_t i = 0; i < 2; i++)
        {
            CsmaHelper lan;
            lan.SetChannelAttribute("DataRate", StringValue("100Mbps"));
            NetDeviceContainer wires = lan.Install(NodeContainer(m_nodes.Get(i), m_bridge));
            ends.Add(wires.Get(0));
            middle.Add(wires.Get(1));
        }
        PayloadCacheHelper helper;
        helper.SetPath(m_path);
        helper.SetCardAttribute("HoldBytes", BooleanValue(true));
        SetCosts(helper);
        m_ports = helper.Install(middle);
        for (uint32_t i = 0; i < 2; i++)
        {
            m_bridge->RegisterProtocolHandler(
                MakeCallback(&BridgedCase::Forward, this), 0, m_ports.Get(i), true);
        }
        return ends;
    }

    void Forward(Ptr<NetDevice> port,
                 Ptr<const Packet> packet,
                 uint16_t protocol,
                 const Address& from,
                 const Address& to,
                 NetDevice::PacketType /* type */)
    {
        Ptr<NetDevice> other = m_ports.Get(port == m_ports.Get(0) ? 1 : 0);
        m_refusedFrames += other->SendFrom(packet->Copy(), from, to, protocol) ? 0 : 1;
    }

    void Begin() override
    {
        for (uint32_t host = 0; host < 2; host++)
        {
            Ptr<Socket> reader = MakeSocket(host);
            reader->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
            reader->SetRecvCallback(MakeCallback(&BridgedCase::Read, this));
            Send(MakeSocket(host), InetSocketAddress(host == 0 ? "10.0.0.2" : "10.0.0.1", PORT),
                 COUNT);
        }
    }

    void Check() override
    {
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]], COUNT, "not all has come back");
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[2]], COUNT, "not all has come");
        NS_TEST_EXPECT_MSG_EQ(m_refusedFrames, 0, "frames that a card refused");
        for (uint32_t i = 0; i < 2; i++)
        {
            auto card = DynamicCast<PayloadCacheNetDevice>(m_ports.Get(i));
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_RX).held, 0, "card RAM is held");
            NS_TEST_EXPECT_MSG_EQ(card->GetRamStatistics(PC_RAM_TX).held, 0, "card RAM is held");
        }
        m_ports = NetDeviceContainer();
        m_bridge = nullptr;
    }

    std::string m_path;          //!< of the bridge's cards
    Ptr<Node> m_bridge;          //!< between the LANs
    NetDeviceContainer m_ports;  //!< its cards
    uint32_t m_refusedFrames{0}; //!< frames that a card would not send
};

/** A short queue at the wire: what finds no room is counted and given back, and all else arrives. */
class ShortQueueCase : public TwoHosts
{
  public:
    /** Who holds packets back, or drops them. */
    enum class Before
    {
        DISC,            //!< a queue disc, which waits for room
        FLOW_CONTROL,    //!< ns-3's traffic control drops what comes while there is none
        NOBODY           //!< the device itself
    };

    ShortQueueCase(Before before, const std::string& size, bool costs, bool ipv6)
        : TwoHosts("a wire's queue of " + size +
                       (before == Before::DISC           ? ""
                        : before == Before::FLOW_CONTROL ? ", no queue disc"
                                                         : ", no flow control") +
                       (costs ? "" : ", at no cost") + (ipv6 ? ", IPv6" : ""),
                   1000),
          m_before(before),
          m_queue(size),
          m_overIpv6(ipv6)
    {
        m_costs = costs;
    }

  private:
    static constexpr uint32_t COUNT = 60; // datagrams; one takes 0.8 ms on the wire

    NetDeviceContainer Connect() override
    {
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
        link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue(m_queue));
        if (m_before == Before::NOBODY)
        {
            link.DisableFlowControl();
        }
        return link.Install(m_nodes);
    }

    void Begin() override
    {
        if (m_before == Before::FLOW_CONTROL) // a device without it has no disc anyway
        {
            TrafficControlHelper().Uninstall(m_cards);
        }
        m_nodes.Get(0)->GetObject<TrafficControlLayer>()->TraceConnectWithoutContext(
            "TcDrop", MakeCallback(&ShortQueueCase::Dropped, this));
        MakeReader(m_overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                              : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
        // what hosts say to each other at first does not count
        Simulator::Schedule(Seconds(0.09), [this] {
            m_dropped = 0;
            m_first = CountByCard();
        });
        Send(MakeSocket(0),
             m_overIpv6 ? Address(Inet6SocketAddress(m_ipv6.GetAddress(1, 1), PORT))
                        : Address(InetSocketAddress("10.0.0.2", PORT)),
             COUNT);
    }

    /** \return frames that the card has dropped */
    uint64_t CountByCard() const
    {
        auto drops = Card(0)->GetHost()->GetStatistics().drops;
        return drops["tx_ring_full"] + drops["wire_queue_full"];
    }

    void Dropped(Ptr<const Packet> /* packet */)
    {
        m_dropped++;
    }

    void Check() override
    {
        uint64_t byCard = CountByCard() - m_first;
        uint64_t byDisc = 0;
        auto control = m_nodes.Get(0)->GetObject<TrafficControlLayer>();
        if (Ptr<QueueDisc> disc = control->GetRootQueueDiscOnDevice(m_cards.Get(0)))
        {
            byDisc = disc->GetStats().nTotalDroppedPackets;
        }
        NS_TEST_EXPECT_MSG_EQ(CountUnsent(), 0, "not all has been sent");
        NS_TEST_EXPECT_MSG_EQ(
            (m_dropped > 0), (m_before == Before::FLOW_CONTROL), "by traffic control");
        NS_TEST_EXPECT_MSG_EQ((byCard > 0), (m_before == Before::NOBODY), "by the card");
        NS_TEST_EXPECT_MSG_EQ(m_read[m_sockets[0]] + byDisc + m_dropped + byCard,
                              COUNT,
                              "datagrams that are neither read nor dropped");
    }

    Before m_before;       //!< who holds back
    std::string m_queue;   //!< its size
    bool m_overIpv6;       //!< IPv4 otherwise
    uint64_t m_dropped{0}; //!< packets that traffic control dropped
    uint64_t m_first{0};   //!< frames that the card had dropped before
};

/** Packets that are cut off in their headers: no more is read of them than there is. */
class CutHeadersCase : public TestCase
{
  public:
    CutHeadersCase()
        : TestCase("headers that are cut off")
    {
    }

  private:
    void DoRun() override
    {
        for (bool ipv6 : {false, true})
        {
            for (uint8_t transport : {TCP, UDP})
            {
                Ptr<Packet> whole = Make(ipv6, transport);
                uint32_t network = ipv6 ? 40 : 20;                  // RFC 8200, RFC 791
                uint32_t headers = network + (transport == TCP ? 20 : 8); // RFC 9293, RFC 768
                for (uint32_t size = network; size <= whole->GetSize(); size++)
                {
                    FrameInfo info = FrameInfo::Parse(whole->CreateFragment(0, size),
                                                      ipv6 ? Ipv6L3Protocol::PROT_NUMBER
                                                           : Ipv4L3Protocol::PROT_NUMBER);
                    bool known = transport == TCP ? info.isTcp : info.isUdp;
                    NS_TEST_EXPECT_MSG_EQ(known, (size >= headers), size << " bytes of it");
                }
            }
        }
    }

    /** \return a packet with 30 bytes of payload */
    Ptr<Packet> Make(bool ipv6, uint8_t transport) const
    {
        Ptr<Packet> packet = Create<Packet>(30);
        if (transport == TCP)
        {
            packet->AddHeader(TcpHeader());
        }
        else
        {
            packet->AddHeader(UdpHeader());
        }
        if (ipv6)
        {
            Ipv6Header header;
            header.SetNextHeader(transport);
            header.SetPayloadLength(packet->GetSize());
            packet->AddHeader(header);
        }
        else
        {
            Ipv4Header header;
            header.SetProtocol(transport);
            header.SetPayloadSize(packet->GetSize());
            packet->AddHeader(header);
        }
        return packet;
    }
};

/** Our sockets on hosts that have no machine and no card: ideal hosts, as with ns-3's own. */
class NoMachineCase : public TestCase
{
  public:
    explicit NoMachineCase(const std::string& factory)
        : TestCase("hosts without a machine, " + factory),
          m_factory("ns3::" + factory)
    {
    }

  private:
    static constexpr uint32_t SIZE = 1000; // of a write, bytes

    void DoRun() override
    {
        NodeContainer nodes(2);
        PointToPointHelper link;
        NetDeviceContainer wires = link.Install(nodes);
        InternetStackHelper().Install(nodes);
        Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(wires);
        for (uint32_t i = 0; i < 2; i++)
        {
            nodes.Get(i)->AggregateObject(CreateObject<PayloadCacheTcpSocketFactory>());
            nodes.Get(i)->AggregateObject(CreateObject<PayloadCacheUdpSocketFactory>());
        }
        TypeId type = TypeId::LookupByName(m_factory);
        Ptr<Socket> reader = Socket::CreateSocket(nodes.Get(1), type);
        reader->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        reader->Listen();
        reader->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&NoMachineCase::Accepted, this));
        reader->SetRecvCallback(MakeCallback(&NoMachineCase::Read, this));
        Ptr<Socket> writer = Socket::CreateSocket(nodes.Get(0), type);
        Simulator::Schedule(Seconds(1), [writer] {
            writer->Connect(InetSocketAddress("10.0.0.2", PORT));
            auto bytes = BytesOf(1, SIZE);
            writer->Send(Create<Packet>(bytes.data(), bytes.size()));
            writer->Close();
        });
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ((m_read == BytesOf(1, SIZE)), true, "not what was written");
        Simulator::Destroy();
    }

    void Accepted(Ptr<Socket> socket, const Address& /* from */)
    {
        socket->SetRecvCallback(MakeCallback(&NoMachineCase::Read, this));
    }

    void Read(Ptr<Socket> socket)
    {
        Ptr<Packet> packet = socket->Recv();
        for (; packet && packet->GetSize() > 0; packet = socket->Recv())
        {
            std::vector<uint8_t> bytes(packet->GetSize());
            packet->CopyData(bytes.data(), bytes.size());
            m_read.insert(m_read.end(), bytes.begin(), bytes.end());
        }
    }

    std::string m_factory;       //!< of both sockets
    std::vector<uint8_t> m_read; //!< so far
};

/** A machine that has been disposed of forgets what it is given: sockets and cards end after it. */
class MachineGoneCase : public TestCase
{
  public:
    MachineGoneCase()
        : TestCase("work for a machine that is gone")
    {
    }

  private:
    void DoRun() override
    {
        auto host = CreateObject<HostModel>();
        host->SetAttribute("SystemCall", DoubleValue(100));
        uint32_t done = 0;
        Give(host, done);
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(done, 2, "it does what it is given");
        host->Dispose();
        Give(host, done);
        NS_TEST_EXPECT_MSG_EQ(host->GetReferenceCount(), 1, "what it was given holds it for ever");
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(done, 2, "nothing comes any more");
        Simulator::Destroy();
    }

    void Give(Ptr<HostModel> host, uint32_t& done)
    {
        pc_work work;
        pc_work_clear(&work);
        pc_work_add(&work, &host->Costs(), PC_COST_SYSTEM_CALL, 1);
        host->Run(Worker(), work, [host, &done] { done++; }, Subject());
        host->At(host->Now() + PC_PS_PER_S, [host, &done] { done++; });
    }
};

class DeviceTestSuite : public TestSuite
{
  public:
    DeviceTestSuite()
        : TestSuite("payload-cache-device", UNIT)
    {
        AddTestCase(new AsWireCase, QUICK);
        for (const char* path : {"conventional", "offload", "payload-cache"})
        {
            AddTestCase(new BridgedCase(path), QUICK);
        }
        for (auto before : {ShortQueueCase::Before::DISC,
                            ShortQueueCase::Before::FLOW_CONTROL,
                            ShortQueueCase::Before::NOBODY})
        {
            for (const char* size : {"3p", "4000B"})
            {
                for (bool costs : {true, false})
                {
                    AddTestCase(new ShortQueueCase(before, size, costs, false), QUICK);
                    AddTestCase(new ShortQueueCase(before, size, costs, true), QUICK);
                }
            }
        }
        AddTestCase(new CutHeadersCase, QUICK);
        AddTestCase(new MachineGoneCase, QUICK);
        AddTestCase(new NoMachineCase("PayloadCacheUdpSocketFactory"), QUICK);
        AddTestCase(new NoMachineCase("PayloadCacheTcpSocketFactory"), QUICK);
    }
};

DeviceTestSuite g_deviceTestSuite; //!< registers the suite

} // namespace
