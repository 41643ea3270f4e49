/* DMA by what it promises: jobs of a queue complete in order and no earlier than alone, and the bus
 * is busy for as long as all of their work. */

#include "operations.h"

#include "pc-dma.h"

#include <string.h>

#define JOBS 24
#define ENGINES 3
#define QUEUES 3
/* ps a turn, of each direction: parts are whole picoseconds, and shares are rounded up */
#define ROUNDING 4

struct state
{
    struct pc_dma dma;
    struct pc_dma_job job[JOBS];
    bool live[JOBS];
    uint64_t number[JOBS];
    pc_time at[JOBS];
    uint64_t submitted;
    uint64_t turns;
    pc_time up; /* work of all jobs */
    pc_time down;
    pc_time now;
};

static void
submit(struct state *s, int i, struct operations *from)
{
    struct pc_dma_job *job = &s->job[i];
    memset(job, 0, sizeof(*job));
    job->cost.up_ps = operations_below(from, 4096);
    job->cost.down_ps = operations_below(from, 4096);
    job->cost.min_ps = operations_below(from, 4096);
    job->cost.latency_ps = operations_below(from, 1024);
    job->card_done_ps = s->now + (pc_time)operations_below(from, 2048);
    job->turns = 1 + operations_below(from, 8);
    s->at[i] = s->now;
    s->live[i] = true;
    s->number[i] = s->submitted++;
    s->turns += job->turns;
    s->up += job->cost.up_ps;
    s->down += job->cost.down_ps;
    MUST_EQUAL(pc_dma_submit(&s->dma,
                             operations_below(from, ENGINES),
                             operations_below(from, QUEUES),
                             job,
                             s->now),
               PC_OK);
}

static void
complete(struct state *s, const struct pc_dma_job *job)
{
    int i = (int)(job - s->job);
    MUST(s->live[i]);
    MUST(job->done_ps >= s->at[i] + pc_dma_alone(job) + job->cost.latency_ps);
    MUST(job->done_ps >= job->card_done_ps + job->cost.latency_ps);
    for (int k = 0; k < JOBS; k++)
    {
        bool before = s->live[k] && s->number[k] < s->number[i];
        MUST(!before || s->job[k].engine != job->engine || s->job[k].queue != job->queue);
    }
    s->live[i] = false;
}

static void
pop_until(struct state *s, pc_time until)
{
    pc_time last = 0;
    for (struct pc_dma_job *job; (job = pc_dma_pop(&s->dma, until)) != NULL;)
    {
        MUST(job->done_ps >= last && job->done_ps <= until);
        last = job->done_ps;
        complete(s, job);
    }
    MUST(pc_dma_next(&s->dma) > until);
    s->now = until;
}

void
check_dma(struct operations from)
{
    static struct state s;
    memset(&s, 0, sizeof(s));
    MUST_EQUAL(pc_dma_init(&s.dma), PC_OK);
    for (int engine = 0; engine < ENGINES; engine++)
    {
        MUST_EQUAL(pc_dma_add_engine(&s.dma, QUEUES), engine);
    }
    while (from.left > 0)
    {
        pop_until(&s, s.now + (pc_time)operations_below(&from, 1024));
        int i = (int)operations_below(&from, JOBS);
        if (!s.live[i])
        {
            submit(&s, i, &from);
        }
    }
    for (pc_time next; (next = pc_dma_next(&s.dma)) != PC_NEVER;)
    {
        pop_until(&s, next);
    }
    for (int i = 0; i < JOBS; i++)
    {
        MUST(!s.live[i]);
    }
    pc_time up;
    pc_time down;
    pc_dma_busy(&s.dma, s.now, &up, &down);
    pc_time rounding = ROUNDING * (pc_time)s.turns;
    MUST(up >= s.up && up <= s.up + rounding);
    MUST(down >= s.down && down <= s.down + rounding);
    pc_dma_fini(&s.dma);
}
