// Datagrams: at no cost frames are those of stock ns-3; at a cost every byte arrives although the
// stack never sees one; and card RAM is empty afterwards, whatever is lost, refused or closed.

#include "payload-cache-helper.h"
#include "payload-cache-udp-socket.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
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

constexpr uint16_t PORT = 5001;      // chosen
constexpr uint32_t LARGEST = 65507;  // an IPv4 packet without its headers (RFC 791, RFC 768)
constexpr uint32_t LINK_HEADER = 14; // Ethernet's, before each packet in host memory

/** \return byte \p place of datagram \p number */
uint8_t
PatternOf(uint32_t number, uint32_t place)
{
    return static_cast<uint8_t>(number * 31 + place * 7 + place / 251);
}

/** \return a datagram, which begins with its number */
Ptr<Packet>
MakeDatagram(uint32_t number, uint32_t bytes)
{
    std::vector<uint8_t> data(bytes);
    for (uint32_t i = 0; i < bytes; i++)
    {
        data[i] = i == 0 ? static_cast<uint8_t>(number) : PatternOf(number, i);
    }
    return Create<Packet>(data.data(), bytes);
}

/** \return true if it is what MakeDatagram() made */
bool
IsIntact(Ptr<const Packet> packet)
{
    std::vector<uint8_t> data(packet->GetSize());
    packet->CopyData(data.data(), data.size());
    for (uint32_t i = 1; i < data.size(); i++)
    {
        if (data[i] != PatternOf(data[0], i))
        {
            return false;
        }
    }
    return true;
}

/** What one run is like. */
struct Setting
{
    std::string name;                  //!< for the test's name
    std::string path{"payload-cache"}; //!< data path; "stock": ns-3's devices and sockets
    uint32_t bytes{1000};              //!< of a datagram
    uint32_t count{40};                //!< datagrams
    bool ipv6{false};                  //!< IPv4 otherwise
    bool holdsBytes{true};             //!< bytes mode
    bool costs{true};                  //!< hosts and buses take time
    double loss{0};                    //!< of frames toward the receiver
    uint64_t txRam{0};                 //!< transmit RAM; 0: without limit
    std::string whenFull{"Copy"};      //!< policy
    uint32_t writePiece{65536};        //!< largest piece
    uint32_t receivers{1};             //!< sockets that receive
    bool multicast{false};             //!< to a group
    bool broadcast{false};             //!< to the network's broadcast address
    bool stockReceiver{false};         //!< one receiver more, of ns-3's
    uint32_t rcvBuf{1 << 22};          //!< bytes
    double closeAt{0};                 //!< receivers close then, s; 0: never
    bool reads{true};                  //!< receivers read
    double gap{0};                     //!< between datagrams, s; 0: as sendto allows
    uint32_t sndBuf{262144};           //!< bytes
    bool corrupt{false};               //!< a bit flips in each tenth frame
};

/** Flips a bit of the payload of each tenth frame that passes, and lets all pass. */
class FlipModel : public ErrorModel
{
  private:
    bool DoCorrupt(Ptr<Packet> packet) override
    {
        if (++m_frames % 10 != 0 || packet->GetSize() < 100)
        {
            return false;
        }
        uint32_t size = packet->GetSize();
        std::vector<uint8_t> bytes(size);
        packet->CopyData(bytes.data(), size);
        bytes[size - 5] ^= 0x10;
        packet->RemoveAtEnd(50);
        packet->AddAtEnd(Create<Packet>(&bytes[size - 50], 50));
        return false;
    }

    void DoReset() override
    {
    }

    uint32_t m_frames{0}; //!< so far
};

/** Two hosts, a writer on one, readers on the other. */
class UdpCase : public TestCase
{
  public:
    explicit UdpCase(const Setting& setting)
        : TestCase(setting.name),
          m_s(setting)
    {
    }

  protected:
    void DoRun() override
    {
        Run();
        Check();
        Forget();
    }

    /** Runs the setting. */
    void Run()
    {
        Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
        RngSeedManager::SetSeed(3);
        m_nodes.Create(2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
        link.SetDeviceAttribute("Mtu", UintegerValue(1500));
        link.SetChannelAttribute("Delay", StringValue("20us"));
        NetDeviceContainer wires = link.Install(m_nodes);
        for (uint32_t i = 0; i < 2; i++)
        {
            wires.Get(i)->TraceConnectWithoutContext("PhyTxEnd",
                                                     MakeCallback(&UdpCase::Seen, this));
        }
        Ptr<ErrorModel> errors;
        if (m_s.corrupt)
        {
            errors = CreateObject<FlipModel>();
        }
        else
        {
            auto losses = CreateObject<RateErrorModel>();
            losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            losses->SetRate(m_s.loss);
            losses->AssignStreams(1);
            errors = losses;
        }
        wires.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(errors));
        m_cards = m_s.path == "stock" ? wires : Install(wires);
        InternetStackHelper internet;
        internet.Install(m_nodes);
        internet.AssignStreams(m_nodes, 100); // the same in each run of this program
        Address to = GiveAddresses();
        for (uint32_t i = 0; i < m_s.receivers; i++)
        {
            m_readers.push_back(MakeReader(Factory()));
        }
        if (m_s.stockReceiver)
        {
            m_readers.push_back(MakeReader("ns3::UdpSocketFactory"));
        }
        MakeWriter(to);
        Simulator::Stop(Seconds(100));
        Simulator::Run();
    }

    NetDeviceContainer Install(NetDeviceContainer wires)
    {
        PayloadCacheHelper helper;
        helper.SetPath(m_s.path);
        helper.SetCardAttribute("HoldBytes", BooleanValue(m_s.holdsBytes));
        helper.SetPathAttribute("WritePiece", UintegerValue(m_s.writePiece));
        helper.SetPathAttribute("WhenFull", StringValue(m_s.whenFull));
        if (m_s.txRam != 0)
        {
            helper.SetCardAttribute("TxRam", UintegerValue(m_s.txRam));
        }
        if (m_s.costs)
        {
            // chosen: every step takes some time, in cycles of 500 MHz
            const std::vector<std::pair<const char*, double>> cycles = {{"SystemCall", 500},
                                                                        {"Skbuff", 300},
                                                                        {"CopyCold", 2},
                                                                        {"CopyWarm", 2},
                                                                        {"Checksum", 1},
                                                                        {"TcpTxData", 1000},
                                                                        {"TcpRxData", 1000},
                                                                        {"DriverTx", 300},
                                                                        {"DriverRx", 300},
                                                                        {"Interrupt", 1000},
                                                                        {"WakeUp", 500},
                                                                        {"ContextSwitch", 700},
                                                                        {"DmaSubmit", 200},
                                                                        {"DmaComplete", 100},
                                                                        {"PagePin", 50},
                                                                        {"RamRelease", 60}};
            helper.SetHostAttribute("Frequency", DoubleValue(500e6));
            helper.SetHostAttribute("BusKind", StringValue("Pci"));
            for (const auto& [line, value] : cycles)
            {
                helper.SetHostAttribute(line, DoubleValue(value));
            }
        }
        return helper.Install(wires);
    }

    std::string Factory() const
    {
        return m_s.path == "stock" ? "ns3::UdpSocketFactory" : "ns3::PayloadCacheUdpSocketFactory";
    }

    Address GiveAddresses()
    {
        if (m_s.ipv6)
        {
            auto interfaces = Ipv6AddressHelper("2001:1::", Ipv6Prefix(64)).Assign(m_cards);
            return Inet6SocketAddress(interfaces.GetAddress(1, 1), PORT);
        }
        auto interfaces = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_cards);
        return InetSocketAddress(m_s.multicast   ? Ipv4Address("224.0.0.77")
                                 : m_s.broadcast ? Ipv4Address("255.255.255.255")
                                                 : interfaces.GetAddress(1),
                                 PORT);
    }

    Ptr<Socket> MakeReader(const std::string& factory)
    {
        auto socket = Socket::CreateSocket(m_nodes.Get(1), TypeId::LookupByName(factory));
        socket->SetAttribute("RcvBufSize", UintegerValue(m_s.rcvBuf));
        socket->SetAttributeFailSafe("ShareAddress", BooleanValue(m_s.receivers > 1));
        if (m_s.ipv6)
        {
            socket->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), PORT));
        }
        else if (factory != Factory())
        {
            // its address is another, else ns-3 would not have both; what comes is for all
            socket->Bind(InetSocketAddress(m_s.broadcast ? "10.0.0.2" : "224.0.0.77", PORT));
        }
        else
        {
            socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        }
        m_read.push_back(0);
        if (m_s.reads)
        {
            socket->SetRecvCallback(MakeCallback(&UdpCase::Read, this));
        }
        if (m_s.closeAt > 0)
        {
            Simulator::Schedule(Seconds(m_s.closeAt), [socket] { socket->Close(); });
        }
        return socket;
    }

    void MakeWriter(const Address& to)
    {
        m_writer = Socket::CreateSocket(m_nodes.Get(0), TypeId::LookupByName(Factory()));
        m_writer->SetAttributeFailSafe("SndBufSize", UintegerValue(m_s.sndBuf));
        m_writer->SetAllowBroadcast(true);
        if (m_s.multicast)
        {
            m_writer->BindToNetDevice(m_cards.Get(0));
        }
        m_to = to;
        if (m_s.gap == 0)
        {
            m_writer->SetSendCallback(MakeCallback(&UdpCase::MayWrite, this));
        }
        Simulator::Schedule(Seconds(0.1), [this] { Write(); });
    }

    void MayWrite(Ptr<Socket> /* socket */, uint32_t /* room */)
    {
        Write();
    }

    void Write()
    {
        while (m_sent < m_s.count)
        {
            int sent = m_writer->SendTo(MakeDatagram(m_sent, m_s.bytes), 0, m_to);
            if (sent < 0)
            {
                return; // the send callback comes
            }
            m_sent++;
            if (m_s.gap > 0)
            {
                Simulator::Schedule(Seconds(m_s.gap), [this] { Write(); });
                return;
            }
        }
    }

    void Read(Ptr<Socket> socket)
    {
        Address from;
        while (Ptr<Packet> packet = socket->RecvFrom(from))
        {
            auto reader = std::find(m_readers.begin(), m_readers.end(), socket);
            m_read[reader - m_readers.begin()]++;
            m_wrong += packet->GetSize() != m_s.bytes || !IsIntact(packet) ? 1 : 0;
        }
    }

    void Seen(Ptr<const Packet> packet)
    {
        std::vector<uint8_t> bytes(packet->GetSize());
        packet->CopyData(bytes.data(), bytes.size());
        m_frames++;
        uint64_t now = Simulator::Now().GetTimeStep();
        for (uint64_t value : {now, uint64_t(bytes.size())})
        {
            m_digest = (m_digest ^ value) * 0x100000001b3ULL; // FNV-1a
        }
        for (uint8_t byte : bytes)
        {
            m_digest = (m_digest ^ byte) * 0x100000001b3ULL;
        }
    }

    Ptr<PayloadCacheNetDevice> Card(uint32_t index) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_cards.Get(index));
    }

    /** \return a counter of a host */
    uint64_t Count(uint32_t index, HostCounter counter) const
    {
        return Card(index)->GetHost()->GetCount(counter);
    }

    virtual void Check()
    {
        for (uint32_t i = 0; i < 2; i++)
        {
            for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
            {
                NS_TEST_EXPECT_MSG_EQ(Card(i)->GetRamStatistics(side).held, 0, "card RAM is held");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(m_wrong, 0, "datagrams are not what was written");
        NS_TEST_EXPECT_MSG_EQ(m_sent, m_s.count, "not all has been written");
        if (m_s.loss == 0 && m_s.closeAt == 0 && m_s.reads && m_s.rcvBuf > 1000000 && !m_s.corrupt)
        {
            for (uint32_t read : m_read)
            {
                NS_TEST_EXPECT_MSG_EQ(read, m_s.count, "datagrams did not arrive");
            }
        }
        CheckPayload();
    }

    /** The stack saw no payload byte, where all of it is large. */
    void CheckPayload()
    {
        bool kept = m_s.path == "payload-cache" && m_s.bytes > 1000 && m_s.receivers > 0 &&
                    m_s.closeAt == 0 && !m_s.stockReceiver && m_s.txRam == 0;
        if (kept && m_s.loss == 0)
        {
            NS_TEST_EXPECT_MSG_EQ(Count(0, HostCounter::BYTES_COPIED), 0, "the writer copied");
            NS_TEST_EXPECT_MSG_EQ(Count(1, HostCounter::LINEARISED), 0, "payload was fetched");
        }
    }

    void Forget()
    {
        m_readers.clear();
        m_writer = nullptr;
        m_cards = NetDeviceContainer();
        m_nodes = NodeContainer();
        Simulator::Destroy();
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
        Config::Reset();
    }

    Setting m_s;                        //!< what it is like
    NodeContainer m_nodes;              //!< writer's and readers' host
    NetDeviceContainer m_cards;         //!< their cards, or wires
    std::vector<Ptr<Socket>> m_readers; //!< sockets that receive
    std::vector<uint32_t> m_read;       //!< datagrams that each has read
    Ptr<Socket> m_writer;               //!< the socket that sends
    Address m_to;                       //!< where to
    uint32_t m_sent{0};                 //!< datagrams written
    uint32_t m_wrong{0};                //!< datagrams read that are not what was written
    uint64_t m_digest{0};               //!< of frames and their times
    uint64_t m_frames{0};               //!< frames
};

/** At no cost: the same frames at the same times as with stock devices and sockets. */
class UdpEquivalenceCase : public UdpCase
{
  public:
    explicit UdpEquivalenceCase(const Setting& setting)
        : UdpCase(setting)
    {
    }

  private:
    void DoRun() override
    {
        std::string path = m_s.path;
        m_s.path = "stock";
        Run();
        Forget();
        uint64_t digest = m_digest;
        uint64_t frames = m_frames;
        std::vector<uint32_t> read = m_read;
        m_digest = 0;
        m_frames = 0;
        m_sent = 0;
        m_read.clear();
        m_s.path = path;
        m_s.sndBuf = 0;
        Run();
        NS_TEST_EXPECT_MSG_GT(frames, m_s.count - 1, "hardly a frame");
        NS_TEST_EXPECT_MSG_EQ(m_frames, frames, "another number of frames");
        NS_TEST_EXPECT_MSG_EQ(m_digest, digest, "other frames, or at other times");
        NS_TEST_EXPECT_MSG_EQ((m_read == read), true, "readers read something else");
        Check();
        Forget();
    }
};

/** Bus bytes of datagrams: headers, descriptors and payload once. */
class UdpBusCase : public UdpCase
{
  public:
    explicit UdpBusCase(const Setting& setting)
        : UdpCase(setting)
    {
    }

  private:
    void Check() override
    {
        UdpCase::Check();
        // fragments of an IPv4 datagram (RFC 791): payload in units of 8 bytes
        constexpr uint64_t IP = 20;
        constexpr uint64_t UDP = 8;
        uint64_t room = (1500 - IP) / 8 * 8;
        uint64_t fragments = (m_s.bytes + UDP + room - 1) / room;
        HostModel::Statistics sender = Card(0)->GetHost()->GetStatistics();
        HostModel::Statistics reader = Card(1)->GetHost()->GetStatistics();
        constexpr uint64_t DESCRIPTOR = 16; // the card's default
        constexpr uint64_t DOORBELL = 4;    // the card's default
        // sendto: its descriptor and payload; each fragment: two descriptors, as its payload is
        // gathered, and its headers in host memory, the first one's with UDP's
        uint64_t datagram = DOORBELL + DESCRIPTOR + m_s.bytes + UDP +
                            fragments * (DOORBELL + 2 * DESCRIPTOR + LINK_HEADER + IP);
        NS_TEST_EXPECT_MSG_EQ(sender.busBytesToCard, m_s.count * datagram, "bytes to the card");
        NS_TEST_EXPECT_MSG_EQ(sender.busPayloadToCard, uint64_t(m_s.count) * m_s.bytes, "payload");
        NS_TEST_EXPECT_MSG_EQ(reader.busPayloadToHost, uint64_t(m_s.count) * m_s.bytes, "payload");
        NS_TEST_EXPECT_MSG_EQ(
            Count(0, HostCounter::SEGMENTS_SENT), m_s.count * fragments, "frames");
        NS_TEST_EXPECT_MSG_EQ(
            Count(1, HostCounter::BYTES_READ), uint64_t(m_s.count) * m_s.bytes, "bytes read");
    }
};

/** What overflows a receive buffer is dropped, given back and counted. */
class UdpOverflowCase : public UdpCase
{
  public:
    explicit UdpOverflowCase(const Setting& setting)
        : UdpCase(setting)
    {
    }

  private:
    void Check() override
    {
        uint32_t fit = m_s.rcvBuf / m_s.bytes;
        uint64_t held = Card(1)->GetRamStatistics(PC_RAM_RX).held;
        NS_TEST_EXPECT_MSG_GT(held, uint64_t(fit) * m_s.bytes - 1, "what waits is on the card");
        NS_TEST_EXPECT_MSG_LT(held, uint64_t(fit + 1) * m_s.bytes + fit * 2048, "and no more");
        HostModel::Statistics reader = Card(1)->GetHost()->GetStatistics();
        NS_TEST_EXPECT_MSG_EQ(reader.drops["udp_buffer_full"], m_s.count - fit, "drops");
        m_readers.front()->Close();
        UdpCase::Check();
    }
};

class UdpTestSuite : public TestSuite
{
  public:
    UdpTestSuite()
        : TestSuite("payload-cache-udp", UNIT)
    {
        AddEquivalence();
        AddBytes();
        AddEnds();
    }

  private:
    void AddEquivalence()
    {
        for (bool ipv6 : {false, true})
        {
            for (uint32_t bytes : {0U, 1U, 1000U, 1472U, 1473U, 9000U, LARGEST})
            {
                for (const char* path : {"conventional", "offload", "payload-cache"})
                {
                    for (double loss : {0.0, 0.05})
                    {
                        Setting s;
                        s.costs = false;
                        s.path = path;
                        s.bytes = bytes;
                        s.ipv6 = ipv6;
                        s.loss = loss;
                        s.gap = 1e-3;
                        // ICMPv6 quotes payload of what was never put together: doc/design.md 8
                        s.holdsBytes = !(ipv6 && loss > 0);
                        s.name = "as stock: " + std::string(path) + ", " + std::to_string(bytes) +
                                 " B" + (ipv6 ? ", IPv6" : "") + (loss > 0 ? ", loss" : "");
                        AddTestCase(new UdpEquivalenceCase(s), QUICK);
                    }
                }
            }
        }
    }

    void AddBytes()
    {
        for (bool ipv6 : {false, true})
        {
            for (uint32_t bytes : {1U, 2U, 100U, 101U, 1472U, 1479U, 1480U, 9001U, LARGEST})
            {
                for (const char* path : {"conventional", "offload", "payload-cache"})
                {
                    Setting s;
                    s.path = path;
                    s.bytes = bytes;
                    s.ipv6 = ipv6;
                    s.name = "bytes: " + std::string(path) + ", " + std::to_string(bytes) + " B" +
                             (ipv6 ? ", IPv6" : "");
                    AddTestCase(new UdpCase(s), QUICK);
                }
            }
            Setting s;
            s.ipv6 = ipv6;
            s.bytes = 9001;
            s.count = 200;
            s.loss = 0.02;
            s.name = "fragments are lost";
            AddTestCase(new UdpCase(s), QUICK);
            s.loss = 0;
            s.corrupt = true;
            s.name = "bits flip";
            AddTestCase(new UdpCase(s), QUICK);
            s.corrupt = false;
            s.writePiece = 1001;
            s.name = "pieces of an odd size";
            AddTestCase(new UdpCase(s), QUICK);
        }
        for (const char* policy : {"Copy", "Wait"})
        {
            for (uint64_t ram : {4096, 20000, 100000})
            {
                Setting s;
                s.bytes = 9001;
                s.count = 100;
                s.txRam = ram;
                s.whenFull = policy;
                s.name = "transmit RAM of " + std::to_string(ram) + " B, " + policy;
                AddTestCase(new UdpCase(s), QUICK);
                s.writePiece = 1001; // a datagram may begin on the card, and find no room for all
                s.name += ", in pieces";
                AddTestCase(new UdpCase(s), QUICK);
            }
        }
        for (uint32_t bytes : {1000U, 1472U, LARGEST})
        {
            Setting s;
            s.bytes = bytes;
            s.name = "bus bytes, " + std::to_string(bytes) + " B";
            AddTestCase(new UdpBusCase(s), QUICK);
        }
    }

    void AddEnds()
    {
        Setting s;
        s.bytes = 5000;
        s.multicast = true;
        s.receivers = 3;
        s.name = "multicast to three sockets";
        AddTestCase(new UdpCase(s), QUICK);
        s.receivers = 0;
        s.stockReceiver = true;
        s.name = "multicast to a socket of ns-3's";
        AddTestCase(new UdpCase(s), QUICK);
        s = Setting();
        s.bytes = 1000;
        s.broadcast = true;
        s.receivers = 3;
        s.name = "broadcast to three sockets";
        AddTestCase(new UdpCase(s), QUICK);
        s.corrupt = true;
        s.count = 200;
        s.name = "bits flip in a broadcast";
        AddTestCase(new UdpCase(s), QUICK);
        s = Setting();
        s.bytes = 3000;
        s.receivers = 0;
        s.name = "no socket on the port";
        AddTestCase(new UdpCase(s), QUICK);
        s = Setting();
        s.bytes = 3000;
        s.reads = false;
        s.closeAt = 1;
        s.name = "closed with datagrams waiting";
        AddTestCase(new UdpCase(s), QUICK);
        s.reads = true;
        s.count = 200;
        s.closeAt = 0.105;
        s.name = "closed in the middle";
        AddTestCase(new UdpCase(s), QUICK);
        s = Setting();
        s.bytes = 3000;
        s.reads = false;
        s.rcvBuf = 40000;
        s.name = "a receive buffer overflows";
        AddTestCase(new UdpOverflowCase(s), QUICK);
    }
};

UdpTestSuite g_udpTestSuite; //!< registers the suite

} // namespace
