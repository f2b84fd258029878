/* lockout.c - see lockout.h. */
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "recorder/lockout.h"
#include "recorder/recorder.h"
#include "recorder/sys.h"

static void seccomp_before(long mode, long program)
{
	/* Strict mode takes the counter away, too (kernel/seccomp.c, disable_TSC). */
	if (mode == SECCOMP_MODE_STRICT)
		recorder_off(DNDPROF_NOTE_TSC_FORBIDDEN);
	else if (mode == SECCOMP_MODE_FILTER && program) /* without one it asks what there is */
		recorder_filtered();
}

void lockout_before(long number, long a, long b, long c)
{
	if (number == SYS_prctl && a == PR_SET_SECCOMP)
		seccomp_before(b, c);
	else if (number == SYS_prctl && a == PR_SET_TSC && b == PR_TSC_SIGSEGV)
		/* Whichever clock is used: the vDSO's reads the counter, too. */
		recorder_off(DNDPROF_NOTE_TSC_FORBIDDEN);
	else if (number == SYS_seccomp && a == SECCOMP_SET_MODE_STRICT && !b)
		seccomp_before(SECCOMP_MODE_STRICT, 0); /* with flags it is a probe that fails */
	else if (number == SYS_seccomp && a == SECCOMP_SET_MODE_FILTER)
		seccomp_before(SECCOMP_MODE_FILTER, c);
}
