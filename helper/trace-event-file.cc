#include "trace-event-file.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace ns3
{

namespace
{

/** \return picoseconds as microseconds, exactly */
std::string
Microseconds(pc_time ps)
{
    char text[40];
    std::snprintf(text,
                  sizeof(text),
                  "%" PRId64 ".%06" PRId64,
                  ps / (1000 * PC_PS_PER_NS),
                  ps % (1000 * PC_PS_PER_NS));
    return text;
}

} // namespace

std::string
JsonString(const std::string& text)
{
    std::string json = "\"";
    for (char c : text)
    {
        if (c == '"' || c == '\\')
        {
            json += '\\';
        }
        // no name of ours holds control characters, and a user's are not worth more than a blank
        json += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return json + "\"";
}

TraceEventFile::TraceEventFile(const std::string& file, pc_time from, pc_time to)
    : m_file(file),
      m_part(file + ".part"),
      m_stream(m_part),
      m_from(from),
      m_to(to)
{
    m_stream << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
}

TraceEventFile::~TraceEventFile()
{
    Discard();
}

void
TraceEventFile::Discard()
{
    if (!m_over)
    {
        m_over = true;
        m_to = m_from; // nothing more
        m_stream.close();
        std::remove(m_part.c_str());
    }
}

bool
TraceEventFile::IsBeforeEnd(pc_time at) const
{
    return at < m_to;
}

bool
TraceEventFile::IsInside(pc_time at) const
{
    return at >= m_from && at < m_to;
}

// -- Lines --

void
TraceEventFile::BeginEvent(char phase, uint32_t process, uint32_t thread)
{
    m_line = m_first ? "\n" : ",\n";
    m_first = false;
    m_line += "{\"ph\":\"";
    m_line += phase;
    m_line += "\",\"pid\":" + std::to_string(process);
    if (thread != 0)
    {
        m_line += ",\"tid\":" + std::to_string(thread);
    }
}

void
TraceEventFile::BeginEvent(char phase, Lane number)
{
    LaneState& lane = m_lanes[number];
    uint32_t thread = number + 1;
    if (!lane.named)
    {
        lane.named = true;
        std::string order = std::to_string(lane.order);
        Name("thread_name", lane.process, thread, "\"name\":" + JsonString(lane.name));
        Name("thread_sort_index", lane.process, thread, "\"sort_index\":" + order);
    }
    BeginEvent(phase, lane.process, thread);
}

void
TraceEventFile::AddName(const std::string& name)
{
    m_line += ",\"name\":" + JsonString(name);
}

void
TraceEventFile::AddTime(const char* key, pc_time ps)
{
    m_line += ",\"";
    m_line += key;
    m_line += "\":" + Microseconds(ps);
}

void
TraceEventFile::EndEvent()
{
    m_line += "}";
    m_stream << m_line;
}

void
TraceEventFile::Name(const char* what, uint32_t process, uint32_t thread, const std::string& args)
{
    BeginEvent('M', process, thread);
    AddName(what);
    m_line += ",\"args\":{" + args + "}";
    EndEvent();
}

// -- What there is --

uint32_t
TraceEventFile::AddProcess(const std::string& name)
{
    uint32_t process = ++m_processes;
    Name("process_name", process, 0, "\"name\":" + JsonString(name));
    Name("process_sort_index", process, 0, "\"sort_index\":" + std::to_string(process));
    return process;
}

TraceEventFile::Lane
TraceEventFile::AddLane(uint32_t process, const std::string& name, uint32_t order)
{
    m_lanes.push_back({process, name, order, false, {}});
    return m_lanes.size() - 1;
}

TraceEventFile::Curve
TraceEventFile::AddCurve(uint32_t process, const std::string& name)
{
    m_curves.push_back({process, name, 0, false});
    return m_curves.size() - 1;
}

// -- What happens --

void
TraceEventFile::Slice(Lane lane,
                      pc_time begin,
                      pc_time end,
                      const std::string& name,
                      const std::string& args)
{
    begin = std::max(begin, m_from);
    end = std::min(end, m_to);
    if (begin >= end)
    {
        return;
    }
    BeginEvent('X', lane);
    AddName(name);
    AddTime("ts", begin);
    AddTime("dur", end - begin);
    m_line += ",\"args\":{" + args + "}";
    EndEvent();
}

void
TraceEventFile::WriteBegin(Lane lane, Open& open)
{
    open.written = true;
    BeginEvent('B', lane);
    AddName(open.name);
    AddTime("ts", std::max(open.at, m_from));
    m_line += ",\"args\":{" + open.args + "}";
    EndEvent();
}

void
TraceEventFile::Begin(Lane lane, pc_time at, const std::string& name, const std::string& args)
{
    auto& open = m_lanes[lane].open;
    open.push_back({at, name, args, false});
    if (IsInside(at))
    {
        WriteBegin(lane, open.back());
    }
}

void
TraceEventFile::WriteEarlyBegins(Lane lane)
{
    for (Open& open : m_lanes[lane].open)
    {
        if (!open.written && open.at < m_from)
        {
            WriteBegin(lane, open);
        }
    }
}

void
TraceEventFile::End(Lane lane, pc_time at)
{
    auto& open = m_lanes[lane].open;
    if (open.empty())
    {
        return; // it began before anybody looked on
    }
    if (at > m_from)
    {
        WriteEarlyBegins(lane);
    }
    bool written = open.back().written;
    open.pop_back();
    if (written)
    {
        BeginEvent('E', lane);
        AddTime("ts", std::min(at, m_to));
        EndEvent();
    }
}

void
TraceEventFile::Instant(Lane lane, pc_time at, const std::string& name)
{
    if (IsInside(at))
    {
        BeginEvent('i', lane);
        AddName(name);
        AddTime("ts", at);
        m_line += ",\"s\":\"t\"";
        EndEvent();
    }
}

void
TraceEventFile::WriteValue(CurveState& curve, pc_time at)
{
    curve.written = true;
    BeginEvent('C', curve.process, 0);
    AddName(curve.name);
    AddTime("ts", at);
    m_line += ",\"args\":{\"value\":" + std::to_string(curve.value) + "}";
    EndEvent();
}

void
TraceEventFile::Change(Curve number, pc_time at, uint64_t value)
{
    CurveState& curve = m_curves[number];
    if (IsInside(at))
    {
        if (!curve.written)
        {
            WriteValue(curve, m_from); // what it was when the window opened
        }
        curve.value = value;
        WriteValue(curve, at);
    }
    else if (at < m_from)
    {
        curve.value = value;
    }
}

void
TraceEventFile::Arrow(char phase, uint64_t id, Lane lane, pc_time at, const char* name)
{
    BeginEvent(phase, lane);
    AddName(name);
    m_line += ",\"cat\":\"skbuff\",\"id\":" + std::to_string(id);
    AddTime("ts", at);
    if (phase == 'f')
    {
        m_line += ",\"bp\":\"e\"";
    }
    EndEvent();
}

bool
TraceEventFile::Finish(pc_time at)
{
    for (Lane lane = 0; lane < m_lanes.size(); lane++)
    {
        while (!m_lanes[lane].open.empty())
        {
            End(lane, at);
        }
    }
    for (CurveState& curve : m_curves)
    {
        if (!curve.written && curve.value != 0)
        {
            WriteValue(curve, m_from); // it has not changed since
        }
    }
    m_to = m_from; // nothing more
    m_stream << "\n]}\n";
    m_stream.close();
    m_over = !m_stream.fail() && std::rename(m_part.c_str(), m_file.c_str()) == 0;
    bool whole = m_over;
    Discard();
    return whole;
}

} // namespace ns3
