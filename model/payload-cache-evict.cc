// Eviction: payload that has not been used for long moves from card RAM to host memory.

#include "payload-cache-net-device.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

// -- Blocks in use --

void
PayloadCacheNetDevice::Pin(pc_handle handle)
{
    if (m_evicts)
    {
        pc_card_ram_pin(&m_ram, handle);
    }
}

void
PayloadCacheNetDevice::Unpin(pc_handle handle)
{
    if (!m_evicts)
    {
        return;
    }
    pc_card_ram_unpin(&m_ram, handle);
    if (!m_txWaiters.IsEmpty() && !m_retryScheduled && pc_card_ram_pins(&m_ram, handle) == 0)
    {
        // a writer that waits may find a block now that can be evicted
        m_retryScheduled = true;
        Simulator::ScheduleNow(&PayloadCacheNetDevice::RetryTxWaiters,
                               Ptr<PayloadCacheNetDevice>(this));
    }
}

// -- Whose payload it is --

void
PayloadCacheNetDevice::Own(pc_handle handle, uint32_t socket)
{
    if (m_countsOwners)
    {
        NS_ABORT_MSG_IF(pc_card_ram_own(&m_ram, handle, socket) != PC_OK,
                        "a block of card RAM has an owner already");
    }
}

void
PayloadCacheNetDevice::SettleSent(pc_handle handle, uint32_t socket, uint64_t offset)
{
    if (m_evicts)
    {
        m_residents.Of(handle) = Resident{nullptr, socket, offset};
        Unpin(handle);
    }
}

void
PayloadCacheNetDevice::SettleReceived(ReceivedPayload& payload)
{
    if (m_evicts)
    {
        m_residents.Of(payload.handle) = Resident{&payload, 0, 0};
    }
}

void
PayloadCacheNetDevice::Depart(pc_handle handle, uint32_t below)
{
    if (m_evicts && pc_card_ram_is_live(&m_ram, handle) &&
        below >= pc_card_ram_size(&m_ram, handle))
    {
        // nobody knows the block any more, and until its release has come nobody evicts it
        m_residents.Of(handle) = Resident();
        pc_card_ram_pin(&m_ram, handle);
    }
}

// -- When --

uint64_t
PayloadCacheNetDevice::GetQuota(pc_ram_side side) const
{
    uint64_t quota = m_path->GetQuota(side);
    return quota == 0 ? PC_UNLIMITED : quota / m_granule * m_granule;
}

uint64_t
PayloadCacheNetDevice::GetQuotaLeft(pc_ram_side side, uint32_t socket) const
{
    uint64_t quota = GetQuota(side);
    if (quota == PC_UNLIMITED || socket == 0)
    {
        return PC_UNLIMITED;
    }
    return quota - std::min(quota, pc_card_ram_owned(&m_ram, side, socket));
}

uint64_t
PayloadCacheNetDevice::LowWater(uint64_t capacity) const
{
    return capacity == PC_UNLIMITED ? 0 : static_cast<uint64_t>(m_path->GetLowWater() * capacity);
}

bool
PayloadCacheNetDevice::IsShort(pc_ram_side side) const
{
    return pc_card_ram_room(&m_ram, side) < LowWater(pc_card_ram_capacity(&m_ram, side));
}

bool
PayloadCacheNetDevice::IsQuotaShort(uint32_t socket) const
{
    return socket != 0 && GetQuotaLeft(PC_RAM_RX, socket) < LowWater(GetQuota(PC_RAM_RX));
}

void
PayloadCacheNetDevice::MakeTxRoom(uint32_t socket, uint64_t bytes, const Worker& worker)
{
    if (!m_evicts)
    {
        return;
    }
    uint64_t most = std::min(pc_card_ram_capacity(&m_ram, PC_RAM_TX), GetQuota(PC_RAM_TX));
    uint64_t need =
        pc_driver_evict(std::min(bytes, most), GetTxRoom(socket), m_evicting[PC_RAM_TX]);
    bool own = GetQuotaLeft(PC_RAM_TX, socket) < pc_card_ram_room(&m_ram, PC_RAM_TX);
    while (need > 0)
    {
        uint64_t begun = EvictOldest(PC_RAM_TX, own ? socket : 0, worker);
        if (begun == 0)
        {
            return; // all are in use: it is tried again when one no longer is
        }
        need -= std::min(need, begun);
    }
}

void
PayloadCacheNetDevice::EvictAhead(const RxFrame& frame)
{
    if (!m_evicts)
    {
        return;
    }
    // of a socket over its quota, one block a frame: it keeps pace
    uint64_t quota = GetQuota(PC_RAM_RX);
    uint32_t owner = quota == PC_UNLIMITED || !frame.payload
                         ? 0
                         : pc_card_ram_owner(&m_ram, frame.payload->handle);
    if (IsQuotaShort(owner))
    {
        EvictOldest(PC_RAM_RX, owner, frame.queue->worker);
    }
    uint64_t need = pc_driver_evict(LowWater(pc_card_ram_capacity(&m_ram, PC_RAM_RX)),
                                    pc_card_ram_room(&m_ram, PC_RAM_RX),
                                    m_evicting[PC_RAM_RX]);
    while (need > 0)
    {
        uint64_t begun = EvictOldest(PC_RAM_RX, 0, frame.queue->worker);
        if (begun == 0)
        {
            return;
        }
        need -= std::min(need, begun);
    }
}

// -- How --

Eviction
PayloadCacheNetDevice::PlanEviction(pc_ram_side side, pc_handle handle)
{
    const Resident& resident = m_residents.Of(handle);
    Eviction eviction;
    eviction.side = side;
    eviction.handle = handle;
    uint32_t size = pc_card_ram_size(&m_ram, handle);
    uint32_t front = pc_card_ram_front(&m_ram, handle);
    eviction.room = pc_card_ram_padded(&m_ram, size) - front;
    eviction.from = front;
    eviction.to = size;
    if (resident.received)
    {
        const ReceivedPayload& payload = *resident.received;
        eviction.from = std::max(front, payload.blockOffset + payload.hostBytes);
        eviction.to = payload.blockOffset + payload.payloadBytes;
    }
    return eviction;
}

uint64_t
PayloadCacheNetDevice::EvictOldest(pc_ram_side side, uint32_t owner, const Worker& worker)
{
    pc_handle handle{};
    int found = owner == 0 ? pc_card_ram_oldest(&m_ram, side, &handle)
                           : pc_card_ram_oldest_of(&m_ram, side, owner, &handle);
    if (found != PC_OK)
    {
        return 0;
    }
    Eviction eviction = PlanEviction(side, handle);
    pc_card_ram_pin(&m_ram, handle);
    m_evicting[side] += eviction.room;
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_EVICT, 1);
    m_host->Run(worker, work, [self = Ptr<PayloadCacheNetDevice>(this), eviction] {
        uint32_t bytes = eviction.to - eviction.from;
        self->m_counted[eviction.side].evictedBytes += bytes;
        // by definition nobody is about to use it: it goes to DRAM
        self->Deliver({{0, bytes}}, 0, Subject(), [self, eviction] { self->Evicted(eviction); });
    });
    return eviction.room;
}

void
PayloadCacheNetDevice::Evicted(const Eviction& eviction)
{
    m_evicting[eviction.side] -= eviction.room;
    if (!pc_card_ram_is_live(&m_ram, eviction.handle))
    {
        return; // released meanwhile
    }
    pc_card_ram_unpin(&m_ram, eviction.handle);
    if (pc_card_ram_pins(&m_ram, eviction.handle) > 0)
    {
        return; // in use again, from the card
    }
    Resident resident = m_residents.Of(eviction.handle);
    m_residents.Of(eviction.handle) = Resident();
    m_counted[eviction.side].evictions++;
    std::vector<uint8_t> bytes;
    if (m_bytes)
    {
        bytes.resize(pc_card_ram_size(&m_ram, eviction.handle));
        uint32_t from = std::max(eviction.from, pc_card_ram_front(&m_ram, eviction.handle));
        ReadRam(eviction.handle, from, bytes.data() + from, eviction.to - from);
    }
    int64_t stored = resident.received ? resident.received->stored : 0;
    FlowKey flow = resident.received ? resident.received->flow : FlowKey();
    if (resident.received)
    {
        resident.received->MovedToHost(bytes);
    }
    else if (PayloadSocket* socket = m_host->Sockets().Find(resident.socket))
    {
        socket->Evicted(resident.offset, eviction.handle, bytes);
    }
    // the command that evicted the block frees it, too
    GiveBack(PendingRelease{eviction.side, eviction.handle, UINT32_MAX, flow, stored});
    ServeTxWaiters();
}

} // namespace ns3
