#include "rtt-meter.h"

#include "ns3/simulator.h"

#include <algorithm>

using namespace ns3;

namespace scenario
{

void
RttMeter::Follow(Ptr<Socket> socket)
{
    auto flight = std::make_shared<Flight>();
    socket->TraceConnectWithoutContext("Tx", MakeCallback(&RttMeter::Sent).Bind(flight));
    socket->TraceConnectWithoutContext("Rx", MakeCallback(&RttMeter::Received, this).Bind(flight));
}

void
RttMeter::Begin()
{
    m_counting = true;
    m_bytes = 0;
    m_byteSeconds = 0;
    m_min = 0;
    m_max = 0;
}

Json
RttMeter::End()
{
    m_counting = false;
    if (m_bytes == 0)
    {
        return {{"mean", nullptr}, {"min", nullptr}, {"max", nullptr}};
    }
    return {{"mean", 1e6 * m_byteSeconds / m_bytes}, {"min", 1e6 * m_min}, {"max", 1e6 * m_max}};
}

void
RttMeter::Sent(std::shared_ptr<Flight> flight,
               Ptr<const Packet> packet,
               const TcpHeader& header,
               Ptr<const TcpSocketBase> /* socket */)
{
    if (packet->GetSize() == 0)
    {
        return;
    }
    SequenceNumber32 begin = header.GetSequenceNumber();
    SequenceNumber32 end = begin + packet->GetSize();
    if (begin < flight->highest)
    {
        flight->segments.clear(); // sent again
        flight->highest = std::max(flight->highest, end);
        return;
    }
    flight->highest = end;
    flight->segments.push_back({end, packet->GetSize(), Simulator::Now()});
}

void
RttMeter::Received(std::shared_ptr<Flight> flight,
                   Ptr<const Packet> /* packet */,
                   const TcpHeader& header,
                   Ptr<const TcpSocketBase> /* socket */)
{
    auto& segments = flight->segments;
    while (!segments.empty() && segments.front().end <= header.GetAckNumber())
    {
        double seconds = (Simulator::Now() - segments.front().sent).GetSeconds();
        uint32_t bytes = segments.front().bytes;
        segments.pop_front();
        if (m_counting)
        {
            m_min = m_bytes == 0 ? seconds : std::min(m_min, seconds);
            m_max = std::max(m_max, seconds);
            m_bytes += bytes;
            m_byteSeconds += bytes * seconds;
        }
    }
}

} // namespace scenario
