/* The cost table: work adds up, own costs switch off, memory traffic is counted by cause. */

#include "pc-cost-model.h"

#include "pc-test.h"

#include <string.h>

static double
cycles_of(const struct pc_work *work, enum pc_category category)
{
    double cycles = 0;
    for (unsigned i = 0; i < work->count; i++)
    {
        cycles += work->part[i].category == category ? work->part[i].cycles : 0;
    }
    return cycles;
}

static void
test_table(void)
{
    for (int line = 0; line < PC_COST_COUNT; line++)
    {
        const struct pc_cost_info *info = pc_cost_describe((enum pc_cost_line)line);
        CHECK(info != NULL && info->name != NULL && info->help != NULL);
        CHECK(strcmp(info->unit, "cycles") == 0 || strcmp(info->unit, "cycles/byte") == 0);
        for (int other = 0; other < line; other++)
        {
            CHECK(strcmp(info->name, pc_cost_describe((enum pc_cost_line)other)->name) != 0);
        }
    }
    CHECK(pc_cost_describe(PC_COST_COUNT) == NULL);
}

static void
test_work(void)
{
    struct pc_cost_model model;
    struct pc_work work;
    pc_cost_model_init(&model);
    model.cycles[PC_COST_COPY_COLD] = 5.25;
    model.cycles[PC_COST_PAGE_PIN] = 300;
    model.cycles[PC_COST_PAGE_UNPIN] = 100;
    pc_work_clear(&work);
    CHECK_EQ(pc_work_add(&work, &model, PC_COST_SYSTEM_CALL, 1), PC_OK);
    CHECK_EQ(work.count, 0); /* free */
    pc_work_add(&work, &model, PC_COST_COPY_COLD, 1000);
    pc_work_add(&work, &model, PC_COST_PAGE_PIN, 16);
    pc_work_add(&work, &model, PC_COST_PAGE_UNPIN, 16);
    CHECK_EQ(work.count, 2);
    CHECK_NEAR(cycles_of(&work, PC_CAT_COPY), 5250, 1e-9);
    CHECK_NEAR(cycles_of(&work, PC_CAT_PAGE_PIN), 6400, 1e-9);
    CHECK_NEAR(pc_work_cycles(&work), 11650, 1e-9);
    CHECK_EQ(pc_work_add_cycles(&work, PC_CAT_COPY, 100), PC_OK);
    CHECK_NEAR(cycles_of(&work, PC_CAT_COPY), 5350, 1e-9);
}

/* Lines that all paths pay: they are in the ledger's categories, and no list switches them off. */
static void
test_lines_of_all(void)
{
    static const struct
    {
        enum pc_cost_line line;
        const char *name;
        enum pc_category category;
    } lines[] = {
        {PC_COST_COPY_LLC, "CopyLlc", PC_CAT_COPY},
        {PC_COST_COPY_REMOTE, "CopyRemote", PC_CAT_COPY},
        {PC_COST_READ_RETURN, "ReadReturn", PC_CAT_SKBUFF},
        {PC_COST_MERGE_RX, "MergeRx", PC_CAT_DRIVER_RX},
        {PC_COST_DRIVER_MAP, "DriverMap", PC_CAT_IOMMU},
    };
    struct pc_cost_model model;
    pc_cost_model_init(&model);
    CHECK_EQ(pc_cost_own_parse("none", &model.own_costs), PC_OK);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
    {
        const struct pc_cost_info *info = pc_cost_describe(lines[i].line);
        CHECK(strcmp(info->name, lines[i].name) == 0);
        CHECK(!info->own);
        model.cycles[lines[i].line] = 7;
        struct pc_work work;
        pc_work_clear(&work);
        pc_work_add(&work, &model, lines[i].line, 3);
        CHECK_NEAR(cycles_of(&work, lines[i].category), 21, 0);
        CHECK_NEAR(pc_work_cycles(&work), 21, 0);
    }
    /* the user's pages are the scheme's own, the driver's are everybody's */
    struct pc_work work;
    pc_work_clear(&work);
    model.cycles[PC_COST_IOMMU] = 100;
    pc_work_add(&work, &model, PC_COST_IOMMU, 1);
    CHECK_EQ(work.count, 0);
}

static void
test_own_costs(void)
{
    struct pc_cost_model model;
    struct pc_work work;
    pc_cost_model_init(&model);
    model.cycles[PC_COST_INTERRUPT] = 1200;
    model.cycles[PC_COST_DMA_SUBMIT] = 1000;
    model.cycles[PC_COST_LINEARISE] = 10;
    CHECK_EQ(pc_cost_own_parse("none", &model.own_costs), PC_OK);
    pc_work_clear(&work);
    pc_work_add(&work, &model, PC_COST_DMA_SUBMIT, 1);
    pc_work_add_own(&work, &model, PC_COST_INTERRUPT, 1);
    CHECK_EQ(work.count, 0);
    pc_work_add(&work, &model, PC_COST_INTERRUPT, 1); /* a frame's: everybody's */
    pc_work_add(&work, &model, PC_COST_LINEARISE, 1); /* never switched off */
    CHECK_NEAR(pc_work_cycles(&work), 1210, 1e-9);
    CHECK_EQ(pc_cost_own_parse("dma_submit,interrupt", &model.own_costs), PC_OK);
    CHECK_NEAR(pc_cost_own_cycles(&model, PC_COST_DMA_SUBMIT), 1000, 0);
    CHECK_NEAR(pc_cost_own_cycles(&model, PC_COST_PAGE_PIN), 0, 0);
    CHECK_EQ(pc_cost_own_parse("copy", &model.own_costs), PC_ERR_INVALID);
    CHECK_EQ(pc_cost_own_parse("", &model.own_costs), PC_ERR_INVALID);
    CHECK_EQ(pc_cost_own_parse("spin,", &model.own_costs), PC_ERR_INVALID);
}

static void
test_memory(void)
{
    struct pc_cost_model model;
    uint64_t dram;
    uint64_t cache;
    pc_cost_model_init(&model);
    model.hit_fraction[PC_MEM_SOURCE_READ] = 0.25;
    pc_memory_copy(&model, 1000, false);
    pc_memory_copy(&model, 600, true);
    pc_memory_split(&model, PC_MEM_SOURCE_READ, &dram, &cache);
    CHECK_EQ(dram, 750);
    CHECK_EQ(cache, 850);
    pc_memory_split(&model, PC_MEM_DESTINATION_ALLOCATE, &dram, &cache);
    CHECK_EQ(dram + cache, 0);
    model.write_allocate = true;
    pc_memory_copy(&model, 100, false);
    pc_memory_split(&model, PC_MEM_DESTINATION_ALLOCATE, &dram, &cache);
    CHECK_EQ(dram, 100);
    pc_memory_split(&model, PC_MEM_DESTINATION_WRITE, &dram, &cache);
    CHECK_EQ(dram, 1700);
    pc_memory_reset(&model);
    pc_memory_split(&model, PC_MEM_DESTINATION_WRITE, &dram, &cache);
    CHECK_EQ(dram + cache, 0);
    CHECK(strcmp(pc_memory_cause_name(PC_MEM_DMA), "dma") == 0);
}

int
main(void)
{
    test_table();
    test_work();
    test_lines_of_all();
    test_own_costs();
    test_memory();
    return pc_test_done();
}
