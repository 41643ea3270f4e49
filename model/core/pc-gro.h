/**
 * \file
 * Generic receive offload: which of the segments that a driver polls become one unit, so that the
 * stack above handles them as if they were one packet.
 *
 * The table decides as Linux does (napi_gro_receive() of net/core/gro.c and tcp_gro_receive() of
 * net/ipv4/tcp_offload.c), but holds no packets: it hands out unit numbers, and the caller keeps
 * the frames of each unit in a list of its own.
 *
 * An open unit grows by segments that continue it. It is closed, which means that the caller
 * delivers its frames as one packet and forgets the list, when
 * - a segment of its flow does not continue it (before that segment),
 * - a segment joins it that is shorter than its first, or has PSH or FIN (with that segment),
 * - its bucket is full and another flow begins a unit there, while it is the bucket's oldest,
 * - the poll ends (pc_gro_flush()).
 *
 * A unit without room for one more segment of its size is not closed: as in Linux it waits for the
 * segment that does not fit, or the end of the poll. A segment with PSH or FIN that continues no
 * unit goes up alone, and so pushes no other flow's unit out.
 *
 * The bucket is in the hash's low bits, as in Linux. Receive-side scaling chooses the queue by them
 * too (pc-rss.h): with 8 queues all flows of a queue share one bucket, and 8 units can be open.
 *
 * What a segment's headers say besides is for the caller to judge. Linux lets a segment continue a
 * unit only if its TTL, TOS (hence the ECN mark), window, flags and TCP options are the unit's; one
 * that differs closes the unit and, if it is otherwise in order, begins another. Here the header's
 * length and the acknowledgment number are compared, and a segment that is not \c mergeable goes up
 * alone. Linux also lets fragments and packets with IP options pass their flow's unit; here nothing
 * passes it, so a flow's order is kept.
 */
#ifndef PC_GRO_H
#define PC_GRO_H

#include "pc-core.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C"
{
#endif

/** Buckets of the table: GRO_HASH_BUCKETS of Linux, include/linux/netdevice.h. */
#define PC_GRO_BUCKETS 8

/** Open units of a bucket: MAX_GRO_SKBS of Linux, net/core/gro.c. */
#define PC_GRO_FLOWS 8

/** Units that can be open; their numbers are below it. */
#define PC_GRO_UNITS (PC_GRO_BUCKETS * PC_GRO_FLOWS)

/**
 * The largest unit, bytes: headers once, plus all payload. An IP packet's total length has 16 bits
 * (RFC 791); Linux's GRO_LEGACY_MAX_SIZE is the first size that is too large.
 */
#define PC_GRO_BYTES 65535

/** Bytes that tell a flow: two addresses of up to 16 bytes and two ports; what is unused is 0. */
#define PC_GRO_FLOW_BYTES 36

/** No unit. */
#define PC_GRO_NONE (-1)

    /** What the table has to know of a frame. */
    struct pc_gro_segment
    {
        uint32_t hash;                   /**< of the flow; its low bits choose the bucket */
        uint8_t flow[PC_GRO_FLOW_BYTES]; /**< addresses and ports, compared as bytes */
        uint32_t sequence;               /**< sequence number of the first payload byte */
        uint32_t acknowledgment;         /**< acknowledgment number */
        uint32_t header_bytes;           /**< network and transport headers together */
        uint32_t payload_bytes;          /**< with the headers at most PC_GRO_BYTES */
        bool mergeable; /**< a whole TCP segment without SYN, RST, URG, CWR or CE mark; one without
                             payload is treated as if this were false */
        bool closes;    /**< it has PSH or FIN */
    };

    /** What becomes of a segment. */
    struct pc_gro_verdict
    {
        /**
         * Units to deliver before the segment, PC_GRO_NONE where there is none: [0] the flow's own,
         * which the segment does not continue; [1] the oldest of a full bucket. Only one of the two
         * can be there: a bucket that the flow's own unit has left has room.
         */
        int closed_before[2];
        /**
         * The unit that the segment joins or begins; PC_GRO_NONE: it goes up alone, after those. A
         * unit that it begins can have the number of one that is delivered before it.
         */
        int unit;
        bool closed; /**< the unit is to be delivered now, the segment with it */
    };

    /** An open unit. */
    struct pc_gro_unit
    {
        uint32_t hash;
        uint8_t flow[PC_GRO_FLOW_BYTES];
        uint32_t next_sequence;  /**< of the segment that continues it */
        uint32_t acknowledgment; /**< of all its segments */
        uint32_t header_bytes;   /**< of each of its segments */
        uint32_t segment_bytes;  /**< payload of the first: gso_size */
        uint32_t bytes;          /**< headers once, plus all payload so far */
        bool open;
    };

    /** A receive queue's table. Bucket b has the units from b * PC_GRO_FLOWS on. */
    struct pc_gro
    {
        struct pc_gro_unit units[PC_GRO_UNITS];
        uint8_t by_age[PC_GRO_UNITS]; /**< the open units, the one that was begun first at 0 */
        unsigned open;                /**< how many there are */
    };

    /** Empties the table. */
    void pc_gro_init(struct pc_gro* gro);

    /**
     * Takes a segment, in the order in which the card received them.
     * \param verdict what to do, in this order: deliver \c closed_before; deliver the segment
     * alone, or put it at the end of \c unit; deliver \c unit if it is \c closed
     */
    void pc_gro_add(struct pc_gro* gro,
                    const struct pc_gro_segment* segment,
                    struct pc_gro_verdict* verdict);

    /**
     * Closes the open unit that was begun first. Call it at the end of a poll until there is none.
     * Linux does so when a poll leaves the ring empty; one that has used up its budget closes only
     * the units that are older than a tick. It goes bucket by bucket; within one the order is this.
     * \return the unit, or PC_GRO_NONE
     */
    int pc_gro_flush(struct pc_gro* gro);

    /** How many units are open, 0 … PC_GRO_UNITS. */
    unsigned pc_gro_open(const struct pc_gro* gro);

#ifdef __cplusplus
}
#endif

#endif
