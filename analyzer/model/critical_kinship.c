/*
 * critical_kinship.c - which process is whose child, which image became which, and who reads what
 * another writes. See critical.h.
 */
#include "model/critical.h"

#include "base/sort.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAKERS_MOST 64 /* generations to look through; a damaged file's may be a ring */

static const struct process *sorted_processes;

static int compare_images(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct process *x = &sorted_processes[i], *y = &sorted_processes[j];

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (i > j) - (i < j); /* what an exec led to and left nothing was added later */
}

static int compare_children(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct process *x = &sorted_processes[i], *y = &sorted_processes[j];

	if (x->maker != y->maker)
		return x->maker < y->maker ? -1 : 1;
	if (x->reaped_ns != y->reaped_ns)
		return x->reaped_ns < y->reaped_ns ? -1 : 1;
	return (i > j) - (i < j);
}

static bool became(const struct process *before, const struct process *after)
{
	return before->run == after->run && before->pid == after->pid && before->pid > 0 &&
	       before->profile && profile_header(before->profile)->end == DNDPROF_END_EXEC;
}

/* Images of one process; what is known of its making goes to the first. */
static void find_images(struct model *model, struct kinship *kinship, const uint32_t *sorted)
{
	struct process *processes = model->processes.items;

	for (size_t i = model->processes.count; i-- > 1;) {
		struct process *after = &processes[sorted[i]], *before = &processes[sorted[i - 1]];

		if (!became(before, after))
			continue;
		kinship->earlier[sorted[i]] = sorted[i - 1];
		kinship->later[sorted[i - 1]] = sorted[i];
		if (before->maker == NONE && after->made_ns <= before->start_ns) {
			before->maker = after->maker;
			before->made_ns = after->made_ns;
			before->reaped_ns = after->reaped_ns;
		}
	}
	for (size_t i = 0; i < model->processes.count; i++) {
		uint32_t earlier = kinship->earlier[sorted[i]];

		kinship->original[sorted[i]] =
			earlier == NONE ? sorted[i] : kinship->original[earlier];
	}
}

/* Which pipe a standard stream of the process is. False: none, or not known. */
static bool pipe_of(const struct process *process, const char *stream, uint64_t *key)
{
	const char *text = process->profile ? profile_info(process->profile, stream) : NULL;
	uint64_t device, inode;

	if (!text || sscanf(text, "%" SCNu64 ":%" SCNu64, &device, &inode) != 2)
		return false;
	*key = map_key(map_key(device, inode), process->run);
	return true;
}

/* Who makes a pipe gives one end to what it writes, the other to what reads: the reader's maker
 * made the writer, or who made that, as of "(writer; ...) | reader". */
static bool was_given(const struct model *model, const struct kinship *kinship, uint32_t reader,
		      uint32_t writer)
{
	const struct process *processes = model->processes.items;
	uint32_t maker = maker_of(&processes[kinship->original[reader]]);
	uint32_t at = maker_of(&processes[kinship->original[writer]]);

	if (maker == NONE) /* a preload alone, say, from a shell that is not observed */
		return at == NONE && processes[reader].ppid == processes[writer].ppid;
	for (int i = 0; i < MAKERS_MOST && at != NONE; i++) {
		if (kinship->original[at] == kinship->original[maker])
			return true;
		at = maker_of(&processes[kinship->original[at]]);
	}
	return false;
}

/* What was there as the writer went on, and after the writer's end did nothing but compute for the
 * rest of its life, got that end told. (A Go program's end is its last record: it tells no other.)
 */
static bool ended_with(const struct process *reader, const struct process *writer)
{
	int64_t waited = writer->end_ns - reader->start_ns;
	int64_t after = reader->end_ns - writer->end_ns;
	int64_t cpu = cpu_between(reader, writer->end_ns, reader->end_ns);
	int64_t idle = cpu > 0 && cpu < after ? after - cpu : cpu > 0 ? 0 : after;

	return says_its_end(reader) && idle <= EXIT_MOST_NS && idle <= waited / SLEPT;
}

/* Children have the pipe that their maker reads, and mostly do not read it: in "a | while read",
 * "a | { b; c; }" that maker is a copy of the shell, of which no stream is known. So only those
 * are readers that the pipe was made for, or that ended as one does. */
static bool reads(const struct model *model, const struct kinship *kinship, uint32_t reader,
		  uint32_t writer)
{
	const struct process *processes = model->processes.items;

	return processes[writer].pid != processes[reader].pid &&
	       processes[writer].end_ns <= processes[reader].end_ns &&
	       (was_given(model, kinship, reader, writer) ||
		ended_with(&processes[reader], &processes[writer]));
}

static void find_writers(const struct model *model, struct kinship *kinship)
{
	const struct process *processes = model->processes.items;
	struct map writers = {0};
	uint64_t pipe;

	for (uint32_t i = 0; i < model->processes.count; i++) {
		uint32_t before;

		if (!pipe_of(&processes[i], "stdout_pipe", &pipe))
			continue;
		before = map_get(&writers, pipe);
		if (before == UINT32_MAX || processes[before].end_ns < processes[i].end_ns)
			map_set(&writers, pipe, i);
	}
	for (uint32_t i = 0; i < model->processes.count; i++) {
		uint32_t writer;

		kinship->writer[i] = NONE;
		if (!pipe_of(&processes[i], "stdin_pipe", &pipe))
			continue;
		writer = map_get(&writers, pipe);
		if (writer != UINT32_MAX && reads(model, kinship, i, writer))
			kinship->writer[i] = writer;
	}
	map_free(&writers);
}

void kinship_find(struct model *model, struct kinship *kinship)
{
	size_t count = model->processes.count;
	uint32_t *sorted = memory_get((count + 1) * sizeof(*sorted));

	kinship->earlier = memory_get((count + 1) * sizeof(uint32_t));
	kinship->later = memory_get((count + 1) * sizeof(uint32_t));
	kinship->original = memory_get((count + 1) * sizeof(uint32_t));
	kinship->first = memory_get((count + 1) * sizeof(size_t));
	kinship->writer = memory_get((count + 1) * sizeof(uint32_t));
	sorted_processes = model->processes.items;
	for (uint32_t i = 0; i < count; i++) {
		sorted[i] = i;
		kinship->earlier[i] = kinship->later[i] = NONE;
	}
	if (count)
		sort(sorted, count, sizeof(*sorted), compare_images);
	find_images(model, kinship, sorted);
	if (count)
		sort(sorted, count, sizeof(*sorted), compare_children);
	for (size_t i = 0, maker = 0; maker <= count; maker++) {
		while (i < count && model->processes.items[sorted[i]].maker < maker)
			i++;
		kinship->first[maker] = i;
	}
	kinship->children = sorted;
	find_writers(model, kinship);
}

void kinship_free(struct kinship *kinship)
{
	free(kinship->earlier);
	free(kinship->later);
	free(kinship->original);
	free(kinship->children);
	free(kinship->first);
	free(kinship->writer);
}

static uint32_t last_image(const struct model *model, const struct kinship *kinship, uint32_t index)
{
	for (size_t i = 0; i < model->processes.count && kinship->later[index] != NONE; i++)
		index = kinship->later[index];
	return index;
}

uint32_t kinship_reaped(const struct model *model, const struct kinship *kinship, uint32_t maker,
			const struct event *event)
{
	int pid = event_reaped(event);
	size_t low = kinship->first[maker], end = kinship->first[maker + 1], high = end;

	if (!pid)
		return NONE;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->processes.items[kinship->children[middle]].reaped_ns < event->end_ns)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end; low++) {
		const struct process *child = &model->processes.items[kinship->children[low]];

		if (child->reaped_ns != event->end_ns)
			break;
		if (child->pid == pid)
			return last_image(model, kinship, kinship->children[low]);
	}
	return NONE;
}
