/* tracer.c - see tracer.h. */
#include "inject/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "exec/route.h"
#include "inject/image.h"
#include "inject/inject.h"
#include "inject/remote.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define PATIENCE_S 2 /* from the seizure to the exec; then it failed, and we go */
#define CHLD	   (1ull << (SIGCHLD - 1))
#define LET_GO	   (1ull << (ROUTE_LET_GO - 1))

static bool is_traced(pid_t pid)
{
	char path[40], text[1024], *at;
	struct text t = {path, sizeof(path), 0};
	long fd, n;

	text_string(&t, "/proc/");
	text_number(&t, (uint64_t)pid, 10, 1);
	text_string(&t, "/status");
	fd = sys3(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : sys3(SYS_read, fd, text, sizeof(text) - 1);
	if (fd >= 0)
		sys1(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "TracerPid:\t");
	return at && at[11] != '0';
}

/* Are the numbers in /proc those that we know processes by? In a namespace of processes whose /proc
 * is that of another, they are other processes: their memory must not be taken for the target's. */
static bool proc_is_ours(void)
{
	char link[24], own[24] = "";
	struct text t = {own, sizeof(own), 0};
	long n = sys3(SYS_readlink, "/proc/self", link, sizeof(link));

	text_number(&t, (uint64_t)sys0(SYS_getpid), 10, 1);
	return n == (long)t.used && !memcmp(link, own, t.used);
}

static enum dndprof_route seize(const struct remote *r)
{
	long error;

	if (!proc_is_ours())
		return DNDPROF_ROUTE_PROC;
	error = remote_ptrace(PTRACE_SEIZE, r, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD);

	if (error == 0)
		return DNDPROF_ROUTE_FOLLOWED;
	return is_traced(r->pid) ? DNDPROF_ROUTE_TRACED : DNDPROF_ROUTE_PTRACE;
}

/* The next stop, or 0 when none came within PATIENCE_S or we are told that none will; negative: it
 * is gone. At its exec a thread becomes its process's main one. */
static long next_stop(struct remote *r)
{
	const struct timespec patience = {PATIENCE_S, 0};
	const uint64_t set = CHLD | LET_GO;
	int status = 0;
	long pid;

	for (;;) {
		pid = sys4(SYS_wait4, -1, &status, __WALL | WNOHANG, NULL);
		if (pid < 0 || (pid > 0 && !WIFSTOPPED(status)))
			return -ESRCH;
		if (pid > 0) {
			r->pid = (pid_t)pid;
			return status;
		}
		pid = sys4(SYS_rt_sigtimedwait, &set, NULL, &patience, sizeof(set));
		if (pid == -EAGAIN || pid == ROUTE_LET_GO)
			return 0;
	}
}

/* Lets everything happen until the exec. 0, with the target stopped behind it; else it is gone, or
 * was let go because the exec failed. */
static long to_exec(struct remote *r)
{
	for (;;) {
		long status = next_stop(r);
		long event = status >> 16;

		if (status < 0)
			return status;
		if (status == 0) {
			if (remote_ptrace(PTRACE_INTERRUPT, r, 0, 0) < 0)
				return -ESRCH;
			status = next_stop(r);
			if (status <= 0 || status >> 16 != PTRACE_EVENT_EXEC) {
				remote_ptrace(PTRACE_DETACH, r, 0, 0);
				return -ETIMEDOUT;
			}
			return 0;
		}
		if (event == PTRACE_EVENT_EXEC)
			return 0;
		if (event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP)
			remote_ptrace(PTRACE_LISTEN, r, 0, 0); /* stopped, as it should be */
		else
			remote_ptrace(PTRACE_CONT, r, 0, event ? 0 : WSTOPSIG(status));
	}
}

/* Nothing of the target's is held: no descriptor, no directory, no terminal. */
static void stand_apart(int report)
{
	const uint64_t all = ~0ull;

	sys2(SYS_dup2, report, 0);
	sys3(SYS_close_range, 1, ~0u, 0);
	sys1(SYS_chdir, "/");
	sys0(SYS_setsid);
	sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
}

struct job {
	pid_t target;
	int report;
	char *const *env;
};

static void trace(const void *given)
{
	/* Who started us ends, or goes on with its stack, once it has the answer. */
	const struct job job = *(const struct job *)given;
	struct remote r = {job.target, -1};
	char answer;

	stand_apart(job.report);
	answer = (char)seize(&r);
	sys3(SYS_write, 0, &answer, 1);
	sys1(SYS_close, 0);
	if (answer == DNDPROF_ROUTE_FOLLOWED && to_exec(&r) == 0)
		inject(&r, job.env);
	sys1(SYS_exit_group, 0);
}

/* image_stack is free: it is the target's copy that is a stack there. */
enum dndprof_route tracer_start(pid_t target, char *const *env)
{
	char answer = DNDPROF_ROUTE_FAILED;
	struct job job = {target, -1, env};
	int ends[2];
	long pid;

	if (sys2(SYS_pipe2, ends, O_CLOEXEC) < 0)
		return DNDPROF_ROUTE_FAILED;
	job.report = ends[1];
	pid = image_clone(trace, &job, image_stack + IMAGE_STACK);
	sys1(SYS_close, ends[1]);
	if (pid > 0)
		while (sys3(SYS_read, ends[0], &answer, 1) == -EINTR)
			;
	sys1(SYS_close, ends[0]);
	return (enum dndprof_route)answer;
}
