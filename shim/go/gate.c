/*
 * gate.c - see gate.h: the stub's state, the table of calls it records, and the patch.
 *
 * Everything the stub needs is made here beforehand: it can neither allocate nor wait.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "go/gate.h"
#include "go/price.h"
#include "go/rate.h"
#include "go/state.h"
#include "recorder/arena.h"
#include "recorder/file.h"
#include "recorder/modules.h"
#include "recorder/sample.h"

struct go_gate dndprof_go = {.due = UINT64_MAX};
struct go_shard dndprof_go_shards[GO_SHARDS];
uint8_t dndprof_go_class[GO_FD_MAX] HIDDEN;
uint8_t dndprof_go_http[GO_FD_MAX + 4] HIDDEN; /* its end is changed by words */
uint64_t dndprof_go_again[GO_FD_MAX / 8];
uint32_t dndprof_go_generation[GO_FD_MAX] HIDDEN;
extern const uint32_t dndprof_go_calls[GO_NUMBERS] HIDDEN;
extern char dndprof_go_before[] HIDDEN, dndprof_go_after[] HIDDEN;
extern char dndprof_go_park_before[] HIDDEN, dndprof_go_park_after[] HIDDEN;

#define AT(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), "layout.h")
AT(go_gate, resume, GO_RESUME);
AT(go_gate, file, GO_FILE);
AT(go_gate, capacity, GO_CAPACITY);
AT(go_gate, losses, GO_LOSSES);
AT(go_gate, pid, GO_PID);
AT(go_gate, quieted, GO_QUIETED);
AT(go_gate, park_resume, GO_PARK_RESUME);
AT(go_gate, park, GO_PARK);
AT(go_gate, slow, GO_SLOW);
AT(go_gate, sharded, GO_SHARDED);
AT(go_gate, rate, GO_RATE);
AT(go_gate, due, GO_DUE);
AT(go_gate, certain, GO_CERTAIN);
AT(go_gate, only, GO_ONLY);
AT(go_shard, writer, SHARD_WRITER);
AT(go_shard, pool, SHARD_POOL);
AT(go_shard, pool_end, SHARD_POOL_END);
AT(go_shard, stats, SHARD_STATS);
AT(go_writer, ring, WRITER_RING);
AT(go_writer, slots, WRITER_SLOTS);
AT(go_writer, mask, WRITER_MASK);
AT(go_writer, grow_at, WRITER_GROW);
AT(recorder, no_syscalls, RECORDER_NO_SYSCALLS);
AT(dndprof_ring, head, RING_HEAD);
AT(dndprof_ring, sampled, RING_SAMPLED);
AT(dndprof_stats, count, STATS_COUNT);
AT(dndprof_stats, errors, STATS_ERRORS);
AT(dndprof_stats, retries, STATS_RETRIES);
AT(dndprof_stats, bytes, STATS_BYTES);
AT(dndprof_stats, sum, STATS_SUM);
AT(dndprof_stats, min, STATS_MIN);
AT(dndprof_stats, max, STATS_MAX);
AT(dndprof_stats, zero, STATS_ZERO);
AT(dndprof_stats, octave, STATS_OCTAVE);
AT(dndprof_record, start, RECORD_START);
AT(dndprof_record, duration, RECORD_DURATION);
AT(dndprof_record, result, RECORD_RESULT);
AT(dndprof_record, fd, RECORD_FD);
AT(dndprof_record, generation, RECORD_GENERATION);
AT(dndprof_record, arg, RECORD_ARG);
AT(dndprof_record, call, RECORD_CALL);
AT(dndprof_record, kind, RECORD_KIND);
AT(dndprof_record, slots, RECORD_SLOTS);
AT(dndprof_record, payload, RECORD_PAYLOAD);
AT(dndprof_record, weight_log2, RECORD_ERROR - 1);
AT(dndprof_record, error, RECORD_ERROR);
AT(dndprof_record, flags, RECORD_FLAGS);
AT(dndprof_record, context, RECORD_CONTEXT);
AT(dndprof_more, data, MORE_DATA);
AT(dndprof_more, length, MORE_LENGTH);
AT(dndprof_more, kind, MORE_KIND);
AT(dndprof_more, owner, MORE_OWNER);
AT(dndprof_http, content_length, HTTP_LENGTH);
AT(dndprof_http, head_bytes, HTTP_HEAD);
AT(fork_page, go, FORK_PAGE_GO);
#define IS(a, b) _Static_assert((int)(a) == (int)(b), "layout.h")
IS(sizeof(struct go_shard), SHARD_BYTES);
IS(sizeof(struct dndprof_http), HTTP_BYTES);
IS(DNDPROF_MORE_BYTES, MORE_BYTES);
IS(DNDPROF_OCTAVES, OCTAVES);
IS(DNDPROF_BUCKETS * 8, OCTAVE_BYTES);
IS(DNDPROF_KIND_CALL, KIND_CALL);
IS(DNDPROF_KIND_MORE, KIND_MORE);
IS(DNDPROF_KIND_EXTRA, KIND_EXTRA);
IS(DNDPROF_CALL_futex, CALL_FUTEX);
IS(DNDPROF_PAYLOAD_REQUEST, PAYLOAD_REQUEST);
IS(DNDPROF_PAYLOAD_RESPONSE, PAYLOAD_RESPONSE);
IS(DNDPROF_PAYLOAD_ADDRESS, PAYLOAD_ADDRESS);
IS(DNDPROF_PAYLOAD_DNS, PAYLOAD_DNS);
IS(DNDPROF_PAYLOAD_STACK, PAYLOAD_STACK);
IS(DNDPROF_PAYLOAD_PATH, PAYLOAD_PATH);
IS(DNDPROF_PAYLOAD_NETLINK, PAYLOAD_NETLINK);
IS(DNDPROF_LINK_DOCKER0, LINK_DOCKER0);
IS(DNDPROF_LINK_OTHER, LINK_OTHER);
IS(DNDPROF_QUERY_follow, 1);
IS(DNDPROF_QUERY_until, 1 << (QUERIES - 1));
IS(DNDPROF_HTTP_QUERY, FLAG_QUERY);
IS(DNDPROF_HTTP_TRUNCATED, FLAG_TRUNCATED);
IS(DNDPROF_HTTP_INCOMPLETE, FLAG_INCOMPLETE);
IS(DNDPROF_LOSS_NO_HISTOGRAM * 8, LOSS_NO_HISTOGRAM);
IS(DNDPROF_LOSS_FD_RANGE * 8, LOSS_FD_RANGE);
IS(DNDPROF_RECORD_SENT, GO_SENT >> 11);
IS(DNDPROF_RECORD_RECEIVED, GO_RECEIVED >> 11);
IS(DNDPROF_RECORD_PEEK, GO_IS_PEEK);
IS(DNDPROF_RECORD_TLS, GO_IS_TLS);
IS(DNDPROF_RECORD_UNIX, GO_IS_UNIX);
IS(DNDPROF_RECORD_INET, GO_IS_INET);
_Static_assert((int)DNDPROF_CALL_COUNT <= 256, "an entry has a byte for the call");

/* Subject and result of a call come from calls.h. */
enum {
	SUBJECT_NONE = 0,
	SUBJECT_FD = GO_FD,
	SUBJECT_NEWFD = GO_NEWFD,
	RESULT_BYTES = GO_BYTES,
	RESULT_ZERO = 0,
	RESULT_NUMBER = 0,
	RESULT_COUNT = 0,
	RESULT_VOID = 0,
	RESULT_ERROR = 0,
};
#define ROW(id, category, subject, result) GO_ROW_##id = (int)SUBJECT_##subject | RESULT_##result,
enum { DNDPROF_CALLS(ROW) };
#undef ROW

/* X(system call and call, what is special) */
#define GO_CALLS(X)                                             \
	X(socket, GO_MAKES)                                     \
	X(socketpair, GO_PAIR)                                  \
	X(connect, GO_SOCKET | GO_ADDRESS)                      \
	X(accept, GO_ACCEPTS)                                   \
	X(accept4, GO_ACCEPTS)                                  \
	X(listen, GO_SOCKET)                                    \
	X(bind, GO_SOCKET | GO_ADDRESS)                         \
	X(shutdown, GO_SOCKET)                                  \
	X(getsockopt, GO_SOCKET | GO_ERROR)                     \
	X(close, GO_SOCKET | GO_CLOSES)                         \
	X(dup, GO_SOCKET | GO_COPIES)                           \
	X(dup2, GO_COPIES | GO_ONTO)                            \
	X(dup3, GO_COPIES | GO_ONTO)                            \
	X(fcntl, GO_SOCKET | GO_COPIES | GO_FCNTL)              \
	X(read, GO_SOCKET | GO_RECEIVED | GO_HEAD)              \
	X(readv, GO_SOCKET | GO_RECEIVED | GO_HEAD | GO_VECTOR) \
	X(recvfrom, GO_SOCKET | GO_RECEIVED | GO_PEEK)          \
	X(recvmsg, GO_SOCKET | GO_RECEIVED)                     \
	X(recvmmsg, GO_SOCKET | GO_RECEIVED)                    \
	X(write, GO_SOCKET | GO_SENT | GO_HEAD)                 \
	X(writev, GO_SOCKET | GO_SENT | GO_HEAD | GO_VECTOR)    \
	X(sendto, GO_SOCKET | GO_SENT | GO_HEAD)                \
	X(sendmsg, GO_SOCKET | GO_SENT)                         \
	X(sendmmsg, GO_SOCKET | GO_SENT)                        \
	X(sendfile, GO_SOCKET | GO_SENT)                        \
	X(splice, GO_SOCKET | GO_RECEIVED)                      \
	X(wait4, GO_STATUS)                                     \
	X(waitid, GO_CHILD)                                     \
	X(execve, GO_EXEC)                                      \
	X(execveat, GO_EXEC)                                    \
	X(openat, GO_FORGET)

#define ENTRY(name, special) \
	[SYS_##name] = (uint32_t)DNDPROF_CALL_##name | (uint32_t)GO_ROW_##name | (special),
const uint32_t dndprof_go_calls[GO_NUMBERS] = {
	GO_CALLS(ENTRY)
		/* Closings nobody saw may have left a number that is a file now. */
		[SYS_open] = GO_FORGET,
	[SYS_prctl] = GO_QUIET,
	[SYS_seccomp] = GO_QUIET,
	[SYS_chroot] = GO_QUIET,
	[SYS_pivot_root] = GO_QUIET,
	[SYS_setns] = GO_QUIET,
	[SYS_unshare] = GO_QUIET,
};
#undef ENTRY

/* ---- rings ---- */

enum {
	FIRST_SEGMENTS = 4, /* 1,024 slots: a page is 0.1 us of every start */
	PARK_SEGMENTS = 3,
	GROWTH = 2,		 /* segments a bigger ring has more: four times the room */
	FILE_ROOMY = 512 * 1024, /* in a smaller file all this is as small as can be */
};

static struct go_writer park_writer;
static bool divided; /* or tried to be */

static bool is_roomy(void)
{
	return file_room() >= FILE_ROOMY;
}

static uint64_t slots_of(unsigned count)
{
	return (uint64_t)RING_BASE_SLOTS << (count - 1);
}

static bool make_writer(struct go_writer *w, uint32_t kind, unsigned count)
{
	w->ring = ring_make(kind, count, ARENA_RECORDS, &w->slots);
	w->mask = slots_of(count) - 1;
	w->grow_at = UINT64_MAX;
	/* Before it is full: other threads write on while a bigger one is made. */
	if (kind == DNDPROF_RING_GO && slots_of(count) < dndprof_recorder.max_slots)
		w->grow_at = slots_of(count) / 4 * 3;
	if (w->ring)
		go_rate_ring(w->ring);
	return w->ring != NULL;
}

/* A bigger ring after the newest, which stays as it is. One thread at a time: who takes the mark.
 */
static bool grow(struct go_shard *shard)
{
	struct go_writer *old = load_acquire(&shard->writer), *w = old + 1;

	if (!old || __atomic_exchange_n(&old->grow_at, UINT64_MAX, __ATOMIC_ACQ_REL) == UINT64_MAX)
		return false;
	shard->segments += GROWTH;
	if (shard->segments > DNDPROF_RING_SEGMENTS ||
	    !make_writer(w, DNDPROF_RING_GO, shard->segments))
		return false;
	store_release(&shard->writer, w);
	return true;
}

/* Counters of every call of the table, and room for their histograms: eight octaves a call for all
 * of them together, of which most are never made. The first shard's are what shared ones are to
 * threads: kept for when all else is full. */
static bool make_counters(struct go_shard *shard)
{
#define ID(name, special) DNDPROF_CALL_##name,
	static const uint8_t ids[] = {DNDPROF_CALL_null_go, GO_CALLS(ID) DNDPROF_CALL_futex};
#undef ID
	const size_t pool = ARRAY_LEN(ids) * (is_roomy() ? 8 : 2) * OCTAVE_BYTES;
	struct dndprof_stats *stats =
		arena_alloc(ARRAY_LEN(ids) * sizeof(*stats) + pool,
			    shard == dndprof_go_shards ? ARENA_SHARED : ARENA_STATS);
	unsigned i;

	if (!stats)
		return false;
	for (i = 0; i < ARRAY_LEN(ids); i++) {
		stats[i].call = ids[i];
		stats[i].min = UINT64_MAX;
		shard->stats[ids[i]] = &stats[i];
		shard->rings[0].ring->stats[ids[i]] = arena_offset(&stats[i]);
	}
	shard->pool = arena_offset(&stats[i]);
	shard->pool_end = shard->pool + pool;
	return true;
}

static bool make_shard(struct go_shard *shard)
{
	shard->segments = is_roomy() ? FIRST_SEGMENTS : 1;
	if (!make_writer(&shard->rings[0], DNDPROF_RING_GO, shard->segments) ||
	    !make_counters(shard))
		return false;
	store_release(&shard->writer, dndprof_recorder.records ? &shard->rings[0] : NULL);
	return true;
}

/* A shard for each processor, but at most GO_SHARDS: for a program that makes calls by the hundred,
 * in others one ring and its counters are 0.1 ms of start-up that suffice. */
static void divide(void)
{
	uint64_t mask[128];
	unsigned i, processors = 0, shards = 1;

	if (__atomic_exchange_n(&divided, true, __ATOMIC_RELAXED))
		return;
	for (i = 0; i < ARRAY_LEN(mask); i++)
		mask[i] = 0;
	sys3(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	for (i = 0; i < ARRAY_LEN(mask); i++)
		processors += (unsigned)__builtin_popcountll(mask[i]);
	while (shards < processors && shards < GO_SHARDS)
		shards *= 2;
	if (shards == 1 || !go_processor_told())
		return;
	for (i = 1; i < shards; i++)
		if (!make_shard(&dndprof_go_shards[i]))
			return;
	store_release(&dndprof_go.sharded, shards - 1);
}

/* When a sample is due, or the rate is to be looked at. */
static void visit_at(uint64_t look)
{
	uint64_t sample = load_relaxed(&dndprof_sample_due);

	store_relaxed(&dndprof_go.due, look < sample ? look : sample);
}

/* What the stub comes to C for: on a stack of ours, all signals held. A ring that gets full
 * meanwhile asks for the next visit before its room is looked at here, or is seen there. */
HIDDEN __attribute__((used)) void dndprof_go_tend(void)
{
	uint64_t ticks = counter_read();
	unsigned i;

	sample_due(ticks);
	visit_at(go_rate_look(ticks));
	for (i = 0; i < GO_SHARDS; i++) {
		struct go_shard *shard = &dndprof_go_shards[i];
		struct go_writer *w = load_acquire(&shard->writer);

		if (!w || load_relaxed(&w->ring->head) < load_relaxed(&w->grow_at))
			continue;
		divide();
		grow(shard);
	}
}

void go_quiet(void)
{
	unsigned i;

	sample_take(SAMPLE_PERIODIC);
	for (i = 0; i < GO_SHARDS; i++)
		while (grow(&dndprof_go_shards[i]))
			;
	go_rate_end();
	store_relaxed(&dndprof_go.quieted, 1);
}

static bool make_state(const struct go_program *program)
{
	if (!make_writer(&park_writer, DNDPROF_RING_PARK, is_roomy() ? PARK_SEGMENTS : 1) ||
	    !make_shard(&dndprof_go_shards[0]))
		return false;
	dndprof_go.resume = (uintptr_t)program->site + GO_SITE_RESUME;
	dndprof_go.park_resume = (uintptr_t)program->park + GO_PARK_RESUME_AT;
	dndprof_go.park = &park_writer;
	dndprof_go.only = dndprof_recorder.full ? 0 : GO_SOCKET;
	if (dndprof_recorder.slow != UINT64_MAX) {
		dndprof_go.slow = dndprof_recorder.slow;
		module_write_program(program->base, program->headers, program->header_count);
	}
	dndprof_go.file = (char *)dndprof_recorder.header;
	dndprof_go.capacity = dndprof_recorder.capacity - OCTAVE_BYTES;
	dndprof_go.losses = dndprof_recorder.header->losses;
	dndprof_go.pid = dndprof_recorder.pid;
	return true;
}

/* What the stub costs, and what it adds to durations, before the first call that is the program's:
 * in a ring and in counters that are no part of the file, and in those of null_go. Their histogram
 * is made where the file has room for others, of which nothing tells a reader, and given back. */
static void calibrate(void)
{
	struct go_shard *shard = &dndprof_go_shards[0];
	struct go_writer *kept = shard->writer;
	struct dndprof_stats *reads = shard->stats[DNDPROF_CALL_read];
	struct dndprof_stats uncounted = {.call = DNDPROF_CALL_read, .min = UINT64_MAX};
	uint64_t pool, resume = dndprof_go.resume, slow = dndprof_go.slow, alone;
	struct dndprof_ring ring = {.kind = DNDPROF_RING_GO};
	struct dndprof_record slots[8];
	struct go_writer unseen = {&ring, slots, ARRAY_LEN(slots) - 1, UINT64_MAX};
	struct go_price price;

	shard->writer = kept ? &unseen : NULL;
	dndprof_go.slow = 0; /* that would follow the frames of a goroutine */
	dndprof_go.pid = 0;  /* no visits of gate.c: their way back leads through a call of Go's */
	dndprof_go_class[0] = GO_IS_SOCKET;
	dndprof_fork_page.go = 1;
	shard->stats[DNDPROF_CALL_read] = shard->stats[DNDPROF_CALL_null_go];
	alone = go_nothing(&dndprof_go.resume);
	shard->stats[DNDPROF_CALL_read] = &uncounted;
	pool = shard->pool;
	price = go_price(&dndprof_go.resume, &uncounted.sum, alone);
	memset(dndprof_go.file + pool, 0, shard->pool - pool);
	shard->pool = pool;
	shard->stats[DNDPROF_CALL_read] = reads;
	dndprof_recorder.header->go_price = price.ticks;
	dndprof_recorder.header->go_call_null = price.null;
	dndprof_fork_page.go = 0;
	dndprof_go_class[0] = 0;
	dndprof_go.pid = dndprof_recorder.pid;
	dndprof_go.slow = slow;
	dndprof_go.resume = resume;
	shard->writer = kept;
}

/* Sockets the program was started with. */
static void learn_inherited(void)
{
	int fd, family;
	socklen_t n;

	for (fd = 0; fd < 64; fd++) {
		n = sizeof(family);
		if (sys5(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &family, &n) < 0)
			continue;
		dndprof_go_class[fd] = GO_IS_SOCKET | (family == AF_UNIX ? GO_IS_UNIX : 0) |
				       (family == AF_INET || family == AF_INET6 ? GO_IS_INET : 0);
	}
}

/*
 * Code is written as a debugger writes it, through the process's own memory file: no page's
 * protection changes, so none can be left without its right to execute, and none is ever writable
 * and executable. Where the system forbids it nothing has been touched; a write that ends half-way
 * is taken back.
 */
static bool write_code(long fd, uint8_t *code, const uint8_t *bytes, long size)
{
	uint8_t before[GO_SITE_BYTES];
	long n;

	memcpy(before, code, size);
	n = sys4(SYS_pwrite64, fd, bytes, size, code);
	if (n > 0 && n < size)
		sys4(SYS_pwrite64, fd, before, n, code);
	return n == size;
}

/* The waits of threads are an extra: where they cannot be had, the rest still can. */
static bool patch(const struct go_program *program)
{
	uint8_t site[GO_PATCH_BYTES], park[GO_SITE_BYTES];
	long fd = sys3(SYS_openat, -100 /* AT_FDCWD */, "/proc/self/mem",
		       02 | 02000000 /* O_RDWR | O_CLOEXEC */);
	bool done;

	if (fd < 0)
		return false;
	go_site_patch(dndprof_go_before, dndprof_go_after, site);
	done = write_code(fd, program->site, site, sizeof(site));
	if (done && program->park && dndprof_go_shards[0].writer) {
		go_park_patch(dndprof_go_park_before, dndprof_go_park_after, park);
		write_code(fd, program->park, park, sizeof(park));
	}
	sys1(SYS_close, fd);
	return done;
}

enum go_refusal go_open(const struct go_program *program)
{
	if (program->refusal != GO_REFUSAL_NONE)
		return program->refusal;
	if (!dndprof_recorder.counter)
		return GO_REFUSAL_NO_CLOCK;
	if (!make_state(program))
		return GO_REFUSAL_NO_MEMORY;
	calibrate();
	learn_inherited();
	if (!patch(program))
		return GO_REFUSAL_PROTECTED;
	/* From here on there are threads that nobody here counts or could hide a descriptor from.
	 */
	dndprof_recorder.sample_rss = false;
	dndprof_recorder.header->gates |= DNDPROF_GATE_GO;
	visit_at(go_rate_start());
	store_release(&dndprof_fork_page.go, 1);
	return GO_REFUSAL_NONE;
}
