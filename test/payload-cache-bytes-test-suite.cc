// Bytes mode: every byte arrives although the stack never sees one, whatever is lost, closed or
// aborted; and card RAM is empty afterwards.

#include "frame-info.h"
#include "frame-payload.h"
#include "pattern-sink.h"
#include "pattern-source.h"
#include "payload-cache-helper.h"
#include "segment-tag.h"
#include "support/invented-machine.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>

using namespace ns3;

namespace
{

constexpr uint32_t PIECE = 65536;  // the path's WritePiece
constexpr uint32_t GRANULE = 256;  // the card's
constexpr uint32_t TCP_HEADER = 32; // with timestamps and their padding (RFC 9293, 7323)
constexpr uint16_t PORT = 5001;     // chosen

/** What one run is like. */
struct Setting
{
    std::string name;                   //!< for the test's name
    std::string path{"payload-cache"};  //!< data path
    double loss{0};                     //!< of frames toward the receiver
    uint64_t bytes{2000000};            //!< written
    uint32_t writeSize{PIECE};          //!< bytes a write
    uint64_t txRam{0};                  //!< transmit RAM; 0: without limit
    uint64_t rxRam{0};                  //!< receive RAM; 0: without limit
    std::string whenFull{"Copy"};       //!< policy
    std::string wait{"Auto"};           //!< sleep or spin
    double closeSource{0};              //!< the writer closes then, seconds
    double closeSink{0};                //!< the reader closes then, seconds
    double appReadCycles{2};            //!< a byte: many make a slow reader
    double cut{0};                      //!< the wire goes dead then, seconds
    bool flip{false};                   //!< a byte flips in the receiver's card RAM
    bool ipv6{false};                   //!< IPv4 otherwise
    bool merge{false};                  //!< segmentation and receive offload
    bool vlan{false};                   //!< frames carry a VLAN tag
    uint32_t queues{1};                 //!< of each card, and cores of each host
};

/** A run of two hosts whose every step costs time. */
class BytesTestCase : public TestCase
{
  public:
    explicit BytesTestCase(const Setting& setting)
        : TestCase(setting.name),
          m_setting(setting)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1500 - IpHeader() - TCP_HEADER));
        // IPv6 would look for doubled addresses first (RFC 4862), which takes a second
        Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
        Config::SetDefault("ns3::TcpSocket::DataRetries", UintegerValue(3));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
        RngSeedManager::SetSeed(7);
        Build();
        Simulator::Stop(Seconds(1000));
        Simulator::Run();
        Check();
        m_source = nullptr;
        m_sink = nullptr;
        m_cards = NetDeviceContainer();
        Simulator::Destroy();
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
        Config::Reset();
    }

    void Build()
    {
        NodeContainer nodes(2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        link.SetChannelAttribute("Delay", StringValue("500us"));
        NetDeviceContainer wires = link.Install(nodes);
        m_losses = CreateObject<RateErrorModel>();
        m_losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        m_losses->SetRate(m_setting.loss);
        m_losses->AssignStreams(1);
        wires.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(m_losses));
        InstallCards(wires);
        InternetStackHelper internet;
        internet.Install(nodes);
        for (uint32_t i = 0; i < 2; i++)
        {
            auto ip4 = nodes.Get(i)->GetObject<Ipv4L3Protocol>();
            auto ip6 = nodes.Get(i)->GetObject<Ipv6L3Protocol>();
            for (const char* trace : {"Tx", "Rx"})
            {
                ip4->TraceConnectWithoutContext(trace, MakeCallback(&BytesTestCase::AtIpv4, this));
                ip6->TraceConnectWithoutContext(trace, MakeCallback(&BytesTestCase::AtIpv6, this));
            }
        }
        InstallApplications(nodes, GiveAddresses());
        Disturb();
    }

    /** \return where the reader listens */
    Address GiveAddresses()
    {
        if (m_setting.ipv6)
        {
            auto interfaces = Ipv6AddressHelper("2001:1::", Ipv6Prefix(64)).Assign(m_cards);
            return Inet6SocketAddress(interfaces.GetAddress(1, 1), PORT); // global
        }
        auto interfaces = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_cards);
        return InetSocketAddress(interfaces.GetAddress(1), PORT);
    }

    uint32_t IpHeader() const
    {
        return m_setting.ipv6 ? 40 : 20;
    }

    uint16_t Protocol() const
    {
        return m_setting.ipv6 ? Ipv6L3Protocol::PROT_NUMBER : Ipv4L3Protocol::PROT_NUMBER;
    }

    void InstallCards(NetDeviceContainer wires)
    {
        PayloadCacheHelper helper = InventedMachine(m_setting.path);
        helper.SetHostAttribute("AppReadCold", DoubleValue(m_setting.appReadCycles));
        helper.SetHostAttribute("AppReadWarm", DoubleValue(m_setting.appReadCycles));
        helper.SetHostAttribute("Cores", UintegerValue(m_setting.queues));
        helper.SetCardAttribute("RxQueues", UintegerValue(m_setting.queues));
        helper.SetCardAttribute("VlanTag", BooleanValue(m_setting.vlan));
        if (m_setting.merge)
        {
            helper.SetCardAttribute("Tso", BooleanValue(true));
            helper.SetCardAttribute("Gro", BooleanValue(true));
            helper.SetCardAttribute("RxModerationDelay", StringValue("500us"));
            helper.SetCardAttribute("RxModerationFrames", UintegerValue(16));
        }
        helper.SetCardAttribute("HoldBytes", BooleanValue(true));
        helper.SetCardAttribute("TxRam", UintegerValue(m_setting.txRam));
        helper.SetCardAttribute("RxRam", UintegerValue(m_setting.rxRam));
        helper.SetCardAttribute("ReleaseDelay", StringValue("2us"));
        helper.SetPathAttribute("WhenFull", StringValue(m_setting.whenFull));
        helper.SetPathAttribute("Wait", StringValue(m_setting.wait));
        m_cards = helper.Install(wires);
        Card(0)->TraceConnectWithoutContext("PhyTxBegin",
                                            MakeCallback(&BytesTestCase::ToWire, this));
        Card(1)->TraceConnectWithoutContext("CardRamAlloc",
                                            MakeCallback(&BytesTestCase::Arrived, this));
    }

    void InstallApplications(NodeContainer nodes, const Address& to)
    {
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        m_source = CreateObject<PatternSource>();
        m_source->SetAttribute("Remote", AddressValue(to));
        m_source->SetAttribute("SendSize", UintegerValue(m_setting.writeSize));
        m_source->SetAttribute("MaxBytes", UintegerValue(m_setting.bytes));
        m_sink = CreateObject<PatternSink>();
        m_sink->SetAttribute("Local", AddressValue(to));
        for (Ptr<Application> app : {Ptr<Application>(m_source), Ptr<Application>(m_sink)})
        {
            app->SetAttribute("Protocol", TypeIdValue(factory));
            app->SetAttribute("Pattern", BooleanValue(true));
        }
        nodes.Get(0)->AddApplication(m_source);
        nodes.Get(1)->AddApplication(m_sink);
    }

    void Disturb()
    {
        if (m_setting.closeSource > 0)
        {
            m_source->SetStopTime(Seconds(m_setting.closeSource));
        }
        if (m_setting.closeSink > 0)
        {
            m_sink->SetStopTime(Seconds(m_setting.closeSink));
        }
        if (m_setting.cut > 0)
        {
            Simulator::Schedule(Seconds(m_setting.cut), &RateErrorModel::SetRate, m_losses, 1.0);
        }
    }

    Ptr<PayloadCacheNetDevice> Card(uint32_t i) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_cards.Get(i));
    }

    void AtIpv4(Ptr<const Packet> packet, Ptr<Ipv4> /* ip */, uint32_t /* interface */)
    {
        AtIpLayer(packet, Ipv4L3Protocol::PROT_NUMBER);
    }

    void AtIpv6(Ptr<const Packet> packet, Ptr<Ipv6> /* ip */, uint32_t /* interface */)
    {
        AtIpLayer(packet, Ipv6L3Protocol::PROT_NUMBER);
    }

    /** A packet passes the IP layer of a host. */
    void AtIpLayer(Ptr<const Packet> packet, uint16_t protocol)
    {
        FrameInfo info = FrameInfo::Parse(packet, protocol);
        if (info.isTcp)
        {
            std::vector<uint8_t> bytes(packet->GetSize());
            packet->CopyData(bytes.data(), bytes.size());
            m_bytesSeen += std::count_if(bytes.begin() + info.headerBytes,
                                         bytes.end(),
                                         [](uint8_t byte) { return byte != 0; });
            m_payloadSeen += info.PayloadBytes();
        }
    }

    /** A frame of the sender's goes to its wire: which bytes had the card to read again? */
    void ToWire(Ptr<const Packet> packet)
    {
        FrameInfo info = FrameInfo::Parse(packet, Protocol());
        if (!info.isTcp)
        {
            m_others += info.PayloadBytes(); // IPv6 looks for routers
            return;
        }
        // ns-3's initial sequence number is 0, so the stream begins at 1
        uint64_t from = info.sequence - 1;
        uint64_t to = from + info.PayloadBytes();
        for (uint64_t granule = from / GRANULE * GRANULE; granule < to; granule += GRANULE)
        {
            // granules of 256 bytes never cross pieces of 64 KiB
            uint64_t first = std::max(granule, from);
            uint64_t last = std::min(granule + GRANULE, to);
            uint64_t filled = std::min(granule + GRANULE, m_setting.bytes);
            m_edgeBytes += first != granule || last != filled ? last - first : 0;
        }
    }

    /** A frame lies in the receiver's card RAM. */
    void Arrived(bool transmit, uint64_t bytes, uint64_t /* held */)
    {
        if (m_setting.flip && !transmit && bytes > 1400 && m_arrived++ == 20)
        {
            Simulator::Schedule(NanoSeconds(1), &BytesTestCase::Flip, this);
        }
    }

    void Flip()
    {
        uint32_t headers = 14 + IpHeader() + TCP_HEADER;
        NS_TEST_EXPECT_MSG_EQ(Card(1)->FlipOldest(PC_RAM_RX, headers + 700, 0x10),
                              true,
                              "there was a byte to flip");
    }

    void Check()
    {
        NS_TEST_EXPECT_MSG_EQ(m_sink->GetWrong(), (m_setting.flip ? 1 : 0), "wrong bytes");
        NS_TEST_EXPECT_MSG_LT_OR_EQ(m_sink->GetRead(), m_source->GetWritten(), "bytes read");
        bool reset = m_sink->GetRead() < m_source->GetWritten();
        NS_TEST_EXPECT_MSG_EQ((m_setting.closeSink == 0 || reset), true, "the connection was reset");
        bool aborted = m_setting.closeSink > 0 || m_setting.cut > 0;
        if (!aborted)
        {
            NS_TEST_EXPECT_MSG_EQ(m_sink->GetRead(), m_source->GetWritten(), "bytes read");
            NS_TEST_EXPECT_MSG_GT(m_sink->GetRead(), 0, "bytes read");
        }
        for (uint32_t i = 0; i < 2; i++)
        {
            NS_TEST_EXPECT_MSG_EQ(Card(i)->GetRamStatistics(PC_RAM_TX).held, 0, "held, transmit");
            NS_TEST_EXPECT_MSG_EQ(Card(i)->GetRamStatistics(PC_RAM_RX).held, 0, "held, receive");
            Card(i)->GetHost()->GetStatistics(); // stops the program if the ledger does not balance
        }
        if (m_setting.path == "payload-cache" && m_setting.txRam == 0 && m_setting.rxRam == 0)
        {
            NS_TEST_EXPECT_MSG_EQ(m_bytesSeen, 0, "payload bytes that the IP layer saw");
            NS_TEST_EXPECT_MSG_GT_OR_EQ(m_payloadSeen, m_sink->GetRead(), "it was looked at");
        }
        if (m_setting.path == "payload-cache" && m_setting.txRam == 0 &&
            m_setting.writeSize == PIECE && !aborted && m_setting.closeSource == 0)
        {
            CheckBus();
        }
    }

    /** Payload crosses the bus once each way, and edges are read again as segments were cut. */
    void CheckBus()
    {
        Ptr<HostModel> sender = Card(0)->GetHost();
        Ptr<HostModel> receiver = Card(1)->GetHost();
        NS_TEST_EXPECT_MSG_EQ(sender->GetStatistics().busPayloadToCard,
                              m_source->GetWritten() + m_others,
                              "payload over the sender's bus");
        NS_TEST_EXPECT_MSG_EQ(sender->GetCount(HostCounter::EDGE_BYTES), m_edgeBytes, "edges");
        NS_TEST_EXPECT_MSG_EQ(sender->GetCount(HostCounter::BYTES_COPIED), 0, "bytes copied");
        if (m_setting.loss == 0)
        {
            NS_TEST_EXPECT_MSG_EQ(receiver->GetStatistics().busPayloadToHost,
                                  m_sink->GetRead() + m_others,
                                  "payload over the receiver's bus");
        }
        else
        {
            NS_TEST_EXPECT_MSG_GT(sender->GetCount(HostCounter::SEGMENTS_RETRANSMITTED),
                                  0,
                                  "there were losses");
        }
    }

    Setting m_setting;             //!< what it is like
    NetDeviceContainer m_cards;    //!< sender, receiver
    Ptr<RateErrorModel> m_losses;  //!< of the wire
    Ptr<PatternSource> m_source;   //!< writes
    Ptr<PatternSink> m_sink;       //!< reads and compares
    uint64_t m_bytesSeen{0};       //!< non-zero payload bytes at the IP layer
    uint64_t m_payloadSeen{0};     //!< payload bytes at the IP layer
    uint64_t m_others{0};          //!< what packets other than TCP's carry to the receiver
    uint64_t m_edgeBytes{0};       //!< expected of the segments on the wire
    uint32_t m_arrived{0};         //!< large frames that arrived
};

/** What is swapped in a frame is its payload and its checksum, and nothing else. */
class SwapTestCase : public TestCase
{
  public:
    explicit SwapTestCase(bool ipv6)
        : TestCase(ipv6 ? "payload is swapped, IPv6" : "payload is swapped, IPv4"),
          m_ipv6(ipv6)
    {
    }

  private:
    static std::vector<uint8_t> BytesOf(Ptr<const Packet> packet)
    {
        std::vector<uint8_t> bytes(packet->GetSize());
        packet->CopyData(bytes.data(), bytes.size());
        return bytes;
    }

    void DoRun() override
    {
        uint16_t protocol =
            m_ipv6 ? Ipv6L3Protocol::PROT_NUMBER : Ipv4L3Protocol::PROT_NUMBER;
        uint32_t network = m_ipv6 ? 40 : 20;
        // a frame of counted bytes: only what its headers have to say is set
        std::vector<uint8_t> frame(network + 24 + 100);
        for (std::size_t i = 0; i < frame.size(); i++)
        {
            frame[i] = i % 251;
        }
        frame[0] = m_ipv6 ? 0x60 : 0x45;
        frame[m_ipv6 ? 4 : 2] = 0;
        frame[m_ipv6 ? 5 : 3] = m_ipv6 ? 124 : 144;
        frame[m_ipv6 ? 6 : 9] = 6; // TCP
        frame[6] = m_ipv6 ? 6 : 0;
        frame[7] = 0;
        frame[network + 12] = 6 << 4; // with four bytes of options
        auto packet = Create<Packet>(frame.data(), frame.size());
        SegmentTag tag;
        tag.socket = 77;
        packet->AddByteTag(tag, network, network + 30);
        uint64_t uid = packet->GetUid();
        FrameInfo info = FrameInfo::Parse(packet, protocol);
        NS_TEST_ASSERT_MSG_EQ(info.CanSwapPayload(), true, "a TCP segment");
        std::vector<uint8_t> payload(100, 9);
        SwapPayload(packet, info, Create<Packet>(payload.data(), payload.size()), 0xabcd);

        std::copy(payload.begin(), payload.end(), frame.begin() + network + 24);
        frame[network + 16] = 0xab;
        frame[network + 17] = 0xcd;
        NS_TEST_EXPECT_MSG_EQ((BytesOf(packet) == frame), true, "the bytes");
        NS_TEST_EXPECT_MSG_EQ(packet->GetUid(), uid, "the packet's identity");
        ByteTagIterator tags = packet->GetByteTagIterator();
        NS_TEST_ASSERT_MSG_EQ(tags.HasNext(), true, "the byte tag");
        ByteTagIterator::Item item = tags.Next();
        SegmentTag found;
        item.GetTag(found);
        NS_TEST_EXPECT_MSG_EQ(found.socket, 77, "what it says");
        NS_TEST_EXPECT_MSG_EQ(item.GetStart(), network, "where it begins");
        NS_TEST_EXPECT_MSG_EQ(item.GetEnd(), network + 30, "where it ends");
    }

    bool m_ipv6; //!< IPv4 otherwise
};

/** The settings. */
std::vector<Setting>
Settings()
{
    std::vector<Setting> settings;
    auto add = [&settings](const std::string& name) -> Setting& {
        settings.emplace_back();
        settings.back().name = name;
        return settings.back();
    };
    for (const char* path : {"conventional", "offload", "payload-cache"})
    {
        for (double loss : {0.0, 0.01, 0.05})
        {
            Setting& s = add(std::string(path) + " loss " + std::to_string(loss));
            s.path = path;
            s.loss = loss;
        }
        Setting& mid = add(std::string(path) + ": the writer closes in mid-write");
        mid.path = path;
        mid.bytes = 0;
        mid.closeSource = 0.1003;
        Setting& gone = add(std::string(path) + ": the reader closes in mid-read");
        gone.path = path;
        gone.bytes = 0;
        gone.closeSink = 0.1;
        gone.appReadCycles = 200; // so that there is always something unread
        Setting& dead = add(std::string(path) + ": the wire goes dead");
        dead.path = path;
        dead.bytes = 0;
        dead.cut = 0.1;
        dead.closeSource = 0.5;
    }
    for (const char* wait : {"Sleep", "Spin"})
    {
        Setting& s = add(std::string("waiting by ") + wait);
        s.wait = wait;
        s.loss = 0.02;
    }
    Setting& odd = add("odd writes");
    odd.writeSize = 777;
    odd.bytes = 300001;
    odd.loss = 0.02;
    Setting& large = add("writes larger than the send buffer");
    large.writeSize = 1000000;
    large.loss = 0.01;
    for (const char* policy : {"Copy", "Wait", "Evict"})
    {
        Setting& tx = add(std::string("little transmit RAM, ") + policy);
        tx.txRam = 20000;
        tx.whenFull = policy;
        tx.loss = 0.005;
        tx.bytes = 1000000;
        Setting& rx = add(std::string("little receive RAM, ") + policy);
        rx.rxRam = 4096;
        rx.whenFull = policy;
        rx.bytes = 1000000;
    }
    for (bool ipv6 : {false, true})
    {
        const std::string family = ipv6 ? "IPv6, " : "IPv4, ";
        auto addOf = [&add, &family, ipv6](const std::string& name) -> Setting& {
            Setting& s = add(family + name);
            s.ipv6 = ipv6;
            return s;
        };
        addOf("a byte flips in card RAM").flip = true;
        Setting& merged = addOf("merged segments");
        merged.merge = true;
        merged.loss = 0.01;
        Setting& tagged = addOf("VLAN tag");
        tagged.vlan = true;
        tagged.loss = 0.01;
        Setting& queues = addOf("four queues and cores, merged segments");
        queues.queues = 4;
        queues.merge = true;
        queues.loss = 0.01;
    }
    for (const char* path : {"conventional", "offload", "payload-cache"})
    {
        for (double loss : {0.0, 0.02})
        {
            Setting& s = add(std::string("IPv6, ") + path + " loss " + std::to_string(loss));
            s.ipv6 = true;
            s.path = path;
            s.loss = loss;
        }
    }
    Setting& small = add("IPv6, odd writes, little transmit and receive RAM");
    small.ipv6 = true;
    small.writeSize = 777;
    small.bytes = 300001;
    small.loss = 0.02;
    small.txRam = 20000;
    small.rxRam = 4096;
    return settings;
}

/** All settings. */
class BytesTestSuite : public TestSuite
{
  public:
    BytesTestSuite()
        : TestSuite("payload-cache-bytes", SYSTEM)
    {
        AddTestCase(new SwapTestCase(false), TestCase::QUICK);
        AddTestCase(new SwapTestCase(true), TestCase::QUICK);
        for (const Setting& setting : Settings())
        {
            AddTestCase(new BytesTestCase(setting), TestCase::QUICK);
        }
    }
};

BytesTestSuite g_bytesTestSuite; //!< registers itself

} // namespace
