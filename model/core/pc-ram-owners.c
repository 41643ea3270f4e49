#include "pc-ram-owners.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define FIRST_CAPACITY 16u

void
pc_ram_owners_fini(struct pc_ram_owners *owners)
{
    free(owners->places);
    memset(owners, 0, sizeof(*owners));
}

/* Where the search for an owner begins: Fibonacci hashing (Knuth, vol. 3, 6.4). */
static uint32_t
home(const struct pc_ram_owners *owners, uint32_t owner)
{
    return (uint32_t)((owner * UINT64_C(2654435769)) >> 7) & (owners->capacity - 1);
}

static uint32_t
after(const struct pc_ram_owners *owners, uint32_t place)
{
    return (place + 1) & (owners->capacity - 1);
}

/* The place of an owner; the free place where it would be if it has none; NONE without a table. */
static uint32_t
place_of(const struct pc_ram_owners *owners, uint32_t owner)
{
    if (owners->capacity == 0)
    {
        return NONE;
    }
    uint32_t place = home(owners, owner);
    while (owners->places[place].owner != 0 && owners->places[place].owner != owner)
    {
        place = after(owners, place);
    }
    return place;
}

/* Twice as many places. */
static int
grow(struct pc_ram_owners *owners)
{
    uint32_t capacity = owners->capacity == 0 ? FIRST_CAPACITY : owners->capacity * 2;
    struct pc_ram_owners larger = {.capacity = capacity, .count = owners->count};
    larger.places = calloc(capacity, sizeof(*larger.places));
    if (larger.places == NULL)
    {
        return PC_ERR_MEMORY;
    }
    for (uint32_t i = 0; i < owners->capacity; i++)
    {
        const struct pc_ram_owner *old = &owners->places[i];
        if (old->owner != 0)
        {
            larger.places[place_of(&larger, old->owner)] = *old;
        }
    }
    free(owners->places);
    *owners = larger;
    return PC_OK;
}

int
pc_ram_owners_add(struct pc_ram_owners *owners, uint32_t owner, unsigned side, uint64_t granules)
{
    assert(owner != 0 && side < PC_OWNER_SIDES);
    /* at least half of the places are free, so that searches are short and end */
    if (2 * (owners->count + 1) > owners->capacity && grow(owners) != PC_OK)
    {
        return PC_ERR_MEMORY;
    }
    struct pc_ram_owner *found = &owners->places[place_of(owners, owner)];
    if (found->owner == 0)
    {
        found->owner = owner;
        owners->count++;
    }
    found->granules[side] += granules;
    return PC_OK;
}

/* Takes an owner out, and moves up those behind it that would not be found any more. */
static void
take_out(struct pc_ram_owners *owners, uint32_t hole)
{
    uint32_t mask = owners->capacity - 1;
    for (uint32_t i = after(owners, hole); owners->places[i].owner != 0; i = after(owners, i))
    {
        uint32_t from_home = (i - home(owners, owners->places[i].owner)) & mask;
        if (from_home >= ((i - hole) & mask))
        {
            owners->places[hole] = owners->places[i];
            hole = i;
        }
    }
    memset(&owners->places[hole], 0, sizeof(owners->places[hole]));
    owners->count--;
}

void
pc_ram_owners_sub(struct pc_ram_owners *owners, uint32_t owner, unsigned side, uint64_t granules)
{
    uint32_t place = place_of(owners, owner);
    assert(place != NONE && owners->places[place].owner == owner);
    struct pc_ram_owner *found = &owners->places[place];
    assert(found->granules[side] >= granules);
    found->granules[side] -= granules;
    if (found->granules[0] == 0 && found->granules[1] == 0)
    {
        take_out(owners, place);
    }
}

uint64_t
pc_ram_owners_get(const struct pc_ram_owners *owners, uint32_t owner, unsigned side)
{
    uint32_t place = place_of(owners, owner);
    bool known = owner != 0 && place != NONE && owners->places[place].owner == owner;
    return known ? owners->places[place].granules[side] : 0;
}
