/*
 * gate.h - the gate into dynamic Go programs: opened by the constructor, before Go's runtime runs.
 */
#ifndef DNDPROF_SHIM_GO_GATE_H
#define DNDPROF_SHIM_GO_GATE_H

#include <elf.h>

#include "go/site.h"
#include "recorder/recorder.h"

/* What the constructor found out about the main program; nothing is changed yet. */
struct go_program {
	enum go_refusal refusal;
	char version[GO_VERSION_BYTES]; /* "" when it is not known */
	uint8_t *site;			/* the function, when nothing was refused */
	uint8_t *park;			/* the one its threads wait in; NULL: not found */
	const Elf64_Phdr *headers;
	size_t header_count;
	uintptr_t base; /* what is added to addresses in the headers */
};

void go_look(struct go_program *program);

/*
 * Makes the ring and the counters in the profile file and patches the function. The process has one
 * thread and its file is open. Returns NONE, or why the program stays as it was.
 */
enum go_refusal go_open(const struct go_program *program);

/* From here on the gate makes no system calls of its own but an exec's: no samples, and the room it
 * will ever have it takes now. */
void go_quiet(void);

#endif
