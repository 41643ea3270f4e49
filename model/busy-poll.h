#ifndef BUSY_POLL_H
#define BUSY_POLL_H

#include "host-observer.h"
#include "pc-core.h"

#include "ns3/ptr.h"

#include <cstdint>

struct pc_cpu_job;

namespace ns3
{

class PayloadCacheNetDevice;
class ProcessSocket;

/**
 * \ingroup payload-cache
 * Busy polling (Linux: SO_BUSY_POLL): a read that finds nothing does not sleep at once. Its process
 * keeps the core for HostModel's BusyPoll, charged to `spin`, and polls its connection's queue of
 * the card, whose interrupts are masked meanwhile: a frame that comes is taken in the process's own
 * time, without interrupt, wake-up and switches. Other processes of the core wait until it gives up.
 */
class BusyPoll
{
  public:
    /**
     * Constructor.
     * \param socket the socket whose reads poll
     */
    explicit BusyPoll(ProcessSocket& socket);

    /** A read has found nothing. \return false if it has to sleep */
    bool Begin();
    /** The process reads. */
    void End();
    /** The card hands frames over: the process takes them, and does not hold its core any more. */
    void RoundBegins();
    /** All frames are taken: it polls on, if it has found nothing. */
    void RoundEnds();

  private:
    /** The process holds its core. */
    void Hold();
    /** It does not hold it any more. */
    void Release();
    /** The time is over: the process sleeps. */
    void TimeOut(uint64_t number);

    ProcessSocket& m_socket;   //!< the socket
    Ptr<PayloadCacheNetDevice> m_card; //!< the card that is polled; null: none is
    unsigned m_queue{0};               //!< ... its queue
    pc_cpu_job* m_hold{nullptr};       //!< the core that is held
    pc_time m_until{0};                //!< when it gives up, ps
    uint64_t m_number{0};              //!< of polls so far: an old time-out means nothing
};

} // namespace ns3

#endif
