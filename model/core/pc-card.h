/**
 * \file
 * What the card does for each step of the driver: the list of bus transactions, and the time of
 * the card's own processor and RAM. The lists are the comments of the functions, line by line.
 */
#ifndef PC_CARD_H
#define PC_CARD_H

#include "pc-fifo.h"
#include "pc-io-bus.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The link header that lies before the packet in host memory: Ethernet's (IEEE 802.3). */
#define PC_LINK_HEADER_BYTES 14u

/** Bytes that a VLAN tag makes it longer (IEEE 802.1Q). */
#define PC_VLAN_TAG_BYTES 4u

/** A page of the host, bytes: a user buffer is contiguous for the bus only within one. */
#define PC_PAGE_BYTES 4096u

/** The card's constants. */
struct pc_card_config
{
    uint32_t descriptor_bytes;   /**< one descriptor, read by the card */
    uint32_t write_back_bytes;   /**< one completion, written by the card */
    uint32_t doorbell_bytes;     /**< one doorbell, written by the CPU */
    uint32_t vlan_tag_bytes;     /**< PC_VLAN_TAG_BYTES where frames are tagged, else 0 */
    uint32_t release_bytes;      /**< one release command, written with a doorbell */
    pc_time descriptor_ps;       /**< card processor: one descriptor */
    pc_time fragment_ps;         /**< card processor: one gathered fragment of card RAM */
    pc_time header_fetch_ps;     /**< card processor: one header fetch */
    double ram_ps_per_byte;      /**< card RAM: one byte in or out, 0 where it is no limit */
    uint32_t granule_bytes;      /**< bytes of one checksum */
};

/** The card's own resources. All zero is idle. */
struct pc_card
{
    struct pc_card_config config;
    struct pc_fifo processor;
    struct pc_fifo ram;
};

/** What a step asks of bus, memory and card. All zero is nothing. */
struct pc_card_step
{
    struct pc_bus_cost bus; /**< every transaction of the step */
    uint64_t host_bytes;    /**< bytes of host memory read or written */
    pc_time processor_ps;   /**< time of the card's processor */
    uint64_t ram_bytes;     /**< bytes that the DMA moves into or out of card RAM */
};

/**
 * A frame to the wire, or a unit of frames: the doorbell (CPU to card), its descriptors (one, and one a fragment that
 * is gathered from card RAM), the bytes that are in host memory, the completion's write-back.
 * \param host_bytes bytes from host memory, the link header not counted
 * \param fragments pieces of payload that have a descriptor of their own
 * \param rings the doorbell is its own; false: a later one serves it too
 */
void pc_card_transmit(const struct pc_card *card,
                      const struct pc_bus *bus,
                      uint32_t host_bytes,
                      uint32_t fragments,
                      bool rings,
                      struct pc_card_step *step);

/**
 * A frame from the wire: the descriptor of a free buffer, the frame or its first bytes, the
 * write-back.
 * \param fetch_bytes bytes to host memory, the link header not counted
 * \param header_only the rest of the frame stays on the card
 */
void pc_card_receive(const struct pc_card *card,
                     const struct pc_bus *bus,
                     uint32_t fetch_bytes,
                     int header_only,
                     struct pc_card_step *step);

/**
 * Payload between a user's buffer and card RAM: the doorbell, one descriptor, the bytes page by
 * page, the completion's write-back. The descriptor has to arrive before the data can be asked
 * for, so its latency adds to theirs.
 * \param direction PC_TO_CARD for a `write`, PC_TO_HOST for a `read`
 * \param page_offset where in its first page the user's bytes begin
 * \param bytes the bytes
 */
void pc_card_payload(const struct pc_card *card,
                     const struct pc_bus *bus,
                     enum pc_bus_direction direction,
                     uint32_t page_offset,
                     uint64_t bytes,
                     struct pc_card_step *step);

/**
 * One more fragment of the chain that pc_card_payload() began: its descriptor and its bytes, under
 * the same doorbell and write-back. The chain's latency is that of the fragment that waits longest.
 * \param direction the chain's
 * \param page_offset where in its first page the user's bytes begin
 * \param bytes the bytes
 */
void pc_card_payload_add(const struct pc_card *card,
                         const struct pc_bus *bus,
                         enum pc_bus_direction direction,
                         uint32_t page_offset,
                         uint64_t bytes,
                         struct pc_card_step *step);

/** A doorbell that is rung for nothing but the release commands that go with it. */
void pc_card_doorbell(const struct pc_card *card,
                      const struct pc_bus *bus,
                      struct pc_card_step *step);

/** A command that gives card RAM back: its bytes ride on the next doorbell. */
void pc_card_release(const struct pc_card *card,
                     const struct pc_bus *bus,
                     struct pc_card_step *step);

/**
 * Puts a step's share on the card's processor and RAM.
 * \return when the card is done with it, behind what it has to do already; \p now_ps if at once
 */
pc_time pc_card_reserve(struct pc_card *card, const struct pc_card_step *step, pc_time now_ps);

/**
 * Puts what moves between the wire and card RAM on the RAM. The wire has a way of its own to it,
 * so no DMA engine is held meanwhile.
 * \return when it is done, behind what the RAM has to do already; \p now_ps if at once
 */
pc_time pc_card_reserve_wire(struct pc_card *card, uint64_t bytes, pc_time now_ps);

/** Pages that \p bytes touch which begin \p page_offset bytes into a page. */
uint64_t pc_card_pages(uint32_t page_offset, uint64_t bytes);

#ifdef __cplusplus
}
#endif

#endif
