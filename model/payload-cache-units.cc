// What a socket sends at one instant is one unit for the core and the card (TSO), each frame of it
// one for the wire.

#include "payload-cache-net-device.h"

#include <algorithm>

namespace ns3
{

namespace
{

/// The longest unit: an IP packet's total length, its headers once (RFC 791).
constexpr uint32_t LONGEST_UNIT = 65535;
/// The longest IPv4 and TCP headers (RFC 791, RFC 9293): a unit is full where they may not fit.
constexpr uint32_t LONGEST_HEADERS = 60 + 60;
/// What a process writes lies in host memory in runs of so many bytes: chosen, as Linux's
/// sk_page_frag(), which allocates pages of order 3.
constexpr uint32_t PAGE_RUN_BYTES = 32768;

} // namespace

bool
PayloadCacheNetDevice::MergesTransmit() const
{
    return m_tso;
}

uint32_t
PayloadCacheNetDevice::UnitPayload(uint32_t mss)
{
    return std::max(mss, (LONGEST_UNIT - LONGEST_HEADERS) / mss * mss);
}

uint32_t
PayloadCacheNetDevice::LongestUnitFrames() const
{
    return m_tso ? (LONGEST_UNIT + GetMtu() - 1) / GetMtu() : 1;
}

bool
PayloadCacheNetDevice::JoinUnit(Ptr<TxFrame> frame)
{
    for (const auto& unit : m_openUnits)
    {
        if (!frame->tagged || !frame->info.isTcp || unit->tag.socket != frame->tag.socket)
        {
            continue;
        }
        uint32_t payload = frame->info.PayloadBytes();
        uint32_t segment = unit->info.PayloadBytes();
        const TxFrame& last = unit->followers.empty() ? *unit : *unit->followers.back();
        bool continues = payload > 0 && frame->tag.offset == unit->tag.offset + unit->unitPayload &&
                         frame->tag.retransmission == unit->tag.retransmission &&
                         frame->slices.empty() == unit->slices.empty(); // on the card, or not
        bool fits = payload <= segment && last.info.PayloadBytes() == segment &&
                    unit->unitPayload + payload <= UnitPayload(segment);
        if (continues && fits)
        {
            unit->followers.push_back(frame);
            unit->unitPayload += payload;
            return true;
        }
        unit->more = m_batchDoorbells && payload > 0; // this one opens the next
        CloseUnitOf(frame->tag.socket);
        return false;
    }
    return false;
}

void
PayloadCacheNetDevice::OpenUnit(Ptr<TxFrame> frame)
{
    frame->pending = frame->tagged &&
                     (frame->worker.jobClass == PC_CPU_PROCESS || m_host->GetCores() > 1);
    if (frame->pending)
    {
        m_pending.Enter(frame->tag.socket, frame->worker);
    }
    bool segment = frame->tagged && frame->info.isTcp && frame->info.PayloadBytes() > 0;
    if (!m_tso || !segment || !m_host->InBurst())
    {
        PostUnit(frame);
        return;
    }
    if (m_openUnits.empty())
    {
        m_host->AtBurstEnd([self = Ptr<PayloadCacheNetDevice>(this)] {
            self->CloseTransmitUnits();
        });
    }
    m_openUnits.push_back(frame);
}

void
PayloadCacheNetDevice::CloseUnitOf(uint32_t socket)
{
    auto unit = std::find_if(m_openUnits.begin(), m_openUnits.end(), [socket](const auto& open) {
        return open->tag.socket == socket;
    });
    Ptr<TxFrame> closed = *unit;
    m_openUnits.erase(unit);
    PostUnit(closed);
}

void
PayloadCacheNetDevice::CloseTransmitUnits()
{
    std::vector<Ptr<TxFrame>> units;
    units.swap(m_openUnits);
    for (const auto& unit : units)
    {
        PostUnit(unit);
    }
}

void
PayloadCacheNetDevice::PostUnit(Ptr<TxFrame> unit)
{
    if (!unit->followers.empty())
    {
        unit->last = false;
        std::for_each(unit->followers.begin(), unit->followers.end() - 1, [](const auto& frame) {
            frame->last = false;
        });
        for (const auto& frame : unit->followers)
        {
            frame->worker = unit->worker;
        }
    }
    if (unit->info.IsData())
    {
        m_host->Count(HostCounter::UNITS_SENT);
    }
    Subject about = unit->about;
    about.bytes = unit->unitPayload;
    m_host->Run(unit->worker,
                TransmitWork(*unit),
                [this, self = Ptr<PayloadCacheNetDevice>(this), unit] {
                    UnitWorked(*unit);
                    RingFor(unit);
                },
                about);
}

void
PayloadCacheNetDevice::UnitWorked(const TxFrame& unit)
{
    if (unit.pending)
    {
        m_pending.Leave(unit.tag.socket);
    }
}

pc_work
PayloadCacheNetDevice::TransmitWork(const TxFrame& unit)
{
    const pc_cost_model& costs = m_host->Costs();
    pc_work work;
    pc_work_clear(&work);
    bool data = unit.info.PayloadBytes() > 0 || !unit.info.isTcp;
    pc_work_add(&work, &costs, data ? PC_COST_TCP_TX_DATA : PC_COST_TCP_TX_ACK, 1);
    pc_work_add(&work, &costs, PC_COST_DRIVER_TX, 1);
    pc_work_add(&work, &costs, PC_COST_DRIVER_MAP, CountPages(unit));
    if (!unit.slices.empty())
    {
        uint32_t gathered = unit.followers.empty() ? 1 : CountFragments(unit);
        pc_work_add(&work, &costs, PC_COST_DMA_GATHER, gathered);
    }
    // With its last bytes the driver says that a datagram's blocks are free when it has left.
    pc_work_add(&work, &costs, PC_COST_RAM_RELEASE, CountFreed(unit));
    return work;
}

uint64_t
PayloadCacheNetDevice::CountPages(const TxFrame& unit)
{
    // one for the headers, and those of the payload that the card fetches
    uint32_t payload = BytesFromHost(unit) - unit.info.headerBytes;
    for (const auto& frame : unit.followers)
    {
        payload += BytesFromHost(*frame) - frame->info.headerBytes;
    }
    return 1 + pc_card_pages(0, payload);
}

uint32_t
PayloadCacheNetDevice::CountFragments(const TxFrame& unit) const
{
    if (unit.followers.empty())
    {
        return unit.slices.size();
    }
    if (unit.slices.empty())
    {
        return (unit.unitPayload + PAGE_RUN_BYTES - 1) / PAGE_RUN_BYTES;
    }
    // slices that meet in one block of card RAM are one fragment
    uint32_t fragments = 0;
    const CardSlice* before = nullptr;
    auto count = [&](const TxFrame& frame) {
        for (const CardSlice& slice : frame.slices)
        {
            bool meets = before && pc_handle_equals(before->handle, slice.handle) &&
                         before->blockOffset + before->length == slice.blockOffset;
            fragments += meets ? 0 : 1;
            before = &slice;
        }
    };
    count(unit);
    for (const auto& frame : unit.followers)
    {
        count(*frame);
    }
    return fragments;
}

} // namespace ns3
