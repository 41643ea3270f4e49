#include "frame-arrows.h"

namespace ns3
{

namespace
{

/// Most frames under way: chosen, more than the windows of any connection that is modelled hold.
/// Frames that a wire has lost stay until that many have followed.
constexpr std::size_t MOST_FRAMES = 65536;

} // namespace

FrameArrows::FrameArrows(TraceEventFile& file)
    : m_file(file)
{
}

uint64_t
FrameArrows::Add(const char* name, const std::string& label)
{
    if (m_arrows.size() == MOST_FRAMES)
    {
        End(m_arrows.begin()->first);
    }
    m_arrows[++m_number] = Arrow{name, label, 0, Point{}};
    return m_number;
}

std::string
FrameArrows::GetLabel(uint64_t frame) const
{
    auto arrow = m_arrows.find(frame);
    return arrow == m_arrows.end() ? "frame" : arrow->second.label;
}

void
FrameArrows::GoTo(uint64_t frame, Arrow& arrow, const Point& point)
{
    if (arrow.points > 0)
    {
        const Point& last = arrow.last;
        m_file.Arrow(arrow.points == 1 ? 's' : 't', frame, last.lane, last.at, arrow.name);
    }
    arrow.last = point;
    arrow.points++;
}

void
FrameArrows::Step(uint64_t frame, TraceEventFile::Lane lane, pc_time at, int stage)
{
    auto found = m_arrows.find(frame);
    if (found == m_arrows.end() || !m_file.IsInside(at))
    {
        return;
    }
    Arrow& arrow = found->second;
    bool again = arrow.points > 0 && arrow.last.lane == lane && arrow.last.stage == stage;
    if (!again)
    {
        GoTo(frame, arrow, {lane, at, stage});
    }
}

void
FrameArrows::StepFrom(uint64_t frame, uint64_t cause)
{
    auto found = m_arrows.find(cause);
    if (found != m_arrows.end() && found->second.points > 0)
    {
        GoTo(frame, m_arrows.at(frame), found->second.last);
    }
}

void
FrameArrows::End(uint64_t frame)
{
    auto found = m_arrows.find(frame);
    if (found == m_arrows.end())
    {
        return;
    }
    const Arrow& arrow = found->second;
    if (arrow.points > 1)
    {
        m_file.Arrow('f', frame, arrow.last.lane, arrow.last.at, arrow.name);
    }
    m_arrows.erase(found);
}

void
FrameArrows::EndAll()
{
    while (!m_arrows.empty())
    {
        End(m_arrows.begin()->first);
    }
}

void
FrameArrows::Draw(const char* name,
                  TraceEventFile::Lane fromLane,
                  pc_time from,
                  TraceEventFile::Lane toLane,
                  pc_time to)
{
    if (m_file.IsInside(from) && m_file.IsInside(to))
    {
        uint64_t id = ++m_number;
        m_file.Arrow('s', id, fromLane, from, name);
        m_file.Arrow('f', id, toLane, to, name);
    }
}

} // namespace ns3
