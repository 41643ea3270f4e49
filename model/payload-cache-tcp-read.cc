// The socket's reads: what the application takes, what polls for it, and the lock that a call holds.

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

const RxClaims&
PayloadCacheTcpSocket::GetClaims() const
{
    return m_claims;
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

void
PayloadCacheTcpSocket::FellAsleep()
{
    m_read.FellAsleep();
}

bool
PayloadCacheTcpSocket::BeginBusyPoll()
{
    return m_state == ESTABLISHED && m_busyPoll.Begin();
}

void
PayloadCacheTcpSocket::EndBusyPoll()
{
    m_busyPoll.End();
    if (m_process == 0)
    {
        return;
    }
    for (uint32_t number : m_host->Sockets().SharingProcess(this))
    {
        m_host->Sockets().Find(number)->EndOwnBusyPoll();
    }
}

void
PayloadCacheTcpSocket::EndOwnBusyPoll()
{
    m_busyPoll.End();
}

void
PayloadCacheTcpSocket::PollRoundBegins()
{
    m_busyPoll.RoundBegins();
}

void
PayloadCacheTcpSocket::PollRoundEnds()
{
    m_busyPoll.RoundEnds();
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
PayloadCacheTcpSocket::TraceCall(bool write, uint32_t bytes, Time latency)
{
    m_callTrace(write, bytes, latency);
    if (HostObserver* observer = m_host->GetObserver())
    {
        observer->CallReturned(m_number, write, m_host->Now());
    }
}

// -- the lock --

bool
PayloadCacheTcpSocket::HasClosed() const
{
    return m_closeCalled;
}

bool
PayloadCacheTcpSocket::IsLocked() const
{
    return m_locked;
}

void
PayloadCacheTcpSocket::Lock()
{
    m_locked = m_host->HasSocketLock();
}

void
PayloadCacheTcpSocket::AddToBacklog(std::function<void(Continuation)> processing)
{
    m_backlog.push_back(std::move(processing));
}

void
PayloadCacheTcpSocket::Unlock(Continuation done)
{
    NS_ABORT_MSG_IF(m_unlocked, "a socket's lock is given back twice");
    m_unlocked = std::move(done);
    DrainBacklog();
}

void
PayloadCacheTcpSocket::DrainBacklog()
{
    if (m_backlog.empty())
    {
        m_locked = false;
        auto done = std::move(m_unlocked);
        m_unlocked = nullptr;
        done();
        return;
    }
    auto processing = std::move(m_backlog.front());
    m_backlog.pop_front();
    processing([alive = Ptr<PayloadCacheTcpSocket>(this)] { alive->DrainBacklog(); });
}

} // namespace ns3
