/* Engines serve queues in turn, share a bus, wait for their own limits, and pipeline latency. */

#include "pc-card.h"
#include "pc-dma.h"

#include "pc-test.h"

static struct pc_dma_job
job_of(pc_time up, pc_time down, pc_time least, pc_time latency)
{
    struct pc_dma_job job = {.cost = {.up_ps = up, .down_ps = down, .min_ps = least,
                                      .latency_ps = latency},
                             .turns = 1};
    return job;
}

static void
test_fifo_and_latency(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    int engine = pc_dma_add_engine(&dma, 1);
    CHECK_EQ(engine, 0);
    CHECK(pc_dma_idle(&dma, 0));
    struct pc_dma_job a = job_of(0, 1000, 0, 500);
    struct pc_dma_job b = job_of(0, 1000, 1500, 0);
    CHECK_EQ(pc_dma_submit(&dma, 0, 0, &a, 100), PC_OK);
    CHECK_EQ(pc_dma_submit(&dma, 0, 0, &b, 100), PC_OK);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 0, 100), 2500);
    CHECK(pc_dma_pop(&dma, 1599) == NULL);
    CHECK(pc_dma_pop(&dma, 9999) == &a);
    CHECK_EQ(a.done_ps, 1600); /* 100 + 1000 on the bus + 500 of latency */
    CHECK(pc_dma_pop(&dma, 9999) == &b);
    CHECK_EQ(b.done_ps, 2600); /* began when a left the engine, held for its least time */
    CHECK(pc_dma_idle(&dma, 0));
    CHECK_EQ(pc_dma_backlog(&dma, 0, 0, 2600), 0);
    CHECK_EQ(pc_dma_submit(&dma, 1, 0, &a, 0), PC_ERR_INVALID);
    pc_dma_fini(&dma);
}

/* A half-duplex bus: two engines share it; on PCIe each direction is its own. */
static void
test_sharing(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    pc_dma_add_engine(&dma, 1);
    pc_dma_add_engine(&dma, 1);
    struct pc_dma_job a = job_of(1000, 0, 0, 0);
    struct pc_dma_job b = job_of(1000, 0, 0, 0);
    pc_dma_submit(&dma, 0, 0, &a, 0);
    pc_dma_submit(&dma, 1, 0, &b, 0);
    CHECK(pc_dma_pop(&dma, 9999) != NULL);
    CHECK(pc_dma_pop(&dma, 9999) != NULL);
    CHECK_EQ(a.done_ps, 2000);
    CHECK_EQ(b.done_ps, 2000);
    struct pc_dma_job c = job_of(1000, 0, 0, 0);
    struct pc_dma_job d = job_of(0, 1000, 0, 0);
    pc_dma_submit(&dma, 0, 0, &c, 5000);
    pc_dma_submit(&dma, 1, 0, &d, 5000);
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
    pc_dma_add_engine(&dma, 1);
    struct pc_dma_job a = job_of(0, 10, 0, 10000);
    struct pc_dma_job b = job_of(0, 10, 0, 0);
    pc_dma_submit(&dma, 0, 0, &a, 0);
    pc_dma_submit(&dma, 0, 0, &b, 0);
    CHECK(pc_dma_pop(&dma, 99999) == &a);
    CHECK(pc_dma_pop(&dma, 99999) == &b);
    CHECK_EQ(b.done_ps, 10010);
    pc_dma_fini(&dma);
}

/* Jobs of four engines that share the bus, some both ways at once: at random, at times of their own. */
#define RANDOM_JOBS 400

static void
make_jobs(uint64_t seed, uint32_t turns, struct pc_dma_job *job, pc_time *submit_ps)
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
        job[i].turns = turns == 1 ? 1 : 1 + (uint32_t)(pc_test_random(&seed) % turns);
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
    const struct pc_dma_job *job; /* the first of all */
    pc_time held_ps[RANDOM_JOBS]; /* its engine, in all */
    unsigned spans;
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
    told->engine_until_ps[job->engine] = end_ps;
    told->held_ps[job - told->job] += end_ps - begin_ps;
    told->spans++;
    if (job->done_ps != PC_NEVER)
    {
        CHECK(told->held_ps[job - told->job] >= pc_dma_alone(job));
        CHECK(job->done_ps >= end_ps + job->cost.latency_ps);
        told->left++;
    }
}

/* Runs the jobs, looking at every picosecond, or only when the bus says that it is worth it. */
static unsigned
run_jobs(struct pc_dma_job *job, const pc_time *submit_ps, unsigned queues, int only_when_told)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    for (int i = 0; i < 4; i++)
    {
        pc_dma_add_engine(&dma, queues);
    }
    struct told told = {.job = job};
    const struct pc_dma_observer observer = {note_bus, note_engine, &told};
    pc_dma_observe(&dma, &observer);
    unsigned looks = 0;
    unsigned done = 0;
    unsigned submitted = 0;
    for (pc_time now_ps = 0; done < RANDOM_JOBS && now_ps < 1000000; now_ps++)
    {
        for (; submitted < RANDOM_JOBS && submit_ps[submitted] == now_ps; submitted++)
        {
            unsigned queue = submitted / 4 % queues;
            CHECK_EQ(pc_dma_submit(&dma, submitted % 4, queue, &job[submitted], now_ps), PC_OK);
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
    /* no time on the bus is lost or made up: each span's end is rounded to a picosecond */
    for (int i = 0; i < RANDOM_JOBS; i++)
    {
        up_ps -= job[i].cost.up_ps;
        down_ps -= job[i].cost.down_ps;
    }
    CHECK(up_ps >= 0 && up_ps <= told.spans);
    CHECK(down_ps >= 0 && down_ps <= told.spans);
    CHECK(queues == 1 ? told.spans == RANDOM_JOBS : told.spans > RANDOM_JOBS);
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
    for (uint64_t seed = 1; seed <= 20; seed++)
    {
        unsigned queues = seed <= 10 ? 1 : 3;
        make_jobs(seed, 4 * queues - 3, told, submit_ps);
        make_jobs(seed, 4 * queues - 3, always, submit_ps);
        unsigned looks = run_jobs(told, submit_ps, queues, 1);
        CHECK(queues > 1 || looks < 2 * RANDOM_JOBS);
        run_jobs(always, submit_ps, queues, 0);
        for (int i = 0; i < RANDOM_JOBS; i++)
        {
            CHECK_EQ(told[i].done_ps, always[i].done_ps);
        }
    }
}

/* Two queues of equal jobs are never more than a burst apart. */
static void
test_queues_share_fairly(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    CHECK_EQ(pc_dma_add_engine(&dma, 2), 0);
    struct pc_dma_job job[2][4];
    for (unsigned i = 0; i < 8; i++)
    {
        struct pc_dma_job *mine = &job[i / 4][i % 4];
        *mine = job_of(0, 1000, 0, 0);
        mine->turns = 10;
        CHECK_EQ(pc_dma_submit(&dma, 0, i / 4, mine, 0), PC_OK);
    }
    for (int i = 0; i < 4; i++)
    {
        CHECK(pc_dma_pop(&dma, 99999) == &job[0][i]);
        CHECK(pc_dma_pop(&dma, 99999) == &job[1][i]);
        CHECK_EQ(job[0][i].done_ps, 2000 * (i + 1) - 100);
        CHECK_EQ(job[1][i].done_ps, 2000 * (i + 1));
    }
    pc_dma_fini(&dma);
}

/* 64 KB in bursts of 500 ps, and a header after 1234 ps: in another queue, then in the same. */
static void
test_a_header_waits_for_one_burst_of_others(void)
{
    for (unsigned queue = 0; queue < 2; queue++)
    {
        static struct pc_dma dma;
        CHECK_EQ(pc_dma_init(&dma), PC_OK);
        pc_dma_add_engine(&dma, 2);
        struct pc_dma_job large = job_of(160, 8000, 0, 700); /* its requests are ahead */
        struct pc_dma_job header = job_of(0, 20, 0, 0);
        large.turns = 16;
        CHECK_EQ(pc_dma_submit(&dma, 0, 0, &large, 0), PC_OK);
        CHECK_EQ(pc_dma_next(&dma), 8700); /* nothing to look at for each burst */
        CHECK_EQ(pc_dma_submit(&dma, 0, queue, &header, 1234), PC_OK);
        while (pc_dma_pop(&dma, 99999) != NULL)
        {
        }
        CHECK_EQ(large.done_ps, queue == 0 ? 8700 : 8720);
        CHECK_EQ(header.done_ps, queue == 0 ? 8700 : 1520);
        uint64_t count = 0;
        CHECK_EQ(pc_dma_waited(&dma, 0, queue, &count), queue == 0 ? 8000 - 1234 : 1500 - 1234);
        CHECK_EQ(count, queue == 0 ? 2 : 1);
        pc_dma_fini(&dma);
    }
}

static void
test_backlog_of_a_queue(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    pc_dma_add_engine(&dma, 3);
    struct pc_dma_job a = job_of(0, 1000, 0, 0);
    struct pc_dma_job b = job_of(0, 50, 0, 0);
    a.turns = 10;
    pc_dma_submit(&dma, 0, 0, &a, 0);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 0, 0), 1000);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 1, 0), 100); /* a burst of the other queue */
    pc_dma_submit(&dma, 0, 1, &b, 0);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 0, 0), 1050);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 1, 0), 50 + 2 * 100);
    CHECK_EQ(pc_dma_backlog(&dma, 0, 2, 0), 50 + 100);
    pc_dma_fini(&dma);
}

static void
test_errors(void)
{
    static struct pc_dma dma;
    CHECK_EQ(pc_dma_init(&dma), PC_OK);
    CHECK_EQ(pc_dma_add_engine(&dma, 0), PC_ERR_INVALID);
    CHECK_EQ(pc_dma_add_engine(&dma, PC_DMA_QUEUES + 1), PC_ERR_INVALID);
    for (int i = 0; i < PC_DMA_ENGINES; i++)
    {
        CHECK_EQ(pc_dma_add_engine(&dma, PC_DMA_QUEUES), i);
    }
    CHECK_EQ(pc_dma_add_engine(&dma, 1), PC_ERR_NO_ROOM);
    struct pc_dma_job job = job_of(0, 10, 0, 0);
    CHECK_EQ(pc_dma_submit(&dma, 0, PC_DMA_QUEUES, &job, 0), PC_ERR_INVALID);
    CHECK_EQ(pc_dma_submit(&dma, 0, PC_DMA_QUEUES - 1, &job, 0), PC_OK);
    CHECK(pc_dma_pop(&dma, 10) == &job);
    job.turns = 0;
    CHECK_EQ(pc_dma_submit(&dma, 0, 0, &job, 20), PC_ERR_INVALID);
    job.turns = UINT32_C(1) << 31;
    CHECK_EQ(pc_dma_submit(&dma, 0, 0, &job, 20), PC_ERR_INVALID);
    pc_dma_fini(&dma);
}

/* The reference: one engine that has the bus for itself, one picosecond after the other. Of a job
 * there are three times to be done, its two directions' and its least time. */
#define QUEUES 3

struct reference_job
{
    pc_time whole[3];
    pc_time done[3];
    pc_time stop[3]; /* where each stops at the end of this turn */
    pc_time done_ps;
    uint32_t turn;
};

struct reference
{
    struct reference_job job[RANDOM_JOBS];
    int queue[QUEUES][RANDOM_JOBS]; /* numbers of jobs, whole queues: begin is the head */
    int begin[QUEUES];
    int end[QUEUES];
    int served;
    int active; /* -1: none */
    pc_time last_done[QUEUES];
    pc_time waited[QUEUES];
};

static pc_time
boundary(const struct reference_job *r, const struct pc_dma_job *job, int what, uint32_t turns)
{
    return r->whole[what] * turns / job->turns;
}

static int
reference_others(const struct reference *r)
{
    int others = 0;
    for (int q = 0; q < QUEUES; q++)
    {
        others += q != r->served && r->begin[q] < r->end[q];
    }
    return others > 0;
}

/* The next queue's first job has its turn. */
static void
reference_start(struct reference *r, const struct pc_dma_job *job, const pc_time *submit_ps, pc_time now)
{
    for (int k = 1; k <= QUEUES && r->active < 0; k++)
    {
        int q = (r->served + k) % QUEUES;
        if (r->begin[q] < r->end[q])
        {
            r->active = r->queue[q][r->begin[q]];
            r->served = q;
            break;
        }
    }
    if (r->active < 0)
    {
        return;
    }
    struct reference_job *a = &r->job[r->active];
    r->waited[r->served] += a->turn == 0 ? now - submit_ps[r->active] : 0;
    a->turn = reference_others(r) ? a->turn + 1 : job[r->active].turns;
    for (int w = 0; w < 3; w++)
    {
        pc_time stop = boundary(a, &job[r->active], w, a->turn);
        a->stop[w] = stop > a->done[w] ? stop : a->done[w];
    }
}

/* The active job had the engine for itself, from after turn \p from, and another queue's comes. */
static void
reference_give_away(struct reference_job *a, const struct pc_dma_job *job, uint32_t from)
{
    uint32_t turn[3];
    uint32_t least = job->turns;
    for (int w = 0; w < 3; w++)
    {
        turn[w] = a->whole[w] > 0 ? from + 1 : job->turns;
        while (boundary(a, job, w, turn[w]) < a->done[w])
        {
            turn[w]++;
        }
        least = turn[w] < least ? turn[w] : least;
    }
    for (int w = 0; w < 3 && least < job->turns; w++)
    {
        a->stop[w] = boundary(a, job, w, turn[w]);
        a->turn = least;
    }
}

static int
reference_ends(const struct reference *r, const struct pc_dma_job *job, pc_time now)
{
    const struct reference_job *a = &r->job[r->active];
    return a->done[0] == a->stop[0] && a->done[1] == a->stop[1] && a->done[2] == a->stop[2] &&
           (a->turn < job[r->active].turns || now >= job[r->active].card_done_ps);
}

static void
reference_run(struct reference *r, const struct pc_dma_job *job, const pc_time *submit_ps)
{
    r->active = -1;
    uint32_t from = 0; /* turns that the active job had done when it got the engine */
    int submitted = 0;
    int done = 0;
    for (pc_time now = 0; done < RANDOM_JOBS; now++)
    {
        for (; submitted < RANDOM_JOBS && submit_ps[submitted] == now; submitted++)
        {
            int q = (int)job[submitted].queue;
            r->queue[q][r->end[q]++] = submitted;
            if (r->active >= 0 && reference_others(r))
            {
                reference_give_away(&r->job[r->active], &job[r->active], from);
            }
            else if (r->active < 0)
            {
                reference_start(r, job, submit_ps, now);
                from = 0;
            }
        }
        while (r->active >= 0 && reference_ends(r, job, now))
        {
            int q = r->served;
            struct reference_job *a = &r->job[r->active];
            if (a->turn == job[r->active].turns)
            {
                pc_time done_ps = now + job[r->active].cost.latency_ps;
                a->done_ps = done_ps > r->last_done[q] ? done_ps : r->last_done[q];
                r->last_done[q] = a->done_ps;
                r->begin[q]++;
                done++;
            }
            r->active = -1;
            int next = -1;
            for (int k = QUEUES; k >= 1; k--)
            {
                int other = (q + k) % QUEUES;
                next = r->begin[other] < r->end[other] ? r->queue[other][r->begin[other]] : next;
            }
            from = next >= 0 ? r->job[next].turn : 0;
            reference_start(r, job, submit_ps, now);
        }
        for (int w = 0; w < 3 && r->active >= 0; w++)
        {
            struct reference_job *a = &r->job[r->active];
            a->done[w] += a->done[w] < a->stop[w];
        }
    }
}

static void
test_queues_against_reference(void)
{
    static struct pc_dma dma;
    static struct pc_dma_job job[RANDOM_JOBS];
    static struct reference r;
    pc_time submit_ps[RANDOM_JOBS];
    for (uint64_t seed = 1; seed <= 40; seed++)
    {
        make_jobs(seed, 1 + (uint32_t)seed % 13, job, submit_ps);
        r = (struct reference){.served = 0};
        uint64_t random = seed + 1000;
        for (int i = 0; i < RANDOM_JOBS; i++)
        {
            submit_ps[i] *= 1 + (pc_time)(seed % 3); /* more work than time, or less */
            job[i].card_done_ps = submit_ps[i] + (pc_time)(pc_test_random(&random) % 600);
            job[i].queue = (unsigned)(pc_test_random(&random) % QUEUES);
            r.job[i].whole[0] = job[i].cost.up_ps;
            r.job[i].whole[1] = job[i].cost.down_ps;
            r.job[i].whole[2] = job[i].cost.min_ps;
        }
        reference_run(&r, job, submit_ps);
        CHECK_EQ(pc_dma_init(&dma), PC_OK);
        pc_dma_add_engine(&dma, QUEUES);
        pc_time work_ps[2] = {0, 0};
        for (int i = 0; i < RANDOM_JOBS; i++)
        {
            while (pc_dma_pop(&dma, submit_ps[i] - 1) != NULL)
            {
            }
            CHECK_EQ(pc_dma_submit(&dma, 0, job[i].queue, &job[i], submit_ps[i]), PC_OK);
            work_ps[0] += job[i].cost.up_ps;
            work_ps[1] += job[i].cost.down_ps;
        }
        pc_time last_ps = 0;
        for (struct pc_dma_job *done; (done = pc_dma_pop(&dma, PC_NEVER - 1)) != NULL;)
        {
            CHECK(done->done_ps >= last_ps);
            last_ps = done->done_ps;
        }
        for (int i = 0; i < RANDOM_JOBS; i++)
        {
            CHECK_EQ(job[i].done_ps, r.job[i].done_ps);
        }
        pc_time busy_ps[2];
        pc_dma_busy(&dma, last_ps, &busy_ps[0], &busy_ps[1]);
        CHECK_EQ(busy_ps[0], work_ps[0]);
        CHECK_EQ(busy_ps[1], work_ps[1]);
        uint64_t begun = 0;
        for (unsigned q = 0; q < QUEUES; q++)
        {
            uint64_t count = 0;
            CHECK_EQ(pc_dma_waited(&dma, 0, q, &count), r.waited[q]);
            begun += count;
        }
        CHECK_EQ(begun, RANDOM_JOBS);
        pc_dma_fini(&dma);
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
    pc_card_transmit(&card, &bus, 1500, 0, true, &transmit);
    /* doorbell 24 + 4; descriptor 20 + 16; frame 1514 in 6 completions; write-back 24 + 16;
     * requests for the descriptor (1) and the frame (3) */
    CHECK_EQ(transmit.bus.bytes_to_card, 28 + 36 + 1514 + 6 * 20);
    CHECK_EQ(transmit.bus.bytes_to_host, 40 + 24 + 3 * 24);
    CHECK_EQ(transmit.host_bytes, 16 + 1514 + 16);

    struct pc_card_step headers = {0};
    pc_card_transmit(&card, &bus, 52, 1, true, &headers);
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
    pc_dma_add_engine(&dma, 1);
    struct pc_card card = {0};
    struct pc_card_step step = {.processor_ps = 900};
    struct pc_dma_job job[4];
    for (int i = 0; i < 4; i++)
    {
        job[i] = job_of(0, 100, 0, 0);
        job[i].card_done_ps = pc_card_reserve(&card, &step, 50);
        CHECK_EQ(pc_dma_submit(&dma, 0, 0, &job[i], 50), PC_OK);
    }
    CHECK_EQ(pc_dma_backlog(&dma, 0, 0, 50), 4 * 900);
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
    test_queues_share_fairly();
    test_a_header_waits_for_one_burst_of_others();
    test_backlog_of_a_queue();
    test_queues_against_reference();
    test_errors();
    test_card_steps();
    test_card_is_a_resource();
    test_a_slow_card_is_waited_for_once();
    return pc_test_done();
}
