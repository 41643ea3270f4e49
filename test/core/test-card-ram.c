/* Card RAM: cases with a name. test-reference.c compares it with a slow, obvious reference. */

#include "pc-card-ram.h"
#include "pc-checksum.h"

#include "pc-test.h"

#include <string.h>

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
    test_release_while_pinned();
    test_mean();
    test_flip();
    test_generations_end();
    test_front();
    test_errors();
    return pc_test_done();
}
