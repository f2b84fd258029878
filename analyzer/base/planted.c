/*
 * planted.c - see planted.h. Looked at before it is opened, for opening a pipe waits and opening
 * through a link may make a file; when it is open it must be the same, or newly made.
 */
#include "base/planted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the directory that `path` lies in. */
static bool place_of(const char *path, struct stat *place)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX] = ".";

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path);
	return stat(directory, place) == 0;
}

static bool is_shared(const struct stat *place)
{
	return place->st_mode & 022;
}

static bool is_others(const struct stat *place, const struct stat *status)
{
	return status->st_uid != geteuid() && status->st_uid != place->st_uid;
}

/* May others have given a file of ours, which lies elsewhere, this name? */
static bool is_second_name(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_nlink > 1;
}

static bool is_planted(const struct stat *place, const struct stat *status)
{
	return is_shared(place) && (is_others(place, status) || is_second_name(status));
}

bool planted_in(const char *directory, const struct stat *status)
{
	struct stat place;

	return stat(directory, &place) == 0 && is_shared(&place) && is_others(&place, status);
}

bool planted_at(const char *path)
{
	struct stat status, place;

	return lstat(path, &status) == 0 && place_of(path, &place) && is_planted(&place, &status);
}

static int open_any(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags, mode);

	return fd < 0 ? -errno : fd;
}

/* Where others may make names: what was there before is what is opened, or nothing was and it is
 * made. A link of ours is followed where nobody but us can change it. */
static int open_shared(const char *path, const struct stat *place, int flags, mode_t mode)
{
	struct stat before, after;
	bool absent = lstat(path, &before) < 0;
	int fd;

	if (absent && errno != ENOENT)
		return -errno;
	if (!absent && is_planted(place, &before))
		return -EPERM;
	if (!absent && S_ISLNK(before.st_mode))
		return place->st_mode & S_ISVTX ? open_any(path, flags | O_CREAT, mode) : -EPERM;
	fd = open_any(path, flags | O_NOFOLLOW | (absent ? O_CREAT | O_EXCL : 0), mode);
	if (fd < 0)
		return fd == -EEXIST || fd == -ELOOP ? -EPERM : fd;
	if (absent || (fstat(fd, &after) == 0 && after.st_dev == before.st_dev &&
		       after.st_ino == before.st_ino))
		return fd;
	close(fd);
	return -EPERM;
}

int unplanted_open(const char *path, int flags, mode_t mode)
{
	struct stat status, place;
	int fd;

	flags |= O_WRONLY | O_CLOEXEC;
	if (place_of(path, &place) && is_shared(&place))
		fd = open_shared(path, &place, flags, mode);
	else
		fd = open_any(path, flags | O_CREAT, mode);
	if (fd < 0 || flags & O_APPEND || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    ftruncate(fd, 0) == 0)
		return fd;
	flags = -errno;
	close(fd);
	return flags;
}

const char *planted_problem(int error)
{
	return error == -EPERM ? "somebody else can have put it there" : strerror(-error);
}
