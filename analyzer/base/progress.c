/*
 * progress.c - see progress.h.
 */
#include "base/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS 300000000 /* work that is done by then shows no bar */
#define STEP_NS	    100000000 /* between two changes of it */
#define BAR	    30
#define DEPTH	    4

static struct {
	const char *what; /* NULL: nothing is to be shown */
	int64_t next_ns;
	struct {
		double from, to; /* of the whole */
	} entered[DEPTH];
	size_t depth; /* may go beyond DEPTH: those are not told apart */
	double from, to;
	bool shown;
} progress;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void progress_begin(const char *what)
{
	const char *terminal = getenv("TERM");

	memset(&progress, 0, sizeof(progress));
	if (!isatty(STDERR_FILENO) || !terminal || !*terminal || strcmp(terminal, "dumb") == 0)
		return;
	progress.what = what;
	progress.entered[0].to = progress.to = 1;
	progress.next_ns = now_ns() + PATIENCE_NS;
}

/* Of the whole, a part of what was entered last. */
static void part(double from, double to, double *whole_from, double *whole_to)
{
	size_t at = progress.depth < DEPTH ? progress.depth : DEPTH - 1;
	double first = progress.entered[at].from, length = progress.entered[at].to - first;

	*whole_from = first + from * length;
	*whole_to = first + to * length;
}

void progress_enter(double from, double to)
{
	double whole_from, whole_to;

	part(from, to, &whole_from, &whole_to);
	if (++progress.depth < DEPTH) {
		progress.entered[progress.depth].from = whole_from;
		progress.entered[progress.depth].to = whole_to;
	}
	progress_span(0, 1);
}

void progress_leave(void)
{
	if (progress.depth)
		progress.depth--;
}

void progress_span(double from, double to)
{
	part(from, to, &progress.from, &progress.to);
	progress_at(0, 1);
}

void progress_at(size_t done, size_t total)
{
	static const char full[] = "##############################";
	double share = total ? (double)done / (double)total : 1;
	int64_t now;
	int marks;

	if (!progress.what || (now = now_ns()) < progress.next_ns)
		return;
	progress.next_ns = now + STEP_NS;
	progress.shown = true;
	share = progress.from + (progress.to - progress.from) * (share < 1 ? share : 1);
	marks = (int)(share * BAR);
	fprintf(stderr, "\rdndprof: %s [%.*s%*s] %3.0f%%", progress.what, marks, full, BAR - marks,
		"", 100 * share);
}

void progress_hide(void)
{
	if (progress.shown)
		fputs("\r\033[K", stderr);
	progress.shown = false;
}

void progress_end(void)
{
	progress_hide();
	progress.what = NULL;
}
