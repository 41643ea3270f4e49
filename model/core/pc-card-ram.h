/**
 * \file
 * The card's memory for payload.
 *
 * It is handed out in blocks of whole granules, under handles: an index and a generation, so that
 * the handle of a block that has been released is always told from a live one. A block whose
 * generations are used up, after 2^31 uses, is not used again. A block is a chain of granules that
 * need not lie side by side, as in a pool of pages: nothing ever fragments. Each side, transmit and
 * receive, has a capacity of its own. Blocks are given back whole, or granule by granule from the
 * front; each side knows its blocks from the least to the most recently used. A block that is in
 * use can be pinned: it is then no candidate for eviction. A block may have an owner, and what each
 * owner holds is known, so that it can be limited.
 *
 * With a backing store the memory really holds bytes, and one checksum a granule, as the card
 * keeps it while data passes; without one it only counts, which is what most simulations need.
 *
 * At every call: granules handed out = granules released + granules held.
 */
#ifndef PC_CARD_RAM_H
#define PC_CARD_RAM_H

#include "pc-core.h"
#include "pc-ram-owners.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The sides of the memory. */
enum pc_ram_side
{
    PC_RAM_TX,
    PC_RAM_RX,
    PC_RAM_SIDES
};

/** Names a block. All zero names none. */
struct pc_handle
{
    uint32_t index;
    uint32_t generation;
};

/** True if the handle names a block, live or not. */
static inline bool
pc_handle_is_some(struct pc_handle handle)
{
    return handle.generation != 0;
}

/** True if both name the same block. */
static inline bool
pc_handle_equals(struct pc_handle a, struct pc_handle b)
{
    return a.index == b.index && a.generation == b.generation;
}

/** How a memory is set up. */
struct pc_card_ram_config
{
    uint32_t granule_bytes;                /**< the unit of allocation, at least 1 */
    uint64_t capacity_bytes[PC_RAM_SIDES]; /**< PC_UNLIMITED, or rounded down to granules */
    bool backing;                          /**< it really holds bytes */
};

struct pc_ram_block; /* internal */

/** What one side has done. */
struct pc_ram_stats
{
    uint64_t held_granules;     /**< now */
    uint64_t peak_granules;     /**< since the last reset */
    uint64_t handed_granules;   /**< since the beginning */
    uint64_t released_granules; /**< since the beginning */
    uint64_t allocations;       /**< since the beginning */
    uint64_t refusals;          /**< since the beginning: no room */
    uint64_t frees;             /**< since the beginning: blocks given back to their end */
    double granule_seconds;     /**< time integral of what is held, since the last reset; a double,
                                     as granules * picoseconds outgrow 64 bits: 16 Ki granules do
                                     within 19 minutes */
    pc_time integrated_ps;      /**< up to when */
    pc_time reset_ps;           /**< the last reset */
};

/** A card's memory. The caller owns it; its fields are internal. */
struct pc_card_ram
{
    struct pc_card_ram_config config;
    struct pc_ram_stats stats[PC_RAM_SIDES];
    struct pc_ram_block *blocks;
    uint32_t block_count;
    uint32_t free_block;                  /* head of the free list */
    uint32_t oldest[PC_RAM_SIDES];        /* ends of the LRU lists */
    uint32_t youngest[PC_RAM_SIDES];
    struct pc_ram_owners owners;
    /* backing store: granules are chained by next */
    uint8_t *bytes;
    uint16_t *sums;
    uint32_t *next;
    uint32_t granule_count;
    uint32_t free_granule;
};

/** Sets a memory up, empty. \return PC_OK; PC_ERR_INVALID for a granule of 0; PC_ERR_MEMORY */
int pc_card_ram_init(struct pc_card_ram *ram, const struct pc_card_ram_config *config);

/** Gives the simulator's memory back. The memory is then as before pc_card_ram_init(). */
void pc_card_ram_fini(struct pc_card_ram *ram);

/**
 * Takes a block of \p bytes (at least 1), the most recently used one of its side.
 * \return PC_OK; PC_ERR_INVALID for 0 bytes; PC_ERR_NO_ROOM when the side has not so many granules
 *         left, which is counted as a refusal; PC_ERR_MEMORY. Nothing is taken on an error.
 */
int pc_card_ram_alloc(struct pc_card_ram *ram,
                      enum pc_ram_side side,
                      uint32_t bytes,
                      pc_time now_ps,
                      struct pc_handle *handle);

/**
 * Gives back the whole granules below \p offset; all of them, and the handle with them, where
 * \p offset reaches the block's end.
 * \return PC_OK or PC_ERR_STALE
 */
int pc_card_ram_release_below(struct pc_card_ram *ram,
                              struct pc_handle handle,
                              uint32_t offset,
                              pc_time now_ps);

/** Gives a block back. \return PC_OK or PC_ERR_STALE */
int pc_card_ram_free(struct pc_card_ram *ram, struct pc_handle handle, pc_time now_ps);

/** True while the block has not been given back. */
bool pc_card_ram_is_live(const struct pc_card_ram *ram, struct pc_handle handle);

/** The bytes that a live block was taken for; 0 for a stale handle. */
uint32_t pc_card_ram_size(const struct pc_card_ram *ram, struct pc_handle handle);

/** Bytes of a block's front that have been given back, whole granules; 0 if it is stale. */
uint32_t pc_card_ram_front(const struct pc_card_ram *ram, struct pc_handle handle);

/** Makes a block its side's most recently used, unless it is pinned. \return PC_OK or PC_ERR_STALE */
int pc_card_ram_touch(struct pc_card_ram *ram, struct pc_handle handle);

/**
 * A block is in use, once more: it is not to be evicted until it has been unpinned as often. To be
 * released does not depend on that; it ends the pins as well.
 * \return PC_OK or PC_ERR_STALE
 */
int pc_card_ram_pin(struct pc_card_ram *ram, struct pc_handle handle);

/**
 * A use has ended. With the last one the block is its side's most recently used.
 * \return PC_OK; PC_ERR_STALE; PC_ERR_INVALID if it is not pinned
 */
int pc_card_ram_unpin(struct pc_card_ram *ram, struct pc_handle handle);

/** Pins that a block has; 0 for a stale handle. */
uint32_t pc_card_ram_pins(const struct pc_card_ram *ram, struct pc_handle handle);

/**
 * The least recently used block of a side that is not pinned.
 * \return PC_OK, or PC_ERR_RANGE if there is none
 */
int pc_card_ram_oldest(const struct pc_card_ram *ram,
                       enum pc_ram_side side,
                       struct pc_handle *handle);

/**
 * As pc_card_ram_oldest(), among the blocks of an owner. It walks over those of others.
 * \param owner its number, not 0
 */
int pc_card_ram_oldest_of(const struct pc_card_ram *ram,
                          enum pc_ram_side side,
                          uint32_t owner,
                          struct pc_handle *handle);

/**
 * A block belongs to an owner from now on, until it is given back.
 * \param owner its number, not 0
 * \return PC_OK; PC_ERR_STALE; PC_ERR_INVALID if it has an owner already; PC_ERR_MEMORY
 */
int pc_card_ram_own(struct pc_card_ram *ram, struct pc_handle handle, uint32_t owner);

/** The owner of a block; 0 if it has none, or is stale. */
uint32_t pc_card_ram_owner(const struct pc_card_ram *ram, struct pc_handle handle);

/** Bytes that an owner's blocks hold on a side, whole granules. */
uint64_t pc_card_ram_owned(const struct pc_card_ram *ram, enum pc_ram_side side, uint32_t owner);

/**
 * Writes into a block, and brings its checksums up to date.
 * \return PC_OK; PC_ERR_STALE; PC_ERR_RANGE outside the block or in what has been given back;
 *         PC_ERR_INVALID without a backing store
 */
int pc_card_ram_write(struct pc_card_ram *ram,
                      struct pc_handle handle,
                      uint32_t offset,
                      const void *from,
                      uint32_t length);

/** Reads from a block. \return as pc_card_ram_write() */
int pc_card_ram_read(const struct pc_card_ram *ram,
                     struct pc_handle handle,
                     uint32_t offset,
                     void *to,
                     uint32_t length);

/**
 * The sum of a part of a block: of the granules that lie in it whole as it was kept, of the edges
 * as they are read again.
 * \param[out] sum as pc_sum_bytes() has it
 * \param[out] edge_bytes bytes read again
 * \return as pc_card_ram_write()
 */
int pc_card_ram_sum(const struct pc_card_ram *ram,
                    struct pc_handle handle,
                    uint32_t offset,
                    uint32_t length,
                    uint16_t *sum,
                    uint32_t *edge_bytes);

/**
 * Flips the bits of \p mask in one byte, as failing memory does: the sum kept is not told.
 * \return as pc_card_ram_write()
 */
int pc_card_ram_flip(struct pc_card_ram *ram,
                     struct pc_handle handle,
                     uint32_t offset,
                     uint8_t mask);

/** What \p bytes take, in whole granules. */
uint64_t pc_card_ram_padded(const struct pc_card_ram *ram, uint32_t bytes);

/** Bytes that a side has left, in whole granules; PC_UNLIMITED where it has no limit. */
uint64_t pc_card_ram_room(const struct pc_card_ram *ram, enum pc_ram_side side);

/** A side's capacity in bytes, rounded down to granules; PC_UNLIMITED. */
uint64_t pc_card_ram_capacity(const struct pc_card_ram *ram, enum pc_ram_side side);

/** Bytes that a side holds, whole granules. */
uint64_t pc_card_ram_held(const struct pc_card_ram *ram, enum pc_ram_side side);

/** The most bytes that a side has held since the last reset, whole granules. */
uint64_t pc_card_ram_peak(const struct pc_card_ram *ram, enum pc_ram_side side);

/** The mean of the bytes held from the last reset to \p now_ps, weighted by time. */
double pc_card_ram_mean(const struct pc_card_ram *ram, enum pc_ram_side side, pc_time now_ps);

/** Peaks and means begin anew. */
void pc_card_ram_stats_reset(struct pc_card_ram *ram, pc_time now_ps);

#ifdef __cplusplus
}
#endif

#endif
