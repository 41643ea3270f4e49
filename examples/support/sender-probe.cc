#include "sender-probe.h"

#include "ns3/simulator.h"

using namespace ns3;

namespace scenario
{

SenderProbe::SenderProbe(Ptr<Socket> socket)
{
    socket->TraceConnectWithoutContext("Tx", MakeCallback(&SenderProbe::Sent, this));
    socket->TraceConnectWithoutContext("Rx", MakeCallback(&SenderProbe::Came, this));
    socket->TraceConnectWithoutContext("BytesInFlight", MakeCallback(&SenderProbe::InFlight, this));
    socket->TraceConnectWithoutContext("CongState", MakeCallback(&SenderProbe::State, this));
}

void
SenderProbe::Begin()
{
    m_seen = Seen();
    m_since = Simulator::Now();
}

SenderProbe::Seen
SenderProbe::End()
{
    InFlight(m_inFlight, m_inFlight);
    return m_seen;
}

void
SenderProbe::Sent(Ptr<const Packet> packet,
                  const TcpHeader& header,
                  Ptr<const TcpSocketBase> /* socket */)
{
    if (packet->GetSize() == 0)
    {
        return;
    }
    SequenceNumber32 begin = header.GetSequenceNumber();
    SequenceNumber32 end = begin + packet->GetSize();
    if (end > m_highest)
    {
        m_highest = end;
        m_segments.push_back({end, Simulator::Now(), false});
        return;
    }
    m_seen.retransmissions++;
    for (Segment& segment : m_segments)
    {
        segment.again = segment.again || segment.end > begin;
        if (segment.end >= end)
        {
            break; // it may have been cut otherwise
        }
    }
}

void
SenderProbe::Came(Ptr<const Packet> /* packet */,
                  const TcpHeader& header,
                  Ptr<const TcpSocketBase> /* socket */)
{
    bool again = false;
    Segment last{SequenceNumber32(0), Time(0), true};
    while (!m_segments.empty() && m_segments.front().end <= header.GetAckNumber())
    {
        last = m_segments.front();
        again = again || last.again;
        m_segments.pop_front();
    }
    if (!again && last.end == header.GetAckNumber())
    {
        Sample(Simulator::Now() - last.sent);
    }
}

void
SenderProbe::Sample(Time roundTrip)
{
    m_seen.least = m_seen.samples == 0 ? roundTrip : Min(m_seen.least, roundTrip);
    m_seen.most = Max(m_seen.most, roundTrip);
    m_seen.sum += roundTrip;
    m_seen.samples++;
}

void
SenderProbe::InFlight(uint32_t /* before */, uint32_t now)
{
    m_seen.inFlightByteSeconds += m_inFlight * (Simulator::Now() - m_since).GetSeconds();
    m_since = Simulator::Now();
    m_inFlight = now;
}

void
SenderProbe::State(TcpSocketState::TcpCongState_t /* before */, TcpSocketState::TcpCongState_t now)
{
    m_seen.timeouts += now == TcpSocketState::CA_LOSS;
}

void
SenderProbe::Seen::Add(const Seen& other)
{
    if (other.samples > 0)
    {
        least = samples == 0 ? other.least : Min(least, other.least);
    }
    most = Max(most, other.most);
    sum += other.sum;
    samples += other.samples;
    inFlightByteSeconds += other.inFlightByteSeconds;
    retransmissions += other.retransmissions;
    timeouts += other.timeouts;
}

} // namespace scenario
