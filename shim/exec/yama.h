/*
 * yama.h - where the Yama module lets only ancestors trace (ptrace_scope 1), a process may name
 * who else may trace it; that is anybody of its own user while dndprof-exec attaches, and nobody
 * again after. prctl(2), PR_SET_PTRACER.
 */
#ifndef DNDPROF_SHIM_YAMA_H
#define DNDPROF_SHIM_YAMA_H

#include <sys/prctl.h>

#include "recorder/sys.h"

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif
#define PTRACER_ANY (-1)

/* Without Yama the kernel does not know the option, and nothing happens. */
static inline void yama_permit(void)
{
	sys2(SYS_prctl, PR_SET_PTRACER, PTRACER_ANY);
}

static inline void yama_forbid(void)
{
	sys2(SYS_prctl, PR_SET_PTRACER, 0);
}

#endif
