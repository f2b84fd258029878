/*
 * maker.h - what the files that make a frame (top.h) share.
 */
#ifndef ANALYZER_TOP_MAKER_H
#define ANALYZER_TOP_MAKER_H

#include "top/top.h"

#define ROWS_MOST 1000

/* The frame being made. */
struct maker {
	struct frame *frame;
	const struct look *now, *before;
	const struct choice_of_frame *choice;
	struct counts *counts; /* of this look, for the next */
	double seconds;	       /* that rates are over */
};

/* Begins a line, of which the text is added to the frame's, and ends it. */
void frame_add_line(struct maker *maker, enum mark mark);
void frame_end_line(struct maker *maker);
/* A whole line. */
void frame_text(struct maker *maker, enum mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Growth of a counter since the look before, in a second. */
double frame_rate(struct maker *maker, uint64_t key, uint64_t count);
/* Right-aligned; below 0: "-". */
void frame_time(const struct maker *maker, int64_t ns, int width);
void frame_name(const struct maker *maker, const char *name, int width);
/* How long ago, ns. */
int64_t frame_age(const struct maker *maker, int64_t start_ns);

/* The table of threads. (threads.c) */
void frame_threads(struct maker *maker);

#endif
