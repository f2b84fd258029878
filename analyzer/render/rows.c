/*
 * rows.c - a table's rows in the order that was asked for (--sort), and how many of them are shown
 * (--top).
 */
#include "render/table.h"

#include "base/sort.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool column_is(const struct column *column, const char *name)
{
	static const char unit[] = "_ns";
	size_t length = strlen(name);

	if (column->title && strcasecmp(column->title, name) == 0)
		return true;
	if (!column->key || strncmp(column->key, name, length) != 0)
		return false;
	return !column->key[length] || strcmp(column->key + length, unit) == 0;
}

const struct column *table_column(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (column_is(&table->columns[i], name))
			return &table->columns[i];
	return NULL;
}

/* The last one asked for wins. */
static const struct column *sort_column(const struct table *table, const struct style *style,
					bool *reverse)
{
	for (size_t i = style->sort_count; i-- > 0;) {
		const struct sort *sort = &style->sorts[i];
		const struct column *column = table_column(table, sort->column);

		if (column && (!sort->table || strcmp(sort->table, table->key) == 0)) {
			*reverse = sort->reverse;
			return column;
		}
	}
	return NULL;
}

struct keyed {
	const void *row;
	struct value value;
	size_t index;
	bool reverse;
};

static int rank_of(const struct value *value) /* what has no value comes last, always */
{
	return value->kind == VALUE_NONE ? 2 : value->kind == VALUE_FEW ? 1 : 0;
}

static bool is_text(const struct value *value)
{
	return value->kind == VALUE_TEXT || value->kind == VALUE_SENTENCE;
}

static bool is_real(const struct value *value)
{
	return value->kind == VALUE_REAL || value->kind == VALUE_SHARE;
}

/* Numbers descending, texts ascending; a column may have numbers of several units. */
static int compare_values(const struct value *x, const struct value *y)
{
	double first = is_real(x) ? x->real : (double)x->number;
	double second = is_real(y) ? y->real : (double)y->number;

	if (is_text(x) || is_text(y))
		return is_text(x) && is_text(y) ? strcmp(x->text, y->text)
						: is_text(x) - is_text(y);
	if (!is_real(x) && !is_real(y))
		return (x->number < y->number) - (x->number > y->number);
	return (first < second) - (first > second);
}

static int compare(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = rank_of(&x->value) - rank_of(&y->value);

	if (!order && !rank_of(&x->value)) {
		order = compare_values(&x->value, &y->value);
		order = x->reverse ? -order : order;
	}
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

void rows_get(struct rows *rows, const struct table *table, const struct style *style,
	      const struct model *model)
{
	bool reverse = false;
	const struct column *column = sort_column(table, style, &reverse);
	struct keyed *keyed;

	rows->count = table->rows(model);
	rows->items = memory_get((rows->count + 1) * sizeof(*rows->items));
	for (size_t i = 0; i < rows->count; i++)
		rows->items[i] = table->row(model, i);
	if (!column || rows->count < 2)
		return;
	keyed = memory_get(rows->count * sizeof(*keyed));
	for (size_t i = 0; i < rows->count; i++)
		keyed[i] = (struct keyed){rows->items[i], column->get(model, rows->items[i]), i,
					  reverse};
	sort(keyed, rows->count, sizeof(*keyed), compare);
	for (size_t i = 0; i < rows->count; i++)
		rows->items[i] = keyed[i].row;
	free(keyed);
}

void rows_free(struct rows *rows)
{
	free(rows->items);
	rows->items = NULL;
	rows->count = 0;
}

size_t rows_shown(const struct table *table, const struct style *style, size_t count, size_t usual)
{
	size_t most = style->top_asked ? style->top : usual;

	return table->shape != TABLE_ROWS || !most || count < most ? count : most;
}
