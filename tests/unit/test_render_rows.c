/* --sort and --top: the order of rows, and how many are shown. */
#include "render/report.h"
#include "support/cmocka.h"

#include <string.h>

struct item {
	int64_t number; /* below 0: none */
	const char *text;
	double share;
};

static const struct item items[] = {
	{5, "beta", 0.5}, {-1, "alpha", 0.25}, {7, "gamma", -1}, {5, "delta", 0.125}};

COLUMN(item_number, item, value_some_ns(row->number))
COLUMN(item_text, item, value_text(row->text))
COLUMN(item_share, item, value_share(row->share))
static const struct column columns[] = {{"total_ns", "Total Time", 12, item_number},
					{"name", "Name", -8, item_text},
					{"share", NULL, 0, item_share}};
TABLE_ACCESS(test_table, 4, &items[index])
TABLE_OF(test_table, "things", "Things", columns, TABLE_ROWS);

static void assert_order(const struct sort *sorts, size_t count, const char *expected)
{
	struct style style = {.sorts = sorts, .sort_count = count};
	char order[64] = "";
	struct rows rows;

	rows_get(&rows, &test_table, &style, NULL);
	assert_int_equal(rows.count, 4);
	for (size_t i = 0; i < rows.count; i++) {
		const struct item *item = rows.items[i];

		strncat(order, item->text, 1);
	}
	rows_free(&rows);
	assert_string_equal(order, expected);
}

#define ORDER(expected, ...)                             \
	assert_order((const struct sort[]){__VA_ARGS__}, \
		     sizeof((const struct sort[]){__VA_ARGS__}) / sizeof(struct sort), expected)

/* What has no value is last both ways; equal ones stay as they were. */
static void test_order(void **state)
{
	(void)state;
	assert_order(NULL, 0, "bagd");
	ORDER("gbda", {NULL, "total_ns", false});
	ORDER("gbda", {NULL, "total", false});
	ORDER("gbda", {NULL, "total time", false});
	ORDER("bdga", {"things", "total", true});
	ORDER("abdg", {NULL, "name", false});
	ORDER("gdba", {NULL, "name", true});
	ORDER("badg", {NULL, "share", false});
	ORDER("dabg", {NULL, "share", true});
	ORDER("bagd", {"others", "total", false});
	ORDER("bagd", {NULL, "nothing", false});
	ORDER("abdg", {NULL, "total", false}, {NULL, "name", false});
}

static void test_names(void **state)
{
	(void)state;
	assert_ptr_equal(table_column(&test_table, "total"), &columns[0]);
	assert_ptr_equal(table_column(&test_table, "NAME"), &columns[1]);
	assert_null(table_column(&test_table, "tot"));
	assert_null(table_column(&test_table, "total_"));
	assert_null(table_column(&test_table, ""));
}

static void test_top(void **state)
{
	struct style style = {0};
	struct table all = test_table;

	(void)state;
	all.shape = TABLE_ALL;
	assert_int_equal(rows_shown(&test_table, &style, 4, 3), 3);
	assert_int_equal(rows_shown(&test_table, &style, 4, 0), 4);
	assert_int_equal(rows_shown(&all, &style, 4, 3), 4);
	style.top_asked = true;
	assert_int_equal(rows_shown(&test_table, &style, 4, 3), 4);
	style.top = 2;
	assert_int_equal(rows_shown(&test_table, &style, 4, 3), 2);
	assert_int_equal(rows_shown(&test_table, &style, 1, 3), 1);
	assert_int_equal(rows_shown(&all, &style, 4, 3), 4);
}

static void test_text(void **state)
{
	struct sort sort = {NULL, "total", false};
	struct style style = {.sorts = &sort, .sort_count = 1, .top_asked = true, .top = 2};
	struct buffer buffer = {0};

	(void)state;
	table_text(&buffer, &style, &test_table, NULL);
	assert_string_equal(buffer_text(&buffer), "  Total TimeName\n"
						  "         7nsgamma\n"
						  "         5nsbeta\n"
						  "2 more (--top 0 shows all)\n");
	buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
