#ifndef WRITE_CALL_H
#define WRITE_CALL_H

#include "blocking-call.h"
#include "pc-card-ram.h"
#include "ring-queue.h"

#include "ns3/packet.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * A blocking `write`. The call enters the kernel; its bytes are placed piece by piece, in card RAM
 * by DMA or in skbuffs by copying; each piece enters TCP's buffer, in order, when its bytes have
 * been moved; the caller sleeps or spins until the last DMA is done; the call returns.
 */
class WriteCall : public BlockingCall
{
  public:
    using BlockingCall::BlockingCall;
    ~WriteCall() override;

    /** \return true while the process is in the call */
    bool IsRunning() const;

    /**
     * The application calls write.
     * \param packet the bytes
     * \param attempted when it first tried to, ps
     * \param refused it was refused since, for want of room in the send buffer
     */
    void Begin(Ptr<Packet> packet, int64_t attempted, bool refused);

    /** The send buffer has more room. */
    void RoomInSendBuffer();

    /** TCP has pushed what entered its buffer. */
    void AfterPush();

    /** The connection is gone: what is not placed yet is given up. */
    void Abort();

  private:
    /** What the call does next. */
    enum class Phase
    {
        IDLE,     //!< nothing
        PLACE,    //!< place the next piece
        WAIT_DMA, //!< wait for the pieces under way
        COMPLETE, //!< take note of the DMA's completion
        PUSH,     //!< let TCP send what has entered its buffer
        RETURN,   //!< give the lock back
    };

    /** A piece that is on its way into TCP's buffer. */
    struct Piece
    {
        Ptr<Packet> packet;              //!< its bytes, as TCP will have them
        Ptr<PayloadCacheNetDevice> card; //!< null for host memory
        pc_handle handle{};              //!< block
        uint32_t bytes{0};               //!< how many
        bool ready{false};               //!< its bytes have been moved
    };

    void Step() override;
    Subject About() const override;
    /** \return \p bytes of the call from \p placed on, for those who look on */
    Subject Part(uint32_t placed, uint32_t bytes) const;
    /** Places the next piece, or ends the placing. */
    void Place();
    /** The card is told of released RAM that it does not know of yet. \return false: of none */
    bool RingForRoom();
    /** Puts \p bytes into card RAM. */
    void PlaceOnCard(uint32_t bytes);
    /** \return skbuffs that \p bytes of the call behind \p placed fill */
    uint64_t CountSkbuffs(uint32_t placed, uint32_t bytes) const;
    /** The DMA of piece \p number, which began \p offset bytes into the write, is done. */
    void FetchDone(std::size_t number, uint32_t offset, uint32_t bytes);
    /** Puts \p bytes into an skbuff. */
    void Copy(uint32_t bytes);
    /** Sleeps until there is room in the send buffer or in card RAM. */
    void SleepForRoom(bool cardRam);
    /** Card RAM has more room. \return false if it is not enough to go on */
    bool RoomOnCard();
    /** \return bytes of what is not placed yet that the send buffer has room for */
    uint32_t Fits() const;
    /** \return true if card RAM has room to go on, or the send buffer has none */
    bool CanPlace() const;
    /** There is room. */
    void WakeForRoom();
    /** Enters what is ready into TCP's buffer, in order. */
    void EnterReady();
    /** Waits for what is under way, if anything is. */
    void WaitForPieces();
    /** Takes note of the DMA's completion, and unpins. */
    void Complete();
    /** Lets TCP push what has entered its buffer, in the call's own time. */
    void Push();
    /** The call returns. */
    void Finish();
    /** \return a piece of the user's bytes as TCP will have it */
    Ptr<Packet> Slice(uint32_t offset, uint32_t bytes, bool onCard) const;

    Phase m_phase{Phase::IDLE};      //!< what comes next

    Ptr<Packet> m_packet;            //!< the user's bytes
    Ptr<PayloadCacheNetDevice> m_card; //!< the route's card
    int64_t m_attempted{0};          //!< first attempt, ps
    uint64_t m_offset{0};            //!< stream offset of its first byte
    uint32_t m_placed{0};            //!< bytes placed
    uint32_t m_entered{0};           //!< bytes in TCP's buffer
    uint64_t m_firstPiece{0};        //!< number of the piece at the front of m_pieces
    RingQueue<Piece> m_pieces;       //!< placed and not entered
    uint32_t m_dmaLeft{0};           //!< pieces whose DMA is under way
    uint32_t m_dmaBytes{0};          //!< their bytes
    uint64_t m_pages{0};             //!< user pages pinned
    bool m_byDma{false};             //!< some of it goes to the card by DMA
    bool m_copyRest{false};          //!< card RAM was full: the rest is copied
    bool m_waitingForRoom{false};    //!< until there is room
    bool m_waitingForBuffer{false};  //!< ... in the send buffer
    bool m_asleep{false};            //!< the process sleeps while it waits for room
    bool m_waitingForDma{false};     //!< asleep or spinning until the last DMA is done
    bool m_aborted{false};           //!< the connection is gone
};

} // namespace ns3

#endif
