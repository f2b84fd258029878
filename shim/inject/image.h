/*
 * image.h - dndprof-exec's own image: where it lies, and what must be done before C can run in it.
 */
#ifndef DNDPROF_SHIM_IMAGE_H
#define DNDPROF_SHIM_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_STACK (128 * 1024)

/* The linker's, ours, and the assembler's (start.S); their addresses are what is wanted. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
extern char image_stack[IMAGE_STACK] __attribute__((visibility("hidden")));
extern char image_start[] __attribute__((visibility("hidden")));
extern char image_syscall[] __attribute__((visibility("hidden"))); /* a system call instruction */

/* Starts a process in our memory (start.S). */
long image_clone(void (*run)(const void *argument), const void *argument, char *stack_end)
	__attribute__((visibility("hidden")));

/* Makes the pointers in our data right, wherever we are. Once, before anything else. */
void image_relocate(void);

#endif
