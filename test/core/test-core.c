/* What errors are called: as they stand in the source, each by another name. */

#include "pc-core.h"

#include "pc-test.h"

#include <string.h>

static void
check_name(int error, const char *name)
{
    pc_test_check(strcmp(pc_error_name(error), name) == 0, __FILE__, __LINE__, name);
}

int
main(void)
{
    check_name(PC_OK, "PC_OK");
    check_name(PC_ERR_INVALID, "PC_ERR_INVALID");
    check_name(PC_ERR_NO_ROOM, "PC_ERR_NO_ROOM");
    check_name(PC_ERR_STALE, "PC_ERR_STALE");
    check_name(PC_ERR_RANGE, "PC_ERR_RANGE");
    check_name(PC_ERR_MEMORY, "PC_ERR_MEMORY");
    check_name(1, "PC_ERR_?");
    return pc_test_done();
}
