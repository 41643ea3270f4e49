// Slow readers and strange peers: what a peer may send that no stack of ns-3 would. Every byte that
// a reader gets is right, and no card RAM stays held; or it is known what holds it. Over the
// conventional path, as a control, the same holds.

#include "support/peers-test-suite.h"

#include "ns3/simulator.h"

#include <functional>
#include <random>

using namespace ns3;

namespace
{

constexpr uint32_t SIZE = 1000; // payload of a segment, of which card RAM keeps most

/** A peer that has connected to a listening host by 5 ms. */
RawPeer&
Connected(RawPeerScenario& s, bool reads = true)
{
    s.Listen(reads);
    RawPeer& peer = s.AddPeer();
    s.At(1, [&peer] { peer.Connect(); });
    s.RunUntil(5);
    return peer;
}

// -- What a sender may do --

void
Duplicates(PeersTestCase& test, RawPeerScenario& s)
{
    constexpr int64_t ALL = 40 * SIZE;
    RawPeer& peer = Connected(s);
    s.At(10, [&] {
        for (int64_t i = 0; i < ALL; i += SIZE)
        {
            peer.Send(i, i + SIZE);
            peer.Send(i, i + SIZE);         // at once
            peer.Send(ALL - SIZE, ALL);     // one that waits for a hole to be filled
            peer.Send(i / 2, i / 2 + SIZE); // some that have been read, or partly
        }
    });
    s.At(500, [&] { peer.SendAll(0, ALL, SIZE); }); // all has been read
    s.RunUntil(1000);
    test.ExpectAllRead(s, peer, *s.ends.at(0), ALL);
}

/** Two segments in every relation that two intervals can have (Allen 1983), the gaps filled later.
 */
void
Overlaps(bool reads, PeersTestCase& test, RawPeerScenario& s)
{
    constexpr int64_t ROUND = 3000;
    const std::pair<int64_t, int64_t> one{1000, 2000};
    const std::vector<std::pair<int64_t, int64_t>> others{{200, 800},
                                                          {400, 1000},
                                                          {500, 1500},
                                                          {1000, 1400},
                                                          {1300, 1700},
                                                          {1600, 2000},
                                                          {1000, 2000},
                                                          {700, 2000},
                                                          {800, 2200},
                                                          {1000, 2300},
                                                          {1500, 2500},
                                                          {2000, 2600},
                                                          {2200, 2900}};
    RawPeer& peer = Connected(s, reads);
    int64_t base = 0;
    for (const auto& other : others)
    {
        for (bool first : {false, true})
        {
            s.At(10 + base / ROUND * 2.0, [&peer, base, one, other, first] {
                peer.Send(base + (first ? one : other).first, base + (first ? one : other).second);
                peer.Send(base + (first ? other : one).first, base + (first ? other : one).second);
                peer.SendAll(base, base + ROUND, 750);
            });
            base += ROUND;
        }
    }
    s.RunUntil(1000);
    test.Expect(peer.acknowledged == base, "all has come");
    s.ends.at(0)->SetReading(true);
    s.RunUntil(2000);
    test.ExpectAllRead(s, peer, *s.ends.at(0), base);
}

/** Segments of any length from anywhere around what is expected next. */
void
Resegments(uint32_t seed, PeersTestCase& test, RawPeerScenario& s)
{
    constexpr int64_t ALL = 60000;
    RawPeer& peer = Connected(s);
    std::minstd_rand random(seed);
    for (int i = 0; i < 400; i++)
    {
        s.At(10 + i, [&peer, &random] {
            int64_t length = 1 + random() % 1400;
            int64_t from = peer.acknowledged + random() % 6000 - 2000;
            from = std::min(std::max<int64_t>(from, 0), ALL - length);
            peer.Send(from, from + length);
        });
    }
    s.At(500, [&] { peer.SendAll(peer.acknowledged, ALL, 1400); });
    s.RunUntil(1000);
    test.ExpectAllRead(s, peer, *s.ends.at(0), ALL);
}

/** What was lost comes again in smaller segments, over larger ones; and the other way round. */
void
SmallOverLarge(int64_t first, int64_t second, PeersTestCase& test, RawPeerScenario& s)
{
    constexpr int64_t ALL = 28000;
    RawPeer& peer = Connected(s);
    s.At(10, [&] {
        for (int64_t i = first; i < ALL; i += 2 * first) // every other one is lost
        {
            peer.Send(i, std::min(i + first, ALL));
        }
    });
    s.At(50, [&] { peer.SendAll(0, ALL, second); });
    s.RunUntil(1000);
    test.ExpectAllRead(s, peer, *s.ends.at(0), ALL);
}

void
ByteByByte(PeersTestCase& test, RawPeerScenario& s)
{
    constexpr int64_t ALL = 4000;
    RawPeer& peer = Connected(s);
    s.At(10, [&] {
        peer.Send(SIZE, 2 * SIZE); // it waits on the card, and comes again in bytes
        peer.SendAll(0, 3 * SIZE, 1);
    });
    s.At(500, [&] {
        for (int64_t i = ALL - 1; i >= 3 * SIZE; i--) // last byte first
        {
            peer.Send(i, i + 1);
        }
    });
    s.RunUntil(2000);
    test.ExpectAllRead(s, peer, *s.ends.at(0), ALL);
}

/** Outside the window, to the left of it, to the right of it, and across its edges. */
void
OutsideWindow(PeersTestCase& test, RawPeerScenario& s)
{
    int64_t edge = s.setting.rcvBuf;
    RawPeer& peer = Connected(s, false);
    s.At(10, [&] {
        peer.SendAll(0, 4 * SIZE, SIZE);
        peer.Send(-1, SIZE);  // from its SYN on
        peer.Send(-300, 300); // from before that
        peer.Send(-SIZE, 0);  // all of it before
        peer.Send(edge, edge + SIZE);
        peer.Send(edge + 500, edge + 500 + SIZE);
        peer.Send((INT64_C(1) << 31) - 1, (INT64_C(1) << 31) - 1 + SIZE); // as far as can be
        peer.Send(INT64_C(1) << 31, (INT64_C(1) << 31) + SIZE);
    });
    s.RunUntil(100);
    test.Expect(peer.acknowledged == 4 * SIZE, "what was in the window was acknowledged");
    test.ExpectHeld(s, s.RamOf(4, SIZE), "what waits for its reader");
    s.At(110, [&] {
        peer.Send(edge - 400, edge + 600);        // over the right edge
        peer.SendAll(4 * SIZE, edge - 400, SIZE); // up to there
        peer.Send(edge - 1, edge + SIZE - 1);     // a byte of it in the window
    });
    s.RunUntil(200);
    test.Expect(peer.acknowledged == edge, "the window has been filled, and no more");
    s.ends.at(0)->SetReading(true);
    s.RunUntil(300);
    s.At(310, [&] {
        peer.Send(edge - SIZE, edge + SIZE / 2); // over the left edge
        peer.Send(edge - SIZE, edge);            // up to it
        peer.Send(0, SIZE);                      // long read
        peer.Send(edge, edge + SIZE);
    });
    s.RunUntil(1000);
    test.ExpectAllRead(s, peer, *s.ends.at(0), edge + SIZE);
}

/** A connection begins in a segment that begins before its stream. */
void
BeforeTheStream(PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = Connected(s);
    s.At(10, [&] { peer.Send(-700, 700); });
    s.At(20, [&] { peer.Send(-1, SIZE); });
    s.RunUntil(100);
    test.ExpectAllRead(s, peer, *s.ends.at(0), SIZE);
}

/** Data behind the end that the peer itself has told. */
void
BehindTheEnd(bool hole, PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = Connected(s);
    int64_t from = hole ? SIZE : 0;
    s.At(10, [&, from] { peer.SendAll(from, 5 * SIZE, SIZE); });
    s.At(20, [&] { peer.Finish(5 * SIZE); });
    s.At(30, [&] {
        peer.Send(5 * SIZE, 6 * SIZE);
        peer.Send(5 * SIZE + 1, 6 * SIZE + 1);
        peer.Send(8 * SIZE, 9 * SIZE);
        peer.Send(4 * SIZE + 700, 5 * SIZE + 700); // a part of it lies before the end
        peer.Send(4 * SIZE, 5 * SIZE);
    });
    s.At(40, [&] { peer.Send(0, SIZE); });
    s.At(1000, [&] { s.ends.at(0)->socket->Close(); });
    s.RunUntil(20000);
    // RFC 9293, 3.10.7.4: what comes behind a FIN is ignored
    test.Expect(s.ends.at(0)->read == 5 * SIZE, "what came before the end was read, and no more");
    test.ExpectNothingLeft(s);
}

/** Segments that carry what no stack sends: data with a SYN, with no ACK, with URG and PSH. */
void
OddFlags(PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = Connected(s);
    s.At(10, [&] {
        peer.Say(0, 0, SIZE);
        peer.Say(TcpHeader::SYN, -1, SIZE);
        peer.Say(TcpHeader::SYN | TcpHeader::ACK, -1, SIZE);
        peer.Say(TcpHeader::ACK | TcpHeader::URG | TcpHeader::PSH, SIZE, SIZE);
        peer.Say(TcpHeader::ACK | TcpHeader::ECE | TcpHeader::CWR, 2 * SIZE, SIZE);
    });
    s.RunUntil(100);
    test.ExpectAllRead(s, peer, *s.ends.at(0), 3 * SIZE);
}

// -- Readers that stop --

enum class Ending
{
    READS_ON,
    CLOSES,
    IS_RESET,
    STAYS
};

/** A reader stops for ever, or for long, while its peer fills its window and probes. */
void
ReaderStops(Ending ending, PeersTestCase& test, RawPeerScenario& s)
{
    int64_t edge = s.setting.rcvBuf / SIZE * SIZE;
    int64_t rest = s.setting.rcvBuf % SIZE;
    RawPeer& peer = Connected(s, false);
    s.At(10, [&] { peer.SendAll(0, edge + rest, SIZE); });
    for (int i = 1; i <= 20; i++) // probes of a byte, and of a segment
    {
        s.At(100 * i, [&, i] { peer.Send(edge + rest, edge + rest + (i % 2 == 0 ? SIZE : 1)); });
    }
    s.RunUntil(3000);
    test.Expect(peer.acknowledged == edge + rest, "the window is full");
    test.Expect(peer.hostWindow == 0, "it is closed");
    test.ExpectHeld(s,
                    s.RamOf(edge / SIZE, SIZE) + (rest > 0 ? s.RamOf(1, rest) : 0),
                    "what waits for its reader, and nothing of the probes");
    PatternEnd& end = *s.ends.at(0);
    switch (ending)
    {
    case Ending::READS_ON:
        end.SetReading(true);
        s.RunUntil(4000);
        test.Expect(peer.hostWindow >= SIZE, "the window has opened");
        peer.SendAll(edge + rest, edge + rest + 5 * SIZE, SIZE);
        s.RunUntil(5000);
        test.ExpectAllRead(s, peer, end, edge + rest + 5 * SIZE);
        return;
    case Ending::CLOSES:
        end.socket->Close();
        s.RunUntil(4000);
        test.Expect(peer.resets > 0, "unread data: the connection is reset");
        break;
    case Ending::IS_RESET:
        peer.Reset(edge + rest);
        s.RunUntil(4000);
        test.ExpectHeld(s,
                        s.RamOf(edge / SIZE, SIZE) + (rest > 0 ? s.RamOf(1, rest) : 0),
                        "what came in order before the reset, which may still be read");
        end.SetReading(true);
        s.RunUntil(5000);
        break;
    case Ending::STAYS:
        test.ExpectHeld(s,
                        s.RamOf(edge / SIZE, SIZE) + (rest > 0 ? s.RamOf(1, rest) : 0),
                        "what waits for its reader until the end of the simulation");
        s.ends.clear();
        s.peers.clear();
        Simulator::Destroy();
        break;
    }
    test.ExpectNothingLeft(s);
}

/** A hole that nobody fills, and what lies behind it. */
void
HoleStays(Ending ending, PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = Connected(s);
    s.At(10, [&] { peer.SendAll(1, 1 + 20 * SIZE, SIZE); });
    s.RunUntil(1000);
    test.Expect(peer.acknowledged == 0, "nothing is in order");
    test.ExpectHeld(s, s.RamOf(20, SIZE), "what came out of order");
    if (ending == Ending::IS_RESET)
    {
        peer.Reset(0);
    }
    else
    {
        s.ends.at(0)->socket->Close();
    }
    s.RunUntil(3000);
    test.Expect(ending == Ending::IS_RESET || peer.resets > 0, "the connection is reset");
    test.ExpectNothingLeft(s);
}

/** What lies behind a hole leaves little card RAM to another connection; then it is filled. */
void
HolePins(PeersTestCase& test, RawPeerScenario& s)
{
    constexpr int64_t BEHIND = 20 * SIZE;
    constexpr int64_t OTHERS = 200 * SIZE;
    RawPeer& peer = Connected(s);
    RawPeer& other = s.AddPeer(40001);
    s.At(6, [&] { other.Connect(); });
    s.At(10, [&] { peer.SendAll(SIZE, BEHIND, SIZE); });
    for (int64_t i = 0; i < OTHERS / SIZE; i += 10)
    {
        s.At(50 + i, [&other, i] { other.SendAll(i * SIZE, (i + 10) * SIZE, SIZE); });
    }
    s.RunUntil(1000);
    test.Expect(other.acknowledged == OTHERS, "the other connection had room enough");
    uint64_t evicted = s.card->GetRamStatistics(PC_RAM_RX).evictions;
    bool evicts = s.setting.path == "payload-cache" && s.setting.whenFull == "Evict";
    test.Expect(evicts == (evicted > 0), "evicted: " + std::to_string(evicted));
    peer.Send(0, SIZE);
    s.RunUntil(2000);
    test.Expect(s.ends.at(0)->read == BEHIND, "it was read, wherever it lay");
    other.Finish(OTHERS);
    s.RunUntil(3000);
    s.ends.at(1)->socket->Close();
    test.Expect(s.ends.at(1)->read == OTHERS, "the other's as well");
    test.ExpectAllRead(s, peer, *s.ends.at(0), BEHIND);
}

// -- Packets that die in the receiving stack --

/** Nobody is there: no socket, one that only listens, and one that has gone. */
void
NoSocket(PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = Connected(s);
    RawPeer& nobody = s.AddPeer(40002, RawPeerScenario::PORT + 1);
    RawPeer& stranger = s.AddPeer(40003);
    s.At(10, [&] { nobody.SendAll(0, 10 * SIZE, SIZE); });
    s.At(20, [&] { stranger.SendAll(0, 10 * SIZE, SIZE); });
    s.At(30, [&] { peer.SendAll(0, 10 * SIZE, SIZE); });
    s.At(100, [&] { s.ends.at(0)->socket->Close(); });
    s.At(150, [&] { peer.Finish(10 * SIZE); });
    s.RunUntil(1000);
    test.Expect(nobody.resets > 0, "refused");
    test.Expect(s.ends.at(0)->read == 10 * SIZE, "what was for somebody was read");
    s.ends.clear();
    s.listener->Close();
    s.RunUntil(300000); // the connection has been forgotten
    uint64_t before = peer.resets;
    peer.SendAll(10 * SIZE, 20 * SIZE, SIZE);
    s.RunUntil(301000);
    test.Expect(peer.resets > before, "its socket is gone");
    test.ExpectNothingLeft(s);
}

/** The application wants no more, or has closed, and more comes. Close() ends what it sends; as with
 * ns-3's own sockets, which tell of data unless ShutdownRecv() was called, what its peer has yet to
 * say comes until that ends as well. */
void
Unwanted(bool closes, PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = Connected(s);
    s.At(10, [&] { peer.SendAll(0, 10 * SIZE, SIZE); });
    s.At(50, [&, closes] {
        Ptr<Socket> socket = s.ends.at(0)->socket;
        closes ? socket->Close() : socket->ShutdownRecv();
    });
    s.At(60, [&] {
        peer.SendAll(10 * SIZE, 20 * SIZE, SIZE);
        peer.SendAll(21 * SIZE, 25 * SIZE, SIZE); // behind a hole
    });
    s.RunUntil(1000);
    test.Expect(s.ends.at(0)->read == (closes ? 20 : 10) * SIZE, "read until the hole");
    peer.Send(20 * SIZE, 21 * SIZE);
    peer.Finish(25 * SIZE);
    s.RunUntil(2000);
    s.ends.at(0)->socket->Close();
    s.RunUntil(400000);
    test.Expect(s.ends.at(0)->read == (closes ? 25 : 10) * SIZE, "read until the end");
    test.ExpectNothingLeft(s);
}

/** Packets for elsewhere: no route, no hop left, forwarding that is off; and one that is forwarded.
 */
void
ForElsewhere(PeersTestCase& test, RawPeerScenario& s)
{
    RawPeer& peer = s.AddPeer();
    peer.destination = s.Elsewhere();
    s.At(10, [&] { peer.SendAll(0, 10 * SIZE, SIZE); });
    s.RunUntil(100);
    test.Expect(peer.passedOn == 0, "no route");
    test.ExpectHeld(s, 0, "nothing of what had no route");
    s.RouteElsewhere();
    s.At(110, [&] {
        peer.hops = 1;
        peer.SendAll(0, 10 * SIZE, SIZE);
    });
    s.RunUntil(200);
    test.Expect(peer.passedOn == 0, "no hop left");
    test.ExpectHeld(s, 0, "nothing of what had no hop left");
    s.At(210, [&] {
        peer.hops = 64;
        peer.SendAll(0, 10 * SIZE, SIZE);
    });
    s.RunUntil(300);
    test.Expect(peer.passedOn == 10 * SIZE, "forwarded");
    test.ExpectNothingLeft(s);
}

void
AddSenders(PeersTestSuite& suite)
{
    using namespace std::placeholders;
    suite.Add("duplicates", Duplicates);
    suite.Add("overlaps", std::bind(Overlaps, true, _1, _2));
    suite.Add("overlaps, read later", std::bind(Overlaps, false, _1, _2));
    suite.AddSeeded("segments of any kind", Resegments);
    suite.Add("small segments over large ones", std::bind(SmallOverLarge, 1400, 300, _1, _2));
    suite.Add("large segments over small ones", std::bind(SmallOverLarge, 300, 1400, _1, _2));
    suite.Add("byte by byte", ByteByByte);
    suite.Add("before the stream", BeforeTheStream);
    suite.Add("behind the end", std::bind(BehindTheEnd, false, _1, _2));
    suite.Add("behind the end, and a hole", std::bind(BehindTheEnd, true, _1, _2));
    suite.Add("odd flags", OddFlags);
    suite.Add("a hole stays, reset", std::bind(HoleStays, Ending::IS_RESET, _1, _2));
    suite.Add("a hole stays, closed", std::bind(HoleStays, Ending::CLOSES, _1, _2));
}

void
AddLost(PeersTestSuite& suite)
{
    using namespace std::placeholders;
    suite.Add("no socket", NoSocket);
    suite.Add("more after ShutdownRecv", std::bind(Unwanted, false, _1, _2));
    suite.Add("more after Close", std::bind(Unwanted, true, _1, _2));
    suite.Add("for elsewhere", ForElsewhere);
}

/** Where windows or card RAM are small. */
void
AddSmall(PeersTestSuite& suite)
{
    using namespace std::placeholders;
    suite.setting.rcvBuf = 20500;
    suite.Add("outside the window", OutsideWindow);
    suite.Add("the reader stops, and reads on", std::bind(ReaderStops, Ending::READS_ON, _1, _2));
    suite.Add("the reader stops, and closes", std::bind(ReaderStops, Ending::CLOSES, _1, _2));
    suite.Add("the reader stops, and is reset", std::bind(ReaderStops, Ending::IS_RESET, _1, _2));
    suite.Add("the reader stops for ever", std::bind(ReaderStops, Ending::STAYS, _1, _2));
    suite.setting.rxRam = 32768;
    for (const char* policy : {"Copy", "Evict"})
    {
        suite.setting.whenFull = policy;
        suite.Add(std::string("a hole pins card RAM, ") + policy, HolePins);
    }
}

PeersTestSuite g_peersTestSuite("payload-cache-peers", [](PeersTestSuite& suite) {
    AddSenders(suite);
    AddLost(suite);
    AddSmall(suite);
}); //!< registers itself

} // namespace
