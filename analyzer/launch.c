/*
 * launch.c - see launch.h. Signals: those of the terminal go to the whole process group, so we
 * ignore them and let the command decide; those sent to us alone are handed on. The command starts
 * with the dispositions and the mask we were started with.
 */
#define _GNU_SOURCE /* execvpe */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

/* Returns only where there is no helper to become. */
static void become_followed(const struct launch *launch)
{
	size_t count = 0;

	while (launch->argv[count])
		count++;

	const char *argv[count + 4];

	argv[0] = launch->helper;
	argv[1] = "become";
	argv[2] = launch->path;
	memcpy(argv + 3, launch->argv, (count + 1) * sizeof(*argv));
	execv(launch->helper, (char **)argv);
}

static _Noreturn void become(const struct launch *launch, int report, const sigset_t *mask)
{
	int error;

	for (size_t i = 0; launch->names[i]; i++)
		if (setenv(launch->names[i], launch->values[i], 1) < 0)
			_exit(126);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (launch->helper)
		become_followed(launch);
	execvp(launch->argv[0], launch->argv);
	error = errno;
	while (write(report, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	_exit(126);
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
	int report[2], result;
	ssize_t got;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	launch->child = fork();
	if (launch->child < 0) {
		result = -errno;
		sigprocmask(SIG_SETMASK, &mask, NULL);
		close(report[0]);
		close(report[1]);
		return result;
	}
	if (!launch->child)
		become(launch, report[1], &mask);
	target = launch->child;
	signal(SIGCHLD, SIG_DFL); /* ignored ones leave nothing to wait for */
	take_signals();
	waiting = mask;
	sigaddset(&waiting, SIGCHLD);
	sigprocmask(SIG_SETMASK, &waiting, NULL);
	close(report[1]);
	started(data, launch->child);
	do {
		got = read(report[0], &launch->error, sizeof(launch->error));
	} while (got < 0 && errno == EINTR);
	if (got != sizeof(launch->error))
		launch->error = 0;
	close(report[0]);
	result = wait_for(launch, data);
	target = 0;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return result;
}
