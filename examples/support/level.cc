#include "level.h"

#include "ns3/simulator.h"

#include <algorithm>

using namespace ns3;

namespace scenario
{

void
Level::Add(int64_t change)
{
    m_sum = Sum();
    m_since = Simulator::Now();
    m_now += change;
    m_peak = std::max(m_peak, m_now);
}

void
Level::Begin()
{
    m_sum = 0;
    m_peak = m_now;
    m_began = m_since = Simulator::Now();
}

double
Level::Sum() const
{
    return m_sum + m_now * (Simulator::Now() - m_since).GetSeconds();
}

double
Level::GetMean() const
{
    double seconds = (Simulator::Now() - m_began).GetSeconds();
    return seconds > 0 ? Sum() / seconds : m_now;
}

int64_t
Level::GetPeak() const
{
    return m_peak;
}

} // namespace scenario
