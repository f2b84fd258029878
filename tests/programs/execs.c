/*
 * execs.c - every form of exec with the right arguments, environment and descriptors (the program
 * `show`, which stands beside this one, prints them), and every native error of those that fail.
 */
#include "check.h"
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char directory[PATH_MAX], show[PATH_MAX + 8], scratch[] = "/tmp/dndprof-test-XXXXXX";
static char *arguments[] = {"show", "one", "two words", "", "-n", NULL};
static char *environment[] = {"A=1", "B=two words", "PATH=/usr/bin", "EMPTY=", NULL};
static char *nothing[] = {NULL};
extern char **environ;

/* Runs `form` in a child; its status, what it printed stands in our output. */
static int ran(void (*form)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		environ = environment;
		form();
		_exit(errno);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *many_arguments[3001];

static void use_execve(void)
{
	execve(show, arguments, environment);
}

static void use_execve_empty(void)
{
	execve(show, nothing, nothing);
}

static void use_execve_null(void)
{
	execve(show, check_null, check_null);
}

static void use_execve_many(void)
{
	for (int i = 0; i < 3000; i++)
		many_arguments[i] = "argument";
	execve(show, many_arguments, environment);
}

static void use_execv(void)
{
	execv(show, arguments);
}

static void use_execl(void)
{
	execl(show, "show", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", (char *)NULL);
}

static void use_execl_one(void)
{
	execl(show, "show", (char *)NULL);
}

static void use_execle(void)
{
	execle(show, "show", "1", "2", "3", "4", "5", "6", "7", (char *)NULL, environment);
}

static void use_execlp(void)
{
	setenv("PATH", "/nonexistent:/etc", 1);
	setenv("PATH", directory, 1);
	execlp("show", "show", "searched", (char *)NULL);
}

static void use_execvp(void)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "/nonexistent:%s:%s", scratch, directory);
	setenv("PATH", path, 1);
	execvp("show", arguments);
}

static void use_execvpe(void)
{
	setenv("PATH", directory, 1);
	execvpe("show", arguments, environment);
}

static void use_execvp_slash(void)
{
	execvp(show, arguments);
}

static void use_fexecve(void)
{
	fexecve(open(show, O_RDONLY | O_CLOEXEC), arguments, environment);
}

static void use_execveat_empty(void)
{
	execveat(open(show, O_PATH | O_CLOEXEC), "", arguments, environment, AT_EMPTY_PATH);
}

static void use_execveat(void)
{
	execveat(open(directory, O_PATH | O_CLOEXEC), "show", arguments, environment, 0);
}

static void use_script(void)
{
	char path[64];

	snprintf(path, sizeof path, "%s/script", scratch);
	execv(path, arguments);
}

/* No #!: execvp gives it to the shell, execv does not. */
static void use_plain_text(void)
{
	setenv("PATH", scratch, 1);
	execlp("text", "text", "argument", (char *)NULL);
}

/* A copy of a socket, not close-on-exec, comes along; others do not. */
static void use_descriptors(void)
{
	fcntl(0, F_DUPFD, 50);
	fcntl(0, F_DUPFD_CLOEXEC, 60);
	execv(show, arguments);
}

static void file(const char *name, mode_t mode, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "%s/%s", scratch, name);
	fd = open(path, O_CREAT | O_WRONLY, mode);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "cannot write %s", path);
	close(fd);
}

static void succeed(void)
{
	static const struct {
		const char *name;
		void (*form)(void);
	} forms[] = {
		{"execve", use_execve},
		{"execve with no arguments", use_execve_empty},
		{"execve with null pointers", use_execve_null},
		{"execve with many arguments", use_execve_many},
		{"execv", use_execv},
		{"execl", use_execl},
		{"execl with one argument", use_execl_one},
		{"execle", use_execle},
		{"execlp", use_execlp},
		{"execvp", use_execvp},
		{"execvpe", use_execvpe},
		{"execvp with a slash", use_execvp_slash},
		{"fexecve", use_fexecve},
		{"execveat of a descriptor", use_execveat_empty},
		{"execveat in a directory", use_execveat},
		{"a script", use_script},
		{"a text without #!", use_plain_text},
		{"descriptors", use_descriptors},
	};

	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		int status;

		printf("%s: ", forms[i].name);
		status = ran(forms[i].form);
		CHECK(status == 23, "%s ended with %d", forms[i].name, status);
	}
}

/* E2BIG: one string is longer than the kernel takes. */
static void too_big(void)
{
	char *long_text = malloc(300000), *list[] = {"show", long_text, NULL};

	memset(long_text, 'a', 299999);
	long_text[299999] = 0;
	FAILS(execv(show, list), E2BIG);
	FAILS(execve(show, arguments, list), E2BIG);
	FAILS(execvp(show, list), E2BIG);
	free(long_text);
}

static void fail(void)
{
	char path[64];
	int fd, plain = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	FAILS(execv("/nonexistent/program", arguments), ENOENT);
	FAILS(execve("/nonexistent/program", arguments, environment), ENOENT);
	FAILS(execl("/nonexistent/program", "a", "b", (char *)NULL), ENOENT);
	FAILS(execle("/nonexistent/program", "a", "b", (char *)NULL, environment), ENOENT);
	FAILS(execvp("dndprof-no-such-program", arguments), ENOENT);
	FAILS(execlp("dndprof-no-such-program", "a", (char *)NULL), ENOENT);
	FAILS(execvpe("dndprof-no-such-program", arguments, environment), ENOENT);
	FAILS(execvp("", arguments), ENOENT);
	FAILS(execv("", arguments), ENOENT);
	FAILS(execv("/etc/passwd", arguments), EACCES);
	FAILS(execv("/etc", arguments), EACCES);
	FAILS(execv("/etc/passwd/program", arguments), ENOTDIR);
	FAILS(execve(check_bad, arguments, environment), EFAULT);
	FAILS(execve(show, check_bad, environment), EFAULT);
	FAILS(execve(show, arguments, check_bad), EFAULT);
	FAILS(fexecve(plain, arguments, environment), EACCES);
	FAILS(fexecve(-1, arguments, environment), EINVAL);
	FAILS(fexecve(777, arguments, environment), EBADF);
	FAILS(execveat(-1, "show", arguments, environment, 0), EBADF);
	FAILS(execveat(777, "", arguments, environment, AT_EMPTY_PATH), EBADF);
	FAILS(execveat(AT_FDCWD, show, arguments, environment, 0x77), EINVAL);
	snprintf(path, sizeof path, "%s/text", scratch);
	FAILS(execv(path, arguments), ENOEXEC);
	snprintf(path, sizeof path, "%s/noexec", scratch);
	FAILS(execv(path, arguments), EACCES);
	snprintf(path, sizeof path, "%s/lost", scratch);
	FAILS(execv(path, arguments), ENOENT); /* its interpreter */
	snprintf(path, sizeof path, "%s/busy", scratch);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	FAILS(execv(path, arguments), ETXTBSY);
	close(fd);
	setenv("PATH", "/etc", 1);
	FAILS(execvp("passwd", arguments), EACCES);
	unsetenv("PATH");
	FAILS(execvp("dndprof-no-such-program", arguments), ENOENT);
	too_big();
	close(plain);
}

int main(void)
{
	ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);
	char text[PATH_MAX + 64];

	if (length <= 0)
		check_skip("no /proc");
	dirname(directory);
	snprintf(show, sizeof show, "%s/show", directory);
	if (access(show, X_OK))
		check_skip("%s is not built", show);
	umask(022);
	CHECK(mkdtemp(scratch) != NULL, "no directory");
	snprintf(text, sizeof text, "#!%s option\n", show);
	file("script", 0755, text);
	snprintf(text, sizeof text, "exec %s \"$0\" \"$@\"\n", show);
	file("text", 0755, text);
	file("noexec", 0644, "#!/bin/sh\n");
	file("lost", 0755, "#!/nonexistent/interpreter\n");
	file("busy", 0755, "#!/bin/sh\n");
	succeed();
	fail();
	for (char **name = (char *[]){"script", "text", "noexec", "lost", "busy", NULL}; *name;
	     name++) {
		snprintf(text, sizeof text, "%s/%s", scratch, *name);
		unlink(text);
	}
	rmdir(scratch);
	return check_end();
}
