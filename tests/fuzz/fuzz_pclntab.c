/*
 * fuzz_pclntab.c - any bytes as Go's table of functions (after a T), or as an ELF file in which one
 * is looked for (after an E): nothing is read outside them, and every look-up ends.
 */
#include "symbols/golang.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(const struct pclntab_place *place)
{
	if (strlen(place->function) > 4096 || (place->file && strlen(place->file) > 4096))
		abort();
}

static bool is_second(const char *name)
{
	return strcmp(name, "main.second") == 0;
}

static void try_table(const uint8_t *data, size_t size)
{
	struct pclntab_place place;
	struct pclntab table;
	uint32_t offset;

	if (pclntab_open(&table, data, size) < 0)
		return;
	pclntab_search(&table, is_second, &offset);
	for (uint64_t at = 0; at < 512; at++)
		if (pclntab_find(&table, at * 3, &place))
			check(&place);
	pclntab_find(&table, UINT32_MAX, &place);
	pclntab_find(&table, UINT64_MAX, &place);
}

static void try_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct pclntab_place place;
	struct golang *golang;
	struct elf_file file;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (elf_open(&file, fd) == 0) {
		golang = golang_open(&file);
		for (uint64_t at = 0; golang && at < 256; at++)
			if (golang_find(golang, 0x401000 + at, &place))
				check(&place);
		golang_close(golang);
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	/* A copy of its own, so that what lies behind it is out of bounds. */
	if (size > 1) {
		memcpy(copy, data + 1, size - 1);
		if (data[0] == 'E')
			try_file(copy, size - 1);
		else
			try_table(copy, size - 1);
	}
	free(copy);
	return 0;
}
