/*
 * note.h - telling Go programs: their linker leaves a note of the name "Go".
 */
#ifndef DNDPROF_SHIM_GO_NOTE_H
#define DNDPROF_SHIM_GO_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is Go's build id among the notes in this piece of memory (the content of a PT_NOTE)? */
bool go_note_in(const uint8_t *notes, size_t size);

#endif
