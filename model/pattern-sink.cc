#include "pattern-sink.h"

#include "host-model.h"
#include "pattern.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/boolean.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

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
            .AddAttribute("ReadDelay",
                          "each byte is read that long after it has come; 0 for at once [s]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PatternSink::m_readDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("ReadPause",
                          "what is there is read, then nothing for that long; 0 for at once [s]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&PatternSink::m_readPause),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("ReadRate",
                          "the rate of reading; 0 for as fast as data comes [bit/s]",
                          DataRateValue(DataRate(0)),
                          MakeDataRateAccessor(&PatternSink::m_readRate),
                          MakeDataRateChecker())
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

uint64_t
PatternSink::GetSleeps() const
{
    return m_sleeps;
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
    m_pace = ReadPace(m_readDelay, m_readPause, m_readRate);
    m_listener = Socket::CreateSocket(GetNode(), m_protocol);
    m_listener->Bind(m_local);
    m_listener->Listen();
    if (m_pace.IsAtOnce())
    {
        m_listener->ShutdownSend(); // connections close with the peer's FIN
    }
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
    m_pace.Begin();
    m_next = DynamicCast<TcpSocketBase>(socket)->GetRxBuffer()->NextRxSequence();
    socket->SetRecvCallback(MakeCallback(&PatternSink::Readable, this));
    socket->SetCloseCallbacks(MakeCallback(&PatternSink::Closed, this),
                              MakeCallback(&PatternSink::Closed, this));
}

void
PatternSink::Closed(Ptr<Socket> socket)
{
    m_closed = true;
    m_closeTrace();
    if (!m_pace.IsAtOnce())
    {
        Readable(socket);
    }
}

void
PatternSink::Readable(Ptr<Socket> /* socket */)
{
    NoteArrived();
    if (!m_asleep)
    {
        Read();
    }
}

void
PatternSink::NoteArrived()
{
    // a read that is under way has taken its bytes out of the buffer, or has not: TCP's next
    // sequence number tells what has come in both cases
    SequenceNumber32 next =
        DynamicCast<TcpSocketBase>(m_socket)->GetRxBuffer()->NextRxSequence();
    if (next != m_next && !m_pace.IsAtOnce())
    {
        m_arrived += next - m_next;
        m_next = next;
        m_pace.Arrived(m_arrived);
    }
}

void
PatternSink::Read()
{
    Time due = m_pace.Due(m_read);
    Address from;
    while (due <= Simulator::Now())
    {
        Ptr<Packet> packet = m_socket->RecvFrom(m_pace.Most(m_read), 0, from);
        if (!packet)
        {
            return; // a read is under way, or the reader waits for more
        }
        if (packet->GetSize() == 0)
        {
            EndOfStream();
            return;
        }
        Take(packet);
        m_pace.Returned(m_read);
        due = m_pace.Due(m_read);
    }
    if (due < Time::Max())
    {
        SleepUntil(due);
    }
}

void
PatternSink::EndOfStream()
{
    if (!m_pace.IsAtOnce())
    {
        m_socket->Close();
    }
}

void
PatternSink::SleepUntil(Time due)
{
    m_asleep = true;
    m_sleeps++;
    Time duration = due - Simulator::Now();
    Ptr<HostModel> host = GetNode()->GetObject<HostModel>();
    if (!host)
    {
        Simulator::Schedule(duration, &PatternSink::WokeUp, Ptr<PatternSink>(this));
        return;
    }
    host->Sleep(ProcessSocket::ProcessOf(m_socket), duration, [sink = Ptr<PatternSink>(this)] { sink->WokeUp(); });
}

void
PatternSink::WokeUp()
{
    m_asleep = false;
    if (m_socket)
    {
        Read();
    }
}

void
PatternSink::Take(Ptr<Packet> packet)
{
    if (m_pattern)
    {
        m_wrong += CountWrongBytes(m_flow, m_read, packet);
    }
    m_read += packet->GetSize();
    m_lastRead = Simulator::Now();
    m_readTrace(packet);
}

} // namespace ns3
