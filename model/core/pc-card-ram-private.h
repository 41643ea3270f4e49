/*
 * What the parts of pc-card-ram share: the table of blocks (pc-card-ram.c), the order of their use
 * (pc-card-ram-use.c), the bytes that they hold (pc-card-ram-store.c). Nobody else includes it.
 */
#ifndef PC_CARD_RAM_PRIVATE_H
#define PC_CARD_RAM_PRIVATE_H

#include "pc-card-ram.h"

#include <stddef.h>

/* No block, or no granule. */
#define PC_RAM_NONE UINT32_MAX

/* A block, live or on the free list. */
struct pc_ram_block
{
    uint32_t generation; /* odd while live; 0 before the first use and after the last (a test sets
                            it, so it stays the first member) */
    uint32_t size;       /* bytes it was taken for */
    uint32_t front;      /* granules given back from the front */
    uint32_t granules;   /* granules still held */
    uint32_t chain;      /* backing: the first granule held */
    uint32_t older;      /* LRU neighbours; the free list uses older */
    uint32_t younger;
    enum pc_ram_side side;
    uint32_t pins;       /* uses under way; while there are any it is on no LRU list */
    uint32_t owner;      /* 0 for none */
};

/* The live block of a handle, or NULL. */
static inline struct pc_ram_block *
pc_ram_find(const struct pc_card_ram *ram, struct pc_handle handle)
{
    if (handle.index >= ram->block_count)
    {
        return NULL;
    }
    struct pc_ram_block *block = &ram->blocks[handle.index];
    bool live = block->generation % 2 == 1 && block->generation == handle.generation;
    return live ? block : NULL;
}

/* Makes a block the most recently used of its side: one that is in no order yet. */
void pc_ram_order_append(struct pc_card_ram *ram, uint32_t index);

/* Takes a block out of its side's order. */
void pc_ram_order_remove(struct pc_card_ram *ram, uint32_t index);

/* Chains granules for a block. PC_OK, or PC_ERR_MEMORY: then none are taken. */
int pc_ram_take_granules(struct pc_card_ram *ram, struct pc_ram_block *block);

/* Puts the first \p count granules of a block back on the free list. */
void pc_ram_give_granules(struct pc_card_ram *ram, struct pc_ram_block *block, uint32_t count);

#endif
