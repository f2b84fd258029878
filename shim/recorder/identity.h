/*
 * identity.h - who this process is, as far as a report may tell: program, docker's subcommand
 * words, never its arguments.
 */
#ifndef DNDPROF_SHIM_IDENTITY_H
#define DNDPROF_SHIM_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/settings.h"
#include "recorder/text.h"

/* Is this the base name of a program whose subcommand words we keep? */
int identity_is_docker(const char *program);

/* Appends docker's words found in argv[1..]: at most two, and only words of docker's own
 * vocabulary. */
void identity_subcommand(struct text *t, char *const *argv);

/* What docker's command with these words runs in a container: enum dndprof_exec_class; NONE: it is
 * not an exec. */
unsigned identity_exec_class(char *const *argv);

/* Base name of a path. */
const char *identity_base(const char *path);

/* The name a person would call the running program: the kernel's, which for a script is the
 * script's. 16 bytes. */
void identity_program(char name[16]);

/* Writes the INFO section. run: directory of the run; forked: by a fork, no program of its own. */
void identity_write(const struct settings *s, const char *run, bool forked);

/* Appends a line to it. */
void identity_add(const char *key, const char *value);

#endif
