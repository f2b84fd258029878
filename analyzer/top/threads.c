/*
 * threads.c - the table of threads of `dndprof top`: what recorded programs' threads are in, by
 * their rings; their CPU time and state by /proc. Go hands goroutines from thread to thread: of its
 * threads the calls are not known, only their waits for something to run, CPU time and state.
 */
#include "model/internal.h"
#include "base/sort.h"
#include "top/maker.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MOST 4096 /* of a program, that are looked at */

/* A line of the table; what is not known: NULL, or below 0. */
struct thread_line {
	int pid;
	uint32_t tid;	/* 0: no thread */
	double slots;	/* a second */
	int64_t cpu_ns; /* all it has had */
	int64_t in_call_ns;
	const char *call, *name, *kind;
};

/* ---- /proc ----------------------------------------------------------------------------------- */

/* The first line of /proc/PID/task/TID/WHAT; "" when it is not to be had. */
static void task_line(int pid, uint32_t tid, const char *what, char *text, size_t room)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%u/%s", pid, tid, what);
	file = fopen(path, "re");
	text[0] = 0;
	if (file && fgets(text, (int)room, file))
		text[strcspn(text, "\n")] = 0;
	if (file)
		fclose(file);
}

/* Nanoseconds on a CPU; -1: no data. */
static int64_t task_cpu(int pid, uint32_t tid)
{
	char text[128], *end;
	uint64_t cpu;

	task_line(pid, tid, "schedstat", text, sizeof(text));
	cpu = strtoull(text, &end, 10);
	return end > text && cpu <= INT64_MAX ? (int64_t)cpu : -1;
}

static const char *task_state(int pid, uint32_t tid)
{
	static const struct {
		char letter;
		const char *word;
	} states[] = {{'R', "running"}, {'S', "waiting"}, {'D', "waiting (disk)"}, {'T', "stopped"},
		      {'t', "traced"},	{'I', "idle"},	  {'Z', "ended"}};
	char text[512];
	const char *at;

	task_line(pid, tid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	for (size_t i = 0; at && at[1] == ' ' && i < sizeof(states) / sizeof(states[0]); i++)
		if (states[i].letter == at[2])
			return states[i].word;
	return NULL;
}

static int compare_tids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The threads of a process, ascending; how many. */
static size_t task_list(int pid, uint32_t *tids)
{
	struct dirent *entry;
	size_t count = 0;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && count < THREADS_MOST && (entry = readdir(tasks)))
		if (isdigit((unsigned char)entry->d_name[0]))
			tids[count++] = (uint32_t)strtoul(entry->d_name, NULL, 10);
	if (tasks)
		closedir(tasks);
	sort(tids, count, sizeof(*tids), compare_tids);
	return count;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Part of a processor since the look before; of the first look, since the run began. */
static void put_cpu(struct maker *maker, const struct thread_line *thread)
{
	uint64_t key = ((uint64_t)(uint32_t)thread->pid << 32 | thread->tid) ^ UINT64_C(0xc9) << 56;

	if (thread->cpu_ns < 0)
		buffer_print(&maker->frame->text, "%7s", "-");
	else
		buffer_print(&maker->frame->text, "%6.1f%%",
			     frame_rate(maker, key, (uint64_t)thread->cpu_ns) / 1e7);
}

static void put_line(struct maker *maker, const struct thread_line *thread)
{
	struct buffer *text = &maker->frame->text;
	char id[16] = "-";

	if (thread->tid)
		snprintf(id, sizeof(id), "%u", thread->tid);
	frame_add_line(maker, MARK_NONE);
	buffer_print(text, "%8d %8s %9.1f", thread->pid, id, thread->slots);
	put_cpu(maker, thread);
	frame_time(maker, thread->in_call_ns, 10);
	buffer_print(text, "  ");
	frame_name(maker, thread->call ? thread->call : "-", -20);
	buffer_print(text, " ");
	frame_name(maker, thread->name, -16);
	buffer_print(text, "  %s", thread->kind);
	frame_end_line(maker);
}

static const char *kind_of(const struct profile_ring *ring)
{
	switch (ring->kind) {
	case DNDPROF_RING_GO:
		return "all of Go";
	case DNDPROF_RING_PARK:
		return "Go's waits";
	case DNDPROF_RING_SHARED:
		return "shared";
	default:
		return "";
	}
}

/* A line of a ring: of a thread, or of what shares one. */
static void put_ring(struct maker *maker, const struct process *process,
		     const struct profile_ring *ring)
{
	uint64_t key = ((uint64_t)(uint32_t)process->pid << 32 | ring->index) ^
		       profile_header(process->profile)->image;
	struct thread_line thread = {.pid = process->pid,
				     .slots = frame_rate(maker, key, ring->head),
				     .cpu_ns = -1,
				     .in_call_ns = -1,
				     .name = process->program,
				     .kind = kind_of(ring)};
	char name[32];

	if (ring->kind == DNDPROF_RING_THREAD) {
		thread.tid = ring->owner;
		task_line(process->pid, thread.tid, "comm", name, sizeof(name));
		if (*name)
			thread.name = name;
		thread.cpu_ns = task_cpu(process->pid, thread.tid);
		if (ring->in_call_since) {
			thread.in_call_ns =
				frame_age(maker, clock_ns(process->clock, ring->in_call_since));
			thread.call = profile_call(process->profile, ring->in_call)->name;
		}
	}
	put_line(maker, &thread);
}

/* Each of its waits is a slot of the ring of waits. */
static uint64_t waits_of(const struct process *process, uint32_t tid)
{
	uint64_t waits = 0;

	for (size_t i = 0; i < process->events.count; i++)
		waits += event_is(&process->events.items[i], DNDPROF_CALL_futex) &&
			 process->events.items[i].tid == tid;
	return waits;
}

static void put_go_thread(struct maker *maker, const struct process *process, uint32_t tid)
{
	uint64_t key = ((uint64_t)(uint32_t)process->pid << 32 | tid) ^ UINT64_C(0x60) << 56;
	struct thread_line thread = {.pid = process->pid,
				     .tid = tid,
				     .slots = frame_rate(maker, key, waits_of(process, tid)),
				     .cpu_ns = task_cpu(process->pid, tid),
				     .in_call_ns = -1,
				     .call = task_state(process->pid, tid),
				     .name = process->program,
				     .kind = "thread of Go"};
	char name[32];

	task_line(process->pid, tid, "comm", name, sizeof(name));
	if (*name)
		thread.name = name;
	put_line(maker, &thread);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Counts a line; false: there is no room for it. */
static bool take(struct maker *maker, size_t *shown, size_t *more)
{
	size_t most = maker->choice->rows ? maker->choice->rows : ROWS_MOST;

	if (*shown == most) {
		++*more;
		return false;
	}
	if (!(*shown)++) {
		frame_text(maker, MARK_NONE, "%s", "");
		frame_text(maker, MARK_HEAD, "%8s %8s %9s%7s%10s  %-20s %-16s", "PID", "Thread",
			   "Slots/s", "CPU", "In it for", "Call", "Name");
	}
	return true;
}

/* What it recorded, then, of a Go program, its threads. */
static void put_process(struct maker *maker, const struct process *process, size_t *shown,
			size_t *more)
{
	static uint32_t tids[THREADS_MOST];
	const struct profile_ring *rings;
	size_t count, threads;
	bool parks = false;

	rings = profile_rings(process->profile, &count);
	for (size_t i = 0; i < count; i++) {
		parks |= rings[i].kind == DNDPROF_RING_PARK && rings[i].head;
		if (rings[i].head && take(maker, shown, more))
			put_ring(maker, process, &rings[i]);
	}
	threads = parks ? task_list(process->pid, tids) : 0;
	for (size_t i = 0; i < threads; i++)
		if (take(maker, shown, more))
			put_go_thread(maker, process, tids[i]);
}

void frame_threads(struct maker *maker)
{
	const struct model *model = maker->now->model;
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].profile && model->processes.items[i].alive)
			put_process(maker, &model->processes.items[i], &shown, &more);
	if (more)
		frame_text(maker, MARK_NONE, "%8s %zu more", "", more);
}
