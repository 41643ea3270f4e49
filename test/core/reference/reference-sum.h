/** \file The Internet checksum's sum as plain arithmetic. */
#ifndef PC_REFERENCE_SUM_H
#define PC_REFERENCE_SUM_H

#include <stdint.h>

/** The sum of bytes as 16-bit words in network order, modulo 2^16 - 1: below 0xffff. */
static inline uint32_t
reference_sum(const uint8_t *bytes, uint32_t length)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < length; i++)
    {
        sum = (sum + (i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i])) % 0xffff;
    }
    return sum;
}

#endif
