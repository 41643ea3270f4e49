/**
 * \file
 * The Internet checksum as a card computes it: partial sums (RFC 1071), combined at odd and even
 * offsets, and replaced in a header (RFC 1624).
 *
 * A sum is the 16-bit ones-complement sum of bytes in network order, the first byte the high one.
 * 0xffff and 0 both stand for zero; the functions answer 0xffff only for bytes that are not all 0.
 */
#ifndef PC_CHECKSUM_H
#define PC_CHECKSUM_H

#include "pc-core.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The sum of \p length bytes; an odd last byte counts as if a zero followed. */
uint16_t pc_sum_bytes(const void *bytes, size_t length);

/** Ones-complement addition. */
uint16_t pc_sum_add(uint16_t a, uint16_t b);

/**
 * Takes \p b out of a sum that it is part of: a + ~b (RFC 1624, equation 3). pc_sum_add() undoes
 * it, but that 0xffff may stand where 0 stood.
 */
uint16_t pc_sum_subtract(uint16_t a, uint16_t b);

/**
 * Adds the sum of bytes that begin at some offset to the sum of those before them.
 * \param sum the sum so far
 * \param odd the added bytes begin at an odd offset
 * \param added their sum, computed as if they began at an even one
 */
uint16_t pc_sum_combine(uint16_t sum, bool odd, uint16_t added);

/**
 * The checksum field of a header after its payload has been replaced (RFC 1624, equation 3).
 * \param field the field as it stands
 * \param old_sum sum of the old payload, which begins at an even offset
 * \param new_sum sum of the new payload
 */
uint16_t pc_checksum_replace(uint16_t field, uint16_t old_sum, uint16_t new_sum);

/**
 * The bytes that a card has to read again for the checksum of a segment, when it keeps one sum for
 * each granule of a block: those in granules that the segment covers only partly. The block's last
 * granule may be short; it is covered when the segment reaches the block's end.
 *
 * \param offset where in the block the segment begins
 * \param length its bytes in the block
 * \param granule the granule, bytes, at least 1
 * \param block_length the block's bytes, at least offset + length
 */
uint32_t pc_checksum_edge_bytes(uint32_t offset,
                                uint32_t length,
                                uint32_t granule,
                                uint32_t block_length);

#ifdef __cplusplus
}
#endif

#endif
