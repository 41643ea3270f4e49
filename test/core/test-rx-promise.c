/* What windows promise of receive RAM: closed forms, and invariants under random peers. */

#include "pc-rx-promise.h"

#include "pc-test.h"

#define FRAME 1536u
#define SEGMENT 1448u
#define CONNECTIONS 12

/* One connection alone: four frames, then twice as many, and at last all but a newcomer's. */
static void
test_one(void)
{
    struct pc_promises ram = {.capacity_bytes = 40 * FRAME};
    struct pc_promise one = {0};
    struct pc_promise_request request = {.frame_bytes = FRAME,
                                         .segment_bytes = SEGMENT,
                                         .quota_bytes = PC_UNLIMITED,
                                         .wanted_bytes = 4u << 20};
    pc_promise_open(&ram, &one, FRAME);
    static const unsigned frames[] = {4, 8, 16, 32, 39, 39};
    for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
    {
        uint64_t window = pc_promise_window(&ram, &one, &request);
        CHECK_EQ(window, frames[i] * SEGMENT);
        pc_promise_reserve(&ram, &one, &request, window);
        CHECK_EQ(ram.reserved_bytes, frames[i] * FRAME);
    }
    /* half of it has come and is not read: the right edge stays */
    request.held_bytes = 20 * FRAME;
    request.promised_bytes = 19 * SEGMENT;
    CHECK_EQ(pc_promise_window(&ram, &one, &request), 19 * SEGMENT);
    /* smaller frames have come: what was promised is kept, although it may not fit */
    request.held_bytes = 30 * FRAME;
    CHECK_EQ(pc_promise_window(&ram, &one, &request), 19 * SEGMENT);
    request.promised_bytes = 0;
    CHECK_EQ(pc_promise_window(&ram, &one, &request), 9 * SEGMENT);
    request.quota_bytes = 35 * FRAME;
    CHECK_EQ(pc_promise_window(&ram, &one, &request), 5 * SEGMENT);
    request.wanted_bytes = 100;
    CHECK_EQ(pc_promise_window(&ram, &one, &request), 100);
    pc_promise_close(&ram, &one);
    pc_promise_close(&ram, &one);
    CHECK_EQ(ram.reserved_bytes, 0);
    CHECK_EQ(ram.connections, 0);
}

/* As many connections as there are frames, and none more. */
static void
test_refused(void)
{
    struct pc_promises ram = {.capacity_bytes = 5 * FRAME + FRAME / 2};
    struct pc_promise promise[5] = {{0}};
    for (int i = 0; i < 5; i++)
    {
        CHECK(pc_promise_has_room(&ram, FRAME));
        pc_promise_open(&ram, &promise[i], FRAME);
    }
    CHECK(!pc_promise_has_room(&ram, FRAME));
    pc_promise_close(&ram, &promise[2]);
    CHECK(pc_promise_has_room(&ram, FRAME));
}

/* A connection as the model knows it. */
struct peer
{
    struct pc_promise promise;
    uint64_t held;   /* frames of full size that are not read */
    uint64_t window; /* promised and not sent, payload */
};

/* Peers that send frames of full size, all that they may: what is held and promised fits, and each
 * connection always gets a segment through once it has been read. */
static void
test_random(uint64_t seed)
{
    struct pc_promises ram = {.capacity_bytes = 30 * FRAME};
    struct peer peer[CONNECTIONS] = {{{0}, 0, 0}};
    for (int i = 0; i < 50000; i++)
    {
        struct peer *p = &peer[pc_test_random(&seed) % CONNECTIONS];
        unsigned what = (unsigned)(pc_test_random(&seed) % 8);
        if (!p->promise.open)
        {
            if (pc_promise_has_room(&ram, FRAME))
            {
                pc_promise_open(&ram, &p->promise, FRAME);
            }
        }
        else if (what == 0 && p->held == 0 && p->window == 0)
        {
            pc_promise_close(&ram, &p->promise);
        }
        else if (what < 4 && p->window >= SEGMENT)
        {
            p->window -= SEGMENT;
            p->held += 1;
        }
        else if (what < 6)
        {
            p->held -= p->held > 0 ? 1 + pc_test_random(&seed) % p->held : 0;
        }
        else
        {
            struct pc_promise_request request = {.frame_bytes = FRAME,
                                                 .segment_bytes = SEGMENT,
                                                 .held_bytes = p->held * FRAME,
                                                 .quota_bytes = PC_UNLIMITED,
                                                 .wanted_bytes = 4u << 20,
                                                 .promised_bytes = p->window};
            uint64_t window = pc_promise_window(&ram, &p->promise, &request);
            CHECK(window >= p->window);
            CHECK(p->held > 0 || window >= SEGMENT);
            p->window = window;
            pc_promise_reserve(&ram, &p->promise, &request, window);
        }
        uint64_t all = 0;
        uint64_t reserved = 0;
        for (int j = 0; j < CONNECTIONS; j++)
        {
            all += peer[j].held * FRAME + peer[j].window / SEGMENT * FRAME;
            reserved += peer[j].promise.reserved_bytes;
        }
        CHECK(all <= ram.capacity_bytes);
        CHECK_EQ(reserved, ram.reserved_bytes);
    }
}

int
main(void)
{
    test_one();
    test_refused();
    test_random(1);
    test_random(2);
    return pc_test_done();
}
