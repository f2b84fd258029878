/*
 * bytes.c - a profile file's bytes, read when they are asked for. They are copied, not mapped: a
 * file that shrinks under us must not kill us with SIGBUS, and one that is being written must not
 * change between two looks. Most of a large file are slots, of which a report on the newest records
 * needs few.
 */
#include "profile/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small files are mostly room not yet used: little is read of it, and memory for it had. */
#define CHUNK UINT64_C(16384)

bool bytes_take(struct profile *profile, uint64_t size)
{
	void *memory = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	profile->data = memory;
	profile->size = profile->mapped = size;
	profile->loaded = memory_get(size / CHUNK / 8 + 1);
	return true;
}

void bytes_free(struct profile *profile)
{
	if (profile->loaded)
		munmap(profile->data, profile->mapped ? profile->mapped : 1);
	else
		free(profile->data);
	free(profile->loaded);
	profile->data = profile->loaded = NULL;
	bytes_close(profile);
}

void bytes_forget(struct profile *profile)
{
	if (!profile->loaded)
		return;
	madvise(profile->data, profile->mapped, MADV_DONTNEED);
	memset(profile->loaded, 0, profile->mapped / CHUNK / 8 + 1);
}

int bytes_open(struct profile *profile)
{
	struct stat status;

	if (profile->fd >= 0)
		return 0;
	profile->fd = open(profile->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (profile->fd < 0)
		return -errno;
	if (fstat(profile->fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		bytes_close(profile);
		return -EMEDIUMTYPE;
	}
	if (!profile->inode) {
		profile->inode = status.st_ino;
		profile->device = status.st_dev;
		profile->file_size = (uint64_t)status.st_size;
	} else if (profile->inode != status.st_ino || profile->device != status.st_dev) {
		bytes_close(profile); /* another file of that name */
		return -ESTALE;
	}
	return 0;
}

void bytes_close(struct profile *profile)
{
	if (profile->fd >= 0)
		close(profile->fd);
	profile->fd = -1;
}

ssize_t bytes_read(struct profile *profile, void *data, uint64_t size, uint64_t offset)
{
	uint64_t done = 0;

	while (done < size) {
		ssize_t got = pread(profile->fd, (char *)data + done, size - done,
				    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (uint64_t)got;
	}
	return (ssize_t)done;
}

static bool is_loaded(const struct profile *profile, uint64_t chunk)
{
	return profile->loaded[chunk / 8] & 1 << (chunk % 8);
}

/* What cannot be read stays zero, which nothing takes for a record or a table. */
static void load(struct profile *profile, uint64_t chunk)
{
	uint64_t at = chunk * CHUNK;
	uint64_t size = profile->mapped - at < CHUNK ? profile->mapped - at : CHUNK;

	profile->loaded[chunk / 8] |= (uint8_t)(1 << (chunk % 8));
	if (bytes_open(profile) == 0)
		bytes_read(profile, profile->data + at, size, at);
}

/* Its bytes are a memory of what was read before: nothing a caller sees changes. */
const void *profile_at(const struct profile *profile, uint64_t offset, uint64_t count,
		       uint64_t size)
{
	if (!offset || offset > profile->size || (size && count > profile->size / size) ||
	    count * size > profile->size - offset)
		return NULL;
	if (profile->loaded && count && size)
		for (uint64_t i = offset / CHUNK; i <= (offset + count * size - 1) / CHUNK; i++)
			if (!is_loaded(profile, i))
				load((struct profile *)profile, i);
	return profile->data + offset;
}
