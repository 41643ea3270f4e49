/**
 * \file
 * DMA engines on an I/O bus: who waits for whom.
 *
 * A bus is one shared resource (PCI and PCI-X: half-duplex, every card on it) or one a direction
 * (PCIe: each card has its own link). An engine belongs to a card and a direction, and does one
 * job at a time; engines share the bus by processor sharing. A job holds its engine until the last
 * byte is over the bus, at least for its bus cost's \c min_ps, and until the card's own parts (its
 * processor, its RAM), which have queues of their own, are done with it; it completes
 * \c latency_ps after that, while the engine goes on with its next job.
 *
 * An engine serves its queues round robin, one turn each: one maximum burst of the queue's first
 * job. A job of n turns is divided into n equal parts, to the picosecond: its work in each
 * direction and its \c min_ps; the card's own parts are waited for with the last one. A direction
 * that is ahead of the other, as read requests are of their data, stays ahead. The jobs of one
 * queue are done, and complete, in order; those of different queues in any.
 *
 * While no other queue has work a job is done in one go, and nothing happens for each turn. When
 * another queue gets work meanwhile, the job gives the engine away at the end of the turn that it
 * is in: each direction stops at the end of its own burst.
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

/** The most queues of an engine: a bit each of a word. */
#define PC_DMA_QUEUES 64

struct pc_dma_job;

/** One job's share of one direction of the bus. */
struct pc_dma_part
{
    struct pc_server_job server_job; /* first: a popped server job is the part */
    struct pc_dma_job *job;          /* NULL: not on the bus */
    pc_time given_ps;                /* of the work: what is done when it stops */
};

/** One DMA: descriptors, data and write-back together. The caller owns it until it is popped. */
struct pc_dma_job
{
    struct pc_bus_cost cost; /**< in: what it costs, added up by pc_bus_cost_add() */
    pc_time card_done_ps;    /**< in: when the card's own parts are done with it */
    uint32_t turns;          /**< in: how many maximum bursts it is, 1 to 2^31 - 1 */
    pc_time done_ps;         /**< out: when it completed; PC_NEVER before it is through its engine */
    unsigned engine;         /**< out: whose it is */
    unsigned queue;          /**< out: whose it is */
    /* internal */
    unsigned parts_left;
    uint32_t turn;  /* turns that were done when it got the engine */
    uint32_t until; /* turns that are done when it leaves the engine */
    pc_time submitted_ps;
    pc_time begun_ps;     /* when it got the engine */
    pc_time floor_ps;     /* it has the engine at least until then */
    pc_time min_from_ps;  /* when it got the engine, less what was done of its least time */
    pc_time min_given_ps; /* of its least time: what is done when it stops */
    struct pc_dma_part up;
    struct pc_dma_part down;
    struct pc_dma_job *next;
};

/** Jobs in order. */
struct pc_dma_list
{
    struct pc_dma_job *head;
    struct pc_dma_job *tail;
};

/** A queue of an engine. */
struct pc_dma_queue
{
    struct pc_dma_list jobs; /* not through the engine yet; the head may be partly done */
    pc_time last_done_ps;
    pc_time backlog_ps;   /* engine time of all of them, alone on the bus */
    pc_time turns;        /* of all of them */
    pc_time card_done_ps; /* when the card's own parts are done with all of them */
    pc_time waited_ps;    /* from submission to the engine's beginning */
    uint64_t begun;       /* jobs that the engine has begun with */
};

/** One engine. */
struct pc_dma_engine
{
    struct pc_dma_queue *queue;
    unsigned queues;
    unsigned served;           /* the queue whose turn it was last */
    uint64_t ready;            /* a bit for each queue with jobs, the active one's too */
    struct pc_dma_job *active; /* the head of its queue */
    pc_time active_end_ps; /* when the active job leaves the engine; PC_NEVER: not known yet */
    struct pc_dma_list completing; /* over the bus, latency still running; in order of done_ps */
    uint64_t jobs;                 /* jobs submitted so far */
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
    /**
     * Told when a job leaves its engine, which it held from \p begin_ps on. If its \c done_ps is
     * PC_NEVER it comes back: it is another queue's turn.
     */
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

/**
 * Adds an engine.
 * \param queues that it serves, 1 to PC_DMA_QUEUES
 * \return its number; PC_ERR_INVALID for too few or too many queues; PC_ERR_NO_ROOM when there are
 * PC_DMA_ENGINES already; PC_ERR_MEMORY
 */
int pc_dma_add_engine(struct pc_dma *dma, unsigned queues);

/**
 * Hands a job to a queue of an engine. Its \c cost, \c card_done_ps and \c turns are set; it must
 * not be in use.
 * \return PC_OK; PC_ERR_INVALID for an unknown engine or queue, or turns out of range;
 * PC_ERR_MEMORY
 */
int pc_dma_submit(struct pc_dma *dma,
                  unsigned engine,
                  unsigned queue,
                  struct pc_dma_job *job,
                  pc_time now_ps);

/**
 * Before when no job completes, if none is submitted meanwhile; PC_NEVER when idle. It is when one
 * completes, but where jobs share the bus or an engine: pc_dma_pop() may then find none, and a later
 * time is answered.
 */
pc_time pc_dma_next(const struct pc_dma *dma);

/**
 * Lets time pass until the next job completes, at most until \p now_ps.
 * \return the job, its \c done_ps set; NULL when none completes by then
 */
struct pc_dma_job *pc_dma_pop(struct pc_dma *dma, pc_time now_ps);

/**
 * How long a job that would be submitted to a queue now waits for those before it, ps (bus
 * unshared): for all jobs of its own queue, and before each turn of theirs and its own first one
 * for a turn of every other queue, while that one has work. Jobs under way count in full, and the
 * turns of another queue as equally long.
 */
pc_time pc_dma_backlog(struct pc_dma *dma, unsigned engine, unsigned queue, pc_time now_ps);

/**
 * How long jobs of a queue waited from submission until their engine began with them, ps in all.
 * \param[out] count the jobs that it has begun with so far
 */
pc_time pc_dma_waited(const struct pc_dma *dma, unsigned engine, unsigned queue, uint64_t *count);

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
