// The card's RAM as sockets use it, and the DMA of payload.

#include "payload-cache-net-device.h"

#include "ns3/abort.h"

#include <algorithm>

namespace ns3
{

uint64_t
PayloadCacheNetDevice::Held(pc_ram_side side) const
{
    return pc_card_ram_held(&m_ram, side);
}

uint64_t
PayloadCacheNetDevice::GetTxRoom(uint32_t socket)
{
    Prepare();
    return std::min(pc_card_ram_room(&m_ram, PC_RAM_TX), GetQuotaLeft(PC_RAM_TX, socket));
}

bool
PayloadCacheNetDevice::AllocateTx(uint32_t bytes, pc_handle& handle)
{
    Prepare();
    uint64_t before = Held(PC_RAM_TX);
    if (pc_card_ram_alloc(&m_ram, PC_RAM_TX, bytes, m_host->Now(), &handle) != PC_OK)
    {
        return false; // no memory for the block
    }
    Pin(handle); // until SettleSent()
    TraceRam(PC_RAM_TX, before);
    return true;
}

void
PayloadCacheNetDevice::TraceRam(pc_ram_side side, uint64_t heldBefore)
{
    uint64_t held = Held(side);
    if (held > heldBefore)
    {
        m_ramAllocTrace(side == PC_RAM_TX, held - heldBefore, held);
    }
    else if (held < heldBefore)
    {
        m_ramReleaseTrace(side == PC_RAM_TX, heldBefore - held, held);
    }
}

void
PayloadCacheNetDevice::WaitForTxRoom(std::function<bool()> retry)
{
    m_txWaiters.Add(std::move(retry));
    WantRing();
}

void
PayloadCacheNetDevice::ServeTxWaiters()
{
    // In order; but one that waits for what its own quota leaves does not hold up the others.
    m_txWaiters.Serve(GetQuota(PC_RAM_TX) != PC_UNLIMITED);
}

void
PayloadCacheNetDevice::RetryTxWaiters()
{
    m_retryScheduled = false;
    ServeTxWaiters();
}

void
PayloadCacheNetDevice::CountFull(bool waited, uint32_t socket)
{
    RamStatistics& counted = m_counted[PC_RAM_TX];
    (waited ? counted.blocked : counted.fallbacks)++;
    uint64_t room = pc_card_ram_room(&m_ram, PC_RAM_TX);
    counted.overQuota += GetQuotaLeft(PC_RAM_TX, socket) < room;
}

void
PayloadCacheNetDevice::WriteRam(pc_handle handle,
                                uint32_t offset,
                                const uint8_t* bytes,
                                uint32_t length)
{
    int error = pc_card_ram_write(&m_ram, handle, offset, bytes, length);
    NS_ABORT_MSG_IF(error != PC_OK, "writing card RAM: " << pc_error_name(error));
}

void
PayloadCacheNetDevice::ReadRam(pc_handle handle, uint32_t offset, uint8_t* bytes, uint32_t length)
{
    int error = pc_card_ram_read(&m_ram, handle, offset, bytes, length);
    NS_ABORT_MSG_IF(error != PC_OK, "reading card RAM: " << pc_error_name(error));
}

bool
PayloadCacheNetDevice::FlipOldest(pc_ram_side side, uint32_t offset, uint8_t mask)
{
    pc_handle handle{};
    return m_prepared && pc_card_ram_oldest(&m_ram, side, &handle) == PC_OK &&
           pc_card_ram_flip(&m_ram, handle, offset, mask) == PC_OK;
}

// -- Payload by DMA --

void
PayloadCacheNetDevice::MovePayload(pc_bus_direction direction,
                                   const std::vector<UserPart>& parts,
                                   uint32_t cached,
                                   const Subject& about,
                                   HostModel::Done done)
{
    Prepare();
    pc_card_step step{};
    uint32_t bytes = 0;
    for (const UserPart& part : parts)
    {
        auto add = bytes == 0 ? pc_card_payload : pc_card_payload_add;
        add(&m_card, &m_host->Bus(), direction, part.pageOffset, part.bytes, &step);
        bytes += part.bytes;
    }
    RingDoorbell(step);
    Subject moving = about;
    moving.what = "payload";
    moving.moved = bytes;
    DmaRequest request = Request(step, bytes, moving);
    if (direction == PC_TO_HOST && m_host->DoesDmaCache())
    {
        // descriptors and completions are few, and always in the cache
        request.cachedBytes = request.hostBytes - (bytes - cached);
    }
    m_host->Dma(direction == PC_TO_CARD ? m_toCard : m_toHost, request, std::move(done));
}

void
PayloadCacheNetDevice::Fetch(uint32_t pageOffset,
                             uint32_t bytes,
                             const Subject& about,
                             HostModel::Done done)
{
    MovePayload(PC_TO_CARD, {{pageOffset, bytes}}, 0, about, std::move(done));
}

void
PayloadCacheNetDevice::Deliver(const std::vector<UserPart>& parts,
                               uint32_t cached,
                               const Subject& about,
                               HostModel::Done done)
{
    MovePayload(PC_TO_HOST, parts, cached, about, std::move(done));
}

pc_wait_estimate
PayloadCacheNetDevice::EstimateWait(bool toHost, uint32_t bytes) const
{
    const DmaChannel& channel = toHost ? m_toHost : m_toCard;
    pc_card_step step{};
    pc_card_payload(&m_card, &m_host->Bus(), toHost ? PC_TO_HOST : PC_TO_CARD, 0, bytes, &step);
    const pc_cost_model& costs = m_host->Costs();
    pc_wait_estimate estimate{};
    estimate.cpu_hz = m_host->GetFrequency();
    estimate.sleep_cycles = pc_cost_own_cycles(&costs, PC_COST_INTERRUPT) +
                            pc_cost_own_cycles(&costs, PC_COST_WAKE_UP) +
                            2 * pc_cost_own_cycles(&costs, PC_COST_CONTEXT_SWITCH);
    // our own DMA is in the engine's backlog already
    estimate.queue_ps = 0;
    for (unsigned engine : channel.engines)
    {
        pc_time backlog = pc_dma_backlog(channel.bus, engine, channel.queues - 1, m_host->Now());
        estimate.data_ps = std::max(estimate.data_ps, backlog);
    }
    estimate.setup_ps = step.bus.latency_ps;
    return estimate;
}

pc_break_even
PayloadCacheNetDevice::GetBreakEven(pc_call call,
                                    pc_wait_mode wait,
                                    const PayloadCachePath& policy,
                                    uint32_t mss,
                                    uint32_t headerBytes)
{
    Prepare();
    if (!m_checksums)
    {
        return {PC_BREAK_EVEN_NEVER, PC_BREAK_EVEN_NEVER}; // the payload cache is refused on it
    }
    pc_break_even_host machine{};
    machine.costs = &m_host->Costs();
    machine.bus = &m_host->Bus();
    machine.card = &m_card.config;
    machine.cpu_hz = m_host->GetFrequency();
    machine.source_warm = m_host->IsSourceWarm();
    machine.app_read = m_host->DoesAppRead();
    machine.remote = m_host->IsRemote();
    machine.registered = policy.UsesRegisteredBuffers();
    machine.dma_into_cache = m_host->DoesDmaCache();
    machine.llc_miss = m_host->Cache().forced_miss;
    machine.write_piece = policy.GetWritePiece();
    machine.fetch = policy.GetFetchPolicy();
    machine.mss = mss;
    machine.header_bytes = headerBytes;
    machine.write_unit_bytes = MergesTransmit() ? UnitPayload(mss) : 0;
    machine.read_unit_bytes = MergesReceive() ? PC_GRO_BYTES - headerBytes : 0;
    pc_break_even sizes{};
    int error = pc_break_even_solve(&machine, call, wait, &sizes);
    NS_ABORT_MSG_IF(error != PC_OK, "break-even: " << pc_error_name(error));
    return sizes;
}

// -- Statistics --

PayloadCacheNetDevice::RamStatistics
PayloadCacheNetDevice::GetRamStatistics(pc_ram_side side)
{
    Prepare();
    RamStatistics stats = m_counted[side];
    stats.capacity = pc_card_ram_capacity(&m_ram, side);
    stats.peak = pc_card_ram_peak(&m_ram, side);
    stats.mean = pc_card_ram_mean(&m_ram, side, m_host->Now());
    stats.held = Held(side);
    stats.releasing = m_pendingReleases.CountBytes(m_ram, side);
    return stats;
}

PayloadCacheNetDevice::BusyTime
PayloadCacheNetDevice::GetBusyTime() const
{
    pc_time now = m_host->Now();
    return {pc_fifo_busy(&m_card.processor, now) - m_busyBefore.processor,
            pc_fifo_busy(&m_card.ram, now) - m_busyBefore.ram};
}

void
PayloadCacheNetDevice::ResetStatistics()
{
    Prepare();
    m_busyBefore = BusyTime();
    m_busyBefore = GetBusyTime();
    pc_card_ram_stats_reset(&m_ram, m_host->Now());
    for (int side : {PC_RAM_TX, PC_RAM_RX})
    {
        m_counted[side] = RamStatistics();
    }
}

} // namespace ns3
