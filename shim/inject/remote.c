/* remote.c - see remote.h. */
#include "inject/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "recorder/sys.h"
#include "recorder/text.h"

long remote_ptrace(long request, const struct remote *r, long address, long data)
{
	return sys4(SYS_ptrace, request, r->pid, address, data);
}

long remote_open(struct remote *r)
{
	char path[40];
	struct text t = {path, sizeof(path), 0};

	text_string(&t, "/proc/");
	text_number(&t, (uint64_t)r->pid, 10, 1);
	text_string(&t, "/mem");
	r->memory = sys3(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	return r->memory;
}

void remote_close(struct remote *r)
{
	if (r->memory >= 0)
		sys1(SYS_close, r->memory);
	r->memory = -1;
}

long remote_read(const struct remote *r, void *to, uint64_t from, size_t n)
{
	return sys4(SYS_pread64, r->memory, to, n, from);
}

long remote_write(const struct remote *r, uint64_t to, const void *from, size_t n)
{
	while (n) {
		long w = sys4(SYS_pwrite64, r->memory, from, n, to);

		if (w <= 0)
			return w ? w : -EIO;
		from = (const char *)from + w;
		to += (uint64_t)w;
		n -= (size_t)w;
	}
	return 0;
}

long remote_registers(const struct remote *r, struct user_regs_struct *regs)
{
	return remote_ptrace(PTRACE_GETREGS, r, 0, (long)regs);
}

long remote_set_registers(const struct remote *r, const struct user_regs_struct *regs)
{
	return remote_ptrace(PTRACE_SETREGS, r, 0, (long)regs);
}

long remote_wait(const struct remote *r)
{
	for (;;) {
		int status = 0;
		long pid = sys4(SYS_wait4, r->pid, &status, __WALL, NULL);

		if (pid == -EINTR)
			continue;
		if (pid < 0)
			return pid;
		if (!WIFSTOPPED(status))
			return -ESRCH;
		if (status >> 16 != PTRACE_EVENT_STOP)
			return status;
		/* A stop for the whole process: it will be taken when we let it go. */
		remote_ptrace(PTRACE_CONT, r, 0, 0);
	}
}

/* Goes on to the next begin or end of a system call. */
static long to_syscall(const struct remote *r)
{
	long status = remote_ptrace(PTRACE_SYSCALL, r, 0, 0);

	if (status == 0)
		status = remote_wait(r);
	if (status < 0)
		return status;
	return status >> 8 == (SIGTRAP | 0x80) ? 0 : -EIO;
}

long remote_call(const struct remote *r, uint64_t instruction, long number, const long args[6])
{
	struct user_regs_struct regs;
	long error = remote_registers(r, &regs);

	regs.rip = instruction;
	regs.rax = (unsigned long)number;
	regs.rdi = (unsigned long)args[0];
	regs.rsi = (unsigned long)args[1];
	regs.rdx = (unsigned long)args[2];
	regs.r10 = (unsigned long)args[3];
	regs.r8 = (unsigned long)args[4];
	regs.r9 = (unsigned long)args[5];
	regs.orig_rax = (unsigned long)-1; /* nothing to restart */
	if (error || (error = remote_set_registers(r, &regs)) != 0)
		return error;
	if ((error = to_syscall(r)) != 0 || (error = to_syscall(r)) != 0)
		return error;
	error = remote_registers(r, &regs);
	return error ? error : (long)regs.rax;
}
