// The datagram socket's recvfrom: from ns-3's UDP to the application.

#include "payload-cache-net-device.h"
#include "payload-cache-udp-socket.h"
#include "segment-tag.h"

#include "ns3/abort.h"
#include "ns3/log.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PayloadCacheUdpReceive");

void
PayloadCacheUdpSocket::DatagramComing()
{
    PassOptions();
}

void
PayloadCacheUdpSocket::Received(Ptr<Socket> inner)
{
    Address from;
    while (Ptr<Packet> packet = inner->RecvFrom(from))
    {
        std::vector<uint32_t> members = m_members;
        bool many = m_host->GetDatagrams().toMany;
        if (m_host->GetDatagrams().damaged)
        {
            continue; // UDP would have dropped it, where there are bytes to tell it by
        }
        Ptr<Packet> original = members.empty() ? nullptr : packet->Copy();
        Deliver(packet, from);
        for (uint32_t number : many ? members : std::vector<uint32_t>())
        {
            auto member = dynamic_cast<PayloadCacheUdpSocket*>(m_host->Sockets().Find(number));
            if (member)
            {
                member->Deliver(original->Copy(), from);
            }
        }
    }
}

void
PayloadCacheUdpSocket::Deliver(Ptr<Packet> packet, const Address& from)
{
    uint32_t bytes = packet->GetSize();
    if (m_closed)
    {
        return;
    }
    if (m_waitingBytes + bytes > GetRcvBufSize()) // as ns-3 has it
    {
        Dropped(packet);
        return;
    }
    m_waiting.emplace_back(packet, from);
    m_waitingBytes += bytes;
    Claim(bytes);
    NotifyDataRecv();
}

void
PayloadCacheUdpSocket::Claim(uint32_t bytes)
{
    Datagrams& datagrams = m_host->GetDatagrams();
    uint32_t delivered = 0;
    for (const DatagramPart& part : datagrams.delivery)
    {
        delivered = std::max(delivered, part.position + part.length);
    }
    m_readCard = delivered == bytes ? datagrams.card : nullptr;
    if (m_readCard)
    {
        PlaceToReceive(*m_readCard, datagrams.queue);
        for (const DatagramPart& part : datagrams.delivery)
        {
            m_claims.Add(
                m_received + part.position, part.length, m_received, UINT32_MAX, part.payload);
        }
    }
    else
    {
        m_claims.Add(m_received, bytes, m_received, UINT32_MAX, nullptr); // by no card of ours
    }
    m_received += bytes;
    NS_ABORT_MSG_IF(m_claims.Size() != m_waitingBytes + (m_reading ? m_reading->GetSize() : 0),
                    "UDP keeps " << m_waitingBytes << " bytes, their places are known of "
                                 << m_claims.Size());
}

void
PayloadCacheUdpSocket::Dropped(Ptr<const Packet> packet)
{
    m_host->CountDrop("udp_buffer_full");
    m_dropTrace(packet);
}

Ptr<Packet>
PayloadCacheUdpSocket::Recv(uint32_t maxSize, uint32_t flags)
{
    Address from;
    return RecvFrom(maxSize, flags, from);
}

Ptr<Packet>
PayloadCacheUdpSocket::TakeRead(uint32_t maxSize, Address& from)
{
    if (m_read.GetReady() > maxSize)
    {
        return nullptr;
    }
    from = m_readingFrom;
    return m_empty ? std::exchange(m_empty, nullptr) : m_read.Take(maxSize);
}

Ptr<Packet>
PayloadCacheUdpSocket::RecvFrom(uint32_t maxSize, uint32_t flags, Address& from)
{
    NS_LOG_FUNCTION(this << maxSize << flags);
    m_ownErrno = ERROR_NOTERROR;
    if (m_read.GetReady() > 0 || m_empty)
    {
        return TakeRead(maxSize, from);
    }
    if (m_closed || m_latchedClose)
    {
        m_ownErrno = ERROR_BADF;
        return nullptr;
    }
    if (InCall())
    {
        m_readWanted = true;
        m_ownErrno = ERROR_AGAIN;
        return nullptr;
    }
    PassOptions();
    if (m_waiting.empty())
    {
        m_ownErrno = ERROR_AGAIN;
        m_read.FoundNothing();
        return nullptr;
    }
    if (m_waiting.front().first->GetSize() > maxSize)
    {
        return nullptr; // ns-3 truncates none
    }
    // it leaves the socket's buffer now, as in Linux
    std::tie(m_reading, m_readingFrom) = m_waiting.front();
    m_waiting.pop_front();
    m_waitingBytes -= m_reading->GetSize();
    m_read.Begin(m_reading->GetSize());
    if (m_read.IsRunning())
    {
        m_ownErrno = ERROR_AGAIN;
        return nullptr;
    }
    EndRead();
    return TakeRead(maxSize, from);
}

void
PayloadCacheUdpSocket::EndRead()
{
    // an empty one has no bytes to be taken out
    m_empty = m_reading;
    m_reading = nullptr;
}

uint32_t
PayloadCacheUdpSocket::GetRxAvailable() const
{
    return m_read.GetReady() + (InCall() ? 0 : m_waitingBytes);
}

Ptr<PayloadCacheNetDevice>
PayloadCacheUdpSocket::FindReadCard()
{
    return m_readCard;
}

uint64_t
PayloadCacheUdpSocket::GetTaken() const
{
    return m_taken;
}

uint32_t
PayloadCacheUdpSocket::GetReadSize() const
{
    return UINT32_MAX;
}

uint32_t
PayloadCacheUdpSocket::GetInOrder() const
{
    return m_reading ? m_reading->GetSize() : 0;
}

Ptr<Packet>
PayloadCacheUdpSocket::TakeInOrder(uint32_t bytes)
{
    m_taken += bytes;
    m_claims.Pop(bytes);
    SegmentTag tag;
    m_reading->RemovePacketTag(tag); // of one that came over the loopback
    return std::exchange(m_reading, nullptr);
}

void
PayloadCacheUdpSocket::UpdateWindow()
{
}

void
PayloadCacheUdpSocket::ReadReturned()
{
    EndRead();
    if (m_closed)
    {
        m_read.Take(UINT32_MAX);
        m_empty = nullptr;
        ForgetUnread();
    }
    else
    {
        NotifyDataRecv();
        if (!InCall() && m_waiting.empty())
        {
            m_read.FellAsleep(); // in the next recvfrom, whether it has been called yet or not
        }
    }
    NotifyCallEnd();
}

bool
PayloadCacheUdpSocket::BeginBusyPoll()
{
    return false;
}

void
PayloadCacheUdpSocket::BeginUnit()
{
}

void
PayloadCacheUdpSocket::EndUnit()
{
}

} // namespace ns3
