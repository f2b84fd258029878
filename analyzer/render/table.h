/*
 * table.h - tables and columns as data: what a cell is, how wide in text, under which key it stands
 * in JSON and CSV. All formats are made from the same rows, so that a new column is one line.
 */
#ifndef ANALYZER_TABLE_H
#define ANALYZER_TABLE_H

#include <jansson.h>

#include "base/buffer.h"
#include "model/model.h"

struct labels;
struct history_page;

/* Order of the rows of the tables that have this column. */
struct sort {
	const char *table;  /* its key; NULL: any */
	const char *column; /* its key, with or without _ns, or its title */
	bool reverse;	    /* numbers ascending, texts descending */
};

/* Rows of a table that text shows where no --top was given. */
#define ROWS_USUAL 20

struct style {
	bool ascii;	/* nothing beyond ASCII */
	bool color;	/* of a terminal */
	bool trends;	/* trends with their figures */
	bool stacks;	/* the call sites, too */
	bool top_asked; /* else each format has its own limits */
	size_t top;	/* at most so many rows of a table; 0: all */
	size_t room;	/* markdown: at most so many bytes; 0: its own limit */
	const struct sort *sorts;
	size_t sort_count;
	const struct table *only;	 /* CSV: this one alone; NULL: all */
	const struct labels *labels;	 /* dump: anonymous, by these; NULL: as it is */
	const struct history_page *past; /* HTML: runs before this one; NULL: none are known */
};

enum value_kind {
	VALUE_NONE, /* null; "-" */
	VALUE_TEXT, /* from the profile: escaped, replaced */
	VALUE_COUNT,
	VALUE_NS,
	VALUE_BOOL,
	VALUE_FEW,	/* too few operations for this percentile: null; "n<100" */
	VALUE_TEXTS,	/* array of texts; ", " between */
	VALUE_SENTENCE, /* as a text, but prose rather than a name */
	VALUE_BYTES,
	VALUE_TIME, /* ns since the epoch */
	VALUE_REAL,
	VALUE_SHARE, /* of 1; printed as percent */
};

struct value {
	enum value_kind kind;
	int64_t number;
	double real;
	const char *text;
	const char *const *texts;
};

/* A column has a key, a title or both. Without a width it is not in the text report's table, whose
 * lines are full: markdown has it nevertheless. */
struct column {
	const char *key;   /* in JSON and CSV; NULL: not there */
	const char *title; /* for people; NULL: not there */
	int width;	   /* in text; below 0: left-aligned */
	struct value (*get)(const struct model *model, const void *row);
};

enum table_shape {
	TABLE_ROWS, /* any number of rows: an array in JSON */
	TABLE_ALL,  /* the same, and --top leaves none of them out */
	TABLE_ONE,  /* always one: an object */
	TABLE_MAP,  /* rows named by their first column: an object of objects */
};

/* A table of the report: its name, its columns, its rows. Every format prints it from here. */
struct table {
	const char *key;   /* in JSON and CSV */
	const char *title; /* for people */
	const struct column *columns;
	size_t column_count;
	size_t (*rows)(const struct model *model);
	const void *(*row)(const struct model *model, size_t index); /* lives with the model */
	enum table_shape shape;
};

#define TABLE_OF(name, key, title, columns, shape)                                        \
	const struct table name = {                                                       \
		key,	     title,	 columns, sizeof(columns) / sizeof((columns)[0]), \
		name##_rows, name##_row, shape}
#define TABLE_ACCESS(name, count_expression, row_expression)                   \
	static size_t name##_rows(const struct model *model)                   \
	{                                                                      \
		(void)model;                                                   \
		return count_expression;                                       \
	}                                                                      \
	static const void *name##_row(const struct model *model, size_t index) \
	{                                                                      \
		(void)model;                                                   \
		(void)index;                                                   \
		return row_expression;                                         \
	}

/* The rows of a table are the items of a list of the model. */
#define TABLE(name, key, title, columns, list)                           \
	TABLE_ACCESS(name, model->list.count, &model->list.items[index]) \
	TABLE_OF(name, key, title, columns, TABLE_ROWS)

/* The table's one row is a part of the model. */
#define TABLE_SINGLE(name, key, title, columns, part) \
	TABLE_ACCESS(name, 1, &model->part)           \
	TABLE_OF(name, key, title, columns, TABLE_ONE)

/* A column's `get`: `row` is the row, `model` the model. */
#define COLUMN(name, type, expression)                                        \
	static struct value name(const struct model *model, const void *data) \
	{                                                                     \
		const struct type *row = data;                                \
                                                                              \
		(void)model;                                                  \
		(void)row;                                                    \
		return expression;                                            \
	}

struct value value_none(void);
struct value value_text(const char *text); /* NULL: none */
struct value value_count(int64_t number);
struct value value_ns(int64_t number);
struct value value_bool(bool truth);
struct value value_time(int64_t realtime_ns);	/* 0: none */
struct value value_bytes(int64_t number);	/* below 0: none */
struct value value_real(double real);		/* not finite: none */
struct value value_share(double share);		/* not finite, below 0: none */
struct value value_sentence(const char *text);	/* NULL: none */
struct value value_some_text(const char *text); /* NULL, "": none */
struct value value_some_ns(int64_t ns);		/* below 0: none */

void table_title(struct buffer *buffer, const struct column *columns, size_t count);
void table_row(struct buffer *buffer, const struct style *style, const struct column *columns,
	       size_t count, const struct model *model, const void *row);
/* Is the column called so: by its key, with or without its unit, or its title? */
bool column_is(const struct column *column, const char *name);
/* NULL: it has no such column. */
const struct column *table_column(const struct table *table, const char *name);

/* All rows of a table, in the order `style` asks for. */
struct rows {
	const void **items;
	size_t count;
};
void rows_get(struct rows *rows, const struct table *table, const struct style *style,
	      const struct model *model);
void rows_free(struct rows *rows);
/* How many of `count` rows of the table are shown; where no --top was given, at most `usual` of
 * them. 0: all. */
size_t rows_shown(const struct table *table, const struct style *style, size_t count, size_t usual);

/* Titles and rows; nothing when there are no rows. */
void table_text(struct buffer *buffer, const struct style *style, const struct table *table,
		const struct model *model);
/* An array, an object, or an object of objects, by the table's shape. */
json_t *table_json(const struct table *table, const struct style *style, const struct model *model);

/* A JSON string of bytes of any kind. */
json_t *json_text(const char *text);
/* The whole of a JSON output, and a line's end; takes `root`. "##" has an escape in it: with a "["
 * behind it a CI runner would obey it where the output is printed to a log. */
void json_put(struct buffer *buffer, const struct style *style, json_t *root, size_t flags);
/* `text` escaped, padded to `width` columns (below 0: left-aligned), cut with an ellipsis. */
void put_cell(struct buffer *buffer, const struct style *style, const char *text, int width);
/* Text of ours: of what is beyond ASCII it has the sign of microseconds only. */
void put_plain(struct buffer *buffer, const struct style *style, const char *text);
void put_duration(struct buffer *buffer, const struct style *style, int64_t ns);
/* "12 more" where rows were left out. */
void put_more(struct buffer *buffer, size_t count, size_t shown);
/* A value as people read it, not escaped. */
void put_value(struct buffer *text, const struct style *style, const struct value *value);

#endif
