#include "pc-dma.h"

#include <assert.h>
#include <stdlib.h>
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
list_push(struct pc_dma_list *list, struct pc_dma_job *job)
{
    job->next = NULL;
    if (list->tail != NULL)
    {
        list->tail->next = job;
    }
    else
    {
        list->head = job;
    }
    list->tail = job;
}

static struct pc_dma_job *
list_pop(struct pc_dma_list *list)
{
    struct pc_dma_job *job = list->head;
    list->head = job->next;
    if (list->head == NULL)
    {
        list->tail = NULL;
    }
    return job;
}

/* Puts a job before those that complete after it. */
static void
list_insert(struct pc_dma_list *list, struct pc_dma_job *job)
{
    if (list->tail == NULL || list->tail->done_ps <= job->done_ps)
    {
        list_push(list, job);
        return;
    }
    struct pc_dma_job **link = &list->head;
    while ((*link)->done_ps <= job->done_ps)
    {
        link = &(*link)->next;
    }
    job->next = *link;
    *link = job;
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
    for (unsigned i = 0; i < dma->engines; i++)
    {
        free(dma->engine[i].queue);
    }
    dma->engines = 0;
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
pc_dma_add_engine(struct pc_dma *dma, unsigned queues)
{
    if (queues == 0 || queues > PC_DMA_QUEUES)
    {
        return PC_ERR_INVALID;
    }
    if (dma->engines == PC_DMA_ENGINES)
    {
        return PC_ERR_NO_ROOM;
    }
    struct pc_dma_engine *engine = &dma->engine[dma->engines];
    engine->queue = calloc(queues, sizeof(*engine->queue));
    if (engine->queue == NULL)
    {
        return PC_ERR_MEMORY;
    }
    engine->queues = queues;
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

/* -- An engine -- */

/* What a job's first turns are of one of its times. */
static pc_time
turns_ps(const struct pc_dma_job *job, pc_time whole_ps, uint32_t turns)
{
    if (turns == job->turns)
    {
        return whole_ps;
    }
    return whole_ps / job->turns * turns + whole_ps % job->turns * turns / job->turns;
}

/* The turn in which one of a job's times is, of which \p done_ps are done; counted from 1. */
static uint32_t
turn_of(const struct pc_dma_job *job, pc_time whole_ps, pc_time done_ps)
{
    uint32_t low = whole_ps > 0 ? job->turn + 1 : job->turns;
    uint32_t high = job->turns;
    while (low < high)
    {
        uint32_t middle = low + (high - low) / 2;
        if (turns_ps(job, whole_ps, middle) >= done_ps)
        {
            high = middle;
        }
        else
        {
            low = middle + 1;
        }
    }
    return low;
}

/* Puts one direction's work on its server up to where the job stops, if there is any. */
static int
submit_part(struct pc_server *server,
            struct pc_dma_part *part,
            struct pc_dma_job *job,
            pc_time work_ps,
            pc_time now_ps)
{
    pc_time next_ps = turns_ps(job, work_ps, job->until) - part->given_ps;
    if (next_ps <= 0)
    {
        return PC_OK; /* nothing to do, or ahead */
    }
    part->job = job;
    part->given_ps += next_ps;
    job->parts_left++;
    return pc_server_submit(server, &part->server_job, next_ps, now_ps);
}

/* True if a queue has work beside that of the active job. */
static bool
others_wait(const struct pc_dma_engine *engine)
{
    return (engine->ready & ~(UINT64_C(1) << engine->active->queue)) != 0;
}

/* The queue whose turn it is: the next one that has work. */
static unsigned
next_queue(const struct pc_dma_engine *engine)
{
    uint64_t later = engine->ready & (~UINT64_C(1) << engine->served);
    return (unsigned)__builtin_ctzll(later != 0 ? later : engine->ready);
}

/* Finds until when a job has the engine at least. */
static void
set_floor(struct pc_dma_job *job, pc_time min_given_ps)
{
    job->min_given_ps = min_given_ps;
    job->floor_ps = job->min_from_ps + min_given_ps;
    if (job->until == job->turns)
    {
        job->floor_ps = max_time(job->floor_ps, job->card_done_ps);
    }
}

/* The engine begins, or goes on, with the first job of the queue whose turn it is. */
static int
engine_start(struct pc_dma *dma, struct pc_dma_engine *engine, pc_time now_ps)
{
    if (engine->active != NULL || engine->ready == 0)
    {
        return PC_OK;
    }
    engine->served = next_queue(engine);
    struct pc_dma_queue *queue = &engine->queue[engine->served];
    struct pc_dma_job *job = queue->jobs.head;
    engine->active = job;
    if (job->turn == 0)
    {
        queue->waited_ps += now_ps - job->submitted_ps;
        queue->begun++;
    }
    job->until = others_wait(engine) ? job->turn + 1 : job->turns;
    job->begun_ps = now_ps;
    job->min_from_ps = now_ps - job->min_given_ps;
    set_floor(job, max_time(job->min_given_ps, turns_ps(job, job->cost.min_ps, job->until)));
    int error = submit_part(&dma->up, &job->up, job, job->cost.up_ps, now_ps);
    if (error == PC_OK)
    {
        error = submit_part(&dma->down, &job->down, job, job->cost.down_ps, now_ps);
    }
    engine->active_end_ps = job->parts_left == 0 ? job->floor_ps : PC_NEVER;
    return error;
}

/* The turn in which a direction is. */
static uint32_t
part_turn(struct pc_server *server, const struct pc_dma_part *part, const struct pc_dma_job *job,
          pc_time work_ps, pc_time now_ps)
{
    pc_time left_ps = part->job != NULL ? pc_server_left(server, &part->server_job, now_ps) : 0;
    return turn_of(job, work_ps, part->given_ps - left_ps);
}

/* Has a direction stop when \p given_ps of its work are done. */
static void
stop_part(struct pc_server *server, struct pc_dma_part *part, pc_time given_ps)
{
    if (part->job != NULL)
    {
        pc_server_shorten(server, &part->server_job, part->given_ps - given_ps);
        part->given_ps = given_ps;
    }
}

/* True if a job is to keep the engine for several turns, to its end. */
static bool
in_one_go(const struct pc_dma_job *job)
{
    return job->until == job->turns && job->until - job->turn > 1;
}

/* The active job, which had the engine for itself, is to leave it at the end of its turn. */
static void
give_away(struct pc_dma *dma, struct pc_dma_engine *engine, pc_time now_ps)
{
    struct pc_dma_job *job = engine->active;
    const struct pc_bus_cost *cost = &job->cost;
    uint32_t up = part_turn(&dma->up, &job->up, job, cost->up_ps, now_ps);
    uint32_t down = part_turn(&dma->down, &job->down, job, cost->down_ps, now_ps);
    uint32_t least = turn_of(job, cost->min_ps, min_time(now_ps - job->min_from_ps, cost->min_ps));
    uint32_t until = up < down ? up : down;
    until = least < until ? least : until;
    if (until == job->turns)
    {
        return;
    }
    job->until = until;
    stop_part(&dma->up, &job->up, turns_ps(job, cost->up_ps, up));
    stop_part(&dma->down, &job->down, turns_ps(job, cost->down_ps, down));
    set_floor(job, turns_ps(job, cost->min_ps, least));
    if (job->parts_left == 0)
    {
        engine->active_end_ps = max_time(now_ps, job->floor_ps);
    }
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

/* A job is through its engine: its latency runs. */
static void
job_through(struct pc_dma_engine *engine, struct pc_dma_job *job, pc_time end_ps)
{
    struct pc_dma_queue *queue = &engine->queue[job->queue];
    list_pop(&queue->jobs);
    if (queue->jobs.head == NULL)
    {
        engine->ready &= ~(UINT64_C(1) << job->queue);
    }
    queue->backlog_ps -= pc_dma_alone(job);
    queue->turns -= job->turns;
    job->done_ps = max_time(queue->last_done_ps, end_ps + job->cost.latency_ps);
    queue->last_done_ps = job->done_ps;
    list_insert(&engine->completing, job);
}

/* The active job leaves the engine, and it is the next queue's turn. */
static void
engine_end(struct pc_dma *dma, struct pc_dma_engine *engine)
{
    struct pc_dma_job *job = engine->active;
    pc_time end_ps = engine->active_end_ps;
    engine->active = NULL;
    engine->active_end_ps = PC_NEVER;
    job->turn = job->until;
    if (job->turn == job->turns)
    {
        job_through(engine, job, end_ps);
    }
    if (dma->observer != NULL)
    {
        dma->observer->engine(dma->observer->context, job, job->begun_ps, end_ps);
    }
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

/* Does the next thing that happens inside, if it does by \p until_ps. */
static bool
step_inside(struct pc_dma *dma, pc_time until_ps)
{
    struct pc_dma_engine *engine = first_to_end(dma);
    pc_time up_ps = pc_server_next(&dma->up);
    pc_time down_ps = pc_server_next(&dma->down);
    pc_time bus_ps = min_time(up_ps, down_ps);
    if (min_time(bus_ps, engine->active_end_ps) > until_ps)
    {
        return false;
    }
    if (bus_ps <= engine->active_end_ps)
    {
        part_done(dma, pc_server_pop(up_ps <= down_ps ? &dma->up : &dma->down, bus_ps));
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

/* Before when the active job does not leave its engine. While it is on the bus, that depends on
 * those that share it: it is not before the next end of any part in the same direction. */
static pc_time
active_next(const struct pc_dma *dma, const struct pc_dma_engine *engine)
{
    const struct pc_dma_job *job = engine->active;
    if (job->parts_left == 0)
    {
        return engine->active_end_ps;
    }
    pc_time up_ps = job->up.job != NULL ? pc_server_next(&dma->up) : 0;
    pc_time down_ps = job->down.job != NULL ? pc_server_next(&dma->down) : 0;
    return max_time(job->floor_ps, max_time(up_ps, down_ps));
}

/* Before when no job of an engine completes. */
static pc_time
engine_next(const struct pc_dma *dma, const struct pc_dma_engine *engine)
{
    const struct pc_dma_job *first = engine->completing.head;
    const struct pc_dma_job *job = engine->active;
    pc_time first_ps = first != NULL ? first->done_ps : PC_NEVER;
    if (job == NULL || (first != NULL && engine->queues == 1))
    {
        return first_ps; /* one queue's jobs complete in order */
    }
    pc_time end_ps = active_next(dma, engine);
    if (others_wait(engine))
    {
        return min_time(first_ps, end_ps); /* the next one may have less latency */
    }
    pc_time last_ps = engine->queue[job->queue].last_done_ps;
    return min_time(first_ps, max_time(last_ps, end_ps + job->cost.latency_ps));
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

/* A job is put at the end of its queue, with nothing done yet. */
static void
enqueue(struct pc_dma_engine *engine, struct pc_dma_job *job, pc_time now_ps)
{
    struct pc_dma_queue *queue = &engine->queue[job->queue];
    job->turn = 0;
    job->parts_left = 0;
    job->up.job = NULL;
    job->up.given_ps = 0;
    job->down.job = NULL;
    job->down.given_ps = 0;
    job->min_given_ps = 0;
    job->submitted_ps = now_ps;
    job->done_ps = PC_NEVER;
    queue->backlog_ps += pc_dma_alone(job);
    queue->turns += job->turns;
    queue->card_done_ps = max_time(queue->card_done_ps, job->card_done_ps);
    list_push(&queue->jobs, job);
    engine->ready |= UINT64_C(1) << job->queue;
    engine->jobs++;
}

int
pc_dma_submit(struct pc_dma *dma,
              unsigned engine,
              unsigned queue,
              struct pc_dma_job *job,
              pc_time now_ps)
{
    if (engine >= dma->engines || queue >= dma->engine[engine].queues || job->turns == 0 ||
        job->turns > INT32_MAX)
    {
        return PC_ERR_INVALID;
    }
    catch_up(dma, now_ps);
    struct pc_dma_engine *e = &dma->engine[engine];
    job->engine = engine;
    job->queue = queue;
    enqueue(e, job, now_ps);
    if (e->active != NULL && in_one_go(e->active) && others_wait(e))
    {
        give_away(dma, e, now_ps);
    }
    int error = engine_start(dma, e, now_ps);
    find_next(dma);
    return error;
}

pc_time
pc_dma_backlog(struct pc_dma *dma, unsigned engine, unsigned queue, pc_time now_ps)
{
    catch_up(dma, now_ps);
    find_next(dma);
    const struct pc_dma_engine *e = &dma->engine[engine];
    const struct pc_dma_queue *own = &e->queue[queue];
    pc_time wait_ps = own->backlog_ps;
    for (unsigned i = 0; i < e->queues; i++)
    {
        const struct pc_dma_queue *other = &e->queue[i];
        if (i == queue || other->turns == 0)
        {
            continue;
        }
        pc_time all = other->turns;
        pc_time turns = min_time(all, own->turns + 1);
        wait_ps += other->backlog_ps / all * turns + other->backlog_ps % all * turns / all;
    }
    return max_time(wait_ps, own->card_done_ps - now_ps);
}

pc_time
pc_dma_waited(const struct pc_dma *dma, unsigned engine, unsigned queue, uint64_t *count)
{
    const struct pc_dma_queue *q = &dma->engine[engine].queue[queue];
    *count = q->begun;
    return q->waited_ps;
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
    if (now_ps < dma->next_ps)
    {
        return NULL; /* what happens inside can wait */
    }
    for (;;)
    {
        struct pc_dma_engine *first = first_to_complete(dma);
        pc_time done_ps = first != NULL ? first->completing.head->done_ps : PC_NEVER;
        if (!step_inside(dma, min_time(now_ps, done_ps)))
        {
            struct pc_dma_job *job = done_ps <= now_ps ? list_pop(&first->completing) : NULL;
            find_next(dma);
            return job;
        }
    }
}
