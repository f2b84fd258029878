/*
 * peek.h - reading the target's memory through the kernel, where a pointer may be bad: the call it
 * was given to shall say so, not we.
 */
#ifndef DNDPROF_SHIM_PEEK_H
#define DNDPROF_SHIM_PEEK_H

#include <stdbool.h>
#include <stddef.h>

/* Copies n bytes; false: not all of them can be read. */
bool peek(void *to, const void *from, size_t n);

/* Copies a string, terminated; false: it cannot be read, or is longer than size - 1. */
bool peek_string(char *to, size_t size, const char *from);

#endif
