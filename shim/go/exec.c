/*
 * exec.c - calls of a Go program that are looked at before they are made: an exec, its record and
 * following what comes; and what locks us out. The stub (amd64_exec.inc) calls this on a stack of
 * its own with all signals held, in any thread, and in the child of a vfork, where memory is the
 * parent's: nothing of the thread's is used, nothing is kept. An exec may get another environment.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "exec/program.h"
#include "exec/route.h"
#include "go/gate.h"
#include "recorder/lockout.h"
#include "recorder/recorder.h"

static void exec_before(long number, long args[6])
{
	bool at = number == SYS_execveat, named;
	int dir = at ? (int)args[0] : AT_FDCWD;
	const char *path = (const char *)args[at];
	char *const *argv = (char *const *)args[1 + at], *const **env =
								 (char *const **)&args[2 + at];
	struct writer *w = dndprof_recorder.shared;
	struct program p;
	struct event e = {
		.fd = -1,
		.call = at ? DNDPROF_CALL_execveat : DNDPROF_CALL_execve,
		.flags = DNDPROF_RECORD_BEGIN,
	};

	e.result = exec_route(dir, path, env, at ? (int)args[4] : 0);
	if (!dndprof_recorder.records || !w || !recorder_may_call())
		return;
	if ((uint32_t)sys0(SYS_getpid) != dndprof_recorder.pid)
		e.flags |= DNDPROF_RECORD_VFORK;
	named = program_name(&p, path, argv) &&
		(p.text[0] || (at && program_name_fd(&p, dir, argv)));
	if (named)
		program_label(&p, *env);
	e.payload = named ? DNDPROF_PAYLOAD_PROGRAM : DNDPROF_PAYLOAD_NONE;
	e.start = now();
	event_write(w, &e, &(struct part){p.text, p.n}, named);
}

/*
 * Does it take its thread into another root, or where it is somebody else? The process is about to
 * become a container's only if the thread is its first: programs that go there for a moment
 * (dockerd unpacks layers so) take another, which ends afterwards, and nobody's /proc/self changes.
 */
static bool enters_container(long number, const long args[6])
{
	const long kinds = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID;

	switch (number) {
	case SYS_chroot:
	case SYS_pivot_root:
		return true;
	case SYS_unshare:
		return args[0] & kinds;
	case SYS_setns: /* 0: whatever the descriptor is */
		return !args[1] || args[1] & kinds;
	default:
		return false;
	}
}

/* What the child of a vfork forbids itself its parent still may. */
__attribute__((visibility("hidden"), used)) void dndprof_go_look(long number, long args[6])
{
	if (number == SYS_execve || number == SYS_execveat)
		exec_before(number, args);
	else if ((uint32_t)sys0(SYS_getpid) != dndprof_recorder.pid)
		return;
	else if (!enters_container(number, args))
		lockout_before(number, args[0], args[1], args[2]);
	else if ((uint32_t)sys0(SYS_gettid) == dndprof_recorder.pid)
		go_quiet();
}
