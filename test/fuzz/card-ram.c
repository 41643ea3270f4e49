/* Operations on card-ram, compared with its reference (test/core/reference/compare-card-ram.c). */

#include "reference/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compare_card_ram((struct operations){data, size});
    return 0;
}
