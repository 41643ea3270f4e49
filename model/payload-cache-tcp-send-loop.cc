// The socket's send loop: the packets of ns-3's, without its walk.
//
// Before each segment TcpSocketBase::SendPendingData() looks at all that is in flight for one that
// was lost. While nothing is lost, SACKed or retransmitted it finds none, and what is sent next
// begins right behind what is in flight. So ns-3's loop is held off, where it would run, by a
// window of 0, and the loop below runs in its place; in any other state, and with pacing, it lets
// ns-3's have its way. What goes out, and when, is the same (payload-cache-equivalence).
//
// It also takes timers that ns-3 is about to cancel out of the event list, where ns-3 leaves them
// until their time has come: hundreds of thousands at 10 Gb/s.

#include "payload-cache-net-device.h"
#include "payload-cache-tcp-socket.h"
#include "stretched-ack-congestion.h"

#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>

namespace ns3
{

bool
PayloadCacheTcpSocket::SendsInOrder() const
{
    return m_tcb->m_congState == TcpSocketState::CA_OPEN && !m_tcb->m_pacing &&
           m_txBuffer->GetLost() == 0 && m_txBuffer->GetSacked() == 0 &&
           m_txBuffer->GetRetransmitsCount() == 0;
}

void
PayloadCacheTcpSocket::PushData(bool withAck)
{
    if (m_txBuffer->Size() == 0 || (!m_endPoint && !m_endPoint6))
    {
        return;
    }
    while (SendsInOrder())
    {
        if (!PushSegment(withAck))
        {
            return;
        }
    }
    SendPendingData(withAck);
}

bool
PayloadCacheTcpSocket::PushSegment(bool withAck)
{
    uint32_t window = AvailableWindow();
    uint32_t inFlight = m_tcb->m_bytesInFlight;
    SequenceNumber32 next = m_txBuffer->HeadSequence() + SequenceNumber32(inFlight);
    uint32_t unsent = m_txBuffer->SizeFromSequence(next);
    if (window == 0 || unsent == 0 || m_state == FIN_WAIT_1)
    {
        return false;
    }
    if (unsent < window)
    {
        NotifySend(GetTxAvailable()); // the application may have more
    }
    uint32_t segment = m_tcb->m_segmentSize;
    bool silly = window < segment && unsent > window; // RFC 9293, 3.8.6.2.1
    bool nagle = !m_noDelay && UnAckDataCount() > 0 && unsent < segment;
    if (silly || nagle)
    {
        return false;
    }
    m_tcb->m_nextTxSequence = next;
    if (inFlight == 0)
    {
        m_congestionControl->CwndEvent(m_tcb, TcpSocketState::CA_EVENT_TX_START);
    }
    uint32_t sent = SendDataPacket(next, std::min(window, segment), withAck);
    m_tcb->m_nextTxSequence += sent;
    return true;
}

bool
PayloadCacheTcpSocket::EnterData(Ptr<Packet> packet)
{
    bool before = m_hold;
    m_hold = true;
    int sent = TcpSocketBase::Send(packet, 0);
    m_hold = false;
    bool open = m_state == ESTABLISHED || m_state == CLOSE_WAIT;
    if (sent >= 0 && open && AvailableWindow() > 0 && !HasPush())
    {
        // a time step later, as ns-3's own, so that the application can fill the buffer
        m_sendPendingDataEvent = Simulator::Schedule(TimeStep(1),
                                                     &PayloadCacheTcpSocket::PushWritten,
                                                     this);
        m_pushAt = m_sendPendingDataEvent.GetTs();
    }
    if (sent >= 0 && open && m_rWnd == 0 && m_persistEvent.IsExpired())
    {
        // the window closed while there was nothing to be sent
        m_persistEvent = Simulator::Schedule(m_persistTimeout,
                                             &PayloadCacheTcpSocket::PersistTimeout,
                                             this);
    }
    m_hold = before;
    return sent >= 0;
}

void
PayloadCacheTcpSocket::PushWritten()
{
    m_host->BeginBurst();
    PushData(m_connected);
    m_host->EndBurst();
}

void
PayloadCacheTcpSocket::PrepareForStretchedAck()
{
    // Here, since whatever the user sets, in whatever way, is then wrapped. The algorithm has been
    // initialised when it was set; accepted sockets have a copy of the listening one's.
    if (m_stretchedAcks && m_congestionControl != m_wrapped)
    {
        m_wrapped = StretchedAckCongestion::Wrap(m_congestionControl);
        m_congestionControl = m_wrapped;
    }
}

void
PayloadCacheTcpSocket::ReceivedAck(Ptr<Packet> packet, const TcpHeader& tcpHeader)
{
    if (m_state > ESTABLISHED &&
        tcpHeader.GetAckNumber() > m_tcb->m_highTxMark + SequenceNumber32(1)) // the FIN's
    {
        // RFC 9293, 3.10.7.4: it acknowledges what has never been sent, and ns-3 looks for that only
        // as long as nobody has closed
        m_host->Count(HostCounter::DEPARTURES);
        SendEmptyPacket(TcpHeader::ACK);
        return;
    }
    PrepareForStretchedAck();
    if (m_tcb->m_pacing || tcpHeader.GetAckNumber() < m_txBuffer->HeadSequence())
    {
        TcpSocketBase::ReceivedAck(packet, tcpHeader); // nothing is sent on a stale ACK
    }
    else
    {
        bool before = m_hold;
        m_hold = true;
        TcpSocketBase::ReceivedAck(packet, tcpHeader);
        m_hold = before;
        PushData(m_connected);
    }
    SendForgottenFin();
}

void
PayloadCacheTcpSocket::SendForgottenFin()
{
    // A Close() in recovery waits for data to send the FIN with, and all may have been sent before.
    bool closed = m_closeCalled && !m_latchedClose && !m_deferredClose;
    bool open = m_state == ESTABLISHED || m_state == CLOSE_WAIT;
    if (m_sendForgottenFin && closed && open && m_closeOnEmpty && m_txBuffer->Size() == 0)
    {
        m_closeOnEmpty = false;
        m_host->Count(HostCounter::DEPARTURES);
        DoClose();
    }
}

void
PayloadCacheTcpSocket::RemoveRetransmissionTimer(bool resetRto)
{
    if (m_state != SYN_RCVD && resetRto)
    {
        Simulator::Remove(m_retxEvent); // the base sets it anew
    }
}

void
PayloadCacheTcpSocket::RemoveDelayedAckTimer()
{
    // The base acknowledges at once; only the end of the stream has other ways.
    if (m_delAckCount + 1 >= m_delAckMaxCount && !m_tcb->m_rxBuffer->GotFin())
    {
        Simulator::Remove(m_delAckEvent);
    }
}

} // namespace ns3
