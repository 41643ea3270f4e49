/* The checksum's sums against a sum of 16-bit words modulo 2^16 - 1, and edges byte by byte. */

#include "operations.h"
#include "reference-sum.h"

#include "pc-checksum.h"

#define LONGEST 600

/* What is added up in pieces is what is added up at once. */
static void
compare_pieces(struct operations *from, const uint8_t *bytes, uint32_t length)
{
    uint16_t sum = 0;
    for (uint32_t at = 0; at < length;)
    {
        uint32_t part = 1 + operations_below(from, length - at);
        sum = pc_sum_combine(sum, at % 2 != 0, pc_sum_bytes(bytes + at, part));
        at += part;
    }
    MUST_EQUAL(sum % 0xffff, reference_sum(bytes, length));
}

/* A field over a header and one payload becomes the field over the header and another. */
static void
compare_replaced(struct operations *from, const uint8_t *bytes, uint32_t length)
{
    uint32_t header = operations_below(from, length + 1) & ~1u;
    uint32_t old_end = header + operations_below(from, length - header + 1);
    uint32_t head = reference_sum(bytes, header);
    uint32_t before = reference_sum(bytes + header, old_end - header);
    uint32_t after = reference_sum(bytes + old_end, length - old_end);
    uint16_t field = (uint16_t)~((head + before) % 0xffff);
    uint16_t changed = pc_checksum_replace(field,
                                           pc_sum_bytes(bytes + header, old_end - header),
                                           pc_sum_bytes(bytes + old_end, length - old_end));
    MUST_EQUAL((uint16_t)~changed % 0xffff, (head + after) % 0xffff);
}

/* An edge byte is one whose granule has bytes of the block outside the segment. */
static void
compare_edges(struct operations *from)
{
    uint32_t granule = 1 + operations_below(from, 64);
    uint32_t block = 1 + operations_below(from, LONGEST);
    uint32_t offset = operations_below(from, block);
    uint32_t length = operations_below(from, block - offset + 1);
    uint32_t edges = 0;
    for (uint32_t i = offset; i < offset + length; i++)
    {
        uint32_t first = i / granule * granule;
        uint32_t end = first + granule < block ? first + granule : block;
        edges += first < offset || end > offset + length;
    }
    MUST_EQUAL(pc_checksum_edge_bytes(offset, length, granule, block), edges);
}

void
compare_checksum(struct operations from)
{
    while (from.left > 0)
    {
        uint8_t bytes[LONGEST];
        uint32_t length = operations_below(&from, LONGEST);
        for (uint32_t i = 0; i < length; i++)
        {
            bytes[i] = (uint8_t)operations_below(&from, 256);
        }
        MUST_EQUAL(pc_sum_bytes(bytes, length) % 0xffff, reference_sum(bytes, length));
        compare_pieces(&from, bytes, length);
        compare_replaced(&from, bytes, length);
        compare_edges(&from);
        uint16_t a = (uint16_t)operations_below(&from, 0x10000);
        uint16_t b = (uint16_t)operations_below(&from, 0x10000);
        MUST_EQUAL(pc_sum_add(a, b) % 0xffff, ((uint32_t)a + b) % 0xffff);
        MUST_EQUAL(pc_sum_subtract(a, b) % 0xffff, ((uint32_t)a + 0xffff - b) % 0xffff);
    }
}
