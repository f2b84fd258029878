/*
 * libdw.c - any bytes as the file whose symbols are read, with libdw in this very process: finds
 * what the process of symbolizer.h has to be there for. Defects that it finds are elfutils', and no
 * test waits for them to be mended: `make fuzz-libdw` goes on after each and keeps the input.
 */
#include "as_file.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESSES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wanted wanted = {.depth = DEPTH_LINES, .demangle = true};
	enum places_status status;
	struct places *places;
	struct place place;

	places_start();
	places_demangle();
	places = places_of(wanted, file_of(data, size), &status);
	for (uint64_t i = 0; i < ADDRESSES; i++)
		places_find(places, 0x280 + i * 2, i & 1, &place);
	places_close(places);
	return 0;
}
