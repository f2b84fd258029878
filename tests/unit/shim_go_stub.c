/*
 * Tests of shim/go/amd64.S: Go's system call function, patched, called with every register known.
 * cflags: shim/go/amd64.S
 */
#include "support/go_function.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>

/* Every number that does nothing with bad arguments: what comes back is what the kernel says. */
static void all_numbers(void **state)
{
	uint64_t before = ring_head(), n;

	(void)state;
	for (n = 0; n < 2000; n++) {
		struct outcome o;
		long native;

		if (n >= 340 && n < 424) /* a hole in the table: ENOSYS */
			;
		else if (n != SYS_getpid && n != SYS_getuid && n != SYS_umask && n < 600)
			continue;
		errno = 0;
		native = syscall((long)n, 022, 0, 0, 0);
		o = call(n, 022, 0, 0, 0);
		if (n == SYS_umask)
			native = 022;
		assert_int_equal(o.r1, native);
		assert_int_equal(o.error, native == -1 ? errno : 0);
		assert_int_equal(o.r2, 0);
	}
	assert_int_equal(call(UINT64_MAX, 0, 0, 0, 0).error, ENOSYS);
	assert_int_equal(ring_head(), before);
}

/* Results and errors, with a filter's help every errno: the unpatched function is the truth. */
static void results(void **state)
{
	static const uint64_t fds[] = {0, 1, 1000, (uint64_t)-1, 65535, 65536};
	static const long numbers[] = {SYS_read, SYS_write,    SYS_close,      SYS_connect,
				       SYS_bind, SYS_accept4,  SYS_getsockopt, SYS_shutdown,
				       SYS_dup3, SYS_recvfrom, SYS_sendmsg,    SYS_fcntl};
	uint8_t *plain =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i, j;

	(void)state;
	memcpy(plain, golden, sizeof(golden));
	mprotect(plain, 4096, PROT_READ | PROT_EXEC);
	for (i = 0; i < ARRAY_LEN(numbers); i++)
		for (j = 2; j < ARRAY_LEN(fds); j++) {
			struct outcome a = go6(plain, (uint64_t)numbers[i], fds[j], 1, 1, 1, 1, 1);
			struct outcome b = go6(site, (uint64_t)numbers[i], fds[j], 1, 1, 1, 1, 1);

			assert_memory_equal(&a, &b, sizeof(a));
		}
}

/* ---- every number with every error: a filter gives the results, nothing is really called ---- */

#define ANSWER 0x5e7f0000u /* in the sixth argument, with the error below it; 0: success */

static int filter_answers(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff0000),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ANSWER, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x0000ffff),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = {ARRAY_LEN(code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* One number with one answer; how far it came from what the unpatched function gives, in words. */
static const char *one_answer(uint64_t number, unsigned error, int fd)
{
	static uint64_t buffer[64];
	/* Where the call says 0 the stub may read what the kernel would have written. */
	uint64_t third = number == SYS_waitid ? P(buffer) : 16;
	struct outcome o = go6(site, number, (uint64_t)fd, P(buffer), third, P(buffer), P(buffer),
			       ANSWER | error);

	if (o.error != error || o.r1 != (error ? UINT64_MAX : 0) || (error && o.r2))
		return "result";
	return changed(&o);
}

/* In a child: a filter stays. */
static void answers(void **state)
{
	pid_t child = fork();
	int status = 0, fd;
	char text[80];
	uint64_t number;
	unsigned error;

	(void)state;
	if (!child) {
		dndprof_go.pid = (uint32_t)getpid();
		fd = (int)call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).r1;
		if (filter_answers())
			_exit(3);
		for (number = 0; number < 520; number++)
			for (error = 0; error <= 133; error++) {
				const char *wrong;

				if (number == 335 || number == 336)
					continue; /* uretprobe, uprobe: kill whoever calls */
				/* socket(): a new descriptor 0 is as good as any */
				dndprof_go_class[fd] = GO_IS_SOCKET | GO_IS_UNIX;
				wrong = one_answer(number, error, fd);
				if (wrong) {
					int n = snprintf(text, sizeof(text),
							 "call %lu, error %u: %s\n", number, error,
							 wrong);

					syscall(SYS_write, 2, text, n, 0, 0, 0);
					syscall(SYS_exit_group, 1, 0, 0, 0, 0, 0);
				}
			}
		/* with six arguments: libc's own would leave an answer in the sixth */
		syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

/* An exec is looked at on a stack of its own, with signals held, and made as it was asked for. */
static void execs(void **state)
{
	char *argv[] = {"nothing", NULL}, *env[] = {"A=b", NULL};
	char path[] = "/nonexistent";
	uint64_t blocked = 0, after = 0, at = ring_head();
	struct outcome o;

	(void)state;
	syscall(SYS_rt_sigprocmask, 0, NULL, &blocked, 8);
	o = call(SYS_execve, P(path), P(argv), P(env), 0);
	assert_int_equal(o.error, ENOENT);
	assert_int_equal(looked.calls, 1);
	assert_int_equal(looked.number, SYS_execve);
	assert_int_equal(looked.args[0], P(path));
	assert_int_equal(looked.args[1], P(argv));
	assert_int_equal(looked.args[2], P(env));
	assert_true(looked.stack < (uintptr_t)stack_top - 4096 ||
		    looked.stack > (uintptr_t)stack_top + 8192);
	assert_int_equal(looked.blocked | 1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1),
			 UINT64_MAX);
	syscall(SYS_rt_sigprocmask, 0, NULL, &after, 8);
	assert_int_equal(after, blocked);
	assert_int_equal(record(at)->call, DNDPROF_CALL_execve);
	assert_int_equal(record(at)->error, ENOENT);
	assert_int_equal(record(at)->arg, getpid());
	assert_int_equal(record(at)->fd, -1);
	/* and the stack is gone again */
	assert_int_equal(msync((void *)(looked.stack & ~4095ul), 4096, MS_ASYNC), -1);
	assert_int_equal(call(SYS_execve, 8, P(argv), P(env), 0).error, EFAULT);
	if (vfork() == 0) { /* one that succeeds, from a vfork child */
		char yes[] = "/bin/true";

		go6(site, SYS_execve, P(yes), P(argv), P(env), 0, 0, 0);
		_exit(9);
	}
	assert_true(wait(&(int){0}) > 0);
#ifndef __SANITIZE_THREAD__ /* it makes a fork of a vfork, whose memory is its own */
	assert_int_equal(looked.calls, 3);
#endif
	assert_int_equal(msync((void *)(looked.stack & ~4095ul), 4096, MS_ASYNC), -1);
}

static void waited(void **state)
{
	siginfo_t info;
	pid_t child = fork();
	uint64_t arg;

	(void)state;
	if (!child)
		_exit(5);
	/* first without taking the end away, as os/exec does: it comes again */
	assert_int_equal(
		call(SYS_waitid, P_PID, (uint64_t)child, P(&info), WEXITED | WNOWAIT).error, 0);
	assert_int_equal(record(ring_head() - 1)->arg, 0);
	assert_int_equal(call(SYS_waitid, P_PID, (uint64_t)child, P(&info), WEXITED).error, 0);
	arg = record(ring_head() - 1)->arg;
	assert_int_equal(arg & UINT32_MAX, child);
	assert_int_equal(arg >> 32 & 0xffff, 5);
	assert_int_equal(arg >> 48, CLD_EXITED);
	assert_int_equal(call(SYS_waitid, P_ALL, 0, P(&info), WEXITED).error, ECHILD);
	assert_int_equal(record(ring_head() - 1)->arg, 0);
}

static int make_pair(int fds[2])
{
	assert_int_equal(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, P(fds)).error, 0);
	return fds[0];
}

static void sockets(void **state)
{
	int fds[2];
	uint64_t at = ring_head();
	char text[600], byte = 'x';
	const struct dndprof_record *r;

	(void)state;
	make_pair(fds);
	r = record(at);
	assert_int_equal(r->call, DNDPROF_CALL_socketpair);
	assert_int_equal(r->fd, fds[0]);
	assert_int_equal(r->context, GOROUTINE);
	assert_int_equal(r->flags, DNDPROF_RECORD_UNIX);
	assert_true(r->generation & GO_GENERATION);
	assert_int_equal(call(SYS_write, (uint64_t)fds[0], P(&byte), 1, 0).r1, 1);
	r = record(++at);
	assert_int_equal(r->call, DNDPROF_CALL_write);
	assert_int_equal(r->result, 1);
	assert_int_equal(r->arg, 1);
	assert_int_equal(r->flags, DNDPROF_RECORD_UNIX | DNDPROF_RECORD_SENT);
	assert_int_equal(r->slots, 1);
	/* EFAULT comes from the kernel, not as a signal. */
	assert_int_equal(call(SYS_write, (uint64_t)fds[0], 8, 100, 0).error, EFAULT);
	assert_int_equal(record(++at)->error, EFAULT);
	assert_int_equal(call(SYS_read, (uint64_t)fds[1], 8, 100, 0).error, EFAULT);
	assert_int_equal(record(++at)->error, EFAULT);
	call(SYS_fcntl, (uint64_t)fds[1], F_SETFL, O_NONBLOCK, 0);
	assert_int_equal(call(SYS_read, (uint64_t)fds[1], P(text), 100, 0).r1, 1);
	at++;
	assert_int_equal(call(SYS_read, (uint64_t)fds[1], P(text), 100, 0).error, EAGAIN);
	r = record(++at);
	assert_int_equal(r->error, EAGAIN);
	assert_int_equal(r->result, -EAGAIN);
	assert_int_equal(r->flags, DNDPROF_RECORD_UNIX | DNDPROF_RECORD_RECEIVED);
	assert_int_equal(call(SYS_close, (uint64_t)fds[0], 0, 0, 0).error, 0);
	assert_int_equal(record(++at)->call, DNDPROF_CALL_close);
	assert_int_equal(dndprof_go_class[fds[0]], 0);
	assert_int_equal(call(SYS_close, (uint64_t)fds[0], 0, 0, 0).error, EBADF);
	assert_int_equal(ring_head(), at + 1);
	call(SYS_close, (uint64_t)fds[1], 0, 0, 0);
}

/* Files and pipes leave nothing, whatever they carry. */
static void files(void **state)
{
	static const char head_like[] = "GET /secret HTTP/1.1\r\n\r\n";
	int pipes[2], null = open("/dev/null", O_WRONLY);
	uint64_t at = ring_head();

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	call(SYS_write, (uint64_t)pipes[1], P(head_like), sizeof(head_like), 0);
	/* /dev/null takes what is not there. */
	assert_int_equal(call(SYS_write, (uint64_t)null, 8, 100, 0).r1, 100);
	assert_int_equal(ring_head(), at);
	close(pipes[0]);
	close(pipes[1]);
	close(null);
}

/* A number that was a socket and was closed where the gate saw nothing. */
static void forgotten(void **state)
{
	int fds[2], file;

	(void)state;
	make_pair(fds);
	close(fds[0]);
	file = (int)call(SYS_openat, (uint64_t)AT_FDCWD, P("/dev/null"), O_WRONLY, 0).r1;
	assert_int_equal(file, fds[0]);
	assert_int_equal(dndprof_go_class[file], 0);
	assert_int_equal(call(SYS_write, (uint64_t)file, 8, 100, 0).r1, 100);
	close(file);
	call(SYS_close, (uint64_t)fds[1], 0, 0, 0);
}

static const struct dndprof_record *opened(const char *path, int flags, int error)
{
	uint64_t at = ring_head();
	struct outcome r = call(SYS_openat, (uint64_t)AT_FDCWD, P(path), (uint64_t)flags, 0);

	assert_int_equal(r.error, error);
	if (!error)
		close((int)r.r1);
	return ring_head() == at ? NULL : record(at);
}

/* Of files those are recorded that the checks want, when they are opened to be read. */
static void watched_files(void **state)
{
	static const char path[] = "/proc/sys/net/ipv4/ip_forward";
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *last = pages + 4096, text[600];
	const struct dndprof_record *r;
	uint64_t at = ring_head();

	(void)state;
	r = opened(path, O_RDONLY | O_CLOEXEC, 0);
	assert_non_null(r);
	assert_int_equal(r->call, DNDPROF_CALL_openat);
	assert_int_equal(r->payload, DNDPROF_PAYLOAD_PATH);
	assert_int_equal(r->fd, r->result);
	assert_int_equal((int)r->arg, AT_FDCWD);
	assert_int_equal(payload(at, text), sizeof(path) - 1);
	assert_memory_equal(text, path, sizeof(path) - 1);
	at = ring_head();
	r = opened("/proc/sys/net/none", O_RDONLY, ENOENT);
	assert_non_null(r);
	assert_int_equal(r->fd, -1);
	assert_int_equal(r->error, ENOENT);
	assert_int_equal(payload(at, text), 18);
	assert_null(opened(path, O_WRONLY, 0));
	assert_null(opened("/proc/sys/kernel/ostype", O_RDONLY, 0));
	assert_null(opened("/proc/sys/net", O_RDONLY, 0));
	assert_null(opened("/nonexistent", O_RDONLY, ENOENT));
	assert_int_equal(call(SYS_openat, (uint64_t)AT_FDCWD, 8, O_RDONLY, 0).error, EFAULT);
	/* A path that ends with the memory: whole, cut short, and the longest that is kept. */
	munmap(last, 4096);
	strcpy(last - sizeof(path), path);
	assert_non_null(opened(last - sizeof(path), O_RDONLY, 0));
	strcpy(last - 7, "/proc/");
	assert_null(opened(last - 7, O_RDONLY, 0));
	memset(pages, '/', 4096);
	memcpy(pages, "/proc/sys/net/", 14);
	memcpy(last - 5, "none", 5);
	at = ring_head();
	assert_non_null(opened(pages, O_RDONLY, ENOENT));
	assert_int_equal(payload(at, text), 255);
	munmap(pages, 4096);
}

static void addresses(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/engine.sock"};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9)};
	int error = 0;
	socklen_t n = sizeof(error);
	uint64_t fd, at;
	char text[600];

	(void)state;
	fd = call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).r1;
	at = ring_head();
	assert_int_equal(call(SYS_connect, fd, P(&un), sizeof(un), 0).error, ENOENT);
	assert_int_equal(record(at - 1)->call, DNDPROF_CALL_socket);
	assert_int_equal(record(at - 1)->arg, SOCK_STREAM);
	assert_int_equal(record(at)->error, ENOENT);
	assert_int_equal(payload(at, text), sizeof(un));
	assert_memory_equal(text, &un, sizeof(un));
	at = ring_head();
	assert_int_equal(call(SYS_connect, fd, 8, 16, 0).error, EFAULT);
	assert_int_equal(record(at)->slots, 1);
	call(SYS_close, fd, 0, 0, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = call(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, 0).r1;
	at = ring_head();
	call(SYS_connect, fd, P(&in), sizeof(in), 0);
	assert_int_equal(payload(at, text), sizeof(in));
	assert_int_equal(record(at)->flags, DNDPROF_RECORD_INET);
	at = ring_head();
	assert_int_equal(go6(site, SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, P(&error), P(&n), 0).r1,
			 0);
	assert_int_equal(ring_head(), at); /* only SO_ERROR is worth a record */
	assert_int_equal(
		go6(site, SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, P(&error), P(&n), 0).r1, 0);
	assert_int_equal(record(at)->arg, SO_ERROR);
	assert_int_equal(record(at)->error, error);
	call(SYS_close, fd, 0, 0, 0);
}

static void copies(void **state)
{
	int fds[2];
	uint64_t copy;

	(void)state;
	make_pair(fds);
	copy = call(SYS_fcntl, (uint64_t)fds[0], F_DUPFD_CLOEXEC, 100, 0).r1;
	assert_int_equal(copy, 100);
	assert_int_equal(record(ring_head() - 1)->arg, fds[0]);
	assert_int_equal(record(ring_head() - 1)->fd, 100);
	assert_int_equal(dndprof_go_class[100], dndprof_go_class[fds[0]]);
	call(SYS_dup3, (uint64_t)open("/dev/null", O_RDONLY), 100, 0, 0);
	assert_int_equal(dndprof_go_class[100], 0);
	/* A vfork child has our memory and its own descriptors. */
	if (vfork() == 0) {
		go6(site, SYS_close, (uint64_t)fds[0], 0, 0, 0, 0, 0);
		_exit(0);
	}
	wait(NULL);
	assert_int_equal(dndprof_go_class[fds[0]], GO_IS_SOCKET | GO_IS_UNIX);
	call(SYS_close, (uint64_t)fds[0], 0, 0, 0);
	call(SYS_close, (uint64_t)fds[1], 0, 0, 0);
}

static void wait_status(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (!child)
		_exit(7);
	assert_int_equal(call(SYS_wait4, (uint64_t)child, P(&status), 0, 0).r1, child);
	assert_int_equal(record(ring_head() - 1)->arg, 7 << 8);
	assert_int_equal(record(ring_head() - 1)->fd, -1);
	assert_int_equal(call(SYS_wait4, (uint64_t)-1, 0, 0, 0).error, ECHILD);
}

/* A forked child's calls pass, and leave nothing. (The kernel wipes the page; the test does.) */
static void forked(void **state)
{
	uint64_t at = ring_head();

	(void)state;
	dndprof_fork_page.go = 0;
	assert_int_equal(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).error, 0);
	assert_int_equal(ring_head(), at);
	dndprof_fork_page.go = 1;
}

/* Counts stay exact when threads meet and the ring wraps. */
static void counts(void **state)
{
	struct dndprof_stats *stats = dndprof_go_shards[0].stats[DNDPROF_CALL_shutdown];
	pthread_t threads[4];
	uint64_t fd, sum = 0, before = stats->count, first;
	unsigned i, j;

	(void)state;
	fd = call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).r1;
	first = ring_head();
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hammer, &fd);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(stats->count, before + 80000);
	assert_int_equal(stats->errors, stats->count);
	assert_int_equal(ring_head(), first + 80000);
	assert_true(stats->min <= stats->max && stats->sum >= stats->min * stats->count);
	for (i = 0; i < DNDPROF_OCTAVES; i++)
		for (j = 0; stats->octave[i] && j < DNDPROF_BUCKETS; j++) {
			uint64_t n = ((uint64_t *)(file + stats->octave[i]))[j];

			sum += n;
			if (n) { /* the bucket is the one recorder/histogram.h says */
				unsigned lowest = i * DNDPROF_BUCKETS + j;

				assert_true(histogram_index(stats->min) <= lowest);
				assert_true(histogram_index(stats->max) >= lowest);
			}
		}
	assert_int_equal(sum + stats->zero, stats->count);
	for (i = 0; i <= dndprof_go_shards[0].writer->mask; i++)
		assert_int_equal(record(ring_head() - 1 - i)->fd, (int)fd);
	call(SYS_close, fd, 0, 0, 0);
}

/* At full detail files are recorded, too: neither their names nor what they hold. */
static void files_at_full(void **state)
{
	static const char text[] = "GET /secret HTTP/1.1\r\n\r\n", secret[] = "/nonexistent/secret";
	uint64_t fd = (uint64_t)memfd_create("secret", 0), at = ring_head(), opened;
	const struct dndprof_record *r;
	size_t i;

	(void)state;
	dndprof_go_generation[fd] = 7; /* of what had its number before */
	call(SYS_write, fd, P(text), sizeof(text), 0);
	call(SYS_openat, (uint64_t)AT_FDCWD, P(secret), O_RDONLY, 0);
	assert_int_equal(ring_head(), at);

	dndprof_go.only = 0;
	call(SYS_write, fd, P(text), sizeof(text), 0);
	assert_int_equal(lseek((int)fd, 0, SEEK_SET), 0);
	assert_int_equal(call(SYS_read, fd, P(&(char[64]){0}), 64, 0).r1, 2 * sizeof(text));
	assert_int_equal(call(SYS_shutdown, fd, 0, 0, 0).error, ENOTSOCK);
	assert_int_equal(call(SYS_close, fd, 0, 0, 0).error, 0);
	assert_int_equal(call(SYS_openat, (uint64_t)AT_FDCWD, P(secret), O_RDONLY, 0).error,
			 ENOENT);
	assert_int_equal(call(SYS_openat, (uint64_t)AT_FDCWD, 8, O_RDONLY, 0).error, EFAULT);
	opened = call(SYS_openat, (uint64_t)AT_FDCWD, P("/dev/null"), O_WRONLY, 0).r1;
	dndprof_go.only = GO_SOCKET;

	assert_int_equal(ring_head(), at + 5);
	for (i = 0; i < 5; i++) {
		static const int calls[] = {DNDPROF_CALL_write, DNDPROF_CALL_read,
					    DNDPROF_CALL_close, DNDPROF_CALL_openat,
					    DNDPROF_CALL_openat};

		r = record(at + i);
		assert_int_equal(r->call, calls[i]);
		assert_int_equal(r->slots, 1);
		assert_int_equal(r->payload, 0);
		assert_int_equal(r->generation, 0);
		assert_int_equal(r->fd, i < 3 ? (int)fd : i == 3 ? -1 : (int)opened);
		assert_int_equal(r->error, i == 3 ? ENOENT : 0);
		assert_int_equal(r->flags, i == 0   ? DNDPROF_RECORD_SENT
					   : i == 1 ? DNDPROF_RECORD_RECEIVED
						    : 0);
	}
	assert_int_equal(dndprof_go_class[fd] | dndprof_go_class[opened], 0);
	close((int)opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_numbers),	 cmocka_unit_test(results),
		cmocka_unit_test(sockets),	 cmocka_unit_test(files),
		cmocka_unit_test(watched_files), cmocka_unit_test(forgotten),
		cmocka_unit_test(addresses),	 cmocka_unit_test(copies),
		cmocka_unit_test(wait_status),	 cmocka_unit_test(forked),
		cmocka_unit_test(counts),	 cmocka_unit_test(answers),
		cmocka_unit_test(execs),	 cmocka_unit_test(waited),
		cmocka_unit_test(files_at_full),
	};

	return cmocka_run_group_tests(tests, open_gate, NULL);
}
