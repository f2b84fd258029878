/*
 * main.c - dndprof: finds the command. Everything it can do is in commands.c.
 */
#include "base/memory.h"
#include "command.h"
#include "symbols/symbolizer.h"

#include <dndprof/version.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Also known as. */
static char *plain_name(char *word)
{
	static char help[] = "help";

	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ? help : word;
}

static void nothing(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int used;

	if (symbolizer_serve(argc, argv))
		return EXIT_FINE;
	/* A file that may not grow is an error like others, with its sentence. A handler, for the
	 * command that `run` starts has the default again. */
	if (signal(SIGXFSZ, nothing) == SIG_IGN)
		signal(SIGXFSZ, SIG_IGN);

	memory_start();
	if (argc < 2)
		return error_text(EXIT_USAGE,
				  "which command? `dndprof run -- COMMAND` profiles one, `dndprof "
				  "help` says what else there is");
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts("dndprof " DNDPROF_VERSION);
		return EXIT_FINE;
	}
	argv[1] = plain_name(argv[1]);
	command = command_find(argv + 1, argc - 1, &used);
	if (!command && argc == 3 && strcmp(plain_name(argv[2]), "help") == 0 &&
	    command_is_group(argv[1])) {
		char *words[] = {argv[2], argv[1], NULL};

		return command_help.main(&command_help, 2, words);
	}
	if (!command)
		return command_unknown(argv + 1, argc - 1);
	return command->main(command, argc - used, argv + used);
}
