/*
 * Tests of shim/go/amd64_stack.inc: the chain of frame pointers is followed as far as it is one,
 * and never out of the goroutine's stack.
 *
 * cflags: shim/go/amd64.S
 */
#include "support/go_function.h"

#define LOWEST ((uint64_t)(uintptr_t)stack_top + 8) /* RSP in the stub: the return address */
#define END    (LOWEST + 4096)			    /* of the goroutine's stack, for most tests */

/* The goroutine: it begins with its stack's bounds. */
static uint64_t *goroutine;

static int open_with_stacks(void **state)
{
	dndprof_recorder.slow = 1000000;
	if (open_gate(state) || programs_written != 1)
		return -1;
	goroutine = mmap((void *)(GOROUTINE & ~4095ull), 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if ((uintptr_t)goroutine != (GOROUTINE & ~4095ull))
		return -1;
	goroutine = (uint64_t *)GOROUTINE;
	return 0;
}

/* A frame at `at`: its caller's frame and where it returns to. */
static void frame(uint64_t at, uint64_t caller, uint64_t returns)
{
	((uint64_t *)at)[0] = caller;
	((uint64_t *)at)[1] = returns;
}

/* Makes a call that fails and gives the frames of its stack; 0: none was taken. */
static size_t stack_of(uint64_t rbp, uint64_t frames[64])
{
	uint64_t head = ring_head();
	struct outcome o;
	size_t n;

	frame_pointer = rbp;
	o = call(SYS_shutdown, 77, 99, 0, 0);
	frame_pointer = FRAME;
	assert_int_equal(o.error, EBADF);
	if (ring_head() == head + 1)
		return 0;
	assert_int_equal(record(head)->kind, DNDPROF_KIND_CALL);
	assert_int_equal(record(head)->slots, 1);
	assert_int_equal(record(head + 1)->kind, DNDPROF_KIND_EXTRA);
	assert_int_equal(record(head + 1)->payload, DNDPROF_PAYLOAD_STACK);
	assert_int_equal(record(head + 1)->call, record(head)->call);
	assert_int_equal(record(head + 1)->start, record(head)->start);
	assert_int_equal(record(head + 1)->duration, record(head)->duration);
	assert_int_equal(record(head + 1)->result, record(head)->result);
	assert_int_equal(record(head + 1)->error, EBADF);
	assert_int_equal(record(head + 1)->fd, 77);
	assert_int_equal(record(head + 1)->generation, record(head)->generation);
	assert_int_equal(record(head + 1)->arg, record(head)->arg);
	assert_int_equal(record(head + 1)->flags, record(head)->flags);
	assert_int_equal(record(head + 1)->context, GOROUTINE);
	n = payload(head + 1, (char *)frames);
	assert_int_equal(n % 8, 0);
	return n / 8;
}

static int begin(void **state)
{
	(void)state;
	dndprof_go_class[77] = GO_IS_SOCKET;
	memset((void *)LOWEST, 0xcc, 8000);
	goroutine[0] = LOWEST - 4096;
	goroutine[1] = END;
	return 0;
}

static void chains(void **state)
{
	uint64_t frames[64], i, n;

	(void)state;
	for (n = 0; n < 40; n++) {
		for (i = 0; i < n; i++)
			frame(LOWEST + 16 + i * 48, i + 1 < n ? LOWEST + 16 + (i + 1) * 48 : 0,
			      1000 + i);
		i = stack_of(n ? LOWEST + 16 : 0, frames);
		assert_int_equal(i, n < 20 ? n + 1 : 20);
		for (i = 1; i <= n && i < 20; i++)
			assert_int_equal(frames[i], 1000 + i - 1);
	}
	assert_true(frames[0] > 4096); /* to who called: us */
}

/* Whatever it is instead of a frame: the chain ends before it. */
static void ends(void **state)
{
	const uint64_t good = LOWEST + 64;
	const uint64_t wrong[] = {
		0,
		1,
		8,
		FRAME,
		LOWEST,
		LOWEST - 8,
		LOWEST + 12,
		END,
		END - 8,
		END + 8,
		END - 12,
		UINT64_MAX,
		UINT64_MAX - 7,
		UINT64_MAX - 15,
		1ull << 63,
		0x800000000000,
		good /* itself, when it is the second */,
		good - 8,
	};
	uint64_t frames[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong) - 2; i++)
		assert_int_equal(stack_of(wrong[i], frames), 1);
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		frame(good, wrong[i], 4711);
		assert_int_equal(stack_of(good, frames), 2);
		assert_int_equal(frames[1], 4711);
	}
	frame(good, good + 64, 0); /* returns nowhere */
	assert_int_equal(stack_of(good, frames), 1);
	frame(END - 16, 0, 4711); /* the last there can be */
	assert_int_equal(stack_of(END - 16, frames), 2);
}

/* On another stack than the goroutine's. */
static void elsewhere(void **state)
{
	uint64_t frames[64];

	(void)state;
	frame(LOWEST + 64, 0, 4711);
	goroutine[0] = LOWEST + 8;
	assert_int_equal(stack_of(LOWEST + 64, frames), 0);
	goroutine[0] = LOWEST;
	assert_int_equal(stack_of(LOWEST + 64, frames), 2);
	goroutine[1] = LOWEST;
	assert_int_equal(stack_of(LOWEST + 64, frames), 0);
	goroutine[1] = 0;
	assert_int_equal(stack_of(LOWEST + 64, frames), 0);
}

static uint64_t heads(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t head = ring_head();

	call(number, a, b, c, 0);
	return ring_head() - head;
}

/* Failures and slow calls have stacks; what succeeds at once, and what the protocol says, none. */
static void which(void **state)
{
	char byte = 0;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	dndprof_go_class[fds[0]] = dndprof_go_class[fds[1]] = GO_IS_SOCKET | GO_IS_UNIX;
	dndprof_go.slow = UINT64_MAX;
	assert_int_equal(heads(SYS_read, (uint64_t)fds[0], P(&byte), 1), 1); /* EAGAIN */
	assert_int_equal(heads(SYS_write, (uint64_t)fds[0], P(&byte), 1), 1);
	assert_int_equal(heads(SYS_write, (uint64_t)fds[0], 8, 1), 3); /* EFAULT */
	dndprof_go.slow = 1;
	assert_int_equal(heads(SYS_write, (uint64_t)fds[0], P(&byte), 1), 3);
	assert_int_equal(heads(SYS_read, (uint64_t)fds[1], P(&byte), 1), 3);
	dndprof_go.slow = 0;
	assert_int_equal(heads(SYS_write, (uint64_t)fds[0], 8, 1), 1);
	dndprof_go.slow = 1000000;
	close(fds[0]);
	close(fds[1]);
}

/* With a payload before it, across the end of the ring, at every place of it. */
static void wraps(void **state)
{
	static const struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/x"};
	const uint64_t capacity = dndprof_go_shards[0].writer->mask + 1;
	uint64_t i;
	char text[512];

	(void)state;
	dndprof_go_class[77] = GO_IS_SOCKET | GO_IS_UNIX;
	assert_int_equal(dup2((int)call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).r1, 77), 77);
	frame(LOWEST + 64, LOWEST + 96, 4711);
	frame(LOWEST + 96, 0, 4712);
	for (i = 0; i < 2 * capacity; i++) {
		uint64_t head = ring_head();

		frame_pointer = LOWEST + 64;
		assert_int_equal(call(SYS_connect, 77, P(&a), sizeof(a), 0).error, ENOENT);
		frame_pointer = FRAME;
		assert_int_equal(record(head)->payload, DNDPROF_PAYLOAD_ADDRESS);
		head += record(head)->slots;
		assert_int_equal(payload(head, text), 24);
		assert_int_equal(((uint64_t *)text)[1], 4711);
		assert_int_equal(((uint64_t *)text)[2], 4712);
		if (i % 3 == 0) /* so that each place comes */
			call(SYS_shutdown, 77, 0, 0, 0);
	}
	close(77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(chains, begin),	  cmocka_unit_test_setup(ends, begin),
		cmocka_unit_test_setup(elsewhere, begin), cmocka_unit_test_setup(which, begin),
		cmocka_unit_test_setup(wraps, begin),
	};

	return cmocka_run_group_tests(tests, open_with_stacks, NULL);
}
