/*
 * tree.c - see top.h: of a run, what a process and its descendants recorded. Who made whom is what
 * the files' heads say, and of those without a file the kernel; an id belongs to the process that
 * began last with it.
 */
#include "top/top.h"

#include "base/map.h"
#include "base/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENERATIONS_MOST 64 /* without a file, between two that have one */

static const struct dndprof_header *head_of(const struct run *run, size_t index)
{
	return profile_header(run->profiles.items[index]);
}

/* The image `file` is of, or, when that was another program before, the first of the process.
 * The count of files: it is none of them. */
static size_t find_first(const struct run *run, const struct dndprof_header *file)
{
	size_t found = run->profiles.count;

	for (size_t i = 0; i < run->profiles.count; i++)
		if (head_of(run, i)->pid == file->pid && head_of(run, i)->image == file->image &&
		    head_of(run, i)->run_id == file->run_id)
			found = i;
	for (size_t i = found; found < run->profiles.count && i-- > 0;) {
		const struct dndprof_header *before = head_of(run, i);

		if (before->pid != file->pid || before->run_id != file->run_id)
			continue;
		if (before->end != DNDPROF_END_EXEC)
			break;
		found = i;
	}
	return found;
}

/* -1: it has ended. */
static int living_parent(int pid)
{
	char text[PROC_STAT];
	const char *stat = proc_stat(pid, text);
	int parent;

	return stat && sscanf(stat, " %*c %d", &parent) == 1 ? parent : -1;
}

/* What is known of the nearest ancestor that left a file. Of those between, while they and the
 * process itself live, the kernel tells. */
static uint32_t find_parent(const struct map *members, const struct dndprof_header *head)
{
	uint32_t found = map_get(members, head->ppid);
	int pid = (int)head->ppid;

	if (found != NONE || living_parent((int)head->pid) != pid)
		return found;
	for (int i = 0; i < GENERATIONS_MOST && found == NONE; i++) {
		pid = living_parent(pid);
		if (pid <= 1)
			break;
		found = map_get(members, (uint32_t)pid);
	}
	return found;
}

/* Files are by start: parents before children. */
static void keep_tree(struct run *run, size_t first)
{
	uint64_t run_id = head_of(run, first)->run_id;
	struct map members = {0}; /* by process id: 1 + the end of the last image; 0: no member */
	size_t kept = 0;

	for (size_t i = 0; i < run->profiles.count; i++) {
		const struct dndprof_header *head = head_of(run, i);
		uint32_t self = map_get(&members, head->pid), parent = find_parent(&members, head);
		bool member = i == first;

		member |= self != NONE && self == 1 + DNDPROF_END_EXEC;
		member |= parent != NONE && parent != 0;
		member &= i >= first && head->run_id == run_id;
		map_set(&members, head->pid, member ? 1 + (head->end & 0xff) : 0);
		if (member)
			run->profiles.items[kept++] = run->profiles.items[i];
		else
			profile_close(run->profiles.items[i]);
	}
	run->profiles.count = kept;
	map_free(&members);
}

/* What `dndprof run` knows, and what could not be read, is of the whole run. */
static void forget_whole(struct run *run)
{
	memset(&run->facts, 0, sizeof(run->facts));
	run->facts.child = run->facts.exit_status = run->facts.signal = -1;
	usage_free(&run->usage);
	memset(&run->usage, 0, sizeof(run->usage));
	for (size_t i = 0; i < run->failures.count; i++)
		free(run->failures.items[i].path);
	run->failures.count = 0;
}

int tree_open(const char *path, struct run **run)
{
	char directory[PATH_MAX], *end;
	struct run *file, *whole;
	int error = run_open(path, &file);
	size_t first;

	if (error)
		return error;
	*run = file;
	snprintf(directory, sizeof(directory), "%s", path);
	end = strrchr(directory, '/');
	if (!end)
		return 0;
	*end = 0;
	if (run_open(directory, &whole) < 0) /* the file is ours to read, the directory is not */
		return 0;
	first = find_first(whole, head_of(file, 0));
	if (first == whole->profiles.count) {
		run_close(whole);
		return 0;
	}
	run_close(file);
	forget_whole(whole);
	keep_tree(whole, first);
	*run = whole;
	return 0;
}
