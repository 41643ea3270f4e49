#include "host-model.h"

#include "ns3/abort.h"
#include "ns3/log.h"
#include "ns3/make-event.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("HostModel");

HostModel::HostModel()
{
    NS_LOG_FUNCTION(this);
    pc_cost_model_init(&m_costs);
    // one object for all times at which it is scheduled
    m_event = Ptr<EventImpl>(MakeEvent(&HostModel::Fire, this), false);
}

HostModel::~HostModel()
{
    m_event->Cancel();
    for (auto& bus : m_buses)
    {
        pc_dma_fini(&bus->dma);
    }
}

void
HostModel::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_disposed = true;
    // What follows unfinished work will not come; it holds references to sockets and cards.
    for (auto& job : m_cpuJobs)
    {
        job.done = nullptr;
    }
    for (auto& job : m_dmaJobs)
    {
        job.done = nullptr;
    }
    m_alarms.clear();
    m_alarmDone.clear();
    m_freeAlarmDone.clear();
    m_burstEnd.clear();
    FindNext();
    delivery = nullptr;
    m_datagrams.Clear();
    SetObserver(nullptr);
    Object::DoDispose();
}

void
HostModel::Check(int error, const char* what)
{
    NS_ABORT_MSG_IF(error != PC_OK, what << ": " << pc_error_name(error));
}

pc_bus_config
HostModel::MakeBusConfig() const
{
    // 33, 66 and 133 stand for 33 1/3, 66 2/3 and 133 1/3 MHz: periods of 30, 15 and 7.5 ns
    NS_ABORT_MSG_IF(m_busClock != 33 && m_busClock != 66 && m_busClock != 133,
                    "ns3::HostModel::BusClock is " << m_busClock << ": 33, 66 or 133 (MHz)");
    pc_bus_config config{};
    config.kind = static_cast<pc_bus_kind>(m_busKind);
    config.width_bits = m_busWidth;
    config.clock_period_ps = m_busClock == 33 ? 30000 : m_busClock == 66 ? 15000 : 7500;
    config.burst_bytes = m_busBurst;
    config.overhead_to_card_clocks = m_busOverheadToCard;
    config.overhead_to_host_clocks = m_busOverheadToHost;
    config.gen = m_pcieGen;
    config.lanes = m_pcieLanes;
    config.mps = m_pcieMps;
    config.mrrs = m_pcieMrrs;
    config.read_op_rate = m_busReadRate;
    config.write_op_rate = m_busWriteRate;
    config.outstanding_reads = m_busOutstanding;
    config.latency_base_ps =
        m_busLatency.GetPicoSeconds() + (IsRemote() ? m_remoteLatency.GetPicoSeconds() : 0);
    config.latency_ps_per_byte = m_busLatencyPerByte * PC_PS_PER_NS;
    config.iommu = m_iommu;
    config.iotlb_entries = m_iotlbEntries;
    config.window_bytes = m_iommuWindow;
    config.walk_ps = m_iotlbWalk.GetPicoSeconds();
    return config;
}

void
HostModel::Prepare()
{
    if (m_prepared)
    {
        return;
    }
    NS_LOG_FUNCTION(this);
    m_stepPs = TimeStep(1).GetPicoSeconds();
    Ptr<Node> node = GetObject<Node>();
    m_context = node ? node->GetId() : Simulator::NO_CONTEXT;
    NS_ABORT_MSG_IF(pc_cost_own_parse(m_ownCosts.c_str(), &m_costs.own_costs) != PC_OK,
                    "ns3::HostModel::OwnCosts is \""
                        << m_ownCosts
                        << "\": all, none, or a list of page_pin, iommu, dma_submit, "
                           "dma_complete, spin, header_fetch, ram_release, interrupt, wake_up, "
                           "context_switch");
    NS_ABORT_MSG_IF(m_placement == OTHER_CORE && m_cores < 2,
                    "ns3::HostModel::Placement is OtherCore, and Cores is 1: it takes 2");
    Check(pc_llc_init(&m_llc, IsRemote() ? 0 : m_ddioShare, m_llcMiss),
          "the last-level cache");
    pc_bus_config config = MakeBusConfig();
    const char* what = "";
    NS_ABORT_MSG_IF(pc_bus_config_check(&config, &what) != PC_OK, "the host's bus: " << what);
    Check(pc_bus_prepare(&m_bus, &config), "the host's bus");
    Check(pc_cpu_init(&m_cpu, m_cores, m_frequency, Now()), "the host's cores");
    m_prepared = true;
    Observe();
}

pc_time
HostModel::Now() const
{
    return m_advancing ? m_clock : ToPs(Simulator::Now());
}

template <typename T>
T*
HostModel::Take(std::deque<T>& all, std::vector<T*>& free)
{
    if (free.empty())
    {
        return &all.emplace_back();
    }
    T* taken = free.back();
    free.pop_back();
    return taken;
}

HostModel::CpuJob*
HostModel::TakeCpuJob(Done&& done)
{
    CpuJob* job = Take(m_cpuJobs, m_freeCpuJobs);
    pc_cpu_job_init(&job->job);
    job->done = std::move(done);
    return job;
}

HostModel::DmaJob*
HostModel::TakeDmaJob(Done&& done)
{
    DmaJob* job = Take(m_dmaJobs, m_freeDmaJobs);
    job->job = pc_dma_job{};
    job->done = std::move(done);
    return job;
}

void
HostModel::ForgetIfDisposed(Done& done) const
{
    if (m_disposed)
    {
        done = nullptr; // nothing comes any more, and it holds what is giving itself back
    }
}

bool
HostModel::IsFree(const Worker& worker, const pc_cpu_job* job) const
{
    return pc_cpu_job_left(job) == 0 && !pc_cpu_has_work(&m_cpu, worker.core, PC_CPU_INTERRUPT) &&
           (worker.jobClass == PC_CPU_INTERRUPT ||
            !pc_cpu_has_work(&m_cpu, worker.core, PC_CPU_PROCESS));
}

void
HostModel::Run(const Worker& worker, const pc_work& work, Done done, const Subject& about)
{
    Prepare();
    m_workTrace(worker.core, worker.jobClass == PC_CPU_INTERRUPT, work);
    CpuJob* job = TakeCpuJob(std::move(done));
    if (m_observer)
    {
        job->about = about;
    }
    for (unsigned i = 0; i < work.count; i++)
    {
        Check(pc_cpu_job_add_cycles(&m_cpu,
                                    worker.core,
                                    &job->job,
                                    work.part[i].category,
                                    work.part[i].cycles),
              "CPU work");
    }
    pc_time now = Now();
    pc_time memoryDone = now + MemoryTime(work.memory_bytes, now);
    if (memoryDone > now)
    {
        // the core stalls until its copy's bytes are over the memory bus
        pc_cpu_job_hold(&job->job, PC_CAT_COPY, memoryDone);
    }
    else if (IsFree(worker, &job->job))
    {
        Done next = std::move(job->done);
        m_freeCpuJobs.push_back(job);
        m_began = now;
        if (next)
        {
            next();
        }
        return;
    }
    job->job.owner = worker.owner;
    ForgetIfDisposed(job->done);
    Check(pc_cpu_submit(&m_cpu, worker.core, worker.jobClass, &job->job, now), "CPU work");
    Arm();
}

pc_time
HostModel::GetBegan() const
{
    return m_began;
}

pc_cpu_job*
HostModel::Hold(const Worker& worker, pc_category category, Done done, const Subject& about)
{
    Prepare();
    CpuJob* job = TakeCpuJob(std::move(done));
    job->about = about;
    pc_cpu_job_hold(&job->job, category, PC_NEVER);
    job->job.owner = worker.owner;
    ForgetIfDisposed(job->done);
    Check(pc_cpu_submit(&m_cpu, worker.core, worker.jobClass, &job->job, Now()), "holding a core");
    Arm();
    return &job->job;
}

void
HostModel::Release(const Worker& worker, pc_cpu_job* hold)
{
    Check(pc_cpu_release(&m_cpu, worker.core, hold, Now()), "releasing a core");
    Arm();
}

void
HostModel::Sleep(const Worker& process, Time duration, Done done)
{
    pc_time until = Now() + duration.GetPicoSeconds();
    Count(HostCounter::SYSTEM_CALLS);
    pc_work call;
    pc_work_clear(&call);
    pc_work_add(&call, &m_costs, PC_COST_SYSTEM_CALL, 1);
    Run(process, call, [this, process, until, done = std::move(done)] {
        At(until, [this, process, done] { WakeUp(process, done); });
    });
}

void
HostModel::WakeUp(const Worker& process, Done done)
{
    Count(HostCounter::INTERRUPTS);
    Count(HostCounter::WAKE_UPS);
    Count(HostCounter::CONTEXT_SWITCHES, 2);
    pc_work timer;
    pc_work_clear(&timer);
    pc_work_add(&timer, &m_costs, PC_COST_INTERRUPT, 1);
    pc_work_add(&timer, &m_costs, PC_COST_WAKE_UP, 1);
    Worker interrupt{process.core, PC_CPU_INTERRUPT};
    Run(interrupt, timer, [this, process, done = std::move(done)] {
        pc_work switches;
        pc_work_clear(&switches);
        pc_work_add(&switches, &m_costs, PC_COST_CONTEXT_SWITCH, 2);
        Run(process, switches, done);
    });
}

void
HostModel::At(pc_time at, Done done)
{
    if (at <= Now())
    {
        done();
        return;
    }
    if (m_disposed)
    {
        return; // what sockets and cards give back at their own end holds them
    }
    Done* kept = Take(m_alarmDone, m_freeAlarmDone);
    *kept = std::move(done);
    m_alarms.push_back(Alarm{at, m_alarmSeq++, kept});
    std::push_heap(m_alarms.begin(), m_alarms.end());
    Arm();
}

void
HostModel::AttachCard(unsigned engines, unsigned queues, DmaChannel& toCard, DmaChannel& toHost)
{
    Prepare();
    bool ownLink = m_bus.config.kind == PC_BUS_PCIE || m_bus.config.kind == PC_BUS_FREE;
    if (m_buses.empty() || ownLink)
    {
        m_buses.push_back(std::make_unique<HostBus>());
        Check(pc_dma_init(&m_buses.back()->dma), "the bus");
        m_buses.back()->host = this;
        m_buses.back()->number = m_buses.size() - 1;
        Observe();
    }
    toHost.toHost = true;
    for (DmaChannel* channel : {&toCard, &toHost})
    {
        channel->bus = &m_buses.back()->dma;
        channel->queues = queues;
        for (unsigned i = 0; i < engines; i++)
        {
            int engine = pc_dma_add_engine(channel->bus, queues);
            NS_ABORT_MSG_IF(engine < 0, "too many DMA engines on one bus, or no memory");
            channel->engines.push_back(engine);
        }
        m_channels.push_back(*channel);
    }
}

pc_time
HostModel::GetBacklog(const DmaChannel& channel, const DmaRequest& request)
{
    DmaPlace place = PlaceOf(channel, request);
    return pc_dma_backlog(channel.bus, place.engine, place.queue, Now());
}

HostModel::DmaPlace
HostModel::PlaceOf(const DmaChannel& channel, const DmaRequest& request)
{
    std::size_t engines = channel.engines.size();
    if (request.queue == DmaRequest::PAYLOAD)
    {
        return {channel.engines[channel.next % engines], channel.queues - 1};
    }
    unsigned own = std::max(1U, channel.queues - 1); // beside payload's, where there are several
    auto queue = static_cast<unsigned>(request.queue);
    return {channel.engines[queue % engines], static_cast<unsigned>(queue / engines % own)};
}

uint32_t
HostModel::CountBursts(bool toHost, const DmaRequest& request) const
{
    uint64_t burst = m_busKind == PC_BUS_PCIE ? (toHost ? m_pcieMps : m_pcieMrrs) : m_busBurst;
    uint64_t bursts = burst == 0 ? 1 : (request.hostBytes + burst - 1) / burst;
    return static_cast<uint32_t>(std::max<uint64_t>(1, bursts));
}

void
HostModel::Dma(DmaChannel& channel, const DmaRequest& request, Done done)
{
    m_stats.busBytesToCard += request.cost.bytes_to_card;
    m_stats.busBytesToHost += request.cost.bytes_to_host;
    bool toHost = channel.toHost;
    (toHost ? m_stats.busPayloadToHost : m_stats.busPayloadToCard) += request.payloadBytes;
    pc_memory_touch(&m_costs, PC_MEM_DMA, request.cachedBytes, true);
    pc_memory_touch(&m_costs, PC_MEM_DMA, request.hostBytes - request.cachedBytes, false);
    Count(HostCounter::DMA_JOBS);
    m_dmaTrace(toHost,
               request.payloadBytes,
               request.cost.bytes_to_card + request.cost.bytes_to_host);

    auto [engine, queue] = PlaceOf(channel, request);
    channel.next += request.queue == DmaRequest::PAYLOAD ? 1 : 0;
    DmaJob* job = TakeDmaJob(std::move(done));
    if (m_observer)
    {
        job->about = request.about;
        job->toHost = toHost;
    }
    job->job.cost = request.cost;
    job->job.turns = CountBursts(toHost, request);
    pc_time now = Now();
    job->job.card_done_ps = std::max(request.cardDone, now + MemoryTime(request.hostBytes, now));
    if (pc_dma_alone(&job->job) == 0 && job->job.card_done_ps <= now &&
        job->job.cost.latency_ps == 0 && pc_dma_idle(channel.bus, engine))
    {
        Done next = std::move(job->done);
        m_freeDmaJobs.push_back(job);
        next();
        return;
    }
    ForgetIfDisposed(job->done);
    Check(pc_dma_submit(channel.bus, engine, queue, &job->job, now), "DMA");
    Arm();
}

pc_time
HostModel::MemoryTime(uint64_t bytes, pc_time now)
{
    if (m_memoryBandwidth == 0 || bytes == 0)
    {
        return 0; // what moves nothing waits for nobody
    }
    auto work = static_cast<pc_time>(std::ceil(bytes * (PC_PS_PER_S / m_memoryBandwidth)));
    return pc_fifo_reserve(&m_memory, work, now) - now;
}

void
HostModel::FindNext()
{
    Next next{pc_cpu_next(&m_cpu), Next::CPU, nullptr};
    for (auto& bus : m_buses)
    {
        pc_time at = pc_dma_next(&bus->dma);
        if (at < next.at)
        {
            next = {at, Next::DMA, bus.get()};
        }
    }
    if (!m_alarms.empty() && m_alarms.front().at < next.at)
    {
        next = {m_alarms.front().at, Next::ALARM, nullptr};
    }
    m_next = next;
}

void
HostModel::Arm()
{
    if (!m_advancing)
    {
        FindNext();
        Arm(Simulator::Now());
    }
}

void
HostModel::Arm(Time now)
{
    if (m_next.at == PC_NEVER)
    {
        return;
    }
    int64_t at = StepNotBefore(m_next.at);
    if (at < m_armed)
    {
        m_armed = std::max(at, now.GetTimeStep());
        // nobody asks for its EventId, which Schedule() would make
        m_event->Ref();
        Simulator::ScheduleWithContext(m_context,
                                       TimeStep(m_armed) - now,
                                       PeekPointer(m_event));
    }
}

int64_t
HostModel::StepNotBefore(pc_time at) const
{
    if (m_stepPs > 0)
    {
        return at / m_stepPs + (at % m_stepPs != 0);
    }
    Time step = PicoSeconds(at);
    return step.GetTimeStep() + (step.GetPicoSeconds() < at ? 1 : 0);
}

void
HostModel::Fire()
{
    Time now = Simulator::Now();
    if (now.GetTimeStep() == m_armed)
    {
        m_armed = INT64_MAX; // else an earlier one has come meanwhile, and set it anew
    }
    Advance(ToPs(now));
    Arm(now);
}

pc_time
HostModel::ToPs(Time time) const
{
    return m_stepPs > 0 ? time.GetTimeStep() * m_stepPs : time.GetPicoSeconds();
}

void
HostModel::Advance(pc_time limit)
{
    // what comes next is known: whatever changes it between events finds it anew, in Arm()
    m_advancing = true;
    while (m_next.at <= limit)
    {
        m_clock = m_next.at;
        Step(m_next);
        FindNext();
    }
    m_advancing = false;
}

void
HostModel::Step(const Next& next)
{
    switch (next.what)
    {
    case Next::CPU:
        PopCpu(next.at);
        break;
    case Next::DMA:
        PopDma(*next.bus, next.at);
        break;
    case Next::ALARM:
        PopAlarm();
        break;
    }
}

void
HostModel::PopCpu(pc_time at)
{
    auto job = reinterpret_cast<CpuJob*>(pc_cpu_pop(&m_cpu, at));
    Done done = std::move(job->done);
    m_freeCpuJobs.push_back(job);
    m_began = job->job.began_ps;
    if (done)
    {
        done();
    }
}

void
HostModel::PopDma(HostBus& bus, pc_time at)
{
    // what happens may be internal to the bus, and complete no job yet
    auto job = reinterpret_cast<DmaJob*>(pc_dma_pop(&bus.dma, at));
    if (!job)
    {
        return;
    }
    Done done = std::move(job->done);
    m_freeDmaJobs.push_back(job);
    if (done)
    {
        done();
    }
}

void
HostModel::PopAlarm()
{
    std::pop_heap(m_alarms.begin(), m_alarms.end());
    Done* kept = m_alarms.back().done;
    m_alarms.pop_back();
    Done done = std::move(*kept);
    m_freeAlarmDone.push_back(kept);
    done();
}

// -- Who looks on --

void
HostModel::SetObserver(std::shared_ptr<HostObserver> observer)
{
    m_observer = std::move(observer);
    Observe();
}

HostObserver*
HostModel::GetObserver() const
{
    return m_observer.get();
}

void
HostModel::Observe()
{
    m_cpuObserver = {&HostModel::CoreWorked, this};
    pc_cpu_observe(&m_cpu, m_observer ? &m_cpuObserver : nullptr);
    for (auto& bus : m_buses)
    {
        bus->observer = {&HostModel::BusBusy, &HostModel::DmaDone, bus.get()};
        pc_dma_observe(&bus->dma, m_observer ? &bus->observer : nullptr);
    }
}

void
HostModel::CoreWorked(void* host,
                      unsigned core,
                      pc_cpu_class jobClass,
                      const pc_cpu_job* job,
                      pc_category category,
                      pc_time begin,
                      pc_time end)
{
    const Subject& about = reinterpret_cast<const CpuJob*>(job)->about;
    HostObserver& observer = *static_cast<HostModel*>(host)->m_observer;
    observer.CoreWorked(core, jobClass, category, about, begin, end);
}

void
HostModel::BusBusy(void* bus,
                   pc_bus_direction direction,
                   const pc_dma_job* job,
                   pc_time begin,
                   pc_time end)
{
    const HostBus& self = *static_cast<HostBus*>(bus);
    const Subject* about = job ? &reinterpret_cast<const DmaJob*>(job)->about : nullptr;
    self.host->m_observer->BusBusy(self.number, direction, about, begin, end);
}

void
HostModel::DmaDone(void* bus, const pc_dma_job* job, pc_time begin, pc_time end)
{
    const HostBus& self = *static_cast<HostBus*>(bus);
    auto done = reinterpret_cast<const DmaJob*>(job);
    pc_bus_direction direction = done->toHost ? PC_TO_HOST : PC_TO_CARD;
    self.host->m_observer->DmaDone(self.number, job->engine, direction, done->about, begin, end);
}

} // namespace ns3
