/*
 * Tests of sampling in the Go gate: what the stub leaves out and what it never does, with which
 * weight the rest stands, and that the rate follows what recording costs. 1,000 seeds tell that
 * totals are right in the mean.
 * cflags: shim/go/amd64.S
 */
#include "support/go_function.h"

#include <math.h>
#include <signal.h>
#include <sys/uio.h>

#define RATE  10
#define TIMES 300
#define SEEDS 1000
#define CALLS 200

static int plain[2], web[2], letters[2], closed[2], fresh[2];
static const char bytes[64] = "nothing that begins as a message does";
static char room[4096];

static struct dndprof_stats *counters(unsigned id)
{
	return dndprof_go_shards[0].stats[id];
}

static struct dndprof_ring *ring(void)
{
	return dndprof_go_shards[0].writer->ring;
}

static uint64_t left(void)
{
	return ring()->sampled & DNDPROF_RING_SAMPLED;
}

/* The file is as it was made, the pairs are as new, and of a thousand calls one is kept. */
static int begin(void **state)
{
	int *const all[] = {plain, web, letters, closed, fresh};
	size_t i;

	(void)state;
	divided = true;
	dndprof_go.rate = 0;
	ring()->head = ring()->sampled = 0;
	dndprof_go_shards[0].writer->grow_at = UINT64_MAX;
	for (i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i][1]) {
			call(SYS_close, (uint64_t)all[i][0], 0, 0, 0);
			call(SYS_close, (uint64_t)all[i][1], 0, 0, 0);
		}
		assert_int_equal(
			call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, P(all[i]))
				.error,
			0);
	}
	call(SYS_close, (uint64_t)closed[1], 0, 0, 0);
	for (i = 0; i < 2; i++) /* what it begins with has been seen */
		dndprof_go_class[plain[i]] |= GO_IS_BEGUN;
	for (i = 0; i < ARRAY_LEN(dndprof_go_again); i++)
		dndprof_go_again[i] = 0;
	for (i = 0; i < 256; i++)
		if (counters((unsigned)i)) {
			forget_counts(counters((unsigned)i));
			counters((unsigned)i)->min = 0; /* none is the quickest or the slowest */
			counters((unsigned)i)->max = UINT64_MAX;
		}
	ring()->head = ring()->sampled = 0;
	dndprof_go.certain = UINT64_MAX;
	dndprof_go.rate = RATE;
	return 0;
}

static uint64_t in_histogram(const struct dndprof_stats *stats)
{
	uint64_t sum = stats->zero;
	size_t i, j;

	for (i = 0; i < OCTAVES; i++)
		for (j = 0; stats->octave[i] && j < DNDPROF_BUCKETS; j++)
			sum += ((uint64_t *)(file + stats->octave[i]))[j];
	return sum;
}

/* ---- what is left out ---- */

static void drawn(void **state)
{
	struct dndprof_stats *writes = counters(DNDPROF_CALL_write);
	struct dndprof_stats *reads = counters(DNDPROF_CALL_read);
	uint64_t sum[2] = {0, 0}, weight[2] = {0, 0}, i;
	const unsigned rounds = 4000;

	(void)state;
	dndprof_go.rate = 4;
	for (i = 0; i < rounds; i++) {
		call(SYS_write, (uint64_t)plain[0], P(bytes), sizeof(bytes), 0);
		call(SYS_read, (uint64_t)plain[1], P(room), sizeof(room), 0);
	}
	assert_int_equal(writes->count, rounds);
	assert_int_equal(reads->count, rounds);
	assert_int_equal(writes->bytes, rounds * sizeof(bytes));
	assert_int_equal(reads->bytes, rounds * sizeof(bytes));
	assert_int_equal(writes->errors + writes->retries + reads->errors + reads->retries, 0);
	assert_int_equal(ring_head() + left(), 2 * rounds);
	assert_in_range(ring_head(), 2 * rounds / 16 - 150, 2 * rounds / 16 + 150);
	assert_true(ring_head() <= dndprof_go_shards[0].writer->mask + 1);
	for (i = 0; i < ring_head(); i++) {
		const struct dndprof_record *r = record(i);
		bool read = r->call == DNDPROF_CALL_read;

		assert_int_equal(r->weight_log2, 4);
		assert_int_equal(r->error, 0);
		assert_int_equal(r->slots, 1);
		assert_int_equal(r->kind, DNDPROF_KIND_CALL);
		assert_int_equal(r->result, sizeof(bytes));
		assert_int_equal(r->fd, plain[read]);
		assert_int_equal(r->arg, read ? sizeof(room) : sizeof(bytes));
		assert_int_equal(r->context, GOROUTINE);
		assert_int_equal(r->generation, dndprof_go_generation[plain[read]]);
		weight[read] += 1u << r->weight_log2;
		sum[read] += r->duration << r->weight_log2;
	}
	/* Times are those of what was kept, each for sixteen. */
	assert_int_equal(writes->sum, sum[0]);
	assert_int_equal(reads->sum, sum[1]);
	assert_int_equal(in_histogram(writes), weight[0]);
	assert_int_equal(in_histogram(reads), weight[1]);
}

/* ---- what never is ---- */

static void writes_to(int fd, const char *text, size_t n)
{
	uint64_t r = call(SYS_write, (uint64_t)fd, P(text), n, 0).r1;

	assert_int_equal(r, n);
}

static void taken(const int pair[2])
{
	while (read(pair[1], room, sizeof(room)) > 0)
		;
}

static void failed(void)
{
	assert_int_equal(call(SYS_write, (uint64_t)closed[0], P(bytes), 1, 0).error, EPIPE);
}

static void other_calls(void)
{
	assert_int_equal(call(SYS_shutdown, (uint64_t)plain[0], 99, 0, 0).error, EINVAL);
}

static void would_block(void)
{
	assert_int_equal(call(SYS_read, (uint64_t)plain[1], P(room), 1, 0).error, EAGAIN);
}

/* The attempt and the success after it, and no more than that. */
static void ended_wait(void)
{
	would_block();
	assert_int_equal(write(plain[0], "xy", 2), 2);
	assert_int_equal(call(SYS_read, (uint64_t)plain[1], P(room), 2, 0).r1, 2);
	assert_int_equal(((uint8_t *)dndprof_go_again)[plain[1]], 0);
}

static void end_of_stream(void)
{
	assert_int_equal(call(SYS_read, (uint64_t)closed[0], P(room), 1, 0).r1, 0);
}

static void exchange(void)
{
	static const char request[] = "GET /a HTTP/1.1\r\n\r\n",
			  answer[] = "HTTP/1.1 200 OK\r\n\r\n";

	writes_to(web[0], request, sizeof(request) - 1);
	call(SYS_read, (uint64_t)web[1], P(room), sizeof(room), 0);
	writes_to(web[1], answer, sizeof(answer) - 1);
	call(SYS_read, (uint64_t)web[0], P(room), sizeof(room), 0);
	writes_to(web[1], bytes, sizeof(bytes)); /* a body */
	call(SYS_read, (uint64_t)web[0], P(room), sizeof(room), 0);
}

/* A request on a connection of which nothing was known but that it is none of HTTP. */
static void first_request(void)
{
	static const char request[] = "POST /a HTTP/1.1\r\n\r\n";

	writes_to(plain[0], request, sizeof(request) - 1);
	dndprof_go_http[plain[0]] = 0;
	taken(plain);
}

static void first_letter(void)
{
	assert_int_equal(write(letters[0], "G", 1), 1);
	assert_int_equal(call(SYS_read, (uint64_t)letters[1], P(room), 1, 0).r1, 1);
	assert_int_equal(dndprof_go_http[letters[1]], 'G' - 'A' + 1);
	dndprof_go_http[letters[1]] = 0;
}

/* Nor the first bytes of a connection, by which encryption is known. */
static void first_bytes(void)
{
	dndprof_go_class[fresh[0]] &= (uint8_t) ~(GO_IS_BEGUN | GO_IS_OPAQUE);
	writes_to(fresh[0], "\x16\x03\x01 nothing to be seen", 20);
	assert_true(dndprof_go_class[fresh[0]] & GO_IS_OPAQUE);
	taken(fresh);
}

static void list(void)
{
	struct iovec parts[2] = {{(void *)8, 0}, {(void *)bytes, sizeof(bytes)}};

	assert_int_equal(call(SYS_writev, (uint64_t)plain[0], P(parts), 2, 0).r1, sizeof(bytes));
	taken(plain);
}

static void netlink(void)
{
	dndprof_go_class[fresh[0]] |= GO_IS_NETLINK | GO_IS_BEGUN;
	writes_to(fresh[0], bytes, sizeof(bytes));
	dndprof_go_class[fresh[0]] &= (uint8_t)~GO_IS_NETLINK;
	taken(fresh);
}

static void slow(void)
{
	dndprof_go.certain = 1;
	writes_to(plain[0], bytes, sizeof(bytes));
	dndprof_go.certain = UINT64_MAX;
	taken(plain);
}

static void quickest(void)
{
	counters(DNDPROF_CALL_write)->min = UINT64_MAX;
	writes_to(plain[0], bytes, sizeof(bytes));
	taken(plain);
}

static void slowest(void)
{
	counters(DNDPROF_CALL_write)->max = 0;
	writes_to(plain[0], bytes, sizeof(bytes));
	counters(DNDPROF_CALL_write)->max = UINT64_MAX;
	taken(plain);
}

/* And one that is, so that these tests can fail. */
static void a_write(void)
{
	writes_to(plain[0], bytes, sizeof(bytes));
	taken(plain);
}

static void kept(void **state)
{
	static const struct {
		void (*made)(void);
		unsigned calls;
	} table[] = {
		{failed, 1},	    {other_calls, 1}, {would_block, 1},	  {ended_wait, 2},
		{end_of_stream, 1}, {exchange, 6},    {first_request, 1}, {first_letter, 1},
		{first_bytes, 1},   {list, 1},	      {netlink, 1},	  {slow, 1},
		{quickest, 1},	    {slowest, 1},
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(table); i++) {
		uint64_t records = 0;

		begin(NULL);
		for (j = 0; j < TIMES; j++) {
			uint64_t head = ring_head();

			table[i].made();
			for (; head < ring_head(); head += record(head)->slots, records++)
				assert_int_equal(record(head)->weight_log2, 0);
		}
		if (records != table[i].calls * TIMES || left())
			fail_msg("row %zu: %lu records, %lu left out", i, records, left());
	}
	begin(NULL);
	for (j = 0; j < TIMES; j++)
		a_write();
	assert_in_range(left(), TIMES - 10, TIMES);
}

/* ---- the mean of many runs ---- */

/* What comes after a write of a byte, which began at `start`. */
static void after(uint64_t start)
{
	register uint64_t r12 __asm__("r12") = start;
	register uint64_t r13 __asm__("r13") = 1;
	register uint64_t r15 __asm__("r15") = dndprof_go_calls[SYS_write];
	uint64_t rax = 1, rbx = GO_IS_SOCKET | GO_IS_BEGUN, rdx = 1, rsi = P(bytes);
	uint64_t rdi = (uint64_t)plain[0];

	__asm__ volatile("subq $128, %%rsp\n\t"
			 "callq dndprof_go_after\n\t"
			 "addq $128, %%rsp"
			 : "+a"(rax), "+b"(rbx), "+d"(rdx), "+D"(rdi), "+S"(rsi), "+r"(r12),
			   "+r"(r13), "+r"(r15)
			 :
			 : "rcx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			   "xmm5", "xmm6", "xmm7", "memory", "cc");
}

struct moments {
	double sum, square;
};

static void add(struct moments *m, double v)
{
	m->sum += v;
	m->square += v * v;
}

static void in_the_mean(struct moments *m, double truth)
{
	double mean = m->sum / SEEDS, error = sqrt((m->square / SEEDS - mean * mean) / SEEDS);

	assert_true(error > 0 && error < 0.02 * truth);
	assert_true(fabs(mean - truth) < 5 * error);
}

/* A sixteenth of calls, of very different length, each run from another tick on: figures are shares
 * of what was really so. */
static void totals(void **state)
{
	struct dndprof_stats *writes = counters(DNDPROF_CALL_write);
	struct moments count = {0, 0}, duration = {0, 0};
	uint64_t seed, i;

	(void)state;
	dndprof_go.rate = 4;
	for (seed = 1; seed <= SEEDS; seed++) {
		double truth = 0, kept_count = 0, kept_duration = 0;

		ring()->head = ring()->sampled = 0;
		writes->count = 0;
		for (i = 0; i < CALLS; i++) {
			uint64_t mix = (seed * CALLS + i) * 2654435761u;
			uint64_t start = counter_read() - (1u << 16) - mix % 1024 * (mix % 1024);

			after(start);
			truth += (double)(counter_read() - start);
		}
		assert_int_equal(writes->count, CALLS);
		assert_int_equal(ring_head() + left(), CALLS);
		for (i = 0; i < ring_head(); i++) {
			kept_count += 1u << record(i)->weight_log2;
			kept_duration += (double)(record(i)->duration << record(i)->weight_log2);
		}
		add(&count, kept_count / CALLS);
		add(&duration, kept_duration / truth);
	}
	in_the_mean(&count, 1);
	in_the_mean(&duration, 1);
}

/* ---- the rate ---- */

#define LOOK 1000000

static uint64_t now_ticks;

static void rate_begins(uint64_t budget)
{
	begin(NULL);
	dndprof_go.rate = 0;
	dndprof_recorder.header->features = 0;
	dndprof_recorder.header->go_price = 100;
	sampling_start(&(struct sampling){
		.budget = budget, .look = LOOK, .slow = 12345, .least = 20 * LOOK});
	assert_int_equal(go_rate_start() - last.begun, CALM_LOOKS * LOOK);
	assert_int_equal(dndprof_go.certain, 12345);
	now_ticks = last.begun;
}

/* `calls` a look; the rate after so many looks. */
static unsigned rate_after(unsigned looks, uint64_t calls)
{
	while (looks--) {
		uint64_t records = calls >> dndprof_go.rate, next;

		ring()->head += records;
		ring()->sampled += calls - records;
		now_ticks += LOOK;
		next = go_rate_look(now_ticks) - now_ticks;
		assert_int_equal(next, dndprof_go.rate ? LOOK : CALM_LOOKS * LOOK);
	}
	return dndprof_go.rate;
}

static void rate(void **state)
{
	(void)state;
	rate_begins(50000); /* a record costs 100 ticks, 5 % are 50,000 of a look's million */
	assert_int_equal(rate_after(19, 5000), 0); /* its first time is whole */
	assert_int_equal(rate_after(20, 400), 0);  /* 4 % */
	assert_int_equal(dndprof_recorder.header->features & DNDPROF_FEATURE_WEIGHTS, 0);
	assert_int_equal(ring()->sampled, 0);
	dndprof_go_again[GO_FD_MAX / 8 - 1] = 0;
	/* 6 %; with one of four kept, and 0.7 of a price for the others, 4.7 % */
	assert_int_equal(rate_after(1, 600), 1);
	assert_true(dndprof_recorder.header->features & DNDPROF_FEATURE_WEIGHTS);
	assert_int_equal(dndprof_go_again[GO_FD_MAX / 8 - 1], 0x0303030303030303);
	assert_int_equal(rate_after(20, 600), 2);
	assert_int_equal(ring()->sampled >> DNDPROF_RING_RATE_SHIFT, 2);
	assert_int_equal(rate_after(30, 5000), SAMPLING_RATE_MOST);
	assert_int_equal(ring()->sampled >> DNDPROF_RING_RATE_SHIFT, SAMPLING_RATE_MOST);
	/* A bigger ring knows, too. */
	dndprof_recorder.max_slots = 1 << 20;
	dndprof_go_shards[0].writer->grow_at = 1;
	assert_true(grow(&dndprof_go_shards[0]));
	assert_int_equal(ring()->head, 0);
	assert_int_equal(ring()->sampled, (uint64_t)SAMPLING_RATE_MOST << DNDPROF_RING_RATE_SHIFT);
	assert_int_equal(rate_after(1, 400), 0); /* calm: all again */
	assert_int_equal(rate_after(12, 5000), SAMPLING_RATE_MOST);
	go_rate_end();
	assert_int_equal(dndprof_go.rate, 0);
}

/* Looks that come too soon, as when rings get full, change nothing. */
static void too_soon(void **state)
{
	int i;

	(void)state;
	rate_begins(0);
	rate_after(20, 5000);
	assert_int_equal(dndprof_go.rate, 1);
	for (i = 0; i < 100; i++) {
		ring()->head += 1000;
		go_rate_look(now_ticks + LOOK / 4);
	}
	assert_int_equal(dndprof_go.rate, 1);
	go_rate_end();
}

/* Where there are no records, or all are wanted, or nobody may look, nothing is left out. */
static void never(void **state)
{
	bool *const reasons[] = {&dndprof_recorder.records, &dndprof_recorder.full};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		rate_begins(0);
		*reasons[i] = !*reasons[i];
		assert_int_equal(go_rate_start(), UINT64_MAX);
		ring()->head += 100000;
		assert_int_equal(go_rate_look(now_ticks + 1000 * LOOK), UINT64_MAX);
		assert_int_equal(dndprof_go.rate, 0);
		*reasons[i] = !*reasons[i];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(drawn, begin),
		cmocka_unit_test(kept),
		cmocka_unit_test_setup(totals, begin),
		cmocka_unit_test(rate),
		cmocka_unit_test(too_soon),
		cmocka_unit_test(never),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, open_gate, NULL);
}
