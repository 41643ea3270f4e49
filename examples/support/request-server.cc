#include "request-server.h"

#include "addresses.h"


using namespace ns3;

namespace scenario
{

RequestServer::RequestServer(TypeId protocol,
                             Ptr<NetDevice> wire,
                             const Address& address,
                             const RequestTraffic& traffic,
                             uint64_t cycles)
    : m_protocol(protocol),
      m_address(address),
      m_cycles(cycles),
      m_arrivals(wire, PortOf(address), traffic.concurrency, traffic.requestSize)
{
    for (uint64_t i = 0; i < traffic.concurrency; i++)
    {
        m_ends.emplace_back(
            traffic.Responses(i),
            traffic.Requests(i),
            [this, i] { m_ends[i].Read(); },
            [this, i] { Serve(i); });
    }
}

void
RequestServer::DoDispose()
{
    m_ends.clear();
    m_host = nullptr;
    m_listeners.clear();
    Application::DoDispose();
}

// -- Connections --

void
RequestServer::StartApplication()
{
    m_host = GetNode()->GetObject<HostModel>();
    for (uint64_t i = 0; i < m_ends.size(); i++)
    {
        Ptr<Socket> listener = Socket::CreateSocket(GetNode(), m_protocol);
        listener->Bind(At(HostOf(m_address), PortOf(m_address) + i));
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeCallback(&RequestServer::Accepted, this).Bind(i));
        m_listeners.push_back(listener);
    }
}

void
RequestServer::StopApplication()
{
    for (const Ptr<Socket>& listener : m_listeners)
    {
        listener->Close();
    }
}

void
RequestServer::Accepted(uint64_t connection, Ptr<Socket> socket, const Address& /* from */)
{
    m_ends[connection].SetSocket(socket);
    auto closed = MakeCallback(&RequestServer::Closed, this).Bind(connection);
    socket->SetCloseCallbacks(closed, closed);
    m_ends[connection].Read();
}

void
RequestServer::Closed(uint64_t connection, Ptr<Socket> /* socket */)
{
    if (!m_ends[connection].IsClosed())
    {
        m_closed++;
        m_ends[connection].Close();
    }
}

// -- Requests --

void
RequestServer::Serve(uint64_t connection)
{
    pc_time arrival = m_arrivals.Take(connection);
    if (!m_host)
    {
        m_ends[connection].Write(); // stock ns-3: no time passes
        return;
    }
    pc_work work;
    pc_work_clear(&work);
    pc_work_add_cycles(&work, PC_CAT_APPLICATION, static_cast<double>(m_cycles));
    m_host->Run(m_ends[connection].GetProcess(),
                work,
                [this, alive = Ptr<RequestServer>(this), connection, arrival] {
                    Served(connection, arrival);
                });
}

void
RequestServer::Served(uint64_t connection, pc_time arrival)
{
    m_waits.push_back(m_host->GetBegan() - arrival);
    m_services.push_back(m_host->Now() - m_host->GetBegan());
    m_ends[connection].Write();
}

// -- What it did --

void
RequestServer::BeginCounting()
{
    m_waits.clear();
    m_services.clear();
}

const std::vector<pc_time>&
RequestServer::GetWaits() const
{
    return m_waits;
}

const std::vector<pc_time>&
RequestServer::GetServices() const
{
    return m_services;
}

bool
RequestServer::IsFinished() const
{
    return m_closed == m_ends.size();
}

const MessageEnd&
RequestServer::GetEnd(uint64_t connection) const
{
    return m_ends[connection];
}

} // namespace scenario
