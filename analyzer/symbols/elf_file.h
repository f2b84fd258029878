/*
 * elf_file.h - the little of an ELF file (64-bit, this machine's byte order) that symbols need:
 * its segments and its build id. Files are untrusted, and may change while they are read: they are
 * read, never mapped.
 */
#ifndef ANALYZER_ELF_FILE_H
#define ANALYZER_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/profile.h>

#define ELF_SEGMENTS 64

struct elf_file {
	int fd; /* the caller's, as long as this is used */
	uint64_t size;
	uint64_t left; /* bytes of segments that may still be read: they may overlap */
	Elf64_Phdr segments[ELF_SEGMENTS];
	size_t segment_count;
	uint8_t build_id[DNDPROF_BUILD_ID]; /* as in struct dndprof_module */
	uint8_t build_id_bytes;
};

/* 0, or a negative errno: -EBADMSG where it is no such file. */
int elf_open(struct elf_file *file, int fd);

/* Bytes read of `size` at `offset`. */
size_t elf_read(const struct elf_file *file, uint64_t offset, void *to, size_t size);

/* What a segment has of the file, in memory that the caller frees; NULL where it is too much. */
uint8_t *elf_segment(struct elf_file *file, const Elf64_Phdr *segment, size_t *size);

#endif
