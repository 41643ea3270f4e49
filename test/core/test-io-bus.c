/* The bus against published figures and against its formulas, added up here once more. */

#include "pc-io-bus.h"

#include "pc-test.h"

static struct pc_bus
pcie(uint32_t gen, uint32_t lanes)
{
    struct pc_bus_config config = {.kind = PC_BUS_PCIE, .gen = gen, .lanes = lanes, .mps = 256,
                                   .mrrs = 512};
    struct pc_bus bus;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    return bus;
}

static struct pc_bus
pci(uint32_t width, pc_time period_ps, uint32_t burst, uint32_t to_card, uint32_t to_host)
{
    struct pc_bus_config config = {.kind = PC_BUS_PCI, .width_bits = width,
                                   .clock_period_ps = period_ps, .burst_bytes = burst,
                                   .overhead_to_card_clocks = to_card,
                                   .overhead_to_host_clocks = to_host};
    struct pc_bus bus;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    return bus;
}

/* Neugebauer et al., SIGCOMM 2018: the authors' public model, gen 3, MPS 256, MRRS 512. */
static void
test_pcie_figures(void)
{
    static const struct
    {
        uint64_t size;
        double write;
        double read;
    } rows[] = {
        {64, 42.0980, 44.1027}, {256, 52.9232, 53.6902}, {257, 48.7750, 50.0888},
        {1500, 52.8146, 53.5970},
    };
    struct pc_bus bus = pcie(3, 8);
    CHECK_NEAR(pc_bus_raw_gbps(&bus), 57.8848, 5e-5);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        CHECK_NEAR(pc_bus_write_gbps(&bus, rows[i].size), rows[i].write, 5e-5);
        CHECK_NEAR(pc_bus_read_gbps(&bus, rows[i].size), rows[i].read, 5e-5);
    }
    struct pc_bus wide = pcie(3, 16);
    CHECK_NEAR(pc_bus_raw_gbps(&wide), 113.7001, 5e-5);
}

/* Corners of the AckLimit table, its values typed in from the specification's once more: physical
 * rate * (1 - 2 * 8 / AckLimit - 4 / 1538). */
static void
test_pcie_rates(void)
{
    static const struct
    {
        uint32_t gen;
        uint32_t lanes;
        uint32_t mps;
        double physical;
        double limit;
    } rows[] = {
        {1, 1, 128, 2.5 * 8 / 10, 237},          {1, 16, 4096, 16 * 2.5 * 8 / 10, 534},
        {2, 2, 512, 2 * 5.0 * 8 / 10, 340},      {3, 1, 4096, 8 * 128.0 / 130, 4239},
        {4, 4, 1024, 4 * 16 * 128.0 / 130, 378}, {5, 16, 128, 16 * 32 * 128.0 / 130, 144},
        {2, 8, 256, 8 * 5.0 * 8 / 10, 158},      {5, 8, 2048, 8 * 32 * 128.0 / 130, 374},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        struct pc_bus_config config = pcie(rows[i].gen, rows[i].lanes).config;
        struct pc_bus bus;
        config.mps = rows[i].mps;
        CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
        double expected = rows[i].physical * (1 - 16 / rows[i].limit - 4.0 / 1538);
        CHECK_NEAR(pc_bus_physical_gbps(&bus), rows[i].physical, 1e-9);
        CHECK_NEAR(pc_bus_raw_gbps(&bus), expected, 1e-9);
    }
}

/* Both ways at once: up = write + requests, down = completions. */
static void
test_pcie_both_ways(void)
{
    struct pc_bus bus = pcie(3, 8);
    double up = 24 + 256 + 24;
    CHECK_NEAR(pc_bus_readwrite_gbps(&bus, 256), 256 * 57.8848 / up, 1e-3);
}

/* Myrinet/GM on 64-bit, 66 MHz PCI: 147 MB/s in 256-byte bursts and 227 in 512-byte ones from host
 * memory, 315 to it in 512-byte ones (measured). */
static void
test_pci_figures(void)
{
    struct pc_bus small = pci(64, 15000, 256, 85, 44);
    struct pc_bus large = pci(64, 15000, 512, 85, 44);
    CHECK_NEAR(pc_bus_read_gbps(&small, 65536) * 125, 147, 1.47);
    CHECK_NEAR(pc_bus_read_gbps(&large, 65536) * 125, 227, 2.27);
    CHECK_NEAR(pc_bus_write_gbps(&large, 65536) * 125, 315, 3.15);
}

/* PCI-X 133, ServerWorks GC, 4 KB bursts: 856 MB/s toward the card, 1044 toward the host
 * (measured); and the ceilings of 32/33, 64/33 and 64/66. */
static void
test_pcix_figures(void)
{
    struct pc_bus bus = pci(64, 7500, 4096, 126, 11);
    CHECK_NEAR(pc_bus_read_gbps(&bus, 4096) * 125, 856, 0.5);
    CHECK_NEAR(pc_bus_write_gbps(&bus, 4096) * 125, 1044, 0.5);
    struct pc_bus slow = pci(32, 30000, 0, 0, 0);
    struct pc_bus wide = pci(64, 30000, 0, 0, 0);
    struct pc_bus fast = pci(64, 15000, 0, 0, 0);
    CHECK_NEAR(pc_bus_write_gbps(&slow, 4096) * 125, 133, 0.5);
    CHECK_NEAR(pc_bus_write_gbps(&wide, 4096) * 125, 267, 0.5);
    CHECK_NEAR(pc_bus_write_gbps(&fast, 4096) * 125, 533, 0.5);
    CHECK_NEAR(pc_bus_physical_gbps(&fast), pc_bus_raw_gbps(&fast), 0);
}

/* BW(n) = n / ((n/w + H) t), the last burst shorter, half-duplex both ways. */
static void
test_pci_law(void)
{
    struct pc_bus bus = pci(64, 15000, 512, 85, 44);
    double two_bursts_ps = ((512 / 8 + 85) + (88 / 8 + 85)) * 15000.0;
    CHECK_NEAR(pc_bus_read_gbps(&bus, 600), 600 * 8000 / two_bursts_ps, 1e-9);
    double r = pc_bus_read_gbps(&bus, 4096);
    double w = pc_bus_write_gbps(&bus, 4096);
    CHECK_NEAR(pc_bus_readwrite_gbps(&bus, 4096), 1 / (1 / r + 1 / w), 1e-9);
    struct pc_bus slow = pci(32, 30000, 0, 0, 0);
    CHECK_NEAR(pc_bus_raw_gbps(&slow) * 125, 133.33, 0.01);
}

/* NFP6000: 47.4 million writes a second leave 24.3 Gb/s at 64 bytes (measured). */
static void
test_operation_rate(void)
{
    struct pc_bus bus = pcie(3, 8);
    bus.config.write_op_rate = 47.4e6;
    CHECK_NEAR(pc_bus_write_gbps(&bus, 64), 24.3, 0.05);
    CHECK_NEAR(pc_bus_write_gbps(&bus, 1500), 52.8146, 5e-5);
}

/* rate <= 8 N S / (ceil(S/MRRS) latency) */
static void
test_outstanding_reads(void)
{
    struct pc_bus bus = pcie(3, 8);
    bus.config.outstanding_reads = 4;
    bus.config.latency_base_ps = 550000;
    bus.config.latency_ps_per_byte = 290;
    double latency_ns = 550 + 0.29 * 1500;
    CHECK_NEAR(pc_bus_read_gbps(&bus, 1500), 8 * 4 * 1500 / (3 * latency_ns), 1e-9);
    /* on PCI a request is a burst, or the whole transfer where bursts have no limit */
    static const struct
    {
        uint32_t burst;
        double requests;
    } rows[] = {{256, 6}, {0, 1}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        struct pc_bus slow = pci(32, 30000, rows[i].burst, 0, 0);
        slow.config.outstanding_reads = 1;
        slow.config.latency_base_ps = 50000000; /* so long that nothing else counts */
        CHECK_NEAR(pc_bus_read_gbps(&slow, 1500), 8 * 1500 / (rows[i].requests * 50000), 1e-9);
    }
}

/* 64-byte reads behind a full IOTLB: 9.84 Gb/s, 52 ns a walk; 512-byte ones are within 1 %. */
static void
test_iommu(void)
{
    struct pc_bus_config config = pcie(3, 8).config;
    config.iommu = true;
    config.iotlb_entries = 64;
    config.walk_ps = 52000;
    config.window_bytes = UINT64_C(1) << 34;
    struct pc_bus bus;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    CHECK_NEAR(pc_bus_read_gbps(&bus, 64), 9.84, 0.01);
    /* 1 / (1 - 64 * 4096 / 2^34) walks' time */
    CHECK_NEAR(pc_bus_read_gbps(&bus, 64), 512 / 52.0 / (1 - 1.0 / 65536), 1e-9);
    struct pc_bus without = pcie(3, 8);
    CHECK_NEAR(pc_bus_read_gbps(&bus, 512), pc_bus_read_gbps(&without, 512), 0.54);
    config.window_bytes = 64 * 4096;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    CHECK_NEAR(pc_bus_read_gbps(&bus, 64), 44.1027, 5e-5);
}

/* Random DMA reads, cache warm, IOMMU on with 4 KB pages, over a growing window: pcie-bench's
 * public data, host hsw-Xeon-E5-2637v3_supermicro-iommu-nosp, gen 3 x8, an NFP6000 that does 58.5
 * million reads a second (29.96 Gb/s of 64 B, IOMMU off). Misses are taken to be 1 - held / window,
 * and walks to come one after the other: within 15 % where the window is a few times the IOTLB's
 * reach, 5 % beyond. Reads of 256 B are 15 % slower than that says: a walk does not go on wholly
 * beside data. */
static void
test_iommu_windows(void)
{
    static const struct
    {
        uint64_t window, size;
        double gbps, within;
    } rows[] = {
        {256 << 10, 64, 29.968, 0.02}, {512 << 10, 64, 22.151, 0.15}, {1 << 20, 64, 15.194, 0.15},
        {2 << 20, 64, 12.164, 0.10},   {4 << 20, 64, 10.936, 0.05},   {8 << 20, 64, 10.431, 0.05},
        {16 << 20, 64, 10.115, 0.05},  {64 << 20, 64, 9.841, 0.05},
        {4 << 20, 128, 21.582, 0.05},  {64 << 20, 128, 19.223, 0.05},
        {64 << 20, 256, 33.532, 0.18}, {64 << 20, 512, 54.551, 0.02},
        {256 << 10, 512, 55.098, 0.03},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        struct pc_bus_config config = pcie(3, 8).config;
        config.read_op_rate = 58.5e6;
        config.iommu = true;
        config.iotlb_entries = 64;
        config.walk_ps = 52000;
        config.window_bytes = rows[i].window;
        struct pc_bus bus;
        CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
        double modelled = pc_bus_read_gbps(&bus, rows[i].size);
        CHECK_NEAR(modelled, rows[i].gbps, rows[i].within * rows[i].gbps);
    }
}

/* The transactions of single transfers add up to the rates' bytes, and times to them. */
static void
test_costs(void)
{
    struct pc_bus bus = pcie(3, 8);
    struct pc_bus_cost cost = {0};
    pc_bus_cost_add(&bus, PC_TO_HOST, 257, &cost);
    CHECK_EQ(cost.bytes_to_host, 257 + 2 * 24);
    CHECK_EQ(cost.bytes_to_card, 0);
    CHECK_NEAR(cost.up_ps, (257 + 48) * 8000 / 57.8848, 1);
    pc_bus_cost_add(&bus, PC_TO_CARD, 600, &cost);
    CHECK_EQ(cost.bytes_to_host, 257 + 2 * 24 + 2 * 24);
    CHECK_EQ(cost.bytes_to_card, 600 + 3 * 20);
    CHECK_EQ(cost.operations, 2);
    pc_bus_pio_write_add(&bus, 4, &cost);
    CHECK_EQ(cost.bytes_to_card, 600 + 3 * 20 + 4 + 24);
}

/* 600 bytes on PCI in bursts of 512: (64 + 85) + (11 + 85) clocks of 15 ns, all on one bus. */
static void
test_pci_costs(void)
{
    struct pc_bus bus = pci(64, 15000, 512, 85, 44);
    struct pc_bus_cost cost = {0};
    pc_bus_cost_add(&bus, PC_TO_CARD, 600, &cost);
    CHECK_EQ(cost.up_ps, (64 + 85 + 11 + 85) * 15000);
    CHECK_EQ(cost.down_ps, 0);
    CHECK_EQ(cost.bytes_to_card, 600);
    pc_bus_pio_write_add(&bus, 4, &cost);
    CHECK_EQ(cost.up_ps, (64 + 85 + 11 + 85 + 1 + 44) * 15000);
    CHECK_EQ(cost.bytes_to_card, 604);
    CHECK_EQ(cost.operations, 1);
}

/* Occupancy adds up over pieces, latency does not; writes are posted. */
static void
test_pieces(void)
{
    struct pc_bus_config config = pcie(3, 8).config;
    struct pc_bus bus;
    struct pc_bus_cost cost = {0};
    config.read_op_rate = 1e6;
    config.latency_base_ps = 550000;
    config.latency_ps_per_byte = 290;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    pc_bus_cost_add(&bus, PC_TO_CARD, 4096, &cost);
    pc_bus_cost_add(&bus, PC_TO_CARD, 64, &cost);
    CHECK_EQ(cost.min_ps, 2000000);
    CHECK_EQ(cost.latency_ps, 550000 + 290 * 4096);
    cost = (struct pc_bus_cost){0};
    pc_bus_cost_add(&bus, PC_TO_HOST, 4096, &cost);
    CHECK_EQ(cost.latency_ps + cost.min_ps, 0);
}

/* Nothing costs nothing, on every kind of bus. */
static void
test_no_bytes(void)
{
    struct pc_bus buses[] = {pcie(3, 8), pci(32, 30000, 0, 8, 8), pci(64, 7500, 512, 8, 8)};
    buses[0].config.latency_base_ps = 1000;
    buses[0].config.read_op_rate = 1e6;
    for (unsigned i = 0; i < sizeof(buses) / sizeof(buses[0]); i++)
    {
        struct pc_bus_cost cost = {0};
        pc_bus_cost_add(&buses[i], PC_TO_CARD, 0, &cost);
        pc_bus_cost_add(&buses[i], PC_TO_HOST, 0, &cost);
        pc_bus_pio_write_add(&buses[i], 0, &cost);
        CHECK_EQ(cost.up_ps + cost.down_ps + cost.min_ps + cost.latency_ps, 0);
        CHECK_EQ(cost.bytes_to_card + cost.bytes_to_host + cost.operations, 0);
    }
}

static void
test_free_bus(void)
{
    struct pc_bus_config config = {.kind = PC_BUS_FREE};
    struct pc_bus bus;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    struct pc_bus_cost cost = {0};
    pc_bus_cost_add(&bus, PC_TO_CARD, 1000, &cost);
    CHECK_EQ(cost.up_ps + cost.down_ps + cost.min_ps + cost.latency_ps, 0);
    CHECK_EQ(cost.bytes_to_card, 1000);
    CHECK_NEAR(pc_bus_raw_gbps(&bus), 0, 0); /* it has no link to speak of */
}

static void
test_bad_configurations(void)
{
    const char *what = NULL;
    struct pc_bus_config good = pcie(3, 8).config;
    struct pc_bus_config bad = good;
    bad.lanes = 3;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    CHECK(what != NULL);
    bad = good;
    bad.mps = 300;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.gen = 6;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.read_op_rate = -1;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.write_op_rate = NAN;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.latency_ps_per_byte = INFINITY;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.walk_ps = -1;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.gen = 0;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.mrrs = 8192;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.latency_base_ps = -1;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = good;
    bad.latency_ps_per_byte = -1;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad = (struct pc_bus_config){.kind = PC_BUS_PCI, .width_bits = 16, .clock_period_ps = 30000};
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad.width_bits = 32;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_OK);
    bad.clock_period_ps = 10000;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    bad.kind = (enum pc_bus_kind)7;
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
    struct pc_bus bus;
    CHECK_EQ(pc_bus_prepare(&bus, &bad), PC_ERR_INVALID);
}

int
main(void)
{
    test_pcie_figures();
    test_pcie_rates();
    test_pcie_both_ways();
    test_pci_figures();
    test_pcix_figures();
    test_pci_law();
    test_operation_rate();
    test_outstanding_reads();
    test_iommu();
    test_iommu_windows();
    test_costs();
    test_pci_costs();
    test_pieces();
    test_no_bytes();
    test_free_bus();
    test_bad_configurations();
    return pc_test_done();
}
