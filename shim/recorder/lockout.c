/* lockout.c - see lockout.h. */
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "recorder/lockout.h"
#include "recorder/recorder.h"
#include "recorder/sys.h"

/* Without a program it asks what there is. */
static bool sets_filter(long number, long a, long b, long c)
{
	if (number == SYS_prctl)
		return a == PR_SET_SECCOMP && b == SECCOMP_MODE_FILTER && c;
	return number == SYS_seccomp && a == SECCOMP_SET_MODE_FILTER && c;
}

static bool sets_strict(long number, long a, long b)
{
	if (number == SYS_prctl)
		return a == PR_SET_SECCOMP && b == SECCOMP_MODE_STRICT;
	/* With flags it is a probe that fails. */
	return number == SYS_seccomp && a == SECCOMP_SET_MODE_STRICT && !b;
}

void lockout_before(long number, long a, long b, long c)
{
	if (sets_filter(number, a, b, c))
		recorder_filtered();
	/* Strict mode takes the counter away, too (kernel/seccomp.c, disable_TSC). Whichever clock
	 * is used: the vDSO's reads the counter, too. */
	else if (sets_strict(number, a, b) ||
		 (number == SYS_prctl && a == PR_SET_TSC && b == PR_TSC_SIGSEGV))
		recorder_off(DNDPROF_NOTE_TSC_FORBIDDEN);
}

void lockout_in_vfork(long number, long a, long b, long c)
{
	if (sets_filter(number, a, b, c))
		dndprof_tls.filtered |= 1u << dndprof_tls.off;
}
