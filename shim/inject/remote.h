/*
 * remote.h - a stopped process under our trace: its memory, its registers, system calls in its
 * name. ptrace(2). All return 0 or more, or a negative errno; -ESRCH when it is gone.
 */
#ifndef DNDPROF_SHIM_REMOTE_H
#define DNDPROF_SHIM_REMOTE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct remote {
	pid_t pid;
	long memory; /* descriptor of its memory; whatever the pages' protection, we may write */
};

long remote_ptrace(long request, const struct remote *r, long address, long data);

long remote_open(struct remote *r);
void remote_close(struct remote *r);

/* As many of n bytes as there are. */
long remote_read(const struct remote *r, void *to, uint64_t from, size_t n);
/* All or an error. */
long remote_write(const struct remote *r, uint64_t to, const void *from, size_t n);

long remote_registers(const struct remote *r, struct user_regs_struct *regs);
long remote_set_registers(const struct remote *r, const struct user_regs_struct *regs);

/* Waits for the next stop that is not a job control stop. Its wait status. */
long remote_wait(const struct remote *r);

/* Makes a system call with the target stopped at the end of another one (an exec, this one);
 * `instruction` is where it has a system call instruction. The call's result. */
long remote_call(const struct remote *r, uint64_t instruction, long number, const long args[6]);

#endif
