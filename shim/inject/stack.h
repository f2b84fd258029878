/*
 * stack.h - what the kernel leaves on a new program's stack: arguments, environment, auxiliary
 * vector (System V ABI, AMD64 supplement, 3.4.1). The target's; we look at a copy.
 */
#ifndef DNDPROF_SHIM_STACK_H
#define DNDPROF_SHIM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "inject/remote.h"

#define STACK_MOST (256 * 1024)

struct stack {
	uint64_t sp;
	size_t bytes; /* that were copied */
	size_t argc;
	size_t env, env_n; /* index of the first entry, and how many */
	size_t aux, words; /* index of the vector, and of what follows it */
	uint64_t copy[STACK_MOST / sizeof(uint64_t)];
};

/* Copies and takes apart. Negative: it is not as it should be. */
long stack_read(const struct remote *r, uint64_t sp, struct stack *s);

/* A value of the auxiliary vector; 0: not there. */
uint64_t stack_auxiliary(const struct stack *s, uint64_t type);

/*
 * Adds our entries to the environment where DNDPROF_RUN is not in it: a new vector and new strings
 * below the old. The stack pointer the program shall begin with: the old one where there was
 * nothing to do or no room.
 */
uint64_t stack_add(const struct remote *r, const struct stack *s, char *const *ours);

#endif
