#ifndef RANDOM_INVARIANTS_H
#define RANDOM_INVARIANTS_H

#include "world.h"

#include <string>
#include <vector>

namespace randomtest
{

/** Something that must always hold and did not. */
struct Violation
{
    std::string invariant; //!< its name: what a smaller scenario has to violate too
    std::string where;     //!< flow, host or card
    std::string what;      //!< what was found, and what would be right
};

/**
 * Checks all that must hold after a run of its own.
 * \return what does not
 */
std::vector<Violation> CheckInvariants(const World& world);

/** \return what a run came to: equal for equal runs */
Json MakeRecord(const World& world);

/**
 * Compares two records of runs that must be the same.
 * \param invariant its name \param first the run's \param second the other's
 * \return what differs
 */
std::vector<Violation> CheckSame(const std::string& invariant,
                                 const Json& first,
                                 const Json& second);

} // namespace randomtest

#endif
