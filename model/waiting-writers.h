#ifndef WAITING_WRITERS_H
#define WAITING_WRITERS_H

#include <cstddef>
#include <deque>
#include <functional>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Writers that wait for transmit RAM, in order.
 */
class WaitingWriters
{
  public:
    /** Goes on with a writer. \return false if it still finds too little room */
    using Retry = std::function<bool()>;

    /** A writer waits behind all others. */
    void Add(Retry retry);
    /** \return true if none waits */
    bool IsEmpty() const;
    /**
     * There may be more room: who finds enough goes on.
     * \param overtake one that finds too little does not hold up those behind it
     */
    void Serve(bool overtake);
    /** Forgets all of them. */
    void Clear();

  private:
    std::deque<Retry> m_writers; //!< in order
    bool m_serving{false};       //!< inside Serve()
};

} // namespace ns3

#endif
