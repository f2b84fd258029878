/*
 * region_cost.c - what recording the calls within a region cost is no part of what the program did
 * there: it is taken off the region's duration, as what reading the clock takes is taken off
 * everything. Never clamped. Must run before anything looks at durations of regions.
 */
#include "model/internal.h"

#include "base/sort.h"

#include <dndprof/cost.h>

#include <math.h>

/* Of a thread's records, by start: what it and all before it cost. */
struct paid {
	uint32_t tid;
	int64_t start_ns;
	double sum_ns;
};
struct bill {
	struct paid *items;
	size_t count, room;
};

static int compare_paid(const void *a, const void *b)
{
	const struct paid *x = a, *y = b;
	int order = (x->tid > y->tid) - (x->tid < y->tid);

	return order ? order : (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

/* Of the price, which was calibrated without the kernel, a call saves what it saves of its two
 * clock readings (struct process: null_ns, call_null_ns). */
static double price_of(const struct process *process, const struct event *event, double price)
{
	if (event_is(event, DNDPROF_CALL_region))
		return price;
	return fmin(fmax(price - (process->null_ns - process->call_null_ns), 0), 1e6);
}

/* As the overhead's bill has it, but for that; what message heads cost is not known so closely. A
 * kept record stands for those that were left out, too. */
static void fill_bill(struct bill *bill, const struct process *process, double price)
{
	double sum = 0;

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		double others = (double)event_weight(event) - 1;

		if (!event->pid)
			*list_add(bill) =
				(struct paid){event->tid, event->start_ns,
					      price_of(process, event, price) *
						      (1 + DNDPROF_COST_LEFT_OUT * others)};
	}
	sort(bill->items, bill->count, sizeof(*bill->items), compare_paid);
	for (size_t i = 0; i < bill->count; i++)
		bill->items[i].sum_ns = sum += bill->items[i].sum_ns;
}

/* Of all that the thread began before then. */
static double paid_before(const struct bill *bill, uint32_t tid, int64_t start_ns)
{
	const struct paid wanted = {tid, start_ns, 0};
	size_t low = 0, high = bill->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_paid(&bill->items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? bill->items[low - 1].sum_ns : 0;
}

/* Files of older shims have no price, and keep what they have. */
static double record_price(const struct process *process)
{
	return fmin((double)profile_header(process->profile)->price *
			    clock_tick_ns(process->clock) * DNDPROF_COST_SLOT,
		    1e6);
}

struct regions {
	struct operation **items;
	size_t count, room;
};

static int compare_processes(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;

	return (x->process > y->process) - (x->process < y->process);
}

static void take_off(struct operation *region, const struct bill *bill)
{
	/* Its own record begins with it. */
	double cost = paid_before(bill, region->tid, region->end_ns) -
		      paid_before(bill, region->tid, add_ns(region->start_ns, 1));

	if (cost > 0)
		region->duration_ns = add_ns(region->duration_ns, -llrint(fmin(cost, 4e18)));
}

void model_region_costs(struct model *model)
{
	struct regions regions = {0};
	struct bill bill = {0};
	uint32_t of = NONE;

	for (size_t i = 0; i < model->operations.count; i++)
		if (model->operations.items[i].kind == OPERATION_REGION)
			*list_add(&regions) = &model->operations.items[i];
	sort(regions.items, regions.count, sizeof(*regions.items), compare_processes);
	for (size_t i = 0; i < regions.count; i++) {
		if (of != regions.items[i]->process) {
			const struct process *process;

			of = regions.items[i]->process;
			process = &model->processes.items[of];
			bill.count = 0;
			if (record_price(process) > 0)
				fill_bill(&bill, process, record_price(process));
		}
		take_off(regions.items[i], &bill);
	}
	list_free(&regions);
	list_free(&bill);
}
