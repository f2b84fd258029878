/*
 * go_added.c - what the Go gate adds to a system call, to the nanosecond: Go's function as it is
 * and patched, called in turn in one process, in short batches of which the least is free of what
 * else the machine does; the middle and the greatest are printed beside it. Counters, histogram and
 * record are the gate's own; its ring is as large as a program's grows, in memory. Prints a JSON
 * line a kind.
 *
 * cflags: shim/go/amd64.S -Ishim -Itests/unit -Wno-unused-function
 *
 * ldflags: -lcmocka -lm
 *
 * go_added KIND COUNT plain|patched: so many turns of one kind and nothing else, for those who
 * count instructions.
 */
#include "figure.h"
#include "support/go_function.h"

#include <pthread.h>
#include <sys/socket.h>

#define BATCHES 3000
#define CALLS	100

static int pair[2], web[2], null_fd; /* web: of HTTP */
static char room[256];
static const char
	bytes[64] = "nothing that begins as a message does",
	request[] = "GET /v1.41/containers/json?all=1 HTTP/1.1\r\nHost: docker\r\n\r\n",
	response[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";

/* As compiled Go calls it. Five arguments: no call here has a sixth. */
static long go_call(const uint8_t *function, long number, long a, const void *b, long c, void *d,
		    void *e)
{
	register void *r8 __asm__("r8") = e;

	__asm__ volatile("subq $128, %%rsp\n\t"
			 "callq *%[f]\n\t"
			 "addq $128, %%rsp"
			 : "+a"(number), "+b"(a), "+c"(b), "+D"(c), "+S"(d), "+r"(r8)
			 : [f] "r"(function)
			 : "rdx", "r9", "r10", "r11", "r12", "r13", "r15", "xmm0", "xmm1", "xmm2",
			   "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "memory", "cc");
	return number;
}

static void getppid_(const uint8_t *f)
{
	go_call(f, SYS_getppid, 0, NULL, 0, NULL, NULL);
}

static void write_null(const uint8_t *f)
{
	go_call(f, SYS_write, null_fd, bytes, sizeof(bytes), NULL, NULL);
}

static void failed_shutdown(const uint8_t *f)
{
	go_call(f, SYS_shutdown, pair[0], (void *)99, 0, NULL, NULL);
}

static void socket_error(const uint8_t *f)
{
	int value;
	socklen_t size = sizeof(value);

	go_call(f, SYS_getsockopt, pair[0], (void *)SOL_SOCKET, SO_ERROR, &value, &size);
}

static void empty_read(const uint8_t *f)
{
	go_call(f, SYS_read, pair[0], room, 0, NULL, NULL);
}

static void write_read(const uint8_t *f)
{
	go_call(f, SYS_write, pair[0], bytes, sizeof(bytes), NULL, NULL);
	go_call(f, SYS_read, pair[1], room, sizeof(room), NULL, NULL);
}

static void exchange(const uint8_t *f)
{
	go_call(f, SYS_write, web[0], request, sizeof(request) - 1, NULL, NULL);
	go_call(f, SYS_read, web[1], room, sizeof(room), NULL, NULL);
	go_call(f, SYS_write, web[1], response, sizeof(response) - 1, NULL, NULL);
	go_call(f, SYS_read, web[0], room, sizeof(room), NULL, NULL);
}

static struct kind {
	const char *name, *unit;
	unsigned rate;
	bool basic;
	int calls; /* recorded, in one turn */
	void (*turn)(const uint8_t *function);
	double ns[2][BATCHES]; /* as it is, patched */
} kinds[] = {
	{"getppid", "getppid, not recorded", 0, false, 0, getppid_, {{0}}},
	{"write file", "64 bytes to /dev/null, not recorded", 0, false, 0, write_null, {{0}}},
	{"shutdown", "shutdown that fails", 0, false, 1, failed_shutdown, {{0}}},
	{"getsockopt", "getsockopt of SO_ERROR", 0, false, 1, socket_error, {{0}}},
	{"empty read", "read of no bytes from a socket", 0, false, 1, empty_read, {{0}}},
	{"write+read", "64 bytes over a socketpair", 0, false, 2, write_read, {{0}}},
	{"left out",
	 "the same, while of 1,024 calls one has its record",
	 SAMPLING_RATE_MOST,
	 false,
	 2,
	 write_read,
	 {{0}}},
	{"basic", "the same, at detail basic", 0, true, 2, write_read, {{0}}},
	{"exchange",
	 "an HTTP request and its answer, with their heads",
	 0,
	 false,
	 4,
	 exchange,
	 {{0}}},
};

static double batch_ns(void (*turn)(const uint8_t *), const uint8_t *function)
{
	double start = now_ns();

	for (int i = 0; i < CALLS; i++)
		turn(function);
	return (now_ns() - start) / CALLS;
}

/* ---- two threads at once ---- */

static int other_pair[2];
static const uint8_t *volatile at; /* the function the other thread calls; NULL: it ends */
static _Alignas(64) struct {
	uint64_t turns; /* alone in its cache line */
	char pad[56];
} others;

static void *other(void *unused)
{
	const uint8_t *function;

	while ((function = at)) {
		go_call(function, SYS_shutdown, other_pair[0], (void *)99, 0, NULL, NULL);
		__atomic_store_n(&others.turns, others.turns + 1, __ATOMIC_RELAXED);
	}
	return unused;
}

/* Of the batches during which the other thread did as much, so that both ran. */
static void measure_two(const uint8_t *const functions[2], double (*found)[BATCHES * 2],
			int counts[2])
{
	pthread_t thread;

	counts[0] = counts[1] = 0;
	at = functions[0];
	if (pthread_create(&thread, NULL, other, NULL))
		return;
	for (int batch = 0; batch < BATCHES * 4; batch++) {
		int j = batch & 1;
		uint64_t before;
		double ns;

		at = functions[j];
		batch_ns(failed_shutdown, functions[j]); /* until it is in the same function */
		before = __atomic_load_n(&others.turns, __ATOMIC_RELAXED);
		ns = batch_ns(failed_shutdown, functions[j]);
		if (__atomic_load_n(&others.turns, __ATOMIC_RELAXED) - before >= CALLS * 9 / 10)
			found[j][counts[j]++] = ns;
	}
	at = NULL;
	pthread_join(thread, NULL);
}

static void print(const char *name, const char *unit, int calls, double *native, double *patched,
		  const int counts[2])
{
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"calls\": %d", name, unit, calls);
	figure_print("native", native, counts[0]);
	figure_print("dndprof", patched, counts[1]);
	printf("}\n");
}

/* As a kind wants it for one batch, and back. */
static void set_gate(const struct kind *kind)
{
	static struct go_writer *writer;

	if (!writer)
		writer = dndprof_go_shards[0].writer;
	dndprof_go.rate = kind ? kind->rate : 0;
	dndprof_go_shards[0].writer = kind && kind->basic ? NULL : writer;
}

static int only(const char *name, long count, const uint8_t *function)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			set_gate(&kinds[i]);
			while (count-- > 0)
				kinds[i].turn(function);
			_exit(0); /* what ends a process is not what is counted */
		}
	return fprintf(stderr, "there is no kind %s\n", name), 2;
}

int main(int argc, char **argv)
{
	static double two[2][BATCHES * 2];
	static const int all[2] = {BATCHES, BATCHES};
	int counts[2];
	uint8_t *plain =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint8_t *functions[2] = {plain, NULL};

	memcpy(plain, golden, sizeof(golden));
	mprotect(plain, 4096, PROT_READ | PROT_EXEC);
	null_fd = open("/dev/null", O_WRONLY);
	dndprof_fork_page.go = 1;
	if (open_gate(NULL))
		return fprintf(stderr, "go_added: the gate did not open\n"), 1;
	functions[1] = site;
	dndprof_recorder.max_slots = 16384; /* of 10,000 data points */
	dndprof_go_shards[0].writer->grow_at = 256;
	if (call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, P(pair)).error ||
	    call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, P(web)).error ||
	    call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, P(other_pair)).error)
		/* the gate knows these */
		return fprintf(stderr, "go_added: no sockets\n"), 1;
	if (argc == 4)
		return only(argv[1], atol(argv[2]), functions[strcmp(argv[3], "patched") == 0]);
	for (int batch = 0; batch < BATCHES; batch++)
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			for (int j = 0; j < 2; j++) {
				set_gate(&kinds[i]);
				kinds[i].ns[j][batch] = batch_ns(kinds[i].turn, functions[j]);
				set_gate(NULL);
			}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		print(kinds[i].name, kinds[i].unit, kinds[i].calls, kinds[i].ns[0], kinds[i].ns[1],
		      all);
	measure_two(functions, two, counts);
	if (counts[0] && counts[1])
		print("two threads", "shutdown that fails, two threads at once", 1, two[0], two[1],
		      counts);
	return 0;
}
