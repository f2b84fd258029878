/*
 * sys.h - the system calls the shim makes itself, by name, and a few words every file here uses.
 * All return a negative errno on failure and never touch errno.
 */
#ifndef DNDPROF_SHIM_SYS_H
#define DNDPROF_SHIM_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#include "recorder/amd64.h"
#else
#error "no seam for this architecture yet: write recorder/ARCH.h after amd64.h"
#endif

#define likely(x)    __builtin_expect(!!(x), 1)
#define unlikely(x)  __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define sys0(n)		       sys6(n, 0, 0, 0, 0, 0, 0)
#define sys1(n, a)	       sys6(n, (long)(a), 0, 0, 0, 0, 0)
#define sys2(n, a, b)	       sys6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(n, a, b, c)       sys6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys4(n, a, b, c, d)    sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define sys5(n, a, b, c, d, e) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* Names for the two orders the recorder needs; on amd64 both are plain moves the compiler may not
 * reorder. */
#define store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define load_acquire(p)	    __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define load_relaxed(p)	    __atomic_load_n(p, __ATOMIC_RELAXED)
#define store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

#endif
