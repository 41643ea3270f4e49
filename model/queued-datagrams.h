#ifndef QUEUED_DATAGRAMS_H
#define QUEUED_DATAGRAMS_H

#include "segment-tag.h"

#include "ns3/packet.h"

#include <cstdint>
#include <deque>
#include <optional>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Frames of datagrams in the wire's queue, in order, among others that are not noted.
 */
class QueuedDatagrams
{
  public:
    /** One of them. */
    struct Frame
    {
        const Packet* packet; //!< the frame
        SegmentTag tag;       //!< the datagram
        uint32_t bytes;       //!< what it carries of it
    };

    /** A frame goes behind all others. */
    void Add(const Frame& frame)
    {
        m_frames.push_back(frame);
    }

    /** Takes the last one out, if it is this. \return if so */
    bool TakeLast(const Packet* packet)
    {
        if (m_frames.empty() || m_frames.back().packet != packet)
        {
            return false;
        }
        m_frames.pop_back();
        return true;
    }

    /** Takes the first one out, if it is this. \return it; nothing if it is another */
    std::optional<Frame> TakeFirst(const Packet* packet)
    {
        if (m_frames.empty() || m_frames.front().packet != packet)
        {
            return std::nullopt;
        }
        Frame first = m_frames.front();
        m_frames.pop_front();
        return first;
    }

    /** Forgets all of them. */
    void Clear()
    {
        m_frames.clear();
    }

  private:
    std::deque<Frame> m_frames; //!< in order
};

} // namespace ns3

#endif
