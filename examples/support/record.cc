#include "record.h"

#include "files.h"
#include "parameters.h"
#include "percentile.h"

#include "ns3/pointer.h"
#include "ns3/string.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>

extern "C" const char* pcache_revision(void);

using namespace ns3;

namespace scenario
{

namespace
{

constexpr int SCHEMA = 1; // analysis/record.schema.json

Json
Ram(const PayloadCacheNetDevice::RamStatistics& stats)
{
    Json record;
    bool limited = stats.capacity != PC_UNLIMITED;
    record["capacity_bytes"] = limited ? Json(stats.capacity) : Json(nullptr);
    record["peak_bytes"] = stats.peak;
    record["mean_bytes"] = stats.mean;
    record["blocked"] = stats.blocked;
    record["fallbacks"] = stats.fallbacks;
    record["evictions"] = stats.evictions;
    record["held_at_end_bytes"] = stats.held;
    return record;
}

Json
Cpu(const HostModel::Statistics& stats)
{
    Json record;
    for (int c = 0; c < PC_CAT_COUNT; c++)
    {
        record[pc_category_name(static_cast<pc_category>(c))] = stats.cpu[c] / 1e12;
    }
    return record;
}

Json
Memory(const pc_cost_model& costs)
{
    Json record;
    for (int i = 0; i < PC_MEM_CAUSE_COUNT; i++)
    {
        auto cause = static_cast<pc_memory_cause>(i);
        uint64_t dram;
        uint64_t cache;
        pc_memory_split(&costs, cause, &dram, &cache);
        record[pc_memory_cause_name(cause)] = {{"dram", dram}, {"cache", cache}};
    }
    return record;
}

/** The share of the counted time in which a resource was busy. */
double
Share(const HostModel::Statistics& stats, pc_time busy)
{
    return stats.elapsed > 0 ? static_cast<double>(busy) / stats.elapsed : 0;
}

/** \return a ratio, null where there is nothing to divide by */
Json
Ratio(double of, double by)
{
    return by > 0 ? Json(of / by) : Json(nullptr);
}

/** What DMAs of frames waited for their engine, us, in the mean. */
Json
MeanWait(const HostModel::DmaWaits& waits)
{
    return Ratio(waits.waited / 1e6, waits.count);
}

/** What the last-level cache made of what DMA wrote for readers. */
Json
Llc(const HostModel::Statistics& stats)
{
    return {{"miss_fraction", Ratio(stats.llcMissed, stats.llcWritten)},
            {"in_flight_peak_bytes", stats.llcInFlightPeak}};
}

/** How large the units of merged segments were, and how many segments an ACK answered. */
Json
Merging(const HostModel& host)
{
    auto count = [&host](HostCounter counter) -> double { return host.GetCount(counter); };
    double sent = count(HostCounter::UNITS_SENT);
    double received = count(HostCounter::UNITS_RECEIVED);
    double segments = count(HostCounter::SEGMENTS_RECEIVED);
    return {{"segments_a_unit_sent", Ratio(count(HostCounter::SEGMENTS_SENT), sent)},
            {"segments_a_unit_received", Ratio(segments, received)},
            {"bytes_a_unit_sent", Ratio(count(HostCounter::PAYLOAD_TRANSMITTED), sent)},
            {"bytes_a_unit_received", Ratio(count(HostCounter::PAYLOAD_RECEIVED), received)},
            {"segments_an_ack", Ratio(segments, count(HostCounter::ACKS_SENT))}};
}

/** The counters that the record has by name of its own; the others stand under "counts". */
const HostCounter NAMED[] = {HostCounter::INTERRUPTS,
                             HostCounter::CONTEXT_SWITCHES,
                             HostCounter::SYSTEM_CALLS,
                             HostCounter::BYTES_WRITTEN,
                             HostCounter::BYTES_READ,
                             HostCounter::PAYLOAD_TRANSMITTED,
                             HostCounter::SEGMENTS_SENT,
                             HostCounter::SEGMENTS_RETRANSMITTED,
                             HostCounter::DEPARTURES};

} // namespace

Json
BeginRecord(const std::string& program)
{
    Json record;
    record["program"] = program;
    record["schema"] = SCHEMA;
    record["revision"] = pcache_revision();
    record["ns3"] = PCACHE_NS3_VERSION;
    return record;
}

Json
LatencyRecord(std::vector<pc_time> latencies, const Percentiles& percentiles)
{
    std::sort(latencies.begin(), latencies.end());
    double sum = 0;
    for (pc_time latency : latencies)
    {
        sum += latency / 1e6;
    }
    bool any = !latencies.empty();
    Json record;
    record["count"] = latencies.size();
    record["mean"] = any ? Json(sum / latencies.size()) : Json(nullptr);
    for (const auto& [name, percent] : percentiles)
    {
        record[name] = any ? Json(Percentile(latencies, percent) / 1e6) : Json(nullptr);
    }
    record["max"] = any ? Json(latencies.back() / 1e6) : Json(nullptr);
    return record;
}

Json
HostRecord(const std::string& role, Ptr<PayloadCacheNetDevice> card)
{
    Ptr<HostModel> host = card->GetHost();
    HostModel::Statistics stats = host->GetStatistics();
    double capacity = static_cast<double>(stats.elapsed) * host->GetCores();
    Json record;
    record["role"] = role;
    record["cores"] = host->GetCores();
    record["cpu_utilization"] = capacity > 0 ? 1 - stats.cpu[PC_CAT_IDLE] / capacity : 0;
    record["core_utilization"] = Json::array();
    for (pc_time busy : stats.coreBusy)
    {
        record["core_utilization"].push_back(Share(stats, busy));
    }
    record["cpu_seconds"] = Cpu(stats);
    for (HostCounter counter : NAMED)
    {
        record[HostCounterName(counter)] = host->GetCount(counter);
    }
    record["bus_bytes"] = {{"to_card", stats.busBytesToCard}, {"to_host", stats.busBytesToHost}};
    record["bus_utilization"] = {{"to_card", Share(stats, stats.busBusyToCard)},
                                 {"to_host", Share(stats, stats.busBusyToHost)}};
    auto busy = card->GetBusyTime();
    record["card_utilization"] = {{"processor", Share(stats, busy.processor)},
                                  {"ram", Share(stats, busy.ram)}};
    record["dma_wait_us"] = {{"to_card", MeanWait(stats.waitToCard)},
                             {"to_host", MeanWait(stats.waitToHost)}};
    record["memory_utilization"] = Share(stats, stats.memoryBusy);
    record["bus_payload_bytes"] = {{"to_card", stats.busPayloadToCard},
                                   {"to_host", stats.busPayloadToHost}};
    record["memory_bytes"] = Memory(host->Costs());
    record["llc"] = Llc(stats);
    record["merging"] = Merging(*host);
    record["card_ram"] = {{"tx", Ram(card->GetRamStatistics(PC_RAM_TX))},
                          {"rx", Ram(card->GetRamStatistics(PC_RAM_RX))}};
    record["drops"] = Json::object();
    for (const auto& [reason, count] : stats.drops)
    {
        record["drops"][reason] = count;
    }
    record["latency_us"] = {{"write", LatencyRecord(stats.writeLatency)},
                            {"read", LatencyRecord(stats.readLatency)}};
    record["counts"] = Json::object();
    for (size_t c = 0; c < static_cast<size_t>(HostCounter::COUNT); c++)
    {
        auto counter = static_cast<HostCounter>(c);
        if (std::find(std::begin(NAMED), std::end(NAMED), counter) == std::end(NAMED))
        {
            record["counts"][HostCounterName(counter)] = host->GetCount(counter);
        }
    }
    return record;
}

void
AddBreakEven(Json& record,
             Ptr<PayloadCacheNetDevice> card,
             const PayloadCachePath& policy,
             uint32_t mss,
             uint32_t headerBytes)
{
    const std::pair<const char*, pc_call> calls[] = {{"write", PC_CALL_WRITE},
                                                     {"read", PC_CALL_READ}};
    const std::pair<const char*, pc_wait_mode> waits[] = {{"sleep", PC_WAIT_SLEEP},
                                                          {"spin", PC_WAIT_SPIN}};
    auto size = [](uint64_t bytes) {
        return bytes == PC_BREAK_EVEN_NEVER ? Json(nullptr) : Json(bytes);
    };
    for (const auto& [callName, call] : calls)
    {
        for (const auto& [waitName, wait] : waits)
        {
            pc_break_even sizes = card->GetBreakEven(call, wait, policy, mss, headerBytes);
            record["break_even_bytes"][callName][waitName] = size(sizes.first);
            record["always_cheaper_bytes"][callName][waitName] = size(sizes.always);
        }
    }
}

void
AddAttributes(Json& parameters, const std::string& prefix, const ObjectBase& object)
{
    TypeId tid = object.GetInstanceTypeId();
    for (std::size_t i = 0; i < tid.GetAttributeN(); i++)
    {
        auto info = tid.GetAttribute(i);
        if (dynamic_cast<const PointerChecker*>(PeekPointer(info.checker)))
        {
            continue; // an object: its own attributes stand by themselves
        }
        StringValue text;
        object.GetAttribute(info.name, text);
        parameters[prefix + "." + info.name] = text.Get();
    }
}

bool
WriteRecord(const Json& record, const std::string& file)
{
    if (file == "-")
    {
        std::cout << record.dump(2) << std::endl;
        return std::cout.good();
    }
    std::string target = LinkTarget(file);
    std::string part = target + ".part";
    {
        std::ofstream stream(part);
        stream << record.dump(2) << "\n";
        stream.flush();
        if (!stream)
        {
            std::remove(part.c_str());
            return false;
        }
    }
    return std::rename(part.c_str(), target.c_str()) == 0;
}

} // namespace scenario
