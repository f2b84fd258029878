/*
 * internal.h - what the files of shim/exec and shim/inject share.
 */
#ifndef DNDPROF_SHIM_EXEC_INTERNAL_H
#define DNDPROF_SHIM_EXEC_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/text.h"

enum environment {
	ENVIRONMENT_WITH, /* us */
	ENVIRONMENT_WITHOUT,
	ENVIRONMENT_LISTING, /* the loader is asked for a program's libraries, as by ldd */
	ENVIRONMENT_BAD,
};

#define ENVIRONMENT_CHECK "DNDPROF_CHECK="

/* The first entry that begins with `name`, of at most ENVIRONMENT_NAME bytes; NULL: none, or it
 * cannot be read. Its pointers may be bad. */
#define ENVIRONMENT_NAME 16
const char *environment_find(char *const *env, const char *name);

/* What it says of us, by DNDPROF_RUN. Its pointers may be bad. */
enum environment environment_look(char *const *env);

/* What children must be told, as environment entries; NULL-terminated. */
char *const *route_told(void);

bool environment_is_preload(const char *entry);

/* Our own part of an entry LD_PRELOAD=..., as an entry: others in it are not ours to hand on. By an
 * absolute path where `helper` beside us is known by one, for the name alone may be found in this
 * environment only. False: we are not in it. */
bool environment_own_preload(struct text *t, const char *entry, const char *helper);

/* An entry LD_PRELOAD=... with our entry `ours` behind it (a sanitizer's runtime must be the
 * first), or (NULL) without us; made in buffer when it is not the entry itself. NULL: nothing is
 * left. */
const char *environment_preload(char *buffer, size_t size, const char *entry, const char *ours);

#endif
