#include "read-pace.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

ReadPace::ReadPace(Time delay, Time pause, DataRate rate)
    : m_delay(delay),
      m_pause(pause),
      m_rate(rate.GetBitRate())
{
}

bool
ReadPace::IsAtOnce() const
{
    return m_delay.IsZero() && m_pause.IsZero() && m_rate == 0;
}

void
ReadPace::Begin()
{
    m_began = Simulator::Now();
}

void
ReadPace::Arrived(uint64_t bytes)
{
    m_arrived.emplace_back(Simulator::Now() + m_delay, bytes);
}

void
ReadPace::Ripen()
{
    while (!m_arrived.empty() && m_arrived.front().first <= Simulator::Now())
    {
        m_ripe = m_arrived.front().second;
        m_arrived.pop_front();
    }
}

void
ReadPace::Returned(uint64_t read)
{
    if (read >= m_roundEnd)
    {
        m_resume = Simulator::Now() + m_pause;
    }
}

Time
ReadPace::Due(uint64_t read)
{
    Ripen();
    Time due = Max(Simulator::Now(), m_resume);
    if (m_rate != 0)
    {
        due = Max(due, m_began + Seconds(8.0 * read / m_rate));
    }
    if (!m_delay.IsZero() && m_ripe <= read)
    {
        due = m_arrived.empty() ? Time::Max() : Max(due, m_arrived.front().first);
    }
    return due;
}

uint32_t
ReadPace::Most(uint64_t read)
{
    if (m_delay.IsZero() && m_pause.IsZero())
    {
        return UINT32_MAX;
    }
    Ripen();
    if (m_roundEnd <= read)
    {
        m_roundEnd = m_ripe;
    }
    uint64_t end = m_pause.IsZero() ? m_ripe : m_roundEnd;
    return std::clamp<uint64_t>(end > read ? end - read : 0, 1, UINT32_MAX);
}

} // namespace ns3
