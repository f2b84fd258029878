/*
 * runs.c - see runs.h. Names of runs begin with their time, so that their order is that of time.
 */
#include "profile/runs.h"
#include "base/planted.h"
#include "base/sort.h"
#include "profile/run.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_profile(const char *name)
{
	size_t length = strlen(name), tail = strlen(DNDPROF_SUFFIX);

	return length > tail && strcmp(name + length - tail, DNDPROF_SUFFIX) == 0;
}

static void add(struct run_paths *paths, const char *path)
{
	*list_add(paths) = memory_text(path);
}

/* Adds the children; true: it is a run by itself. */
static bool look_into(DIR *directory, const char *path, struct run_paths *paths)
{
	char child[PATH_MAX];
	struct dirent *entry;
	struct stat status;

	while ((entry = readdir(directory))) {
		if ((strcmp(entry->d_name, RUN_FILE) == 0 || is_profile(entry->d_name)) &&
		    !run_entry_is_planted(path, entry->d_name))
			return true;
		if (strncmp(entry->d_name, "run-", 4) == 0 &&
		    snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) < PATH_MAX &&
		    lstat(child, &status) == 0 && S_ISDIR(status.st_mode) &&
		    !planted_in(path, &status))
			add(paths, child);
	}
	return false;
}

int runs_below(const char *path, struct run_paths *paths)
{
	DIR *directory = opendir(path);

	if (!directory && errno != ENOTDIR)
		return -errno;
	if (!directory || look_into(directory, path, paths)) {
		run_paths_free(paths);
		add(paths, path);
	}
	if (directory)
		closedir(directory);
	if (!paths->count)
		add(paths, path);
	sort(paths->items, paths->count, sizeof(*paths->items), compare);
	return 0;
}

void run_paths_free(struct run_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	list_free(paths);
}
