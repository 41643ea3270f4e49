#include "pc-rx-promise.h"

#include <assert.h>

#define FIRST_FRAMES 4u /* chosen: two delayed ACKs of two segments each */

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* a - b, or 0. */
static uint64_t
less(uint64_t a, uint64_t b)
{
    return a - min_u64(a, b);
}

bool
pc_promise_has_room(const struct pc_promises *promises, uint64_t frame_bytes)
{
    return less(promises->capacity_bytes, promises->reserved_bytes) >= frame_bytes;
}

void
pc_promise_open(struct pc_promises *promises, struct pc_promise *promise, uint64_t frame_bytes)
{
    assert(!promise->open);
    promise->open = true;
    promise->reserved_bytes = frame_bytes;
    promises->reserved_bytes += frame_bytes;
    promises->connections++;
}

void
pc_promise_close(struct pc_promises *promises, struct pc_promise *promise)
{
    if (promise->open)
    {
        promises->reserved_bytes -= promise->reserved_bytes;
        promises->connections--;
        promise->reserved_bytes = 0;
        promise->open = false;
    }
}

/* What a connection may reserve. */
static uint64_t
most(const struct pc_promises *promises,
     const struct pc_promise *promise,
     const struct pc_promise_request *request)
{
    uint64_t frame = request->frame_bytes;
    uint64_t others = promises->reserved_bytes - promise->reserved_bytes;
    uint64_t left = less(promises->capacity_bytes, others);
    uint64_t share = promises->capacity_bytes / promises->connections;
    uint64_t limit = max_u64(share, left / 2);
    limit = min_u64(limit, less(left, frame));
    uint64_t first = min_u64(FIRST_FRAMES * frame, left / 2);
    uint64_t doubled = promise->reserved_bytes > frame ? 2 * promise->reserved_bytes : 0;
    limit = min_u64(limit, max_u64(first, doubled));
    limit = min_u64(limit, request->quota_bytes);
    return max_u64(limit, frame);
}

uint64_t
pc_promise_window(const struct pc_promises *promises,
                  const struct pc_promise *promise,
                  const struct pc_promise_request *request)
{
    assert(promise->open && request->segment_bytes > 0 && request->frame_bytes > 0);
    uint64_t left = less(most(promises, promise, request), request->held_bytes);
    uint64_t window = left / request->frame_bytes * request->segment_bytes;
    return max_u64(min_u64(window, request->wanted_bytes), request->promised_bytes);
}

void
pc_promise_reserve(struct pc_promises *promises,
                   struct pc_promise *promise,
                   const struct pc_promise_request *request,
                   uint64_t window_bytes)
{
    assert(promise->open);
    uint64_t frames = (window_bytes + request->segment_bytes - 1) / request->segment_bytes;
    uint64_t reserved =
        max_u64(request->frame_bytes, request->held_bytes + frames * request->frame_bytes);
    promises->reserved_bytes += reserved;
    promises->reserved_bytes -= promise->reserved_bytes;
    promise->reserved_bytes = reserved;
}
