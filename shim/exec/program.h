/*
 * program.h - naming the program of an exec or spawn: payload PROGRAM (profile.h).
 */
#ifndef DNDPROF_SHIM_PROGRAM_H
#define DNDPROF_SHIM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#define PROGRAM_MAX 400

struct program {
	char text[PROGRAM_MAX];
	size_t n;
};

/* Fills p from the caller's arguments, which may be bad pointers: the call itself shall say so, not
 * we. False: nothing. */
bool program_name(struct program *p, const char *path, char *const *argv);
/* May the string be read? */
bool program_readable(const char *path);

bool program_name_fd(struct program *p, int fd, char *const *argv);

/* Adds the check the program is labelled with in its environment, if it is. */
void program_label(struct program *p, char *const *env);

#endif
