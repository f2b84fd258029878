/* Durations, dates, escapes, sentences, the number map. */
#include "base/buffer.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/map.h"
#include "support/cmocka.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void test_durations(void **state)
{
	static const struct {
		int64_t ns;
		const char *exact, *rounded;
	} rows[] = {
		{0, "0s", "0s"},
		{1, "1ns", "1ns"},
		{999, "999ns", "999ns"},
		{1500, "1.5\xc2\xb5s", "1.5\xc2\xb5s"},
		{12345678, "12.345678ms", "12.35ms"},
		{156700000, "156.7ms", "156.7ms"},
		{1234000000, "1.234s", "1.234s"},
		{999999999, "999.999999ms", "1s"},
		{62345678901, "1m2.345678901s", "1m2.35s"},
		{60000000000, "1m0s", "1m0s"},
		{3723004000000, "1h2m3.004s", "1h2m3s"},
		{-1500000, "-1.5ms", "-1.5ms"},
		{-40, "-40ns", "-40ns"},
	};
	char text[DURATION_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(duration_exact(rows[i].ns, text), rows[i].exact);
		assert_string_equal(duration_text(rows[i].ns, text), rows[i].rounded);
	}
	duration_text(INT64_MIN, text);
	duration_text(INT64_MAX, text);
}

static void test_dates(void **state)
{
	char text[DATE_TEXT];

	(void)state;
	assert_string_equal(date_text(INT64_C(1757238300) * 1000000000, text),
			    "2025-09-07 09:45:00");
	setenv("SOURCE_DATE_EPOCH", "1757238300", 1);
	assert_int_equal(date_now(), INT64_C(1757238300) * 1000000000);
	setenv("SOURCE_DATE_EPOCH", "rubbish", 1);
	assert_true(date_now() > INT64_C(1757238300) * 1000000000);
	unsetenv("SOURCE_DATE_EPOCH");
}

static void test_escapes(void **state)
{
	static const struct {
		const char *bytes, *escaped, *ascii, *replaced;
	} rows[] = {
		{"plain", "plain", "plain", "plain"},
		{"\x1b[31m", "\\x1b[31m", "\\x1b[31m", "\xef\xbf\xbd[31m"},
		{"\xc3\xa9", "\xc3\xa9", "\\u{e9}", "\xc3\xa9"},
		{"\xff\xc0\x80", "\\xff\\xc0\\x80", "\\xff\\xc0\\x80",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x80\xae", "\\u{202e}", "\\u{202e}", "\xef\xbf\xbd"},
		{"\xc2\x9b", "\\u{9b}", "\\u{9b}", "\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"::word-and", "\\x3a:word-and", "\\x3a:word-and", "::word-and"},
		{"b ::words/", "b \\x3a:words/", "b \\x3a:words/", "b ::words/"},
		{"::ffff:1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4", "::ffff:1.2.3.4"},
		{"a\nb", "a\\x0ab", "a\\x0ab",
		 "a\xef\xbf\xbd"
		 "b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer buffer = {0};

		buffer_escape(&buffer, rows[i].bytes, strlen(rows[i].bytes), false);
		assert_string_equal(buffer_text(&buffer), rows[i].escaped);
		buffer.length = 0;
		buffer_escape(&buffer, rows[i].bytes, strlen(rows[i].bytes), true);
		assert_string_equal(buffer_text(&buffer), rows[i].ascii);
		buffer.length = 0;
		buffer_replace(&buffer, rows[i].bytes, strlen(rows[i].bytes));
		assert_string_equal(buffer_text(&buffer), rows[i].replaced);
		buffer_free(&buffer);
	}
}

static void test_sentences(void **state)
{
	(void)state;
	assert_string_equal(error_sentence(-EMEDIUMTYPE, "a\x1b"),
			    "a\\x1b is not a dndprof profile; give a file NAME.dndprof, a run "
			    "directory or the parent of run directories");
	assert_non_null(strstr(error_sentence(-ENOMSG, "x"), "dndprof run"));
	assert_non_null(strstr(error_sentence(-EIO, "x"), "Input/output error"));
}

/* One sentence with both versions, whether it is the version or what the file needs. */
static void test_newer(void **state)
{
	(void)state;
	assert_int_equal(error_newer(2, 7, false), -EPROTONOSUPPORT);
	assert_string_equal(error_sentence(-EPROTONOSUPPORT, "x.dndprof"),
			    "x.dndprof has version 2.7 of the profile format, this dndprof knows "
			    "1.1; read it with the dndprof that wrote it, or a later one");
	error_newer(1, 1, true);
	assert_string_equal(error_sentence(-EPROTONOSUPPORT, "x.dndprof"),
			    "x.dndprof has version 1.1 of the profile format and needs features "
			    "this dndprof, which knows 1.1, lacks; read it with the dndprof that "
			    "wrote it, or a later one");
}

static void test_map(void **state)
{
	struct map map = {0};

	(void)state;
	assert_int_equal(map_get(&map, 1), UINT32_MAX);
	for (uint32_t i = 0; i < 10000; i++)
		map_set(&map, (uint64_t)i << 32 | i, i);
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(map_get(&map, (uint64_t)i << 32 | i), i);
	map_set(&map, 0, 5);
	assert_int_equal(map_get(&map, 0), 5);
	assert_int_equal(map_get(&map, 10001), UINT32_MAX);
	map_free(&map);
}

/* Keys that would all stand in one place, were the secret none: a hostile file's. The time is that
 * of any others; else it is minutes. */
static void test_map_of_hostile_keys(void **state)
{
	uint64_t inverse = 1, multiplier = UINT64_C(0x9e3779b97f4a7c15);
	struct map map = {0};
	clock_t begun = clock();

	(void)state;
	for (int i = 0; i < 6; i++) /* Newton: one modulo 2^64 */
		inverse *= 2 - multiplier * inverse;
	assert_int_equal(multiplier * inverse, 1);
	for (uint64_t i = 0; i < 100000; i++) {
		map_set(&map, (i << 47) * inverse, (uint32_t)i);
		map_set(&map, i, (uint32_t)i);
	}
	for (uint64_t i = 0; i < 100000; i++)
		assert_int_equal(map_get(&map, (i << 47) * inverse), i);
	assert_true(clock() - begun < 3 * CLOCKS_PER_SEC);
	map_free(&map);
}

/* The secret is another in every process: a key made of two numbers stands elsewhere. */
static void test_secret(void **state)
{
	uint64_t own = map_key(1, 2), other = 0;
	FILE *child;

	(void)state;
	assert_int_equal(map_key(1, 2), own);
	assert_int_not_equal(map_key(2, 1), own);
	child = popen("exec /proc/$PPID/exe key", "r");
	assert_non_null(child);
	assert_int_equal(fscanf(child, "%" SCNu64, &other), 1);
	assert_int_equal(pclose(child), 0);
	assert_int_not_equal(other, own);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations), cmocka_unit_test(test_dates),
		cmocka_unit_test(test_escapes),	  cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_map),	  cmocka_unit_test(test_map_of_hostile_keys),
		cmocka_unit_test(test_secret),	  cmocka_unit_test(test_newer),
	};

	if (argc == 2 && strcmp(argv[1], "key") == 0) {
		printf("%" PRIu64 "\n", map_key(1, 2));
		return 0;
	}

	return cmocka_run_group_tests(tests, NULL, NULL);
}
