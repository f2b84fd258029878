/*
 * api_report.c - the report on the run so far, by the analyzer that was installed with us.
 *
 * A program that was exec'd is a child like any other: its end sends SIGCHLD, and wait(-1) returns
 * it. So a process stands in between, which never execs: made without a signal for its end, it is
 * waited for by who asks for such children, which is us alone. It has none of the program's
 * descriptors, takes no signal, and goes when the analyzer has gone. All by raw system calls: none
 * of it is recorded, and nothing of the program's is called.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "libc/api.h"
#include "libc/real.h"
#include "recorder/host.h"
#include "recorder/text.h"

#ifndef __WCLONE
#define __WCLONE 0x80000000
#endif
#define SIGNALS	  64
#define PATH_ROOM 4096

extern char **environ;

/* ---- where it is ---- */

static bool is_program(const char *path)
{
	return sys3(SYS_faccessat, AT_FDCWD, path, 1 /* X_OK */) == 0;
}

/* Beside libdndprof.so in a build; installed, in the bin beside or above lib. */
static bool find_installed(char *path)
{
	static const char *const places[] = {"dndprof", "../bin/dndprof", "../../bin/dndprof"};
	struct text t = {path, PATH_ROOM, 0};
	size_t i, base;

	host_helper(path, PATH_ROOM);
	if (!path[0])
		return false;
	base = (size_t)(strrchr(path, '/') + 1 - path);
	for (i = 0; i < ARRAY_LEN(places); i++) {
		t.used = base;
		text_string(&t, places[i]);
		if (is_program(path))
			return true;
	}
	return false;
}

static const char *variable(const char *name)
{
	size_t n = strlen(name);
	char **e;

	for (e = environ; e && *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

static bool find_in_path(char *path)
{
	const char *dirs = variable("PATH");
	size_t n;

	for (; dirs && *dirs; dirs += n + (dirs[n] != 0)) {
		struct text t = {path, PATH_ROOM, 0};

		n = strcspn(dirs, ":");
		text_bytes(&t, dirs, n);
		text_string(&t, n ? "/dndprof" : "./dndprof");
		if (is_program(path))
			return true;
	}
	return false;
}

/* ---- how it is run ---- */

/* The environment, without what would record the analyzer; to be given back to munmap. */
static char **environment(size_t *bytes)
{
	size_t n = 0, i, kept = 0;
	char **copy;

	while (environ && environ[n])
		n++;
	*bytes = (n + 1) * sizeof(*copy);
	copy = (char **)sys6(SYS_mmap, 0, (long)*bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)copy > -4096ul)
		return NULL;
	for (i = 0; i < n && environ[i]; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) && strncmp(environ[i], "DNDPROF_", 8))
			copy[kept++] = environ[i];
	return copy;
}

struct order {
	const char *path;
	const char *const *argv;
	char *const *env;
	int output;
};

static __attribute__((noreturn)) void leave(int status)
{
	for (;;)
		sys1(SYS_exit_group, status);
}

static void set_mask(uint64_t mask, uint64_t *old)
{
	sys4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(mask));
}

/* The program's handlers, and what it ignores, are not the analyzer's. */
static void default_signals(void)
{
	const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {0};
	int i;

	for (i = 1; i <= SIGNALS; i++)
		sys4(SYS_rt_sigaction, i, &action, NULL, sizeof(action.mask));
}

static void close_between(unsigned first, unsigned last)
{
	unsigned i;

	if (first > last || sys3(SYS_close_range, first, last, 0) == 0)
		return;
	for (i = first; i <= last && i < 4096; i++) /* a kernel before 5.9 */
		sys1(SYS_close, i);
}

static __attribute__((noreturn)) void become_analyzer(const struct order *o)
{
	long null = sys3(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	sys3(SYS_dup3, null, 0, 0);
	sys3(SYS_dup3, null, 2, 0);
	sys3(SYS_dup3, o->output, 1, 0);
	set_mask(0, NULL);
	sys3(SYS_execve, o->path, o->argv, o->env);
	leave(127);
}

/* In between: makes the analyzer, and ends as it does. */
static __attribute__((noreturn)) void stand_between(const struct order *o)
{
	int status = 0;
	long child;

	default_signals();
	close_between(0, (unsigned)o->output - 1);
	close_between((unsigned)o->output + 1, ~0u);
	child = sys5(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		become_analyzer(o);
	if (child < 0 || sys4(SYS_wait4, child, &status, 0, NULL) != child || !WIFEXITED(status))
		leave(126);
	leave(WEXITSTATUS(status));
}

/* The analyzer's exit status, or a negative errno. */
static int run(const struct order *o)
{
	uint64_t mask;
	int status = 0;
	long child, r;

	set_mask(~0ull, &mask);
	child = sys5(SYS_clone, 0 /* no signal */, 0, 0, 0, 0);
	if (child == 0)
		stand_between(o);
	set_mask(mask, NULL);
	if (child < 0)
		return (int)child;
	do
		r = sys4(SYS_wait4, child, &status, __WCLONE, NULL);
	while (r == -EINTR);
	return r == child && WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* Status of the analyzer to an error of the API. */
static int error_of(int status)
{
	switch (status) {
	case 0:
		return 0;
	case 2:
		return -EINVAL;
	case 127:
		return -ENOENT;
	default:
		return status < 0 ? status : -EIO;
	}
}

int api_report(const char *format)
{
	char path[PATH_ROOM];
	const char *const argv[] = {"dndprof",	    "report", "--format", format ? format : "text",
				    recorder_run(), NULL};
	struct order order = {.path = path, .argv = argv};
	size_t bytes;
	char **env;
	int error = api_ready();
	long fd;

	if (error)
		return error;
	if (!recorder_may_call())
		return -EPERM;
	if (!find_installed(path) && !find_in_path(path))
		return -ENOENT;
	env = environment(&bytes);
	if (!env)
		return -ENOMEM;
	fd = sys2(SYS_memfd_create, "report", 1 /* MFD_CLOEXEC */);
	order.env = env;
	order.output = (int)fd;
	error = fd < 0 ? (int)fd : error_of(run(&order));
	sys2(SYS_munmap, env, bytes);
	if (fd >= 0 && error)
		sys1(SYS_close, fd);
	else if (fd >= 0)
		sys3(SYS_lseek, fd, 0, SEEK_SET);
	return error ? error : (int)fd;
}
