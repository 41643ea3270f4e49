/**
 * \file
 * Adaptive interrupt moderation of a receive queue: Linux's dynamic interrupt moderation
 * (Documentation/networking/net_dim.rst, lib/dim/net_dim.c), which many drivers use.
 *
 * Every 64 interrupts the queue's rates of bytes, packets and interrupts are compared with those of
 * the measurement before: more bytes are better; at equal bytes more packets; at equal packets
 * fewer interrupts. Two rates are equal unless they differ by more than 10 %. As long as it gets
 * better, the moderation goes on from profile to profile in the same direction, right to longer
 * delays or left to shorter ones; otherwise it turns. It parks on top of a hill that it has seen
 * both sides of, and at either end, until the rates change. After ten steps without parking it is
 * tired and rests for as many measurements.
 *
 * Its ten per cent are whole ones: a change of 10.9 % is none. Its rates are whole numbers a
 * millisecond, rounded up, so that at few interrupts a millisecond small changes look large.
 *
 * The profiles are Linux's for a delay that counts from the event (EQE), because that is what
 * pc_moderation does: the delay runs from the first frame that waits, and no later one restarts it.
 */
#ifndef PC_DIM_H
#define PC_DIM_H

#include "pc-core.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C"
{
#endif

/** Interrupts of one measurement: DIM_NEVENTS of Linux, include/linux/dim.h. */
#define PC_DIM_EVENTS 64

/** Profiles: NET_DIM_PARAMS_NUM_PROFILES of Linux, lib/dim/net_dim.c. */
#define PC_DIM_PROFILES 5

    /** What the moderation is doing. */
    enum pc_dim_state
    {
        PC_DIM_PARKED, /**< content until the rates change */
        PC_DIM_TIRED,  /**< resting after many steps */
        PC_DIM_RIGHT,  /**< trying longer delays */
        PC_DIM_LEFT,   /**< trying shorter delays */
    };

    /** Rates of one measurement, each rounded up to whole ones a millisecond. */
    struct pc_dim_rates
    {
        uint64_t bytes;
        uint64_t packets;
        uint64_t events;
    };

    /** The moderation of one queue. */
    struct pc_dim
    {
        bool measuring;               /**< false: the next event begins a measurement */
        pc_time start_ps;             /**< when the measurement began */
        uint64_t packets;             /**< since then */
        uint64_t bytes;               /**< since then */
        uint32_t events;              /**< since then */
        struct pc_dim_rates previous; /**< what the next rates are compared with */
        enum pc_dim_state state;
        unsigned profile;     /**< 0 … PC_DIM_PROFILES - 1 */
        unsigned steps_right; /**< since it last turned right or parked */
        unsigned steps_left;  /**< since it last turned left or parked */
        unsigned tired;       /**< steps since it last parked content; counts down at rest */
    };

    /**
     * Begins with Linux's default profile, 8 us, parked, with rates of 0 before: the first
     * measurement with traffic makes it try the shorter delay. \param now_ps when the first
     * measurement begins
     */
    void pc_dim_init(struct pc_dim* dim, pc_time now_ps);

    /**
     * Notes one event, an interrupt and the poll after it. A change of profile holds at once; the
     * next measurement then begins with the next event, otherwise with this one. A measurement
     * shorter than a microsecond goes on beyond its 64 events. \param packets the frames that this
     * event brought, not a running count \param bytes their bytes \param now_ps not before that of
     * the event before \return whether the profile changed: pc_dim_delay() and pc_dim_frames() are
     * to be applied
     */
    bool pc_dim_note(struct pc_dim* dim, uint64_t packets, uint64_t bytes, pc_time now_ps);

    /** The longest time from the first waiting frame to the interrupt: 1, 8, 64, 128 or 256 us. */
    pc_time pc_dim_delay(const struct pc_dim* dim);

    /** Waiting frames that raise the interrupt at once: 256 in all profiles. */
    uint32_t pc_dim_frames(const struct pc_dim* dim);

#ifdef __cplusplus
}
#endif

#endif
