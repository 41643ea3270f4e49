#include "pc-driver.h"

#include <assert.h>

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool
pc_driver_spins(enum pc_wait_mode mode, const struct pc_wait_estimate *estimate)
{
    if (mode != PC_WAIT_AUTO)
    {
        return mode == PC_WAIT_SPIN;
    }
    double wait_s = (double)(estimate->queue_ps + estimate->setup_ps + estimate->data_ps) /
                    (double)PC_PS_PER_S;
    return estimate->cpu_hz * wait_s < estimate->sleep_cycles;
}

uint64_t
pc_driver_place(enum pc_when_full policy,
                uint64_t room,
                uint64_t rest,
                uint64_t mss,
                uint64_t write_piece)
{
    uint64_t fits = min_u64(room, rest);
    if (policy != PC_FULL_COPY && fits < min_u64(mss, rest))
    {
        return 0;
    }
    return min_u64(fits, write_piece);
}

uint64_t
pc_driver_evict(uint64_t wanted, uint64_t room, uint64_t under_way)
{
    uint64_t missing = wanted - min_u64(wanted, room);
    return missing - min_u64(missing, under_way);
}

struct pc_fetch_plan
pc_driver_plan_fetch(const struct pc_fetch_policy *policy,
                     uint32_t packet_bytes,
                     uint32_t header_bytes)
{
    assert(header_bytes <= packet_bytes);
    struct pc_fetch_plan plan = {0};
    uint64_t whole_up_to = (uint64_t)policy->header_bytes + policy->copy_break;
    if (packet_bytes <= whole_up_to)
    {
        plan.first_bytes = packet_bytes;
        plan.tail_bytes = packet_bytes - header_bytes;
        plan.whole = true;
        return plan;
    }
    plan.first_bytes = policy->header_bytes;
    if (header_bytes > policy->header_bytes)
    {
        plan.second_bytes = header_bytes - policy->header_bytes;
    }
    else
    {
        plan.tail_bytes = policy->header_bytes - header_bytes;
    }
    return plan;
}

int
pc_moderation_init(struct pc_moderation *moderation, pc_time delay_ps, uint32_t frames)
{
    if (delay_ps < 0)
    {
        return PC_ERR_INVALID;
    }
    moderation->delay_ps = delay_ps;
    moderation->frames = frames;
    pc_moderation_clear(moderation);
    return PC_OK;
}

void
pc_moderation_note(struct pc_moderation *moderation, pc_time now_ps)
{
    moderation->pending++;
    if (moderation->deadline_ps == PC_NEVER)
    {
        moderation->deadline_ps = now_ps + moderation->delay_ps;
    }
    if (moderation->frames != 0 && moderation->pending >= moderation->frames &&
        moderation->deadline_ps > now_ps)
    {
        moderation->deadline_ps = now_ps;
    }
}

void
pc_moderation_clear(struct pc_moderation *moderation)
{
    moderation->pending = 0;
    moderation->deadline_ps = PC_NEVER;
}
