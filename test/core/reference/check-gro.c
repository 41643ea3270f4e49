/* Receive offload by what it promises: each segment goes up once, a flow's in the order in which
 * they came, and a unit is one stretch of a flow's stream with equal headers. */

#include "operations.h"

#include "pc-gro.h"

#include <string.h>

#define FLOWS 12
#define MEMBERS 4096

/* A unit as the caller keeps it. */
struct unit
{
    uint32_t count;
    uint32_t first[2]; /* flow, arrival of the first segment in its flow */
    uint32_t next_sequence;
    uint32_t bytes;
    uint32_t segment_bytes; /* of the first */
    uint32_t acknowledgment;
    bool ended; /* by a segment that is shorter, or closes */
};

struct state
{
    struct pc_gro gro;
    struct unit unit[PC_GRO_UNITS];
    uint32_t sequence[FLOWS];
    uint32_t arrived[FLOWS];   /* segments so far */
    uint32_t delivered[FLOWS]; /* of them */
};

static void
deliver(struct state *s, int number)
{
    MUST(number >= 0 && number < PC_GRO_UNITS);
    struct unit *unit = &s->unit[number];
    MUST(unit->count > 0);
    MUST(unit->bytes <= PC_GRO_BYTES);
    MUST_EQUAL(s->delivered[unit->first[0]], unit->first[1]); /* in the order of the flow */
    s->delivered[unit->first[0]] += unit->count;
    unit->count = 0;
}

static void
put(struct state *s, const struct pc_gro_segment *segment, uint32_t flow, int number)
{
    MUST(number < PC_GRO_UNITS);
    struct unit *unit = &s->unit[number];
    MUST(segment->mergeable && segment->payload_bytes > 0);
    if (unit->count == 0)
    {
        *unit = (struct unit){.first = {flow, s->arrived[flow]},
                              .bytes = segment->header_bytes,
                              .next_sequence = segment->sequence,
                              .segment_bytes = segment->payload_bytes,
                              .acknowledgment = segment->acknowledgment};
    }
    MUST_EQUAL(unit->first[0], flow);
    MUST_EQUAL(unit->next_sequence, segment->sequence);
    MUST_EQUAL(unit->acknowledgment, segment->acknowledgment);
    MUST(segment->payload_bytes <= unit->segment_bytes && !unit->ended);
    unit->ended = segment->closes || segment->payload_bytes < unit->segment_bytes;
    unit->next_sequence += segment->payload_bytes;
    unit->bytes += segment->payload_bytes;
    unit->count++;
}

static struct pc_gro_segment
draw(struct state *s, struct operations *from, uint32_t flow)
{
    static const uint32_t sizes[] = {1448, 1448, 8948, 100, 0, 65000};
    struct pc_gro_segment segment = {.hash = flow / 2 * 0x9e3779b1u, .header_bytes = 52};
    segment.flow[0] = (uint8_t)flow;
    uint32_t oddity = operations_below(from, 32);
    segment.payload_bytes = sizes[operations_below(from, 6)];
    segment.sequence = s->sequence[flow] + (oddity == 0 ? 1000 : oddity == 1 ? -1000u : 0);
    segment.acknowledgment = oddity == 2 ? 7 : 0;
    segment.mergeable = oddity != 3;
    segment.closes = oddity == 4 || oddity == 5;
    s->sequence[flow] = segment.sequence + segment.payload_bytes;
    return segment;
}

void
check_gro(struct operations from)
{
    static struct state s;
    memset(&s, 0, sizeof(s));
    pc_gro_init(&s.gro);
    while (from.left > 0)
    {
        uint32_t flow = operations_below(&from, FLOWS);
        struct pc_gro_segment segment = draw(&s, &from, flow);
        struct pc_gro_verdict verdict;
        pc_gro_add(&s.gro, &segment, &verdict);
        for (int i = 0; i < 2; i++)
        {
            if (verdict.closed_before[i] != PC_GRO_NONE)
            {
                deliver(&s, verdict.closed_before[i]);
            }
        }
        if (verdict.unit == PC_GRO_NONE)
        {
            MUST_EQUAL(s.delivered[flow], s.arrived[flow]); /* nothing of it is kept */
            s.delivered[flow]++;
        }
        else
        {
            put(&s, &segment, flow, verdict.unit);
            MUST_EQUAL(verdict.closed, s.unit[verdict.unit].ended);
        }
        s.arrived[flow]++;
        if (verdict.closed)
        {
            deliver(&s, verdict.unit);
        }
        if (operations_below(&from, 16) == 0)
        {
            for (int unit; (unit = pc_gro_flush(&s.gro)) != PC_GRO_NONE;)
            {
                deliver(&s, unit);
            }
            MUST_EQUAL(memcmp(s.delivered, s.arrived, sizeof(s.arrived)), 0);
        }
    }
}
