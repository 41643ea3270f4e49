#ifndef READ_PACE_H
#define READ_PACE_H

#include "ns3/data-rate.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <deque>
#include <utility>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * When a reader may read, and how much. Three things hold it back, each of them off where it is 0:
 *
 * - a delay: each byte is read that long after it has come, as from a delay line. No program can do
 *   that; it is the case with a closed form.
 * - a pause: the reader reads what is there, in one read or several, and then does nothing for that
 *   long.
 * - a rate: what follows the n-th byte is not read before 8 n / rate after the connection's begin.
 *
 * Bytes are counted from the stream's begin, those that have come in order; its end counts as one
 * more, as in TCP.
 */
class ReadPace
{
  public:
    /** A reader that nothing holds back. */
    ReadPace() = default;
    /** A reader that is held back by what is not 0. */
    ReadPace(Time delay, Time pause, DataRate rate);

    /** \return true if nothing holds the reader back */
    bool IsAtOnce() const;

    /** The connection stands. */
    void Begin();
    /** \p bytes have come so far. */
    void Arrived(uint64_t bytes);
    /** A read has returned. \param read bytes read so far */
    void Returned(uint64_t read);

    /**
     * \param read bytes read so far
     * \return when the next read may begin: now or later, Time::Max() if that depends on what comes
     */
    Time Due(uint64_t read);
    /**
     * A read begins, which is due.
     * \param read bytes read so far
     * \return the most that it may take, at least 1
     */
    uint32_t Most(uint64_t read);

  private:
    /** Sees what has come long enough ago. */
    void Ripen();

    Time m_delay;                                    //!< from a byte's coming to its read
    Time m_pause;                                    //!< after what was there has been read
    uint64_t m_rate{0};                              //!< bit/s
    std::deque<std::pair<Time, uint64_t>> m_arrived; //!< when what may be read, beside m_ripe
    uint64_t m_ripe{0};                              //!< bytes that the delay lets be read
    uint64_t m_roundEnd{0};                          //!< the next pause comes here
    Time m_resume;                                   //!< the last pause ends
    Time m_began;                                    //!< the connection's begin
};

} // namespace ns3

#endif
