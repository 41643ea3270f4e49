/* The cores: order, pre-emption, holds, and the ledger against itself. */

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

/* Work of a process. */
static void
work_of(struct pc_host_cpu *cpu, uint32_t owner, struct pc_cpu_job *job, pc_time work, pc_time now)
{
    pc_cpu_job_init(job);
    job->owner = owner;
    pc_cpu_job_add_ps(job, PC_CAT_COPY, work);
    CHECK_EQ(pc_cpu_submit(cpu, 0, PC_CPU_PROCESS, job, now), PC_OK);
}

static void
interrupt_of(struct pc_host_cpu *cpu, struct pc_cpu_job *job, pc_time work, pc_time now)
{
    pc_cpu_job_init(job);
    pc_cpu_job_add_ps(job, PC_CAT_INTERRUPT, work);
    CHECK_EQ(pc_cpu_submit(cpu, 0, PC_CPU_INTERRUPT, job, now), PC_OK);
}

/* Two processes of three steps run one after the other; one that sleeps goes to the end. */
static void
test_a_process_keeps_its_core(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job job[4];
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    for (uint32_t p = 1; p <= 3; p++)
    {
        work_of(&cpu, p, &job[p], 100, 0);
    }
    /* process 3 sleeps after each step for less time than the others work */
    static const uint32_t order[] = {1, 1, 1, 2, 2, 2, 3, 1, 1, 1, 3};
    unsigned steps[4] = {0, 0, 0, 0};
    pc_time now = 0;
    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++)
    {
        struct pc_cpu_job *done = pc_cpu_pop(&cpu, 100000);
        CHECK(done == &job[order[i]]);
        now += 100;
        CHECK_EQ(job[order[i]].done_ps, now);
        CHECK_EQ(job[order[i]].began_ps, now - 100); /* not when it was at the head for nothing */
        steps[order[i]]++;
        if (i == 5)
        {
            work_of(&cpu, 1, &job[1], 100, now + 40); /* one comes back meanwhile: it waits for 3 */
        }
        else if (order[i] == 3 && i == 6)
        {
            work_of(&cpu, 3, &job[3], 100, now + 1); /* for 1 ps: too late */
        }
        else if (order[i] != 3 && steps[order[i]] % 3 != 0)
        {
            work_of(&cpu, order[i], &job[order[i]], 100, now);
        }
    }
    CHECK(pc_cpu_pop(&cpu, 100000) == NULL);
    CHECK(pc_cpu_check(&cpu));
}

/* Interrupts do not cost a process its place: not before it goes on, and not at that instant. */
static void
test_a_process_keeps_its_core_over_interrupts(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job first;
    struct pc_cpu_job again;
    struct pc_cpu_job other;
    struct pc_cpu_job interrupt[3];
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    work_of(&cpu, 1, &first, 100, 0);
    work_of(&cpu, 2, &other, 100, 0);
    interrupt_of(&cpu, &interrupt[0], 30, 50);
    CHECK(pc_cpu_pop(&cpu, 9999) == &interrupt[0]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &first);
    interrupt_of(&cpu, &interrupt[1], 20, 130);
    work_of(&cpu, 1, &again, 100, 130);
    interrupt_of(&cpu, &interrupt[2], 20, 130);
    CHECK(pc_cpu_pop(&cpu, 9999) == &interrupt[1]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &interrupt[2]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &again);
    CHECK_EQ(again.began_ps, 170);
    /* it sleeps while the core is in an interrupt: the other one has not begun, and comes first */
    interrupt_of(&cpu, &interrupt[0], 30, 270);
    work_of(&cpu, 1, &first, 100, 271);
    CHECK(pc_cpu_pop(&cpu, 9999) == &interrupt[0]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &other);
    CHECK_EQ(other.began_ps, 300);
    CHECK(pc_cpu_pop(&cpu, 9999) == &first);
    CHECK_EQ(first.done_ps, 500);
}

/* What a process submits at once stays in order; while it has the core it goes before others. */
static void
test_a_process_with_several_jobs(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job mine[5];
    struct pc_cpu_job other[2];
    struct pc_cpu_job nobody;
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    work_of(&cpu, 1, &mine[0], 100, 0);
    work_of(&cpu, 2, &other[0], 100, 0);
    work_of(&cpu, 1, &mine[1], 100, 50); /* it has the core */
    work_of(&cpu, 2, &other[1], 100, 50);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[0]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[1]);
    work_of(&cpu, 0, &nobody, 100, 200);
    work_of(&cpu, 1, &mine[2], 100, 200);
    work_of(&cpu, 1, &mine[3], 100, 200);
    work_of(&cpu, 1, &mine[4], 100, 200);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[2]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[3]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[4]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &other[0]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &other[1]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &nobody);
    CHECK_EQ(nobody.done_ps, 800);
}

/* What a process left in the queue is done before what it submits later, though it goes on. */
static void
test_a_process_does_not_overtake_itself(void)
{
    struct pc_host_cpu cpu;
    struct pc_cpu_job mine[3];
    struct pc_cpu_job other[2];
    CHECK_EQ(pc_cpu_init(&cpu, 1, 1e9, 0), PC_OK);
    work_of(&cpu, 2, &other[0], 100, 0);
    work_of(&cpu, 1, &mine[0], 100, 0);
    work_of(&cpu, 3, &other[1], 100, 0);
    work_of(&cpu, 1, &mine[1], 100, 50); /* others have the core, or come first */
    CHECK(pc_cpu_pop(&cpu, 9999) == &other[0]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[0]);
    work_of(&cpu, 1, &mine[2], 100, 200);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[1]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &mine[2]);
    CHECK(pc_cpu_pop(&cpu, 9999) == &other[1]);
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
    CHECK_EQ(pc_cpu_job_add_cycles(&cpu, 0, &job, PC_CAT_COPY, -1), PC_ERR_INVALID);
    CHECK_EQ(pc_cpu_job_add_cycles(&cpu, 0, &job, PC_CAT_COPY, NAN), PC_ERR_INVALID);
    CHECK_EQ(pc_cpu_release(&cpu, 1, &job, 0), PC_ERR_INVALID);
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
    test_a_process_keeps_its_core();
    test_a_process_keeps_its_core_over_interrupts();
    test_a_process_with_several_jobs();
    test_a_process_does_not_overtake_itself();
    test_two_cores();
    test_errors();
    return pc_test_done();
}
