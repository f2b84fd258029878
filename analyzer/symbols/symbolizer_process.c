/*
 * symbolizer_process.c - starts this program anew by the name it serves under: with nothing of what
 * is open, nothing of the environment and nothing of the memory, whatever threads there are.
 */
#define _GNU_SOURCE
#include "symbols/symbolizer_process.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

bool symbolizer_is_served;

/* Nothing of the environment is its business but what it takes to start. */
static void choose_environment(char *to[], size_t most)
{
	static const char *const names[] = {"LD_LIBRARY_PATH=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
					    "LSAN_OPTIONS=", "TSAN_OPTIONS="};
	size_t n = 0;

	for (char **from = environ; *from; from++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(*from, names[i], strlen(names[i])) == 0 && n + 1 < most)
				to[n++] = *from;
	to[n] = NULL;
}

/* This program's file; where it was replaced since, what runs. */
static void own_path(char path[PATH_MAX])
{
	static const char link[] = "/proc/self/exe", gone[] = " (deleted)";
	ssize_t length = readlink(link, path, PATH_MAX - 1);

	path[length > 0 ? length : 0] = 0;
	if (length <= 0 ||
	    ((size_t)length >= sizeof(gone) && strcmp(path + length - sizeof(gone) + 1, gone) == 0))
		strcpy(path, link);
}

int symbolizer_spawn(pid_t *process, int control)
{
	char name[] = SYMBOLIZER_NAME, *argv[] = {name, NULL}, *env[8], path[PATH_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, control, CONTROL);
	for (int fd = 0; fd < CONTROL; fd++)
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	choose_environment(env, sizeof(env) / sizeof(env[0]));
	own_path(path);
	error = posix_spawn(process, path, &actions, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return error;
}
