/*
 * planted.c - see planted.h. Looked at before it is opened, for opening a pipe waits and opening
 * through a link may make a file; a file again when it is open, for by then it may be another.
 */
#include "base/planted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool planted_in(const char *directory, const struct stat *status)
{
	struct stat place;

	return status->st_uid != geteuid() && stat(directory, &place) == 0 && place.st_mode & 022 &&
	       status->st_uid != place.st_uid;
}

/* May others have given a file of ours, which lies elsewhere, this name? */
static bool is_second_name(const char *directory, const struct stat *status)
{
	struct stat place;

	return S_ISREG(status->st_mode) && status->st_nlink > 1 && stat(directory, &place) == 0 &&
	       place.st_mode & 022;
}

static bool in_place_of(const char *path, const struct stat *status)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX] = ".";

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path);
	return planted_in(directory, status) || is_second_name(directory, status);
}

bool planted_at(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && in_place_of(path, &status);
}

int unplanted_open(const char *path, int flags, mode_t mode)
{
	struct stat status;
	int fd;

	if (planted_at(path))
		return -EPERM;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return fd < 0 ? -errno : fd;
	if (in_place_of(path, &status))
		errno = EPERM;
	else if (flags & O_APPEND || ftruncate(fd, 0) == 0)
		return fd;
	flags = -errno;
	close(fd);
	return flags;
}

const char *planted_problem(int error)
{
	return error == -EPERM ? "somebody else can have put it there" : strerror(-error);
}
