#include "pc-card-ram.h"

#include "pc-checksum.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

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
    ram->free_block = NONE;
    ram->free_granule = NONE;
    for (int side = 0; side < PC_RAM_SIDES; side++)
    {
        ram->oldest[side] = NONE;
        ram->youngest[side] = NONE;
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

/* The live block of a handle, or NULL. */
static struct pc_ram_block *
find(const struct pc_card_ram *ram, struct pc_handle handle)
{
    if (handle.index >= ram->block_count)
    {
        return NULL;
    }
    struct pc_ram_block *block = &ram->blocks[handle.index];
    bool live = block->generation % 2 == 1 && block->generation == handle.generation;
    return live ? block : NULL;
}

static void
lru_append(struct pc_card_ram *ram, uint32_t index)
{
    struct pc_ram_block *block = &ram->blocks[index];
    uint32_t last = ram->youngest[block->side];
    block->older = last;
    block->younger = NONE;
    ram->youngest[block->side] = index;
    if (last == NONE)
    {
        ram->oldest[block->side] = index;
    }
    else
    {
        ram->blocks[last].younger = index;
    }
}

static void
lru_remove(struct pc_card_ram *ram, uint32_t index)
{
    struct pc_ram_block *block = &ram->blocks[index];
    if (block->older == NONE)
    {
        ram->oldest[block->side] = block->younger;
    }
    else
    {
        ram->blocks[block->older].younger = block->younger;
    }
    if (block->younger == NONE)
    {
        ram->youngest[block->side] = block->older;
    }
    else
    {
        ram->blocks[block->younger].older = block->older;
    }
}

/* -- The backing store -- */

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

static void give_granules(struct pc_card_ram *ram, struct pc_ram_block *block, uint32_t count);

/* Chains granules for a block; none are taken where there are not enough. */
static int
take_granules(struct pc_card_ram *ram, struct pc_ram_block *block)
{
    uint32_t tail = NONE;
    block->chain = NONE;
    for (uint32_t i = 0; i < block->granules; i++)
    {
        if (ram->free_granule == NONE && grow_store(ram) != PC_OK)
        {
            give_granules(ram, block, i);
            return PC_ERR_MEMORY;
        }
        uint32_t granule = ram->free_granule;
        ram->free_granule = ram->next[granule];
        uint32_t granule_bytes = ram->config.granule_bytes;
        memset(ram->bytes + (size_t)granule * granule_bytes, 0, granule_bytes);
        ram->sums[granule] = 0;
        ram->next[granule] = NONE;
        *(tail == NONE ? &block->chain : &ram->next[tail]) = granule;
        tail = granule;
    }
    return PC_OK;
}

/* Puts the first \p count granules of a block back on the free list. */
static void
give_granules(struct pc_card_ram *ram, struct pc_ram_block *block, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
    {
        uint32_t granule = block->chain;
        block->chain = ram->next[granule];
        ram->next[granule] = ram->free_granule;
        ram->free_granule = granule;
    }
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
    if (ram->free_block == NONE && grow_blocks(ram) != PC_OK)
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
    if (ram->config.backing && take_granules(ram, block) != PC_OK)
    {
        return PC_ERR_MEMORY;
    }
    ram->free_block = next_free;
    block->generation++;
    lru_append(ram, index);
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
    struct pc_ram_block *block = find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (ram->config.backing)
    {
        give_granules(ram, block, block->granules);
    }
    count_release(ram, block, block->granules, now_ps);
    if (block->pins == 0)
    {
        lru_remove(ram, handle.index);
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
    struct pc_ram_block *block = find(ram, handle);
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
            give_granules(ram, block, count);
        }
        block->front = below;
        block->granules -= count;
        count_release(ram, block, count, now_ps);
    }
    return PC_OK;
}

/* -- Use, eviction, owners -- */

int
pc_card_ram_touch(struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->pins == 0)
    {
        lru_remove(ram, handle.index);
        lru_append(ram, handle.index);
    }
    return PC_OK;
}

int
pc_card_ram_pin(struct pc_card_ram *ram, struct pc_handle handle)
{
    struct pc_ram_block *block = find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->pins == 0)
    {
        lru_remove(ram, handle.index);
    }
    block->pins++;
    return PC_OK;
}

int
pc_card_ram_unpin(struct pc_card_ram *ram, struct pc_handle handle)
{
    struct pc_ram_block *block = find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->pins == 0)
    {
        return PC_ERR_INVALID;
    }
    block->pins--;
    if (block->pins == 0)
    {
        lru_append(ram, handle.index);
    }
    return PC_OK;
}

uint32_t
pc_card_ram_pins(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = find(ram, handle);
    return block == NULL ? 0 : block->pins;
}

/* The first block from \p index on, toward younger ones, that an owner has; 0: that anybody has. */
static int
first_owned(const struct pc_card_ram *ram,
            uint32_t index,
            uint32_t owner,
            struct pc_handle *handle)
{
    while (index != NONE && owner != 0 && ram->blocks[index].owner != owner)
    {
        index = ram->blocks[index].younger;
    }
    if (index == NONE)
    {
        return PC_ERR_RANGE;
    }
    handle->index = index;
    handle->generation = ram->blocks[index].generation;
    return PC_OK;
}

int
pc_card_ram_oldest(const struct pc_card_ram *ram, enum pc_ram_side side, struct pc_handle *handle)
{
    return first_owned(ram, ram->oldest[side], 0, handle);
}

int
pc_card_ram_oldest_of(const struct pc_card_ram *ram,
                      enum pc_ram_side side,
                      uint32_t owner,
                      struct pc_handle *handle)
{
    assert(owner != 0);
    return first_owned(ram, ram->oldest[side], owner, handle);
}

int
pc_card_ram_own(struct pc_card_ram *ram, struct pc_handle handle, uint32_t owner)
{
    struct pc_ram_block *block = find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->owner != 0)
    {
        return PC_ERR_INVALID;
    }
    int error = pc_ram_owners_add(&ram->owners, owner, block->side, block->granules);
    if (error == PC_OK)
    {
        block->owner = owner;
    }
    return error;
}

uint32_t
pc_card_ram_owner(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = find(ram, handle);
    return block == NULL ? 0 : block->owner;
}

uint64_t
pc_card_ram_owned(const struct pc_card_ram *ram, enum pc_ram_side side, uint32_t owner)
{
    return pc_ram_owners_get(&ram->owners, owner, side) * ram->config.granule_bytes;
}

/* -- Queries -- */

bool
pc_card_ram_is_live(const struct pc_card_ram *ram, struct pc_handle handle)
{
    return find(ram, handle) != NULL;
}

uint32_t
pc_card_ram_size(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = find(ram, handle);
    return block == NULL ? 0 : block->size;
}

uint32_t
pc_card_ram_front(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = find(ram, handle);
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

/* -- Bytes -- */

/* The block for an access to [offset, offset + length), or why there is none. */
static int
find_range(const struct pc_card_ram *ram,
           struct pc_handle handle,
           uint32_t offset,
           uint32_t length,
           const struct pc_ram_block **found)
{
    const struct pc_ram_block *block = find(ram, handle);
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
