/* Checksums against a plain sum of 16-bit words, at odd and even offsets and in all splits. */

#include "pc-checksum.h"

#include "pc-test.h"

static uint16_t
plain_sum(const uint8_t *bytes, unsigned length)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < length; i++)
    {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        sum = sum > 0xffff ? sum - 0xffff : sum;
    }
    return (uint16_t)sum;
}

/* 0 and 0xffff are the same number in ones-complement. */
static uint16_t
number(uint16_t sum)
{
    return sum == 0xffff ? 0 : sum;
}

/* RFC 1071, section 3: 0001 f203 f4f5 f6f7 add up to ddf2. */
static void
test_rfc1071(void)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    CHECK_EQ(pc_sum_bytes(bytes, sizeof(bytes)), 0xddf2);
}

static void
test_splits(void)
{
    uint64_t random = 1;
    uint8_t bytes[1500];
    for (int round = 0; round < 2000; round++)
    {
        unsigned length = (unsigned)(pc_test_random(&random) % sizeof(bytes));
        for (unsigned i = 0; i < length; i++)
        {
            bytes[i] = (uint8_t)pc_test_random(&random);
        }
        uint16_t sum = 0;
        for (unsigned at = 0; at < length;)
        {
            unsigned part = 1 + (unsigned)(pc_test_random(&random) % (length - at));
            sum = pc_sum_combine(sum, at % 2 != 0, pc_sum_bytes(bytes + at, part));
            at += part;
        }
        CHECK_EQ(number(sum), number(plain_sum(bytes, length)));
    }
}

/* A field computed over one payload, replaced for another, is the field computed over that. */
static void
test_replace(void)
{
    uint64_t random = 2;
    for (int round = 0; round < 1000; round++)
    {
        uint16_t header = (uint16_t)pc_test_random(&random);
        uint16_t before = (uint16_t)pc_test_random(&random);
        uint16_t after = (uint16_t)pc_test_random(&random);
        uint16_t field = (uint16_t)~pc_sum_add(header, before);
        uint16_t expected = (uint16_t)~pc_sum_add(header, after);
        CHECK_EQ(number((uint16_t)~pc_checksum_replace(field, before, after)),
                 number((uint16_t)~expected));
    }
}

/* RFC 1624, section 4: field dd2f, a word 5555 becomes 3285: the field becomes 0000. */
static void
test_rfc1624(void)
{
    CHECK_EQ(pc_checksum_replace(0xdd2f, 0x5555, 0x3285), 0x0000);
}

static void
test_subtract(void)
{
    uint64_t random = 4;
    for (int round = 0; round < 1000; round++)
    {
        uint16_t a = (uint16_t)pc_test_random(&random);
        uint16_t b = (uint16_t)pc_test_random(&random);
        /* modulo 2^16 - 1, where ones-complement arithmetic is ordinary */
        CHECK_EQ(pc_sum_subtract(a, b) % 0xffff, ((uint32_t)a + 0xffff - b) % 0xffff);
    }
}

/* The next granule begins beyond 32 bits: it does not come round to 0. */
static void
test_edges_at_the_end(void)
{
    CHECK_EQ(pc_checksum_edge_bytes(UINT32_MAX - 100, 50, 256, UINT32_MAX), 50);
    CHECK_EQ(pc_checksum_edge_bytes(UINT32_MAX - 255, 255, 256, UINT32_MAX), 0);
}

/* Byte by byte: an edge byte is one whose granule has bytes of the block outside the segment. */
static void
test_edges(void)
{
    uint64_t random = 3;
    for (int round = 0; round < 20000; round++)
    {
        uint32_t granule = 1 + (uint32_t)(pc_test_random(&random) % 40);
        uint32_t block = 1 + (uint32_t)(pc_test_random(&random) % 300);
        uint32_t offset = (uint32_t)(pc_test_random(&random) % block);
        uint32_t length = (uint32_t)(pc_test_random(&random) % (block - offset + 1));
        uint32_t expected = 0;
        for (uint32_t i = offset; i < offset + length; i++)
        {
            uint32_t first = i / granule * granule;
            uint32_t last = first + granule < block ? first + granule : block;
            expected += first < offset || last > offset + length;
        }
        CHECK_EQ(pc_checksum_edge_bytes(offset, length, granule, block), expected);
    }
}

int
main(void)
{
    test_rfc1071();
    test_splits();
    test_replace();
    test_rfc1624();
    test_subtract();
    test_edges();
    test_edges_at_the_end();
    return pc_test_done();
}
