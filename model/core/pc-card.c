#include "pc-card.h"

static void
move(const struct pc_bus *bus,
     enum pc_bus_direction direction,
     uint64_t bytes,
     struct pc_card_step *step)
{
    if (bytes == 0)
    {
        return;
    }
    pc_bus_cost_add(bus, direction, bytes, &step->bus);
    step->host_bytes += bytes;
}

static uint64_t
link_header(const struct pc_card *card)
{
    return PC_LINK_HEADER_BYTES + card->config.vlan_tag_bytes;
}

static void
ring_doorbell(const struct pc_card *card, const struct pc_bus *bus, struct pc_card_step *step)
{
    if (card->config.doorbell_bytes != 0)
    {
        pc_bus_pio_write_add(bus, card->config.doorbell_bytes, &step->bus);
    }
}

void
pc_card_transmit(const struct pc_card *card,
                 const struct pc_bus *bus,
                 uint32_t host_bytes,
                 uint32_t fragments,
                 bool rings,
                 struct pc_card_step *step)
{
    uint64_t frame_bytes = host_bytes + link_header(card);
    if (rings)
    {
        ring_doorbell(card, bus, step);
    }
    move(bus, PC_TO_CARD, (uint64_t)card->config.descriptor_bytes * (1u + fragments), step);
    move(bus, PC_TO_CARD, frame_bytes, step);
    move(bus, PC_TO_HOST, card->config.write_back_bytes, step);
    step->processor_ps += card->config.descriptor_ps + card->config.fragment_ps * fragments;
    step->ram_bytes += frame_bytes;
}

void
pc_card_receive(const struct pc_card *card,
                const struct pc_bus *bus,
                uint32_t fetch_bytes,
                int header_only,
                struct pc_card_step *step)
{
    uint64_t frame_bytes = fetch_bytes + link_header(card);
    move(bus, PC_TO_CARD, card->config.descriptor_bytes, step);
    move(bus, PC_TO_HOST, frame_bytes, step);
    move(bus, PC_TO_HOST, card->config.write_back_bytes, step);
    step->processor_ps += card->config.descriptor_ps;
    step->processor_ps += header_only ? card->config.header_fetch_ps : 0;
    step->ram_bytes += frame_bytes;
}

/* Moves a user's bytes page by page: a page ends where another may lie elsewhere in memory. */
static void
move_pages(const struct pc_bus *bus,
           enum pc_bus_direction direction,
           uint32_t page_offset,
           uint64_t bytes,
           struct pc_card_step *step)
{
    uint64_t room = PC_PAGE_BYTES - page_offset;
    for (uint64_t left = bytes; left > 0; room = PC_PAGE_BYTES)
    {
        uint64_t piece = left < room ? left : room;
        move(bus, direction, piece, step);
        left -= piece;
    }
    step->ram_bytes += bytes;
}

/* A fragment's descriptor and its bytes. The descriptors of a chain come together, and its data is
 * asked for one behind the other: the fragment that waits longest is what the chain waits for. */
static void
move_fragment(const struct pc_card *card,
              const struct pc_bus *bus,
              enum pc_bus_direction direction,
              uint32_t page_offset,
              uint64_t bytes,
              struct pc_card_step *step)
{
    pc_time others_ps = step->bus.latency_ps;
    step->bus.latency_ps = 0;
    move(bus, PC_TO_CARD, card->config.descriptor_bytes, step);
    pc_time descriptor_ps = step->bus.latency_ps;
    step->bus.latency_ps = 0;
    move_pages(bus, direction, page_offset, bytes, step);
    step->bus.latency_ps += descriptor_ps;
    if (others_ps > step->bus.latency_ps)
    {
        step->bus.latency_ps = others_ps;
    }
}

void
pc_card_payload(const struct pc_card *card,
                const struct pc_bus *bus,
                enum pc_bus_direction direction,
                uint32_t page_offset,
                uint64_t bytes,
                struct pc_card_step *step)
{
    ring_doorbell(card, bus, step);
    move_fragment(card, bus, direction, page_offset, bytes, step);
    move(bus, PC_TO_HOST, card->config.write_back_bytes, step);
    step->processor_ps += card->config.descriptor_ps;
}

void
pc_card_payload_add(const struct pc_card *card,
                    const struct pc_bus *bus,
                    enum pc_bus_direction direction,
                    uint32_t page_offset,
                    uint64_t bytes,
                    struct pc_card_step *step)
{
    move_fragment(card, bus, direction, page_offset, bytes, step);
    step->processor_ps += card->config.fragment_ps;
}

void
pc_card_doorbell(const struct pc_card *card, const struct pc_bus *bus, struct pc_card_step *step)
{
    ring_doorbell(card, bus, step);
}

void
pc_card_release(const struct pc_card *card, const struct pc_bus *bus, struct pc_card_step *step)
{
    if (card->config.release_bytes != 0)
    {
        pc_bus_pio_write_add(bus, card->config.release_bytes, &step->bus);
    }
}

pc_time
pc_card_reserve_wire(struct pc_card *card, uint64_t bytes, pc_time now_ps)
{
    double ram_ps = (double)bytes * card->config.ram_ps_per_byte;
    return pc_fifo_reserve(&card->ram, (pc_time)(ram_ps + 0.5), now_ps);
}

pc_time
pc_card_reserve(struct pc_card *card, const struct pc_card_step *step, pc_time now_ps)
{
    pc_time processor_done = pc_fifo_reserve(&card->processor, step->processor_ps, now_ps);
    pc_time ram_done = pc_card_reserve_wire(card, step->ram_bytes, now_ps);
    return processor_done > ram_done ? processor_done : ram_done;
}

uint64_t
pc_card_pages(uint32_t page_offset, uint64_t bytes)
{
    return bytes == 0 ? 0 : (page_offset + bytes + PC_PAGE_BYTES - 1) / PC_PAGE_BYTES;
}
