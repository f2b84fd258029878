/*
 * parent.c - the directory that runs are made in, and whether it is ours alone. The shim has the
 * same rules (recorder/rundir.c).
 */
#include "profile/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where there is no home: in a directory that others write to as well. */
static const char *shared_parent(char path[PATH_MAX])
{
	const char *temporary = getenv("TMPDIR");

	snprintf(path, PATH_MAX, "%s/dndprof-%u", temporary && *temporary ? temporary : "/tmp",
		 (unsigned int)getuid());
	return path;
}

const char *run_parent(char path[PATH_MAX])
{
	const char *own = getenv("DNDPROF_DIR"), *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (own && *own)
		snprintf(path, PATH_MAX, "%s", own);
	else if (state && *state == '/')
		snprintf(path, PATH_MAX, "%s/dndprof", state);
	else if (home && *home == '/')
		snprintf(path, PATH_MAX, "%s/.local/state/dndprof", home);
	else
		shared_parent(path);
	return path;
}

int run_parent_check(const char *parent)
{
	char shared[PATH_MAX];
	struct stat status;

	if (strcmp(parent, shared_parent(shared)) != 0 || lstat(parent, &status) < 0)
		return 0;
	return S_ISDIR(status.st_mode) && status.st_uid == geteuid() && !(status.st_mode & 022)
		       ? 0
		       : -EPERM;
}
