#include "pc-rss.h"

const uint8_t*
pc_rss_default_key(void)
{
    /* "Verifying the RSS Hash Calculation", Windows network driver documentation */
    static const uint8_t key[PC_RSS_KEY_BYTES] = {
        0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
        0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
        0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
    };
    return key;
}

/* The 40 bits of the key that an input byte's eight bits see, the first of them highest. */
static uint64_t
key_window(const uint8_t* key)
{
    uint64_t window = 0;
    for (unsigned i = 0; i < 5; i++)
    {
        window = window << 8 | key[i];
    }
    return window;
}

static void
fill_place(uint32_t partial[256], uint64_t window)
{
    partial[0] = 0;
    for (unsigned value = 1; value < 256; value++)
    {
        /* A value is its lowest one bit and a smaller value that is known already. */
        unsigned low = 0;
        while ((value >> low & 1) == 0)
        {
            low++;
        }
        partial[value] = partial[value & (value - 1)] ^ (uint32_t)(window >> (low + 1));
    }
}

int
pc_rss_init(struct pc_rss* rss, const uint8_t key[PC_RSS_KEY_BYTES], unsigned queues)
{
    if (queues == 0 || queues > PC_RSS_TABLE)
    {
        return PC_ERR_INVALID;
    }
    for (unsigned place = 0; place < PC_RSS_INPUT_BYTES; place++)
    {
        fill_place(rss->partial[place], key_window(key + place));
    }
    for (unsigned i = 0; i < PC_RSS_TABLE; i++)
    {
        rss->table[i] = (uint16_t)(i % queues);
    }
    rss->queues = queues;
    return PC_OK;
}

uint32_t
pc_rss_hash(const struct pc_rss* rss, const uint8_t* input, size_t length)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < length; i++)
    {
        hash ^= rss->partial[i][input[i]];
    }
    return hash;
}

unsigned
pc_rss_queue(const struct pc_rss* rss, uint32_t hash)
{
    return rss->table[hash % PC_RSS_TABLE];
}
