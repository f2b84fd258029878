/*
 * view.h - how a report looks and what it is of: the options that `run` and `report` share.
 */
#ifndef ANALYZER_VIEW_H
#define ANALYZER_VIEW_H

#include "command.h"
#include "model/filter.h"
#include "render/report.h"

#define VIEW_SORTS	 16
#define VIEW_PERCENTILES 32

struct view {
	const struct command *command;
	const struct format *format;
	struct style style;
	struct model_choice choice; /* leads into the following: a view stays where it is */
	struct filter filter;
	struct sort sorts[VIEW_SORTS];
	char *sort_texts[VIEW_SORTS];
	unsigned int percentiles[VIEW_PERCENTILES];
	const char *history; /* a file; NULL: the usual one */
	bool no_history;
	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
};

extern const struct option_row view_options[];
extern const size_t view_option_count;

void view_begin(struct view *view, const struct command *command);
/* Takes an option, by its index in view_options. False after having said what is wrong. */
bool view_given(struct view *view, size_t option, const char *value);
/* When all options are there; the report will be written to `fd`. */
bool view_settle(struct view *view, int fd);
/* Prints the model; a table alone has no summary, so that what is missing is said on stderr. */
void view_render(const struct view *view, struct buffer *buffer, const struct model *model,
		 int64_t now_ns);
void view_end(struct view *view);

#endif
