#include "payload-cache-tcp-socket.h"

#include "payload-cache-net-device.h"

#include "ns3/boolean.h"
#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheTcpSocket");
NS_OBJECT_ENSURE_REGISTERED(PayloadCacheTcpSocket);

TypeId
PayloadCacheTcpSocket::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PayloadCacheTcpSocket")
            .SetParent<TcpSocketBase>()
            .SetGroupName("PayloadCache")
            .AddConstructor<PayloadCacheTcpSocket>()
            .AddAttribute("ReadSize",
                          "the most that one read takes [B]",
                          UintegerValue(UINT32_MAX),
                          MakeUintegerAccessor(&PayloadCacheTcpSocket::m_readSize),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("SendForgottenFin",
                          "send the FIN that ns-3 forgets after a close in recovery; off: stay open "
                          "for ever, as ns-3's own socket does [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheTcpSocket::m_sendForgottenFin),
                          MakeBooleanChecker())
            .AddAttribute("ClampWindow",
                          "the advertised window is limited to the receive RAM that is left on its "
                          "card, where the payload cache keeps payload there [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheTcpSocket::m_clampWindow),
                          MakeBooleanChecker())
            .AddAttribute("StretchedAcks",
                          "congestion control counts the segments of a stretched ACK in calls of "
                          "at most two, and does not grow a window that is not used [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&PayloadCacheTcpSocket::m_stretchedAcks),
                          MakeBooleanChecker())
            .AddAttribute("Process",
                          "the process that calls: sockets of a host with the same number share "
                          "one, which is in one call at a time; 0 for one of its own [number]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&PayloadCacheTcpSocket::m_process),
                          MakeUintegerChecker<uint32_t>(0, SHARED_PROCESS - 1))
            .AddTraceSource("Call",
                            "a write or read has returned: its kind, bytes and latency",
                            MakeTraceSourceAccessor(&PayloadCacheTcpSocket::m_callTrace),
                            "ns3::ProcessSocket::CallCallback");
    return tid;
}

TypeId
PayloadCacheTcpSocket::GetInstanceTypeId() const
{
    return PayloadCacheTcpSocket::GetTypeId();
}

PayloadCacheTcpSocket::PayloadCacheTcpSocket()
{
    Hook();
}

PayloadCacheTcpSocket::PayloadCacheTcpSocket(const PayloadCacheTcpSocket& other)
    : TcpSocketBase(other),
      m_readSize(other.m_readSize),
      m_sendForgottenFin(other.m_sendForgottenFin),
      m_clampWindow(other.m_clampWindow),
      m_stretchedAcks(other.m_stretchedAcks)
{
    // the copied trace still calls the listening socket's sink
    m_txTrace.DisconnectWithoutContext(
        MakeCallback(&PayloadCacheTcpSocket::TagSegment,
                     const_cast<PayloadCacheTcpSocket*>(&other)));
    Hook();
    m_process = other.m_process;
    SetNode(other.m_node);
}

PayloadCacheTcpSocket::~PayloadCacheTcpSocket()
{
    m_pieces.Clear();
    EndPromise();
}

void
PayloadCacheTcpSocket::Hook()
{
    m_txTrace.ConnectWithoutContext(MakeCallback(&PayloadCacheTcpSocket::TagSegment, this));
    m_state.ConnectWithoutContext(MakeCallback(&PayloadCacheTcpSocket::StateChanged, this));
}

void
PayloadCacheTcpSocket::SetNode(Ptr<Node> node)
{
    TcpSocketBase::SetNode(node);
    EnterHost(node);
}

Ptr<TcpSocketBase>
PayloadCacheTcpSocket::Fork()
{
    return CopyObject<PayloadCacheTcpSocket>(this);
}

uint64_t
PayloadCacheTcpSocket::GetWritten() const
{
    return m_pieces.End();
}

uint64_t
PayloadCacheTcpSocket::GetTaken() const
{
    return m_taken;
}

Worker
PayloadCacheTcpSocket::GetContextWorker() const
{
    return m_host->context == HostModel::Context::INTERRUPT ? m_host->contextWorker
                                                            : GetProcessWorker();
}

uint32_t
PayloadCacheTcpSocket::GetMss() const
{
    return GetSegSize();
}

uint32_t
PayloadCacheTcpSocket::GetReadSize() const
{
    return m_readSize;
}

Ptr<PayloadCacheNetDevice>
PayloadCacheTcpSocket::FindCard()
{
    return FindPeerCard();
}

Ptr<PayloadCacheNetDevice>
PayloadCacheTcpSocket::FindPeerCard() const
{
    if (!m_endPoint && !m_endPoint6)
    {
        return DynamicCast<PayloadCacheNetDevice>(m_boundnetdevice);
    }
    Address peer = m_endPoint ? Address(m_endPoint->GetPeerAddress())
                              : Address(m_endPoint6->GetPeerAddress());
    return FindRouteCard(m_node, m_boundnetdevice, peer);
}

Ptr<Socket>
PayloadCacheTcpSocket::Keep()
{
    return this;
}

// -- write --

int
PayloadCacheTcpSocket::Send(Ptr<Packet> packet, uint32_t flags)
{
    NS_LOG_FUNCTION(this << packet << flags);
    bool open = m_state == ESTABLISHED || m_state == SYN_SENT || m_state == CLOSE_WAIT;
    if (!open)
    {
        m_errno = ERROR_NOTCONN;
        return -1;
    }
    if (m_shutdownSend || m_latchedShutdown || m_latchedClose || m_closeOnEmpty)
    {
        m_errno = ERROR_SHUTDOWN;
        return -1;
    }
    if (InCall())
    {
        m_errno = ERROR_AGAIN;
        return -1;
    }
    uint32_t bytes = packet->GetSize();
    if (m_attempted < 0)
    {
        m_attempted = m_host->Now();
        if (HostObserver* observer = m_host->GetObserver())
        {
            observer->WriteCalled({"", 0, bytes, m_number, GetWritten(), 0}, m_attempted);
        }
    }
    // A write that would fit an empty buffer waits until it fits what is left of it, as in
    // ns-3's own socket; a larger one waits piece by piece.
    if (bytes > TcpSocketBase::GetTxAvailable() && bytes <= GetSndBufSize())
    {
        m_refused = true;
        m_host->Count(HostCounter::WRITE_RETRIES);
        m_errno = ERROR_MSGSIZE;
        return -1;
    }
    bool refused = m_refused;
    int64_t attempted = m_attempted;
    m_refused = false;
    m_attempted = -1;
    m_host->Count(HostCounter::BYTES_WRITTEN, bytes);
    m_write.Begin(packet->Copy(), attempted, refused);
    return static_cast<int>(bytes);
}

uint32_t
PayloadCacheTcpSocket::GetSendRoom() const
{
    return TcpSocketBase::GetTxAvailable();
}

uint32_t
PayloadCacheTcpSocket::GetTxAvailable() const
{
    return InCall() || m_latchedClose || m_latchedShutdown ? 0 : GetSendRoom();
}

bool
PayloadCacheTcpSocket::EnterPiece(Ptr<Packet> packet,
                                  Ptr<PayloadCacheNetDevice> card,
                                  pc_handle handle)
{
    // Before TCP has them, so that a segment sent at once finds its payload
    m_pieces.Append(packet->GetSize(), card, handle);
    if (!EnterData(packet))
    {
        m_pieces.Truncate(packet->GetSize());
        return false;
    }
    if (card)
    {
        card->SettleSent(handle, m_number, m_pieces.End() - packet->GetSize());
    }
    ShowSendBuffer();
    return true;
}

uint32_t
PayloadCacheTcpSocket::GetSkbuffBytes(Ptr<PayloadCacheNetDevice> card,
                                      uint32_t /* placed */) const
{
    uint32_t mss = GetMss();
    return card && card->MergesTransmit() ? PayloadCacheNetDevice::UnitPayload(mss) : mss;
}

bool
PayloadCacheTcpSocket::MayWaitForRoom(Ptr<PayloadCacheNetDevice> /* card */,
                                      uint32_t /* placed */,
                                      uint32_t /* rest */) const
{
    return true; // what its peer acknowledges makes room
}

void
PayloadCacheTcpSocket::DatagramComing()
{
}

bool
PayloadCacheTcpSocket::Push(bool async)
{
    if (!async || !HasPush())
    {
        return false;
    }
    // ns-3 pushes one time step after Send(): still in the call, and under its lock
    Simulator::Schedule(TimeStep(1), [this, alive = Keep()] { m_write.AfterPush(); });
    return true;
}

bool
PayloadCacheTcpSocket::HasPush() const
{
    return m_sendPendingDataEvent.IsRunning();
}

void
PayloadCacheTcpSocket::WriteReturned()
{
    RunLatched();
    NotifyCallEnd();
}

void
PayloadCacheTcpSocket::NotifyFree()
{
    // the process is free: what it was asked for meanwhile
    if (!InCall() && m_readWanted && !m_appClosed)
    {
        m_readWanted = false;
        if (GetInOrder() > 0)
        {
            NotifyDataRecv();
        }
        else
        {
            m_read.FoundNothing();
        }
    }
    if (!InCall() && GetTxAvailable() > 0)
    {
        NotifySend(GetTxAvailable());
    }
}

void
PayloadCacheTcpSocket::RunLatched()
{
    if (m_latchedShutdown)
    {
        m_latchedShutdown = false;
        TcpSocketBase::ShutdownSend();
    }
    if (m_latchedClose)
    {
        m_latchedClose = false;
        Close();
    }
}

int
PayloadCacheTcpSocket::ShutdownSend()
{
    if (m_write.IsRunning())
    {
        m_latchedShutdown = true;
        return 0;
    }
    return TcpSocketBase::ShutdownSend();
}

int
PayloadCacheTcpSocket::Close()
{
    NS_LOG_FUNCTION(this);
    m_closeCalled = true;
    EndBusyPoll();
    GiveUpRefused();
    if (m_write.IsRunning())
    {
        m_latchedClose = true;
        return 0;
    }
    // ns-3 resets a connection that is closed with unread data. Here data may be unread since
    // its read is still running, or since the peer's FIN came with it: it is read first.
    bool allHere = m_tcb->m_rxBuffer->Finished() && GetInOrder() > 0 && !m_shutdownRecv;
    if (m_read.IsRunning() || allHere)
    {
        if (!m_deferredClose)
        {
            m_deferredClose = true;
            m_appClosed = !allHere;
            m_host->Count(HostCounter::DEPARTURES, allHere ? 1 : 0);
            if (allHere)
            {
                SendEmptyPacket(TcpHeader::ACK);
            }
        }
        return 0;
    }
    m_deferredClose = false;
    int result = TcpSocketBase::Close();
    CheckGone();
    return result;
}

void
PayloadCacheTcpSocket::GiveUpRefused()
{
    HostObserver* observer = m_host->GetObserver();
    if (m_attempted >= 0 && observer)
    {
        observer->CallReturned(m_number, true, m_host->Now());
    }
    m_attempted = -1;
}

void
PayloadCacheTcpSocket::CheckDeferredClose()
{
    if (!m_deferredClose || InCall())
    {
        return;
    }
    if (m_appClosed || GetInOrder() == 0)
    {
        m_deferredClose = false;
        Close();
    }
    if (m_state == CLOSED)
    {
        ForgetUnreadable();
    }
}

} // namespace ns3
