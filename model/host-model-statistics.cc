// What a host has done since its statistics were last reset: counters, latencies, the ledger, buses.

#include "host-model.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

const char*
HostCounterName(HostCounter counter)
{
    static const char* const names[] = {
        "interrupts",
        "context_switches",
        "wake_ups",
        "system_calls",
        "polls",
        "busy_polls",
        "bytes_written",
        "bytes_read",
        "bytes_copied",
        "payload_bytes_transmitted",
        "segments_sent",
        "segments_retransmitted",
        "frames_sent",
        "units_sent",
        "units_received",
        "segments_received",
        "payload_bytes_received",
        "acks_sent",
        "frames_received",
        "vlan_frames",
        "frames_delivered",
        "write_pieces",
        "write_retries",
        "dma_jobs",
        "doorbells",
        "header_fetches",
        "second_fetches",
        "whole_fetches",
        "read_pieces",
        "release_commands",
        "release_doorbells",
        "release_timers",
        "pages_pinned",
        "dma_sleeps",
        "dma_spins",
        "linearised",
        "other_card_bytes",
        "fallback_bytes",
        "edge_bytes",
        "stale_segments",
        "backlogged",
        "departures",
    };
    static_assert(std::size(names) == static_cast<size_t>(HostCounter::COUNT));
    return names[static_cast<size_t>(counter)];
}

void
HostModel::Count(HostCounter counter, uint64_t times)
{
    m_count[static_cast<size_t>(counter)] += times;
}

uint64_t
HostModel::GetCount(HostCounter counter) const
{
    return m_count[static_cast<size_t>(counter)];
}

void
HostModel::CountDrop(const std::string& reason)
{
    m_stats.drops[reason]++;
}

void
HostModel::NoteWriteLatency(pc_time latency)
{
    m_stats.writeLatency.push_back(latency);
}

void
HostModel::NoteReadLatency(pc_time latency)
{
    m_stats.readLatency.push_back(latency);
}

void
HostModel::ResetStatistics()
{
    Prepare();
    Advance(ToPs(Simulator::Now()));
    Check(pc_cpu_sync(&m_cpu, Now()), "the ledger");
    pc_cpu_ledger_reset(&m_cpu, Now());
    pc_memory_reset(&m_costs);
    pc_llc_reset(&m_llc);
    m_stats = Statistics();
    m_count.fill(0);
    m_memoryBusyBefore = pc_fifo_busy(&m_memory, Now());
    m_busyToCardBefore = 0;
    m_busyToHostBefore = 0;
    AddBusBusy(m_busyToCardBefore, m_busyToHostBefore);
    m_waitToCardBefore = AddWaits(false);
    m_waitToHostBefore = AddWaits(true);
}

HostModel::DmaWaits
HostModel::AddWaits(bool toHost) const
{
    DmaWaits all;
    for (const DmaChannel& channel : m_channels)
    {
        unsigned queues = channel.toHost == toHost ? std::max(1U, channel.queues - 1) : 0;
        for (unsigned engine : channel.engines)
        {
            for (unsigned queue = 0; queue < queues; queue++)
            {
                uint64_t count = 0;
                all.waited += pc_dma_waited(channel.bus, engine, queue, &count);
                all.count += count;
            }
        }
    }
    return all;
}

void
HostModel::AddBusBusy(pc_time& toCard, pc_time& toHost)
{
    bool halfDuplex = m_bus.config.kind == PC_BUS_PCI || m_bus.config.kind == PC_BUS_PCIX;
    for (auto& bus : m_buses)
    {
        pc_time up = 0;
        pc_time down = 0;
        pc_dma_busy(&bus->dma, Now(), &up, &down);
        toHost += up;
        toCard += halfDuplex ? up : down;
    }
}

HostModel::Statistics
HostModel::GetStatistics()
{
    Prepare();
    Advance(ToPs(Simulator::Now()));
    Check(pc_cpu_sync(&m_cpu, Now()), "the ledger");
    NS_ABORT_MSG_IF(!pc_cpu_check(&m_cpu), "busy + idle is not the time that has passed");
    Statistics stats = m_stats;
    for (unsigned core = 0; core < m_cores; core++)
    {
        stats.coreBusy.push_back(Now() - m_cpu.reset_ps -
                                 pc_cpu_ledger(&m_cpu, core, PC_CAT_IDLE));
        for (int c = 0; c < PC_CAT_COUNT; c++)
        {
            stats.cpu[c] += pc_cpu_ledger(&m_cpu, core, static_cast<pc_category>(c));
        }
    }
    stats.elapsed = Now() - m_cpu.reset_ps;
    stats.memoryBusy = pc_fifo_busy(&m_memory, Now()) - m_memoryBusyBefore;
    AddBusBusy(stats.busBusyToCard, stats.busBusyToHost);
    stats.busBusyToCard -= m_busyToCardBefore;
    stats.busBusyToHost -= m_busyToHostBefore;
    stats.llcInFlightPeak = m_llc.peak_bytes;
    stats.llcWritten = m_llc.written_bytes;
    stats.llcMissed = m_llc.missed_bytes;
    stats.waitToCard = AddWaits(false);
    stats.waitToHost = AddWaits(true);
    for (auto [waits, before] : {std::pair{&stats.waitToCard, &m_waitToCardBefore},
                                 std::pair{&stats.waitToHost, &m_waitToHostBefore}})
    {
        waits->waited -= before->waited;
        waits->count -= before->count;
    }
    return stats;
}

} // namespace ns3
