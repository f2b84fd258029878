/*
 * exec.c - programs replaced and started. An exec that succeeds never returns, so its record is
 * written before; one that fails leaves a second record with the error, and the image goes on.
 *
 * Arguments go to the kernel as they came; so does the environment, but for what exec/route.h says
 * of it. No memory is had: this runs between vfork and exec, too.
 */
#include <stdarg.h>
#include <string.h>

#include "exec/peek.h"
#include "exec/program.h"
#include "exec/route.h"
#include "libc/gate.h"

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
	bool stopped; /* recording is, in this process */
};

static struct exec exec_begin(unsigned call, const struct program *p, enum dndprof_route route)
{
	struct exec x = {.event = {.fd = -1, .call = (uint16_t)call, .result = route}};

	x.writer = exec_writer(&x.child);
	if (!x.writer) {
		x.stopped = recorder_stopped_here();
		if (x.stopped)
			recorder_finish(DNDPROF_END_EXEC, 0);
		return x;
	}
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

	if (x->stopped || (x->writer && !x->child))
		recorder_resume();
	if (!x->writer)
		return r;
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

/* ---- exec: what is started, how, with which environment ---- */

struct order {
	unsigned call;
	int dir;	  /* execveat and fexecve: below it, or itself */
	const char *path; /* or a name that is looked up */
	char *const *argv, *const *env;
	int flags;
};

/* How an order is carried out, and how its file is found beforehand. */
struct way {
	int (*carry_out)(const struct order *o, char *const *env);
	void (*inspect)(struct inspected *in, const struct order *o);
	bool (*name)(struct program *p, const struct order *o);
};

static bool name_path(struct program *p, const struct order *o)
{
	return program_name(p, o->path, o->argv);
}

static bool name_at(struct program *p, const struct order *o)
{
	return name_path(p, o) && (p->text[0] || program_name_fd(p, o->dir, o->argv));
}

static bool name_fd(struct program *p, const struct order *o)
{
	return program_name_fd(p, o->dir, o->argv);
}

static void inspect_path(struct inspected *in, const struct order *o)
{
	inspect_file(in, AT_FDCWD, o->path);
}

static void inspect_name(struct inspected *in, const struct order *o)
{
	char path[INSPECT_PATH];

	*in = (struct inspected){IMAGE_ABSENT, false};
	if (program_readable(o->path))
		inspect_in_path(in, settings_env(environ, "PATH"), o->path, path);
}

static void inspect_at(struct inspected *in, const struct order *o)
{
	char first = 0;

	if (!(o->flags & AT_EMPTY_PATH) || (peek(&first, o->path, 1) && first))
		inspect_file(in, o->dir, o->path);
	else
		inspect_fd(in, o->dir);
}

static void inspect_own_fd(struct inspected *in, const struct order *o)
{
	inspect_fd(in, o->dir);
}

static int by_path(const struct order *o, char *const *env)
{
	return REAL(execve)(o->path, o->argv, env);
}

static int by_name(const struct order *o, char *const *env)
{
	return REAL(execvpe)(o->path, o->argv, env);
}

static int by_place(const struct order *o, char *const *env)
{
	return REAL(execveat)(o->dir, o->path, o->argv, env, o->flags);
}

static int by_fd(const struct order *o, char *const *env)
{
	return REAL(fexecve)(o->dir, o->argv, env);
}

static const struct way way_path = {by_path, inspect_path, name_path};
static const struct way way_name = {by_name, inspect_name, name_path};
static const struct way way_place = {by_place, inspect_at, name_at};
static const struct way way_fd = {by_fd, inspect_own_fd, name_fd};

/* Apart: it needs room on the stack for an environment. */
static __attribute__((noinline)) int with_environment(const struct way *way, const struct order *o,
						      const struct route_plan *plan)
{
	struct route_env e;

	return way->carry_out(o, route_environment(&e, plan, o->env));
}

static int exec_order(const struct way *way, const struct order *o)
{
	struct inspected in = {IMAGE_ABSENT, false};
	struct route_plan plan;
	struct program p;
	struct exec x;
	bool named;
	int r;

	if (route_active())
		way->inspect(&in, o);
	route_plan(&plan, &in, o->env);
	if (plan.follow)
		plan.refused = route_follow();
	named = way->name(&p, o);
	if (named)
		program_label(&p, o->env);
	x = exec_begin(o->call, named ? &p : NULL, plan.refused);
	r = unlikely(plan.strip || plan.add) ? with_environment(way, o, &plan)
					     : way->carry_out(o, o->env);
	if (plan.refused == DNDPROF_ROUTE_FOLLOWED)
		route_let_go();
	return exec_failed(&x, r);
}

EXPORT int execve(const char *path, char *const argv[], char *const env[])
{
	return exec_order(&way_path, &(struct order){DNDPROF_CALL_execve, -1, path, argv, env, 0});
}

EXPORT int execv(const char *path, char *const argv[])
{
	return exec_order(&way_path,
			  &(struct order){DNDPROF_CALL_execv, -1, path, argv, environ, 0});
}

EXPORT int execvp(const char *file, char *const argv[])
{
	return exec_order(&way_name,
			  &(struct order){DNDPROF_CALL_execvp, -1, file, argv, environ, 0});
}

EXPORT int execvpe(const char *file, char *const argv[], char *const env[])
{
	return exec_order(&way_name, &(struct order){DNDPROF_CALL_execvpe, -1, file, argv, env, 0});
}

EXPORT int execveat(int dir, const char *path, char *const argv[], char *const env[], int flags)
{
	return exec_order(&way_place,
			  &(struct order){DNDPROF_CALL_execveat, dir, path, argv, env, flags});
}

EXPORT int fexecve(int fd, char *const argv[], char *const env[])
{
	return exec_order(&way_fd, &(struct order){DNDPROF_CALL_fexecve, fd, "", argv, env, 0});
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
	va_list ap;
	size_t n;

	LIST_COUNT(n, arg);
	char *argv[n + 1];

	va_start(ap, arg);
	list_copy(argv, arg, n, ap);
	va_end(ap);
	return exec_order(&way_path,
			  &(struct order){DNDPROF_CALL_execl, -1, path, argv, environ, 0});
}

EXPORT int execlp(const char *file, const char *arg, ...)
{
	const char *volatile first = arg; /* NULL is against the rules, and done */
	va_list ap;
	size_t n;

	LIST_COUNT(n, arg);
	char *argv[n + 1];

	va_start(ap, arg);
	list_copy(argv, arg, n, ap);
	va_end(ap);
	return exec_order(&way_name,
			  &(struct order){DNDPROF_CALL_execlp, -1, file, argv, environ, 0});
}

EXPORT int execle(const char *path, const char *arg, ...)
{
	const char *volatile first = arg; /* NULL is against the rules, and done */
	va_list ap;
	char **env;
	size_t n;

	LIST_COUNT(n, arg);
	char *argv[n + 1];

	va_start(ap, arg);
	list_copy(argv, arg, n, ap);
	env = va_arg(ap, char **);
	va_end(ap);
	return exec_order(&way_path, &(struct order){DNDPROF_CALL_execle, -1, path, argv, env, 0});
}

/* ---- spawn: the child is libc's, from vfork to exec; we see it come and go ---- */

struct spawn {
	unsigned call;
	__typeof__(posix_spawn) *real;
	const char *path;  /* or a name that is looked up */
	const char *found; /* where */
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attr;
	char *const *argv, *const *env;
	pid_t child;
};

/* dndprof-exec stands as the program and becomes it, followed. */
static int spawn_followed(struct spawn *o, struct route_plan *plan, char *const *env)
{
	size_t n = 0;

	while (o->argv[n])
		n++;

	const char *argv[n + ROUTE_BECOME];
	const char *helper = route_become(argv, o->found, o->argv);

	plan->refused = helper ? DNDPROF_ROUTE_FOLLOWED : DNDPROF_ROUTE_NO_HELPER;
	return helper ? REAL(posix_spawn)(&o->child, helper, o->actions, o->attr,
					  (char *const *)argv, env)
		      : o->real(&o->child, o->path, o->actions, o->attr, o->argv, env);
}

static __attribute__((noinline)) int spawn_otherwise(struct spawn *o, struct route_plan *plan)
{
	struct route_env e;
	char *const *env = route_environment(&e, plan, o->env);

	return plan->follow ? spawn_followed(o, plan, env)
			    : o->real(&o->child, o->path, o->actions, o->attr, o->argv, env);
}

static int spawn(struct spawn *o, const struct inspected *in, pid_t *pid)
{
	struct span s = span_begin(o->call);
	struct route_plan plan;
	struct program p = {.n = 0};
	struct event e;
	int r;

	route_plan(&plan, in, o->env);
	/* A relative path may mean another file, after the actions. */
	plan.follow &= o->argv && o->argv[0] && (o->found[0] == '/' || !o->actions);
	r = unlikely(plan.strip || plan.add || plan.follow)
		    ? spawn_otherwise(o, &plan)
		    : o->real(&o->child, o->path, o->actions, o->attr, o->argv, o->env);
	if (r == 0 && pid)
		*pid = o->child;
	if (!s.writer)
		return r;
	e = span_event_error(&s, o->call, r);
	e.arg = r == 0 ? (uint64_t)o->child : 0;
	if (r == 0)
		e.result = plan.refused;
	if (program_name(&p, o->path, o->argv)) {
		program_label(&p, o->env);
		e.payload = DNDPROF_PAYLOAD_PROGRAM;
	}
	event_done(s.writer, &e, p.text, p.n);
	return r;
}

EXPORT int posix_spawn(pid_t *restrict pid, const char *restrict path,
		       const posix_spawn_file_actions_t *restrict actions,
		       const posix_spawnattr_t *restrict attr, char *const *restrict argv,
		       char *const *restrict env)
{
	struct spawn o = {DNDPROF_CALL_posix_spawn,
			  REAL(posix_spawn),
			  path,
			  path,
			  actions,
			  attr,
			  argv,
			  env,
			  0};
	struct inspected in = {IMAGE_ABSENT, false};

	if (route_active())
		inspect_file(&in, AT_FDCWD, path);
	return spawn(&o, &in, pid);
}

EXPORT int posix_spawnp(pid_t *restrict pid, const char *restrict file,
			const posix_spawn_file_actions_t *restrict actions,
			const posix_spawnattr_t *restrict attr, char *const *restrict argv,
			char *const *restrict env)
{
	char found[INSPECT_PATH] = "";
	struct spawn o = {DNDPROF_CALL_posix_spawnp,
			  REAL(posix_spawnp),
			  file,
			  found,
			  actions,
			  attr,
			  argv,
			  env,
			  0};
	struct inspected in = {IMAGE_ABSENT, false};

	if (route_active() && program_readable(file))
		inspect_in_path(&in, settings_env(environ, "PATH"), file, found);
	return spawn(&o, &in, pid);
}
