/*
 * top.h - what running programs do now: their mapped files read again and again, and what changed
 * between two looks. The programs are not touched and do not notice.
 */
#ifndef ANALYZER_TOP_H
#define ANALYZER_TOP_H

#include <limits.h>

#include "base/buffer.h"
#include "command.h"

#define TOP_RECORDS 100000 /* of a run, the newest: a look shall not take long */

/* Figures of one look that the next one's rates are from. */
struct counts {
	uint64_t calls, errors;
	size_t operations;
	struct {
		uint64_t key; /* of an endpoint or a thread */
		uint64_t count;
	} * items;
	size_t count, room;
};

struct look {
	struct run **runs;
	size_t run_count;
	struct model *model;
	int64_t at_ns; /* CLOCK_MONOTONIC, here */
	struct counts counts;
};

/* What is looked at: a profile file, a run, or a parent; as a tree, of the run that a process's
 * file lies in, what it and its descendants recorded. */
struct place {
	char path[PATH_MAX];
	bool tree;
};

/* Reads all of it. 0, or EXIT_INPUT after saying why. */
int look_take(struct look *look, const struct place *place);
void look_free(struct look *look);
/* Until when the run went: to the look, while any of its processes lives. */
int64_t look_end_ns(const struct look *look);
/* Of the run that the file of a process lies in, the files of it and its descendants; the one file
 * alone where the others are not to be read. 0, or as run_open. */
int tree_open(const char *path, struct run **run);
/* The file a running process is recording into: 0, -ESRCH no such process, -ENOMSG it has none. */
int look_find(int pid, char path[PATH_MAX]);
uint64_t counts_get(const struct counts *counts, uint64_t key);
void counts_add(struct counts *counts, uint64_t key, uint64_t count);

enum mark { MARK_NONE, MARK_TITLE, MARK_HEAD, MARK_BAD };

/* Lines of what is to be seen; `text` has them one after another, each with its NUL. */
struct frame {
	LIST(struct frame_line {
		size_t at;
		enum mark mark;
	})
	lines;
	struct buffer text;
};

/* By what endpoints are sorted. X(id, name) */
#define ORDERS(X)	     X(P95, "p95") X(RATE, "rate") X(COUNT, "count") X(ERRORS, "errors")
#define ORDER_ENUM(id, name) ORDER_##id,
enum order { ORDERS(ORDER_ENUM) ORDERS_END };
#undef ORDER_ENUM

/* What is shown. Rows of a table: at most so many; 0: all. */
struct choice_of_frame {
	enum order order;
	bool ascii;
	size_t rows;
};

/* Makes the frame of `now`, and fills in its counts; rates are since `before`, or, where that is
 * NULL, since the run began. */
void frame_make(struct frame *frame, struct look *now, const struct look *before,
		const struct choice_of_frame *choice);
const char *frame_line(const struct frame *frame, size_t index);
void frame_free(struct frame *frame);

/* Shows looks at `place` on the terminal, one each `interval_ns`, until somebody types q. Returns
 * the exit status. */
int screen_show(const struct place *place, int64_t interval_ns, struct choice_of_frame *choice);

#endif
