/*
 * seccomp_own.c - a program that forbids itself system calls, by a filter that kills (set by
 * prctl, or by syscall(SYS_seccomp)) or by strict mode, and works on with what is left: it must
 * not be killed for calls it did not make, nor for reading the time stamp counter, which strict
 * mode (and PR_SET_TSC) forbids. The argument names the way; "inherited" is a filter that was there
 * before, "groups" one behind so many groups that /proc/self/status is long, "hidden" one where
 * there is no /proc.
 */
#include "check.h"
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define ALLOW(number)                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##number, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(read),
	ALLOW(write),
	ALLOW(exit),
	ALLOW(exit_group),
	ALLOW(futex),
	ALLOW(rt_sigreturn),
	ALLOW(sendto),
	ALLOW(recvfrom),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

/* What a C program needs from its start on: `inherited` runs this one again under it. */
static struct sock_filter start_filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(prctl), /* only `hidden` */
	ALLOW(execve),
	ALLOW(brk),
	ALLOW(mmap),
	ALLOW(munmap),
	ALLOW(mprotect),
	ALLOW(openat),
	ALLOW(read),
	ALLOW(pread64),
	ALLOW(close),
	ALLOW(newfstatat),
	ALLOW(fstat),
	ALLOW(arch_prctl),
	ALLOW(set_tid_address),
	ALLOW(set_robust_list),
	ALLOW(rseq),
	ALLOW(prlimit64),
	ALLOW(getrandom),
	ALLOW(access),
	ALLOW(write),
	ALLOW(exit),
	ALLOW(exit_group),
	ALLOW(socketpair),
	ALLOW(sendto),
	ALLOW(recvfrom),
	ALLOW(futex),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

static struct sock_fprog start_program = {sizeof start_filter / sizeof *start_filter, start_filter};
static struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
static int pair[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* `calls` messages to and fro; enough to fill rings, touch new call ids and pass sample times. */
static int works(const char *head, int calls, int strict)
{
	size_t length = strlen(head);
	char in[64];

	for (int i = 0; i < calls; i++) {
		if (strict || i % 2) {
			if (write(pair[0], head, length) != (ssize_t)length ||
			    read(pair[1], in, sizeof in) != (ssize_t)length)
				return 0;
		} else if (send(pair[0], head, length, 0) != (ssize_t)length ||
			   recv(pair[1], in, sizeof in, 0) != (ssize_t)length) {
			return 0;
		}
		if (memcmp(head, in, length))
			return 0;
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return 1;
}

static void *waits(void *unused)
{
	/* Its first calls come after the filter. */
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	syscall(SYS_exit, 0);
	return unused;
}

static void forbid(const char *way)
{
	long error;

	if (!strcmp(way, "strict"))
		error = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	else if (!strcmp(way, "syscall_strict"))
		error = syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
	else if (!strcmp(way, "tsc"))
		error = prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
	else if (!strcmp(way, "syscall_tsc"))
		error = syscall(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0L, 0L, 0L);
	else if (!strcmp(way, "probe")) /* as libseccomp and runc look what there is */
		error = !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) ||
			!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) ||
			!syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0L, 0L);
	else if (!strcmp(way, "prctl"))
		error = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	else
		error = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	if (error)
		check_skip("%s is not allowed here: %s", way, strerror(errno));
}

static void join_groups(void)
{
	gid_t groups[1000];

	for (int i = 0; i < 1000; i++)
		groups[i] = 4000000000u + (gid_t)i;
	if (setgroups(1000, groups))
		check_skip("groups are root's: %s", strerror(errno));
}

static void hide_proc(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		check_skip("mounts are root's: %s", strerror(errno));
}

/* The filter is there before the program, and before what is preloaded. */
static int run_filtered(const char *self, const char *way)
{
	if (!strcmp(way, "groups"))
		join_groups();
	if (!strcmp(way, "hidden")) {
		hide_proc();
	} else {
		start_filter[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0);
		start_filter[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &start_program))
		check_skip("no seccomp here: %s", strerror(errno));
	execl(self, self, "filtered", (char *)NULL);
	return 1;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "prctl";
	int strict = strstr(way, "strict") != NULL;
	pthread_t thread;
	int right;

	if (!strcmp(way, "inherited") || !strcmp(way, "groups") || !strcmp(way, "hidden"))
		return run_filtered(argv[0], way);
	if (!strcmp(way, "filtered")) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			return 1;
		if (execv("/nowhere/none", argv) != -1 || errno != ENOENT)
			return 1;
		return works("GET /under-filter HTTP/1.1\r\n\r\n", 100, 0) ? 0 : 1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		check_skip("no no_new_privs here");
	printf("warm-up: %d\n", works("GET /before-filter HTTP/1.1\r\n\r\n", 10, strict));
	fflush(stdout);
	if (!strict && !strcmp(way, "thread")) {
		pthread_mutex_lock(&mutex);
		pthread_create(&thread, NULL, waits, NULL);
		check_sleep_ms(20);
		forbid(way);
		pthread_mutex_unlock(&mutex);
	} else {
		forbid(way);
	}
	right = works("GET /after-filter HTTP/1.1\r\n\r\n", 20000, strict);
	if (write(1, right ? "right\n" : "wrong\n", 6) != 6)
		right = 0;
	/* Strict mode allows exit alone, not the exit_group of libc. */
	syscall(SYS_exit, right ? 0 : 1);
	return 1;
}
