/*
 * samples.c - see samples.h.
 */
#include "support/samples.h"
#include "support/cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES	    "tests/fuzz/corpus/libdw/"
#define SAMPLE_MOST 65536
#define PATIENCE_MS 600000 /* a busy machine, a sanitizer, a thousand files */

static char directory[] = "/tmp/dndprof-symbolizer-XXXXXX";
char path[64];
struct arena *arena;
struct symbolizer *symbolizer;

void samples_place(void)
{
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/file", directory);
}

void samples_remove(void)
{
	rmdir(directory);
}

int samples_start(void **state)
{
	(void)state;
	arena = arena_new();
	symbolizer = symbolizer_new(PATIENCE_MS, PATIENCE_MS);
	return 0;
}

int samples_stop(void **state)
{
	(void)state;
	symbolizer_free(symbolizer);
	arena_free(arena);
	unlink(path);
	return 0;
}

struct image image_of(const char *name)
{
	char from[128];
	struct image image = {malloc(SAMPLE_MOST), 0};
	FILE *file;

	snprintf(from, sizeof(from), SAMPLES "%s", name);
	file = fopen(from, "r");
	assert_non_null(file);
	image.size = fread(image.data, 1, SAMPLE_MOST, file);
	fclose(file);
	return image;
}

void put(const char *at, const struct image *image)
{
	int fd;

	unlink(at);
	fd = open(at, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, image->data, image->size), image->size);
	close(fd);
}

Elf64_Shdr *section_of(const struct image *image, const char *name)
{
	const Elf64_Ehdr *header = (const void *)image->data;
	Elf64_Shdr *sections = (void *)(image->data + header->e_shoff);
	const char *names = (const char *)image->data + sections[header->e_shstrndx].sh_offset;

	for (unsigned int i = 0; i < header->e_shnum; i++)
		if (strcmp(names + sections[i].sh_name, name) == 0)
			return &sections[i];
	return NULL;
}

uint64_t address_of(const struct image *image, const char *function)
{
	const Elf64_Shdr *table = section_of(image, ".symtab"), *texts;
	const Elf64_Ehdr *header = (const void *)image->data;

	table = table ? table : section_of(image, ".dynsym");
	texts = (const Elf64_Shdr *)(const void *)(image->data + header->e_shoff) + table->sh_link;
	for (uint64_t at = 0; at < table->sh_size; at += sizeof(Elf64_Sym)) {
		const Elf64_Sym *symbol = (const void *)(image->data + table->sh_offset + at);

		if (strcmp((const char *)image->data + texts->sh_offset + symbol->st_name,
			   function) == 0)
			return symbol->st_value;
	}
	fail_msg("no %s", function);
	return 0;
}

struct symbolizer_file file_at(const char *at)
{
	struct symbolizer_file file = {.path = at};
	int fd = open(at, O_RDONLY);
	struct elf_file elf;

	if (fd >= 0 && elf_open(&elf, fd) == 0) {
		file.wanted.build_id_bytes = elf.build_id_bytes;
		memcpy(file.wanted.build_id, elf.build_id, sizeof(elf.build_id));
	}
	close(fd);
	return file;
}

const char *ask(struct symbolizer_file *file, uint64_t address, struct place *place)
{
	const struct asked asked = {address, 0};

	memset(place, 0, sizeof(*place));
	return symbolizer_ask(symbolizer, file, &asked, 1, arena, place);
}
