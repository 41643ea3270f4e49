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
    struct pc_bus without = pcie(3, 8);
    CHECK_NEAR(pc_bus_read_gbps(&bus, 512), pc_bus_read_gbps(&without, 512), 0.54);
    config.window_bytes = 64 * 4096;
    CHECK_EQ(pc_bus_prepare(&bus, &config), PC_OK);
    CHECK_NEAR(pc_bus_read_gbps(&bus, 64), 44.1027, 5e-5);
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
    bad = (struct pc_bus_config){.kind = PC_BUS_PCI, .width_bits = 16, .clock_period_ps = 30000};
    CHECK_EQ(pc_bus_config_check(&bad, &what), PC_ERR_INVALID);
}

int
main(void)
{
    test_pcie_figures();
    test_pcie_both_ways();
    test_pci_figures();
    test_pci_law();
    test_operation_rate();
    test_outstanding_reads();
    test_iommu();
    test_costs();
    test_free_bus();
    test_bad_configurations();
    return pc_test_done();
}
