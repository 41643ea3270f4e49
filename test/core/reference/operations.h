/**
 * \file
 * Sequences of operations as bytes: a test draws them at random, a fuzzer changes them, and both
 * hand them to the same comparison. Whatever the bytes are, they mean operations that a module's
 * header allows; a comparison that fails stops the program and says where.
 */
#ifndef PC_OPERATIONS_H
#define PC_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** What is left of a sequence. */
struct operations
{
    const uint8_t *at;
    size_t left;
};

/** A number below \p limit, which is above 0, from the next bytes; 0 when there are none left. */
static inline uint32_t
operations_below(struct operations *from, uint32_t limit)
{
    uint32_t number = 0;
    for (uint32_t most = limit - 1; most > 0; most >>= 8)
    {
        number <<= 8;
        if (from->left > 0)
        {
            number |= *from->at++;
            from->left--;
        }
    }
    return number % limit;
}

/** Stops the program unless both are equal. */
#define MUST_EQUAL(is, expected)                                                                   \
    do                                                                                             \
    {                                                                                              \
        long long is_ = (long long)(is);                                                           \
        long long expected_ = (long long)(expected);                                               \
        if (is_ != expected_)                                                                      \
        {                                                                                          \
            printf("%s:%d: %s is %lld, the reference says %lld\n", __FILE__, __LINE__, #is, is_,   \
                   expected_);                                                                     \
            fflush(stdout);                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/** Stops the program unless something holds. */
#define MUST(holds) MUST_EQUAL((holds) != 0, 1)

/* Each runs its module and a reference through a sequence, and compares them at each step. */
void compare_card_ram(struct operations from);
void compare_checksum(struct operations from);
void compare_shared_server(struct operations from);
void compare_host_cpu(struct operations from);
void check_gro(struct operations from);
void check_dma(struct operations from);

#endif
