/*
 * watch.c - see watch.h. All reading of /proc may fail at any moment, for processes end: what is
 * not there is left out. The work of a look is bounded, whatever the command starts.
 */
#include "watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NS       2000000
#define PROCESSES_MOST 256 /* of one look */
#define THREADS_MOST   128 /* of one process that are asked for children */

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static const char *const file_names[WATCH_FILES] = {
	[WATCH_STAT] = "/proc/%d/stat",
	[WATCH_STATUS] = "/proc/%d/status",
	[WATCH_CHILDREN] = "/proc/%d/task/%d/children",
};

/* Of /proc, from its start: made anew for each such reading. False when the process is gone. */
static bool read_open(int fd, char *text, size_t room)
{
	ssize_t got = pread(fd, text, room - 1, 0);

	text[got > 0 ? got : 0] = 0;
	return got > 0;
}

static int open_file(int pid, int thread, enum watch_file file)
{
	char path[64];

	snprintf(path, sizeof(path), file_names[file], pid, thread);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A file of a process, or of its thread, as text; false when it is gone. */
static bool read_text(struct watch *watch, int pid, int thread, enum watch_file file, char *text,
		      size_t room)
{
	bool own = pid == watch->child && thread == pid, done;
	int fd = own ? watch->files[file] : -1;

	if (fd < 0)
		fd = open_file(pid, thread, file);
	if (fd < 0)
		return false;
	done = read_open(fd, text, room);
	if (own)
		watch->files[file] = fd;
	else
		close(fd);
	return done;
}

/* /proc/PID/stat: the program's name, in parentheses, may hold anything. */
static bool read_stat(struct watch *watch, int pid, struct usage_row *row)
{
	int64_t tick = 1000000000 / sysconf(_SC_CLK_TCK), user, system, started;
	char text[1024];
	const char *at;
	char state;

	if (!read_text(watch, pid, pid, WATCH_STAT, text, sizeof(text)) ||
	    !(at = strrchr(text, ')')) ||
	    sscanf(at + 1,
		   " %c %*d %*d %*d %*d %*d %*u %" SCNd64 " %*u %" SCNd64 " %*u %" SCNd64
		   " %" SCNd64 " %*d %*d %*d %*d %" SCNd64 " %*d %" SCNd64 " %*u %" SCNd64,
		   &state, &row->minor_faults, &row->major_faults, &user, &system, &row->threads,
		   &started, &row->rss_bytes) != 8)
		return false;
	row->pid = pid;
	row->user_ns = user * tick;
	row->system_ns = system * tick;
	row->started_ns = started * tick;
	row->rss_bytes *= sysconf(_SC_PAGESIZE);
	return state != 'Z' && state != 'X';
}

/* The highest RSS of the program; getrusage's is that of whoever it was forked from, too. */
static void read_peak(struct watch *watch, int pid, struct usage_row *row)
{
	char text[4096];
	const char *at = read_text(watch, pid, pid, WATCH_STATUS, text, sizeof(text))
				 ? strstr(text, "\nVmHWM:")
				 : NULL;

	row->peak_bytes = at ? strtoll(at + strlen("\nVmHWM:"), NULL, 10) * 1024 : row->rss_bytes;
}

/* Appends the children of one thread to `pids`. */
static void add_children(struct watch *watch, int pid, int thread, int *pids, size_t *count)
{
	char text[8192], *at = text, *end;

	if (!read_text(watch, pid, thread, WATCH_CHILDREN, text, sizeof(text)))
		return;
	while (*count < PROCESSES_MOST) {
		long child = strtol(at, &end, 10);

		if (end == at || child <= 0)
			return;
		pids[(*count)++] = (int)child;
		at = end;
	}
}

/* Of the main thread alone, or of all of them. To look into a thread's directory makes the kernel
 * take it apart again when the thread ends, and where many end while we already wait for the
 * process it does so in our time: 4 ms of a `docker version`. */
static void add_descendants(struct watch *watch, int pid, bool all_threads, int *pids,
			    size_t *count)
{
	size_t looked = 0;
	struct dirent *entry;
	char path[64];
	DIR *directory;

	if (!all_threads) {
		add_children(watch, pid, pid, pids, count);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	directory = opendir(path);
	while (directory && looked++ < THREADS_MOST && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			add_children(watch, pid, atoi(entry->d_name), pids, count);
	if (directory)
		closedir(directory);
}

/* Every second look goes, and further ones come half as often. */
static void thin_out(struct watch *watch)
{
	struct usage_row *rows = watch->usage.rows.items;
	int64_t last = -1;
	bool keep = false;
	size_t kept = 0;

	for (size_t i = 0; i < watch->usage.rows.count; i++) {
		if (rows[i].at_ns != last)
			keep = !keep;
		last = rows[i].at_ns;
		if (keep)
			rows[kept++] = rows[i];
	}
	watch->usage.rows.count = kept;
	watch->interval_ns *= 2;
	watch->usage.interval_ns = watch->interval_ns;
}

static void look(struct watch *watch, int64_t at_ns)
{
	bool brief = at_ns - watch->started_ns < watch->interval_ns;
	int pids[PROCESSES_MOST];
	size_t count = 1;

	if (watch->usage.rows.count + PROCESSES_MOST > USAGE_ROWS_MOST)
		thin_out(watch);
	pids[0] = watch->child;
	for (size_t i = 0; i < count; i++) {
		struct usage_row row = {.at_ns = at_ns};

		if (!read_stat(watch, pids[i], &row))
			continue;
		read_peak(watch, pids[i], &row);
		*list_add(&watch->usage.rows) = row;
		add_descendants(watch, pids[i], row.threads > 1 && !brief, pids, &count);
	}
}

void watch_start(struct watch *watch, int child, int64_t interval_ns)
{
	watch->child = child;
	for (unsigned int i = 0; i < WATCH_FILES; i++)
		watch->files[i] = -1;
	watch->started_ns = now_ns(CLOCK_MONOTONIC);
	watch->interval_ns = watch->usage.interval_ns = interval_ns;
	watch->next_ns = watch->started_ns + (interval_ns < FIRST_NS ? interval_ns : FIRST_NS);
}

int64_t watch_look(struct watch *watch)
{
	int64_t now = now_ns(CLOCK_MONOTONIC), cost, age;

	if (now < watch->next_ns)
		return watch->next_ns - now;
	cost = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	look(watch, now);
	watch->usage.looks++;
	watch->usage.cost_ns += now_ns(CLOCK_PROCESS_CPUTIME_ID) - cost;
	age = now - watch->started_ns;
	watch->next_ns = now + (age < watch->interval_ns ? age : watch->interval_ns);
	return watch->next_ns - now;
}

void watch_end(struct watch *watch)
{
	for (unsigned int i = 0; i < WATCH_FILES; i++)
		if (watch->files[i] >= 0)
			close(watch->files[i]);
}
