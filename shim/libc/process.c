/*
 * process.c - processes: made, waited for, ended. vfork is in vfork.S: it returns twice on one
 * stack.
 */
#include "libc/gate.h"

/* A forked child is told from its parent by a page the kernel wipes (recorder.h); where it does
 * not, by hand, here. */
static void in_child(void)
{
	dndprof_fork_page.alive = 0;
	dndprof_fork_page.go = 0;
	dndprof_fork_page.own = 0;
}

EXPORT pid_t fork(void)
{
	struct span s = span_begin(DNDPROF_CALL_fork);
	pid_t r = REAL(fork)();

	/* The child's writer is its parent's: nothing is recorded there before recorder_forked gave
	 * it a file. */
	if (r == 0)
		in_child();
	else
		span_end(&s, DNDPROF_CALL_fork, r, 0);
	return r;
}

/* ---- vfork.S calls these; see there ---- */

struct vfork_kept {
	void *return_address;
	uint64_t register_value;
};

/* Before: keeps what vfork.S may not leave on the stack and takes the writer away, so that the
 * child records nothing. Returns the depth, or -1: too deep, do not wrap. */
__attribute__((visibility("hidden"))) int dndprof_vfork_begin(void *return_address,
							      uint64_t register_value)
{
	struct tls *t = &dndprof_tls;
	uint32_t depth = t->off;

	if (depth >= ARRAY_LEN(t->vfork))
		return -1;
	t->vfork[depth].return_address = return_address;
	t->vfork[depth].register_value = register_value;
	t->vfork[depth].writer = writer_self();
	t->vfork[depth].start = t->vfork[depth].writer ? now() : 0;
	t->off = depth + 1;
	t->writer = NULL;
	return (int)depth;
}

__attribute__((visibility("hidden"))) void *dndprof_vfork_real(void)
{
	return (void *)REAL(vfork);
}

/* In the child. */
__attribute__((visibility("hidden"))) struct vfork_kept dndprof_vfork_child(int depth)
{
	const struct vfork_frame *f = &dndprof_tls.vfork[depth];

	return (struct vfork_kept){f->return_address, f->register_value};
}

/* In the parent, when the child has gone its way or could not be made. The depth comes from a
 * register: whatever the child left in the thread's memory, dying in a vfork of its own perhaps,
 * does not matter. */
__attribute__((visibility("hidden"))) struct vfork_kept dndprof_vfork_parent(int depth, long pid)
{
	const struct vfork_frame *f = &dndprof_tls.vfork[depth];
	struct span s = {f->writer, f->start};

	dndprof_tls.off = (uint32_t)depth;
	dndprof_tls.filtered &= (2u << depth) - 1; /* what the child does to itself ends with it */
	dndprof_tls.writer = f->writer;
	span_end(&s, DNDPROF_CALL_vfork, pid, 0);
	return (struct vfork_kept){f->return_address, f->register_value};
}

/* ---- waiting ---- */

/* arg: the status of the child that was waited for. */
static pid_t end_wait(const struct span *s, unsigned call, pid_t r, const int *status)
{
	span_end(s, call, r, r > 0 && status ? (uint64_t)(unsigned)*status : 0);
	return r;
}

EXPORT pid_t wait(int *status)
{
	struct span s = span_begin(DNDPROF_CALL_wait);

	return end_wait(&s, DNDPROF_CALL_wait, REAL(wait)(status), status);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	struct span s = span_begin(DNDPROF_CALL_waitpid);

	return end_wait(&s, DNDPROF_CALL_waitpid, REAL(waitpid)(pid, status, options), status);
}

EXPORT pid_t wait3(int *status, int options, struct rusage *usage)
{
	struct span s = span_begin(DNDPROF_CALL_wait3);

	return end_wait(&s, DNDPROF_CALL_wait3, REAL(wait3)(status, options, usage), status);
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	struct span s = span_begin(DNDPROF_CALL_wait4);

	return end_wait(&s, DNDPROF_CALL_wait4, REAL(wait4)(pid, status, options, usage), status);
}

/* result: 0, as waitid has it; arg: the child's process id, above it si_status and si_code, 16 bits
 * each. */
EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	struct span s = span_begin(DNDPROF_CALL_waitid);
	int r = REAL(waitid)(type, id, info, options);
	uint64_t arg = 0;

	if (s.writer && r == 0 && info && info->si_pid && !(options & WNOWAIT))
		arg = (uint32_t)info->si_pid | (uint64_t)(uint16_t)info->si_status << 32 |
		      (uint64_t)(uint16_t)info->si_code << 48;
	span_end(&s, DNDPROF_CALL_waitid, r, arg);
	return r;
}

/* ---- ending: no destructor runs after these ---- */

static void ending(unsigned call, int status)
{
	struct writer *w = writer_self();

	if (w) {
		struct event e = {
			.start = now(),
			.fd = -1,
			.call = (uint16_t)call,
			.arg = (uint64_t)(unsigned)status,
			.flags = DNDPROF_RECORD_BEGIN,
		};

		stats_add(w, &e);
		if (dndprof_recorder.records)
			event_write(w, &e, NULL, 0);
	}
	if (w || recorder_stopped_here())
		recorder_finish(DNDPROF_END__EXIT, status);
}

/* A forked child that recorded nothing makes no file just to say that it ends. */
static bool ends_visibly(void)
{
	return dndprof_fork_page.alive || dndprof_recorder.state == RECORDER_STOPPED;
}

EXPORT void _exit(int status)
{
	if (ends_visibly())
		ending(DNDPROF_CALL__exit, status);
	REAL(_exit)(status);
	__builtin_unreachable();
}

EXPORT void _Exit(int status)
{
	if (ends_visibly())
		ending(DNDPROF_CALL__Exit, status);
	REAL(_Exit)(status);
	__builtin_unreachable();
}
