#include "pc-shared-server.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define VIRTUAL_BITS 20
#define VIRTUAL_ONE (INT64_C(1) << VIRTUAL_BITS)
/* A job's work has to fit beside the virtual time it is added to: rebase at half of what there is. */
#define VIRTUAL_FAR (INT64_MAX / 4)
#define WORK_MAX (INT64_MAX / 4 / VIRTUAL_ONE) /* 2.2 s */

int
pc_server_init(struct pc_server *server, enum pc_server_discipline discipline)
{
    if (discipline != PC_SERVER_FIFO && discipline != PC_SERVER_PS)
    {
        return PC_ERR_INVALID;
    }
    memset(server, 0, sizeof(*server));
    server->discipline = discipline;
    return PC_OK;
}

void
pc_server_fini(struct pc_server *server)
{
    free(server->heap);
    server->heap = NULL;
}

/* -- The heap, earliest virtual finish first -- */

static bool
earlier(const struct pc_server_job *a, const struct pc_server_job *b)
{
    return a->finish != b->finish ? a->finish < b->finish : a->number < b->number;
}

static void
sift_up(struct pc_server_job **heap, uint32_t i)
{
    while (i > 0 && earlier(heap[i], heap[(i - 1) / 2]))
    {
        struct pc_server_job *job = heap[i];
        heap[i] = heap[(i - 1) / 2];
        heap[(i - 1) / 2] = job;
        i = (i - 1) / 2;
    }
}

static void
sift_down(struct pc_server_job **heap, uint32_t size, uint32_t i)
{
    for (;;)
    {
        uint32_t first = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < size; child++)
        {
            first = earlier(heap[child], heap[first]) ? child : first;
        }
        if (first == i)
        {
            return;
        }
        struct pc_server_job *job = heap[i];
        heap[i] = heap[first];
        heap[first] = job;
        i = first;
    }
}

static int
grow_heap(struct pc_server *server)
{
    if (server->jobs < server->heap_size)
    {
        return PC_OK;
    }
    uint32_t size = server->heap_size == 0 ? 16 : server->heap_size * 2;
    struct pc_server_job **heap = realloc(server->heap, size * sizeof(struct pc_server_job *));
    if (heap == NULL)
    {
        return PC_ERR_MEMORY;
    }
    server->heap = heap;
    server->heap_size = size;
    return PC_OK;
}

/* -- Time -- */

/* Virtual time goes back to zero, and all finishes with it. */
static void
rebase(struct pc_server *server)
{
    for (uint32_t i = 0; i < server->jobs; i++)
    {
        server->heap[i]->finish -= server->virtual_now;
    }
    server->virtual_now = 0;
}

/* Says which job was served until \p until_ps, where somebody looks on. */
static void
tell(const struct pc_server *server, pc_time until_ps)
{
    bool shared = server->discipline == PC_SERVER_PS && server->jobs > 1;
    const struct pc_server_job *first =
        server->discipline == PC_SERVER_FIFO ? server->head : server->heap[0];
    server->observer->busy(
        server->observer->context, shared ? NULL : first, server->now_ps, until_ps);
}

/* Lets time pass during which no job is done. */
static void
pass(struct pc_server *server, pc_time until_ps)
{
    pc_time span_ps = until_ps - server->now_ps;
    if (server->jobs > 0 && server->observer != NULL && span_ps > 0)
    {
        tell(server, until_ps);
    }
    server->now_ps = until_ps;
    if (server->jobs == 0)
    {
        return;
    }
    server->busy_ps += span_ps;
    if (server->discipline == PC_SERVER_PS)
    {
        /* divided first: a span of many long jobs, in virtual time, outgrows 64 bits */
        int64_t shares = span_ps % server->jobs * VIRTUAL_ONE + server->virtual_rest;
        server->virtual_now += span_ps / server->jobs * VIRTUAL_ONE + shares / server->jobs;
        server->virtual_rest = shares % server->jobs;
    }
}

/* When the job that is done first is done. */
static pc_time
first_done(const struct pc_server *server)
{
    if (server->discipline == PC_SERVER_FIFO)
    {
        return server->head->done_ps;
    }
    int64_t left = server->heap[0]->finish - server->virtual_now;
    if (left <= 0)
    {
        return server->now_ps;
    }
    /* whole picoseconds apart from their parts, since all jobs' together may outgrow 64 bits */
    pc_time whole_ps = left / VIRTUAL_ONE * server->jobs;
    int64_t shares = left % VIRTUAL_ONE * server->jobs - server->virtual_rest;
    return server->now_ps + whole_ps + (shares + VIRTUAL_ONE - 1) / VIRTUAL_ONE;
}

pc_time
pc_server_next(const struct pc_server *server)
{
    return server->jobs == 0 ? PC_NEVER : first_done(server);
}

/* -- Jobs -- */

static void
submit_fifo(struct pc_server *server, struct pc_server_job *job, pc_time work_ps)
{
    pc_time start_ps = server->tail != NULL ? server->tail->done_ps : server->now_ps;
    job->done_ps = start_ps + work_ps;
    job->next = NULL;
    if (server->tail != NULL)
    {
        server->tail->next = job;
    }
    else
    {
        server->head = job;
    }
    server->tail = job;
}

static int
submit_shared(struct pc_server *server, struct pc_server_job *job, pc_time work_ps)
{
    int error = grow_heap(server);
    if (error != PC_OK)
    {
        return error;
    }
    /* The rest of a division belongs to jobs that shared it; with other jobs it is rounded off,
     * less than 2^-20 ps at a time. */
    server->virtual_rest = 0;
    if (server->jobs == 0)
    {
        server->virtual_now = 0;
    }
    else if (server->virtual_now > VIRTUAL_FAR)
    {
        rebase(server);
    }
    job->finish = server->virtual_now + work_ps * VIRTUAL_ONE;
    server->heap[server->jobs] = job;
    sift_up(server->heap, server->jobs);
    return PC_OK;
}

int
pc_server_submit(struct pc_server *server,
                 struct pc_server_job *job,
                 pc_time work_ps,
                 pc_time now_ps)
{
    if (work_ps < 0 || work_ps > WORK_MAX)
    {
        return PC_ERR_INVALID;
    }
    if (now_ps > server->now_ps)
    {
        /* what is done by now, and not popped yet, is done at its own time */
        pc_time next_ps = pc_server_next(server);
        pass(server, next_ps < now_ps ? next_ps : now_ps);
    }
    job->number = server->submitted++;
    if (server->discipline == PC_SERVER_FIFO)
    {
        submit_fifo(server, job, work_ps);
    }
    else
    {
        int error = submit_shared(server, job, work_ps);
        if (error != PC_OK)
        {
            return error;
        }
    }
    server->jobs++;
    return PC_OK;
}

static struct pc_server_job *
remove_first(struct pc_server *server)
{
    struct pc_server_job *job;
    if (server->discipline == PC_SERVER_FIFO)
    {
        job = server->head;
        server->head = job->next;
        server->tail = server->head == NULL ? NULL : server->tail;
        server->jobs--;
        return job;
    }
    job = server->heap[0];
    server->jobs--;
    server->heap[0] = server->heap[server->jobs];
    sift_down(server->heap, server->jobs, 0);
    /* It was done before the picosecond was full: the others have had the rest of it. */
    int64_t shares = server->virtual_now - job->finish + server->virtual_rest;
    server->virtual_rest = 0;
    if (server->jobs > 0)
    {
        server->virtual_now += shares / server->jobs;
        server->virtual_rest = shares % server->jobs;
    }
    return job;
}

struct pc_server_job *
pc_server_pop(struct pc_server *server, pc_time now_ps)
{
    pc_time next_ps = pc_server_next(server);
    if (next_ps == PC_NEVER || next_ps > now_ps)
    {
        return NULL;
    }
    pass(server, next_ps);
    struct pc_server_job *job = remove_first(server);
    job->done_ps = next_ps;
    return job;
}

pc_time
pc_server_left(struct pc_server *server, const struct pc_server_job *job, pc_time now_ps)
{
    assert(server->discipline == PC_SERVER_PS);
    if (now_ps > server->now_ps)
    {
        pass(server, now_ps);
    }
    int64_t left = job->finish - server->virtual_now;
    return left <= 0 ? 0 : left / VIRTUAL_ONE;
}

void
pc_server_shorten(struct pc_server *server, struct pc_server_job *job, pc_time by_ps)
{
    assert(server->discipline == PC_SERVER_PS);
    uint32_t i = 0;
    while (server->heap[i] != job)
    {
        i++;
    }
    job->finish -= by_ps * VIRTUAL_ONE;
    sift_up(server->heap, i);
}

pc_time
pc_server_busy(struct pc_server *server, pc_time now_ps)
{
    if (now_ps > server->now_ps)
    {
        pass(server, now_ps);
    }
    return server->busy_ps;
}

void
pc_server_observe(struct pc_server *server, const struct pc_server_observer *observer)
{
    server->observer = observer;
}

uint32_t
pc_server_jobs(const struct pc_server *server)
{
    return server->jobs;
}
