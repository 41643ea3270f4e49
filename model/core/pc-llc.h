/**
 * \file
 * The last-level cache as DMA sees it (Intel's DDIO): what a card writes into host memory is put
 * into a share of the cache, as long as what is in flight fits it, and goes to DRAM beyond that.
 *
 * In flight is what DMA has written and nobody has read yet. A write finds as much room as the
 * bytes that are warm leave of the share; what is read gives its room back. So in a steady state
 * with F bytes in flight and a share of C, the share that misses is 1 - C/F, or 0 while F is at
 * most C. A cache with sets and ways is not as sharp: it loses lines before it is full.
 */
#ifndef PC_LLC_H
#define PC_LLC_H

#include "pc-core.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Miss fractions below 0 mean that the model itself tells. */
#define PC_LLC_MODEL (-1.0)

/** The cache's share for DMA, and what is in it. The caller owns it; all zero has no share. */
struct pc_llc
{
    uint64_t share_bytes;    /**< in: for DMA; 0: everything goes to DRAM */
    uint64_t reserved_bytes; /**< in: of which empty buffers take, that wait for frames */
    double forced_miss;      /**< in: 0..1: misses whatever is in flight; PC_LLC_MODEL: none forced */
    double miss_rest;        /* of a forced fraction, below one byte */
    uint64_t in_flight_bytes;
    uint64_t warm_bytes; /* of those in flight */
    uint64_t peak_bytes; /* most in flight since the last reset */
    uint64_t written_bytes;
    uint64_t missed_bytes;
};

/** An empty cache. \return PC_OK, or PC_ERR_INVALID for a forced fraction above 1 */
int pc_llc_init(struct pc_llc *llc, uint64_t share_bytes, double forced_miss);

/** DMA writes \p bytes into host memory. \return how many of them lie in the cache */
uint64_t pc_llc_write(struct pc_llc *llc, uint64_t bytes);

/** Of what was written, \p bytes are read for good, or thrown away, of which \p warm were cached. */
void pc_llc_read(struct pc_llc *llc, uint64_t bytes, uint64_t warm);

/** The share of the bytes written since the last reset that went to DRAM; 0 if there are none. */
double pc_llc_miss_fraction(const struct pc_llc *llc);

/** Statistics begin anew; what is in flight stays. */
void pc_llc_reset(struct pc_llc *llc);

#ifdef __cplusplus
}
#endif

#endif
