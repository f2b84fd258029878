/*
 * command_doctor.c - `dndprof doctor`: what of a command could be observed here, and why not. It
 * runs nothing.
 */
#include "base/buffer.h"
#include "command.h"
#include "engine.h"
#include "model/go_code.h"
#include "model/program.h"
#include "surroundings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
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

/* All that decides whether a program could be observed here. */
struct examined {
	struct program program;
	struct surroundings here;
	char shim[PATH_MAX], helper[PATH_MAX];
	bool has_shim, has_helper;
};

static const char *file_of(const struct program *program)
{
	return program->script ? program->interpreter : program->path;
}

static bool is_static_go(const struct program *program)
{
	return program->kind == PROGRAM_STATIC && program->go;
}

/* Why static Go, wherever it is started from here, would run unobserved; NULL: it would not. */
static const char *no_injection(const struct examined *f)
{
	if (!f->has_helper)
		return "dndprof-exec is missing, which injects the shim into static Go";
	if (f->here.tracer)
		return "static Go cannot be injected while another program traces it";
	if (f->here.ptrace_error)
		return "the system refuses ptrace, by which static Go is injected";
	return NULL;
}

static const char *why_unobserved(const struct examined *f)
{
	const struct program *program = &f->program;
	const char *reason = program_reason(program);

	if (reason)
		return reason;
	if (program->kind != PROGRAM_DYNAMIC && program->kind != PROGRAM_STATIC)
		return "this file is no program of this machine";
	if (access(file_of(program), X_OK) < 0)
		return "it may not be executed";
	if (!f->has_shim)
		return "the shim is missing";
	if (shim_name_problem(f->shim))
		return "the shim cannot be preloaded from where it is";
	if (f->here.filtered)
		return "what is started here inherits a seccomp filter it cannot be freed of, and "
		       "is "
		       "left alone";
	if (program->go)
		reason = go_code_refusal(file_of(program));
	return !reason && is_static_go(program) ? no_injection(f) : reason;
}

static void say_program(const struct examined *f)
{
	const struct program *program = &f->program;
	const char *reason = why_unobserved(f);
	char kind[PATH_MAX + 256];

	program_describe(program, kind, sizeof(kind));
	say("program", "%s: %s", program->path, kind);
	if (reason)
		say("gate", "unobserved: %s", reason);
	else if (is_static_go(program))
		say("gate", "go: loads nothing, so dndprof-exec injects the shim when it begins; "
			    "start it with `dndprof run`, or from a preloaded shell");
	else if (program->go)
		say("gate",
		    "libc+go: preloaded; Go's system call function is patched in its memory");
	else
		say("gate", "libc: preloaded");
	if (reason)
		return;
	reason = no_injection(f);
	if (reason)
		say("children", "seen where they are dynamic; %s", reason);
	else
		say("children", "seen, static Go among them; what else is static, setuid or in a "
				"container runs as it is");
}

static void say_shim(const struct examined *f)
{
	if (f->has_shim && shim_name_problem(f->shim))
		say("shim", "%s %s", f->shim, shim_name_problem(f->shim));
	else if (f->has_shim)
		say("shim", "%s", f->shim);
	else
		say("shim", "missing: %s; install it beside dndprof", f->shim);
}

/* What static Go, and the children of Go, need besides. */
static void say_injection(const struct examined *f)
{
	if (f->has_helper)
		say("helper", "%s", f->helper);
	else
		say("helper", "missing: %s; install it beside libdndprof.so", f->helper);
	if (f->here.tracer)
		say("injection",
		    "not while process %d traces this one, as strace and debuggers do; run it "
		    "without",
		    f->here.tracer);
	else if (f->here.ptrace_error)
		say("injection",
		    "the system refuses ptrace (%s); see kernel.yama.ptrace_scope, and in a "
		    "container --cap-add SYS_PTRACE",
		    strerror(f->here.ptrace_error));
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

/* Without who asks and his password: what doctor says stands in logs. */
static void drop_user(char *address)
{
	char *host = strstr(address, "://"), *at, *end;

	if (!host || strncmp(address, "unix:", 5) == 0)
		return;
	host += 3;
	end = host + strcspn(host, "/");
	for (at = end; at > host && at[-1] != '@'; at--)
		;
	memmove(host, at, strlen(at) + 1);
}

static void say_engines(void)
{
	char address[512], answer[512];
	size_t count = 0;

	for (; engine_address(count, address, sizeof(address)); count++) {
		engine_ask(address, answer, sizeof(answer));
		drop_user(address);
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
	struct examined f;

	if (first < 0)
		return EXIT_USAGE;
	if (first >= argc)
		return usage_error(command, "which command shall be looked at?");
	program_inspect(argv[first], &f.program);
	if (f.program.kind == PROGRAM_ABSENT)
		return error_text(EXIT_INPUT, "%s was not found; name a program on PATH or a file",
				  f.program.script ? f.program.interpreter : argv[first]);
	f.has_shim = shim_find(f.shim);
	f.has_helper = helper_find(f.helper);
	surroundings_look(&f.here);
	say_program(&f);
	say_shim(&f);
	say_injection(&f);
	say_output();
	say_clock();
	say_engines();
	return EXIT_FINE;
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "COMMAND",
	.meaning =
		"says what of a command could be observed here, and why not; does an engine answer",
	.main = doctor_main,
	.details =
		"Names the gate that would see the command, or the reason why none does; "
		"whether this place permits what static programs need; whether an engine answers.",
	.examples = "dndprof doctor docker",
};
