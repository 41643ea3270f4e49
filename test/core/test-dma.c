/* Engines are FIFO, share a bus, wait for their own limits, and pipeline latency. */

#include "pc-card.h"
#include "pc-dma.h"

#include "pc-test.h"

static struct pc_dma_job
job_of(pc_time up, pc_time down, pc_time least, pc_time latency)
{
    struct pc_dma_job job = {.cost = {.up_ps = up, .down_ps = down, .min_ps = least,
                                      .latency_ps = latency}};
    return job;
}

static void
test_fifo_and_latency(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    int engine = pc_dma_add_engine(&dma);
    CHECK_EQ(engine, 0);
    CHECK(pc_dma_idle(&dma, 0));
    struct pc_dma_job a = job_of(0, 1000, 0, 500);
    struct pc_dma_job b = job_of(0, 1000, 1500, 0);
    CHECK_EQ(pc_dma_submit(&dma, 0, &a, 100), PC_OK);
    CHECK_EQ(pc_dma_submit(&dma, 0, &b, 100), PC_OK);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 100), 2500);
    CHECK(pc_dma_pop(&dma, 1599) == NULL);
    CHECK(pc_dma_pop(&dma, 9999) == &a);
    CHECK_EQ(a.done_ps, 1600); /* 100 + 1000 on the bus + 500 of latency */
    CHECK(pc_dma_pop(&dma, 9999) == &b);
    CHECK_EQ(b.done_ps, 2600); /* began when a left the engine, held for its least time */
    CHECK(pc_dma_idle(&dma, 0));
    CHECK_EQ(pc_dma_backlog(&dma, 0, 2600), 0);
    CHECK_EQ(pc_dma_submit(&dma, 1, &a, 0), PC_ERR_INVALID);
    pc_dma_fini(&dma);
}

/* A half-duplex bus: two engines share it; on PCIe each direction is its own. */
static void
test_sharing(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    pc_dma_add_engine(&dma);
    pc_dma_add_engine(&dma);
    struct pc_dma_job a = job_of(1000, 0, 0, 0);
    struct pc_dma_job b = job_of(1000, 0, 0, 0);
    pc_dma_submit(&dma, 0, &a, 0);
    pc_dma_submit(&dma, 1, &b, 0);
    CHECK(pc_dma_pop(&dma, 9999) != NULL);
    CHECK(pc_dma_pop(&dma, 9999) != NULL);
    CHECK_EQ(a.done_ps, 2000);
    CHECK_EQ(b.done_ps, 2000);
    struct pc_dma_job c = job_of(1000, 0, 0, 0);
    struct pc_dma_job d = job_of(0, 1000, 0, 0);
    pc_dma_submit(&dma, 0, &c, 5000);
    pc_dma_submit(&dma, 1, &d, 5000);
    pc_dma_pop(&dma, 9999);
    pc_dma_pop(&dma, 9999);
    CHECK_EQ(c.done_ps, 6000);
    CHECK_EQ(d.done_ps, 6000);
    pc_time up = 0;
    pc_time down = 0;
    pc_dma_busy(&dma, 9000, &up, &down);
    CHECK_EQ(up, 3000); /* a and b, then c; idle between and since */
    CHECK_EQ(down, 1000);
    pc_dma_fini(&dma);
}

/* Jobs of one engine complete in order, even where a later one has no latency. */
static void
test_in_order(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    pc_dma_add_engine(&dma);
    struct pc_dma_job a = job_of(0, 10, 0, 10000);
    struct pc_dma_job b = job_of(0, 10, 0, 0);
    pc_dma_submit(&dma, 0, &a, 0);
    pc_dma_submit(&dma, 0, &b, 0);
    CHECK(pc_dma_pop(&dma, 99999) == &a);
    CHECK(pc_dma_pop(&dma, 99999) == &b);
    CHECK_EQ(b.done_ps, 10010);
    pc_dma_fini(&dma);
}

/* Jobs of four engines that share the bus, some both ways at once: at random, at times of their own. */
#define RANDOM_JOBS 400

static void
make_jobs(uint64_t seed, struct pc_dma_job *job, pc_time *submit_ps)
{
    pc_time now_ps = 0;
    for (int i = 0; i < RANDOM_JOBS; i++)
    {
        pc_time cost[4];
        for (int c = 0; c < 4; c++)
        {
            uint64_t free_one_in = pc_test_random(&seed) % 3;
            cost[c] = free_one_in == 0 ? 0 : (pc_time)(pc_test_random(&seed) % 300);
        }
        job[i] = job_of(cost[0], cost[1], cost[2], cost[3]);
        now_ps += (pc_time)(pc_test_random(&seed) % 200);
        submit_ps[i] = now_ps;
    }
}

/* What an observer was told. */
struct told
{
    pc_time bus_ps[2];
    pc_time bus_until_ps[2];
    pc_time engine_until_ps[4];
    unsigned left;
};

static void
note_bus(void *context,
         enum pc_bus_direction direction,
         const struct pc_dma_job *job,
         pc_time begin_ps,
         pc_time end_ps)
{
    struct told *told = context;
    (void)job;
    CHECK(begin_ps >= told->bus_until_ps[direction]);
    told->bus_until_ps[direction] = end_ps;
    told->bus_ps[direction] += end_ps - begin_ps;
}

static void
note_engine(void *context, const struct pc_dma_job *job, pc_time begin_ps, pc_time end_ps)
{
    struct told *told = context;
    CHECK(begin_ps >= told->engine_until_ps[job->engine]); /* one job at a time */
    CHECK(end_ps - begin_ps >= pc_dma_alone(job));
    CHECK(job->done_ps >= end_ps + job->cost.latency_ps);
    told->engine_until_ps[job->engine] = end_ps;
    told->left++;
}

/* Runs the jobs, looking at every picosecond, or only when the bus says that it is worth it. */
static unsigned
run_jobs(struct pc_dma_job *job, const pc_time *submit_ps, int only_when_told)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    for (int i = 0; i < 4; i++)
    {
        pc_dma_add_engine(&dma);
    }
    struct told told = {.left = 0};
    const struct pc_dma_observer observer = {note_bus, note_engine, &told};
    pc_dma_observe(&dma, &observer);
    unsigned looks = 0;
    unsigned done = 0;
    unsigned submitted = 0;
    for (pc_time now_ps = 0; done < RANDOM_JOBS && now_ps < 1000000; now_ps++)
    {
        for (; submitted < RANDOM_JOBS && submit_ps[submitted] == now_ps; submitted++)
        {
            CHECK_EQ(pc_dma_submit(&dma, submitted % 4, &job[submitted], now_ps), PC_OK);
        }
        if (!only_when_told || pc_dma_next(&dma) <= now_ps)
        {
            looks++;
            struct pc_dma_job *popped = pc_dma_pop(&dma, now_ps);
            for (; popped != NULL; popped = pc_dma_pop(&dma, now_ps))
            {
                CHECK_EQ(popped->done_ps, now_ps);
                done++;
            }
            CHECK(pc_dma_next(&dma) > now_ps);
        }
    }
    CHECK_EQ(done, RANDOM_JOBS);
    CHECK_EQ(told.left, RANDOM_JOBS);
    pc_time up_ps = 0;
    pc_time down_ps = 0;
    pc_dma_busy(&dma, 1000000, &up_ps, &down_ps);
    CHECK_EQ(told.bus_ps[PC_TO_HOST], up_ps);
    CHECK_EQ(told.bus_ps[PC_TO_CARD], down_ps);
    pc_dma_fini(&dma);
    return looks;
}

/* No completion is before pc_dma_next(), which leaves out what happens inside. */
static void
test_next_misses_nothing(void)
{
    static struct pc_dma_job told[RANDOM_JOBS];
    static struct pc_dma_job always[RANDOM_JOBS];
    pc_time submit_ps[RANDOM_JOBS];
    for (uint64_t seed = 1; seed <= 10; seed++)
    {
        make_jobs(seed, told, submit_ps);
        make_jobs(seed, always, submit_ps);
        unsigned looks = run_jobs(told, submit_ps, 1);
        CHECK(looks < 2 * RANDOM_JOBS);
        run_jobs(always, submit_ps, 0);
        for (int i = 0; i < RANDOM_JOBS; i++)
        {
            CHECK_EQ(told[i].done_ps, always[i].done_ps);
        }
    }
}

/* The card's lists of transactions, added up by hand on PCIe gen 3 x8, MPS 256, MRRS 512. */
static void
test_card_steps(void)
{
    struct pc_bus_config config = {.kind = PC_BUS_PCIE, .gen = 3, .lanes = 8, .mps = 256,
                                   .mrrs = 512, .latency_base_ps = 550000};
    struct pc_bus bus;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    struct pc_card card = {.config = {.descriptor_bytes = 16, .write_back_bytes = 16,
                                      .doorbell_bytes = 4, .release_bytes = 8,
                                      .descriptor_ps = 100, .fragment_ps = 50}};
    struct pc_card_step transmit = {0};
    pc_card_transmit(&card, &bus, 1500, 0, &transmit);
    /* doorbell 24 + 4; descriptor 20 + 16; frame 1514 in 6 completions; write-back 24 + 16;
     * requests for the descriptor (1) and the frame (3) */
    CHECK_EQ(transmit.bus.bytes_to_card, 28 + 36 + 1514 + 6 * 20);
    CHECK_EQ(transmit.bus.bytes_to_host, 40 + 24 + 3 * 24);
    CHECK_EQ(transmit.host_bytes, 16 + 1514 + 16);

    struct pc_card_step headers = {0};
    pc_card_transmit(&card, &bus, 52, 1, &headers);
    CHECK_EQ(headers.bus.bytes_to_card, 28 + (32 + 20) + (66 + 20));
    CHECK_EQ(headers.processor_ps, 150);

    struct pc_card_step write = {0};
    pc_card_payload(&card, &bus, PC_TO_CARD, 4000, 200, &write);
    /* 96 bytes to the end of the page, 104 in the next */
    CHECK_EQ(write.bus.bytes_to_card, 28 + 36 + (96 + 20) + (104 + 20));
    CHECK_EQ(write.bus.bytes_to_host, 24 + 24 + 24 + 40);
    CHECK_EQ(write.bus.latency_ps, 2 * 550000); /* the descriptor's, then the data's */
    CHECK_EQ(pc_card_pages(4000, 200), 2);
    CHECK_EQ(pc_card_pages(0, 4096), 1);
    CHECK_EQ(pc_card_pages(0, 0), 0);

    struct pc_card_step receive = {0};
    pc_card_receive(&card, &bus, 128, 1, &receive);
    CHECK_EQ(receive.bus.bytes_to_host, (142 + 24) + 40 + 24);
    CHECK_EQ(receive.bus.bytes_to_card, 36);
}

static void
test_card_is_a_resource(void)
{
    struct pc_card card = {.config = {.ram_ps_per_byte = 2}};
    struct pc_card_step step = {.processor_ps = 700, .ram_bytes = 100};
    CHECK_EQ(pc_card_reserve(&card, &step, 1000), 1000 + 700);
    CHECK_EQ(pc_card_reserve(&card, &step, 1000), 1000 + 1400);
    CHECK_EQ(pc_card_reserve_wire(&card, 50, 1000), 1000 + 2 * 200 + 100);
    CHECK_EQ(pc_fifo_busy(&card.processor, 1500), 500); /* of 1400, up to now */
    CHECK_EQ(pc_fifo_busy(&card.processor, 9999), 1400);
    CHECK_EQ(pc_fifo_busy(&card.ram, 9999), 500);
    step.ram_bytes = 10000;
    CHECK_EQ(pc_card_reserve(&card, &step, 1000), 1000 + 2 * 200 + 100 + 20000);
}

/* The card's own queue is waited for once: jobs that come together leave a card's time apart. */
static void
test_a_slow_card_is_waited_for_once(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    pc_dma_add_engine(&dma);
    struct pc_card card = {0};
    struct pc_card_step step = {.processor_ps = 900};
    struct pc_dma_job job[4];
    for (int i = 0; i < 4; i++)
    {
        job[i] = job_of(0, 100, 0, 0);
        job[i].card_done_ps = pc_card_reserve(&card, &step, 50);
        CHECK_EQ(pc_dma_submit(&dma, 0, &job[i], 50), PC_OK);
    }
    CHECK_EQ(pc_dma_backlog(&dma, 0, 50), 4 * 900);
    for (int i = 0; i < 4; i++)
    {
        CHECK(pc_dma_pop(&dma, 99999) == &job[i]);
        CHECK_EQ(job[i].done_ps, 50 + 900 * (i + 1));
    }
    pc_dma_fini(&dma);
}

int
main(void)
{
    test_fifo_and_latency();
    test_sharing();
    test_in_order();
    test_next_misses_nothing();
    test_card_steps();
    test_card_is_a_resource();
    test_a_slow_card_is_waited_for_once();
    return pc_test_done();
}
