/* The file format: sizes and offsets did not change, and the golden file of this version is read.
 */
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdlib.h>

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct dndprof_header), 336);
	assert_int_equal(sizeof(struct dndprof_section), 24);
	assert_int_equal(sizeof(struct dndprof_call_entry), 64);
	assert_int_equal(sizeof(struct dndprof_sample), 128);
	assert_int_equal(sizeof(struct dndprof_ring), 1792);
	assert_int_equal(sizeof(struct dndprof_stats), 432);
	assert_int_equal(sizeof(struct dndprof_record), 64);
	assert_int_equal(sizeof(struct dndprof_more), 64);
	assert_int_equal(sizeof(struct dndprof_http), 32);
	assert_int_equal(sizeof(struct dndprof_dns), 8);
}

static void test_offsets(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct dndprof_header, version_major), 16);
	assert_int_equal(offsetof(struct dndprof_header, used), 48);
	assert_int_equal(offsetof(struct dndprof_header, rings), 56);
	assert_int_equal(offsetof(struct dndprof_header, pid), 80);
	assert_int_equal(offsetof(struct dndprof_header, losses), 152);
	assert_int_equal(offsetof(struct dndprof_ring, head), 16);
	assert_int_equal(offsetof(struct dndprof_ring, segment), 56);
	assert_int_equal(offsetof(struct dndprof_ring, stats), 248);
	assert_int_equal(offsetof(struct dndprof_stats, octave), 80);
	assert_int_equal(offsetof(struct dndprof_record, fd), 32);
	assert_int_equal(offsetof(struct dndprof_record, call), 48);
	assert_int_equal(offsetof(struct dndprof_record, context), 56);
	assert_int_equal(offsetof(struct dndprof_more, data), 8);
	assert_int_equal(offsetof(struct dndprof_more, kind), 50);
	assert_int_equal(offsetof(struct dndprof_more, owner), 56);
	assert_int_equal(offsetof(struct dndprof_http, content_length), 8);
	assert_int_equal(offsetof(struct dndprof_http, exec_class), 28);
}

/* Version 1 as it was first written; this file is never written anew. */
static void test_golden_file(void **state)
{
	struct profile *profile = NULL;
	size_t count;

	(void)state;
	assert_int_equal(profile_open("tests/golden/version1.dndprof", &profile), 0);
	profile_records(profile, &count);
	assert_int_equal(count, 200);
	assert_int_equal(profile_header(profile)->pid, 1000);
	assert_string_equal(profile_info(profile, "program"), "client");
	assert_false(profile_damaged(profile));
	profile_close(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_golden_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
