/* Operations on gro, held to what its header promises (test/core/reference/check-gro.c). */

#include "reference/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_gro((struct operations){data, size});
    return 0;
}
