/*
 * lockout.h - calls by which a program forbids what we live by: to read the time stamp counter, or
 * to make system calls of our own. Both kill who does it nevertheless.
 */
#ifndef DNDPROF_SHIM_LOCKOUT_H
#define DNDPROF_SHIM_LOCKOUT_H

/* System call `number` (prctl or seccomp; others do nothing) is about to be made with these first
 * arguments: what must stop has stopped when this returns. */
void lockout_before(long number, long a, long b, long c);

/* The same in a vfork child, whose memory is its parent's: until it is gone this thread makes no
 * system call of ours. */
void lockout_in_vfork(long number, long a, long b, long c);

#endif
