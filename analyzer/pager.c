/*
 * pager.c - see pager.h. As git does it: the pager is a child that reads what we write, so that our
 * exit status stays ours. Closed early, it is no error: SIGPIPE is ignored, writing fails quietly.
 */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pager;

static const char *pager_command(void)
{
	static const char *const variables[] = {"DNDPROF_PAGER", "PAGER"};
	const char *command = "less";

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (getenv(variables[i])) {
			command = getenv(variables[i]);
			break;
		}
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

/* What was written must have gone out, and what shows it must have ended, before we do. */
static void wait_for_pager(void)
{
	int status;

	fflush(stdout);
	close(STDOUT_FILENO);
	while (waitpid(pager, &status, 0) < 0 && errno == EINTR)
		;
}

static void become_pager(const char *command, int read_end)
{
	if (dup2(read_end, STDIN_FILENO) < 0)
		_exit(127);
	/* as git's: quit where it fits on one screen, colours, the screen is left as it was */
	setenv("LESS", "FRX", false);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* `sh -c` always starts: a pager that is not there is found before. */
static bool is_there(const char *command)
{
	char first[256], *place, *path;
	size_t length = strcspn(command, " \t");
	bool found = false;

	if (strpbrk(command, "|&;<>()$`\\\"'=") || length >= sizeof(first))
		return true; /* the shell's business */
	snprintf(first, sizeof(first), "%.*s", (int)length, command);
	if (strchr(first, '/'))
		return access(first, X_OK) == 0;
	path = strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	for (char *next = path; path && !found && (place = strsep(&next, ":"));) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", *place ? place : ".", first);
		found = access(file, X_OK) == 0;
	}
	free(path);
	return found;
}

void pager_offer(void)
{
	const char *command = pager_command();
	int ends[2];

	if (!isatty(STDOUT_FILENO) || !command || !is_there(command) || pipe(ends) < 0)
		return;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	fflush(stdout);
	pager = fork();
	if (pager < 0) {
		close(ends[0]);
		close(ends[1]);
		return;
	}
	if (!pager)
		become_pager(command, ends[0]);
	signal(SIGPIPE, SIG_IGN);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	atexit(wait_for_pager);
}
