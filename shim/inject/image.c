/*
 * image.c - what runs inside a static Go program before its first instruction: the recorder and the
 * Go gate, as a constructor would start them. The tracer has put a copy of dndprof-exec into the
 * program's memory; it stays there, and of its code only the gate's stub runs again.
 */
#include "inject/image.h"

#include <signal.h>
#include <string.h>

#include "exec/route.h"
#include "recorder/host.h"
#include "recorder/recorder.h"
#include "recorder/text.h"

char image_stack[IMAGE_STACK] __attribute__((aligned(64)));

static const Elf64_auxv_t *vector;
static const char *helper;

const uint32_t host_gates = 0;

unsigned long host_auxv(unsigned long type)
{
	const Elf64_auxv_t *v;

	for (v = vector; v && v->a_type != AT_NULL; v++)
		if (v->a_type == type)
			return v->a_un.a_val;
	return 0;
}

void *host_vdso(const char *name)
{
	(void)name;
	return NULL;
}

void host_secret(const uint8_t *key)
{
	(void)key; /* the Go gate makes no hashes */
}

const char *host_libc(void)
{
	return "none";
}

void host_stacks(void)
{
}

void host_helper(char *path, unsigned long size)
{
	struct text t = {path, size, 0};

	path[0] = 0;
	if (helper)
		text_string(&t, helper);
}

void image_relocate(void)
{
	uintptr_t base = (uintptr_t)&__ehdr_start;
	const Elf64_Dyn *d;
	const Elf64_Rela *rela = NULL;
	size_t size = 0;

	for (d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELA)
			rela = (const Elf64_Rela *)(base + d->d_un.d_ptr);
		else if (d->d_tag == DT_RELASZ)
			size = d->d_un.d_val;
	}
	/* Of one kind only: there is nobody to be bound to (tests/e2e/test_shim_elf.py). */
	for (; size >= sizeof(*rela); size -= sizeof(*rela), rela++)
		if (ELF64_R_TYPE(rela->r_info) == R_X86_64_RELATIVE)
			*(uintptr_t *)(base + rela->r_offset) = base + (uintptr_t)rela->r_addend;
}

static bool trap_is_ignored(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {0};

	return sys4(SYS_rt_sigaction, SIGTRAP, NULL, &action, sizeof(action.mask)) == 0 &&
	       action.handler == (void *)SIG_IGN;
}

/* sp: what the kernel left for the program: argc, argv, environment, auxiliary vector. */
__attribute__((visibility("hidden"), used)) unsigned image_main(long *sp, const char *path)
{
	char **env = (char **)(sp + 1 + sp[0] + 1), **end = env;
	unsigned ignored;

	image_relocate();
	while (*end)
		end++;
	vector = (const Elf64_auxv_t *)(end + 1);
	helper = path;
	ignored = trap_is_ignored();
	recorder_start(env);
	return (dndprof_recorder.header && dndprof_recorder.header->gates ? 1 : 0) | ignored << 8;
}
