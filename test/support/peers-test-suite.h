#ifndef PEERS_TEST_SUITE_H
#define PEERS_TEST_SUITE_H

#include "support/raw-peer-scenario.h"

#include "ns3/simulator.h"
#include "ns3/test.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace ns3
{

/** \ingroup payload-cache-tests What a peer does to a host. */
class PeersTestCase : public TestCase
{
  public:
    using Script = std::function<void(PeersTestCase&, RawPeerScenario&)>;
    using Setting = RawPeerScenario::Setting;

    PeersTestCase(const std::string& name, const Setting& setting, Script script)
        : TestCase(name + ", " + setting.path + (setting.ipv6 ? ", IPv6" : ", IPv4")),
          m_setting(setting),
          m_script(std::move(script))
    {
    }

    /** Something is as it has to be. */
    void Expect(bool is, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(is, true, what);
    }

    /** Card RAM holds so much, where payload stays there; else nothing. */
    void ExpectHeld(const RawPeerScenario& s, uint64_t bytes, const std::string& what)
    {
        uint64_t named = s.setting.path == "payload-cache" ? bytes : 0;
        NS_TEST_EXPECT_MSG_EQ(s.Held(), named, "card RAM held: " << what);
    }

    /** The peer ends a stream of \p bytes, and the reader, which has read all of it, closes. */
    void ExpectAllRead(RawPeerScenario& s, RawPeer& peer, PatternEnd& end, uint64_t bytes)
    {
        double now = Simulator::Now().GetSeconds() * 1000;
        s.At(now + 1, [&peer, bytes] { peer.Finish(bytes); });
        s.At(now + 100, [&end] { end.socket->Close(); });
        s.RunUntil(now + 20000);
        NS_TEST_EXPECT_MSG_EQ(end.read, bytes, "bytes read");
        NS_TEST_EXPECT_MSG_EQ(end.ended, true, "the end was read");
        NS_TEST_EXPECT_MSG_EQ(peer.acknowledged, static_cast<int64_t>(bytes) + 1, "acknowledged");
        ExpectNothingLeft(s);
    }

    /** All bytes that were read are right, and nothing is held. */
    void ExpectNothingLeft(RawPeerScenario& s)
    {
        for (const auto& end : s.ends)
        {
            NS_TEST_EXPECT_MSG_EQ(end->wrong, 0, "wrong bytes read");
        }
        for (const auto& peer : s.peers)
        {
            NS_TEST_EXPECT_MSG_EQ(peer->wrong, 0, "wrong bytes on the wire");
            NS_TEST_EXPECT_MSG_EQ(peer->wrongSums, 0, "wrong checksums on the wire");
            // Where payload stays in host memory a frame refers to it until it has left.
            uint64_t stale = s.card->GetHost()->GetCount(HostCounter::STALE_SEGMENTS);
            bool mayBlank = s.setting.path == "payload-cache" && stale > 0;
            NS_TEST_EXPECT_MSG_EQ((peer->blanked > 0 && !mayBlank), false, "zeros, not counted");
        }
        NS_TEST_EXPECT_MSG_EQ(s.Held(), 0, "card RAM held at the end");
        s.card->GetHost()->GetStatistics(); // stops the program if the ledger does not balance
    }

  private:
    void DoRun() override
    {
        RawPeerScenario scenario(m_setting);
        m_script(*this, scenario);
    }

    Setting m_setting; //!< of the host
    Script m_script;   //!< what happens
};

/** \ingroup payload-cache-tests Cases of peers: of each path, the conventional one as a control, and
 * of both families. */
class PeersTestSuite : public TestSuite
{
  public:
    /**
     * Constructor.
     * \param name of the suite
     * \param addCases adds its cases with one setting
     */
    PeersTestSuite(const std::string& name, const std::function<void(PeersTestSuite&)>& addCases)
        : TestSuite(name, SYSTEM)
    {
        for (const char* path : {"payload-cache", "conventional"})
        {
            for (bool ipv6 : {false, true})
            {
                setting = PeersTestCase::Setting();
                setting.path = path;
                setting.ipv6 = ipv6;
                addCases(*this);
            }
        }
    }

    /** Adds a case. */
    void Add(const std::string& name, PeersTestCase::Script script)
    {
        AddTestCase(new PeersTestCase(name, setting, std::move(script)), TestCase::QUICK);
    }

    /** Adds cases of a script that draws, with several seeds. */
    void AddSeeded(const std::string& name,
                   void (*script)(uint32_t seed, PeersTestCase&, RawPeerScenario&))
    {
        for (uint32_t seed : {1, 2, 3, 4})
        {
            Add(name + ", " + std::to_string(seed),
                [seed, script](PeersTestCase& test, RawPeerScenario& s) { script(seed, test, s); });
        }
    }

    PeersTestCase::Setting setting; //!< of the cases that are added next
};

} // namespace ns3

#endif
