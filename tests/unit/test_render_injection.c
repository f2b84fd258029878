/*
 * No text out of a profile can inject: each hostile text at each place, in everything that is
 * printed, by the rules of whoever reads that (support/outputs_rules.c). The rules are tried
 * themselves on what they must refuse.
 */
#include "findings/findings.h"
#include "support/cmocka.h"
#include "support/outputs.h"
#include "support/planted.h"

#include <string.h>

static const struct planted hostile[] = {
#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
	/* terminals */
	TEXT("\x1b[2J\x1b[31mred"),
	TEXT("\x1b]0;title\a"),
	TEXT("\x1b]52;c;ZXZpbA==\a"),
	TEXT("\x9b"
	     "31m"),
	TEXT("\xc2\x9b"
	     "31m"),
	TEXT("\xe2\x80\xaegpj.exe"),
	TEXT("\xef\xbb\xbf\xe2\x80\x8bnothing"),
	TEXT("\xff\xfe\xc0\x80\xed\xa0\x80"),
	TEXT("a\rb\nc\td\be\x7f"),
	/* spreadsheets */
	TEXT("=cmd|' /C calc'!A0"),
	TEXT("+1+1"),
	TEXT("-2+3"),
	TEXT("@SUM(A1)"),
	TEXT("   =1+1"),
	TEXT("\xef\xbc\x9d"
	     "1+1"),
	TEXT("\",=1+1,\""),
	/* markdown */
	TEXT("| a | b |\n|---|---|"),
	TEXT("`` ` ``` \\`"),
	TEXT("[x](javascript:alert(1))"),
	TEXT("![x](http://evil.example/x.png)"),
	TEXT("@everyone #1 https://evil.example"),
	TEXT("# title\n> quote\n- list"),
	/* HTML and its script */
	TEXT("</script><script>alert(1)</script>"),
	TEXT("<!--<script>"),
	TEXT("<img src=x onerror=alert(1)>"),
	TEXT("\" onmouseover=\"alert(1)"),
	TEXT("&lt;b&gt;&amp;&#60;"),
	/* XML */
	TEXT("]]><failure message=\"no\"/>"),
	TEXT("<![CDATA[x]]>"),
	TEXT("&evil;<?x?>"),
	TEXT("\xef\xbf\xbe\xef\xbf\xbf"),
	/* OpenMetrics */
	TEXT("\"} 1\nevil 1\n# EOF\n"),
	TEXT("\\"),
	TEXT("a\\\"b\\n# HELP"),
	/* annotations */
	TEXT("\n::error title=evil::x"),
	TEXT("%0A::set-output name=x::y"),
	TEXT(",file=/etc/passwd,line=1::stop-commands::x"),
	/* what a CI runner obeys in a log, wherever a report is printed to one */
	TEXT("::error title=evil::x"),
	TEXT("::stop-commands"),
	TEXT("a ::add-mask::b ##[set-output name=x]y"),
	TEXT("##vso[task.setvariable variable=PATH]/evil"),
	TEXT("1234567890123456789012345678901234567890123456789012345678901234567::error::x"),
	/* JSON, printf, paths, nothing much */
	TEXT("\",\"evil\":1,\"x\":\""),
	TEXT("%s%s%n%999999d"),
	TEXT("../../../../etc/passwd"),
	TEXT(" "),
#undef TEXT
};
#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

#define PLACE_NAME_OF(id) #id,
static const char *const place_names[] = {PLACES(PLACE_NAME_OF)};
#undef PLACE_NAME_OF

/* Every finding that can be made is made: they put names into sentences. */
static void check_run(struct run *run, const char *where)
{
	static const struct thresholds lowest;
	struct model *model = model_build(&run, 1);
	struct buffer buffer = {0};

	findings_find(model, &lowest);
	for (size_t i = 0; i < output_count; i++) {
		const char *problem;

		outputs[i].print(&buffer, model);
		problem = outputs[i].problem(buffer_text(&buffer), buffer.length);
		if (problem)
			fail_msg("%s as %s: %s\n%s", where, outputs[i].name, problem,
				 buffer_text(&buffer));
		buffer.length = 0;
	}
	buffer_free(&buffer);
	model_free(model);
	run_close(run);
}

/* The same text everywhere; with and without a run.json, which would hide others. */
static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		struct planted texts[PLACE_COUNT] = {0};

		for (size_t place = 0; place < PLACE_RUN_PROGRAM; place++)
			texts[place] = hostile[i];
		check_run(planted_run(texts), hostile[i].text);
		for (size_t place = PLACE_RUN_PROGRAM; place < PLACE_COUNT; place++)
			texts[place] = hostile[i];
		check_run(planted_run(texts), hostile[i].text);
	}
}

/* One place, that of each in its turn, among usual ones: what comes before and after is not evil.
 */
static void test_places(void **state)
{
	static const size_t chosen[] = {0, 9, 16, 22, 27, 31, 34};

	(void)state;
	for (size_t place = 0; place < PLACE_COUNT; place++)
		for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
			struct planted texts[PLACE_COUNT] = {0};

			texts[place] = hostile[chosen[i]];
			check_run(planted_run(texts), place_names[place]);
		}
}

/* Each place is one: its text comes out in some format. */
static void test_places_are_seen(void **state)
{
	size_t missing = 0;

	(void)state;
	for (size_t place = 0; place < PLACE_COUNT; place++) {
		struct planted texts[PLACE_COUNT] = {0};
		struct run *run;
		struct model *model;
		struct buffer buffer = {0};

		texts[place] = (struct planted){"Canary7", 7};
		run = planted_run(texts);
		model = model_build(&run, 1);
		for (size_t i = 0; i < output_count; i++)
			outputs[i].print(&buffer, model);
		if (!strstr(buffer_text(&buffer), "Canary7"))
			print_error("%s is printed nowhere\n", place_names[place]), missing++;
		buffer_free(&buffer);
		model_free(model);
		run_close(run);
	}
	assert_int_equal(missing, 0);
}

/* ---- the rules can refuse ---- */

static void test_rules(void **state)
{
	static const struct {
		const char *(*rule)(const char *text, size_t length);
		const char *bad, *good;
	} rows[] = {
		{problem_terminal, "a\x1b[31m\n", "a\n"},
		{problem_terminal, "\xe2\x80\xae\n", "\xc3\xa4\n"},
		{problem_terminal, "\xff\n", "\n"},
		{problem_terminal, "a\n  ::error::b\n",
		 "a ::error::b\n ::1:80 ::ffff:1.2.3.4 a::b\n"},
		{problem_terminal, "::group x\n", ":: x\n::x:\n"},
		{problem_ascii, "a ##vso[b\n", "a # [b ##\n"},
		{problem_json, "[\"##[error]\"]", "[\"\\u0023#[error]\"]"},
		{problem_ascii, "\xc3\xa4\n", "~\n"},
		{problem_json, "{\"a\": 1", "{\"a\": 1}\n"},
		{problem_json, "{\"a\": 1, \"a\": 2}", "{\"a\": \"\xc3\xa4\"}"},
		{problem_json_lines, "{}\n{\n", "{}\n{}\n"},
		{problem_json_lines, "{} {}\n", "[]\n"},
		{problem_csv, "\"a\"\r\n\"=1\"\r\n", "\"a\"\r\n\"'=1\"\r\n"},
		{problem_csv, "a,b\r\nc\r\n", "a,b\r\n1,-2.5\r\n"},
		{problem_csv, "\"a\r\n", "\"a\"\"b,\"\r\n"},
		{problem_csv, "a b\r\n", "\r\n"},
		{problem_markdown, "| a | b |\n| c |\n", "| a | b |\n| `<c>` | d |\n"},
		{problem_markdown, "<b>\n", "a\n"},
		{problem_markdown, "`a\n", "`a`\n"},
		{problem_page, "x id=\"data\">{}</b></script>", "x id=\"data\">{}</script>"},
		{problem_xml, "<a b=\"<c>\"/>", "<a b=\"&lt;c&gt;\"/>"},
		{problem_xml, "<a>x & y</a>", "<a>x &amp; y</a>"},
		{problem_xml, "<a></b>", "<?xml version=\"1.0\"?><a></a>"},
		{problem_xml, "<a b=\"c\"d=\"e\"/>", "<a b=\"c\" d=\"e\"/>"},
		{problem_metrics, "a{b=\"\"c\"} 1\n# EOF\n", "a{b=\"\\\"c\"} 1\n# EOF\n"},
		{problem_metrics, "a 1\n# EOF\nb 1\n", "a 1.5e-9\n# EOF\n"},
		{problem_metrics, "a 1\n", "# EOF\n"},
		{problem_annotations, "::error::x\n", "::warning title=dndprof%3A x::y\n"},
		{problem_annotations, "::warning title=dndprof,file=x::y\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].rule(rows[i].bad, strlen(rows[i].bad)))
			fail_msg("not refused: %s", rows[i].bad);
		if (rows[i].rule(rows[i].good, strlen(rows[i].good)))
			fail_msg("refused: %s: %s", rows[i].good,
				 rows[i].rule(rows[i].good, strlen(rows[i].good)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_places_are_seen),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
