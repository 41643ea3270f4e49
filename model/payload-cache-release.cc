// Commands that give card RAM back: the driver collects them until it rings the card for something
// else, or has reason to ring for them alone; the room exists a delay after that.

#include "payload-cache-net-device.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <map>

namespace ns3
{

void
PayloadCacheNetDevice::Release(pc_ram_side side, pc_handle handle, uint32_t below)
{
    Command(PendingRelease{side, handle, below, FlowKey(), 0});
}

void
PayloadCacheNetDevice::ReleaseReceived(const ReceivedPayload& payload, uint32_t below, bool byCard)
{
    PendingRelease release{PC_RAM_RX, payload.handle, below, payload.flow, payload.stored};
    if (byCard)
    {
        Depart(release.handle, release.below);
        TakeEffectLater(std::move(release)); // the card knows by itself: no command
    }
    else
    {
        Command(std::move(release));
    }
}

void
PayloadCacheNetDevice::Command(PendingRelease release)
{
    Depart(release.handle, release.below);
    pc_ram_side side = release.side;
    if (m_releaseWait.IsZero() || !m_wire)
    {
        TakeEffectLater(std::move(release));
        return;
    }
    bool first = m_batch.empty();
    m_batch.push_back(std::move(release));
    // writers wait for room; frames that come cannot
    bool urgent = side == PC_RAM_TX ? !m_txWaiters.empty() : IsShort(PC_RAM_RX);
    if (m_batch.size() >= m_releaseBatch || urgent)
    {
        RingSoon();
    }
    else if (first)
    {
        pc_time latest = m_host->Now() + m_releaseWait.GetPicoSeconds();
        m_host->At(latest, [self = Ptr<PayloadCacheNetDevice>(this), rung = m_doorbells] {
            if (rung == self->m_doorbells) // else they have gone, with another doorbell
            {
                self->RingForReleases();
            }
        });
    }
}

void
PayloadCacheNetDevice::RingSoon()
{
    if (!m_batch.empty() && !m_ringScheduled)
    {
        // what is given back at this instant goes together
        m_ringScheduled = true;
        Simulator::ScheduleNow(&PayloadCacheNetDevice::RingForReleases,
                               Ptr<PayloadCacheNetDevice>(this));
    }
}

void
PayloadCacheNetDevice::RingForReleases()
{
    m_ringScheduled = false;
    if (m_batch.empty() || !m_wire)
    {
        return;
    }
    m_host->Count(HostCounter::RELEASE_DOORBELLS);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add(&work, &m_host->Costs(), PC_COST_DMA_SUBMIT, 1);
    m_host->Run(m_queues[0].worker, work, [self = Ptr<PayloadCacheNetDevice>(this)] {
        pc_card_step step{};
        pc_card_doorbell(&self->m_card, &self->m_host->Bus(), &step);
        self->RingDoorbell(step);
        DmaRequest request = self->Request(step, 0, Subject());
        self->m_host->Dma(self->m_toCard, request, [] {});
    });
}

void
PayloadCacheNetDevice::NoteReleases(uint64_t commands)
{
    m_host->Count(HostCounter::RELEASE_COMMANDS, commands);
    m_releases += commands;
}

void
PayloadCacheNetDevice::RingDoorbell(pc_card_step& step)
{
    m_doorbells++;
    m_host->Count(HostCounter::DOORBELLS);
    m_doorbellTrace(m_releases);
    for (; m_releases > 0; m_releases--)
    {
        pc_card_release(&m_card, &m_host->Bus(), &step);
    }
    std::vector<PendingRelease> batch;
    batch.swap(m_batch);
    for (auto& release : batch)
    {
        TakeEffectLater(std::move(release));
    }
}

void
PayloadCacheNetDevice::TakeEffectLater(PendingRelease release)
{
    m_underWay.push_back(std::move(release));
    if (m_releaseDelay.IsZero() || !m_wire) // a card that is gone waits for nothing
    {
        TakeEffect();
        return;
    }
    m_host->At(m_host->Now() + m_releaseDelay.GetPicoSeconds(),
               [self = Ptr<PayloadCacheNetDevice>(this)] { self->TakeEffect(); });
}

void
PayloadCacheNetDevice::TakeEffect()
{
    if (m_underWay.empty())
    {
        return; // the card has been disposed of meanwhile
    }
    // the delay is the same for all, so they come in order
    PendingRelease release = std::move(m_underWay.front());
    m_underWay.pop_front();
    GiveBack(release);
    if (release.side == PC_RAM_TX)
    {
        ServeTxWaiters();
    }
}

void
PayloadCacheNetDevice::GiveBack(const PendingRelease& release)
{
    uint64_t before = Held(release.side);
    pc_card_ram_release_below(&m_ram, release.handle, release.below, m_host->Now());
    TraceRam(release.side, before);
    uint64_t bytes = before - Held(release.side);
    if (release.side == PC_RAM_RX && bytes > 0)
    {
        m_releasedTrace(release.flow, bytes, PicoSeconds(m_host->Now() - release.stored));
        TellRxWaitersSoon();
    }
}

void
PayloadCacheNetDevice::ReleaseAll()
{
    std::vector<PendingRelease> batch;
    batch.swap(m_batch);
    std::deque<PendingRelease> underWay;
    underWay.swap(m_underWay);
    for (const auto& release : underWay)
    {
        GiveBack(release);
    }
    for (const auto& release : batch)
    {
        GiveBack(release);
    }
}

uint64_t
PayloadCacheNetDevice::CountReleasing(pc_ram_side side) const
{
    // several commands may give back one block, part by part
    std::map<uint32_t, uint64_t> blocks;
    auto add = [&](const PendingRelease& release) {
        if (release.side != side || !pc_card_ram_is_live(&m_ram, release.handle))
        {
            return;
        }
        uint32_t size = pc_card_ram_size(&m_ram, release.handle);
        uint64_t below = release.below >= size ? pc_card_ram_padded(&m_ram, size)
                                               : release.below / m_granule * m_granule;
        uint64_t front = pc_card_ram_front(&m_ram, release.handle);
        uint64_t& bytes = blocks[release.handle.index];
        bytes = std::max(bytes, below - std::min(below, front));
    };
    std::for_each(m_underWay.begin(), m_underWay.end(), add);
    std::for_each(m_batch.begin(), m_batch.end(), add);
    uint64_t all = 0;
    for (const auto& [index, bytes] : blocks)
    {
        all += bytes;
    }
    return all;
}

} // namespace ns3
