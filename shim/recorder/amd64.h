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

/*
 * A child that runs the program at path, or ends with status 127: clone(CLONE_VM | CLONE_VFORK)
 * without a signal at its end. One piece, because the child shares our memory, this stack too, and
 * may not return. The child's process id or a negative errno.
 */
static inline long arch_spawn(const char *path, const char *const *argv, char *const *env)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register const char *r12 __asm__("r12") = path;
	register const char *const *r13 __asm__("r13") = argv;
	register char *const *r14 __asm__("r14") = env;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "movq %%r12, %%rdi\n\t"
			 "movq %%r13, %%rsi\n\t"
			 "movq %%r14, %%rdx\n\t"
			 "movl $59, %%eax\n\t" /* execve */
			 "syscall\n\t"
			 "movl $127, %%edi\n\t"
			 "movl $231, %%eax\n\t" /* exit_group */
			 "syscall\n"
			 "1:"
			 : "=a"(ret)
			 : "a"(56 /* clone */), "D"(0x4100 /* CLONE_VM | CLONE_VFORK */), "S"(0),
			   "d"(0), "r"(r10), "r"(r8), "r"(r12), "r"(r13), "r"(r14)
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
