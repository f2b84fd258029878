/* CSV and markdown: their own rules, whatever texts a profile holds. */
#include "render/report.h"
#include "support/builder.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static char *rendered(struct builder *builder, const char *format, const struct style *style)
{
	struct run *run = builder_run(builder);
	struct model *model = model_build(&run, 1);
	struct buffer buffer = {0};

	format_of(format)->render(&buffer, style, model, 0);
	model_free(model);
	run_close(run);
	builder_free(builder);
	return buffer.data;
}

static const char *const evil[] = {
	"=cmd|' /C calc'!A0",
	"+1+1",
	"-2+3",
	"@SUM(A1)",
	"  =HYPERLINK(\"http://evil.example\")",
	"\xef\xbc\x9d"
	"1+1",
	"\t=1",
	"a\"b,c\r\nd",
	"<script>alert(1)</script>",
	"[x](javascript:alert(1))",
	"| a | b |",
	"`code` ``two``",
	"back\\slash\\",
	"@someone and www.evil.example",
	"https://evil.example/#42",
	"**bold** _it_ ~~s~~ $x$",
	"&lt;b&gt;",
	"\x1b[31m\xff",
};
#define EVIL (sizeof(evil) / sizeof(evil[0]))

/* Names looked up, which may be any text; they stand in the critical path. */
static struct builder *evil_names(void)
{
	struct builder *builder = builder_new();

	for (size_t i = 0; i < EVIL; i++)
		builder_record(builder,
			       (struct dndprof_record){.start = 1010000000 + i * 20000000,
						       .duration = 12000000 + i * 1000,
						       .fd = -1,
						       .call = DNDPROF_CALL_getaddrinfo,
						       .payload = DNDPROF_PAYLOAD_NAME},
			       evil[i], strlen(evil[i]));
	return builder;
}

/* The fields of the next record; NULL at the end. RFC 4180 to the letter. */
static const char *next_record(const char *at, char fields[][2048], size_t *count)
{
	*count = 0;
	if (!*at)
		return NULL;
	for (;;) {
		char *to = fields[(*count)++];

		if (*at == '"') {
			for (at++; *at != '"' || at[1] == '"'; at++) {
				assert_true(*at);
				at += *at == '"';
				*to++ = *at;
			}
			at++;
		} else {
			while (*at != ',' && *at != '\r') {
				assert_true(*at && *at != '"' && *at != '\n');
				*to++ = *at++;
			}
		}
		*to = 0;
		if (*at == ',') {
			at++;
			continue;
		}
		assert_memory_equal(at, "\r\n", 2);
		return at + 2;
	}
}

static char fields[256][2048];

static void test_csv(void **state)
{
	struct style style = {0};
	char *text = rendered(evil_names(), "csv", &style);
	size_t columns, count, lines = 0, names = 0;
	const char *at = next_record(text, fields, &columns);
	size_t what = 0;

	(void)state;
	assert_string_equal(fields[0], "table");
	while (what < columns && strcmp(fields[what], "what") != 0)
		what++;
	assert_true(what < columns);
	while ((at = next_record(at, fields, &count))) {
		lines++;
		assert_int_equal(count, columns);
		names += strcmp(fields[0], "timing.critical_path") == 0 && *fields[what];
		for (size_t i = 0; i < count; i++)
			assert_null(strchr("=+@\t\r\n", fields[i][0] ? fields[i][0] : 'x'));
	}
	assert_true(names >= EVIL);
	assert_true(lines > EVIL);
	assert_non_null(strstr(text, "\"'=cmd|' /C calc'!A0\""));
	assert_non_null(strstr(text, "\"'-2+3\""));
	assert_non_null(strstr(text, "\"'  =HYPERLINK(\"\"http://evil.example\"\")\""));
	assert_non_null(strstr(text, "\"'\xef\xbc\x9d"));
	free(text);
}

static void test_csv_table(void **state)
{
	struct style style = {.only = table_named("timing.percentiles")};
	char *text = rendered(builder_seed(), "csv", &style);

	(void)state;
	assert_string_equal(text, "percentile,value_ns,low_ns,high_ns\r\n"
				  "\"p50\",10500000,6293750,11000000\r\n"
				  "\"p90\",11000000,11000000,45200000\r\n"
				  "\"p95\",45200000,11000000,156700000\r\n"
				  "\"p99\",98700000,45200000,\r\n"
				  "\"p99_9\",,,\r\n");
	free(text);
}

/* Every line of a table has its cells, and nothing of a text is markup. */
static void test_markdown(void **state)
{
	struct style style = {0};
	char *text = rendered(evil_names(), "markdown", &style);
	size_t cells = 0;

	(void)state;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t bars = 0, ticks = 0;

		for (const char *at = line; *at; at++) {
			bars += *at == '|';
			ticks += *at == '`';
			assert_true((unsigned char)*at >= 0x20);
		}
		assert_int_equal(ticks % 2, 0);
		if (*line != '|') {
			cells = 0;
			continue;
		}
		cells = cells ? cells : bars;
		assert_int_equal(bars, cells);
		if (strstr(line, "<script"))
			assert_non_null(strstr(line, "`<script>alert(1)</script>`"));
		if (strstr(line, "`back"))
			assert_non_null(strstr(line, "`back`&#92;`slash`&#92; "));
		if (strstr(line, "`two"))
			assert_non_null(
				strstr(line, "&#96;`code`&#96;` `&#96;&#96;`two`&#96;&#96; "));
	}
	free(text);
}

static struct builder *many_names(size_t count)
{
	struct builder *builder = builder_new();

	builder_ring(builder, 65536, 4);
	for (size_t i = 0; i < count; i++) {
		char name[200];

		snprintf(name, sizeof(name), "%0150zu.%s", i, i % 2 ? "|||||||||||" : "example");
		builder_record(builder,
			       (struct dndprof_record){.start = 1010000000 + i * 20000,
						       .duration = 12000,
						       .fd = -1,
						       .call = DNDPROF_CALL_getaddrinfo,
						       .payload = DNDPROF_PAYLOAD_NAME},
			       name, strlen(name));
	}
	return builder;
}

/* A CI summary holds no more than a megabyte, and says what was left out. */
static void test_markdown_limit(void **state)
{
	struct style all = {.top_asked = true};
	struct style usual = {0};
	char *text = rendered(many_names(9000), "markdown", &all);

	(void)state;
	assert_true(strlen(text) > 450000 && strlen(text) <= 1000000);
	assert_non_null(strstr(text, "\n## Summary\n"));
	assert_non_null(strstr(text, " more.\n"));
	assert_non_null(strstr(text, "\n## Coverage\n"));
	free(text);
	text = rendered(many_names(9000), "markdown", &usual);
	assert_true(strlen(text) < 50000);
	assert_non_null(strstr(text, " more.\n"));
	free(text);
}

/* What is missing is said in every format. */
static void test_no_data(void **state)
{
	static const char *const formats[] = {"text", "json", "csv", "markdown"};
	struct style style = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct builder *builder = builder_new();
		char *text;

		builder->header.losses[DNDPROF_LOSS_NO_RING] = 5;
		text = rendered(builder, formats[i], &style);
		print_message("%s\n", formats[i]);
		assert_non_null(strstr(text, "No operation was observed"));
		assert_non_null(strstr(text, "Lost: 5 records dropped"));
		free(text);
		text = rendered(builder_everything(), formats[i], &style);
		assert_non_null(strstr(text, "1 of 2 processes was not observed"));
		free(text);
	}
}

static void test_ascii(void **state)
{
	static const char *const formats[] = {"text", "json", "csv", "markdown"};
	struct style style = {.ascii = true};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char *text = rendered(evil_names(), formats[i], &style);

		for (const char *at = text; *at; at++)
			assert_true(*at > 0);
		free(text);
	}
}

/* The data of a page: JSON that holds every text, and no byte that could end its element. */
static void test_html(void **state)
{
	static const char begin[] = "id=\"data\">";
	struct style style = {0};
	char *text = rendered(evil_names(), "html", &style);
	char *data = strstr(text, begin) + sizeof(begin) - 1, *end = strstr(data, "</script>");
	json_t *json = json_loadb(data, (size_t)(end - data), 0, NULL), *texts;
	size_t found = 0;

	(void)state;
	assert_non_null(json);
	assert_null(memchr(data, '<', (size_t)(end - data)));
	assert_null(memchr(data, '&', (size_t)(end - data)));
	assert_memory_equal(text, "<!DOCTYPE html>", 15);
	assert_non_null(strstr(text, "Content-Security-Policy"));
	texts = json_object_get(json, "texts");
	for (size_t i = 0; i < json_array_size(texts); i++)
		for (size_t j = 0; j < EVIL; j++)
			found += strcmp(json_string_value(json_array_get(texts, i)), evil[j]) == 0;
	assert_int_equal(found, EVIL - 3); /* all but those with control characters */
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(json, "operations"), "start")),
		EVIL);
	json_decref(json);
	free(text);
}

/* A page has so many operations and no more, the longest; of those with the shortest length that is
 * kept the first; and says how many there are. */
static void test_html_limit(void **state)
{
	static const char begin[] = "id=\"data\">";
	const size_t most = 250000, more = 250000 + 5000;
	struct style style = {0};
	struct builder *builder = evil_names();
	struct run *run = builder_run(builder);
	struct model *model = model_build(&run, 1);
	struct buffer buffer = {0};
	json_t *json, *operations, *lengths;
	size_t shortest = 0, longer = 0;
	char *data;

	(void)state;
	while (model->operations.count < more) {
		struct operation *operation = list_add(&model->operations);

		*operation = model->operations.items[0];
		operation->start_ns += (int64_t)model->operations.count;
		/* 1000 are shorter than all others, of 10,000 each of one length */
		operation->duration_ns =
			model->operations.count % 255 == 0
				? 1
				: 1000 * (int64_t)(model->operations.count / 10000 + 1);
	}
	for (size_t i = 0; i < more; i++)
		longer += model->operations.items[i].duration_ns > 1000;
	render_html(&buffer, &style, model, 0);
	data = strstr(buffer.data, begin) + sizeof(begin) - 1;
	json = json_loadb(data, (size_t)(strstr(data, "</script>") - data), 0, NULL);
	operations = json_object_get(json, "operations");
	lengths = json_object_get(operations, "length");
	assert_int_equal(json_integer_value(json_object_get(operations, "count")), most);
	assert_int_equal(json_integer_value(json_object_get(operations, "of_all")), more);
	assert_int_equal(json_array_size(lengths), most);
	for (size_t i = 0; i < most; i++) {
		int64_t length = json_integer_value(json_array_get(lengths, i));

		assert_true(length >= 1000);
		shortest += length == 1000;
	}
	assert_in_range(shortest, 1, 9999); /* of 10,000 of that length, what has room */
	assert_int_equal(shortest, most - longer);
	json_decref(json);
	buffer_free(&buffer);
	model_free(model);
	run_close(run);
	builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),	   cmocka_unit_test(test_csv_table),
		cmocka_unit_test(test_markdown),   cmocka_unit_test(test_html),
		cmocka_unit_test(test_html_limit), cmocka_unit_test(test_markdown_limit),
		cmocka_unit_test(test_no_data),	   cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
