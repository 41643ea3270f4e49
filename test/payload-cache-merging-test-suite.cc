// Merging: how large units are follows from the frames of a connection in a poll and from what it
// sends at one instant, counted apart; loss and reordering cost it nothing but time.

#include "support/merging-run.h"

#include "ns3/test.h"

using namespace ns3;
using namespace ns3::merging;

namespace
{

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

/** The suite. */
class MergingTestSuite : public TestSuite
{
  public:
    MergingTestSuite()
        : TestSuite("payload-cache-merging", SYSTEM)
    {
        AddUnits();
        AddDisturbed();
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
};

MergingTestSuite g_mergingTestSuite; //!< registers itself

} // namespace
