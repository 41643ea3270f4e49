// A link is filled as fast with merging as without it, by each congestion control.

#include "support/merging-run.h"

#include "ns3/test.h"

using namespace ns3;
using namespace ns3::merging;

namespace
{

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
class RampTestSuite : public TestSuite
{
  public:
    RampTestSuite()
        : TestSuite("payload-cache-ramp", SYSTEM)
    {
        AddRamps();
    }

  private:
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

RampTestSuite g_rampTestSuite; //!< registers itself

} // namespace
