/* Operations on shared-server, compared with its reference (test/core/reference/compare-shared-server.c). */

#include "reference/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compare_shared_server((struct operations){data, size});
    return 0;
}
