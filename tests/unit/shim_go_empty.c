/*
 * The empty interval of the Go gate: what the stub itself puts into a duration. Go's function,
 * patched, with the instruction that enters the kernel taken out. What is taken off a Go program's
 * durations was calibrated by shim/go/price.c; recorder/start.c does it in C: here both are held
 * against each other. And what that calibration leaves behind: nothing.
 * cflags: shim/go/amd64.S
 */
#include "support/go_function.h"

#include <sys/socket.h>
#include <time.h>
#include <x86intrin.h>

#define BATCHES 400
#define BATCH	64

static uint8_t *emptied;
static int pair[2];

/* Its jump before leads to a copy of the place where it enters the kernel, with two bytes that do
 * nothing in place of that. */
static int empty_gate(void **state)
{
	static const uint8_t nothing[] = {0x66, 0x90};

	if (open_gate(state))
		return -1;
	emptied = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(emptied, site, GO_SITE_BYTES);
	memcpy(emptied + GO_SITE_RESUME, nothing, sizeof(nothing));
	mprotect(emptied, 4096, PROT_READ | PROT_EXEC);
	return call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, P(pair)).error != 0;
}

static void nothing_done(void)
{
}

/* As calibrate() does. */
static double batch_in_c(void)
{
	void (*volatile function)(void) = nothing_done;
	uint64_t sum = 0;

	for (int i = 0; i < BATCH; i++) {
		uint64_t start = __rdtsc();

		function();
		sum += __rdtsc() - start;
	}
	return (double)sum / BATCH;
}

/* shutdown, whose number is then its result: no error. */
static double batch_in_go(void)
{
	struct dndprof_stats *stats = dndprof_go_shards[0].stats[DNDPROF_CALL_shutdown];
	uint64_t before = stats->sum, count = stats->count;

	for (int i = 0; i < BATCH; i++) {
		uint64_t number = SYS_shutdown, fd = (uint64_t)pair[0], how = 99;

		__asm__ volatile("subq $128, %%rsp\n\t"
				 "callq *%3\n\t"
				 "addq $128, %%rsp"
				 : "+a"(number), "+b"(fd), "+c"(how)
				 : "r"(emptied)
				 : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
				   "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
				   "xmm7", "memory", "cc");
		assert_int_equal(number, SYS_shutdown);
	}
	assert_int_equal(stats->count, count + BATCH);
	return (double)(stats->sum - before) / BATCH;
}

static double clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* In turn, as both shall have the same weather; the middle of the batches' means. */
static void residual(void **state)
{
	static double c[BATCHES], go[BATCHES];
	double begun = clock_ns(), tick, left;
	uint64_t ticks = __rdtsc();

	(void)state;
	dndprof_go.resume = P(emptied + GO_SITE_RESUME);
	for (int i = 0; i < BATCHES; i++) {
		c[i] = batch_in_c();
		go[i] = batch_in_go();
	}
	dndprof_go.resume = P(site + GO_SITE_RESUME);
	tick = (clock_ns() - begun) / (double)(__rdtsc() - ticks);
	qsort(c, BATCHES, sizeof(*c), compare);
	qsort(go, BATCHES, sizeof(*go), compare);
	left = (go[BATCHES / 2] - c[BATCHES / 2]) * tick;
	print_message("empty interval in ns, min, P50, P99 and max of batches: C %.1f %.1f %.1f "
		      "%.1f, Go %.1f %.1f %.1f %.1f; residual %+.1f\n",
		      c[0] * tick, c[BATCHES / 2] * tick, c[BATCHES * 99 / 100] * tick,
		      c[BATCHES - 1] * tick, go[0] * tick, go[BATCHES / 2] * tick,
		      go[BATCHES * 99 / 100] * tick, go[BATCHES - 1] * tick, left);
	assert_true(go[0] > 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they slow down C alone */
	assert_true(left > -5 && left < 5);
#endif
}

#define PRICE_TRIES 200

/* Even where a sample is due and stacks are taken: no record, no count of a call of the program's,
 * nothing known of its descriptors, no visit of gate.c. A price is told where the machine lets it.
 */
static void calibration(void **state)
{
	struct dndprof_header *header = dndprof_recorder.header;
	const struct dndprof_stats *reads = dndprof_go_shards[0].stats[DNDPROF_CALL_read];
	struct dndprof_stats *null = dndprof_go_shards[0].stats[DNDPROF_CALL_null_go];
	const struct go_gate before = dndprof_go;
	uint64_t head = ring_head(), in_octaves = 0, mask = 1, pool, given_out = 0;
	unsigned told = 0;

	(void)state;
	dndprof_go.slow = 1;
	for (int i = 0; i < PRICE_TRIES; i++) {
		dndprof_go.due = 1;
		calibrate();
		header->go_price = 0;
		dndprof_go.due = before.due;
		forget_counts(null);
		pool = dndprof_go_shards[0].pool;
		calibrate();
		given_out += dndprof_go_shards[0].pool - pool;
		told += header->go_price && header->go_call_null != DNDPROF_NULL_UNKNOWN;
	}
	dndprof_fork_page.go = 1;
	assert_int_equal(dndprof_go.slow, 1);
	dndprof_go.slow = before.slow;
	assert_memory_equal(&dndprof_go, &before, sizeof(before));
	assert_ptr_equal(dndprof_go_shards[0].writer, &dndprof_go_shards[0].rings[0]);
	assert_ptr_equal(dndprof_go_shards[0].stats[DNDPROF_CALL_read], reads);
	assert_int_equal(ring_head(), head);
	assert_int_equal(reads->count + reads->sum + reads->zero + reads->max, 0);
	assert_int_equal(reads->min, UINT64_MAX);
	for (int i = 0; i < OCTAVES; i++)
		assert_int_equal(reads->octave[i], 0);
	assert_true(given_out < PRICE_TRIES * OCTAVE_BYTES / 2); /* but now and then to null_go */
	assert_int_equal(dndprof_go_class[0], 0);
	assert_int_equal(tended.calls, 0);
	syscall(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
	assert_int_equal(mask, 0);
	assert_int_equal(null->count, NULL_BATCHES * PRICE_CALLS);
	assert_int_equal(null->errors + null->retries, 0);
	for (int i = 0; i < OCTAVES; i++)
		for (int j = 0; null->octave[i] && j < DNDPROF_BUCKETS; j++)
			in_octaves += ((const uint64_t *)(file + null->octave[i]))[j];
	assert_int_equal(in_octaves + null->zero, null->count);
	assert_true(null->min <= null->max && null->sum >= null->count * null->min);
	assert_true(told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(residual),
					   cmocka_unit_test(calibration)};

	return cmocka_run_group_tests(tests, empty_gate, NULL);
}
