/*
 * internal.h - what the files of shim/exec and shim/inject share.
 */
#ifndef DNDPROF_SHIM_EXEC_INTERNAL_H
#define DNDPROF_SHIM_EXEC_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

enum environment { ENVIRONMENT_WITH, ENVIRONMENT_WITHOUT, ENVIRONMENT_BAD };

#define ENVIRONMENT_CHECK "DNDPROF_CHECK="

/* The first entry that begins with `name`, of at most ENVIRONMENT_NAME bytes; NULL: none, or it
 * cannot be read. Its pointers may be bad. */
#define ENVIRONMENT_NAME 16
const char *environment_find(char *const *env, const char *name);

/* Is DNDPROF_RUN in it? Its pointers may be bad. */
enum environment environment_look(char *const *env);

/* What children must be told, as environment entries; NULL-terminated. */
char *const *route_told(void);

bool environment_is_preload(const char *entry);

/* An entry LD_PRELOAD=... with our entry `ours` in front, or (NULL) without us; made in buffer when
 * it is not the entry itself. NULL: nothing is left of it. */
const char *environment_preload(char *buffer, size_t size, const char *entry, const char *ours);

#endif
