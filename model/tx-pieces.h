#ifndef TX_PIECES_H
#define TX_PIECES_H

#include "payload-socket.h"
#include "ring-queue.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 * Where the bytes of a socket's stream lie that its peer has not acknowledged yet: pieces in card
 * RAM, or in host memory. Offsets count the stream's bytes from 0, so nothing ever wraps.
 */
class TxPieces
{
  public:
    ~TxPieces();

    /**
     * Appends a piece.
     * \param length its bytes
     * \param card the card that has it, null for host memory
     * \param handle its block there
     */
    void Append(uint32_t length, Ptr<PayloadCacheNetDevice> card, pc_handle handle);

    /** \copydoc PayloadSocket::FindOnCard */
    uint32_t Find(uint64_t offset, uint32_t bytes, std::vector<CardSlice>& slices) const;

    /** \copydoc PayloadSocket::FindEvicted */
    void FindEvicted(uint64_t offset, uint32_t bytes, std::vector<EvictedSlice>& slices) const;

    /** \copydoc PayloadSocket::Evicted */
    void MoveToHost(uint64_t offset, pc_handle handle, const std::vector<uint8_t>& block);

    /** Takes back the last \p length bytes appended, which TCP has refused. */
    void Truncate(uint32_t length);

    /** A stretch of the stream that ReleaseBelow() gave back: pieces of one card in a row. */
    struct Released
    {
        Ptr<PayloadCacheNetDevice> card; //!< the card that it was on
        uint64_t begin;                  //!< stream offset of its first byte
        uint64_t end;                    //!< and behind its last one
        uint64_t pieces;                 //!< its pieces, whole or in part
    };

    /**
     * Gives back what lies below \p offset, in whole granules.
     * \return what of it was on cards, in order
     */
    std::vector<Released> ReleaseBelow(uint64_t offset);

    /** Gives everything back. */
    void Clear();

    /** \return true if some of what is kept lies on a card */
    bool IsOnCard() const;
    /** \return the stream offset behind the last piece */
    uint64_t End() const;

    /** \return the offset below which all has been released */
    uint64_t Begin() const;

  private:
    /** One piece. */
    struct Piece
    {
        uint64_t offset{0};              //!< stream offset
        uint32_t length{0};              //!< bytes
        Ptr<PayloadCacheNetDevice> card; //!< null for host memory
        pc_handle handle{};              //!< block
        std::shared_ptr<const std::vector<uint8_t>> evicted; //!< bytes mode: that a card has had
    };

    /** Adds what was given back of a piece, up to \p end. */
    static void Note(std::vector<Released>& released, const Piece& piece, uint64_t end);
    /** \return the place of the piece that has an offset, or the one behind all */
    std::size_t PlaceOf(uint64_t offset) const;

    RingQueue<Piece> m_pieces;  //!< in order, without gaps
    uint64_t m_begin{0};        //!< all below is released
    uint64_t m_end{0};          //!< behind the last piece
};

} // namespace ns3

#endif
