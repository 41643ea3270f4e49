// Zero-cost equivalence: on hosts that cost nothing, what goes over the wires is what stock ns-3
// puts there, byte for byte and at the same times, whatever the path.

#include "support/equivalence-scenario.h"

#include "ns3/test.h"

#include <cstdlib>
#include <random>
#include <vector>

using namespace ns3;

namespace
{

const char* const PATHS[] = {"conventional", "offload", "payload-cache"};

/** One scenario on stock ns-3 and on all paths. */
class EquivalenceTestCase : public TestCase
{
  public:
    explicit EquivalenceTestCase(const EquivalenceScenario& scenario)
        : TestCase(scenario.Describe()),
          m_scenario(scenario)
    {
    }

  private:
    void DoRun() override
    {
        EquivalenceScenario::Result stock = m_scenario.Run();
        NS_TEST_ASSERT_MSG_EQ(stock.crashed, false, "stock ns-3 crashed");
        NS_TEST_ASSERT_MSG_GT(stock.frames, 0, "nothing went over the wire");
        for (const char* path : PATHS)
        {
            EquivalenceScenario ours = m_scenario;
            ours.path = path;
            Compare(stock, ours.Run(), path);
        }
    }

    void Compare(const EquivalenceScenario::Result& stock,
                 EquivalenceScenario::Result ours,
                 const std::string& path)
    {
        NS_TEST_ASSERT_MSG_EQ(ours.crashed, false, path << ": crashed");
        NS_TEST_EXPECT_MSG_EQ(ours.frames, stock.frames, path << ": frames");
        NS_TEST_EXPECT_MSG_EQ(ours.digest, stock.digest, path << ": the wires saw something else");
        NS_TEST_EXPECT_MSG_EQ(ours.received, stock.received, path << ": bytes read");
        NS_TEST_EXPECT_MSG_EQ(ours.counts["departures"], 0, path << ": departures from stock TCP");
        NS_TEST_EXPECT_MSG_EQ(ours.counts["bytes_read"], ours.received, path << ": read calls");
        if (path == "payload-cache")
        {
            CheckNothingBypassed(ours);
        }
        else
        {
            NS_TEST_EXPECT_MSG_EQ(ours.counts["write_pieces"], 0, path << ": payload on the card");
            NS_TEST_EXPECT_MSG_EQ(ours.counts["bytes_copied"],
                                  ours.counts["bytes_written"] + ours.counts["bytes_read"],
                                  path << ": bytes copied");
        }
    }

    /** The scheme was at work, although it cost nothing. */
    void CheckNothingBypassed(EquivalenceScenario::Result& ours)
    {
        auto& counts = ours.counts;
        NS_TEST_EXPECT_MSG_EQ(counts["write_pieces"],
                              ours.pieces,
                              "each write goes to the card in pieces of 64 KiB");
        // each frame once each way, each piece written or read once, each second fetch
        NS_TEST_EXPECT_MSG_EQ(counts["dma_jobs"],
                              counts["frames_sent"] + counts["frames_received"] +
                                  counts["write_pieces"] + counts["read_pieces"] +
                                  counts["second_fetches"] + counts["linearised"],
                              "DMA jobs");
        NS_TEST_EXPECT_MSG_EQ(counts["header_fetches"] + counts["whole_fetches"],
                              counts["frames_received"],
                              "each frame is fetched whole or by its headers");
        NS_TEST_EXPECT_MSG_EQ(counts["header_fetches"],
                              ours.longFrames,
                              "packets longer than the constant are fetched by their headers");
        if (counts["segments_retransmitted"] == 0 && ours.received == counts["bytes_written"])
        {
            NS_TEST_EXPECT_MSG_EQ(counts["read_pieces"],
                                  counts["header_fetches"],
                                  "each kept payload is read once");
            NS_TEST_EXPECT_MSG_EQ(counts["release_commands"],
                                  counts["segments_sent"] + counts["read_pieces"],
                                  "each segment sent and each payload read is released once");
            NS_TEST_EXPECT_MSG_EQ(ours.held, 0, "card RAM held");
        }
    }

    EquivalenceScenario m_scenario; //!< the scenario, stock
};

/** Random scenarios, from a seed that is printed with each. */
EquivalenceScenario
RandomScenario(uint32_t seed)
{
    std::mt19937 random(seed);
    auto pick = [&random](uint32_t n) { return static_cast<uint32_t>(random() % n); };
    static const char* const tcps[] = {"ns3::TcpNewReno",
                                       "ns3::TcpLinuxReno",
                                       "ns3::TcpCubic",
                                       "ns3::TcpBbr"};
    EquivalenceScenario s;
    s.seed = seed;
    s.csma = pick(4) == 0;
    s.hosts = 2 + pick(3);
    s.delay = s.csma ? (pick(2) ? "6560ns" : "0ms") : pick(2) ? "2ms" : "50us";
    s.mtu = pick(3) == 0 && !s.csma ? 9000 : 1500;
    s.flows = 1 + pick(8);
    s.loss = pick(2) ? 0 : 0.001 * (1 + pick(20));
    s.buffers = 65536u << pick(6);
    s.queueDiscs = pick(2);
    s.bytes = pick(2) ? 0 : 10000 + pick(1000000);
    s.tcp = tcps[pick(4)];
    s.onOff = pick(4) == 0;
    s.timestamps = pick(4) != 0;
    s.sendSize = 100 + pick(20000);
    s.stop = 0.05 + 0.001 * pick(300);
    return s;
}

/** Flows, MTU, loss, buffers, links, queue discs, timestamps and algorithms, each with each. */
std::vector<EquivalenceScenario>
Product()
{
    std::vector<EquivalenceScenario> product;
    for (const char* tcp :
         {"ns3::TcpNewReno", "ns3::TcpLinuxReno", "ns3::TcpCubic", "ns3::TcpBbr"})
    {
        for (uint32_t flows : {1, 4, 8})
        {
            for (uint32_t bits = 0; bits < 64; bits++)
            {
                EquivalenceScenario s;
                s.tcp = tcp;
                s.flows = flows;
                s.mtu = bits & 1 ? 9000 : 1500;
                s.loss = bits & 2 ? 0.01 : 0;
                s.buffers = bits & 4 ? 4194304 : 131072;
                s.queueDiscs = !(bits & 8);
                s.bytes = bits & 16 ? 500000 : 0;
                s.onOff = bits & 32;
                s.stop = 0.2;
                s.end = 0.6;
                product.push_back(s);
            }
        }
    }
    for (const char* delay : {"0ms", "6560ns"})
    {
        for (uint32_t hosts : {2, 4})
        {
            for (uint32_t bits = 0; bits < 16; bits++)
            {
                EquivalenceScenario s;
                s.csma = true;
                s.delay = delay;
                s.hosts = hosts;
                s.flows = bits & 1 ? 4 : 1;
                s.loss = bits & 2 ? 0.01 : 0;
                s.queueDiscs = !(bits & 4);
                s.bytes = bits & 8 ? 500000 : 0;
                s.stop = 0.1;
                s.end = 0.3;
                product.push_back(s);
            }
        }
    }
    return product;
}

/**
 * Fast links, with windows of thousands of segments: where our send loop does without ns-3's walk
 * over all that is in flight, and has to find back to it when something is lost.
 */
std::vector<EquivalenceScenario>
FastLinks(bool full)
{
    std::vector<EquivalenceScenario> links;
    for (const char* tcp :
         {"ns3::TcpNewReno", "ns3::TcpLinuxReno", "ns3::TcpCubic", "ns3::TcpBbr"})
    {
        for (uint32_t bits = 0; bits < 8; bits++)
        {
            EquivalenceScenario s;
            s.rate = "10Gbps";
            s.delay = "5us";
            s.tcp = tcp;
            s.buffers = bits & 1 ? 131072 : 4194304;
            s.loss = bits & 2 ? 0.0005 : 0;
            s.mtu = bits & 4 ? 9000 : 1500;
            s.flows = bits & 4 ? 4 : 1;
            s.sendSize = bits & 4 ? 65536 : 4096;
            s.stop = 0.015;
            s.end = 0.03;
            links.push_back(s);
        }
    }
    if (!full)
    {
        links.resize(4); // both buffers, with and without loss
    }
    return links;
}

/** All with PCACHE_TEST_FULL=1, else each 17th of the product, and fewer of the others. */
class EquivalenceTestSuite : public TestSuite
{
  public:
    EquivalenceTestSuite()
        : TestSuite("payload-cache-equivalence", SYSTEM)
    {
        bool full = std::getenv("PCACHE_TEST_FULL") != nullptr;
        auto product = Product();
        for (std::size_t i = 0; i < product.size(); i += full ? 1 : 17)
        {
            AddTestCase(new EquivalenceTestCase(product[i]), TestCase::QUICK);
        }
        for (const EquivalenceScenario& link : FastLinks(full))
        {
            AddTestCase(new EquivalenceTestCase(link), TestCase::QUICK);
        }
        for (uint32_t seed = 1; seed <= (full ? 500u : 40u); seed++)
        {
            AddTestCase(new EquivalenceTestCase(RandomScenario(seed)), TestCase::QUICK);
        }
    }
};

EquivalenceTestSuite g_equivalenceTestSuite; //!< registers itself

} // namespace
