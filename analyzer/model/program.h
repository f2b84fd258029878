/*
 * program.h - what a program file is, as far as it decides which gate could observe it.
 */
#ifndef ANALYZER_PROGRAM_H
#define ANALYZER_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum program_kind {
	PROGRAM_UNKNOWN,
	PROGRAM_ABSENT,
	PROGRAM_UNREADABLE, /* it is there, and cannot be opened */
	PROGRAM_DYNAMIC,    /* glibc or musl */
	PROGRAM_STATIC,
	PROGRAM_OTHER_CLASS,   /* 32-bit */
	PROGRAM_OTHER_MACHINE, /* of another architecture */
};

struct program {
	enum program_kind kind;
	char path[PATH_MAX];	    /* as found on PATH */
	char interpreter[PATH_MAX]; /* of a script: the file that runs in the end; else "" */
	char loader[256];	    /* PT_INTERP */
	bool musl, go, setuid, script;
	bool asan;	     /* wants the address sanitizer's runtime loaded first */
	char go_version[64]; /* "" when unknown */
};

/* Looks at `name` (searched on PATH without a slash), through scripts to what runs them. */
void program_inspect(const char *name, struct program *program);
/* Why no gate of this version observes the program, or NULL when one does. */
const char *program_reason(const struct program *program);
/* One line: what it is ("dynamic program (glibc)", "static Go program (go1.20)", ...). */
void program_describe(const struct program *program, char *text, size_t room);

#endif
