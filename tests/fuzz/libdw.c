/*
 * libdw.c - any bytes as the file whose symbols are read, with libdw in this very process: finds
 * what the process of symbolizer.h has to be there for. Defects that it finds are elfutils', and no
 * test waits for them to be mended: `make fuzz-libdw` goes on after each and keeps the input.
 */
#include "symbols/places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ADDRESSES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct wanted wanted = {.depth = DEPTH_LINES, .demangle = true};
	enum places_status status;
	struct places *places;
	struct elf_file file;
	struct place place;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	places_start();
	places_demangle();
	/* Whatever build id it has. */
	if (elf_open(&file, fd) == 0) {
		wanted.build_id_bytes = file.build_id_bytes;
		memcpy(wanted.build_id, file.build_id, sizeof(wanted.build_id));
	}
	places = places_open(&wanted, fd, -1, &status);
	for (uint64_t i = 0; i < ADDRESSES; i++)
		places_find(places, 0x280 + i * 2, i & 1, &place);
	places_close(places);
	return 0;
}
