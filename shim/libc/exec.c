/*
 * exec.c - programs replaced and started. An exec that succeeds never returns, so its record is
 * written before; one that fails leaves a second record with the error, and the image goes on.
 *
 * Environment and arguments go to the kernel as they came. No memory is had: this runs between
 * vfork and exec, too.
 */
#include <stdarg.h>
#include <string.h>

#include "libc/foreign.h"
#include "libc/gate.h"
#include "libc/program.h"

extern char **environ;

/* Who writes: this thread, or, in a child that is between fork and exec, its parent's shared ring
 * (the same mapping). */
static struct writer *exec_writer(bool *child)
{
	struct writer *w;

	*child = true;
	if (dndprof_recorder.state != RECORDER_ON)
		return NULL;
	if (dndprof_tls.off)
		return dndprof_recorder.shared;
	w = recorder_parent_writer();
	if (w)
		return w;
	*child = false;
	return writer_self();
}

struct exec {
	struct writer *writer;
	struct event event;
	bool child;
};

static struct exec exec_begin(unsigned call, const struct program *p)
{
	struct exec x = {.event = {.fd = -1, .call = (uint16_t)call}};

	x.writer = exec_writer(&x.child);
	if (!x.writer)
		return x;
	x.event.start = now();
	x.event.flags = DNDPROF_RECORD_BEGIN | (x.child ? DNDPROF_RECORD_VFORK : 0);
	x.event.payload = p ? DNDPROF_PAYLOAD_PROGRAM : DNDPROF_PAYLOAD_NONE;
	count_call(x.writer, call);
	if (dndprof_recorder.records)
		event_write(x.writer, &x.event, &(struct part){p ? p->text : NULL, p ? p->n : 0},
			    p != NULL);
	if (!x.child)
		recorder_finish(DNDPROF_END_EXEC, 0);
	return x;
}

/* It came back: it failed. */
static int exec_failed(struct exec *x, int r)
{
	struct dndprof_stats *st;

	if (!x->writer)
		return r;
	if (!x->child)
		recorder_resume();
	x->event.duration = now() - x->event.start;
	x->event.result = r;
	x->event.error = (uint8_t)errno;
	x->event.flags &= (uint8_t)~DNDPROF_RECORD_BEGIN;
	x->event.payload = DNDPROF_PAYLOAD_NONE;
	st = writer_stats(x->writer, x->event.call);
	if (st)
		writer_add(x->writer, &st->errors, 1);
	if (dndprof_recorder.records)
		event_write(x->writer, &x->event, NULL, 0);
	return r;
}

static struct exec begin_path(unsigned call, const char *path, char *const *argv)
{
	struct program p;

	return exec_begin(call, program_name(&p, path, argv) ? &p : NULL);
}

/* For a program that could not load us. Apart: it needs room on the stack for an environment. */
static __attribute__((noinline)) int exec_foreign(const char *path, char *const *argv,
						  char *const *env)
{
	struct foreign f;

	return REAL(execve)(path, argv, foreign_environment(&f, env));
}

static __attribute__((noinline)) int exec_foreign_file(const char *file, char *const *argv,
						       char *const *env)
{
	struct foreign f;

	return REAL(execvpe)(file, argv, foreign_environment(&f, env));
}

static __attribute__((noinline)) int exec_foreign_at(int dir, const char *path, char *const *argv,
						     char *const *env, int flags)
{
	struct foreign f;

	return REAL(execveat)(dir, path, argv, foreign_environment(&f, env), flags);
}

static int exec_path(const char *path, char *const *argv, char *const *env)
{
	return unlikely(foreign_program(path)) ? exec_foreign(path, argv, env)
					       : REAL(execve)(path, argv, env);
}

EXPORT int execve(const char *path, char *const argv[], char *const env[])
{
	struct exec x = begin_path(DNDPROF_CALL_execve, path, argv);

	return exec_failed(&x, exec_path(path, argv, env));
}

EXPORT int execv(const char *path, char *const argv[])
{
	struct exec x = begin_path(DNDPROF_CALL_execv, path, argv);

	return exec_failed(&x, exec_path(path, argv, environ));
}

EXPORT int execvp(const char *file, char *const argv[])
{
	struct exec x = begin_path(DNDPROF_CALL_execvp, file, argv);

	return exec_failed(&x, unlikely(foreign_in_path(file))
				       ? exec_foreign_file(file, argv, environ)
				       : REAL(execvp)(file, argv));
}

EXPORT int execvpe(const char *file, char *const argv[], char *const env[])
{
	struct exec x = begin_path(DNDPROF_CALL_execvpe, file, argv);

	return exec_failed(&x, unlikely(foreign_in_path(file)) ? exec_foreign_file(file, argv, env)
							       : REAL(execvpe)(file, argv, env));
}

EXPORT int execveat(int dir, const char *path, char *const argv[], char *const env[], int flags)
{
	struct program p;
	bool named = program_name(&p, path, argv) && (p.text[0] || program_name_fd(&p, dir, argv));
	struct exec x = exec_begin(DNDPROF_CALL_execveat, named ? &p : NULL);

	return exec_failed(&x, unlikely(foreign_at(dir, path))
				       ? exec_foreign_at(dir, path, argv, env, flags)
				       : REAL(execveat)(dir, path, argv, env, flags));
}

EXPORT int fexecve(int fd, char *const argv[], char *const env[])
{
	struct program p;
	struct exec x = exec_begin(DNDPROF_CALL_fexecve, program_name_fd(&p, fd, argv) ? &p : NULL);

	return exec_failed(&x, unlikely(foreign_at(fd, NULL))
				       ? exec_foreign_at(fd, "", argv, env, AT_EMPTY_PATH)
				       : REAL(fexecve)(fd, argv, env));
}

/* ---- the list forms: their arguments become an array on the stack, as in libc ---- */

static size_t list_length(va_list ap)
{
	size_t n = 1; /* argv[0] */

	while (va_arg(ap, char *))
		n++;
	return n;
}

static void list_copy(char **argv, const char *first, size_t n, va_list ap)
{
	size_t i;

	argv[0] = (char *)first;
	for (i = 1; i <= n; i++)
		argv[i] = va_arg(ap, char *); /* the NULL, too */
}

#define LIST_COUNT(n, last)                             \
	do {                                            \
		va_list counted;                        \
		va_start(counted, last);                \
		(n) = first ? list_length(counted) : 0; \
		va_end(counted);                        \
	} while (0)

EXPORT int execl(const char *path, const char *arg, ...)
{
	const char *volatile first = arg; /* NULL is against the rules, and done */
	struct exec x;
	va_list ap;
	size_t n;

	LIST_COUNT(n, arg);
	char *argv[n + 1];

	va_start(ap, arg);
	list_copy(argv, arg, n, ap);
	va_end(ap);
	x = begin_path(DNDPROF_CALL_execl, path, argv);
	return exec_failed(&x, exec_path(path, argv, environ));
}

EXPORT int execlp(const char *file, const char *arg, ...)
{
	const char *volatile first = arg; /* NULL is against the rules, and done */
	struct exec x;
	va_list ap;
	size_t n;

	LIST_COUNT(n, arg);
	char *argv[n + 1];

	va_start(ap, arg);
	list_copy(argv, arg, n, ap);
	va_end(ap);
	x = begin_path(DNDPROF_CALL_execlp, file, argv);
	return exec_failed(&x, unlikely(foreign_in_path(file))
				       ? exec_foreign_file(file, argv, environ)
				       : REAL(execvp)(file, argv));
}

EXPORT int execle(const char *path, const char *arg, ...)
{
	const char *volatile first = arg; /* NULL is against the rules, and done */
	struct exec x;
	va_list ap;
	char **env;
	size_t n;

	LIST_COUNT(n, arg);
	char *argv[n + 1];

	va_start(ap, arg);
	list_copy(argv, arg, n, ap);
	env = va_arg(ap, char **);
	va_end(ap);
	x = begin_path(DNDPROF_CALL_execle, path, argv);
	return exec_failed(&x, exec_path(path, argv, env));
}

/* ---- spawn: the child is libc's, from vfork to exec; we see it come and go ---- */

static int end_spawn(const struct span *s, unsigned call, int r, pid_t pid, const char *path,
		     char *const *argv)
{
	struct program p = {.n = 0};
	struct event e;

	if (!s->writer)
		return r;
	e = span_event_error(s, call, r);
	e.arg = r == 0 ? (uint64_t)pid : 0;
	if (program_name(&p, path, argv))
		e.payload = DNDPROF_PAYLOAD_PROGRAM;
	event_done(s->writer, &e, p.text, p.n);
	return r;
}

/* spawn: posix_spawn or posix_spawnp. */
static __attribute__((noinline)) int spawn_foreign(__typeof__(posix_spawn) *spawn, pid_t *pid,
						   const char *path,
						   const posix_spawn_file_actions_t *actions,
						   const posix_spawnattr_t *attr, char *const *argv,
						   char *const *env)
{
	struct foreign f;

	return spawn(pid, path, actions, attr, argv, foreign_environment(&f, env));
}

EXPORT int posix_spawn(pid_t *restrict pid, const char *restrict path,
		       const posix_spawn_file_actions_t *restrict actions,
		       const posix_spawnattr_t *restrict attr, char *const *restrict argv,
		       char *const *restrict env)
{
	struct span s = span_begin(DNDPROF_CALL_posix_spawn);
	pid_t child = 0;
	int r = unlikely(foreign_program(path))
			? spawn_foreign(REAL(posix_spawn), &child, path, actions, attr, argv, env)
			: REAL(posix_spawn)(&child, path, actions, attr, argv, env);

	if (r == 0 && pid)
		*pid = child;
	return end_spawn(&s, DNDPROF_CALL_posix_spawn, r, child, path, argv);
}

EXPORT int posix_spawnp(pid_t *restrict pid, const char *restrict file,
			const posix_spawn_file_actions_t *restrict actions,
			const posix_spawnattr_t *restrict attr, char *const *restrict argv,
			char *const *restrict env)
{
	struct span s = span_begin(DNDPROF_CALL_posix_spawnp);
	pid_t child = 0;
	int r = unlikely(foreign_in_path(file))
			? spawn_foreign(REAL(posix_spawnp), &child, file, actions, attr, argv, env)
			: REAL(posix_spawnp)(&child, file, actions, attr, argv, env);

	if (r == 0 && pid)
		*pid = child;
	return end_spawn(&s, DNDPROF_CALL_posix_spawnp, r, child, file, argv);
}
