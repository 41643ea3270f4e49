// Bulk flows over a long path that loses frames: bandwidth x delay and loss against card RAM, where
// a sender's payload stays until it is acknowledged.
//
//      sender                                             receiver
//   +-----------+                                      +-----------+
//   | writers   |                                      |  readers  |
//   | sockets   |          delay, both ways            |  sockets  |
//   | card ==== | ------------- one link ------- x --> | ==== card |
//   +-----------+                                      +-----------+

#include "flow-scenario.h"
#include "sender-probe.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <memory>

using namespace ns3;
using namespace scenario;

namespace
{

/// The smallest and largest buffer that is chosen here: every scenario's, and the options' limit.
constexpr uint64_t LEAST_BUFFER = 262144;
constexpr uint64_t LARGEST_BUFFER = UINT64_C(1) << 30;

class LossyWan : public FlowScenario
{
  public:
    LossyWan()
        : FlowScenario(
              "lossy-wan",
              "bulk flows over a long path that loses frames, against card RAM.\n"
              "Where --sndBuf or --rcvBuf is not given it is twice link rate x round trip (256 "
              "KiB\n"
              "at least): TCP's window is no bound. The warm-up lets a flow pass slow start, some\n"
              "ten round trips, and then a few losses, of which the default makes one in 1.2 s at\n"
              "100 Mb/s. For example:\n"
              "  lossy-wan --delay=25ms --lossRate=0.001\n"
              "  lossy-wan --lossRate=0 --txRam=65536 --whenFull=wait --warmup=2 --duration=2\n"
              "  lossy-wan --ns3::TcpL4Protocol::SocketType=ns3::TcpNewReno")
    {
        m_p.delay = 10e-3; // chosen: 2000 km of fibre
        // chosen: by Mathis' 1.22 / sqrt(p) a window of 122 segments, of the order of the default
        // path's 172 (100 Mb/s x 20 ms): losses are felt, and the link is not idle
        m_p.lossRate = 1e-4;
        m_p.warmup = 5;
        m_p.duration = 20; // chosen: some ten losses by default, as Cubic then fills half the link
        m_p.sndBuf = 0;    // by the path
        m_p.rcvBuf = 0;
    }

  private:
    void DeclareOwn(Options& options) override
    {
        Flows::Declare(options, m_flow);
        DeclareLength(options, m_p);
    }

    void CompleteOwn() override
    {
        double path = m_p.linkRate / 8.0 * 2 * m_p.delay; // bandwidth x round trip, bytes
        if (2 * path > LARGEST_BUFFER && (m_p.sndBuf == 0 || m_p.rcvBuf == 0))
        {
            Fail("--linkRate and --delay make a path of " + std::to_string(uint64_t(path)) +
                 " bytes: buffers of twice that are too large; give --sndBuf and --rcvBuf");
        }
        for (uint64_t* buffer : {&m_p.sndBuf, &m_p.rcvBuf})
        {
            *buffer = *buffer ? *buffer : std::max(LEAST_BUFFER, uint64_t(2 * path));
        }
    }

    void DescribeOwn(Json& parameters) const override
    {
        Flows::Describe(parameters, m_flow);
        parameters["duration"] = m_p.duration;
        parameters["warmup"] = m_p.warmup;
    }

    void Build() override
    {
        FlowScenario::Build();
        m_network->GetHosts()[1].wire->TraceConnectWithoutContext(
            "PhyRxDrop", MakeCallback(&LossyWan::Lost, this));
    }

    void Begin() override
    {
        // the writers' sockets are made at time 0
        Simulator::Schedule(TimeStep(1), &LossyWan::Watch, this);
        FlowScenario::Begin();
    }

    /** Follows the writers' sockets. */
    void Watch()
    {
        for (const auto& source : m_flows.GetSources())
        {
            m_probes.push_back(std::make_unique<SenderProbe>(source->GetSocket()));
        }
    }

    /** The error model takes a frame, for good or to let it come late. */
    void Lost(Ptr<const Packet> /* frame */)
    {
        m_taken++;
    }

    /** \return frames that were lost so far */
    uint64_t GetLost() const
    {
        Json faults = m_network->WireFaultCounts();
        return faults.is_null() ? m_taken : faults["lost"].get<uint64_t>();
    }

    void BeginCountingOwn() override
    {
        FlowScenario::BeginCountingOwn();
        m_lostBefore = GetLost();
        for (const auto& probe : m_probes)
        {
            probe->Begin();
        }
    }

    void CountOwn(Json& record, double duration) override
    {
        FlowScenario::CountOwn(record, duration);
        SenderProbe::Seen seen;
        for (const auto& probe : m_probes)
        {
            seen.Add(probe->End());
        }
        Json& own = record["scenario"];
        own["rtt_us"] = RoundTrips(seen);
        own["bdp_bytes"] =
            seen.samples > 0 ? Json(m_p.linkRate / 8.0 * seen.least.GetSeconds()) : Json(nullptr);
        own["in_flight_bytes"] = {{"mean", seen.inFlightByteSeconds / duration}};
        own["lost_frames"] = GetLost() - m_lostBefore;
        own["retransmissions"] = seen.retransmissions;
        own["timeouts"] = seen.timeouts;
    }

    /** \return the round trips: their number, and their mean, least and most, us */
    static Json RoundTrips(const SenderProbe::Seen& seen)
    {
        if (seen.samples == 0)
        {
            return {{"count", 0}, {"mean", nullptr}, {"min", nullptr}, {"max", nullptr}};
        }
        return {{"count", seen.samples},
                {"mean", 1e6 * seen.sum.GetSeconds() / seen.samples},
                {"min", 1e6 * seen.least.GetSeconds()},
                {"max", 1e6 * seen.most.GetSeconds()}};
    }

    std::vector<std::unique_ptr<SenderProbe>> m_probes; //!< one a flow
    uint64_t m_taken{0};                                //!< frames that the error model took
    uint64_t m_lostBefore{0};                           //!< frames lost before counting began
};

} // namespace

int
main(int argc, char* argv[])
{
    return LossyWan().Main(argc, argv);
}
