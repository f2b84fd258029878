/*
 * foreign.h - programs of another ELF class: ld.so would complain on their stderr that we cannot be
 * preloaded, so for them, and only for them, our name is taken out of LD_PRELOAD. The report calls
 * them unobserved.
 */
#ifndef DNDPROF_SHIM_FOREIGN_H
#define DNDPROF_SHIM_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

#define FOREIGN_ENTRIES 2048 /* an environment longer than this is left alone */

struct foreign {
	char *env[FOREIGN_ENTRIES + 1];
	char preload[1024];
};

/* Is the file at path an ELF file of another class than ours? Bad pointers and everything else: no.
 */
bool foreign_program(const char *path);

/* The same for a name looked up along PATH, as execvp does, and for a file by descriptor (path: ""
 * or relative to it). */
bool foreign_in_path(const char *file);
bool foreign_at(int dir, const char *path);

/* The environment without us: env itself where there is nothing to take out. f lives as long as the
 * result is used. */
char *const *foreign_environment(struct foreign *f, char *const *env);

#endif
