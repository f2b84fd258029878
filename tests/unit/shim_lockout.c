/*
 * Tests of what locks us out: which calls stop what, and that questions stop nothing.
 */
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "support/cmocka.h"

#include "recorder/lockout.c"

static unsigned notes, filtered;
RECORDER_TLS struct tls dndprof_tls;

void recorder_off(unsigned note)
{
	notes |= note;
}

void recorder_filtered(void)
{
	filtered++;
}

enum { NOTHING, FILTERED, OFF };

#define FILTER 0x1000 /* an address */

static const struct {
	const char *name;
	long number, a, b, c;
	int outcome;
} rows[] = {
	{"prctl, filter", SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, FILTER, FILTERED},
	{"prctl, no filter: a question", SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0,
	 NOTHING},
	{"prctl, strict", SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, OFF},
	{"prctl, no such mode", SYS_prctl, PR_SET_SECCOMP, 77, FILTER, NOTHING},
	{"prctl, PR_GET_SECCOMP", SYS_prctl, PR_GET_SECCOMP, SECCOMP_MODE_FILTER, FILTER, NOTHING},
	{"no counter", SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, OFF},
	{"counter", SYS_prctl, PR_SET_TSC, PR_TSC_ENABLE, 0, NOTHING},
	{"seccomp, filter", SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, FILTER, FILTERED},
	{"seccomp, filter, flags", SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
	 FILTER, FILTERED},
	{"seccomp, no filter: a question", SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	 SECCOMP_FILTER_FLAG_TSYNC, 0, NOTHING},
	{"seccomp, strict", SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0, OFF},
	{"seccomp, strict, flags: a question", SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0, NOTHING},
	{"seccomp, which actions", SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, FILTER, NOTHING},
	{"another call", SYS_getpid, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, FILTER, NOTHING},
};

static void outcomes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		notes = filtered = 0;
		lockout_before(rows[i].number, rows[i].a, rows[i].b, rows[i].c);
		if (filtered != (rows[i].outcome == FILTERED) ||
		    notes != (rows[i].outcome == OFF ? DNDPROF_NOTE_TSC_FORBIDDEN : 0))
			fail_msg("%s", rows[i].name);
	}
}

/* In a vfork child only its thread knows, at its depth; of its parent nothing is said. */
static void outcomes_in_vfork(void **state)
{
	size_t i;

	(void)state;
	notes = filtered = 0;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		dndprof_tls = (struct tls){.off = 2, .filtered = 1 << 1};
		lockout_in_vfork(rows[i].number, rows[i].a, rows[i].b, rows[i].c);
		if (dndprof_tls.filtered != (rows[i].outcome == FILTERED ? 6 : 2) || notes ||
		    filtered)
			fail_msg("%s", rows[i].name);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(outcomes),
						  cmocka_unit_test(outcomes_in_vfork)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
