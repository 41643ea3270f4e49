#include "pc-core.h"

const char *
pc_error_name(int error)
{
    switch (error)
    {
    case PC_OK:
        return "PC_OK";
    case PC_ERR_INVALID:
        return "PC_ERR_INVALID";
    case PC_ERR_NO_ROOM:
        return "PC_ERR_NO_ROOM";
    case PC_ERR_STALE:
        return "PC_ERR_STALE";
    case PC_ERR_RANGE:
        return "PC_ERR_RANGE";
    case PC_ERR_MEMORY:
        return "PC_ERR_MEMORY";
    default:
        return "PC_ERR_?";
    }
}
