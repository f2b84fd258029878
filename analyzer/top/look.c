/*
 * look.c - see top.h: one look at running programs.
 */
#include "top/top.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAPS_MOST (4 << 20) /* bytes of /proc/PID/maps */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void counts_add(struct counts *counts, uint64_t key, uint64_t count)
{
	*list_add(counts) = (__typeof__(*counts->items)){key, count};
}

uint64_t counts_get(const struct counts *counts, uint64_t key)
{
	for (size_t i = 0; i < counts->count; i++)
		if (counts->items[i].key == key)
			return counts->items[i].count;
	return 0;
}

/* As runs_open, of the one run. */
static int open_tree(const char *path, struct look *look)
{
	int error;

	look->runs = memory_get(sizeof(struct run *));
	error = tree_open(path, &look->runs[0]);
	if (error) {
		error_say(error, path);
		runs_close(look->runs, 0);
		return EXIT_INPUT;
	}
	look->run_count = 1;
	return 0;
}

int look_take(struct look *look, const struct place *place)
{
	static const struct model_choice newest = {.records = TOP_RECORDS};
	char own[PATH_MAX], *paths = own;
	int status;

	*look = (struct look){0};
	snprintf(own, sizeof(own), "%s", place->path);
	status = place->tree ? open_tree(own, look)
			     : runs_open(&paths, 1, &look->runs, &look->run_count);
	if (status)
		return status;
	look->model = model_build_of(look->runs, look->run_count, &newest);
	look->at_ns = now_ns();
	return 0;
}

int64_t look_end_ns(const struct look *look)
{
	const struct model *model = look->model;
	const struct model_run *run = &model->runs.items[0];

	if (run->clock_unknown || look->at_ns < run->end_ns)
		return run->end_ns;
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].alive)
			return look->at_ns;
	return run->end_ns;
}

void look_free(struct look *look)
{
	if (look->model) {
		model_free(look->model);
		runs_close(look->runs, look->run_count);
	}
	list_free(&look->counts);
	*look = (struct look){0};
}

/* The name at the end of a line of maps, when it is that of a profile. */
static bool is_profile(char *line, char path[PATH_MAX])
{
	char *name = strchr(line, '/');
	size_t length = name ? strlen(name) : 0, tail = strlen(DNDPROF_SUFFIX);

	if (length < tail || strcmp(name + length - tail, DNDPROF_SUFFIX) != 0)
		return false;
	snprintf(path, PATH_MAX, "%s", name);
	return true;
}

int look_find(int pid, char path[PATH_MAX])
{
	char place[64], *line = NULL;
	size_t room = 0, read = 0;
	bool found = false;
	ssize_t length;
	FILE *maps;

	snprintf(place, sizeof(place), "/proc/%d/maps", pid);
	maps = fopen(place, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	/* the last one: a program that was another before has the file of that no more */
	while (read < MAPS_MOST && (length = getline(&line, &room, maps)) > 0) {
		read += (size_t)length;
		line[strcspn(line, "\n")] = 0;
		found |= is_profile(line, path);
	}
	free(line);
	fclose(maps);
	return found ? 0 : -ENOMSG;
}
