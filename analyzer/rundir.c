/*
 * rundir.c - see rundir.h.
 */
#include "rundir.h"

#include <dndprof/version.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int make_parents(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int rundir_make_parents(const char *parent)
{
	char made[PATH_MAX];

	return snprintf(made, sizeof(made), "%s", parent) >= PATH_MAX ? -ENAMETOOLONG
								      : make_parents(made);
}

int rundir_make(const char *parent, int64_t realtime_ns, char path[PATH_MAX])
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	char made[PATH_MAX], real[PATH_MAX], stamp[32];
	struct tm parts;
	int error;

	if (snprintf(made, sizeof(made), "%s", parent) >= PATH_MAX)
		return -ENAMETOOLONG;
	error = make_parents(made);
	error = error ? error : run_parent_check(parent);
	if (error)
		return error;
	if (!realpath(made, real))
		return -errno;
	gmtime_r(&seconds, &parts);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &parts);
	if (snprintf(path, PATH_MAX, "%s/run-%s-%d", real, stamp, (int)getpid()) >= PATH_MAX)
		return -ENAMETOOLONG;
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

static void add_anchor(struct run_facts *facts)
{
	struct clock_anchor *anchor = &facts->anchors[facts->anchor_count];

	facts->anchor_clock = DNDPROF_CLOCK_TSC;
	if (facts->anchor_count < sizeof(facts->anchors) / sizeof(facts->anchors[0]) &&
	    clock_now(DNDPROF_CLOCK_TSC, anchor))
		facts->anchor_count++;
}

static int64_t monotonic(int64_t *realtime)
{
	struct clock_anchor now;

	clock_now(DNDPROF_CLOCK_MONOTONIC, &now);
	*realtime = now.realtime_ns;
	return now.monotonic_ns;
}

void run_begins(struct run_facts *facts)
{
	FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "re");

	facts->child = facts->exit_status = facts->signal = -1;
	snprintf(facts->version, sizeof(facts->version), "%s", DNDPROF_VERSION);
	gethostname(facts->host, sizeof(facts->host) - 1);
	if (boot) {
		if (fgets(facts->boot_id, sizeof(facts->boot_id), boot))
			facts->boot_id[strcspn(facts->boot_id, "\n")] = 0;
		fclose(boot);
	}
	facts->start_ns = monotonic(&facts->start_realtime_ns);
	add_anchor(facts);
}

void run_ends(struct run_facts *facts)
{
	int64_t unused;

	facts->end_ns = monotonic(&unused);
	add_anchor(facts);
	facts->finished = true;
}

int run_key(char text[RUN_KEY_TEXT])
{
	unsigned char bytes[(RUN_KEY_TEXT - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return 0;
}
