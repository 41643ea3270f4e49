/**
 * \file
 * The driver's decisions: whether to sleep or to spin while a DMA runs, how much of a received
 * frame to fetch, what to do when card RAM is full, and when the card raises an interrupt.
 *
 * Policies only: nothing here moves a byte or takes time.
 */
#ifndef PC_DRIVER_H
#define PC_DRIVER_H

#include "pc-core.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a caller waits for its DMA. */
enum pc_wait_mode
{
    PC_WAIT_AUTO,  /**< whichever takes less of the core, by pc_driver_spins() */
    PC_WAIT_SLEEP, /**< give the core away; a completion interrupt wakes the caller */
    PC_WAIT_SPIN,  /**< hold the core and poll the completion */
};

/** What is known of a wait before it begins. */
struct pc_wait_estimate
{
    double cpu_hz;       /**< the core's clock */
    double sleep_cycles; /**< what a sleep costs: interrupt + wake-up + 2 context switches */
    pc_time queue_ps;    /**< DMA work that is before ours in the engine */
    pc_time setup_ps;    /**< T0: doorbell, descriptor fetch, data latency, completion write */
    pc_time data_ps;     /**< 8n/BW: the payload's own time on the bus */
};

/** True when the caller should spin: always or never by the mode, else if it costs less core. */
bool pc_driver_spins(enum pc_wait_mode mode, const struct pc_wait_estimate *estimate);

/** What happens to payload that finds card RAM full. */
enum pc_when_full
{
    PC_FULL_COPY, /**< transmit: what has no room is copied; receive: DMA of the whole frame */
    PC_FULL_WAIT, /**< transmit: the writer waits for room; receive: the frame is dropped */
    PC_FULL_EVICT, /**< what has not been used for longest moves to host memory; transmit: the writer
                        waits for it; receive: ahead, and what finds no room goes the conventional
                        way */
};

/**
 * How many bytes of a `write` go into card RAM now.
 *
 * With PC_FULL_WAIT and PC_FULL_EVICT a writer takes min(room, rest) as soon as that is at least min(mss, rest);
 * with PC_FULL_COPY it takes what room there is.
 *
 * \param policy what to do when there is less room than wanted
 * \param room bytes of room in transmit RAM
 * \param rest bytes of the call that are not placed yet
 * \param mss the connection's segment size, bytes
 * \param write_piece the largest piece, bytes
 * \return the bytes to place, 0 if the caller has to wait or to copy
 */
uint64_t pc_driver_place(enum pc_when_full policy,
                         uint64_t room,
                         uint64_t rest,
                         uint64_t mss,
                         uint64_t write_piece);

/**
 * How much to begin to evict.
 * \param wanted bytes of room that there should be
 * \param room bytes of room that there are
 * \param under_way bytes of room that evictions under way will make
 */
uint64_t pc_driver_evict(uint64_t wanted, uint64_t room, uint64_t under_way);

/** How much of a received frame the driver fetches. */
struct pc_fetch_policy
{
    uint32_t header_bytes; /**< H: the constant fetch, from the network header on */
    uint32_t copy_break;   /**< a packet of at most H plus this is fetched whole */
};

/** What the driver fetches of one packet. */
struct pc_fetch_plan
{
    uint32_t first_bytes;  /**< the first DMA, from the network header on */
    uint32_t second_bytes; /**< the second one, for headers longer than H; mostly 0 */
    uint32_t tail_bytes;   /**< payload bytes that came with the headers */
    bool whole;            /**< all of it was fetched: its card RAM is free at once */
};

/**
 * Plans the header fetch of a packet.
 * \param policy the constants
 * \param packet_bytes the packet's length from the network header on
 * \param header_bytes the length of its network and transport headers, at most packet_bytes
 */
struct pc_fetch_plan pc_driver_plan_fetch(const struct pc_fetch_policy *policy,
                                          uint32_t packet_bytes,
                                          uint32_t header_bytes);

/**
 * Interrupt moderation of one cause: an interrupt is due when \c frames events are pending, or
 * \c delay_ps after the first of them. A delay of 0, or 1 frame, raises one at every event.
 */
struct pc_moderation
{
    pc_time delay_ps;    /**< longest time from the first event to the interrupt */
    uint32_t frames;     /**< events that raise it at once; 0: only the delay does */
    uint32_t pending;    /**< events since the last interrupt */
    pc_time deadline_ps; /**< when it is due, PC_NEVER while nothing is pending */
};

/** Sets the constants, with nothing pending. PC_ERR_INVALID if \p delay_ps is negative. */
int pc_moderation_init(struct pc_moderation *moderation, pc_time delay_ps, uint32_t frames);

/** Notes one event at \p now_ps. The interrupt is due when \c deadline_ps has come. */
void pc_moderation_note(struct pc_moderation *moderation, pc_time now_ps);

/** The handler has seen all events: nothing is pending any more. */
void pc_moderation_clear(struct pc_moderation *moderation);

#ifdef __cplusplus
}
#endif

#endif
