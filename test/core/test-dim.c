/* Dynamic interrupt moderation, against sequences of profiles that are worked out by hand from the
 * published algorithm. */

#include "pc-dim.h"

#include "pc-test.h"

#define PS_PER_US (1000 * PC_PS_PER_NS)

/* lib/dim/net_dim.c of Linux, NET_DIM_RX_EQE_PROFILES, microseconds */
static const int delays_us[5] = {1, 8, 64, 128, 256};

/* A queue and its clock. */
struct queue
{
    struct pc_dim dim;
    pc_time now_ps;
    bool changed; /* by the last decision: a further event begins the next measurement */
};

/* What each event brings, and how long after the one before. */
struct load
{
    int period_us;
    uint64_t packets;
    uint64_t bytes;
};

static void
queue_init(struct queue* queue)
{
    queue->now_ps = 5 * PC_PS_PER_S;
    queue->changed = false;
    pc_dim_init(&queue->dim, queue->now_ps);
}

static bool
note(struct queue* queue, const struct load* load)
{
    queue->now_ps += load->period_us * PS_PER_US;
    return pc_dim_note(&queue->dim, load->packets, load->bytes, queue->now_ps);
}

/* Events up to the next decision: 64, and one more where the profile has just changed. Answers the
 * profile's delay after it. */
static int
decide(struct queue* queue, struct load load)
{
    int before = (int)(pc_dim_delay(&queue->dim) / PS_PER_US);
    for (int i = queue->changed ? -1 : 0; i < 63; i++)
    {
        CHECK(!note(queue, &load));
    }
    queue->changed = note(queue, &load);
    int after = (int)(pc_dim_delay(&queue->dim) / PS_PER_US);
    CHECK_EQ(queue->changed, before != after);
    CHECK_EQ(pc_dim_frames(&queue->dim), 256);
    return after;
}

/* One frame of 1000 bytes a microsecond, whatever the delay: an event brings those of a delay. */
static struct load
steady(const struct queue* queue)
{
    int delay_us = (int)(pc_dim_delay(&queue->dim) / PS_PER_US);
    return (struct load){delay_us, (uint64_t)delay_us, 1000 * (uint64_t)delay_us};
}

/* A question and an answer: one frame, 20 us after the interrupt of the one before, and the delay.
 */
static struct load
ping_pong(const struct queue* queue)
{
    return (struct load){20 + (int)(pc_dim_delay(&queue->dim) / PS_PER_US), 1, 1000};
}

/* An event each 100 us, with so many bytes as the table has for the profile. */
static struct load
hill(const struct queue* queue, const int bytes[5])
{
    int profile = 0;
    while (profile < 4 && delays_us[profile] != pc_dim_delay(&queue->dim) / PS_PER_US)
    {
        profile++;
    }
    return (struct load){100, 10, (uint64_t)bytes[profile]};
}

static void
climb_to_the_end(struct queue* queue)
{
    queue_init(queue);
    CHECK_EQ(pc_dim_delay(&queue->dim), 8 * PS_PER_US);
    /* Traffic where none was before is a change: it tries the left, where interrupts are more. */
    CHECK_EQ(decide(queue, steady(queue)), 1);
    CHECK_EQ(decide(queue, steady(queue)), 8);
    CHECK_EQ(decide(queue, steady(queue)), 64);
    CHECK_EQ(decide(queue, steady(queue)), 128);
    CHECK_EQ(decide(queue, steady(queue)), 256);
    CHECK_EQ(queue->dim.state, PC_DIM_RIGHT);
    CHECK_EQ(decide(queue, steady(queue)), 256);
    CHECK_EQ(queue->dim.state, PC_DIM_PARKED);
}

/* A rate that does not fall with the delay: it climbs to the longest one and stays there. */
static void
test_steady_load(void)
{
    struct queue queue;
    climb_to_the_end(&queue);
    for (int i = 0; i < 200; i++)
    {
        CHECK_EQ(decide(&queue, steady(&queue)), 256);
    }
}

/* A rate that falls with the delay: the shortest delay, from either side. */
static void
test_ping_pong(void)
{
    struct queue queue;
    queue_init(&queue);
    CHECK_EQ(decide(&queue, ping_pong(&queue)), 1);
    for (int i = 0; i < 200; i++)
    {
        CHECK_EQ(decide(&queue, ping_pong(&queue)), 1);
    }

    climb_to_the_end(&queue);
    CHECK_EQ(decide(&queue, ping_pong(&queue)), 128);
    CHECK_EQ(decide(&queue, ping_pong(&queue)), 64);
    CHECK_EQ(decide(&queue, ping_pong(&queue)), 8);
    CHECK_EQ(decide(&queue, ping_pong(&queue)), 1);
    CHECK_EQ(queue.dim.state, PC_DIM_LEFT);
    CHECK_EQ(decide(&queue, ping_pong(&queue)), 1);
    CHECK_EQ(queue.dim.state, PC_DIM_PARKED);

    /* And under load again it climbs: at the left end it leaves to the right. */
    CHECK_EQ(decide(&queue, steady(&queue)), 8);
    CHECK_EQ(decide(&queue, steady(&queue)), 64);
    CHECK_EQ(decide(&queue, steady(&queue)), 128);
    CHECK_EQ(decide(&queue, steady(&queue)), 256);
}

/* It goes one beyond the best profile, comes back, and parks there. */
static void
test_tops(void)
{
    static const int middle[5] = {100000, 120000, 150000, 130000, 110000};
    struct queue queue;
    queue_init(&queue);
    CHECK_EQ(decide(&queue, hill(&queue, middle)), 1);
    CHECK_EQ(decide(&queue, hill(&queue, middle)), 8);
    CHECK_EQ(decide(&queue, hill(&queue, middle)), 64);
    CHECK_EQ(decide(&queue, hill(&queue, middle)), 128);
    CHECK_EQ(decide(&queue, hill(&queue, middle)), 64);
    CHECK_EQ(queue.dim.state, PC_DIM_LEFT);
    for (int i = 0; i < 50; i++)
    {
        CHECK_EQ(decide(&queue, hill(&queue, middle)), 64);
        CHECK_EQ(queue.dim.state, PC_DIM_PARKED);
    }

    static const int left[5] = {120000, 190000, 160000, 140000, 120000};
    climb_to_the_end(&queue);
    CHECK_EQ(decide(&queue, hill(&queue, left)), 128);
    CHECK_EQ(decide(&queue, hill(&queue, left)), 64);
    CHECK_EQ(decide(&queue, hill(&queue, left)), 8);
    CHECK_EQ(decide(&queue, hill(&queue, left)), 1);
    CHECK_EQ(decide(&queue, hill(&queue, left)), 8);
    CHECK_EQ(queue.dim.state, PC_DIM_RIGHT);
    for (int i = 0; i < 50; i++)
    {
        CHECK_EQ(decide(&queue, hill(&queue, left)), 8);
        CHECK_EQ(queue.dim.state, PC_DIM_PARKED);
    }
}

/* Turning forgets the steps of an earlier climb: two to the right, long ago, do not make a top of
 * one step to the left. */
static void
test_zigzag(void)
{
    static const struct
    {
        uint64_t bytes;
        int delay_us;
    } decisions[] = {
        {10000, 1},
        {8000, 8},
        {10000, 64},
        {8000, 8},
        {6000, 64},
        {4000, 8},
        {6000, 1},
    };
    struct queue queue;
    queue_init(&queue);
    for (unsigned i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++)
    {
        CHECK_EQ(decide(&queue, (struct load){100, 10, decisions[i].bytes}), decisions[i].delay_us);
    }
}

/* Events that come when they come, at any delay: nothing gets better. Ten steps to and fro, then a
 * rest: the eleventh decision finds it tired, and ten more count down. */
static void
test_tired(void)
{
    struct queue queue;
    queue_init(&queue);
    struct load load = {1000, 1, 1000};
    for (int round = 0; round < 5; round++)
    {
        for (int i = 0; i < 10; i++)
        {
            CHECK_EQ(decide(&queue, load), i % 2 == 0 ? 1 : 8);
        }
        for (int i = 0; i < 10; i++)
        {
            CHECK_EQ(decide(&queue, load), 8);
            CHECK_EQ(queue.dim.state, PC_DIM_TIRED);
        }
    }
}

/* Parked with 1 000 000 bytes a millisecond, it stays while they change by less than 11 %. */
static void
test_threshold(void)
{
    static const struct
    {
        uint64_t bytes_per_ms;
        bool stays;
    } cases[] = {{1000000, true},
                 {1100000, true},
                 {1109000, true},
                 {1110000, false},
                 {900000, true},
                 {891000, true},
                 {890000, false}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct queue queue;
        climb_to_the_end(&queue);
        CHECK_EQ(decide(&queue, steady(&queue)), 256);
        struct load load = {256, 256, cases[i].bytes_per_ms * 256 / 1000};
        CHECK_EQ(decide(&queue, load), cases[i].stays ? 256 : 128);
    }
}

/* Two changes of 6 %, each too small to count, are one of 12 % from where it parked. */
static void
test_drift(void)
{
    struct queue queue;
    climb_to_the_end(&queue);
    struct load load = {256, 256, 1060 * 256};
    CHECK_EQ(decide(&queue, load), 256);
    load.bytes = 1120 * 256;
    CHECK_EQ(decide(&queue, load), 128);
}

/* Bytes come before packets, packets before interrupts. Having gone left it parks there, at the
 * end, if that was better, and turns back otherwise. */
static void
test_order(void)
{
    static const struct
    {
        struct load load;
        bool better;
    } cases[] = {
        {{100, 100, 100000}, false}, /* all as before */
        {{100, 50, 120000}, true},   /* more bytes */
        {{100, 200, 80000}, false},  /* fewer bytes */
        {{50, 25, 60000}, true},     /* more bytes, fewer packets, more interrupts */
        {{100, 120, 100000}, true},  /* more packets */
        {{100, 80, 100000}, false},  /* fewer packets */
        {{50, 60, 50000}, true},     /* more packets and interrupts */
        {{200, 160, 200000}, false}, /* fewer of both */
        {{200, 200, 200000}, true},  /* fewer interrupts */
        {{50, 50, 50000}, false},    /* more interrupts */
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct queue queue;
        queue_init(&queue);
        CHECK_EQ(decide(&queue, (struct load){100, 100, 100000}), 1);
        CHECK_EQ(decide(&queue, cases[i].load), cases[i].better ? 1 : 8);
    }
}

/* The change is taken of what was before. Going left with fewer interrupts: better, if they are
 * fewer enough. Rates are rounded up: 64 events in 6400 us are 10 a millisecond, in 7232 us 9, in
 * 8064 us 8. */
static void
test_events_threshold(void)
{
    struct queue queue;
    queue_init(&queue);
    CHECK_EQ(decide(&queue, (struct load){100, 100, 100000}), 1);
    /* 10 to 9 is 10 %, if not of 9: the same, so it turns. */
    struct load slower = {113, 113, 113000};
    CHECK_EQ(decide(&queue, slower), 8);
    queue_init(&queue);
    CHECK_EQ(decide(&queue, (struct load){100, 100, 100000}), 1);
    /* 10 to 8 is 20 %: better, so it goes on, and parks at the end. */
    struct load slowest = {126, 126, 126000};
    CHECK_EQ(decide(&queue, slowest), 1);
    CHECK_EQ(queue.dim.state, PC_DIM_PARKED);
}

/* Without traffic nothing changes, and a measurement needs a microsecond. */
static void
test_nothing(void)
{
    struct queue queue;
    queue_init(&queue);
    for (int i = 0; i < 10; i++)
    {
        CHECK_EQ(decide(&queue, (struct load){100, 0, 0}), 8);
    }

    queue_init(&queue);
    for (int i = 0; i < 100; i++)
    {
        CHECK(!pc_dim_note(&queue.dim, 1, 1000, queue.now_ps + PS_PER_US - 1));
    }
    CHECK(pc_dim_note(&queue.dim, 1, 1000, queue.now_ps + PS_PER_US));
    CHECK_EQ(pc_dim_delay(&queue.dim), PS_PER_US);
}

int
main(void)
{
    test_steady_load();
    test_ping_pong();
    test_tops();
    test_zigzag();
    test_tired();
    test_threshold();
    test_drift();
    test_order();
    test_events_threshold();
    test_nothing();
    return pc_test_done();
}
