/* What the tests of the C core share: checks that count, and a random number generator. */
#ifndef PC_TEST_H
#define PC_TEST_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>

static int pc_test_passed;
static int pc_test_failed;

static inline void
pc_test_check(int ok, const char *file, int line, const char *what)
{
    if (ok)
    {
        pc_test_passed++;
        return;
    }
    pc_test_failed++;
    printf("%s:%d: %s\n", file, line, what);
}

#define CHECK(condition) pc_test_check((condition) != 0, __FILE__, __LINE__, #condition)

#define CHECK_EQ(a, b)                                                                             \
    do                                                                                             \
    {                                                                                              \
        long long a_ = (long long)(a);                                                             \
        long long b_ = (long long)(b);                                                             \
        char text_[200];                                                                           \
        snprintf(text_, sizeof(text_), "%s is %lld, not %s = %lld", #a, a_, #b, b_);               \
        pc_test_check(a_ == b_, __FILE__, __LINE__, text_);                                        \
    } while (0)

#define CHECK_NEAR(a, b, tolerance)                                                                \
    do                                                                                             \
    {                                                                                              \
        double a_ = (double)(a);                                                                   \
        double b_ = (double)(b);                                                                   \
        char text_[200];                                                                           \
        snprintf(text_, sizeof(text_), "%s is %.9g, not %s = %.9g", #a, a_, #b, b_);               \
        pc_test_check(fabs(a_ - b_) <= (double)(tolerance), __FILE__, __LINE__, text_);            \
    } while (0)

static inline int
pc_test_done(void)
{
    printf("%d passed, %d failed\n", pc_test_passed, pc_test_failed);
    return pc_test_failed != 0;
}

/* xorshift64* (Marsaglia 2003, Vigna 2016) */
static inline uint64_t
pc_test_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

#endif
