/*
 * asan.h - does a program want the runtime of the address sanitizer (what -fsanitize=address of gcc
 * links)? That looks at the list of loaded libraries and ends the program where anything else is
 * the first of them, as what is preloaded is. Asked by the shim of programs that are started, and
 * by the analyzer. The file may say anything.
 */
#ifndef DNDPROF_ASAN_H
#define DNDPROF_ASAN_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DNDPROF_ASAN_HEADERS 12 /* that are kept: little, it may be looked at on a small stack */
#define DNDPROF_ASAN_ENTRIES 16 /* of the dynamic section, read at once */
#define DNDPROF_ASAN_READS   4
#define DNDPROF_ASAN_NAME    16

/* Reads n bytes of the file at an offset, all of them or false. */
typedef bool dndprof_reader(long fd, void *to, size_t n, uint64_t offset);

static inline bool dndprof_is_asan(const char *name)
{
	return !strncmp(name, "libasan.so", 10) || !strncmp(name, "libclang_rt.asan", 16);
}

/* Is it in LD_PRELOAD's list, n bytes? Then it comes first, or means to. */
static inline bool dndprof_preloads_asan(const char *list)
{
	size_t n;

	for (; *list; list += n + (list[n] != 0)) {
		size_t base = n = strcspn(list, " :");

		while (base && list[base - 1] != '/')
			base--;
		if (dndprof_is_asan(list + base))
			return true;
	}
	return false;
}

/* Of a program's headers those that tell what it needs. */
struct dndprof_asan_headers {
	Elf64_Phdr kept[DNDPROF_ASAN_HEADERS];
	unsigned count;
};

static inline void dndprof_asan_keep(struct dndprof_asan_headers *headers, const Elf64_Phdr *header)
{
	if ((header->p_type == PT_LOAD || header->p_type == PT_DYNAMIC) &&
	    headers->count < DNDPROF_ASAN_HEADERS)
		headers->kept[headers->count++] = *header;
}

/* The place in the file of the name it needs first; 0: none. */
static inline uint64_t dndprof_asan_first(long fd, dndprof_reader *reader,
					  const Elf64_Phdr *dynamic,
					  const struct dndprof_asan_headers *headers)
{
	Elf64_Dyn entries[DNDPROF_ASAN_ENTRIES];
	uint64_t needed = 0, strings = 0, at = 0, left = dynamic->p_filesz / sizeof(*entries);
	bool needs = false, ends = false;
	unsigned reads, h;
	size_t n, i;

	for (reads = 0; reads < DNDPROF_ASAN_READS && left && !ends; reads++) {
		n = left < DNDPROF_ASAN_ENTRIES ? left : DNDPROF_ASAN_ENTRIES;
		if (!reader(fd, entries, n * sizeof(*entries), dynamic->p_offset + at))
			return 0;
		for (i = 0; i < n && !ends; i++) {
			if (entries[i].d_tag == DT_NEEDED && !needs)
				needed = entries[i].d_un.d_val;
			else if (entries[i].d_tag == DT_STRTAB)
				strings = entries[i].d_un.d_ptr;
			needs |= entries[i].d_tag == DT_NEEDED;
			ends = entries[i].d_tag == DT_NULL || (needs && strings);
		}
		at += n * sizeof(*entries);
		left -= n;
	}
	for (h = 0; h < headers->count && needs && strings; h++)
		if (headers->kept[h].p_type == PT_LOAD &&
		    strings - headers->kept[h].p_vaddr < headers->kept[h].p_filesz)
			return headers->kept[h].p_offset + (strings - headers->kept[h].p_vaddr) +
			       needed;
	return 0;
}

/* The runtime is what the program needs first, or it would not run by itself either. */
static inline bool dndprof_needs_asan(long fd, dndprof_reader *reader,
				      const struct dndprof_asan_headers *headers)
{
	char name[DNDPROF_ASAN_NAME + 1] = "";
	uint64_t at = 0;
	unsigned h;

	for (h = 0; h < headers->count && !at; h++)
		if (headers->kept[h].p_type == PT_DYNAMIC)
			at = dndprof_asan_first(fd, reader, &headers->kept[h], headers);
	return at && reader(fd, name, DNDPROF_ASAN_NAME, at) && dndprof_is_asan(name);
}

#endif
