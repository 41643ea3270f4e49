#include "message-end.h"

#include "pattern.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/simulator.h"

#include <algorithm>

using namespace ns3;

namespace scenario
{

pc_time
HostTime(const Ptr<HostModel>& host)
{
    return host ? host->Now() : Simulator::Now().GetPicoSeconds();
}

MessageEnd::MessageEnd(const MessageStream& out, const MessageStream& in, Done written, Done read)
    : m_out(out),
      m_in(in),
      m_onWritten(std::move(written)),
      m_onRead(std::move(read))
{
}

MessageEnd::~MessageEnd()
{
    if (m_socket)
    {
        m_socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
        m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    }
}

void
MessageEnd::SetSocket(Ptr<Socket> socket)
{
    m_socket = socket;
    socket->SetSendCallback(MakeCallback(&MessageEnd::Writable, this));
    socket->SetRecvCallback(MakeCallback(&MessageEnd::Readable, this));
}

void
MessageEnd::Close()
{
    m_closed = true;
    if (m_socket)
    {
        m_socket->Close();
    }
}

// -- Writing --

void
MessageEnd::Write()
{
    m_due += m_out.bytes;
    Flush();
}

void
MessageEnd::Writable(Ptr<Socket> /* socket */, uint32_t /* room */)
{
    if (m_written < m_due)
    {
        Simulator::ScheduleNow(&MessageEnd::Flush, this);
    }
}

void
MessageEnd::Flush()
{
    if (m_written == m_due)
    {
        return;
    }
    while (m_written < m_due)
    {
        int written = m_socket->Send(MakeNext());
        if (written < 0)
        {
            return; // the same again when the socket is free and has room
        }
        m_written += written;
    }
    m_onWritten();
}

Ptr<Packet>
MessageEnd::MakeNext() const
{
    uint64_t left = m_out.bytes - m_written % m_out.bytes;
    auto size = static_cast<uint32_t>(std::min<uint64_t>(left, m_out.callSize));
    return m_out.pattern ? MakePatternPacket(m_out.flow, m_written, size) : Create<Packet>(size);
}

// -- Reading --

void
MessageEnd::Read()
{
    m_wanted = true;
    if (m_reading)
    {
        return; // called from within: the loop below goes on
    }
    m_reading = true;
    while (m_wanted && ReadSome())
    {
    }
    m_reading = false;
}

void
MessageEnd::Readable(Ptr<Socket> /* socket */)
{
    if (m_wanted)
    {
        Read();
    }
}

bool
MessageEnd::ReadSome()
{
    uint64_t left = m_in.bytes - m_read % m_in.bytes;
    Ptr<Packet> packet = m_socket->Recv(static_cast<uint32_t>(left), 0);
    if (!packet || packet->GetSize() == 0)
    {
        return false; // nothing there, a call under way, or the end of the stream
    }
    m_wrong += m_in.pattern ? CountWrongBytes(m_in.flow, m_read, packet) : 0;
    m_read += packet->GetSize();
    m_lastRead = Simulator::Now();
    if (m_read % m_in.bytes == 0)
    {
        m_wanted = false;
        m_onRead();
    }
    return true;
}

// -- What it did --

Worker
MessageEnd::GetProcess() const
{
    return ProcessSocket::ProcessOf(m_socket);
}

bool
MessageEnd::IsClosed() const
{
    return m_closed;
}

uint64_t
MessageEnd::GetWritten() const
{
    return m_written;
}

uint64_t
MessageEnd::GetRead() const
{
    return m_read;
}

uint64_t
MessageEnd::GetWrong() const
{
    return m_wrong;
}

Time
MessageEnd::GetLastRead() const
{
    return m_lastRead;
}

} // namespace scenario
