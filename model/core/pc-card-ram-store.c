/* The backing store: the bytes that blocks hold, as chains of granules, each with its checksum. */
#include "pc-card-ram-private.h"
#include "pc-checksum.h"

#include <stdlib.h>
#include <string.h>

/* -- Granules -- */

/* Twice as many granules, the new ones on the free list. */
static int
grow_store(struct pc_card_ram *ram)
{
    if (ram->granule_count > UINT32_MAX / 2)
    {
        return PC_ERR_MEMORY; /* indices are 32 bits */
    }
    size_t granule = ram->config.granule_bytes;
    uint32_t count = ram->granule_count == 0 ? 1024 : ram->granule_count * 2;
    uint8_t *bytes = realloc(ram->bytes, count * granule);
    ram->bytes = bytes != NULL ? bytes : ram->bytes;
    uint16_t *sums = realloc(ram->sums, count * sizeof(*sums));
    ram->sums = sums != NULL ? sums : ram->sums;
    uint32_t *next = realloc(ram->next, count * sizeof(*next));
    ram->next = next != NULL ? next : ram->next;
    if (bytes == NULL || sums == NULL || next == NULL)
    {
        return PC_ERR_MEMORY;
    }
    for (uint32_t i = count; i-- > ram->granule_count;)
    {
        next[i] = ram->free_granule;
        ram->free_granule = i;
    }
    ram->granule_count = count;
    return PC_OK;
}

int
pc_ram_take_granules(struct pc_card_ram *ram, struct pc_ram_block *block)
{
    uint32_t tail = PC_RAM_NONE;
    block->chain = PC_RAM_NONE;
    for (uint32_t i = 0; i < block->granules; i++)
    {
        if (ram->free_granule == PC_RAM_NONE && grow_store(ram) != PC_OK)
        {
            pc_ram_give_granules(ram, block, i);
            return PC_ERR_MEMORY;
        }
        uint32_t granule = ram->free_granule;
        ram->free_granule = ram->next[granule];
        uint32_t granule_bytes = ram->config.granule_bytes;
        memset(ram->bytes + (size_t)granule * granule_bytes, 0, granule_bytes);
        ram->sums[granule] = 0;
        ram->next[granule] = PC_RAM_NONE;
        *(tail == PC_RAM_NONE ? &block->chain : &ram->next[tail]) = granule;
        tail = granule;
    }
    return PC_OK;
}

void
pc_ram_give_granules(struct pc_card_ram *ram, struct pc_ram_block *block, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
    {
        uint32_t granule = block->chain;
        block->chain = ram->next[granule];
        ram->next[granule] = ram->free_granule;
        ram->free_granule = granule;
    }
}

/* -- Bytes -- */

/* The block for an access to [offset, offset + length), or why there is none. */
static int
find_range(const struct pc_card_ram *ram,
           struct pc_handle handle,
           uint32_t offset,
           uint32_t length,
           const struct pc_ram_block **found)
{
    const struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (!ram->config.backing)
    {
        return PC_ERR_INVALID;
    }
    if ((uint64_t)offset + length > block->size ||
        offset / ram->config.granule_bytes < block->front)
    {
        return PC_ERR_RANGE;
    }
    *found = block;
    return PC_OK;
}

/* A walk through the granules of a part of a block. */
struct walk
{
    uint32_t granule; /* its number in the store */
    uint32_t begin;   /* where in the granule the part begins */
    uint32_t length;  /* bytes of the part in this granule */
    uint32_t filled;  /* bytes of the block in this granule: short in the last one */
    uint32_t at;      /* where in the block the granule begins */
    uint32_t end;     /* where in the block the part ends */
};

static void
walk_here(const struct pc_card_ram *ram, const struct pc_ram_block *block, struct walk *walk)
{
    uint32_t granule_bytes = ram->config.granule_bytes;
    uint32_t left = block->size - walk->at;
    walk->filled = left < granule_bytes ? left : granule_bytes;
    uint32_t stop = walk->at + walk->filled;
    stop = walk->end < stop ? walk->end : stop;
    walk->length = stop > walk->at + walk->begin ? stop - walk->at - walk->begin : 0;
}

static struct walk
walk_begin(const struct pc_card_ram *ram,
           const struct pc_ram_block *block,
           uint32_t offset,
           uint32_t length)
{
    uint32_t number = offset / ram->config.granule_bytes;
    struct walk walk = {.granule = block->chain, .end = offset + length};
    for (uint32_t i = block->front; i < number; i++)
    {
        walk.granule = ram->next[walk.granule];
    }
    walk.at = number * ram->config.granule_bytes;
    walk.begin = offset - walk.at;
    walk_here(ram, block, &walk);
    return walk;
}

static void
walk_next(const struct pc_card_ram *ram, const struct pc_ram_block *block, struct walk *walk)
{
    if (walk->end - walk->at <= ram->config.granule_bytes)
    {
        walk->length = 0; /* compared, not added: the next granule may begin beyond 32 bits */
        return;
    }
    walk->at += ram->config.granule_bytes;
    walk->begin = 0;
    walk->granule = ram->next[walk->granule];
    walk_here(ram, block, walk);
}

static uint8_t *
granule_bytes_at(const struct pc_card_ram *ram, const struct walk *walk)
{
    return ram->bytes + (size_t)walk->granule * ram->config.granule_bytes;
}

int
pc_card_ram_write(struct pc_card_ram *ram,
                  struct pc_handle handle,
                  uint32_t offset,
                  const void *from,
                  uint32_t length)
{
    const struct pc_ram_block *block;
    int error = find_range(ram, handle, offset, length, &block);
    if (error != PC_OK || length == 0)
    {
        return error;
    }
    const uint8_t *bytes = from;
    struct walk walk = walk_begin(ram, block, offset, length);
    for (; walk.length > 0; walk_next(ram, block, &walk))
    {
        uint8_t *granule = granule_bytes_at(ram, &walk);
        memcpy(granule + walk.begin, bytes, walk.length);
        ram->sums[walk.granule] = pc_sum_bytes(granule, walk.filled);
        bytes += walk.length;
    }
    return PC_OK;
}

int
pc_card_ram_read(const struct pc_card_ram *ram,
                 struct pc_handle handle,
                 uint32_t offset,
                 void *to,
                 uint32_t length)
{
    const struct pc_ram_block *block;
    int error = find_range(ram, handle, offset, length, &block);
    if (error != PC_OK || length == 0)
    {
        return error;
    }
    uint8_t *bytes = to;
    struct walk walk = walk_begin(ram, block, offset, length);
    for (; walk.length > 0; walk_next(ram, block, &walk))
    {
        memcpy(bytes, granule_bytes_at(ram, &walk) + walk.begin, walk.length);
        bytes += walk.length;
    }
    return PC_OK;
}

int
pc_card_ram_sum(const struct pc_card_ram *ram,
                struct pc_handle handle,
                uint32_t offset,
                uint32_t length,
                uint16_t *sum,
                uint32_t *edge_bytes)
{
    const struct pc_ram_block *block;
    *sum = 0;
    *edge_bytes = 0;
    int error = find_range(ram, handle, offset, length, &block);
    if (error != PC_OK || length == 0)
    {
        return error;
    }
    uint32_t done = 0;
    struct walk walk = walk_begin(ram, block, offset, length);
    for (; walk.length > 0; walk_next(ram, block, &walk))
    {
        bool whole = walk.length == walk.filled;
        const uint8_t *bytes = granule_bytes_at(ram, &walk) + walk.begin;
        uint16_t part = whole ? ram->sums[walk.granule] : pc_sum_bytes(bytes, walk.length);
        *sum = pc_sum_combine(*sum, done % 2 != 0, part);
        *edge_bytes += whole ? 0 : walk.length;
        done += walk.length;
    }
    return PC_OK;
}

int
pc_card_ram_flip(struct pc_card_ram *ram, struct pc_handle handle, uint32_t offset, uint8_t mask)
{
    const struct pc_ram_block *block;
    int error = find_range(ram, handle, offset, 1, &block);
    if (error == PC_OK)
    {
        struct walk walk = walk_begin(ram, block, offset, 1);
        granule_bytes_at(ram, &walk)[walk.begin] ^= mask;
    }
    return error;
}
