#ifndef RX_CLAIMS_H
#define RX_CLAIMS_H

#include "payload-socket.h"

#include <map>
#include <memory>

namespace ns3
{

/**
 * \ingroup payload-cache
 * Where the bytes of a socket's stream lie that it has received and its application has not read:
 * the same ranges that ns-3's TcpRxBuffer keeps, in order or not.
 */
class RxClaims
{
  public:
    /** A run of received bytes. */
    struct Run
    {
        uint32_t length{0};                       //!< bytes
        std::shared_ptr<ReceivedPayload> payload; //!< null: all of it in host memory
        uint32_t position{0};                     //!< where in the payload it begins

        /** \return how many of its first \p bytes lie in host memory */
        uint32_t HostBytes(uint32_t bytes) const;
    };

    /**
     * Keeps a segment, as TCP's receive buffer does: what lies at its ends already stays, and what
     * lies wholly inside it gives way to it.
     * \param offset stream offset of its first byte; negative if it begins before the stream
     * \param length its payload bytes
     * \param next stream offset of the next byte expected in order
     * \param maxBuffer the receive buffer's size
     * \param payload where it lies, null for host memory
     */
    void Add(int64_t offset,
             uint32_t length,
             uint64_t next,
             uint32_t maxBuffer,
             const std::shared_ptr<ReceivedPayload>& payload);

    /** Calls \p visit with each run, and how many of its bytes are among the first \p bytes. */
    template <typename Visit>
    void ForFirst(uint32_t bytes, Visit visit) const;

    /** Forgets the first \p bytes, and gives their card RAM back. */
    void Pop(uint32_t bytes);

    /** Forgets all but the first \p bytes. */
    void KeepFirst(uint64_t bytes);

    /** \return bytes kept */
    uint64_t Size() const;

  private:
    /// By stream offset.
    using Runs = std::map<uint64_t, Run>;

    /** Keeps [from, to) of a segment that began at \p offset. \param inOrder nothing before it lacks */
    void Insert(uint64_t from,
                uint64_t to,
                int64_t offset,
                bool inOrder,
                const std::shared_ptr<ReceivedPayload>& payload);

    Runs m_runs;        //!< what is kept
    uint64_t m_size{0}; //!< bytes kept
};

template <typename Visit>
void
RxClaims::ForFirst(uint32_t bytes, Visit visit) const
{
    for (auto run = m_runs.begin(); run != m_runs.end() && bytes > 0; ++run)
    {
        uint32_t part = std::min(bytes, run->second.length);
        visit(run->second, part);
        bytes -= part;
    }
}

} // namespace ns3

#endif
