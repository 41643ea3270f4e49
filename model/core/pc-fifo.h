/**
 * \file
 * A resource that serves jobs one after the other, whose completions are known when they are
 * submitted: the card's processor, its RAM's bandwidth, a memory bus.
 */
#ifndef PC_FIFO_H
#define PC_FIFO_H

#include "pc-core.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The resource. All zero is idle. */
struct pc_fifo
{
    pc_time free_ps; /**< when all that was submitted is done */
    pc_time work_ps; /**< all that was ever submitted */
};

/**
 * Submits a job.
 * \param work_ps how long it takes, at least 0
 * \return when it is done; \p now_ps at once where it takes no time and nothing is before it
 */
static inline pc_time
pc_fifo_reserve(struct pc_fifo *fifo, pc_time work_ps, pc_time now_ps)
{
    pc_time start_ps = fifo->free_ps > now_ps ? fifo->free_ps : now_ps;
    fifo->free_ps = start_ps + work_ps;
    fifo->work_ps += work_ps;
    return fifo->free_ps;
}

/** How long the resource has been busy since the start, up to \p now_ps. */
static inline pc_time
pc_fifo_busy(const struct pc_fifo *fifo, pc_time now_ps)
{
    return fifo->work_ps - (fifo->free_ps > now_ps ? fifo->free_ps - now_ps : 0);
}

#ifdef __cplusplus
}
#endif

#endif
