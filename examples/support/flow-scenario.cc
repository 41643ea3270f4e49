#include "flow-scenario.h"

#include <string>

using namespace ns3;

namespace scenario
{

FlowScenario::FlowScenario(const std::string& name, const std::string& purpose)
    : Scenario(name, purpose, {"sender", "receiver"})
{
}

void
FlowScenario::CheckOwn()
{
    CheckWriteSize(m_p, m_flow.writeSize);
    double length = m_p.warmup + m_p.duration;
    double handshake = 2 * 2 * m_p.delay; // one round trip and a half, and the first data
    if (m_flow.bytes == 0 && length <= handshake)
    {
        Fail("--warmup and --duration are " + std::to_string(length) +
             " s together: with --delay they have to be more than " + std::to_string(handshake) +
             " s, two round trips, for connections to stand");
    }
}

void
FlowScenario::Build()
{
    m_network->MakePair();
    m_flows.Make(*m_network, m_p, m_flow);
}

void
FlowScenario::Begin()
{
    CountSpan();
}

void
FlowScenario::BeginCountingOwn()
{
    m_flows.BeginCounting();
}

void
FlowScenario::CountOwn(Json& record, double duration)
{
    m_flows.Count(record, duration);
}

void
FlowScenario::Finish()
{
    m_flows.Finish();
}

bool
FlowScenario::IsFinished() const
{
    return m_flows.IsFinished();
}

Time
FlowScenario::GetLastProgress() const
{
    return m_flows.GetLastRead();
}

std::string
FlowScenario::Shortfall() const
{
    return m_flows.Shortfall();
}

uint64_t
FlowScenario::GetRead() const
{
    return m_flows.GetRead();
}

uint64_t
FlowScenario::GetWrong() const
{
    return m_flows.GetWrong();
}

} // namespace scenario
