#include "pc-llc.h"

#include <assert.h>
#include <string.h>

int
pc_llc_init(struct pc_llc *llc, uint64_t share_bytes, double forced_miss)
{
    if (!(forced_miss <= 1))
    {
        return PC_ERR_INVALID;
    }
    memset(llc, 0, sizeof(*llc));
    llc->share_bytes = share_bytes;
    llc->forced_miss = forced_miss;
    return PC_OK;
}

/* The bytes of a write that the forced fraction sends to DRAM; what is left over is carried. */
static uint64_t
forced_misses(struct pc_llc *llc, uint64_t bytes)
{
    double missed = (double)bytes * llc->forced_miss + llc->miss_rest;
    uint64_t whole = (uint64_t)missed;
    whole = whole < bytes ? whole : bytes;
    llc->miss_rest = missed - (double)whole;
    return whole;
}

/* The bytes of a write that find room in the share. */
static uint64_t
room_for(const struct pc_llc *llc, uint64_t bytes)
{
    uint64_t taken = llc->warm_bytes + llc->reserved_bytes;
    uint64_t room = llc->share_bytes > taken ? llc->share_bytes - taken : 0;
    return bytes < room ? bytes : room;
}

uint64_t
pc_llc_write(struct pc_llc *llc, uint64_t bytes)
{
    uint64_t warm =
        llc->forced_miss >= 0 ? bytes - forced_misses(llc, bytes) : room_for(llc, bytes);
    llc->in_flight_bytes += bytes;
    llc->warm_bytes += warm;
    llc->written_bytes += bytes;
    llc->missed_bytes += bytes - warm;
    if (llc->in_flight_bytes > llc->peak_bytes)
    {
        llc->peak_bytes = llc->in_flight_bytes;
    }
    return warm;
}

void
pc_llc_read(struct pc_llc *llc, uint64_t bytes, uint64_t warm)
{
    assert(warm <= bytes && bytes <= llc->in_flight_bytes && warm <= llc->warm_bytes);
    llc->in_flight_bytes -= bytes;
    llc->warm_bytes -= warm;
}

double
pc_llc_miss_fraction(const struct pc_llc *llc)
{
    return llc->written_bytes == 0 ? 0 : (double)llc->missed_bytes / (double)llc->written_bytes;
}

void
pc_llc_reset(struct pc_llc *llc)
{
    llc->peak_bytes = llc->in_flight_bytes;
    llc->written_bytes = 0;
    llc->missed_bytes = 0;
}
