/*
 * chosen.c - see chosen.h.
 */
#include "chosen.h"
#include "base/progress.h"

#include <dndprof/config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

void chosen_begin(struct chosen *chosen, const struct command *command)
{
	*chosen = (struct chosen){
		.command = command, .format = history_format("text"), .arena = arena_new()};
}

void chosen_end(struct chosen *chosen)
{
	list_free(&chosen->ids);
	arena_free(chosen->arena);
}

static bool take_last(struct chosen *chosen, const char *value)
{
	return options_number(chosen->command, "last", value, 1, &chosen->choice.last);
}

bool chosen_given(struct chosen *chosen, size_t option, const char *value)
{
	switch (option) {
	case CHOSEN_DB:
		chosen->db = value;
		return true;
	case CHOSEN_FORMAT:
		chosen->format = history_format(value);
		if (!chosen->format)
			usage_error(chosen->command, "--format is text|json|markdown, not %s",
				    value);
		return chosen->format;
	case CHOSEN_ASCII:
		return chosen->style.ascii = true;
	case CHOSEN_COMMAND:
		chosen->choice.command = value;
		return true;
	case CHOSEN_BRANCH:
		chosen->choice.branch = value;
		return true;
	case CHOSEN_HOST:
		chosen->choice.host = value;
		return true;
	default:
		return take_last(chosen, value);
	}
}

bool chosen_ids(struct chosen *chosen, char **words, int count)
{
	for (int i = 0; i < count; i++) {
		int64_t number;

		if (dndprof_config_number(DNDPROF_CONFIG_COUNT, words[i], &number) < 0 ||
		    number < 1) {
			usage_error(chosen->command,
				    "%s is no number of a run; `dndprof history list` shows them",
				    words[i]);
			return false;
		}
		*list_add(&chosen->ids) = number;
	}
	chosen->choice.ids = chosen->ids.items;
	chosen->choice.id_count = chosen->ids.count;
	return true;
}

bool chosen_any(const struct chosen *chosen)
{
	const struct choice *choice = &chosen->choice;

	return choice->command || choice->branch || choice->host || choice->id_count;
}

const char *chosen_exactly(struct arena *arena, const char *text)
{
	struct buffer buffer = {0};
	const char *glob;

	for (; *text; text++)
		buffer_print(&buffer, strchr("*?[", *text) ? "[%c]" : "%c", *text);
	glob = arena_copy(arena, buffer_text(&buffer), buffer.length);
	buffer_free(&buffer);
	return glob;
}

int chosen_like_newest(struct chosen *chosen, struct store *store)
{
	const struct choice newest = {.last = 1};
	struct stored_runs runs;
	int status;

	if (chosen_any(chosen))
		return EXIT_FINE;
	status = store_runs(store, &newest, &runs);
	if (!status && runs.list.count) {
		const struct stored_run *run = &runs.list.items[0];

		chosen->choice.command = chosen_exactly(
			chosen->arena, arena_print(chosen->arena, "%s%s%s", run->program,
						   *run->subcommand ? " " : "", run->subcommand));
		chosen->choice.branch = chosen_exactly(chosen->arena, run->where.branch);
		chosen->choice.host = chosen_exactly(chosen->arena, run->host);
	}
	store_runs_free(&runs);
	return status;
}

int chosen_print(const struct chosen *chosen, struct history_page *page, history_print *print)
{
	struct buffer buffer = {0};
	int status = EXIT_FINE;

	page->model.arena = chosen->arena;
	print(&buffer, &chosen->style, page);
	fwrite(buffer_text(&buffer), 1, buffer.length, stdout);
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
		status = error_text(EXIT_INPUT, "the result could not be written to stdout");
	buffer_free(&buffer);
	return status;
}

int chosen_side(struct side *side, char **paths, int count)
{
	char parent[PATH_MAX];
	struct run *run;
	int status = 0;

	progress_begin("reading the runs");
	for (int i = 0; !status && i < count; i++) {
		progress_enter((double)i / count, (i + 1.0) / count);
		status = side_read(side, paths[i]);
		progress_leave();
	}
	if (count) {
		progress_end();
		return status;
	}
	/* as of `report`: the newest run of the default parent, not all that lie there */
	run_parent(parent);
	status = run_open(parent, &run);
	if (status) {
		status = error_say(status, parent);
	} else {
		status = side_read(side, run->path);
		run_close(run);
	}
	progress_end();
	return status;
}
