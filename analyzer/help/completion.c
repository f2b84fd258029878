/*
 * completion.c - what bash, zsh and fish need to complete command lines of dndprof: scripts made
 * from the tables of commands and options, so that a new option is completed at once.
 */
#include "help/help.h"

#include <stdio.h>
#include <string.h>

/* What the value of an option is, by how the table writes it. */
enum value { VALUE_NO, VALUE_WORDS, VALUE_DIRECTORY, VALUE_FILE, VALUE_ANYTHING };

static enum value value_of(const struct option_row *row)
{
	const char *argument = row->argument;

	if (!argument)
		return VALUE_NO;
	if (strcmp(argument, "DIR") == 0)
		return VALUE_DIRECTORY;
	if (strcmp(argument, "FILE") == 0 || strcmp(argument, "PROGRAM") == 0)
		return VALUE_FILE;
	return strchr(argument, '|') && !strpbrk(argument, "[=,:") ? VALUE_WORDS : VALUE_ANYTHING;
}

/* The words of "text|json": those in capitals stand for something. */
static void put_words(struct buffer *text, const char *argument)
{
	bool any = false;

	while (*argument) {
		size_t length = strcspn(argument, "|");

		if (*argument < 'A' || *argument > 'Z') {
			buffer_print(text, "%s%.*s", any ? " " : "", (int)length, argument);
			any = true;
		}
		argument += length + (argument[length] == '|');
	}
}

static bool two_words(const struct command *command)
{
	return strchr(command->name, ' ');
}

static size_t first_length(const struct command *command)
{
	return strcspn(command->name, " ");
}

/* Is it the first of those that begin with the same word? */
static bool leads(size_t index)
{
	size_t length = first_length(commands[index]);

	for (size_t i = 0; i < index; i++)
		if (first_length(commands[i]) == length &&
		    strncmp(commands[i]->name, commands[index]->name, length) == 0)
			return false;
	return true;
}

static void put_first_words(struct buffer *text)
{
	for (size_t i = 0; i < command_count; i++)
		if (leads(i))
			buffer_print(text, "%s%.*s", i ? " " : "", (int)first_length(commands[i]),
				     commands[i]->name);
}

static void put_second_words(struct buffer *text, const struct command *of)
{
	bool any = false;

	for (size_t i = 0; i < command_count; i++)
		if (two_words(commands[i]) && first_length(commands[i]) == first_length(of) &&
		    strncmp(commands[i]->name, of->name, first_length(of)) == 0) {
			buffer_print(text, "%s%s", any ? " " : "",
				     strchr(commands[i]->name, ' ') + 1);
			any = true;
		}
}

static void put_topics(struct buffer *text)
{
	for (size_t i = 0; i < help_topic_count; i++)
		buffer_print(text, " %s", help_topics[i].name);
}

/* ---- bash ------------------------------------------------------------------------------------ */

static void bash_option(struct buffer *text, const struct command *command,
			const struct option_row *row)
{
	enum value value = value_of(row);

	if (value == VALUE_NO)
		return;
	buffer_print(text, "\t'%s --%s'", command->name, row->name);
	if (row->letter)
		buffer_print(text, " | '%s -%c'", command->name, row->letter);
	buffer_print(text, ") ");
	if (value == VALUE_WORDS) {
		buffer_print(text, "_dndprof_words \"");
		put_words(text, row->argument);
		buffer_print(text, "\"");
	} else if (value == VALUE_DIRECTORY) {
		buffer_print(text, "_dndprof_files -d");
	} else if (value == VALUE_FILE) {
		buffer_print(text, "_dndprof_files -f");
	} else {
		buffer_print(text, "COMPREPLY=()");
	}
	buffer_print(text, "; return ;;\n");
}

static void bash_command(struct buffer *text, const struct command *command)
{
	const struct option_row *row;

	buffer_print(text, "\t'%s') options=\"--help", command->name);
	for (size_t i = 0; (row = command_option(command, i)); i++)
		buffer_print(text, " --%s", row->name);
	buffer_print(text, "\" ;;\n");
}

static void bash_groups(struct buffer *text)
{
	for (size_t i = 0; i < command_count; i++)
		if (two_words(commands[i]) && leads(i)) {
			buffer_print(text,
				     "\t%.*s)\n\t\tif ((COMP_CWORD == 2)); then "
				     "_dndprof_words \"",
				     (int)first_length(commands[i]), commands[i]->name);
			put_second_words(text, commands[i]);
			buffer_print(text, "\"; return; fi\n\t\tcommand=\"$command "
					   "${COMP_WORDS[2]}\" ;;\n");
		}
}

static void put_bash(struct buffer *text)
{
	const struct option_row *row;

	buffer_print(text,
		     "# bash completion for dndprof; made by `dndprof help --completion bash`\n\n"
		     "_dndprof_words() {\n\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- "
		     "\"${COMP_WORDS[COMP_CWORD]}\")\n}\n\n"
		     "_dndprof_files() {\n\tcompopt -o filenames 2>/dev/null\n\tmapfile -t "
		     "COMPREPLY < <(compgen \"$1\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n}\n\n"
		     "_dndprof() {\n\tlocal current=${COMP_WORDS[COMP_CWORD]} "
		     "previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
		     "\tlocal command=${COMP_WORDS[1]} options=\"\" i\n\n"
		     "\tif ((COMP_CWORD == 1)); then\n\t\t_dndprof_words \"");
	put_first_words(text);
	buffer_print(text, " --version --help\"\n\t\treturn\n\tfi\n"
			   "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
			   "\t\t[[ ${COMP_WORDS[i]} != -- ]] || break\n\tdone\n"
			   "\tif ((i < COMP_CWORD)); then # a command of the user's own\n"
			   "\t\tif declare -F _command_offset >/dev/null; then\n"
			   "\t\t\t_command_offset $((i + 1))\n"
			   "\t\telif ((i + 1 == COMP_CWORD)); then\n\t\t\t_dndprof_files -c\n"
			   "\t\telse\n\t\t\t_dndprof_files -f\n\t\tfi\n\t\treturn\n\tfi\n"
			   "\tcase $command in\n");
	bash_groups(text);
	buffer_print(text, "\thelp) if [[ $current != -* && $previous != --completion ]]; then\n"
			   "\t\t_dndprof_words \"");
	put_first_words(text);
	put_topics(text);
	buffer_print(text, "\"; return; fi ;;\n\tesac\n\tcase \"$command $previous\" in\n");
	for (size_t i = 0; i < command_count; i++)
		for (size_t j = 0; (row = command_option(commands[i], j)); j++)
			bash_option(text, commands[i], row);
	buffer_print(text, "\tesac\n\tcase $command in\n");
	for (size_t i = 0; i < command_count; i++)
		bash_command(text, commands[i]);
	buffer_print(text,
		     "\tesac\n\tif [[ $current == -* ]]; then\n\t\t_dndprof_words \"$options\"\n"
		     "\telse\n\t\t_dndprof_files -f\n\tfi\n}\n\n"
		     "complete -F _dndprof dndprof\n");
}

/* ---- zsh ------------------------------------------------------------------------------------- */

/* A meaning within [...] within '...'. */
static void zsh_text(struct buffer *text, const char *plain)
{
	for (; *plain; plain++)
		if (*plain == '\'')
			buffer_print(text, "'\\''");
		else if (strchr("[]:\\", *plain))
			buffer_print(text, "\\%c", *plain);
		else
			buffer_add(text, plain, 1);
}

static void zsh_value(struct buffer *text, const struct option_row *row)
{
	enum value value = value_of(row);

	if (value == VALUE_NO)
		return;
	buffer_print(text, ":");
	zsh_text(text, row->argument);
	buffer_print(text, ":");
	if (value == VALUE_WORDS) {
		buffer_print(text, "(");
		put_words(text, row->argument);
		buffer_print(text, ")");
	} else if (value == VALUE_DIRECTORY) {
		buffer_print(text, "_files -/");
	} else if (value == VALUE_FILE) {
		buffer_print(text, "_files");
	}
}

static void zsh_command(struct buffer *text, const struct command *command)
{
	bool runs = strcmp(command->name, "run") == 0;
	const struct option_row *row;

	buffer_print(text, "\t'%s')\n\t\t_arguments -s -S \\\n", command->name);
	for (size_t i = 0; (row = command_option(command, i)); i++) {
		if (row->letter)
			buffer_print(text, "\t\t\t'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter,
				     row->name, row->letter, row->argument ? "+" : "", row->name,
				     row->argument ? "=" : "");
		else
			buffer_print(text, "\t\t\t'--%s%s[", row->name, row->argument ? "=" : "");
		zsh_text(text, row->meaning);
		buffer_print(text, "]");
		zsh_value(text, row);
		buffer_print(text, "' \\\n");
	}
	if (strcmp(command->name, "help") == 0) {
		buffer_print(text, "\t\t\t'*:topic:(");
		put_first_words(text);
		put_topics(text);
		buffer_print(text, ")'");
	} else {
		buffer_print(text, runs ? "\t\t\t'*:: :_normal'" : "\t\t\t'*:file:_files'");
	}
	buffer_print(text, " ;;\n");
}

static void put_zsh(struct buffer *text)
{
	buffer_print(text, "#compdef dndprof\n# made by `dndprof help --completion zsh`\n\n"
			   "local -a names\nlocal name\nnames=(\n");
	for (size_t i = 0; i < command_count; i++)
		if (leads(i)) {
			buffer_print(text, "\t'%.*s:", (int)first_length(commands[i]),
				     commands[i]->name);
			zsh_text(text, two_words(commands[i]) ? "" : commands[i]->meaning);
			buffer_print(text, "'\n");
		}
	buffer_print(text,
		     ")\nif (( CURRENT == 2 )); then\n\t_describe command names\n\treturn\nfi\n"
		     "name=$words[2]\ncase $name in\n");
	for (size_t i = 0; i < command_count; i++)
		if (two_words(commands[i]) && leads(i)) {
			buffer_print(text,
				     "\t%.*s)\n\t\tif (( CURRENT == 3 )); then\n\t\t\tcompadd ",
				     (int)first_length(commands[i]), commands[i]->name);
			put_second_words(text, commands[i]);
			buffer_print(text, "\n\t\t\treturn\n\t\tfi\n\t\tname+=\" $words[3]\"\n"
					   "\t\tshift words; (( CURRENT-- )) ;;\n");
		}
	buffer_print(text, "esac\nshift words; (( CURRENT-- ))\ncase $name in\n");
	for (size_t i = 0; i < command_count; i++)
		zsh_command(text, commands[i]);
	buffer_print(text, "esac\n");
}

/* ---- fish ------------------------------------------------------------------------------------ */

static void fish_text(struct buffer *text, const char *plain)
{
	buffer_print(text, "'");
	for (; *plain; plain++)
		buffer_print(text, "%s%c", *plain == '\'' || *plain == '\\' ? "\\" : "", *plain);
	buffer_print(text, "'");
}

static void fish_condition(struct buffer *text, const struct command *command)
{
	buffer_print(text, "complete -c dndprof -n '__fish_seen_subcommand_from %.*s",
		     (int)first_length(command), command->name);
	if (two_words(command))
		buffer_print(text, "; and __fish_seen_subcommand_from %s",
			     strchr(command->name, ' ') + 1);
	buffer_print(text, "'");
}

static void fish_option(struct buffer *text, const struct command *command,
			const struct option_row *row)
{
	static const char *const kinds[] = {[VALUE_NO] = "",
					    [VALUE_WORDS] = " -x -a '",
					    [VALUE_DIRECTORY] =
						    " -x -a '(__fish_complete_directories)'",
					    [VALUE_FILE] = " -r -F",
					    [VALUE_ANYTHING] = " -x"};
	enum value value = value_of(row);

	fish_condition(text, command);
	buffer_print(text, " -l %s", row->name);
	if (row->letter)
		buffer_print(text, " -s %c", row->letter);
	buffer_print(text, "%s", kinds[value]);
	if (value == VALUE_WORDS) {
		put_words(text, row->argument);
		buffer_print(text, "'");
	}
	buffer_print(text, " -d ");
	fish_text(text, row->meaning);
	buffer_print(text, "\n");
}

static void put_fish(struct buffer *text)
{
	const struct option_row *row;

	buffer_print(text,
		     "# fish completion for dndprof; made by `dndprof help --completion fish`\n"
		     "complete -c dndprof -n __fish_use_subcommand -f\n");
	for (size_t i = 0; i < command_count; i++)
		if (leads(i)) {
			buffer_print(text, "complete -c dndprof -n __fish_use_subcommand -a %.*s",
				     (int)first_length(commands[i]), commands[i]->name);
			if (!two_words(commands[i])) {
				buffer_print(text, " -d ");
				fish_text(text, commands[i]->meaning);
			}
			buffer_print(text, "\n");
		}
	for (size_t i = 0; i < command_count; i++)
		if (two_words(commands[i])) {
			buffer_print(text,
				     "complete -c dndprof -f -n '__fish_seen_subcommand_from "
				     "%.*s; and not __fish_seen_subcommand_from ",
				     (int)first_length(commands[i]), commands[i]->name);
			put_second_words(text, commands[i]);
			buffer_print(text, "' -a %s -d ", strchr(commands[i]->name, ' ') + 1);
			fish_text(text, commands[i]->meaning);
			buffer_print(text, "\n");
		}
	buffer_print(text, "complete -c dndprof -f -n '__fish_seen_subcommand_from help' -a '");
	put_first_words(text);
	put_topics(text);
	buffer_print(text, "'\n"
			   "complete -c dndprof -n '__fish_seen_subcommand_from run' -x -a "
			   "'(__fish_complete_subcommand)'\n");
	for (size_t i = 0; i < command_count; i++)
		for (size_t j = 0; (row = command_option(commands[i], j)); j++)
			fish_option(text, commands[i], row);
}

/* ---------------------------------------------------------------------------------------------- */

bool completion_print(struct buffer *text, const char *shell)
{
	static const struct {
		const char *name;
		void (*put)(struct buffer *text);
	} shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].put(text);
			return true;
		}
	return false;
}
