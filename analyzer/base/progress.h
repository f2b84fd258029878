/*
 * progress.h - a bar on a terminal for work that lasts. Nobody sees one of what is quick, nor where
 * stderr is no terminal; it leaves no trace.
 */
#ifndef ANALYZER_PROGRESS_H
#define ANALYZER_PROGRESS_H

#include <stddef.h>

/* Between these two, and only then, what follows shows anything. */
void progress_begin(const char *what);
void progress_end(void);

/* What comes until progress_leave is this part of the whole, or of what was entered before: spans
 * and further entries are parts of it. */
void progress_enter(double from, double to);
void progress_leave(void);
/* What comes next is this part of what was entered, from 0 to 1. */
void progress_span(double from, double to);
/* So much of the part is done. May be called as often as one likes. */
void progress_at(size_t done, size_t total);
/* Takes the bar away for a line of text; the next progress_at brings it back. */
void progress_hide(void);

#endif
