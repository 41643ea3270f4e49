#include "pc-break-even.h"

#include <math.h>

/* What a call's pieces ask of the DMA, one after the other. */
struct dma_time
{
    pc_time bus_ps;       /* engine time, the bus unshared */
    pc_time processor_ps; /* of the card */
    uint64_t ram_bytes;   /* in or out of card RAM */
};

/* One question, with what does not depend on the call's size. */
struct form
{
    const struct pc_break_even_host *host;
    struct pc_card card;
    enum pc_call call;
    bool spin;
    double page;           /* cycles a page */
    double submit;         /* cycles a piece of a write, or a unit read */
    double gather;         /* cycles a fragment of a unit sent, or a further frame of one read */
    double release;        /* cycles a command */
    double frame;          /* cycles a frame whose payload is on the card */
    double fixed;          /* cycles a call */
    double map;            /* cycles a page of payload that the driver need not map */
    double saved_per_byte; /* cycles; negative where the application reads what DMA left for more */
    uint32_t unit_frames;  /* full segments of a full unit */
    /* read: units on pages repeat after `period` of them; where[i] is the bus time before i */
    uint32_t frame_dma_bytes; /* payload of a full frame that stays on the card */
    uint32_t period;
    pc_time where[PC_PAGE_BYTES + 1];
};

static uint64_t
ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

static double
own(const struct form *form, enum pc_cost_line line)
{
    return pc_cost_own_cycles(form->host->costs, line);
}

static pc_time
max_time(pc_time a, pc_time b)
{
    return a > b ? a : b;
}

/* -- The time of the DMA -- */

static void
add_piece(struct dma_time *time, const struct pc_card_step *step, uint64_t times)
{
    pc_time bus = max_time(step->bus.min_ps, max_time(step->bus.up_ps, step->bus.down_ps));
    time->bus_ps += bus * (pc_time)times;
    time->processor_ps += step->processor_ps * (pc_time)times;
    time->ram_bytes += step->ram_bytes * times;
}

static pc_time
dma_ps(const struct form *form, const struct dma_time *time)
{
    double ram_ps = (double)time->ram_bytes * form->card.config.ram_ps_per_byte;
    return max_time(time->bus_ps, max_time(time->processor_ps, (pc_time)llround(ram_ps)));
}

/* A piece of a write that begins at a page: pc_card_payload() with its full pages taken at once. */
static struct pc_card_step
write_step(const struct form *form, uint64_t bytes)
{
    const struct pc_bus *bus = form->host->bus;
    uint64_t pages = (bytes - 1) / PC_PAGE_BYTES;
    struct pc_card_step none = {0};
    struct pc_card_step full = {0};
    struct pc_card_step step = {0};
    pc_card_payload(&form->card, bus, PC_TO_CARD, 0, 0, &none);
    pc_card_payload(&form->card, bus, PC_TO_CARD, 0, PC_PAGE_BYTES, &full);
    pc_card_payload(&form->card, bus, PC_TO_CARD, 0, bytes - pages * PC_PAGE_BYTES, &step);
    step.bus.up_ps += (full.bus.up_ps - none.bus.up_ps) * (pc_time)pages;
    step.bus.down_ps += (full.bus.down_ps - none.bus.down_ps) * (pc_time)pages;
    step.bus.min_ps += (full.bus.min_ps - none.bus.min_ps) * (pc_time)pages;
    step.ram_bytes += pages * PC_PAGE_BYTES;
    if (pages > 0)
    {
        step.bus.latency_ps = max_time(step.bus.latency_ps, full.bus.latency_ps);
    }
    return step;
}

/* The release commands of the write before ride on the first piece's doorbell. */
static void
add_releases(const struct form *form, uint64_t commands, struct pc_card_step *step)
{
    struct pc_card_step one = {0};
    pc_card_release(&form->card, form->host->bus, &one);
    step->bus.up_ps += one.bus.up_ps * (pc_time)commands;
    step->bus.down_ps += one.bus.down_ps * (pc_time)commands;
}

static pc_time
write_ps(const struct form *form, uint64_t bytes, uint64_t releases)
{
    uint64_t size = form->host->write_piece;
    uint64_t full = (bytes - 1) / size;
    struct pc_card_step last = write_step(form, bytes - full * size);
    struct dma_time time = {0};
    pc_time others_ps = 0;
    if (full == 0)
    {
        add_releases(form, releases, &last);
    }
    else
    {
        struct pc_card_step step = write_step(form, size);
        add_piece(&time, &step, full - 1);
        add_releases(form, releases, &step);
        add_piece(&time, &step, 1);
        others_ps = dma_ps(form, &time) + step.bus.latency_ps;
    }
    add_piece(&time, &last, 1);
    /* a last piece that is short may have its data before the one before it */
    return max_time(others_ps, dma_ps(form, &time) + last.bus.latency_ps);
}

/* What a message that is read consists of. */
struct message
{
    uint64_t frames;     /* full ones */
    uint32_t rest;       /* payload of the short one behind them, 0 if there is none */
    uint32_t rest_bytes; /* how much of that is on the card */
    uint64_t pieces;     /* frames that have payload on the card */
    uint64_t units;      /* units of those */
};

/* Payload of frame `number` of a message on the card, its last `bytes` of `length`, is added. */
static void
add_frame(const struct form *form,
          uint64_t number,
          uint32_t length,
          uint32_t bytes,
          bool first,
          struct pc_card_step *step)
{
    uint64_t offset = number * form->host->mss + (length - bytes);
    (first ? pc_card_payload : pc_card_payload_add)(&form->card,
                                                    form->host->bus,
                                                    PC_TO_HOST,
                                                    (uint32_t)(offset % PC_PAGE_BYTES),
                                                    bytes,
                                                    step);
}

/* The chain of a unit: `frames` full frames from `number` on. */
static struct pc_card_step
unit_step(const struct form *form, uint64_t number, uint64_t frames)
{
    struct pc_card_step step = {0};
    for (uint64_t i = 0; i < frames; i++)
    {
        add_frame(form, number + i, form->host->mss, form->frame_dma_bytes, i == 0, &step);
    }
    return step;
}

static pc_time
read_ps(const struct form *form, const struct message *message)
{
    struct dma_time time = {0};
    struct pc_card_step step = {0};
    uint64_t card_frames = form->frame_dma_bytes > 0 ? message->frames : 0;
    uint64_t last = message->units == 0 ? 0 : message->units - 1; /* by itself; full before it */
    if (last > 0)
    {
        step = unit_step(form, 0, form->unit_frames);
        add_piece(&time, &step, last);
        time.bus_ps = form->where[form->period] * (pc_time)(last / form->period) +
                      form->where[last % form->period];
    }
    uint64_t first = last * form->unit_frames;
    step = unit_step(form, first, card_frames - first);
    if (message->rest_bytes > 0)
    {
        bool alone = card_frames == first;
        add_frame(form, message->frames, message->rest, message->rest_bytes, alone, &step);
    }
    add_piece(&time, &step, 1);
    return dma_ps(form, &time) + step.bus.latency_ps;
}

/* -- The form -- */

static double
spin_cycles(const struct form *form, pc_time dma)
{
    bool charged = (form->host->costs->own_costs >> PC_CAT_SPIN) & 1;
    return charged ? form->host->cpu_hz * (double)dma / (double)PC_PS_PER_S : 0;
}

/* Splits what the bytes save or cost, so that both sides grow with the size. */
static void
put_bytes(const struct form *form, uint64_t bytes, struct pc_break_even_balance *balance)
{
    balance->saved += fmax(form->saved_per_byte, 0) * (double)bytes;
    balance->cost += fmax(-form->saved_per_byte, 0) * (double)bytes;
}

/* Pieces and units both cut a write: how many parts there are. */
static uint64_t
count_parts(const struct form *form, uint64_t bytes, uint64_t unit_bytes)
{
    uint64_t size = form->host->write_piece;
    uint64_t a = unit_bytes;
    for (uint64_t b = size; b != 0;)
    {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    uint64_t both = unit_bytes / a * size; /* where they cut at the same place */
    return ceil_div(bytes, unit_bytes) + ceil_div(bytes, size) - 1 - (bytes - 1) / both;
}

/* Whether a short segment behind full units is merged with the last of them by who receives it. */
static bool
rest_joins(const struct form *form, uint64_t bytes)
{
    const struct pc_break_even_host *host = form->host;
    uint64_t unit = (uint64_t)(host->read_unit_bytes / host->mss) * host->mss;
    return unit > 0 && bytes > unit && bytes % unit > 0 && bytes % unit < host->mss &&
           unit + bytes % unit <= host->read_unit_bytes;
}

/* Fragments that the units of a write are gathered from, and release commands of their ACKs. */
static void
count_commands(const struct form *form, uint64_t bytes, uint64_t *gathers, uint64_t *releases)
{
    const struct pc_break_even_host *host = form->host;
    if (host->write_unit_bytes == 0)
    {
        *gathers = *releases = ceil_div(bytes, host->mss);
        return;
    }
    uint64_t parts = count_parts(form, bytes, host->write_unit_bytes);
    uint64_t last = (bytes - 1) % host->write_unit_bytes + 1; /* bytes of the last unit */
    /* a segment alone is charged once, though it may lie in two pieces */
    bool cut = (bytes - 1) / host->write_piece * host->write_piece > bytes - last;
    *gathers = parts - (last <= host->mss && cut ? 1 : 0);
    /* where the last two units are acknowledged together, unless a piece ends between them */
    bool together = rest_joins(form, bytes) && (bytes - last) % host->write_piece != 0;
    *releases = parts - (together ? 1 : 0);
}

/* Pages of payload that the driver maps where the card fetches a write from host memory. */
static uint64_t
mapped_pages(const struct form *form, uint64_t bytes)
{
    uint32_t merged = form->host->write_unit_bytes;
    uint64_t unit = merged > 0 ? merged : form->host->mss;
    return bytes / unit * pc_card_pages(0, unit) + pc_card_pages(0, bytes % unit);
}

static struct pc_break_even_balance
balance_write(const struct form *form, uint64_t bytes)
{
    struct pc_break_even_balance balance = {0};
    uint64_t gathers = 0;
    uint64_t releases = 0;
    count_commands(form, bytes, &gathers, &releases);
    balance.cost = form->submit * (double)ceil_div(bytes, form->host->write_piece) +
                   form->page * (double)pc_card_pages(0, bytes) + form->gather * (double)gathers +
                   form->release * (double)releases + form->fixed;
    if (form->spin)
    {
        balance.cost += spin_cycles(form, write_ps(form, bytes, releases));
    }
    balance.saved = form->map * (double)mapped_pages(form, bytes);
    put_bytes(form, bytes, &balance);
    return balance;
}

/* Payload bytes of a segment that stay on the card. */
static uint32_t
dma_bytes(const struct pc_break_even_host *host, uint32_t length)
{
    uint32_t headers = host->header_bytes;
    struct pc_fetch_plan plan = pc_driver_plan_fetch(&host->fetch, headers + length, headers);
    return length - plan.tail_bytes;
}

static struct message
message_of(const struct form *form, uint64_t bytes)
{
    const struct pc_break_even_host *host = form->host;
    struct message message = {.frames = bytes / host->mss, .rest = (uint32_t)(bytes % host->mss)};
    message.rest_bytes = dma_bytes(host, message.rest);
    uint64_t full = form->frame_dma_bytes > 0 ? message.frames : 0;
    bool own_unit = full % form->unit_frames == 0 && !(full > 0 && rest_joins(form, bytes));
    bool rest = message.rest_bytes > 0;
    message.pieces = full + (rest ? 1 : 0);
    message.units = ceil_div(full, form->unit_frames) + (rest && own_unit ? 1 : 0);
    return message;
}

static struct pc_break_even_balance
balance_read(const struct form *form, uint64_t bytes)
{
    struct pc_break_even_balance balance = {0};
    struct message message = message_of(form, bytes);
    if (message.units > 0)
    {
        balance.cost = form->frame * (double)message.pieces +
                       (form->submit + form->release) * (double)message.units +
                       form->gather * (double)(message.pieces - message.units) +
                       form->page * (double)pc_card_pages(0, bytes) + form->fixed;
        if (form->spin)
        {
            balance.cost += spin_cycles(form, read_ps(form, &message));
        }
    }
    uint64_t moved = message.frames * form->frame_dma_bytes + message.rest_bytes;
    put_bytes(form, moved, &balance);
    return balance;
}

static struct pc_break_even_balance
balance_of(const struct form *form, uint64_t bytes)
{
    return form->call == PC_CALL_WRITE ? balance_write(form, bytes) : balance_read(form, bytes);
}

/* -- Setting it up -- */

static enum pc_cost_line
dram_copy(const struct pc_break_even_host *host)
{
    return host->remote ? PC_COST_COPY_REMOTE : PC_COST_COPY_COLD;
}

static void
set_write(struct form *form)
{
    const struct pc_break_even_host *host = form->host;
    const double *cycles = host->costs->cycles;
    form->map = cycles[PC_COST_DRIVER_MAP];
    form->saved_per_byte = cycles[host->source_warm ? PC_COST_COPY_WARM : dram_copy(host)];
}

/* Units begin at the same place of a page again after `period` of them; it is as good as that where
 * it is more than a message of `largest` bytes has. */
static void
set_period(struct form *form, uint64_t largest)
{
    uint32_t frames = form->unit_frames;
    uint64_t unit_bytes = (uint64_t)frames * form->host->mss;
    form->where[0] = 0;
    for (uint32_t i = 0; i < PC_PAGE_BYTES; i++)
    {
        struct pc_card_step step = unit_step(form, (uint64_t)i * frames, frames);
        struct dma_time time = {0};
        add_piece(&time, &step, 1);
        form->where[i + 1] = form->where[i] + time.bus_ps;
        form->period = i + 1;
        uint64_t reached = form->period * unit_bytes;
        if (reached % PC_PAGE_BYTES == 0 || reached >= largest)
        {
            return;
        }
    }
}

/* Saved by a byte of payload that is not copied from a source, but then read where DMA left it. */
static double
read_saves(const struct pc_break_even_host *host, enum pc_cost_line copy, enum pc_cost_line app)
{
    const double *cycles = host->costs->cycles;
    return cycles[copy] - (host->app_read ? cycles[app] - cycles[PC_COST_APP_READ_WARM] : 0);
}

static void
set_read(struct form *form, uint64_t largest)
{
    const struct pc_break_even_host *host = form->host;
    double fetches = host->header_bytes > host->fetch.header_bytes ? 2 : 1;
    form->frame = fetches * own(form, PC_COST_HEADER_FETCH);
    double missed = !host->dma_into_cache ? 1 : fmax(host->llc_miss, 0);
    form->saved_per_byte =
        (1 - missed) * read_saves(host, PC_COST_COPY_LLC, PC_COST_APP_READ_LLC) +
        missed * read_saves(host, dram_copy(host), PC_COST_APP_READ_COLD);
    form->unit_frames = host->read_unit_bytes / host->mss;
    form->unit_frames = form->unit_frames > 0 ? form->unit_frames : 1;
    form->frame_dma_bytes = dma_bytes(host, host->mss);
    if (form->spin && form->frame_dma_bytes > 0)
    {
        set_period(form, largest);
    }
}

/* Sets up what is asked of calls of up to `largest` bytes. */
static int
set_form(struct form *form,
         const struct pc_break_even_host *host,
         enum pc_call call,
         enum pc_wait_mode wait,
         uint64_t largest)
{
    if (host->write_piece == 0 || host->mss == 0 || !(host->cpu_hz > 0) ||
        !(host->llc_miss <= 1) || host->write_unit_bytes % host->mss != 0 ||
        (call != PC_CALL_WRITE && call != PC_CALL_READ) ||
        (wait != PC_WAIT_SLEEP && wait != PC_WAIT_SPIN))
    {
        return PC_ERR_INVALID;
    }
    form->host = host;
    form->card = (struct pc_card){.config = *host->card};
    form->call = call;
    form->spin = wait == PC_WAIT_SPIN;
    form->submit = own(form, PC_COST_DMA_SUBMIT);
    form->gather = own(form, PC_COST_DMA_GATHER);
    form->release = own(form, PC_COST_RAM_RELEASE);
    if (!host->registered)
    {
        form->page = own(form, PC_COST_PAGE_PIN) + own(form, PC_COST_PAGE_UNPIN) +
                     own(form, PC_COST_IOMMU);
    }
    form->fixed = own(form, PC_COST_DMA_COMPLETE);
    if (!form->spin)
    {
        form->fixed += own(form, PC_COST_INTERRUPT) + own(form, PC_COST_WAKE_UP) +
                       2 * own(form, PC_COST_CONTEXT_SWITCH);
    }
    if (call == PC_CALL_WRITE)
    {
        set_write(form);
    }
    else
    {
        set_read(form, largest);
    }
    return PC_OK;
}

/* -- Solving it -- */

/* The first size in [low, high] that DMA makes cheaper. Both sides of the balance grow with the
 * size, so where even the cost of the smallest call exceeds the saving of the largest there is
 * none. */
static uint64_t
find_first(const struct form *form, uint64_t low, uint64_t high)
{
    if (balance_of(form, low).cost >= balance_of(form, high).saved)
    {
        return PC_BREAK_EVEN_NEVER;
    }
    if (low == high)
    {
        return low;
    }
    uint64_t middle = low + (high - low) / 2;
    uint64_t found = find_first(form, low, middle);
    return found != PC_BREAK_EVEN_NEVER ? found : find_first(form, middle + 1, high);
}

/* The last size in [low, high] that DMA does not make cheaper, 0 if there is none. */
static uint64_t
find_last(const struct form *form, uint64_t low, uint64_t high)
{
    if (balance_of(form, high).cost < balance_of(form, low).saved)
    {
        return 0;
    }
    if (low == high)
    {
        return low;
    }
    uint64_t middle = low + (high - low) / 2;
    uint64_t found = find_last(form, middle + 1, high);
    return found != 0 ? found : find_last(form, low, middle);
}

int
pc_break_even_balance(const struct pc_break_even_host *host,
                      enum pc_call call,
                      enum pc_wait_mode wait,
                      uint64_t bytes,
                      struct pc_break_even_balance *balance)
{
    struct form form = {0};
    int error = set_form(&form, host, call, wait, bytes);
    if (error != PC_OK || bytes == 0 || bytes > PC_BREAK_EVEN_LIMIT)
    {
        return PC_ERR_INVALID;
    }
    *balance = balance_of(&form, bytes);
    return PC_OK;
}

int
pc_break_even_solve(const struct pc_break_even_host *host,
                    enum pc_call call,
                    enum pc_wait_mode wait,
                    struct pc_break_even *sizes)
{
    struct form form = {0};
    int error = set_form(&form, host, call, wait, PC_BREAK_EVEN_LIMIT);
    if (error != PC_OK)
    {
        return error;
    }
    uint64_t last = find_last(&form, 1, PC_BREAK_EVEN_LIMIT);
    sizes->first = find_first(&form, 1, PC_BREAK_EVEN_LIMIT);
    sizes->always = last < PC_BREAK_EVEN_LIMIT ? last + 1 : PC_BREAK_EVEN_NEVER;
    return PC_OK;
}
