/* The reader: whole records and nothing else, whatever the file says. */
#include "support/builder.h"
#include "support/cmocka.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct profile *opened(const uint8_t *bytes, size_t size, int expected)
{
	struct profile *profile = NULL;

	assert_int_equal(profile_open_memory(bytes, size, "x", &profile), expected);
	return profile;
}

static void test_reads_all(void **state)
{
	struct builder *builder = builder_new();
	const struct profile_record *records;
	struct profile *profile;
	size_t count;

	(void)state;
	builder_get(builder, 5, 1100000000, "GET /v1.41/info HTTP/1.1");
	builder_call(builder, DNDPROF_CALL_poll, -1, 1100002000, 3000, 1, 0, 0);
	builder_ring(builder, 64, 1);
	builder_call(builder, DNDPROF_CALL_recv, 5, 1100006000, 10, -1, EAGAIN, 0);
	profile = builder_profile(builder);
	records = profile_records(profile, &count);
	assert_int_equal(count, 3);
	/* the newest ring comes first in the chain */
	assert_int_equal(records[0].raw.error, EAGAIN);
	assert_string_equal(profile_call(profile, records[1].raw.call)->name, "send");
	assert_int_equal(records[1].payload_size, 32 + strlen("GET /v1.41/info HTTP/1.1"));
	assert_memory_equal(records[1].payload + 32, "GET /v1.41/info", 15);
	assert_int_equal(profile_stats(profile, DNDPROF_CALL_send)->count, 1);
	assert_null(profile_stats(profile, DNDPROF_CALL_write));
	assert_string_equal(profile_info(profile, "program"), "client");
	assert_null(profile_info(profile, "nothing"));
	assert_string_equal(profile_call(profile, 60000)->name, "unknown");
	assert_false(profile_damaged(profile));
	profile_close(profile);
	builder_free(builder);
}

/* Segments, wrap and growth: the newest survive, the others are counted. */
static void test_wrap(void **state)
{
	struct builder *builder = builder_new();
	const struct profile_record *records;
	const struct profile_ring *ring;
	struct profile *profile;
	size_t count, rings;

	(void)state;
	builder_ring(builder, 8, 3);
	for (int i = 0; i < 50; i++)
		builder_call(builder, DNDPROF_CALL_read, 3, 1100000000 + 10 * (uint64_t)i, 5, i, 0,
			     DNDPROF_RECORD_RECEIVED);
	profile = builder_profile(builder);
	records = profile_records(profile, &count);
	ring = profile_rings(profile, &rings);
	assert_int_equal(rings, 1);
	assert_int_equal(ring->capacity, 32);
	assert_int_equal(count, 32);
	assert_int_equal(ring->overwritten, 18);
	assert_int_equal(ring->missing, 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(records[i].raw.result, 18 + i);
	assert_int_equal(profile_stats(profile, DNDPROF_CALL_read)->count, 50);
	profile_close(profile);
	builder_free(builder);
}

static void test_in_flight(void **state)
{
	struct builder *builder = builder_new();
	struct profile *profile;
	const struct profile_ring *ring;
	size_t count;

	(void)state;
	for (int i = 0; i < 5; i++)
		builder_get(builder, 5, 1100000000, "GET /v1.41/info HTTP/1.1");
	builder->rings[0]->slots[3].seq = 0;  /* a record that is being written */
	builder->rings[0]->slots[7].seq = 99; /* a continuation of the third that is not its own */
	profile = builder_profile(builder);
	profile_records(profile, &count);
	assert_int_equal(count, 3);
	ring = profile_rings(profile, &count);
	assert_true(ring->missing >= 2);
	profile_close(profile);
	builder_free(builder);
}

static void test_truncated_anywhere(void **state)
{
	struct builder *builder = builder_seed();
	size_t size, whole, before = 0;
	uint8_t *bytes = builder_bytes(builder, &size);

	(void)state;
	for (size_t length = 0; length <= size; length += 64) {
		struct profile *profile = NULL;
		uint8_t *part = malloc(length ? length : 1); /* exact, for ASan */
		int error;

		memcpy(part, bytes, length);
		error = profile_open_memory(part, length, "x", &profile);
		if (length < 8)
			assert_int_equal(error, -EMEDIUMTYPE);
		else if (length < sizeof(struct dndprof_header))
			assert_int_equal(error, -ENODATA);
		else
			assert_true(error == 0 || error == -ENODATA);
		if (!error) {
			profile_records(profile, &whole);
			assert_true(whole >= before && whole <= 200);
			assert_int_equal(profile_cut_off(profile), size - length);
			before = whole;
			profile_close(profile);
		}
		free(part);
	}
	assert_int_equal(before, 200);
	free(bytes);
	builder_free(builder);
}

/* The chain leads to the newest ring first; when that is cut off the older ones are still found. */
static void test_cut_chain(void **state)
{
	struct builder *builder = builder_new();
	struct profile *profile;
	size_t size, count;
	uint8_t *bytes;

	(void)state;
	builder_call(builder, DNDPROF_CALL_poll, -1, 1100002000, 3000, 1, 0, 0);
	builder_ring(builder, 64, 1);
	builder_call(builder, DNDPROF_CALL_poll, -1, 1100002000, 3000, 1, 0, 0);
	bytes = builder_bytes(builder, &size);
	profile = opened(bytes, size - 6000, 0);
	profile_records(profile, &count);
	assert_int_equal(count, 1);
	profile_close(profile);
	free(bytes);
	builder_free(builder);
}

static void set(uint8_t *bytes, size_t offset, uint64_t value, size_t size)
{
	memcpy(bytes + offset, &value, size);
}

#define FIELD(field) \
	offsetof(struct dndprof_header, field), sizeof(((struct dndprof_header *)0)->field)

static void test_header_refused(void **state)
{
	static const struct {
		size_t offset, size;
		uint64_t value;
		int error;
	} rows[] = {
		{0, 1, 'X', -EMEDIUMTYPE},
		{FIELD(endian), 0x04030201, -EXDEV},
		{FIELD(endian), 1, -EBADMSG},
		{FIELD(version_major), 2, -EPROTONOSUPPORT},
		{FIELD(version_major), 0, -EBADMSG},
		{FIELD(header_size), 100, -EBADMSG},
		{FIELD(features), 1 << 7, -EPROTONOSUPPORT},
		{FIELD(used), 3, -EBADMSG},
	};
	struct builder *builder = builder_seed();
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *bytes = builder_bytes(builder, &size);

		set(bytes, rows[i].offset, rows[i].value, rows[i].size);
		opened(bytes, size, rows[i].error);
		free(bytes);
	}
	builder_free(builder);
}

/* Nonsense that is survived: what can be read is. */
static void test_header_survived(void **state)
{
	static const uint64_t values[] = {
		1, 7, 63, 1000, 1 << 20, UINT32_MAX, UINT64_MAX - 7, UINT64_MAX};
	static const struct {
		size_t offset, size;
	} fields[] = {
		{FIELD(section_count)}, {FIELD(section_offset)}, {FIELD(rings)}, {FIELD(capacity)},
		{FIELD(start_ticks)},	{FIELD(end_ticks)},	 {FIELD(clock)}, {FIELD(end)},
		{FIELD(notes)},		{FIELD(version_minor)},
	};
	struct builder *builder = builder_everything();
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			uint8_t *bytes = builder_bytes(builder, &size);

			set(bytes, fields[i].offset, values[j], fields[i].size);
			profile_close(opened(bytes, size, 0));
			free(bytes);
		}
	builder_free(builder);
}

/* Chains that bite their tail, rings that claim the whole file. */
static void test_ring_nonsense(void **state)
{
	static const uint64_t values[] = {0, 1, 3, 64, 1 << 16, UINT32_MAX, UINT64_MAX};
	struct builder *builder = builder_everything();
	struct dndprof_header header;
	size_t size, count;

	(void)state;
	for (size_t word = 0; word < sizeof(struct dndprof_ring) / 4; word++)
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			uint8_t *bytes = builder_bytes(builder, &size);
			struct profile *profile;

			memcpy(&header, bytes, sizeof(header));
			set(bytes, header.rings + word * 4, values[j], 4);
			profile = opened(bytes, size, 0);
			profile_close(profile);
			free(bytes);
		}
	uint8_t *bytes = builder_bytes(builder, &size);

	memcpy(&header, bytes, sizeof(header));
	set(bytes, header.rings + offsetof(struct dndprof_ring, next), header.rings, 8);
	struct profile *profile = opened(bytes, size, 0);

	profile_rings(profile, &count);
	assert_int_equal(count, 3);
	profile_close(profile);
	free(bytes);
	builder_free(builder);
}

static void test_not_a_file(void **state)
{
	struct profile *profile;

	(void)state;
	assert_int_equal(profile_open("/nonexistent", &profile), -ENOENT);
	assert_int_equal(profile_open("/dev/null", &profile), -EMEDIUMTYPE);
	assert_int_equal(profile_open("/", &profile), -EMEDIUMTYPE);
	assert_int_equal(profile_open("/proc/self/exe", &profile), -EMEDIUMTYPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all),	cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_in_flight),	cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_cut_chain),	cmocka_unit_test(test_header_refused),
		cmocka_unit_test(test_header_survived), cmocka_unit_test(test_ring_nonsense),
		cmocka_unit_test(test_not_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
