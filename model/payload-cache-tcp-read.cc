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
        return nullptr; // what is unread goes with the close
    }
    m_read.Begin(maxSize);
    return m_read.Take(maxSize);
}

uint32_t
PayloadCacheTcpSocket::GetRxAvailable() const
{
    bool mayRead = GetInOrder() > 0 && !m_appClosed && m_claims.Size() >= GetInOrder();
    if (mayRead && InCall())
    {
        m_readWanted = true; // who asks now is told when the process is free, as in Recv()
        mayRead = false;
    }
    return m_read.GetReady() + (mayRead ? GetInOrder() : 0);
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
    CheckPromise();
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

bool
PayloadCacheTcpSocket::HasClosed() const
{
    return m_closeCalled;
}

} // namespace ns3
