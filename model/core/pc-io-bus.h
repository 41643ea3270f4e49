/**
 * \file
 * What a transfer costs on PCI, PCI-X and PCIe: closed forms, without time or state.
 *
 * PCI and PCI-X: a transfer is cut into bursts of at most the machine's maximum, and a burst of n
 * bytes takes n/w + H clocks, w the bus width in bytes and H the overhead of a burst (arbitration,
 * address, turnaround, first-data latency). The bus is half-duplex.
 *
 * PCIe: packets on two directions (Neugebauer et al., "Understanding PCIe performance for end host
 * networking", SIGCOMM 2018, and the authors' public model). A write of S bytes puts
 * ceil(S/MPS) * 24 + S bytes on the link toward the host; a read puts ceil(S/MRRS) * 24 on it, and
 * ceil(S/MPS) * 20 + S toward the card.
 *
 * Beside the link, a card may be limited in DMA operations a second, in read requests in flight,
 * and by an IOMMU whose page-table walks come one after the other.
 */
#ifndef PC_IO_BUS_H
#define PC_IO_BUS_H

#include "pc-core.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The kinds of bus. */
enum pc_bus_kind
{
    PC_BUS_FREE, /**< takes no time; its bytes are the data's */
    PC_BUS_PCI,
    PC_BUS_PCIX,
    PC_BUS_PCIE,
};

/** Who moves what. */
enum pc_bus_direction
{
    PC_TO_CARD, /**< the card reads host memory: a DMA read */
    PC_TO_HOST, /**< the card writes host memory: a DMA write */
};

/** A bus and the card's limits on it. What is 0 does not limit, where 0 is allowed. */
struct pc_bus_config
{
    enum pc_bus_kind kind;
    /* PCI and PCI-X */
    uint32_t width_bits;             /**< 32 or 64 */
    pc_time clock_period_ps;         /**< 30000, 15000 or 7500: 33 1/3, 66 2/3, 133 1/3 MHz */
    uint32_t burst_bytes;            /**< longest burst; 0: the whole transfer */
    uint32_t overhead_to_card_clocks; /**< H where the card reads */
    uint32_t overhead_to_host_clocks; /**< H where the card writes */
    /* PCIe */
    uint32_t gen;   /**< 1 to 5 */
    uint32_t lanes; /**< 1, 2, 4, 8 or 16 */
    uint32_t mps;   /**< maximum payload size, 128 to 4096, a power of 2 */
    uint32_t mrrs;  /**< maximum read request size, 128 to 4096, a power of 2 */
    /* all */
    double read_op_rate;        /**< DMA reads a second; 0: no limit */
    double write_op_rate;       /**< DMA writes a second; 0: no limit */
    uint32_t outstanding_reads; /**< read requests in flight; 0: no limit */
    pc_time latency_base_ps;    /**< from a read's request to its data */
    double latency_ps_per_byte; /**< what each of its bytes adds */
    bool iommu;                 /**< addresses are translated */
    uint64_t window_bytes;      /**< host memory that is accessed at random */
    uint32_t iotlb_entries;     /**< pages whose translation is held */
    pc_time walk_ps;            /**< one page-table walk */
};

/** A bus, ready for use. */
struct pc_bus
{
    struct pc_bus_config config;
    double ps_per_byte;   /**< PCIe: one byte at the transaction layer's rate */
    double miss_fraction; /**< IOTLB misses a page touched */
};

/** What transfers cost together. All zero is nothing. */
struct pc_bus_cost
{
    pc_time up_ps;          /**< toward the host; on a half-duplex bus both directions */
    pc_time down_ps;        /**< toward the card; 0 on a half-duplex bus */
    pc_time min_ps;         /**< the engine is occupied at least that long */
    pc_time latency_ps;     /**< from the end of the transfer to its completion; pipelined */
    uint64_t bytes_to_card; /**< all bytes on the bus, packet overhead included */
    uint64_t bytes_to_host; /**< all bytes on the bus, packet overhead included */
    uint32_t operations;    /**< DMA operations */
};

/**
 * Checks a configuration.
 * \param[out] what which field is wrong, and what would be right; untouched if none is
 * \return PC_OK or PC_ERR_INVALID
 */
int pc_bus_config_check(const struct pc_bus_config *config, const char **what);

/** Prepares a bus. \return PC_OK, or PC_ERR_INVALID as pc_bus_config_check() has it */
int pc_bus_prepare(struct pc_bus *bus, const struct pc_bus_config *config);

/**
 * Adds one DMA of \p bytes that are contiguous for the bus. Times and bytes add up; the latency is
 * the longest one, as the card asks for the next piece before the last one has come.
 *
 * Occupancy is that of the formulas in the file's head; \c min_ps grows by the longest of: one
 * operation at the operation rate, requests * latency / outstanding_reads (reads only), and the
 * walks of the pages touched, ceil(bytes / 4096) as if the piece began at a page. Each time is
 * rounded to a picosecond once a piece.
 *
 * \param bus prepared by pc_bus_prepare()
 * \param direction who moves what
 * \param bytes of data; 0 adds nothing, not even an operation
 * \param[in,out] cost what is added to; all zero to begin with
 */
void pc_bus_cost_add(const struct pc_bus *bus,
                     enum pc_bus_direction direction,
                     uint64_t bytes,
                     struct pc_bus_cost *cost);

/**
 * Adds a write of the CPU to the card (a doorbell): posted, so it has no latency and is no DMA
 * operation. On PCIe one memory-write packet of 24 + \p bytes toward the card; \p bytes is at most
 * the MPS, as a doorbell is. On PCI the CPU masters the bus: its burst costs what one toward the
 * host costs, since a write waits for no data. 0 bytes add nothing.
 */
void pc_bus_pio_write_add(const struct pc_bus *bus, uint64_t bytes, struct pc_bus_cost *cost);

/**
 * The rate of the wires, Gb/s: on PCIe lanes * GT/s * encoding (8b/10b to generation 2, 128b/130b
 * from 3 on), each direction; on PCI as pc_bus_raw_gbps().
 */
double pc_bus_physical_gbps(const struct pc_bus *bus);

/**
 * What is left for transactions, Gb/s. PCIe: the physical rate * (1 - 16 / AckLimit - 4 / 1538)
 * (SIGCOMM 2018, the authors' public model), each direction. PCI: width / clock period, both
 * directions together. 0 for PC_BUS_FREE.
 */
double pc_bus_raw_gbps(const struct pc_bus *bus);

/**
 * Payload rate of back-to-back DMA writes of \p size bytes (at least 1), Gb/s: 8 * size over the
 * link's time or the engine's least time, whichever is longer; infinite on a free bus that nothing
 * limits.
 */
double pc_bus_write_gbps(const struct pc_bus *bus, uint64_t size);

/** Payload rate of back-to-back DMA reads of \p size bytes (at least 1), Gb/s; as above. */
double pc_bus_read_gbps(const struct pc_bus *bus, uint64_t size);

/**
 * Payload rate each way while reads and writes of \p size bytes (at least 1) alternate, Gb/s. PCIe:
 * the read requests share the direction of the writes' data; PCI: 1 / (1/r + 1/w). The read and
 * the write engine keep their own limits, walks included.
 */
double pc_bus_readwrite_gbps(const struct pc_bus *bus, uint64_t size);

#ifdef __cplusplus
}
#endif

#endif
