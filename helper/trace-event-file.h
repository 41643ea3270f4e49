#ifndef TRACE_EVENT_FILE_H
#define TRACE_EVENT_FILE_H

#include "pc-core.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Writes Chrome's trace-event JSON, which Perfetto and chrome://tracing open: one event a line, as
 * it comes, so nothing but what is open is kept in memory. (Format: "Trace Event Format", Google.)
 *
 * Times are picoseconds, and become microseconds with six decimals: exactly. What lies outside the
 * window is left out, what reaches into it is cut at its edges. The file is written beside its name
 * and gets it in Finish(): it is whole or not there.
 */
class TraceEventFile
{
  public:
    /** A row of slices of a process. */
    using Lane = uint32_t;
    /** A curve of a process. */
    using Curve = uint32_t;

    /**
     * Opens the file.
     * \param file its name; `file`.part until it is whole
     * \param from nothing before that is written, ps
     * \param to nothing from then on is written, ps; PC_NEVER for no end
     */
    TraceEventFile(const std::string& file, pc_time from, pc_time to);
    ~TraceEventFile();
    TraceEventFile(const TraceEventFile&) = delete;
    TraceEventFile& operator=(const TraceEventFile&) = delete;

    /** \return true if what is before it would still be written */
    bool IsBeforeEnd(pc_time at) const;
    /** \return true if it lies in the window */
    bool IsInside(pc_time at) const;

    /** Adds a process: a group of lanes. \return its number */
    uint32_t AddProcess(const std::string& name);
    /**
     * Adds a lane. It is in the file as soon as something is on it.
     * \param process whose
     * \param name its name
     * \param order lanes of a process are shown by it
     */
    Lane AddLane(uint32_t process, const std::string& name, uint32_t order);
    /** Adds a curve, a counter in the format's words. */
    Curve AddCurve(uint32_t process, const std::string& name);

    /**
     * A slice whose end is known.
     * \param lane where
     * \param begin since when
     * \param end until when
     * \param name what
     * \param args the members of a JSON object, without braces
     */
    void Slice(Lane lane,
               pc_time begin,
               pc_time end,
               const std::string& name,
               const std::string& args);
    /** A slice begins; those of a lane may lie in each other. Slice() says what is what. */
    void Begin(Lane lane, pc_time at, const std::string& name, const std::string& args);
    /** The slice that began last ends. */
    void End(Lane lane, pc_time at);
    /** Something without duration. */
    void Instant(Lane lane, pc_time at, const std::string& name);
    /** A curve changes. */
    void Change(Curve curve, pc_time at, uint64_t value);
    /**
     * A point of an arrow; it lies in a slice.
     * \param phase 's' for its begin, 't' on its way, 'f' for its end
     * \param id which arrow
     * \param lane where
     * \param at when
     * \param name what the arrow is
     */
    void Arrow(char phase, uint64_t id, Lane lane, pc_time at, const char* name);

    /** Gives the file up: nothing is left. */
    void Discard();
    /**
     * Ends what is open at \p at, and gives the file its name.
     * \return false if it could not be written; nothing is left then
     */
    bool Finish(pc_time at);

  private:
    /** A slice that has begun. */
    struct Open
    {
        pc_time at;       //!< when
        std::string name; //!< what
        std::string args; //!< its arguments
        bool written;     //!< its begin stands in the file
    };

    /** A lane's place, and what is open on it. */
    struct LaneState
    {
        uint32_t process;       //!< whose
        std::string name;       //!< its name
        uint32_t order;         //!< its place among its process's
        bool named;             //!< its name stands in the file
        std::vector<Open> open; //!< the innermost one last
    };

    /** A curve's name, and its last value. */
    struct CurveState
    {
        uint32_t process; //!< whose
        std::string name; //!< its name
        uint64_t value;   //!< the last one
        bool written;     //!< it stands in the file
    };

    /** Begins a line: an event of a phase. \param thread 0 for one of the process itself */
    void BeginEvent(char phase, uint32_t process, uint32_t thread);
    /** Begins the line of an event on a lane; names the lane before its first. */
    void BeginEvent(char phase, Lane lane);
    /** Adds its name. */
    void AddName(const std::string& name);
    /** Adds a member that is a time. */
    void AddTime(const char* key, pc_time ps);
    /** Ends the line. */
    void EndEvent();
    /** Writes a metadata event. */
    void Name(const char* what, uint32_t process, uint32_t thread, const std::string& args);
    /** Writes the begin of an open slice. */
    void WriteBegin(Lane lane, Open& open);
    /** Writes the begins of slices that began before the window, the outermost first. */
    void WriteEarlyBegins(Lane lane);
    /** Writes a curve's value. */
    void WriteValue(CurveState& curve, pc_time at);

    std::string m_file;               //!< its name at last
    std::string m_part;               //!< its name until then
    std::ofstream m_stream;           //!< the file
    std::string m_line;               //!< the event that is being written
    bool m_first{true};               //!< no event has been written
    bool m_over{false};               //!< it has its name, or was given up
    pc_time m_from;                   //!< window
    pc_time m_to;                     //!< window
    uint32_t m_processes{0};          //!< so far
    std::vector<LaneState> m_lanes;   //!< by number; threads count from 1
    std::vector<CurveState> m_curves; //!< by number
};

/** \return a text as a JSON string */
std::string JsonString(const std::string& text);

} // namespace ns3

#endif
