/* What the core's own operations take on this computer: a JSON object of ns an operation. */

/* clock_gettime() is POSIX, beside C11 */
#define _POSIX_C_SOURCE 199309L

#include "pc-card-ram.h"
#include "pc-card.h"
#include "pc-dma.h"
#include "pc-host-cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 15   /* chosen: odd, the median is one of them */
#define BATCH 8192  /* chosen: a window of 12 MB in segments; a round takes some milliseconds */
#define FRAME 1514  /* bytes: MTU 1500 behind an Ethernet header */

/* One round: BATCH operations of each kind, and the time that they took. */
struct round
{
    double allocation_ns;
    double release_ns;
    double bus_job_ns;
    double cpu_job_ns;
};

static double
now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void
need(int error)
{
    if (error != PC_OK)
    {
        fprintf(stderr, "error: the core says %s\n", pc_error_name(error));
        exit(1);
    }
}

/* A window of frames comes into card RAM, and leaves it. */
static void
time_ram(struct pc_card_ram *ram, struct round *round)
{
    static struct pc_handle handle[BATCH];
    double began = now_ns();
    for (int i = 0; i < BATCH; i++)
    {
        need(pc_card_ram_alloc(ram, PC_RAM_RX, FRAME, i, &handle[i]));
    }
    double between = now_ns();
    for (int i = 0; i < BATCH; i++)
    {
        need(pc_card_ram_free(ram, handle[i], BATCH + i));
    }
    round->allocation_ns = (between - began) / BATCH;
    round->release_ns = (now_ns() - between) / BATCH;
}

/* A frame's DMA: descriptor, data and write-back as closed forms, and then on the bus. */
static void
time_bus(const struct pc_card *card, const struct pc_bus *bus, struct pc_dma *dma, pc_time *clock_ps,
         struct round *round)
{
    double began = now_ns();
    for (int i = 0; i < BATCH; i++)
    {
        struct pc_card_step step = {0};
        pc_card_receive(card, bus, FRAME, 0, &step);
        struct pc_dma_job job = {.cost = step.bus, .turns = 1};
        need(pc_dma_submit(dma, 0, 0, &job, *clock_ps));
        need(pc_dma_pop(dma, PC_NEVER - 1) == &job ? PC_OK : PC_ERR_INVALID);
        *clock_ps = job.done_ps;
    }
    round->bus_job_ns = (now_ns() - began) / BATCH;
}

/* Work of two categories on a core, as a segment's is. */
static void
time_cpu(struct pc_host_cpu *cpu, pc_time *clock_ps, struct round *round)
{
    double began = now_ns();
    for (int i = 0; i < BATCH; i++)
    {
        struct pc_cpu_job job;
        pc_cpu_job_init(&job);
        need(pc_cpu_job_add_cycles(cpu, 0, &job, PC_CAT_TCP_TX, 3000));
        need(pc_cpu_job_add_cycles(cpu, 0, &job, PC_CAT_DRIVER_TX, 500));
        need(pc_cpu_submit(cpu, 0, PC_CPU_PROCESS, &job, *clock_ps));
        need(pc_cpu_pop(cpu, PC_NEVER - 1) == &job ? PC_OK : PC_ERR_INVALID);
        *clock_ps = job.done_ps;
    }
    round->cpu_job_ns = (now_ns() - began) / BATCH;
}

static int
compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Prints the median of one figure over all rounds. */
static void
print_median(const char *name, const double *first, size_t stride, const char *end)
{
    double value[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
    {
        value[i] = first[(size_t)i * stride];
    }
    qsort(value, ROUNDS, sizeof(value[0]), compare);
    printf("\"%s\": %.1f%s", name, value[ROUNDS / 2], end);
}

int
main(void)
{
    struct pc_card_ram_config ram_config = {.granule_bytes = 256};
    ram_config.capacity_bytes[PC_RAM_TX] = PC_UNLIMITED;
    ram_config.capacity_bytes[PC_RAM_RX] = PC_UNLIMITED;
    static struct pc_card_ram ram;
    need(pc_card_ram_init(&ram, &ram_config));
    struct pc_card card = {.config = {.descriptor_bytes = 16, .write_back_bytes = 16}};
    struct pc_bus_config bus_config = {.kind = PC_BUS_PCIE, .gen = 3, .lanes = 8, .mps = 256,
                                       .mrrs = 512};
    struct pc_bus bus;
    need(pc_bus_prepare(&bus, &bus_config));
    static struct pc_dma dma;
    need(pc_dma_init(&dma));
    need(pc_dma_add_engine(&dma, 1));
    static struct pc_host_cpu cpu;
    need(pc_cpu_init(&cpu, 1, 1e9, 0));

    static struct round round[ROUNDS];
    pc_time bus_ps = 0;
    pc_time cpu_ps = 0;
    for (int i = 0; i < ROUNDS; i++)
    {
        time_ram(&ram, &round[i]);
        time_bus(&card, &bus, &dma, &bus_ps, &round[i]);
        time_cpu(&cpu, &cpu_ps, &round[i]);
    }
    size_t stride = sizeof(struct round) / sizeof(double);
    printf("{");
    print_median("allocation", &round[0].allocation_ns, stride, ", ");
    print_median("release", &round[0].release_ns, stride, ", ");
    print_median("bus job", &round[0].bus_job_ns, stride, ", ");
    print_median("CPU job", &round[0].cpu_job_ns, stride, "}\n");
    pc_dma_fini(&dma);
    pc_card_ram_fini(&ram);
    return 0;
}
