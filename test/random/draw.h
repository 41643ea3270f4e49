#ifndef RANDOM_DRAW_H
#define RANDOM_DRAW_H

#include "description.h"

namespace randomtest
{

/** \return the scenario of a seed: the same on every machine, for one version of draw.cc */
Description Draw(uint32_t seed);

} // namespace randomtest

#endif
