/* The bus model as a calculator: what PCI, PCI-X or PCIe lets through, by transfer size. */

#include "pc-io-bus.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZES_MAX 256
#define NS_MAX 1e9        /* chosen: a bus that answers later is broken; no sum overflows */
#define CLOCKS_MAX 1000000 /* chosen likewise, 7.5 ms at 133 MHz */

/* What was asked for. */
struct request
{
    struct pc_bus_config bus;
    uint64_t sizes[SIZES_MAX];
    unsigned size_count;
    bool csv;
};

static const char help[] =
    "pcache bus: what an I/O bus lets through, by the closed forms of the model.\n"
    "\n"
    "  --kind=pci|pcix|pcie    the bus [pcie]\n"
    "PCI and PCI-X:\n"
    "  --width=32|64           bits [32; pcix 64]\n"
    "  --clock=33|66|133       33 1/3, 66 2/3 or 133 1/3 MHz [33; pcix 133]\n"
    "  --burst=BYTES           the longest burst [no limit]\n"
    "  --overheadToCard=CLOCKS clocks a burst beside its data, card reads memory [0]\n"
    "  --overheadToHost=CLOCKS ... card writes memory [0]\n"
    "PCIe:\n"
    "  --gen=1..5 --lanes=1|2|4|8|16 [3, 8]\n"
    "  --mps=BYTES --mrrs=BYTES maximum payload, maximum read request [256, 512]\n"
    "Limits, none unless given:\n"
    "  --opRate=M              million DMA operations a second: writes, and reads unless\n"
    "                          --readOpRate is given\n"
    "  --readOpRate=M          million DMA reads a second\n"
    "  --outstanding=N         read requests in flight; needs --latency\n"
    "  --latency=A[+B/byte]    ns from a read's request to its data; limits no rate without\n"
    "                          --outstanding, but is shown in the table\n"
    "  --iommu --window=BYTES --iotlb=ENTRIES --walk=NS\n"
    "                          random accesses in a window, the translations of 4 KiB\n"
    "                          pages that are held, and one page-table walk\n"
    "What is printed:\n"
    "  --sizes=LIST            bytes a transfer, separated by commas [64 to 65536]\n"
    "  --csv                   size_bytes,write_gbps,read_gbps,readwrite_gbps\n"
    "\n"
    "Rates are of payload, in Gb/s: write is the card writing host memory, read the card\n"
    "reading it, readwrite each way while both run.\n"
    "\n"
    "examples:\n"
    "  pcache bus --kind=pcie --gen=3 --lanes=8 --sizes=64,256,257,1500\n"
    "  pcache bus --kind=pci --width=64 --clock=66 --burst=512 --overheadToCard=85\n"
    "  pcache bus --opRate=47.4 --sizes=64\n"
    "  pcache bus --iommu --window=16777216 --iotlb=64 --walk=52 --sizes=64,512\n";

static void fail(const char *format, ...)
    __attribute__((noreturn)) __attribute__((format(printf, 1, 2)));

static void
fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    va_end(arguments);
    exit(2);
}

/* A number that begins the text; *rest is what follows it. */
static double
parse_number(const char *option, const char *text, const char **rest)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    bool plain = !hexadecimal && (isdigit((unsigned char)text[0]) || text[0] == '.');
    if (!plain || errno != 0 || !isfinite(number))
    {
        fail("--%s=%s: it has to be a number of at least 0", option, text);
    }
    *rest = end;
    return number;
}

static double
number_of(const char *option, const char *text)
{
    const char *rest;
    double number = parse_number(option, text, &rest);
    if (*rest != '\0')
    {
        fail("--%s=%s: it has to be a number of at least 0", option, text);
    }
    return number;
}

/* A time in ns, as ps. */
static double
ps_of(const char *option, double ns)
{
    if (ns > NS_MAX)
    {
        fail("--%s: %g ns is too long, it has to be at most %g (1 s)", option, ns, NS_MAX);
    }
    return ns * 1000;
}

static uint64_t
whole_of(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number < least ||
        number > most)
    {
        fail("--%s=%s: it has to be a whole number from %llu to %llu",
             option,
             text,
             (unsigned long long)least,
             (unsigned long long)most);
    }
    return number;
}

static uint32_t
small_of(const char *option, const char *text, uint32_t least)
{
    return (uint32_t)whole_of(option, text, least, UINT32_MAX);
}

#define PAYLOADS "128, 256, 512, 1024, 2048 or 4096 (bytes)"

/* One of the powers of 2 that \p right names. */
static uint32_t
power_of(const char *option, const char *text, uint32_t least, uint32_t most, const char *right)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    bool power = number >= least && number <= most && (number & (number - 1)) == 0;
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || !power)
    {
        fail("--%s=%s: it has to be %s", option, text, right);
    }
    return (uint32_t)number;
}

/* -- Options -- */

static void
set_kind(struct request *request, const char *option, const char *text)
{
    static const char *const names[] = {"pci", "pcix", "pcie"};
    static const enum pc_bus_kind kinds[] = {PC_BUS_PCI, PC_BUS_PCIX, PC_BUS_PCIE};
    for (size_t i = 0; i < 3; i++)
    {
        if (strcmp(text, names[i]) == 0)
        {
            request->bus.kind = kinds[i];
            return;
        }
    }
    fail("--%s=%s: it has to be pci, pcix or pcie", option, text);
}

static void
set_clock(struct request *request, const char *option, const char *text)
{
    uint64_t mhz = whole_of(option, text, 1, 1000);
    if (mhz != 33 && mhz != 66 && mhz != 133)
    {
        fail("--%s=%s: it has to be 33, 66 or 133 (33 1/3, 66 2/3, 133 1/3 MHz)", option, text);
    }
    request->bus.clock_period_ps = mhz == 33 ? 30000 : mhz == 66 ? 15000 : 7500;
}

static void
set_width(struct request *request, const char *option, const char *text)
{
    request->bus.width_bits = small_of(option, text, 1);
    if (request->bus.width_bits != 32 && request->bus.width_bits != 64)
    {
        fail("--%s=%s: it has to be 32 or 64 (bits)", option, text);
    }
}

static void
set_burst(struct request *request, const char *option, const char *text)
{
    request->bus.burst_bytes = small_of(option, text, 1);
}

static void
set_overhead_to_card(struct request *request, const char *option, const char *text)
{
    request->bus.overhead_to_card_clocks = (uint32_t)whole_of(option, text, 0, CLOCKS_MAX);
}

static void
set_overhead_to_host(struct request *request, const char *option, const char *text)
{
    request->bus.overhead_to_host_clocks = (uint32_t)whole_of(option, text, 0, CLOCKS_MAX);
}

static void
set_gen(struct request *request, const char *option, const char *text)
{
    request->bus.gen = (uint32_t)whole_of(option, text, 1, 5);
}

static void
set_lanes(struct request *request, const char *option, const char *text)
{
    request->bus.lanes = power_of(option, text, 1, 16, "1, 2, 4, 8 or 16");
}

static void
set_mps(struct request *request, const char *option, const char *text)
{
    request->bus.mps = power_of(option, text, 128, 4096, PAYLOADS);
}

static void
set_mrrs(struct request *request, const char *option, const char *text)
{
    request->bus.mrrs = power_of(option, text, 128, 4096, PAYLOADS);
}

static double
rate_of(const char *option, const char *text)
{
    double millions = number_of(option, text);
    if (millions < 1e-6 || millions > 1e6)
    {
        fail("--%s=%s: it has to be above 0, from 0.000001 to 1000000 million operations a second",
             option,
             text);
    }
    return millions * 1e6;
}

static void
set_op_rate(struct request *request, const char *option, const char *text)
{
    request->bus.write_op_rate = rate_of(option, text);
    if (request->bus.read_op_rate == 0)
    {
        request->bus.read_op_rate = request->bus.write_op_rate;
    }
}

static void
set_read_op_rate(struct request *request, const char *option, const char *text)
{
    request->bus.read_op_rate = rate_of(option, text);
}

static void
set_outstanding(struct request *request, const char *option, const char *text)
{
    request->bus.outstanding_reads = small_of(option, text, 1);
}

static void
set_latency(struct request *request, const char *option, const char *text)
{
    const char *rest;
    double base_ns = parse_number(option, text, &rest);
    double byte_ns = 0;
    if (*rest == '+')
    {
        const char *slope = rest + 1;
        byte_ns = parse_number(option, slope, &rest);
        if (strcmp(rest, "/byte") != 0)
        {
            fail("--%s=%s: it has to be A or A+B/byte, in ns, such as 550+0.29/byte", option, text);
        }
    }
    else if (*rest != '\0')
    {
        fail("--%s=%s: it has to be A or A+B/byte, in ns, such as 550+0.29/byte", option, text);
    }
    request->bus.latency_base_ps = (pc_time)llround(ps_of(option, base_ns));
    request->bus.latency_ps_per_byte = ps_of(option, byte_ns);
}

static void
set_window(struct request *request, const char *option, const char *text)
{
    request->bus.window_bytes = whole_of(option, text, 1, UINT64_C(1) << 50);
}

static void
set_iotlb(struct request *request, const char *option, const char *text)
{
    request->bus.iotlb_entries = small_of(option, text, 0);
}

static void
set_walk(struct request *request, const char *option, const char *text)
{
    request->bus.walk_ps = (pc_time)llround(ps_of(option, number_of(option, text)));
    if (request->bus.walk_ps == 0)
    {
        fail("--%s=%s: it has to be above 0, at least 0.001 (ns)", option, text);
    }
}

static void
set_iommu(struct request *request, const char *option, const char *text)
{
    (void)option;
    (void)text;
    request->bus.iommu = true;
}

static void
set_csv(struct request *request, const char *option, const char *text)
{
    (void)option;
    (void)text;
    request->csv = true;
}

static void
set_sizes(struct request *request, const char *option, const char *text)
{
    char word[24];
    request->size_count = 0;
    for (const char *at = text;; at++)
    {
        size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof(word) || request->size_count == SIZES_MAX)
        {
            fail("--%s=%s: it has to be whole numbers separated by commas, %d at most",
                 option,
                 text,
                 SIZES_MAX);
        }
        memcpy(word, at, length);
        word[length] = '\0';
        request->sizes[request->size_count++] = whole_of(option, word, 1, UINT64_C(1) << 40);
        at += length;
        if (*at == '\0')
        {
            return;
        }
    }
}

enum belongs
{
    TO_ALL,
    TO_PCI,
    TO_PCIE,
    TO_IOMMU,
};

static const struct option
{
    const char *name;
    bool flag; /* stands without a value */
    enum belongs belongs;
    void (*set)(struct request *request, const char *option, const char *text);
} options[] = {
    {"kind", false, TO_ALL, set_kind},
    {"width", false, TO_PCI, set_width},
    {"clock", false, TO_PCI, set_clock},
    {"burst", false, TO_PCI, set_burst},
    {"overheadToCard", false, TO_PCI, set_overhead_to_card},
    {"overheadToHost", false, TO_PCI, set_overhead_to_host},
    {"gen", false, TO_PCIE, set_gen},
    {"lanes", false, TO_PCIE, set_lanes},
    {"mps", false, TO_PCIE, set_mps},
    {"mrrs", false, TO_PCIE, set_mrrs},
    {"readOpRate", false, TO_ALL, set_read_op_rate},
    {"opRate", false, TO_ALL, set_op_rate},
    {"outstanding", false, TO_ALL, set_outstanding},
    {"latency", false, TO_ALL, set_latency},
    {"iommu", true, TO_ALL, set_iommu},
    {"window", false, TO_IOMMU, set_window},
    {"iotlb", false, TO_IOMMU, set_iotlb},
    {"walk", false, TO_IOMMU, set_walk},
    {"sizes", false, TO_ALL, set_sizes},
    {"csv", true, TO_ALL, set_csv},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* The value of an option in a word, "" for a flag; NULL if the word is another option. */
static const char *
value_in(const struct option *option, const char *word)
{
    size_t length = strlen(option->name);
    if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, option->name, length) != 0)
    {
        return NULL;
    }
    const char *rest = word + 2 + length;
    if (*rest != '=' && *rest != '\0')
    {
        return NULL;
    }
    if (option->flag != (*rest == '\0'))
    {
        fail(option->flag ? "%s: --%s stands alone" : "%s: it has to read --%s=VALUE",
             word,
             option->name);
    }
    return *rest == '=' ? rest + 1 : rest;
}

/* The words of the command line, by option; NULL where it was not given. */
static void
sort_words(int argc, char *argv[], const char *values[])
{
    for (int i = 1; i < argc; i++)
    {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
        {
            fputs(help, stdout);
            exit(0);
        }
        size_t o = 0;
        const char *value = NULL;
        for (; o < OPTION_COUNT && value == NULL; o++)
        {
            value = value_in(&options[o], argv[i]);
        }
        if (value == NULL)
        {
            fail("%s: no such option; --help lists them", argv[i]);
        }
        if (values[o - 1] != NULL)
        {
            fail("--%s is given twice", options[o - 1].name);
        }
        values[o - 1] = value;
    }
}

static void
check_belongs(const struct request *request, const struct option *option)
{
    bool pcie = request->bus.kind == PC_BUS_PCIE;
    if (option->belongs == TO_PCI && pcie)
    {
        fail("--%s is of PCI and PCI-X: give --kind=pci or --kind=pcix with it", option->name);
    }
    if (option->belongs == TO_PCIE && !pcie)
    {
        fail("--%s is of PCIe: give --kind=pcie with it", option->name);
    }
    if (option->belongs == TO_IOMMU && !request->bus.iommu)
    {
        fail("--%s is of an IOMMU: give --iommu with it", option->name);
    }
}

static bool
has_latency(const struct request *request)
{
    return request->bus.latency_base_ps > 0 || request->bus.latency_ps_per_byte > 0;
}

/* Refuses options that do not go with the others, or miss one. */
static void
check_together(const struct request *request, const char *const values[])
{
    for (size_t o = 0; o < OPTION_COUNT; o++)
    {
        if (values[o] != NULL)
        {
            check_belongs(request, &options[o]);
        }
        else if (options[o].belongs == TO_IOMMU && request->bus.iommu)
        {
            fail("--iommu needs --window, --iotlb and --walk: --%s is missing", options[o].name);
        }
    }
    if (request->bus.outstanding_reads > 0 && !has_latency(request))
    {
        fail("--outstanding limits nothing without a --latency above 0: give both");
    }
}

static void
set_defaults(struct request *request)
{
    bool pcix = request->bus.kind == PC_BUS_PCIX;
    request->bus.width_bits = pcix ? 64 : 32;
    request->bus.clock_period_ps = pcix ? 7500 : 30000;
    request->bus.gen = 3;
    request->bus.lanes = 8;
    request->bus.mps = 256;
    request->bus.mrrs = 512;
    set_sizes(request, "sizes", "64,128,256,257,512,1024,1500,2048,4096,9000,16384,65536");
}

static void
read_request(int argc, char *argv[], struct request *request)
{
    const char *values[OPTION_COUNT] = {NULL};
    sort_words(argc, argv, values);
    request->bus.kind = PC_BUS_PCIE;
    if (values[0] != NULL)
    {
        set_kind(request, "kind", values[0]);
    }
    set_defaults(request);
    for (size_t o = 1; o < OPTION_COUNT; o++)
    {
        if (values[o] != NULL)
        {
            options[o].set(request, options[o].name, values[o]);
        }
    }
    check_together(request, values);
}

/* -- Output -- */

static void
print_csv(const struct request *request, const struct pc_bus *bus)
{
    puts("size_bytes,write_gbps,read_gbps,readwrite_gbps");
    for (unsigned i = 0; i < request->size_count; i++)
    {
        uint64_t size = request->sizes[i];
        printf("%llu,%.4f,%.4f,%.4f\n",
               (unsigned long long)size,
               pc_bus_write_gbps(bus, size),
               pc_bus_read_gbps(bus, size),
               pc_bus_readwrite_gbps(bus, size));
    }
}

static void
print_name(const struct request *request, const struct pc_bus *bus)
{
    const struct pc_bus_config *config = &request->bus;
    if (config->kind == PC_BUS_PCIE)
    {
        printf("PCIe gen %u x%u, MPS %u B, MRRS %u B: raw %.4f, TLP %.4f Gb/s\n\n",
               config->gen,
               config->lanes,
               config->mps,
               config->mrrs,
               pc_bus_physical_gbps(bus),
               pc_bus_raw_gbps(bus));
        return;
    }
    printf("%s %u bit, %.5g MHz: raw %.4f Gb/s, both ways together\n\n",
           config->kind == PC_BUS_PCI ? "PCI" : "PCI-X",
           config->width_bits,
           1e6 / (double)config->clock_period_ps,
           pc_bus_raw_gbps(bus));
}

static void
print_table(const struct request *request, const struct pc_bus *bus)
{
    print_name(request, bus);
    bool latency = has_latency(request);
    printf("%10s %13s %13s %21s%s\n",
           "size, B",
           "write, Gb/s",
           "read, Gb/s",
           "both, each way, Gb/s",
           latency ? "  read latency, ns" : "");
    for (unsigned i = 0; i < request->size_count; i++)
    {
        uint64_t size = request->sizes[i];
        printf("%10llu %13.4f %13.4f %21.4f",
               (unsigned long long)size,
               pc_bus_write_gbps(bus, size),
               pc_bus_read_gbps(bus, size),
               pc_bus_readwrite_gbps(bus, size));
        if (latency)
        {
            const struct pc_bus_config *config = &request->bus;
            double slope_ps = config->latency_ps_per_byte * (double)size;
            printf(" %17.1f", ((double)config->latency_base_ps + slope_ps) / 1000);
        }
        puts("");
    }
    puts("\nwrite: the card writes host memory; read: it reads it");
}

int
main(int argc, char *argv[])
{
    struct request request;
    memset(&request, 0, sizeof(request));
    read_request(argc, argv, &request);
    struct pc_bus bus;
    const char *what = "";
    if (pc_bus_config_check(&request.bus, &what) != PC_OK)
    {
        fail("%s", what);
    }
    if (pc_bus_prepare(&bus, &request.bus) != PC_OK)
    {
        fail("the bus cannot be computed");
    }
    (request.csv ? print_csv : print_table)(&request, &bus);
    if (fflush(stdout) != 0 || ferror(stdout))
    {
        fputs("error: the output could not be written\n", stderr);
        return 1; /* not a mistake in the options, which is 2 */
    }
    return 0;
}
