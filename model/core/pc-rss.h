/**
 * \file
 * Receive-side scaling: which of a card's receive queues a frame goes to.
 *
 * The card hashes a frame's addresses and ports with the Toeplitz function and looks the hash up in
 * an indirection table, as cards do since Microsoft specified it ("RSS Hashing Functions" and
 * "Verifying the RSS Hash Calculation", Windows network driver documentation). All of a flow's
 * frames go to one queue, so none overtakes another.
 *
 * For each one bit of the input, first bit first, the 32 bits of the key that begin at that bit's
 * place are added without carry. The sum is linear in the bits, so the 256 values of each input
 * byte are worked out beforehand, and a hash is one lookup a byte.
 */
#ifndef PC_RSS_H
#define PC_RSS_H

#include "pc-core.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C"
{
#endif

/** Bytes of a key: 32 bits for each place of the longest input. */
#define PC_RSS_KEY_BYTES 40

/** The longest input: two IPv6 addresses and two ports, bytes. */
#define PC_RSS_INPUT_BYTES 36

/** Entries of the indirection table: the 7 low bits of the hash, the most that the specification
 * has. */
#define PC_RSS_TABLE 128

    /** A card's hash and table. Written by pc_rss_init() and constant afterwards, but for the
     * table. */
    struct pc_rss
    {
        uint32_t partial[PC_RSS_INPUT_BYTES]
                        [256];        /**< what a byte of that value adds at that place */
        uint16_t table[PC_RSS_TABLE]; /**< the queue of each entry, below \p queues */
        unsigned queues;              /**< receive queues, 1 … PC_RSS_TABLE */
    };

    /** The published verification key, PC_RSS_KEY_BYTES long; many drivers use it as their default.
     */
    const uint8_t* pc_rss_default_key(void);

    /**
     * Works out the hash's lookups and spreads the queues over the table: entry i is i % queues, as
     * drivers do by default.
     * \param key which places are added for which bits
     * \param queues receive queues, 1 … PC_RSS_TABLE
     * \return 0, or PC_ERR_INVALID for another number of queues; \p rss is then untouched
     */
    int pc_rss_init(struct pc_rss* rss, const uint8_t key[PC_RSS_KEY_BYTES], unsigned queues);

    /**
     * The hash of a frame.
     * \param input source address, destination address, source port, destination port, in network
     *        order; of a frame without ports, and of a fragment, the addresses alone
     * \param length its bytes, at most PC_RSS_INPUT_BYTES: 12 or 8 for IPv4, 36 or 32 for IPv6
     */
    uint32_t pc_rss_hash(const struct pc_rss* rss, const uint8_t* input, size_t length);

    /** The queue of frames of that hash, 0 … queues - 1. */
    unsigned pc_rss_queue(const struct pc_rss* rss, uint32_t hash);

#ifdef __cplusplus
}
#endif

#endif
