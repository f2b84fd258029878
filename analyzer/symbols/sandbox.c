/*
 * sandbox.c - see sandbox.h.
 *
 * The filter of system calls is a short list of what may be done, by hand: libseccomp would be one
 * more library for two dozen numbers. All else is answered with EPERM rather than death: a C
 * library that tries something new first finds its other way. Where a kernel has no filters, or a
 * container forbids them, there are the limits.
 */
#define _GNU_SOURCE /* syscall */
#include "symbols/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static const struct {
	__rlimit_resource_t resource;
	rlim_t soft, hard;
} limits[] = {
#ifndef SANITIZED
	{RLIMIT_AS, (rlim_t)SANDBOX_GIB << 30, (rlim_t)SANDBOX_GIB << 30},
#endif
	{RLIMIT_CPU, SANDBOX_SECONDS, SANDBOX_SECONDS + 1},
	{RLIMIT_CORE, 0, 0},
	{RLIMIT_FSIZE, 0, 0},
	{RLIMIT_NOFILE, 0, 0}, /* what is open stays so */
	{RLIMIT_NPROC, 0, 0},
};

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE
static const uint32_t allowed[] = {
	SYS_read,	SYS_pread64,	   SYS_write,	   SYS_lseek,	     SYS_fstat,
	SYS_close,	SYS_brk,	   SYS_munmap,	   SYS_mremap,	     SYS_madvise,
	SYS_futex,	SYS_clock_gettime, SYS_getrandom,  SYS_sched_yield,  SYS_getpid,
	SYS_gettid,	SYS_exit,	   SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigprocmask,
#ifdef SYS_newfstatat
	SYS_newfstatat, /* what some C libraries make of fstat */
#endif
};
/* Memory may be had, not executed: their third argument says. */
static const uint32_t allowed_unless_code[] = {SYS_mmap, SYS_mprotect};

#define COUNT(list)    (sizeof(list) / sizeof((list)[0]))
#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP(n, value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n) /* n, unless it is */
#define SKIP_WITH(bit) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 1, 0)
#define ALLOW	       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE	       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void filter(void)
{
	const struct sock_filter begin[] = {LOAD(arch),
					    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
					    REFUSE, LOAD(nr)};
	struct sock_filter
		code[COUNT(begin) + 2 * COUNT(allowed) + 5 * COUNT(allowed_unless_code) + 1];
	struct sock_fprog program = {.filter = code};
	unsigned short n = 0;

	for (size_t i = 0; i < COUNT(begin); i++)
		code[n++] = begin[i];
	for (size_t i = 0; i < COUNT(allowed); i++) {
		const struct sock_filter row[] = {SKIP(1, allowed[i]), ALLOW};

		for (size_t j = 0; j < COUNT(row); j++)
			code[n++] = row[j];
	}
	for (size_t i = 0; i < COUNT(allowed_unless_code); i++) {
		const struct sock_filter row[] = {SKIP(4, allowed_unless_code[i]), LOAD(args[2]),
						  SKIP_WITH(PROT_EXEC), ALLOW, REFUSE};

		for (size_t j = 0; j < COUNT(row); j++)
			code[n++] = row[j];
	}
	code[n++] = (struct sock_filter)REFUSE;
	program.len = n;
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static void filter(void)
{
}
#endif

void sandbox_close(int keep)
{
	if (syscall(SYS_close_range, (unsigned int)keep, ~0u, 0) == 0)
		return;
	for (int fd = keep; fd < 65536; fd++)
		close(fd);
}

void sandbox_enter(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit = {limits[i].soft, limits[i].hard}, there;

		/* What is less already stays so. */
		if (getrlimit(limits[i].resource, &there) == 0) {
			limit.rlim_max =
				limit.rlim_max < there.rlim_max ? limit.rlim_max : there.rlim_max;
			limit.rlim_cur =
				limit.rlim_cur < there.rlim_cur ? limit.rlim_cur : there.rlim_cur;
		}
		setrlimit(limits[i].resource, &limit);
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	filter();
}
