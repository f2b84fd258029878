/*
 * modules.h - says in the profile which file was mapped where, so that the analyzer can name
 * addresses in records (struct dndprof_module). Only files of addresses that were recorded.
 */
#ifndef DNDPROF_SHIM_MODULES_H
#define DNDPROF_SHIM_MODULES_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/profile.h>

struct module {
	uint64_t start, end; /* addresses, [start, end) */
	uint64_t bias;	     /* what is added to addresses in the file */
	const char *path;    /* "": the program itself */
	uint8_t build_id[DNDPROF_BUILD_ID];
	uint8_t build_id_bytes;
};

void modules_start(void); /* a new file: nothing stands in it yet */
bool module_is_noted(uint64_t address);
void module_write(const struct module *module);

/* The build id out of the notes the headers name; none where they cannot be read. */
void module_build_id(struct module *module, const Elf64_Phdr *headers, size_t count);

/* In a program whose headers the kernel tells of: the program itself. */
void module_write_program(uint64_t bias, const Elf64_Phdr *headers, size_t count);

#endif
