/* Operations on checksum, compared with its reference (test/core/reference/compare-checksum.c). */

#include "reference/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compare_checksum((struct operations){data, size});
    return 0;
}
