/*
 * side.c - one side of a comparison: all runs at a path, read one after the other, so that never
 * more than one model is in memory.
 */
#include "base/error.h"
#include "base/progress.h"
#include "compare/compare.h"
#include "profile/runs.h"

#include <errno.h>

static int read_run(struct side *side, const char *path)
{
	struct model *model;
	struct run *run;
	int error = run_open(path, &run);

	if (error)
		return error;
	model = model_build(&run, 1);
	side->runs = memory_grow(side->runs, (side->count + 1) * sizeof(struct figures *));
	side->runs[side->count++] = figures_of(model);
	model_free(model);
	run_close(run);
	return 0;
}

/* A run that cannot be read stops nothing where there are others; it is named. */
int side_read(struct side *side, const char *path)
{
	size_t before = side->count, first;
	struct run_paths paths = {0};
	int error = runs_below(path, &paths), last = 0;

	first = paths.count > SIDE_MOST ? paths.count - SIDE_MOST : 0;
	side->left_out += first;
	for (size_t i = first; !error && i < paths.count; i++) {
		double all = (double)(paths.count - first), done = (double)(i - first);
		int failed;

		progress_enter(done / all, (done + 1) / all);
		failed = read_run(side, paths.items[i]);
		progress_leave();
		if (failed && paths.count > 1)
			error_say(failed, paths.items[i]);
		last = failed ? failed : last;
	}
	run_paths_free(&paths);
	if (side->count > before)
		return 0;
	return error_say(error ? error : last ? last : -ENOMSG, path);
}

void side_reverse(struct side *side)
{
	for (size_t i = 0; i < side->count / 2; i++) {
		struct figures *kept = side->runs[i];

		side->runs[i] = side->runs[side->count - 1 - i];
		side->runs[side->count - 1 - i] = kept;
	}
}

void side_free(struct side *side)
{
	for (size_t i = 0; i < side->count; i++)
		figures_free(side->runs[i]);
	free(side->runs);
	*side = (struct side){0};
}
