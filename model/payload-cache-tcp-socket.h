#ifndef PAYLOAD_CACHE_TCP_SOCKET_H
#define PAYLOAD_CACHE_TCP_SOCKET_H

#include "pc-rx-promise.h"
#include "process-socket.h"
#include "ring-queue.h"
#include "tx-pieces.h"

#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-socket-base.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * ns-3's TCP socket with a process at its upper end: `write` and `read` take the time and the CPU
 * that the host's model says, and payload may stay on a card meanwhile. TCP itself is ns-3's own.
 *
 * Send() accepts a write and answers its size; until the write has completed the process is in the
 * call, and a further Send() answers -1 (ERROR_AGAIN). The first Recv() that finds data starts a
 * read and answers null; when it has completed, the receive callback is called and Recv() gives
 * the bytes. Where every cost is zero, both complete inside the call, as in ns-3's own socket.
 *
 * Where it departs from ns-3's socket it counts HostCounter::DEPARTURES: an ACK as window update
 * after a read, a window below one segment advertised as 0, a Close() put off until the data
 * that came before the peer's FIN has been read, data behind that FIN, which is refused, as are
 * acknowledgements of what has never been sent, an ACK that came behind our own FIN and covers less,
 * and, where the attribute SendForgottenFin asks for it, a FIN that ns-3 forgets.
 *
 * Where the attribute StretchedAcks is set, its congestion control is wrapped in a
 * StretchedAckCongestion from the first ACK on, whichever way and whenever it was chosen.
 */
class PayloadCacheTcpSocket : public TcpSocketBase, public ProcessSocket
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    PayloadCacheTcpSocket();
    /**
     * Copy constructor, for Fork().
     * \param other the listening socket
     */
    PayloadCacheTcpSocket(const PayloadCacheTcpSocket& other);
    ~PayloadCacheTcpSocket() override;

    // Inherited from Socket
    int Send(Ptr<Packet> packet, uint32_t flags) override;
    Ptr<Packet> Recv(uint32_t maxSize, uint32_t flags) override;
    uint32_t GetTxAvailable() const override;
    /**
     * \return bytes that Recv() would give or start a read of: those that finished reads have
     * brought, and, unless the process is in a call, those that have come in order
     */
    uint32_t GetRxAvailable() const override;
    int Close() override;
    int ShutdownSend() override;
    void SetNode(Ptr<Node> node) override;

    // Inherited from PayloadSocket
    uint32_t FindOnCard(uint64_t offset,
                        uint32_t bytes,
                        std::vector<CardSlice>& slices) const override;
    void FindEvicted(uint64_t offset,
                     uint32_t bytes,
                     std::vector<EvictedSlice>& slices) const override;
    void Evicted(uint64_t offset, pc_handle handle, const std::vector<uint8_t>& block) override;
    void RoomToReceive() override;
    void FitSegments(uint32_t mtu) override;
    bool HasClosed() const override;
    void BeginUnit() override;
    void EndUnit() override;
    void DatagramComing() override;

    // Inherited from ProcessSocket
    Ptr<Socket> Keep() override;
    bool BeginBusyPoll() override;
    Ptr<PayloadCacheNetDevice> FindCard() override;
    uint64_t GetWritten() const override;
    uint32_t GetMss() const override;
    uint32_t GetSkbuffBytes(Ptr<PayloadCacheNetDevice> card, uint32_t placed) const override;
    bool MayWaitForRoom(Ptr<PayloadCacheNetDevice> card,
                        uint32_t placed,
                        uint32_t rest) const override;
    uint32_t GetSendRoom() const override;
    bool EnterPiece(Ptr<Packet> packet, Ptr<PayloadCacheNetDevice> card, pc_handle handle) override;
    bool Push(bool async) override;
    void WriteReturned() override;
    Ptr<PayloadCacheNetDevice> FindReadCard() override;
    uint64_t GetTaken() const override;
    uint32_t GetReadSize() const override;
    uint32_t GetInOrder() const override;
    Ptr<Packet> TakeInOrder(uint32_t bytes) override;
    /** Sends a window update where the peer may wait for one. */
    void UpdateWindow() override;
    void ReadReturned() override;

  protected:
    Ptr<TcpSocketBase> Fork() override;
    void DoForwardUp(Ptr<Packet> packet,
                     const Address& fromAddress,
                     const Address& toAddress) override;
    void ReceivedAck(Ptr<Packet> packet, const TcpHeader& tcpHeader) override;
    void ReceivedData(Ptr<Packet> packet, const TcpHeader& tcpHeader) override;
    void NewAck(const SequenceNumber32& seq, bool resetRTO) override;
    uint32_t SendDataPacket(SequenceNumber32 seq, uint32_t maxSize, bool withAck) override;
    void SendEmptyPacket(uint8_t flags) override;
    uint32_t Window() const override;
    uint16_t AdvertisedWindowSize(bool scale = true) const override;
    void ReTxTimeout() override;
    void DelAckTimeout() override;
    void PersistTimeout() override;
    void LastAckTimeout() override;
    void NotifyFree() override;

  private:
    /** Hooks the socket's own sinks. */
    void Hook();
    /** Tags a segment on its way down. */
    void TagSegment(Ptr<const Packet> packet,
                    const TcpHeader& header,
                    Ptr<const TcpSocketBase> socket);
    /** Follows the connection's state. */
    void StateChanged(TcpStates_t oldState, TcpStates_t newState);
    /** Sees whether ns-3 has given the connection up. */
    void CheckGone();
    /** \return true if ns-3 has given the connection up: reset, or after its retries */
    bool IsGone() const;
    /** The connection is gone: its payload is given back. */
    void Abandon();
    /** Forgets what was received and will not be read. */
    void ForgetUnreadable();
    /** Enters the connection in the host's table. */
    void EnterConnection();
    /** Tells those who look on what TCP's send buffer holds. */
    void ShowSendBuffer() const;
    /** Takes an ACK that comes behind our FIN and covers less. \return false if it is none */
    bool TakeEarlyAck(Ptr<Packet> packet);
    /** Gives back the card RAM of what has been acknowledged. */
    void ReleaseAcknowledged();
    /** \return the commands that tell a card so; below \p acknowledged all is acknowledged */
    uint64_t CountCommands(const TxPieces::Released& released, uint64_t acknowledged) const;
    /** Runs what is latched until a write has returned. */
    void RunLatched();
    /** A write that was refused will not be tried again. */
    void GiveUpRefused();
    /** Lets a deferred Close() happen once everything has been read. */
    void CheckDeferredClose();
    /** \return the stream offset of a sequence number that we send */
    uint64_t SendOffset(SequenceNumber32 seq) const;
    /** Takes from a segment what lies behind the peer's FIN. \return true if that is all of it */
    bool TrimBehindEnd(Ptr<Packet> packet, const TcpHeader& tcpHeader);
    /** TCP receives a segment, by itself or within a unit, whose ACK waits for its end. */
    void ReceiveInUnit(Ptr<Packet> packet, const TcpHeader& tcpHeader);
    /** Gives the connection its queue and its cores. */
    void Place(const FlowKey& flow);
    /** \return who runs what the socket does now */
    Worker GetContextWorker() const;
    /** Runs a timer of TCP in interrupt context. */
    template <typename Timer>
    void InInterrupt(Timer timer);

    // -- The send loop: payload-cache-tcp-send-loop.cc --

    /** \return true while what is sent next begins right behind what is in flight */
    bool SendsInOrder() const;
    /** Wraps the congestion control that is now set, where StretchedAcks asks for it. */
    void PrepareForStretchedAck();
    /** Sends what may be sent: the packets of SendPendingData(), without its walk. */
    void PushData(bool withAck);
    /** Sends what a write has entered. */
    void PushWritten();
    /** Sends one segment, while SendsInOrder(). \return false if none is due */
    bool PushSegment(bool withAck);
    /** All is acknowledged, and ns-3 has not sent the FIN that a Close() left to the last data. */
    void SendForgottenFin();
    /** \return true if data that just entered TCP's buffer waits to be pushed */
    bool HasPush() const;
    /** Hands data to TCP, which pushes it a time step later. \return false if TCP refuses it */
    bool EnterData(Ptr<Packet> packet);
    /** NewAck() is about to cancel the retransmission timer: takes it out of the event list. */
    void RemoveRetransmissionTimer(bool resetRto);
    /** ReceivedData() may be about to cancel the timer of a delayed ACK: likewise. */
    void RemoveDelayedAckTimer();

    // -- The window: payload-cache-tcp-window.cc --

    /** \return the card that the route to the peer leads to; null if it is none */
    Ptr<PayloadCacheNetDevice> FindPeerCard() const;
    /** \return true if the window is clamped: receive RAM is reserved for it, from now on */
    bool HasPromise() const;
    /** Where all has come and has been read, nothing needs to be reserved any longer. */
    void CheckPromise();
    /** Nothing is reserved any longer. */
    void EndPromise();
    /** \return what the clamped window is asked for. \param wanted what the buffer has room for */
    pc_promise_request PromiseRequest(uint64_t wanted) const;
    /** \return where the window begins */
    SequenceNumber32 PromiseBegin() const;
    /** \return the clamped window as the header has it, for which receive RAM is then reserved */
    uint16_t Promise(uint16_t advertised, unsigned shift) const;
    /** Repeats a window update until something follows behind \p next. \param times so far */
    void RepeatUpdate(SequenceNumber32 next, uint32_t times);
    /** \return true if a packet is a SYN for whose connection the card has no receive RAM left */
    bool RefusesSyn(Ptr<Packet> packet, const Address& from);

    uint32_t m_readSize{UINT32_MAX}; //!< the most that one read takes
    bool m_sendForgottenFin{false};  //!< a FIN that ns-3 forgets is sent
    bool m_clampWindow{false};       //!< the window is limited to receive RAM that is left
    bool m_stretchedAcks{false};     //!< the peer may acknowledge many segments at once

    bool m_inUnit{false};       //!< between BeginUnit() and EndUnit()
    TxPieces m_pieces;          //!< sent and not acknowledged
    uint64_t m_pushAt{UINT64_MAX}; //!< time step at which a write's own data is pushed

    Ptr<TcpCongestionOps> m_wrapped; //!< the congestion control, once it has been wrapped
    RingQueue<uint64_t> m_segmentEnds; //!< stream offsets at which unacknowledged segments end
    uint64_t m_taken{0};        //!< bytes that reads have taken out of TCP's buffer
    int64_t m_attempted{-1};    //!< when the write was first tried that TCP had no room for, ps
    bool m_refused{false};      //!< it was refused
    mutable bool m_readWanted{false}; //!< the application tried to read during a call, or asked

    bool m_latchedClose{false};    //!< Close() came in mid-write
    bool m_latchedShutdown{false}; //!< ShutdownSend() came in mid-write
    bool m_deferredClose{false};   //!< Close() waits until all has been read
    bool m_closeCalled{false};     //!< the application has closed
    bool m_appClosed{false};       //!< the application starts no further read
    bool m_inReceivedData{false};  //!< inside ReceivedData()
    bool m_updateWanted{false};    //!< a read returned inside ReceivedData()
    bool m_hold{false};            //!< ns-3's send loop is held off: ours runs in its place
    bool m_stop{false};            //!< NextSeg yielded an empty segment: send no more for now
    mutable Ptr<PayloadCacheNetDevice> m_promiseCard; //!< whose receive RAM is reserved
    mutable pc_promise m_promise{};  //!< its reservation
    mutable bool m_promiseMade{false}; //!< the peer has been told of a clamped window
    bool m_promiseOver{false};       //!< nothing is reserved any more
    uint32_t m_largestSegment{0};    //!< that has come, bytes
    EventId m_repeatEvent;           //!< a window update may have to be repeated
    mutable SequenceNumber32 m_rightEdge{0}; //!< the window promised to the peer ends here
};

} // namespace ns3

#endif
