/*
 * command_doctor.c - `dndprof doctor`: what of a command could be observed here, and why not. It
 * runs nothing.
 */
#include "base/buffer.h"
#include "command.h"
#include "engine.h"
#include "model/program.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const char *name, const char *format, ...)
{
	struct buffer escaped = {0};
	char text[2 * PATH_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	buffer_escape(&escaped, text, strlen(text), false);
	printf("%-10s %s\n", name, buffer_text(&escaped));
	buffer_free(&escaped);
}

static void say_program(const struct program *program)
{
	const char *reason = program_reason(program);
	char kind[PATH_MAX + 256];

	program_describe(program, kind, sizeof(kind));
	say("program", "%s: %s", program->path, kind);
	if (reason)
		say("gate", "unobserved: %s", reason);
	else if (program->kind == PROGRAM_DYNAMIC && program->go && !program->script)
		say("gate",
		    "libc+go: preloaded; Go's system call function is patched in its memory");
	else if (program->kind == PROGRAM_DYNAMIC)
		say("gate", "libc: preloaded");
	else if (program->kind == PROGRAM_STATIC && program->go)
		say("gate", "go: loads nothing, so dndprof-exec injects the shim when it begins; "
			    "start it with `dndprof run`, or from a preloaded shell");
	else
		say("gate", "unobserved: this file is no program of this machine");
}

static void say_shim(void)
{
	char path[PATH_MAX];

	if (shim_find(path))
		say("shim", "%s", path);
	else
		say("shim", "missing: %s; install it beside dndprof", path);
}

/* May one process of ours trace another? Tried, as too many things can forbid it to be asked. */
static int try_ptrace(void)
{
	pid_t child = fork(), tracer;
	int status = 0;

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* as the shim does */
		for (;;)
			pause();
	}
	if (child < 0)
		return errno;
	tracer = fork();
	if (!tracer) { /* no ancestor of the other, as dndprof-exec is none */
		for (int i = 0; i < 100; i++) {
			if (ptrace(PTRACE_SEIZE, child, 0, 0) == 0)
				_exit(0);
			if (errno != EPERM)
				break;
			usleep(1000); /* it may not have said yet who may */
		}
		_exit(errno);
	}
	if (tracer > 0)
		waitpid(tracer, &status, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return tracer < 0 ? EAGAIN : WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

/* What static Go, and the children of Go, need besides. */
static void say_injection(void)
{
	char path[PATH_MAX];
	int error = try_ptrace();

	if (helper_find(path))
		say("helper", "%s", path);
	else
		say("helper",
		    "missing: %s; install it beside libdndprof.so, or static Go programs "
		    "run unobserved",
		    path);
	if (error)
		say("injection",
		    "the system refuses ptrace (%s): static Go programs run unobserved; "
		    "see kernel.yama.ptrace_scope, and in a container --cap-add SYS_PTRACE",
		    strerror(error));
	else
		say("injection", "permitted");
}

/* The first directory above the default parent that exists must let us write. */
static void say_output(void)
{
	char path[PATH_MAX], at[PATH_MAX];

	run_parent(path);
	snprintf(at, sizeof(at), "%s", path);
	while (access(at, F_OK) < 0 && errno == ENOENT && strrchr(at, '/')) {
		char *slash = strrchr(at, '/');

		slash[slash == at] = 0;
	}
	if (access(at, W_OK | X_OK) == 0)
		say("output", "%s, can be written", path);
	else
		say("output", "%s cannot be written: %s; use -o or DNDPROF_DIR", path,
		    strerror(errno));
}

static void say_clock(void)
{
	char source[64] = "";
	FILE *file =
		fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");

	if (file) {
		if (!fgets(source, sizeof(source), file))
			source[0] = 0;
		source[strcspn(source, "\n")] = 0;
		fclose(file);
	}
	if (strcmp(source, "tsc") == 0)
		say("clock", "time stamp counter: the kernel trusts it");
	else
		say("clock", "CLOCK_MONOTONIC: the kernel's clock source is %s",
		    *source ? source : "unknown");
}

static void say_engines(void)
{
	char address[512], answer[512];
	size_t count = 0;

	for (; engine_address(count, address, sizeof(address)); count++) {
		engine_ask(address, answer, sizeof(answer));
		say("engine", "%s %s", address, answer);
	}
	if (!count)
		say("engine", "no socket found; set DOCKER_HOST to where it listens");
}

static bool no_option(void *data, size_t option, const char *value)
{
	(void)data, (void)option, (void)value;
	return false;
}

static int doctor_main(const struct command *command, int argc, char **argv)
{
	int first = options_parse(command, argc, argv, true, no_option, NULL);
	struct program program;

	if (first < 0)
		return EXIT_USAGE;
	if (first >= argc)
		return usage_error(command, "which command shall be looked at?");
	program_inspect(argv[first], &program);
	if (program.kind == PROGRAM_ABSENT)
		return error_text(EXIT_INPUT, "%s was not found; name a program on PATH or a file",
				  program.script ? program.interpreter : argv[first]);
	say_program(&program);
	say_shim();
	say_injection();
	say_output();
	say_clock();
	say_engines();
	return EXIT_FINE;
}

const struct command command_doctor = {
	"doctor",
	"COMMAND",
	"says what of a command could be observed here, and why not; does an engine answer",
	NULL,
	0,
	doctor_main,
	false,
};
