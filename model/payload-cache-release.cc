// Commands that give card RAM back: the driver collects them until it rings the card for something
// else, or has reason to ring for them alone; the room exists a delay after that.
//
// When it has one it does not ring at once: what gave the command mostly goes on to send something,
// and that rings. So the end of the poll or call looks whether the commands are still there.

#include "payload-cache-net-device.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <optional>

namespace ns3
{

void
PayloadCacheNetDevice::Release(pc_ram_side side, pc_handle handle, uint32_t below, bool byCard)
{
    GiveUp(PendingRelease{side, handle, below, FlowKey(), 0}, byCard);
}

void
PayloadCacheNetDevice::ReleaseReceived(const ReceivedPayload& payload, uint32_t below, bool byCard)
{
    GiveUp(PendingRelease{PC_RAM_RX, payload.handle, below, payload.flow, payload.stored}, byCard);
}

void
PayloadCacheNetDevice::GiveUp(PendingRelease release, bool byCard)
{
    Depart(release.handle, release.below);
    if (byCard || m_releaseWait.IsZero() || !m_wire)
    {
        TakeEffectLater(std::move(release));
    }
    else
    {
        Command(std::move(release));
    }
}

void
PayloadCacheNetDevice::Command(PendingRelease release)
{
    bool wanted = IsWanted(release.side, release.handle);
    m_pendingReleases.Command(std::move(release));
    pc_moderation_note(&m_unrung, m_host->Now());
    if (wanted || m_unrung.deadline_ps <= m_host->Now())
    {
        WantRing();
    }
    else
    {
        SetReleaseAlarm();
    }
}

bool
PayloadCacheNetDevice::IsWanted(pc_ram_side side, pc_handle handle) const
{
    if (side == PC_RAM_TX)
    {
        return !m_txWaiters.IsEmpty(); // who finds too little asks: RingForRoom()
    }
    // peers wait for a window; frames that come can neither ask nor wait
    return !m_rxWaiters.empty() || IsShort(PC_RAM_RX) ||
           IsQuotaShort(pc_card_ram_owner(&m_ram, handle));
}

// -- A doorbell for them alone --

void
PayloadCacheNetDevice::WantRing()
{
    if (!m_pendingReleases.HasCommands() || m_ring != OwnRing::NONE)
    {
        return;
    }
    m_ring = OwnRing::WANTED;
    bool polls = std::any_of(m_queues.begin(), m_queues.end(), [](const CardQueue& queue) {
        return queue.polling;
    });
    if (!polls) // else its end looks
    {
        Simulator::ScheduleNow(&PayloadCacheNetDevice::RingUnlooked,
                               Ptr<PayloadCacheNetDevice>(this));
    }
}

void
PayloadCacheNetDevice::RingUnlooked()
{
    if (m_wire)
    {
        RingIfWanted(m_queues[0].worker, [] {});
    }
}

void
PayloadCacheNetDevice::RingIfWanted(const Worker& worker, Continuation next)
{
    if (m_ring != OwnRing::WANTED || !m_wire)
    {
        next();
        return;
    }
    m_ring = OwnRing::LOOKED_AT;
    // behind what has been sent meanwhile, whose work rings
    pc_work nothing;
    pc_work_clear(&nothing);
    m_host->Run(worker,
                nothing,
                [self = Ptr<PayloadCacheNetDevice>(this), worker, next = std::move(next)] {
                    if (self->m_ring != OwnRing::LOOKED_AT)
                    {
                        next();
                        return;
                    }
                    self->RingForReleases(worker, 0, next);
                });
}

void
PayloadCacheNetDevice::RingForReleases(const Worker& worker, uint64_t timers, Continuation next)
{
    m_host->Count(HostCounter::RELEASE_DOORBELLS);
    m_host->Count(HostCounter::RELEASE_TIMERS, timers);
    m_host->Count(HostCounter::INTERRUPTS, timers);
    pc_work work;
    pc_work_clear(&work);
    pc_work_add_own(&work, &m_host->Costs(), PC_COST_INTERRUPT, timers);
    pc_work_add(&work, &m_host->Costs(), PC_COST_DMA_SUBMIT, 1);
    m_host->Run(worker,
                work,
                [self = Ptr<PayloadCacheNetDevice>(this), next = std::move(next)] {
                    pc_card_step step{};
                    pc_card_doorbell(&self->m_card, &self->m_host->Bus(), &step);
                    self->RingDoorbell(step);
                    DmaRequest request = self->Request(step, 0, Subject());
                    self->m_host->Dma(self->m_toCard, request, [] {});
                    next();
                });
}

bool
PayloadCacheNetDevice::RingForRoom(const Worker& worker, Continuation next)
{
    if (!m_pendingReleases.HasCommands(PC_RAM_TX) || !m_wire)
    {
        return false;
    }
    m_ring = OwnRing::LOOKED_AT;
    RingForReleases(worker,
                    0,
                    [self = Ptr<PayloadCacheNetDevice>(this), worker, next = std::move(next)] {
                        self->SpinForRoom(worker, next);
                    });
    return true;
}

void
PayloadCacheNetDevice::SpinForRoom(const Worker& worker, Continuation next)
{
    pc_time until = m_host->Now() + m_releaseDelay.GetPicoSeconds();
    bool charged = (m_host->Costs().own_costs >> PC_CAT_SPIN) & 1;
    if (m_releaseDelay.IsZero() || !charged)
    {
        m_host->At(until, std::move(next));
        return;
    }
    pc_cpu_job* hold = m_host->Hold(worker, PC_CAT_SPIN, std::move(next), Subject());
    m_host->At(until, [host = m_host, worker, hold] { host->Release(worker, hold); });
}

void
PayloadCacheNetDevice::SetReleaseAlarm()
{
    if (!m_releaseAlarm)
    {
        m_releaseAlarm = true;
        m_host->At(m_unrung.deadline_ps, [self = Ptr<PayloadCacheNetDevice>(this)] {
            self->ReleaseAlarm();
        });
    }
}

void
PayloadCacheNetDevice::ReleaseAlarm()
{
    m_releaseAlarm = false;
    if (m_unrung.deadline_ps == PC_NEVER || m_ring != OwnRing::NONE || !m_wire)
    {
        return;
    }
    if (m_unrung.deadline_ps > m_host->Now())
    {
        SetReleaseAlarm(); // those that it was set for have gone with another doorbell
        return;
    }
    m_ring = OwnRing::LOOKED_AT;
    RingForReleases(m_queues[0].worker, 1, [] {});
}

// -- With a doorbell --

void
PayloadCacheNetDevice::NoteReleases(uint64_t commands)
{
    m_host->Count(HostCounter::RELEASE_COMMANDS, commands);
    m_releases += commands;
}

void
PayloadCacheNetDevice::RingDoorbell(pc_card_step& step)
{
    m_ring = OwnRing::NONE;
    pc_moderation_clear(&m_unrung);
    m_host->Count(HostCounter::DOORBELLS);
    m_doorbellTrace(m_releases);
    for (; m_releases > 0; m_releases--)
    {
        pc_card_release(&m_card, &m_host->Bus(), &step);
    }
    for (auto& release : m_pendingReleases.TakeCommands())
    {
        TakeEffectLater(std::move(release));
    }
}

void
PayloadCacheNetDevice::TakeEffectLater(PendingRelease release)
{
    m_pendingReleases.Begin(std::move(release));
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
    // the delay is the same for all, so they come in order
    std::optional<PendingRelease> release = m_pendingReleases.TakeFirst();
    if (!release)
    {
        return; // the card has been disposed of meanwhile
    }
    GiveBack(*release);
    if (release->side == PC_RAM_TX)
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
    for (const auto& release : m_pendingReleases.TakeAll())
    {
        GiveBack(release);
    }
}

} // namespace ns3
