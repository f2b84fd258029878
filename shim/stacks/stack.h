/*
 * stack.h - stacks of slow and failed calls, and of contended locks (from DNDPROF_DETAIL=detailed
 * on), by libunwind.
 *
 * What libunwind may do to a program is bounded here: it is loaded and tried once by the
 * constructor, runs in one thread at a time, on a stack of ours, with all signals held; it reads
 * the program's stack through the kernel, which refuses what is not there; and it finds modules by
 * glibc's own search without locks. Whatever it meets, it ends after a bounded number of frames.
 */
#ifndef DNDPROF_SHIM_STACK_H
#define DNDPROF_SHIM_STACK_H

#include "recorder/recorder.h"

#define STACK_FRAMES 32 /* kept of one stack */

/* Where a stack begins: the registers a function keeps for its caller, and where it returns to. */
struct stack_context {
	uint64_t rbx, rbp, r12, r13, r14, r15;
	uint64_t rsp, rip; /* of the caller */
};

/* Fills the context with the caller's registers and calls visit(context) on the stack that ends at
 * `end` (amd64.S). */
void dndprof_stack_visit(struct stack_context *context, void (*visit)(struct stack_context *),
			 char *end) __attribute__((visibility("hidden")));

/* Once, by the constructor. What cannot be had is a note in the profile. */
void stacks_start(void);

#endif
