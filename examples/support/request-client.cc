#include "request-client.h"

#include "addresses.h"

#include "ns3/double.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"

#include <utility>

using namespace ns3;

namespace scenario
{

namespace
{

/// The stream of random numbers of the arrivals: chosen, one a purpose; losses have another.
constexpr int64_t ARRIVAL_STREAM = 2;

} // namespace

MessageStream
RequestTraffic::Requests(uint64_t connection) const
{
    return {requestSize, static_cast<uint32_t>(2 * connection), pattern, callSize};
}

MessageStream
RequestTraffic::Responses(uint64_t connection) const
{
    return {responseSize, static_cast<uint32_t>(2 * connection + 1), pattern, callSize};
}

RequestClient::RequestClient(TypeId protocol,
                             const Address& server,
                             const RequestTraffic& traffic)
    : m_protocol(protocol),
      m_server(server),
      m_traffic(traffic),
      m_due(traffic.concurrency),
      m_interval(CreateObject<ExponentialRandomVariable>())
{
    m_interval->SetAttribute("Mean", DoubleValue(1));
    m_interval->SetStream(ARRIVAL_STREAM);
    for (uint64_t i = 0; i < traffic.concurrency; i++)
    {
        m_ends.emplace_back(
            traffic.Requests(i), traffic.Responses(i), [] {}, [this, i] { Answered(i); });
    }
}

void
RequestClient::DoDispose()
{
    m_next.Cancel();
    m_ends.clear();
    m_host = nullptr;
    Application::DoDispose();
}

// -- Connections --

void
RequestClient::StartApplication()
{
    m_host = GetNode()->GetObject<HostModel>();
    for (uint64_t i = 0; i < m_traffic.concurrency; i++)
    {
        Ptr<Socket> socket = Socket::CreateSocket(GetNode(), m_protocol);
        m_ends[i].SetSocket(socket);
        Inet6SocketAddress::IsMatchingType(m_server) ? socket->Bind6() : socket->Bind();
        socket->SetConnectCallback(MakeCallback(&RequestClient::Connected, this),
                                   MakeCallback(&RequestClient::Failed, this));
        socket->Connect(At(HostOf(m_server), PortOf(m_server) + i));
    }
}

void
RequestClient::StopApplication()
{
    Finish();
}

void
RequestClient::WhenConnected(std::function<void()> ready, std::function<void()> failed)
{
    m_ready = std::move(ready);
    m_failed = std::move(failed);
}

void
RequestClient::Connected(Ptr<Socket> /* socket */)
{
    m_connected++;
    if (m_connected == m_traffic.concurrency)
    {
        m_ready();
    }
}

void
RequestClient::Failed(Ptr<Socket> /* socket */)
{
    if (m_failed)
    {
        std::exchange(m_failed, nullptr)();
    }
}

void
RequestClient::Finish()
{
    m_finishing = true;
    m_next.Cancel();
    CheckFinished();
}

void
RequestClient::CheckFinished()
{
    if (HasMore() || m_outstanding > 0 || m_finished)
    {
        return;
    }
    m_finished = true;
    for (MessageEnd& end : m_ends)
    {
        end.Close();
    }
}

bool
RequestClient::HasMore() const
{
    return !m_finishing && (m_traffic.requests == 0 || m_made < m_traffic.requests);
}

// -- Requests --

void
RequestClient::Begin()
{
    m_began = Simulator::Now();
    for (MessageEnd& end : m_ends)
    {
        end.Read();
    }
    if (m_traffic.rate > 0)
    {
        ScheduleNext();
        return;
    }
    for (uint64_t i = 0; i < m_traffic.concurrency && HasMore(); i++)
    {
        MakeRequest(i);
    }
}

void
RequestClient::ScheduleNext()
{
    m_intervals += m_traffic.periodic ? 1 : m_interval->GetValue();
    // from the beginning, so that rounding to ns-3's time steps does not add up
    Time due = m_began + Seconds(m_intervals / m_traffic.rate);
    m_next = Simulator::Schedule(due - Simulator::Now(), &RequestClient::NextDue, this);
}

void
RequestClient::NextDue()
{
    uint64_t connection = m_made % m_traffic.concurrency;
    MakeRequest(connection);
    if (HasMore())
    {
        ScheduleNext();
    }
}

void
RequestClient::MakeRequest(uint64_t connection)
{
    AddOutstandingTime();
    m_made++;
    m_outstanding++;
    m_due[connection].push_back(HostTime(m_host));
    m_ends[connection].Write();
}

void
RequestClient::Answered(uint64_t connection)
{
    AddOutstandingTime();
    m_outstanding--;
    m_latencies.push_back(HostTime(m_host) - m_due[connection].front());
    m_due[connection].pop_front();
    if (m_traffic.rate == 0 && HasMore())
    {
        MakeRequest(connection);
    }
    m_ends[connection].Read();
    CheckFinished();
}

// -- What it did --

bool
RequestClient::IsFinished() const
{
    return m_finished;
}

void
RequestClient::BeginCounting()
{
    AddOutstandingTime();
    m_outstandingTime = 0;
    m_latencies.clear();
}

void
RequestClient::AddOutstandingTime()
{
    pc_time now = HostTime(m_host);
    m_outstandingTime += static_cast<double>(m_outstanding) * (now - m_outstandingSince);
    m_outstandingSince = now;
}

double
RequestClient::GetOutstandingTime()
{
    AddOutstandingTime();
    return m_outstandingTime;
}

const std::vector<pc_time>&
RequestClient::GetLatencies() const
{
    return m_latencies;
}

uint64_t
RequestClient::GetConnected() const
{
    return m_connected;
}

uint64_t
RequestClient::GetOutstanding() const
{
    return m_outstanding;
}

const MessageEnd&
RequestClient::GetEnd(uint64_t connection) const
{
    return m_ends[connection];
}

} // namespace scenario
