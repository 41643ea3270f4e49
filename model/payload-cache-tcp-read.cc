// The socket's reads: what the application takes, and what polls for it.

#include "payload-cache-net-device.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/abort.h"
#include "ns3/log.h"
#include "ns3/tcp-rx-buffer.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheTcpRead");

Ptr<Packet>
PayloadCacheTcpSocket::Recv(uint32_t maxSize, uint32_t flags)
{
    NS_LOG_FUNCTION(this << maxSize);
    NS_ABORT_MSG_IF(flags, "use of flags is not supported in PayloadCacheTcpSocket::Recv()");
    if (m_read.GetReady() > 0)
    {
        return m_read.Take(maxSize);
    }
    if (InCall())
    {
        m_readWanted = true;
        m_errno = ERROR_AGAIN;
        return nullptr;
    }
    if (m_claims.Size() < GetInOrder())
    {
        // closed with unread data: the connection was reset, and its payload given back
        m_errno = ERROR_SHUTDOWN;
        return nullptr;
    }
    if (GetInOrder() == 0 || maxSize == 0)
    {
        m_read.FoundNothing();
        return TcpSocketBase::Recv(maxSize, flags); // null, or the end of the stream
    }
    if (m_appClosed)
    {
        return nullptr;
    }
    m_read.Begin(maxSize);
    return m_read.Take(maxSize);
}

uint32_t
PayloadCacheTcpSocket::GetRxAvailable() const
{
    return m_read.GetReady();
}

uint32_t
PayloadCacheTcpSocket::GetInOrder() const
{
    return m_tcb->m_rxBuffer->Available();
}

Ptr<PayloadCacheNetDevice>
PayloadCacheTcpSocket::FindReadCard()
{
    return FindCard();
}

Ptr<Packet>
PayloadCacheTcpSocket::TakeInOrder(uint32_t bytes)
{
    Ptr<Packet> packet = TcpSocketBase::Recv(bytes, 0);
    NS_ABORT_MSG_IF(!packet || packet->GetSize() != bytes, "TCP's receive buffer lost bytes");
    m_taken += bytes;
    m_claims.Pop(bytes);
    return packet;
}

bool
PayloadCacheTcpSocket::BeginBusyPoll()
{
    return m_state == ESTABLISHED && m_busyPoll.Begin();
}

void
PayloadCacheTcpSocket::ReadReturned()
{
    if (m_read.GetReady() > 0)
    {
        NotifyDataRecv();
    }
    NotifyCallEnd();
    CheckDeferredClose();
}

void
PayloadCacheTcpSocket::UpdateWindow()
{
    if (m_inReceivedData)
    {
        m_updateWanted = true; // TCP may acknowledge by itself
        return;
    }
    m_updateWanted = false;
    if (!m_connected || m_tcb->m_rxBuffer->GotFin() || m_state == CLOSED)
    {
        return;
    }
    // RFC 9293, 3.8.6.2.2, receiver's side of silly window avoidance: tell the peer when the
    // window has opened by a segment, and has at least doubled.
    SequenceNumber32 next = m_tcb->m_rxBuffer->NextRxSequence();
    int32_t promised = m_rightEdge - next;
    int32_t window = m_tcb->m_rxBuffer->MaxRxSequence() - next;
    int32_t mss = static_cast<int32_t>(std::min(GetSegSize(), GetRcvBufSize() / 2));
    if (window - promised >= mss && window >= 2 * std::max(promised, 0))
    {
        m_host->Count(HostCounter::DEPARTURES);
        SendEmptyPacket(TcpHeader::ACK);
    }
}

bool
PayloadCacheTcpSocket::HasClosed() const
{
    return m_closeCalled;
}

} // namespace ns3
