/* The merge table: named cases, and random segments against a reference that keeps them all. What
 * is compared is what goes up: packets, each a list of segments. */

#include "pc-gro.h"

#include "pc-test.h"

#include <string.h>

enum
{
    HEADERS = 52, /* IPv4 and TCP with timestamps: 20 + 20 + 12 */
    POLL = 300,
    LONGEST = 2 * POLL,
};

/* What went up since the start: the identities of each packet's segments, and -1 after a packet. */
struct log
{
    int entries[LONGEST];
    int count;
};

static void
log_packet(struct log* log, const int* segments, int count)
{
    memcpy(log->entries + log->count, segments, (size_t)count * sizeof(int));
    log->count += count;
    log->entries[log->count++] = -1;
}

/* A driver as a user of the table: a list of segments for each unit. */
struct driver
{
    struct pc_gro gro;
    int lists[PC_GRO_UNITS][LONGEST];
    int lengths[PC_GRO_UNITS];
    struct log log;
};

static struct driver driver;

static void
driver_init(void)
{
    memset(&driver, 0, sizeof(driver));
    pc_gro_init(&driver.gro);
}

static void
driver_deliver(int unit)
{
    CHECK(driver.lengths[unit] > 0);
    log_packet(&driver.log, driver.lists[unit], driver.lengths[unit]);
    driver.lengths[unit] = 0;
}

static struct pc_gro_verdict
driver_add(const struct pc_gro_segment* segment, int identity)
{
    struct pc_gro_verdict verdict;
    pc_gro_add(&driver.gro, segment, &verdict);
    for (int i = 0; i < 2; i++)
    {
        if (verdict.closed_before[i] != PC_GRO_NONE)
        {
            driver_deliver(verdict.closed_before[i]);
        }
    }
    if (verdict.unit == PC_GRO_NONE)
    {
        log_packet(&driver.log, &identity, 1);
        CHECK(!verdict.closed);
        return verdict;
    }
    driver.lists[verdict.unit][driver.lengths[verdict.unit]++] = identity;
    if (verdict.closed)
    {
        driver_deliver(verdict.unit);
    }
    return verdict;
}

static void
driver_flush(void)
{
    for (int unit = pc_gro_flush(&driver.gro); unit != PC_GRO_NONE;
         unit = pc_gro_flush(&driver.gro))
    {
        driver_deliver(unit);
    }
    CHECK_EQ(pc_gro_open(&driver.gro), 0);
}

static void
check_log(const int* expected, int count)
{
    CHECK_EQ(driver.log.count, count);
    CHECK(driver.log.count == count &&
          memcmp(driver.log.entries, expected, (size_t)count * sizeof(int)) == 0);
}

#define CHECK_LOG(...)                                                                             \
    do                                                                                             \
    {                                                                                              \
        const int expected_[] = {__VA_ARGS__};                                                     \
        check_log(expected_, (int)(sizeof(expected_) / sizeof(expected_[0])));                     \
    } while (0)

/* A full segment of a flow. Flows whose numbers are equal modulo 8 share a bucket. */
static struct pc_gro_segment
segment_of(unsigned flow, uint32_t sequence, uint32_t payload)
{
    struct pc_gro_segment segment = {.hash = flow,
                                     .sequence = sequence,
                                     .acknowledgment = 7,
                                     .header_bytes = HEADERS,
                                     .payload_bytes = payload,
                                     .mergeable = true};
    segment.flow[PC_GRO_FLOW_BYTES - 1] = (uint8_t)flow;
    return segment;
}

/* Segment i of flow 1, in segments of 1448. */
static struct pc_gro_segment
segment_at(uint32_t i)
{
    return segment_of(1, 1000 + i * 1448, 1448);
}

static void
add_at(uint32_t i, int identity)
{
    struct pc_gro_segment segment = segment_at(i);
    driver_add(&segment, identity);
}

static void
test_in_order(void)
{
    driver_init();
    CHECK_EQ(pc_gro_flush(&driver.gro), PC_GRO_NONE);
    for (int i = 0; i < 4; i++)
    {
        add_at((uint32_t)i, i);
        CHECK_EQ(pc_gro_open(&driver.gro), 1);
    }
    CHECK_EQ(driver.log.count, 0);
    driver_flush();
    CHECK_LOG(0, 1, 2, 3, -1);
}

static void
test_loss(void)
{
    driver_init();
    add_at(0, 0);
    add_at(1, 1);
    add_at(3, 3); /* 2 is lost */
    add_at(4, 4);
    driver_flush();
    CHECK_LOG(0, 1, -1, 3, 4, -1);
}

static void
test_reordering(void)
{
    driver_init();
    add_at(0, 0);
    add_at(2, 2);
    add_at(1, 1);
    add_at(3, 3);
    add_at(4, 4);
    driver_flush();
    CHECK_LOG(0, -1, 2, -1, 1, -1, 3, 4, -1);
}

static void
test_duplicate(void)
{
    driver_init();
    add_at(0, 0);
    add_at(1, 1);
    add_at(1, 101);
    add_at(2, 2);
    driver_flush();
    CHECK_LOG(0, 1, -1, 101, 2, -1);
}

/* A segment with a CE mark is not mergeable: it goes up alone, nothing passes it. */
static void
test_ce(void)
{
    driver_init();
    add_at(0, 0);
    struct pc_gro_segment marked = segment_at(1);
    marked.mergeable = false;
    driver_add(&marked, 1);
    CHECK_LOG(0, -1, 1, -1);
    CHECK_EQ(pc_gro_open(&driver.gro), 0);
    add_at(2, 2);
    driver_flush();
    CHECK_LOG(0, -1, 1, -1, 2, -1);
}

/* A pure acknowledgment closes its own flow's unit, even where nobody said it is not mergeable. */
static void
test_acknowledgment_alone(void)
{
    driver_init();
    add_at(0, 0);
    struct pc_gro_segment other = segment_of(9, 5, 100);
    driver_add(&other, 90);
    struct pc_gro_segment empty = segment_of(1, 1000 + 1448, 0);
    driver_add(&empty, 1);
    CHECK_LOG(0, -1, 1, -1);
    driver_flush();
    CHECK_LOG(0, -1, 1, -1, 90, -1);
}

static void
test_push(void)
{
    driver_init();
    add_at(0, 0);
    struct pc_gro_segment push = segment_at(1);
    push.closes = true;
    struct pc_gro_verdict verdict = driver_add(&push, 1);
    CHECK(verdict.closed);
    CHECK_LOG(0, 1, -1);
    CHECK_EQ(pc_gro_open(&driver.gro), 0);
}

/* PSH without a unit that it continues: nothing to wait for, so it begins none. */
static void
test_push_alone(void)
{
    driver_init();
    struct pc_gro_segment push = segment_at(0);
    push.closes = true;
    struct pc_gro_verdict verdict = driver_add(&push, 0);
    CHECK_EQ(verdict.unit, PC_GRO_NONE);
    add_at(1, 1);
    push = segment_at(5);
    push.closes = true;
    driver_add(&push, 5);
    CHECK_LOG(0, -1, 1, -1, 5, -1);
    CHECK_EQ(pc_gro_open(&driver.gro), 0);
}

/* One shorter than the first ends the unit; one longer does not belong to it. */
static void
test_sizes(void)
{
    driver_init();
    struct pc_gro_segment segment = segment_of(1, 0, 1000);
    driver_add(&segment, 0);
    segment = segment_of(1, 1000, 999);
    driver_add(&segment, 1);
    CHECK_LOG(0, 1, -1);
    segment = segment_of(1, 1999, 500);
    driver_add(&segment, 2);
    segment = segment_of(1, 2499, 501);
    driver_add(&segment, 3);
    CHECK_LOG(0, 1, -1, 2, -1);
    driver_flush();
    CHECK_LOG(0, 1, -1, 2, -1, 3, -1);
}

static void
test_headers_differ(void)
{
    driver_init();
    add_at(0, 0);
    struct pc_gro_segment segment = segment_at(1);
    segment.acknowledgment = 8;
    driver_add(&segment, 1);
    segment = segment_at(2);
    segment.acknowledgment = 8;
    segment.header_bytes = HEADERS + 12;
    driver_add(&segment, 2);
    driver_flush();
    CHECK_LOG(0, -1, 1, -1, 2, -1);
}

/* The sequence number wraps at 2^32 in the middle of a unit. */
static void
test_wrap(void)
{
    driver_init();
    struct pc_gro_segment segment = segment_of(1, UINT32_MAX - 499, 1000);
    driver_add(&segment, 0);
    segment = segment_of(1, 500, 1000);
    driver_add(&segment, 1);
    driver_flush();
    CHECK_LOG(0, 1, -1);
}

/* Nine flows of one bucket: the ninth pushes out the one that began first, though it grew last. */
static void
test_full_bucket(void)
{
    driver_init();
    for (unsigned flow = 0; flow < 8; flow++)
    {
        struct pc_gro_segment segment = segment_of(8 * flow, 0, 100);
        driver_add(&segment, (int)flow);
    }
    struct pc_gro_segment segment = segment_of(0, 100, 100);
    driver_add(&segment, 100);
    CHECK_EQ(pc_gro_open(&driver.gro), 8);
    CHECK_EQ(driver.log.count, 0);

    /* Another bucket has room; a segment that goes up alone needs none. */
    segment = segment_of(1, 0, 100);
    driver_add(&segment, 50);
    segment = segment_of(8 * 9, 0, 100);
    segment.closes = true;
    driver_add(&segment, 51);
    CHECK_LOG(51, -1);

    segment = segment_of(8 * 8, 0, 100);
    struct pc_gro_verdict verdict = driver_add(&segment, 8);
    CHECK_EQ(verdict.closed_before[0], PC_GRO_NONE);
    CHECK_EQ(pc_gro_open(&driver.gro), 9);
    CHECK_LOG(51, -1, 0, 100, -1);

    /* A flow of a full bucket that closes its own unit has its room. */
    segment = segment_of(8 * 3, 777, 100);
    verdict = driver_add(&segment, 103);
    CHECK_EQ(verdict.closed_before[1], PC_GRO_NONE);
    CHECK_LOG(51, -1, 0, 100, -1, 3, -1);
    driver_flush();
    CHECK_LOG(51,
              -1,
              0,
              100,
              -1,
              3,
              -1,
              1,
              -1,
              2,
              -1,
              4,
              -1,
              5,
              -1,
              6,
              -1,
              7,
              -1,
              50,
              -1,
              8,
              -1,
              103,
              -1);
}

/* All 64 units, and the order in which they are flushed. */
static void
test_full_table(void)
{
    driver_init();
    int expected[2 * PC_GRO_UNITS];
    for (int i = 0; i < PC_GRO_UNITS; i++)
    {
        /* 27 and 64 have no common factor: each flow once, in a mixed order of buckets. */
        struct pc_gro_segment segment = segment_of((unsigned)(i * 27 % PC_GRO_UNITS), 0, 100);
        driver_add(&segment, i);
        expected[2 * i] = i;
        expected[2 * i + 1] = -1;
    }
    CHECK_EQ(pc_gro_open(&driver.gro), PC_GRO_UNITS);
    CHECK_EQ(driver.log.count, 0);
    driver_flush();
    check_log(expected, 2 * PC_GRO_UNITS);
}

/* One hash, two flows: the flow's bytes decide. */
static void
test_same_hash(void)
{
    driver_init();
    struct pc_gro_segment one = segment_of(1, 0, 100);
    struct pc_gro_segment two = segment_of(2, 100, 100);
    two.hash = one.hash;
    driver_add(&one, 1);
    driver_add(&two, 2);
    driver_flush();
    CHECK_LOG(1, -1, 2, -1);
}

/* (65535 - 52) / 1448 = 45.2 and / 8948 = 7.3. The full unit waits for the one that has no room. */
static void
check_limit(uint32_t payload, int segments)
{
    driver_init();
    int expected[64];
    for (int i = 0; i < segments; i++)
    {
        struct pc_gro_segment segment = segment_of(1, (uint32_t)i * payload, payload);
        driver_add(&segment, i);
        expected[i] = i;
    }
    CHECK_EQ(driver.log.count, 0);
    struct pc_gro_segment segment = segment_of(1, (uint32_t)segments * payload, payload);
    driver_add(&segment, segments);
    expected[segments] = -1;
    check_log(expected, segments + 1);
    driver_flush();
    expected[segments + 1] = segments;
    expected[segments + 2] = -1;
    check_log(expected, segments + 3);
}

/* 52 + 65483 = 65535 bytes fit, one more does not. */
static void
test_exact_limit(void)
{
    for (uint32_t over = 0; over < 2; over++)
    {
        driver_init();
        struct pc_gro_segment segment = segment_of(1, 0, 40000);
        driver_add(&segment, 0);
        segment = segment_of(1, 40000, 25483 + over);
        driver_add(&segment, 1);
        driver_flush();
        if (over == 0)
        {
            CHECK_LOG(0, 1, -1);
        }
        else
        {
            CHECK_LOG(0, -1, 1, -1);
        }
    }
}

static void
test_interleaved(void)
{
    driver_init();
    for (uint32_t i = 0; i < 3; i++)
    {
        for (unsigned flow = 0; flow < 3; flow++)
        {
            /* 4 and 12 share a bucket */
            struct pc_gro_segment segment = segment_of(4 + 8 * flow % 12, i * 100, 100);
            driver_add(&segment, (int)(10 * flow + i));
        }
    }
    CHECK_EQ(pc_gro_open(&driver.gro), 3);
    driver_flush();
    CHECK_LOG(0, 1, 2, -1, 10, 11, 12, -1, 20, 21, 22, -1);
}

/* The reference: all segments of a poll, and the packets held, in the order in which they began. */
static struct pc_gro_segment polled[POLL];

struct held
{
    int identities[POLL]; /* places in polled */
    int count;
};

static struct held held[PC_GRO_UNITS];
static int held_count;
static struct log plain_log;

static const struct pc_gro_segment*
first_of(int at)
{
    return &polled[held[at].identities[0]];
}

static void
plain_deliver(int at)
{
    log_packet(&plain_log, held[at].identities, held[at].count);
    held_count--;
    for (int i = at; i < held_count; i++)
    {
        held[i] = held[i + 1];
    }
}

static bool
plain_continues(const struct held* packet, const struct pc_gro_segment* segment)
{
    const struct pc_gro_segment* first = &polled[packet->identities[0]];
    uint32_t total = first->header_bytes;
    uint32_t next = first->sequence;
    for (int i = 0; i < packet->count; i++)
    {
        total += polled[packet->identities[i]].payload_bytes;
        next += polled[packet->identities[i]].payload_bytes;
    }
    if (!segment->mergeable || segment->payload_bytes == 0)
    {
        return false;
    }
    if (segment->payload_bytes > first->payload_bytes)
    {
        return false;
    }
    if (segment->acknowledgment != first->acknowledgment ||
        segment->header_bytes != first->header_bytes)
    {
        return false;
    }
    return segment->sequence == next && total + segment->payload_bytes < 65536;
}

static int
plain_find(const struct pc_gro_segment* segment)
{
    for (int i = 0; i < held_count; i++)
    {
        if (memcmp(first_of(i)->flow, segment->flow, sizeof(segment->flow)) == 0)
        {
            return i;
        }
    }
    return -1;
}

static void
plain_make_room(uint32_t hash)
{
    int oldest = -1;
    int count = 0;
    for (int i = held_count - 1; i >= 0; i--)
    {
        if (first_of(i)->hash % 8 == hash % 8)
        {
            oldest = i;
            count++;
        }
    }
    if (count == 8)
    {
        plain_deliver(oldest);
    }
}

static void
plain_add(int identity)
{
    const struct pc_gro_segment* segment = &polled[identity];
    int at = plain_find(segment);
    if (at >= 0 && plain_continues(&held[at], segment))
    {
        held[at].identities[held[at].count++] = identity;
        if (segment->closes || segment->payload_bytes < first_of(at)->payload_bytes)
        {
            plain_deliver(at);
        }
        return;
    }
    if (at >= 0)
    {
        plain_deliver(at);
    }
    if (!segment->mergeable || segment->payload_bytes == 0 || segment->closes)
    {
        log_packet(&plain_log, &identity, 1);
        return;
    }
    plain_make_room(segment->hash);
    held[held_count].identities[0] = identity;
    held[held_count].count = 1;
    held_count++;
}

/* The next segment of a random flow, mostly in order; everything that can differ differs at times.
 */
static struct pc_gro_segment
random_segment(uint64_t* random, uint32_t* sequences, unsigned flows)
{
    uint64_t bits = pc_test_random(random) >> 8;
    unsigned flow = (unsigned)(bits % flows);
    bits >>= 8;
    static const uint32_t payloads[] = {1448, 1448, 1448, 1448, 8948, 8948, 100, 0};
    struct pc_gro_segment segment = segment_of(flow, sequences[flow], payloads[flow % 6]);
    segment.hash = flow * 5;
    segment.acknowledgment = bits % 16 == 0;
    segment.header_bytes = bits / 16 % 32 == 0 ? HEADERS + 12 : HEADERS;
    segment.mergeable = bits / 512 % 32 != 0;
    segment.closes = bits / 16384 % 32 == 0;
    bits >>= 19;
    if (bits % 16 == 0)
    {
        segment.payload_bytes = payloads[bits / 16 % 8];
    }
    bits >>= 7;
    segment.sequence += bits % 32 == 0 ? 1448u : 0u;
    sequences[flow] = segment.sequence + (bits / 32 % 32 == 0 ? 0 : segment.payload_bytes);
    return segment;
}

/* One poll of random segments of up to \p flows flows. */
static void
check_random_poll(uint64_t* random, uint32_t* sequences, unsigned flows, int segments)
{
    driver.log.count = 0;
    plain_log.count = 0;
    for (int i = 0; i < segments; i++)
    {
        polled[i] = random_segment(random, sequences, flows);
        plain_add(i);
        struct pc_gro_verdict verdict = driver_add(&polled[i], i);
        CHECK(verdict.closed_before[0] == PC_GRO_NONE || verdict.closed_before[1] == PC_GRO_NONE);
        CHECK_EQ(pc_gro_open(&driver.gro), held_count);
        CHECK_EQ(driver.log.count, plain_log.count);
    }
    driver_flush();
    while (held_count > 0)
    {
        plain_deliver(0);
    }
    check_log(plain_log.entries, plain_log.count);
}

static void
test_reference(void)
{
    static const unsigned flows[] = {1, 2, 6, 20, 80, 200};
    uint64_t random = 1;
    for (int round = 0; round < 600; round++)
    {
        driver_init();
        uint32_t sequences[200];
        for (unsigned i = 0; i < 200; i++)
        {
            sequences[i] = (uint32_t)(pc_test_random(&random) >> 32);
        }
        unsigned count = flows[round % 6];
        check_random_poll(&random, sequences, count, POLL);
        check_random_poll(&random, sequences, count, 64);
    }
}

int
main(void)
{
    test_in_order();
    test_loss();
    test_reordering();
    test_duplicate();
    test_ce();
    test_acknowledgment_alone();
    test_push();
    test_push_alone();
    test_sizes();
    test_headers_differ();
    test_wrap();
    test_full_bucket();
    test_full_table();
    test_same_hash();
    check_limit(1448, 45);
    check_limit(8948, 7);
    test_exact_limit();
    test_interleaved();
    test_reference();
    return pc_test_done();
}
