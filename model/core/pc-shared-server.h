/**
 * \file
 * One resource that several jobs use at the same time or in turn: a direction of a bus.
 *
 * FIFO serves one job after the other. Processor sharing gives each of n jobs an n-th of the
 * resource, by virtual time: V advances at 1/n of real time, a job of work w that comes at V ends
 * at V + w, and so only the order of a heap has to be kept: O(log n) a job.
 *
 * Time is never lost: virtual time has a resolution of 2^-20 ps, and starts again from zero
 * whenever the server is idle, or has gone far.
 */
#ifndef PC_SHARED_SERVER_H
#define PC_SHARED_SERVER_H

#include "pc-core.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How jobs share the resource. */
enum pc_server_discipline
{
    PC_SERVER_FIFO, /**< one after the other */
    PC_SERVER_PS,   /**< all at once, in equal shares */
};

/** A job. The caller owns it, and leaves it alone from submission until it is popped. */
struct pc_server_job
{
    pc_time done_ps; /**< out: when it was done, to the picosecond (rounded up) */
    /* internal */
    int64_t finish;  /* FIFO: work, ps; sharing: virtual finish */
    uint64_t number; /* order among equals */
    struct pc_server_job *next;
};

/** Somebody who looks on. */
struct pc_server_observer
{
    /**
     * Told of each span in which the resource was busy. The spans come in order and do not overlap.
     * \c job is the one that was served, NULL where several shared the resource.
     */
    void (*busy)(void *context,
                 const struct pc_server_job *job,
                 pc_time begin_ps,
                 pc_time end_ps);
    void *context; /**< handed to it */
};

/** The resource. The caller owns it; its fields are internal. */
struct pc_server
{
    enum pc_server_discipline discipline;
    pc_time now_ps;    /* up to where time has gone */
    uint32_t jobs;     /* in service or waiting */
    uint64_t submitted;
    pc_time busy_ps;   /* time with at least one job, up to now_ps */
    struct pc_server_job *head; /* FIFO */
    struct pc_server_job *tail;
    struct pc_server_job **heap; /* sharing */
    uint32_t heap_size;
    int64_t virtual_now;
    int64_t virtual_rest; /* of a division by the number of jobs */
    const struct pc_server_observer *observer; /* NULL: nobody looks on */
};

/** An idle server at time 0. \return PC_OK, or PC_ERR_INVALID for an unknown discipline */
int pc_server_init(struct pc_server *server, enum pc_server_discipline discipline);

/** Gives the simulator's memory back; jobs are the caller's. */
void pc_server_fini(struct pc_server *server);

/**
 * Submits a job of \p work_ps, which is what it would take alone. A time before the server's own
 * (a completion that was popped later) is taken as the server's.
 * \return PC_OK; PC_ERR_INVALID for negative work, or more than 2.19 s of it; PC_ERR_MEMORY
 */
int pc_server_submit(struct pc_server *server,
                     struct pc_server_job *job,
                     pc_time work_ps,
                     pc_time now_ps);

/** When the next job is done if none is submitted before; PC_NEVER when idle. */
pc_time pc_server_next(const struct pc_server *server);

/**
 * Lets time pass until the next job is done, at most until \p now_ps.
 * \return the job, its \c done_ps set; NULL if none is done by then
 */
struct pc_server_job *pc_server_pop(struct pc_server *server, pc_time now_ps);

/**
 * What is left of a job's work at \p now_ps, whole picoseconds (rounded down). Sharing only.
 * \param job in service, and all jobs that are done before have been popped
 */
pc_time pc_server_left(struct pc_server *server, const struct pc_server_job *job, pc_time now_ps);

/**
 * Takes work from a job in service. Sharing only.
 * \param by_ps at most what pc_server_left() has just answered
 */
void pc_server_shorten(struct pc_server *server, struct pc_server_job *job, pc_time by_ps);

/**
 * How long the resource has been busy since the start.
 * \param now_ps up to then; all jobs that are done before have been popped
 */
pc_time pc_server_busy(struct pc_server *server, pc_time now_ps);

/** Tells \p observer of all busy time from here on. NULL: nobody. The caller owns it. */
void pc_server_observe(struct pc_server *server, const struct pc_server_observer *observer);

/** Jobs in service or waiting. */
uint32_t pc_server_jobs(const struct pc_server *server);

#ifdef __cplusplus
}
#endif

#endif
