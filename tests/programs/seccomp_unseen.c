/*
 * seccomp_unseen.c - a program that filters its own system calls where no wrapper sees it, and then
 * does all that makes a recorder want some: time passes, records fill rings, descriptors appear
 * that nobody has heard of, threads and children begin, programs are to be executed. What it does
 * not call itself kills it: clocks, usage, opening files, process and thread ids, options of
 * sockets.
 *
 * The first argument says how the filter is set: "machine" by machine code of its own, "handle" by
 * libc's prctl, found by a handle of libc, "seen" by prctl as others do. With a second one, "mute",
 * the filter forbids prctl, too.
 */
#include "check.h"
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#define ALLOW(number)                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##number, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(prctl), /* "mute" leaves these two out */
	ALLOW(read),
	ALLOW(write),
	ALLOW(sendto),
	ALLOW(recvfrom),
	ALLOW(connect),
	ALLOW(accept),
	ALLOW(poll),
	ALLOW(close),
	ALLOW(futex),
	ALLOW(brk),
	ALLOW(mmap),
	ALLOW(munmap),
	ALLOW(mprotect),
	ALLOW(madvise),
	ALLOW(clone),
	ALLOW(clone3),
	ALLOW(set_robust_list),
	ALLOW(rseq),
	ALLOW(rt_sigprocmask),
	ALLOW(rt_sigaction),
	ALLOW(rt_sigreturn),
	ALLOW(wait4),
	ALLOW(execve),
	ALLOW(exit),
	ALLOW(exit_group),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

static struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
static int pair[2], unheard[2], server, client;

static long by_machine_code(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static int forbid(const char *way)
{
	int (*own)(int, ...) = prctl;
	void *libc;

	if (!strcmp(way, "machine"))
		return by_machine_code(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		       by_machine_code(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0,
				       0);
	if (!strcmp(way, "handle")) {
		libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
		if (!libc)
			check_skip("libc has another name here");
		*(void **)&own = dlsym(libc, "prctl");
	}
	return own(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) ||
	       own(PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER, &program);
}

static int talk(const int *ends, int rounds)
{
	static const char head[] = "GET /under-filter HTTP/1.1\r\n\r\n";
	char in[sizeof head];

	for (int i = 0; i < rounds; i++)
		if (send(ends[0], head, sizeof head, 0) != sizeof head ||
		    recv(ends[1], in, sizeof in, MSG_WAITALL) != sizeof head ||
		    memcmp(head, in, sizeof head))
			return 0;
	return 1;
}

static int connects(const struct sockaddr_un *a)
{
	int ends[2] = {client, -1};

	if (connect(client, (const void *)a, sizeof *a) ||
	    (ends[1] = accept(server, NULL, NULL)) < 0)
		return 0;
	return talk(ends, 3) && close(ends[1]) == 0;
}

static void *thread_talks(void *right)
{
	*(int *)right = talk(unheard, 300);
	return right;
}

static int threads(void)
{
	pthread_t thread;
	int right = 0;

	for (int i = 0; i < 3; i++) {
		if (pthread_create(&thread, NULL, thread_talks, &right) ||
		    pthread_join(thread, NULL) || !right)
			return 0;
	}
	return 1;
}

static int children(void)
{
	char *argv[] = {"none", NULL};
	int status = 0;
	pid_t child;

	for (int i = 0; i < 2; i++) {
		child = fork();
		if (child == 0)
			_exit(talk(pair, 10) ? 5 : 6);
		if (waitpid(child, &status, 0) != child || status != 5 << 8)
			return 0;
	}
	return posix_spawn(&child, "/nowhere/none", NULL, NULL, argv, argv + 1) == ENOENT &&
	       execve("/nowhere/none", argv, argv + 1) == -1 && errno == ENOENT &&
	       execvp("/nowhere/none", argv) == -1 && errno == ENOENT;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "machine";
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int right;

	if (argc > 2) {
		filter[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0);
		filter[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL);
	}
	snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "dndprof-test-%d", (int)getpid());
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	if (server < 0 || client < 0 || bind(server, (void *)&a, sizeof a) || listen(server, 1) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	    by_machine_code(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)unheard, 0))
		return 1;
	printf("warm-up: %d\n", talk(pair, 10));
	fflush(stdout);
	if (forbid(way))
		check_skip("no seccomp here");
	right = talk(pair, 20000) && poll(NULL, 0, 150) == 0 && talk(pair, 10) && connects(&a) &&
		threads() && children() && talk(unheard, 10);
	if (write(1, right ? "right\n" : "wrong\n", 6) != 6)
		right = 0;
	return right ? 0 : 1;
}
