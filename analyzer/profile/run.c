/*
 * run.c - finds the files of a run. Files that are not ours are left alone, whatever their name.
 */
#include "profile/run.h"

#include "base/planted.h"
#include "base/sort.h"

#include <dndprof/budget.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERRNO_MOST 4095

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && strcmp(text + length - tail, end) == 0;
}

static struct run *new_run(const char *path)
{
	struct run *run = memory_get(sizeof(*run));

	run->path = memory_text(path);
	run->facts.child = run->facts.exit_status = run->facts.signal = -1;
	return run;
}

void run_close(struct run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->profiles.count; i++)
		profile_close(run->profiles.items[i]);
	for (size_t i = 0; i < run->failures.count; i++)
		free(run->failures.items[i].path);
	usage_free(&run->usage);
	list_free(&run->profiles);
	list_free(&run->failures);
	list_free(&run->unrecorded);
	free(run->path);
	free(run);
}

static int compare_profiles(const void *a, const void *b)
{
	const struct dndprof_header *x = profile_header(*(struct profile *const *)a);
	const struct dndprof_header *y = profile_header(*(struct profile *const *)b);

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->image > y->image) - (x->image < y->image);
}

static void add_file(struct run *run, const char *path)
{
	struct profile *profile;
	int error = profile_open_later(path, &profile);

	if (error) {
		struct run_failure *failure = list_add(&run->failures);

		failure->path = memory_text(path);
		failure->code = error;
		return;
	}
	*list_add(&run->profiles) = profile;
}

bool run_entry_is_planted(const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat status;

	return snprintf(path, sizeof(path), "%s/%s", directory, name) < PATH_MAX &&
	       lstat(path, &status) == 0 && planted_in(directory, &status);
}

/* All NAME.dndprof of a directory. */
static int add_directory(struct run *run, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX];

	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		if (ends_with(entry->d_name, DNDPROF_SUFFIX) &&
		    snprintf(file, sizeof(file), "%s/%s", path, entry->d_name) < PATH_MAX &&
		    !run_entry_is_planted(path, entry->d_name))
			add_file(run, file);
	closedir(directory);
	if (run->profiles.count)
		sort(run->profiles.items, run->profiles.count, sizeof(*run->profiles.items),
		     compare_profiles);
	return 0;
}

/* Newest directory run-* below `path` that is a run of ours: 1 and its path, 0 when there is none.
 */
static int newest_run(const char *path, char found[PATH_MAX])
{
	struct timespec newest = {0, 0};
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[NAME_MAX + 1] = "", child[PATH_MAX];

	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		struct stat status;

		if (strncmp(entry->d_name, "run-", 4) != 0 ||
		    snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) >= PATH_MAX ||
		    lstat(child, &status) < 0 || !S_ISDIR(status.st_mode) ||
		    planted_in(path, &status))
			continue;
		/* names start with their time to the second; within one, the later change wins */
		int order =
			name[0] ? strncmp(entry->d_name, name, strlen("run-YYYYMMDDTHHMMSSZ")) : 1;

		if (order < 0 || (order == 0 && (status.st_mtim.tv_sec < newest.tv_sec ||
						 (status.st_mtim.tv_sec == newest.tv_sec &&
						  status.st_mtim.tv_nsec < newest.tv_nsec))))
			continue;
		newest = status.st_mtim;
		snprintf(name, sizeof(name), "%s", entry->d_name);
		snprintf(found, PATH_MAX, "%s", child);
	}
	closedir(directory);
	return name[0] != 0;
}

/* Who left no profile, and why. */
static void read_budget(struct run *run, const char *path)
{
	struct dndprof_budget budget = {0};
	char file[PATH_MAX];
	int fd = -1;
	struct stat status;

	if (snprintf(file, sizeof(file), "%s/" DNDPROF_BUDGET_FILE, path) < PATH_MAX)
		fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    pread(fd, &budget, sizeof(budget), 0) == sizeof(budget) &&
	    memcmp(budget.magic, DNDPROF_BUDGET_MAGIC, sizeof(budget.magic)) == 0)
		for (size_t i = 0; i < DNDPROF_BUDGET_ENTRIES; i++) {
			const struct dndprof_unrecorded *left = &budget.entries[i];
			struct run_unrecorded *entry;

			if (!left->pid || left->pid > INT_MAX || left->error > ERRNO_MOST ||
			    left->ns >= INT64_MAX / 2)
				continue;
			entry = list_add(&run->unrecorded);
			*entry = (struct run_unrecorded){(int)left->pid, (int)left->error,
							 left->limit, (int64_t)left->ns, ""};
			memcpy(entry->program, left->program, sizeof(left->program));
		}
	close(fd);
}

static int read_directory(struct run *run, const char *path)
{
	if (!run_entry_is_planted(path, RUN_FILE))
		run_facts_read(path, &run->facts);
	if (!run_entry_is_planted(path, USAGE_FILE))
		usage_read(path, &run->usage);
	if (!run_entry_is_planted(path, DNDPROF_BUDGET_FILE))
		read_budget(run, path);
	return add_directory(run, path);
}

static int open_directory(const char *path, struct run **run)
{
	struct run *fresh = new_run(path);
	char newest[PATH_MAX];
	int error;

	error = read_directory(fresh, path);
	if (!error && !fresh->profiles.count && !fresh->failures.count && !fresh->facts.present &&
	    !fresh->unrecorded.count) {
		run_close(fresh);
		error = newest_run(path, newest);
		if (error <= 0)
			return error ? error : -ENOMSG;
		fresh = new_run(newest);
		error = read_directory(fresh, newest);
	}
	/* A run none of whose files can be read says why the first cannot; one without any file may
	 * still have an honest line for what it did not observe. */
	if (!error && !fresh->profiles.count && fresh->failures.count)
		error = fresh->failures.items[0].code;
	else if (!error && !fresh->profiles.count && !fresh->facts.present &&
		 !fresh->unrecorded.count)
		error = -ENOMSG;
	if (error)
		run_close(fresh);
	else
		*run = fresh;
	return error;
}

int run_open(const char *path, struct run **run)
{
	struct profile *profile;
	struct stat status;
	int error;

	error = run_parent_check(path);
	if (error || stat(path, &status) < 0)
		return error ? error : -errno;
	if (S_ISDIR(status.st_mode))
		return open_directory(path, run);
	error = profile_open_later(path, &profile);
	if (error)
		return error;
	*run = new_run(path);
	*list_add(&(*run)->profiles) = profile;
	return 0;
}
