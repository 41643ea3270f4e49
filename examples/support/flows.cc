#include "flows.h"

#include "addresses.h"

#include "ns3/boolean.h"
#include "ns3/data-rate.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace scenario
{

namespace
{

constexpr uint16_t FIRST_PORT = 5001; // chosen: iperf's

} // namespace

void
Flows::Declare(Options& options, FlowParameters& f)
{
    options.Section("Traffic", true);
    options.Add("flows", f.flows, "connections at the same time", 1, 10000);
    options.Add("writeSize", f.writeSize, "bytes a write", 1, UINT64_C(1) << 30);
    options.AddRate("appRate", f.appRate, "rate of each flow's writer; 0: as write allows", 0);
    options.AddSynonym("writeSize", "ns3::PatternSource::SendSize");
    options.AddSynonym("bytes", "ns3::PatternSource::MaxBytes");
    options.AddSynonym("appRate", "ns3::PatternSource::Rate");
    for (const char* application : {"ns3::PatternSource::", "ns3::PatternSink::"})
    {
        options.Reserve("flows", std::string(application) + "Flow");
    }
    options.Reserve("flows", "ns3::PatternSource::Remote");
    options.Reserve("flows", "ns3::PatternSink::Local");
}

void
Flows::Describe(Json& record, const FlowParameters& f)
{
    record["flows"] = f.flows;
    record["bytes"] = f.bytes;
    record["writeSize"] = f.writeSize;
    record["appRate"] = f.appRate;
}

void
Flows::Make(Network& network, const Parameters& p, const FlowParameters& f)
{
    const Host& from = network.GetHosts()[0];
    const Host& to = network.GetHosts()[1];
    for (uint64_t i = 0; i < f.flows; i++)
    {
        uint16_t port = FIRST_PORT + i;
        auto sink = CreateObject<PatternSink>();
        auto source = CreateObject<PatternSource>();
        sink->SetAttribute("Local", AddressValue(AtAny(to.address, port)));
        source->SetAttribute("Remote", AddressValue(At(to.address, port)));
        source->SetAttribute("SendSize", UintegerValue(f.writeSize));
        source->SetAttribute("MaxBytes", UintegerValue(f.bytes));
        source->SetAttribute("Rate", DataRateValue(DataRate(f.appRate)));
        for (Ptr<Application> app : {Ptr<Application>(sink), Ptr<Application>(source)})
        {
            app->SetAttribute("Protocol", TypeIdValue(network.GetSocketFactory()));
            app->SetAttribute("Flow", UintegerValue(i));
            app->SetAttribute("Pattern", BooleanValue(p.data == "bytes"));
        }
        to.node->AddApplication(sink);
        from.node->AddApplication(source);
        m_sinks.push_back(sink);
        m_sources.push_back(source);
    }
}

const std::vector<Ptr<PatternSource>>&
Flows::GetSources() const
{
    return m_sources;
}

const std::vector<Ptr<PatternSink>>&
Flows::GetSinks() const
{
    return m_sinks;
}

std::size_t
Flows::FlowOf(uint16_t port)
{
    return port - FIRST_PORT;
}

void
Flows::BeginCounting()
{
    for (const auto& sink : m_sinks)
    {
        m_readBefore.push_back(sink->GetRead());
    }
}

void
Flows::Count(Json& record, double duration) const
{
    uint64_t all = 0;
    record["flows"] = Json::array();
    for (std::size_t i = 0; i < m_sinks.size(); i++)
    {
        uint64_t bytes = m_sinks[i]->GetRead() - m_readBefore[i];
        all += bytes;
        record["flows"].push_back({{"goodput_bps", 8 * bytes / duration}, {"bytes", bytes}});
    }
    record["goodput_bps"] = 8 * all / duration;
}

void
Flows::Finish()
{
    for (const auto& source : m_sources)
    {
        source->Finish();
    }
}

bool
Flows::IsFinished() const
{
    for (std::size_t i = 0; i < m_sinks.size(); i++)
    {
        if (!m_sources[i]->IsClosed() || !m_sinks[i]->IsClosed() ||
            m_sinks[i]->GetRead() != m_sources[i]->GetWritten())
        {
            return false;
        }
    }
    return true;
}

Time
Flows::GetLastRead() const
{
    Time last;
    for (const auto& sink : m_sinks)
    {
        last = Max(last, sink->GetLastRead());
    }
    return last;
}

std::string
Flows::Shortfall() const
{
    uint64_t written = 0;
    uint64_t read = 0;
    for (std::size_t i = 0; i < m_sinks.size(); i++)
    {
        written += m_sources[i]->GetWritten();
        read += m_sinks[i]->GetRead();
    }
    return std::to_string(read) + " of " + std::to_string(written) + " bytes read";
}

uint64_t
Flows::GetRead() const
{
    uint64_t read = 0;
    for (const auto& sink : m_sinks)
    {
        read += sink->GetRead();
    }
    return read;
}

uint64_t
Flows::GetWrong() const
{
    uint64_t wrong = 0;
    for (const auto& sink : m_sinks)
    {
        wrong += sink->GetWrong();
    }
    return wrong;
}

} // namespace scenario
