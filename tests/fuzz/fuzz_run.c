/*
 * fuzz_run.c - any bytes as what lies beside the profiles of a run: run.json, and behind a NUL
 * resources.json. A profile of ours is modelled with them, and printed as one of all the things
 * there are.
 */
#include "obey.h"
#include "support/planted.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static void put(const char *name, const uint8_t *data, size_t size)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static void forget(void)
{
	static const char *const names[] = {RUN_FILE, USAGE_FILE};
	char path[96];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
}

static void check(struct run *run, unsigned int choice)
{
	struct model *model = model_build(&run, 1);
	int64_t sum = 0;

	for (size_t i = 0; i < model->critical.rows.count; i++)
		sum += model->critical.rows.items[i].total_ns;
	if (sum != model->summary.wall_ns)
		abort();
	obey_as(model, choice);
	model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct planted usual[PLACE_COUNT];
	const uint8_t *end;
	size_t length;
	struct run *run;

	if (size < 2)
		return 0;
	if (!*directory)
		snprintf(directory, sizeof(directory), "/dev/shm/dndprof-fuzz-%d.run",
			 (int)getpid());
	mkdir(directory, 0700);
	end = memchr(data, 0, size);
	length = end ? (size_t)(end - data) : size;
	put(RUN_FILE, data, length);
	put(USAGE_FILE, end ? end + 1 : data, end ? size - length - 1 : 0);
	run = planted_run(usual);
	run_facts_read(directory, &run->facts);
	usage_read(directory, &run->usage);
	forget();
	check(run, data[size - 1]);
	run_close(run);
	return 0;
}
