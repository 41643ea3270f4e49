#include "pc-checksum.h"

#include <assert.h>

static uint16_t
fold(uint64_t sum)
{
    while (sum >> 16 != 0)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

uint16_t
pc_sum_bytes(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t sum = 0;
    for (; length >= 2; length -= 2, at += 2)
    {
        sum += (uint64_t)at[0] << 8 | at[1];
    }
    if (length == 1)
    {
        sum += (uint64_t)at[0] << 8;
    }
    return fold(sum);
}

uint16_t
pc_sum_add(uint16_t a, uint16_t b)
{
    return fold((uint64_t)a + b);
}

uint16_t
pc_sum_subtract(uint16_t a, uint16_t b)
{
    return pc_sum_add(a, (uint16_t)~b);
}

uint16_t
pc_sum_combine(uint16_t sum, bool odd, uint16_t added)
{
    uint16_t swapped = (uint16_t)(added << 8 | added >> 8);
    return pc_sum_add(sum, odd ? swapped : added);
}

uint16_t
pc_checksum_replace(uint16_t field, uint16_t old_sum, uint16_t new_sum)
{
    /* HC' = ~(~HC + ~m + m') */
    uint16_t sum = pc_sum_subtract((uint16_t)~field, old_sum);
    return (uint16_t)~pc_sum_add(sum, new_sum);
}

uint32_t
pc_checksum_edge_bytes(uint32_t offset, uint32_t length, uint32_t granule, uint32_t block_length)
{
    assert(granule > 0 && (uint64_t)offset + length <= block_length);
    uint32_t end = offset + length;
    uint32_t edges = 0;
    uint32_t head = offset % granule;
    /* 64 bits: the next granule may begin beyond the last offset that 32 can name */
    uint64_t first_whole = head == 0 ? offset : (uint64_t)offset + (granule - head);
    if (first_whole >= end)
    {
        return length; /* inside one granule, and not from its beginning */
    }
    edges += (uint32_t)(first_whole - offset);
    if (end % granule != 0 && end != block_length)
    {
        edges += end % granule;
    }
    return edges;
}
