/*
 * seccomp_others.c - filters of processes that are not recorded, or no longer: each
 * kills for prctl, by which a recorder would ask, or allows everything and is only there.
 *
 * usage: seccomp_others self|stopped|vfork|again|machine|counter
 *   self     a filter, then an exec that fails
 *   stopped  recording stops; a forked child sets a filter and ends
 *   vfork    a vfork child, in its parent's memory, sets a filter and fails to exec; nested, too
 *   again    under a filter recording stops; a forked child starts it and talks
 *   machine  recording stops; a forked child sets a filter where no wrapper sees it, and fails to
 *            exec
 *   counter  recording stops; a forked child forbids itself the time stamp counter, and ends
 */
#include "check.h"

#include <dndprof/dndprof.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct sock_filter mute[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static struct sock_fprog forbids = {sizeof mute / sizeof *mute, mute};
static struct sock_fprog allows = {1, mute + 3};
static int pair[2];

static int filters(const struct sock_fprog *program)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) == 0;
}

static int filters_unseen(const struct sock_fprog *program)
{
	long result = SYS_seccomp;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(SECCOMP_SET_MODE_FILTER), "S"(0), "d"(program)
			 : "rcx", "r11", "memory");
	return result == 0;
}

static int exec_fails(void)
{
	char *argv[] = {"none", NULL};

	return execv("/nowhere/none", argv) == -1 && errno == ENOENT;
}

static int talks(int rounds)
{
	char in[4];

	for (int i = 0; i < rounds; i++)
		if (send(pair[0], "word", 4, 0) != 4 || recv(pair[1], in, 4, 0) != 4)
			return 0;
	return 1;
}

static int ends_well(pid_t child)
{
	int status = 0;

	return waitpid(child, &status, 0) == child && status == 5 << 8;
}

static int forked(int (*child)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(child() ? 5 : 6);
	return ends_well(pid);
}

static int filters_and_execs(void)
{
	return filters(&forbids) && exec_fails();
}

static int filters_only(void)
{
	return filters(&forbids);
}

static int filters_unseen_and_execs(void)
{
	return filters_unseen(&allows) && exec_fails();
}

static int forbids_counter(void)
{
	return prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0;
}

static int starts_and_talks(void)
{
	dndprof_start();
	return talks(1000);
}

static int vforked(int nested)
{
	pid_t pid = vfork(), inner;

	if (pid == 0) {
		if (!nested)
			_exit(filters_and_execs() ? 5 : 6);
		if (!filters(&allows))
			_exit(7);
		inner = vfork();
		if (inner == 0)
			_exit(filters_and_execs() ? 5 : 6);
		_exit(ends_well(inner) && exec_fails() ? 5 : 6);
	}
	return ends_well(pid);
}

static int runs(const char *way)
{
	if (!strcmp(way, "self"))
		return filters_and_execs();
	if (!strcmp(way, "vfork")) /* and afterwards all is as before */
		return vforked(0) && vforked(1) && talks(10) && exec_fails();
	if (!strcmp(way, "again") && !filters(&allows))
		check_skip("no seccomp here: %s", strerror(errno));
	dndprof_stop();
	if (!strcmp(way, "stopped"))
		return forked(filters_only);
	if (!strcmp(way, "machine"))
		return forked(filters_unseen_and_execs);
	if (!strcmp(way, "counter"))
		return forked(forbids_counter);
	return forked(starts_and_talks) && talks(10) && dndprof_start() <= 0 && talks(10);
}

int main(int argc, char **argv)
{
	int right;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		check_skip("no no_new_privs here: %s", strerror(errno));
	if (!talks(10))
		return 1;
	right = runs(argc > 1 ? argv[1] : "self");
	if (write(1, right ? "right\n" : "wrong\n", 6) != 6)
		right = 0;
	return right ? 0 : 1;
}
