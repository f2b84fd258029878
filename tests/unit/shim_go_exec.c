/*
 * Tests of shim/go/exec.c: what is looked at before it is made, and by whom.
 */
#include "support/cmocka.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "go/exec.c"

struct recorder dndprof_recorder;

bool recorder_may_call(void)
{
	return !dndprof_recorder.no_syscalls;
}

static struct {
	unsigned routed, written, quieted, locked;
	struct event last;
} seen;

enum dndprof_route exec_route(int dir, const char *path, char *const **env, int flags)
{
	(void)dir, (void)path, (void)env, (void)flags;
	seen.routed++;
	return 7;
}

bool program_name(struct program *p, const char *path, char *const *argv)
{
	(void)path, (void)argv;
	p->n = 0;
	p->text[0] = 'x';
	return true;
}

bool program_name_fd(struct program *p, int fd, char *const *argv)
{
	(void)p, (void)fd, (void)argv;
	return false;
}

void program_label(struct program *p, char *const *env)
{
	(void)p, (void)env;
}

void event_write(struct writer *w, const struct event *e, const struct part *parts, int n)
{
	(void)w, (void)parts, (void)n;
	seen.written++;
	seen.last = *e;
}

void go_quiet(void)
{
	seen.quieted++;
}

void lockout_before(long number, long a, long b, long c)
{
	(void)number, (void)a, (void)b, (void)c;
	seen.locked++;
}

uint64_t clock_monotonic(void)
{
	return 1;
}

static const struct {
	const char *name;
	long number, a, b;
	bool quiets;
} rows[] = {
	{"chroot", SYS_chroot, 1, 0, true},
	{"pivot_root", SYS_pivot_root, 1, 1, true},
	{"unshare, mounts", SYS_unshare, CLONE_NEWNS | CLONE_NEWNET, 0, true},
	{"unshare, user", SYS_unshare, CLONE_NEWUSER, 0, true},
	{"unshare, network", SYS_unshare, CLONE_NEWNET, 0, false},
	{"unshare, descriptors", SYS_unshare, CLONE_FILES, 0, false},
	{"setns, processes", SYS_setns, 3, CLONE_NEWPID, true},
	{"setns, whatever it is", SYS_setns, 3, 0, true},
	{"setns, network", SYS_setns, 3, CLONE_NEWNET, false},
	{"prctl", SYS_prctl, CLONE_NEWNS, CLONE_NEWNS, false},
};

static void look(size_t row)
{
	long args[6] = {rows[row].a, rows[row].b};

	seen.quieted = seen.locked = 0;
	dndprof_go_look(rows[row].number, args);
}

static void *look_at_all(void *unused)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		look(i);
		if (seen.quieted)
			return (void *)rows[i].name;
	}
	return unused;
}

/* The first thread takes the process along; another goes for itself. */
static void quiets(void **state)
{
	pthread_t other;
	void *wrong;
	size_t i;

	(void)state;
	dndprof_recorder.pid = (uint32_t)getpid();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		look(i);
		if (seen.quieted != rows[i].quiets || seen.locked == rows[i].quiets)
			fail_msg("%s", rows[i].name);
	}
	pthread_create(&other, NULL, look_at_all, NULL);
	pthread_join(other, &wrong);
	if (wrong)
		fail_msg("another thread: %s", (const char *)wrong);
}

/* What another process does in our memory is not ours. */
static void in_the_child_of_a_vfork(void **state)
{
	size_t i;

	(void)state;
	dndprof_recorder.pid = (uint32_t)getpid() + 1;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		look(i);
		assert_int_equal(seen.quieted + seen.locked, 0);
	}
}

static void an_exec(void **state)
{
	char *argv[] = {"x", NULL}, *env[] = {NULL};
	long args[6] = {(long)"/bin/x", (long)argv, (long)env};

	(void)state;
	dndprof_recorder.pid = (uint32_t)getpid();
	dndprof_recorder.records = true;
	dndprof_recorder.shared = (struct writer *)&seen; /* only handed on */
	dndprof_go_look(SYS_execve, args);
	assert_int_equal(seen.routed, 1);
	assert_int_equal(seen.written, 1);
	assert_int_equal(seen.last.result, 7);
	assert_int_equal(seen.last.call, DNDPROF_CALL_execve);
	assert_int_equal(seen.last.flags, DNDPROF_RECORD_BEGIN);
	dndprof_recorder.pid++;
	dndprof_go_look(SYS_execve, args);
	assert_int_equal(seen.last.flags, DNDPROF_RECORD_BEGIN | DNDPROF_RECORD_VFORK);
	dndprof_recorder.no_syscalls = true; /* followed, but nothing is asked */
	dndprof_go_look(SYS_execve, args);
	assert_int_equal(seen.routed, 3);
	assert_int_equal(seen.written, 2);
	dndprof_recorder.no_syscalls = false;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(quiets),
						  cmocka_unit_test(in_the_child_of_a_vfork),
						  cmocka_unit_test(an_exec)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
