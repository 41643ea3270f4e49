#include "pc-host-cpu.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

const char *
pc_category_name(enum pc_category category)
{
    static const char *const names[PC_CAT_COUNT] = {
        [PC_CAT_APPLICATION] = "application",
        [PC_CAT_APP_READ] = "app_read",
        [PC_CAT_SYSTEM_CALL] = "system_call",
        [PC_CAT_SKBUFF] = "skbuff",
        [PC_CAT_COPY] = "copy",
        [PC_CAT_CHECKSUM] = "checksum",
        [PC_CAT_TCP_TX] = "tcp_tx",
        [PC_CAT_TCP_RX] = "tcp_rx",
        [PC_CAT_DRIVER_TX] = "driver_tx",
        [PC_CAT_DRIVER_RX] = "driver_rx",
        [PC_CAT_INTERRUPT] = "interrupt",
        [PC_CAT_CONTEXT_SWITCH] = "context_switch",
        [PC_CAT_WAKE_UP] = "wake_up",
        [PC_CAT_PAGE_PIN] = "page_pin",
        [PC_CAT_IOMMU] = "iommu",
        [PC_CAT_DMA_SUBMIT] = "dma_submit",
        [PC_CAT_DMA_COMPLETE] = "dma_complete",
        [PC_CAT_SPIN] = "spin",
        [PC_CAT_HEADER_FETCH] = "header_fetch",
        [PC_CAT_RAM_RELEASE] = "ram_release",
        [PC_CAT_LINEARISE] = "linearise",
        [PC_CAT_EVICT] = "evict",
        [PC_CAT_IDLE] = "idle",
    };
    return (unsigned)category < PC_CAT_COUNT ? names[category] : "?";
}

int
pc_cpu_init(struct pc_host_cpu *cpu, unsigned cores, double hz, pc_time now_ps)
{
    if (cores == 0 || cores > PC_CPU_CORES || !(hz > 0))
    {
        return PC_ERR_INVALID;
    }
    memset(cpu, 0, sizeof(*cpu));
    cpu->cores = cores;
    cpu->ps_per_cycle = (double)PC_PS_PER_S / hz;
    cpu->reset_ps = now_ps;
    for (unsigned i = 0; i < cores; i++)
    {
        cpu->core[i].now_ps = now_ps;
        cpu->core[i].next_ps = PC_NEVER;
        cpu->core[i].number = i;
    }
    return PC_OK;
}

void
pc_cpu_observe(struct pc_host_cpu *cpu, const struct pc_cpu_observer *observer)
{
    for (unsigned i = 0; i < cpu->cores; i++)
    {
        cpu->core[i].observer = observer;
    }
}

/* -- Jobs -- */

void
pc_cpu_job_init(struct pc_cpu_job *job)
{
    job->count = 0;
    job->at = 0;
    job->hold_until_ps = 0;
    job->began_ps = PC_NEVER;
    job->owner = 0;
    job->next = NULL;
    job->next_last = NULL;
}

int
pc_cpu_job_add_ps(struct pc_cpu_job *job, enum pc_category category, pc_time ps)
{
    if (ps < 0)
    {
        return PC_ERR_INVALID;
    }
    for (unsigned i = 0; i < job->count; i++)
    {
        if (job->part[i].category == category)
        {
            job->part[i].ps += ps;
            return PC_OK;
        }
    }
    if (job->count == PC_CPU_PARTS)
    {
        return PC_ERR_RANGE;
    }
    job->part[job->count].category = category;
    job->part[job->count].ps = ps;
    job->count++;
    return PC_OK;
}

int
pc_cpu_job_add_cycles(struct pc_host_cpu *cpu,
                      unsigned core,
                      struct pc_cpu_job *job,
                      enum pc_category category,
                      double cycles)
{
    if (!(cycles >= 0))
    {
        return PC_ERR_INVALID;
    }
    double *rest = &cpu->core[core].cycle_rest;
    double ps = cycles * cpu->ps_per_cycle + *rest;
    pc_time whole = (pc_time)ps; /* neither is negative */
    *rest = cycles > 0 ? ps - (double)whole : *rest;
    return pc_cpu_job_add_ps(job, category, cycles > 0 ? whole : 0);
}

void
pc_cpu_job_hold(struct pc_cpu_job *job, enum pc_category category, pc_time until_ps)
{
    job->hold_until_ps = until_ps;
    job->hold_category = category;
}

pc_time
pc_cpu_job_left(const struct pc_cpu_job *job)
{
    pc_time left = 0;
    for (unsigned i = job->at; i < job->count; i++)
    {
        left += job->part[i].ps;
    }
    return left;
}

/* -- A core -- */

/* The job that the core is doing: interrupt class first. */
static struct pc_cpu_queue *
running_queue(struct pc_core *core)
{
    for (int c = PC_CPU_CLASSES - 1; c >= 0; c--)
    {
        if (core->queue[c].head != NULL)
        {
            return &core->queue[c];
        }
    }
    return NULL;
}

static const struct pc_cpu_job *
running(const struct pc_core *core)
{
    const struct pc_cpu_job *interrupt = core->queue[PC_CPU_INTERRUPT].head;
    return interrupt != NULL ? interrupt : core->queue[PC_CPU_PROCESS].head;
}

/* Finds when the running job is done if nothing happens. */
static void
find_next(struct pc_core *core)
{
    const struct pc_cpu_job *job = running(core);
    if (job == NULL)
    {
        core->next_ps = PC_NEVER;
        return;
    }
    pc_time parts_ps = core->now_ps + pc_cpu_job_left(job);
    core->next_ps = parts_ps > job->hold_until_ps ? parts_ps : job->hold_until_ps;
}

/* Charges \p span_ps from the core's time on to a category, on behalf of a queue's head. */
static inline void
charge_one(struct pc_core *core,
           const struct pc_cpu_queue *queue,
           enum pc_category category,
           pc_time span_ps,
           bool observed)
{
    core->ledger[category] += span_ps;
    if (observed && span_ps > 0)
    {
        core->observer->worked(core->observer->context,
                               core->number,
                               (enum pc_cpu_class)(queue - core->queue),
                               queue->head,
                               category,
                               core->now_ps,
                               core->now_ps + span_ps);
        core->now_ps += span_ps;
    }
}

/* Takes note of when a job has its core; the first time counts. */
static void
note_began(struct pc_cpu_job *job, pc_time at_ps)
{
    job->began_ps = at_ps < job->began_ps ? at_ps : job->began_ps;
}

/* Charges \p span_ps to the parts of a job, in their order; what is beyond them is its hold. */
static inline void
charge(struct pc_core *core, const struct pc_cpu_queue *queue, pc_time span_ps, bool observed)
{
    struct pc_cpu_job *job = queue->head;
    while (span_ps > 0 && job->at < job->count)
    {
        pc_time *part_ps = &job->part[job->at].ps;
        pc_time share_ps = span_ps < *part_ps ? span_ps : *part_ps;
        charge_one(core, queue, job->part[job->at].category, share_ps, observed);
        *part_ps -= share_ps;
        span_ps -= share_ps;
        job->at += *part_ps == 0;
    }
    if (span_ps > 0)
    {
        assert(job->hold_until_ps > 0);
        charge_one(core, queue, job->hold_category, span_ps, observed);
    }
}

/* Lets time pass on a core during which no job is done. */
static void
pass(struct pc_core *core, pc_time until_ps)
{
    pc_time span_ps = until_ps - core->now_ps;
    if (span_ps <= 0)
    {
        return;
    }
    struct pc_cpu_queue *queue = running_queue(core);
    if (queue == NULL)
    {
        core->ledger[PC_CAT_IDLE] += span_ps;
    }
    else
    {
        note_began(queue->head, core->now_ps);
        /* the compiler makes one of each: where nobody looks on, nothing is asked for a part */
        core->observer == NULL ? charge(core, queue, span_ps, false)
                               : charge(core, queue, span_ps, true);
    }
    core->now_ps = until_ps;
}

/* Lets time pass up to \p now_ps, or to the running job's end where that comes first. */
static void
catch_up(struct pc_core *core, pc_time now_ps)
{
    pass(core, core->next_ps < now_ps ? core->next_ps : now_ps);
}

/* Where the last process job of an owner is noted; NULL stands there if none is queued. */
static struct pc_cpu_job **
last_of(struct pc_core *core, uint32_t owner)
{
    struct pc_cpu_job **last = &core->last[owner % PC_CPU_OWNER_LISTS];
    while (*last != NULL && (*last)->owner != owner)
    {
        last = &(*last)->next_last;
    }
    return last;
}

/* Puts a job behind another one of its queue; behind NULL: at the head. */
static void
put_behind(struct pc_cpu_queue *queue, struct pc_cpu_job *before, struct pc_cpu_job *job)
{
    struct pc_cpu_job **link = before != NULL ? &before->next : &queue->head;
    job->next = *link;
    *link = job;
    queue->tail = job->next == NULL ? job : queue->tail;
}

static void
submit_process(struct pc_core *core, struct pc_cpu_job *job)
{
    struct pc_cpu_queue *queue = &core->queue[PC_CPU_PROCESS];
    if (job->owner == 0)
    {
        put_behind(queue, queue->tail, job);
        return;
    }
    struct pc_cpu_job **last = last_of(core, job->owner);
    bool goes_on = core->kept_owner == job->owner && core->kept_ps == core->now_ps;
    struct pc_cpu_job *others = goes_on ? NULL : queue->tail;
    put_behind(queue, *last != NULL ? *last : others, job);
    job->next_last = *last != NULL ? (*last)->next_last : NULL;
    *last = job;
}

/* Forgets a process job that is done. */
static void
leave_process(struct pc_core *core, struct pc_cpu_job *job, pc_time done_ps)
{
    core->kept_owner = job->owner;
    core->kept_ps = done_ps;
    struct pc_cpu_job **last = last_of(core, job->owner);
    if (*last == job)
    {
        *last = job->next_last;
    }
}

int
pc_cpu_submit(struct pc_host_cpu *cpu,
              unsigned core_number,
              enum pc_cpu_class job_class,
              struct pc_cpu_job *job,
              pc_time now_ps)
{
    if (core_number >= cpu->cores)
    {
        return PC_ERR_INVALID;
    }
    struct pc_core *core = &cpu->core[core_number];
    catch_up(core, now_ps);
    if (job_class == PC_CPU_INTERRUPT && core->queue[PC_CPU_INTERRUPT].head == NULL &&
        core->queue[PC_CPU_PROCESS].head != NULL)
    {
        core->preemptions++;
    }
    if (job_class == PC_CPU_PROCESS)
    {
        submit_process(core, job);
    }
    else
    {
        put_behind(&core->queue[job_class], core->queue[job_class].tail, job);
    }
    find_next(core);
    return PC_OK;
}

int
pc_cpu_release(struct pc_host_cpu *cpu, unsigned core_number, struct pc_cpu_job *job, pc_time now_ps)
{
    if (core_number >= cpu->cores)
    {
        return PC_ERR_INVALID;
    }
    struct pc_core *core = &cpu->core[core_number];
    catch_up(core, now_ps);
    job->hold_until_ps = 0;
    find_next(core);
    return PC_OK;
}

bool
pc_cpu_has_work(const struct pc_host_cpu *cpu, unsigned core, enum pc_cpu_class job_class)
{
    return cpu->core[core].queue[job_class].head != NULL;
}

pc_time
pc_cpu_next(const struct pc_host_cpu *cpu)
{
    pc_time next_ps = PC_NEVER;
    for (unsigned i = 0; i < cpu->cores; i++)
    {
        pc_time core_ps = cpu->core[i].next_ps;
        next_ps = core_ps < next_ps ? core_ps : next_ps;
    }
    return next_ps;
}

struct pc_cpu_job *
pc_cpu_pop(struct pc_host_cpu *cpu, pc_time now_ps)
{
    struct pc_core *first = NULL;
    pc_time first_ps = PC_NEVER;
    for (unsigned i = 0; i < cpu->cores; i++)
    {
        if (cpu->core[i].next_ps < first_ps)
        {
            first_ps = cpu->core[i].next_ps;
            first = &cpu->core[i];
        }
    }
    if (first == NULL || first_ps > now_ps)
    {
        return NULL;
    }
    pass(first, first_ps);
    struct pc_cpu_queue *queue = running_queue(first);
    struct pc_cpu_job *job = queue->head;
    queue->head = job->next;
    queue->tail = queue->head == NULL ? NULL : queue->tail;
    if (queue == &first->queue[PC_CPU_PROCESS])
    {
        leave_process(first, job, first_ps);
    }
    find_next(first);
    job->done_ps = first_ps;
    note_began(job, first_ps); /* where it took no time */
    return job;
}

/* -- The ledger -- */

int
pc_cpu_sync(struct pc_host_cpu *cpu, pc_time now_ps)
{
    if (pc_cpu_next(cpu) < now_ps)
    {
        return PC_ERR_INVALID;
    }
    for (unsigned i = 0; i < cpu->cores; i++)
    {
        pass(&cpu->core[i], now_ps);
    }
    return PC_OK;
}

pc_time
pc_cpu_ledger(const struct pc_host_cpu *cpu, unsigned core, enum pc_category category)
{
    return cpu->core[core].ledger[category];
}

void
pc_cpu_ledger_reset(struct pc_host_cpu *cpu, pc_time now_ps)
{
    cpu->reset_ps = now_ps;
    for (unsigned i = 0; i < cpu->cores; i++)
    {
        memset(cpu->core[i].ledger, 0, sizeof(cpu->core[i].ledger));
    }
}

bool
pc_cpu_check(const struct pc_host_cpu *cpu)
{
    for (unsigned i = 0; i < cpu->cores; i++)
    {
        pc_time sum_ps = 0;
        for (int c = 0; c < PC_CAT_COUNT; c++)
        {
            sum_ps += cpu->core[i].ledger[c];
        }
        if (sum_ps != cpu->core[i].now_ps - cpu->reset_ps)
        {
            return false;
        }
    }
    return true;
}
