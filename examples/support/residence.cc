#include "residence.h"

#include "ns3/simulator.h"

#include <algorithm>

using namespace ns3;

namespace scenario
{

Residence::Residence(Ptr<PayloadCacheNetDevice> card, Counts counts)
    : m_counts(std::move(counts))
{
    card->TraceConnectWithoutContext("ReceivedStored", MakeCallback(&Residence::Stored, this));
    card->TraceConnectWithoutContext("ReceivedReleased", MakeCallback(&Residence::Released, this));
}

void
Residence::Begin()
{
    m_began = Simulator::Now();
    m_since = m_began;
    m_peak = m_held;
    m_byteSeconds = 0;
    m_stored = 0;
    m_released = 0;
    m_residence = 0;
    m_longest = Time(0);
}

void
Residence::Stored(const FlowKey& flow, uint64_t bytes)
{
    if (m_counts(flow))
    {
        Advance();
        m_held += bytes;
        m_peak = std::max(m_peak, m_held);
        m_stored += bytes;
    }
}

void
Residence::Released(const FlowKey& flow, uint64_t bytes, Time residence)
{
    if (m_counts(flow))
    {
        Advance();
        m_held -= bytes;
        m_released += bytes;
        m_residence += bytes * residence.GetSeconds();
        m_longest = Max(m_longest, residence);
    }
}

void
Residence::Advance()
{
    m_byteSeconds += m_held * (Simulator::Now() - m_since).GetSeconds();
    m_since = Simulator::Now();
}

Json
Residence::Held()
{
    Advance();
    double seconds = (m_since - m_began).GetSeconds();
    return {{"mean", seconds > 0 ? m_byteSeconds / seconds : 0}, {"peak", m_peak}};
}

Json
Residence::Times() const
{
    if (m_released == 0)
    {
        return {{"mean", nullptr}, {"max", nullptr}};
    }
    return {{"mean", 1e6 * m_residence / m_released}, {"max", 1e6 * m_longest.GetSeconds()}};
}

uint64_t
Residence::GetStored() const
{
    return m_stored;
}

} // namespace scenario
