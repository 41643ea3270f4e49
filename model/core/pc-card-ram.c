#include "pc-card-ram-private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PC_RAM_SIDES == PC_OWNER_SIDES, "owners are counted by side");

static uint32_t
granules_of(const struct pc_card_ram *ram, uint32_t bytes)
{
    uint32_t granule = ram->config.granule_bytes;
    return bytes / granule + (bytes % granule != 0);
}

int
pc_card_ram_init(struct pc_card_ram *ram, const struct pc_card_ram_config *config)
{
    if (config->granule_bytes == 0)
    {
        return PC_ERR_INVALID;
    }
    memset(ram, 0, sizeof(*ram));
    ram->config = *config;
    ram->free_block = PC_RAM_NONE;
    ram->free_granule = PC_RAM_NONE;
    for (int side = 0; side < PC_RAM_SIDES; side++)
    {
        ram->oldest[side] = PC_RAM_NONE;
        ram->youngest[side] = PC_RAM_NONE;
        if (config->capacity_bytes[side] != PC_UNLIMITED)
        {
            uint64_t capacity = config->capacity_bytes[side];
            ram->config.capacity_bytes[side] = capacity - capacity % config->granule_bytes;
        }
    }
    return PC_OK;
}

void
pc_card_ram_fini(struct pc_card_ram *ram)
{
    free(ram->blocks);
    free(ram->bytes);
    free(ram->sums);
    free(ram->next);
    pc_ram_owners_fini(&ram->owners);
    memset(ram, 0, sizeof(*ram));
}

/* -- Statistics -- */

static void
integrate(struct pc_ram_stats *stats, pc_time now_ps)
{
    if (now_ps > stats->integrated_ps)
    {
        double seconds = (double)(now_ps - stats->integrated_ps) / (double)PC_PS_PER_S;
        stats->granule_seconds += seconds * (double)stats->held_granules;
        stats->integrated_ps = now_ps;
    }
}

static void
count_change(struct pc_card_ram *ram,
             enum pc_ram_side side,
             uint32_t taken,
             uint32_t released,
             pc_time now_ps)
{
    struct pc_ram_stats *stats = &ram->stats[side];
    integrate(stats, now_ps);
    stats->handed_granules += taken;
    stats->released_granules += released;
    stats->held_granules += taken;
    stats->held_granules -= released;
    if (stats->held_granules > stats->peak_granules)
    {
        stats->peak_granules = stats->held_granules;
    }
    assert(stats->handed_granules == stats->released_granules + stats->held_granules);
}

void
pc_card_ram_stats_reset(struct pc_card_ram *ram, pc_time now_ps)
{
    for (int side = 0; side < PC_RAM_SIDES; side++)
    {
        struct pc_ram_stats *stats = &ram->stats[side];
        stats->peak_granules = stats->held_granules;
        stats->granule_seconds = 0;
        stats->integrated_ps = now_ps;
        stats->reset_ps = now_ps;
    }
}

double
pc_card_ram_mean(const struct pc_card_ram *ram, enum pc_ram_side side, pc_time now_ps)
{
    struct pc_ram_stats stats = ram->stats[side];
    integrate(&stats, now_ps);
    double seconds = (double)(stats.integrated_ps - stats.reset_ps) / (double)PC_PS_PER_S;
    double granules =
        seconds > 0 ? stats.granule_seconds / seconds : (double)stats.held_granules;
    return granules * ram->config.granule_bytes;
}

/* -- The table of blocks -- */

/* Twice as many blocks, the new ones on the free list. */
static int
grow_blocks(struct pc_card_ram *ram)
{
    if (ram->block_count > UINT32_MAX / 2)
    {
        return PC_ERR_MEMORY; /* indices are 32 bits */
    }
    uint32_t count = ram->block_count == 0 ? 64 : ram->block_count * 2;
    struct pc_ram_block *blocks = realloc(ram->blocks, count * sizeof(*blocks));
    if (blocks == NULL)
    {
        return PC_ERR_MEMORY;
    }
    ram->blocks = blocks;
    for (uint32_t i = count; i-- > ram->block_count;)
    {
        blocks[i].generation = 0;
        blocks[i].older = ram->free_block;
        ram->free_block = i;
    }
    ram->block_count = count;
    return PC_OK;
}

/* -- Taking and giving back -- */

int
pc_card_ram_alloc(struct pc_card_ram *ram,
                  enum pc_ram_side side,
                  uint32_t bytes,
                  pc_time now_ps,
                  struct pc_handle *handle)
{
    if (bytes == 0)
    {
        return PC_ERR_INVALID;
    }
    uint32_t granules = granules_of(ram, bytes);
    if (pc_card_ram_padded(ram, bytes) > pc_card_ram_room(ram, side))
    {
        ram->stats[side].refusals++;
        return PC_ERR_NO_ROOM;
    }
    if (ram->free_block == PC_RAM_NONE && grow_blocks(ram) != PC_OK)
    {
        return PC_ERR_MEMORY;
    }
    uint32_t index = ram->free_block;
    struct pc_ram_block *block = &ram->blocks[index];
    uint32_t next_free = block->older;
    block->size = bytes;
    block->front = 0;
    block->granules = granules;
    block->side = side;
    block->pins = 0;
    block->owner = 0;
    if (ram->config.backing && pc_ram_take_granules(ram, block) != PC_OK)
    {
        return PC_ERR_MEMORY;
    }
    ram->free_block = next_free;
    block->generation++;
    pc_ram_order_append(ram, index);
    ram->stats[side].allocations++;
    count_change(ram, side, granules, 0, now_ps);
    handle->index = index;
    handle->generation = block->generation;
    return PC_OK;
}

/* Counts granules of a block that are given back, for its side and its owner. */
static void
count_release(struct pc_card_ram *ram,
              const struct pc_ram_block *block,
              uint32_t granules,
              pc_time now_ps)
{
    count_change(ram, block->side, 0, granules, now_ps);
    if (block->owner != 0)
    {
        pc_ram_owners_sub(&ram->owners, block->owner, block->side, granules);
    }
}

/* Ends a block's generation. It goes on the free list, unless its generations are used up: the next
 * one would be an old handle's. */
static void
retire(struct pc_card_ram *ram, uint32_t index)
{
    struct pc_ram_block *block = &ram->blocks[index];
    block->generation++;
    block->granules = 0;
    if (block->generation != 0)
    {
        block->older = ram->free_block;
        ram->free_block = index;
    }
}

int
pc_card_ram_free(struct pc_card_ram *ram, struct pc_handle handle, pc_time now_ps)
{
    struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (ram->config.backing)
    {
        pc_ram_give_granules(ram, block, block->granules);
    }
    count_release(ram, block, block->granules, now_ps);
    if (block->pins == 0)
    {
        pc_ram_order_remove(ram, handle.index);
    }
    ram->stats[block->side].frees++;
    retire(ram, handle.index);
    return PC_OK;
}

int
pc_card_ram_release_below(struct pc_card_ram *ram,
                          struct pc_handle handle,
                          uint32_t offset,
                          pc_time now_ps)
{
    struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (offset >= block->size)
    {
        return pc_card_ram_free(ram, handle, now_ps);
    }
    uint32_t below = offset / ram->config.granule_bytes;
    if (below > block->front)
    {
        uint32_t count = below - block->front;
        if (ram->config.backing)
        {
            pc_ram_give_granules(ram, block, count);
        }
        block->front = below;
        block->granules -= count;
        count_release(ram, block, count, now_ps);
    }
    return PC_OK;
}

/* -- Queries -- */

bool
pc_card_ram_is_live(const struct pc_card_ram *ram, struct pc_handle handle)
{
    return pc_ram_find(ram, handle) != NULL;
}

uint32_t
pc_card_ram_size(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = pc_ram_find(ram, handle);
    return block == NULL ? 0 : block->size;
}

uint32_t
pc_card_ram_front(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = pc_ram_find(ram, handle);
    return block == NULL ? 0 : block->front * ram->config.granule_bytes;
}

uint64_t
pc_card_ram_held(const struct pc_card_ram *ram, enum pc_ram_side side)
{
    return ram->stats[side].held_granules * ram->config.granule_bytes;
}

uint64_t
pc_card_ram_padded(const struct pc_card_ram *ram, uint32_t bytes)
{
    return (uint64_t)granules_of(ram, bytes) * ram->config.granule_bytes;
}

uint64_t
pc_card_ram_capacity(const struct pc_card_ram *ram, enum pc_ram_side side)
{
    return ram->config.capacity_bytes[side];
}

uint64_t
pc_card_ram_room(const struct pc_card_ram *ram, enum pc_ram_side side)
{
    uint64_t capacity = pc_card_ram_capacity(ram, side);
    return capacity == PC_UNLIMITED ? PC_UNLIMITED : capacity - pc_card_ram_held(ram, side);
}

uint64_t
pc_card_ram_peak(const struct pc_card_ram *ram, enum pc_ram_side side)
{
    return ram->stats[side].peak_granules * ram->config.granule_bytes;
}
