/**
 * \file
 * Receive RAM that has been promised to peers: which window a connection may advertise so that what
 * its peer then sends finds room.
 *
 * Each connection has a reservation: what its payload holds, and what the rest of its window would
 * take, in frames of full size and whole granules; one frame at least. A window grows up to its
 * share of the memory, or to half of what the others leave, whichever is more; a frame is left for a
 * connection to come. It begins with four frames, or half of what is left if that is less, and
 * doubles an ACK at most, so that connections that begin together all find room: chosen. What has been promised is never taken back (RFC 9293,
 * 3.8.6.2.1), so a reservation may exceed that for a while.
 */
#ifndef PC_RX_PROMISE_H
#define PC_RX_PROMISE_H

#include "pc-core.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The memory. The caller owns it; set \c capacity_bytes, all else to zero. */
struct pc_promises
{
    uint64_t capacity_bytes; /**< receive RAM, limited */
    uint64_t reserved_bytes; /**< of all connections */
    uint32_t connections;    /**< open ones */
};

/** A connection's part. The caller owns it. All zero is not open. */
struct pc_promise
{
    uint64_t reserved_bytes; /**< its reservation */
    bool open;               /**< it has one */
};

/** What a window is asked for. */
struct pc_promise_request
{
    uint64_t frame_bytes;    /**< what a frame of full size takes, whole granules */
    uint32_t segment_bytes;  /**< its payload, at least 1 */
    uint64_t held_bytes;     /**< receive RAM that the connection's payload holds */
    uint64_t quota_bytes;    /**< the most that it may hold; PC_UNLIMITED */
    uint64_t wanted_bytes;   /**< the window that its buffer has room for, payload */
    uint64_t promised_bytes; /**< what the peer has been told of and has not sent yet, payload */
};

/** True if there is room for a connection more: for a frame of its own. */
bool pc_promise_has_room(const struct pc_promises *promises, uint64_t frame_bytes);

/** A connection begins, and has a frame of its own. */
void pc_promise_open(struct pc_promises *promises,
                     struct pc_promise *promise,
                     uint64_t frame_bytes);

/** A connection ends; nothing happens if it was not open. */
void pc_promise_close(struct pc_promises *promises, struct pc_promise *promise);

/** The window that may be advertised now: at least what has been promised, payload bytes. */
uint64_t pc_promise_window(const struct pc_promises *promises,
                           const struct pc_promise *promise,
                           const struct pc_promise_request *request);

/** A window of \p window_bytes has been advertised, as pc_promise_window() had said or more. */
void pc_promise_reserve(struct pc_promises *promises,
                        struct pc_promise *promise,
                        const struct pc_promise_request *request,
                        uint64_t window_bytes);

#ifdef __cplusplus
}
#endif

#endif
