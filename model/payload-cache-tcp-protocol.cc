// The socket's hooks into ns-3's TCP: segments out, segments in, the connection's state, timers.

#include "payload-cache-net-device.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

namespace ns3
{

namespace
{

constexpr uint32_t IPV4_HEADER = 20;      // RFC 791, without options
constexpr uint32_t IPV6_HEADER = 40;      // RFC 8200
constexpr uint32_t TCP_HEADER = 20;       // RFC 9293, without options
constexpr uint32_t TIMESTAMP_OPTION = 12; // RFC 7323, padded

} // namespace

void
PayloadCacheTcpSocket::StateChanged(TcpStates_t oldState, TcpStates_t newState)
{
    if (oldState == SYN_RCVD && newState == ESTABLISHED)
    {
        // The peer has acknowledged our SYN. ns-3 notes that with the ACK behind this one, and until
        // then asserts, a byte too early, that what fills the peer's window is outside of it.
        m_highRxAckMark = m_tcb->m_nextTxSequence + SequenceNumber32(1);
    }
    if (newState == ESTABLISHED || newState == SYN_RCVD)
    {
        EnterConnection();
    }
    else if (newState == CLOSED)
    {
        Abandon();
    }
}

bool
PayloadCacheTcpSocket::IsGone() const
{
    // Where ns-3 resets a connection or gives it up it only takes its end point away.
    return !m_endPoint && !m_endPoint6;
}

void
PayloadCacheTcpSocket::CheckGone()
{
    if (IsGone())
    {
        Abandon();
    }
}

void
PayloadCacheTcpSocket::Abandon()
{
    // nothing will be acknowledged any more
    if (m_pieces.IsOnCard())
    {
        m_host->Sockets().GiveUp(m_number, m_pieces.Begin());
    }
    m_pieces.Clear();
    m_segmentEnds.clear();
    m_write.Abort();
    ForgetUnreadable();
    EndPromise();
}

void
PayloadCacheTcpSocket::ForgetUnreadable()
{
    // What has come in order may still be read, but not by an application that has closed. A close
    // that is put off is one that comes when all is read.
    bool unwanted = m_closeCalled && !m_deferredClose && !m_read.IsRunning();
    m_claims.KeepFirst(unwanted ? 0 : GetInOrder());
}

void
PayloadCacheTcpSocket::EnterConnection()
{
    FlowKey flow;
    if (m_endPoint)
    {
        m_endPoint->GetLocalAddress().Serialize(flow.local.data());
        m_endPoint->GetPeerAddress().Serialize(flow.peer.data());
        flow.localPort = m_endPoint->GetLocalPort();
        flow.peerPort = m_endPoint->GetPeerPort();
    }
    else if (m_endPoint6)
    {
        m_endPoint6->GetLocalAddress().Serialize(flow.local.data());
        m_endPoint6->GetPeerAddress().Serialize(flow.peer.data());
        flow.isIpv6 = true;
        flow.localPort = m_endPoint6->GetLocalPort();
        flow.peerPort = m_endPoint6->GetPeerPort();
    }
    Place(flow);
    if (m_placedCard)
    {
        uint32_t before = m_tcb->m_segmentSize;
        FitSegments(m_placedCard->GetMtu());
        if (m_tcb->m_segmentSize < before)
        {
            m_tcb->m_cWnd = m_tcb->m_initialCWnd * m_tcb->m_segmentSize;
            m_tcb->m_cWndInfl = m_tcb->m_cWnd;
        }
    }
    m_host->Sockets().Connect(m_number, flow);
}

void
PayloadCacheTcpSocket::FitSegments(uint32_t mtu)
{
    // ns-3 would have IP cut a segment that is larger than the MTU, and the card, which finds
    // payload by a segment's header, would find none in its later fragments. As Linux does
    // (tcp_sync_mss()), segments are made to fit.
    uint32_t headers = (m_endPoint6 ? IPV6_HEADER : IPV4_HEADER) + TCP_HEADER +
                       (m_timestampEnabled ? TIMESTAMP_OPTION : 0);
    uint32_t most = mtu - headers;
    if (m_tcb->m_segmentSize <= most)
    {
        return;
    }
    m_host->Count(HostCounter::DEPARTURES);
    m_tcb->m_segmentSize = most;
    m_txBuffer->SetSegmentSize(most);
}

void
PayloadCacheTcpSocket::Place(const FlowKey& flow)
{
    Ptr<PayloadCacheNetDevice> card = m_placedCard ? nullptr : FindCard();
    if (card)
    {
        m_placedCard = PeekPointer(card);
        // a host that merges has peers that do
        m_stretchedAcks |= card->MergesTransmit() || card->MergesReceive();
        m_queue = card->ChooseQueue(flow);
        m_interruptCore = card->GetQueueCore(m_queue);
        m_processCore = m_host->PlaceProcess(m_process, m_interruptCore, card->GetQueues());
    }
}

uint64_t
PayloadCacheTcpSocket::SendOffset(SequenceNumber32 seq) const
{
    // the buffer holds the stream's last Size() bytes, and begins at HeadSequence()
    int64_t head = static_cast<int64_t>(m_pieces.End()) - m_txBuffer->Size();
    return static_cast<uint64_t>(head + (seq - m_txBuffer->HeadSequence()));
}

void
PayloadCacheTcpSocket::TagSegment(Ptr<const Packet> packet,
                                  const TcpHeader& header,
                                  Ptr<const TcpSocketBase> /* socket */)
{
    SegmentTag tag;
    tag.socket = m_number;
    bool data = packet->GetSize() > 0;
    if (data)
    {
        tag.offset = SendOffset(header.GetSequenceNumber());
        tag.retransmission = header.GetSequenceNumber() < m_tcb->m_highTxMark;
        uint64_t end = tag.offset + packet->GetSize();
        if (m_segmentEnds.empty() || end > m_segmentEnds.back())
        {
            m_segmentEnds.push_back(end);
        }
    }
    // A write's own push is process work. Whatever else sends data by itself is a timer: pacing
    // has no hook of its own.
    bool ownPush = static_cast<uint64_t>(Simulator::Now().GetTimeStep()) == m_pushAt;
    tag.interrupt = m_host->context == HostModel::Context::INTERRUPT ||
                    (m_host->context == HostModel::Context::CALLER && data && !ownPush);
    packet->AddPacketTag(tag);
}

uint32_t
PayloadCacheTcpSocket::FindOnCard(uint64_t offset,
                                  uint32_t bytes,
                                  std::vector<CardSlice>& slices) const
{
    return m_pieces.Find(offset, bytes, slices);
}

void
PayloadCacheTcpSocket::FindEvicted(uint64_t offset,
                                   uint32_t bytes,
                                   std::vector<EvictedSlice>& slices) const
{
    m_pieces.FindEvicted(offset, bytes, slices);
}

void
PayloadCacheTcpSocket::Evicted(uint64_t offset,
                               pc_handle handle,
                               const std::vector<uint8_t>& block)
{
    m_pieces.MoveToHost(offset, handle, block);
}

void
PayloadCacheTcpSocket::ShowSendBuffer() const
{
    if (HostObserver* observer = m_host->GetObserver())
    {
        uint64_t end = m_pieces.End();
        uint64_t begin = end - std::min<uint64_t>(end, m_txBuffer->Size());
        observer->SendBuffer(m_number, begin, end, m_host->Now());
    }
}

void
PayloadCacheTcpSocket::ReleaseAcknowledged()
{
    uint64_t before = m_pieces.Begin();
    uint64_t acknowledged = m_pieces.End() - std::min<uint64_t>(m_pieces.End(), m_txBuffer->Size());
    if (acknowledged <= before)
    {
        return;
    }
    ShowSendBuffer();
    uint64_t commands = 0;
    for (const TxPieces::Released& released : m_pieces.ReleaseBelow(acknowledged))
    {
        uint64_t own = CountCommands(released, acknowledged);
        released.card->NoteReleases(own);
        commands += own;
    }
    while (!m_segmentEnds.empty() && m_segmentEnds.front() <= acknowledged)
    {
        m_segmentEnds.pop_front();
    }
    if (commands > 0)
    {
        pc_work work;
        pc_work_clear(&work);
        pc_work_add(&work, &m_host->Costs(), PC_COST_RAM_RELEASE, commands);
        m_host->Run(GetContextWorker(),
                    work,
                    nullptr,
                    {"", 0, static_cast<uint32_t>(acknowledged - before), m_number, before, 0});
    }
}

uint64_t
PayloadCacheTcpSocket::CountCommands(const TxPieces::Released& released,
                                     uint64_t acknowledged) const
{
    uint64_t segments = 0;
    uint64_t begin = 0; // the first one's is not behind what was released
    for (std::size_t i = 0; i < m_segmentEnds.size() && m_segmentEnds[i] <= acknowledged; i++)
    {
        segments += m_segmentEnds[i] > released.begin && begin < released.end;
        begin = m_segmentEnds[i];
    }
    // Each segment's skbuff is freed, and tells the card; merged, they are one a piece.
    return segments > 0 && released.card->MergesTransmit() ? released.pieces : segments;
}

void
PayloadCacheTcpSocket::NewAck(const SequenceNumber32& seq, bool resetRTO)
{
    ReleaseAcknowledged();
    RemoveRetransmissionTimer(resetRTO);
    TcpSocketBase::NewAck(seq, resetRTO);
    m_write.RoomInSendBuffer();
}

void
PayloadCacheTcpSocket::DoForwardUp(Ptr<Packet> packet,
                                   const Address& fromAddress,
                                   const Address& toAddress)
{
    if (RefusesSyn(packet, fromAddress))
    {
        return;
    }
    m_stop = false;
    if (!TakeEarlyAck(packet))
    {
        TcpSocketBase::DoForwardUp(packet, fromAddress, toAddress);
    }
    ReleaseAcknowledged();
    CheckPromise();
    CheckDeferredClose();
    CheckGone();
}

bool
PayloadCacheTcpSocket::TakeEarlyAck(Ptr<Packet> packet)
{
    if ((m_state != LAST_ACK && m_state != CLOSING) || m_txBuffer->Size() == 0)
    {
        return false;
    }
    // ns-3 takes any ACK for that of its FIN: it would forget what is still under way, and we would
    // give its payload back while its frames wait for the card.
    TcpHeader header;
    packet->PeekHeader(header);
    if (header.GetFlags() != TcpHeader::ACK ||
        header.GetAckNumber() >= m_txBuffer->TailSequence())
    {
        return false;
    }
    m_host->Count(HostCounter::DEPARTURES);
    packet->RemoveHeader(header);
    UpdateWindowSize(header);
    ReceivedAck(packet, header);
    return true;
}

void
PayloadCacheTcpSocket::ReceivedData(Ptr<Packet> packet, const TcpHeader& tcpHeader)
{
    if (IsGone())
    {
        // The application has closed inside the callback of this very segment's ACK: ns-3 goes on
        // with its data, which nobody will read.
        TcpSocketBase::ReceivedData(packet, tcpHeader);
        return;
    }
    if (TrimBehindEnd(packet, tcpHeader))
    {
        return;
    }
    Ptr<TcpRxBuffer> buffer = m_tcb->m_rxBuffer;
    uint64_t next = m_taken + buffer->Available();
    int64_t offset = static_cast<int64_t>(next) +
                     (tcpHeader.GetSequenceNumber() - buffer->NextRxSequence());
    m_largestSegment = std::max(m_largestSegment, packet->GetSize());
    uint32_t skip = offset < 0 ? static_cast<uint32_t>(-offset) : 0;
    if (skip < packet->GetSize())
    {
        m_claims.Add(offset, packet->GetSize(), next, buffer->MaxBufferSize(), m_host->delivery);
        if (HostObserver* observer = m_host->GetObserver())
        {
            observer->PayloadReceived(m_number, static_cast<uint64_t>(offset) + skip);
        }
    }
    RemoveDelayedAckTimer();
    m_inReceivedData = true;
    ReceiveInUnit(packet, tcpHeader);
    m_inReceivedData = false;
    NS_ABORT_MSG_IF(m_claims.Size() != buffer->Size() && !IsGone(),
                    "TCP keeps " << buffer->Size() << " bytes, their places are known of "
                                 << m_claims.Size());
    if (m_updateWanted)
    {
        UpdateWindow();
    }
}

bool
PayloadCacheTcpSocket::TrimBehindEnd(Ptr<Packet> packet, const TcpHeader& tcpHeader)
{
    Ptr<TcpRxBuffer> buffer = m_tcb->m_rxBuffer;
    if (!buffer->GotFin())
    {
        return false;
    }
    // ns-3 would append what a peer sends behind its own FIN to the stream
    int32_t inside = buffer->MaxRxSequence() - tcpHeader.GetSequenceNumber();
    int32_t behind = static_cast<int32_t>(packet->GetSize()) - std::max(inside, 0);
    if (behind <= 0)
    {
        return false;
    }
    m_host->Count(HostCounter::DEPARTURES);
    if (inside <= 0)
    {
        SendEmptyPacket(TcpHeader::ACK);
        return true;
    }
    packet->RemoveAtEnd(behind);
    return false;
}

// -- Units of merged segments --

void
PayloadCacheTcpSocket::BeginUnit()
{
    m_inUnit = true;
}

void
PayloadCacheTcpSocket::ReceiveInUnit(Ptr<Packet> packet, const TcpHeader& tcpHeader)
{
    // TCP still acknowledges at once what it always does: a gap, and what fills one.
    uint32_t delayed = m_delAckMaxCount;
    m_delAckMaxCount = m_inUnit ? UINT32_MAX : delayed;
    TcpSocketBase::ReceivedData(packet, tcpHeader);
    m_delAckMaxCount = delayed;
}

void
PayloadCacheTcpSocket::EndUnit()
{
    m_inUnit = false;
    if (m_delAckCount < m_delAckMaxCount || IsGone())
    {
        return; // acknowledged meanwhile, or a lone segment, for which the timer runs
    }
    Simulator::Remove(m_delAckEvent);
    m_delAckCount = 0;
    m_congestionControl->CwndEvent(m_tcb, TcpSocketState::CA_EVENT_NON_DELAYED_ACK);
    bool marked = m_tcb->m_ecnState == TcpSocketState::ECN_CE_RCVD ||
                  m_tcb->m_ecnState == TcpSocketState::ECN_SENDING_ECE;
    SendEmptyPacket(marked ? TcpHeader::ACK | TcpHeader::ECE : TcpHeader::ACK);
    if (marked)
    {
        m_tcb->m_ecnState = TcpSocketState::ECN_SENDING_ECE;
    }
}

uint32_t
PayloadCacheTcpSocket::SendDataPacket(SequenceNumber32 seq, uint32_t maxSize, bool withAck)
{
    if (maxSize == 0)
    {
        // ns-3.37 to 3.40: NextSeg() may yield an empty segment, and the base would dereference
        // null (ns-3 issue 991). Send no more until the next ACK or time-out.
        m_stop = true;
        return 0;
    }
    return TcpSocketBase::SendDataPacket(seq, maxSize, withAck);
}

void
PayloadCacheTcpSocket::SendEmptyPacket(uint8_t flags)
{
    SequenceNumber32 next = m_tcb->m_nextTxSequence;
    SequenceNumber32 end = m_txBuffer->TailSequence();
    bool early = (flags & TcpHeader::FIN) && next < end;
    if (early)
    {
        // In recovery ns-3 repeats its FIN where it resends, in the middle of the stream: the peer
        // would end there, and never read the rest.
        m_host->Count(HostCounter::DEPARTURES);
        m_tcb->m_nextTxSequence = end;
    }
    TcpSocketBase::SendEmptyPacket(flags);
    if (early)
    {
        m_tcb->m_nextTxSequence = next;
    }
}

uint32_t
PayloadCacheTcpSocket::Window() const
{
    return m_stop || m_hold ? 0 : TcpSocketBase::Window();
}

template <typename Timer>
void
PayloadCacheTcpSocket::InInterrupt(Timer timer)
{
    HostModel::Context before = m_host->context;
    Worker workerBefore = m_host->contextWorker;
    m_host->context = HostModel::Context::INTERRUPT;
    m_host->contextWorker = GetInterruptWorker();
    m_host->BeginBurst();
    timer();
    m_host->EndBurst();
    m_host->context = before;
    m_host->contextWorker = workerBefore;
}

void
PayloadCacheTcpSocket::ReTxTimeout()
{
    m_stop = false;
    bool probes = m_rWnd == 0 && m_connected && m_state != CLOSED && m_state != TIME_WAIT &&
                  m_txBuffer->Size() > 0 && m_txBuffer->HeadSequence() < m_tcb->m_highTxMark;
    if (probes)
    {
        m_dataRetrCount = m_dataRetries; // who is probed is not given up
    }
    InInterrupt([this, probes] {
        TcpSocketBase::ReTxTimeout();
        if (probes) // into no window ns-3 has sent nothing
        {
            SendDataPacket(m_txBuffer->HeadSequence(), m_tcb->m_segmentSize, true);
        }
    });
    CheckGone();
}

void
PayloadCacheTcpSocket::DelAckTimeout()
{
    InInterrupt([this] { TcpSocketBase::DelAckTimeout(); });
}

void
PayloadCacheTcpSocket::PersistTimeout()
{
    // A reset that answers no connection starts this timer at a listening socket; and what waited for
    // the window may have been acknowledged since, or given up: ns-3 crashes over a probe of nothing.
    // EnterData() begins anew.
    if (m_state == LISTEN || m_txBuffer->Size() == 0)
    {
        return;
    }
    if (m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) == 0)
    {
        // The peer has shrunk its window over what was sent. What is sent again probes it, as in Linux
        // (tcp_retransmit_timer()); but ns-3 has stopped that timer.
        if (m_retxEvent.IsExpired())
        {
            m_retxEvent =
                Simulator::Schedule(m_rto, &PayloadCacheTcpSocket::ReTxTimeout, this);
        }
        return;
    }
    InInterrupt([this] { TcpSocketBase::PersistTimeout(); });
    // ns-3 forgets that this byte has been sent, and would never believe an ACK that covers it
    SequenceNumber32 probed = m_tcb->m_nextTxSequence + SequenceNumber32(1);
    m_tcb->m_highTxMark = std::max(m_tcb->m_highTxMark.Get(), probed);
}

void
PayloadCacheTcpSocket::LastAckTimeout()
{
    InInterrupt([this] { TcpSocketBase::LastAckTimeout(); });
    CheckGone();
}

} // namespace ns3
