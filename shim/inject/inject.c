/* inject.c - see inject.h. */
#include "inject/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#include "exec/inspect.h"
#include "inject/image.h"
#include "inject/stack.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define PAGE	  4096ull
#define UP(n)	  (((n) + PAGE - 1) & ~(PAGE - 1))
#define DOWN(n)	  ((n) & ~(PAGE - 1))
#define ARGS(...) ((const long[6]){__VA_ARGS__})

/* Our own image: the file's, in which nothing has been relocated. */
struct image {
	const char *file;
	size_t file_size;
	uint64_t span;		   /* address space it takes */
	uint64_t data, data_bytes; /* its writable part, by page */
};

static const Elf64_Phdr *segments(unsigned *n)
{
	*n = __ehdr_start.e_phnum;
	return (const Elf64_Phdr *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
}

static bool image_open(struct image *im)
{
	unsigned i, n;
	const Elf64_Phdr *p = segments(&n);
	long fd, at;

	memset(im, 0, sizeof(*im));
	for (i = 0; i < n; i++) {
		uint64_t end = UP(p[i].p_vaddr + p[i].p_memsz);

		if (p[i].p_type != PT_LOAD)
			continue;
		im->span = end > im->span ? end : im->span;
		if (p[i].p_offset + p[i].p_filesz > im->file_size)
			im->file_size = p[i].p_offset + p[i].p_filesz;
		if (p[i].p_flags & PF_W) {
			im->data = DOWN(p[i].p_vaddr);
			im->data_bytes = end - im->data;
		}
	}
	fd = sys3(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	at = sys6(SYS_mmap, 0, (long)im->file_size, PROT_READ, MAP_PRIVATE, fd, 0);
	sys1(SYS_close, fd);
	im->file = (const char *)at;
	return (unsigned long)at <= -4096ul;
}

static long image_write(const struct remote *r, const struct image *im, uint64_t base)
{
	unsigned i, n;
	const Elf64_Phdr *p = segments(&n);
	long error = 0;

	for (i = 0; i < n && !error; i++)
		if (p[i].p_type == PT_LOAD)
			error = remote_write(r, base + p[i].p_vaddr, im->file + p[i].p_offset,
					     p[i].p_filesz);
	return error;
}

/* Address in the target of something of ours. */
static uint64_t there(uint64_t base, const void *here)
{
	return base + (uint64_t)((const char *)here - (const char *)&__ehdr_start);
}

/* Address space for the image: readable and executable, so that what we write is never both
 * executable and writable for the target. */
static long reserve(const struct remote *r, uint64_t entry, uint64_t span)
{
	static const uint8_t instruction[2] = {0x0f, 0x05};
	uint8_t before[sizeof(instruction)];
	long base;

	if (remote_read(r, before, entry, sizeof(before)) != sizeof(before))
		return -EIO;
	base = remote_write(r, entry, instruction, sizeof(instruction));
	if (base == 0)
		base = remote_call(r, entry, SYS_mmap,
				   ARGS(0, (long)span, PROT_READ | PROT_EXEC,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	remote_write(r, entry, before, sizeof(before));
	return base;
}

/* Runs image_start there. */
static long run(const struct remote *r, const struct image *im, uint64_t base, uint64_t sp)
{
	struct user_regs_struct regs;
	char path[1024];
	long status, n = sys3(SYS_readlink, "/proc/self/exe", path, sizeof(path) - 1);
	uint64_t stack = there(base, image_stack);

	if (n <= 0)
		return n;
	path[n] = 0;
	status = remote_registers(r, &regs);
	if (!status) /* at its bottom, which nothing reaches */
		status = remote_write(r, stack, path, (size_t)n + 1);
	if (status)
		return status;
	regs.rip = there(base, image_start);
	regs.rsp = stack + IMAGE_STACK;
	regs.rdi = sp;
	regs.rsi = stack;
	regs.r8 = base + im->data;
	regs.r9 = im->data_bytes;
	regs.orig_rax = (unsigned long)-1;
	status = remote_set_registers(r, &regs);
	if (!status)
		status = remote_ptrace(PTRACE_CONT, r, 0, 0);
	if (!status)
		status = remote_wait(r);
	return status;
}

/* The breakpoint at the image's end changed what the target had ignored. */
static void ignore_trap(const struct remote *r, uint64_t base)
{
	const uint64_t action[4] = {(uint64_t)SIG_IGN, 0, 0, 0};
	uint64_t at = there(base, image_stack);

	if (remote_write(r, at, action, sizeof(action)) == 0)
		remote_call(r, there(base, image_syscall), SYS_rt_sigaction,
			    ARGS(SIGTRAP, (long)at, 0, sizeof(action[3]), 0, 0));
}

static void put_image(const struct remote *r, uint64_t entry, uint64_t sp)
{
	struct user_regs_struct regs;
	struct image im;
	long base;

	if (!image_open(&im))
		return;
	/* To the end of the exec's own system call. */
	if (remote_ptrace(PTRACE_SYSCALL, r, 0, 0) < 0 || remote_wait(r) < 0)
		return;
	base = reserve(r, entry, im.span);
	if (base < 0 && base > -4096)
		return;
	if (image_write(r, &im, (uint64_t)base) < 0 || run(r, &im, (uint64_t)base, sp) < 0)
		return;
	if (remote_registers(r, &regs) == 0 && regs.rbx == 1)
		ignore_trap(r, (uint64_t)base);
}

static enum image_kind kind_of(pid_t pid)
{
	struct inspected in;
	char path[40];
	struct text t = {path, sizeof(path), 0};

	text_string(&t, "/proc/");
	text_number(&t, (uint64_t)pid, 10, 1);
	text_string(&t, "/exe");
	inspect_file(&in, AT_FDCWD, path);
	return in.privileged ? IMAGE_OTHER : in.kind;
}

/* All signals wait meanwhile, but those that its own instructions make. */
static uint64_t hold_signals(const struct remote *r)
{
	uint64_t mask = 0,
		 all = ~(1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGILL - 1) |
			 1ull << (SIGTRAP - 1) | 1ull << (SIGFPE - 1));

	remote_ptrace(PTRACE_GETSIGMASK, r, sizeof(mask), (long)&mask);
	remote_ptrace(PTRACE_SETSIGMASK, r, sizeof(all), (long)&all);
	return mask;
}

void inject(struct remote *r, char *const *env)
{
	static struct stack stack;
	struct user_regs_struct regs;
	enum image_kind kind = kind_of(r->pid);
	uint64_t mask = hold_signals(r);

	if (remote_open(r) >= 0 && remote_registers(r, &regs) == 0 &&
	    stack_read(r, regs.rsp, &stack) == 0 && !stack_auxiliary(&stack, AT_SECURE)) {
		if (kind == IMAGE_DYNAMIC || kind == IMAGE_STATIC || kind == IMAGE_STATIC_GO)
			regs.rsp = stack_add(r, &stack, env);
		if (kind == IMAGE_STATIC_GO)
			put_image(r, regs.rip, regs.rsp);
		regs.rax = 0;
		regs.orig_rax = (unsigned long)-1;
		remote_set_registers(r, &regs);
	}
	remote_close(r);
	remote_ptrace(PTRACE_SETSIGMASK, r, sizeof(mask), (long)&mask);
	remote_ptrace(PTRACE_DETACH, r, 0, 0);
}
