#include "scenario.h"

#include "files.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/global-value.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <chrono>
#include <cmath>
#include <iostream>

using namespace ns3;

namespace scenario
{

namespace
{

/// Longest drain, simulated seconds: chosen, enough for eight time-outs in a row (1 s, doubled).
constexpr double LONGEST_DRAIN = 300;
/// How often the drain is looked at, simulated seconds: chosen, short beside any drain.
constexpr double DRAIN_STEP = 0.001;

} // namespace

Scenario::Scenario(const std::string& name, const std::string& purpose, Roles roles)
    : m_options(name, purpose),
      m_p(std::move(roles)),
      m_name(name)
{
}

int
Scenario::Main(int argc, char* argv[])
{
    DeclareOwn(m_options);
    Declare(m_options, m_p);
    m_options.Parse(argc, argv);
    m_machines = ReadProfiles(m_options, m_p);
    CompleteOwn();
    CheckTogether(m_options, m_p);
    CheckOwn();
    Run();
    if (!m_error.empty())
    {
        std::cerr << "error: " << m_error << std::endl;
        return 1;
    }
    std::string file = m_p.json.empty() ? "-" : m_p.json;
    if (!m_p.check && !WriteRecord(m_record, file))
    {
        Fail(file + ": cannot be written");
    }
    return 0;
}

void
Scenario::CompleteOwn()
{
}

void
Scenario::Configure()
{
    RngSeedManager::SetSeed(m_p.seed);
    Default("ns3::TcpSocket::SegmentSize", UintegerValue(m_p.mtu - m_p.TcpIpHeaders()));
    Default("ns3::TcpSocket::SndBufSize", UintegerValue(m_p.sndBuf));
    Default("ns3::TcpSocket::RcvBufSize", UintegerValue(m_p.rcvBuf));
    Default("ns3::PayloadCacheTcpSocket::ReadSize", UintegerValue(m_p.readSize));
    // a run ends with its connections
    Default("ns3::PayloadCacheTcpSocket::SendForgottenFin", BooleanValue(true));
    // addresses are ours alone: hosts need not look for others with the same first (RFC 4862)
    Default("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));
    if (m_p.data == "bytes")
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    }
}

void
Scenario::Default(const std::string& name, const AttributeValue& value)
{
    if (m_options.GetAttributes().count(name) == 0)
    {
        Config::SetDefault(name, value);
    }
}

void
Scenario::Run()
{
    auto began = std::chrono::steady_clock::now();
    m_record = BeginRecord(m_name);
    Configure();
    m_network = std::make_unique<Network>(m_options, m_p, m_machines);
    Build();
    m_record["parameters"] = Describe();
    // in the schema's order; filled in as the run goes on
    for (const char* key :
         {"duration_s", "wall_s", "events", "wire_frames", "wire_faults", "compared", "goodput_bps", "flows", "scenario"})
    {
        m_record[key] = nullptr;
    }
    if (!m_p.check)
    {
        BeginTimeline();
        Begin();
        Simulator::Run();
        EndTimeline();
        m_record["events"] = Simulator::GetEventCount();
        m_record["wire_frames"] = m_network->WireFrames();
        m_record["wire_faults"] = m_network->WireFaultCounts();
        std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
        m_record["wall_s"] = wall.count();
    }
    Simulator::Destroy();
}

Json
Scenario::Describe() const
{
    Json d = {{"path", m_p.path}, {"profile", m_p.profile}};
    for (std::size_t role = 0; role < 2; role++)
    {
        d[m_p.ProfileOption(role)] = m_p.ProfileOf(role);
    }
    d["linkRate"] = m_p.linkRate;
    d["delay"] = m_p.delay;
    d["mtu"] = m_p.mtu;
    d["vlan"] = m_p.vlan;
    d["family"] = m_p.family;
    DescribeOwn(d);
    d["readSize"] = m_p.readSize;
    d["sndBuf"] = m_p.sndBuf;
    d["rcvBuf"] = m_p.rcvBuf;
    d["lossRate"] = m_p.lossRate;
    d["duplicateRate"] = m_p.duplicateRate;
    d["reorderRate"] = m_p.reorderRate;
    d["corruptRate"] = m_p.corruptRate;
    d["seed"] = m_p.seed;
    d["data"] = m_p.data;
    for (const auto& [name, value] : m_options.GetAttributes())
    {
        d[name] = value;
    }
    m_network->Describe(d);
    return d;
}

// -- The timeline --

void
Scenario::BeginTimeline()
{
    if (m_p.timeline.empty())
    {
        return;
    }
    auto time = [](double seconds) { return NanoSeconds(std::llround(seconds * 1e9)); };
    m_timeline = std::make_unique<PayloadCacheTimeline>(
        LinkTarget(m_p.timeline),
        time(m_p.timelineFrom),
        m_p.timelineTo == 0 ? Time::Max() : time(m_p.timelineTo));
    for (const Host& host : m_network->GetHosts())
    {
        m_timeline->Install(host.card,
                            host.name + ", " + m_p.path + " on " + m_p.ProfileOf(host.role));
    }
}

void
Scenario::EndTimeline()
{
    if (m_timeline && !m_timeline->Finish())
    {
        Fail(m_p.timeline + ": cannot be written");
    }
    m_timeline = nullptr;
}

// -- Counting --

void
Scenario::CountSpan()
{
    Simulator::Schedule(Seconds(m_p.warmup), &Scenario::BeginCounting, this);
    Simulator::Schedule(Seconds(m_p.warmup + m_p.duration), &Scenario::EndSpan, this);
}

void
Scenario::BeginCounting()
{
    m_began = Simulator::Now();
    BeginCountingOwn();
    m_network->ResetStatistics();
}

void
Scenario::EndSpan()
{
    m_counted = Simulator::Now();
    Count(m_counted);
    Finish();
    Drain();
}

void
Scenario::Count(Time end)
{
    double duration = (end - m_began).GetSeconds();
    m_record["duration_s"] = duration;
    m_record["scenario"] = Json::object();
    CountOwn(m_record, duration);
    m_record["hosts"] = m_network->HostRecords();
}

// -- Draining --

void
Scenario::Drain()
{
    if (IsFinished() && m_network->GetHeld() == 0)
    {
        EndRun();
        return;
    }
    if (Simulator::Now() > Max(m_counted, GetLastProgress()) + Seconds(LONGEST_DRAIN))
    {
        GiveUp("the run has not drained within " + std::to_string(int(LONGEST_DRAIN)) +
               " simulated seconds: " + Shortfall() + ", " +
               std::to_string(m_network->GetHeld()) + " bytes of card RAM held");
        return;
    }
    Simulator::Schedule(Seconds(DRAIN_STEP), &Scenario::Drain, this);
}

void
Scenario::GiveUp(const std::string& why)
{
    m_error = why;
    Simulator::Stop();
}

void
Scenario::EndOwn(Json& /* record */)
{
}

void
Scenario::EndRun()
{
    if (m_record["duration_s"].is_null())
    {
        Count(GetLastProgress());
    }
    uint64_t wrong = GetWrong();
    if (m_p.data == "bytes")
    {
        m_record["compared"] = {{"bytes", GetRead()}, {"wrong", wrong}};
    }
    if (wrong > 0)
    {
        m_error = std::to_string(wrong) + " bytes were not what had been written";
    }
    m_network->AddHeldAtEnd(m_record["hosts"]);
    EndOwn(m_record);
    Simulator::Stop();
}

} // namespace scenario
