#include "pc-dma.h"

#include <assert.h>
#include <string.h>

static pc_time
max_time(pc_time a, pc_time b)
{
    return a > b ? a : b;
}

static pc_time
min_time(pc_time a, pc_time b)
{
    return a < b ? a : b;
}

static void
queue_push(struct pc_dma_queue *queue, struct pc_dma_job *job)
{
    job->next = NULL;
    if (queue->tail != NULL)
    {
        queue->tail->next = job;
    }
    else
    {
        queue->head = job;
    }
    queue->tail = job;
}

static struct pc_dma_job *
queue_pop(struct pc_dma_queue *queue)
{
    struct pc_dma_job *job = queue->head;
    queue->head = job->next;
    if (queue->head == NULL)
    {
        queue->tail = NULL;
    }
    return job;
}

int
pc_dma_init(struct pc_dma *dma)
{
    memset(dma, 0, sizeof(*dma));
    dma->next_ps = PC_NEVER;
    for (unsigned i = 0; i < PC_DMA_ENGINES; i++)
    {
        dma->engine[i].active_end_ps = PC_NEVER;
    }
    int error = pc_server_init(&dma->up, PC_SERVER_PS);
    if (error == PC_OK)
    {
        error = pc_server_init(&dma->down, PC_SERVER_PS);
    }
    return error;
}

void
pc_dma_fini(struct pc_dma *dma)
{
    pc_server_fini(&dma->up);
    pc_server_fini(&dma->down);
}

/* A direction was busy: what a server calls its job is part of one of ours. */
static void
tell_bus(const struct pc_dma *dma,
         enum pc_bus_direction direction,
         const struct pc_server_job *part,
         pc_time begin_ps,
         pc_time end_ps)
{
    const struct pc_dma_job *job =
        part != NULL ? ((const struct pc_dma_part *)(const void *)part)->job : NULL;
    dma->observer->bus(dma->observer->context, direction, job, begin_ps, end_ps);
}

static void
up_busy(void *dma, const struct pc_server_job *part, pc_time begin_ps, pc_time end_ps)
{
    tell_bus(dma, PC_TO_HOST, part, begin_ps, end_ps);
}

static void
down_busy(void *dma, const struct pc_server_job *part, pc_time begin_ps, pc_time end_ps)
{
    tell_bus(dma, PC_TO_CARD, part, begin_ps, end_ps);
}

void
pc_dma_observe(struct pc_dma *dma, const struct pc_dma_observer *observer)
{
    dma->observer = observer;
    dma->up_observer = (struct pc_server_observer){up_busy, dma};
    dma->down_observer = (struct pc_server_observer){down_busy, dma};
    pc_server_observe(&dma->up, observer != NULL ? &dma->up_observer : NULL);
    pc_server_observe(&dma->down, observer != NULL ? &dma->down_observer : NULL);
}

int
pc_dma_add_engine(struct pc_dma *dma)
{
    if (dma->engines == PC_DMA_ENGINES)
    {
        return PC_ERR_NO_ROOM;
    }
    return (int)dma->engines++;
}

pc_time
pc_dma_alone(const struct pc_dma_job *job)
{
    pc_time bus = max_time(job->cost.up_ps, job->cost.down_ps);
    return max_time(bus, job->cost.min_ps);
}

bool
pc_dma_idle(const struct pc_dma *dma, unsigned engine)
{
    const struct pc_dma_engine *e = &dma->engine[engine];
    return e->active == NULL && e->completing.head == NULL;
}

/* Puts one direction's work on its server, if there is any. */
static int
submit_part(struct pc_server *server,
            struct pc_dma_part *part,
            struct pc_dma_job *job,
            pc_time work_ps,
            pc_time now_ps)
{
    if (work_ps == 0)
    {
        return PC_OK;
    }
    part->job = job;
    job->parts_left++;
    return pc_server_submit(server, &part->server_job, work_ps, now_ps);
}

/* The engine begins with the job at the head of its queue. */
static int
engine_start(struct pc_dma *dma, struct pc_dma_engine *engine, pc_time now_ps)
{
    if (engine->active != NULL || engine->waiting.head == NULL)
    {
        return PC_OK;
    }
    struct pc_dma_job *job = queue_pop(&engine->waiting);
    engine->active = job;
    job->begun_ps = now_ps;
    job->floor_ps = max_time(now_ps + job->cost.min_ps, job->card_done_ps);
    job->parts_left = 0;
    job->up.job = NULL;
    job->down.job = NULL;
    int error = submit_part(&dma->up, &job->up, job, job->cost.up_ps, now_ps);
    if (error == PC_OK)
    {
        error = submit_part(&dma->down, &job->down, job, job->cost.down_ps, now_ps);
    }
    engine->active_end_ps = job->parts_left == 0 ? job->floor_ps : PC_NEVER;
    return error;
}

/* A direction of the bus is done with its part of a job. */
static void
part_done(struct pc_dma *dma, struct pc_server_job *server_job)
{
    struct pc_dma_part *part = (struct pc_dma_part *)server_job;
    struct pc_dma_job *job = part->job;
    part->job = NULL;
    assert(job->parts_left > 0);
    job->parts_left--;
    if (job->parts_left == 0)
    {
        dma->engine[job->engine].active_end_ps = max_time(server_job->done_ps, job->floor_ps);
    }
}

/* The active job has left the engine: its latency runs, and the next one begins. */
static void
engine_end(struct pc_dma *dma, struct pc_dma_engine *engine)
{
    struct pc_dma_job *job = engine->active;
    pc_time end_ps = engine->active_end_ps;
    engine->active = NULL;
    engine->active_end_ps = PC_NEVER;
    engine->backlog_ps -= pc_dma_alone(job);
    job->done_ps = max_time(engine->last_done_ps, end_ps + job->cost.latency_ps);
    engine->last_done_ps = job->done_ps;
    if (dma->observer != NULL)
    {
        dma->observer->engine(dma->observer->context, job, job->begun_ps, end_ps);
    }
    queue_push(&engine->completing, job);
    int error = engine_start(dma, engine, end_ps);
    assert(error == PC_OK); /* at most as many parts as engines: the heap has grown already */
    (void)error;
}

/* -- What happens inside, which nobody waits for -- */

static struct pc_dma_engine *
first_to_end(struct pc_dma *dma)
{
    struct pc_dma_engine *first = &dma->engine[0];
    for (unsigned i = 1; i < dma->engines; i++)
    {
        first = dma->engine[i].active_end_ps < first->active_end_ps ? &dma->engine[i] : first;
    }
    return first;
}

static pc_time
bus_next(const struct pc_dma *dma)
{
    return min_time(pc_server_next(&dma->up), pc_server_next(&dma->down));
}

/* Lets the bus go on until the next part of a job is over it. */
static void
bus_step(struct pc_dma *dma, pc_time at_ps)
{
    struct pc_server_job *part = pc_server_pop(&dma->up, at_ps);
    if (part == NULL)
    {
        part = pc_server_pop(&dma->down, at_ps);
    }
    assert(part != NULL);
    part_done(dma, part);
}

/* Does the next thing that happens inside, if it does by \p until_ps. */
static bool
step_inside(struct pc_dma *dma, pc_time until_ps)
{
    struct pc_dma_engine *engine = first_to_end(dma);
    pc_time bus_ps = bus_next(dma);
    if (min_time(bus_ps, engine->active_end_ps) > until_ps)
    {
        return false;
    }
    if (bus_ps <= engine->active_end_ps)
    {
        bus_step(dma, bus_ps);
    }
    else
    {
        engine_end(dma, engine);
    }
    return true;
}

/* Does all that happens inside before \p now_ps. */
static void
catch_up(struct pc_dma *dma, pc_time now_ps)
{
    while (step_inside(dma, now_ps - 1))
    {
    }
}

/* Before when no job of an engine completes. While a job is on the bus, its end depends on those
 * that share it: it is not before the next end of any part in the same direction. */
static pc_time
engine_next(const struct pc_dma *dma, const struct pc_dma_engine *engine)
{
    if (engine->completing.head != NULL)
    {
        return engine->completing.head->done_ps;
    }
    const struct pc_dma_job *job = engine->active;
    if (job == NULL)
    {
        return PC_NEVER;
    }
    pc_time end_ps = engine->active_end_ps;
    if (job->parts_left > 0)
    {
        pc_time up_ps = job->up.job != NULL ? pc_server_next(&dma->up) : 0;
        pc_time down_ps = job->down.job != NULL ? pc_server_next(&dma->down) : 0;
        end_ps = max_time(job->floor_ps, max_time(up_ps, down_ps));
    }
    return max_time(engine->last_done_ps, end_ps + job->cost.latency_ps);
}

static void
find_next(struct pc_dma *dma)
{
    dma->next_ps = PC_NEVER;
    for (unsigned i = 0; i < dma->engines; i++)
    {
        dma->next_ps = min_time(dma->next_ps, engine_next(dma, &dma->engine[i]));
    }
}

pc_time
pc_dma_next(const struct pc_dma *dma)
{
    return dma->next_ps;
}

/* -- Jobs -- */

int
pc_dma_submit(struct pc_dma *dma, unsigned engine, struct pc_dma_job *job, pc_time now_ps)
{
    if (engine >= dma->engines)
    {
        return PC_ERR_INVALID;
    }
    catch_up(dma, now_ps);
    struct pc_dma_engine *e = &dma->engine[engine];
    job->engine = engine;
    e->backlog_ps += pc_dma_alone(job);
    e->card_done_ps = max_time(e->card_done_ps, job->card_done_ps);
    e->jobs++;
    queue_push(&e->waiting, job);
    int error = engine_start(dma, e, now_ps);
    find_next(dma);
    return error;
}

pc_time
pc_dma_backlog(struct pc_dma *dma, unsigned engine, pc_time now_ps)
{
    catch_up(dma, now_ps);
    find_next(dma);
    const struct pc_dma_engine *e = &dma->engine[engine];
    return max_time(e->backlog_ps, e->card_done_ps - now_ps);
}

void
pc_dma_busy(struct pc_dma *dma, pc_time now_ps, pc_time *up_ps, pc_time *down_ps)
{
    catch_up(dma, now_ps);
    find_next(dma);
    *up_ps = pc_server_busy(&dma->up, now_ps);
    *down_ps = pc_server_busy(&dma->down, now_ps);
}

/* The engine whose job completes first of those that have left theirs; NULL if there are none. */
static struct pc_dma_engine *
first_to_complete(struct pc_dma *dma)
{
    struct pc_dma_engine *first = NULL;
    for (unsigned i = 0; i < dma->engines; i++)
    {
        const struct pc_dma_job *head = dma->engine[i].completing.head;
        if (head != NULL && (first == NULL || head->done_ps < first->completing.head->done_ps))
        {
            first = &dma->engine[i];
        }
    }
    return first;
}

struct pc_dma_job *
pc_dma_pop(struct pc_dma *dma, pc_time now_ps)
{
    for (;;)
    {
        struct pc_dma_engine *first = first_to_complete(dma);
        pc_time done_ps = first != NULL ? first->completing.head->done_ps : PC_NEVER;
        if (!step_inside(dma, min_time(now_ps, done_ps)))
        {
            struct pc_dma_job *job = done_ps <= now_ps ? queue_pop(&first->completing) : NULL;
            find_next(dma);
            return job;
        }
    }
}
