/*
 * filter.c - see filter.h. Whether there is a filter is read from a file: those are calls the
 * loader has just made itself. What it does cannot be asked, only tried, and trying may kill; so a
 * child tries, with arguments that do nothing, and its death answers. It sends no signal when it
 * ends and is reaped here. But making a child may kill, too: that is dared only where the filter
 * was set by a privileged manager (a container engine, a service manager), who means programs to
 * have children. A program that filtered itself had to give up new privileges first: left alone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "recorder/filter.h"
#include "recorder/start.h"
#include "recorder/sys.h"

/* Every call the shim makes that a loader does not; all fail at once with these arguments, or
 * return something small. */
static const struct {
	short number;
	short argument; /* the first; the others are -1 */
} tried[] = {
	{SYS_ftruncate, -1},
	{SYS_fallocate, -1},
	{SYS_fchmod, -1},
	{SYS_mkdir, -1},
	{SYS_unlinkat, -1},
	{SYS_fstatfs, -1},
	{SYS_fstat, -1},
	{SYS_madvise, -1},
	{SYS_getrlimit, -1},
	{SYS_readlink, -1},
	{SYS_uname, -1},
	{SYS_getcwd, -1},
	{SYS_getuid, -1},
	{SYS_geteuid, -1},
	{SYS_getppid, -1},
	{SYS_getpid, -1},
	{SYS_gettid, -1},
	{SYS_tgkill, -1},
	{SYS_clock_gettime, -1},
	{SYS_getrusage, -2},
	{SYS_getrandom, -1},
	{SYS_prctl, -1},
	{SYS_getsockopt, -1},
	{SYS_rt_sigprocmask, -1},
	{SYS_openat, -1},
	{SYS_process_vm_readv, -1},
	{SYS_pwritev, -1},
	{SYS_statx, -1},
	{SYS_signalfd4, -1},
	{SYS_prctl, PR_GET_SECCOMP},
	{SYS_prctl, PR_GET_NO_NEW_PRIVS},
};

/* What is asked of the kernel, and what it said at the start. */
static long question AT_START, answer AT_START;

static long ask(void)
{
	return sys5(SYS_prctl, question, 0, 0, 0, 0);
}

/* Under a filter the next cannot be told from it; but who sets one without being privileged has to
 * give up new privileges first. */
static void ask_first(void)
{
	question = PR_GET_SECCOMP;
	answer = ask();
	if (answer <= 0)
		return;
	question = PR_GET_NO_NEW_PRIVS;
	answer = ask();
}

bool filter_changed(void)
{
	return ask() != answer;
}

/* One digit fields of /proc/self/status: "Seccomp:" and "NoNewPrivs:". */
struct status {
	char seccomp;
	char no_new_privs;
};

static char digit_of(const char *text, const char *field)
{
	const char *at = strstr(text, field);

	return at ? at[strlen(field)] : '0';
}

static bool read_status(struct status *s)
{
	char text[2048];
	long fd = sys3(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC), n;

	if (fd < 0)
		return false;
	n = sys3(SYS_read, fd, text, sizeof(text) - 1);
	sys1(SYS_close, fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	s->seccomp = digit_of(text, "\nSeccomp:\t");
	s->no_new_privs = digit_of(text, "\nNoNewPrivs:\t");
	return true;
}

static bool child_survives(void)
{
	long pid = sys5(SYS_clone, 0 /* no signal at its end */, 0, 0, 0, 0), r;
	int status = 0;
	size_t i;

	if (pid < 0)
		return false;
	if (pid == 0) {
		for (i = 0; i < ARRAY_LEN(tried); i++)
			sys6(tried[i].number, tried[i].argument, -1, -1, -1, -1, -1);
		sys1(SYS_exit_group, 0);
		__builtin_trap();
	}
	do
		r = sys4(SYS_wait4, pid, &status, __WALL, NULL);
	while (r == -4 /* EINTR */);
	return r == pid && status == 0;
}

bool filter_permits(void)
{
	struct status s;

	/* Without /proc, in a chroot, nothing speaks for a filter. */
	if (read_status(&s) && s.seccomp != '0' && (s.no_new_privs != '0' || !child_survives()))
		return false;
	ask_first();
	return true;
}
