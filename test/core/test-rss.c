/* The Toeplitz hash against the published vectors and a reference that goes bit by bit. */

#include "pc-rss.h"

#include "pc-test.h"

#include <string.h>

static struct pc_rss rss;

/* "Verifying the RSS Hash Calculation", Windows network driver documentation: all its rows. The
 * table there names the destination first; an input begins with the source. */
struct vector
{
    uint8_t source[16];
    uint8_t destination[16];
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t addresses; /* the hash without ports */
    uint32_t ports;     /* and with */
};

static const struct vector ipv4[] = {
    {{66, 9, 149, 187}, {161, 142, 100, 80}, 2794, 1766, 0x323e8fc2, 0x51ccc178},
    {{199, 92, 111, 2}, {65, 69, 140, 83}, 14230, 4739, 0xd718262a, 0xc626b0ea},
    {{24, 19, 198, 95}, {12, 22, 207, 184}, 12898, 38024, 0xd2d0a5de, 0x5c2b394a},
    {{38, 27, 205, 30}, {209, 142, 163, 6}, 48228, 2217, 0x82989176, 0xafc7327f},
    {{153, 39, 163, 191}, {202, 188, 127, 2}, 44251, 1303, 0x5d1809c5, 0x10e828a2},
};

static const struct vector ipv6[] = {
    /* 3ffe:2501:200:1fff::7 to 3ffe:2501:200:3::1 */
    {{0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x07},
     {0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 0x01},
     2794,
     1766,
     0x2cc18cd5,
     0x40207d3d},
    /* 3ffe:501:8::260:97ff:fe40:efab to ff02::1 */
    {{0x3f, 0xfe, 0x05, 0x01, 0x00, 0x08, 0, 0, 0x02, 0x60, 0x97, 0xff, 0xfe, 0x40, 0xef, 0xab},
     {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01},
     14230,
     4739,
     0x0f0c461c,
     0xdde51bbf},
    /* 3ffe:1900:4545:3:200:f8ff:fe21:67cf to fe80::200:f8ff:fe21:67cf */
    {{0x3f, 0xfe, 0x19, 0x00, 0x45, 0x45, 0, 0x03, 0x02, 0, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf},
     {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x00, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf},
     44251,
     38024,
     0x4b61e985,
     0x02d1feef},
};

static void
check_vector(const struct vector* vector, size_t address_bytes)
{
    uint8_t input[PC_RSS_INPUT_BYTES];
    memcpy(input, vector->source, address_bytes);
    memcpy(input + address_bytes, vector->destination, address_bytes);
    uint8_t* ports = input + 2 * address_bytes;
    ports[0] = (uint8_t)(vector->source_port >> 8);
    ports[1] = (uint8_t)vector->source_port;
    ports[2] = (uint8_t)(vector->destination_port >> 8);
    ports[3] = (uint8_t)vector->destination_port;
    CHECK_EQ(pc_rss_hash(&rss, input, 2 * address_bytes), vector->addresses);
    CHECK_EQ(pc_rss_hash(&rss, input, 2 * address_bytes + 4), vector->ports);
}

static void
test_published(void)
{
    CHECK_EQ(pc_rss_init(&rss, pc_rss_default_key(), 1), PC_OK);
    for (size_t i = 0; i < sizeof(ipv4) / sizeof(ipv4[0]); i++)
    {
        check_vector(&ipv4[i], 4);
    }
    for (size_t i = 0; i < sizeof(ipv6) / sizeof(ipv6[0]); i++)
    {
        check_vector(&ipv6[i], 16);
    }
}

/* As the specification says it: for each one bit add the leftmost 32 bits of the key, and shift the
 * key left by one after each bit. */
static uint32_t
plain_hash(const uint8_t* key, const uint8_t* input, size_t length)
{
    uint8_t shifted[PC_RSS_KEY_BYTES];
    memcpy(shifted, key, sizeof(shifted));
    uint32_t hash = 0;
    for (size_t bit = 0; bit < 8 * length; bit++)
    {
        if ((input[bit / 8] & 0x80 >> bit % 8) != 0)
        {
            hash ^= (uint32_t)shifted[0] << 24 | (uint32_t)shifted[1] << 16 |
                    (uint32_t)shifted[2] << 8 | shifted[3];
        }
        for (unsigned i = 0; i < PC_RSS_KEY_BYTES; i++)
        {
            unsigned after = i + 1 < PC_RSS_KEY_BYTES ? shifted[i + 1] : 0u;
            shifted[i] = (uint8_t)((unsigned)shifted[i] << 1 | after >> 7);
        }
    }
    return hash;
}

static void
fill_random(uint8_t* bytes, size_t length, uint64_t* random)
{
    for (size_t i = 0; i < length; i++)
    {
        bytes[i] = (uint8_t)(pc_test_random(random) >> 32);
    }
}

/* Random keys, inputs and lengths, the empty one too. */
static void
test_reference(void)
{
    uint64_t random = 1;
    for (int round = 0; round < 200; round++)
    {
        uint8_t key[PC_RSS_KEY_BYTES];
        fill_random(key, sizeof(key), &random);
        CHECK_EQ(pc_rss_init(&rss, key, 8), PC_OK);
        for (size_t length = 0; length <= PC_RSS_INPUT_BYTES; length++)
        {
            uint8_t input[PC_RSS_INPUT_BYTES];
            fill_random(input, length, &random);
            CHECK_EQ(pc_rss_hash(&rss, input, length), plain_hash(key, input, length));
        }
    }
}

static void
test_queues(void)
{
    static const unsigned counts[] = {1, 3, 8, 127, 128};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
    {
        CHECK_EQ(pc_rss_init(&rss, pc_rss_default_key(), counts[i]), PC_OK);
        CHECK_EQ(rss.queues, counts[i]);
        for (uint32_t hash = 0; hash < 1000; hash++)
        {
            /* The table has 128 entries: the hash's low 7 bits, whatever stands above them. */
            CHECK_EQ(pc_rss_queue(&rss, hash), hash % 128 % counts[i]);
            CHECK_EQ(pc_rss_queue(&rss, hash | 0xabcd0000), hash % 128 % counts[i]);
        }
    }
}

static void
test_errors(void)
{
    CHECK_EQ(pc_rss_init(&rss, pc_rss_default_key(), 5), PC_OK);
    CHECK_EQ(pc_rss_init(&rss, pc_rss_default_key(), 0), PC_ERR_INVALID);
    CHECK_EQ(pc_rss_init(&rss, pc_rss_default_key(), PC_RSS_TABLE + 1), PC_ERR_INVALID);
    CHECK_EQ(rss.queues, 5);
}

int
main(void)
{
    test_published();
    test_reference();
    test_queues();
    test_errors();
    return pc_test_done();
}
