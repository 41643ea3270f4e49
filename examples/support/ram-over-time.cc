#include "ram-over-time.h"

#include "ns3/simulator.h"

#include <algorithm>

using namespace ns3;

namespace scenario
{

namespace
{

/// The first length of a span: chosen, shorter than any frame takes.
const Time FIRST_SPAN = NanoSeconds(100);

} // namespace

RamOverTime::RamOverTime(Ptr<PayloadCacheNetDevice> card)
    : m_card(card)
{
    for (const char* trace : {"CardRamAlloc", "CardRamRelease"})
    {
        card->TraceConnectWithoutContext(trace, MakeCallback(&RamOverTime::Changed, this));
    }
}

void
RamOverTime::Begin()
{
    m_running = true;
    m_began = Simulator::Now();
    m_span = FIRST_SPAN;
    for (pc_ram_side side : {PC_RAM_TX, PC_RAM_RX})
    {
        m_sides[side] = {m_card->GetRamStatistics(side).held, m_began, {}};
    }
}

void
RamOverTime::Changed(bool transmit, uint64_t /* bytes */, uint64_t held)
{
    Side& side = m_sides[transmit ? PC_RAM_TX : PC_RAM_RX];
    if (m_running)
    {
        Advance(side);
    }
    side.held = held;
}

void
RamOverTime::Advance(Side& side)
{
    Time now = Simulator::Now();
    while (now - m_began >= SPANS * m_span)
    {
        Merge();
    }
    while (side.since < now)
    {
        std::size_t span = (side.since - m_began).GetTimeStep() / m_span.GetTimeStep();
        Time end = std::min(now, m_began + (span + 1) * m_span);
        side.byteSeconds.resize(std::max(side.byteSeconds.size(), span + 1));
        side.byteSeconds[span] += side.held * (end - side.since).GetSeconds();
        side.since = end;
    }
}

void
RamOverTime::Merge()
{
    m_span = 2 * m_span;
    for (Side& side : m_sides)
    {
        auto& spans = side.byteSeconds;
        spans.resize(spans.size() + spans.size() % 2);
        for (std::size_t i = 0; i < spans.size() / 2; i++)
        {
            spans[i] = spans[2 * i] + spans[2 * i + 1];
        }
        spans.resize(spans.size() / 2);
    }
}

void
RamOverTime::End(Json& cardRam)
{
    const std::pair<pc_ram_side, const char*> names[] = {{PC_RAM_TX, "tx"}, {PC_RAM_RX, "rx"}};
    for (const auto& [which, name] : names)
    {
        Side& side = m_sides[which];
        Advance(side);
        Json means = Json::array();
        for (std::size_t i = 0; i < side.byteSeconds.size(); i++)
        {
            Time began = m_began + i * m_span;
            Time length = std::min(m_span, side.since - began);
            means.push_back(side.byteSeconds[i] / length.GetSeconds());
        }
        cardRam[name]["over_time"] = {{"interval_s", m_span.GetSeconds()}, {"mean_bytes", means}};
    }
    m_running = false;
}

} // namespace scenario
