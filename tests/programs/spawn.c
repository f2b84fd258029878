/*
 * spawn.c - posix_spawn and posix_spawnp with file actions and attributes, popen and system: the
 * program `show` beside this one prints what it was started with; errors are native.
 */
#include "check.h"
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

static char directory[PATH_MAX], show[PATH_MAX + 8];
static char *arguments[] = {"show", "one", "two words", "", NULL};
static char *environment[] = {"A=1", "B=two words", "PATH=/usr/bin:/bin", NULL};
extern char **environ;

static int ended(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : status;
}

static void plain(void)
{
	pid_t pid = -7;

	fflush(stdout);
	RETURNS(posix_spawn(&pid, show, NULL, NULL, arguments, environment), 0);
	CHECK(pid > 0 && ended(pid) == 23, "the child of posix_spawn");
	RETURNS(posix_spawnp(&pid, show, NULL, NULL, arguments, environment), 0);
	CHECK(ended(pid) == 23, "the child of posix_spawnp");
	setenv("PATH", directory, 1);
	RETURNS(posix_spawnp(&pid, "show", NULL, NULL, arguments, environment), 0);
	CHECK(ended(pid) == 23, "the child of posix_spawnp, searched");
	RETURNS(posix_spawn(NULL, show, NULL, NULL, arguments, (char *[]){NULL}), 0);
	CHECK(ended(-1) == 23, "the child of posix_spawn that is not told its pid");
	RETURNS(posix_spawn(&pid, show, NULL, NULL, arguments, check_null), 0);
	CHECK(ended(pid) == 23, "the child without an environment");
	setenv("PATH", "/usr/bin:/bin", 1);

	pid = -7;
	CHECK(posix_spawn(&pid, "/nonexistent", NULL, NULL, arguments, environment) == ENOENT,
	      "posix_spawn of nothing");
	CHECK(posix_spawnp(&pid, "dndprof-none", NULL, NULL, arguments, environment) == ENOENT,
	      "posix_spawnp of nothing");
	CHECK(posix_spawn(&pid, "/etc/passwd", NULL, NULL, arguments, environment) == EACCES,
	      "posix_spawn of no program");
	CHECK(pid == -7, "a failed posix_spawn wrote a pid: %d", (int)pid);
	errno = 0;
	CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "a failed posix_spawn left a child");
}

static void actions(void)
{
	posix_spawn_file_actions_t list;
	int tube[2], null = open("/dev/null", O_RDONLY), pair[2], base = null + 1;
	char text[512];
	ssize_t length;
	pid_t pid;

	CHECK(pipe2(tube, O_CLOEXEC) == 0, "no pipe");
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	posix_spawn_file_actions_init(&list);
	posix_spawn_file_actions_adddup2(&list, tube[1], 1);
	posix_spawn_file_actions_addopen(&list, 40, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&list, pair[0], 41);
	posix_spawn_file_actions_addclose(&list, pair[0]);
	posix_spawn_file_actions_addclosefrom_np(&list, 41 + 1);
	posix_spawn_file_actions_addclose(&list, null);
	posix_spawn_file_actions_addchdir_np(&list, "/");
	CHECK(posix_spawn(&pid, show, &list, NULL, arguments, environment) == 0, "file actions");
	CHECK(ended(pid) == 23, "the child with file actions");
	length = read(tube[0], text, sizeof text - 1);
	text[length > 0 ? length : 0] = 0;
	printf("through a pipe: %s", text);
	CHECK(fcntl(pair[0], F_GETFD) == 0 && fcntl(null, F_GETFD) == 0 && fcntl(41, F_GETFD) < 0,
	      "the child's file actions came to us");
	/* Our descriptors still are what they were. */
	GIVES(send(pair[0], "x", 1, 0), 1);
	GIVES(recv(pair[1], text, 1, 0), 1);
	posix_spawn_file_actions_addopen(&list, 5, "/nonexistent/file", O_RDONLY, 0);
	CHECK(posix_spawn(&pid, show, &list, NULL, arguments, environment) == ENOENT,
	      "a file action that fails");
	posix_spawn_file_actions_destroy(&list);
	closefrom(base - 1);
}

static void attributes(void)
{
	posix_spawnattr_t set;
	sigset_t signals;
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	posix_spawnattr_init(&set);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	posix_spawnattr_setsigmask(&set, &signals);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	posix_spawnattr_setsigdefault(&set, &signals);
	posix_spawnattr_setpgroup(&set, 0);
	posix_spawnattr_setflags(&set, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_USEVFORK);
	char *const shell[] = {
		"sh", "-c", "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; kill -USR1 $$; exit 9",
		NULL};
	fflush(stdout);
	RETURNS(posix_spawn(&pid, "/bin/sh", NULL, &set, shell, environment), 0);
	CHECK(ended(pid) == SIGUSR1, "SIGUSR1 is not the default in the child");
	posix_spawnattr_setflags(&set, POSIX_SPAWN_SETSID);
	RETURNS(posix_spawn(&pid, show, NULL, &set, arguments, environment), 0);
	CHECK(getsid(pid) == pid || errno == ESRCH, "no session of its own");
	CHECK(ended(pid) == 23, "the child with a session");
	posix_spawnattr_destroy(&set);
}

static void shells(void)
{
	char line[128] = "";
	FILE *stream;
	int status;

	fflush(stdout);
	status = system("exit 5");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5, "system gave %x", status);
	status = system("kill -TERM $$");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "system gave %x", status);
	status = system("dndprof-no-such-program 2>/dev/null");
	CHECK(WEXITSTATUS(status) == 127, "system gave %x", status);
	CHECK(system(NULL) != 0, "no shell");
	stream = popen("echo from a shell; exit 4", "r");
	CHECK(fgets(line, sizeof line, stream) && !strcmp(line, "from a shell\n"), "popen: %s",
	      line);
	status = pclose(stream);
	CHECK(WEXITSTATUS(status) == 4, "pclose gave %x", status);
	stream = popen("cat", "w");
	fputs("to a shell\n", stream);
	CHECK(pclose(stream) == 0, "pclose of cat");
}

int main(void)
{
	ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);

	if (length <= 0)
		check_skip("no /proc");
	dirname(directory);
	snprintf(show, sizeof show, "%s/show", directory);
	if (access(show, X_OK))
		check_skip("%s is not built", show);
	environ = environment;
	plain();
	actions();
	attributes();
	shells();
	return check_end();
}
