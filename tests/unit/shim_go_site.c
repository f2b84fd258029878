/* Tests of shim/go/site.c and amd64.c: versions and the function, out of bytes good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "go/amd64.c"
#include "go/site.c"
#include "support/go_image.h"

static const uint8_t *const golden = go_function[0];

static _Alignas(64) uint8_t text[4096];

static enum go_refusal find(size_t size, size_t *at)
{
	*at = 0;
	return go_site_find(text, size, at);
}

static void fresh(void)
{
	memset(text, 0x90, sizeof(text));
}

static void one_site(void **state)
{
	size_t at, place;

	(void)state;
	for (place = 0; place + GO_SITE_BYTES <= sizeof(text); place += GO_SITE_ALIGN) {
		fresh();
		memcpy(text + place, golden, GO_SITE_BYTES);
		assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NONE);
		assert_int_equal(at, place);
	}
}

/* Where the piece of code given does not begin at a slot. */
static void odd_begin(void **state)
{
	size_t at = 0;

	(void)state;
	fresh();
	memcpy(text + 128, golden, GO_SITE_BYTES);
	assert_int_equal(go_site_find(text + 7, sizeof(text) - 7, &at), GO_REFUSAL_NONE);
	assert_int_equal(at, 121);
}

static void no_site(void **state)
{
	size_t at;

	(void)state;
	fresh();
	assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NO_SITE);
	assert_int_equal(find(0, &at), GO_REFUSAL_NO_SITE);
	memcpy(text + 65, golden, GO_SITE_BYTES); /* no function of Go's lies so */
	assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NO_SITE);
}

static void two_sites(void **state)
{
	size_t at;

	(void)state;
	fresh();
	memcpy(text + 64, golden, GO_SITE_BYTES);
	memcpy(text + 1024, golden, GO_SITE_BYTES);
	assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_TWO_SITES);
}

static void truncated(void **state)
{
	size_t at, size;

	(void)state;
	fresh();
	memcpy(text, golden, GO_SITE_BYTES);
	for (size = 0; size < GO_SITE_BYTES; size++)
		assert_int_equal(find(size, &at), GO_REFUSAL_NO_SITE);
	assert_int_equal(find(GO_SITE_BYTES, &at), GO_REFUSAL_NONE);
}

static void each_form(void **state)
{
	size_t at;

	(void)state;
	fresh();
	memcpy(text + 96, go_function[1], GO_SITE_BYTES);
	assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NONE);
	assert_int_equal(at, 96);
	memcpy(text + 192, go_function[0], GO_SITE_BYTES);
	assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_TWO_SITES);
}

/* Any byte changed to any other: the function is another one, or none. */
static void every_byte(void **state)
{
	size_t form, at, i, value;

	(void)state;
	fresh();
	for (form = 0; form < 2; form++)
		for (i = 0; i < GO_SITE_BYTES; i++)
			for (value = 0; value < 256; value++) {
				memcpy(text + 256, go_function[form], GO_SITE_BYTES);
				if (text[256 + i] == value)
					continue;
				text[256 + i] = (uint8_t)value;
				assert_int_equal(find(sizeof(text), &at),
						 i < 20 ? GO_REFUSAL_NO_SITE : GO_REFUSAL_ODD_SITE);
			}
}

/* runtime.futex is known whole, too. */
static void waiting(void **state)
{
	size_t at, i;
	unsigned value;

	(void)state;
	fresh();
	for (i = 0; i < GO_SITE_BYTES; i++)
		for (value = 0; value < 256; value++) {
			memcpy(text + 256, go_park, GO_SITE_BYTES);
			text[256 + i] = (uint8_t)value;
			at = 0;
			assert_int_equal(go_park_find(text, sizeof(text), &at),
					 value == go_park[i] ? GO_REFUSAL_NONE
							     : GO_REFUSAL_NO_SITE);
		}
	memcpy(text + 256, go_park, GO_SITE_BYTES);
	memcpy(text + 512, go_park, GO_SITE_BYTES);
	assert_int_equal(go_park_find(text, sizeof(text), &at), GO_REFUSAL_TWO_SITES);
	assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NO_SITE);
}

/* The linker aligns functions: bytes that only look like one are not one. */
static void unaligned(void **state)
{
	size_t at, skew;

	(void)state;
	for (skew = 1; skew < GO_SITE_ALIGN; skew++) {
		fresh();
		memcpy(text + 256 + skew, golden, GO_SITE_BYTES);
		assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NO_SITE);
		memcpy(text + 1024, golden, GO_SITE_BYTES);
		assert_int_equal(find(sizeof(text), &at), GO_REFUSAL_NONE);
		assert_int_equal(at, 1024);
	}
}

/* Code that ends with its mapping, at each length: nothing behind it is touched. */
static void end_of_mapping(void **state)
{
	const size_t page = 4096;
	uint8_t *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t at, size;

	(void)state;
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	memset(pages, 0x90, page);
	memcpy(pages + page - GO_SITE_BYTES, golden, GO_SITE_BYTES);
	for (size = 0; size <= 256; size++) {
		at = 0;
		assert_int_equal(go_site_find(pages + page - size, size, &at),
				 size < GO_SITE_BYTES ? GO_REFUSAL_NO_SITE : GO_REFUSAL_NONE);
		assert_int_equal(at, size < GO_SITE_BYTES ? 0 : size - GO_SITE_BYTES);
	}
	memset(pages, 0x90, page);
	memcpy(pages + page - 32, golden, 32); /* half of one */
	assert_int_equal(go_site_find(pages, page, &at), GO_REFUSAL_NO_SITE);
	munmap(pages, 2 * page);
}

static void patch_bytes(void **state)
{
	uint8_t patch[GO_PATCH_BYTES];
	const void *before = (void *)0x1122334455667788, *after = (void *)0x99aabbccddeeff00;

	(void)state;
	go_site_patch(before, after, patch);
	assert_memory_equal(patch, "\xff\x25\x12\0\0\0", 6);		  /* the slot at 24 */
	assert_memory_equal(patch + 12, "\x0f\x05\xff\x25\x0c\0\0\0", 8); /* the slot at 32 */
	assert_memory_equal(patch + 24, &before, 8);
	assert_memory_equal(patch + 32, &after, 8);
}

static void versions(void **state)
{
	static const struct {
		const char *text;
		enum go_refusal refusal;
	} cases[] = {
		{"go1.19", GO_REFUSAL_NONE},
		{"go1.19.8", GO_REFUSAL_NONE},
		{"go1.19.3 X:nocoverageredesign", GO_REFUSAL_NONE},
		{"go1.19rc2", GO_REFUSAL_NONE},
		{"go1.19.1-custom", GO_REFUSAL_NONE},
		{"go1.20", GO_REFUSAL_NONE},
		{"go1.24.3", GO_REFUSAL_NONE},
		{"go1.18.10", GO_REFUSAL_OLD_VERSION},
		{"go1.9", GO_REFUSAL_OLD_VERSION},
		{"go1.28", GO_REFUSAL_NEW_VERSION},
		{"go1.99999999999999999999", GO_REFUSAL_ODD_VERSION},
		{"go2.0", GO_REFUSAL_ODD_VERSION},
		{"go1.", GO_REFUSAL_ODD_VERSION},
		{"go1.19x", GO_REFUSAL_ODD_VERSION},
		{"devel go1.19-0b1b2e1", GO_REFUSAL_ODD_VERSION},
		{"", GO_REFUSAL_ODD_VERSION},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (go_version_known(cases[i].text) != cases[i].refusal)
			fail_msg("%s: %s", cases[i].text,
				 go_refusal_word(go_version_known(cases[i].text)));
}

static size_t write_info(uint8_t *at, const char *version)
{
	memset(at, 0, 32);
	memcpy(at, "\xff Go buildinf:\x08\x02", 16);
	at[32] = (uint8_t)strlen(version);
	memcpy(at + 33, version, strlen(version));
	return 33 + strlen(version);
}

static void build_information(void **state)
{
	static _Alignas(16) uint8_t data[512];
	char version[GO_VERSION_BYTES];
	size_t n, size;

	(void)state;
	memset(data, 0xff, sizeof(data));
	n = write_info(data + 48, "go1.19.8");
	assert_int_equal(go_version_find(data, sizeof(data), version), GO_REFUSAL_NONE);
	assert_string_equal(version, "go1.19.8");
	for (size = 0; size < 48 + n; size++) /* nothing is read beyond the end */
		assert_int_not_equal(go_version_find(data, size, version), GO_REFUSAL_NONE);
	assert_int_equal(go_version_find(data, 48 + n, version), GO_REFUSAL_NONE);
	data[48 + 32] = 200;
	assert_int_equal(go_version_find(data, sizeof(data), version), GO_REFUSAL_ODD_VERSION);
	data[48 + 32] = 0;
	assert_int_equal(go_version_find(data, sizeof(data), version), GO_REFUSAL_ODD_VERSION);
	data[48 + 15] = 0;
	assert_int_equal(go_version_find(data, sizeof(data), version), GO_REFUSAL_OLD_VERSION);
	write_info(data + 48, "go1.19.3 X:a-very-long-list-of-experiments");
	assert_int_equal(go_version_find(data, sizeof(data), version), GO_REFUSAL_NONE);
	assert_int_equal(strlen(version), GO_VERSION_BYTES - 1);
	assert_int_equal(go_version_find(data + 64, sizeof(data) - 64, version),
			 GO_REFUSAL_NO_VERSION);
}

/* Whatever the bytes are: no reading outside (the sanitizer looks), and no patch but of the whole
 * function. */
static void noise(void **state)
{
	unsigned seed = 1, round, i;
	size_t at;

	(void)state;
	for (round = 0; round < 20000; round++) {
		size_t place = (size_t)(rand_r(&seed) % 60) * 32;
		uint8_t *copy = memcpy(malloc(GO_SITE_BYTES), golden, GO_SITE_BYTES);

		for (i = rand_r(&seed) % 3; i; i--)
			copy[rand_r(&seed) % GO_SITE_BYTES] = (uint8_t)rand_r(&seed);
		fresh();
		memcpy(text + place, copy, GO_SITE_BYTES);
		if (find(sizeof(text), &at) == GO_REFUSAL_NONE) {
			assert_int_equal(at, place);
			assert_memory_equal(copy, golden, GO_SITE_BYTES);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_site),    cmocka_unit_test(odd_begin),
		cmocka_unit_test(no_site),     cmocka_unit_test(two_sites),
		cmocka_unit_test(truncated),   cmocka_unit_test(each_form),
		cmocka_unit_test(every_byte),  cmocka_unit_test(unaligned),
		cmocka_unit_test(waiting),     cmocka_unit_test(end_of_mapping),
		cmocka_unit_test(patch_bytes), cmocka_unit_test(versions),
		cmocka_unit_test(noise),       cmocka_unit_test(build_information),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
