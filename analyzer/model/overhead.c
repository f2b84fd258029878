/*
 * overhead.c - what the profiling itself cost, by cause (dndprof/cost.h has the prices), and what
 * was lost.
 */
#include "model/internal.h"

#include <dndprof/config.h>
#include <dndprof/cost.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096

static const struct overhead_row causes[] = {
#define ROW(id, text, name, way) {.cause = OVERHEAD_##id, .key = text, .title = name, .how = way},
	OVERHEAD_CAUSES(ROW)
#undef ROW
};

struct bill {
	struct overhead_row rows[OVERHEAD_CAUSE_COUNT];
	double total[OVERHEAD_CAUSE_COUNT];
};

static void add(struct bill *bill, enum overhead_cause cause, uint64_t count, double ns)
{
	uint64_t *sum = &bill->rows[cause].count;

	if (__builtin_add_overflow(*sum, count, sum))
		*sum = UINT64_MAX;
	bill->total[cause] += ns;
}

static bool is_lock(const struct profile_call *call)
{
	return call->category == DNDPROF_CATEGORY_LOCK ||
	       (call->known >= DNDPROF_CALL_sem_wait && call->known <= DNDPROF_CALL_sem_post);
}

/* Calls had at once are counted and not timed; with records switched off all else is timed only. */
static void count_calls(const struct process *process, uint64_t *timed, uint64_t *counted)
{
	for (unsigned int id = 0; id < DNDPROF_RING_CALLS; id++) {
		const struct profile_stats *stats = profile_stats(process->profile, id);

		if (!stats || dndprof_call_is_null(profile_call(process->profile, id)->known))
			continue;
		*timed += stats->timed < UINT32_MAX ? stats->timed : UINT32_MAX;
		if (is_lock(profile_call(process->profile, id)) && stats->count > stats->timed)
			*counted += stats->count - stats->timed;
	}
}

static void count_rings(const struct process *process, uint64_t timed, struct dndprof_cost *cost)
{
	uint64_t slots = 0;
	size_t rings;
	const struct profile_ring *ring = profile_rings(process->profile, &rings);

	for (size_t i = 0; i < rings; i++) {
		uint64_t used = ring[i].head < ring[i].capacity ? ring[i].head : ring[i].capacity;

		slots += ring[i].head;
		cost->left_out += ring[i].sampled;
		cost->pages += used * sizeof(struct dndprof_record) / PAGE + 1;
	}
	dndprof_cost_slots(cost, slots, timed);
}

/* When the file's places for samples are used up, every second is dropped and they come half as
 * often: so many were taken for those that are there. */
static uint64_t samples_taken(const struct process *process)
{
	const char *rate = profile_info(process->profile, "config.SAMPLING_RATE");
	size_t count;
	const struct dndprof_sample *samples = profile_samples(process->profile, &count);
	double least, gap;
	int64_t interval;

	if (count < 3 || !rate ||
	    dndprof_config_parse(DNDPROF_CONFIG_ID_SAMPLING_RATE, rate, &interval) < 0)
		return count;
	gap = ((double)clock_ns(process->clock, samples[count - 1].ticks) -
	       (double)clock_ns(process->clock, samples[0].ticks)) /
	      (double)(count - 1);
	least = gap / (double)interval; /* a power of two, or more in idle times */
	return least < 2 ? count : count + 32 * (uint64_t)fmin(log2(least), 32);
}

static double page_price(const struct process *process)
{
	const char *fs = profile_info(process->profile, "fs");

	return fs && strtoul(fs, NULL, 16) == DNDPROF_COST_TMPFS ? DNDPROF_COST_PAGE_TMPFS_NS
								 : DNDPROF_COST_PAGE_NS;
}

static void add_start(struct bill *bill, const struct process *process)
{
	uint32_t gates = profile_header(process->profile)->gates;
	bool injected = gates == DNDPROF_GATE_GO;

	if (process->forked) /* nothing is loaded again; its file is made when it first records */
		return;
	add(bill, OVERHEAD_STARTUP, 1,
	    (double)process->startup_ns + (injected ? 0 : DNDPROF_COST_LOAD_NS));
	if (injected)
		add(bill, OVERHEAD_INJECTION, 1, DNDPROF_COST_INJECTION_NS);
}

/* Files of older shims have no price: the null interval, two of which are in it, stands in. */
static double price_of(const struct process *process)
{
	uint64_t price = profile_header(process->profile)->price;

	return price ? fmin((double)price * clock_tick_ns(process->clock), 1e6)
		     : 2 * fmin(process->null_ns, 1e6);
}

/* Go's has its slot in it. Where it is not known, in files of older shims or because the machine
 * was too busy for its calibration, a share of C's stands in: an estimate, and told as one. */
static double price_of_go(struct bill *bill, const struct process *process)
{
	uint64_t price = profile_header(process->profile)->go_price;

	if (price)
		return fmin((double)price * clock_tick_ns(process->clock), 1e6) / DNDPROF_COST_SLOT;
	bill->rows[OVERHEAD_GO].how = "estimated";
	return price_of(process) * DNDPROF_COST_GO_SHARE;
}

static void add_process(struct bill *bill, const struct process *process)
{
	const struct dndprof_header *header = profile_header(process->profile);
	bool go = header->gates & DNDPROF_GATE_GO;
	struct dndprof_cost cost = {
		.price = go ? price_of_go(bill, process) : price_of(process),
		.payload_price = go ? DNDPROF_COST_PAYLOAD_GO_NS : DNDPROF_COST_PAYLOAD_NS,
		.page_price = page_price(process),
		.left_out_share = go ? DNDPROF_COST_LEFT_OUT_GO : DNDPROF_COST_LEFT_OUT};
	uint64_t timed = 0;

	add_start(bill, process);
	count_calls(process, &timed, &cost.counted);
	count_rings(process, timed, &cost);
	cost.samples = samples_taken(process);
	add(bill, go ? OVERHEAD_GO : OVERHEAD_LIBC, cost.records + cost.left_out,
	    dndprof_cost_calls(&cost));
	add(bill, OVERHEAD_COUNTED, cost.counted, DNDPROF_COST_COUNTED_NS * (double)cost.counted);
	add(bill, OVERHEAD_MEMORY, cost.pages, cost.page_price * (double)cost.pages);
	add(bill, OVERHEAD_STACKS, header->stacks,
	    clock_tick_ns(process->clock) * (double)header->stack_ticks);
	add(bill, OVERHEAD_SAMPLES, cost.samples, DNDPROF_COST_SAMPLE_NS * (double)cost.samples);
}

static void add_limit(struct overhead *overhead, const struct process *process)
{
	const char *text = profile_info(process->profile, "config.MAX_OVERHEAD");
	int64_t limit;

	if (text && dndprof_config_parse(DNDPROF_CONFIG_ID_MAX_OVERHEAD, text, &limit) == 0 &&
	    (overhead->limit < 0 || (double)limit / 1e6 < overhead->limit))
		overhead->limit = (double)limit / 1e6;
}

static int64_t whole(double ns)
{
	return llrint(fmin(ns, 4e18));
}

static void settle(struct overhead *overhead, struct bill *bill, int64_t wall_ns)
{
	for (unsigned int i = 0; i < OVERHEAD_CAUSE_COUNT; i++) {
		struct overhead_row *row = &bill->rows[i];
		int64_t ns = whole(bill->total[i]);

		if (!row->count)
			continue;
		row->each_ns = bill->total[i] / (double)row->count;
		row->total_ns = ns;
		*list_add(&overhead->rows) = *row;
		overhead->total_ns = add_ns(overhead->total_ns, ns);
		if (i == OVERHEAD_STARTUP || i == OVERHEAD_INJECTION)
			overhead->startup_ns = add_ns(overhead->startup_ns, ns);
		else
			overhead->running_ns = add_ns(overhead->running_ns, ns);
	}
	if (wall_ns > 0) {
		overhead->share = (double)overhead->total_ns / (double)wall_ns;
		overhead->running_share = (double)overhead->running_ns / (double)wall_ns;
	}
	overhead->within = overhead->running_share <= overhead->limit;
}

/* ---- losses ---- */

static void add_loss(struct overhead *overhead, const char *key, const char *reason, uint64_t count)
{
	for (size_t i = 0; i < overhead->losses.count; i++)
		if (strcmp(overhead->losses.items[i].key, key) == 0) {
			uint64_t *sum = &overhead->losses.items[i].count;

			if (__builtin_add_overflow(*sum, count, sum))
				*sum = UINT64_MAX;
			return;
		}
	if (count)
		*list_add(&overhead->losses) = (struct loss_row){key, reason, count};
}

static void add_losses(struct overhead *overhead, const struct process *process)
{
#define LOSS(id, sentence) {#id, sentence},
	static const struct {
		const char *key, *sentence;
	} reasons[] = {DNDPROF_LOSSES(LOSS)};
#undef LOSS
	size_t rings;
	const struct profile_ring *ring = profile_rings(process->profile, &rings);

	for (size_t i = 0; i < rings; i++) {
		add_loss(overhead, "OVERWRITTEN", "record slots overwritten by newer ones",
			 ring[i].overwritten);
		add_loss(overhead, "MISSING", "record slots in flight or missing", ring[i].missing);
	}
	for (unsigned int i = 0; i < DNDPROF_LOSS_COUNT; i++)
		if (i != DNDPROF_LOSS_SHARED_RING) /* kept, elsewhere */
			add_loss(overhead, reasons[i].key, reasons[i].sentence,
				 profile_loss(process->profile, (enum dndprof_loss)i));
	add_loss(overhead, "CUT_OFF", "bytes a file was cut off by",
		 profile_cut_off(process->profile));
}

void model_overhead(struct model *model)
{
	struct overhead *overhead = &model->overhead;
	struct bill bill = {0};
	bool any = false;

	*overhead = (struct overhead){
		.total_ns = -1, .share = -1, .running_share = -1, .limit = -1, .within = true};
	memcpy(bill.rows, causes, sizeof(causes));
	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (!process->profile)
			continue;
		add_process(&bill, process);
		add_limit(overhead, process);
		add_losses(overhead, process);
		any = true;
	}
	for (size_t i = 0; i < model->runs.count; i++) {
		const struct usage *usage = &model->runs.items[i].run->usage;

		add(&bill, OVERHEAD_RUN, (uint64_t)usage->looks, (double)usage->cost_ns);
	}
	if (overhead->limit < 0)
		overhead->limit = 0.05;
	if (!any)
		return;
	overhead->total_ns = 0;
	settle(overhead, &bill, model->summary.wall_ns);
}
