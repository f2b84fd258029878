/*
 * gate.c - see gate.h: the stub's state, the table of calls it records, and the patch.
 *
 * Everything the stub needs is made here beforehand: it can neither allocate nor wait.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "go/gate.h"
#include "go/layout.h"
#include "recorder/arena.h"

struct go_gate {
	uint64_t resume;	   /* address of the instruction that enters the kernel */
	struct dndprof_ring *ring; /* NULL: counters only */
	struct dndprof_record *slots;
	uint64_t mask;
	char *file;
	uint64_t capacity;
	uint64_t pool, pool_end; /* offsets in the file: histogram octaves not yet given out */
	uint64_t *losses;
	uint32_t pid, reserved;
	struct dndprof_stats *stats[256]; /* by call id */
};

#define HIDDEN __attribute__((visibility("hidden")))
struct go_gate dndprof_go HIDDEN;
uint8_t dndprof_go_class[GO_FD_MAX] HIDDEN;
uint8_t dndprof_go_http[GO_FD_MAX + 4] HIDDEN; /* its end is changed by words */
uint32_t dndprof_go_generation[GO_FD_MAX] HIDDEN;
extern const uint32_t dndprof_go_calls[GO_NUMBERS] HIDDEN;
extern char dndprof_go_before[] HIDDEN, dndprof_go_after[] HIDDEN;

#define AT(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), "layout.h")
AT(go_gate, resume, GO_RESUME);
AT(go_gate, ring, GO_RING);
AT(go_gate, slots, GO_SLOTS);
AT(go_gate, mask, GO_MASK);
AT(go_gate, file, GO_FILE);
AT(go_gate, capacity, GO_CAPACITY);
AT(go_gate, pool, GO_POOL);
AT(go_gate, pool_end, GO_POOL_END);
AT(go_gate, losses, GO_LOSSES);
AT(go_gate, pid, GO_PID);
AT(go_gate, stats, GO_STATS);
AT(dndprof_ring, head, RING_HEAD);
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
IS(sizeof(struct dndprof_http), HTTP_BYTES);
IS(DNDPROF_MORE_BYTES, MORE_BYTES);
IS(DNDPROF_OCTAVES, OCTAVES);
IS(DNDPROF_BUCKETS * 8, OCTAVE_BYTES);
IS(DNDPROF_KIND_CALL, KIND_CALL);
IS(DNDPROF_KIND_MORE, KIND_MORE);
IS(DNDPROF_PAYLOAD_REQUEST, PAYLOAD_REQUEST);
IS(DNDPROF_PAYLOAD_RESPONSE, PAYLOAD_RESPONSE);
IS(DNDPROF_PAYLOAD_ADDRESS, PAYLOAD_ADDRESS);
IS(DNDPROF_PAYLOAD_DNS, PAYLOAD_DNS);
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
#define GO_CALLS(X)                                    \
	X(socket, GO_MAKES)                            \
	X(socketpair, GO_PAIR)                         \
	X(connect, GO_SOCKET | GO_ADDRESS)             \
	X(accept, GO_ACCEPTS)                          \
	X(accept4, GO_ACCEPTS)                         \
	X(listen, GO_SOCKET)                           \
	X(bind, GO_SOCKET | GO_ADDRESS)                \
	X(shutdown, GO_SOCKET)                         \
	X(getsockopt, GO_SOCKET | GO_ERROR)            \
	X(close, GO_SOCKET | GO_CLOSES)                \
	X(dup, GO_SOCKET | GO_COPIES)                  \
	X(dup2, GO_COPIES | GO_ONTO)                   \
	X(dup3, GO_COPIES | GO_ONTO)                   \
	X(fcntl, GO_SOCKET | GO_COPIES | GO_FCNTL)     \
	X(read, GO_SOCKET | GO_RECEIVED | GO_HEAD)     \
	X(readv, GO_SOCKET | GO_RECEIVED)              \
	X(recvfrom, GO_SOCKET | GO_RECEIVED | GO_PEEK) \
	X(recvmsg, GO_SOCKET | GO_RECEIVED)            \
	X(recvmmsg, GO_SOCKET | GO_RECEIVED)           \
	X(write, GO_SOCKET | GO_SENT | GO_HEAD)        \
	X(writev, GO_SOCKET | GO_SENT)                 \
	X(sendto, GO_SOCKET | GO_SENT)                 \
	X(sendmsg, GO_SOCKET | GO_SENT)                \
	X(sendmmsg, GO_SOCKET | GO_SENT)               \
	X(sendfile, GO_SOCKET | GO_SENT)               \
	X(splice, GO_SOCKET | GO_RECEIVED)             \
	X(wait4, GO_STATUS)                            \
	X(waitid, GO_CHILD)                            \
	X(execve, GO_EXEC)                             \
	X(execveat, GO_EXEC)

#define ENTRY(name, special) \
	[SYS_##name] = (uint32_t)DNDPROF_CALL_##name | (uint32_t)GO_ROW_##name | (special),
const uint32_t dndprof_go_calls[GO_NUMBERS] = {
	GO_CALLS(ENTRY)
		/* Closings nobody saw may have left a number that is a file now. */
		[SYS_open] = GO_FORGET,
	[SYS_openat] = GO_FORGET,
};
#undef ENTRY

/* Counters of every call of the table, and room for their histograms: eight octaves a call for all
 * of them together, of which most are never made. */
static bool make_counters(struct dndprof_ring *ring)
{
#define ID(name, special) DNDPROF_CALL_##name,
	static const uint8_t ids[] = {GO_CALLS(ID)};
#undef ID
	enum { POOL = ARRAY_LEN(ids) * 8 * OCTAVE_BYTES };
	struct dndprof_stats *stats =
		arena_alloc(ARRAY_LEN(ids) * sizeof(*stats) + POOL, ARENA_STATS);
	unsigned i;

	if (!stats)
		return false;
	for (i = 0; i < ARRAY_LEN(ids); i++) {
		stats[i].call = ids[i];
		stats[i].min = UINT64_MAX;
		dndprof_go.stats[ids[i]] = &stats[i];
		ring->stats[ids[i]] = arena_offset(&stats[i]);
	}
	dndprof_go.pool = arena_offset(&stats[i]);
	dndprof_go.pool_end = dndprof_go.pool + POOL;
	return true;
}

static bool make_state(const struct go_program *program, unsigned segments)
{
	struct dndprof_record *slots;
	struct dndprof_ring *ring = ring_make(DNDPROF_RING_GO, segments, ARENA_RECORDS, &slots);

	if (!ring || !make_counters(ring))
		return false;
	dndprof_go.resume = (uintptr_t)program->site + GO_SITE_RESUME;
	dndprof_go.ring = dndprof_recorder.records ? ring : NULL;
	dndprof_go.slots = slots;
	dndprof_go.mask = ((uint64_t)RING_BASE_SLOTS << (segments - 1)) - 1;
	dndprof_go.file = (char *)dndprof_recorder.header;
	dndprof_go.capacity = dndprof_recorder.capacity - OCTAVE_BYTES;
	dndprof_go.losses = dndprof_recorder.header->losses;
	dndprof_go.pid = dndprof_recorder.pid;
	return true;
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
static bool patch(const struct go_program *program)
{
	uint8_t bytes[GO_PATCH_BYTES], before[GO_PATCH_BYTES];
	long fd, n;

	go_site_patch(dndprof_go_before, dndprof_go_after, bytes);
	memcpy(before, program->site, sizeof(before));
	fd = sys3(SYS_openat, -100 /* AT_FDCWD */, "/proc/self/mem",
		  02 | 02000000 /* O_RDWR | O_CLOEXEC */);
	if (fd < 0)
		return false;
	n = sys4(SYS_pwrite64, fd, bytes, sizeof(bytes), program->site);
	if (n > 0 && n < (long)sizeof(bytes))
		sys4(SYS_pwrite64, fd, before, n, program->site);
	sys1(SYS_close, fd);
	return n == (long)sizeof(bytes);
}

enum go_refusal go_open(const struct go_program *program, unsigned segments)
{
	if (program->refusal != GO_REFUSAL_NONE)
		return program->refusal;
	if (!dndprof_recorder.counter)
		return GO_REFUSAL_NO_CLOCK;
	if (!make_state(program, segments))
		return GO_REFUSAL_NO_MEMORY;
	learn_inherited();
	if (!patch(program))
		return GO_REFUSAL_PROTECTED;
	dndprof_recorder.header->gates |= DNDPROF_GATE_GO;
	store_release(&dndprof_fork_page.go, 1);
	return GO_REFUSAL_NONE;
}
