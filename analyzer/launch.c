/*
 * launch.c - see launch.h. Signals: those of the terminal go to the whole process group, so we
 * ignore them and let the command decide; those sent to us alone are handed on. The command starts
 * with the dispositions and the mask we were started with.
 */
#define _GNU_SOURCE /* execvpe */
#include "launch.h"

#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t target;

static const struct {
	int number;
	int forwarded; /* else ignored */
} signals[] = {{SIGINT, 0}, {SIGQUIT, 0}, {SIGTERM, 1}, {SIGHUP, 1}, {SIGUSR1, 1}, {SIGUSR2, 1}};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static void forward(int number)
{
	int saved = errno;

	if (target > 0)
		kill(target, number);
	errno = saved;
}

static void take_signals(void)
{
	for (size_t i = 0; i < SIGNALS; i++) {
		struct sigaction action = {.sa_handler = signals[i].forwarded ? forward : SIG_IGN};
		struct sigaction old;

		/* nohup: what was ignored stays so, here and there */
		if (sigaction(signals[i].number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigemptyset(&action.sa_mask);
		action.sa_flags = SA_RESTART;
		sigaction(signals[i].number, &action, NULL);
	}
}

/* Returns only where the helper cannot be run. */
static void become_followed(const struct launch *launch, char *const *env)
{
	size_t count = 0;

	while (launch->argv[count])
		count++;

	const char *argv[count + 4];

	argv[0] = launch->helper;
	argv[1] = "become";
	argv[2] = launch->path;
	memcpy(argv + 3, launch->argv, (count + 1) * sizeof(*argv));
	execve(launch->helper, (char **)argv, env);
}

/* In our memory, while we stand still: nothing of ours may change but the error. */
static _Noreturn void become(struct launch *launch, char *const *env, const sigset_t *mask)
{
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (launch->helper)
		become_followed(launch, env);
	execvpe(launch->argv[0], launch->argv, env);
	launch->error = errno;
	_exit(126);
}

/* Our environment with the command's variables; to be freed with what is in `made`. */
static char **environment(const struct launch *launch, char ***made)
{
	size_t own = 0, count = 0, kept = 0;
	char **env;

	while (environ[own])
		own++;
	while (launch->names[count])
		count++;
	env = memory_get((own + count + 1) * sizeof(*env));
	*made = memory_get((count + 1) * sizeof(**made));
	for (size_t i = 0; i < own; i++) {
		size_t length = strcspn(environ[i], "="), j = 0;

		while (j < count && (strncmp(launch->names[j], environ[i], length) != 0 ||
				     launch->names[j][length]))
			j++;
		if (j == count)
			env[kept++] = environ[i];
	}
	for (size_t i = 0; i < count; i++) {
		size_t room = strlen(launch->names[i]) + strlen(launch->values[i]) + 2;

		env[kept] = (*made)[i] = memory_get(room);
		snprintf(env[kept++], room, "%s=%s", launch->names[i], launch->values[i]);
	}
	return env;
}

/* As vfork does it: the child runs in our memory until it has become another program, so that none
 * of it need be copied. */
static pid_t start(struct launch *launch, const sigset_t *mask)
{
	char **made, **env = environment(launch, &made);
	pid_t child;

	launch->error = 0;
	child = vfork();
	if (!child)
		become(launch, env, mask);
	for (size_t i = 0; made[i]; i++)
		free(made[i]);
	free(made);
	free(env);
	return child;
}

/* Waits until a child of ours changes, or it is time to look again. SIGCHLD is blocked: one that
 * came since wait4 is still there. */
static void doze(int64_t ns)
{
	struct timespec time = {ns / 1000000000, ns % 1000000000};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &time);
}

/* Waits for the end. A command stopped alone stops us too, so that who waits for us learns of it.
 */
static int wait_for(struct launch *launch, void *data)
{
	for (;;) {
		pid_t pid = wait4(launch->child, &launch->status,
				  WUNTRACED | (launch->watch ? WNOHANG : 0), &launch->usage);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return -errno;
		if (!pid) {
			doze(launch->watch(data));
			continue;
		}
		if (!WIFSTOPPED(launch->status))
			return 0;
		if (WSTOPSIG(launch->status) != SIGSTOP)
			continue; /* from the terminal: we got it as well */
		raise(SIGSTOP);
		kill(launch->child, SIGCONT);
	}
}

int launch(struct launch *launch, void (*started)(void *data, int child), void *data)
{
	sigset_t all, mask, waiting;
	int result;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	launch->child = start(launch, &mask);
	if (launch->child < 0) {
		result = -errno;
		sigprocmask(SIG_SETMASK, &mask, NULL);
		return result;
	}
	target = launch->child;
	signal(SIGCHLD, SIG_DFL); /* ignored ones leave nothing to wait for */
	take_signals();
	waiting = mask;
	sigaddset(&waiting, SIGCHLD);
	sigprocmask(SIG_SETMASK, &waiting, NULL);
	started(data, launch->child);
	result = wait_for(launch, data);
	target = 0;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return result;
}
