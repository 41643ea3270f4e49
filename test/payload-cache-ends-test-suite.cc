// How connections end: whatever ends them, and when, every byte that a reader gets is right, and no
// card RAM stays held; or it is known by whom.

#include "support/card-ram-scenario.h"

#include "ns3/ipv4.h"
#include "ns3/object-vector.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/queue-size.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/test.h"

#include <functional>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 5001;
constexpr uint64_t LITTLE = 100000; // bytes: buffers hold it, so that its write returns
constexpr uint64_t MUCH = 2000000; // bytes: more than buffers and card RAM hold, 0.16 s of the link

/** A way to end, under a policy. */
class EndTestCase : public TestCase
{
  public:
    using Way = std::function<void(EndTestCase&, CardRamScenario&)>;

    EndTestCase(const std::string& name, const std::string& policy, Way way)
        : TestCase(name + ", " + policy),
          m_policy(policy),
          m_way(std::move(way))
    {
    }

    /** Runs the scenario. \param seconds until then at most */
    void Run(double seconds = 2000)
    {
        Simulator::Stop(Seconds(seconds));
        Simulator::Run();
    }

    /** All bytes that were read are right, and nothing is held. */
    void ExpectNothingHeld(const CardRamScenario& s)
    {
        NS_TEST_EXPECT_MSG_EQ(s.CountWrong(), 0, "wrong bytes");
        for (uint32_t host : {0, 1})
        {
            NS_TEST_EXPECT_MSG_EQ(s.Held(host), 0, "card RAM held by host " << host);
        }
    }

    /** An end has read so much. */
    void ExpectRead(const PatternEnd& end, uint64_t bytes)
    {
        NS_TEST_EXPECT_MSG_EQ(end.read, bytes, "bytes read");
    }

    /** Something is as it has to be. */
    void Expect(bool is, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(is, true, what);
    }

  private:
    void DoRun() override
    {
        CardRamScenario::Setting setting;
        setting.whenFull = m_policy;
        if (m_policy == "Wait")
        {
            setting.clamp = true; // without it a window larger than receive RAM may lock up
        }
        CardRamScenario scenario(setting);
        m_way(*this, scenario);
    }

    std::string m_policy; //!< card RAM full
    Way m_way;            //!< what happens
};

using Then = PatternEnd::Then;

void
Close(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, 0, Then::CLOSE);
    PatternEnd& client = s.Connect(0.001, PORT, MUCH);
    Simulator::Schedule(Seconds(0.5), [&s] { s.servers[0]->socket->Close(); });
    test.Run();
    test.Expect(client.written == MUCH, "all was written");
    test.ExpectRead(*s.servers.at(0), MUCH);
    test.ExpectNothingHeld(s);
}

void
HalfClose(EndTestCase& test, CardRamScenario& s)
{
    s.SetLoss(0.01);
    s.Listen(PORT, MUCH, Then::CLOSE);
    PatternEnd& client = s.Connect(0.001, PORT, LITTLE);
    client.SetThen(Then::SHUTDOWN); // and reads on
    test.Run();
    test.ExpectRead(*s.servers.at(0), LITTLE);
    test.ExpectRead(client, MUCH);
    client.socket->Close();
    test.Run();
    test.ExpectNothingHeld(s);
}

void
CloseTogether(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, 200000, Then::NOTHING);
    PatternEnd& client = s.Connect(0.001, PORT, 200000);
    client.SetThen(Then::NOTHING);
    // both have written and read all, and close at one instant: both FINs are under way
    Simulator::Schedule(Seconds(1), [&] {
        client.socket->Close();
        s.servers[0]->socket->Close();
    });
    test.Run();
    test.ExpectRead(*s.servers.at(0), 200000);
    test.ExpectRead(client, 200000);
    test.ExpectNothingHeld(s);
}

void
ResetByReader(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, 0, Then::CLOSE);
    PatternEnd& client = s.Connect(0.001, PORT, MUCH);
    // it has unread data when it closes: ns-3 resets the connection
    Simulator::Schedule(Seconds(0.03), [&s] { s.servers[0]->SetReading(false); });
    Simulator::Schedule(Seconds(0.06), [&s] { s.servers[0]->socket->Close(); });
    test.Run();
    test.Expect(s.servers[0]->read < MUCH, "the connection was reset");
    test.Expect(client.ended || client.written < MUCH, "the writer knows");
    test.ExpectNothingHeld(s);
}

void
ResetByWriter(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, LITTLE, Then::NOTHING);
    PatternEnd& client = s.Connect(0.001, PORT, MUCH);
    client.SetReading(false);
    Simulator::Schedule(Seconds(0.06), [&client] { client.socket->Close(); });
    test.Run();
    test.Expect(s.servers[0]->read < MUCH, "the connection was reset");
    test.ExpectNothingHeld(s);
}

/** A reset finds packets in the queue disc: what they were to carry is gone, and so are they. */
void
ResetBehindQueueDisc(EndTestCase& test, CardRamScenario& s)
{
    auto wire = DynamicCast<PointToPointNetDevice>(s.wires.Get(0));
    wire->GetQueue()->SetMaxSize(QueueSize("5p"));
    ResetByWriter(test, s);
    auto drops = s.cards[0]->GetHost()->GetStatistics().drops;
    test.Expect(drops["payload_given_up"] > 5, "more was dropped than the wire's queue holds");
}

void
PeerVanishes(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, LITTLE, Then::NOTHING);
    s.Connect(0.001, PORT, MUCH);
    Simulator::Schedule(Seconds(0.05), [&s] { s.SetLoss(1); });
    test.Run();
    test.Expect(s.servers[0]->read < MUCH, "the wire was cut in mid-transfer");
    test.ExpectNothingHeld(s);
}

void
ShutdownRecv(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, 0, Then::NOTHING);
    s.Connect(0.001, PORT, MUCH);
    Simulator::Schedule(Seconds(0.05), [&s] { s.servers[0]->socket->ShutdownRecv(); });
    Simulator::Schedule(Seconds(1), [&s] { s.servers[0]->socket->Close(); });
    test.Run();
    test.Expect(s.servers[0]->read < MUCH, "it reads no more");
    test.ExpectNothingHeld(s);
}

void
ListenerCloses(EndTestCase& test, CardRamScenario& s)
{
    Ptr<Socket> listener = s.ListenAlone(PORT);
    for (int i = 0; i < 3; i++)
    {
        s.Connect(0.001, PORT, MUCH);
    }
    // the SYNs have come by 0.0016 s, the ACKs that complete the connections by 0.0027 s
    Simulator::Schedule(Seconds(0.002), [listener] { listener->Close(); });
    test.Run(10);
    // the connections stand, and what has come by them lies there until they end
    ObjectVectorValue sockets;
    s.nodes.Get(1)->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    uint64_t unread = 0;
    for (auto item = sockets.Begin(); item != sockets.End(); item++)
    {
        unread += DynamicCast<TcpSocketBase>(item->second)->GetRxBuffer()->Size();
    }
    uint64_t held = s.cards[1]->GetRamStatistics(PC_RAM_RX).held;
    test.Expect(held > 0, "something has come for connections that nobody took");
    // a frame of 1448 bytes of payload takes at most 1536: whole granules
    test.Expect(held <= unread / 1448 * 1536 + 3 * 1536, "no more is held than is unread");
    test.Expect(s.cards[1]->GetRamStatistics(PC_RAM_TX).held == 0, "nothing is on its way out");
    for (auto item = sockets.Begin(); item != sockets.End(); item++)
    {
        DynamicCast<TcpSocketBase>(item->second)->Close();
    }
    test.Run();
    test.ExpectNothingHeld(s);
}

/** Closes a socket with unread data once no call of it runs, and connects from its port at once. */
void
ReusePort(CardRamScenario& s)
{
    PatternEnd& first = *s.clients[0];
    if (first.written < LITTLE || first.socket->GetTxAvailable() == 0)
    {
        Simulator::Schedule(MicroSeconds(50), [&s] { ReusePort(s); });
        return;
    }
    first.socket->Close(); // reset, so its port is free; its frames are still everywhere
    // it would close, and so reset, while what the server writes is unread
    s.Connect(0, PORT, LITTLE).SetThen(Then::NOTHING);
}

void
PortReused(EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, LITTLE, Then::NOTHING);
    s.localPort = 40000;
    PatternEnd& first = s.Connect(0.001, PORT, LITTLE);
    first.SetReading(false);
    Simulator::Schedule(Seconds(0.004), [&s] { ReusePort(s); });
    Simulator::Schedule(Seconds(10), [&s] {
        for (const auto& server : s.servers)
        {
            server->socket->Close();
        }
        s.clients.back()->socket->Close();
    });
    test.Run();
    // ns-3's initial sequence numbers are all 0, but what the first connection left on the way finds
    // the second one in its handshake, which takes none of it
    test.Expect(s.servers.size() == 2, "the second connection stood");
    test.ExpectRead(*s.servers.back(), LITTLE);
    test.ExpectRead(*s.clients.back(), LITTLE);
    test.ExpectNothingHeld(s);
}

/** A card is taken out of a host in mid-transfer, with releases on their way to it. */
void
CardGone(uint32_t host, EndTestCase& test, CardRamScenario& s)
{
    s.cards[host]->SetAttribute("ReleaseDelay", TimeValue(MilliSeconds(1)));
    s.Listen(PORT, LITTLE, Then::NOTHING);
    s.Connect(0.001, PORT, MUCH);
    Simulator::Schedule(Seconds(0.05), [&test, &s, host] {
        test.Expect(s.Releasing(host) > 0, "no release is on its way");
        auto ip = s.nodes.Get(host)->GetObject<Ipv4>();
        ip->SetDown(ip->GetInterfaceForDevice(s.cards[host]));
        s.cards[host]->Dispose();
    });
    test.Run();
    test.Expect(s.CountWrong() == 0, "no wrong bytes");
    test.Expect(s.Held(1 - host) == 0, "the other host holds nothing");
    // the sockets of the host without its card end with the simulation, at the latest
    s.clients.clear();
    s.servers.clear();
    Simulator::Destroy();
    test.Expect(s.Held(host) == 0, "nothing is held");
}

/** A whole host is disposed in mid-transfer: node, stack, sockets, machine and card. */
void
NodeGone(uint32_t host, EndTestCase& test, CardRamScenario& s)
{
    s.Listen(PORT, LITTLE, Then::NOTHING);
    s.Connect(0.001, PORT, MUCH);
    // so late that the window does not close: ns-3 would probe it for ever
    Simulator::Schedule(Seconds(0.049), [&s] { s.servers[0]->SetReading(false); });
    // ns-3's own devices crash where a frame comes to a node that has been disposed: the wires are
    // idle by then
    Simulator::Schedule(Seconds(0.05), [&s] {
        for (uint32_t i : {0, 1})
        {
            auto ip = s.nodes.Get(i)->GetObject<Ipv4>();
            ip->SetDown(ip->GetInterfaceForDevice(s.cards[i]));
        }
    });
    Simulator::Schedule(Seconds(0.06), [&test, &s, host] {
        test.Expect(s.Held(host) > 0, "its card holds payload");
        s.nodes.Get(host)->Dispose();
    });
    test.Run();
    test.Expect(s.servers[0]->read < MUCH, "the transfer was cut");
    (host == 0 ? s.servers : s.clients)[0]->socket->Close();
    test.Run();
    test.Expect(s.CountWrong() == 0, "no wrong bytes");
    test.Expect(s.Held(1 - host) == 0, "the other host holds nothing");
    // what the application of the host that is gone still has is a socket without a node
    s.clients.clear();
    s.servers.clear();
    test.Expect(s.Held(host) == 0, "nothing is held");
}

/** The simulation stops in mid-everything. */
void
Stopped(double at, EndTestCase& test, CardRamScenario& s)
{
    s.SetLoss(0.02);
    s.Listen(PORT, MUCH, Then::CLOSE);
    for (int i = 0; i < 3; i++)
    {
        s.Connect(0.001 * (i + 1), PORT, MUCH);
    }
    test.Run(at);
    test.Expect(s.CountWrong() == 0, "no wrong bytes");
    for (uint32_t host : {0, 1})
    {
        test.Expect(s.Releasing(host) <= s.Held(host), "on its way back is a part of what is held");
    }
    s.clients.clear();
    s.servers.clear();
    Simulator::Destroy();
    for (uint32_t host : {0, 1})
    {
        test.Expect(s.Held(host) == 0, "nothing is held after the end");
    }
}

/** All ways, under every policy. */
class EndsTestSuite : public TestSuite
{
  public:
    EndsTestSuite()
        : TestSuite("payload-cache-ends", SYSTEM)
    {
        using namespace std::placeholders;
        for (const char* policy : {"Copy", "Wait", "Evict"})
        {
            auto add = [&](const std::string& name, EndTestCase::Way way) {
                AddTestCase(new EndTestCase(name, policy, std::move(way)), TestCase::QUICK);
            };
            add("close with data on the card", Close);
            add("half-close", HalfClose);
            add("simultaneous close", CloseTogether);
            add("reset by the reader", ResetByReader);
            add("reset by the writer", ResetByWriter);
            add("reset with packets in the queue disc", ResetBehindQueueDisc);
            add("the peer vanishes", PeerVanishes);
            add("ShutdownRecv", ShutdownRecv);
            add("a listening socket closes", ListenerCloses);
            add("a port is reused at once", PortReused);
            add("the sender's card is gone", std::bind(CardGone, 0, _1, _2));
            add("the receiver's card is gone", std::bind(CardGone, 1, _1, _2));
            add("the sender is disposed", std::bind(NodeGone, 0, _1, _2));
            add("the receiver is disposed", std::bind(NodeGone, 1, _1, _2));
            for (double at : {0.0015, 0.0123, 0.0777, 0.2})
            {
                add("stopped at " + std::to_string(at), std::bind(Stopped, at, _1, _2));
            }
        }
    }
};

EndsTestSuite g_endsTestSuite; //!< registers itself

} // namespace
