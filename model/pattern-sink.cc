#include "pattern-sink.h"

#include "pattern.h"

#include "ns3/boolean.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PatternSink);

TypeId
PatternSink::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PatternSink")
            .SetParent<Application>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PatternSink>()
            .AddAttribute("Local",
                          "where to listen [address]",
                          AddressValue(),
                          MakeAddressAccessor(&PatternSink::m_local),
                          MakeAddressChecker())
            .AddAttribute("Protocol",
                          "the socket factory [type]",
                          TypeIdValue(TcpSocketFactory::GetTypeId()),
                          MakeTypeIdAccessor(&PatternSink::m_protocol),
                          MakeTypeIdChecker())
            .AddAttribute("Flow",
                          "number of the flow in the pattern [number]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PatternSink::m_flow),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("Pattern",
                          "compare every byte with the pattern [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PatternSink::m_pattern),
                          MakeBooleanChecker())
            .AddTraceSource("Rx",
                            "a read has returned",
                            MakeTraceSourceAccessor(&PatternSink::m_readTrace),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("Close",
                            "the peer has closed, or the connection is gone",
                            MakeTraceSourceAccessor(&PatternSink::m_closeTrace),
                            "ns3::TracedCallback");
    return tid;
}

uint64_t
PatternSink::GetRead() const
{
    return m_read;
}

uint64_t
PatternSink::GetWrong() const
{
    return m_wrong;
}

Time
PatternSink::GetLastRead() const
{
    return m_lastRead;
}

bool
PatternSink::IsClosed() const
{
    return m_closed;
}

void
PatternSink::DoDispose()
{
    if (m_socket) // which may go on closing for a while
    {
        m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                    MakeNullCallback<void, Ptr<Socket>>());
    }
    m_listener = nullptr;
    m_socket = nullptr;
    Application::DoDispose();
}

void
PatternSink::StartApplication()
{
    m_listener = Socket::CreateSocket(GetNode(), m_protocol);
    m_listener->Bind(m_local);
    m_listener->Listen();
    m_listener->ShutdownSend();
    m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&PatternSink::Accepted, this));
}

void
PatternSink::StopApplication()
{
    for (auto& socket : {m_socket, m_listener})
    {
        if (socket)
        {
            socket->Close();
            socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        }
    }
}

void
PatternSink::Accepted(Ptr<Socket> socket, const Address& /* from */)
{
    m_socket = socket;
    socket->SetRecvCallback(MakeCallback(&PatternSink::Readable, this));
    socket->SetCloseCallbacks(MakeCallback(&PatternSink::Closed, this),
                              MakeCallback(&PatternSink::Closed, this));
}

void
PatternSink::Closed(Ptr<Socket> /* socket */)
{
    m_closed = true;
    m_closeTrace();
}

void
PatternSink::Readable(Ptr<Socket> socket)
{
    Address from;
    while (Ptr<Packet> packet = socket->RecvFrom(from))
    {
        if (packet->GetSize() == 0)
        {
            break; // end of the stream
        }
        if (m_pattern)
        {
            Compare(packet);
        }
        m_read += packet->GetSize();
        m_lastRead = Simulator::Now();
        m_readTrace(packet);
    }
}

void
PatternSink::Compare(Ptr<Packet> packet)
{
    uint32_t size = packet->GetSize();
    std::vector<uint8_t> bytes(size);
    packet->CopyData(bytes.data(), size);
    uint32_t at = 0;
    while (at < size)
    {
        at += MatchPattern(m_flow, m_read + at, bytes.data() + at, size - at);
        if (at < size)
        {
            m_wrong++;
            at++;
        }
    }
}

} // namespace ns3
