/* The text report's frame: how wide it may be, how texts are folded, its colours. */
#include "render/report.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static char *rendered(struct builder *builder, const struct style *style)
{
	struct run *run = builder_run(builder);
	struct model *model = model_build(&run, 1);
	struct buffer buffer = {0};

	render_text(&buffer, style, model, 0);
	model_free(model);
	run_close(run);
	builder_free(builder);
	return buffer.data;
}

/* Names, programs and paths longer than any line. */
static struct builder *long_names(void)
{
	struct builder *builder = builder_everything();
	char name[400], program[300];

	memset(name, 'n', sizeof(name));
	for (int i = 0; i < 3; i++) {
		name[10 + i] = ' ';
		builder_record(builder,
			       (struct dndprof_record){.start = 1800000000 + i * 30000000ull,
						       .duration = 25000000,
						       .fd = -1,
						       .call = DNDPROF_CALL_getaddrinfo,
						       .payload = DNDPROF_PAYLOAD_NAME},
			       name, 200);
	}
	memset(program, 'p', sizeof(program));
	for (uint64_t i = 0; i < 2; i++) {
		builder_record(builder,
			       (struct dndprof_record){.start = 1900000000 + i * 40000000,
						       .duration = 900000,
						       .fd = -1,
						       .arg = 2000 + i,
						       .call = DNDPROF_CALL_posix_spawn,
						       .payload = DNDPROF_PAYLOAD_PROGRAM},
			       program, 200 + i);
		builder_record(builder,
			       (struct dndprof_record){.start = 1901000000 + i * 40000000,
						       .duration = 30000000,
						       .result = 2000 + (int64_t)i,
						       .fd = -1,
						       .call = DNDPROF_CALL_waitpid},
			       NULL, 0);
	}
	return builder;
}

/* report.md promises two tables that are wider than 80 columns: theirs are. */
static bool is_wide(const char *title)
{
	return strcmp(title, "CHECK PERFORMANCE") == 0 || strcmp(title, "CATEGORY BREAKDOWN") == 0;
}

static void assert_width(char *text)
{
	char *title = "", *before = "";

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "-----", 5) == 0)
			title = before;
		before = line;
		if (utf8_columns(line) > (is_wide(title) ? 90 : 80))
			fail_msg("%zu columns: %s", utf8_columns(line), line);
	}
}

static void test_width(void **state)
{
	static const struct style styles[] = {{.ascii = false}, {.ascii = true}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = rendered(long_names(), &styles[i]);

		assert_non_null(strstr(text, "nnnnnnnnnnnn"));
		assert_width(text);
		free(text);
		text = rendered(builder_everything(), &styles[i]);
		assert_width(text);
		free(text);
	}
}

#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static void test_fold(void **state)
{
	static const struct {
		const char *text;
		size_t column, indent;
		const char *expected;
	} rows[] = {
		{"", 0, 2, ""},
		{"short", 70, 2, "short"},
		{"does not fit", 70, 2, "does not\n  fit"},
		{"nothing_fits", 75, 2, "\n  nothing_fits"},
		{FIFTY " " FIFTY, 0, 4, FIFTY "\n    " FIFTY},
		{FIFTY FIFTY, 0, 4, FIFTY TEN TEN "012345678\n    9" TEN TEN},
		{"a  b", 0, 2, "a  b"},
		{FIFTY FIFTY, 200, 4, "\n    " FIFTY TEN TEN "01234\n    56789" TEN TEN},
		/* Cut before "::": by one character more, which may have two bytes. */
		{FIFTY TEN TEN "012345678::x", 0, 0, FIFTY TEN TEN "01234567\n8::x"},
		{FIFTY TEN TEN "01234567\u00e9::x", 0, 0, FIFTY TEN TEN "01234567\n\u00e9::x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer buffer = {0};

		put_folded(&buffer, rows[i].text, rows[i].column, rows[i].indent);
		assert_string_equal(buffer_text(&buffer), rows[i].expected);
		buffer_free(&buffer);
	}
}

/* Colours are all that differs, each is ended on its line or the next, and none is there unasked.
 */
static void test_color(void **state)
{
	struct style plain = {0}, colored = {.color = true};
	char *without = rendered(builder_everything(), &plain);
	char *with = rendered(builder_everything(), &colored), *to = with;

	(void)state;
	assert_null(strchr(without, 033));
	assert_non_null(strstr(with, "\033[1mEXECUTIVE SUMMARY\033[m\n"));
	assert_non_null(strstr(with, "\033[33m"));
	for (const char *at = with; *at;) {
		if (*at == 033)
			at += strcspn(at, "m") + 1;
		else
			*to++ = *at++;
	}
	*to = 0;
	assert_string_equal(with, without);
	free(with);
	free(without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
