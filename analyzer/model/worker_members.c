/*
 * worker_members.c - which threads are a pool: those that began in the same routine. Where their
 * names say that they are of several kinds (a virtual machine starts all of its threads in one
 * routine), each kind is one, and those of which no name is known are another. Threads of which no
 * routine is known are pools by their names alone.
 */
#include "model/pool.h"

#include "base/sort.h"

#include <string.h>

bool life_named(const struct process *process, const struct life *life)
{
	return *life->name && strncmp(life->name, process->program, 15) != 0;
}

struct member {
	struct life *life;
	uint32_t index;
};

static int compare_pools(const struct life *x, const struct life *y)
{
	if (x->start_routine != y->start_routine)
		return x->start_routine < y->start_routine ? -1 : 1;
	return strcmp(x->kind, y->kind);
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = compare_pools(x->life, y->life);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* "GC Thread#0" is a "GC Thread", "pool-1-thread-2" a "pool-1-thread". */
static const char *kind_of(struct crew *crew, const struct life *life)
{
	size_t length = strlen(life->name);

	if (!life_named(&crew->model->processes.items[crew->process], life))
		return "";
	while (length && life->name[length - 1] >= '0' && life->name[length - 1] <= '9')
		length--;
	while (length && strchr(" #-_/:.", life->name[length - 1]))
		length--;
	return length ? arena_copy(crew->model->arena, life->name, length) : life->name;
}

/* One kind alone says no more than the routine does. `members`: of one routine, sorted. */
static void forget_single(struct member *members, size_t count)
{
	const char *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *kind = members[i].life->kind;

		if (*kind && first && strcmp(kind, first) != 0)
			return;
		if (*kind)
			first = kind;
	}
	for (size_t i = 0; i < count; i++)
		members[i].life->kind = "";
}

static void find_kinds(struct crew *crew, struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		members[i].life->kind = kind_of(crew, members[i].life);
	sort(members, count, sizeof(*members), compare_members);
	for (size_t first = 0, i = 1; i <= count; i++) {
		if (i < count &&
		    members[i].life->start_routine == members[first].life->start_routine)
			continue;
		if (members[first].life->start_routine)
			forget_single(members + first, i - first);
		first = i;
	}
	sort(members, count, sizeof(*members), compare_members);
}

void harvest_pools(struct harvest *harvest, struct crew *crew)
{
	struct member *members = memory_get((crew->lives.count + 1) * sizeof(*members));
	uint32_t *lives = memory_get((crew->lives.count + 1) * sizeof(*lives));
	size_t count = 0;

	for (uint32_t i = 0; i < crew->lives.count; i++) {
		struct life *life = &crew->lives.items[i];

		if (!life->main && life->marked == NONE && life->end_ns > life->start_ns)
			members[count++] = (struct member){life, i};
	}
	if (count)
		find_kinds(crew, members, count);
	for (size_t i = 0; i < count; i++)
		lives[i] = members[i].index;
	for (size_t first = 0, i = 1; first < count; i++) {
		if (i < count && compare_pools(members[i].life, members[first].life) == 0)
			continue;
		pool_build(harvest, crew, lives + first, i - first);
		first = i;
	}
	free(members);
	free(lives);
}
