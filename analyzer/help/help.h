/*
 * help.h - what `dndprof help` says, in all its forms. All of it is made from the tables of
 * commands, options and settings.
 */
#ifndef ANALYZER_HELP_H
#define ANALYZER_HELP_H

#include "base/buffer.h"
#include "command.h"

/* The page of a command: usage, what it does, options, examples. */
void help_command(struct buffer *text, const struct command *command);
/* The commands whose first word this is. */
void help_group(struct buffer *text, const char *word);
/* Its meaning as a sentence; valid until the next call. */
const char *help_sentence(const struct command *command);
/* Paragraphs, each folded; one that begins with a space stands as it is. */
void help_paragraphs(struct buffer *text, const char *paragraphs);
/* A name and what it means, which begins at `width`. */
void help_row(struct buffer *text, const char *name, const char *meaning, size_t width);
/* What there is, and how to begin. */
void help_overview(struct buffer *text);

/* Further pages. NULL: there is none of that name. */
struct topic {
	const char *name, *meaning;
	void (*print)(struct buffer *text);
};
const struct topic *help_topic(const char *name);
extern const struct topic help_topics[];
extern const size_t help_topic_count;

/* A man page in roff: of the command, of dndprof itself (NULL), of the file format. */
void man_command(struct buffer *text, const struct command *command);
void man_overview(struct buffer *text);
void man_format(struct buffer *text);
/* A line of prose for roff: what stands between backquotes is bold. */
void man_prose(struct buffer *text, const char *plain);

/* What a shell completes; false: that shell is not known. */
bool completion_print(struct buffer *text, const char *shell);
#define COMPLETION_SHELLS "bash|zsh|fish"

#endif
