#ifndef BLOCKING_CALL_H
#define BLOCKING_CALL_H

#include "continuation.h"
#include "host-observer.h"
#include "pc-cost-model.h"

#include "ns3/ptr.h"

#include <cstdint>

struct pc_cpu_job;

namespace ns3
{

class PayloadCacheNetDevice;
class ProcessSocket;

/**
 * \ingroup payload-cache
 *
 * What `write` and `read` have in common: a process that takes one step after the other, each of
 * which may cost CPU time, and that sleeps or spins while a DMA runs.
 *
 * Every step ends in Continue(), at once or later, which takes the next one. Steps that take no
 * time follow each other in a loop, not in a recursion.
 */
class BlockingCall
{
  public:
    /**
     * Constructor.
     * \param socket the socket that it belongs to
     */
    explicit BlockingCall(ProcessSocket& socket);
    virtual ~BlockingCall() = default;

  protected:
    /** \return the bytes that the call is about, for those who look on */
    virtual Subject About() const = 0;

    /** Takes one step; it ends in Continue(), or the call is at its end. */
    virtual void Step() = 0;

    /** Takes steps until one has to wait. */
    void Continue();

    /** Runs work in process class, and continues. */
    void Work(const pc_work& work);

    /**
     * Wakes the process up, from where its connection's interrupts are taken. A process on another
     * core is told by an interrupt of its own.
     * \param wake the waker's work
     * \param own it ends a wait that only the payload cache has
     * \param done called when the process is runnable
     */
    void RunWakeUp(const pc_work& wake, bool own, Continuation done);

    /** Adds the two switches of a process that slept. */
    void AddSleep(pc_work& work) const;

    /**
     * Waits until EndDmaWait(), asleep or spinning, whichever the path and the driver say, and
     * continues.
     * \param card the card whose DMA it is
     * \param toHost the direction
     * \param bytes bytes under way
     */
    void WaitForDma(Ptr<PayloadCacheNetDevice> card, bool toHost, uint32_t bytes);

    /** The last DMA of the call is done. */
    void EndDmaWait();

    ProcessSocket& m_socket; //!< the socket
    bool m_async{false};             //!< the call goes on after its Begin() has returned

  private:
    /** How the caller waits for its DMA. */
    enum class Wait
    {
        NONE,        //!< not, or without touching the core
        FALL_ASLEEP, //!< it processes its backlog, and will then sleep
        SLEEP,       //!< asleep
        SPIN,        //!< it holds the core
    };

    /** The completion interrupt, the wake-up and the switches of a caller that slept. */
    void WakeUp();

    bool m_stepping{false};      //!< inside Continue()
    bool m_again{false};         //!< Continue() was called from within
    Wait m_wait{Wait::NONE};     //!< how the caller waits
    pc_cpu_job* m_hold{nullptr}; //!< the core that it holds
};

} // namespace ns3

#endif
