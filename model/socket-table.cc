#include "socket-table.h"

#include <algorithm>

namespace ns3
{

uint32_t
SocketTable::Add(PayloadSocket* socket)
{
    m_byNumber[++m_last] = socket;
    return m_last;
}

void
SocketTable::Remove(uint32_t number)
{
    Unbind(number);
    auto flow = m_flows.find(number);
    if (flow != m_flows.end())
    {
        // the connection may have been entered anew by a later socket on the same ports
        auto entry = m_byFlow.find(flow->second);
        if (entry != m_byFlow.end() && entry->second == m_byNumber[number])
        {
            m_byFlow.erase(entry);
        }
        m_flows.erase(flow);
    }
    m_byNumber.erase(number);
}

void
SocketTable::Connect(uint32_t number, const FlowKey& flow)
{
    m_flows[number] = flow;
    m_byFlow[flow] = m_byNumber.at(number);
}

void
SocketTable::Bind(uint32_t number, uint16_t port)
{
    Unbind(number);
    m_ports[number] = port;
    m_byPort[port].push_back(number);
}

void
SocketTable::Unbind(uint32_t number)
{
    auto entry = m_ports.find(number);
    if (entry == m_ports.end())
    {
        return;
    }
    auto bound = m_byPort.find(entry->second);
    std::vector<uint32_t>& numbers = bound->second;
    numbers.erase(std::remove(numbers.begin(), numbers.end(), number), numbers.end());
    if (numbers.empty())
    {
        m_byPort.erase(bound);
    }
    m_ports.erase(entry);
}

std::vector<uint32_t>
SocketTable::OnPort(uint16_t port) const
{
    auto entry = m_byPort.find(port);
    return entry == m_byPort.end() ? std::vector<uint32_t>() : entry->second;
}

bool
SocketTable::HasPort(uint16_t port) const
{
    return m_byPort.count(port) != 0;
}

std::vector<uint32_t>
SocketTable::SharingProcess(const PayloadSocket* socket) const
{
    std::vector<uint32_t> others;
    for (const auto& [number, other] : m_byNumber)
    {
        if (other != socket && socket->GetProcess() != 0 &&
            other->GetProcess() == socket->GetProcess())
        {
            others.push_back(number);
        }
    }
    std::sort(others.begin(), others.end());
    return others;
}

void
SocketTable::GiveUp(uint32_t number, uint64_t from)
{
    m_givenUp.emplace(number, from);
}

bool
SocketTable::HasGivenUp(uint32_t number, uint64_t end) const
{
    auto entry = m_givenUp.find(number);
    return entry != m_givenUp.end() && entry->second < end;
}

PayloadSocket*
SocketTable::Find(uint32_t number) const
{
    auto entry = m_byNumber.find(number);
    return entry == m_byNumber.end() ? nullptr : entry->second;
}

PayloadSocket*
SocketTable::Find(const FlowKey& flow) const
{
    auto entry = m_byFlow.find(flow);
    return entry == m_byFlow.end() ? nullptr : entry->second;
}

std::size_t
SocketTable::GetCount() const
{
    return m_byNumber.size();
}

} // namespace ns3
