// A server and its clients behind one switch. Flows arrive by chance, at a given load of the
// server's link or as soon as another has ended; how long does each take?
//
//                                  +--------- | card | client-1
//      server | card | ---- switch +--------- | card | client-2
//                                  +--------- | card | ...

#include "arrivals.h"
#include "completion-times.h"
#include "flow-sizes.h"
#include "level.h"
#include "scenario.h"
#include "transfers.h"

#include "ns3/double.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-base.h"

#include <numeric>

using namespace ns3;
using namespace scenario;

namespace
{

/// Maximum segment lifetime, s. ns-3 keeps a closed connection for twice as long, whole, and looks
/// at it for every frame; its 120 s would be hundreds of thousands of them. Chosen: no frame of
/// these networks, which keep the order, lives so long after its connection has closed.
constexpr double SEGMENT_LIFETIME = 0.01;
/// How long the network is left idle before a flow that runs alone, and at the end, s: chosen, longer
/// than a card holds back an interrupt, beside 8 one-way delays, in which all frames have come.
constexpr double QUIET = 0.01;
/// ns-3's TCP timestamps have this resolution, s: a flow runs alone at the same phase of it.
constexpr int64_t TIMESTAMP_NS = 1000000;

class Load : public Scenario
{
  public:
    Load()
        : Scenario("load",
                   "flows between a server and its clients, and how long each takes.",
                   {"server", "client"})
    {
        m_p.duration = 10; // some tens of flows of a web search at 100 Mb/s
        m_p.warmup = 1;
        m_p.lossToward = "those who receive the data";
    }

  private:
    void DeclareOwn(Options& options) override;
    void CheckOwn() override;
    void DescribeOwn(Json& parameters) const override;
    void Build() override;
    void Begin() override;
    void BeginCountingOwn() override;
    void CountOwn(Json& record, double duration) override;
    void Finish() override;
    bool IsFinished() const override;
    void EndOwn(Json& record) override;
    Time GetLastProgress() const override;
    std::string Shortfall() const override;
    uint64_t GetRead() const override;
    uint64_t GetWrong() const override;

    /** \return true if a flow begins as soon as another has ended */
    bool IsClosedLoop() const;
    /** \return flows a second at the given load */
    double GetArrivalRate() const;
    /** The next flow arrives after its gap. */
    void ScheduleArrival();
    /** A flow arrives. */
    void Arrive(Arrival arrival);
    /** Begins a flow. \param counted its place among the counted flows */
    void BeginFlow(uint64_t client, uint64_t bytes, std::size_t counted);
    /** All of a flow has been read. */
    void FlowRead(const Transfer& transfer);
    /** A flow's connection is gone. */
    void FlowEnded();
    /** No flow arrives any more. */
    void StopArrivals();
    /** The next of the counted flows runs alone, where that is asked for and one is left. */
    void ScheduleAlone();

    uint64_t m_clients{8};                 //!< hosts
    std::string m_direction{"download"};   //!< who gets the data
    double m_load{0.5};                    //!< of the server's link
    uint64_t m_concurrent{0};              //!< flows at any time; 0: as they arrive
    std::string m_sizesName{"web-search"}; //!< name or file
    uint64_t m_largest{1000000000000};     //!< of a flow, bytes
    uint64_t m_writeSize{65536};           //!< bytes a write
    uint64_t m_switchBuffer{262144};       //!< of a port, bytes: see DeclareOwn()
    uint64_t m_switchMark{0};              //!< ECN threshold of a port, bytes; 0: no marks
    bool m_slowdown{true};                 //!< counted flows run alone as well

    FlowSizes m_sizes;                      //!< of flows
    std::unique_ptr<Arrivals> m_arrivals;   //!< what comes
    std::unique_ptr<Transfers> m_transfers; //!< what is under way
    Level m_level;                          //!< how many that is

    /** A flow that arrived within the counted span. */
    struct Counted
    {
        Time arrived;          //!< when
        uint64_t client;       //!< which
        Completion completion; //!< how long it took
    };

    /** What goes on. */
    enum class Phase
    {
        WARM_UP,  //!< nothing is counted yet
        COUNTING, //!< flows that arrive count
        LOADED,   //!< they go on to their end, and flows arrive as before
        EMPTYING, //!< nothing arrives any more
        ALONE,    //!< counted flows run one by one
        FINISHED  //!< nothing is under way
    };

    Phase m_phase{Phase::WARM_UP};      //!< now
    Time m_spanEnd;                     //!< when the counted span ended
    Time m_stopped;                     //!< when arrivals ended
    std::vector<Counted> m_counted;     //!< in the order of arrival
    std::size_t m_completed{0};         //!< of them
    std::size_t m_completedLoaded{0};   //!< of them, before arrivals ended
    std::size_t m_alone{0};             //!< of them that have begun alone
    ArrivalDigest m_digest;             //!< of them
    uint64_t m_arrivedBytes{0};         //!< of theirs
    std::vector<uint64_t> m_readBefore; //!< bytes by client, before the span
    uint64_t m_droppedBefore{0};        //!< by the switch, before the span
    uint64_t m_markedBefore{0};         //!< likewise
};

/// What is no counted flow.
constexpr std::size_t NOT_COUNTED = SIZE_MAX;

// -- What it is told --

void
Load::DeclareOwn(Options& options)
{
    options.Section("Traffic", true);
    options.Add("clients", m_clients, "hosts beside the server", 1, 1000);
    options.Add("direction", m_direction, "who gets the data", {"download", "upload"});
    options.Add("load", m_load, "flows arrive at this load of the server's link", 1e-6, 100);
    options.Add("concurrent", m_concurrent, "so many flows at any time, in place of --load",
                1, 10000);
    options.Add("sizes", m_sizesName, "distribution of flow sizes: a name in sizes/, or a file");
    options.Add("largest", m_largest, "larger flows are taken as this large, bytes",
                1, UINT64_C(1000000000000));
    options.Add("writeSize", m_writeSize, "bytes a write", 1, UINT64_C(1) << 30);
    options.Section("Length", false);
    options.AddSwitch("slowdown", m_slowdown, "each counted flow runs once more, alone");
    DeclareLength(options, m_p);
    options.Section("Network", false);
    // chosen: a window of the default buffers, so that one flow alone never fills it
    options.Add("switchBuffer", m_switchBuffer, "of each port of the switch, bytes",
                1, UINT64_C(1) << 40);
    options.Add("switchMark",
                m_switchMark,
                "ECN: marked is what finds more than this in a port's queue, bytes",
                1,
                UINT64_C(1) << 40);
    options.AddSynonym("writeSize", "ns3::PatternSource::SendSize");
    for (const char* name : {"Remote", "MaxBytes", "Rate", "Flow"})
    {
        options.Reserve("sizes", std::string("ns3::PatternSource::") + name);
    }
    for (const char* pace : {"ReadDelay", "ReadPause", "ReadRate"})
    {
        options.Reserve("appRead", std::string("ns3::PatternSink::") + pace);
    }
    options.Reserve("sizes", "ns3::PatternSink::Flow");
    options.Reserve("clients", "ns3::PatternSink::Local");
}

void
Load::CheckOwn()
{
    if (m_options.IsGiven("load") && m_options.IsGiven("concurrent"))
    {
        Fail("--load and --concurrent both say how many flows there are: give one of them");
    }
    uint64_t frame = m_p.mtu + 2; // a PPP header before each packet
    if (m_switchBuffer < frame)
    {
        Fail("--switchBuffer=" + std::to_string(m_switchBuffer) + ": it has to hold a frame of " +
             std::to_string(frame) + " bytes at least");
    }
    if (m_options.IsGiven("switchMark") && m_switchMark >= m_switchBuffer)
    {
        Fail("--switchMark=" + std::to_string(m_switchMark) + ": a queue of --switchBuffer=" +
             std::to_string(m_switchBuffer) + " bytes never has more than that in it");
    }
    TypeId::AttributeInformation ecn;
    TypeId::LookupByName("ns3::TcpSocketBase").LookupAttributeByName("UseEcn", &ecn);
    if (m_options.IsGiven("switchMark") && ecn.initialValue->SerializeToString(ecn.checker) == "Off")
    {
        std::cerr << "note: --switchMark marks nothing: no sender is capable of ECN; "
                     "--ns3::TcpSocketBase::UseEcn=On"
                  << std::endl;
    }
    CheckWriteSize(m_p, m_writeSize);
    m_sizes.Read(m_sizesName, m_largest);
}

void
Load::DescribeOwn(Json& parameters) const
{
    parameters["clients"] = m_clients;
    parameters["direction"] = m_direction;
    parameters["load"] = IsClosedLoop() ? 0 : m_load;
    parameters["concurrent"] = m_concurrent;
    parameters["sizes"] = m_sizesName;
    parameters["largest"] = m_largest;
    parameters["writeSize"] = m_writeSize;
    parameters["switchBuffer"] = m_switchBuffer;
    parameters["switchMark"] = m_switchMark;
    parameters["slowdown"] = m_slowdown;
    parameters["duration"] = m_p.duration;
    parameters["warmup"] = m_p.warmup;
}

bool
Load::IsClosedLoop() const
{
    return m_concurrent > 0;
}

double
Load::GetArrivalRate() const
{
    return m_load * m_network->GetPayloadRate() / 8 / m_sizes.GetMean();
}

// -- Running --

void
Load::Build()
{
    Default("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(SEGMENT_LIFETIME));
    bool upload = m_direction == "upload";
    m_network->MakeStar(m_clients, m_switchBuffer, upload);
    if (m_switchMark > 0)
    {
        m_network->GetSwitch().MarkAbove(m_switchMark);
    }
    m_arrivals = std::make_unique<Arrivals>(m_sizes, m_clients);
    m_transfers = std::make_unique<Transfers>(*m_network, m_p, upload, m_writeSize);
    m_transfers->SetCallbacks([this](const Transfer& transfer) { FlowRead(transfer); },
                              [this](const Transfer&) { FlowEnded(); });
    m_transfers->Listen();
}

void
Load::Begin()
{
    CountSpan();
    if (!IsClosedLoop())
    {
        ScheduleArrival();
        return;
    }
    for (uint64_t i = 0; i < m_concurrent; i++)
    {
        // not all at once: over the first half of the warm-up
        Time at = Seconds(m_p.warmup / 2 * i / m_concurrent);
        Simulator::Schedule(at, [this] { Arrive(m_arrivals->Next(0)); });
    }
}

void
Load::ScheduleArrival()
{
    Arrival arrival = m_arrivals->Next(GetArrivalRate());
    Simulator::Schedule(arrival.gap, [this, arrival] {
        if (m_phase < Phase::EMPTYING)
        {
            Arrive(arrival);
            ScheduleArrival();
        }
    });
}

void
Load::Arrive(Arrival arrival)
{
    std::size_t counted = NOT_COUNTED;
    if (m_phase == Phase::COUNTING)
    {
        counted = m_counted.size();
        m_counted.push_back({Simulator::Now(), arrival.client, {arrival.bytes, 0}});
        m_digest.Add(Simulator::Now(), arrival);
        m_arrivedBytes += arrival.bytes;
    }
    m_level.Add(1);
    BeginFlow(arrival.client, arrival.bytes, counted);
}

void
Load::BeginFlow(uint64_t client, uint64_t bytes, std::size_t counted)
{
    if (!m_transfers->Begin(client, bytes, counted))
    {
        GiveUp("a sender has no port left: " + std::to_string(m_transfers->GetActive()) +
               " flows are under way");
    }
}

void
Load::FlowRead(const Transfer& transfer)
{
    double seconds = (Simulator::Now() - transfer.began).GetSeconds();
    if (m_phase == Phase::ALONE)
    {
        m_counted[transfer.slot].completion.idle = seconds;
        return;
    }
    m_level.Add(-1);
    if (IsClosedLoop() && m_phase < Phase::EMPTYING)
    {
        Simulator::ScheduleNow([this] { Arrive(m_arrivals->Next(0)); });
    }
    if (transfer.slot != NOT_COUNTED)
    {
        m_counted[transfer.slot].completion.seconds = seconds;
        m_completed++;
        if (m_phase == Phase::LOADED && m_completed == m_counted.size())
        {
            StopArrivals();
        }
    }
}

void
Load::Finish()
{
    m_phase = Phase::LOADED;
    m_spanEnd = Simulator::Now();
    if (m_completed == m_counted.size())
    {
        StopArrivals();
        return;
    }
    // In overload some flows would never end. Chosen: as long again as the counted span.
    Simulator::Schedule(Seconds(m_p.duration), &Load::StopArrivals, this);
}

void
Load::StopArrivals()
{
    if (m_phase != Phase::LOADED)
    {
        return; // before its time had come
    }
    m_phase = Phase::EMPTYING;
    m_stopped = Simulator::Now();
    m_completedLoaded = m_completed;
    if (m_transfers->GetActive() == 0)
    {
        ScheduleAlone();
    }
}

void
Load::FlowEnded()
{
    if (m_phase >= Phase::EMPTYING && m_transfers->GetActive() == 0)
    {
        ScheduleAlone();
    }
}

void
Load::ScheduleAlone()
{
    Time quiet = Simulator::Now() + Seconds(QUIET + 8 * m_p.delay);
    if (!m_slowdown || m_alone == m_counted.size())
    {
        Simulator::Schedule(quiet - Simulator::Now(), [this] { m_phase = Phase::FINISHED; });
        return;
    }
    m_phase = Phase::ALONE;
    std::size_t number = m_alone++;
    const Counted& flow = m_counted[number];
    int64_t ahead = (flow.arrived - quiet).GetNanoSeconds() % TIMESTAMP_NS;
    Time at = quiet + NanoSeconds((ahead + TIMESTAMP_NS) % TIMESTAMP_NS);
    Simulator::Schedule(at - Simulator::Now(),
                        &Load::BeginFlow,
                        this,
                        flow.client,
                        flow.completion.bytes,
                        number);
}

// -- What came of it --

void
Load::BeginCountingOwn()
{
    m_phase = Phase::COUNTING;
    m_level.Begin();
    m_readBefore = m_transfers->GetRead();
    m_droppedBefore = m_network->GetSwitch().GetDropped();
    m_markedBefore = m_network->GetSwitch().GetMarked();
    m_transfers->GetRtt().Begin();
}

void
Load::CountOwn(Json& record, double duration)
{
    uint64_t all = 0;
    record["flows"] = Json::array();
    for (std::size_t i = 0; i < m_clients; i++)
    {
        uint64_t bytes = m_transfers->GetRead()[i] - m_readBefore[i];
        all += bytes;
        record["flows"].push_back({{"goodput_bps", 8 * bytes / duration}, {"bytes", bytes}});
    }
    record["goodput_bps"] = 8 * all / duration;
    double offered = 8 * m_arrivedBytes / duration / m_network->GetPayloadRate();
    record["scenario"] = {
        {"flows", nullptr}, // these three when the last of them has ended
        {"completion", nullptr},
        {"slowdown", nullptr},
        {"offered_load", IsClosedLoop() ? Json(nullptr) : Json(offered)},
        {"concurrent", {{"mean", m_level.GetMean()}, {"peak", m_level.GetPeak()}}},
        {"rtt_us", m_transfers->GetRtt().End()},
        {"switch_marks", m_network->GetSwitch().GetMarked() - m_markedBefore},
        {"switch_drops", m_network->GetSwitch().GetDropped() - m_droppedBefore},
        {"arrivals",
         {{"count", m_counted.size()},
          {"bytes", m_arrivedBytes},
          {"expected_mean_bytes", m_sizes.GetMean()},
          {"digest", m_digest.Get()}}}};
}

void
Load::EndOwn(Json& record)
{
    std::vector<Completion> completions;
    for (const Counted& flow : m_counted)
    {
        completions.push_back(flow.completion);
    }
    record["scenario"]["flows"] = {{"arrived", m_counted.size()},
                                   {"completed", m_completed},
                                   {"completed_under_load", m_completedLoaded},
                                   {"load_went_on_s", (m_stopped - m_spanEnd).GetSeconds()}};
    record["scenario"]["completion"] = CompletionTimes(completions);
    if (m_slowdown)
    {
        record["scenario"]["slowdown"] = Slowdowns(completions);
    }
}

bool
Load::IsFinished() const
{
    return m_phase == Phase::FINISHED;
}

Time
Load::GetLastProgress() const
{
    return m_transfers->GetLastRead();
}

uint64_t
Load::GetRead() const
{
    const std::vector<uint64_t>& read = m_transfers->GetRead();
    return std::accumulate(read.begin(), read.end(), uint64_t(0));
}

std::string
Load::Shortfall() const
{
    return std::to_string(GetRead()) + " of " + std::to_string(m_transfers->GetBytes()) +
           " bytes read, " + std::to_string(m_transfers->GetActive()) + " flows under way";
}

uint64_t
Load::GetWrong() const
{
    return m_transfers->GetWrong();
}

} // namespace

int
main(int argc, char* argv[])
{
    return Load().Main(argc, argv);
}
