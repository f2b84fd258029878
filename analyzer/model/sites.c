/*
 * sites.c - call sites out of the stacks in the profiles. Files with their symbols are looked at
 * here, and only when there is a stack.
 */
#define _GNU_SOURCE /* strerrorname_np */
#include "model/internal.h"

#include "base/sort.h"

#include <string.h>

#define FRAMES_MOST 64
#define NEAR	    64 /* operations before a stack that may hold it */

/* A stack, with what it is a stack of. */
struct taken {
	const struct event *event;
	uint32_t process, site;
};

struct work {
	struct model *model;
	LIST(struct taken) taken;
	struct map index; /* of sites, by hash */
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Is the frame one that nobody would name: libc's own, C++'s, the runtime's? */
static bool is_dull(const struct symbol *symbol)
{
	static const char *const modules[] = {"libc.so",   "ld-linux", "libpthread",
					      "libstdc++", "ld-musl",  "linux-vdso"};
	static const char *const functions[] = {"syscall.",	"runtime.",    "internal/",
						"net.(*netFD)", "net.(*conn)", "os.(*File)",
						"_start"};

	if (!symbol->module)
		return true;
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (begins(symbol->module, modules[i]))
			return true;
	for (size_t i = 0; symbol->function && i < sizeof(functions) / sizeof(functions[0]); i++)
		if (begins(symbol->function, functions[i]))
			return true;
	return false;
}

static const char *title_of(struct model *model, const struct site *site)
{
	for (size_t i = 0; i < site->frame_count; i++)
		if (!is_dull(site->frames[i]))
			return symbol_name(model->symbols, site->frames[i]);
	return symbol_name(model->symbols, site->frames[0]);
}

static uint64_t hash_of(const struct symbol *const *frames, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++)
		hash = map_key(hash, (uintptr_t)frames[i]);
	return hash;
}

/* The site of these frames. Frames that are equal are the same. */
static uint32_t site_of(struct work *work, const struct symbol *const *frames, size_t count)
{
	struct model *model = work->model;
	uint64_t key = hash_of(frames, count);
	struct site *site;
	uint32_t index;

	for (; (index = map_get(&work->index, key)) != UINT32_MAX; key++) {
		site = &model->sites.list.items[index];
		if (site->frame_count == count &&
		    memcmp(site->frames, frames, count * sizeof(*frames)) == 0)
			return index;
	}
	index = (uint32_t)model->sites.list.count;
	map_set(&work->index, key, index);
	site = list_add(&model->sites.list);
	site->frames = arena_get(model->arena, count * sizeof(*frames));
	memcpy(site->frames, frames, count * sizeof(*frames));
	site->frame_count = count;
	return index;
}

static void read_stack(struct work *work, uint32_t process, const struct event *event)
{
	struct model *model = work->model;
	const struct profile *profile = model->processes.items[process].profile;
	const struct symbol *frames[FRAMES_MOST];
	size_t count = event->record->payload_size / sizeof(uint64_t);
	struct taken *taken;

	count = count < FRAMES_MOST ? count : FRAMES_MOST;
	if (!count)
		return;
	if (!model->symbols)
		model->symbols = symbols_new();
	for (size_t i = 0; i < count; i++) {
		uint64_t address;

		memcpy(&address, event->record->payload + i * sizeof(address), sizeof(address));
		frames[i] = symbol_of_call(model->symbols, profile, address);
	}
	taken = list_add(&work->taken);
	*taken = (struct taken){event, process, site_of(work, frames, count)};
}

static int64_t duration_of(const struct taken *taken)
{
	return taken->event->end_ns - taken->event->start_ns;
}

static const char *error_of(const struct taken *taken)
{
	uint8_t error = taken->event->record->raw.error;

	return !error ? NULL : strerrorname_np(error) ? strerrorname_np(error) : "failed";
}

/* ---- rows ---- */

/* The sites are being sorted; what the comparison needs of them. */
static const struct model *sorted;

static int compare_taken(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;
	const struct process *p = &sorted->processes.items[x->process];
	const struct process *q = &sorted->processes.items[y->process];
	int by;

	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	by = strcmp(x->event->call->name, y->event->call->name);
	if (!by)
		by = x->event->record->raw.error - y->event->record->raw.error;
	return by ? by : strcmp(p->program, q->program);
}

static int compare_rows(const void *a, const void *b)
{
	const struct site_row *x = a, *y = b;

	if (x->site != y->site) {
		const struct site *p = &sorted->sites.list.items[x->site];
		const struct site *q = &sorted->sites.list.items[y->site];

		if (p->total_ns != q->total_ns)
			return p->total_ns > q->total_ns ? -1 : 1;
		return x->site < y->site ? -1 : 1;
	}
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return strcmp(x->call, y->call);
}

static void make_rows(struct work *work)
{
	struct model *model = work->model;
	struct site_row *row = NULL;

	for (size_t i = 0; i < work->taken.count; i++) {
		const struct taken *taken = &work->taken.items[i];
		int64_t duration = duration_of(taken);

		if (!i || compare_taken(&work->taken.items[i - 1], taken) != 0) {
			row = list_add(&model->sites.rows);
			*row = (struct site_row){
				.site = taken->site,
				.call = taken->event->call->name,
				.program = model->processes.items[taken->process].program,
				.error = error_of(taken)};
		}
		row->count++;
		row->total_ns = add_ns(row->total_ns, duration);
		row->max_ns = duration > row->max_ns ? duration : row->max_ns;
		model->sites.list.items[taken->site].total_ns =
			add_ns(model->sites.list.items[taken->site].total_ns, duration);
	}
}

/* Sites in the order of their rows. */
static void number_sites(struct model *model)
{
	struct site *ordered = memory_get((model->sites.list.count + 1) * sizeof(*ordered));
	uint32_t last = NONE, used = 0;

	for (uint32_t i = 0; i < model->sites.rows.count; i++) {
		struct site_row *row = &model->sites.rows.items[i];

		if (row->site != last) {
			last = row->site;
			ordered[used] = model->sites.list.items[last];
			ordered[used++].first = i;
		}
		row->site = used - 1;
	}
	if (used)
		memcpy(model->sites.list.items, ordered, used * sizeof(*ordered));
	free(ordered);
	for (uint32_t i = 0; i < model->sites.list.count; i++)
		for (uint32_t j = 0; j < model->sites.list.items[i].frame_count; j++)
			*list_add(&model->sites.frames) =
				(struct site_frame){i, j + 1, model->sites.list.items[i].frames[j]};
}

/* ---- sites of operations ---- */

/* An operation is named after its own call's stack, or the longest of its thread within it. */
static void name_operation(struct model *model, const struct taken *taken, int64_t *longest)
{
	const struct event *event = taken->event;
	size_t low = 0, high = model->operations.count;

	while (low < high) { /* the first that begins after it */
		size_t middle = low + (high - low) / 2;

		if (model->operations.items[middle].start_ns <= event->start_ns)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low, n = 0; i-- > 0 && n < NEAR; n++) {
		struct operation *operation = &model->operations.items[i];

		if (operation->process != taken->process || operation->end_ns < event->end_ns ||
		    operation->tid != event->tid || duration_of(taken) < longest[i])
			continue;
		longest[i] = duration_of(taken);
		operation->site = model->sites.list.items[taken->site].title;
	}
}

static void name_operations(struct work *work)
{
	int64_t *longest = memory_get((work->model->operations.count + 1) * sizeof(*longest));

	for (size_t i = 0; i < work->taken.count; i++)
		name_operation(work->model, &work->taken.items[i], longest);
	free(longest);
}

void model_sites(struct model *model)
{
	struct work work = {.model = model};

	for (uint32_t i = 0; i < model->processes.count; i++)
		for (size_t j = 0; j < model->processes.items[i].stacks.count; j++)
			read_stack(&work, i, &model->processes.items[i].stacks.items[j]);
	if (model->symbols)
		symbols_look_up(model->symbols);
	for (size_t i = 0; i < model->sites.list.count; i++)
		model->sites.list.items[i].title = title_of(model, &model->sites.list.items[i]);
	sorted = model;
	if (work.taken.count)
		sort(work.taken.items, work.taken.count, sizeof(*work.taken.items), compare_taken);
	make_rows(&work);
	name_operations(&work);
	if (model->sites.rows.count)
		sort(model->sites.rows.items, model->sites.rows.count,
		     sizeof(*model->sites.rows.items), compare_rows);
	number_sites(model);
	list_free(&work.taken);
	map_free(&work.index);
}

const char *model_symbol(struct model *model, uint32_t process, uint64_t address)
{
	const struct profile *profile = model->processes.items[process].profile;
	const struct symbol *symbol;

	if (!profile)
		return NULL;
	if (!model->symbols)
		model->symbols = symbols_new();
	symbol = symbol_at(model->symbols, profile, address);
	symbols_look_up(model->symbols);
	return symbol->function ? symbol->function
	       : symbol->module ? symbol_name(model->symbols, symbol)
				: NULL;
}
