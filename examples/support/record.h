#ifndef RECORD_H
#define RECORD_H

#include "payload-cache-net-device.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace scenario
{

/** JSON that keeps the order in which keys were added. */
using Json = nlohmann::ordered_json;

/** \return a record with what is known of every run: program, schema, revision, ns3 */
Json BeginRecord(const std::string& program);

/** Names in a record, and the percentiles that stand under them. */
using Percentiles = std::vector<std::pair<const char*, double>>;

/** \return count, mean, percentiles and max of latencies, us; null where there are none */
Json LatencyRecord(std::vector<pc_time> latencies,
                   const Percentiles& percentiles = {{"p50", 50}, {"p90", 90}, {"p99", 99}});

/**
 * What a host did.
 * \param role "sender" or "receiver"
 * \param card its card
 */
Json HostRecord(const std::string& role, ns3::Ptr<ns3::PayloadCacheNetDevice> card);

/**
 * Adds from which size on each call of a machine is cheaper with the payload cache
 * (pc-break-even.h): for once, and for good; null where it never is.
 * \param[out] record the host's
 * \param card its card
 * \param policy the payload cache's constants there
 * \param mss payload bytes of a full segment
 * \param headerBytes its network and transport headers
 */
void AddBreakEven(Json& record,
                  ns3::Ptr<ns3::PayloadCacheNetDevice> card,
                  const ns3::PayloadCachePath& policy,
                  uint32_t mss,
                  uint32_t headerBytes);

/** Adds all attributes of an object to \p parameters, as "prefix.Attribute". */
void AddAttributes(Json& parameters, const std::string& prefix, const ns3::ObjectBase& object);

/**
 * Writes a record: to a file, whole or not at all, or to standard output ("-").
 * \return false if it cannot be written
 */
bool WriteRecord(const Json& record, const std::string& file);

} // namespace scenario

#endif
