#include "stretched-ack-congestion.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(StretchedAckCongestion);

TypeId
StretchedAckCongestion::GetTypeId()
{
    static TypeId tid = TypeId("ns3::StretchedAckCongestion")
                            .SetParent<TcpCongestionOps>()
                            .SetGroupName("PayloadCache");
    return tid;
}

Ptr<StretchedAckCongestion>
StretchedAckCongestion::Wrap(Ptr<TcpCongestionOps> algorithm)
{
    auto wrapper = algorithm->GetObject<StretchedAckCongestion>();
    if (!wrapper)
    {
        wrapper = CreateObject<StretchedAckCongestion>();
        wrapper->m_algorithm = PeekPointer(algorithm);
        wrapper->AggregateObject(algorithm);
    }
    return wrapper;
}

namespace
{

/**
 * \param tcb the connection
 * \param segmentsAcked segments that an ACK has just taken out of flight
 * \return true if what was in flight before filled more than half of the window
 */
bool
IsWindowUsed(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    uint64_t acked = uint64_t{segmentsAcked} * tcb->m_segmentSize;
    return tcb->m_cWnd / 2 < tcb->m_bytesInFlight + acked;
}

} // namespace

void
StretchedAckCongestion::IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    if (!IsWindowUsed(tcb, segmentsAcked))
    {
        return;
    }
    if (segmentsAcked <= SEGMENTS_A_CALL || m_fillsHole)
    {
        m_algorithm->IncreaseWindow(tcb, segmentsAcked); // not stretched, or less than a segment
        m_fillsHole = false;
        return;
    }
    uint32_t left = m_left + segmentsAcked;
    for (; left >= SEGMENTS_A_CALL; left -= SEGMENTS_A_CALL)
    {
        m_algorithm->IncreaseWindow(tcb, SEGMENTS_A_CALL);
    }
    m_left = left;
}

std::string
StretchedAckCongestion::GetName() const
{
    return m_algorithm->GetName();
}

void
StretchedAckCongestion::Init(Ptr<TcpSocketState> tcb)
{
    m_algorithm->Init(tcb);
}

uint32_t
StretchedAckCongestion::GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight)
{
    return m_algorithm->GetSsThresh(tcb, bytesInFlight);
}

void
StretchedAckCongestion::PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt)
{
    m_algorithm->PktsAcked(tcb, segmentsAcked, rtt);
}

void
StretchedAckCongestion::CongestionStateSet(Ptr<TcpSocketState> tcb,
                                           const TcpSocketState::TcpCongState_t newState)
{
    m_fillsHole = newState == TcpSocketState::CA_OPEN && m_state != TcpSocketState::CA_OPEN;
    m_state = newState;
    m_algorithm->CongestionStateSet(tcb, newState);
}

void
StretchedAckCongestion::CwndEvent(Ptr<TcpSocketState> tcb, const TcpSocketState::TcpCAEvent_t event)
{
    m_algorithm->CwndEvent(tcb, event);
}

bool
StretchedAckCongestion::HasCongControl() const
{
    return m_algorithm->HasCongControl();
}

void
StretchedAckCongestion::CongControl(Ptr<TcpSocketState> tcb,
                                    const TcpRateOps::TcpRateConnection& rc,
                                    const TcpRateOps::TcpRateSample& rs)
{
    m_algorithm->CongControl(tcb, rc, rs);
}

Ptr<TcpCongestionOps>
StretchedAckCongestion::Fork()
{
    return Wrap(m_algorithm->Fork());
}

} // namespace ns3
