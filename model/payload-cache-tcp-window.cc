// The window that the socket advertises, and how the peer learns that it has opened.

#include "payload-cache-net-device.h"
#include "payload-cache-tcp-socket.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-rx-buffer.h"

#include <algorithm>

namespace ns3
{

namespace
{

/// The longest network and transport headers that a full segment is taken to have: IPv6's 40 bytes,
/// TCP's 60 (RFC 8200, RFC 9293). A frame is never taken to be longer than the MTU.
constexpr uint32_t HEADERS = 40 + 60;
/// A window update that may have been lost is repeated after this, and then after twice as long:
/// chosen, as Linux's first probe of a window (TCP_RTO_MIN).
constexpr double FIRST_REPEAT = 0.2;
/// So often: the last one 6.4 s after the one before.
constexpr uint32_t REPEATS = 6;

} // namespace

uint16_t
PayloadCacheTcpSocket::AdvertisedWindowSize(bool scale) const
{
    uint16_t advertised = TcpSocketBase::AdvertisedWindowSize(scale);
    Ptr<TcpRxBuffer> buffer = m_tcb->m_rxBuffer;
    if (HasPromise() && !buffer->GotFin())
    {
        return Promise(advertised, scale ? m_rcvWindShift : 0);
    }
    int32_t window = buffer->MaxRxSequence() - buffer->NextRxSequence();
    // With reads that take time the window may close to less than a segment. ns-3's sender would
    // wait for more than that without a probe; from zero its persist timer probes.
    auto least = static_cast<int32_t>(std::min(GetSegSize(), GetRcvBufSize() / 2));
    if (advertised != 0 && window < least && !buffer->GotFin() && m_connected)
    {
        m_host->Count(HostCounter::DEPARTURES);
        m_rightEdge = buffer->NextRxSequence();
        return 0;
    }
    m_rightEdge = buffer->MaxRxSequence();
    return advertised;
}

void
PayloadCacheTcpSocket::UpdateWindow()
{
    if (m_inReceivedData)
    {
        m_updateWanted = true; // TCP may acknowledge by itself
        return;
    }
    m_updateWanted = false;
    if (!m_connected || m_tcb->m_rxBuffer->GotFin() || m_state == CLOSED)
    {
        return;
    }
    // RFC 9293, 3.8.6.2.2, receiver's side of silly window avoidance: tell the peer when the
    // window has opened by a segment, and has at least doubled.
    SequenceNumber32 next = m_tcb->m_rxBuffer->NextRxSequence();
    int32_t promised = m_rightEdge - next;
    int32_t window = m_tcb->m_rxBuffer->MaxRxSequence() - next;
    int32_t mss = static_cast<int32_t>(std::min(GetSegSize(), GetRcvBufSize() / 2));
    bool stalled = false;
    if (HasPromise())
    {
        pc_promise_request request = PromiseRequest(std::max(window, 0));
        window = pc_promise_window(&m_promiseCard->GetPromises(), &m_promise, &request);
        mss = std::min<int32_t>(request.segment_bytes, GetRcvBufSize() / 2);
        // its edge stays where it is, so the window may be less than the segment that it waits for
        stalled = promised < mss && window >= mss;
        // what has just been read makes room for the peer only once the card has given it back
        m_promiseCard->AwaitRxRoom(m_number,
                                   static_cast<uint64_t>(window) < request.wanted_bytes);
    }
    if (stalled || (window - promised >= mss && window >= 2 * std::max(promised, 0)))
    {
        m_host->Count(HostCounter::DEPARTURES);
        SendEmptyPacket(TcpHeader::ACK);
        if (stalled)
        {
            RepeatUpdate(next, 0);
        }
    }
}

// -- The window clamped to receive RAM --

bool
PayloadCacheTcpSocket::HasPromise() const
{
    if (!m_clampWindow || m_promise.open || m_promiseOver)
    {
        return m_promise.open;
    }
    Ptr<PayloadCacheNetDevice> card = FindPeerCard();
    if (!card || !card->LimitsWindows())
    {
        return false;
    }
    m_promiseCard = card;
    pc_promise_open(&card->GetPromises(), &m_promise, card->GetFrameRam(GetSegSize() + HEADERS));
    return true;
}

void
PayloadCacheTcpSocket::CheckPromise()
{
    if (m_promise.open && m_tcb->m_rxBuffer->Finished() && GetInOrder() == 0)
    {
        EndPromise();
    }
}

void
PayloadCacheTcpSocket::EndPromise()
{
    if (m_promise.open)
    {
        pc_promise_close(&m_promiseCard->GetPromises(), &m_promise);
        m_promiseCard->AwaitRxRoom(m_number, false);
        m_promiseCard = nullptr;
    }
    m_promiseOver = true;
    m_repeatEvent.Cancel();
}

pc_promise_request
PayloadCacheTcpSocket::PromiseRequest(uint64_t wanted) const
{
    int32_t promised = m_promiseMade ? m_rightEdge - PromiseBegin() : 0;
    pc_promise_request request{};
    request.segment_bytes = std::max(GetSegSize(), m_largestSegment);
    request.frame_bytes = m_promiseCard->GetFrameRam(request.segment_bytes + HEADERS);
    request.held_bytes = m_promiseCard->GetReceivedBy(m_number);
    request.quota_bytes = m_promiseCard->GetRxQuota();
    request.wanted_bytes = wanted;
    request.promised_bytes = std::max(promised, 0);
    return request;
}

SequenceNumber32
PayloadCacheTcpSocket::PromiseBegin() const
{
    // the peer's SYN, which has not come yet, is before its data
    bool first = m_state == CLOSED || m_state == SYN_SENT;
    return m_tcb->m_rxBuffer->NextRxSequence() + (first ? 1 : 0);
}

uint16_t
PayloadCacheTcpSocket::Promise(uint16_t advertised, unsigned shift) const
{
    uint64_t wanted = static_cast<uint64_t>(advertised) << shift;
    pc_promise_request request = PromiseRequest(wanted);
    pc_promises& promises = m_promiseCard->GetPromises();
    // Only ACKs let it grow, not what is asked for one SYN again and again.
    bool stays = m_promiseMade && !m_connected;
    uint64_t window = stays ? request.promised_bytes
                            : pc_promise_window(&promises, &m_promise, &request);
    // A scaled window is rounded up: less than whole segments would keep the last one waiting.
    uint64_t unit = UINT64_C(1) << shift;
    uint64_t told = std::min<uint64_t>((window + unit - 1) >> shift, UINT16_MAX);
    pc_promise_reserve(&promises, &m_promise, &request, window);
    m_promiseCard->AwaitRxRoom(m_number, window < wanted);
    m_rightEdge = PromiseBegin() + static_cast<uint32_t>(told << shift);
    m_promiseMade = true;
    return static_cast<uint16_t>(told);
}

void
PayloadCacheTcpSocket::RoomToReceive()
{
    UpdateWindow();
}

void
PayloadCacheTcpSocket::RepeatUpdate(SequenceNumber32 next, uint32_t times)
{
    // The peer, which has a window of less than a segment, probes no such one: should the update
    // be lost, nothing would follow.
    m_repeatEvent.Cancel();
    if (times == REPEATS)
    {
        return;
    }
    m_repeatEvent = Simulator::Schedule(Seconds(FIRST_REPEAT * (1 << times)), [this, next, times] {
        if (m_connected && m_promise.open && m_tcb->m_rxBuffer->NextRxSequence() == next &&
            !m_tcb->m_rxBuffer->GotFin())
        {
            SendEmptyPacket(TcpHeader::ACK);
            RepeatUpdate(next, times + 1);
        }
    });
}

bool
PayloadCacheTcpSocket::RefusesSyn(Ptr<Packet> packet, const Address& from)
{
    if (!m_clampWindow || m_state != LISTEN)
    {
        return false;
    }
    TcpHeader header;
    packet->PeekHeader(header);
    if ((header.GetFlags() & (TcpHeader::SYN | TcpHeader::ACK)) != TcpHeader::SYN)
    {
        return false;
    }
    Address peer = InetSocketAddress::IsMatchingType(from)
                       ? Address(InetSocketAddress::ConvertFrom(from).GetIpv4())
                       : Address(Inet6SocketAddress::ConvertFrom(from).GetIpv6());
    Ptr<PayloadCacheNetDevice> card = FindRouteCard(m_node, m_boundnetdevice, peer);
    if (!card || !card->LimitsWindows() ||
        pc_promise_has_room(&card->GetPromises(), card->GetFrameRam(GetSegSize() + HEADERS)))
    {
        return false;
    }
    // the peer tries again
    m_host->CountDrop("syn_without_receive_ram");
    return true;
}

} // namespace ns3
