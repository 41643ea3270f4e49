/**
 * \file
 * DMA engines on an I/O bus: who waits for whom.
 *
 * A bus is one shared resource (PCI and PCI-X: half-duplex, every card on it) or one a direction
 * (PCIe: each card has its own link). An engine belongs to a card and a direction, and does its
 * jobs in FIFO order, one at a time; engines share the bus by processor sharing. A job holds its
 * engine until the last byte is over the bus, at least for its bus cost's \c min_ps, and until the
 * card's own parts (its processor, its RAM), which have queues of their own, are done with it; it
 * completes \c latency_ps after that, while the engine goes on with its next job. The jobs of one
 * engine complete in order.
 */
#ifndef PC_DMA_H
#define PC_DMA_H

#include "pc-io-bus.h"
#include "pc-shared-server.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The most engines that one bus can have: two directions of 32 cards with two engines each. */
#define PC_DMA_ENGINES 128

struct pc_dma_job;

/** One job's share of one direction of the bus. */
struct pc_dma_part
{
    struct pc_server_job server_job; /* first: a popped server job is the part */
    struct pc_dma_job *job;          /* NULL: not on the bus */
};

/** One DMA: descriptors, data and write-back together. The caller owns it until it is popped. */
struct pc_dma_job
{
    struct pc_bus_cost cost; /**< in: what it costs, added up by pc_bus_cost_add() */
    pc_time card_done_ps;    /**< in: when the card's own parts are done with it */
    pc_time done_ps;         /**< out: when it completed */
    /* internal */
    unsigned engine;
    unsigned parts_left;
    pc_time begun_ps; /* when its engine began with it */
    pc_time floor_ps; /* the engine is held at least until then */
    struct pc_dma_part up;
    struct pc_dma_part down;
    struct pc_dma_job *next;
};

/** A FIFO of jobs. */
struct pc_dma_queue
{
    struct pc_dma_job *head;
    struct pc_dma_job *tail;
};

/** One engine. */
struct pc_dma_engine
{
    struct pc_dma_queue waiting;
    struct pc_dma_job *active;
    pc_time active_end_ps; /* when the active job leaves the engine; PC_NEVER: not known yet */
    struct pc_dma_queue completing; /* over the bus, its latency still running */
    pc_time last_done_ps;
    pc_time backlog_ps; /* engine time of all jobs that wait or are active, alone on the bus */
    pc_time card_done_ps; /* when the card's own parts are done with all of them */
    uint64_t jobs;      /* jobs submitted so far */
};

/** Somebody who looks on. */
struct pc_dma_observer
{
    /**
     * Told of each span in which a direction of the bus was busy, in order and without overlap.
     * \c job is the one that had it, NULL where several shared it.
     */
    void (*bus)(void *context,
                enum pc_bus_direction direction,
                const struct pc_dma_job *job,
                pc_time begin_ps,
                pc_time end_ps);
    /** Told when a job leaves its engine, which it held from \p begin_ps on. */
    void (*engine)(void *context, const struct pc_dma_job *job, pc_time begin_ps, pc_time end_ps);
    void *context; /**< handed to both */
};

/** A bus and the engines on it. The caller owns it. */
struct pc_dma
{
    struct pc_server up;   /* toward the host, and both ways on a half-duplex bus */
    struct pc_server down; /* toward the card */
    struct pc_dma_engine engine[PC_DMA_ENGINES];
    unsigned engines;
    pc_time next_ps; /* what pc_dma_next() answers */
    const struct pc_dma_observer *observer; /* NULL: nobody looks on */
    struct pc_server_observer up_observer;
    struct pc_server_observer down_observer;
};

/** An idle bus without engines. \return PC_OK or PC_ERR_MEMORY */
int pc_dma_init(struct pc_dma *dma);

/** Gives back what the bus holds. Its jobs are the caller's. */
void pc_dma_fini(struct pc_dma *dma);

/**
 * Tells \p observer of all that the bus does from here on. NULL: nobody. The caller owns it, and
 * leaves the bus where it is. Both ways of a half-duplex bus count as PC_TO_HOST.
 */
void pc_dma_observe(struct pc_dma *dma, const struct pc_dma_observer *observer);

/** Adds an engine. \return its number, or PC_ERR_NO_ROOM when there are PC_DMA_ENGINES already */
int pc_dma_add_engine(struct pc_dma *dma);

/**
 * Hands a job to an engine. Its \c cost and \c card_done_ps are set; it must not be in use.
 * \return PC_OK; PC_ERR_INVALID for an unknown engine; PC_ERR_MEMORY
 */
int pc_dma_submit(struct pc_dma *dma, unsigned engine, struct pc_dma_job *job, pc_time now_ps);

/**
 * Before when no job completes, if none is submitted meanwhile; PC_NEVER when idle. It is when one
 * completes, but where jobs share the bus: pc_dma_pop() may then find none, and a later time is
 * answered.
 */
pc_time pc_dma_next(const struct pc_dma *dma);

/**
 * Lets time pass until the next job completes, at most until \p now_ps.
 * \return the job, its \c done_ps set; NULL when none completes by then
 */
struct pc_dma_job *pc_dma_pop(struct pc_dma *dma, pc_time now_ps);

/** How long a job that would be submitted now waits for those before it, ps (bus unshared). */
pc_time pc_dma_backlog(struct pc_dma *dma, unsigned engine, pc_time now_ps);

/**
 * How long the bus has been busy since the start, up to \p now_ps.
 * \param[out] up_ps toward the host; both ways on a half-duplex bus
 * \param[out] down_ps toward the card; 0 on a half-duplex bus
 */
void pc_dma_busy(struct pc_dma *dma, pc_time now_ps, pc_time *up_ps, pc_time *down_ps);

/** True when nothing is in the engine, nor on its way out of it. */
bool pc_dma_idle(const struct pc_dma *dma, unsigned engine);

/** The time that a job needs on its engine when it has bus and card for itself, ps. */
pc_time pc_dma_alone(const struct pc_dma_job *job);

#ifdef __cplusplus
}
#endif

#endif
