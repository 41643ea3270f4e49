#ifndef PROCESS_SOCKET_H
#define PROCESS_SOCKET_H

#include "busy-poll.h"
#include "payload-socket.h"
#include "read-call.h"
#include "ring-queue.h"
#include "rx-claims.h"
#include "write-call.h"

#include "ns3/address.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/socket.h"
#include "ns3/traced-callback.h"

namespace ns3
{

class HostModel;

/**
 * \ingroup payload-cache
 *
 * A socket with a process at its upper end, whatever its transport: the process, where it runs, the
 * lock that its calls hold, and the calls themselves. What differs between transports they ask of
 * the socket.
 */
class ProcessSocket : public PayloadSocket
{
  public:
    /// Owners of work from here on are processes that sockets share; below are sockets' own.
    static constexpr uint32_t SHARED_PROCESS = UINT32_C(1) << 30;

    ~ProcessSocket() override;

    /** \return the process of a socket of any kind; the first core's where it is not ours */
    static Worker ProcessOf(Ptr<Socket> socket);

    // Inherited from PayloadSocket
    uint32_t GetProcess() const override;
    bool IsInOwnCall() const override;
    void ProcessFreed() override;
    bool IsLocked() const override;
    void AddToBacklog(std::function<void(Continuation)> processing) override;
    Worker GetProcessWorker() const override;
    Worker GetInterruptWorker() const override;
    int GetQueueOn(const PayloadCacheNetDevice& card) const override;
    void EndOwnBusyPoll() override;
    void PollRoundBegins() override;
    void PollRoundEnds() override;

    // -- What the calls ask of their socket --

    /** \return a reference that keeps the socket */
    virtual Ptr<Socket> Keep() = 0;
    /** \return the machine; null on a node without one */
    Ptr<HostModel> GetHost() const;
    /** \return its number in the host's SocketTable */
    uint32_t GetNumber() const override;
    /** Takes the lock. */
    void Lock();
    /** Processes the backlog, gives the lock back, and calls \p done. */
    void Unlock(Continuation done);
    /** A call begins, or the socket is closed: its process polls no card any longer. */
    void EndBusyPoll();
    /** A read polls its card no longer: its process sleeps. */
    void FellAsleep();
    /** A read has found nothing. \return true if its process polls the card, and does not sleep */
    virtual bool BeginBusyPoll() = 0;

    /** \return the card that the route of what is written leads to; null if it is none */
    virtual Ptr<PayloadCacheNetDevice> FindCard() = 0;
    /** \return bytes of the stream that have been handed to the transport so far */
    virtual uint64_t GetWritten() const = 0;
    /** \return the least that a writer who waits for room puts into card RAM at once, bytes */
    virtual uint32_t GetMss() const = 0;
    /**
     * \return what one skbuff of a write holds, bytes
     * \param card the route's card
     * \param placed bytes of the write that earlier ones hold
     */
    virtual uint32_t GetSkbuffBytes(Ptr<PayloadCacheNetDevice> card, uint32_t placed) const = 0;
    /**
     * \return true if a write may wait for room in card RAM; else it copies
     * \param card the card
     * \param placed bytes of it that are there already
     * \param rest those that are not
     */
    virtual bool MayWaitForRoom(Ptr<PayloadCacheNetDevice> card,
                                uint32_t placed,
                                uint32_t rest) const = 0;
    /** \return bytes that the send buffer has room for */
    virtual uint32_t GetSendRoom() const = 0;
    /**
     * A piece of a write enters the transport.
     * \param packet the piece
     * \param card the card that has its bytes, null for host memory
     * \param handle the block there
     * \return false if it is refused: the connection is gone
     */
    virtual bool EnterPiece(Ptr<Packet> packet,
                            Ptr<PayloadCacheNetDevice> card,
                            pc_handle handle) = 0;
    /**
     * What a write has entered is to be sent, in the call's time and under its lock.
     * \param async the call goes on after Send() has returned
     * \return true if the call waits for WriteCall::AfterPush()
     */
    virtual bool Push(bool async) = 0;
    /** A write has returned. */
    virtual void WriteReturned() = 0;

    /** \return the card by which the next read's bytes have come; null if it is none */
    virtual Ptr<PayloadCacheNetDevice> FindReadCard() = 0;
    /** \return bytes of the stream that reads have taken so far */
    virtual uint64_t GetTaken() const = 0;
    /** \return the most that one read may take, bytes */
    virtual uint32_t GetReadSize() const = 0;
    /** \return bytes that have come, and that one read may take */
    virtual uint32_t GetInOrder() const = 0;
    /** \return where what has come lies */
    const RxClaims& GetClaims() const;
    /** Takes the first \p bytes out of the transport. */
    virtual Ptr<Packet> TakeInOrder(uint32_t bytes) = 0;
    /** A read has given room: the peer may have to be told. */
    virtual void UpdateWindow() = 0;
    /** A read has returned, and the application has gone through its bytes. */
    virtual void ReadReturned() = 0;

    /**
     * Called with the latency of each finished call.
     * \param write true for a write, false for a read
     * \param bytes its bytes
     * \param latency from the first attempt to the return
     */
    typedef void (*CallCallback)(bool write, uint32_t bytes, Time latency);
    /** Traces a finished call. */
    void TraceCall(bool write, uint32_t bytes, Time latency);

  protected:
    /** The process is free: the application is told what it may do now. */
    virtual void NotifyFree() = 0;

    /** Enters the socket of a node in its machine's table. */
    void EnterHost(Ptr<Node> node);
    /** \return true while the process is in a call, of this socket or another of its own */
    bool InCall() const;
    /** The process is free: the application is told, and those of its process's other sockets. */
    void NotifyCallEnd();
    /** \return the card that a route leads to; null if it is none */
    static Ptr<PayloadCacheNetDevice> FindRouteCard(Ptr<Node> node,
                                                    Ptr<NetDevice> bound,
                                                    const Address& destination);

    uint32_t m_process{0}; //!< the process that it shares; 0 for its own
    Ptr<HostModel> m_host; //!< the machine
    uint32_t m_number{0};  //!< in the host's SocketTable
    const PayloadCacheNetDevice* m_placedCard{
        nullptr};                //!< where it has its queue; null: nowhere yet
    unsigned m_queue{0};         //!< queue of its card
    unsigned m_interruptCore{0}; //!< takes the connection's interrupts
    unsigned m_processCore{0};   //!< runs the process
    WriteCall m_write{*this};    //!< the write that the process is in
    ReadCall m_read{*this};      //!< the read that the process is in
    BusyPoll m_busyPoll{*this};  //!< before it sleeps
    RxClaims m_claims;           //!< received and not read

    TracedCallback<bool, uint32_t, Time> m_callTrace; //!< a call has returned

  private:
    /** Goes on with the backlog. */
    void DrainBacklog();

    bool m_locked{false};                                   //!< a call holds the lock
    RingQueue<std::function<void(Continuation)>> m_backlog; //!< what waits for it
    Continuation m_unlocked;                                //!< called when the backlog is empty
};

} // namespace ns3

#endif
