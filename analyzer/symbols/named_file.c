/*
 * named_file.c - see named_file.h.
 */
#define _GNU_SOURCE /* O_PATH */
#include "symbols/named_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DEBUG_PLACE "/usr/lib/debug"

/* Files of these look regular and are the kernel talking: some never end, some tell a thing once.
 */
static bool is_of_the_kernel(int fd)
{
	static const long kinds[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,	   DEBUGFS_MAGIC,
				     TRACEFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC};
	struct statfs there;

	if (fstatfs(fd, &there) < 0)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((long)there.f_type == kinds[i])
			return true;
	return false;
}

/* What it is is seen before it is opened: to open a device may be to use it. */
int named_file_open(const char *path, uint64_t *size)
{
	int at = open(path, O_PATH | O_CLOEXEC), fd;
	struct stat status;
	char name[64];
	int error = 0;

	if (at < 0)
		return -errno;
	if (fstat(at, &status) < 0 || !S_ISREG(status.st_mode) || is_of_the_kernel(at))
		error = -EBADMSG;
	else if ((uint64_t)status.st_size > (uint64_t)NAMED_FILE_MIB << 20)
		error = -EFBIG;
	if (error) {
		close(at);
		return error;
	}
	*size = (uint64_t)status.st_size;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", at);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

/* At a path that is made of parts, where it and the file itself are not too much. */
__attribute__((format(printf, 2, 3))) static int open_beside(uint64_t size, const char *format, ...)
{
	char path[PATH_MAX];
	uint64_t more;
	va_list list;
	int length, fd;

	va_start(list, format);
	length = vsnprintf(path, sizeof(path), format, list);
	va_end(list);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -1;
	fd = named_file_open(path, &more);
	if (fd >= 0 && size + more > (uint64_t)NAMED_FILE_MIB << 20) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? -1 : fd;
}

static int open_by_id(uint64_t size, const uint8_t *build_id, size_t bytes)
{
	char rest[2 * 64 + 1];

	if (bytes < 2 || bytes > 64)
		return -1;
	for (size_t i = 1; i < bytes; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", build_id[i]);
	return open_beside(size, DEBUG_PLACE "/.build-id/%02x/%s.debug", build_id[0], rest);
}

int named_file_debug(const char *path, uint64_t size, const uint8_t *build_id, size_t bytes)
{
	const char *name = strrchr(path, '/');
	int length = (int)(name - path);
	int fd = open_by_id(size, build_id, bytes);

	if (fd < 0)
		fd = open_beside(size, "%s.debug", path);
	if (fd < 0)
		fd = open_beside(size, "%.*s/.debug%s.debug", length, path, name);
	if (fd < 0)
		fd = open_beside(size, DEBUG_PLACE "%s.debug", path);
	return fd;
}
