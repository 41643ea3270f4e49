#include "pc-cost-model.h"

#include <assert.h>
#include <string.h>

static const struct pc_cost_info cost_info[PC_COST_COUNT] = {
    [PC_COST_APPLICATION] = {"Application", "cycles/byte", PC_CAT_APPLICATION, false,
                             "the application's own work for a byte that it wrote or read"},
    [PC_COST_APP_READ_WARM] = {"AppReadWarm", "cycles/byte", PC_CAT_APP_READ, false,
                               "the application reads a byte that lies in the L1 or L2 cache"},
    [PC_COST_APP_READ_LLC] = {"AppReadLlc", "cycles/byte", PC_CAT_APP_READ, false,
                              "the application reads a byte that lies in the last-level cache"},
    [PC_COST_APP_READ_COLD] = {"AppReadCold", "cycles/byte", PC_CAT_APP_READ, false,
                               "the application reads a byte that lies in DRAM"},
    [PC_COST_SYSTEM_CALL] = {"SystemCall", "cycles", PC_CAT_SYSTEM_CALL, false,
                             "enter and leave the kernel and its socket layer"},
    [PC_COST_READ_RETURN] = {"ReadReturn", "cycles", PC_CAT_SKBUFF, false,
                             "free the skbuffs that a read has emptied"},
    [PC_COST_SKBUFF] = {"Skbuff", "cycles", PC_CAT_SKBUFF, false,
                        "allocate and free one skbuff of a write"},
    [PC_COST_COPY_COLD] = {"CopyCold", "cycles/byte", PC_CAT_COPY, false,
                           "copy a byte whose source is in DRAM"},
    [PC_COST_COPY_WARM] = {"CopyWarm", "cycles/byte", PC_CAT_COPY, false,
                           "copy a byte whose source is in the core's own caches"},
    [PC_COST_COPY_LLC] = {"CopyLlc", "cycles/byte", PC_CAT_COPY, false,
                          "copy a byte whose source is in the last-level cache"},
    [PC_COST_COPY_REMOTE] = {"CopyRemote", "cycles/byte", PC_CAT_COPY, false,
                             "copy a byte whose source is in the other node's DRAM"},
    [PC_COST_CHECKSUM] = {"Checksum", "cycles/byte", PC_CAT_CHECKSUM, false,
                          "a checksum pass over a byte"},
    [PC_COST_TCP_TX_DATA] = {"TcpTxData", "cycles", PC_CAT_TCP_TX, false,
                             "protocol work of a data segment sent"},
    [PC_COST_TCP_TX_ACK] = {"TcpTxAck", "cycles", PC_CAT_TCP_TX, false,
                            "protocol work of a segment without data sent"},
    [PC_COST_TCP_RX_DATA] = {"TcpRxData", "cycles", PC_CAT_TCP_RX, false,
                             "protocol work of a data segment received"},
    [PC_COST_TCP_RX_ACK] = {"TcpRxAck", "cycles", PC_CAT_TCP_RX, false,
                            "protocol work of a segment without data received"},
    [PC_COST_DRIVER_TX] = {"DriverTx", "cycles", PC_CAT_DRIVER_TX, false,
                           "driver: one frame's descriptor and doorbell"},
    [PC_COST_DRIVER_TX_DONE] = {"DriverTxDone", "cycles", PC_CAT_DRIVER_TX, false,
                                "driver: reclaim one transmitted frame's descriptor"},
    [PC_COST_DRIVER_RX] = {"DriverRx", "cycles", PC_CAT_DRIVER_RX, false,
                           "driver: one received frame and its new buffer"},
    [PC_COST_DRIVER_MAP] = {"DriverMap", "cycles", PC_CAT_IOMMU, false,
                            "driver: map, unmap and invalidate one page of a sent frame in the "
                            "IOMMU"},
    [PC_COST_MERGE_RX] = {"MergeRx", "cycles", PC_CAT_DRIVER_RX, false,
                          "driver: see whether one received frame continues a unit (GRO)"},
    [PC_COST_INTERRUPT] = {"Interrupt", "cycles", PC_CAT_INTERRUPT, false,
                           "enter and leave an interrupt"},
    [PC_COST_POLL] = {"Poll", "cycles", PC_CAT_INTERRUPT, false,
                      "one more round of polling without an interrupt"},
    [PC_COST_CONTEXT_SWITCH] = {"ContextSwitch", "cycles", PC_CAT_CONTEXT_SWITCH, false,
                                "switch the core from one process to another"},
    [PC_COST_WAKE_UP] = {"WakeUp", "cycles", PC_CAT_WAKE_UP, false,
                         "make a sleeping process runnable"},
    [PC_COST_PAGE_PIN] = {"PagePin", "cycles", PC_CAT_PAGE_PIN, true,
                          "look up and pin one user page"},
    [PC_COST_PAGE_UNPIN] = {"PageUnpin", "cycles", PC_CAT_PAGE_PIN, true, "unpin one user page"},
    [PC_COST_IOMMU] = {"IommuMap", "cycles", PC_CAT_IOMMU, true,
                       "map, unmap and invalidate one user page in the IOMMU"},
    [PC_COST_DMA_SUBMIT] = {"DmaSubmit", "cycles", PC_CAT_DMA_SUBMIT, true,
                            "set up and start the DMA of one piece, its doorbell included"},
    [PC_COST_DMA_GATHER] = {"DmaGather", "cycles", PC_CAT_DMA_SUBMIT, true,
                            "extra descriptor of a frame whose payload is on the card"},
    [PC_COST_DMA_COMPLETE] = {"DmaComplete", "cycles", PC_CAT_DMA_COMPLETE, true,
                              "take note of the completion of a call's DMA"},
    [PC_COST_HEADER_FETCH] = {"HeaderFetchWork", "cycles", PC_CAT_HEADER_FETCH, true,
                              "driver: the header fetch of one frame, and each second fetch"},
    [PC_COST_RAM_RELEASE] = {"RamRelease", "cycles", PC_CAT_RAM_RELEASE, true,
                             "one command that gives card RAM back"},
    [PC_COST_LINEARISE] = {"Linearise", "cycles", PC_CAT_LINEARISE, true,
                           "bring the payload of one packet back to the host"},
    [PC_COST_EVICT] = {"Evict", "cycles", PC_CAT_EVICT, true,
                       "evict one block from card RAM to the host"},
};

static const char *const cause_name[PC_MEM_CAUSE_COUNT] = {
    [PC_MEM_SOURCE_READ] = "source_read",
    [PC_MEM_DESTINATION_ALLOCATE] = "destination_allocate",
    [PC_MEM_DESTINATION_WRITE] = "destination_write",
    [PC_MEM_DMA] = "dma",
    [PC_MEM_CHECKSUM_READ] = "checksum_read",
    [PC_MEM_APPLICATION_READ] = "application_read",
};

/* The categories that --ownCosts names: the own lines', spin, and the parts of a
 * wait for a DMA. Linearise and evict are own lines too, but mend what the scheme broke: they are
 * never switched off. */
static const enum pc_category own_category[] = {
    PC_CAT_PAGE_PIN,
    PC_CAT_IOMMU,
    PC_CAT_DMA_SUBMIT,
    PC_CAT_DMA_COMPLETE,
    PC_CAT_SPIN,
    PC_CAT_HEADER_FETCH,
    PC_CAT_RAM_RELEASE,
    PC_CAT_INTERRUPT,
    PC_CAT_WAKE_UP,
    PC_CAT_CONTEXT_SWITCH,
};

#define OWN_CATEGORIES (sizeof(own_category) / sizeof(own_category[0]))

const struct pc_cost_info *
pc_cost_describe(enum pc_cost_line line)
{
    return (unsigned)line < PC_COST_COUNT ? &cost_info[line] : NULL;
}

const char *
pc_memory_cause_name(enum pc_memory_cause cause)
{
    return (unsigned)cause < PC_MEM_CAUSE_COUNT ? cause_name[cause] : "?";
}

void
pc_cost_model_init(struct pc_cost_model *model)
{
    memset(model, 0, sizeof(*model));
    model->own_costs = PC_OWN_ALL;
}

/* The bit of the own category that \p word of \p length names; 0 if it names none. */
static uint32_t
own_bit(const char *word, size_t length)
{
    for (size_t i = 0; i < OWN_CATEGORIES; i++)
    {
        const char *name = pc_category_name(own_category[i]);
        if (strlen(name) == length && strncmp(name, word, length) == 0)
        {
            return UINT32_C(1) << own_category[i];
        }
    }
    return 0;
}

/* Every bit but those of the own categories: what "none" and a list leave switched on. */
static uint32_t
not_switchable(void)
{
    uint32_t mask = PC_OWN_ALL;
    for (size_t i = 0; i < OWN_CATEGORIES; i++)
    {
        mask &= ~(UINT32_C(1) << own_category[i]);
    }
    return mask;
}

int
pc_cost_own_parse(const char *list, uint32_t *mask)
{
    if (strcmp(list, "all") == 0)
    {
        *mask = PC_OWN_ALL;
        return PC_OK;
    }
    uint32_t parsed = not_switchable();
    for (const char *word = list; strcmp(list, "none") != 0;)
    {
        size_t length = strcspn(word, ",");
        uint32_t bit = own_bit(word, length);
        if (bit == 0)
        {
            return PC_ERR_INVALID;
        }
        parsed |= bit;
        if (word[length] == '\0')
        {
            break;
        }
        word += length + 1;
    }
    *mask = parsed;
    return PC_OK;
}

int
pc_work_add_cycles(struct pc_work *work, enum pc_category category, double cycles)
{
    if (cycles == 0)
    {
        return PC_OK;
    }
    for (unsigned i = 0; i < work->count; i++)
    {
        if (work->part[i].category == category)
        {
            work->part[i].cycles += cycles;
            return PC_OK;
        }
    }
    if (work->count == PC_CPU_PARTS)
    {
        return PC_ERR_RANGE;
    }
    work->part[work->count].category = category;
    work->part[work->count].cycles = cycles;
    work->count++;
    return PC_OK;
}

double
pc_cost_own_cycles(const struct pc_cost_model *model, enum pc_cost_line line)
{
    bool on = (model->own_costs >> cost_info[line].category) & 1;
    return on ? model->cycles[line] : 0;
}

int
pc_work_add(struct pc_work *work,
            const struct pc_cost_model *model,
            enum pc_cost_line line,
            double times)
{
    assert((unsigned)line < PC_COST_COUNT && times >= 0);
    double each = cost_info[line].own ? pc_cost_own_cycles(model, line) : model->cycles[line];
    return pc_work_add_cycles(work, cost_info[line].category, each * times);
}

int
pc_work_add_own(struct pc_work *work,
                const struct pc_cost_model *model,
                enum pc_cost_line line,
                double times)
{
    assert((unsigned)line < PC_COST_COUNT && times >= 0);
    double cycles = pc_cost_own_cycles(model, line) * times;
    return pc_work_add_cycles(work, cost_info[line].category, cycles);
}

double
pc_work_cycles(const struct pc_work *work)
{
    double cycles = 0;
    for (unsigned i = 0; i < work->count; i++)
    {
        cycles += work->part[i].cycles;
    }
    return cycles;
}

void
pc_memory_touch(struct pc_cost_model *model,
                enum pc_memory_cause cause,
                uint64_t bytes,
                bool warm)
{
    model->memory_bytes[cause] += bytes;
    model->memory_warm_bytes[cause] += warm ? bytes : 0;
}

void
pc_memory_copy(struct pc_cost_model *model, uint64_t bytes, bool source_warm)
{
    pc_memory_touch(model, PC_MEM_SOURCE_READ, bytes, source_warm);
    if (model->write_allocate)
    {
        pc_memory_touch(model, PC_MEM_DESTINATION_ALLOCATE, bytes, false);
    }
    pc_memory_touch(model, PC_MEM_DESTINATION_WRITE, bytes, false);
}

void
pc_memory_split(const struct pc_cost_model *model,
                enum pc_memory_cause cause,
                uint64_t *dram,
                uint64_t *cache)
{
    uint64_t all = model->memory_bytes[cause];
    uint64_t warm = model->memory_warm_bytes[cause];
    double hits = model->hit_fraction[cause] * (double)(all - warm);
    *cache = warm + (uint64_t)(hits + 0.5);
    *dram = all - *cache;
}

void
pc_memory_reset(struct pc_cost_model *model)
{
    memset(model->memory_bytes, 0, sizeof(model->memory_bytes));
    memset(model->memory_warm_bytes, 0, sizeof(model->memory_warm_bytes));
}
