#ifndef STRETCHED_ACK_CONGESTION_H
#define STRETCHED_ACK_CONGESTION_H

#include "ns3/tcp-congestion-ops.h"

namespace ns3
{

/**
 * \ingroup payload-cache
 *
 * Congestion control for a sender whose peer stretches its ACKs (RFC 2525, 2.13): a receiver that
 * merges segments (GRO) acknowledges tens of them at once. It wraps the connection's algorithm,
 * forwards everything to it, and departs in two points, both in IncreaseWindow():
 *
 * - ns-3's algorithms grow the window by the call: NewReno by a segment at most, however many are
 *   acknowledged. One stretched ACK becomes calls of SEGMENTS_A_CALL, each of which finds the
 *   window that the one before left, as with a peer that acknowledges every second segment. An odd
 *   segment waits for the next stretched ACK, as such a peer would let it wait for the next
 *   segment. The ACK that ends a recovery covers what came behind the hole: a peer that merges
 *   nothing sends the same one, so it stays one call.
 * - A window that is not used does not grow (RFC 7661): there is no call while what was in flight
 *   before the ACK fills no more than half of it, as in Linux's slow start. Without this a
 *   connection that the receiver's window limits goes on in slow start until the window's 32 bits
 *   wrap.
 *
 * An ACK stays one sample of the round trip: PktsAcked() and CongControl() are called once, with
 * all of its segments, as Linux calls them. So what counts samples (the HyStart of CUBIC, the
 * cycles of Vegas, YeAH and Illinois) sees fewer of them. TcpVeno forgets its samples after each
 * call, so that behind a stretched ACK it takes each loss for one of congestion.
 *
 * It is aggregated to the algorithm that it wraps: GetObject<TcpDctcp>() and Config paths with
 * `CongestionOps/$ns3::TcpDctcp` find that one; a DynamicCast does not. For this the algorithm
 * needs a TypeId of its own, as all of ns-3's have.
 */
class StretchedAckCongestion : public TcpCongestionOps
{
  public:
    /** Segments a call of a stretched ACK: what ns-3's receiver acknowledges (RFC 5681, 4.2). */
    static constexpr uint32_t SEGMENTS_A_CALL = 2;

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /**
     * \param algorithm the connection's algorithm, initialised
     * \return it, wrapped: the same object for an algorithm that is wrapped, or a wrapper, already
     */
    static Ptr<StretchedAckCongestion> Wrap(Ptr<TcpCongestionOps> algorithm);

    // Inherited from TcpCongestionOps
    std::string GetName() const override;
    void Init(Ptr<TcpSocketState> tcb) override;
    uint32_t GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight) override;
    void IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override;
    void PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt) override;
    void CongestionStateSet(Ptr<TcpSocketState> tcb,
                            const TcpSocketState::TcpCongState_t newState) override;
    void CwndEvent(Ptr<TcpSocketState> tcb, const TcpSocketState::TcpCAEvent_t event) override;
    bool HasCongControl() const override;
    void CongControl(Ptr<TcpSocketState> tcb,
                     const TcpRateOps::TcpRateConnection& rc,
                     const TcpRateOps::TcpRateSample& rs) override;
    /** \return a copy of the algorithm, wrapped */
    Ptr<TcpCongestionOps> Fork() override;

  private:
    // An aggregate lives and dies as one: a reference of its own would keep it for ever.
    TcpCongestionOps* m_algorithm{nullptr}; //!< what is wrapped
    uint32_t m_left{0};                     //!< segments that wait for the next stretched ACK
    bool m_fillsHole{false};                //!< the next ACK is one that ends a recovery
    TcpSocketState::TcpCongState_t m_state{TcpSocketState::CA_OPEN}; //!< what was told last
};

} // namespace ns3

#endif
