/*
 * golang.c - finds Go's table of functions in a program, and where the code it counts from begins.
 *
 * The table needs no section: it is found by its header, in what is not code. Where the code begins
 * the header tells only in some programs (not in position-independent ones, where a relocation
 * holds it, nor since Go 1.26). But the one function of system calls is known by its bytes, and the
 * table knows where it lies behind that begin.
 */
#define _GNU_SOURCE /* memmem */
#include "symbols/golang.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct golang {
	struct pclntab table;
	uint8_t *data;
	uint64_t text; /* address in the file of the code's begin */
};

static const uint8_t syscall_bytes[] = {0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48,
					0x89, 0xdf, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff};

static bool is_syscall(const char *name)
{
	return strcmp(name, "runtime/internal/syscall.Syscall6") == 0 ||
	       strcmp(name, "internal/runtime/syscall.Syscall6") == 0 ||
	       strcmp(name, "internal/runtime/syscall/linux.Syscall6") == 0;
}

/* The begin of the code, by the function of system calls in it. */
static bool find_text(struct elf_file *file, struct golang *golang)
{
	uint32_t entry;

	if (!pclntab_search(&golang->table, is_syscall, &entry))
		return false;
	for (size_t i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *p = &file->segments[i];
		const uint8_t *found;
		uint8_t *code;
		size_t size;

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		code = elf_segment(file, p, &size);
		if (!code)
			continue;
		found = memmem(code, size, syscall_bytes, sizeof(syscall_bytes));
		if (found)
			golang->text = p->p_vaddr + (uint64_t)(found - code) - entry;
		free(code);
		if (found)
			return true;
	}
	return false;
}

/* Takes `data` when a table is in it. */
static bool find_table(struct golang *golang, uint8_t *data, size_t size)
{
	for (size_t place = 0; place + PCLNTAB_HEADER <= size; place += 8)
		if (pclntab_begins(data + place) &&
		    pclntab_open(&golang->table, data + place, size - place) == 0) {
			golang->data = data;
			return true;
		}
	return false;
}

struct golang *golang_open(struct elf_file *file)
{
	struct golang *golang = memory_get(sizeof(*golang));

	for (size_t i = 0; i < file->segment_count && !golang->data; i++) {
		const Elf64_Phdr *p = &file->segments[i];
		uint8_t *data;
		size_t size;

		if (p->p_type != PT_LOAD || p->p_flags & PF_X)
			continue;
		data = elf_segment(file, p, &size);
		if (data && !find_table(golang, data, size))
			free(data);
	}
	if (golang->data && !find_text(file, golang))
		golang->text = golang->table.text;
	if (!golang->text) {
		golang_close(golang);
		return NULL;
	}
	return golang;
}

void golang_close(struct golang *golang)
{
	if (golang)
		free(golang->data);
	free(golang);
}

bool golang_find(const struct golang *golang, uint64_t address, struct pclntab_place *place)
{
	return address >= golang->text &&
	       pclntab_find(&golang->table, address - golang->text, place);
}
