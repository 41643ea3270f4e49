/* The cores against a slow, exact simulation, and the ledger against itself. */

#include "pc-host-cpu.h"

#include "pc-test.h"

#include <string.h>

/* What an observer was told of one core. */
struct told
{
    pc_time ledger[PC_CPU_CLASSES][PC_CAT_COUNT];
    pc_time until_ps;
    const struct pc_cpu_job *last;
};

static void
note(void *context,
     unsigned core,
     enum pc_cpu_class job_class,
     const struct pc_cpu_job *job,
     enum pc_category category,
     pc_time begin_ps,
     pc_time end_ps)
{
    struct told *told = (struct told *)context + core;
    CHECK(begin_ps >= told->until_ps); /* in order, without overlap */
    CHECK(end_ps > begin_ps);
    told->ledger[job_class][category] += end_ps - begin_ps;
    told->until_ps = end_ps;
    told->last = job;
}

/* An observer is told which class did what: a pre-empted job in two spans, and a hold. */
static void
test_observer(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job process;
    struct pc_cpu_job interrupt;
    struct told told = {.until_ps = 0};
    const struct pc_cpu_observer observer = {note, &told};
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_cpu_observe(&cpu, &observer);
    pc_cpu_job_init(&process);
    pc_cpu_job_add_ps(&process, PC_CAT_SKBUFF, 100);
    pc_cpu_job_add_ps(&process, PC_CAT_COPY, 200);
    pc_cpu_job_hold(&process, PC_CAT_SPIN, 1000);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &process, 50);
    pc_cpu_job_init(&interrupt);
    pc_cpu_job_add_ps(&interrupt, PC_CAT_INTERRUPT, 30);
    pc_cpu_submit(&cpu, 0, PC_CPU_INTERRUPT, &interrupt, 200);
    CHECK(pc_cpu_pop(&cpu, 5000) == &interrupt);
    CHECK(told.last == &interrupt);
    CHECK_EQ(told.until_ps, 230);
    CHECK(pc_cpu_pop(&cpu, 5000) == &process);
    CHECK_EQ(told.until_ps, 1000);
    CHECK_EQ(told.ledger[PC_CPU_PROCESS][PC_CAT_SKBUFF], 100);
    CHECK_EQ(told.ledger[PC_CPU_PROCESS][PC_CAT_COPY], 200);
    CHECK_EQ(told.ledger[PC_CPU_PROCESS][PC_CAT_SPIN], 620); /* from 380, behind the parts */
    CHECK_EQ(told.ledger[PC_CPU_INTERRUPT][PC_CAT_INTERRUPT], 30);
    pc_cpu_observe(&cpu, NULL);
    pc_cpu_job_init(&interrupt);
    pc_cpu_job_add_ps(&interrupt, PC_CAT_INTERRUPT, 30);
    pc_cpu_submit(&cpu, 0, PC_CPU_INTERRUPT, &interrupt, 2000);
    CHECK(pc_cpu_pop(&cpu, 5000) == &interrupt);
    CHECK_EQ(told.ledger[PC_CPU_INTERRUPT][PC_CAT_INTERRUPT], 30); /* nobody looked on */
}

/* A process job interrupted k times ends exactly its own work plus theirs later. */
static void
test_preemption(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job process;
    struct pc_cpu_job interrupt[50];
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_cpu_job_init(&process);
    pc_cpu_job_add_ps(&process, PC_CAT_COPY, 1000003);
    CHECK_EQ(pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &process, 7), PC_OK);
    pc_time stolen = 0;
    for (int i = 0; i < 50; i++)
    {
        pc_time at = 1000 + 11000 * i;
        pc_cpu_job_init(&interrupt[i]);
        pc_cpu_job_add_ps(&interrupt[i], PC_CAT_INTERRUPT, 101 + i);
        stolen += 101 + i;
        CHECK(pc_cpu_pop(&cpu, at) == (i > 0 ? &interrupt[i - 1] : NULL));
        CHECK_EQ(pc_cpu_submit(&cpu, 0, PC_CPU_INTERRUPT, &interrupt[i], at), PC_OK);
    }
    CHECK(pc_cpu_pop(&cpu, INT64_MAX - 1) == &interrupt[49]);
    CHECK(pc_cpu_pop(&cpu, INT64_MAX - 1) == &process);
    CHECK_EQ(process.done_ps, 7 + 1000003 + stolen);
    CHECK_EQ(process.began_ps, 7); /* once, however often it resumes */
    CHECK_EQ(interrupt[49].began_ps, 1000 + 11000 * 49);
    CHECK_EQ(cpu.core[0].preemptions, 50);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_COPY), 1000003);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_IDLE), 7);
    CHECK(pc_cpu_check(&cpu));
}

/* A hold that ends at a known time: the core is in an interrupt then, or in the job's parts. */
static void
test_hold_until(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job stall;
    struct pc_cpu_job interrupt;
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_cpu_job_init(&stall);
    pc_cpu_job_add_ps(&stall, PC_CAT_COPY, 100);
    pc_cpu_job_hold(&stall, PC_CAT_COPY, 1000);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &stall, 0);
    CHECK_EQ(pc_cpu_next(&cpu), 1000);
    pc_cpu_job_init(&interrupt);
    pc_cpu_job_add_ps(&interrupt, PC_CAT_INTERRUPT, 300);
    pc_cpu_submit(&cpu, 0, PC_CPU_INTERRUPT, &interrupt, 900);
    CHECK(pc_cpu_pop(&cpu, 5000) == &interrupt);
    CHECK(pc_cpu_pop(&cpu, 5000) == &stall);
    CHECK_EQ(stall.done_ps, 1200);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_COPY), 900);

    pc_cpu_job_init(&stall);
    pc_cpu_job_add_ps(&stall, PC_CAT_COPY, 100);
    pc_cpu_job_hold(&stall, PC_CAT_COPY, 1250);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &stall, 1200);
    CHECK(pc_cpu_pop(&cpu, 5000) == &stall);
    CHECK_EQ(stall.done_ps, 1300);
    CHECK(pc_cpu_check(&cpu));
}

/* A hold ends when it is released, or when the core has come back to it. */
static void
test_hold(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job spin;
    struct pc_cpu_job interrupt;
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_cpu_job_init(&spin);
    pc_cpu_job_add_ps(&spin, PC_CAT_DMA_SUBMIT, 100);
    pc_cpu_job_hold(&spin, PC_CAT_SPIN, PC_NEVER);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &spin, 0);
    CHECK_EQ(pc_cpu_next(&cpu), PC_NEVER);
    pc_cpu_job_init(&interrupt);
    pc_cpu_job_add_ps(&interrupt, PC_CAT_DRIVER_RX, 1000);
    pc_cpu_submit(&cpu, 0, PC_CPU_INTERRUPT, &interrupt, 400);
    pc_cpu_release(&cpu, 0, &spin, 600); /* while the core is in the interrupt */
    CHECK(pc_cpu_pop(&cpu, 5000) == &interrupt);
    CHECK(pc_cpu_pop(&cpu, 5000) == &spin);
    CHECK_EQ(spin.done_ps, 1400);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_SPIN), 300);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_DMA_SUBMIT), 100);

    pc_cpu_job_init(&spin);
    pc_cpu_job_add_ps(&spin, PC_CAT_DMA_SUBMIT, 100);
    pc_cpu_job_hold(&spin, PC_CAT_SPIN, PC_NEVER);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &spin, 5000);
    pc_cpu_release(&cpu, 0, &spin, 5050); /* before its parts are done */
    CHECK(pc_cpu_pop(&cpu, 9000) == &spin);
    CHECK_EQ(spin.done_ps, 5100);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_SPIN), 300);
}

/* Cycles become time without losing any: a million times one cycle of 1333 1/3 ps. */
static void
test_cycles(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job job;
    CHECK_EQ(pc_cpu_init(&cpu, 1, 750e6, 0), PC_OK);
    pc_time sum = 0;
    for (int i = 0; i < 1000000; i++)
    {
        pc_cpu_job_init(&job);
        if (pc_cpu_job_add_cycles(&cpu, 0, &job, PC_CAT_COPY, 1) != PC_OK)
        {
            CHECK(0);
        }
        sum += pc_cpu_job_left(&job);
    }
    CHECK_NEAR(sum, 1e6 * 4000 / 3, 1);
}

/* A million chained 0.3 ns jobs end within 1 ns of their sum. */
static void
test_chain(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job job;
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_time now = 0;
    for (int i = 0; i < 1000000; i++)
    {
        pc_cpu_job_init(&job);
        pc_cpu_job_add_ps(&job, PC_CAT_COPY, 300);
        pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &job, now);
        if (pc_cpu_pop(&cpu, (now + 300 + 999) / 1000 * 1000) != &job)
        {
            CHECK(0);
            return;
        }
        now = job.done_ps;
    }
    CHECK_EQ(now, 300000000);
}

/* The reference: one picosecond after the other, interrupt class first. */
#define JOBS 12

struct reference_job
{
    pc_time left;
    uint64_t number;
    enum pc_cpu_class job_class;
    int live;
    pc_time began; /* -1: not yet */
};

static int
reference_running(const struct reference_job *jobs)
{
    int best = -1;
    for (int i = 0; i < JOBS; i++)
    {
        if (!jobs[i].live)
        {
            continue;
        }
        int before = best < 0 || jobs[i].job_class > jobs[best].job_class ||
                     (jobs[i].job_class == jobs[best].job_class &&
                      jobs[i].number < jobs[best].number);
        best = before ? i : best;
    }
    return best;
}

static void
test_against_reference(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job jobs[JOBS];
    struct reference_job reference[JOBS];
    memset(reference, 0, sizeof(reference));
    uint64_t random = 9;
    uint64_t number = 0;
    pc_time idle = 0;
    struct told told = {.until_ps = 0};
    const struct pc_cpu_observer observer = {note, &told};
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_cpu_observe(&cpu, &observer);
    for (pc_time now = 0; now < 200000; now++)
    {
        /* what is done by now, in the order of the reference */
        for (int i; (i = reference_running(reference)) >= 0 && reference[i].left == 0;)
        {
            struct pc_cpu_job *done = pc_cpu_pop(&cpu, now);
            CHECK(done == &jobs[i]);
            CHECK_EQ(done != NULL ? done->done_ps : -1, now);
            CHECK_EQ(done != NULL ? done->began_ps : -1, reference[i].began);
            reference[i].live = 0;
        }
        CHECK(pc_cpu_pop(&cpu, now) == NULL);
        int i = (int)(pc_test_random(&random) % (8 * JOBS));
        if (i < JOBS && !reference[i].live)
        {
            pc_time work = 1 + (pc_time)(pc_test_random(&random) % 100);
            reference[i] = (struct reference_job){work, number++,
                                                  pc_test_random(&random) % 3 == 0
                                                      ? PC_CPU_INTERRUPT
                                                      : PC_CPU_PROCESS,
                                                  1, -1};
            pc_cpu_job_init(&jobs[i]);
            pc_cpu_job_add_ps(&jobs[i], PC_CAT_COPY, work / 2);
            pc_cpu_job_add_ps(&jobs[i], PC_CAT_TCP_RX, work - work / 2);
            pc_cpu_submit(&cpu, 0, reference[i].job_class, &jobs[i], now);
        }
        int running = reference_running(reference);
        if (running >= 0)
        {
            pc_time *began = &reference[running].began;
            *began = *began < 0 ? now : *began;
            reference[running].left--;
        }
        else
        {
            idle++;
        }
    }
    CHECK_EQ(pc_cpu_sync(&cpu, 200000), PC_OK);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_IDLE), idle);
    CHECK(pc_cpu_check(&cpu));
    for (int c = 0; c < PC_CAT_IDLE; c++)
    {
        CHECK_EQ(told.ledger[PC_CPU_PROCESS][c] + told.ledger[PC_CPU_INTERRUPT][c],
                 pc_cpu_ledger(&cpu, 0, (enum pc_category)c));
    }
}

static void
test_two_cores(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job a;
    struct pc_cpu_job b;
    struct told told[2] = {{.until_ps = 0}, {.until_ps = 0}};
    const struct pc_cpu_observer observer = {note, told};
    CHECK_EQ(pc_cpu_init(&cpu, 2, 1e9, 0), PC_OK);
    pc_cpu_observe(&cpu, &observer);
    pc_cpu_job_init(&a);
    pc_cpu_job_init(&b);
    pc_cpu_job_add_ps(&a, PC_CAT_COPY, 500);
    pc_cpu_job_add_ps(&b, PC_CAT_COPY, 300);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &a, 0);
    pc_cpu_submit(&cpu, 1, PC_CPU_PROCESS, &b, 0);
    CHECK(pc_cpu_pop(&cpu, 1000) == &b);
    CHECK(pc_cpu_pop(&cpu, 1000) == &a);
    CHECK_EQ(pc_cpu_sync(&cpu, 1000), PC_OK);
    CHECK_EQ(told[0].until_ps, 500);
    CHECK_EQ(told[1].until_ps, 300);
    CHECK_EQ(pc_cpu_ledger(&cpu, 1, PC_CAT_IDLE), 700);
    CHECK(pc_cpu_check(&cpu));
    pc_cpu_ledger_reset(&cpu, 1000);
    CHECK_EQ(pc_cpu_sync(&cpu, 1500), PC_OK);
    CHECK_EQ(pc_cpu_ledger(&cpu, 0, PC_CAT_IDLE), 500);
    CHECK(pc_cpu_check(&cpu));
}

static void
test_errors(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job job;
    CHECK_EQ(pc_cpu_init(&cpu, 0, 1e9, 0), PC_ERR_INVALID);
    CHECK_EQ(pc_cpu_init(&cpu, PC_CPU_CORES + 1, 1e9, 0), PC_ERR_INVALID);
    CHECK_EQ(pc_cpu_init(&cpu, 1, 0, 0), PC_ERR_INVALID);
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    pc_cpu_job_init(&job);
    CHECK_EQ(pc_cpu_submit(&cpu, 1, PC_CPU_PROCESS, &job, 0), PC_ERR_INVALID);
    CHECK_EQ(pc_cpu_job_add_ps(&job, PC_CAT_COPY, -1), PC_ERR_INVALID);
    for (int c = 0; c < PC_CPU_PARTS; c++)
    {
        CHECK_EQ(pc_cpu_job_add_ps(&job, (enum pc_category)c, 1), PC_OK);
    }
    CHECK_EQ(pc_cpu_job_add_ps(&job, PC_CAT_EVICT, 1), PC_ERR_RANGE);
    pc_cpu_submit(&cpu, 0, PC_CPU_PROCESS, &job, 0);
    CHECK_EQ(pc_cpu_sync(&cpu, 1000), PC_ERR_INVALID); /* a job is done before, not popped */
    CHECK(strcmp(pc_category_name(PC_CAT_DMA_SUBMIT), "dma_submit") == 0);
    CHECK(strcmp(pc_category_name(PC_CAT_COUNT), "?") == 0);
}

int
main(void)
{
    test_preemption();
    test_observer();
    test_hold();
    test_hold_until();
    test_cycles();
    test_chain();
    test_against_reference();
    test_two_cores();
    test_errors();
    return pc_test_done();
}
