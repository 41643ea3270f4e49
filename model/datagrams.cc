#include "datagrams.h"

#include "payload-cache-net-device.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <tuple>

namespace ns3
{

Datagrams::Datagrams() = default;
Datagrams::~Datagrams() = default;

void
Datagrams::Clear()
{
    sent.Clear();
    reassembly.Clear();
    delivery.clear();
    card = nullptr;
}

// -- On their way out --

SentDatagrams::SentDatagrams() = default;
SentDatagrams::~SentDatagrams() = default;

SentDatagrams::Key
SentDatagrams::KeyOf(const SegmentTag& tag)
{
    return {tag.socket, tag.offset};
}

void
SentDatagrams::Enter(Key key, std::vector<Piece> pieces, uint64_t bytes, Continuation gone)
{
    m_sent.emplace(key, Sent{std::move(pieces), bytes, std::move(gone)});
}

void
SentDatagrams::Find(Key key,
                    uint32_t position,
                    uint32_t length,
                    std::vector<CardSlice>& slices) const
{
    const std::vector<Piece>* pieces = Pieces(key);
    NS_ABORT_MSG_UNLESS(pieces, "a frame of a datagram whose payload has been given back");
    for (const Piece& piece : *pieces)
    {
        uint32_t from = std::max(position, piece.position);
        uint32_t to = std::min(position + length, piece.position + piece.length);
        if (from < to)
        {
            slices.push_back(
                {piece.card, piece.handle, from - piece.position, from - position, to - from});
        }
    }
}

const std::vector<SentDatagrams::Piece>*
SentDatagrams::Pieces(Key key) const
{
    auto entry = m_sent.find(key);
    return entry == m_sent.end() ? nullptr : &entry->second.pieces;
}

void
SentDatagrams::Gone(Key key, uint64_t bytes, bool byCard)
{
    auto entry = m_sent.find(key);
    if (entry == m_sent.end())
    {
        return;
    }
    Sent& sent = entry->second;
    sent.left -= std::min(sent.left, bytes);
    if (sent.left > 0)
    {
        return;
    }
    Sent done = std::move(sent);
    m_sent.erase(entry);
    for (const Piece& piece : done.pieces)
    {
        piece.card->Release(PC_RAM_TX, piece.handle, UINT32_MAX, byCard);
    }
    if (done.gone)
    {
        done.gone();
    }
}

void
SentDatagrams::Clear()
{
    m_sent.clear();
}

// -- On their way in --

bool
Reassembly::Key::operator<(const Key& other) const
{
    return std::tie(source, destination, identification, isIpv6) <
           std::tie(other.source, other.destination, other.identification, other.isIpv6);
}

Reassembly::~Reassembly()
{
    Clear();
}

void
Reassembly::Clear()
{
    m_timer.Cancel();
    m_deadlines.clear();
    m_partial.clear();
}

void
Reassembly::SetTimeOuts(Time timeOut4, Time timeOut6)
{
    m_timeOut4 = timeOut4;
    m_timeOut6 = timeOut6;
}

Reassembly::Key
Reassembly::KeyOf(const FrameInfo& info)
{
    Key key;
    key.source = info.received.peer;
    // ns-3's IPv6 puts fragments together by source and identification alone
    key.destination = info.received.isIpv6 ? decltype(key.destination){} : info.received.local;
    key.identification = info.identification;
    key.isIpv6 = info.received.isIpv6;
    return key;
}

bool
Reassembly::Keeps(const FrameInfo& info) const
{
    auto entry = m_partial.find(KeyOf(info));
    return entry != m_partial.end() && entry->second.keeps;
}

uint16_t
Reassembly::GetPort(const FrameInfo& info) const
{
    auto entry = m_partial.find(KeyOf(info));
    return entry == m_partial.end() ? 0 : entry->second.port;
}

void
Reassembly::Insert(Partial& partial, const FrameInfo& info)
{
    auto place = partial.frames.emplace(info.fragmentOffset, info);
    if (std::next(place) == partial.frames.end())
    {
        partial.moreFragments = info.moreFragments;
    }
}

bool
Reassembly::IsWhole(const Partial& partial)
{
    uint32_t end = 0;
    for (const auto& [offset, info] : partial.frames)
    {
        if (offset > end)
        {
            return false;
        }
        end = std::max(end, offset + info.DatagramBytes());
    }
    return !partial.moreFragments;
}

bool
Reassembly::IsDamaged(const Partial& partial)
{
    uint32_t end = 0;
    for (const auto& [offset, info] : partial.frames)
    {
        uint32_t last = offset + info.DatagramBytes();
        if (info.isDamaged && last > end)
        {
            return true;
        }
        end = std::max(end, last);
    }
    return false;
}

bool
Reassembly::Completes(const FrameInfo& info) const
{
    auto entry = m_partial.find(KeyOf(info));
    Partial partial;
    if (entry != m_partial.end())
    {
        partial.frames = entry->second.frames;
        partial.moreFragments = entry->second.moreFragments;
    }
    Insert(partial, info);
    return IsWhole(partial);
}

bool
Reassembly::Add(const FrameInfo& info,
                const std::shared_ptr<ReceivedPayload>& payload,
                bool keeps,
                std::vector<DatagramPart>& whole,
                bool& damaged)
{
    auto [entry, isNew] = m_partial.emplace(KeyOf(info), Partial());
    Partial& partial = entry->second;
    if (isNew)
    {
        Time timeOut = info.received.isIpv6 ? m_timeOut6 : m_timeOut4;
        partial.deadline = m_deadlines.emplace(Simulator::Now() + timeOut, entry->first);
        Arm();
    }
    if (info.HasUdpHeader())
    {
        partial.keeps = keeps;
        partial.port = info.received.localPort;
    }
    Insert(partial, info);
    partial.payloads.emplace(info.fragmentOffset, payload);
    if (!IsWhole(partial))
    {
        return false;
    }
    damaged = IsDamaged(partial);
    auto kept = partial.payloads.begin();
    for (const auto& [offset, frame] : partial.frames)
    {
        whole.push_back({frame.PayloadPosition(), frame.PayloadBytes(), kept->second});
        ++kept;
    }
    m_deadlines.erase(partial.deadline);
    m_partial.erase(entry);
    return true;
}

void
Reassembly::Arm()
{
    if (!m_deadlines.empty() && !m_timer.IsRunning())
    {
        m_timer = Simulator::Schedule(
            m_deadlines.begin()->first - Simulator::Now(), &Reassembly::Expire, this);
    }
}

void
Reassembly::Expire()
{
    while (!m_deadlines.empty() && m_deadlines.begin()->first <= Simulator::Now())
    {
        m_partial.erase(m_deadlines.begin()->second);
        m_deadlines.erase(m_deadlines.begin());
    }
    Arm();
}

} // namespace ns3
