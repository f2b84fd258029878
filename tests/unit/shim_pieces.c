/*
 * Tests of where beginnings of first lines wait: each flow and direction finds its own, what waited
 * for a flow that is gone gives up its place, and nothing of what passed stays in memory.
 */
#include <string.h>

#include "support/cmocka.h"

#include "libc/pieces.c"

uint8_t dndprof_fd_class[FD_MAX];
struct flow dndprof_flows[FD_MAX];

static const char secret[] = "GET /SECRET";

static void open_flow(int fd, uint32_t generation)
{
	dndprof_fd_class[fd] = FD_UNIX;
	dndprof_flows[fd].generation = generation;
}

static void keep(int fd, uint32_t generation, bool sent, const char *text)
{
	struct piece *p = piece_hold(fd, generation, sent);

	assert_non_null(p);
	assert_int_equal(p->n, 0);
	memcpy(p->bytes, text, strlen(text));
	p->n = strlen(text);
	piece_keep(p, fd, generation, sent);
}

static bool anywhere(const char *text)
{
	return memmem(places, sizeof(places), text, strlen(text)) != NULL;
}

static int setup(void **state)
{
	(void)state;
	memset(places, 0, sizeof(places));
	memset(dndprof_fd_class, 0, sizeof(dndprof_fd_class));
	return 0;
}

static void test_own(void **state)
{
	struct piece *p;

	(void)state;
	open_flow(3, 7);
	keep(3, 7, false, "HTTP/1.1");
	keep(3, 7, true, "GET /");
	p = piece_hold(3, 7, true);
	assert_int_equal(p->n, 5);
	assert_memory_equal(p->bytes, "GET /", 5);
	assert_null(piece_hold(FD_MAX, 7, true));
	/* Who holds it holds it alone: another thread gets an empty one. */
	assert_ptr_not_equal(piece_hold(3, 7, true), p);
}

static void test_nothing_stays(void **state)
{
	struct piece *p;

	(void)state;
	open_flow(3, 7);
	keep(3, 7, true, secret);
	assert_true(anywhere("SECRET"));
	p = piece_hold(3, 7, true);
	piece_free(p);
	assert_false(anywhere("SECRET"));
}

/* Closed, or another by now: its place is free, and empty to its end. */
static void test_gone(void **state)
{
	(void)state;
	for (int fd = 3; fd < 3 + PLACES; fd++) {
		open_flow(fd, 7);
		keep(fd, 7, true, secret);
	}
	open_flow(100, 7);
	assert_null(piece_hold(100, 7, true));
	dndprof_fd_class[3] = FD_UNKNOWN;
	dndprof_flows[4].generation = 8;
	keep(100, 7, true, "GET");
	open_flow(101, 7);
	keep(101, 7, true, "GET");
	assert_null(piece_hold(102, 7, true));
	for (int fd = 5; fd < 3 + PLACES; fd++)
		piece_free(piece_hold(fd, 7, true));
	assert_false(anywhere("SECRET"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_own, setup),
		cmocka_unit_test_setup(test_nothing_stays, setup),
		cmocka_unit_test_setup(test_gone, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
