/**
 * \file
 * From which size on a `write` or `read` costs the CPU less by DMA to and from card RAM than by
 * copying: the break-even, solved exactly from the cost model's lines.
 *
 * The form is derived from those lines: it adds up what one isolated call of W bytes costs beyond
 * what both ways of doing it cost. In cycles, with a user's buffer that begins at a page, pieces of
 * P = min(W, write_piece) (each taken to begin at a page), M the segment size:
 *
 *     write   saved   copy * W + map * (pages of each unit's payload)
 *             cost    submit * ceil(W/P) + (pin + unpin + iommu) * ceil(W/4096)
 *                     + gather * G + release * R + complete + wait
 *     read    saved   (copy - slower application read) * D
 *             cost    fetch * F + submit * U + gather * (F - U) + release * U
 *                     + (pin + unpin + iommu) * ceil(W/4096) + complete + wait
 *                                                                 where F > 0, else nothing
 *     wait    asleep      interrupt + wake-up + 2 * context switch
 *             spinning    clock * time of the DMA on an idle bus, by pc_card_payload()
 *
 * Segments that are handed over together are one *unit*: with segmentation offload up to
 * \c write_unit_bytes, else each segment is one. A unit is gathered from as many fragments as it
 * has pieces in it, one where it is a segment alone: G of all units. The peer acknowledges once a
 * unit as it receives it, and such an ACK is a release command a piece that it touches: R. Without
 * segmentation offload G and R are ceil(W/M). \c map is the driver's, of each page of payload that
 * the card would fetch from host memory (PC_COST_DRIVER_MAP); headers cost their page on both ways.
 *
 * A message that is read came in segments of M bytes, and a rest. F of its frames left payload on
 * the card, D bytes of it; the others were small enough to be fetched whole. With receive offload
 * they are U units, of as many frames as fit \c read_unit_bytes, and a unit is one chain of DMA;
 * else U is F. What came with the header fetch is copied on both ways. `fetch` counts a second
 * fetch where headers are longer than the constant. The application read is part of it where the
 * host's does one: data that was copied is warm, data that came by DMA is not. Own costs that are switched
 * off cost nothing here either; registered buffers are neither pinned nor mapped.
 *
 * With \c dma_into_cache what DMA writes lies in the last-level cache, and copies and application
 * reads are from there: an isolated call has the cache's share for DMA to itself, and is taken to
 * fit it. A forced share of misses is from DRAM.
 *
 * The DMA's time is that of the payload's pieces, or units, one after the other: the bus, or the
 * card's own parts where those need longer for all of them, and the latency of the last. A `write`
 * rings the doorbell with the R release commands of the one before it. One engine; a memory bus
 * that limits is not part of it. Nor is, for writes of several pieces, that the work of a piece
 * goes on beside the DMA of the one before it, and that each piece may end in a short segment and a
 * unit and skbuff of its own; nor, for reads, that a poll which has used up its budget ends units.
 *
 * The difference cost - saved is a sawtooth: it falls by bytes and jumps up where a page, a piece,
 * a unit or a burst begins, and down where a page need not be mapped. So there are two answers, the
 * same one where no tooth crosses zero twice: below \c first copying is never dearer, from
 * \c always on DMA is always cheaper.
 */
#ifndef PC_BREAK_EVEN_H
#define PC_BREAK_EVEN_H

#include "pc-card.h"
#include "pc-cost-model.h"
#include "pc-driver.h"
#include "pc-llc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The largest call that is looked at, bytes: 1 GiB. */
#define PC_BREAK_EVEN_LIMIT (UINT64_C(1) << 30)

/** No size up to the limit: never. */
#define PC_BREAK_EVEN_NEVER UINT64_MAX

/** What the call does. */
enum pc_call
{
    PC_CALL_WRITE, /**< the user's bytes to the card */
    PC_CALL_READ,  /**< the card's bytes to the user */
};

/** The machine. The caller owns what it points to. */
struct pc_break_even_host
{
    const struct pc_cost_model *costs;  /**< cycles, and which own costs are on */
    const struct pc_bus *bus;           /**< prepared */
    const struct pc_card_config *card;  /**< the card's constants */
    double cpu_hz;                      /**< the core's clock */
    bool source_warm;                   /**< the writer's data is cached */
    bool app_read;                      /**< the reader's application reads every byte once */
    bool remote;                        /**< the processes are on the other node than the card */
    bool registered;                    /**< users' buffers are pinned and mapped once for all */
    bool dma_into_cache;                /**< what a DMA writes lands in the last-level cache */
    double llc_miss;                    /**< forced misses, 0..1; or PC_LLC_MODEL */
    uint64_t write_piece;               /**< the largest piece of a write, bytes, at least 1 */
    struct pc_fetch_policy fetch;       /**< H and the copy-break */
    uint32_t mss;                       /**< payload bytes of a full segment, at least 1 */
    uint32_t header_bytes;              /**< network and transport headers of a segment, bytes */
    uint32_t write_unit_bytes;          /**< payload of a full unit sent; 0: none merged */
    uint32_t read_unit_bytes;           /**< most payload of a unit received; 0: likewise */
};

/** What DMA costs a call beyond copying, and what it saves. Both grow with the call's size. */
struct pc_break_even_balance
{
    double cost;  /**< cycles */
    double saved; /**< cycles */
};

/** Sizes in bytes, or PC_BREAK_EVEN_NEVER. */
struct pc_break_even
{
    uint64_t first;  /**< the smallest call that DMA makes cheaper */
    uint64_t always; /**< from here to the limit every call is cheaper by DMA */
};

/**
 * The balance of one call, as the form has it.
 * \param host the machine
 * \param call what it does
 * \param wait PC_WAIT_SLEEP or PC_WAIT_SPIN
 * \param bytes its size, 1 to PC_BREAK_EVEN_LIMIT
 * \param[out] balance its two sides
 * \return PC_OK; PC_ERR_INVALID when an argument is out of its range, or a unit sent is not of
 *         whole segments
 */
int pc_break_even_balance(const struct pc_break_even_host *host,
                          enum pc_call call,
                          enum pc_wait_mode wait,
                          uint64_t bytes,
                          struct pc_break_even_balance *balance);

/**
 * Solves the form: exactly, by halving intervals at whose ends the balance already decides.
 * \param host the machine
 * \param call what it does
 * \param wait PC_WAIT_SLEEP or PC_WAIT_SPIN
 * \param[out] sizes the answers
 * \return PC_OK; PC_ERR_INVALID when an argument is out of its range
 */
int pc_break_even_solve(const struct pc_break_even_host *host,
                        enum pc_call call,
                        enum pc_wait_mode wait,
                        struct pc_break_even *sizes);

#ifdef __cplusplus
}
#endif

#endif
