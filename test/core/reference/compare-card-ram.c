/* Card RAM against blocks that each have bytes of their own, and are looked through one by one. */

#include "operations.h"
#include "reference-sum.h"

#include "pc-card-ram.h"

#include <math.h>
#include <string.h>

#define BLOCKS 24
#define LARGEST 1500
#define OWNERS 5

/* A block as the reference has it. */
struct block
{
    struct pc_handle handle;
    enum pc_ram_side side;
    uint32_t size;
    uint32_t given_back; /* whole granules from the front, in bytes */
    uint64_t used;       /* when it was used last */
    uint32_t pins;       /* uses under way */
    uint32_t owner;      /* 0 for none */
    bool live;
    uint8_t bytes[LARGEST];
    uint8_t summed[LARGEST]; /* the bytes as they were when their granule was summed */
};

/* One side. */
struct side
{
    uint64_t peak; /* bytes */
    double byte_ps; /* held, integrated over time */
};

struct reference
{
    struct pc_card_ram ram;
    struct block block[BLOCKS];
    struct side side[PC_RAM_SIDES];
    uint64_t clock;
    pc_time now;
    pc_time reset;
};

static uint64_t
padded(const struct reference *r, uint32_t bytes)
{
    uint64_t granule = r->ram.config.granule_bytes;
    return (bytes + granule - 1) / granule * granule;
}

/* True for a live block of a side that an owner has; 0: that anybody has, or nobody. */
static bool
counts(const struct block *b, enum pc_ram_side side, uint32_t owner)
{
    return b->live && b->side == side && (owner == 0 || b->owner == owner);
}

/* What an owner holds on a side; 0: what all of them do, and nobody. */
static uint64_t
held(const struct reference *r, enum pc_ram_side side, uint32_t owner)
{
    uint64_t sum = 0;
    for (int i = 0; i < BLOCKS; i++)
    {
        const struct block *b = &r->block[i];
        sum += counts(b, side, owner) ? padded(r, b->size) - b->given_back : 0;
    }
    return sum;
}

/* The least recently used block that nobody uses: of an owner; 0: of all. */
static const struct block *
oldest(const struct reference *r, enum pc_ram_side side, uint32_t owner)
{
    const struct block *first = NULL;
    for (int i = 0; i < BLOCKS; i++)
    {
        const struct block *b = &r->block[i];
        if (counts(b, side, owner) && b->pins == 0 && (first == NULL || b->used < first->used))
        {
            first = b;
        }
    }
    return first;
}

static void
compare_oldest(const struct reference *r, enum pc_ram_side side, uint32_t owner)
{
    const struct block *first = oldest(r, side, owner);
    struct pc_handle handle;
    int found = owner == 0 ? pc_card_ram_oldest(&r->ram, side, &handle)
                           : pc_card_ram_oldest_of(&r->ram, side, owner, &handle);
    MUST_EQUAL(found, first != NULL ? PC_OK : PC_ERR_RANGE);
    MUST(first == NULL || pc_handle_equals(handle, first->handle));
}

static void
compare_block(const struct reference *r, const struct block *b)
{
    MUST_EQUAL(pc_card_ram_is_live(&r->ram, b->handle), b->live);
    MUST_EQUAL(pc_card_ram_size(&r->ram, b->handle), b->live ? b->size : 0);
    MUST_EQUAL(pc_card_ram_front(&r->ram, b->handle), b->live ? b->given_back : 0);
    MUST_EQUAL(pc_card_ram_pins(&r->ram, b->handle), b->live ? b->pins : 0);
    MUST_EQUAL(pc_card_ram_owner(&r->ram, b->handle), b->live ? b->owner : 0);
}

static void
compare_side(struct reference *r, enum pc_ram_side name)
{
    struct side *side = &r->side[name];
    const struct pc_ram_stats *stats = &r->ram.stats[name];
    uint64_t now_held = held(r, name, 0);
    side->peak = now_held > side->peak ? now_held : side->peak;
    MUST_EQUAL(pc_card_ram_held(&r->ram, name), now_held);
    MUST_EQUAL(pc_card_ram_peak(&r->ram, name), side->peak);
    MUST_EQUAL(stats->handed_granules, stats->released_granules + stats->held_granules);
    uint64_t capacity = r->ram.config.capacity_bytes[name];
    MUST(pc_card_ram_room(&r->ram, name) ==
         (capacity == PC_UNLIMITED ? PC_UNLIMITED : capacity - now_held));
    double span = (double)(r->now - r->reset);
    double mean = span > 0 ? side->byte_ps / span : (double)now_held;
    MUST(fabs(pc_card_ram_mean(&r->ram, name, r->now) - mean) <= 1e-6 * (1 + mean));
    compare_oldest(r, name, 0);
    for (uint32_t owner = 1; owner <= OWNERS; owner++)
    {
        MUST_EQUAL(pc_card_ram_owned(&r->ram, name, owner), held(r, name, owner));
        compare_oldest(r, name, owner);
    }
}

static void
allocate(struct reference *r, struct block *b, struct operations *from)
{
    enum pc_ram_side side = operations_below(from, 2) ? PC_RAM_TX : PC_RAM_RX;
    uint32_t size = operations_below(from, LARGEST + 1);
    uint64_t capacity = r->ram.config.capacity_bytes[side];
    bool fits = capacity == PC_UNLIMITED || held(r, side, 0) + padded(r, size) <= capacity;
    struct pc_handle handle;
    int expected = size == 0 ? PC_ERR_INVALID : fits ? PC_OK : PC_ERR_NO_ROOM;
    MUST_EQUAL(pc_card_ram_alloc(&r->ram, side, size, r->now, &handle), expected);
    if (expected == PC_OK)
    {
        memset(b, 0, sizeof(*b));
        b->handle = handle;
        b->side = side;
        b->size = size;
        b->live = true;
        b->used = ++r->clock;
    }
}

/* What an access to a part of a block comes to. */
static int
access_error(const struct reference *r, const struct block *b, uint32_t offset, uint32_t length)
{
    if (!b->live)
    {
        return PC_ERR_STALE;
    }
    if (!r->ram.config.backing)
    {
        return PC_ERR_INVALID;
    }
    return offset + length > b->size || offset < b->given_back ? PC_ERR_RANGE : PC_OK;
}

static void
write_part(struct reference *r, struct block *b, uint32_t offset, uint32_t length, uint8_t seed)
{
    uint8_t bytes[LARGEST + 2] = {0};
    for (uint32_t i = 0; i < length; i++)
    {
        bytes[i] = (uint8_t)(seed + 7 * i);
    }
    int expected = access_error(r, b, offset, length);
    MUST_EQUAL(pc_card_ram_write(&r->ram, b->handle, offset, bytes, length), expected);
    if (expected != PC_OK || length == 0)
    {
        return;
    }
    memcpy(b->bytes + offset, bytes, length);
    uint32_t granule = r->ram.config.granule_bytes;
    uint32_t begin = offset / granule * granule;
    uint64_t end = padded(r, offset + length);
    end = end < b->size ? end : b->size;
    memcpy(b->summed + begin, b->bytes + begin, end - begin);
}

/* A granule is summed as it was written; where the part covers it only partly, as it is now. */
static void
sum_part(const struct reference *r, const struct block *b, uint32_t offset, uint32_t length)
{
    uint8_t as_summed[LARGEST + 2] = {0};
    uint32_t granule = r->ram.config.granule_bytes;
    uint32_t expected_edges = 0;
    int expected = access_error(r, b, offset, length);
    for (uint32_t i = 0; expected == PC_OK && i < length; i++)
    {
        uint32_t first = (offset + i) / granule * granule;
        uint32_t end = first + granule < b->size ? first + granule : b->size;
        bool edge = first < offset || end > offset + length;
        as_summed[i] = edge ? b->bytes[offset + i] : b->summed[offset + i];
        expected_edges += edge;
    }
    uint16_t sum;
    uint32_t edges;
    MUST_EQUAL(pc_card_ram_sum(&r->ram, b->handle, offset, length, &sum, &edges), expected);
    if (expected == PC_OK)
    {
        MUST_EQUAL(sum % 0xffff, reference_sum(as_summed, length));
        MUST_EQUAL(edges, expected_edges);
    }
}

static void
read_part(const struct reference *r, const struct block *b, uint32_t offset, uint32_t length)
{
    uint8_t bytes[LARGEST + 2] = {0};
    int expected = access_error(r, b, offset, length);
    MUST_EQUAL(pc_card_ram_read(&r->ram, b->handle, offset, bytes, length), expected);
    MUST(expected != PC_OK || memcmp(bytes, b->bytes + offset, length) == 0);
}

static void
release(struct reference *r, struct block *b, uint32_t below)
{
    MUST_EQUAL(pc_card_ram_release_below(&r->ram, b->handle, below, r->now),
               b->live ? PC_OK : PC_ERR_STALE);
    uint32_t granule = r->ram.config.granule_bytes;
    uint32_t whole = below / granule * granule;
    b->given_back = whole > b->given_back ? whole : b->given_back;
    b->live = b->live && below < b->size;
}

/* A use begins or ends, or somebody becomes the owner. */
static void
use(struct reference *r, struct block *b, struct operations *from)
{
    uint32_t what = operations_below(from, OWNERS + 4);
    bool pinned = b->live && b->pins > 0;
    bool owned = b->live && b->owner != 0;
    if (what < 2)
    {
        MUST_EQUAL(pc_card_ram_pin(&r->ram, b->handle), b->live ? PC_OK : PC_ERR_STALE);
        b->pins += b->live;
    }
    else if (what < 4)
    {
        MUST_EQUAL(pc_card_ram_unpin(&r->ram, b->handle),
                   !b->live ? PC_ERR_STALE : pinned ? PC_OK : PC_ERR_INVALID);
        b->pins -= pinned;
        b->used = pinned && b->pins == 0 ? ++r->clock : b->used;
    }
    else
    {
        uint32_t owner = what - 3;
        MUST_EQUAL(pc_card_ram_own(&r->ram, b->handle, owner),
                   !b->live ? PC_ERR_STALE : owned ? PC_ERR_INVALID : PC_OK);
        b->owner = b->live && !owned ? owner : b->owner;
    }
}

static void
step(struct reference *r, struct operations *from)
{
    struct block *b = &r->block[operations_below(from, BLOCKS)];
    uint32_t what = operations_below(from, 9);
    uint32_t offset = operations_below(from, LARGEST + 1);
    uint32_t length = operations_below(from, b->live && offset < b->size ? b->size - offset + 2 : 2);
    switch (what)
    {
    case 0:
        MUST_EQUAL(pc_card_ram_free(&r->ram, b->handle, r->now), b->live ? PC_OK : PC_ERR_STALE);
        b->live = false;
        break;
    case 1:
        release(r, b, offset);
        break;
    case 2:
        MUST_EQUAL(pc_card_ram_touch(&r->ram, b->handle), b->live ? PC_OK : PC_ERR_STALE);
        b->used = b->pins == 0 ? ++r->clock : b->used;
        break;
    case 3:
    case 4:
        write_part(r, b, offset, length, (uint8_t)operations_below(from, 256));
        break;
    case 5:
        sum_part(r, b, offset, length);
        break;
    case 6:
        MUST_EQUAL(pc_card_ram_flip(&r->ram, b->handle, offset, 0x40), access_error(r, b, offset, 1));
        b->bytes[offset < LARGEST ? offset : 0] ^=
            access_error(r, b, offset, 1) == PC_OK ? 0x40 : 0;
        break;
    case 7:
        use(r, b, from);
        break;
    default:
        read_part(r, b, offset, length);
        break;
    }
    compare_block(r, b);
}

/* Handles that were never given out name nothing. */
static void
forge(struct reference *r, struct operations *from)
{
    struct pc_handle forged = {operations_below(from, 100), operations_below(from, 64)};
    bool live = false;
    for (int i = 0; i < BLOCKS; i++)
    {
        live = live || (r->block[i].live && pc_handle_equals(forged, r->block[i].handle));
    }
    MUST_EQUAL(pc_card_ram_is_live(&r->ram, forged), live);
    MUST(live || pc_card_ram_size(&r->ram, forged) == 0);
}

static void
pass(struct reference *r, pc_time span)
{
    for (int side = 0; side < PC_RAM_SIDES; side++)
    {
        r->side[side].byte_ps += (double)held(r, (enum pc_ram_side)side, 0) * (double)span;
    }
    r->now += span;
}

static void
reset(struct reference *r)
{
    pc_card_ram_stats_reset(&r->ram, r->now);
    r->reset = r->now;
    for (int side = 0; side < PC_RAM_SIDES; side++)
    {
        r->side[side] = (struct side){held(r, (enum pc_ram_side)side, 0), 0};
    }
}

static void
begin(struct reference *r, struct operations *from)
{
    static const uint32_t granules[] = {256, 64, 7, 1};
    memset(r, 0, sizeof(*r));
    struct pc_card_ram_config config = {.granule_bytes = granules[operations_below(from, 4)]};
    for (int side = 0; side < PC_RAM_SIDES; side++)
    {
        uint32_t capacity = operations_below(from, 0x4000);
        config.capacity_bytes[side] = capacity < 0x1000 ? PC_UNLIMITED : capacity;
    }
    config.backing = operations_below(from, 8) != 0;
    MUST_EQUAL(pc_card_ram_init(&r->ram, &config), PC_OK);
}

void
compare_card_ram(struct operations from)
{
    static struct reference r;
    begin(&r, &from);
    while (from.left > 0)
    {
        uint32_t what = operations_below(&from, 32);
        int free_block = 0;
        while (free_block < BLOCKS && r.block[free_block].live)
        {
            free_block++;
        }
        if (what == 0)
        {
            reset(&r);
        }
        else if (what < 4)
        {
            forge(&r, &from);
        }
        else if (what < 12 && free_block < BLOCKS)
        {
            allocate(&r, &r.block[free_block], &from);
        }
        else
        {
            step(&r, &from);
        }
        pass(&r, operations_below(&from, 16));
        for (int side = 0; side < PC_RAM_SIDES; side++)
        {
            compare_side(&r, (enum pc_ram_side)side);
        }
    }
    pc_card_ram_fini(&r.ram);
}
