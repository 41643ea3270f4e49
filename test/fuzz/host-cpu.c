/* Operations on host-cpu, compared with its reference (test/core/reference/compare-host-cpu.c). */

#include "reference/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compare_host_cpu((struct operations){data, size});
    return 0;
}
