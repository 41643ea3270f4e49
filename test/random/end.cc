#include "end.h"

#include "pattern.h"

#include "ns3/simulator.h"
#include "ns3/tcp-rx-buffer.h"

#include <algorithm>

using namespace ns3;

namespace randomtest
{

End::End(const EndPlan& plan)
    : m_plan(plan)
{
}

void
End::Connect(Ptr<Socket> socket, const Address& to)
{
    Hook(socket);
    socket->SetConnectCallback(MakeCallback(&End::Connected, this),
                               MakeCallback(&End::Refused, this));
    Inet6SocketAddress::IsMatchingType(to) ? socket->Bind6() : socket->Bind();
    socket->Connect(to);
}

void
End::Accepted(Ptr<Socket> socket, const Address& /* from */)
{
    Hook(socket);
    m_state = TcpSocket::ESTABLISHED;
    Connected(socket);
}

void
End::Hook(Ptr<Socket> socket)
{
    m_socket = socket;
    socket->TraceConnectWithoutContext("State", MakeCallback(&End::StateChanged, this));
    socket->TraceConnectWithoutContext("Tx", MakeCallback(&End::Sent, this));
    socket->SetSendCallback(MakeCallback(&End::Writable, this));
    socket->SetRecvCallback(MakeCallback(&End::Readable, this));
    socket->SetCloseCallbacks(MakeCallback(&End::Readable, this),
                              MakeCallback(&End::Readable, this));
}

void
End::Connected(Ptr<Socket> /* socket */)
{
    m_connected = true;
    NoteProgress();
    if (m_closeWanted)
    {
        Do("close");
        return;
    }
    Simulator::ScheduleNow(&End::Write, this);
}

void
End::Refused(Ptr<Socket> /* socket */)
{
    m_refused = true;
}

void
End::Writable(Ptr<Socket> /* socket */, uint32_t /* room */)
{
    Simulator::ScheduleNow(&End::Write, this);
}

void
End::Readable(Ptr<Socket> /* socket */)
{
    Read();
}

void
End::StateChanged(TcpSocket::TcpStates_t from, TcpSocket::TcpStates_t to)
{
    m_state = to;
    NoteProgress();
    if (to == TcpSocket::CLOSE_WAIT || to == TcpSocket::CLOSING || to == TcpSocket::TIME_WAIT)
    {
        m_sawFin = true;
    }
    if (to == TcpSocket::CLOSED && from != TcpSocket::LAST_ACK && from != TcpSocket::TIME_WAIT)
    {
        m_reset = true;
    }
}

void
End::Sent(Ptr<const Packet> /* packet */, const TcpHeader& header, Ptr<const TcpSocketBase> socket)
{
    uint8_t flags = header.GetFlags();
    if (m_sawFin || (flags & TcpHeader::ACK) == 0 || (flags & TcpHeader::RST) != 0)
    {
        return; // nothing more comes, or no window is told
    }
    // Windows are told in units of 2^shift bytes (RFC 7323), but not with a SYN. ns-3 takes the
    // least shift that tells the whole buffer, and counts sequence numbers from 0.
    uint32_t shift = 0;
    while ((flags & TcpHeader::SYN) == 0 && socket->GetRxBuffer()->MaxBufferSize() >> shift > 65535)
    {
        shift++;
    }
    uint64_t edge =
        header.GetAckNumber().GetValue() + (static_cast<uint64_t>(header.GetWindowSize()) << shift);
    m_shrunk += edge < m_edge ? 1 : 0;
    m_edge = edge;
}

void
End::Do(const std::string& what)
{
    if (what == "pause" || what == "resume")
    {
        m_paused = what == "pause";
        Read();
        return;
    }
    m_muted = true;
    if (what == "shutdown" && m_connected)
    {
        EndWriting();
    }
    if (what == "close" && !m_connected)
    {
        m_closeWanted = true; // in the handshake a close is a reset, of which a stock listener dies
    }
    else if (what == "close" && !m_closed)
    {
        m_closed = true;
        m_closedEarly = true;
        m_socket->Close();
    }
}

void
End::Write()
{
    while (m_connected && !m_muted && !m_closed && m_written < m_plan.bytes)
    {
        if (!m_unsent)
        {
            auto size = static_cast<uint32_t>(
                std::min<uint64_t>(m_plan.writeSize, m_plan.bytes - m_written));
            m_unsent = m_plan.pattern ? MakePatternPacket(m_plan.writeFlow, m_written, size)
                                      : Create<Packet>(size);
        }
        int accepted = m_socket->Send(m_unsent);
        if (accepted < 0)
        {
            return; // the same again when there is room
        }
        m_unsent = nullptr;
        m_written += accepted;
        NoteProgress();
    }
    // A server that has nothing to say leaves its side open until the client's end
    if (m_connected && !m_muted && m_written == m_plan.bytes &&
        (m_plan.bytes > 0 || !m_plan.server))
    {
        EndWriting();
    }
}

void
End::EndWriting()
{
    if (!m_shutDown && !m_closed)
    {
        m_shutDown = true;
        m_socket->ShutdownSend();
    }
}

void
End::Read()
{
    while (m_connected && !m_paused && !m_closedEarly)
    {
        Ptr<Packet> packet = m_socket->Recv(m_plan.readSize, 0);
        if (!packet)
        {
            return;
        }
        if (packet->GetSize() == 0) // the stream's end
        {
            if (HasWrittenAll() && !m_closed)
            {
                m_closed = true;
                m_socket->Close();
            }
            return;
        }
        m_wrong += m_plan.pattern ? CountWrongBytes(m_plan.readFlow, m_read, packet) : 0;
        m_read += packet->GetSize();
        NoteProgress();
    }
}

void
End::NoteProgress()
{
    m_lastProgress = Simulator::Now();
}

const EndPlan&
End::GetPlan() const
{
    return m_plan;
}

uint64_t
End::GetWritten() const
{
    return m_written;
}

uint64_t
End::GetRead() const
{
    return m_read;
}

uint64_t
End::GetWrong() const
{
    return m_wrong;
}

Time
End::GetLastProgress() const
{
    return m_lastProgress;
}

uint64_t
End::GetShrunk() const
{
    return m_shrunk;
}

bool
End::HasWrittenAll() const
{
    return m_muted || m_written == m_plan.bytes;
}

bool
End::ClosedEarly() const
{
    return m_closedEarly;
}

bool
End::IsPaused() const
{
    return m_paused;
}

bool
End::SawFin() const
{
    return m_sawFin;
}

bool
End::IsOpen() const
{
    return m_connected && m_state != TcpSocket::CLOSED;
}

bool
End::WasReset() const
{
    return m_reset;
}

bool
End::NeverConnected() const
{
    return !m_connected;
}

TcpSocket::TcpStates_t
End::GetState() const
{
    return m_state;
}

Ptr<Socket>
End::GetSocket() const
{
    return m_socket;
}

} // namespace randomtest
