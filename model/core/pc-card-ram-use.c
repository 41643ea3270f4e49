/* Which blocks are in use, which have not been for longest, whose they are: eviction goes by that. */
#include "pc-card-ram-private.h"

#include <assert.h>

/* -- The order of use: a list a side, from the least to the most recently used -- */

void
pc_ram_order_append(struct pc_card_ram *ram, uint32_t index)
{
    struct pc_ram_block *block = &ram->blocks[index];
    uint32_t last = ram->youngest[block->side];
    block->older = last;
    block->younger = PC_RAM_NONE;
    ram->youngest[block->side] = index;
    if (last == PC_RAM_NONE)
    {
        ram->oldest[block->side] = index;
    }
    else
    {
        ram->blocks[last].younger = index;
    }
}

void
pc_ram_order_remove(struct pc_card_ram *ram, uint32_t index)
{
    struct pc_ram_block *block = &ram->blocks[index];
    if (block->older == PC_RAM_NONE)
    {
        ram->oldest[block->side] = block->younger;
    }
    else
    {
        ram->blocks[block->older].younger = block->younger;
    }
    if (block->younger == PC_RAM_NONE)
    {
        ram->youngest[block->side] = block->older;
    }
    else
    {
        ram->blocks[block->younger].older = block->older;
    }
}

/* -- Use -- */

int
pc_card_ram_touch(struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->pins == 0)
    {
        pc_ram_order_remove(ram, handle.index);
        pc_ram_order_append(ram, handle.index);
    }
    return PC_OK;
}

int
pc_card_ram_pin(struct pc_card_ram *ram, struct pc_handle handle)
{
    struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->pins == 0)
    {
        pc_ram_order_remove(ram, handle.index);
    }
    block->pins++;
    return PC_OK;
}

int
pc_card_ram_unpin(struct pc_card_ram *ram, struct pc_handle handle)
{
    struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->pins == 0)
    {
        return PC_ERR_INVALID;
    }
    block->pins--;
    if (block->pins == 0)
    {
        pc_ram_order_append(ram, handle.index);
    }
    return PC_OK;
}

uint32_t
pc_card_ram_pins(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = pc_ram_find(ram, handle);
    return block == NULL ? 0 : block->pins;
}

/* The first block from \p index on, toward younger ones, that an owner has; 0: that anybody has. */
static int
first_owned(const struct pc_card_ram *ram,
            uint32_t index,
            uint32_t owner,
            struct pc_handle *handle)
{
    while (index != PC_RAM_NONE && owner != 0 && ram->blocks[index].owner != owner)
    {
        index = ram->blocks[index].younger;
    }
    if (index == PC_RAM_NONE)
    {
        return PC_ERR_RANGE;
    }
    handle->index = index;
    handle->generation = ram->blocks[index].generation;
    return PC_OK;
}

int
pc_card_ram_oldest(const struct pc_card_ram *ram, enum pc_ram_side side, struct pc_handle *handle)
{
    return first_owned(ram, ram->oldest[side], 0, handle);
}

int
pc_card_ram_oldest_of(const struct pc_card_ram *ram,
                      enum pc_ram_side side,
                      uint32_t owner,
                      struct pc_handle *handle)
{
    assert(owner != 0);
    return first_owned(ram, ram->oldest[side], owner, handle);
}

/* -- Owners -- */

int
pc_card_ram_own(struct pc_card_ram *ram, struct pc_handle handle, uint32_t owner)
{
    struct pc_ram_block *block = pc_ram_find(ram, handle);
    if (block == NULL)
    {
        return PC_ERR_STALE;
    }
    if (block->owner != 0)
    {
        return PC_ERR_INVALID;
    }
    int error = pc_ram_owners_add(&ram->owners, owner, block->side, block->granules);
    if (error == PC_OK)
    {
        block->owner = owner;
    }
    return error;
}

uint32_t
pc_card_ram_owner(const struct pc_card_ram *ram, struct pc_handle handle)
{
    const struct pc_ram_block *block = pc_ram_find(ram, handle);
    return block == NULL ? 0 : block->owner;
}

uint64_t
pc_card_ram_owned(const struct pc_card_ram *ram, enum pc_ram_side side, uint32_t owner)
{
    return pc_ram_owners_get(&ram->owners, owner, side) * ram->config.granule_bytes;
}
