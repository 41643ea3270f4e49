#include "host-model.h"

#include "ns3/abort.h"
#include "ns3/assert.h"
#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/enum.h"
#include "ns3/log.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("HostModel");
NS_OBJECT_ENSURE_REGISTERED(HostModel);

const char*
HostCounterName(HostCounter counter)
{
    static const char* const names[] = {
        "interrupts",
        "context_switches",
        "wake_ups",
        "system_calls",
        "polls",
        "bytes_written",
        "bytes_read",
        "bytes_copied",
        "payload_bytes_transmitted",
        "segments_sent",
        "segments_retransmitted",
        "frames_sent",
        "frames_received",
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
        "pages_pinned",
        "dma_sleeps",
        "dma_spins",
        "linearised",
        "fallback_bytes",
        "edge_bytes",
        "stale_segments",
        "backlogged",
        "departures",
    };
    static_assert(std::size(names) == static_cast<size_t>(HostCounter::COUNT));
    return names[static_cast<size_t>(counter)];
}

namespace
{

/** Reads and writes one line of the cost table as an attribute of HostModel. */
class CostAccessor : public AttributeAccessor
{
  public:
    /**
     * Constructor.
     * \param line the line
     */
    CostAccessor(pc_cost_line line)
        : m_line(line)
    {
    }

    bool Set(ObjectBase* object, const AttributeValue& value) const override
    {
        auto host = dynamic_cast<HostModel*>(object);
        auto cycles = dynamic_cast<const DoubleValue*>(&value);
        if (!host || !cycles)
        {
            return false;
        }
        host->Costs().cycles[m_line] = cycles->Get();
        return true;
    }

    bool Get(const ObjectBase* object, AttributeValue& value) const override
    {
        auto host = dynamic_cast<const HostModel*>(object);
        auto cycles = dynamic_cast<DoubleValue*>(&value);
        if (!host || !cycles)
        {
            return false;
        }
        cycles->Set(const_cast<HostModel*>(host)->Costs().cycles[m_line]);
        return true;
    }

    bool HasGetter() const override
    {
        return true;
    }

    bool HasSetter() const override
    {
        return true;
    }

  private:
    pc_cost_line m_line; //!< the line
};

/** Reads and writes the hit fraction of one cause of memory traffic. */
class HitAccessor : public AttributeAccessor
{
  public:
    /**
     * Constructor.
     * \param cause the cause
     */
    HitAccessor(pc_memory_cause cause)
        : m_cause(cause)
    {
    }

    bool Set(ObjectBase* object, const AttributeValue& value) const override
    {
        auto host = dynamic_cast<HostModel*>(object);
        auto fraction = dynamic_cast<const DoubleValue*>(&value);
        if (!host || !fraction)
        {
            return false;
        }
        host->Costs().hit_fraction[m_cause] = fraction->Get();
        return true;
    }

    bool Get(const ObjectBase* object, AttributeValue& value) const override
    {
        auto host = dynamic_cast<const HostModel*>(object);
        auto fraction = dynamic_cast<DoubleValue*>(&value);
        if (!host || !fraction)
        {
            return false;
        }
        fraction->Set(const_cast<HostModel*>(host)->Costs().hit_fraction[m_cause]);
        return true;
    }

    bool HasGetter() const override
    {
        return true;
    }

    bool HasSetter() const override
    {
        return true;
    }

  private:
    pc_memory_cause m_cause; //!< the cause
};

/** The attribute's name of a cause's hit fraction: "source_read" becomes "SourceReadHit". */
std::string
HitAttribute(pc_memory_cause cause)
{
    std::string name;
    bool upper = true;
    for (const char* c = pc_memory_cause_name(cause); *c; c++)
    {
        if (*c == '_')
        {
            upper = true;
            continue;
        }
        name += upper ? static_cast<char>(std::toupper(*c)) : *c;
        upper = false;
    }
    return name + "Hit";
}

/** Adds one attribute a line of the cost table, and one a cause of memory traffic. */
TypeId
AddTableAttributes(TypeId tid)
{
    for (int line = 0; line < PC_COST_COUNT; line++)
    {
        const pc_cost_info* info = pc_cost_describe(static_cast<pc_cost_line>(line));
        tid = tid.AddAttribute(info->name,
                               std::string(info->help) + " [" + info->unit + "]",
                               DoubleValue(0),
                               Ptr<const AttributeAccessor>(
                                   new CostAccessor(static_cast<pc_cost_line>(line)),
                                   false),
                               MakeDoubleChecker<double>(0));
    }
    for (int i = 0; i < PC_MEM_CAUSE_COUNT; i++)
    {
        auto cause = static_cast<pc_memory_cause>(i);
        tid = tid.AddAttribute(HitAttribute(cause),
                               std::string("share of ") + pc_memory_cause_name(cause) +
                                   " traffic that a cache serves [fraction]",
                               DoubleValue(0),
                               Ptr<const AttributeAccessor>(new HitAccessor(cause), false),
                               MakeDoubleChecker<double>(0, 1));
    }
    return tid;
}

} // namespace

TypeId
HostModel::GetTypeId()
{
    static TypeId tid = AddTableAttributes(
        TypeId("ns3::HostModel")
            .SetParent<Object>()
            .SetGroupName("PayloadCache")
            .AddConstructor<HostModel>()
            .AddAttribute("Cores",
                          "cores of the host [cores]",
                          UintegerValue(1),
                          MakeUintegerAccessor(&HostModel::m_cores),
                          MakeUintegerChecker<uint32_t>(1, 64))
            .AddAttribute("Frequency",
                          "clock of a core [Hz]",
                          DoubleValue(1e9),
                          MakeDoubleAccessor(&HostModel::m_frequency),
                          MakeDoubleChecker<double>(1))
            .AddAttribute("OwnCosts",
                          "which of the payload cache's own costs are charged: all, none, or a "
                          "list of categories [list]",
                          StringValue("all"),
                          MakeStringAccessor(&HostModel::m_ownCosts),
                          MakeStringChecker())
            .AddAttribute("SourceWarm",
                          "the writer's data is in a cache when it is written [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::m_sourceWarm),
                          MakeBooleanChecker())
            .AddAttribute("AppRead",
                          "the receiving application reads every byte once [bool]",
                          BooleanValue(true),
                          MakeBooleanAccessor(&HostModel::m_appRead),
                          MakeBooleanChecker())
            .AddAttribute("SocketLock",
                          "a call holds its socket's lock, and frames that arrive meanwhile wait "
                          "in its backlog [bool]",
                          BooleanValue(true),
                          MakeBooleanAccessor(&HostModel::m_socketLock),
                          MakeBooleanChecker())
            .AddAttribute("DmaIntoCache",
                          "what the card writes into host memory lands in the LLC [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::m_dmaIntoCache),
                          MakeBooleanChecker())
            .AddAttribute("WriteAllocate",
                          "a copy fetches the lines of its destination first [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::SetWriteAllocate,
                                              &HostModel::GetWriteAllocate),
                          MakeBooleanChecker())
            .AddAttribute("MemoryBandwidth",
                          "what DMA and copies share; 0 for no limit [B/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_memoryBandwidth),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusKind",
                          "the I/O bus: Free, Pci, PciX or Pcie [kind]",
                          EnumValue(PC_BUS_FREE),
                          MakeEnumAccessor(&HostModel::m_busKind),
                          MakeEnumChecker(PC_BUS_FREE,
                                          "Free",
                                          PC_BUS_PCI,
                                          "Pci",
                                          PC_BUS_PCIX,
                                          "PciX",
                                          PC_BUS_PCIE,
                                          "Pcie"))
            .AddAttribute("BusWidth",
                          "PCI, PCI-X: data lines, 32 or 64 [bit]",
                          UintegerValue(32),
                          MakeUintegerAccessor(&HostModel::m_busWidth),
                          MakeUintegerChecker<uint32_t>(32, 64))
            .AddAttribute("BusClock",
                          "PCI, PCI-X: 33, 66 or 133 for 33 1/3, 66 2/3 and 133 1/3 MHz [MHz]",
                          UintegerValue(33),
                          MakeUintegerAccessor(&HostModel::m_busClock),
                          MakeUintegerChecker<uint32_t>(33, 133))
            .AddAttribute("BusBurst",
                          "PCI, PCI-X: the longest burst; 0 for no limit [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busBurst),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BusOverheadToCard",
                          "PCI, PCI-X: clocks a burst beside its data, card reads memory [clocks]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busOverheadToCard),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BusOverheadToHost",
                          "PCI, PCI-X: clocks a burst beside its data, card writes memory [clocks]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busOverheadToHost),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("PcieGen",
                          "PCIe: generation, 1 to 5 [gen]",
                          UintegerValue(3),
                          MakeUintegerAccessor(&HostModel::m_pcieGen),
                          MakeUintegerChecker<uint32_t>(1, 5))
            .AddAttribute("PcieLanes",
                          "PCIe: lanes, 1, 2, 4, 8 or 16 [lanes]",
                          UintegerValue(8),
                          MakeUintegerAccessor(&HostModel::m_pcieLanes),
                          MakeUintegerChecker<uint32_t>(1, 16))
            .AddAttribute("PcieMps",
                          "PCIe: maximum payload size [B]",
                          UintegerValue(256),
                          MakeUintegerAccessor(&HostModel::m_pcieMps),
                          MakeUintegerChecker<uint32_t>(128, 4096))
            .AddAttribute("PcieMrrs",
                          "PCIe: maximum read request size [B]",
                          UintegerValue(512),
                          MakeUintegerAccessor(&HostModel::m_pcieMrrs),
                          MakeUintegerChecker<uint32_t>(128, 4096))
            .AddAttribute("BusReadRate",
                          "DMA reads a second that the card can do; 0 for no limit [op/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_busReadRate),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusWriteRate",
                          "DMA writes a second that the card can do; 0 for no limit [op/s]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_busWriteRate),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BusOutstanding",
                          "read requests that may be in flight; 0 for no limit [requests]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_busOutstanding),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BusLatency",
                          "from a DMA read's request to its data [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HostModel::m_busLatency),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("BusLatencyPerByte",
                          "what each byte adds to a DMA read's latency [ns/byte]",
                          DoubleValue(0),
                          MakeDoubleAccessor(&HostModel::m_busLatencyPerByte),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("Iommu",
                          "addresses of DMA go through an IOMMU [bool]",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HostModel::m_iommu),
                          MakeBooleanChecker())
            .AddAttribute("IotlbEntries",
                          "pages whose translation the IOTLB holds [entries]",
                          UintegerValue(64),
                          MakeUintegerAccessor(&HostModel::m_iotlbEntries),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("IommuWindow",
                          "host memory that DMA goes to at random [B]",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HostModel::m_iommuWindow),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("IotlbWalk",
                          "one page-table walk after an IOTLB miss [ns]",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&HostModel::m_iotlbWalk),
                          MakeTimeChecker(Time(0)))
            .AddTraceSource("CpuWork",
                            "work is handed to a core",
                            MakeTraceSourceAccessor(&HostModel::m_workTrace),
                            "ns3::HostModel::WorkCallback")
            .AddTraceSource("Dma",
                            "a DMA is handed to an engine",
                            MakeTraceSourceAccessor(&HostModel::m_dmaTrace),
                            "ns3::HostModel::DmaCallback"));
    return tid;
}

HostModel::HostModel()
{
    NS_LOG_FUNCTION(this);
    pc_cost_model_init(&m_costs);
}

HostModel::~HostModel()
{
    for (auto& dma : m_dmas)
    {
        pc_dma_fini(dma.get());
    }
}

void
HostModel::DoDispose()
{
    NS_LOG_FUNCTION(this);
    // What follows unfinished work will not come; it holds references to sockets and cards.
    for (auto& job : m_cpuJobs)
    {
        job.done = nullptr;
    }
    for (auto& job : m_dmaJobs)
    {
        job.done = nullptr;
    }
    m_alarms = {};
    delivery = nullptr;
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
    config.latency_base_ps = m_busLatency.GetPicoSeconds();
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
    NS_ABORT_MSG_IF(pc_cost_own_parse(m_ownCosts.c_str(), &m_costs.own_costs) != PC_OK,
                    "ns3::HostModel::OwnCosts is \""
                        << m_ownCosts
                        << "\": all, none, or a list of page_pin, iommu, dma_submit, "
                           "dma_complete, spin, header_fetch, ram_release, interrupt, wake_up, "
                           "context_switch");
    pc_bus_config config = MakeBusConfig();
    const char* what = "";
    NS_ABORT_MSG_IF(pc_bus_config_check(&config, &what) != PC_OK, "the host's bus: " << what);
    Check(pc_bus_prepare(&m_bus, &config), "the host's bus");
    Check(pc_cpu_init(&m_cpu, m_cores, m_frequency, Now()), "the host's cores");
    m_prepared = true;
}

pc_time
HostModel::Now() const
{
    return m_advancing ? m_clock : Simulator::Now().GetPicoSeconds();
}

HostModel::CpuJob*
HostModel::TakeCpuJob(Done done)
{
    if (m_freeCpuJobs.empty())
    {
        m_cpuJobs.emplace_back();
        m_freeCpuJobs.push_back(&m_cpuJobs.back());
    }
    CpuJob* job = m_freeCpuJobs.back();
    m_freeCpuJobs.pop_back();
    pc_cpu_job_init(&job->job);
    job->done = std::move(done);
    return job;
}

HostModel::DmaJob*
HostModel::TakeDmaJob(Done done)
{
    if (m_freeDmaJobs.empty())
    {
        m_dmaJobs.emplace_back();
        m_freeDmaJobs.push_back(&m_dmaJobs.back());
    }
    DmaJob* job = m_freeDmaJobs.back();
    m_freeDmaJobs.pop_back();
    job->job = pc_dma_job{};
    job->done = std::move(done);
    return job;
}

bool
HostModel::IsFree(unsigned core, pc_cpu_class jobClass, const pc_cpu_job* job) const
{
    return pc_cpu_job_left(job) == 0 && !pc_cpu_has_work(&m_cpu, core, PC_CPU_INTERRUPT) &&
           (jobClass == PC_CPU_INTERRUPT || !pc_cpu_has_work(&m_cpu, core, PC_CPU_PROCESS));
}

void
HostModel::Run(unsigned core, pc_cpu_class jobClass, const pc_work& work, Done done)
{
    Prepare();
    m_workTrace(core, jobClass == PC_CPU_INTERRUPT, work);
    CpuJob* job = TakeCpuJob(std::move(done));
    for (unsigned i = 0; i < work.count; i++)
    {
        Check(pc_cpu_job_add_cycles(&m_cpu,
                                    core,
                                    &job->job,
                                    work.part[i].category,
                                    work.part[i].cycles),
              "CPU work");
    }
    pc_time memoryDone = Now() + MemoryTime(work.memory_bytes);
    if (memoryDone > Now())
    {
        // the core stalls until its copy's bytes are over the memory bus
        pc_cpu_job_hold(&job->job, PC_CAT_COPY);
        At(memoryDone, [this, core, job] { Release(core, &job->job); });
    }
    else if (IsFree(core, jobClass, &job->job))
    {
        Done now = std::move(job->done);
        m_freeCpuJobs.push_back(job);
        if (now)
        {
            now();
        }
        return;
    }
    Check(pc_cpu_submit(&m_cpu, core, jobClass, &job->job, Now()), "CPU work");
    Arm();
}

pc_cpu_job*
HostModel::Hold(unsigned core, pc_category category, Done done)
{
    Prepare();
    CpuJob* job = TakeCpuJob(std::move(done));
    pc_cpu_job_hold(&job->job, category);
    Check(pc_cpu_submit(&m_cpu, core, PC_CPU_PROCESS, &job->job, Now()), "holding a core");
    Arm();
    return &job->job;
}

void
HostModel::Release(unsigned core, pc_cpu_job* hold)
{
    Check(pc_cpu_release(&m_cpu, core, hold, Now()), "releasing a core");
    Arm();
}

void
HostModel::At(pc_time at, Done done)
{
    if (at <= Now())
    {
        done();
        return;
    }
    m_alarms.push(Alarm{at, m_alarmSeq++, std::move(done)});
    Arm();
}

void
HostModel::AttachCard(unsigned engines, DmaChannel& toCard, DmaChannel& toHost)
{
    Prepare();
    bool ownLink = m_bus.config.kind == PC_BUS_PCIE || m_bus.config.kind == PC_BUS_FREE;
    if (m_dmas.empty() || ownLink)
    {
        m_dmas.push_back(std::make_unique<pc_dma>());
        Check(pc_dma_init(m_dmas.back().get()), "the bus");
    }
    toHost.toHost = true;
    for (DmaChannel* channel : {&toCard, &toHost})
    {
        channel->bus = m_dmas.back().get();
        for (unsigned i = 0; i < engines; i++)
        {
            int engine = pc_dma_add_engine(channel->bus);
            NS_ABORT_MSG_IF(engine < 0, "too many DMA engines on one bus");
            channel->engines.push_back(engine);
        }
    }
}

void
HostModel::Dma(DmaChannel& channel, const DmaRequest& request, Done done)
{
    m_stats.busBytesToCard += request.cost.bytes_to_card;
    m_stats.busBytesToHost += request.cost.bytes_to_host;
    bool toHost = channel.toHost;
    (toHost ? m_stats.busPayloadToHost : m_stats.busPayloadToCard) += request.payloadBytes;
    pc_memory_touch(&m_costs, PC_MEM_DMA, request.hostBytes, toHost && m_dmaIntoCache);
    Count(HostCounter::DMA_JOBS);
    m_dmaTrace(toHost,
               request.payloadBytes,
               request.cost.bytes_to_card + request.cost.bytes_to_host);

    unsigned engine = channel.engines[channel.next];
    channel.next = (channel.next + 1) % channel.engines.size();
    DmaJob* job = TakeDmaJob(std::move(done));
    job->job.cost = request.cost;
    job->job.card_ps = std::max(request.cardPs, MemoryTime(request.hostBytes));
    if (pc_dma_alone(&job->job) == 0 && job->job.cost.latency_ps == 0 &&
        pc_dma_idle(channel.bus, engine))
    {
        Done now = std::move(job->done);
        m_freeDmaJobs.push_back(job);
        now();
        return;
    }
    Check(pc_dma_submit(channel.bus, engine, &job->job, Now()), "DMA");
    Arm();
}

pc_time
HostModel::MemoryTime(uint64_t bytes)
{
    if (m_memoryBandwidth == 0)
    {
        return 0;
    }
    auto work = static_cast<pc_time>(std::ceil(bytes * (PC_PS_PER_S / m_memoryBandwidth)));
    return pc_fifo_reserve(&m_memory, work, Now()) - Now();
}

pc_time
HostModel::NextTime() const
{
    pc_time next = m_alarms.empty() ? PC_NEVER : m_alarms.top().at;
    next = std::min(next, pc_cpu_next(&m_cpu));
    for (const auto& dma : m_dmas)
    {
        next = std::min(next, pc_dma_next(dma.get()));
    }
    return next;
}

void
HostModel::Arm()
{
    if (m_advancing)
    {
        return;
    }
    pc_time next = NextTime();
    if (next == PC_NEVER)
    {
        return;
    }
    // ns-3 sees the first of its time steps that is not before the exact time
    Time at = PicoSeconds(next);
    if (at.GetPicoSeconds() < next)
    {
        at += TimeStep(1);
    }
    at = std::max(at, Simulator::Now());
    if (at.GetTimeStep() < m_armed)
    {
        m_armed = at.GetTimeStep();
        Simulator::Schedule(at - Simulator::Now(),
                            &HostModel::Fire,
                            Ptr<HostModel>(this),
                            m_armed);
    }
}

void
HostModel::Fire(int64_t armed)
{
    if (armed == m_armed)
    {
        m_armed = INT64_MAX;
    }
    Advance();
    Arm();
}

void
HostModel::Advance()
{
    pc_time limit = Simulator::Now().GetPicoSeconds();
    m_advancing = true;
    for (pc_time next = NextTime(); next <= limit; next = NextTime())
    {
        m_clock = next;
        Step(next);
    }
    m_advancing = false;
}

void
HostModel::Step(pc_time at)
{
    if (pc_cpu_next(&m_cpu) == at)
    {
        auto job = reinterpret_cast<CpuJob*>(pc_cpu_pop(&m_cpu, at));
        Done done = std::move(job->done);
        m_freeCpuJobs.push_back(job);
        if (done)
        {
            done();
        }
        return;
    }
    for (auto& dma : m_dmas)
    {
        if (pc_dma_next(dma.get()) == at)
        {
            // what happens may be internal to the bus, and complete no job yet
            auto job = reinterpret_cast<DmaJob*>(pc_dma_pop(dma.get(), at));
            if (job)
            {
                Done done = std::move(job->done);
                m_freeDmaJobs.push_back(job);
                if (done)
                {
                    done();
                }
            }
            return;
        }
    }
    Done done = m_alarms.top().done;
    m_alarms.pop();
    done();
}

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
HostModel::IsSourceWarm() const
{
    return m_sourceWarm;
}

bool
HostModel::DoesAppRead() const
{
    return m_appRead;
}

bool
HostModel::HasSocketLock() const
{
    return m_socketLock;
}

bool
HostModel::DoesDmaCache() const
{
    return m_dmaIntoCache;
}

SocketTable&
HostModel::Sockets()
{
    return m_sockets;
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
HostModel::AddCopy(pc_work& work, uint64_t bytes, bool sourceWarm)
{
    Check(pc_work_add(&work,
                      &m_costs,
                      sourceWarm ? PC_COST_COPY_WARM : PC_COST_COPY_COLD,
                      static_cast<double>(bytes)),
          "copy");
    pc_memory_copy(&m_costs, bytes, sourceWarm);
    work.memory_bytes += bytes * (m_costs.write_allocate ? 3 : 2);
    Count(HostCounter::BYTES_COPIED, bytes);
}

void
HostModel::ResetStatistics()
{
    Prepare();
    Advance();
    Check(pc_cpu_sync(&m_cpu, Now()), "the ledger");
    pc_cpu_ledger_reset(&m_cpu, Now());
    pc_memory_reset(&m_costs);
    m_stats = Statistics();
    m_count.fill(0);
}

HostModel::Statistics
HostModel::GetStatistics()
{
    Prepare();
    Advance();
    Check(pc_cpu_sync(&m_cpu, Now()), "the ledger");
    NS_ABORT_MSG_IF(!pc_cpu_check(&m_cpu), "busy + idle is not the time that has passed");
    Statistics stats = m_stats;
    for (unsigned core = 0; core < m_cores; core++)
    {
        for (int c = 0; c < PC_CAT_COUNT; c++)
        {
            stats.cpu[c] += pc_cpu_ledger(&m_cpu, core, static_cast<pc_category>(c));
        }
    }
    stats.elapsed = Now() - m_cpu.reset_ps;
    return stats;
}

} // namespace ns3
