/* Card RAM against a slow, obvious model, under random operations. */

#include "pc-card-ram.h"
#include "pc-checksum.h"

#include "pc-test.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS 64
#define LARGEST 5000
#define OWNERS 40

/* A block as the model knows it. */
struct model_block
{
    struct pc_handle handle;
    enum pc_ram_side side;
    uint32_t size;
    uint32_t released; /* whole granules from the front, in bytes */
    uint64_t used;     /* when it was used last */
    uint32_t pins;     /* uses under way */
    uint32_t owner;    /* 0 for none */
    bool live;
    uint8_t bytes[LARGEST];
};

struct model
{
    struct pc_card_ram ram;
    struct model_block block[BLOCKS];
    uint64_t clock;
    uint64_t random;
};

static uint64_t
held(const struct model *m, enum pc_ram_side side)
{
    uint32_t granule = m->ram.config.granule_bytes;
    uint64_t sum = 0;
    for (int i = 0; i < BLOCKS; i++)
    {
        const struct model_block *b = &m->block[i];
        if (b->live && b->side == side)
        {
            sum += (b->size + granule - 1) / granule * granule - b->released;
        }
    }
    return sum;
}

/* The least recently used block that nobody uses: of all, or of an owner. */
static void
check_oldest(struct model *m, enum pc_ram_side side, uint32_t owner)
{
    const struct model_block *oldest = NULL;
    for (int i = 0; i < BLOCKS; i++)
    {
        const struct model_block *b = &m->block[i];
        bool counts = b->live && b->side == side && b->pins == 0;
        counts = counts && (owner == 0 || b->owner == owner);
        if (counts && (oldest == NULL || b->used < oldest->used))
        {
            oldest = b;
        }
    }
    struct pc_handle handle;
    int found = owner == 0 ? pc_card_ram_oldest(&m->ram, side, &handle)
                           : pc_card_ram_oldest_of(&m->ram, side, owner, &handle);
    CHECK_EQ(found, oldest != NULL ? PC_OK : PC_ERR_RANGE);
    if (oldest != NULL && found == PC_OK)
    {
        CHECK_EQ(handle.index, oldest->handle.index);
        CHECK_EQ(handle.generation, oldest->handle.generation);
    }
}

static void
allocate(struct model *m, struct model_block *b, pc_time now)
{
    enum pc_ram_side side = pc_test_random(&m->random) % 2 ? PC_RAM_TX : PC_RAM_RX;
    uint32_t size = 1 + (uint32_t)(pc_test_random(&m->random) % LARGEST);
    uint32_t granule = m->ram.config.granule_bytes;
    uint64_t padded = (size + granule - 1) / granule * granule;
    uint64_t capacity = pc_card_ram_capacity(&m->ram, side);
    bool fits = capacity == PC_UNLIMITED || held(m, side) + padded <= capacity;
    int error = pc_card_ram_alloc(&m->ram, side, size, now, &b->handle);
    CHECK_EQ(error, fits ? PC_OK : PC_ERR_NO_ROOM);
    if (error != PC_OK)
    {
        return;
    }
    b->live = true;
    b->side = side;
    b->size = size;
    b->released = 0;
    b->used = ++m->clock;
    b->pins = 0;
    b->owner = 0;
    for (uint32_t i = 0; i < size; i++)
    {
        b->bytes[i] = (uint8_t)pc_test_random(&m->random);
    }
    uint32_t cut = (uint32_t)(pc_test_random(&m->random) % (size + 1));
    CHECK_EQ(pc_card_ram_write(&m->ram, b->handle, cut, b->bytes + cut, size - cut), PC_OK);
    CHECK_EQ(pc_card_ram_write(&m->ram, b->handle, 0, b->bytes, cut), PC_OK);
}

static void
read_back(struct model *m, struct model_block *b)
{
    uint8_t bytes[LARGEST];
    uint32_t offset = (uint32_t)(pc_test_random(&m->random) % b->size);
    uint32_t length = (uint32_t)(pc_test_random(&m->random) % (b->size - offset + 1));
    bool there = offset >= b->released;
    int error = pc_card_ram_read(&m->ram, b->handle, offset, bytes, length);
    CHECK_EQ(error, there ? PC_OK : PC_ERR_RANGE);
    if (!there)
    {
        return;
    }
    CHECK(memcmp(bytes, b->bytes + offset, length) == 0);
    uint16_t sum;
    uint32_t edges;
    CHECK_EQ(pc_card_ram_sum(&m->ram, b->handle, offset, length, &sum, &edges), PC_OK);
    uint16_t expected = pc_sum_bytes(b->bytes + offset, length);
    CHECK_EQ(sum % 0xffff, expected % 0xffff);
    CHECK_EQ(edges, pc_checksum_edge_bytes(offset, length, m->ram.config.granule_bytes, b->size));
}

static void
release_some(struct model *m, struct model_block *b, pc_time now)
{
    uint32_t offset = (uint32_t)(pc_test_random(&m->random) % (b->size + 100));
    uint32_t granule = m->ram.config.granule_bytes;
    CHECK_EQ(pc_card_ram_release_below(&m->ram, b->handle, offset, now), PC_OK);
    b->live = offset < b->size;
    uint32_t whole = offset / granule * granule;
    b->released = whole > b->released ? whole : b->released;
}

/* What an owner holds on a side, added up. */
static uint64_t
owned(const struct model *m, enum pc_ram_side side, uint32_t owner)
{
    uint32_t granule = m->ram.config.granule_bytes;
    uint64_t sum = 0;
    for (int i = 0; i < BLOCKS; i++)
    {
        const struct model_block *b = &m->block[i];
        bool counts = b->live && b->side == side && b->owner == owner;
        sum += counts ? (b->size + granule - 1) / granule * granule - b->released : 0;
    }
    return sum;
}

/* A use begins or ends, or somebody becomes the owner. */
static void
use(struct model *m, struct model_block *b)
{
    CHECK_EQ(pc_card_ram_pins(&m->ram, b->handle), b->pins);
    CHECK_EQ(pc_card_ram_owner(&m->ram, b->handle), b->owner);
    CHECK_EQ(pc_card_ram_front(&m->ram, b->handle), b->released);
    switch (pc_test_random(&m->random) % 3)
    {
    case 0:
        CHECK_EQ(pc_card_ram_pin(&m->ram, b->handle), PC_OK);
        b->pins++;
        break;
    case 1:
        CHECK_EQ(pc_card_ram_unpin(&m->ram, b->handle), b->pins > 0 ? PC_OK : PC_ERR_INVALID);
        b->used = b->pins == 1 ? ++m->clock : b->used;
        b->pins -= b->pins > 0;
        break;
    default: {
        uint32_t owner = 1 + (uint32_t)(pc_test_random(&m->random) % OWNERS);
        CHECK_EQ(pc_card_ram_own(&m->ram, b->handle, owner),
                 b->owner == 0 ? PC_OK : PC_ERR_INVALID);
        b->owner = b->owner == 0 ? owner : b->owner;
        break;
    }
    }
}

static void
step(struct model *m, pc_time now)
{
    struct model_block *b = &m->block[pc_test_random(&m->random) % BLOCKS];
    if (!b->live)
    {
        if (pc_handle_is_some(b->handle))
        {
            CHECK_EQ(pc_card_ram_free(&m->ram, b->handle, now), PC_ERR_STALE);
            CHECK_EQ(pc_card_ram_size(&m->ram, b->handle), 0);
            CHECK_EQ(pc_card_ram_pin(&m->ram, b->handle), PC_ERR_STALE);
            CHECK_EQ(pc_card_ram_unpin(&m->ram, b->handle), PC_ERR_STALE);
            CHECK_EQ(pc_card_ram_own(&m->ram, b->handle, 1), PC_ERR_STALE);
            CHECK_EQ(pc_card_ram_pins(&m->ram, b->handle), 0);
            CHECK_EQ(pc_card_ram_owner(&m->ram, b->handle), 0);
        }
        allocate(m, b, now);
        return;
    }
    switch (pc_test_random(&m->random) % 8)
    {
    case 0:
        CHECK_EQ(pc_card_ram_free(&m->ram, b->handle, now), PC_OK);
        b->live = false;
        break;
    case 1:
        release_some(m, b, now);
        break;
    case 2:
        CHECK_EQ(pc_card_ram_touch(&m->ram, b->handle), PC_OK);
        b->used = b->pins == 0 ? ++m->clock : b->used;
        break;
    case 3:
    case 4:
    case 5:
        use(m, b);
        break;
    default:
        read_back(m, b);
        break;
    }
}

static void
test_random(uint32_t granule, uint64_t tx, uint64_t rx)
{
    struct model *m = calloc(1, sizeof(*m));
    struct pc_card_ram_config config = {.granule_bytes = granule, .capacity_bytes = {tx, rx},
                                        .backing = true};
    m->random = granule;
    CHECK_EQ(pc_card_ram_init(&m->ram, &config), PC_OK);
    for (int i = 0; i < 20000; i++)
    {
        step(m, i);
        for (int side = 0; side < PC_RAM_SIDES; side++)
        {
            const struct pc_ram_stats *stats = &m->ram.stats[side];
            CHECK_EQ(pc_card_ram_held(&m->ram, (enum pc_ram_side)side),
                     held(m, (enum pc_ram_side)side));
            CHECK_EQ(stats->handed_granules, stats->released_granules + stats->held_granules);
            check_oldest(m, (enum pc_ram_side)side, 0);
            uint32_t owner = 1 + (uint32_t)(pc_test_random(&m->random) % OWNERS);
            check_oldest(m, (enum pc_ram_side)side, owner);
            CHECK_EQ(pc_card_ram_owned(&m->ram, (enum pc_ram_side)side, owner),
                     owned(m, (enum pc_ram_side)side, owner));
        }
    }
    pc_card_ram_fini(&m->ram);
    free(m);
}

/* A block that is released while it is pinned is gone, pins and all: its next user has none. */
static void
test_release_while_pinned(void)
{
    struct pc_card_ram ram;
    struct pc_card_ram_config config = {.granule_bytes = 256, .capacity_bytes = {512, 512}};
    struct pc_handle first;
    struct pc_handle next;
    struct pc_handle oldest;
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_OK);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 512, 0, &first), PC_OK);
    CHECK_EQ(pc_card_ram_own(&ram, first, 7), PC_OK);
    CHECK_EQ(pc_card_ram_pin(&ram, first), PC_OK);
    CHECK_EQ(pc_card_ram_pin(&ram, first), PC_OK);
    CHECK_EQ(pc_card_ram_oldest(&ram, PC_RAM_TX, &oldest), PC_ERR_RANGE);
    CHECK_EQ(pc_card_ram_release_below(&ram, first, 300, 0), PC_OK);
    CHECK_EQ(pc_card_ram_owned(&ram, PC_RAM_TX, 7), 256);
    CHECK_EQ(pc_card_ram_owned(&ram, PC_RAM_RX, 7), 0);
    CHECK_EQ(pc_card_ram_free(&ram, first, 0), PC_OK);
    CHECK_EQ(pc_card_ram_owned(&ram, PC_RAM_TX, 7), 0);
    CHECK_EQ(ram.owners.count, 0);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 512, 0, &next), PC_OK);
    CHECK_EQ(next.index, first.index);
    CHECK_EQ(pc_card_ram_unpin(&ram, first), PC_ERR_STALE);
    CHECK_EQ(pc_card_ram_pins(&ram, next), 0);
    CHECK_EQ(pc_card_ram_oldest(&ram, PC_RAM_TX, &oldest), PC_OK);
    CHECK_EQ(oldest.generation, next.generation);
    CHECK_EQ(pc_card_ram_oldest_of(&ram, PC_RAM_TX, 7, &oldest), PC_ERR_RANGE);
    pc_card_ram_fini(&ram);
}

/* A mean is weighted by time: 1000 ps of one granule and 1000 ps of three are two. */
static void
test_mean(void)
{
    struct pc_card_ram ram;
    struct pc_card_ram_config config = {.granule_bytes = 256,
                                        .capacity_bytes = {PC_UNLIMITED, PC_UNLIMITED}};
    struct pc_handle one;
    struct pc_handle two;
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_OK);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 1, 1000, &one), PC_OK);
    pc_card_ram_stats_reset(&ram, 1000);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 512, 2000, &two), PC_OK);
    CHECK_NEAR(pc_card_ram_mean(&ram, PC_RAM_TX, 3000), 512, 1e-9);
    CHECK_EQ(pc_card_ram_peak(&ram, PC_RAM_TX), 768);
    pc_card_ram_fini(&ram);
}

/* Failing memory does not tell the kept sum. */
static void
test_flip(void)
{
    struct pc_card_ram ram;
    struct pc_card_ram_config config = {.granule_bytes = 64,
                                        .capacity_bytes = {PC_UNLIMITED, PC_UNLIMITED},
                                        .backing = true};
    struct pc_handle handle;
    static const uint8_t bytes[200] = {1, 2, 3};
    uint16_t before;
    uint16_t after;
    uint32_t edges;
    uint8_t byte;
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_OK);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_RX, 200, 0, &handle), PC_OK);
    CHECK_EQ(pc_card_ram_write(&ram, handle, 0, bytes, 200), PC_OK);
    CHECK_EQ(pc_card_ram_sum(&ram, handle, 0, 200, &before, &edges), PC_OK);
    CHECK_EQ(pc_card_ram_flip(&ram, handle, 1, 0x80), PC_OK);
    CHECK_EQ(pc_card_ram_sum(&ram, handle, 0, 200, &after, &edges), PC_OK);
    CHECK_EQ(before, after);
    CHECK_EQ(pc_card_ram_read(&ram, handle, 1, &byte, 1), PC_OK);
    CHECK_EQ(byte, 0x82);
    pc_card_ram_fini(&ram);
}

/* A block whose 2^31 uses are over is not used again, so its first handle stays stale. */
static void
test_generations_end(void)
{
    struct pc_card_ram ram;
    struct pc_card_ram_config config = {.granule_bytes = 256,
                                        .capacity_bytes = {PC_UNLIMITED, PC_UNLIMITED}};
    struct pc_handle first;
    struct pc_handle last;
    struct pc_handle next;
    uint32_t nearly_over = UINT32_MAX - 1;
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_OK);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 1, 0, &first), PC_OK);
    CHECK_EQ(pc_card_ram_free(&ram, first, 0), PC_OK);
    CHECK_EQ(first.index, 0);
    memcpy(ram.blocks, &nearly_over, sizeof(nearly_over)); /* the first block's first member */
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 1, 0, &last), PC_OK);
    CHECK_EQ(last.index, first.index);
    CHECK_EQ(last.generation, UINT32_MAX);
    CHECK_EQ(pc_card_ram_free(&ram, last, 0), PC_OK);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 1, 0, &next), PC_OK);
    CHECK(next.index != first.index);
    CHECK(!pc_card_ram_is_live(&ram, first));
    CHECK(!pc_card_ram_is_live(&ram, last));
    CHECK(!pc_card_ram_is_live(&ram, (struct pc_handle){first.index, 0}));
    CHECK_EQ(ram.stats[PC_RAM_TX].frees, 2);
    pc_card_ram_fini(&ram);
}

/* What has been given back from the front is out of reach, and the rest is not. */
static void
test_front(void)
{
    struct pc_card_ram ram;
    struct pc_card_ram_config config = {.granule_bytes = 64,
                                        .capacity_bytes = {1024, 1024},
                                        .backing = true};
    struct pc_handle handle;
    uint8_t bytes[200] = {0};
    uint16_t sum;
    uint32_t edges;
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_OK);
    CHECK_EQ(pc_card_ram_padded(&ram, 0), 0);
    CHECK_EQ(pc_card_ram_padded(&ram, 64), 64);
    CHECK_EQ(pc_card_ram_padded(&ram, 65), 128);
    CHECK_EQ(pc_card_ram_padded(&ram, UINT32_MAX), UINT64_C(1) << 32);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 200, 0, &handle), PC_OK);
    CHECK_EQ(pc_card_ram_room(&ram, PC_RAM_TX), 1024 - 256);
    CHECK_EQ(pc_card_ram_release_below(&ram, handle, 130, 0), PC_OK); /* two granules of 64 */
    CHECK_EQ(pc_card_ram_held(&ram, PC_RAM_TX), 128);
    CHECK_EQ(pc_card_ram_read(&ram, handle, 127, bytes, 1), PC_ERR_RANGE);
    CHECK_EQ(pc_card_ram_read(&ram, handle, 128, bytes, 72), PC_OK);
    CHECK_EQ(pc_card_ram_write(&ram, handle, 128, bytes, 73), PC_ERR_RANGE);
    CHECK_EQ(pc_card_ram_sum(&ram, handle, 0, 200, &sum, &edges), PC_ERR_RANGE);
    CHECK_EQ(pc_card_ram_flip(&ram, handle, 200, 1), PC_ERR_RANGE);
    CHECK_EQ(pc_card_ram_release_below(&ram, handle, 200, 0), PC_OK);
    CHECK_EQ(pc_card_ram_release_below(&ram, handle, 200, 0), PC_ERR_STALE);
    CHECK_EQ(pc_card_ram_read(&ram, handle, 128, bytes, 1), PC_ERR_STALE);
    CHECK_EQ(pc_card_ram_write(&ram, handle, 128, bytes, 1), PC_ERR_STALE);
    CHECK_EQ(pc_card_ram_touch(&ram, handle), PC_ERR_STALE);
    CHECK_EQ(pc_card_ram_held(&ram, PC_RAM_TX), 0);
    pc_card_ram_fini(&ram);
}

static void
test_errors(void)
{
    struct pc_card_ram ram;
    struct pc_card_ram_config config = {.granule_bytes = 0};
    struct pc_handle handle = {0, 0};
    uint8_t byte = 0;
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_ERR_INVALID);
    config.granule_bytes = 256;
    config.capacity_bytes[PC_RAM_TX] = 1000; /* three granules */
    CHECK_EQ(pc_card_ram_init(&ram, &config), PC_OK);
    CHECK_EQ(pc_card_ram_capacity(&ram, PC_RAM_TX), 768);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 0, 0, &handle), PC_ERR_INVALID);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 769, 0, &handle), PC_ERR_NO_ROOM);
    CHECK_EQ(pc_card_ram_alloc(&ram, PC_RAM_TX, 768, 0, &handle), PC_OK);
    CHECK_EQ(pc_card_ram_write(&ram, handle, 0, &byte, 1), PC_ERR_INVALID);
    CHECK_EQ(pc_card_ram_free(&ram, (struct pc_handle){7, 1}, 0), PC_ERR_STALE);
    CHECK_EQ(pc_card_ram_free(&ram, (struct pc_handle){0, 0}, 0), PC_ERR_STALE);
    pc_card_ram_fini(&ram);
}

int
main(void)
{
    test_random(256, PC_UNLIMITED, PC_UNLIMITED);
    test_random(64, 40000, 30000);
    test_random(7, 20000, PC_UNLIMITED);
    test_release_while_pinned();
    test_mean();
    test_flip();
    test_generations_end();
    test_front();
    test_errors();
    return pc_test_done();
}
