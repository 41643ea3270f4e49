/* The cores against a simulation of one picosecond after the other, interrupt class first, with
 * lists that are looked through. */

#include "operations.h"

#include "pc-host-cpu.h"

#include <string.h>

#define JOBS 16
#define CORES 3

struct job
{
    bool live;
    bool keeps; /* a hold, until it is released or the time has come */
    unsigned core;
    unsigned parts;
    enum pc_category category[PC_CPU_PARTS];
    pc_time left[PC_CPU_PARTS];
    pc_time until; /* of the hold; PC_NEVER */
    enum pc_category hold_category;
    uint32_t owner;
    pc_time began; /* -1: not yet */
};

struct core
{
    int order[PC_CPU_CLASSES][JOBS]; /* numbers of jobs, first to be done first */
    int count[PC_CPU_CLASSES];
    uint32_t last_owner; /* of the process job that was done last */
    pc_time last_done;
    pc_time ledger[PC_CAT_COUNT];
    uint64_t preemptions;
};

struct reference
{
    struct pc_host_cpu cpu;
    unsigned cores;
    struct pc_cpu_job jobs[JOBS];
    struct job job[JOBS];
    struct core core[CORES];
    pc_time now;
    pc_time told_until[CORES];              /* by the observer */
    pc_time told[CORES][PC_CAT_COUNT];
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
    struct reference *r = context;
    (void)job_class;
    MUST(begin_ps >= r->told_until[core] && end_ps > begin_ps);
    MUST(r->job[job - r->jobs].live);
    r->told_until[core] = end_ps;
    r->told[core][category] += end_ps - begin_ps;
}

/* The job that a core is doing, -1: none. */
static int
running(const struct core *core)
{
    return core->count[PC_CPU_INTERRUPT] > 0 ? core->order[PC_CPU_INTERRUPT][0]
           : core->count[PC_CPU_PROCESS] > 0 ? core->order[PC_CPU_PROCESS][0]
                                             : -1;
}

/* The part of a job that is to be done, or as many as it has. */
static unsigned
part_of(const struct job *job)
{
    unsigned part = 0;
    while (part < job->parts && job->left[part] == 0)
    {
        part++;
    }
    return part;
}

static bool
is_done(const struct job *job, pc_time now)
{
    return part_of(job) == job->parts && !(job->keeps && job->until > now);
}

/* A core works, or idles, for a picosecond. */
static void
tick(struct reference *r, struct core *core)
{
    int i = running(core);
    if (i < 0)
    {
        core->ledger[PC_CAT_IDLE]++;
        return;
    }
    struct job *job = &r->job[i];
    job->began = job->began < 0 ? r->now : job->began;
    unsigned part = part_of(job);
    if (part < job->parts)
    {
        job->left[part]--;
        core->ledger[job->category[part]]++;
    }
    else
    {
        core->ledger[job->hold_category]++;
    }
}

/* Where a new job goes among those of its class. */
static int
place_of(const struct reference *r, const struct core *core, enum pc_cpu_class job_class,
         uint32_t owner)
{
    const int *order = core->order[job_class];
    int count = core->count[job_class];
    if (job_class == PC_CPU_INTERRUPT || owner == 0)
    {
        return count;
    }
    for (int k = count; k > 0; k--)
    {
        if (r->job[order[k - 1]].owner == owner)
        {
            return k; /* behind its own */
        }
    }
    bool goes_on = core->last_owner == owner && core->last_done == r->now;
    return goes_on ? 0 : count;
}

static void
enter(struct reference *r, enum pc_cpu_class job_class, int i)
{
    struct core *core = &r->core[r->job[i].core];
    core->preemptions += job_class == PC_CPU_INTERRUPT && core->count[PC_CPU_INTERRUPT] == 0 &&
                         core->count[PC_CPU_PROCESS] > 0;
    int place = place_of(r, core, job_class, r->job[i].owner);
    int *order = core->order[job_class];
    for (int k = core->count[job_class]++; k > place; k--)
    {
        order[k] = order[k - 1];
    }
    order[place] = i;
}

static void
leave(struct reference *r, struct core *core)
{
    enum pc_cpu_class job_class =
        core->count[PC_CPU_INTERRUPT] > 0 ? PC_CPU_INTERRUPT : PC_CPU_PROCESS;
    int *order = core->order[job_class];
    int i = order[0];
    core->count[job_class]--;
    memmove(order, order + 1, (size_t)core->count[job_class] * sizeof(*order));
    r->job[i].live = false;
    if (job_class == PC_CPU_PROCESS)
    {
        core->last_owner = r->job[i].owner;
        core->last_done = r->now;
    }
}

/* Pops what is done by now. */
static void
pop_done(struct reference *r)
{
    for (unsigned c = 0; c < r->cores; c++)
    {
        for (int i; (i = running(&r->core[c])) >= 0 && is_done(&r->job[i], r->now);)
        {
            MUST_EQUAL(pc_cpu_next(&r->cpu), r->now);
            struct pc_cpu_job *done = pc_cpu_pop(&r->cpu, r->now);
            MUST(done == &r->jobs[i]);
            MUST_EQUAL(done->done_ps, r->now);
            MUST_EQUAL(done->began_ps, r->job[i].began < 0 ? r->now : r->job[i].began);
            leave(r, &r->core[c]);
        }
    }
    MUST(pc_cpu_pop(&r->cpu, r->now) == NULL);
}

static void
draw_parts(struct pc_cpu_job *job, struct job *own, struct operations *from)
{
    static const enum pc_category categories[] = {PC_CAT_COPY, PC_CAT_TCP_RX, PC_CAT_WAKE_UP};
    uint32_t parts = operations_below(from, 4);
    for (uint32_t k = 0; k < parts; k++)
    {
        enum pc_category category = categories[operations_below(from, 3)];
        pc_time work = operations_below(from, 64);
        MUST_EQUAL(pc_cpu_job_add_ps(job, category, work), PC_OK);
        unsigned place = 0;
        while (place < own->parts && own->category[place] != category)
        {
            place++;
        }
        own->category[place] = category;
        own->left[place] += work;
        own->parts += place == own->parts;
    }
}

static void
submit(struct reference *r, int i, struct operations *from)
{
    struct job *own = &r->job[i];
    struct pc_cpu_job *job = &r->jobs[i];
    memset(own, 0, sizeof(*own));
    own->live = true;
    own->began = -1;
    own->core = operations_below(from, r->cores);
    /* nobody's, and of three, two of which the core looks for in one list */
    static const uint32_t owners[] = {0, 1, 2, 2 + PC_CPU_OWNER_LISTS};
    own->owner = owners[operations_below(from, 4)];
    pc_cpu_job_init(job);
    job->owner = own->owner;
    draw_parts(job, own, from);
    uint32_t hold = operations_below(from, 8);
    if (hold < 2)
    {
        own->keeps = true;
        own->hold_category = PC_CAT_SPIN;
        own->until = hold == 0 ? PC_NEVER : r->now + 1 + (pc_time)operations_below(from, 128);
        pc_cpu_job_hold(job, PC_CAT_SPIN, own->until);
    }
    enum pc_cpu_class job_class =
        operations_below(from, 3) == 0 ? PC_CPU_INTERRUPT : PC_CPU_PROCESS;
    MUST_EQUAL(pc_cpu_submit(&r->cpu, own->core, job_class, job, r->now), PC_OK);
    enter(r, job_class, i);
}

static void
release(struct reference *r, int i)
{
    r->job[i].keeps = false;
    MUST_EQUAL(pc_cpu_release(&r->cpu, r->job[i].core, &r->jobs[i], r->now), PC_OK);
}

static void
compare_ledgers(struct reference *r)
{
    MUST_EQUAL(pc_cpu_sync(&r->cpu, r->now), PC_OK);
    MUST(pc_cpu_check(&r->cpu));
    for (unsigned c = 0; c < r->cores; c++)
    {
        for (int category = 0; category < PC_CAT_COUNT; category++)
        {
            pc_time expected = r->core[c].ledger[category];
            MUST_EQUAL(pc_cpu_ledger(&r->cpu, c, (enum pc_category)category), expected);
            MUST(category == PC_CAT_IDLE || r->told[c][category] == expected);
        }
        MUST_EQUAL(r->cpu.core[c].preemptions, r->core[c].preemptions);
        MUST_EQUAL(pc_cpu_has_work(&r->cpu, c, PC_CPU_PROCESS),
                   r->core[c].count[PC_CPU_PROCESS] > 0);
    }
}

void
compare_host_cpu(struct operations from)
{
    static struct reference r;
    memset(&r, 0, sizeof(r));
    const struct pc_cpu_observer observer = {note, &r};
    r.cores = 1 + operations_below(&from, CORES);
    MUST_EQUAL(pc_cpu_init(&r.cpu, r.cores, 1e9, 0), PC_OK);
    pc_cpu_observe(&r.cpu, &observer);
    for (unsigned c = 0; c < r.cores; c++)
    {
        r.core[c].last_done = -1;
    }
    while (from.left > 0)
    {
        /* more often than not nothing passes: work of one instant meets */
        uint32_t span = operations_below(&from, 128);
        for (uint32_t passed = 0; passed < (span < 64 ? 0 : span - 64); passed++)
        {
            for (unsigned c = 0; c < r.cores; c++)
            {
                tick(&r, &r.core[c]);
            }
            r.now++;
            pop_done(&r);
        }
        int i = (int)operations_below(&from, JOBS);
        if (r.job[i].live)
        {
            release(&r, i);
        }
        else
        {
            submit(&r, i, &from);
        }
        pop_done(&r);
        compare_ledgers(&r);
    }
}
