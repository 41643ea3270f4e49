/* The shared server against a list of jobs: FIFO serves the first one, sharing takes an equal part
 * from each. */

#include "operations.h"

#include "pc-shared-server.h"

#include <math.h>
#include <string.h>

#define JOBS 12
/* ps. The server rounds a completion up to a whole one, and its shares to 2^-20 of one. */
#define TOLERANCE 1.5

struct reference
{
    struct pc_server server;
    enum pc_server_discipline discipline;
    struct pc_server_job job[JOBS];
    double left[JOBS]; /* ps of work */
    uint64_t number[JOBS]; /* in order of submission */
    bool live[JOBS];
    uint64_t submitted;
    pc_time now;
    pc_time busy;
};

static int
count_live(const struct reference *r)
{
    int count = 0;
    for (int i = 0; i < JOBS; i++)
    {
        count += r->live[i];
    }
    return count;
}

/* The job that came first. */
static int
first_come(const struct reference *r)
{
    int first = -1;
    for (int i = 0; i < JOBS; i++)
    {
        if (r->live[i] && (first < 0 || r->number[i] < r->number[first]))
        {
            first = i;
        }
    }
    return first;
}

/* Takes so much work from all, in equal parts. */
static void
take_from_all(struct reference *r, double work)
{
    int count = count_live(r);
    for (int i = 0; i < JOBS; i++)
    {
        r->left[i] -= r->live[i] ? work / count : 0;
    }
}

static void
pass(struct reference *r, pc_time until)
{
    int count = count_live(r);
    double span = (double)(until - r->now);
    r->busy += count > 0 ? until - r->now : 0;
    r->now = until;
    if (count > 0 && r->discipline == PC_SERVER_FIFO)
    {
        r->left[first_come(r)] -= span;
    }
    else if (count > 0)
    {
        take_from_all(r, span);
    }
    for (int i = 0; i < JOBS; i++)
    {
        MUST(!r->live[i] || r->left[i] >= -TOLERANCE); /* else it is done already */
    }
}

/* A job is done: there is no work of it left. What is too much by the rounding was the others'. */
static void
end(struct reference *r, int i)
{
    MUST(r->live[i] && fabs(r->left[i]) <= TOLERANCE);
    MUST(r->discipline == PC_SERVER_PS || i == first_come(r));
    MUST(r->discipline == PC_SERVER_PS || r->left[i] == 0);
    r->live[i] = false;
    if (count_live(r) > 0)
    {
        take_from_all(r, -r->left[i]);
    }
}

static void
pop_until(struct reference *r, pc_time until)
{
    for (;;)
    {
        pc_time next = pc_server_next(&r->server);
        MUST_EQUAL(next == PC_NEVER, count_live(r) == 0);
        struct pc_server_job *done = pc_server_pop(&r->server, until);
        MUST_EQUAL(done == NULL, next > until);
        if (done == NULL)
        {
            break;
        }
        MUST_EQUAL(done->done_ps, next);
        pass(r, next);
        end(r, (int)(done - r->job));
    }
    pass(r, until);
    MUST_EQUAL(pc_server_busy(&r->server, until), r->busy);
    MUST_EQUAL(pc_server_jobs(&r->server), count_live(r));
}

static void
submit(struct reference *r, int i, pc_time work)
{
    MUST_EQUAL(pc_server_submit(&r->server, &r->job[i], work, r->now), PC_OK);
    r->live[i] = true;
    r->left[i] = (double)work;
    r->number[i] = r->submitted++;
}

/* Takes part of a job's work away while it is served. */
static void
shorten(struct reference *r, int i, struct operations *from)
{
    pc_time left = pc_server_left(&r->server, &r->job[i], r->now);
    MUST(left >= 0 && fabs((double)left - r->left[i]) <= 1 + TOLERANCE);
    pc_time by = (pc_time)operations_below(from, (uint32_t)(left < 65535 ? left + 1 : 65536));
    pc_server_shorten(&r->server, &r->job[i], by);
    r->left[i] -= (double)by;
}

/* Mostly some thousand ps, sometimes as long as a job may be: 2.2 s. */
static pc_time
draw_work(struct operations *from)
{
    uint32_t kind = operations_below(from, 32);
    pc_time work = operations_below(from, kind < 28 ? 4096 : 65536);
    return kind == 31 ? work * 33000000 : work;
}

void
compare_shared_server(struct operations from)
{
    static struct reference r;
    memset(&r, 0, sizeof(r));
    r.discipline = operations_below(&from, 4) == 0 ? PC_SERVER_FIFO : PC_SERVER_PS;
    MUST_EQUAL(pc_server_init(&r.server, r.discipline), PC_OK);
    while (from.left > 0)
    {
        pc_time span = operations_below(&from, 2048);
        pop_until(&r, r.now + (span < 1024 ? span : (span - 1024) * 8));
        int i = (int)operations_below(&from, JOBS);
        if (!r.live[i])
        {
            submit(&r, i, draw_work(&from));
        }
        else if (r.discipline == PC_SERVER_PS)
        {
            shorten(&r, i, &from);
        }
    }
    while (count_live(&r) > 0)
    {
        pop_until(&r, pc_server_next(&r.server));
    }
    pc_server_fini(&r.server);
}
