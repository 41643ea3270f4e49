#ifndef RING_QUEUE_H
#define RING_QUEUE_H

#include <cstddef>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 * A queue in a ring that grows: what std::deque does, without the half kilobyte that each of those
 * holds while it is empty. A host has thousands of sockets, and a socket several queues.
 */
template <typename T>
class RingQueue
{
  public:
    /** \return true if nothing is in it */
    bool empty() const
    {
        return m_size == 0;
    }

    /** \return how many are in it */
    std::size_t size() const
    {
        return m_size;
    }

    /** \return the one at a place, counted from the front */
    T& operator[](std::size_t place)
    {
        return m_ring[(m_front + place) & (m_ring.size() - 1)];
    }

    /** \copydoc operator[]() */
    const T& operator[](std::size_t place) const
    {
        return m_ring[(m_front + place) & (m_ring.size() - 1)];
    }

    /** \return the first */
    T& front()
    {
        return (*this)[0];
    }

    /** \return the last */
    T& back()
    {
        return (*this)[m_size - 1];
    }

    /** Adds one behind the last. */
    void push_back(T value)
    {
        if (m_size == m_ring.size())
        {
            Grow();
        }
        m_size++;
        back() = std::move(value);
    }

    /** Removes the first. */
    void pop_front()
    {
        front() = T();
        m_front = (m_front + 1) & (m_ring.size() - 1);
        m_size--;
    }

    /** Removes the last. */
    void pop_back()
    {
        back() = T();
        m_size--;
    }

    /** Removes all. */
    void clear()
    {
        *this = RingQueue();
    }

  private:
    /** Makes room for twice as many, a power of 2. */
    void Grow()
    {
        std::vector<T> larger(m_ring.empty() ? 4 : 2 * m_ring.size());
        for (std::size_t place = 0; place < m_size; place++)
        {
            larger[place] = std::move((*this)[place]);
        }
        m_ring = std::move(larger);
        m_front = 0;
    }

    std::vector<T> m_ring;  //!< as many as there is room for
    std::size_t m_front{0}; //!< where the first is
    std::size_t m_size{0};  //!< how many there are
};

} // namespace ns3

#endif
