#ifndef FRAME_ARROWS_H
#define FRAME_ARROWS_H

#include "trace-event-file.h"

#include <map>
#include <string>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * The arrows of a timeline: one a frame, through the slices in which something was done for it. A
 * point is written when the next one is known, so that an arrow's last point is its end, wherever
 * the frame got lost.
 */
class FrameArrows
{
  public:
    /** Constructor. \param file where they are drawn; it outlives this */
    explicit FrameArrows(TraceEventFile& file);

    /**
     * A new frame.
     * \param name what its arrow is called
     * \param label what the frame is called
     * \return its number, never 0
     */
    uint64_t Add(const char* name, const std::string& label);
    /** \return what a frame is called */
    std::string GetLabel(uint64_t frame) const;

    /**
     * The arrow goes on.
     * \param frame whose
     * \param lane where
     * \param at when: in a slice there; without effect outside the window
     * \param stage what is done there; a second slice of the same is not another point
     */
    void Step(uint64_t frame, TraceEventFile::Lane lane, pc_time at, int stage);
    /** The arrow begins where another frame's is now. */
    void StepFrom(uint64_t frame, uint64_t cause);
    /** The frame's way is at its end. */
    void End(uint64_t frame);
    /** All ways are. */
    void EndAll();

    /** An arrow of its own between two slices. */
    void Draw(const char* name,
              TraceEventFile::Lane fromLane,
              pc_time from,
              TraceEventFile::Lane toLane,
              pc_time to);

  private:
    /** A point of an arrow. */
    struct Point
    {
        TraceEventFile::Lane lane; //!< where
        pc_time at;                //!< when
        int stage;                 //!< what is done there
    };

    /** A frame's arrow so far. */
    struct Arrow
    {
        const char* name;  //!< what it is called
        std::string label; //!< what the frame is called
        uint32_t points;   //!< so far
        Point last;        //!< of which the last, not written yet
    };

    /** Goes on to a point. */
    void GoTo(uint64_t frame, Arrow& arrow, const Point& point);

    TraceEventFile& m_file;            //!< where they are drawn
    uint64_t m_number{0};              //!< the last one given
    std::map<uint64_t, Arrow> m_arrows; //!< frames under way, the oldest first
};

} // namespace ns3

#endif
