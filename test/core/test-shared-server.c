/* The shared server: time is not lost, and FIFO is a running sum. test-reference.c compares processor
 * sharing with an equal part from each job. */

#include "pc-fifo.h"
#include "pc-shared-server.h"

#include "pc-test.h"

#include <stdbool.h>

/* A million chained jobs end within 1 ns of their sum, whatever their length. */
static void
test_chain(enum pc_server_discipline discipline, pc_time work_ps)
{
    struct pc_server server;
    struct pc_server_job job;
    CHECK_EQ(pc_server_init(&server, discipline), PC_OK);
    pc_time now = 0;
    for (int i = 0; i < 1000000; i++)
    {
        if (pc_server_submit(&server, &job, work_ps, now) != PC_OK)
        {
            CHECK(false);
        }
        /* the event that looks comes a rounded-up nanosecond later */
        struct pc_server_job *done = pc_server_pop(&server, (now + work_ps + 999) / 1000 * 1000);
        if (done != &job)
        {
            CHECK(false);
            break;
        }
        now = done->done_ps;
    }
    CHECK_NEAR(now, 1e6 * (double)work_ps, 1000);
    pc_server_fini(&server);
}

/* Two chains that share the server all the time each get half of it. */
static void
test_two_chains(void)
{
    struct pc_server server;
    struct pc_server_job jobs[2];
    CHECK_EQ(pc_server_init(&server, PC_SERVER_PS), PC_OK);
    pc_server_submit(&server, &jobs[0], 333, 0);
    pc_server_submit(&server, &jobs[1], 333, 0);
    pc_time now = 0;
    for (int i = 0; i < 1000000; i++)
    {
        struct pc_server_job *done = pc_server_pop(&server, INT64_MAX - 1);
        now = done->done_ps;
        pc_server_submit(&server, done, 333, now);
    }
    CHECK_NEAR(now, 1e6 * 333, 1000);
    pc_server_fini(&server);
}

/* Whoever looks at every picosecond sees three equal jobs end when their work is done, all at once:
 * a third of a picosecond is no binary fraction, and nothing of it may be lost at a look. */
static void
test_looks(void)
{
    const pc_time work_ps = 4000000;
    struct pc_server server;
    struct pc_server_job jobs[3];
    CHECK_EQ(pc_server_init(&server, PC_SERVER_PS), PC_OK);
    for (int i = 0; i < 3; i++)
    {
        pc_server_submit(&server, &jobs[i], work_ps, 0);
    }
    pc_time now = 0;
    struct pc_server_job *done = NULL;
    while (done == NULL && now < 2 * 3 * work_ps)
    {
        done = pc_server_pop(&server, ++now);
        if (done == NULL)
        {
            pc_server_left(&server, &jobs[0], now);
        }
    }
    CHECK_EQ(now, 3 * work_ps);
    CHECK(done == &jobs[0]);
    pc_server_fini(&server);
}

static void
test_fifo_order(void)
{
    struct pc_server server;
    struct pc_server_job jobs[3];
    CHECK_EQ(pc_server_init(&server, PC_SERVER_FIFO), PC_OK);
    CHECK_EQ(pc_server_next(&server), PC_NEVER);
    pc_server_submit(&server, &jobs[0], 100, 50);
    pc_server_submit(&server, &jobs[1], 0, 60);
    pc_server_submit(&server, &jobs[2], 10, 60);
    CHECK_EQ(pc_server_jobs(&server), 3);
    CHECK_EQ(pc_server_next(&server), 150);
    CHECK(pc_server_pop(&server, 149) == NULL);
    CHECK(pc_server_pop(&server, 1000) == &jobs[0]);
    CHECK(pc_server_pop(&server, 1000) == &jobs[1]);
    CHECK_EQ(jobs[1].done_ps, 150);
    CHECK(pc_server_pop(&server, 1000) == &jobs[2]);
    CHECK_EQ(jobs[2].done_ps, 160);
    pc_server_fini(&server);
}

/* A server that is never idle for longer than its virtual time can count goes on rightly. */
static void
test_rebase(void)
{
    struct pc_server server;
    struct pc_server_job jobs[2];
    CHECK_EQ(pc_server_init(&server, PC_SERVER_PS), PC_OK);
    pc_time work = 2 * PC_PS_PER_S; /* 2 s of work, 100 of them: virtual time ends at 8.8 s */
    pc_server_submit(&server, &jobs[0], work, 0);
    pc_server_submit(&server, &jobs[1], work / 2, 0);
    for (int i = 0; i < 100; i++)
    {
        struct pc_server_job *done = pc_server_pop(&server, INT64_MAX - 1);
        pc_server_submit(&server, done, done == &jobs[0] ? work : work / 2, done->done_ps);
    }
    /* each chain gets half: in any 3 jobs, two of 1 s and one of 2 s */
    CHECK_NEAR((double)server.now_ps / 1e12, 133, 2.1);
    CHECK_EQ(server.busy_ps, server.now_ps);
    pc_server_fini(&server);
}

/* What an observer was told. */
struct told
{
    pc_time alone_ps[2];
    pc_time shared_ps;
    pc_time until_ps;
    const struct pc_server_job *jobs;
};

static void
note(void *context, const struct pc_server_job *job, pc_time begin_ps, pc_time end_ps)
{
    struct told *told = context;
    CHECK(begin_ps >= told->until_ps);
    told->until_ps = end_ps;
    *(job == NULL ? &told->shared_ps : &told->alone_ps[job - told->jobs]) += end_ps - begin_ps;
}

/* Busy time is told as it passes, also up to a time at which nothing is done. */
static void
test_observer(enum pc_server_discipline discipline)
{
    struct pc_server server;
    struct pc_server_job jobs[2];
    struct told told = {.jobs = jobs};
    const struct pc_server_observer observer = {note, &told};
    CHECK_EQ(pc_server_init(&server, discipline), PC_OK);
    pc_server_observe(&server, &observer);
    pc_server_submit(&server, &jobs[0], 1000, 100);
    pc_server_submit(&server, &jobs[1], 1000, 600);
    CHECK(pc_server_pop(&server, 9999) == &jobs[0]);
    bool sharing = discipline == PC_SERVER_PS;
    CHECK_EQ(jobs[0].done_ps, sharing ? 1600 : 1100);
    CHECK_EQ(pc_server_busy(&server, 1800), 1700);
    CHECK_EQ(told.until_ps, 1800);
    CHECK(pc_server_pop(&server, 9999) == &jobs[1]);
    CHECK_EQ(jobs[1].done_ps, 2100);
    CHECK_EQ(pc_server_busy(&server, 9000), 2000);
    CHECK_EQ(told.alone_ps[0], sharing ? 500 : 1000);
    CHECK_EQ(told.shared_ps, sharing ? 1000 : 0);
    CHECK_EQ(told.alone_ps[1], sharing ? 500 : 1000);
    pc_server_fini(&server);
}

static void
test_errors(void)
{
    struct pc_server server;
    struct pc_server_job job;
    CHECK_EQ(pc_server_init(&server, (enum pc_server_discipline)9), PC_ERR_INVALID);
    CHECK_EQ(pc_server_init(&server, PC_SERVER_FIFO), PC_OK);
    CHECK_EQ(pc_server_submit(&server, &job, -1, 0), PC_ERR_INVALID);
    pc_server_fini(&server);
}

static void
test_fifo_reservation(void)
{
    struct pc_fifo fifo = {0};
    CHECK_EQ(pc_fifo_reserve(&fifo, 10, 100), 110);
    CHECK_EQ(pc_fifo_reserve(&fifo, 5, 101), 115);
    CHECK_EQ(pc_fifo_reserve(&fifo, 0, 200), 200);
}

/* Work is taken from the later of two jobs: it is done first, and the other one gains by it. */
static void
test_shorten(void)
{
    struct pc_server server;
    struct pc_server_job a;
    struct pc_server_job b;
    CHECK_EQ(pc_server_init(&server, PC_SERVER_PS), PC_OK);
    CHECK_EQ(pc_server_submit(&server, &a, 300, 0), PC_OK);
    CHECK_EQ(pc_server_submit(&server, &b, 1000, 0), PC_OK);
    CHECK_EQ(pc_server_left(&server, &b, 101), 949); /* of 949.5 */
    pc_server_shorten(&server, &b, 900);
    CHECK(pc_server_pop(&server, 9999) == &b);
    CHECK_EQ(b.done_ps, 200); /* 100 of each */
    CHECK_EQ(pc_server_left(&server, &a, 200), 200);
    CHECK(pc_server_pop(&server, 9999) == &a);
    CHECK_EQ(a.done_ps, 400);
    CHECK_EQ(pc_server_busy(&server, 500), 400);
    pc_server_fini(&server);
}

int
main(void)
{
    test_chain(PC_SERVER_FIFO, 300);
    test_chain(PC_SERVER_PS, 300);
    test_chain(PC_SERVER_PS, 333);
    test_chain(PC_SERVER_PS, 1);
    test_two_chains();
    test_looks();
    test_fifo_order();
    test_rebase();
    test_observer(PC_SERVER_FIFO);
    test_observer(PC_SERVER_PS);
    test_errors();
    test_shorten();
    test_fifo_reservation();
    return pc_test_done();
}
