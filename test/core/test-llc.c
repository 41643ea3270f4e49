/* The last-level cache as DMA sees it: the closed form of its misses, forced misses to a byte, and
 * what is written against what is read. */

#include "pc-llc.h"

#include "pc-test.h"

#define SLOTS 64

/* Blocks in flight, oldest first. */
struct flight
{
    struct pc_llc llc;
    uint64_t bytes[SLOTS];
    uint64_t warm[SLOTS];
    unsigned first;
    unsigned count;
};

static uint64_t
put(struct flight *f, uint64_t bytes)
{
    unsigned slot = (f->first + f->count++) % SLOTS;
    f->bytes[slot] = bytes;
    f->warm[slot] = pc_llc_write(&f->llc, bytes);
    CHECK(f->warm[slot] <= bytes);
    return f->warm[slot];
}

static void
take(struct flight *f)
{
    pc_llc_read(&f->llc, f->bytes[f->first], f->warm[f->first]);
    f->first = (f->first + 1) % SLOTS;
    f->count--;
}

/* Blocks of `block` bytes, `count` of them in flight, through a share: misses 1 - C/F. */
static void
test_steady_state(uint64_t share, uint64_t reserved, uint64_t block, unsigned count)
{
    struct flight f = {0};
    CHECK_EQ(pc_llc_init(&f.llc, share, PC_LLC_MODEL), PC_OK);
    f.llc.reserved_bytes = reserved;
    for (unsigned i = 0; i < count; i++)
    {
        put(&f, block);
    }
    pc_llc_reset(&f.llc);
    for (unsigned i = 0; i < 10 * count; i++)
    {
        take(&f);
        put(&f, block);
    }
    double room = share > reserved ? (double)(share - reserved) : 0;
    double flight = (double)block * count;
    double expected = flight > room ? 1 - room / flight : 0;
    CHECK_NEAR(pc_llc_miss_fraction(&f.llc), expected, 1e-12);
    CHECK_EQ(f.llc.written_bytes, 10 * count * block);
    CHECK_EQ(f.llc.peak_bytes, count * block);
}

static void
test_closed_form(void)
{
    test_steady_state(0, 0, 1448, 10);            /* no share: all of it */
    test_steady_state(100000, 0, 9000, 1);        /* fits */
    test_steady_state(90000, 0, 9000, 10);        /* just fits */
    test_steady_state(90000, 0, 9000, 11);        /* one block more */
    test_steady_state(3333333, 0, 65536, 64);     /* 4 MiB over 2 of 12 ways of 20 MB */
    test_steady_state(12345, 0, 1000, 50);        /* a block of which a part is cached */
    test_steady_state(90000, 45000, 9000, 10);    /* empty buffers take half of it */
    test_steady_state(90000, 90001, 9000, 3);     /* and more than all */
}

/* Before anything is read there is room for C bytes, to the byte. */
static void
test_first_bytes(void)
{
    struct pc_llc llc;
    CHECK_EQ(pc_llc_init(&llc, 2500, PC_LLC_MODEL), PC_OK);
    CHECK_EQ(pc_llc_write(&llc, 1000), 1000);
    CHECK_EQ(pc_llc_write(&llc, 1000), 1000);
    CHECK_EQ(pc_llc_write(&llc, 1000), 500);
    CHECK_EQ(pc_llc_write(&llc, 1000), 0);
    CHECK_NEAR(pc_llc_miss_fraction(&llc), 1500.0 / 4000, 1e-15);
    pc_llc_read(&llc, 1000, 1000);
    CHECK_EQ(pc_llc_write(&llc, 3000), 1000); /* what was read gave its room back, no more */
    llc.reserved_bytes = 200;                 /* posted later: what is cached stays */
    pc_llc_read(&llc, 1000, 1000);
    CHECK_EQ(pc_llc_write(&llc, 3000), 800);
}

/* floor(f * n) of n bytes, however they are cut, whatever the share. */
static void
test_forced(double fraction, uint64_t share)
{
    struct pc_llc llc;
    CHECK_EQ(pc_llc_init(&llc, share, fraction), PC_OK);
    uint64_t state = 7;
    uint64_t written = 0;
    uint64_t warm = 0;
    for (int i = 0; i < 20000; i++)
    {
        uint64_t bytes = pc_test_random(&state) % 9001;
        written += bytes;
        warm += pc_llc_write(&llc, bytes);
        double missed = (double)(written - warm);
        CHECK(fabs(missed - fraction * (double)written) <= 1 + 1e-6);
        if (i % 3 == 0)
        {
            pc_llc_read(&llc, llc.in_flight_bytes, llc.warm_bytes);
        }
    }
    CHECK_EQ(llc.missed_bytes, written - warm);
    CHECK_NEAR(pc_llc_miss_fraction(&llc), fraction, 1.0 / (double)written + 1e-12);
}

/* Random blocks, read in order: what is in flight and cached is what the blocks say, and what was
 * written was cached or missed. */
static void
test_conservation(double forced)
{
    struct flight f = {0};
    CHECK_EQ(pc_llc_init(&f.llc, 40000, forced), PC_OK);
    uint64_t state = 42;
    uint64_t written = 0;
    uint64_t warm = 0;
    for (int i = 0; i < 20000; i++)
    {
        if (f.count == SLOTS || (f.count > 0 && pc_test_random(&state) % 2 == 0))
        {
            take(&f);
        }
        else
        {
            uint64_t bytes = pc_test_random(&state) % 4000;
            written += bytes;
            warm += put(&f, bytes);
        }
        f.llc.reserved_bytes = pc_test_random(&state) % 30000;
        uint64_t flight = 0;
        uint64_t cached = 0;
        for (unsigned k = 0; k < f.count; k++)
        {
            flight += f.bytes[(f.first + k) % SLOTS];
            cached += f.warm[(f.first + k) % SLOTS];
        }
        CHECK_EQ(f.llc.in_flight_bytes, flight);
        CHECK_EQ(f.llc.warm_bytes, cached);
        CHECK(forced >= 0 || cached <= 40000);
        CHECK_EQ(f.llc.written_bytes, written);
        CHECK_EQ(f.llc.missed_bytes, written - warm);
    }
}

static void
test_reset(void)
{
    struct pc_llc llc;
    CHECK_EQ(pc_llc_init(&llc, 1000, PC_LLC_MODEL), PC_OK);
    CHECK_NEAR(pc_llc_miss_fraction(&llc), 0, 0); /* of nothing */
    pc_llc_write(&llc, 3000);
    pc_llc_read(&llc, 1000, 0);
    pc_llc_reset(&llc);
    CHECK_EQ(llc.peak_bytes, 2000); /* what is still there */
    CHECK_EQ(llc.written_bytes + llc.missed_bytes, 0);
    CHECK_NEAR(pc_llc_miss_fraction(&llc), 0, 0);
    CHECK_EQ(pc_llc_write(&llc, 500), 0); /* the cached 1000 are not read yet */
    CHECK_NEAR(pc_llc_miss_fraction(&llc), 1, 0);
}

static void
test_refusals(void)
{
    struct pc_llc llc;
    CHECK_EQ(pc_llc_init(&llc, 1000, 1.0001), PC_ERR_INVALID);
    CHECK_EQ(pc_llc_init(&llc, 1000, (double)NAN), PC_ERR_INVALID);
    CHECK_EQ(pc_llc_init(&llc, 1000, 1), PC_OK);
    CHECK_EQ(pc_llc_write(&llc, 100), 0);
}

int
main(void)
{
    test_closed_form();
    test_first_bytes();
    test_forced(0.49, 3333333);
    test_forced(0, 0);
    test_forced(1, 3333333);
    test_forced(1.0 / 3, 100);
    test_conservation(PC_LLC_MODEL);
    test_conservation(0.25);
    test_reset();
    test_refusals();
    return pc_test_done();
}
