/*
 * syscall_fn.c - libc's syscall() function: the numbers we record and those we do not give the same
 * results, all six arguments arrive, and the numbers that return twice (vfork, clone, fork) do.
 */
#include "check.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

/* Recorded numbers. */
static void sockets(void)
{
	struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
	struct iovec part = {"GET /syscall HTTP/1.1\r\n\r\n", 25}, in;
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	char buffer[64];
	int pair[2], fd, copy;

	GIVES(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair), 0);
	GIVES(syscall(SYS_sendto, pair[0], "hello", 5, MSG_NOSIGNAL, NULL, 0), 5);
	GIVES(syscall(SYS_recvfrom, pair[1], buffer, 64, MSG_PEEK, NULL, NULL), 5);
	GIVES(syscall(SYS_recvfrom, pair[1], buffer, 64, 0, NULL, NULL), 5);
	CHECK(!memcmp(buffer, "hello", 5), "other bytes came");
	GIVES(syscall(SYS_write, pair[0], "abc", 3), 3);
	GIVES(syscall(SYS_read, pair[1], buffer, 64), 3);
	GIVES(syscall(SYS_sendmsg, pair[0], &message, 0), 25);
	in = (struct iovec){buffer, 64};
	GIVES(syscall(SYS_readv, pair[1], &in, 1), 25);
	GIVES(syscall(SYS_writev, pair[0], &part, 1), 25);
	message.msg_iov = &in;
	GIVES(syscall(SYS_recvmsg, pair[1], &message, 0), 25);
	FAILS(syscall(SYS_recvfrom, pair[1], buffer, 64, MSG_DONTWAIT, NULL, NULL), EAGAIN);
	FAILS(syscall(SYS_read, -1, buffer, 64), EBADF);
	FAILS(syscall(SYS_write, pair[0], check_bad, 3), EFAULT);

	fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	GIVES(fcntl(fd, F_GETFD), FD_CLOEXEC);
	FAILS(syscall(SYS_connect, fd, &nowhere, sizeof nowhere), ENOENT);
	FAILS(syscall(SYS_accept4, fd, NULL, NULL, 0), EINVAL);
	FAILS(syscall(SYS_socket, 9999, 0, 0), EAFNOSUPPORT);
	copy = (int)syscall(SYS_dup, pair[0]);
	GIVES(syscall(SYS_dup2, pair[0], fd), fd);
	GIVES(syscall(SYS_dup3, pair[0], fd, O_CLOEXEC), fd);
	GIVES(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, copy + 10), copy + 10);
	GIVES(send(copy + 10, "x", 1, 0), 1);
	GIVES(recv(pair[1], buffer, 1, 0), 1);
	GIVES(syscall(SYS_close, copy), 0);
	FAILS(syscall(SYS_close, copy), EBADF);
	GIVES(syscall(SYS_close_range, copy + 10, copy + 10, 0), 0);
	GIVES(syscall(SYS_shutdown, pair[0], SHUT_RDWR), 0);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void waiting(void)
{
	struct pollfd set = {0, POLLNVAL, 0};
	struct timespec none = {0, 0};
	struct epoll_event event;
	int epoll = epoll_create1(0);

	GIVES(syscall(SYS_poll, &set, 0, 1), 0);
	GIVES(syscall(SYS_ppoll, &set, 0, &none, NULL, 8), 0);
	GIVES(syscall(SYS_select, 0, NULL, NULL, NULL, &(struct timeval){0, 0}), 0);
	GIVES(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, NULL), 0);
	GIVES(syscall(SYS_epoll_wait, epoll, &event, 1, 0), 0);
	GIVES(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, NULL, 8), 0);
	GIVES(syscall(SYS_epoll_pwait2, epoll, &event, 1, &none, NULL, 8), 0);
	FAILS(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, &set, 3), EINVAL);
	close(epoll);
}

/* Numbers outside the table. */
static void others(void)
{
	static unsigned futex;
	struct timespec soon = {0, 1000000};
	char bytes[8] = {0};
	int file = open("/proc/self/exe", O_RDONLY);
	unsigned char *map;

	CHECK(syscall(SYS_gettid) == getpid(), "gettid");
	CHECK(syscall(SYS_getpid) == getpid(), "getpid");
	GIVES(syscall(SYS_getrandom, bytes, sizeof bytes, 0), sizeof bytes);
	GIVES(syscall(SYS_futex, &futex, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	FAILS(syscall(SYS_futex, &futex, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0), EAGAIN);
	FAILS(syscall(SYS_futex, &futex, FUTEX_WAIT_PRIVATE, 0, &soon, NULL, 0), ETIMEDOUT);
	FAILS(syscall(SYS_futex, &futex, FUTEX_CMP_REQUEUE, 1, 0, &futex, 7), EAGAIN);
	/* The sixth argument: without it the map would begin at the file's start, with ELF. */
	map = (unsigned char *)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, file, 4096L);
	CHECK(map != MAP_FAILED && memcmp(map, "\177ELF", 4) != 0, "mmap lost its offset");
	map = (unsigned char *)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0L);
	CHECK(map != MAP_FAILED && memcmp(map, "\177ELF", 4) == 0, "mmap at 0");
	GIVES(syscall(SYS_munmap, map, 4096), 0);
	FAILS(syscall(-1L), ENOSYS);
	FAILS(syscall(100000L), ENOSYS);
	close(file);
}

static int status_of(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int on_own_stack(void *argument)
{
	*(int *)argument = 7;
	return 12;
}

static void twice(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	volatile int shared = 1;
	pid_t pid;

	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		shared = 2;
		syscall(SYS_exit_group, syscall(SYS_getpid) == getpid() ? 9 : 1);
	}
	CHECK(pid > 0 && status_of(pid) == 9, "the child of SYS_fork");
	CHECK(shared == 1, "the child of SYS_fork wrote in our memory");

	/* SYS_clone as fork does it: no new stack, the memory copied. */
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
	if (pid == 0)
		syscall(SYS_exit, 10);
	CHECK(pid > 0 && status_of(pid) == 10, "the child of SYS_clone");

	/* libc's clone with its own stack in our memory. */
	pid = clone(on_own_stack, stack + sizeof stack, CLONE_VM | SIGCHLD, (void *)&shared);
	CHECK(pid > 0 && status_of(pid) == 12, "the child of clone");
	CHECK(shared == 7, "the child of clone did not write in our memory");
}

#ifdef __x86_64__
/*
 * syscall(SYS_vfork): the child returns first, on the stack its parent will return on. Natively
 * that is sound as long as the child pushes nothing: only the return address lies there. The child
 * here fills its red zone, where a wrapper that called instead of jumping would have its frame,
 * and exits without a call.
 */
long vfork_by_number(void);
__asm__(".text\n"
	".type vfork_by_number, @function\n"
	"vfork_by_number:\n"
	"	pushq %rbx\n"
	"	movl $58, %edi\n"
	"	xorl %eax, %eax\n"
	"	callq *syscall@GOTPCREL(%rip)\n"
	"	testl %eax, %eax\n"
	"	jnz 2f\n"
	"	movq $-15, %rcx\n" /* from 16 to 120 bytes below */
	"1:	movq $-1, -8(%rsp, %rcx, 8)\n"
	"	incq %rcx\n"
	"	cmpq $-1, %rcx\n"
	"	jne 1b\n"
	"	movl $11, %edi\n"
	"	movl $60, %eax\n"
	"	syscall\n"
	"2:	popq %rbx\n"
	"	ret\n"
	".size vfork_by_number, .-vfork_by_number\n");
#endif

static void vforked(void)
{
	volatile int shared = 1;
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0) {
		shared = 2;
		syscall(SYS_exit, 11);
	}
	CHECK(pid > 0 && status_of(pid) == 11, "the child of SYS_clone with CLONE_VFORK");
	CHECK(shared == 1, "it wrote in our memory");
#ifdef __x86_64__
	pid = (pid_t)vfork_by_number();
	CHECK(pid > 0 && status_of(pid) == 11, "the child of SYS_vfork");
#endif
}

int main(void)
{
	sockets();
	waiting();
	others();
	twice();
	vforked();
	return check_end();
}
