#include "pc-io-bus.h"

#include <math.h>
#include <stddef.h>

/* Bytes that a packet adds to its payload, 64-bit addresses, no ECRC: framing and sequence number
 * 2 + 2 + 4 of LCRC, and the header: 16 for a request, 12 for a completion (PCI Express Base
 * Specification 3.0, sections 2.2 and 3.6; SIGCOMM 2018, section 3). */
#define WRITE_OVERHEAD 24.0
#define REQUEST_OVERHEAD 24.0
#define COMPLETION_OVERHEAD 20.0

#define PAGE_BYTES 4096u

/* AckLimit, which is also FcGuide: how many bytes' time may pass before an acknowledgement or a
 * credit update is due, by lanes, generation and MPS (PCI Express Base Specification 5.0, tables
 * 2-46 to 2-48 and 3-7 to 3-9). Generations 3 to 5 are alike. */
static const uint16_t ack_limit[5][3][6] = {
    {{237, 416, 559, 1071, 2095, 4143},
     {288, 467, 610, 1122, 2146, 4194},
     {333, 512, 655, 1167, 2191, 4239}},
    {{128, 217, 289, 545, 1057, 2081},
     {179, 268, 340, 596, 1108, 2132},
     {224, 313, 385, 641, 1153, 2177}},
    {{73, 118, 154, 282, 538, 1050},
     {124, 169, 205, 333, 589, 1101},
     {169, 214, 250, 378, 634, 1146}},
    {{67, 107, 86, 150, 278, 534}, {118, 158, 137, 201, 329, 585}, {163, 203, 182, 246, 374, 630}},
    {{48, 72, 86, 150, 278, 534}, {99, 123, 137, 201, 329, 585}, {144, 168, 182, 246, 374, 630}},
};

/* The place of a power of 2 among others: log2(value / first), or -1. */
static int
power_index(uint32_t value, uint32_t first, uint32_t last)
{
    int index = 0;
    for (uint32_t power = first; power <= last; power *= 2, index++)
    {
        if (power == value)
        {
            return index;
        }
    }
    return -1;
}

/* Physical rate of the link, Gb/s: lanes, transfers, and 8b/10b or 128b/130b encoding. */
static double
physical_gbps(const struct pc_bus_config *config)
{
    static const double giga_transfers[] = {2.5, 5, 8, 16, 32};
    double encoding = config->gen <= 2 ? 8.0 / 10.0 : 128.0 / 130.0;
    return config->lanes * giga_transfers[config->gen - 1] * encoding;
}

/* What is left for transaction-layer packets: less one acknowledgement and one credit update (8
 * bytes each) every AckLimit bytes, and a SKP ordered set (4) every 1538 symbols. */
static double
transaction_gbps(const struct pc_bus_config *config)
{
    int lanes = power_index(config->lanes, 1, 16);
    int mps = power_index(config->mps, 128, 4096);
    int gen = config->gen < 3 ? (int)config->gen - 1 : 2;
    double limit = ack_limit[lanes][gen][mps];
    return physical_gbps(config) * (1 - 8 / limit - 8 / limit - 4.0 / 1538);
}

static bool
is_pci(const struct pc_bus_config *config)
{
    return config->kind == PC_BUS_PCI || config->kind == PC_BUS_PCIX;
}

static const char *
pci_error(const struct pc_bus_config *config)
{
    if (config->width_bits != 32 && config->width_bits != 64)
    {
        return "the width of PCI is 32 or 64 bits";
    }
    if (config->clock_period_ps != 30000 && config->clock_period_ps != 15000 &&
        config->clock_period_ps != 7500)
    {
        return "the clock of PCI is 33, 66 or 133 MHz (periods of 30, 15 or 7.5 ns)";
    }
    return NULL;
}

static const char *
pcie_error(const struct pc_bus_config *config)
{
    if (config->gen < 1 || config->gen > 5)
    {
        return "the generation of PCIe is 1 to 5";
    }
    if (power_index(config->lanes, 1, 16) < 0)
    {
        return "the lanes of PCIe are 1, 2, 4, 8 or 16";
    }
    if (power_index(config->mps, 128, 4096) < 0)
    {
        return "the MPS of PCIe is 128, 256, 512, 1024, 2048 or 4096 bytes";
    }
    if (power_index(config->mrrs, 128, 4096) < 0)
    {
        return "the MRRS of PCIe is 128, 256, 512, 1024, 2048 or 4096 bytes";
    }
    return NULL;
}

static const char *
limits_error(const struct pc_bus_config *config)
{
    if (!(config->read_op_rate >= 0) || !(config->write_op_rate >= 0))
    {
        return "a rate of DMA operations is at least 0 (0: no limit)";
    }
    if (config->latency_base_ps < 0 || config->walk_ps < 0)
    {
        return "a latency and a page-table walk are at least 0";
    }
    if (!(config->latency_ps_per_byte >= 0) || !isfinite(config->latency_ps_per_byte))
    {
        return "a latency a byte is finite and at least 0";
    }
    return NULL;
}

int
pc_bus_config_check(const struct pc_bus_config *config, const char **what)
{
    const char *error = NULL;
    if (is_pci(config))
    {
        error = pci_error(config);
    }
    else if (config->kind == PC_BUS_PCIE)
    {
        error = pcie_error(config);
    }
    else if (config->kind != PC_BUS_FREE)
    {
        error = "the kind of bus is free, PCI, PCI-X or PCIe";
    }
    if (error == NULL)
    {
        error = limits_error(config);
    }
    if (error != NULL)
    {
        *what = error;
        return PC_ERR_INVALID;
    }
    return PC_OK;
}

/* The share of random page accesses that find no translation. */
static double
iotlb_misses(const struct pc_bus_config *config)
{
    double reach = (double)config->iotlb_entries * PAGE_BYTES;
    if (!config->iommu || (double)config->window_bytes <= reach)
    {
        return 0;
    }
    return 1 - reach / (double)config->window_bytes;
}

int
pc_bus_prepare(struct pc_bus *bus, const struct pc_bus_config *config)
{
    const char *what;
    int error = pc_bus_config_check(config, &what);
    if (error != PC_OK)
    {
        return error;
    }
    bus->config = *config;
    bus->ps_per_byte = config->kind == PC_BUS_PCIE ? 8000 / transaction_gbps(config) : 0;
    bus->miss_fraction = iotlb_misses(config);
    return PC_OK;
}

static double
ceil_div(uint64_t a, uint64_t b)
{
    return (double)((a + b - 1) / b);
}

/* PCI: the time of one transfer, cut into bursts. */
static double
pci_ps(const struct pc_bus_config *config, enum pc_bus_direction direction, uint64_t bytes)
{
    uint64_t width = config->width_bits / 8;
    uint64_t burst = config->burst_bytes == 0 ? bytes : config->burst_bytes;
    uint32_t overhead = direction == PC_TO_CARD ? config->overhead_to_card_clocks
                                                : config->overhead_to_host_clocks;
    /* A burst whose bytes do not fill its last clock takes that clock all the same. */
    uint64_t last = bytes % burst;
    double clocks = (double)(bytes / burst) * (ceil_div(burst, width) + overhead);
    clocks += last != 0 ? ceil_div(last, width) + overhead : 0;
    return clocks * (double)config->clock_period_ps;
}

/* Bytes on both directions of a PCIe link. */
static void
pcie_bytes(const struct pc_bus_config *config,
           enum pc_bus_direction direction,
           uint64_t bytes,
           double *up,
           double *down)
{
    if (direction == PC_TO_HOST)
    {
        *up = ceil_div(bytes, config->mps) * WRITE_OVERHEAD + (double)bytes;
        *down = 0;
        return;
    }
    *up = ceil_div(bytes, config->mrrs) * REQUEST_OVERHEAD;
    *down = ceil_div(bytes, config->mps) * COMPLETION_OVERHEAD + (double)bytes;
}

static double
latency_ps(const struct pc_bus_config *config, uint64_t bytes)
{
    return (double)config->latency_base_ps + config->latency_ps_per_byte * (double)bytes;
}

/* Read requests that a transfer needs: one a piece of MRRS, one a burst. */
static double
requests(const struct pc_bus_config *config, uint64_t bytes)
{
    if (config->kind == PC_BUS_PCIE)
    {
        return ceil_div(bytes, config->mrrs);
    }
    return config->burst_bytes == 0 ? 1 : ceil_div(bytes, config->burst_bytes);
}

/* How long a transfer occupies the card's engine whatever the link's rate: operation rate,
 * outstanding reads (rate <= 8 N S / (requests * latency)), and walks for the pages it touches,
 * which go on beside the data of other transfers. */
static double
engine_ps(const struct pc_bus *bus, enum pc_bus_direction direction, uint64_t bytes)
{
    const struct pc_bus_config *config = &bus->config;
    double op_rate = direction == PC_TO_CARD ? config->read_op_rate : config->write_op_rate;
    double least = op_rate > 0 ? (double)PC_PS_PER_S / op_rate : 0;
    if (direction == PC_TO_CARD && config->outstanding_reads > 0)
    {
        double in_turn = requests(config, bytes) * latency_ps(config, bytes);
        least = fmax(least, in_turn / config->outstanding_reads);
    }
    double walks = ceil_div(bytes, PAGE_BYTES) * bus->miss_fraction;
    return fmax(least, walks * (double)config->walk_ps);
}

static pc_time
to_ps(double ps)
{
    return (pc_time)(ps + 0.5); /* never negative */
}

void
pc_bus_cost_add(const struct pc_bus *bus,
                enum pc_bus_direction direction,
                uint64_t bytes,
                struct pc_bus_cost *cost)
{
    if (bytes == 0)
    {
        return; /* nothing is asked of the bus; a burst of 0 bytes has no length to divide by */
    }
    double up = direction == PC_TO_HOST ? (double)bytes : 0;
    double down = direction == PC_TO_CARD ? (double)bytes : 0;
    if (bus->config.kind == PC_BUS_PCIE)
    {
        pcie_bytes(&bus->config, direction, bytes, &up, &down);
        cost->up_ps += to_ps(up * bus->ps_per_byte);
        cost->down_ps += to_ps(down * bus->ps_per_byte);
    }
    else if (bus->config.kind != PC_BUS_FREE)
    {
        cost->up_ps += to_ps(pci_ps(&bus->config, direction, bytes));
    }
    cost->min_ps += to_ps(engine_ps(bus, direction, bytes));
    if (direction == PC_TO_CARD)
    {
        pc_time latency = to_ps(latency_ps(&bus->config, bytes));
        cost->latency_ps = latency > cost->latency_ps ? latency : cost->latency_ps;
    }
    cost->bytes_to_host += (uint64_t)up;
    cost->bytes_to_card += (uint64_t)down;
    cost->operations++;
}

void
pc_bus_pio_write_add(const struct pc_bus *bus, uint64_t bytes, struct pc_bus_cost *cost)
{
    if (bytes == 0)
    {
        return;
    }
    uint64_t on_bus = bytes;
    if (bus->config.kind == PC_BUS_PCIE)
    {
        on_bus += (uint64_t)WRITE_OVERHEAD;
        cost->down_ps += to_ps((double)on_bus * bus->ps_per_byte);
    }
    else if (bus->config.kind != PC_BUS_FREE)
    {
        cost->up_ps += to_ps(pci_ps(&bus->config, PC_TO_HOST, bytes));
    }
    cost->bytes_to_card += on_bus;
}

double
pc_bus_physical_gbps(const struct pc_bus *bus)
{
    bool pcie = bus->config.kind == PC_BUS_PCIE;
    return pcie ? physical_gbps(&bus->config) : pc_bus_raw_gbps(bus);
}

double
pc_bus_raw_gbps(const struct pc_bus *bus)
{
    if (bus->config.kind == PC_BUS_PCIE)
    {
        return transaction_gbps(&bus->config);
    }
    if (is_pci(&bus->config))
    {
        return bus->config.width_bits * 1000.0 / (double)bus->config.clock_period_ps;
    }
    return 0;
}

/* Time of one transfer among many alike, ps, on the link alone. */
static double
link_ps(const struct pc_bus *bus, enum pc_bus_direction direction, uint64_t size)
{
    if (bus->config.kind == PC_BUS_PCIE)
    {
        double up;
        double down;
        pcie_bytes(&bus->config, direction, size, &up, &down);
        return fmax(up, down) * bus->ps_per_byte;
    }
    return is_pci(&bus->config) ? pci_ps(&bus->config, direction, size) : 0;
}

/* Gb/s of payload when \p size bytes take \p ps. */
static double
gbps(uint64_t size, double ps)
{
    return (double)size * 8000 / ps;
}

double
pc_bus_write_gbps(const struct pc_bus *bus, uint64_t size)
{
    return gbps(size, fmax(link_ps(bus, PC_TO_HOST, size), engine_ps(bus, PC_TO_HOST, size)));
}

double
pc_bus_read_gbps(const struct pc_bus *bus, uint64_t size)
{
    return gbps(size, fmax(link_ps(bus, PC_TO_CARD, size), engine_ps(bus, PC_TO_CARD, size)));
}

double
pc_bus_readwrite_gbps(const struct pc_bus *bus, uint64_t size)
{
    double engines = fmax(engine_ps(bus, PC_TO_CARD, size), engine_ps(bus, PC_TO_HOST, size));
    double link;
    if (bus->config.kind == PC_BUS_PCIE)
    {
        double write_up;
        double read_up;
        double down;
        double none;
        pcie_bytes(&bus->config, PC_TO_HOST, size, &write_up, &none);
        pcie_bytes(&bus->config, PC_TO_CARD, size, &read_up, &down);
        link = fmax(write_up + read_up, down) * bus->ps_per_byte;
    }
    else
    {
        link = link_ps(bus, PC_TO_HOST, size) + link_ps(bus, PC_TO_CARD, size);
    }
    return gbps(size, fmax(link, engines));
}
