/*
 * as_file.h - any bytes as a file, and opened as the one that is wanted, whatever build id it has.
 */
#ifndef FUZZ_AS_FILE_H
#define FUZZ_AS_FILE_H

#include "symbols/places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	return fd;
}

/* Takes the file. */
static struct places *places_of(struct wanted wanted, int fd, enum places_status *status)
{
	struct elf_file file;

	if (elf_open(&file, fd) == 0) {
		wanted.build_id_bytes = file.build_id_bytes;
		memcpy(wanted.build_id, file.build_id, sizeof(wanted.build_id));
	}
	return places_open(&wanted, fd, -1, status);
}

#endif
