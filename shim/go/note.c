/* note.c - see note.h. */
#include "go/note.h"

#include <elf.h>
#include <string.h>

#define GO_BUILD_ID 4 /* the note's type */

bool go_note_in(const uint8_t *notes, size_t size)
{
	Elf64_Nhdr note;
	size_t next;

	while (size >= sizeof(note)) {
		memcpy(&note, notes, sizeof(note));
		if (note.n_namesz == 4 && note.n_type == GO_BUILD_ID && size >= sizeof(note) + 4 &&
		    !memcmp(notes + sizeof(note), "Go\0", 4))
			return true;
		if (note.n_namesz > size || note.n_descsz > size)
			return false;
		next = sizeof(note) + ((note.n_namesz + 3u) & ~3u) + ((note.n_descsz + 3u) & ~3u);
		if (next > size)
			return false;
		notes += next;
		size -= next;
	}
	return false;
}
