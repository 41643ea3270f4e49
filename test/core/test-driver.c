/* The driver's policies. */

#include "pc-driver.h"

#include "pc-test.h"

static void
test_spin_or_sleep(void)
{
    struct pc_wait_estimate e = {.cpu_hz = 1e9, .sleep_cycles = 3000, .queue_ps = 500000,
                                 .setup_ps = 1000000, .data_ps = 1499000};
    CHECK(pc_driver_spins(PC_WAIT_AUTO, &e)); /* 2999 cycles of waiting */
    e.data_ps = 1500000;
    CHECK(!pc_driver_spins(PC_WAIT_AUTO, &e)); /* 3000 */
    CHECK(pc_driver_spins(PC_WAIT_SPIN, &e));
    e.data_ps = 0;
    CHECK(!pc_driver_spins(PC_WAIT_SLEEP, &e));
}

static void
test_place(void)
{
    CHECK_EQ(pc_driver_place(PC_FULL_COPY, 100, 5000, 1448, 65536), 100);
    CHECK_EQ(pc_driver_place(PC_FULL_COPY, 0, 5000, 1448, 65536), 0);
    CHECK_EQ(pc_driver_place(PC_FULL_WAIT, 1447, 5000, 1448, 65536), 0);
    CHECK_EQ(pc_driver_place(PC_FULL_WAIT, 1448, 5000, 1448, 65536), 1448);
    CHECK_EQ(pc_driver_place(PC_FULL_WAIT, 300, 200, 1448, 65536), 200);
    CHECK_EQ(pc_driver_place(PC_FULL_WAIT, PC_UNLIMITED, 200000, 1448, 65536), 65536);
    CHECK_EQ(pc_driver_place(PC_FULL_EVICT, 1447, 5000, 1448, 65536), 0);
    CHECK_EQ(pc_driver_place(PC_FULL_EVICT, 1448, 5000, 1448, 65536), 1448);
}

static void
test_fetch(void)
{
    struct pc_fetch_policy policy = {128, 128};
    struct pc_fetch_plan plan = pc_driver_plan_fetch(&policy, 1500, 52);
    CHECK_EQ(plan.first_bytes, 128);
    CHECK_EQ(plan.tail_bytes, 76);
    CHECK_EQ(plan.second_bytes, 0);
    CHECK(!plan.whole);
    plan = pc_driver_plan_fetch(&policy, 256, 52);
    CHECK(plan.whole);
    CHECK_EQ(plan.first_bytes, 256);
    CHECK_EQ(plan.tail_bytes, 204);
    plan = pc_driver_plan_fetch(&policy, 257, 52);
    CHECK(!plan.whole);
    policy.header_bytes = 64; /* SACK and timestamps: 20 + 60 */
    plan = pc_driver_plan_fetch(&policy, 1500, 80);
    CHECK_EQ(plan.second_bytes, 16);
    CHECK_EQ(plan.tail_bytes, 0);
}

static void
test_moderation(void)
{
    struct pc_moderation m;
    CHECK_EQ(pc_moderation_init(&m, 1000, 3), PC_OK);
    CHECK_EQ(m.deadline_ps, PC_NEVER);
    pc_moderation_note(&m, 50);
    CHECK_EQ(m.deadline_ps, 1050);
    pc_moderation_note(&m, 60);
    CHECK_EQ(m.deadline_ps, 1050);
    pc_moderation_note(&m, 70);
    CHECK_EQ(m.deadline_ps, 70); /* the third frame */
    pc_moderation_clear(&m);
    CHECK_EQ(m.deadline_ps, PC_NEVER);
    CHECK_EQ(pc_moderation_init(&m, 0, 0), PC_OK);
    pc_moderation_note(&m, 80);
    CHECK_EQ(m.deadline_ps, 80); /* no moderation */
    CHECK_EQ(pc_moderation_init(&m, -1, 0), PC_ERR_INVALID);
}

/* What is missing, less what is on its way. */
static void
test_evict(void)
{
    CHECK_EQ(pc_driver_evict(1000, 1000, 0), 0);
    CHECK_EQ(pc_driver_evict(1000, PC_UNLIMITED, 0), 0);
    CHECK_EQ(pc_driver_evict(1000, 400, 0), 600);
    CHECK_EQ(pc_driver_evict(1000, 400, 500), 100);
    CHECK_EQ(pc_driver_evict(1000, 400, 700), 0);
    CHECK_EQ(pc_driver_evict(0, 0, 0), 0);
}

int
main(void)
{
    test_evict();
    test_spin_or_sleep();
    test_place();
    test_fetch();
    test_moderation();
    return pc_test_done();
}
