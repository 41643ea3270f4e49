/* Operations on dma, held to what its header promises (test/core/reference/check-dma.c). */

#include "reference/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_dma((struct operations){data, size});
    return 0;
}
