// Merging: how large units are follows from the frames of a connection in a poll and from what it
// sends at one instant, counted apart; loss and reordering cost it nothing but time; and a link is
// filled as fast as without it.

#include "frame-info.h"
#include "pattern-sink.h"
#include "pattern-source.h"
#include "payload-cache-helper.h"

#include "ns3/core-module.h"
#include "ns3/error-model.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/test.h"
#include "ns3/traffic-control-module.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

using namespace ns3;

namespace
{

const uint32_t TIMESTAMPS = 12;           //!< bytes of TCP's options (RFC 7323)
const uint32_t TCP_HEADER = 20;           //!< bytes
const uint32_t POLL = 64;                 //!< frames: moderation and budget
const Time MODERATION = MicroSeconds(20); //!< from a frame to its interrupt, at most

/** What one run is like. */
struct Setting
{
    std::string name;                     //!< for the test's name
    std::string path{"offload"};          //!< data path
    uint32_t flows{1};                    //!< from the first host to the second
    uint32_t back{0};                     //!< the other way
    uint64_t bytes{20000000};             //!< of each flow; 0: until it is stopped
    bool ipv6{false};                     //!< IPv4 otherwise
    bool router{false};                   //!< a stock node between the hosts
    bool merge{true};                     //!< segmentation and receive offload
    bool pattern{false};                  //!< real bytes, compared
    uint32_t mtu{1500};                   //!< bytes
    std::string rate{"100Gbps"};          //!< of the links
    Time delay{MicroSeconds(10)};         //!< of each link
    uint32_t buffers{4194304};            //!< receive buffer, and half of the send buffer, bytes
    std::string tcp{"ns3::TcpLinuxReno"}; //!< congestion control
    double loss{0};                       //!< of frames toward the second host
    double late{0};                       //!< share of frames that others overtake
    uint32_t seed{1};                     //!< of what is drawn by chance
};

/** Takes frames out of a link now and then, and puts them in again behind later ones. */
class LateFrames : public ErrorModel
{
  public:
    /**
     * \param wire where they come in
     * \param share of frames
     * \param most how late a frame is at most
     * \param stream of random numbers
     */
    LateFrames(Ptr<PointToPointNetDevice> wire, double share, Time most, int64_t stream)
        : m_wire(wire),
          m_share(share),
          m_most(most),
          m_chance(CreateObject<UniformRandomVariable>())
    {
        m_chance->SetStream(stream);
    }

    uint32_t late{0}; //!< frames so far

  private:
    bool DoCorrupt(Ptr<Packet> packet) override
    {
        if (m_again || m_chance->GetValue() >= m_share)
        {
            return false;
        }
        late++;
        Time by = m_most * m_chance->GetValue();
        Simulator::Schedule(by, &LateFrames::Again, Ptr<LateFrames>(this), packet->Copy());
        return true;
    }

    void Again(Ptr<Packet> packet)
    {
        m_again = true;
        m_wire->Receive(packet);
        m_again = false;
    }

    void DoReset() override
    {
    }

    void DoDispose() override
    {
        m_wire = nullptr;
        ErrorModel::DoDispose();
    }

    Ptr<PointToPointNetDevice> m_wire;   //!< where they come in
    double m_share;                      //!< of frames
    Time m_most;                         //!< how late
    Ptr<UniformRandomVariable> m_chance; //!< which, and how late
    bool m_again{false};                 //!< a frame comes for the second time
};

/**
 * Counts from a card's traces what its units have to be where nothing is lost: of k full segments
 * of a connection in one poll, or sent at one instant, ceil(k / most).
 */
class UnitCounter
{
  public:
    UnitCounter(Ptr<PayloadCacheNetDevice> card, bool ipv6, uint32_t mss)
        : m_protocol(ipv6 ? Ipv6L3Protocol::PROT_NUMBER : Ipv4L3Protocol::PROT_NUMBER)
    {
        uint32_t headers = (ipv6 ? 40 : 20) + TCP_HEADER + TIMESTAMPS;
        // the IP total length of a unit has 16 bits (RFC 791); TSO leaves room for any headers
        m_mostReceived = (65535 - headers) / mss;
        m_mostSent = (65535 - 60 - 60) / mss;
        card->TraceConnectWithoutContext("PhyRxEnd", MakeCallback(&UnitCounter::Arrived, this));
        card->TraceConnectWithoutContext("Interrupt", MakeCallback(&UnitCounter::Polled, this));
        card->TraceConnectWithoutContext("MacRx", MakeCallback(&UnitCounter::HandedUp, this));
        card->TraceConnectWithoutContext("MacTx", MakeCallback(&UnitCounter::Sent, this));
    }

    /** The last poll and the last instant are over. */
    void Finish()
    {
        Polled(0);
        NextInstant();
    }

    uint64_t received{0};         //!< units
    uint64_t sent{0};             //!< units
    uint64_t segmentsReceived{0}; //!< all

  private:
    using Segments = std::map<uint32_t, uint32_t>; //!< of a connection, by its ports

    bool Count(Ptr<const Packet> packet, Segments& segments) const
    {
        FrameInfo info = FrameInfo::Parse(packet, m_protocol);
        if (info.isTcp && info.PayloadBytes() > 0)
        {
            segments[uint32_t(info.received.peerPort) << 16 | info.received.localPort]++;
            return true;
        }
        return false;
    }

    static uint64_t Units(Segments& segments, uint32_t most)
    {
        uint64_t units = 0;
        for (const auto& [flow, count] : segments)
        {
            units += (count + most - 1) / most;
        }
        segments.clear();
        return units;
    }

    void Arrived(Ptr<const Packet> packet)
    {
        segmentsReceived += Count(packet, m_waiting);
    }

    void Polled(uint32_t /* waiting */)
    {
        received += Units(m_waiting, m_mostReceived);
    }

    void NextInstant()
    {
        sent += Units(m_sent, m_mostSent);
        m_instant = Simulator::Now();
    }

    /** What an ACK releases is sent at once, apart from what the next one does. */
    void HandedUp(Ptr<const Packet> /* packet */)
    {
        NextInstant();
    }

    void Sent(Ptr<const Packet> packet)
    {
        if (Simulator::Now() > m_instant)
        {
            NextInstant();
        }
        Count(packet, m_sent);
    }

    uint16_t m_protocol;     //!< EtherType
    uint32_t m_mostReceived; //!< segments of a received unit
    uint32_t m_mostSent;     //!< segments of a sent unit
    Segments m_waiting;      //!< since the last poll
    Segments m_sent;         //!< at m_instant
    Time m_instant;          //!< the last one at which something was sent
};

/** Two hosts that cost nothing. */
class MergingRun
{
  public:
    explicit MergingRun(const Setting& setting)
        : m_setting(setting)
    {
    }

    std::function<void(MergingRun&)> built; //!< called before it begins

    /** Runs until all is read, at most so many simulated seconds. */
    void Go(double most)
    {
        RngSeedManager::SetSeed(m_setting.seed);
        RngSeedManager::SetRun(1);
        Configure();
        MakeNetwork();
        MakeFlows(0, 1, m_setting.flows);
        MakeFlows(1, 0, m_setting.back);
        if (built)
        {
            built(*this);
        }
        Simulator::Stop(Seconds(most));
        Simulator::Run();
        Collect();
        m_sinks.clear();
        m_sources.clear();
        m_cards = NetDeviceContainer();
        Simulator::Destroy();
        Config::Reset();
    }

    Ptr<PayloadCacheNetDevice> Card(uint32_t host) const
    {
        return DynamicCast<PayloadCacheNetDevice>(m_cards.Get(host));
    }

    /** \return bytes that all readers have read */
    uint64_t GetRead() const
    {
        uint64_t bytes = 0;
        for (const auto& sink : m_sinks)
        {
            bytes += sink->GetRead();
        }
        return bytes;
    }

    /** \return payload of a full segment, bytes */
    uint32_t GetMss() const
    {
        return m_setting.mtu - (m_setting.ipv6 ? 40 : 20) - TCP_HEADER - TIMESTAMPS;
    }

    uint64_t read{0};  //!< bytes, all flows
    uint64_t wrong{0}; //!< bytes
    uint64_t held{0};  //!< card RAM of both hosts at the end, bytes
    Time last;         //!< when the last byte was read
    uint32_t late{0};  //!< frames that others overtook
    std::vector<std::map<HostCounter, uint64_t>> counts; //!< of each host

  private:
    void Configure() const
    {
        Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue(m_setting.tcp));
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(GetMss()));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(2 * m_setting.buffers));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(m_setting.buffers));
        // an RTO of 1 s would be all of such a run
        Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(5)));
        Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(1)));
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(m_setting.pattern));
    }

    void MakeNetwork()
    {
        NodeContainer nodes(m_setting.router ? 3 : 2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue(m_setting.rate));
        link.SetDeviceAttribute("Mtu", UintegerValue(m_setting.mtu));
        link.SetChannelAttribute("Delay", TimeValue(m_setting.delay));
        link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("100000p")); // drops nothing
        NetDeviceContainer wires;
        NetDeviceContainer middle;
        if (m_setting.router)
        {
            for (uint32_t host : {0, 1})
            {
                NetDeviceContainer ends = link.Install(nodes.Get(host), nodes.Get(2));
                wires.Add(ends.Get(0));
                middle.Add(ends.Get(1));
            }
        }
        else
        {
            wires = link.Install(nodes.Get(0), nodes.Get(1));
        }
        Disturb(DynamicCast<PointToPointNetDevice>(wires.Get(1)));
        MakeCards(wires);
        InternetStackHelper().Install(nodes);
        GiveAddresses(middle);
    }

    void Disturb(Ptr<PointToPointNetDevice> wire)
    {
        if (m_setting.loss > 0)
        {
            auto losses = CreateObject<RateErrorModel>();
            losses->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            losses->SetRate(m_setting.loss);
            losses->AssignStreams(1);
            wire->SetReceiveErrorModel(losses);
        }
        if (m_setting.late > 0)
        {
            // up to five frames of 1500 bytes at 100 Gb/s overtake it
            m_lateFrames = CreateObject<LateFrames>(wire, m_setting.late, NanoSeconds(600), 1);
            wire->SetReceiveErrorModel(m_lateFrames);
        }
    }

    void MakeCards(NetDeviceContainer wires)
    {
        PayloadCacheHelper helper;
        helper.SetPath(m_setting.path);
        helper.SetCardAttribute("Tso", BooleanValue(m_setting.merge));
        helper.SetCardAttribute("Gro", BooleanValue(m_setting.merge));
        helper.SetCardAttribute("RxModerationDelay", TimeValue(MODERATION));
        helper.SetCardAttribute("RxModerationFrames", UintegerValue(POLL));
        helper.SetCardAttribute("PollBudget", UintegerValue(POLL));
        helper.SetCardAttribute("HoldBytes", BooleanValue(m_setting.pattern));
        m_cards = helper.Install(wires);
    }

    void GiveAddresses(NetDeviceContainer middle)
    {
        NetDeviceContainer all(m_cards, middle);
        for (uint32_t host : {0, 1})
        {
            NetDeviceContainer net(m_cards.Get(host));
            if (m_setting.router)
            {
                net.Add(middle.Get(host));
            }
            else if (host == 1)
            {
                break; // one network
            }
            else
            {
                net.Add(m_cards.Get(1));
            }
            GiveAddresses(net, host);
        }
        TrafficControlHelper().Uninstall(all); // the address helpers'
    }

    void GiveAddresses(NetDeviceContainer net, uint32_t number)
    {
        std::string digit = std::to_string(number);
        std::vector<Address> addresses;
        if (m_setting.ipv6)
        {
            Ipv6AddressHelper helper(("2001:" + digit + "::").c_str(), Ipv6Prefix(64));
            auto interfaces = helper.Assign(net);
            for (uint32_t i = 0; i < net.GetN(); i++)
            {
                addresses.emplace_back(interfaces.GetAddress(i, 1)); // global
            }
        }
        else
        {
            Ipv4AddressHelper helper(("10.0." + digit + ".0").c_str(), "255.255.255.0");
            auto interfaces = helper.Assign(net);
            for (uint32_t i = 0; i < net.GetN(); i++)
            {
                addresses.emplace_back(interfaces.GetAddress(i));
            }
        }
        m_addresses.push_back(addresses[0]);
        if (!m_setting.router)
        {
            m_addresses.push_back(addresses[1]);
            return;
        }
        auto ip = net.Get(0)->GetNode()->GetObject<Ipv4>();
        auto routes = Ipv4StaticRoutingHelper().GetStaticRouting(ip);
        routes->SetDefaultRoute(Ipv4Address::ConvertFrom(addresses[1]), 1);
    }

    Address End(const Address& address, uint16_t port) const
    {
        if (m_setting.ipv6)
        {
            return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
        }
        return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
    }

    void MakeFlows(uint32_t from, uint32_t to, uint32_t flows)
    {
        auto factory = TypeId::LookupByName("ns3::PayloadCacheTcpSocketFactory");
        for (uint32_t i = 0; i < flows; i++)
        {
            auto source = CreateObject<PatternSource>();
            auto sink = CreateObject<PatternSink>();
            source->SetAttribute("Remote", AddressValue(End(m_addresses[to], 5000 + i)));
            source->SetAttribute("MaxBytes", UintegerValue(m_setting.bytes));
            sink->SetAttribute("Local", AddressValue(End(m_addresses[to], 5000 + i)));
            Ptr<Application> ends[] = {source, sink};
            for (const auto& end : ends)
            {
                end->SetAttribute("Protocol", TypeIdValue(factory));
                end->SetAttribute("Pattern", BooleanValue(m_setting.pattern));
                end->SetAttribute("Flow", UintegerValue(i));
            }
            Card(from)->GetNode()->AddApplication(source);
            Card(to)->GetNode()->AddApplication(sink);
            // IPv6 looks for doubled addresses first (RFC 4862), which takes a second
            source->SetStartTime(m_setting.ipv6 ? Seconds(2) : Seconds(0));
            m_sources.push_back(source);
            m_sinks.push_back(sink);
        }
    }

    void Collect()
    {
        read = GetRead();
        for (const auto& sink : m_sinks)
        {
            wrong += sink->GetWrong();
            last = Max(last, sink->GetLastRead());
        }
        late = m_lateFrames ? m_lateFrames->late : 0;
        for (uint32_t host : {0, 1})
        {
            held += Card(host)->GetRamStatistics(PC_RAM_TX).held;
            held += Card(host)->GetRamStatistics(PC_RAM_RX).held;
            Card(host)->GetHost()->GetStatistics(); // stops the program if its ledger is wrong
            auto& mine = counts.emplace_back();
            for (uint32_t c = 0; c < static_cast<uint32_t>(HostCounter::COUNT); c++)
            {
                auto counter = static_cast<HostCounter>(c);
                mine[counter] = Card(host)->GetHost()->GetCount(counter);
            }
        }
        m_lateFrames = nullptr;
    }

    Setting m_setting;                         //!< what it is like
    NetDeviceContainer m_cards;                //!< both hosts'
    std::vector<Address> m_addresses;          //!< both hosts'
    std::vector<Ptr<PatternSource>> m_sources; //!< of all flows
    std::vector<Ptr<PatternSink>> m_sinks;     //!< of all flows
    Ptr<LateFrames> m_lateFrames;              //!< if there are any
};

/** Units are what the frames in a poll, and what is sent at one instant, let them be. */
class UnitsTestCase : public TestCase
{
  public:
    /**
     * \param setting what it is like
     * \param least segments of a unit each way, on the mean
     */
    UnitsTestCase(const Setting& setting, double least)
        : TestCase(setting.name),
          m_setting(setting),
          m_least(least)
    {
    }

  private:
    void DoRun() override
    {
        m_setting.bytes -= m_setting.bytes % MergingRun(m_setting).GetMss(); // no short segment
        MergingRun run(m_setting);
        std::vector<std::unique_ptr<UnitCounter>> counters;
        run.built = [&](MergingRun& self) {
            for (uint32_t host : {0, 1})
            {
                counters.push_back(
                    std::make_unique<UnitCounter>(self.Card(host), m_setting.ipv6, self.GetMss()));
            }
        };
        run.Go(5);
        uint64_t flows = m_setting.flows + m_setting.back;
        NS_TEST_EXPECT_MSG_EQ(run.read, flows * m_setting.bytes, "all is read");
        NS_TEST_EXPECT_MSG_EQ(run.held, 0, "and no card RAM is held");
        for (uint32_t host : {0, 1})
        {
            counters[host]->Finish();
            Check(run.counts[host], *counters[host]);
        }
    }

    void Check(std::map<HostCounter, uint64_t>& counts, const UnitCounter& expected)
    {
        NS_TEST_EXPECT_MSG_EQ(counts[HostCounter::UNITS_RECEIVED], expected.received, "received");
        NS_TEST_EXPECT_MSG_EQ(counts[HostCounter::UNITS_SENT], expected.sent, "sent");
        NS_TEST_EXPECT_MSG_EQ(
            counts[HostCounter::SEGMENTS_RECEIVED], expected.segmentsReceived, "segments");
        if (expected.segmentsReceived > 0)
        {
            double mean = double(expected.segmentsReceived) / expected.received;
            NS_TEST_EXPECT_MSG_GT(mean, m_least, "segments a received unit");
        }
        uint64_t segments = counts[HostCounter::SEGMENTS_SENT];
        if (segments > 0)
        {
            double mean = double(segments) / counts[HostCounter::UNITS_SENT];
            NS_TEST_EXPECT_MSG_GT(mean, m_least, "segments a sent unit");
        }
    }

    Setting m_setting; //!< what it is like
    double m_least;    //!< segments of a unit
};

/** Loss and late frames cost what they cost without merging, and no byte is wrong or missing. */
class DisturbedTestCase : public TestCase
{
  public:
    explicit DisturbedTestCase(const Setting& setting)
        : TestCase(setting.name),
          m_setting(setting)
    {
    }

  private:
    void DoRun() override
    {
        double merged = Time(true);
        double unmerged = Time(false);
        NS_TEST_EXPECT_MSG_EQ_TOL(merged, unmerged, 0.1 * unmerged, "time for all of it");
    }

    /** \return seconds that the runs of all seeds take */
    double Time(bool merge)
    {
        double all = 0;
        for (uint32_t seed : {1000020, 2000023, 3000026})
        {
            m_setting.merge = merge;
            m_setting.seed = seed;
            MergingRun run(m_setting);
            run.Go(10);
            NS_TEST_EXPECT_MSG_EQ(run.read, m_setting.bytes, "all is read");
            NS_TEST_EXPECT_MSG_EQ(run.wrong, 0, "and right");
            NS_TEST_EXPECT_MSG_EQ(run.held, 0, "and no card RAM is held");
            NS_TEST_EXPECT_MSG_EQ((m_setting.late > 0), (run.late > 0), "frames were late");
            NS_TEST_EXPECT_MSG_EQ((run.counts[0][HostCounter::SEGMENTS_RETRANSMITTED] > 0),
                                  true,
                                  "segments were sent again");
            all += run.last.GetSeconds();
        }
        return all;
    }

    Setting m_setting; //!< what it is like
};

/** How long a connection takes to fill its link. */
class RampTestCase : public TestCase
{
  public:
    explicit RampTestCase(const Setting& setting)
        : TestCase(setting.name),
          m_setting(setting)
    {
    }

  private:
    void DoRun() override
    {
        double merged = TimeToFill(true);
        double unmerged = TimeToFill(false);
        NS_TEST_ASSERT_MSG_GT(unmerged, 0, "the link is filled");
        NS_TEST_EXPECT_MSG_EQ_TOL(merged, unmerged, 0.2 * unmerged, "time to fill it");
    }

    /** \return when 90 % of the link has been read for a round trip with its polls, seconds */
    double TimeToFill(bool merge) const
    {
        const int PARTS = 20; // of that round trip: how finely is looked
        Setting setting = m_setting;
        setting.merge = merge;
        MergingRun run(setting);
        Time span = 2 * setting.delay + 2 * MODERATION;
        // 1448 of the 1502 bytes of a frame with its PPP header are payload
        double full = DataRate(setting.rate).GetBitRate() / 8.0 * run.GetMss() / (setting.mtu + 2) *
                      span.GetSeconds();
        std::vector<uint64_t> taken;
        double filled = 0;
        std::function<void()> look = [&] {
            taken.push_back(run.GetRead());
            std::size_t now = taken.size() - 1;
            if (now >= PARTS && taken[now] - taken[now - PARTS] >= 0.9 * full)
            {
                filled = Simulator::Now().GetSeconds();
                Simulator::Stop();
                return;
            }
            Simulator::Schedule(span / PARTS, look);
        };
        run.built = [&](MergingRun&) { Simulator::Schedule(span / PARTS, look); };
        run.Go(5);
        return filled;
    }

    Setting m_setting; //!< what it is like
};

/** The suite. */
class MergingTestSuite : public TestSuite
{
  public:
    MergingTestSuite()
        : TestSuite("payload-cache-merging", SYSTEM)
    {
        AddUnits();
        AddDisturbed();
        AddRamps();
    }

  private:
    void AddUnits()
    {
        auto add = [this](const std::string& name, double least, auto change) {
            Setting setting;
            setting.name = name;
            change(setting);
            AddTestCase(new UnitsTestCase(setting, least), TestCase::QUICK);
        };
        // A poll of 64 frames makes two units of a flow; slow start has smaller ones. Flows share
        // polls only where one's burst ends: what was sent at once comes at once.
        add("one flow", 30, [](Setting&) {});
        add("one flow, payload cache", 30, [](Setting& s) { s.path = "payload-cache"; });
        add("four flows", 30, [](Setting& s) {
            s.flows = 4;
            s.bytes = 5000000;
        });
        add("sixteen flows", 28, [](Setting& s) {
            s.flows = 16;
            s.bytes = 2000000;
        });
        add("both ways", 30, [](Setting& s) { s.back = 1; });
        add("IPv6", 30, [](Setting& s) { s.ipv6 = true; });
        add("IPv6, four flows both ways, payload cache", 30, [](Setting& s) {
            s.ipv6 = true;
            s.flows = 4;
            s.back = 4;
            s.bytes = 3000000;
            s.path = "payload-cache";
        });
        add("through a router", 30, [](Setting& s) { s.router = true; });
        add("four flows through a router", 30, [](Setting& s) {
            s.router = true;
            s.flows = 4;
            s.bytes = 5000000;
        });
        add("frames of 9000 bytes", 50000.0 / 8948, [](Setting& s) { s.mtu = 9000; });
        add("10 gigabits", 15, [](Setting& s) { s.rate = "10Gbps"; });
    }

    void AddDisturbed()
    {
        for (const char* path : {"offload", "payload-cache"})
        {
            Setting setting;
            setting.path = path;
            setting.pattern = true;
            setting.bytes = 3000000;
            setting.name = std::string("late frames, ") + path;
            setting.late = 0.005;
            AddTestCase(new DisturbedTestCase(setting), TestCase::QUICK);
            setting.name = std::string("lost frames, ") + path;
            setting.late = 0;
            setting.loss = 0.005;
            AddTestCase(new DisturbedTestCase(setting), TestCase::QUICK);
        }
    }

    void AddRamps()
    {
        struct Link
        {
            const char* rate;
            Time delay;
            uint32_t buffers;
            TestCase::TestDuration duration;
        };
        // At 100 Gb/s and 20 ms 250 MB are in flight. At 1 ms CUBIC takes ten times as long as the
        // others, as its HyStart ends slow start early: 10 Gb/s stands in for it in short tests.
        const Link links[] = {
            {"100Gbps", MicroSeconds(10), 4194304, TestCase::QUICK},
            {"100Gbps", MicroSeconds(500), 33554432, TestCase::QUICK},
            {"10Gbps", MilliSeconds(10), 67108864, TestCase::QUICK},
            {"100Gbps", MilliSeconds(10), 536870912, TestCase::EXTENSIVE},
        };
        for (std::string tcp :
             {"ns3::TcpNewReno", "ns3::TcpLinuxReno", "ns3::TcpCubic", "ns3::TcpDctcp"})
        {
            for (Link link : links)
            {
                Setting setting;
                setting.tcp = tcp;
                setting.rate = link.rate;
                setting.delay = link.delay;
                setting.buffers = link.buffers;
                setting.bytes = 0;
                if (tcp == "ns3::TcpCubic" && link.delay == MicroSeconds(500))
                {
                    AddRamp(setting, TestCase::EXTENSIVE);
                    setting.rate = "10Gbps";
                }
                AddRamp(setting, link.duration);
            }
        }
    }

    void AddRamp(Setting& setting, TestCase::TestDuration duration)
    {
        setting.name = "time to fill " + setting.rate + ", " + setting.tcp + ", one way " +
                       std::to_string(setting.delay.GetMicroSeconds()) + " us";
        AddTestCase(new RampTestCase(setting), duration);
    }
};

MergingTestSuite g_mergingTestSuite; //!< registers itself

} // namespace
