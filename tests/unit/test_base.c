/* Durations, dates, escapes, sentences, the number map. */
#include "base/buffer.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/map.h"
#include "support/cmocka.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations), cmocka_unit_test(test_dates),
		cmocka_unit_test(test_escapes),	  cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
