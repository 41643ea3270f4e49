/* The core's modules against slow, obvious references, on sequences of operations drawn at random
 * from fixed seeds. The fuzz targets of test/fuzz run the same comparisons. */

#include "reference/operations.h"

#include "pc-test.h"

#define LONGEST 4000

static void
run(const char *name, void (*compare)(struct operations), int rounds)
{
    static uint8_t bytes[LONGEST];
    for (int seed = 1; seed <= rounds; seed++)
    {
        uint64_t random = (uint64_t)seed;
        for (size_t i = 0; i < sizeof(bytes); i++)
        {
            bytes[i] = (uint8_t)(pc_test_random(&random) >> 32);
        }
        printf("%s, seed %d\n", name, seed); /* a comparison that fails ends the program */
        compare((struct operations){bytes, sizeof(bytes)});
        CHECK(1);
    }
}

int
main(void)
{
    run("card RAM", compare_card_ram, 100);
    run("checksum", compare_checksum, 100);
    run("shared server", compare_shared_server, 200);
    run("host CPU", compare_host_cpu, 60);
    run("GRO", check_gro, 200);
    run("DMA", check_dma, 200);
    return pc_test_done();
}
