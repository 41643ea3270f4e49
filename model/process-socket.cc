#include "process-socket.h"

#include "payload-cache-net-device.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/ipv6.h"

#include <algorithm>

namespace ns3
{

ProcessSocket::~ProcessSocket()
{
    m_claims.KeepFirst(0);
    if (m_host)
    {
        m_host->Sockets().Remove(m_number);
    }
}

void
ProcessSocket::EnterHost(Ptr<Node> node)
{
    m_host = node->GetObject<HostModel>();
    if (!m_host)
    {
        // a node without a machine is an ideal host
        m_host = CreateObject<HostModel>();
        m_host->SetAttribute("SocketLock", BooleanValue(false));
        node->AggregateObject(m_host);
    }
    m_number = m_host->Sockets().Add(this);
}

Ptr<HostModel>
ProcessSocket::GetHost() const
{
    return m_host;
}

uint32_t
ProcessSocket::GetNumber() const
{
    return m_number;
}

const RxClaims&
ProcessSocket::GetClaims() const
{
    return m_claims;
}

Ptr<PayloadCacheNetDevice>
ProcessSocket::FindRouteCard(Ptr<Node> node, Ptr<NetDevice> bound, const Address& destination)
{
    if (bound)
    {
        return DynamicCast<PayloadCacheNetDevice>(bound);
    }
    Socket::SocketErrno error;
    if (Ipv4Address::IsMatchingType(destination))
    {
        Ipv4Header header;
        header.SetDestination(Ipv4Address::ConvertFrom(destination));
        Ptr<Ipv4Route> route = node->GetObject<Ipv4>()->GetRoutingProtocol()->RouteOutput(
            nullptr, header, nullptr, error);
        return route ? DynamicCast<PayloadCacheNetDevice>(route->GetOutputDevice()) : nullptr;
    }
    Ipv6Header header;
    header.SetDestination(Ipv6Address::ConvertFrom(destination));
    Ptr<Ipv6Route> route =
        node->GetObject<Ipv6>()->GetRoutingProtocol()->RouteOutput(nullptr, header, nullptr, error);
    return route ? DynamicCast<PayloadCacheNetDevice>(route->GetOutputDevice()) : nullptr;
}

// -- The process --

Worker
ProcessSocket::ProcessOf(Ptr<Socket> socket)
{
    auto ours = dynamic_cast<ProcessSocket*>(PeekPointer(socket));
    return ours ? ours->GetProcessWorker() : Worker();
}

Worker
ProcessSocket::GetProcessWorker() const
{
    return {m_processCore, PC_CPU_PROCESS, m_process != 0 ? SHARED_PROCESS | m_process : m_number};
}

Worker
ProcessSocket::GetInterruptWorker() const
{
    return {m_interruptCore, PC_CPU_INTERRUPT};
}

int
ProcessSocket::GetQueueOn(const PayloadCacheNetDevice& card) const
{
    return m_placedCard == &card ? static_cast<int>(m_queue) : -1;
}

uint32_t
ProcessSocket::GetProcess() const
{
    return m_process;
}

bool
ProcessSocket::IsInOwnCall() const
{
    return m_write.IsRunning() || m_read.IsRunning();
}

bool
ProcessSocket::InCall() const
{
    if (IsInOwnCall() || m_process == 0)
    {
        return IsInOwnCall();
    }
    auto others = m_host->Sockets().SharingProcess(this);
    return std::any_of(others.begin(), others.end(), [this](uint32_t other) {
        return m_host->Sockets().Find(other)->IsInOwnCall();
    });
}

void
ProcessSocket::NotifyCallEnd()
{
    NotifyFree();
    if (m_process == 0)
    {
        return;
    }
    for (uint32_t number : m_host->Sockets().SharingProcess(this))
    {
        PayloadSocket* other = m_host->Sockets().Find(number);
        if (other) // what was told before may have closed it
        {
            other->ProcessFreed();
        }
    }
}

void
ProcessSocket::ProcessFreed()
{
    m_read.Woken();
    NotifyFree();
}

void
ProcessSocket::TraceCall(bool write, uint32_t bytes, Time latency)
{
    m_callTrace(write, bytes, latency);
    if (HostObserver* observer = m_host->GetObserver())
    {
        observer->CallReturned(m_number, write, m_host->Now());
    }
}

// -- Busy polling --

void
ProcessSocket::FellAsleep()
{
    m_read.FellAsleep();
}

void
ProcessSocket::EndBusyPoll()
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
ProcessSocket::EndOwnBusyPoll()
{
    m_busyPoll.End();
}

void
ProcessSocket::PollRoundBegins()
{
    m_busyPoll.RoundBegins();
}

void
ProcessSocket::PollRoundEnds()
{
    m_busyPoll.RoundEnds();
}

// -- The lock --

bool
ProcessSocket::IsLocked() const
{
    return m_locked;
}

void
ProcessSocket::Lock()
{
    m_locked = m_host->HasSocketLock();
}

void
ProcessSocket::AddToBacklog(std::function<void(Continuation)> processing)
{
    m_backlog.push_back(std::move(processing));
}

void
ProcessSocket::Unlock(Continuation done)
{
    NS_ABORT_MSG_IF(m_unlocked, "a socket's lock is given back twice");
    m_unlocked = std::move(done);
    DrainBacklog();
}

void
ProcessSocket::DrainBacklog()
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
    processing([this, alive = Keep()] { DrainBacklog(); });
}

} // namespace ns3
