#include "completion-times.h"

#include "percentile.h"

#include <array>
#include <functional>
#include <numeric>

namespace scenario
{

namespace
{

/** Flows of like size. */
struct SizeClass
{
    const char* name;  //!< in the record
    uint64_t from;     //!< bytes
    uint64_t to;       //!< bytes, inclusive
};

constexpr uint64_t SMALL = 100000;    // bytes: pFabric's classes
constexpr uint64_t LARGE = 10000000;  // bytes: likewise
constexpr std::array<SizeClass, 4> CLASSES{{{"small", 0, SMALL - 1},
                                            {"medium", SMALL, LARGE},
                                            {"large", LARGE + 1, UINT64_MAX},
                                            {"all", 0, UINT64_MAX}}};

/** \return count, mean and percentiles of a class; null where it has no flow */
Json
Summary(const std::vector<Completion>& flows,
        const SizeClass& size,
        const std::function<double(const Completion&)>& value,
        const std::string& unit)
{
    std::vector<double> values;
    for (const Completion& flow : flows)
    {
        if (flow.bytes >= size.from && flow.bytes <= size.to)
        {
            values.push_back(value(flow));
        }
    }
    std::sort(values.begin(), values.end());
    Json summary = {{"count", values.size()}};
    bool none = values.empty();
    double sum = std::accumulate(values.begin(), values.end(), 0.0);
    summary["mean" + unit] = none ? Json(nullptr) : Json(sum / values.size());
    for (int percent : {50, 90, 99})
    {
        Json at = none ? Json(nullptr) : Json(Percentile(values, percent));
        summary["p" + std::to_string(percent) + unit] = at;
    }
    return summary;
}

} // namespace

Json
CompletionTimes(const std::vector<Completion>& flows)
{
    Json record;
    for (const SizeClass& size : CLASSES)
    {
        auto time = [](const Completion& flow) { return 1e6 * flow.seconds; };
        record[size.name] = Summary(flows, size, time, "_us");
    }
    return record;
}

Json
Slowdowns(const std::vector<Completion>& flows)
{
    Json record;
    for (const SizeClass& size : CLASSES)
    {
        auto slowdown = [](const Completion& flow) { return flow.seconds / flow.idle; };
        record[size.name] = Summary(flows, size, slowdown, "");
    }
    return record;
}

} // namespace scenario
