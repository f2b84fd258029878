/*
 * main.c - dndprof: finds the subcommand. Everything it can do is in `commands`.
 */
#include "command.h"
#include "findings/thresholds.h"

#include <dndprof/version.h>

#include <malloc.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
	&command_run, &command_report, &command_dump, &command_doctor, &command_validate,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	puts("dndprof - where did the time of a docker command go?\n\nUsage: dndprof COMMAND "
	     "...\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->meaning);
	puts("  help     this text, `help COMMAND`, or `help thresholds`\n\n"
	     "  --version, --help\n\n"
	     "Exit status: 0 fine, 2 usage, 3 bad or missing input; of run: the command's own.");
	return EXIT_FINE;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

#define HEAP_STEP (512 * 1024)
#define HEAP_KEPT (64 * 1024 * 1024)

int main(int argc, char **argv)
{
	const struct command *command;

	/* A report of a short run needs less than this at all, and asks the kernel once. */
	mallopt(M_TOP_PAD, HEAP_STEP);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	if (argc < 2)
		return error_text(EXIT_USAGE, "which command? `dndprof help` lists them");
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts("dndprof " DNDPROF_VERSION);
		return EXIT_FINE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		if (argc > 2 && strcmp(argv[2], "thresholds") == 0) {
			thresholds_print();
			return EXIT_FINE;
		}
		command = argc > 2 ? find(argv[2]) : NULL;
		if (command)
			usage_print(command);
		else if (argc > 2)
			return error_text(EXIT_USAGE,
					  "there is no command %s; `dndprof help` lists them",
					  argv[2]);
		return command ? EXIT_FINE : help();
	}
	command = find(argv[1]);
	if (!command)
		return error_text(EXIT_USAGE, "there is no command %s; `dndprof help` lists them",
				  argv[1]);
	return command->main(command, argc - 1, argv + 1);
}
