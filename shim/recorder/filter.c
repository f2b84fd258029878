/*
 * filter.c - see filter.h. Whether there is a filter is read from a file, where there is one:
 * those are calls the loader has just made itself. What it does cannot be asked, only tried, and
 * trying may kill; so a child tries, with arguments that do nothing, and its death answers. It
 * sends no signal when it ends and is reaped here. But making a child may kill, too: that is dared
 * only where the filter was set by a privileged manager (a container engine, a service manager),
 * who means programs to have children. A program that filtered itself had to give up new privileges
 * first: left alone.
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

#define FIELD_MOST 16 /* bytes from a newline to a field's digit, at most */

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

/* One digit fields of /proc/self/status; NUL: not told. */
struct status {
	char seccomp;
	char no_new_privs;
};

static void look_for(char *digit, const char *text, const char *field)
{
	const char *at = strstr(text, field);

	if (at && !*digit)
		*digit = at[strlen(field)];
}

/* In pieces: "Groups:" comes first, with up to 65,536 numbers. */
static void read_status(struct status *s)
{
	char text[2048];
	size_t kept = 0;
	long fd = sys3(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC), n;

	*s = (struct status){0, 0};
	if (fd < 0)
		return;
	while (!s->seccomp && (n = sys3(SYS_read, fd, text + kept, sizeof(text) - 1 - kept)) > 0) {
		size_t all = kept + (size_t)n;

		text[all] = 0;
		look_for(&s->no_new_privs, text, "\nNoNewPrivs:\t");
		look_for(&s->seccomp, text, "\nSeccomp:\t");
		/* A field may be cut in two. */
		kept = all < FIELD_MOST ? all : FIELD_MOST;
		memmove(text, text + all - kept, kept);
	}
	sys1(SYS_close, fd);
}

/* Where no file tells it, as in a chroot. The question is the one that ask_first has next: who
 * kills for it would kill there. */
static void ask_status(struct status *s)
{
	long r = sys5(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);

	s->seccomp = s->no_new_privs = '0';
	if (r == 0 || r == -22 /* EINVAL: a kernel without filters */)
		return;
	s->seccomp = '2';
	/* An error here is a filter's, too: nobody is known to have set it. */
	if (sys5(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
		s->no_new_privs = '1';
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

	read_status(&s);
	if (!s.seccomp)
		ask_status(&s);
	/* Kernels before 4.10 tell of filters, but not of new privileges. */
	if (s.seccomp != '0' && ((s.no_new_privs && s.no_new_privs != '0') || !child_survives()))
		return false;
	ask_first();
	return true;
}
