/**
 * \file
 * What every module of the core shares: how time is kept, and what errors are called.
 *
 * The core is plain C11 without I/O, clock or events of its own. Each function takes the present
 * time, changes a struct of the caller's, and answers when something next happens. Time is a
 * count of picoseconds, which lasts for 106 days; sizes are bytes; CPU work is given in cycles.
 */
#ifndef PC_CORE_H
#define PC_CORE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A point in simulated time, or a span of it, in picoseconds. */
typedef int64_t pc_time;

/** The answer "nothing will happen by itself" of the functions that tell the next event's time. */
#define PC_NEVER INT64_MAX

#define PC_PS_PER_NS INT64_C(1000)
#define PC_PS_PER_S INT64_C(1000000000000)

/** A size that stands for "without limit". */
#define PC_UNLIMITED UINT64_MAX

/** What a function that can fail returns: 0, or one of these. */
enum pc_error
{
    PC_OK = 0,
    PC_ERR_INVALID = -1, /**< a parameter is outside its documented range */
    PC_ERR_NO_ROOM = -2, /**< the resource has no room for it now */
    PC_ERR_STALE = -3,   /**< the handle's block has been released since */
    PC_ERR_RANGE = -4,   /**< offset or length lies outside the block */
    PC_ERR_MEMORY = -5,  /**< the host ran out of memory for the simulator's own tables */
};

/** The name of an error as it stands in the source, for messages; "PC_ERR_?" when unknown. */
const char *pc_error_name(int error);

#ifdef __cplusplus
}
#endif

#endif
