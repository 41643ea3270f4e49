#include "pattern-source.h"

#include "pattern.h"

#include "ns3/boolean.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PatternSource);

TypeId
PatternSource::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PatternSource")
            .SetParent<Application>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PatternSource>()
            .AddAttribute("Remote",
                          "where to [address]",
                          AddressValue(),
                          MakeAddressAccessor(&PatternSource::m_remote),
                          MakeAddressChecker())
            .AddAttribute("Protocol",
                          "the socket factory [type]",
                          TypeIdValue(TcpSocketFactory::GetTypeId()),
                          MakeTypeIdAccessor(&PatternSource::m_protocol),
                          MakeTypeIdChecker())
            .AddAttribute("SendSize",
                          "bytes a write [B]",
                          UintegerValue(65536),
                          MakeUintegerAccessor(&PatternSource::m_sendSize),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("MaxBytes",
                          "all bytes; 0 for no limit [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PatternSource::m_maxBytes),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("Rate",
                          "the rate of writing; 0 for as fast as write allows [bit/s]",
                          DataRateValue(DataRate(0)),
                          MakeDataRateAccessor(&PatternSource::m_rate),
                          MakeDataRateChecker())
            .AddAttribute("Flow",
                          "number of the flow in the pattern [number]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PatternSource::m_flow),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("Pattern",
                          "write real bytes, else virtual zeros [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PatternSource::m_pattern),
                          MakeBooleanChecker());
    return tid;
}

uint64_t
PatternSource::GetWritten() const
{
    return m_written;
}

bool
PatternSource::IsClosed() const
{
    return m_closed;
}

Ptr<Socket>
PatternSource::GetSocket() const
{
    return m_socket;
}

void
PatternSource::DoDispose()
{
    m_next.Cancel();
    if (m_socket) // which may go on closing for a while
    {
        m_socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                                     MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
    }
    m_socket = nullptr;
    m_unsent = nullptr;
    Application::DoDispose();
}

void
PatternSource::StartApplication()
{
    m_socket = Socket::CreateSocket(GetNode(), m_protocol);
    Inet6SocketAddress::IsMatchingType(m_remote) ? m_socket->Bind6() : m_socket->Bind();
    m_socket->Connect(m_remote);
    m_socket->ShutdownRecv();
    m_socket->SetConnectCallback(MakeCallback(&PatternSource::Connected, this),
                                 MakeNullCallback<void, Ptr<Socket>>());
    m_socket->SetSendCallback(MakeCallback(&PatternSource::Writable, this));
}

void
PatternSource::StopApplication()
{
    Finish();
}

void
PatternSource::Finish()
{
    m_next.Cancel();
    m_finished = true;
    // In the handshake a close would be a reset, of which ns-3's listening socket dies.
    if (m_connected && !m_closed)
    {
        m_closed = true;
        m_socket->Close();
    }
}

void
PatternSource::Connected(Ptr<Socket> /* socket */)
{
    m_connected = true;
    m_began = Simulator::Now();
    m_finished ? Finish() : Write();
}

void
PatternSource::Writable(Ptr<Socket> /* socket */, uint32_t /* room */)
{
    if (m_connected && !m_finished)
    {
        Simulator::ScheduleNow(&PatternSource::Write, Ptr<PatternSource>(this));
    }
}

Time
PatternSource::NextWrite() const
{
    if (m_rate.GetBitRate() == 0)
    {
        return Simulator::Now();
    }
    double seconds = 8.0 * m_written / m_rate.GetBitRate();
    return m_began + Seconds(seconds);
}

Ptr<Packet>
PatternSource::Make() const
{
    uint32_t size = m_sendSize;
    if (m_maxBytes > 0)
    {
        size = static_cast<uint32_t>(std::min<uint64_t>(size, m_maxBytes - m_written));
    }
    if (!m_pattern)
    {
        return Create<Packet>(size);
    }
    return MakePatternPacket(m_flow, m_written, size);
}

void
PatternSource::Write()
{
    while (!m_finished && (m_maxBytes == 0 || m_written < m_maxBytes))
    {
        Time due = NextWrite();
        if (due > Simulator::Now())
        {
            if (m_next.IsExpired())
            {
                m_next = Simulator::Schedule(due - Simulator::Now(), &PatternSource::Write, this);
            }
            return;
        }
        Ptr<Packet> packet = m_unsent ? m_unsent : Make();
        int written = m_socket->Send(packet);
        if (written < 0)
        {
            m_unsent = packet; // the same again when there is room
            return;
        }
        m_unsent = nullptr;
        m_written += written;
    }
    if (!m_finished && m_maxBytes > 0 && m_written == m_maxBytes)
    {
        Finish();
    }
}

} // namespace ns3
