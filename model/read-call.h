#ifndef READ_CALL_H
#define READ_CALL_H

#include "blocking-call.h"
#include "card-pin.h"
#include "payload-cache-net-device.h"
#include "rx-claims.h"

#include "ns3/packet.h"

#include <deque>
#include <memory>
#include <vector>

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * A blocking `read`. The process wakes if it slept and enters the kernel; what lies in host memory
 * is copied (and its checksum verified, if nobody has done it), what lies in card RAM comes by
 * DMA, for which the caller sleeps or spins; the bytes leave TCP's buffer, which opens the window;
 * the call returns, and the application goes through its bytes.
 */
class ReadCall : public BlockingCall
{
  public:
    using BlockingCall::BlockingCall;

    /** \return true while the process is in the call, or goes through its bytes */
    bool IsRunning() const;

    /** The application calls read for at most \p bytes, and there are some. */
    void Begin(uint32_t bytes);

    /** \return bytes read that the application has not taken yet */
    uint32_t GetReady() const;

    /** The application takes at most \p bytes of them. \return null if there are none */
    Ptr<Packet> Take(uint32_t bytes);

    /** The process runs, having returned from another call. */
    void Woken();

    /** The process, which has polled its card, sleeps now. */
    void FellAsleep();

    /** The application found nothing to read: its process sleeps in the call, or polls its card. */
    void FoundNothing();

  private:
    /** What the call does next. */
    enum class Phase
    {
        IDLE,     //!< nothing
        MOVE,     //!< copy, and start the DMA
        WAIT_DMA, //!< wait for the DMA
        COMPLETE, //!< take note of the DMA's completion, release card RAM
        RETURN,   //!< take the bytes, give the lock back
        CONSUME,  //!< the application goes through its bytes
        DONE,     //!< tell the application
    };

    /** A piece of the call that lies in card RAM: one DMA, of the frames of one unit. */
    struct Piece
    {
        std::shared_ptr<ReceivedPayload> payload; //!< its first frame's payload
        uint32_t offset;                          //!< where in the user's buffer it goes
        uint32_t bytes;                           //!< its bytes
        std::vector<PayloadCacheNetDevice::UserPart> parts; //!< a part a frame
    };

    void Step() override;
    Subject About() const override;
    /** The process runs, and enters the call. */
    void Enter();
    /** A frame's payload that lies on its card joins the pieces. */
    void AddPiece(const std::shared_ptr<ReceivedPayload>& payload, uint32_t offset, uint32_t bytes);
    /** \return the frames that all pieces come from */
    uint64_t CountFrames() const;
    /** Decides how much to read, copies it or starts its DMA. */
    void Move();
    /** Lists what the call reads. \return the bytes that lie in host memory */
    uint32_t List();
    /** Starts the DMA of all pieces, and waits for the last one. */
    void StartDma();
    /** Takes note of the DMA's completion, and releases card RAM. */
    void Complete();
    /** Takes the bytes out of TCP's buffer. */
    void Return();
    /** The kernel is left. \param card the card that was told of released RAM; null: none */
    void Leave(Ptr<PayloadCacheNetDevice> card);
    /** The application goes through its bytes. */
    void Consume();
    /** Bytes mode: collects the real bytes that lie with cards. */
    void Collect(std::vector<uint8_t>& bytes) const;
    /** Bytes mode: copies the real bytes of a run. */
    static void CopyRun(const RxClaims::Run& run, uint32_t length, uint8_t* to);
    /** Bytes mode: puts them in the place of virtual ones. */
    void Overlay(const std::vector<uint8_t>& bytes);

    Phase m_phase{Phase::IDLE};      //!< what comes next
    bool m_asleep{true};             //!< the process sleeps in read

    uint32_t m_asked{0};             //!< the most that the application takes
    uint32_t m_bytes{0};             //!< what the call reads
    uint32_t m_hostBytes{0};         //!< of which in host memory
    uint32_t m_cachedBytes{0};       //!< of which in the last-level cache
    CacheClaim m_delivered;          //!< what its DMA has written, until the application reads it
    int64_t m_began{0};              //!< first attempt, ps
    uint64_t m_offset{0};            //!< stream offset of the first byte that it reads
    std::vector<Piece> m_pieces;     //!< of which in card RAM
    std::vector<CardPin> m_pins;     //!< their blocks: none is evicted under the DMA
    uint32_t m_dmaLeft{0};           //!< pieces whose DMA is under way
    uint64_t m_pages{0};             //!< user pages pinned
    bool m_waitingForDma{false};     //!< asleep or spinning until the last DMA is done
    mutable std::vector<std::pair<uint32_t, uint32_t>> m_overlays; //!< offset, length: real bytes
    Ptr<Packet> m_ready;             //!< read, and not taken yet
    bool m_told{true};               //!< the application may have m_ready
};

} // namespace ns3

#endif
