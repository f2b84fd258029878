/*
 * json_file.c - see json_file.h. A pipe does not stop us, a device does not fill our memory.
 */
#include "base/json_file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *read_all(int fd, size_t size)
{
	char *text = memory_get(size + 1);
	size_t done = 0;
	json_t *json;

	while (done < size) {
		ssize_t got = read(fd, text + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break; /* it became shorter */
		done += (size_t)got;
	}
	/* run.json is padded to a page: each blank would be looked at like any other byte. */
	while (done && memchr(" \n\r\t", text[done - 1], 4))
		done--;
	json = json_loadb(text, done, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return json;
}

json_t *json_file_read(const char *path, size_t most)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	json_t *json = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (uint64_t)status.st_size <= most)
		json = read_all(fd, (size_t)status.st_size);
	close(fd);
	return json;
}
