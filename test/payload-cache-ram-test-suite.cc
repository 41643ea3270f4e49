// Card RAM as a cache: eviction, quotas, windows that are clamped to it, and releases that take
// effect once the card knows of them.

#include "pattern.h"
#include "support/card-ram-scenario.h"

#include "ns3/ipv4-header.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/test.h"

#include <map>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 5001;
constexpr uint64_t BYTES = 1000000; // a connection: more than buffers and card RAM hold
constexpr uint32_t FRAME = 1536;    // a frame of 1514 bytes in granules of 256

/** What is left of card RAM is used, and no byte is lost or wrong. */
class RamTestCase : public TestCase
{
  public:
    using TestCase::TestCase;

  protected:
    /** Runs to the end, and checks what always has to be. */
    void RunToEnd(CardRamScenario& s)
    {
        Simulator::Stop(Seconds(1000));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(s.CountWrong(), 0, "wrong bytes");
        for (uint32_t host : {0, 1})
        {
            NS_TEST_EXPECT_MSG_EQ(s.Held(host), 0, "card RAM held by host " << host);
        }
    }
};

/** Transmit RAM that is smaller than what is in flight, with losses: what is evicted is sent, and
 * sent again, from host memory. */
class EvictSentTestCase : public RamTestCase
{
  public:
    EvictSentTestCase()
        : RamTestCase("evicted payload is transmitted and retransmitted")
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = "Evict";
        setting.txRam = 20480;
        setting.rxRam = 1000000;
        setting.loss = 0.02;
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, BYTES, 7000);
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.servers.at(0)->read, BYTES, "bytes read");
        auto ram = s.cards[0]->GetRamStatistics(PC_RAM_TX);
        Ptr<HostModel> host = s.cards[0]->GetHost();
        NS_TEST_EXPECT_MSG_GT(ram.evictions, 10, "evictions");
        NS_TEST_EXPECT_MSG_EQ(ram.fallbacks, 0, "nothing is copied");
        NS_TEST_EXPECT_MSG_GT(host->GetCount(HostCounter::SEGMENTS_RETRANSMITTED), 0, "losses");
        // out over the bus is what was evicted; in is all that was written, and what of it was sent
        // from host memory, each time that it was
        auto statistics = host->GetStatistics();
        NS_TEST_EXPECT_MSG_EQ(statistics.busPayloadToHost, ram.evictedBytes, "bus, to the host");
        NS_TEST_EXPECT_MSG_GT(statistics.busPayloadToCard, BYTES, "bus, to the card");
        NS_TEST_EXPECT_MSG_GT(statistics.cpu[PC_CAT_EVICT], 0, "the core's work for it");
    }
};

/** A reader that does not keep up, and others: what is not read is evicted, and read from there. */
class EvictReceivedTestCase : public RamTestCase
{
  public:
    EvictReceivedTestCase()
        : RamTestCase("evicted payload reaches its reader")
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = "Evict";
        setting.txRam = 1000000;
        setting.rxRam = 32768;
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, BYTES);
        Simulator::Schedule(Seconds(0.01), [&s] { s.servers[0]->SetReading(false); });
        Simulator::Schedule(Seconds(0.5), [&s] { s.servers[0]->SetReading(true); });
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.servers.at(0)->read, BYTES, "bytes read");
        auto ram = s.cards[1]->GetRamStatistics(PC_RAM_RX);
        NS_TEST_EXPECT_MSG_GT(ram.evictions, 20, "evictions");
        NS_TEST_EXPECT_MSG_EQ(ram.blocked, 0, "no frame was dropped");
    }
};

/** Two connections, one whose reader sleeps: its quota leaves the other what it needs. */
class QuotaTestCase : public RamTestCase
{
  public:
    explicit QuotaTestCase(const std::string& policy)
        : RamTestCase("quotas, " + policy),
          m_policy(policy)
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = m_policy;
        setting.txQuota = 16384;
        setting.rxQuota = 12 * FRAME;
        setting.clamp = m_policy == "Wait"; // or what is beyond is dropped, again and again
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, BYTES, 50000);
        s.Connect(0.002, PORT, BYTES, 50000);
        Simulator::Schedule(Seconds(0.01), [&s] { s.servers[0]->SetReading(false); });
        Simulator::Schedule(Seconds(0.8), [&s] { s.servers[0]->SetReading(true); });
        Simulator::Schedule(Seconds(0.7), [&s, this] {
            uint64_t held = s.cards[1]->GetRamStatistics(PC_RAM_RX).held;
            NS_TEST_EXPECT_MSG_LT_OR_EQ(held, 12 * FRAME, "held by the one that sleeps");
            NS_TEST_EXPECT_MSG_EQ(s.servers[1]->read, BYTES, "the other has got all");
        });
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.CountRead(), 2 * BYTES, "bytes read");
        auto tx = s.cards[0]->GetRamStatistics(PC_RAM_TX);
        NS_TEST_EXPECT_MSG_LT_OR_EQ(tx.peak, 2 * 16384, "two quotas");
        NS_TEST_EXPECT_MSG_GT(tx.overQuota, 0, "writers met their quota");
        NS_TEST_EXPECT_MSG_LT_OR_EQ(tx.overQuota, tx.blocked + tx.fallbacks, "counted once");
        NS_TEST_EXPECT_MSG_EQ((tx.evictions > 0), (m_policy == "Evict"), "evictions");
        NS_TEST_EXPECT_MSG_EQ((tx.fallbacks > 0), (m_policy == "Copy"), "copies");
    }

    std::string m_policy; //!< card RAM full
};

/** A window much larger than receive RAM, with losses: clamped, nothing is dropped for want of room,
 * and the right edge that the peer is told never moves left. */
class ClampTestCase : public RamTestCase
{
  public:
    explicit ClampTestCase(uint32_t connections)
        : RamTestCase("windows clamped to receive RAM, " + std::to_string(connections)),
          m_connections(connections)
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = "Wait";
        setting.txRam = 4000000;
        setting.rxRam = 65536;
        setting.rcvBuf = 4 << 20;
        setting.clamp = true;
        setting.loss = 0.005;
        setting.appReadCycles = 150; // 6.7 MB/s of readers, 12 of the wire
        CardRamScenario s(setting);
        s.cards[1]->TraceConnectWithoutContext("PhyTxBegin",
                                               MakeCallback(&ClampTestCase::ToWire, this));
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        for (uint32_t i = 0; i < m_connections; i++)
        {
            s.Connect(0.001 * (i + 1), PORT, 10 * BYTES / m_connections);
        }
        // all stand by then
        Simulator::Schedule(Seconds(0.001 * m_connections + 0.004), [&s, this] {
            for (const auto& server : s.servers)
            {
                server->socket->TraceConnectWithoutContext(
                    "Tx", MakeCallback(&ClampTestCase::Sent, this));
            }
        });
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.CountRead(), 10 * BYTES, "bytes read");
        auto drops = s.cards[1]->GetHost()->GetStatistics().drops;
        NS_TEST_EXPECT_MSG_EQ(drops["rx_ram_full"], 0, "frames that found no room");
        NS_TEST_EXPECT_MSG_EQ(m_sentLeft, 0, "right edges that sockets moved left");
        NS_TEST_EXPECT_MSG_GT(m_sent, 100, "edges that sockets sent");
        NS_TEST_EXPECT_MSG_EQ(m_left, 0, "right edges that moved left");
        NS_TEST_EXPECT_MSG_GT(m_seen, 100, "edges seen");
        auto promises = s.cards[1]->GetPromises();
        NS_TEST_EXPECT_MSG_EQ(promises.reserved_bytes, 0, "nothing is promised at the end");
    }

    /** A socket of the receiver's sends: never an edge left of one that it sent before. */
    void Sent(Ptr<const Packet> /* packet */,
              const TcpHeader& header,
              Ptr<const TcpSocketBase> socket)
    {
        if ((header.GetFlags() & (TcpHeader::FIN | TcpHeader::RST | TcpHeader::SYN)) != 0)
        {
            return;
        }
        uint64_t edge = header.GetAckNumber().GetValue() +
                        (static_cast<uint64_t>(header.GetWindowSize()) << 7);
        uint64_t& last = m_sentEdges[PeekPointer(socket)];
        m_sentLeft += edge < last;
        m_sent++;
        last = std::max(last, edge);
    }

    /** A frame of the receiver's: where does its window end? */
    void ToWire(Ptr<const Packet> packet)
    {
        Ptr<Packet> copy = packet->Copy();
        Ipv4Header ip;
        TcpHeader tcp;
        copy->RemoveHeader(ip);
        copy->RemoveHeader(tcp);
        uint8_t flags = tcp.GetFlags();
        if ((flags & (TcpHeader::FIN | TcpHeader::RST)) != 0)
        {
            return;
        }
        // 4 MiB are told in units of 2^7 bytes (RFC 7323), but not with a SYN
        uint32_t shift = (flags & TcpHeader::SYN) != 0 ? 0 : 7;
        uint64_t edge = tcp.GetAckNumber().GetValue() +
                        (static_cast<uint64_t>(tcp.GetWindowSize()) << shift);
        uint64_t& last = m_edges[tcp.GetDestinationPort()];
        m_left += edge < last;
        m_seen++;
        last = std::max(last, edge);
    }

    uint32_t m_connections;                  //!< how many
    std::map<uint16_t, uint64_t> m_edges;    //!< the last one, by the peer's port
    std::map<const TcpSocketBase*, uint64_t> m_sentEdges; //!< by socket
    uint32_t m_sentLeft{0};                  //!< edges that sockets moved left
    uint32_t m_sent{0};                      //!< edges that sockets sent
    uint32_t m_left{0};                      //!< edges that moved left
    uint32_t m_seen{0};                      //!< edges
};

/** What the clamp is for: without it frames are dropped that find no room, each window anew, and
 * timeouts set the pace. */
class NoClampTestCase : public TestCase
{
  public:
    NoClampTestCase()
        : TestCase("without a clamp, frames that find no room are dropped")
    {
    }

  private:
    /** What a run came to. */
    struct Result
    {
        uint64_t read;  //!< bytes
        uint64_t drops; //!< frames that found no room
    };

    Result Run(bool clamp)
    {
        CardRamScenario::Setting setting;
        setting.whenFull = "Wait";
        setting.txRam = 4000000;
        setting.rcvBuf = 4 << 20;
        setting.clamp = clamp;
        setting.appReadCycles = 300; // a reader far slower than the wire
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, 100 * BYTES);
        Simulator::Stop(Seconds(5));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(s.CountWrong(), 0, "wrong bytes");
        auto drops = s.cards[1]->GetHost()->GetStatistics().drops;
        return {s.CountRead(), drops["rx_ram_full"]};
    }

    void DoRun() override
    {
        Result clamped = Run(true);
        Result free = Run(false);
        NS_TEST_EXPECT_MSG_EQ(clamped.drops, 0, "frames that found no room, clamped");
        NS_TEST_EXPECT_MSG_GT(free.drops, 0, "frames that found no room");
        // Clamped, a window of 64 KiB is read in 20 ms; a window of which much is dropped ends in a
        // timeout of a second (RFC 6298) more often than not. A quarter: chosen, between these.
        NS_TEST_EXPECT_MSG_LT(free.read, clamped.read / 4, "bytes read");
    }
};

/** Receive RAM of two frames takes two connections; a third one's SYN is refused, until one ends. */
class RefusedTestCase : public RamTestCase
{
  public:
    RefusedTestCase()
        : RamTestCase("a SYN without receive RAM is refused")
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = "Wait";
        setting.txRam = 1000000;
        setting.rxRam = 2 * FRAME;
        setting.clamp = true;
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        for (int i = 0; i < 3; i++)
        {
            s.Connect(0.001 + 0.002 * i, PORT, 20000);
        }
        Simulator::Schedule(Seconds(0.1), [&s, this] {
            auto drops = s.cards[1]->GetHost()->GetStatistics().drops;
            NS_TEST_EXPECT_MSG_EQ(drops["syn_without_receive_ram"], 1, "SYNs refused");
            NS_TEST_EXPECT_MSG_EQ(s.servers.size(), 2, "connections that stand");
        });
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.servers.size(), 3, "connections, in the end");
        NS_TEST_EXPECT_MSG_EQ(s.CountRead(), 3 * 20000, "bytes read");
    }
};

/** The reader makes room while the wire is dead: the peer is told of it again, and not for ever. */
class DeadWireTestCase : public RamTestCase
{
  public:
    DeadWireTestCase()
        : RamTestCase("updates of a clamped window are repeated")
    {
    }

  private:
    static constexpr uint32_t REPEATS = 6; // each after twice the time: the last one 12.6 s late

    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = "Wait";
        setting.txRam = 1000000;
        setting.rxRam = 20 * FRAME;
        setting.clamp = true;
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, 200000);
        Simulator::Schedule(Seconds(0.01), [&s] { s.servers.at(0)->SetReading(false); });
        // what it holds has come, and the window is less than a segment
        Simulator::Schedule(Seconds(0.5), [&s] { s.SetLoss(1); });
        Simulator::Schedule(Seconds(0.6), [&s] { s.servers.at(0)->SetReading(true); });
        Simulator::Schedule(Seconds(0.7), [&s, this] {
            NS_TEST_EXPECT_MSG_EQ(s.Held(1), 0, "all that had come has been read");
            m_told = s.cards[1]->GetHost()->GetCount(HostCounter::ACKS_SENT);
        });
        Simulator::Schedule(Seconds(60), [&s, this] {
            uint64_t told = s.cards[1]->GetHost()->GetCount(HostCounter::ACKS_SENT);
            NS_TEST_EXPECT_MSG_EQ(told - m_told, REPEATS, "times that it was told again");
            s.SetLoss(0);
        });
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.CountRead(), 200000, "bytes read");
    }

    uint64_t m_told{0}; //!< ACKs sent when all had been read
};

/** Room exists a delay after a doorbell, and not before. */
class ReleaseTestCase : public RamTestCase
{
  public:
    ReleaseTestCase()
        : RamTestCase("released card RAM is room a delay after a doorbell")
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.txRam = 1000000;
        setting.rxRam = 1000000;
        CardRamScenario s(setting);
        s.cards[0]->TraceConnectWithoutContext("Doorbell",
                                               MakeCallback(&ReleaseTestCase::Rung, this));
        s.cards[0]->TraceConnectWithoutContext("CardRamRelease",
                                               MakeCallback(&ReleaseTestCase::Released, this));
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, BYTES);
        RunToEnd(s);
        NS_TEST_EXPECT_MSG_EQ(s.servers.at(0)->read, BYTES, "bytes read");
        NS_TEST_EXPECT_MSG_GT(m_released, 100, "releases");
        NS_TEST_EXPECT_MSG_EQ(m_early, 0, "releases that came not 2 us after a doorbell");
        Ptr<HostModel> host = s.cards[0]->GetHost();
        NS_TEST_EXPECT_MSG_GT(host->GetCount(HostCounter::RELEASE_DOORBELLS),
                              0,
                              "after the last segment nothing else rings");
        NS_TEST_EXPECT_MSG_LT(host->GetCount(HostCounter::RELEASE_DOORBELLS),
                              host->GetCount(HostCounter::RELEASE_COMMANDS) / 4,
                              "mostly something else does");
    }

    void Rung(uint32_t /* commands */)
    {
        m_rung.push_back(Simulator::Now());
    }

    void Released(bool transmit, uint64_t /* bytes */, uint64_t /* held */)
    {
        if (transmit)
        {
            // both times are of ns-3's clock, a nanosecond at most behind the host's own
            Time delay = MicroSeconds(2);
            auto rings = [&](Time at) { return Abs(at + delay - Simulator::Now()) <= NanoSeconds(1); };
            m_released++;
            m_early += std::none_of(m_rung.begin(), m_rung.end(), rings);
        }
    }

    std::vector<Time> m_rung; //!< doorbells
    uint32_t m_released{0};   //!< releases of transmit RAM
    uint32_t m_early{0};      //!< without a doorbell
};

/** A driver's timer that comes too late, and card RAM that is full: who needs room has it rung for. */
class NoTimerTestCase : public RamTestCase
{
  public:
    explicit NoTimerTestCase(const std::string& policy)
        : RamTestCase("nobody who needs room waits for the driver's timer, " + policy),
          m_policy(policy)
    {
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = m_policy;
        setting.txRam = 20480;
        setting.rxRam = 32768;
        setting.clamp = m_policy == "Wait"; // or what finds no room is dropped
        setting.releaseWait = "100s";
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::CLOSE);
        s.Connect(0.001, PORT, BYTES, 7000);
        // 20 MB/s by card RAM a round trip, 12 by the wire: a tenth of a second
        Simulator::Schedule(Seconds(1), [&s, this] {
            NS_TEST_EXPECT_MSG_EQ(s.servers.at(0)->read, BYTES, "bytes read by then");
        });
        RunToEnd(s);
        Ptr<HostModel> host = s.cards[0]->GetHost();
        NS_TEST_EXPECT_MSG_LT_OR_EQ(host->GetCount(HostCounter::RELEASE_DOORBELLS),
                                    host->GetCount(HostCounter::SYSTEM_CALLS) +
                                        host->GetCount(HostCounter::INTERRUPTS),
                                    "at most one a call and one a poll");
    }

    std::string m_policy; //!< card RAM full
};

/** Writes that fit card RAM, each when all before it is acknowledged but no doorbell has told so. */
class RungForWriterTestCase : public RamTestCase
{
  public:
    explicit RungForWriterTestCase(const std::string& policy)
        : RamTestCase("the driver rings before a writer does without card RAM, " + policy),
          m_policy(policy)
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint32_t SIZE = 14000; // ten segments, a first window
        constexpr uint32_t MORE = 5;     // writes after the first
        CardRamScenario::Setting setting;
        setting.whenFull = m_policy;
        setting.txRam = 20480;
        setting.rxRam = 1000000;
        setting.releaseWait = "100s";
        CardRamScenario s(setting);
        s.Listen(PORT, 0, PatternEnd::Then::NOTHING);
        s.Connect(0.001, PORT, SIZE, SIZE).SetThen(PatternEnd::Then::NOTHING);
        for (uint32_t i = 1; i <= MORE; i++)
        {
            Simulator::Schedule(Seconds(i), [&s, i] {
                s.clients[0]->socket->Send(MakePatternPacket(1, i * SIZE, SIZE));
            });
        }
        Ptr<HostModel> host = s.cards[0]->GetHost();
        Simulator::Schedule(Seconds(MORE + 1), [&s, host, this] {
            NS_TEST_EXPECT_MSG_EQ(s.servers.at(0)->read, (1 + MORE) * SIZE, "bytes read");
            NS_TEST_EXPECT_MSG_EQ(host->GetCount(HostCounter::RELEASE_DOORBELLS),
                                  MORE,
                                  "one for each write that finds too little room");
            NS_TEST_EXPECT_MSG_GT(s.Held(0), 0, "the last is acknowledged, and no room yet");
        });
        RunToEnd(s);
        auto ram = s.cards[0]->GetRamStatistics(PC_RAM_TX);
        NS_TEST_EXPECT_MSG_EQ(ram.fallbacks, 0, "none copied");
        NS_TEST_EXPECT_MSG_EQ(ram.blocked, 0, "none slept");
        NS_TEST_EXPECT_MSG_EQ(ram.evictions, 0, "none evicted");
        NS_TEST_EXPECT_MSG_EQ(host->GetCount(HostCounter::RELEASE_DOORBELLS),
                              MORE + 1,
                              "and one when the timer expires");
    }

    std::string m_policy; //!< card RAM full
};

/** All of them. */
class RamTestSuite : public TestSuite
{
  public:
    RamTestSuite()
        : TestSuite("payload-cache-ram", SYSTEM)
    {
        AddTestCase(new EvictSentTestCase, TestCase::QUICK);
        AddTestCase(new EvictReceivedTestCase, TestCase::QUICK);
        for (const char* policy : {"Copy", "Wait", "Evict"})
        {
            AddTestCase(new QuotaTestCase(policy), TestCase::QUICK);
        }
        AddTestCase(new ClampTestCase(1), TestCase::QUICK);
        AddTestCase(new ClampTestCase(5), TestCase::QUICK);
        AddTestCase(new NoClampTestCase, TestCase::QUICK);
        AddTestCase(new DeadWireTestCase, QUICK);
        AddTestCase(new RefusedTestCase, TestCase::QUICK);
        AddTestCase(new ReleaseTestCase, TestCase::QUICK);
        for (const char* policy : {"Copy", "Wait", "Evict"})
        {
            AddTestCase(new NoTimerTestCase(policy), TestCase::QUICK);
            AddTestCase(new RungForWriterTestCase(policy), TestCase::QUICK);
        }
    }
};

RamTestSuite g_ramTestSuite; //!< registers itself

} // namespace
