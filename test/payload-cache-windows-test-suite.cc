// What a peer may do with windows and acknowledgements that no stack of ns-3 would. The host's
// stream is all there, each byte of it right, and no card RAM stays held. Over the conventional
// path, as a control, the same holds.

#include "pattern.h"
#include "support/peers-test-suite.h"

#include "ns3/simulator.h"

#include <functional>
#include <random>

using namespace ns3;

namespace
{

/** The host's stream is all there, each byte of it right, and its blocks have been given back. */
void
ExpectAllSent(PeersTestCase& test, RawPeerScenario& s, uint64_t bytes)
{
    RawPeer& peer = *s.peers.at(0);
    test.Expect(s.ends.at(0)->written == bytes, "all was written");
    test.Expect(peer.expected == static_cast<int64_t>(bytes) + 1, "all has come, and the end");
    peer.Finish(0);
    s.RunUntil(Simulator::Now().GetSeconds() * 1000 + 20000);
    test.ExpectNothingLeft(s);
    HostModel::Statistics host = s.card->GetHost()->GetStatistics();
    if (s.setting.path == "payload-cache" && !s.setting.ipv6) // which says more by itself
    {
        test.Expect(host.busPayloadToCard == bytes, "payload over the bus once");
    }
}

/** A window closes; what the host probes with is the next byte of its stream, from card RAM. */
void
ZeroWindow(PeersTestCase& test, RawPeerScenario& s)
{
    constexpr uint64_t ALL = 60000;
    constexpr int64_t FIRST = 5 * RawPeerScenario::MSS;
    s.Connect(1, ALL);
    RawPeer& peer = *s.peers[0];
    uint64_t probes = 0;
    peer.acknowledges = false;
    peer.window = FIRST;
    peer.onSegment = [&](const RawPeer::Segment& segment) {
        probes += peer.window == 0 && segment.length == 1 ? 1 : 0;
        if (segment.length > 1)
        {
            peer.Take(segment); // but no probe
        }
        peer.window = FIRST - std::min(FIRST, peer.expected);
        peer.Acknowledge(peer.expected);
    };
    s.RunUntil(100000);
    test.Expect(probes >= 3, "probes: " + std::to_string(probes));
    test.Expect(peer.expected == FIRST, "nothing beside them");
    test.Expect(s.Held() > 0 || s.setting.path != "payload-cache", "what is not acknowledged");
    peer.onSegment = nullptr;
    peer.acknowledges = true;
    peer.window = 65535;
    peer.Acknowledge(peer.expected);
    s.RunUntil(200000);
    ExpectAllSent(test, s, ALL);
}

/** A window closes when nothing is left to be sent, whether all has been acknowledged or not. */
void
ZeroWindowAtEnd(bool acknowledges, PeersTestCase& test, RawPeerScenario& s)
{
    constexpr uint64_t FIRST =
        10 * RawPeerScenario::MSS; // what the first congestion window lets out at once
    constexpr uint64_t ALL = 2 * FIRST;
    PatternEnd& end = s.Connect(1, FIRST);
    end.SetThen(PatternEnd::Then::NOTHING);
    RawPeer& peer = *s.peers[0];
    peer.acknowledges = false;
    peer.window = FIRST;
    uint64_t closed = 0; // segments that had come when the window closed
    peer.onSegment = [&](const RawPeer::Segment& segment) {
        peer.Take(segment);
        if (peer.expected >= int64_t(FIRST) && segment.length > 0)
        {
            closed = peer.window > 0 ? peer.segments : closed;
            peer.window = 0;
            peer.Acknowledge(acknowledges ? peer.expected : FIRST - 5000);
        }
    };
    s.RunUntil(100000);
    test.Expect(peer.expected == int64_t(FIRST), "all that was written has come");
    test.Expect((peer.segments > closed) != acknowledges, "what is not acknowledged is sent again");
    int sent = end.socket->Send(MakePatternPacket(2, FIRST, FIRST));
    test.Expect(sent == int(FIRST), "a write is accepted");
    end.written += FIRST;
    uint64_t before = peer.segments;
    s.RunUntil(200000);
    test.Expect(peer.segments > before, "it is probed for");
    peer.onSegment = nullptr;
    peer.acknowledges = true;
    peer.window = 65535;
    peer.Acknowledge(peer.expected);
    s.RunUntil(250000);
    end.socket->Close();
    s.RunUntil(300000);
    ExpectAllSent(test, s, ALL);
}

/** Windows that shrink behind what has been sent, and acknowledgements amid segments. */
void
ShrinkingWindow(uint32_t seed, PeersTestCase& test, RawPeerScenario& s)
{
    constexpr uint64_t ALL = 60000;
    s.Connect(1, ALL);
    RawPeer& peer = *s.peers[0];
    std::minstd_rand random(seed);
    int64_t acknowledged = 0;
    peer.acknowledges = false;
    peer.window = 20000;
    peer.onSegment = [&](const RawPeer::Segment& segment) {
        if (random() % 16 != 0) // else it was lost
        {
            peer.Take(segment);
        }
        bool amid = random() % 3 != 0 && peer.expected < int64_t(ALL);
        acknowledged = std::max(acknowledged, peer.expected - int64_t(amid ? random() % 700 : 0));
        peer.window = random() % 20000;
        if (segment.End() > segment.offset)
        {
            peer.Acknowledge(acknowledged);
        }
    };
    for (int i = 1; i < 4000; i++) // a peer has to tell when its window opens
    {
        s.At(20 * i, [&] {
            peer.window = 4000;
            acknowledged = std::max<int64_t>(acknowledged, peer.expected);
            peer.Acknowledge(acknowledged);
        });
    }
    s.RunUntil(400000);
    peer.onSegment = nullptr;
    ExpectAllSent(test, s, ALL);
}

/** Acknowledgements of what was never sent, of what has long been acknowledged, and a hundred
 * alike. */
void
OddAcknowledgements(PeersTestCase& test, RawPeerScenario& s)
{
    constexpr uint64_t ALL = 150000;
    s.Connect(1, ALL);
    RawPeer& peer = *s.peers[0];
    peer.onSegment = [&](const RawPeer::Segment& segment) {
        if (segment.length > 0 && peer.segments % 8 == 0)
        {
            peer.Acknowledge(peer.expected + 1000000);
            peer.Acknowledge(peer.expected + (INT64_C(1) << 31) - 2);
            peer.Acknowledge(0);
            for (int i = 0; i < 5; i++)
            {
                peer.Acknowledge(peer.expected);
            }
        }
    };
    s.RunUntil(20000);
    ExpectAllSent(test, s, ALL);
}

/** A part of a segment is acknowledged while the card waits for the headers with which it is to be
 * sent again: the front of its block is given back, for which zeros stand. The rest of the segment
 * the peer has not got, and takes from this frame. */
void
AmidRetransmission(PeersTestCase& test, RawPeerScenario& s)
{
    constexpr uint64_t ALL = 60000;
    constexpr int64_t KEPT = 700; // of the first segment, all that the peer had room for
    s.Connect(1, ALL);
    RawPeer& peer = *s.peers[0];
    uint32_t behind = 0;
    peer.acknowledges = false;
    peer.onSegment = [&](const RawPeer::Segment& segment) {
        behind += segment.offset > 0 ? 1 : 0;
        if (behind == 3 && !peer.acknowledges)
        {
            for (int i = 0; i < 4; i++)
            {
                peer.Acknowledge(0); // three of them twice: the first segment is sent again
            }
            peer.expected = KEPT;
            peer.Acknowledge(KEPT);
            peer.acknowledges = true; // and takes what continues its stream
        }
    };
    s.RunUntil(20000);
    bool onCard = s.setting.path == "payload-cache";
    test.Expect((peer.blanked > 0) == onCard, "a part was given back while it waited");
    ExpectAllSent(test, s, ALL);
}

void
AddCases(PeersTestSuite& suite)
{
    using namespace std::placeholders;
    suite.Add("zero window", ZeroWindow);
    suite.Add("zero window, all sent", std::bind(ZeroWindowAtEnd, false, _1, _2));
    suite.Add("zero window, all acknowledged", std::bind(ZeroWindowAtEnd, true, _1, _2));
    suite.AddSeeded("windows that shrink", ShrinkingWindow);
    suite.Add("odd acknowledgements", OddAcknowledgements);
    suite.setting.farMemory = true;
    suite.Add("acknowledged amid a retransmission", AmidRetransmission);
    suite.setting.farMemory = false;
}

PeersTestSuite g_windowsTestSuite("payload-cache-windows", AddCases); //!< registers itself

} // namespace
