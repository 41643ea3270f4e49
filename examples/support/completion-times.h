#ifndef COMPLETION_TIMES_H
#define COMPLETION_TIMES_H

#include "record.h"

#include <cstdint>
#include <vector>

namespace scenario
{

/** How long a flow took. */
struct Completion
{
    uint64_t bytes;    //!< its size
    double seconds;    //!< from its arrival to its last byte, read; 0 while under way
    double idle{0};    //!< the same on an idle network, s; 0 if not known
};

/**
 * \return count, mean and percentiles of the times, us, by size class: small below 100 kB, large
 * above 10 MB, as in M. Alizadeh et al., "pFabric", SIGCOMM 2013, section 5
 */
Json CompletionTimes(const std::vector<Completion>& flows);

/** \return the same classes' mean and percentiles of the time over that on an idle network */
Json Slowdowns(const std::vector<Completion>& flows);

} // namespace scenario

#endif
