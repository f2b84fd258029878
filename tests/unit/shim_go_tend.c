/*
 * Tests of what the stub does beside calls: samples that are due, a ring that grows, what forbids
 * both, and the waits of threads.
 * cflags: shim/go/amd64.S
 */
#include "support/go_function.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

/* A recorded call that does nothing. */
static void one_call(void)
{
	call(SYS_shutdown, 5, 99, 0, 0);
}

/* A sample is due then. */
static void visit(uint64_t ticks)
{
	dndprof_sample_due = dndprof_go.due = ticks;
}

static int a_socket(void **state)
{
	(void)state;
	if (dndprof_go_class[5] & GO_IS_SOCKET)
		return 0;
	dup2((int)call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).r1, 5);
	dndprof_go_class[5] = GO_IS_SOCKET;
	return 0;
}

static void sample(void **state)
{
	struct outcome o;

	(void)state;
	tended.calls = 0;
	visit(UINT64_MAX);
	one_call();
	assert_int_equal(tended.calls, 0);
	visit(counter_read() + (1ull << 50));
	one_call();
	assert_int_equal(tended.calls, 0);
	visit(1);
	o = call(SYS_getsockopt, 5, SOL_SOCKET, SO_ERROR, 0);
	assert_int_equal(o.error, EFAULT);
	assert_int_equal(o.r1, UINT64_MAX);
	assert_int_equal(tended.calls, 1);
	assert_true(dndprof_go.due > counter_read()); /* the next */
	/* On no stack that anybody knew, all signals held, and neither left behind. */
	assert_true(tended.stack < (uintptr_t)stack_top - 4096 ||
		    tended.stack > (uintptr_t)stack_top + 8192);
	assert_int_equal(tended.blocked | 1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1),
			 UINT64_MAX);
	{
		uint64_t mask = 1;

		syscall(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
		assert_int_equal(mask, 0);
	}
	/* A vfork child leaves it to its parent. */
	visit(1);
	if (vfork() == 0) {
		go6(site, SYS_shutdown, 5, 99, 0, 0, 0, 0);
		_exit(0);
	}
	wait(NULL);
	assert_int_equal(tended.calls, 1);
	assert_int_equal(dndprof_go.due, 1);
	visit(UINT64_MAX);
}

#define MOST 16384

/* The gate as it was opened, in a program that may have so many slots. */
static void begin_again(void)
{
	divided = true; /* one ring: the tests know what is in it */
	dndprof_go_shards[0].segments = FIRST_SEGMENTS;
	dndprof_recorder.max_slots = MOST;
	dndprof_go_shards[0].writer = &dndprof_go_shards[0].rings[0];
	dndprof_go_shards[0].rings[0].ring->head = 0;
	dndprof_go_shards[0].rings[0].grow_at = slots_of(FIRST_SEGMENTS) / 4 * 3;
}

/* A bigger ring comes before the last is full, and no record is lost on the way. */
static void growth(void **state)
{
	struct go_writer *w = &dndprof_go_shards[0].rings[0];
	uint64_t i;

	(void)state;
	for (begin_again(); w->mask + 1 < MOST; w++) {
		assert_int_equal(w->grow_at, (w->mask + 1) / 4 * 3);
		while (ring_head() < w->grow_at)
			one_call();
		assert_ptr_equal(dndprof_go_shards[0].writer, w);
		one_call(); /* at the mark, and with it room comes */
		assert_ptr_equal(dndprof_go_shards[0].writer, w + 1);
		assert_int_equal(w[1].mask + 1, 4 * (w->mask + 1));
		assert_int_equal(w[1].ring->head, 0);
		for (i = 0; i < w->ring->head; i++)
			assert_int_equal(w->slots[i].seq, i + 1);
	}
	assert_int_equal(w->grow_at, UINT64_MAX);
	while (ring_head() < MOST + 10)
		one_call();
	assert_ptr_equal(dndprof_go_shards[0].writer, w);
}

/* While threads meet in it every record lies in one ring or the next. */
static void growth_under_way(void **state)
{
	struct dndprof_stats *stats = dndprof_go_shards[0].stats[DNDPROF_CALL_shutdown];
	uint64_t fd = 5, before = stats->count, heads = 0;
	const struct go_writer *w;
	pthread_t threads[4];
	unsigned i;

	(void)state;
	begin_again();
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hammer, &fd);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (w = dndprof_go_shards[0].rings; w <= dndprof_go_shards[0].writer; w++)
		heads += w->ring->head;
	assert_int_equal(heads, 4 * HAMMERED);
	assert_int_equal(stats->count, before + heads);
	w--;
	assert_int_equal(w->mask + 1, MOST);
	for (i = 0; i <= w->mask; i++)
		assert_int_equal(w->slots[i].kind, DNDPROF_KIND_CALL);
}

/* Have calls been made on another processor than the first? On a busy machine that may take long.
 */
static bool others_called(void)
{
	unsigned i;

	for (i = 1; i <= dndprof_go.sharded; i++)
		if (dndprof_go_shards[i].stats[DNDPROF_CALL_shutdown]->count)
			return true;
	return false;
}

#define ROUNDS 50

/* A program of many calls has a ring and counters for each processor, and no call is lost or
 * counted twice on the way there or between them. */
static void division(void **state)
{
	cpu_set_t all;
	uint64_t fd = 5, before, after = 0, heads = 0, sum = 0;
	pthread_t threads[4];
	unsigned i, j, k, rounds = 0;

	(void)state;
	sched_getaffinity(0, sizeof(all), &all);
	if (CPU_COUNT(&all) < 2 || !go_processor_told())
		skip();
	begin_again();
	divided = false;
	before = dndprof_go_shards[0].stats[DNDPROF_CALL_shutdown]->count;
	do {
		for (i = 0; i < 4; i++)
			pthread_create(&threads[i], NULL, hammer, &fd);
		for (i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	} while (++rounds < ROUNDS && !others_called());
	assert_true(others_called());
	assert_int_equal(dndprof_go.sharded, (CPU_COUNT(&all) > 2 ? GO_SHARDS : 2) - 1);
	for (i = 0; i <= dndprof_go.sharded; i++) {
		const struct go_shard *shard = &dndprof_go_shards[i];
		const struct dndprof_stats *stats = shard->stats[DNDPROF_CALL_shutdown];
		const struct go_writer *w;

		for (w = shard->rings; w <= shard->writer; w++) {
			heads += w->ring->head;
			for (j = 0; j < w->ring->head && j <= w->mask; j++)
				assert_int_equal(w->slots[j].kind, DNDPROF_KIND_CALL);
		}
		after += stats->count;
		for (j = 0; i && j < DNDPROF_OCTAVES; j++)
			for (k = 0; stats->octave[j] && k < DNDPROF_BUCKETS; k++)
				sum += ((uint64_t *)(file + stats->octave[j]))[k];
		if (i)
			assert_int_equal(sum + stats->zero, stats->count);
		sum = 0;
	}
	assert_int_equal(heads, (uint64_t)rounds * 4 * HAMMERED);
	assert_int_equal(after, before + heads);
	dndprof_go.sharded = 0;
	for (i = 1; i < GO_SHARDS; i++)
		dndprof_go_shards[i].writer = NULL;
}

/* Where there is no room on disk the ring wraps, and nothing is tried again. */
static void full(void **state)
{
	(void)state;
	begin_again();
	disk_full = true;
	while (ring_head() < 2 * slots_of(FIRST_SEGMENTS))
		one_call();
	assert_ptr_equal(dndprof_go_shards[0].writer, &dndprof_go_shards[0].rings[0]);
	assert_int_equal(dndprof_go_shards[0].rings[0].grow_at, UINT64_MAX);
	assert_int_equal(record(ring_head() - 1)->call, DNDPROF_CALL_shutdown);
	disk_full = false;
}

/* C sees what may forbid us calls of our own before it is made, with its arguments; and once we
 * make none, only what may lock us out altogether, and an exec. */
static void quiet(void **state)
{
	(void)state;
	tended.calls = looked.calls = 0;
	call(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0);
	assert_int_equal(looked.calls, 0);
	assert_int_equal(call(SYS_unshare, 0, 0, 0, 0).error, 0);
	assert_int_equal(looked.calls, 1);
	assert_int_equal(looked.number, SYS_unshare);
	assert_int_equal(call(SYS_setns, -1, 7, 0, 0).error, EBADF);
	assert_int_equal(looked.calls, 2);
	assert_int_equal(looked.args[1], 7);
	assert_int_equal(call(SYS_chroot, P("/nonexistent"), 0, 0, 0).error, ENOENT);
	assert_int_equal(looked.calls, 3);
	begin_again();
	go_quiet();
	assert_int_equal(tended.calls, 1); /* a last one */
	tended.calls = 0;
	assert_int_equal(dndprof_go.quieted, 1);
	assert_int_equal(dndprof_go_shards[0].writer->mask + 1,
			 MOST); /* all the room there will be */
	assert_int_equal(dndprof_go_shards[0].writer->grow_at, UINT64_MAX);
	visit(1);
	one_call();
	assert_int_equal(tended.calls, 0);
	assert_int_equal(call(SYS_unshare, 0, 0, 0, 0).error, 0);
	assert_int_equal(looked.calls, 3);
	looked.calls = 0;
	call(SYS_execve, P("/nonexistent"), 0, 0, 0);
	assert_int_equal(looked.calls, 1);
	/* What may lock us out is for C to see, with its arguments. */
	assert_int_equal(call(SYS_prctl, PR_SET_SECCOMP, 77, 88, 99).error, EINVAL);
	assert_int_equal(looked.calls, 2);
	assert_int_equal(looked.number, SYS_prctl);
	assert_int_equal(looked.args[0], PR_SET_SECCOMP);
	assert_int_equal(looked.args[1], 77);
	assert_int_equal(looked.args[2], 88);
	assert_int_equal(call(SYS_prctl, PR_SET_TSC, 77, 0, 0).error, EINVAL);
	assert_int_equal(looked.calls, 3);
	assert_int_equal(call(SYS_seccomp, 77, 88, 99, 0).error, EINVAL);
	assert_int_equal(looked.calls, 4);
	assert_int_equal(looked.number, SYS_seccomp);
	assert_int_equal(looked.args[2], 99);
	dndprof_recorder.no_syscalls = true;
	assert_int_equal(call(SYS_seccomp, 77, 88, 99, 0).error, EINVAL);
	call(SYS_execve, P("/nonexistent"), 0, 0, 0);
	assert_int_equal(looked.calls, 4);
	dndprof_recorder.no_syscalls = false;
	dndprof_go.quieted = 0;
}

/* ---- waits ---- */

/* Calls runtime.futex as Go does, arguments and result on the stack; true when what Go needs is as
 * it was. Nothing may be below the return address. */
static int go_futex(uint32_t *address, int op, uint32_t value, const struct timespec *timeout,
		    bool *kept)
{
	uint64_t frame[8] = {(uintptr_t)address,
			     (uint32_t)op | (uint64_t)value << 32,
			     (uintptr_t)timeout,
			     0,
			     0,
			     0};
	uint64_t out[3], *to = out;
	uint8_t *sp = stack_top + 16, *function = park_site;

	/* The return address goes to the lowest 8 bytes that can be touched; the frame lies above
	 * it. */
	memcpy(stack_top + 16, frame, sizeof(frame));
	__asm__ volatile("subq $128, %%rsp\n\t"
			 "pushq %%rbp\n\t"
			 "movq %%rsp, %%xmm14\n\t"
			 "movq %%rdx, %%xmm13\n\t"
			 "movq %%rcx, %%r10\n\t"
			 "movq %%rax, %%rsp\n\t"
			 "movq %3, %%r14\n\t"
			 "movq %4, %%rbp\n\t"
			 "callq *%%r10\n\t"
			 "movq %%xmm13, %%rdx\n\t"
			 "movq %%rbp, 0(%%rdx)\n\t"
			 "movq %%r14, 8(%%rdx)\n\t"
			 "movq %%rsp, 16(%%rdx)\n\t"
			 "movq %%xmm14, %%rsp\n\t"
			 "popq %%rbp\n\t"
			 "addq $128, %%rsp"
			 : "+a"(sp), "+c"(function), "+d"(to)
			 : "i"(GOROUTINE), "i"(FRAME)
			 : "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
			   "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			   "xmm13", "xmm14", "memory", "cc");
	*kept = out[0] == FRAME && out[1] == GOROUTINE && out[2] == (uintptr_t)stack_top + 16;
	return *(int *)(stack_top + 16 + 40);
}

static void waits(void **state)
{
	static const struct timespec two_ms = {0, 2000000};
	static const struct {
		int op;
		uint32_t value;
		const struct timespec *timeout;
		int result;
		bool recorded;
	} table[] = {
		{FUTEX_WAIT_PRIVATE, 1, NULL, -EAGAIN, true},
		{FUTEX_WAIT_PRIVATE, 0, &two_ms, -ETIMEDOUT, true},
		{FUTEX_WAIT, 1, NULL, -EAGAIN, true},
		{FUTEX_WAKE_PRIVATE, 1, NULL, 0, false},
		{FUTEX_WAIT_PRIVATE, 0, (const struct timespec *)8, -EFAULT, true},
	};
	struct dndprof_stats *stats = dndprof_go_shards[0].stats[DNDPROF_CALL_futex];
	const struct go_writer *park_ring = dndprof_go.park;
	uint64_t head = park_ring->ring->head, all = ring_head(), count = 0;
	uint32_t word = 0;
	bool kept;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(table); i++) {
		const struct dndprof_record *r = &park_ring->slots[head & park_ring->mask];
		int result = go_futex(&word, table[i].op, table[i].value, table[i].timeout, &kept);

		assert_int_equal(result, table[i].result);
		assert_true(kept);
		head += table[i].recorded;
		count += table[i].recorded;
		assert_int_equal(park_ring->ring->head, head);
		if (!table[i].recorded)
			continue;
		assert_int_equal(r->seq, head);
		assert_int_equal(r->call, DNDPROF_CALL_futex);
		assert_int_equal(r->result, result);
		assert_int_equal(r->error, -result);
		assert_int_equal(r->arg, (uintptr_t)&word);
		assert_int_equal(r->fd, -1);
		assert_int_equal(r->context, syscall(SYS_gettid));
	}
	assert_int_equal(stats->count, count);
	assert_int_equal(stats->retries, count); /* none is a failure */
	assert_int_equal(stats->errors, 0);
	assert_int_equal(ring_head(), all); /* other records keep their places */
	for (i = 0; i < 3 * (park_ring->mask + 1); i++)
		go_futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, &kept);
	head += 3 * (park_ring->mask + 1);
	for (i = 0; i <= park_ring->mask; i++)
		assert_int_equal(park_ring->slots[(head - 1 - i) & park_ring->mask].seq, head - i);
	/* not in a forked child */
	dndprof_fork_page.go = 0;
	assert_int_equal(go_futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, &kept), -EAGAIN);
	assert_int_equal(park_ring->ring->head, head);
	dndprof_fork_page.go = 1;
}

/* ---- the function of waits is found, or left alone ---- */

static void park_found(void **state)
{
	static _Alignas(64) uint8_t text[4096];
	size_t at, i;

	(void)state;
	memset(text, 0xcc, sizeof(text));
	assert_int_equal(go_park_find(text, sizeof(text), &at), GO_REFUSAL_NO_SITE);
	memcpy(text + 96, park, sizeof(park));
	assert_int_equal(go_park_find(text, sizeof(text), &at), GO_REFUSAL_NONE);
	assert_int_equal(at, 96);
	assert_int_equal(go_park_find(text, 96 + 63, &at), GO_REFUSAL_NO_SITE);
	for (i = 0; i < sizeof(park); i++) { /* any other byte */
		text[96 + i] ^= 1;
		assert_int_equal(go_park_find(text, sizeof(text), &at), GO_REFUSAL_NO_SITE);
		text[96 + i] ^= 1;
	}
	memcpy(text + 2048, park, sizeof(park));
	assert_int_equal(go_park_find(text, sizeof(text), &at), GO_REFUSAL_TWO_SITES);
}

int main(void)
{
#define WITH_A_SOCKET(test) cmocka_unit_test_setup(test, a_socket)
	const struct CMUnitTest tests[] = {
		WITH_A_SOCKET(sample),	 WITH_A_SOCKET(full),
		WITH_A_SOCKET(growth),	 WITH_A_SOCKET(growth_under_way),
		WITH_A_SOCKET(division), WITH_A_SOCKET(quiet),
		WITH_A_SOCKET(waits),	 cmocka_unit_test(park_found),
	};

	return cmocka_run_group_tests(tests, open_gate, NULL);
}
