/* The file format: sizes and offsets did not change, and the golden file of every version is read.
 */
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* 1.1: modules and stacks. DNDPROF_GOLDEN_UPDATE writes it where there is none, never anew. */
static void write_golden_1_1(const char *path)
{
	static const uint64_t addresses[] = {0x401000, 0x7f0000001234, 0x10};
	struct dndprof_record wait = {.start = 1500000000,
				      .duration = 4000000,
				      .fd = 9,
				      .call = DNDPROF_CALL_recv,
				      .flags = DNDPROF_RECORD_RECEIVED | DNDPROF_RECORD_UNIX};
	struct builder *builder = builder_everything();
	uint8_t *bytes;
	size_t size;
	FILE *file;

	builder->header.stacks = 1;
	builder->header.stack_ticks = 20000;
	builder_module(builder, 0x400000, 0x480000, 0x400000, "/usr/bin/client");
	builder_module(builder, 0x7f0000000000, 0x7f0000100000, 0x7f0000000000, "/lib/libc.so.6");
	builder_stack(builder, wait, addresses, 3);
	bytes = builder_bytes(builder, &size);
	file = fopen(path, "wxb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
	free(bytes);
	builder_free(builder);
}

static void test_golden_1_1(void **state)
{
	static const char path[] = "tests/golden/version1.1.dndprof";
	const struct profile_record *records;
	const struct profile_module *modules;
	struct profile *profile = NULL;
	size_t count, stacks = 0;

	(void)state;
	if (getenv("DNDPROF_GOLDEN_UPDATE") && access(path, F_OK) != 0)
		write_golden_1_1(path);
	assert_int_equal(profile_open(path, &profile), 0);
	records = profile_records(profile, &count);
	for (size_t i = 0; i < count; i++)
		if (records[i].raw.payload == DNDPROF_PAYLOAD_STACK) {
			uint64_t second;

			assert_int_equal(records[i].payload_size, 24);
			memcpy(&second, records[i].payload + 8, sizeof(second));
			assert_int_equal(second, 0x7f0000001234);
			stacks++;
		}
	assert_true(count > 30);
	assert_int_equal(stacks, 1);
	assert_int_equal(profile_header(profile)->stacks, 1);
	modules = profile_modules(profile, &count);
	assert_int_equal(count, 2);
	assert_string_equal(modules[1].path, "/usr/bin/client");
	assert_false(profile_damaged(profile));
	profile_close(profile);
}

/* Whoever raises the version adds a golden file of it. */
static void test_golden_of_every_version(void **state)
{
	(void)state;
	assert_int_equal(DNDPROF_VERSION_MAJOR, 1);
	for (int minor = 0; minor <= DNDPROF_VERSION_MINOR; minor++) {
		struct profile *profile = NULL;
		char path[64];

		snprintf(path, sizeof(path),
			 minor ? "tests/golden/version1.%d.dndprof"
			       : "tests/golden/version1.dndprof",
			 minor);
		print_message("%s\n", path);
		assert_int_equal(profile_open(path, &profile), 0);
		assert_int_equal(profile_header(profile)->version_major, 1);
		assert_int_equal(profile_header(profile)->version_minor, minor);
		profile_close(profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_golden_file),
		cmocka_unit_test(test_golden_1_1),
		cmocka_unit_test(test_golden_of_every_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
