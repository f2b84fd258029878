/*
 * amd64.h - what the recorder needs of the machine: system calls that go round libc, the time stamp
 * counter, and additions that a signal handler on the same thread cannot tear. The only file to
 * write again for another architecture.
 *
 * Raw system calls are used because libc's are interposed, by us and perhaps by others, and because
 * they must leave errno alone: they return a negative errno.
 */
#ifndef DNDPROF_SHIM_AMD64_H
#define DNDPROF_SHIM_AMD64_H

#include <stdint.h>

#define ARCH_HAS_COUNTER 1

static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Ticks of the counter. Not serialising: a few nanoseconds of reordering cost less than a fence
 * would. */
static inline uint64_t counter_read(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* Adds and returns the old value. One instruction: whole for handlers on this thread, not for other
 * threads. */
static inline uint64_t local_fetch_add(uint64_t *p, uint64_t v)
{
	__asm__ volatile("xaddq %0, %1" : "+r"(v), "+m"(*p) : : "memory", "cc");
	return v;
}

static inline void local_add(uint64_t *p, uint64_t v)
{
	__asm__ volatile("addq %1, %0" : "+m"(*p) : "er"(v) : "cc");
}

#endif
