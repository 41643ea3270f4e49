#include "rx-claims.h"

#include "payload-cache-net-device.h"

#include "ns3/abort.h"

#include <algorithm>

namespace ns3
{

ReceivedPayload::ReceivedPayload(Ptr<PayloadCacheNetDevice> receivedBy)
    : card(receivedBy)
{
}

ReceivedPayload::~ReceivedPayload()
{
    Release();
}

void
ReceivedPayload::ReleaseBelow(uint32_t position)
{
    if (pc_handle_is_some(handle))
    {
        card->ReleaseReceived(*this, blockOffset + position);
    }
}

void
ReceivedPayload::Release(bool byCard)
{
    if (pc_handle_is_some(handle))
    {
        card->ReleaseReceived(*this, UINT32_MAX, byCard);
        handle = pc_handle{};
    }
}

void
ReceivedPayload::MovedToHost(const std::vector<uint8_t>& block)
{
    if (isVirtual)
    {
        bytes.insert(bytes.end(), block.begin() + blockOffset + hostBytes, block.end());
    }
    hostBytes = payloadBytes;
    handle = pc_handle{};
}

uint32_t
RxClaims::Run::HostBytes(uint32_t bytes) const
{
    if (!payload)
    {
        return bytes;
    }
    uint32_t host = payload->hostBytes > position ? payload->hostBytes - position : 0;
    return std::min(host, bytes);
}

void
RxClaims::Add(int64_t offset,
              uint32_t length,
              uint64_t next,
              uint32_t maxBuffer,
              const std::shared_ptr<ReceivedPayload>& payload)
{
    // TcpRxBuffer::Add() trims below what is expected next, and above what fits behind the first
    // byte that it holds.
    uint64_t from = std::max(offset, static_cast<int64_t>(next));
    uint64_t to = static_cast<uint64_t>(std::max<int64_t>(offset + length, 0));
    if (!m_runs.empty())
    {
        to = std::min(to, m_runs.begin()->first + maxBuffer);
    }
    auto run = m_runs.upper_bound(from);
    if (run != m_runs.begin())
    {
        --run;
    }
    // What it has at the new segment's ends it keeps; what lies inside gives way to it.
    while (run != m_runs.end() && run->first < to)
    {
        uint64_t end = run->first + run->second.length;
        if (run->first <= from)
        {
            from = std::max(from, end);
            ++run;
        }
        else if (end < to)
        {
            m_size -= run->second.length;
            run = m_runs.erase(run);
        }
        else
        {
            to = run->first;
            break;
        }
    }
    if (from < to)
    {
        Insert(from, to, offset, from == next, payload);
    }
}

void
RxClaims::Insert(uint64_t from,
                 uint64_t to,
                 int64_t offset,
                 bool inOrder,
                 const std::shared_ptr<ReceivedPayload>& payload)
{
    auto length = static_cast<uint32_t>(to - from);
    m_size += length;
    auto after = m_runs.lower_bound(from);
    // What is in order gives way to nothing any more, so segments in host memory may be one run.
    if (inOrder && !payload && after != m_runs.begin())
    {
        auto before = std::prev(after);
        if (!before->second.payload && before->first + before->second.length == from)
        {
            before->second.length += length;
            return;
        }
    }
    Run run;
    run.length = length;
    run.payload = payload;
    run.position = static_cast<uint32_t>(static_cast<int64_t>(from) - offset);
    m_runs.emplace_hint(after, from, run);
}

void
RxClaims::Pop(uint32_t bytes)
{
    NS_ABORT_MSG_IF(bytes > m_size, "more is read than has come");
    m_size -= bytes;
    while (bytes > 0)
    {
        auto first = m_runs.begin();
        Run run = first->second;
        uint64_t offset = first->first;
        m_runs.erase(first);
        uint32_t part = std::min(bytes, run.length);
        bytes -= part;
        if (part < run.length)
        {
            run.position += part;
            run.length -= part;
            if (run.payload)
            {
                run.payload->ReleaseBelow(run.position);
            }
            m_runs.emplace(offset + part, run);
        }
    }
}

void
RxClaims::KeepFirst(uint64_t bytes)
{
    uint64_t kept = 0;
    auto run = m_runs.begin();
    while (run != m_runs.end() && kept < bytes)
    {
        kept += run->second.length;
        ++run;
    }
    m_runs.erase(run, m_runs.end());
    m_size = kept;
}

uint64_t
RxClaims::Size() const
{
    return m_size;
}

} // namespace ns3
