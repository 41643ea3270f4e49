#include "pc-dim.h"

#define PS_PER_US (1000 * PC_PS_PER_NS)

struct profile
{
    pc_time delay_ps;
    uint32_t frames;
};

/* NET_DIM_RX_EQE_PROFILES of Linux, lib/dim/net_dim.c */
static const struct profile profiles[PC_DIM_PROFILES] = {
    {1 * PS_PER_US, 256},
    {8 * PS_PER_US, 256},
    {64 * PS_PER_US, 256},
    {128 * PS_PER_US, 256},
    {256 * PS_PER_US, 256},
};

enum
{
    DEFAULT_PROFILE = 1,              /* NET_DIM_DEF_PROFILE_EQE, there */
    MOST_STEPS = 2 * PC_DIM_PROFILES, /* before it is tired: net_dim_step(), there */
    SAME_PERCENT = 10,                /* IS_SIGNIFICANT_DIFF(), include/linux/dim.h */
};

enum verdict
{
    WORSE,
    SAME,
    BETTER,
};

static void
begin_measurement(struct pc_dim* dim, pc_time now_ps)
{
    dim->measuring = true;
    dim->start_ps = now_ps;
    dim->packets = 0;
    dim->bytes = 0;
    dim->events = 0;
}

void
pc_dim_init(struct pc_dim* dim, pc_time now_ps)
{
    *dim = (struct pc_dim){.state = PC_DIM_PARKED, .profile = DEFAULT_PROFILE};
    begin_measurement(dim, now_ps);
}

static uint64_t
per_ms(uint64_t count, uint64_t us)
{
    return (1000 * count + us - 1) / us;
}

static bool
differs(uint64_t rate, uint64_t previous)
{
    uint64_t change = rate > previous ? rate - previous : previous - rate;
    return 100 * change / previous > SAME_PERCENT;
}

/* A measurement has events, so their rate was 0 only where the others were, too. */
static enum verdict
compare(const struct pc_dim_rates* rates, const struct pc_dim_rates* previous)
{
    if (previous->bytes == 0)
    {
        return rates->bytes > 0 ? BETTER : SAME;
    }
    if (differs(rates->bytes, previous->bytes))
    {
        return rates->bytes > previous->bytes ? BETTER : WORSE;
    }
    if (previous->packets == 0)
    {
        return rates->packets > 0 ? BETTER : SAME;
    }
    if (differs(rates->packets, previous->packets))
    {
        return rates->packets > previous->packets ? BETTER : WORSE;
    }
    if (differs(rates->events, previous->events))
    {
        return rates->events < previous->events ? BETTER : WORSE;
    }
    return SAME;
}

static void
park(struct pc_dim* dim, enum pc_dim_state state)
{
    dim->state = state;
    dim->steps_right = 0;
    dim->steps_left = 0;
    if (state == PC_DIM_PARKED)
    {
        dim->tired = 0;
    }
}

/* One profile further in the present direction, if it is not too tired for it or at the end. */
static void
step(struct pc_dim* dim)
{
    bool right = dim->state == PC_DIM_RIGHT;
    if (dim->tired == MOST_STEPS)
    {
        park(dim, PC_DIM_TIRED);
        return;
    }
    if (dim->profile == (right ? PC_DIM_PROFILES - 1 : 0))
    {
        park(dim, PC_DIM_PARKED);
        return;
    }
    if (right)
    {
        dim->profile++;
        dim->steps_right++;
    }
    else
    {
        dim->profile--;
        dim->steps_left++;
    }
    dim->tired++;
}

static void
leave_parking(struct pc_dim* dim)
{
    dim->state = dim->profile > 0 ? PC_DIM_LEFT : PC_DIM_RIGHT;
    step(dim);
}

static void
turn(struct pc_dim* dim)
{
    if (dim->state == PC_DIM_RIGHT)
    {
        dim->state = PC_DIM_LEFT;
        dim->steps_left = 0;
    }
    else
    {
        dim->state = PC_DIM_RIGHT;
        dim->steps_right = 0;
    }
}

/* It has climbed several steps, overshot, and come back by one. */
static bool
is_on_top(const struct pc_dim* dim)
{
    return dim->state == PC_DIM_RIGHT ? dim->steps_left > 1 && dim->steps_right == 1
                                      : dim->steps_right > 1 && dim->steps_left == 1;
}

static void
climb(struct pc_dim* dim, const struct pc_dim_rates* rates)
{
    if (compare(rates, &dim->previous) != BETTER)
    {
        turn(dim);
    }
    if (is_on_top(dim))
    {
        park(dim, PC_DIM_PARKED);
        return;
    }
    step(dim);
}

static void
decide(struct pc_dim* dim, const struct pc_dim_rates* rates)
{
    bool parked = dim->state == PC_DIM_PARKED;
    switch (dim->state)
    {
    case PC_DIM_PARKED:
        if (compare(rates, &dim->previous) != SAME)
        {
            leave_parking(dim);
        }
        break;
    case PC_DIM_TIRED:
        dim->tired--;
        if (dim->tired == 0)
        {
            leave_parking(dim);
        }
        break;
    case PC_DIM_RIGHT:
    case PC_DIM_LEFT:
        climb(dim, rates);
        break;
    }
    /* While it stays parked, the rates it parked with remain: a slow drift adds up. */
    if (!parked || dim->state != PC_DIM_PARKED)
    {
        dim->previous = *rates;
    }
}

bool
pc_dim_note(struct pc_dim* dim, uint64_t packets, uint64_t bytes, pc_time now_ps)
{
    if (!dim->measuring)
    {
        begin_measurement(dim, now_ps);
        return false;
    }
    dim->packets += packets;
    dim->bytes += bytes;
    dim->events++;
    uint64_t us = (uint64_t)((now_ps - dim->start_ps) / PS_PER_US);
    if (dim->events < PC_DIM_EVENTS || us == 0)
    {
        return false;
    }
    struct pc_dim_rates rates = {
        .bytes = per_ms(dim->bytes, us),
        .packets = per_ms(dim->packets, us),
        .events = per_ms(PC_DIM_EVENTS, us),
    };
    unsigned profile = dim->profile;
    decide(dim, &rates);
    begin_measurement(dim, now_ps);
    dim->measuring = dim->profile == profile;
    return !dim->measuring;
}

pc_time
pc_dim_delay(const struct pc_dim* dim)
{
    return profiles[dim->profile].delay_ps;
}

uint32_t
pc_dim_frames(const struct pc_dim* dim)
{
    return profiles[dim->profile].frames;
}
