#ifndef PERCENTILE_H
#define PERCENTILE_H

#include <algorithm>
#include <cmath>
#include <vector>

namespace scenario
{

/**
 * Nearest rank: the smallest value that at least \p percent of all do not exceed.
 * \param sorted values in order, at least one
 */
template <typename T>
T
Percentile(const std::vector<T>& sorted, double percent)
{
    auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * sorted.size()));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

} // namespace scenario

#endif
