/*
 * man.c - man pages in roff, from the tables of commands, options and settings.
 */
#include "help/help.h"

#include <dndprof/config.h>
#include <dndprof/version.h>

#include <string.h>

/* Letters that roff would obey stand for themselves; a dash is the one that is typed. */
static void put_roff(struct buffer *text, const char *plain, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool begins = i == 0 || plain[i - 1] == '\n';

		if (begins && (plain[i] == '.' || plain[i] == '\''))
			buffer_print(text, "\\&");
		if (plain[i] == '\\')
			buffer_print(text, "\\e");
		else if (plain[i] == '-')
			buffer_print(text, "\\-");
		else if (plain[i] == '~')
			buffer_print(text, "\\(ti");
		else if (plain[i] == '^')
			buffer_print(text, "\\(ha");
		else if (plain[i] == '`')
			buffer_print(text, "\\(ga");
		else
			buffer_add(text, plain + i, 1);
	}
}

static void put_text(struct buffer *text, const char *plain)
{
	put_roff(text, plain, strlen(plain));
}

/* Prose: what stands between backquotes is to be typed, and bold. */
void man_prose(struct buffer *text, const char *plain)
{
	bool bold = false;

	while (*plain) {
		size_t length = strcspn(plain, "`");

		put_roff(text, plain, length);
		plain += length;
		if (*plain) {
			bold = !bold;
			buffer_print(text, bold ? "\\fB" : "\\fR");
			plain++;
		}
	}
	if (bold)
		buffer_print(text, "\\fR");
	buffer_print(text, "\n");
}

static void put_heading(struct buffer *text, const char *page, const char *section)
{
	buffer_print(text, ".TH %s %s \"\" \"dndprof %s\" \"dndprof\"\n", page, section,
		     DNDPROF_VERSION);
	buffer_print(text, ".nh\n.ad l\n"); /* names are not broken */
}

/* "ci init" as "ci-init". */
static void put_page_name(struct buffer *text, const struct command *command)
{
	for (const char *at = command->name; *at; at++)
		buffer_print(text, "%s", *at == ' ' || *at == '-' ? "\\-" : (char[]){*at, 0});
}

static void put_options(struct buffer *text, const struct command *command)
{
	const struct option_row *row;

	for (size_t i = 0; (row = command_option(command, i)); i++) {
		if (!i)
			buffer_print(text, ".SH OPTIONS\n");
		buffer_print(text, ".TP\n");
		if (row->letter)
			buffer_print(text, "\\fB\\-%c\\fR, ", row->letter);
		buffer_print(text, "\\fB\\-\\-");
		put_text(text, row->name);
		buffer_print(text, "\\fR");
		if (row->argument) {
			buffer_print(text, " \\fI");
			put_text(text, row->argument);
			buffer_print(text, "\\fR");
		}
		buffer_print(text, "\n");
		man_prose(text, row->meaning);
	}
}

static void put_examples(struct buffer *text, const char *examples)
{
	buffer_print(text, ".SH EXAMPLES\n.nf\n");
	while (*examples) {
		size_t length = strcspn(examples, "\n");

		buffer_print(text, "%s", *examples == '#' ? "" : "$ ");
		put_roff(text, examples, length);
		buffer_print(text, "\n");
		examples += length + (examples[length] == '\n');
	}
	buffer_print(text, ".fi\n");
}

static void put_paragraphs(struct buffer *text, const char *plain)
{
	while (plain && *plain) {
		const char *end = strstr(plain, "\n\n");
		size_t length = end ? (size_t)(end - plain) : strlen(plain);
		char *one = memory_get(length + 1);

		memcpy(one, plain, length);
		buffer_print(text, ".PP\n");
		man_prose(text, one);
		free(one);
		plain = end ? end + 2 : NULL;
	}
}

static const struct {
	const char *status, *meaning;
} statuses[] = {
	{"0", "all is well"},
	{"1", "a gate failed"},
	{"2", "the command line is wrong"},
	{"3", "the input is bad or missing"},
};

static void put_statuses(struct buffer *text, const struct command *command)
{
	buffer_print(text, ".SH EXIT STATUS\n");
	if (command && strcmp(command->name, "run") == 0) {
		man_prose(text,
			  "That of the command, or 128 and the number of the signal that ended "
			  "it; 126 and 127 as of a shell; 2 and 3 where the command was not "
			  "started, as of all others of dndprof.");
		return;
	}
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		buffer_print(text, ".TP\n%s\n%s\n", statuses[i].status, statuses[i].meaning);
}

static void put_environment(struct buffer *text)
{
#define ROW(name, kind, preset, min, max, meaning) {DNDPROF_CONFIG_PREFIX #name, meaning},
	static const struct {
		const char *name, *meaning;
	} rows[] = {DNDPROF_CONFIGS(ROW)};
#undef ROW

	buffer_print(text, ".SH ENVIRONMENT\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buffer_print(text, ".TP\n\\fB%s\\fR\n", rows[i].name);
		man_prose(text, rows[i].meaning);
	}
}

static void put_see_also(struct buffer *text, const struct command *command)
{
	buffer_print(text, ".SH SEE ALSO\n");
	if (command)
		buffer_print(text, ".BR dndprof (1),\n");
	for (size_t i = 0; i < command_count; i++) {
		if (commands[i] == command)
			continue;
		buffer_print(text, ".BR dndprof\\-");
		put_page_name(text, commands[i]);
		buffer_print(text, " (1),\n");
	}
	buffer_print(text, ".BR dndprof\\-format (5)\n");
}

void man_command(struct buffer *text, const struct command *command)
{
	char page[64] = "DNDPROF\\-";
	size_t used = strlen(page);

	for (const char *at = command->name; *at && used + 3 < sizeof(page); at++) {
		if (*at == ' ' || *at == '-')
			page[used++] = '\\';
		page[used++] = (char)(*at == ' '		 ? '-'
				      : *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A'
								 : *at);
	}
	put_heading(text, page, "1");
	buffer_print(text, ".SH NAME\ndndprof\\-");
	put_page_name(text, command);
	buffer_print(text, " \\- ");
	man_prose(text, command->meaning);
	buffer_print(text, ".SH SYNOPSIS\n\\fBdndprof ");
	put_text(text, command->name);
	buffer_print(text, "\\fR ");
	put_text(text, command->arguments);
	buffer_print(text, "\n.SH DESCRIPTION\n");
	man_prose(text, help_sentence(command));
	put_paragraphs(text, command->details);
	put_options(text, command);
	if (command->examples)
		put_examples(text, command->examples);
	put_statuses(text, command);
	if (strcmp(command->name, "run") == 0)
		put_environment(text);
	put_see_also(text, command);
}

void man_overview(struct buffer *text)
{
	put_heading(text, "DNDPROF", "1");
	buffer_print(text, ".SH NAME\ndndprof \\- where the time of docker commands goes\n"
			   ".SH SYNOPSIS\n\\fBdndprof\\fR \\fICOMMAND\\fR ...\n.SH DESCRIPTION\n");
	man_prose(text,
		  "Profiles unmodified docker clients and whatever they start, without root and "
		  "without a rebuild: what they ask the engine and how long each answer takes, "
		  "connections, names looked up, locks and other programs waited for.");
	buffer_print(text, ".PP\n");
	man_prose(text,
		  "`dndprof run` runs a command as it is and reports when it has ended. The "
		  "preloaded library does the same without it: `LD_PRELOAD=libdndprof.so COMMAND` "
		  "leaves a run that `dndprof report` reads.");
	buffer_print(text, ".SH COMMANDS\n");
	for (size_t i = 0; i < command_count; i++) {
		buffer_print(text, ".TP\n.BR dndprof\\-");
		put_page_name(text, commands[i]);
		buffer_print(text, " (1)\n");
		man_prose(text, commands[i]->meaning);
	}
	put_examples(text, "dndprof run -- docker compose up -d\ndndprof report --format json\n"
			   "dndprof doctor docker\ndndprof help");
	put_statuses(text, NULL);
	put_environment(text);
	buffer_print(text, ".SH FILES\n.TP\n.I \\(ti/.local/state/dndprof/run\\-UTC\\-PID/\n");
	man_prose(text,
		  "one run: a file a program, and run.json. `XDG_STATE_HOME`, `DNDPROF_DIR` and "
		  "`dndprof run -o` name other places.");
	put_see_also(text, NULL);
}
