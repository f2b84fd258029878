/*
 * constructor.c - where it begins and ends.
 *
 * Not `-z initfirst`: that would run before libc has set `environ`, which we read, and add the
 * run's directory to. The price: what other libraries' constructors call is passed on unrecorded,
 * each real function found on first use (real.h).
 */
#include "libc/real.h"
#include "recorder/recorder.h"

extern char **environ;

static __attribute__((constructor)) void begin(void)
{
	real_resolve();
	recorder_start(environ);
}

/* exit() and return from main come here; _exit, exec and signals do not, and lose nothing by it. */
static __attribute__((destructor)) void end(void)
{
	recorder_finish(DNDPROF_END_EXIT, 0);
}
