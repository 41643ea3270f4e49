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
    double piece;          /* cycles a piece of a write, or a frame whose payload is on the card */
    double segment;        /* cycles a segment of a write */
    double fixed;          /* cycles a call */
    double saved_per_byte; /* cycles; negative where the application reads cold for more */
    /* read: frames on pages repeat after `period` of them; where[i] is the bus time before i */
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

/* The release commands of the write before, one a segment, ride on the first piece's doorbell. */
static void
add_releases(const struct form *form, uint64_t segments, struct pc_card_step *step)
{
    struct pc_card_step one = {0};
    pc_card_release(&form->card, form->host->bus, &one);
    step->bus.up_ps += one.bus.up_ps * (pc_time)segments;
    step->bus.down_ps += one.bus.down_ps * (pc_time)segments;
}

static pc_time
write_ps(const struct form *form, uint64_t bytes)
{
    uint64_t size = form->host->write_piece;
    uint64_t full = (bytes - 1) / size;
    uint64_t segments = ceil_div(bytes, form->host->mss);
    struct pc_card_step last = write_step(form, bytes - full * size);
    struct dma_time time = {0};
    pc_time others_ps = 0;
    if (full == 0)
    {
        add_releases(form, segments, &last);
    }
    else
    {
        struct pc_card_step step = write_step(form, size);
        add_piece(&time, &step, full - 1);
        add_releases(form, segments, &step);
        add_piece(&time, &step, 1);
        others_ps = dma_ps(form, &time) + step.bus.latency_ps;
    }
    add_piece(&time, &last, 1);
    /* a last piece that is short may have its data before the one before it */
    return max_time(others_ps, dma_ps(form, &time) + last.bus.latency_ps);
}

/* The payload of frame `number` of a message that is on the card, its last `bytes` of `length`. */
static struct pc_card_step
read_step(const struct form *form, uint64_t number, uint32_t length, uint32_t bytes)
{
    uint64_t offset = number * form->host->mss + (length - bytes);
    struct pc_card_step step = {0};
    pc_card_payload(&form->card,
                    form->host->bus,
                    PC_TO_HOST,
                    (uint32_t)(offset % PC_PAGE_BYTES),
                    bytes,
                    &step);
    return step;
}

static pc_time
read_ps(const struct form *form, uint64_t frames, uint32_t rest, uint32_t rest_bytes)
{
    struct dma_time time = {0};
    struct pc_card_step step = {0};
    uint64_t full = form->frame_dma_bytes > 0 ? frames : 0;
    if (full > 0)
    {
        step = read_step(form, 0, form->host->mss, form->frame_dma_bytes);
        add_piece(&time, &step, full);
        time.bus_ps = form->where[form->period] * (pc_time)(full / form->period) +
                      form->where[full % form->period];
    }
    if (rest_bytes > 0)
    {
        step = read_step(form, frames, rest, rest_bytes);
        add_piece(&time, &step, 1);
    }
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
    balance->saved = fmax(form->saved_per_byte, 0) * (double)bytes;
    balance->cost += fmax(-form->saved_per_byte, 0) * (double)bytes;
}

static struct pc_break_even_balance
balance_write(const struct form *form, uint64_t bytes)
{
    struct pc_break_even_balance balance = {0};
    balance.cost = form->piece * (double)ceil_div(bytes, form->host->write_piece) +
                   form->page * (double)pc_card_pages(0, bytes) +
                   form->segment * (double)ceil_div(bytes, form->host->mss) + form->fixed;
    if (form->spin)
    {
        balance.cost += spin_cycles(form, write_ps(form, bytes));
    }
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

static struct pc_break_even_balance
balance_read(const struct form *form, uint64_t bytes)
{
    uint64_t frames = bytes / form->host->mss;
    uint32_t rest = (uint32_t)(bytes % form->host->mss);
    uint32_t rest_bytes = dma_bytes(form->host, rest);
    uint64_t pieces = (form->frame_dma_bytes > 0 ? frames : 0) + (rest_bytes > 0 ? 1 : 0);
    struct pc_break_even_balance balance = {0};
    if (pieces > 0)
    {
        balance.cost = form->piece * (double)pieces +
                       form->page * (double)pc_card_pages(0, bytes) + form->fixed;
        if (form->spin)
        {
            balance.cost += spin_cycles(form, read_ps(form, frames, rest, rest_bytes));
        }
    }
    put_bytes(form, frames * form->frame_dma_bytes + rest_bytes, &balance);
    return balance;
}

static struct pc_break_even_balance
balance_of(const struct form *form, uint64_t bytes)
{
    return form->call == PC_CALL_WRITE ? balance_write(form, bytes) : balance_read(form, bytes);
}

/* -- Setting it up -- */

static void
set_write(struct form *form)
{
    const struct pc_break_even_host *host = form->host;
    form->piece = own(form, PC_COST_DMA_SUBMIT);
    form->segment = own(form, PC_COST_DMA_GATHER) + own(form, PC_COST_RAM_RELEASE);
    form->saved_per_byte =
        host->costs->cycles[host->source_warm ? PC_COST_COPY_WARM : PC_COST_COPY_COLD];
}

/* Frames begin at the same place of a page again after `period` of them. */
static void
set_period(struct form *form)
{
    form->where[0] = 0;
    for (uint32_t i = 0; i < PC_PAGE_BYTES; i++)
    {
        struct pc_card_step step = read_step(form, i, form->host->mss, form->frame_dma_bytes);
        struct dma_time time = {0};
        add_piece(&time, &step, 1);
        form->where[i + 1] = form->where[i] + time.bus_ps;
        form->period = i + 1;
        if ((uint64_t)form->period * form->host->mss % PC_PAGE_BYTES == 0)
        {
            return;
        }
    }
}

static void
set_read(struct form *form)
{
    const struct pc_break_even_host *host = form->host;
    const double *cycles = host->costs->cycles;
    double fetches = host->header_bytes > host->fetch.header_bytes ? 2 : 1;
    form->piece = fetches * own(form, PC_COST_HEADER_FETCH) + own(form, PC_COST_DMA_SUBMIT) +
                  own(form, PC_COST_RAM_RELEASE);
    form->saved_per_byte = cycles[host->dma_into_cache ? PC_COST_COPY_LLC : PC_COST_COPY_COLD];
    if (host->app_read)
    {
        enum pc_cost_line line =
            host->dma_into_cache ? PC_COST_APP_READ_LLC : PC_COST_APP_READ_COLD;
        form->saved_per_byte -= cycles[line] - cycles[PC_COST_APP_READ_WARM];
    }
    form->frame_dma_bytes = dma_bytes(host, host->mss);
    if (form->spin && form->frame_dma_bytes > 0)
    {
        set_period(form);
    }
}

static int
set_form(struct form *form,
         const struct pc_break_even_host *host,
         enum pc_call call,
         enum pc_wait_mode wait)
{
    if (host->write_piece == 0 || host->mss == 0 || !(host->cpu_hz > 0) ||
        (call != PC_CALL_WRITE && call != PC_CALL_READ) ||
        (wait != PC_WAIT_SLEEP && wait != PC_WAIT_SPIN))
    {
        return PC_ERR_INVALID;
    }
    form->host = host;
    form->card = (struct pc_card){.config = *host->card};
    form->call = call;
    form->spin = wait == PC_WAIT_SPIN;
    form->page = own(form, PC_COST_PAGE_PIN) + own(form, PC_COST_PAGE_UNPIN) +
                 own(form, PC_COST_IOMMU);
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
        set_read(form);
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
    int error = set_form(&form, host, call, wait);
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
    int error = set_form(&form, host, call, wait);
    if (error != PC_OK)
    {
        return error;
    }
    uint64_t last = find_last(&form, 1, PC_BREAK_EVEN_LIMIT);
    sizes->first = find_first(&form, 1, PC_BREAK_EVEN_LIMIT);
    sizes->always = last < PC_BREAK_EVEN_LIMIT ? last + 1 : PC_BREAK_EVEN_NEVER;
    return PC_OK;
}
