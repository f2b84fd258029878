/*
 * rundir.c - see rundir.h.
 */
#include "rundir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int rundir_make(const char *parent, int64_t realtime_ns, char path[PATH_MAX])
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	char made[PATH_MAX], real[PATH_MAX], stamp[32];
	struct tm parts;
	int error;

	if (snprintf(made, sizeof(made), "%s", parent) >= PATH_MAX)
		return -ENAMETOOLONG;
	error = make_parents(made);
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
