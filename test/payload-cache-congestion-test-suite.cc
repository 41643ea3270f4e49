// Congestion control under stretched ACKs: what the wrapper forwards, how it counts, and that a
// connection grows as fast as one whose every second segment is acknowledged.

#include "payload-cache-helper.h"
#include "payload-cache-tcp-socket.h"
#include "stretched-ack-congestion.h"

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/test.h"
#include "ns3/traffic-control-module.h"

#include <functional>
#include <sstream>
#include <vector>

using namespace ns3;

namespace
{

const uint32_t SEGMENT = 1448; //!< bytes: MTU 1500 with timestamps
const uint32_t STRETCH = 32;   //!< segments an ACK: half of a poll of 64 frames, and even
const uint32_t NO_THRESHOLD = UINT32_MAX / SEGMENT;              //!< slow start goes on, segments
const char* const FACTORY = "ns3::PayloadCacheTcpSocketFactory"; //!< of our sockets

/** An algorithm that writes down how it is called. */
class Recorder : public TcpCongestionOps
{
  public:
    /** What it saw, shared by its copies. */
    struct Log
    {
        std::ostringstream calls; //!< each call
        int alive{0};             //!< recorders that there are
    };

    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::CongestionTestRecorder").SetParent<TcpCongestionOps>();
        return tid;
    }

    explicit Recorder(Log& log)
        : m_log(log)
    {
        m_log.alive++;
    }

    Recorder(const Recorder& other)
        : TcpCongestionOps(other),
          m_log(other.m_log)
    {
        m_log.alive++;
    }

    ~Recorder() override
    {
        m_log.alive--;
    }

    std::string GetName() const override
    {
        return "Recorder";
    }

    void Init(Ptr<TcpSocketState> tcb) override
    {
        m_log.calls << "init " << tcb->m_cWnd << ";";
    }

    uint32_t GetSsThresh(Ptr<const TcpSocketState>, uint32_t bytesInFlight) override
    {
        m_log.calls << "threshold " << bytesInFlight << ";";
        return 4711;
    }

    void IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override
    {
        m_log.calls << segmentsAcked << "@" << tcb->m_cWnd << ";";
        tcb->m_cWnd += 1;
    }

    void PktsAcked(Ptr<TcpSocketState>, uint32_t segmentsAcked, const Time& rtt) override
    {
        m_log.calls << "acked " << segmentsAcked << " " << rtt.GetMilliSeconds() << ";";
    }

    void CongestionStateSet(Ptr<TcpSocketState>, TcpSocketState::TcpCongState_t state) override
    {
        m_log.calls << "state " << state << ";";
    }

    void CwndEvent(Ptr<TcpSocketState>, TcpSocketState::TcpCAEvent_t event) override
    {
        m_log.calls << "event " << event << ";";
    }

    bool HasCongControl() const override
    {
        return true;
    }

    void CongControl(Ptr<TcpSocketState>,
                     const TcpRateOps::TcpRateConnection& rc,
                     const TcpRateOps::TcpRateSample& rs) override
    {
        m_log.calls << "control " << rc.m_delivered << " " << rs.m_ackedSacked << ";";
    }

    Ptr<TcpCongestionOps> Fork() override
    {
        return CopyObject<Recorder>(this);
    }

  private:
    Log& m_log; //!< what it saw
};

/** A connection whose window is \p segments, all of them in flight. */
Ptr<TcpSocketState>
Connection(uint32_t segments)
{
    auto tcb = CreateObject<TcpSocketState>();
    tcb->m_segmentSize = SEGMENT;
    tcb->m_cWnd = segments * SEGMENT;
    tcb->m_bytesInFlight = segments * SEGMENT;
    tcb->m_ssThresh = 100 * SEGMENT;
    tcb->m_minRtt = MilliSeconds(20);
    return tcb;
}

/** All of the interface reaches the algorithm; copies are wrapped; nothing is kept. */
class ForwardTestCase : public TestCase
{
  public:
    ForwardTestCase()
        : TestCase("what is wrapped sees each call, and goes with its wrapper")
    {
    }

  private:
    void DoRun() override
    {
        Recorder::Log log;
        {
            Ptr<TcpCongestionOps> inner = CreateObject<Recorder>(log);
            Ptr<TcpCongestionOps> wrapper = StretchedAckCongestion::Wrap(inner);
            NS_TEST_EXPECT_MSG_EQ(wrapper, StretchedAckCongestion::Wrap(inner), "wrapped once");
            NS_TEST_EXPECT_MSG_EQ(wrapper, StretchedAckCongestion::Wrap(wrapper), "and no more");
            inner = nullptr;
            CheckForwarding(wrapper, log);
            Ptr<TcpCongestionOps> copy = wrapper->Fork();
            NS_TEST_EXPECT_MSG_EQ(log.alive, 2, "a copy has an algorithm of its own");
            wrapper = nullptr;
            NS_TEST_EXPECT_MSG_EQ(log.alive, 1, "which outlives the first");
            CheckForwarding(copy, log);
            NS_TEST_EXPECT_MSG_NE(DynamicCast<StretchedAckCongestion>(copy), nullptr, "wrapped");
        }
        NS_TEST_EXPECT_MSG_EQ(log.alive, 0, "nothing is kept");
        auto dctcp = StretchedAckCongestion::Wrap(CreateObject<TcpDctcp>());
        NS_TEST_EXPECT_MSG_NE(dctcp->GetObject<TcpDctcp>(), nullptr, "Config's $ns3::TcpDctcp");
    }

    void CheckForwarding(Ptr<TcpCongestionOps> ops, Recorder::Log& log)
    {
        log.calls.str("");
        auto tcb = Connection(10);
        TcpRateOps::TcpRateConnection connection;
        connection.m_delivered = 12;
        TcpRateOps::TcpRateSample sample;
        sample.m_ackedSacked = 34;
        NS_TEST_EXPECT_MSG_EQ(ops->GetName(), "Recorder", "its name");
        NS_TEST_EXPECT_MSG_EQ(ops->HasCongControl(), true, "CongControl()");
        NS_TEST_EXPECT_MSG_EQ(ops->GetSsThresh(tcb, 5), 4711, "slow start threshold");
        ops->Init(tcb);
        ops->PktsAcked(tcb, 45, MilliSeconds(6));
        ops->CongestionStateSet(tcb, TcpSocketState::CA_LOSS);
        ops->CwndEvent(tcb, TcpSocketState::CA_EVENT_ECN_IS_CE);
        ops->CongControl(tcb, connection, sample);
        std::ostringstream expected;
        expected << "threshold 5;init 14480;acked 45 6;state " << TcpSocketState::CA_LOSS
                 << ";event " << TcpSocketState::CA_EVENT_ECN_IS_CE << ";control 12 34;";
        NS_TEST_EXPECT_MSG_EQ(log.calls.str(), expected.str(), "calls");
    }
};

/** How an ACK is split, and when it is not counted. */
class SplitTestCase : public TestCase
{
  public:
    SplitTestCase()
        : TestCase("a stretched ACK becomes calls of two segments while the window is used")
    {
    }

  private:
    void DoRun() override
    {
        // the recorder adds a byte a call: each call sees the window that the one before left
        Expect(0, 1000, "0@1000;");
        Expect(1, 1000, "1@1000;");
        Expect(2, 1000, "2@1000;");
        Expect(5, 1000, "2@1000;2@1001;"); // the fifth waits
        Expect(6, 1000, "2@1000;2@1001;2@1002;");
        // in flight before the ACK: 200 + 3 * 100, of a window of 1000
        Expect(3, 200, "");
        Expect(3, 201, "2@1000;");
        Expect(3, 199, "");
        // an ACK of 2^32 bytes
        Expect(2, 0, "2@1000;", 1U << 31);
        ExpectInTurn();
    }

    /** An odd segment waits for the next stretched ACK; what ends a recovery is not stretched. */
    void ExpectInTurn()
    {
        Recorder::Log log;
        auto ops = StretchedAckCongestion::Wrap(CreateObject<Recorder>(log));
        auto tcb = Connection(10);
        tcb->m_cWnd = 1000;
        ops->IncreaseWindow(tcb, 5);
        ops->IncreaseWindow(tcb, 1);
        ops->IncreaseWindow(tcb, 3);
        NS_TEST_EXPECT_MSG_EQ(log.calls.str(), "2@1000;2@1001;1@1002;2@1003;2@1004;", "odd ones");
        for (auto state : {TcpSocketState::CA_DISORDER, TcpSocketState::CA_RECOVERY})
        {
            ops->CongestionStateSet(tcb, state);
            ops->CongestionStateSet(tcb, TcpSocketState::CA_OPEN);
            log.calls.str("");
            tcb->m_cWnd = 1000;
            ops->IncreaseWindow(tcb, 6);
            ops->IncreaseWindow(tcb, 6);
            NS_TEST_EXPECT_MSG_EQ(log.calls.str(), "6@1000;2@1001;2@1002;2@1003;", "a hole");
        }
    }

    void Expect(uint32_t segments,
                uint32_t inFlight,
                const std::string& calls,
                uint32_t segmentSize = 100)
    {
        Recorder::Log log;
        auto ops = StretchedAckCongestion::Wrap(CreateObject<Recorder>(log));
        auto tcb = CreateObject<TcpSocketState>();
        tcb->m_segmentSize = segmentSize;
        tcb->m_cWnd = 1000;
        tcb->m_bytesInFlight = inFlight;
        ops->IncreaseWindow(tcb, segments);
        NS_TEST_EXPECT_MSG_EQ(log.calls.str(), calls, segments << " after " << inFlight);
    }
};

/** ns-3's algorithms: stretched ACKs through the wrapper, and ACKs of two segments without it. */
class GrowthTestCase : public TestCase
{
  public:
    explicit GrowthTestCase(const std::string& algorithm)
        : TestCase(algorithm + ": a stretched ACK grows the window as ACKs of two segments do"),
          m_algorithm(algorithm)
    {
    }

  private:
    /** An algorithm and its connection. */
    struct Flow
    {
        Ptr<TcpCongestionOps> ops;
        Ptr<TcpSocketState> tcb;

        /** An ACK of a whole stretch has come, one sample of the round trip. */
        void Acknowledge(uint32_t segmentsACall)
        {
            tcb->m_nextTxSequence += STRETCH * SEGMENT;
            tcb->m_highTxMark = tcb->m_nextTxSequence;
            tcb->m_lastAckedSeq += STRETCH * SEGMENT;
            tcb->m_bytesInFlight = tcb->m_cWnd.Get();
            ops->PktsAcked(tcb, STRETCH, MilliSeconds(20));
            for (uint32_t done = 0; done < STRETCH; done += segmentsACall)
            {
                ops->IncreaseWindow(tcb, segmentsACall);
            }
        }
    };

    Flow Make(bool wrapped) const
    {
        ObjectFactory factory(m_algorithm);
        Flow flow{factory.Create<TcpCongestionOps>(), Connection(10)};
        flow.tcb->m_nextTxSequence = SequenceNumber32(10 * SEGMENT);
        flow.ops->Init(flow.tcb);
        flow.ops->CongestionStateSet(flow.tcb, TcpSocketState::CA_OPEN);
        if (wrapped)
        {
            flow.ops = StretchedAckCongestion::Wrap(flow.ops);
        }
        return flow;
    }

    void DoRun() override
    {
        Flow plain = Make(false);
        Flow wrapped = Make(true);
        NS_TEST_EXPECT_MSG_EQ(wrapped.ops->GetName(), plain.ops->GetName(), "name");
        // slow start, the step over the threshold of 100 segments, avoidance
        for (int ack = 0; ack < 200; ack++)
        {
            plain.Acknowledge(StretchedAckCongestion::SEGMENTS_A_CALL);
            wrapped.Acknowledge(STRETCH);
            NS_TEST_ASSERT_MSG_EQ(wrapped.tcb->m_cWnd, plain.tcb->m_cWnd, "window, ACK " << ack);
            NS_TEST_ASSERT_MSG_EQ(wrapped.tcb->m_ssThresh, plain.tcb->m_ssThresh, "threshold");
        }
        NS_TEST_EXPECT_MSG_GT(plain.tcb->m_cWnd, 100 * SEGMENT, "it came to avoidance");
        // a loss, and a copy for a socket that is accepted
        NS_TEST_EXPECT_MSG_EQ(wrapped.ops->GetSsThresh(wrapped.tcb, 50 * SEGMENT),
                              plain.ops->GetSsThresh(plain.tcb, 50 * SEGMENT),
                              "threshold after a loss");
        plain.ops = plain.ops->Fork();
        wrapped.ops = wrapped.ops->Fork();
        plain.Acknowledge(StretchedAckCongestion::SEGMENTS_A_CALL);
        wrapped.Acknowledge(STRETCH);
        NS_TEST_EXPECT_MSG_EQ(wrapped.tcb->m_cWnd, plain.tcb->m_cWnd, "window of the copy");
        Simulator::Destroy();
    }

    std::string m_algorithm; //!< TypeId
};

/** One flow over 1 Gb/s and a round trip of 20 ms, on hosts that cost nothing. */
class Transfer
{
  public:
    std::string tcp{"ns3::TcpNewReno"}; //!< congestion control
    std::string factory{FACTORY};       //!< of both ends' sockets
    bool stretchedAcks{false};          //!< the sockets' attribute
    uint32_t segmentsAnAck{2};          //!< what the receiver acknowledges at once
    uint32_t threshold{UINT32_MAX};     //!< of slow start, bytes
    uint32_t buffers{4194304};          //!< of the sockets, bytes: 1.7 times what the path holds
    double end{10};                     //!< seconds
    std::function<void(Ptr<TcpSocketBase>)> halfway; //!< called with the sender's socket at end / 2

    /** Runs it until the receiver takes 90 % of the link in a round trip, or until `end`. */
    void Run()
    {
        Configure();
        MakeHosts();
        Simulator::Schedule(MilliSeconds(1), &Transfer::Watch, this);
        Simulator::Schedule(Seconds(end / 2), &Transfer::Halfway, this);
        Simulator::Stop(Seconds(end));
        Simulator::Run();
        algorithm = Algorithm(m_source->GetSocket());
        accepted = Algorithm(m_sink->GetAcceptedSockets().front());
        Simulator::Destroy();
        Config::Reset();
    }

    double reached{0};  //!< when the link was full, seconds; 0 if it never was
    uint32_t window{0}; //!< the largest congestion window, bytes
    TypeId algorithm;   //!< what the sender's CongestionOps were at the end
    TypeId accepted;    //!< what those of the accepted socket were

  private:
    void Configure() const
    {
        Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue(tcp));
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(SEGMENT));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(buffers));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(buffers));
        Config::SetDefault("ns3::TcpSocket::InitialSlowStartThreshold", UintegerValue(threshold));
        Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(segmentsAnAck));
        // stands for the end of a unit: far above a frame's 12 us, far below the round trip
        Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(1)));
        Config::SetDefault("ns3::PayloadCacheTcpSocket::StretchedAcks",
                           BooleanValue(stretchedAcks));
    }

    void MakeHosts()
    {
        NodeContainer nodes(2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
        link.SetChannelAttribute("Delay", StringValue("10ms"));
        link.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("100000p")); // drops nothing
        NetDeviceContainer cards = PayloadCacheHelper().Install(link.Install(nodes));
        InternetStackHelper().Install(nodes);
        auto interfaces = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(cards);
        TrafficControlHelper().Uninstall(cards); // the address helper's
        PacketSinkHelper sink(factory, InetSocketAddress(Ipv4Address::GetAny(), 5000));
        m_sink = DynamicCast<PacketSink>(sink.Install(nodes.Get(1)).Get(0));
        BulkSendHelper source(factory, InetSocketAddress(interfaces.GetAddress(1), 5000));
        source.SetAttribute("SendSize", UintegerValue(65536));
        m_source = DynamicCast<BulkSendApplication>(source.Install(nodes.Get(0)).Get(0));
    }

    /** Once a millisecond. */
    void Watch()
    {
        m_taken.push_back(m_sink->GetTotalRx());
        std::size_t now = m_taken.size() - 1;
        uint64_t before = now >= 20 ? m_taken[now - 20] : 0;
        // 1448 of the 1502 bytes of a frame with its PPP header are payload
        double full = 1e9 / 8 * SEGMENT / (SEGMENT + 54) * 0.020;
        if (now == 0)
        {
            m_source->GetSocket()->TraceConnectWithoutContext(
                "CongestionWindow", MakeCallback(&Transfer::WindowChanged, this));
        }
        if (m_taken[now] - before >= 0.9 * full)
        {
            reached = Simulator::Now().GetSeconds();
            Simulator::Stop();
        }
        Simulator::Schedule(MilliSeconds(1), &Transfer::Watch, this);
    }

    void WindowChanged(uint32_t, uint32_t bytes)
    {
        window = std::max(window, bytes);
    }

    void Halfway()
    {
        if (halfway)
        {
            halfway(DynamicCast<TcpSocketBase>(m_source->GetSocket()));
        }
    }

    static TypeId Algorithm(Ptr<Socket> socket)
    {
        PointerValue ops;
        socket->GetAttribute("CongestionOps", ops);
        return ops.GetObject()->GetInstanceTypeId();
    }

    Ptr<PacketSink> m_sink;            //!< receiver
    Ptr<BulkSendApplication> m_source; //!< sender
    std::vector<uint64_t> m_taken;     //!< bytes read by each millisecond
};

/** How long a connection takes to fill its link. */
class RampTestCase : public TestCase
{
  public:
    /**
     * \param tcp the algorithm
     * \param threshold of slow start, segments
     * \param least without the wrapper it takes so many times as long at least
     * \param most and so many times at most
     */
    RampTestCase(const std::string& tcp, uint32_t threshold, double least, double most)
        : TestCase(tcp + ": time to fill a gigabit link of 20 ms with stretched ACKs"),
          m_tcp(tcp),
          m_threshold(threshold),
          m_least(least),
          m_most(most)
    {
    }

  private:
    void DoRun() override
    {
        double stock = Time("ns3::TcpSocketFactory", 2, false);
        double plain = Time(FACTORY, STRETCH, false);
        double wrapped = Time(FACTORY, STRETCH, true);
        NS_TEST_ASSERT_MSG_GT(stock, 0, "stock fills the link");
        NS_TEST_EXPECT_MSG_EQ_TOL(wrapped, stock, 0.2 * stock, "with the wrapper");
        NS_TEST_EXPECT_MSG_GT(plain, m_least * stock, "without it");
        NS_TEST_EXPECT_MSG_LT(plain, m_most * stock, "without it");
    }

    double Time(const std::string& factory, uint32_t segmentsAnAck, bool stretchedAcks) const
    {
        Transfer transfer;
        transfer.tcp = m_tcp;
        transfer.factory = factory;
        transfer.segmentsAnAck = segmentsAnAck;
        transfer.stretchedAcks = stretchedAcks;
        transfer.threshold = m_threshold * SEGMENT;
        transfer.Run();
        return transfer.reached;
    }

    std::string m_tcp;    //!< TypeId
    uint32_t m_threshold; //!< segments
    double m_least;       //!< of stock's time
    double m_most;        //!< of stock's time
};

/** The attribute: what it wraps, and the window of a connection that the receiver limits. */
class AttributeTestCase : public TestCase
{
  public:
    AttributeTestCase()
        : TestCase("the sockets' attribute StretchedAcks")
    {
    }

  private:
    void DoRun() override
    {
        // A window of 64 KiB stops growing at twice what is used, by less than an ACK's growth.
        uint32_t limit = 2 * 65536 + STRETCH / 2 * SEGMENT;
        Transfer off = Limited(false);
        NS_TEST_EXPECT_MSG_EQ(off.algorithm, TcpNewReno::GetTypeId(), "off: as it was");
        NS_TEST_EXPECT_MSG_EQ(off.accepted, TcpNewReno::GetTypeId(), "off: as it was");
        NS_TEST_EXPECT_MSG_GT(off.window, 2 * limit, "off: it grows on and on");
        Transfer on = Limited(true);
        TypeId wrapper = StretchedAckCongestion::GetTypeId();
        NS_TEST_EXPECT_MSG_EQ(on.algorithm, wrapper, "on: wrapped");
        NS_TEST_EXPECT_MSG_EQ(on.accepted, wrapper, "on: accepted sockets likewise");
        NS_TEST_EXPECT_MSG_LT(on.window, limit, "on: it stops");
        NS_TEST_EXPECT_MSG_GT(on.window, 65536, "on: but not before it is of no more use");
    }

    Transfer Limited(bool stretchedAcks) const
    {
        Transfer transfer;
        transfer.stretchedAcks = stretchedAcks;
        transfer.buffers = 65536;
        transfer.end = 3;
        // the user may choose another algorithm while the connection stands
        transfer.halfway = [](Ptr<TcpSocketBase> socket) {
            socket->SetCongestionControlAlgorithm(CreateObject<TcpNewReno>());
        };
        transfer.Run();
        return transfer;
    }
};

/** The suite. */
class CongestionTestSuite : public TestSuite
{
  public:
    CongestionTestSuite()
        : TestSuite("payload-cache-congestion", UNIT)
    {
        AddTestCase(new ForwardTestCase, TestCase::QUICK);
        AddTestCase(new SplitTestCase, TestCase::QUICK);
        for (const char* algorithm : {"ns3::TcpNewReno",
                                      "ns3::TcpLinuxReno",
                                      "ns3::TcpCubic",
                                      "ns3::TcpDctcp",
                                      "ns3::TcpVegas",
                                      "ns3::TcpVeno",
                                      "ns3::TcpHybla",
                                      "ns3::TcpBic",
                                      "ns3::TcpHighSpeed",
                                      "ns3::TcpHtcp",
                                      "ns3::TcpIllinois",
                                      "ns3::TcpScalable",
                                      "ns3::TcpYeah"})
        {
            AddTestCase(new GrowthTestCase(algorithm), TestCase::QUICK);
        }
        // Slow start by a segment an ACK: ln 1.5 / ln (1 + 1/32) = 13 round trips for one; fewer up
        // to 32 segments, where each flight has an ACK of its own.
        AddTestCase(new RampTestCase("ns3::TcpNewReno", NO_THRESHOLD, 6, 13), TestCase::QUICK);
        // These count the segments of an ACK by themselves.
        AddTestCase(new RampTestCase("ns3::TcpLinuxReno", NO_THRESHOLD, 0.8, 1.2), TestCase::QUICK);
        AddTestCase(new RampTestCase("ns3::TcpDctcp", NO_THRESHOLD, 0.8, 1.2), TestCase::QUICK);
        // Slow start counts segments; avoidance without a loss so far grows by a segment for each
        // 20 acknowledged, and by one a call: ln (1 + 1/20) / ln (1 + 1/32) = 1.6.
        AddTestCase(new RampTestCase("ns3::TcpCubic", 100, 1.3, 1.6), TestCase::QUICK);
        AddTestCase(new AttributeTestCase, TestCase::QUICK);
    }
};

CongestionTestSuite g_congestionTestSuite; //!< registers itself

} // namespace
