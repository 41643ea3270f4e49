#include "pc-gro.h"

#include <string.h>

void
pc_gro_init(struct pc_gro* gro)
{
    memset(gro, 0, sizeof(*gro));
}

static int
first_of_bucket(uint32_t hash)
{
    return (int)(hash % PC_GRO_BUCKETS) * PC_GRO_FLOWS;
}

static int
find_flow(const struct pc_gro* gro, const struct pc_gro_segment* segment)
{
    int first = first_of_bucket(segment->hash);
    for (int i = first; i < first + PC_GRO_FLOWS; i++)
    {
        const struct pc_gro_unit* unit = &gro->units[i];
        if (unit->open && unit->hash == segment->hash &&
            memcmp(unit->flow, segment->flow, sizeof(unit->flow)) == 0)
        {
            return i;
        }
    }
    return PC_GRO_NONE;
}

static int
find_room(const struct pc_gro* gro, uint32_t hash)
{
    int first = first_of_bucket(hash);
    for (int i = first; i < first + PC_GRO_FLOWS; i++)
    {
        if (!gro->units[i].open)
        {
            return i;
        }
    }
    return PC_GRO_NONE;
}

static int
oldest_of_bucket(const struct pc_gro* gro, uint32_t hash)
{
    int first = first_of_bucket(hash);
    unsigned age = 0;
    while (gro->by_age[age] < first || gro->by_age[age] >= first + PC_GRO_FLOWS)
    {
        age++;
    }
    return gro->by_age[age];
}

static void
close_unit(struct pc_gro* gro, int number)
{
    unsigned age = 0;
    while (gro->by_age[age] != number)
    {
        age++;
    }
    gro->open--;
    memmove(gro->by_age + age, gro->by_age + age + 1, gro->open - age);
    gro->units[number].open = false;
}

static void
begin_unit(struct pc_gro* gro, int number, const struct pc_gro_segment* segment)
{
    struct pc_gro_unit* unit = &gro->units[number];
    unit->hash = segment->hash;
    memcpy(unit->flow, segment->flow, sizeof(unit->flow));
    unit->next_sequence = segment->sequence + segment->payload_bytes;
    unit->acknowledgment = segment->acknowledgment;
    unit->header_bytes = segment->header_bytes;
    unit->segment_bytes = segment->payload_bytes;
    unit->bytes = segment->header_bytes + segment->payload_bytes;
    unit->open = true;
    gro->by_age[gro->open] = (uint8_t)number;
    gro->open++;
}

static bool
can_merge(const struct pc_gro_segment* segment)
{
    return segment->mergeable && segment->payload_bytes > 0;
}

static bool
continues(const struct pc_gro_unit* unit, const struct pc_gro_segment* segment)
{
    return can_merge(segment) && segment->sequence == unit->next_sequence &&
           segment->acknowledgment == unit->acknowledgment &&
           segment->header_bytes == unit->header_bytes &&
           segment->payload_bytes <= unit->segment_bytes &&
           unit->bytes + segment->payload_bytes <= PC_GRO_BYTES;
}

static void
join_unit(struct pc_gro* gro,
          int number,
          const struct pc_gro_segment* segment,
          struct pc_gro_verdict* verdict)
{
    struct pc_gro_unit* unit = &gro->units[number];
    unit->next_sequence += segment->payload_bytes;
    unit->bytes += segment->payload_bytes;
    verdict->unit = number;
    verdict->closed = segment->closes || segment->payload_bytes < unit->segment_bytes;
    if (verdict->closed)
    {
        close_unit(gro, number);
    }
}

void
pc_gro_add(struct pc_gro* gro, const struct pc_gro_segment* segment, struct pc_gro_verdict* verdict)
{
    *verdict = (struct pc_gro_verdict){{PC_GRO_NONE, PC_GRO_NONE}, PC_GRO_NONE, false};
    int own = find_flow(gro, segment);
    if (own != PC_GRO_NONE && continues(&gro->units[own], segment))
    {
        join_unit(gro, own, segment, verdict);
        return;
    }
    if (own != PC_GRO_NONE)
    {
        close_unit(gro, own);
        verdict->closed_before[0] = own;
    }
    if (!can_merge(segment) || segment->closes)
    {
        return;
    }
    int number = find_room(gro, segment->hash);
    if (number == PC_GRO_NONE)
    {
        number = oldest_of_bucket(gro, segment->hash);
        close_unit(gro, number);
        verdict->closed_before[1] = number;
    }
    begin_unit(gro, number, segment);
    verdict->unit = number;
}

int
pc_gro_flush(struct pc_gro* gro)
{
    if (gro->open == 0)
    {
        return PC_GRO_NONE;
    }
    int number = gro->by_age[0];
    close_unit(gro, number);
    return number;
}

unsigned
pc_gro_open(const struct pc_gro* gro)
{
    return gro->open;
}
