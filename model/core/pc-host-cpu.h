/**
 * \file
 * The cores of a host, and the ledger of what they did.
 *
 * A core has two classes of work: interrupt work pre-empts process work, which resumes exactly
 * where it was. A job is a list of parts, each charged to a category of the ledger, and may end in
 * a *hold*: it then keeps the core, charged to a category of its own, until a given time or until
 * it is released.
 *
 * Interrupt work is FIFO. Process work is FIFO by the process, its owner, which keeps the core
 * until it sleeps, and whose work is done in the order in which it was given; nothing has a time
 * slice. A process job goes
 * - behind its owner's last one, wherever in the queue that is;
 * - if there is none, before all others if its owner's was the last process job that the core did,
 *   popped with this very picosecond as its \c done_ps: the owner goes on, and never lost the core;
 * - at the end otherwise, and always if it is nobody's.
 *
 * The ledger counts picoseconds by category, and idle time by itself at each change of state, so
 * that busy + idle = elapsed is a check and not a definition. An observer is told of every span
 * that the ledger is charged with.
 */
#ifndef PC_HOST_CPU_H
#define PC_HOST_CPU_H

#include "pc-core.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The most cores of a host. */
#define PC_CPU_CORES 64

/** Lists by which a core finds the last job of an owner: chosen, short ones for a thousand. */
#define PC_CPU_OWNER_LISTS 64

/** The most categories in one job. */
#define PC_CPU_PARTS 12

/** What a core does: the ledger's categories. */
enum pc_category
{
    PC_CAT_APPLICATION,    /**< the application's own work */
    PC_CAT_APP_READ,       /**< the application reads what it received */
    PC_CAT_SYSTEM_CALL,    /**< write and read, in and out */
    PC_CAT_SKBUFF,         /**< skbuffs */
    PC_CAT_COPY,           /**< copies between user memory and skbuffs */
    PC_CAT_CHECKSUM,       /**< checksum passes */
    PC_CAT_TCP_TX,         /**< protocol work of segments sent, ACKs included */
    PC_CAT_TCP_RX,         /**< protocol work of segments received, ACKs included */
    PC_CAT_DRIVER_TX,      /**< driver, transmit */
    PC_CAT_DRIVER_RX,      /**< driver, receive */
    PC_CAT_INTERRUPT,      /**< interrupts and polling */
    PC_CAT_CONTEXT_SWITCH, /**< context switches */
    PC_CAT_WAKE_UP,        /**< wake-ups */
    PC_CAT_PAGE_PIN,       /**< looking up, pinning and unpinning user pages */
    PC_CAT_IOMMU,          /**< IOMMU maps and unmaps */
    PC_CAT_DMA_SUBMIT,     /**< setting a DMA up */
    PC_CAT_DMA_COMPLETE,   /**< taking note of a DMA's completion */
    PC_CAT_SPIN,           /**< spinning until a DMA is done */
    PC_CAT_HEADER_FETCH,   /**< the header fetch of received frames */
    PC_CAT_RAM_RELEASE,    /**< giving card RAM back */
    PC_CAT_LINEARISE,      /**< fetching payload that the host needs after all */
    PC_CAT_EVICT,          /**< evicting payload from the card */
    PC_CAT_IDLE,           /**< nothing */
    PC_CAT_COUNT
};

/** The name of a category as the record has it, for example "dma_submit"; "?" if there is none. */
const char *pc_category_name(enum pc_category category);

/** The classes of work. */
enum pc_cpu_class
{
    PC_CPU_PROCESS,
    PC_CPU_INTERRUPT,
    PC_CPU_CLASSES
};

/** A job. The caller owns it, and leaves it alone from submission until it is popped. */
struct pc_cpu_job
{
    pc_time done_ps;  /**< out: when it was done */
    pc_time began_ps; /**< out: when it first got its core; PC_NEVER before that */
    /** in: the process or kernel thread whose work it is; 0, as it begins: nobody's */
    uint32_t owner;
    /* internal */
    unsigned count; /* parts */
    unsigned at;    /* the part that is being done */
    struct
    {
        enum pc_category category;
        pc_time ps;
    } part[PC_CPU_PARTS];
    pc_time hold_until_ps; /* keeps the core after its parts until then; 0: no hold */
    enum pc_category hold_category;
    struct pc_cpu_job *next;
    struct pc_cpu_job *next_last; /* the last job of another owner of the same list */
};

/** Somebody who looks on. */
struct pc_cpu_observer
{
    /**
     * Told, as the ledger is charged, of each span in which a core did part of a job. The spans of
     * a core come in order and do not overlap; one part may come in several that meet.
     */
    void (*worked)(void *context,
                   unsigned core,
                   enum pc_cpu_class job_class,
                   const struct pc_cpu_job *job,
                   enum pc_category category,
                   pc_time begin_ps,
                   pc_time end_ps);
    void *context; /**< handed to it */
};

/** Jobs, the first to be done at the head. */
struct pc_cpu_queue
{
    struct pc_cpu_job *head;
    struct pc_cpu_job *tail;
};

/** One core. */
struct pc_core
{
    struct pc_cpu_queue queue[PC_CPU_CLASSES]; /* a head may be partly done */
    struct pc_cpu_job *last[PC_CPU_OWNER_LISTS]; /* lists of each owner's last process job */
    uint32_t kept_owner;    /* whose process job was done last */
    pc_time kept_ps;        /* and when */
    pc_time now_ps;                            /* the ledger is complete up to here */
    pc_time next_ps; /* when the running job is done if nothing happens; PC_NEVER */
    double cycle_rest;                         /* of the conversion to ps, below 1 ps */
    pc_time ledger[PC_CAT_COUNT];
    uint64_t preemptions;
    unsigned number;
    const struct pc_cpu_observer *observer; /* NULL: nobody looks on */
};

/** A host's cores. The caller owns it. */
struct pc_host_cpu
{
    unsigned cores;
    double ps_per_cycle;
    pc_time reset_ps; /* the ledger counts from here */
    struct pc_core core[PC_CPU_CORES];
};

/**
 * Idle cores at \p now_ps.
 * \param hz clock, above 0
 * \return PC_OK, or PC_ERR_INVALID for no cores, too many, or no clock
 */
int pc_cpu_init(struct pc_host_cpu *cpu, unsigned cores, double hz, pc_time now_ps);

/** Tells \p observer of all that the cores do from here on. NULL: nobody. The caller owns it. */
void pc_cpu_observe(struct pc_host_cpu *cpu, const struct pc_cpu_observer *observer);

/** An empty job, nobody's. */
void pc_cpu_job_init(struct pc_cpu_job *job);

/**
 * Adds \p cycles to a job, in the part of their category if there is one. Cycles become
 * picoseconds here, once; what is left below one is carried to the core's next work.
 * \return PC_OK; PC_ERR_INVALID for a negative number; PC_ERR_RANGE for too many categories
 */
int pc_cpu_job_add_cycles(struct pc_host_cpu *cpu,
                          unsigned core,
                          struct pc_cpu_job *job,
                          enum pc_category category,
                          double cycles);

/** Adds picoseconds. \return as pc_cpu_job_add_cycles() */
int pc_cpu_job_add_ps(struct pc_cpu_job *job, enum pc_category category, pc_time ps);

/**
 * Makes the job keep its core after its parts, charged to \p category.
 * \param until_ps until then at least, above 0; PC_NEVER: until it is released
 */
void pc_cpu_job_hold(struct pc_cpu_job *job, enum pc_category category, pc_time until_ps);

/** Picoseconds of a job's parts that are still to be done. */
pc_time pc_cpu_job_left(const struct pc_cpu_job *job);

/**
 * Submits a job. A time before the core's own is taken as the core's.
 * \return PC_OK, or PC_ERR_INVALID for an unknown core
 */
int pc_cpu_submit(struct pc_host_cpu *cpu,
                  unsigned core,
                  enum pc_cpu_class job_class,
                  struct pc_cpu_job *job,
                  pc_time now_ps);

/**
 * Ends a job's hold: it is done when its parts are, and its core has come back to it, at once if
 * it has it now.
 * \return PC_OK, or PC_ERR_INVALID for an unknown core
 */
int pc_cpu_release(struct pc_host_cpu *cpu, unsigned core, struct pc_cpu_job *job, pc_time now_ps);

/** True if work of a class is running or waiting on a core. */
bool pc_cpu_has_work(const struct pc_host_cpu *cpu, unsigned core, enum pc_cpu_class job_class);

/** When the next job is done, if nothing happens before; PC_NEVER. */
pc_time pc_cpu_next(const struct pc_host_cpu *cpu);

/**
 * Lets time pass until the next job is done, at most until \p now_ps.
 * \return the job, its \c done_ps set; NULL if none is done by then
 */
struct pc_cpu_job *pc_cpu_pop(struct pc_host_cpu *cpu, pc_time now_ps);

/**
 * Brings the ledger up to \p now_ps, running parts included.
 * \return PC_OK, or PC_ERR_INVALID if a job is done before that has not been popped
 */
int pc_cpu_sync(struct pc_host_cpu *cpu, pc_time now_ps);

/** A core's picoseconds of a category since the last reset, as far as the ledger has come. */
pc_time pc_cpu_ledger(const struct pc_host_cpu *cpu, unsigned core, enum pc_category category);

/** The ledger begins anew. Call it after pc_cpu_sync() with the same time. */
void pc_cpu_ledger_reset(struct pc_host_cpu *cpu, pc_time now_ps);

/** True if on every core the categories add up to the time since the reset, idle included. */
bool pc_cpu_check(const struct pc_host_cpu *cpu);

#ifdef __cplusplus
}
#endif

#endif
