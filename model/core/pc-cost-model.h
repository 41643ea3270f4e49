/**
 * \file
 * What each operation of the kernel and the driver costs the host: its cycles, and the memory
 * traffic that it causes.
 *
 * A cost model is a table with one line a kind of work. A line has a name (which is also the name
 * of the ns-3 attribute that sets it), a unit, and the ledger category that it is charged to. The
 * values are a machine's, and come from its profile; the lines are the simulator's.
 *
 * Some lines exist only because payload stays on the card: the scheme's *own* costs. They can be
 * switched off category by category, which is how their share is shown. An interrupt, a wake-up
 * and a context switch are own costs where they are part of a wait for a DMA, and shared ones
 * everywhere else, so whoever adds them says which.
 */
#ifndef PC_COST_MODEL_H
#define PC_COST_MODEL_H

#include "pc-host-cpu.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The lines of the table. Cycles an operation, except where a byte is named. */
enum pc_cost_line
{
    PC_COST_APPLICATION,     /**< the application's own work a byte it wrote or read */
    PC_COST_APP_READ_WARM,   /**< the application reads a byte that lies in the L1 or L2 cache */
    PC_COST_APP_READ_LLC,    /**< ... a byte that lies in the last-level cache */
    PC_COST_APP_READ_COLD,   /**< ... a byte that lies in DRAM */
    PC_COST_SYSTEM_CALL,     /**< enter and leave the kernel and its socket layer */
    PC_COST_READ_RETURN,     /**< what a read costs beside its call and its bytes */
    PC_COST_SKBUFF,          /**< allocate and free one skbuff of a `write` */
    PC_COST_COPY_COLD,       /**< copy a byte whose source is in DRAM (checksum folded in or not) */
    PC_COST_COPY_WARM,       /**< copy a byte whose source is cached */
    PC_COST_COPY_LLC,        /**< copy a byte whose source is in the last-level cache */
    PC_COST_COPY_REMOTE,     /**< copy a byte whose source is in the other node's DRAM */
    PC_COST_CHECKSUM,        /**< a checksum pass over a byte */
    PC_COST_TCP_TX_DATA,     /**< protocol work of a data segment sent */
    PC_COST_TCP_TX_ACK,      /**< protocol work of a segment without data sent */
    PC_COST_TCP_RX_DATA,     /**< protocol work of a data segment received */
    PC_COST_TCP_RX_ACK,      /**< protocol work of a segment without data received */
    PC_COST_DRIVER_TX,       /**< driver: one frame's descriptor and doorbell */
    PC_COST_DRIVER_TX_DONE,  /**< driver: reclaim one transmitted frame's descriptor */
    PC_COST_DRIVER_RX,       /**< driver: one received frame and its new buffer */
    PC_COST_DRIVER_MAP,      /**< driver: one page of a sent frame in the IOMMU */
    PC_COST_MERGE_RX,        /**< driver: merge one received frame to a unit */
    PC_COST_INTERRUPT,       /**< enter and leave an interrupt */
    PC_COST_POLL,            /**< one more round of polling without an interrupt */
    PC_COST_CONTEXT_SWITCH,  /**< switch the core from one process to another */
    PC_COST_WAKE_UP,         /**< make a sleeping process runnable */
    PC_COST_PAGE_PIN,        /**< look up and pin one user page */
    PC_COST_PAGE_UNPIN,      /**< unpin one user page */
    PC_COST_IOMMU,           /**< map, unmap and invalidate one page in the IOMMU */
    PC_COST_DMA_SUBMIT,      /**< set up and start one piece's DMA, its doorbell included */
    PC_COST_DMA_GATHER,      /**< one frame's extra descriptor for payload that is on the card */
    PC_COST_DMA_COMPLETE,    /**< take note of a call's DMA completion */
    PC_COST_HEADER_FETCH,    /**< driver: one frame's header fetch, and each second fetch */
    PC_COST_RAM_RELEASE,     /**< one command that gives card RAM back */
    PC_COST_LINEARISE,       /**< bring one packet's payload back to the host */
    PC_COST_EVICT,           /**< evict one block from card RAM to the host */
    PC_COST_COUNT
};

/** What a line is, beside its value. */
struct pc_cost_info
{
    const char *name;          /**< in CamelCase, as the attribute is called */
    const char *unit;          /**< "cycles" or "cycles/byte" */
    enum pc_category category; /**< what the ledger calls it */
    bool own;                  /**< the payload cache's own, wherever it is charged */
    const char *help;          /**< one phrase */
};

/** The description of a line; NULL when \p line is not one. */
const struct pc_cost_info *pc_cost_describe(enum pc_cost_line line);

/** Why a byte crosses between a core (or the bus) and the memory system. */
enum pc_memory_cause
{
    PC_MEM_SOURCE_READ,          /**< a copy reads its source */
    PC_MEM_DESTINATION_ALLOCATE, /**< a copy's destination line is fetched first (write-allocate) */
    PC_MEM_DESTINATION_WRITE,    /**< a copy writes its destination */
    PC_MEM_DMA,                  /**< the card reads or writes host memory */
    PC_MEM_CHECKSUM_READ,        /**< a checksum pass reads */
    PC_MEM_APPLICATION_READ,     /**< the receiving application reads its data */
    PC_MEM_CAUSE_COUNT
};

/** The name of a cause as the record has it, for example "source_read". */
const char *pc_memory_cause_name(enum pc_memory_cause cause);

/** One host's costs and its memory traffic so far. The caller owns it. */
struct pc_cost_model
{
    double cycles[PC_COST_COUNT];               /**< the value of each line, at least 0 */
    double hit_fraction[PC_MEM_CAUSE_COUNT];    /**< 0..1: the share that the cache serves */
    bool write_allocate;                        /**< a copy fetches its destination's lines */
    uint32_t own_costs;                         /**< mask of 1 << category: own costs charged */
    uint64_t memory_bytes[PC_MEM_CAUSE_COUNT];  /**< traffic so far */
    uint64_t memory_warm_bytes[PC_MEM_CAUSE_COUNT]; /**< of which known to be cached, whatever the
                                                       hit fraction says */
};

/** All own costs are charged. */
#define PC_OWN_ALL UINT32_MAX

/** A model in which everything is free, and all own costs are switched on. */
void pc_cost_model_init(struct pc_cost_model *model);

/**
 * Reads a list of own costs: "all", "none", or categories joined by commas.
 * \param list the text
 * \param[out] mask the mask for \c own_costs
 * \return PC_OK, or PC_ERR_INVALID when a word is no category that holds own costs
 */
int pc_cost_own_parse(const char *list, uint32_t *mask);

/** Work for a core: what a job will be charged, before its cycles become time. */
struct pc_work
{
    uint64_t memory_bytes; /**< bytes that it moves over the memory bus */
    unsigned count;        /**< parts in use */
    struct
    {
        enum pc_category category;
        double cycles;
    } part[PC_CPU_PARTS];
};

/** Empty work. */
static inline void
pc_work_clear(struct pc_work *work)
{
    work->memory_bytes = 0;
    work->count = 0;
}

/**
 * Adds \p times operations (or bytes) of a line to \p work. Parts are done in the order in which
 * their categories were first added.
 * \return PC_OK, or PC_ERR_RANGE when the work has PC_CPU_PARTS categories already
 */
int pc_work_add(struct pc_work *work,
                const struct pc_cost_model *model,
                enum pc_cost_line line,
                double times);

/** Adds \p cycles, at least 0, of a category to \p work. \return as pc_work_add() */
int pc_work_add_cycles(struct pc_work *work, enum pc_category category, double cycles);

/** As pc_work_add(), for an interrupt, wake-up or switch that only the payload cache causes. */
int pc_work_add_own(struct pc_work *work,
                    const struct pc_cost_model *model,
                    enum pc_cost_line line,
                    double times);

/** The cycles of all parts. */
double pc_work_cycles(const struct pc_work *work);

/** The cycles of one own operation of \p line: its value, or 0 where it is switched off. */
double pc_cost_own_cycles(const struct pc_cost_model *model, enum pc_cost_line line);

/**
 * Counts the traffic of a copy of \p bytes: source read, destination allocate where the machine
 * write-allocates, destination write.
 * \param source_warm the source is known to be cached
 */
void pc_memory_copy(struct pc_cost_model *model, uint64_t bytes, bool source_warm);

/** Counts traffic of any other cause. \param warm the bytes are known to be cached */
void pc_memory_touch(struct pc_cost_model *model,
                     enum pc_memory_cause cause,
                     uint64_t bytes,
                     bool warm);

/**
 * Splits a cause's traffic into what the cache served and what went to DRAM: bytes known to be
 * warm, and the hit fraction of the rest.
 */
void pc_memory_split(const struct pc_cost_model *model,
                     enum pc_memory_cause cause,
                     uint64_t *dram,
                     uint64_t *cache);

/** Forgets the traffic counted so far; the costs stay. */
void pc_memory_reset(struct pc_cost_model *model);

#ifdef __cplusplus
}
#endif

#endif
