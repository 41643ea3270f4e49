/* Owners' counts against a plain array, under random operations: few owners, and many at once. */

#include "pc-ram-owners.h"

#include "pc-test.h"

#include <string.h>

#define MOST 3000

static uint64_t plain[MOST + 1][PC_OWNER_SIDES];

static uint32_t
holding(uint32_t owners)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i <= owners; i++)
    {
        count += plain[i][0] != 0 || plain[i][1] != 0;
    }
    return count;
}

static void
test_random(uint32_t owners, uint64_t seed)
{
    struct pc_ram_owners table = {0};
    memset(plain, 0, sizeof(plain));
    for (int i = 0; i < 60000; i++)
    {
        uint32_t owner = 1 + (uint32_t)(pc_test_random(&seed) % owners);
        unsigned side = (unsigned)(pc_test_random(&seed) % PC_OWNER_SIDES);
        uint64_t has = plain[owner][side];
        /* seldom a part, mostly all: owners come and go */
        uint64_t part = has == 0 || pc_test_random(&seed) % 4 != 0 ? has : has / 2;
        if (part > 0)
        {
            pc_ram_owners_sub(&table, owner, side, part);
            plain[owner][side] -= part;
        }
        else
        {
            uint64_t granules = 1 + pc_test_random(&seed) % 300;
            CHECK_EQ(pc_ram_owners_add(&table, owner, side, granules), PC_OK);
            plain[owner][side] += granules;
        }
        uint32_t asked = 1 + (uint32_t)(pc_test_random(&seed) % owners);
        CHECK_EQ(pc_ram_owners_get(&table, asked, side), plain[asked][side]);
        if (i % 1000 == 0)
        {
            CHECK_EQ(table.count, holding(owners));
        }
    }
    for (uint32_t owner = 1; owner <= owners; owner++)
    {
        CHECK_EQ(pc_ram_owners_get(&table, owner, 0), plain[owner][0]);
        CHECK_EQ(pc_ram_owners_get(&table, owner, 1), plain[owner][1]);
    }
    pc_ram_owners_fini(&table);
    CHECK_EQ(pc_ram_owners_get(&table, 1, 0), 0);
}

int
main(void)
{
    test_random(3, 1);
    test_random(8, 2);
    test_random(MOST, 3);
    return pc_test_done();
}
