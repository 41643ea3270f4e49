// What cards and sockets ask of their machine: its values, where processes run, what leaves at one
// instant, and what a copy costs.

#include "host-model.h"

#include "ns3/abort.h"

#include <algorithm>

namespace ns3
{

namespace
{

/// Owners of work from here on are kernel threads' turns; below are processes.
constexpr uint32_t KERNEL_TURNS = UINT32_C(1) << 31;

} // namespace

const pc_bus&
HostModel::Bus()
{
    Prepare();
    return m_bus;
}

pc_cost_model&
HostModel::Costs()
{
    return m_costs;
}

double
HostModel::GetFrequency() const
{
    return m_frequency;
}

unsigned
HostModel::GetCores() const
{
    return m_cores;
}

bool
HostModel::HasProcessWork(unsigned core) const
{
    return pc_cpu_has_work(&m_cpu, core, PC_CPU_PROCESS);
}

unsigned
HostModel::PlaceProcess(uint32_t process, unsigned interruptCore, unsigned queues)
{
    auto known = m_processCores.find(process);
    if (process != 0 && known != m_processCores.end())
    {
        return known->second;
    }
    unsigned core = interruptCore;
    if (m_placement == OTHER_CORE)
    {
        // behind the cores that take interrupts, as far as there are any
        core = (interruptCore + std::min(queues, m_cores - 1)) % m_cores;
    }
    if (process != 0)
    {
        m_processCores[process] = core;
    }
    return core;
}

uint32_t
HostModel::NewKernelTurn()
{
    return KERNEL_TURNS | (m_kernelTurns++ & ~KERNEL_TURNS);
}

// -- Bursts --

void
HostModel::BeginBurst()
{
    m_bursts++;
}

void
HostModel::EndBurst()
{
    if (m_bursts == 1)
    {
        // what they hand down in turn still belongs to the burst
        for (std::size_t i = 0; i < m_burstEnd.size(); i++)
        {
            Done done = std::move(m_burstEnd[i]);
            done();
        }
        m_burstEnd.clear();
    }
    m_bursts--;
}

bool
HostModel::InBurst() const
{
    return m_bursts > 0;
}

void
HostModel::AtBurstEnd(Done done)
{
    m_burstEnd.push_back(std::move(done));
}

bool
HostModel::IsSourceWarm() const
{
    return m_sourceWarm;
}

bool
HostModel::DoesAppRead() const
{
    return m_appRead;
}

pc_time
HostModel::GetBusyPoll() const
{
    return m_busyPoll.GetPicoSeconds();
}

bool
HostModel::HasSocketLock() const
{
    return m_socketLock;
}

bool
HostModel::IsRemote() const
{
    return m_placement == REMOTE_NODE;
}

pc_llc&
HostModel::Cache()
{
    Prepare();
    return m_llc;
}

bool
HostModel::DoesDmaCache() const
{
    return !IsRemote() && (m_ddioShare > 0 || m_llcMiss >= 0);
}

void
HostModel::PostBuffers(int64_t change)
{
    m_llc.reserved_bytes += m_postedInCache ? change : 0;
}

SocketTable&
HostModel::Sockets()
{
    return m_sockets;
}

Datagrams&
HostModel::GetDatagrams()
{
    return m_datagrams;
}

void
HostModel::SetWriteAllocate(bool on)
{
    m_costs.write_allocate = on;
}

bool
HostModel::GetWriteAllocate() const
{
    return m_costs.write_allocate;
}

void
HostModel::AddCopy(pc_work& work, uint64_t bytes, Source source)
{
    pc_cost_line dram = IsRemote() ? PC_COST_COPY_REMOTE : PC_COST_COPY_COLD;
    pc_cost_line line = source == Source::WARM  ? PC_COST_COPY_WARM
                        : source == Source::LLC ? PC_COST_COPY_LLC
                                                : dram;
    Check(pc_work_add(&work, &m_costs, line, static_cast<double>(bytes)), "copy");
    pc_memory_copy(&m_costs, bytes, source != Source::DRAM);
    work.memory_bytes += bytes * (m_costs.write_allocate ? 3 : 2);
    Count(HostCounter::BYTES_COPIED, bytes);
}

} // namespace ns3
