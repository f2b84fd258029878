/*
 * markdown.c - the report for a CI summary: what matters most first, and never more than such a
 * summary may hold.
 *
 * Texts out of a profile stand in code spans, where nothing is markup, not even a mention or a web
 * address; the few characters that end one or a cell stand between spans, as entities. In sentences
 * every character that could be markup is an entity.
 */
#include "render/report.h"

#include <stdio.h>
#include <string.h>

#define LIMIT	      1000000 /* bytes; GitHub's is 1 MiB */
#define RESERVE	      4000    /* for what is said about the rest */
#define ROWS_MOST     50      /* of a table, where no --top was given */
#define NAME_MOST     240     /* columns */
#define SENTENCE_MOST 800
#define WARNINGS      20

/* Tables by importance; others follow. */
static const char *const order[] = {
	"critical_path", "bottlenecks", "recommendations", "summary",  "endpoints", "timing",
	"percentiles",	 "outliers",	"locks",	   "children", "checks",    "workers",
	"categories",	 "resources",	"trends",	   "overhead", "coverage",  "run",
};

struct page {
	struct buffer *buffer;
	const struct style *style;
	const struct model *model;
	size_t limit;		/* of what is being put */
	struct buffer left_out; /* titles of tables there was no room for */
};

static void put_entity(struct buffer *buffer, char c)
{
	buffer_print(buffer, "&#%d;", c);
}

/* `text` escaped for a terminal, at most so many columns of it. */
static void clean(struct buffer *into, const struct style *style, const char *text, int most)
{
	put_cell(into, style, text, -most);
	while (into->length && into->data[into->length - 1] == ' ')
		into->data[--into->length] = 0;
}

static void put_code(struct buffer *buffer, const struct style *style, const char *text)
{
	struct buffer plain = {0};
	bool open = false;

	clean(&plain, style, text, NAME_MOST);
	for (const char *at = buffer_text(&plain); *at; at++) {
		bool ends = strchr("|`\\", *at);

		if (open == ends) {
			buffer_print(buffer, "`");
			open = !open;
		}
		if (ends)
			put_entity(buffer, *at);
		else
			buffer_add(buffer, at, 1);
	}
	buffer_print(buffer, "%s", open ? "`" : plain.length ? "" : "-");
	buffer_free(&plain);
}

/* A letter, a digit, or a sign that is never markup; and what is beyond ASCII. */
static bool is_plain(unsigned char c)
{
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr(" ,;%()/?'\"=", c);
}

/* Of "www.", "http://", "a@b" and "#1" something must be code: it would be a link, made of the
 * letters whatever they are written as. */
static void put_sentence(struct buffer *buffer, const struct style *style, const char *text)
{
	struct buffer plain = {0};

	clean(&plain, style, text, SENTENCE_MOST);
	for (const char *at = buffer_text(&plain); *at; at++)
		if (strncmp(at, "://", 3) == 0) {
			buffer_print(buffer, "`://`");
			at += 2;
		} else if (strncasecmp(at, "www.", 4) == 0) {
			buffer_print(buffer, "%.3s`.`", at);
			at += 3;
		} else if (*at == '@' || *at == '#') {
			buffer_print(buffer, "`%c`", *at);
		} else if (is_plain((unsigned char)*at) || *at == '-' || *at == '.' || *at == ':') {
			buffer_add(buffer, at, 1);
		} else {
			put_entity(buffer, *at);
		}
	buffer_free(&plain);
}

static void put_markdown(struct buffer *buffer, const struct style *style,
			 const struct value *value)
{
	switch (value->kind) {
	case VALUE_TEXT:
		put_code(buffer, style, value->text);
		break;
	case VALUE_SENTENCE:
		put_sentence(buffer, style, value->text);
		break;
	case VALUE_TEXTS:
		for (int64_t i = 0; i < value->number && i < WARNINGS; i++) {
			buffer_print(buffer, "%s", i ? "<br>" : "");
			put_sentence(buffer, style, value->texts[i]);
		}
		if (!value->number)
			buffer_print(buffer, "-");
		break;
	case VALUE_FEW:
		buffer_print(buffer, "n&lt;100");
		break;
	default:
		put_value(buffer, style, value);
	}
}

/* Adds `text` where there is room for it. */
static bool put(struct page *page, struct buffer *text)
{
	bool fits = page->buffer->length + text->length <= page->limit;

	if (fits)
		buffer_add(page->buffer, buffer_text(text), text->length);
	buffer_free(text);
	return fits;
}

static bool is_right(const struct page *page, const struct rows *rows, const struct column *column)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct value value = column->get(page->model, rows->items[i]);

		if (value.kind == VALUE_TEXT || value.kind == VALUE_SENTENCE ||
		    value.kind == VALUE_TEXTS)
			return false;
		if (value.kind != VALUE_NONE)
			return true;
	}
	return false;
}

static void head(struct buffer *text, const struct page *page, const struct table *table,
		 const struct rows *rows)
{
	buffer_print(text, "\n## %s\n\n|", table->title);
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].title)
			buffer_print(text, " %s |", table->columns[i].title);
	buffer_print(text, "\n|");
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].title)
			buffer_print(text, "%s|",
				     is_right(page, rows, &table->columns[i]) ? "--:" : ":--");
	buffer_print(text, "\n");
}

/* One row: a line a column. */
static void put_single(struct page *page, const struct table *table)
{
	const void *row = table->row(page->model, 0);
	struct buffer text = {0};

	buffer_print(&text, "\n## %s\n\n| | |\n|:--|:--|\n", table->title);
	for (size_t i = 0; i < table->column_count; i++) {
		struct value value;

		if (!table->columns[i].title)
			continue;
		value = table->columns[i].get(page->model, row);
		if (value.kind == VALUE_NONE || (value.kind == VALUE_TEXTS && !value.number))
			continue;
		buffer_print(&text, "| %s | ", table->columns[i].title);
		put_markdown(&text, page->style, &value);
		buffer_print(&text, " |\n");
	}
	if (!put(page, &text))
		buffer_print(&page->left_out, "%s%s", page->left_out.length ? ", " : "",
			     table->title);
}

/* At most half of the room that is left: others shall have some, too. */
static void put_rows(struct page *page, const struct table *table)
{
	size_t whole = page->limit;
	struct buffer text = {0};
	struct rows rows;
	size_t shown, done = 0;
	bool fits;

	rows_get(&rows, table, page->style, page->model);
	shown = rows_shown(table, page->style, rows.count, ROWS_MOST);
	if (!page->style->top_asked && shown > ROWS_MOST)
		shown = ROWS_MOST; /* coverage, too: what was not observed is said in the summary */
	if (rows.count)
		head(&text, page, table, &rows);
	page->limit -= (page->limit - page->buffer->length) / 2;
	fits = put(page, &text);
	for (; fits && done < shown; done += fits) {
		buffer_print(&text, "|");
		for (size_t i = 0; i < table->column_count; i++) {
			struct value value;

			if (!table->columns[i].title)
				continue;
			value = table->columns[i].get(page->model, rows.items[done]);
			buffer_print(&text, " ");
			put_markdown(&text, page->style, &value);
			buffer_print(&text, " |");
		}
		buffer_print(&text, "\n");
		fits = put(page, &text);
	}
	page->limit = whole;
	if (rows.count > done && done)
		buffer_print(page->buffer, "\n%zu more.\n", rows.count - done);
	if (rows.count && !done)
		buffer_print(&page->left_out, "%s%s", page->left_out.length ? ", " : "",
			     table->title);
	rows_free(&rows);
}

static void put_table(struct page *page, const struct table *table)
{
	if (table->shape == TABLE_ONE)
		put_single(page, table);
	else
		put_rows(page, table);
}

static void put_title(struct page *page)
{
	const struct model_run *run = &page->model->runs.items[0];
	struct buffer text = {0};

	buffer_print(&text, "# dndprof: ");
	put_code(&text, page->style,
		 *run->subcommand
			 ? arena_print(page->model->arena, "%s %s", run->program, run->subcommand)
			 : run->program);
	buffer_print(&text, ", wall time ");
	put_duration(&text, page->style, page->model->summary.wall_ns);
	if (page->model->runs.count > 1)
		buffer_print(&text, ", %zu runs", page->model->runs.count);
	buffer_print(&text, "\n");
	put(page, &text);
}

/* "> **Try:** ..." */
static void put_quote(struct page *page, const char *lead, const char *sentence)
{
	struct buffer text = {0};

	buffer_print(&text, "\n> **%s** ", lead);
	put_sentence(&text, page->style, sentence);
	buffer_print(&text, "\n");
	put(page, &text);
}

static void put_head(struct page *page)
{
	const struct model *model = page->model;
	const char *sign = page->style->ascii ? "!" : "\xe2\x9a\xa0";

	put_title(page);
	if (model->findings.count) {
		put_quote(page, "Chief finding:", model->findings.items[0].description);
		put_quote(page, "Try:", model->findings.items[0].recommendation);
	}
	for (size_t i = 0; i < model->warnings.count && i < WARNINGS; i++)
		put_quote(page, sign, model->warnings.items[i]);
}

static bool is_ordered(const struct table *table)
{
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (strcmp(table->key, order[i]) == 0)
			return true;
	return false;
}

void render_markdown(struct buffer *buffer, const struct style *style, const struct model *model,
		     int64_t now_ns)
{
	size_t limit = style->room && style->room < LIMIT ? style->room : LIMIT;
	struct page page = {buffer, style, model, limit > RESERVE ? limit - RESERVE : 0, {0}};

	(void)now_ns;
	put_head(&page);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (table_named(order[i]))
			put_table(&page, table_named(order[i]));
	FOR_TABLES(section, table)
	if (!is_ordered(*table) && section_is_wanted(section, style))
		put_table(&page, *table);
	if (page.left_out.length)
		buffer_print(buffer, "\nThere was no room for: %.*s.\n", RESERVE / 2,
			     buffer_text(&page.left_out));
	buffer_free(&page.left_out);
}

void markdown_tables(struct buffer *buffer, const struct style *style, const struct model *model,
		     const char *title, const char *const *notes, const struct table *const *tables)
{
	struct page page = {buffer, style, model, LIMIT - RESERVE, {0}};

	buffer_print(buffer, "# dndprof: %s\n", title);
	for (; *notes; notes += 2)
		put_quote(&page, notes[0], notes[1]);
	for (; *tables; tables++)
		put_table(&page, *tables);
	if (page.left_out.length)
		buffer_print(buffer, "\nThere was no room for: %.*s.\n", RESERVE / 2,
			     buffer_text(&page.left_out));
	buffer_free(&page.left_out);
}
