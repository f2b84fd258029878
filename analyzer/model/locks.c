/*
 * locks.c - contended locks, one row each. Who held a lock is known where a thread got it during
 * another's wait, after waiting itself; locks that were free are counted and not recorded, so of
 * other waits the holder is unknown.
 */
#include "model/internal.h"

#include "base/sort.h"

#include <dndprof/profile.h>

#include <inttypes.h>
#include <string.h>

struct waits {
	struct operation **items;
	size_t count, room;
};

static int compare(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

static bool same_lock(const struct operation *x, const struct operation *y)
{
	return x->process == y->process && x->lock == y->lock;
}

/* A thread's wait, or its holding of the lock. */
struct part {
	uint32_t tid;
	int64_t ns;
};

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Sums parts by thread, ascending by thread; returns how many threads there are. */
static size_t sum_parts(struct part *parts, size_t count)
{
	size_t kept = 0;

	if (count)
		sort(parts, count, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < count; i++)
		if (kept && parts[kept - 1].tid == parts[i].tid)
			parts[kept - 1].ns = add_ns(parts[kept - 1].ns, parts[i].ns);
		else
			parts[kept++] = parts[i];
	return kept;
}

/* The name the thread had last; "" when it has none. */
static const char *name_of(struct model *model, uint32_t process, uint32_t tid)
{
	const struct process *from = &model->processes.items[process];

	for (size_t i = from->events.count; i-- > 0;) {
		const struct event *event = &from->events.items[i];
		const char *name = (const char *)event->record->payload;

		if (event->tid == tid && event->record->raw.payload == DNDPROF_PAYLOAD_THREAD &&
		    event->record->payload_size >= 16)
			return arena_copy(model->arena, name, strnlen(name, 16));
	}
	return "";
}

/* Who got the lock during another's wait held it until that one got it. */
static void find_holder(struct lock_row *row, struct operation *const *waits, size_t count,
			struct part *parts)
{
	size_t used = 0;

	for (size_t i = 1; i < count; i++)
		if (waits[i - 1]->tid != waits[i]->tid && !waits[i - 1]->status &&
		    waits[i - 1]->end_ns >= waits[i]->start_ns)
			parts[used++] = (struct part){waits[i - 1]->tid,
						      waits[i]->end_ns - waits[i - 1]->end_ns};
	used = sum_parts(parts, used);
	for (size_t i = 0; i < used; i++)
		if (!row->holder || parts[i].ns > row->holder_ns) {
			row->holder = parts[i].tid;
			row->holder_ns = parts[i].ns;
		}
}

static int compare_sites(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;

	return strcmp(x->site ? x->site : "", y->site ? y->site : "");
}

/* Where the lock was waited for longest, of the waits whose stacks were taken. */
static const char *find_site(struct operation *const *waits, size_t count)
{
	struct operation **by_site = memory_get(count * sizeof(*by_site));
	const char *site = NULL;
	int64_t sum = 0, most = 0;

	memcpy(by_site, waits, count * sizeof(*by_site));
	sort(by_site, count, sizeof(*by_site), compare_sites);
	for (size_t i = 0; i < count; i++) {
		if (i && compare_sites(&by_site[i - 1], &by_site[i]) != 0)
			sum = 0;
		sum = add_ns(sum, by_site[i]->duration_ns);
		if (by_site[i]->site && (!site || sum > most)) {
			most = sum;
			site = by_site[i]->site;
		}
	}
	free(by_site);
	return site;
}

/* `waits` of one lock, by their ends. */
static void add_row(struct model *model, struct operation *const *waits, size_t count)
{
	struct lock_row *row = list_add(&model->locks);
	struct part *parts = memory_get(count * sizeof(*parts));

	row->process = waits[0]->process;
	row->address = waits[0]->lock;
	row->kind = strstr(waits[0]->endpoint, "rwlock") ? "rwlock" : "mutex";
	row->waits = count;
	for (size_t i = 0; i < count; i++) {
		row->total_ns = add_ns(row->total_ns, waits[i]->duration_ns);
		if (!i || waits[i]->duration_ns > row->max_ns)
			row->max_ns = waits[i]->duration_ns;
		parts[i] = (struct part){waits[i]->tid, 0};
	}
	row->threads = sum_parts(parts, count);
	find_holder(row, waits, count, parts);
	row->site = find_site(waits, count);
	row->holder_name = row->holder ? name_of(model, row->process, row->holder) : "";
	free(parts);
}

static int compare_rows(const void *a, const void *b)
{
	const struct lock_row *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->waits < y->waits) - (x->waits > y->waits);
}

static uint64_t key_of(uint32_t process, uint64_t address)
{
	return address ^ (uint64_t)process << 48; /* addresses have 47 bits; others may meet */
}

static void name_row(struct model *model, struct lock_row *row, uint32_t number)
{
	row->number = number;
	row->what = arena_print(model->arena, "%s %" PRIu32, row->kind, number);
	row->title = *row->holder_name ? arena_print(model->arena, "%s, held most by %s", row->what,
						     row->holder_name)
				       : row->what;
}

void model_locks(struct model *model)
{
	struct waits waits = {0};

	for (size_t i = 0; i < model->operations.count; i++)
		if (model->operations.items[i].kind == OPERATION_LOCK)
			*list_add(&waits) = &model->operations.items[i];
	if (waits.count)
		sort(waits.items, waits.count, sizeof(*waits.items), compare);
	for (size_t first = 0, i = 1; first < waits.count && i <= waits.count; i++)
		if (i == waits.count || !same_lock(waits.items[first], waits.items[i])) {
			add_row(model, waits.items + first, i - first);
			first = i;
		}
	if (model->locks.count)
		sort(model->locks.items, model->locks.count, sizeof(*model->locks.items),
		     compare_rows);
	for (uint32_t i = 0; i < model->locks.count; i++) {
		struct lock_row *row = &model->locks.items[i];

		name_row(model, row, i + 1);
		map_set(&model->lock_index, key_of(row->process, row->address), i);
	}
	list_free(&waits);
}

const struct lock_row *model_lock_of(const struct model *model, uint32_t process, uint64_t address)
{
	uint32_t index = map_get(&model->lock_index, key_of(process, address));
	const struct lock_row *row = index == UINT32_MAX ? NULL : &model->locks.items[index];

	return row && row->process == process && row->address == address ? row : NULL;
}

/* Locks keep the names that the critical path calls them by. */
void model_locks_again(struct model *model)
{
	struct lock_row *before = model->locks.items;
	struct map index = model->lock_index;

	model->locks.items = NULL;
	model->locks.count = model->locks.room = 0;
	model->lock_index = (struct map){0};
	model_locks(model);
	for (size_t i = 0; i < model->locks.count; i++) {
		struct lock_row *row = &model->locks.items[i];
		uint32_t known = map_get(&index, key_of(row->process, row->address));

		if (known != UINT32_MAX)
			name_row(model, row, before[known].number);
	}
	for (size_t i = 0; i < model->critical.stretches.count; i++) {
		struct stretch *stretch = &model->critical.stretches.items[i];

		if (stretch->kind == STRETCH_LOCK && stretch->index != NONE)
			stretch->index =
				map_get(&model->lock_index, key_of(before[stretch->index].process,
								   before[stretch->index].address));
	}
	free(before);
	map_free(&index);
}
