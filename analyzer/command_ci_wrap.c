/*
 * command_ci_wrap.c - `dndprof ci wrap`: a directory for PATH that makes docker observed whoever
 * starts it.
 */
#include "ci/wrap.h"
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Says what was done on stdout. */
static int wrap_one(const char *directory, const char *name, const struct program *program)
{
	int error = wrap_write(directory, name, program);

	if (error == -EEXIST)
		return error_text(
			EXIT_INPUT,
			"%s/%s is there and was not made by `dndprof ci wrap`; name another "
			"directory",
			directory, name);
	if (error)
		return error_text(EXIT_INPUT, "%s/%s cannot be written: %s", directory, name,
				  strerror(-error));
	printf("%s: %s\n", name, program->path);
	return EXIT_FINE;
}

static bool is_ours_alone(const char *directory)
{
	struct stat status;

	return stat(directory, &status) == 0 && !(status.st_mode & 002) &&
	       (status.st_uid == geteuid() || !status.st_uid);
}

static int wrap_main(const struct command *command, int argc, char **argv)
{
	int first = options_parse(command, argc, argv, false, NULL, NULL), status = EXIT_FINE,
	    error;
	char *directory, real[PATH_MAX];
	struct program program;
	size_t wrapped = 0;

	if (first < 0)
		return EXIT_USAGE;
	if (first == argc || !*argv[first])
		return usage_error(command, "which directory shall it be?");
	directory = argv[first++];
	error = wrap_begin(directory);
	if (error || !realpath(directory, real))
		return error_text(EXIT_INPUT, "%s cannot be made: %s", directory,
				  strerror(error ? -error : errno));
	if (!is_ours_alone(real))
		return error_text(
			EXIT_INPUT,
			"others may write to %s, and would be obeyed where it is on PATH; "
			"name a directory of your own",
			real);
	for (size_t i = 0; first == argc && wrap_programs[i] && !status; i++)
		if (wrap_find(wrap_programs[i], real, &program)) {
			status = wrap_one(real, wrap_programs[i], &program);
			wrapped++;
		}
	for (; first < argc && !status; first++) {
		if (strchr(argv[first], '/') || !wrap_find(argv[first], real, &program))
			return error_text(EXIT_INPUT, "there is no program %s on PATH",
					  argv[first]);
		status = wrap_one(real, argv[first], &program);
		wrapped++;
	}
	if (!status && !wrapped)
		return error_text(EXIT_INPUT,
				  "there is no docker on PATH; name the programs: `dndprof "
				  "ci wrap DIR PROGRAM...`");
	if (!status)
		error_text(EXIT_FINE, "now put it first: PATH=%s:$PATH", real);
	return status;
}

const struct command command_ci_wrap = {
	.name = "ci wrap",
	.arguments = "DIR [PROGRAM...]",
	.meaning =
		"makes a directory for PATH that lets shells started without dndprof reach docker",
	.main = wrap_main,
	.details =
		"A static docker loads no library: started by a shell that was not preloaded, it "
		"is "
		"not seen. DIR gets a small script docker (and for each of its like that is on "
		"PATH, "
		"or for the PROGRAMs named) that starts the real one so that it is. With DIR first "
		"on "
		"PATH, `LD_PRELOAD=libdndprof.so docker ps` records whatever docker it is, and so "
		"does a plain `docker ps`.",
	.examples = "dndprof ci wrap ~/wrap\n"
		    "PATH=~/wrap:$PATH LD_PRELOAD=libdndprof.so docker ps",
};
