/* The break-even against a slow reference: its own arithmetic, transfer by transfer and size by
 * size, on buses whose transfer times are written out here. */

#include "pc-break-even.h"

#include "pc-test.h"

#include <stdbool.h>
#include <string.h>

/* A machine as the reference knows it: cycles, bytes, picoseconds. */
struct machine
{
    const char *name;
    double copy, warm_copy, read_warm, read_llc, read_cold; /* cycles a byte */
    double pin, unpin, iommu, submit, gather, complete, fetch, release, interrupt, wake, swap;
    double hz;
    bool pcie;             /* else 32-bit 33 1/3 MHz PCI, 256-byte bursts, 16 and 8 clocks more */
    long op_ps;            /* the engine's least time a transfer, each direction */
    long latency_ps;       /* of a transfer to the card */
    double latency_a_byte; /* ps */
    long card_ps;          /* the card's processor a piece */
    double ram_ps;         /* card RAM, a byte */
    bool warm, app_read, into_cache;
    unsigned piece, constant, copy_break, mss, headers;
    /* a modern host */
    double llc_copy, remote_copy, map;
    double forced;             /* misses; where force is set */
    bool force, remote, registered;
    unsigned unit, read_unit;  /* payload of units sent and received; 0: segments */
};

static const struct machine machines[] = {
    {.name = "Pentium III", .copy = 5.25, .warm_copy = 1.33, .read_warm = 0.5, .read_cold = 2.655,
     .pin = 300, .unpin = 100, .submit = 1000, .gather = 150, .complete = 300, .fetch = 200,
     .release = 100, .interrupt = 1200, .wake = 400, .swap = 750, .hz = 750e6, .card_ps = 500000,
     .piece = 65536, .constant = 128, .copy_break = 128, .mss = 1448, .headers = 52},
    {.name = "Pentium III, reads", .copy = 5.25, .warm_copy = 1.33, .read_warm = 0.5,
     .read_cold = 2.655, .pin = 300, .unpin = 100, .submit = 1000, .gather = 150, .complete = 300,
     .fetch = 200, .release = 100, .interrupt = 1200, .wake = 400, .swap = 750, .hz = 750e6,
     .card_ps = 500000, .warm = true, .app_read = true, .piece = 65536, .constant = 128,
     .copy_break = 128, .mss = 1448, .headers = 52},
    {.name = "jumbo frames, slow memory", .copy = 9.5, .warm_copy = 3, .read_warm = 0.5,
     .read_cold = 4, .pin = 300, .unpin = 100, .iommu = 50, .submit = 1000, .gather = 150,
     .complete = 300, .fetch = 200, .release = 100, .interrupt = 1200, .wake = 400, .swap = 750,
     .hz = 450e6, .latency_ps = 700000, .latency_a_byte = 300, .card_ps = 900000, .ram_ps = 4000,
     .app_read = true, .piece = 16384, .constant = 128, .copy_break = 128, .mss = 8948,
     .headers = 52},
    {.name = "PCIe", .copy = 0.46, .warm_copy = 0.2, .read_warm = 0.05, .read_llc = 0.15,
     .read_cold = 0.3, .pin = 100, .unpin = 100, .iommu = 60, .submit = 1500, .gather = 100,
     .complete = 1370, .fetch = 150, .release = 80, .interrupt = 1500, .wake = 600, .swap = 5100,
     .hz = 3.4e9, .pcie = true, .op_ps = 21000, .latency_ps = 480000, .latency_a_byte = 290,
     .card_ps = 50000, .ram_ps = 2, .app_read = true, .llc_copy = 0.2, .into_cache = true,
     .piece = 65536, .constant = 128, .copy_break = 128, .mss = 1448, .headers = 52},
    {.name = "PCIe, jumbo, long headers", .copy = 0.46, .warm_copy = 0.2, .read_warm = 0.05,
     .read_llc = 0.15, .read_cold = 0.3, .pin = 100, .unpin = 100, .iommu = 60, .submit = 1500,
     .gather = 100, .complete = 1370, .fetch = 150, .release = 80, .interrupt = 1500, .wake = 600,
     .swap = 5100, .hz = 3.4e9, .pcie = true, .op_ps = 21000, .latency_ps = 480000,
     .latency_a_byte = 290, .card_ps = 50000, .ram_ps = 2, .warm = true, .piece = 8192,
     .constant = 64, .mss = 8928, .headers = 92},
    {.name = "dear copies, long engine time", .copy = 8, .warm_copy = 6, .read_warm = 0.1,
     .read_cold = 0.1, .pin = 10, .unpin = 10, .submit = 100, .gather = 20, .complete = 30,
     .fetch = 20, .release = 10, .interrupt = 100, .wake = 50, .swap = 100, .hz = 1e9,
     .pcie = true, .op_ps = 900000, .card_ps = 100, .piece = 4096, .constant = 100,
     .copy_break = 20, .mss = 536, .headers = 40},
    {.name = "merged, jumbo", .copy = 0.46, .warm_copy = 0.04, .llc_copy = 0.2, .read_warm = 0.04,
     .read_llc = 0.16, .read_cold = 0.4, .pin = 100, .unpin = 100, .iommu = 60, .submit = 2000,
     .gather = 100, .complete = 870, .fetch = 100, .release = 90, .interrupt = 2000, .wake = 1000,
     .swap = 2550, .hz = 3.4e9, .pcie = true, .op_ps = 21000, .latency_ps = 413000,
     .card_ps = 5000, .map = 300, .into_cache = true, .app_read = true, .piece = 65536,
     .constant = 128, .copy_break = 128, .mss = 8948, .headers = 52, .unit = 62636,
     .read_unit = 65483},
    {.name = "merged, small pieces, registered", .copy = 3, .warm_copy = 1, .llc_copy = 2,
     .read_warm = 0.1, .read_llc = 0.3, .read_cold = 0.9, .pin = 100, .unpin = 100, .submit = 500,
     .gather = 130, .complete = 870, .fetch = 110, .release = 170, .interrupt = 900, .wake = 300,
     .swap = 300, .hz = 2e9, .card_ps = 300000, .map = 40, .into_cache = true, .forced = 0.49,
     .force = true, .registered = true, .app_read = true, .piece = 8688, .constant = 128,
     .copy_break = 128, .mss = 1448, .headers = 52, .unit = 4344, .read_unit = 5000},
    {.name = "the other node, merged one way", .copy = 0.46, .warm_copy = 0.04, .llc_copy = 0.2,
     .remote_copy = 0.49, .pin = 100, .unpin = 100, .iommu = 60, .submit = 2000, .gather = 100,
     .complete = 870, .fetch = 100, .release = 90, .interrupt = 2000, .wake = 1000, .swap = 2550,
     .hz = 3.4e9, .pcie = true, .latency_ps = 537000, .card_ps = 5000, .remote = true,
     .piece = 30000, .constant = 128, .copy_break = 128, .mss = 1448, .headers = 52,
     .read_unit = 65483},
    {.name = "free", .hz = 1e9, .app_read = true, .piece = 65536, .constant = 128,
     .copy_break = 128, .mss = 1448, .headers = 52},
};

/* -- The reference -- */

/* What transfers take, ps: PCI has one direction and clocks of 30 ns; PCIe is gen 3 x8 with MPS 256
 * and MRRS 512, 57.8848 Gb/s each direction. */
struct bus_time
{
    double up, down, least;
};

static void
add_transfer(const struct machine *m, struct bus_time *t, bool to_card, unsigned bytes)
{
    double byte_ps = 8000 / 57.8848;
    t->least += (double)m->op_ps;
    if (m->pcie)
    {
        unsigned packets = (bytes + 255) / 256;
        t->up += byte_ps * (to_card ? 24 * ((bytes + 511) / 512) : 24 * packets + bytes);
        t->down += to_card ? byte_ps * (20 * packets + bytes) : 0;
        return;
    }
    for (unsigned left = bytes; left > 0;)
    {
        unsigned burst = left < 256 ? left : 256;
        t->up += 30000.0 * ((burst + 3) / 4 + (to_card ? 16 : 8));
        left -= burst;
    }
}

static void
add_doorbell(const struct machine *m, struct bus_time *t, unsigned bytes)
{
    if (m->pcie)
    {
        t->down += 8000 / 57.8848 * (24 + bytes);
        return;
    }
    t->up += 30000.0 * ((bytes + 3) / 4 + 8);
}

/* What runs beside each other in a call's DMA: it takes as long as the longest of them. */
struct progress
{
    double bus, card, ram, end;
};

/* A DMA job as it is put together: what it takes, and the longest of its latencies. */
struct job
{
    struct bus_time t;
    double card, ram, longest;
    unsigned fragments;
};

static const struct job NO_JOB;

/* A fragment: its descriptor, and the bytes page by page. */
static void
add_fragment(const struct machine *m, struct job *j, bool to_card, unsigned offset, unsigned bytes)
{
    add_transfer(m, &j->t, true, 16);
    for (unsigned done = 0; done < bytes;)
    {
        unsigned room = 4096 - (offset + done) % 4096;
        unsigned part = bytes - done < room ? bytes - done : room;
        add_transfer(m, &j->t, to_card, part);
        j->longest = fmax(j->longest, (double)m->latency_ps + m->latency_a_byte * part);
        done += part;
    }
    j->card += j->fragments++ == 0 ? (double)m->card_ps : 77;
    j->ram += m->ram_ps * bytes;
}

/* The job goes: doorbell, release commands, write-back; its latency runs beside the next. */
static void
add_job(const struct machine *m, struct progress *p, bool to_card, struct job j, unsigned releases)
{
    double latency = (double)m->latency_ps + m->latency_a_byte * 16;
    add_doorbell(m, &j.t, 4);
    for (unsigned i = 0; i < releases; i++)
    {
        add_doorbell(m, &j.t, 8);
    }
    add_transfer(m, &j.t, false, 16);
    p->bus += fmax(j.t.least, fmax(j.t.up, j.t.down));
    p->card += j.card;
    p->ram += j.ram;
    double now = fmax(p->bus, fmax(p->card, p->ram));
    p->end = fmax(p->end, now + latency + (to_card ? j.longest : 0));
}

static double
sleep_cycles(const struct machine *m)
{
    return m->interrupt + m->wake + 2 * m->swap;
}

/* Cycles of a write's segments beyond copying: each unit is gathered, its pages are not mapped. */
static double
unit_cycles(const struct machine *m, unsigned bytes)
{
    double cycles = 0;
    unsigned unit = m->unit ? m->unit : m->mss;
    for (unsigned begin = 0; begin < bytes; begin += unit)
    {
        unsigned end = bytes - begin < unit ? bytes : begin + unit;
        unsigned fragments = (end - 1) / m->piece - begin / m->piece + 1;
        cycles += m->gather * (m->unit && end - begin > m->mss ? fragments : 1);
        cycles -= m->map * ceil((end - begin) / 4096.0);
    }
    return cycles;
}

/* One a segment; or of each ACK, which covers a unit as it is received, one a piece. */
static unsigned
count_releases(const struct machine *m, unsigned bytes)
{
    if (!m->unit)
    {
        return (bytes + m->mss - 1) / m->mss;
    }
    unsigned commands = 0;
    for (unsigned begin = 0; begin < bytes;)
    {
        unsigned full = m->unit;
        unsigned rest = bytes - begin > full ? bytes - begin - full : 0;
        bool joins = rest > 0 && rest < m->mss && full + rest <= m->read_unit;
        unsigned end = rest == 0 || joins ? bytes : begin + full;
        commands += (end - 1) / m->piece - begin / m->piece + 1;
        begin = end;
    }
    return commands;
}

/* Cycles that a call of `bytes` by DMA costs beyond copying. */
static double
write_excess(const struct machine *m, bool spin, unsigned bytes)
{
    unsigned releases = count_releases(m, bytes);
    double cycles = m->complete + unit_cycles(m, bytes) + m->release * releases;
    struct progress p = {0, 0, 0, 0};
    for (unsigned done = 0; done < bytes; done += m->piece)
    {
        unsigned part = bytes - done < m->piece ? bytes - done : m->piece;
        struct job j = NO_JOB;
        cycles += m->submit;
        add_fragment(m, &j, true, 0, part);
        add_job(m, &p, true, j, done == 0 ? releases : 0);
    }
    cycles += m->registered ? 0 : ceil(bytes / 4096.0) * (m->pin + m->unpin + m->iommu);
    cycles += spin ? p.end * m->hz / 1e12 : sleep_cycles(m);
    return cycles - bytes * (m->warm ? m->warm_copy : m->remote ? m->remote_copy : m->copy);
}

/* What is saved by the `left` bytes that come by DMA. */
static double
read_saved(const struct machine *m, double left)
{
    double llc = m->llc_copy - (m->app_read ? m->read_llc - m->read_warm : 0);
    double dram = m->remote ? m->remote_copy : m->copy;
    dram -= m->app_read ? m->read_cold - m->read_warm : 0;
    double cached = m->into_cache ? left * (m->force ? 1 - m->forced : 1) : 0;
    return cached * llc + (left - cached) * dram;
}

static double
read_excess(const struct machine *m, bool spin, unsigned bytes)
{
    double cycles = 0;
    double left = 0;
    struct progress p = {0, 0, 0, 0};
    struct job unit = NO_JOB;
    unsigned in_unit = 0; /* payload of the unit so far, what was fetched whole as well */
    for (unsigned done = 0; done < bytes; done += m->mss)
    {
        unsigned length = bytes - done < m->mss ? bytes - done : m->mss;
        if (in_unit + length > m->read_unit && unit.fragments > 0)
        {
            add_job(m, &p, false, unit, 0);
            unit = NO_JOB;
        }
        in_unit = in_unit + length > m->read_unit ? length : in_unit + length;
        if (length + m->headers <= m->constant + m->copy_break)
        {
            continue;
        }
        bool second = m->headers > m->constant;
        unsigned tail = second ? 0 : m->constant - m->headers;
        cycles += m->fetch * (second ? 2 : 1);
        cycles += unit.fragments > 0 ? m->gather : m->submit + m->release;
        left += length - tail;
        add_fragment(m, &unit, false, (done + tail) % 4096, length - tail);
    }
    if (left == 0)
    {
        return 0;
    }
    if (unit.fragments > 0)
    {
        add_job(m, &p, false, unit, 0);
    }
    cycles += m->registered ? 0 : ceil(bytes / 4096.0) * (m->pin + m->unpin + m->iommu);
    cycles += m->complete + (spin ? p.end * m->hz / 1e12 : sleep_cycles(m));
    return cycles - read_saved(m, left);
}

static double
excess(const struct machine *m, enum pc_call call, bool spin, unsigned bytes)
{
    return call == PC_CALL_WRITE ? write_excess(m, spin, bytes) : read_excess(m, spin, bytes);
}

/* -- The module's view of the same machine -- */

static struct pc_cost_model costs;
static struct pc_bus bus;
static struct pc_card_config card;

static struct pc_break_even_host
host_of(const struct machine *m)
{
    pc_cost_model_init(&costs);
    double *c = costs.cycles;
    c[PC_COST_COPY_COLD] = m->copy, c[PC_COST_COPY_WARM] = m->warm_copy;
    c[PC_COST_COPY_LLC] = m->llc_copy, c[PC_COST_COPY_REMOTE] = m->remote_copy;
    c[PC_COST_DRIVER_MAP] = m->map;
    c[PC_COST_APP_READ_WARM] = m->read_warm, c[PC_COST_APP_READ_LLC] = m->read_llc;
    c[PC_COST_APP_READ_COLD] = m->read_cold, c[PC_COST_PAGE_PIN] = m->pin;
    c[PC_COST_PAGE_UNPIN] = m->unpin, c[PC_COST_IOMMU] = m->iommu;
    c[PC_COST_DMA_SUBMIT] = m->submit, c[PC_COST_DMA_GATHER] = m->gather;
    c[PC_COST_DMA_COMPLETE] = m->complete, c[PC_COST_HEADER_FETCH] = m->fetch;
    c[PC_COST_RAM_RELEASE] = m->release, c[PC_COST_INTERRUPT] = m->interrupt;
    c[PC_COST_WAKE_UP] = m->wake, c[PC_COST_CONTEXT_SWITCH] = m->swap;
    struct pc_bus_config config = {.kind = m->pcie ? PC_BUS_PCIE : PC_BUS_PCI,
                                   .width_bits = 32, .clock_period_ps = 30000, .burst_bytes = 256,
                                   .overhead_to_card_clocks = 16, .overhead_to_host_clocks = 8,
                                   .gen = 3, .lanes = 8, .mps = 256, .mrrs = 512,
                                   .latency_base_ps = m->latency_ps,
                                   .latency_ps_per_byte = m->latency_a_byte};
    config.read_op_rate = config.write_op_rate = m->op_ps ? 1e12 / (double)m->op_ps : 0;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    card = (struct pc_card_config){.descriptor_bytes = 16, .write_back_bytes = 16,
                                   .doorbell_bytes = 4, .release_bytes = 8,
                                   .descriptor_ps = m->card_ps, .header_fetch_ps = 77,
                                   .fragment_ps = 77, .ram_ps_per_byte = m->ram_ps};
    return (struct pc_break_even_host){.costs = &costs, .bus = &bus, .card = &card,
                                       .cpu_hz = m->hz, .source_warm = m->warm,
                                       .app_read = m->app_read, .remote = m->remote,
                                       .registered = m->registered, .dma_into_cache = m->into_cache,
                                       .llc_miss = m->force ? m->forced : PC_LLC_MODEL,
                                       .write_piece = m->piece,
                                       .fetch = {m->constant, m->copy_break}, .mss = m->mss,
                                       .header_bytes = m->headers, .write_unit_bytes = m->unit,
                                       .read_unit_bytes = m->read_unit};
}

static double
module_excess(const struct pc_break_even_host *host, enum pc_call call, bool spin, uint64_t bytes)
{
    struct pc_break_even_balance balance;
    enum pc_wait_mode wait = spin ? PC_WAIT_SPIN : PC_WAIT_SLEEP;
    CHECK_EQ(pc_break_even_balance(host, call, wait, bytes, &balance), PC_OK);
    return balance.cost - balance.saved;
}

/* -- The tests -- */

/* Beyond this every machine's difference has its asymptote's sign: larger calls are sampled. */
#define BRUTE 60000u

static void
test_solution(const struct machine *m, enum pc_call call, bool spin)
{
    struct pc_break_even_host host = host_of(m);
    struct pc_break_even sizes;
    CHECK_EQ(pc_break_even_solve(&host, call, spin ? PC_WAIT_SPIN : PC_WAIT_SLEEP, &sizes), PC_OK);
    uint64_t first = PC_BREAK_EVEN_NEVER;
    uint64_t last = 0;
    for (unsigned bytes = 1; bytes <= BRUTE; bytes++)
    {
        bool cheaper = excess(m, call, spin, bytes) < 0;
        first = cheaper && first == PC_BREAK_EVEN_NEVER ? bytes : first;
        last = cheaper ? last : bytes;
    }
    printf("%s, %s %s: %lld, always %lld\n", m->name, spin ? "spinning" : "asleep",
           call == PC_CALL_WRITE ? "write" : "read", (long long)sizes.first,
           (long long)sizes.always);
    if (first != PC_BREAK_EVEN_NEVER || sizes.first <= BRUTE)
    {
        CHECK_EQ(sizes.first, first);
    }
    if (last < BRUTE)
    {
        CHECK_EQ(sizes.always, last + 1);
    }
    for (uint64_t bytes = BRUTE; bytes <= PC_BREAK_EVEN_LIMIT; bytes = bytes * 3 + 1)
    {
        double difference = excess(m, call, spin, (unsigned)bytes);
        CHECK_EQ(difference < 0, bytes >= sizes.always);
        CHECK(bytes >= sizes.first || difference >= 0);
    }
}

/* Not only its sign: the difference itself, at sizes of every kind. */
static void
test_balance(const struct machine *m, enum pc_call call, bool spin)
{
    struct pc_break_even_host host = host_of(m);
    uint64_t state = 42;
    for (int i = 0; i < 300; i++)
    {
        unsigned bytes = (unsigned)(1 + pc_test_random(&state) % (1u << (i % 24)));
        double expected = excess(m, call, spin, bytes);
        double tolerance = 1e-6 * (fabs(expected) + 1000) + bytes / 256.0 * m->hz * 1e-12;
        CHECK_NEAR(module_excess(&host, call, spin, bytes), expected, tolerance);
    }
}

static void
test_sides_grow(const struct machine *m, enum pc_call call, bool spin)
{
    struct pc_break_even_host host = host_of(m);
    struct pc_break_even_balance before = {0, 0};
    for (unsigned bytes = 1; bytes <= 20000; bytes++)
    {
        struct pc_break_even_balance now;
        pc_break_even_balance(&host, call, spin ? PC_WAIT_SPIN : PC_WAIT_SLEEP, bytes, &now);
        CHECK(now.cost >= before.cost && now.saved >= before.saved);
        before = now;
    }
}

/* By hand: a Pentium III asleep writes W bytes of one page and one segment at 1000 + 400 + 250 +
 * 300 + 3100 = 5050 cycles, and copies them at 5.25 a byte: 961.9. Its bus alone takes 7.03 cycles
 * a byte to the card and 6.33 from it, so spinning never pays. */
static void
test_by_hand(void)
{
    struct pc_break_even_host host = host_of(&machines[0]);
    struct pc_break_even sizes;
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_WRITE, PC_WAIT_SLEEP, &sizes), PC_OK);
    CHECK_EQ(sizes.first, 962);
    CHECK_EQ(sizes.always, 962);
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_WRITE, PC_WAIT_SPIN, &sizes), PC_OK);
    CHECK_EQ(sizes.first, PC_BREAK_EVEN_NEVER);
    CHECK_EQ(sizes.always, PC_BREAK_EVEN_NEVER);
    /* free of own costs, the first byte pays */
    costs.own_costs = 0;
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_WRITE, PC_WAIT_SPIN, &sizes), PC_OK);
    CHECK_EQ(sizes.always, 1);
    /* and of a message read, the first byte that is not fetched whole: 256 - 52 + 1 */
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_READ, PC_WAIT_SLEEP, &sizes), PC_OK);
    CHECK_EQ(sizes.always, 205);
}

/* By hand, a unit of 7 segments of 8948 bytes. Asleep, a write of 62636 bytes from a page on: 2000
 * + 16 * 260 + 100 + 90 + 870 + 8100 = 15320; copied 0.46 * 62636 = 28812.56, and 16 pages mapped
 * at 300. A byte more is one unit more: its gathering, and a page mapped the less; it is
 * acknowledged with the others. */
static void
test_units_by_hand(void)
{
    const struct machine *m = &machines[6];
    CHECK_EQ(m->unit, 7 * 8948);
    struct pc_break_even_host host = host_of(m);
    double before = module_excess(&host, PC_CALL_WRITE, false, 62636);
    CHECK_NEAR(before, 15320 - 28812.56 - 4800, 1e-6);
    double after = module_excess(&host, PC_CALL_WRITE, false, 62637);
    CHECK_NEAR(after, before + 100 - 0.46 - 300, 1e-6);
    /* 2848 bytes more do not fit the unit that the peer makes: an ACK more */
    double joined = module_excess(&host, PC_CALL_WRITE, false, 62636 + 2847);
    double own = module_excess(&host, PC_CALL_WRITE, false, 62636 + 2848);
    CHECK_NEAR(own, joined + 90 - 0.46, 1e-6);
}

static void
test_refusals(void)
{
    struct pc_break_even_host host = host_of(&machines[0]);
    struct pc_break_even_balance balance;
    struct pc_break_even sizes;
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_WRITE, PC_WAIT_AUTO, &sizes), PC_ERR_INVALID);
    CHECK_EQ(pc_break_even_balance(&host, PC_CALL_READ, PC_WAIT_SPIN, 0, &balance), PC_ERR_INVALID);
    CHECK_EQ(pc_break_even_balance(&host,
                                   PC_CALL_READ,
                                   PC_WAIT_SPIN,
                                   PC_BREAK_EVEN_LIMIT + 1,
                                   &balance),
             PC_ERR_INVALID);
    host.write_unit_bytes = 1447; /* of segments of 1448 bytes */
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_READ, PC_WAIT_SLEEP, &sizes), PC_ERR_INVALID);
    host.write_unit_bytes = 0;
    host.llc_miss = 1.1;
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_READ, PC_WAIT_SLEEP, &sizes), PC_ERR_INVALID);
    host.llc_miss = PC_LLC_MODEL;
    host.mss = 0;
    CHECK_EQ(pc_break_even_solve(&host, PC_CALL_READ, PC_WAIT_SLEEP, &sizes), PC_ERR_INVALID);
}

int
main(void)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
    {
        for (int question = 0; question < 4; question++)
        {
            enum pc_call call = question % 2 ? PC_CALL_READ : PC_CALL_WRITE;
            test_solution(&machines[i], call, question / 2);
            test_balance(&machines[i], call, question / 2);
            test_sides_grow(&machines[i], call, question / 2);
        }
    }
    test_by_hand();
    test_units_by_hand();
    test_refusals();
    return pc_test_done();
}
