/*
 * build_id.h - the build id of an ELF file out of its notes: read by the shim where the file is
 * mapped, and by the analyzer, which must know whether it has the same file. Notes may say
 * anything.
 */
#ifndef DNDPROF_BUILD_ID_H
#define DNDPROF_BUILD_ID_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DNDPROF_BUILD_ID    32 /* bytes that are kept of it, at most */
#define DNDPROF_GO_BUILD_ID 4  /* type of Go's note */
#define DNDPROF_NOTE_ROUND  3u
#define DNDPROF_NOTE_OWNER  4 /* bytes of "GNU" and of Go's name, with their zeros */

/* GNU's, or where `bytes` is still 0 the one Go writes, among n bytes of notes. Returns the bytes
 * of it; what `bytes` was when there is none. */
static inline uint8_t dndprof_build_id(const uint8_t *notes, size_t n, uint8_t id[DNDPROF_BUILD_ID],
				       uint8_t bytes)
{
	size_t at = 0;

	while (n - at >= sizeof(Elf64_Nhdr)) {
		const size_t name = at + sizeof(Elf64_Nhdr);
		Elf64_Nhdr note;
		size_t text;

		memcpy(&note, notes + at, sizeof(note));
		if (note.n_namesz > n || note.n_descsz > n)
			break;
		text = name + ((note.n_namesz + DNDPROF_NOTE_ROUND) & ~DNDPROF_NOTE_ROUND);
		if (text > n || note.n_descsz > n - text)
			break;
		if (note.n_namesz == DNDPROF_NOTE_OWNER && note.n_descsz &&
		    ((note.n_type == NT_GNU_BUILD_ID && !memcmp(notes + name, "GNU", 4)) ||
		     (note.n_type == DNDPROF_GO_BUILD_ID && !memcmp(notes + name, "Go\0", 4) &&
		      !bytes))) {
			bytes = (uint8_t)(note.n_descsz < DNDPROF_BUILD_ID ? note.n_descsz
									   : DNDPROF_BUILD_ID);
			memcpy(id, notes + text, bytes);
		}
		at = text + ((note.n_descsz + DNDPROF_NOTE_ROUND) & ~DNDPROF_NOTE_ROUND);
		if (at > n)
			break;
	}
	return bytes;
}

#endif
