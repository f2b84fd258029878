/*
 * chosen.h - what `history`, `baseline` and `trend` have in common: the file, and which of its
 * runs.
 */
#ifndef ANALYZER_CHOSEN_H
#define ANALYZER_CHOSEN_H

#include "command.h"
#include "render/history.h"

enum chosen_option {
	CHOSEN_DB,
	CHOSEN_FORMAT,
	CHOSEN_ASCII,
	CHOSEN_COMMAND,
	CHOSEN_BRANCH,
	CHOSEN_HOST,
	CHOSEN_LAST,
	CHOSEN_OPTIONS, /* the command's own come after */
};

#define CHOSEN_DB_ROW                                                                     \
	{                                                                                 \
		"db", 0, "FILE", "the history; history.db beside the runs is the default" \
	}
#define CHOSEN_ROWS                                                                          \
	[CHOSEN_DB] = CHOSEN_DB_ROW,                                                         \
	[CHOSEN_FORMAT] = {"format", 'f', "text|json|markdown", "text is the default"},      \
	[CHOSEN_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},                         \
	[CHOSEN_COMMAND] = {"command", 0, "GLOB", "only runs of such commands: 'docker *'"}, \
	[CHOSEN_BRANCH] = {"branch", 0, "GLOB", "only runs of such branches"},               \
	[CHOSEN_HOST] = {"host", 0, "GLOB", "only runs on such hosts"},                      \
	[CHOSEN_LAST] = {"last", 'n', "N", "only the newest N of them"}

struct chosen {
	const struct command *command;
	const char *db;
	const struct history_format *format;
	struct style style;
	struct choice choice;
	LIST(int64_t) ids;
	struct arena *arena;
};

void chosen_begin(struct chosen *chosen, const struct command *command);
/* Takes one of the options above. False after having said what is wrong. */
bool chosen_given(struct chosen *chosen, size_t option, const char *value);
/* Takes numbers of runs. False after having said what is wrong. */
bool chosen_ids(struct chosen *chosen, char **words, int count);
/* Were any runs asked for, by options or numbers? */
bool chosen_any(const struct chosen *chosen);
/* A pattern that this text alone matches. */
const char *chosen_exactly(struct arena *arena, const char *text);
/* Where none were: those of the newest run's command, host and branch. */
int chosen_like_newest(struct chosen *chosen, struct store *store);
/* Prints a page, by one of the format's functions. The exit status. */
int chosen_print(const struct chosen *chosen, struct history_page *page, history_print *print);
void chosen_end(struct chosen *chosen);

/* Reads the figures of the runs at the paths, of none the newest run's of the default parent. */
int chosen_side(struct side *side, char **paths, int count);

#endif
