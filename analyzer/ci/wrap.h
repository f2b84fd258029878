/*
 * wrap.h - a directory for PATH whose programs start the real ones so that they are observed: a
 * static docker loads no library, and a shell that was started without ours does not bring it in.
 */
#ifndef ANALYZER_CI_WRAP_H
#define ANALYZER_CI_WRAP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/program.h"

/* Docker's programs, and the like that static archives bring. NULL after the last. */
extern const char *const wrap_programs[];

/* Looks for `name` on PATH, but not in `directory`. False: it is not there. */
bool wrap_find(const char *name, const char *directory, struct program *program);
/* Can `program` only be reached by a wrapper, where the variable is set? */
bool wrap_is_needed(const struct program *program);
/* Makes `directory` where it is missing. 0, or a negative errno. */
int wrap_begin(const char *directory);
/* Writes the wrapper. -EEXIST: something else of that name is there. */
int wrap_write(const char *directory, const char *name, const struct program *program);

/* `text` in quotes for a shell: 'it'\''s'. To be freed. */
char *shell_quoted(const char *text);

#endif
