/* The card's lists of bus transactions, against the same lists added here by hand: byte for byte,
 * and picosecond for picosecond. */

#include "pc-card.h"

#include "pc-test.h"

#define DESCRIPTOR 16u
#define WRITE_BACK 32u
#define DOORBELL 4u

/* What a list comes to. */
struct sum
{
    uint64_t up, down; /* bytes, packets' overhead included */
    double up_ps, down_ps;
    uint32_t operations;
};

static const double PCIE_BYTE_PS = 8000 / 113.7001; /* gen 3 x16, MPS 256 */

/* PCIe with MPS 256 and MRRS 512: a write's packets add 24 bytes, a read's requests 24 and its
 * completions 20. PCI of 32 bits at 33 1/3 MHz: n/4 + H clocks of 30 ns a burst of at most 256. */
static void
dma(struct sum *s, int pcie, int to_card, unsigned bytes)
{
    s->operations++;
    if (pcie)
    {
        unsigned packets = (bytes + 255) / 256;
        unsigned up = to_card ? 24 * ((bytes + 511) / 512) : 24 * packets + bytes;
        unsigned down = to_card ? 20 * packets + bytes : 0;
        s->up += up, s->down += down;
        s->up_ps += up * PCIE_BYTE_PS, s->down_ps += down * PCIE_BYTE_PS;
        return;
    }
    *(to_card ? &s->down : &s->up) += bytes;
    for (unsigned left = bytes; left > 0;)
    {
        unsigned burst = left < 256 ? left : 256;
        s->up_ps += 30000.0 * ((burst + 3) / 4 + (to_card ? 16 : 8));
        left -= burst;
    }
}

static void
doorbell(struct sum *s, int pcie)
{
    s->down += DOORBELL + (pcie ? 24 : 0);
    s->down_ps += pcie ? (DOORBELL + 24) * PCIE_BYTE_PS : 0;
    s->up_ps += pcie ? 0 : 30000.0 * (1 + 8);
}

static struct pc_bus bus;

static struct pc_card
card_on(int pcie)
{
    struct pc_bus_config config = {.kind = pcie ? PC_BUS_PCIE : PC_BUS_PCI,
                                   .width_bits = 32, .clock_period_ps = 30000, .burst_bytes = 256,
                                   .overhead_to_card_clocks = 16, .overhead_to_host_clocks = 8,
                                   .gen = 3, .lanes = 16, .mps = 256, .mrrs = 512,
                                   .latency_base_ps = 413000, .latency_ps_per_byte = 100};
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    return (struct pc_card){.config = {.descriptor_bytes = DESCRIPTOR,
                                       .write_back_bytes = WRITE_BACK,
                                       .doorbell_bytes = DOORBELL,
                                       .descriptor_ps = 5000, .fragment_ps = 700,
                                       .header_fetch_ps = 9}};
}

static void
check(const struct pc_card_step *step, const struct sum *s)
{
    CHECK_EQ(step->bus.bytes_to_host, s->up);
    CHECK_EQ(step->bus.bytes_to_card, s->down);
    CHECK_EQ(step->bus.operations, s->operations);
    CHECK_NEAR(step->bus.up_ps, s->up_ps, s->operations + 1e-5 * s->up_ps);
    CHECK_NEAR(step->bus.down_ps, s->down_ps, s->operations + 1e-5 * s->down_ps);
}

/* A unit of three frames in card RAM to a user's buffer, or back, as pages cut them. */
static void
test_chain(int pcie, enum pc_bus_direction direction)
{
    static const unsigned offset[] = {76, 72, 68};
    static const unsigned bytes[] = {2000, 8872, 500};
    static const unsigned pages[3][3] = {{2000}, {4024, 4096, 752}, {500}};
    struct pc_card card = card_on(pcie);
    struct pc_card_step step = {0};
    struct sum s = {0};
    int to_card = direction == PC_TO_CARD;
    doorbell(&s, pcie);
    for (int i = 0; i < 3; i++)
    {
        (i == 0 ? pc_card_payload : pc_card_payload_add)(&card, &bus, direction, offset[i],
                                                         bytes[i], &step);
        dma(&s, pcie, 1, DESCRIPTOR);
        for (int k = 0; k < 3 && pages[i][k] > 0; k++)
        {
            dma(&s, pcie, to_card, pages[i][k]);
        }
    }
    dma(&s, pcie, 0, WRITE_BACK);
    check(&step, &s);
    CHECK_EQ(step.ram_bytes, 2000 + 8872 + 500);
    CHECK_EQ(step.host_bytes, 2000 + 8872 + 500 + 3 * DESCRIPTOR + WRITE_BACK);
    CHECK_EQ(step.processor_ps, 5000 + 2 * 700);
    /* the descriptors come together; then the longest piece of data, if any is waited for */
    pc_time descriptor = 413000 + 100 * DESCRIPTOR;
    CHECK_EQ(step.bus.latency_ps, descriptor + (to_card ? 413000 + 100 * 4096 : 0));
}

/* One part is pc_card_payload() alone, and a part of 0 bytes adds a descriptor only. */
static void
test_lone_parts(int pcie)
{
    struct pc_card card = card_on(pcie);
    struct pc_card_step step = {0};
    struct sum s = {0};
    doorbell(&s, pcie);
    dma(&s, pcie, 1, DESCRIPTOR);
    dma(&s, pcie, 0, 1);
    dma(&s, pcie, 0, 1);
    dma(&s, pcie, 0, WRITE_BACK);
    pc_card_payload(&card, &bus, PC_TO_HOST, 4095, 2, &step);
    check(&step, &s);
    pc_card_payload_add(&card, &bus, PC_TO_HOST, 1, 0, &step);
    dma(&s, pcie, 1, DESCRIPTOR);
    check(&step, &s);
    CHECK_EQ(step.processor_ps, 5000 + 700);
}

/* Frames: what is in host memory with the link header and a VLAN tag, a descriptor a fragment, the
 * write-back. */
static void
test_frames(int pcie, uint32_t vlan)
{
    struct pc_card card = card_on(pcie);
    card.config.vlan_tag_bytes = vlan;
    struct pc_card_step sent = {0};
    struct sum s = {0};
    doorbell(&s, pcie);
    dma(&s, pcie, 1, 3 * DESCRIPTOR);
    dma(&s, pcie, 1, 14 + vlan + 52);
    dma(&s, pcie, 0, WRITE_BACK);
    pc_card_transmit(&card, &bus, 52, 2, true, &sent);
    check(&sent, &s);
    CHECK_EQ(sent.processor_ps, 5000 + 2 * 700);

    struct pc_card_step received = {0};
    struct sum r = {0};
    dma(&r, pcie, 1, DESCRIPTOR);
    dma(&r, pcie, 0, 14 + vlan + 128);
    dma(&r, pcie, 0, WRITE_BACK);
    pc_card_receive(&card, &bus, 128, 1, &received);
    check(&received, &r);
    CHECK_EQ(received.processor_ps, 5000 + 9);
}

/* A doorbell by itself, and a card whose doorbells, write-backs and releases are no writes. */
static void
test_doorbells(int pcie)
{
    struct pc_card card = card_on(pcie);
    struct pc_card_step step = {0};
    struct sum s = {0};
    doorbell(&s, pcie);
    pc_card_doorbell(&card, &bus, &step);
    card.config.release_bytes = DOORBELL; /* one more write of the same size */
    doorbell(&s, pcie);
    pc_card_release(&card, &bus, &step);
    CHECK_EQ(step.bus.bytes_to_card, s.down);
    CHECK_EQ(step.bus.operations + step.bus.bytes_to_host, 0); /* the card's engine has no part */
    CHECK_NEAR(step.bus.up_ps, s.up_ps, 2); /* each in whole picoseconds */
    CHECK_NEAR(step.bus.down_ps, s.down_ps, 2);

    card.config.doorbell_bytes = card.config.release_bytes = card.config.write_back_bytes = 0;
    struct pc_card_step quiet = {0};
    struct sum q = {0};
    pc_card_doorbell(&card, &bus, &quiet);
    pc_card_release(&card, &bus, &quiet);
    check(&quiet, &q);
    pc_card_transmit(&card, &bus, 52, 0, false, &quiet);
    dma(&q, pcie, 1, DESCRIPTOR);
    dma(&q, pcie, 1, 14 + 52);
    check(&quiet, &q);
}

int
main(void)
{
    for (int pcie = 0; pcie < 2; pcie++)
    {
        test_chain(pcie, PC_TO_HOST);
        test_chain(pcie, PC_TO_CARD);
        test_lone_parts(pcie);
        test_frames(pcie, 0);
        test_frames(pcie, 4);
        test_doorbells(pcie);
    }
    return pc_test_done();
}
