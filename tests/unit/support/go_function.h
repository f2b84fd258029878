/*
 * go_function.h - for tests of the stub: Go's system call function on pages of our own, patched by
 * shim/go/gate.c, and a way to call it with every register known; the gate's ring in memory.
 */
#ifndef TESTS_GO_FUNCTION_H
#define TESTS_GO_FUNCTION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#ifdef __SANITIZE_THREAD__ /* see below */
#define dndprof_go_tend tend_seen
#endif
#include "go/amd64.c"
#include "go/gate.c"
#include "go/price.c"
#include "go/rate.c"
#include "go/site.c"
#include "recorder/histogram.c"
#include "recorder/sampling.c"

#ifdef __SANITIZE_THREAD__
#undef dndprof_go_tend

void __tsan_acquire(void *address);
void __tsan_release(void *address);

/* The stub maps a stack for each visit and takes it away without libc: where the next has the same
 * address, the sanitizer is told that it is another's no more. */
HIDDEN __attribute__((used)) void dndprof_go_tend(void)
{
	void *page = (void *)((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)4095);

	__tsan_acquire(page);
	tend_seen();
	__tsan_release(page);
}
#endif

/* ---- what the stub stands on: a call is looked at, and what was seen of it ---- */

static struct {
	long number, args[6], calls;
	uintptr_t stack;
	uint64_t blocked;
} looked;

void dndprof_go_look(long number, long args[6])
{
	looked.number = number;
	looked.calls++;
	memcpy(looked.args, args, sizeof(looked.args));
	looked.stack = (uintptr_t)__builtin_frame_address(0);
	syscall(SYS_rt_sigprocmask, 0, NULL, &looked.blocked, 8);
	/* As much of the machine as C may use. */
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovdqa %%xmm0, %%xmm15\n\tpxor %%xmm15, %%xmm15"
			 :
			 :
			 : "xmm0", "xmm15");
}

/* ---- what gate.c stands on: a "file" in memory ---- */

#define FILE_BYTES (16u << 20)

struct recorder dndprof_recorder;
struct fork_page dndprof_fork_page;
static _Alignas(64) char file[FILE_BYTES];

/* What was counted of a call; its histogram keeps its place. */
static __attribute__((unused)) void forget_counts(struct dndprof_stats *stats)
{
	struct dndprof_stats none = {.call = stats->call, .min = UINT64_MAX};

	memcpy(none.octave, stats->octave, sizeof(none.octave));
	for (int i = 0; i < OCTAVES; i++)
		if (none.octave[i])
			memset(file + none.octave[i], 0, OCTAVE_BYTES);
	*stats = none;
}
static size_t used = sizeof(struct dndprof_header) + 48; /* whole lines */

void *arena_alloc(size_t n, enum arena_use use)
{
	size_t end;

	(void)use;
	end = __atomic_add_fetch(&used, (n + 63) & ~63ul, __ATOMIC_RELAXED);
	return end <= FILE_BYTES ? file + end - ((n + 63) & ~63ul) : NULL;
}

uint64_t arena_offset(const void *p)
{
	return (uint64_t)((const char *)p - file);
}

uint64_t file_room(void)
{
	return FILE_BYTES;
}

uint64_t dndprof_sample_due = UINT64_MAX;
static _Thread_local struct {
	unsigned calls;
	uintptr_t stack;
	uint64_t blocked;
} tended;

void sample_take(enum sample_kind kind)
{
	tended.calls += kind == SAMPLE_PERIODIC;
	tended.stack = (uintptr_t)__builtin_frame_address(0);
	syscall(SYS_rt_sigprocmask, 0, NULL, &tended.blocked, 8);
	__asm__ volatile("pxor %%xmm15, %%xmm15" : : : "xmm15");
}

void sample_periodic(uint64_t now_ticks)
{
	(void)now_ticks;
	dndprof_sample_due = UINT64_MAX;
	sample_take(SAMPLE_PERIODIC);
}

/* Looks come when a test wants them. */
static const struct sampling rarely = {
	.price = 100, .budget = 50000, .look = 1ull << 40, .slow = UINT64_MAX};

static unsigned programs_written;

void module_write_program(uint64_t bias, const Elf64_Phdr *headers, size_t count)
{
	(void)bias, (void)headers, (void)count;
	programs_written++;
}

static bool disk_full;

struct dndprof_ring *ring_make(uint32_t kind, unsigned count, enum arena_use use,
			       struct dndprof_record **slots)
{
	struct dndprof_ring *ring = disk_full ? NULL : arena_alloc(sizeof(*ring), use);

	if (!ring)
		return NULL;
	ring->kind = kind;
	ring->segment_count = count;
	*slots = arena_alloc((RING_BASE_SLOTS << (count - 1)) * sizeof(**slots), use);
	return ring;
}

/* ---- the function ---- */

static const uint8_t golden[GO_SITE_BYTES] = {
	0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48, 0x89, 0xdf, 0x0f,
	0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x76, 0x15, 0x48, 0xf7, 0xd8, 0x48,
	0x89, 0xc1, 0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x48, 0xc7, 0xc3, 0x00,
	0x00, 0x00, 0x00, 0xc3, 0x48, 0x89, 0xd3, 0x48, 0xc7, 0xc1, 0x00, 0x00, 0x00,
	0x00, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

static uint8_t *site, *park_site;
static uint8_t *stack_top; /* below one page of stack: nothing may be there */

struct outcome {
	uint64_t r1, r2, error, rbp, rsp, r14, mxcsr;
	uint64_t x15[2];
	uint64_t flags;	       /* direction only */
	uint64_t x8_to_x12[5]; /* low halves */
};

#define HAMMERED 20000
/* Where Go has them; sanitizers have their shadows there. */
#if defined(__SANITIZE_ADDRESS__)
#define GOROUTINE 0x200000006040ull
#elif defined(__SANITIZE_THREAD__)
#define GOROUTINE 0x004000006040ull
#else
#define GOROUTINE 0x00c000006040ull
#endif
#define FRAME 0x1234567890ull

static uint64_t frame_pointer = FRAME; /* Go's, at the call */

/* Calls the function as Go does, on a stack of 16 bytes: the return address and a word above it;
 * the page below cannot be touched. */
static struct outcome go6(uint8_t *function, uint64_t n, uint64_t a, uint64_t b, uint64_t c,
			  uint64_t d, uint64_t e, uint64_t f)
{
	struct outcome o;
	uint64_t arguments[11] = {n,
				  a,
				  b,
				  c,
				  d,
				  e,
				  f,
				  (uintptr_t)function,
				  (uintptr_t)stack_top + 16,
				  (uintptr_t)&o,
				  frame_pointer};

	__asm__ volatile("subq $128, %%rsp\n\t" /* the red zone */
			 "pushq %%rbp\n\t"
			 "pushq %%rbx\n\t"
			 "movq %%rsp, %%xmm14\n\t"
			 "movq %0, %%rdx\n\t"
			 "movq 72(%%rdx), %%xmm13\n\t"
			 "movq 64(%%rdx), %%rsp\n\t"
			 "movq 56(%%rdx), %%r10\n\t"
			 "movq 0(%%rdx), %%rax\n\t"
			 "movq 8(%%rdx), %%rbx\n\t"
			 "movq 16(%%rdx), %%rcx\n\t"
			 "movq 24(%%rdx), %%rdi\n\t"
			 "movq 32(%%rdx), %%rsi\n\t"
			 "movq 40(%%rdx), %%r8\n\t"
			 "movq 48(%%rdx), %%r9\n\t"
			 "movq 80(%%rdx), %%rbp\n\t"
			 "movq %1, %%r14\n\t"
			 "pcmpeqd %%xmm15, %%xmm15\n\t"
			 "movq %%r14, %%xmm8\n\t"
			 "movq %%r14, %%xmm9\n\t"
			 "movq %%r14, %%xmm10\n\t"
			 "movq %%r14, %%xmm11\n\t"
			 "movq %%r14, %%xmm12\n\t"
			 "callq *%%r10\n\t"
			 "movq %%xmm13, %%rdx\n\t"
			 "movq %%rax, 0(%%rdx)\n\t"
			 "movq %%rbx, 8(%%rdx)\n\t"
			 "movq %%rcx, 16(%%rdx)\n\t"
			 "movq %%rbp, 24(%%rdx)\n\t"
			 "movq %%rsp, 32(%%rdx)\n\t"
			 "movq %%r14, 40(%%rdx)\n\t"
			 "movl $0, 52(%%rdx)\n\t"
			 "stmxcsr 48(%%rdx)\n\t"
			 "movdqu %%xmm15, 56(%%rdx)\n\t"
			 "movq %%xmm8, 80(%%rdx)\n\t"
			 "movq %%xmm9, 88(%%rdx)\n\t"
			 "movq %%xmm10, 96(%%rdx)\n\t"
			 "movq %%xmm11, 104(%%rdx)\n\t"
			 "movq %%xmm12, 112(%%rdx)\n\t"
			 "pushfq\n\t"
			 "popq 72(%%rdx)\n\t"
			 "andl $0x400, 72(%%rdx)\n\t"
			 "movq %%xmm14, %%rsp\n\t"
			 "popq %%rbx\n\t"
			 "popq %%rbp\n\t"
			 "addq $128, %%rsp\n\t"
			 :
			 : "r"(arguments), "i"(GOROUTINE)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
			   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
			   "xmm14", "xmm15", "memory", "cc");
	return o;
}

/* What every call must leave alone: NULL, or what it did not. */
static const char *changed(const struct outcome *o)
{
	uint32_t mxcsr;
	size_t i;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	if (o->rbp != frame_pointer || o->rsp != (uintptr_t)stack_top + 16)
		return "stack";
	if (o->r14 != GOROUTINE)
		return "R14";
	if (o->mxcsr != mxcsr || o->flags)
		return "MXCSR or the direction flag";
	if (o->x15[0] != UINT64_MAX || o->x15[1] != UINT64_MAX)
		return "X15";
	for (i = 0; i < 5; i++)
		if (o->x8_to_x12[i] != GOROUTINE)
			return "X8 to X12";
	return NULL;
}

static struct outcome call(uint64_t n, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct outcome o = go6(site, n, a, b, c, d, 0, 0);

	assert_string_equal(changed(&o) ? changed(&o) : "nothing", "nothing");
	return o;
}

/* Calls that fail at once, of a thread beside others: on its own stack, as the shared one is for
 * one at a time. */
static inline void *hammer(void *argument)
{
	int i;

	for (i = 0; i < HAMMERED; i++) {
		uint64_t number = SYS_shutdown, fd = *(uint64_t *)argument, how = 99;

		__asm__ volatile("subq $128, %%rsp\n\t"
				 "callq *%3\n\t"
				 "addq $128, %%rsp"
				 : "+a"(number), "+b"(fd), "+c"(how)
				 : "r"(site)
				 : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
				   "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
				   "xmm7", "memory", "cc");
	}
	return NULL;
}

#define P(pointer) ((uint64_t)(uintptr_t)(pointer))

/* ---- what it left ---- */

static uint64_t ring_head(void)
{
	return dndprof_go_shards[0].writer->ring->head;
}

static const struct dndprof_record *record(uint64_t position)
{
	const struct go_writer *w = dndprof_go_shards[0].writer;
	const struct dndprof_record *r = &w->slots[position & w->mask];

	assert_int_equal(r->seq, position + 1);
	return r;
}

/* Payload of the record, joined. */
static inline size_t payload(uint64_t position, char *text)
{
	const struct dndprof_record *r = record(position);
	size_t n = 0;
	unsigned i;

	for (i = 1; i < r->slots; i++) {
		const struct dndprof_more *m =
			(const void *)&dndprof_go_shards[0]
				.writer->slots[(position + i) & dndprof_go_shards[0].writer->mask];

		assert_int_equal(m->seq, position + i + 1);
		assert_int_equal(m->owner, position + 1);
		assert_int_equal(m->kind, DNDPROF_KIND_MORE);
		assert_in_range(m->length, 1, DNDPROF_MORE_BYTES);
		memcpy(text + n, m->data, m->length);
		n += m->length;
	}
	assert_int_equal(ring_head(), position + r->slots);
	return n;
}

static int open_gate(void **state)
{
	struct go_program program = {.refusal = GO_REFUSAL_NONE};
	uint8_t *page =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *stack =
		mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	/* The return address takes the lowest 8 bytes of the middle page. */
	mprotect(stack, 4096, PROT_NONE);
	stack_top = stack + 4096 - 8;
	site = page + 4096 - 32; /* across two pages */
	memcpy(site, golden, sizeof(golden));
	park_site = page + 512;
	memcpy(park_site, park, sizeof(park));
	mprotect(page, 8192, PROT_READ | PROT_EXEC);
	dndprof_recorder.header = (struct dndprof_header *)file;
	dndprof_recorder.capacity = FILE_BYTES;
	dndprof_recorder.pid = (uint32_t)getpid();
	dndprof_recorder.counter = true;
	dndprof_recorder.records = true;
	dndprof_recorder.max_slots = 1; /* it stays as small as it begins */
	sampling_start(&rarely);
	program.site = site;
	program.park = park_site;
	if (go_open(&program) != GO_REFUSAL_NONE)
		return -1;
	return !(dndprof_recorder.header->gates & DNDPROF_GATE_GO);
}

#endif
