// What is there for speed alone has to change nothing: continuations that keep their captures in
// place, steps of a card that are worked out once, and the queue disc's filter.

#include "continuation.h"
#include "flow-hash-filter.h"
#include "payload-cache-helper.h"
#include "step-memo.h"

#include "ns3/fq-codel-queue-disc.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-queue-disc-item.h"
#include "ns3/ipv6-queue-disc-item.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/tcp-header.h"
#include "ns3/test.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/udp-header.h"

#include <array>
#include <memory>

using namespace ns3;

namespace
{

/** Captures of every size, copied, moved and ended as often as they were made. */
class ContinuationTestCase : public TestCase
{
  public:
    ContinuationTestCase()
        : TestCase("continuations keep what they capture")
    {
    }

  private:
    template <std::size_t SIZE>
    void Try()
    {
        auto held = std::make_shared<int>(0);
        std::array<char, SIZE> ballast{};
        ballast.back() = 5;
        {
            Continuation first = [held, ballast] { *held += ballast.back(); };
            Continuation copy = first;
            NS_TEST_EXPECT_MSG_EQ(held.use_count(), 3, "a copy has captures of its own");
            Continuation moved = std::move(first);
            NS_TEST_EXPECT_MSG_EQ(held.use_count(), 3, "a move has those that were there");
            NS_TEST_EXPECT_MSG_EQ(bool(first), false, "what was moved is empty");
            copy();
            moved();
            NS_TEST_EXPECT_MSG_EQ(*held, 10, "both were called");
            moved = copy;
            NS_TEST_EXPECT_MSG_EQ(held.use_count(), 3, "what was there before has ended");
            moved = nullptr;
            NS_TEST_EXPECT_MSG_EQ(held.use_count(), 2, "none is kept any more");
            first = std::move(copy);
            first();
            NS_TEST_EXPECT_MSG_EQ(*held, 15, "it went back");
        }
        NS_TEST_EXPECT_MSG_EQ(held.use_count(), 1, "all have ended");
    }

    void DoRun() override
    {
        Try<1>();
        Try<Continuation::ROOM - sizeof(std::shared_ptr<int>)>();     // just fits
        Try<Continuation::ROOM - sizeof(std::shared_ptr<int>) + 1>(); // does not
        Try<1000>();
        NS_TEST_EXPECT_MSG_EQ(bool(Continuation()), false, "nothing is kept");
    }
};

/** A step is worked out once, and is that of what was asked for. */
class StepMemoTestCase : public TestCase
{
  public:
    StepMemoTestCase()
        : TestCase("steps are worked out once a size")
    {
    }

  private:
    void DoRun() override
    {
        StepMemo memo;
        int workedOut = 0;
        auto find = [&](uint32_t bytes, uint32_t second) {
            auto workOut = [&] {
                workedOut++;
                pc_card_step step{};
                step.host_bytes = 1000 * bytes + second;
                return step;
            };
            return memo.Find(bytes, second, workOut).host_bytes;
        };
        NS_TEST_EXPECT_MSG_EQ(find(0, 0), 0, "nothing is something as well");
        NS_TEST_EXPECT_MSG_EQ(workedOut, 1, "it had to be worked out");
        for (int round = 0; round < 3; round++)
        {
            NS_TEST_EXPECT_MSG_EQ(find(1500, 1), 1500001, "as asked");
            NS_TEST_EXPECT_MSG_EQ(find(52, 1), 52001, "as asked");
        }
        NS_TEST_EXPECT_MSG_EQ(workedOut, 3, "each once");
        // the same sum, and so the same place
        NS_TEST_EXPECT_MSG_EQ(find(1499, 2), 1499002, "not the other's");
        NS_TEST_EXPECT_MSG_EQ(find(1500, 1), 1500001, "not the other's");
    }
};

/** Packets of many connections are told apart as ns-3 does it by itself. */
class FlowHashTestCase : public TestCase
{
  public:
    FlowHashTestCase()
        : TestCase("the filter answers ns-3's own hash")
    {
    }

  private:
    template <typename Transport>
    Ptr<QueueDiscItem> Make(uint16_t port, uint8_t protocol, uint16_t fragment = 0)
    {
        Transport transport;
        transport.SetSourcePort(port);
        transport.SetDestinationPort(80);
        Ptr<Packet> packet = Create<Packet>(100);
        packet->AddHeader(transport);
        Ipv4Header header;
        header.SetSource(Ipv4Address(0x0a000000 + port % 7));
        header.SetDestination("10.0.1.2");
        header.SetProtocol(protocol);
        header.SetFragmentOffset(fragment);
        return Create<Ipv4QueueDiscItem>(packet, Address(), 0x0800, header);
    }

    void Compare(Ptr<FlowHashFilter> filter, Ptr<QueueDiscItem> item)
    {
        NS_TEST_EXPECT_MSG_EQ(static_cast<uint32_t>(filter->Classify(item)),
                              item->Hash(77),
                              "ns-3's own hash");
    }

    void DoRun() override
    {
        auto filter = CreateObject<FlowHashFilter>();
        filter->SetPerturbation(77);
        for (int round = 0; round < 2; round++)
        {
            for (uint16_t port = 1; port < 3000; port++) // more than it keeps
            {
                Compare(filter, Make<TcpHeader>(port, 6));
                Compare(filter, Make<TcpHeader>(port, 6)); // now it is kept
            }
            Compare(filter, Make<UdpHeader>(5, 17));
            Compare(filter, Make<TcpHeader>(5, 6, 1480)); // has no header: bytes are no ports
        }
        Ipv6Header header;
        header.SetNextHeader(6);
        Ptr<Packet> packet = Create<Packet>(100);
        packet->AddHeader(TcpHeader());
        Compare(filter, Create<Ipv6QueueDiscItem>(packet, Address(), 0x86dd, header));
    }
};

/** A card gives its filter to an FqCoDelQueueDisc, and to none that has one. */
class FilterGivenTestCase : public TestCase
{
  public:
    FilterGivenTestCase()
        : TestCase("the filter is given where nobody else has given one")
    {
    }

  private:
    void DoRun() override
    {
        NodeContainer nodes(2);
        NetDeviceContainer wires = PointToPointHelper().Install(nodes);
        NetDeviceContainer cards = PayloadCacheHelper().Install(wires);
        InternetStackHelper().Install(nodes);
        Ipv4AddressHelper addresses("10.1.1.0", "255.255.255.0");
        addresses.Assign(cards);
        std::array<Ptr<QueueDisc>, 2> discs;
        for (int i : {0, 1})
        {
            auto layer = nodes.Get(i)->GetObject<TrafficControlLayer>();
            discs[i] = layer->GetRootQueueDiscOnDevice(cards.Get(i));
            NS_TEST_ASSERT_MSG_NE(DynamicCast<FqCoDelQueueDisc>(discs[i]), nullptr, "ns-3's own");
        }
        auto others = CreateObject<FlowHashFilter>();
        discs[1]->AddPacketFilter(others);
        PacketSinkHelper sink("ns3::TcpSocketFactory", InetSocketAddress("10.1.1.2", 9));
        sink.Install(nodes.Get(1));
        auto socket = Socket::CreateSocket(nodes.Get(0), TcpSocketFactory::GetTypeId());
        Simulator::Schedule(Seconds(1), [socket] {
            socket->Connect(InetSocketAddress("10.1.1.2", 9));
        });
        Simulator::Stop(Seconds(2));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(discs[0]->GetNPacketFilters(), 1, "given");
        NS_TEST_EXPECT_MSG_NE(
            DynamicCast<FlowHashFilter>(discs[0]->GetPacketFilter(0)), nullptr, "the card's");
        NS_TEST_EXPECT_MSG_EQ(discs[1]->GetNPacketFilters(), 1, "as it was");
        NS_TEST_EXPECT_MSG_EQ(discs[0]->GetStats().nTotalDroppedPackets, 0, "all were classified");
        NS_TEST_EXPECT_MSG_GT(discs[0]->GetStats().nTotalSentPackets, 1, "SYN and ACK");
        Simulator::Destroy();
    }
};

/** The suite. */
class SpeedTestSuite : public TestSuite
{
  public:
    SpeedTestSuite()
        : TestSuite("payload-cache-speed", UNIT)
    {
        AddTestCase(new ContinuationTestCase, TestCase::QUICK);
        AddTestCase(new StepMemoTestCase, TestCase::QUICK);
        AddTestCase(new FlowHashTestCase, TestCase::QUICK);
        AddTestCase(new FilterGivenTestCase, TestCase::QUICK);
    }
};

SpeedTestSuite g_speedTestSuite; //!< registers itself

} // namespace
