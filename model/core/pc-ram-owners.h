/**
 * \file
 * How much of a card's memory each owner, a socket, holds: a count by the owner's number, on each
 * side. An owner is known while it holds something, so nobody has to announce or to remove one.
 */
#ifndef PC_RAM_OWNERS_H
#define PC_RAM_OWNERS_H

#include "pc-core.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The sides that are counted apart. */
#define PC_OWNER_SIDES 2

/** One owner; internal. */
struct pc_ram_owner
{
    uint32_t owner; /* 0: a free place */
    uint64_t granules[PC_OWNER_SIDES];
};

/** The counts: a hash table with open addressing. All zero is empty. The caller owns it. */
struct pc_ram_owners
{
    struct pc_ram_owner *places;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;    /* owners that hold something */
};

/** Gives the simulator's memory back. The table is then empty. */
void pc_ram_owners_fini(struct pc_ram_owners *owners);

/**
 * An owner holds more. Nothing changes on an error.
 * \param owner its number, not 0
 * \return PC_OK or PC_ERR_MEMORY
 */
int pc_ram_owners_add(struct pc_ram_owners *owners,
                      uint32_t owner,
                      unsigned side,
                      uint64_t granules);

/** An owner holds less, by no more than it holds. */
void pc_ram_owners_sub(struct pc_ram_owners *owners,
                       uint32_t owner,
                       unsigned side,
                       uint64_t granules);

/** What an owner holds on a side, granules. */
uint64_t pc_ram_owners_get(const struct pc_ram_owners *owners, uint32_t owner, unsigned side);

#ifdef __cplusplus
}
#endif

#endif
