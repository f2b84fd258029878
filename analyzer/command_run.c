/*
 * command_run.c - `dndprof run`: runs a command with the shim, then reports. The command's streams,
 * signals and exit status are its own; nothing of ours may reach its stdout.
 */
#include "base/duration.h"
#include "base/planted.h"
#include "base/progress.h"
#include "command.h"
#include "launch.h"
#include "model/program.h"
#include "rundir.h"
#include "view.h"
#include "watch.h"

#include <dndprof/asan.h>
#include <dndprof/config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPTION_OUTPUT, OPTION_REPORT, OPTION_SET, OPTION_CHECK };
static const struct option_row options[] = {
	[OPTION_OUTPUT] = {"output", 'o', "DIR", "parent of the run's directory"},
	[OPTION_REPORT] = {"report", 'r', "FILE", "write the report there instead of stderr"},
	[OPTION_SET] = {"set", 's', "NAME=VALUE", "a setting, as the variable DNDPROF_NAME"},
	[OPTION_CHECK] = {"check", 'c', "NAME", "label: the check this command performs"},
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

#define ADDED_MOST (DNDPROF_CONFIG_ID_COUNT + 4) /* settings, and the three of our own */

struct order {
	const struct command *command;
	const char *parent, *report, *check;
	struct view view;
	char directory[PATH_MAX];
	char *names[ADDED_MOST], *values[ADDED_MOST];
	struct program program; /* the command's file */
	struct run_facts facts;
	struct watch watch;
};

static void add_variable(struct order *order, const char *name, const char *value)
{
	size_t i = 0;

	while (order->names[i] && strcmp(order->names[i], name) != 0)
		i++;
	free(order->names[i]);
	free(order->values[i]);
	order->names[i] = memory_text(name);
	order->values[i] = memory_text(value);
}

static int setting_of(const char *name)
{
#define NAME(name, kind, preset, min, max, meaning) #name,
	static const char *const names[] = {DNDPROF_CONFIGS(NAME)};
#undef NAME
	size_t prefix = strlen(DNDPROF_CONFIG_PREFIX);

	if (strncmp(name, DNDPROF_CONFIG_PREFIX, prefix) == 0)
		name += prefix;
	for (int i = 0; i < DNDPROF_CONFIG_ID_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static bool set(struct order *order, const char *name, const char *value)
{
	char variable[64];
	int64_t number;
	int id = setting_of(name);
	const char *prefix = DNDPROF_CONFIG_PREFIX;

	if (id < 0) {
		error_text(EXIT_USAGE, "there is no setting %s; `dndprof help settings` lists them",
			   name);
		return false;
	}
	if (dndprof_config_parse((enum dndprof_config_id)id, value, &number) < 0) {
		usage_error(order->command, "%s cannot be %s", name, value);
		return false;
	}
	if (strncmp(name, prefix, strlen(prefix)) == 0)
		name += strlen(prefix);
	snprintf(variable, sizeof(variable), "%s%s", prefix, name);
	add_variable(order, variable, value);
	if (id == DNDPROF_CONFIG_ID_DIR)
		order->parent = value;
	if (id == DNDPROF_CONFIG_ID_CHECK)
		order->check = value;
	return true;
}

/* A bad value in our own environment is as wrong as one given with --set, which overrides it; an
 * empty variable is an unset one. */
static bool check_environment(struct order *order)
{
#define NAME(name, kind, preset, min, max, meaning) DNDPROF_CONFIG_PREFIX #name,
	static const char *const names[] = {DNDPROF_CONFIGS(NAME)};
#undef NAME
	int64_t number;

	for (int id = 0; id < DNDPROF_CONFIG_ID_COUNT; id++) {
		const char *value = getenv(names[id]);

		for (size_t i = 0; i < ADDED_MOST && order->names[i] && value; i++)
			if (strcmp(order->names[i], names[id]) == 0)
				value = NULL;
		if (value && *value &&
		    dndprof_config_parse((enum dndprof_config_id)id, value, &number) < 0) {
			usage_error(order->command, "%s cannot be %s", names[id], value);
			return false;
		}
		if (value && *value && id == DNDPROF_CONFIG_ID_CHECK)
			order->check = value;
	}
	return true;
}

static bool given(void *data, size_t option, const char *value)
{
	struct order *order = data;
	char name[64];
	const char *equal;

	if (option >= OPTIONS)
		return view_given(&order->view, option - OPTIONS, value);
	switch (option) {
	case OPTION_OUTPUT:
		order->parent = value;
		return *value || (usage_error(order->command, "-o wants a directory"), false);
	case OPTION_REPORT:
		order->report = value;
		return true;
	case OPTION_CHECK:
		return set(order, "CHECK", value);
	default:
		equal = strchr(value, '=');
		if (!equal || equal == value || equal - value >= (ptrdiff_t)sizeof(name)) {
			usage_error(order->command, "--set wants NAME=VALUE, not %s", value);
			return false;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(equal - value), value);
		return set(order, name, equal + 1);
	}
}

/* LD_PRELOAD with the shim first, once; or last, where a sanitizer's runtime must be that. A 32-bit
 * program is left without: ld.so would complain on its stderr; so is one with the address
 * sanitizer, which would end. What these start in turn is not seen then, and the report says so. */
static void add_preload(struct order *order, const char *shim)
{
	const char *old = getenv("LD_PRELOAD");
	size_t length = strlen(shim);
	char *list;

	if (order->program.kind == PROGRAM_OTHER_CLASS || order->program.asan)
		return;
	if (!old || !*old || (strncmp(old, shim, length) == 0 && strchr(": ", old[length]))) {
		add_variable(order, "LD_PRELOAD", old && *old ? old : shim);
		return;
	}
	list = memory_get(length + strlen(old) + 2);
	if (dndprof_preloads_asan(old))
		sprintf(list, "%s:%s", old, shim);
	else
		sprintf(list, "%s:%s", shim, old);
	add_variable(order, "LD_PRELOAD", list);
	free(list);
}

/* Static Go loads nothing: dndprof-exec brings the shim in. */
static void add_helper(const struct program *program, struct launch *launch)
{
	static char helper[PATH_MAX];

	if (program->kind != PROGRAM_STATIC || !program->go || program->setuid || program->script ||
	    !helper_find(helper))
		return;
	launch->helper = helper;
	launch->path = program->path;
}

/* The run's secret: in the environment of the command, and nowhere else. */
static int add_key(struct order *order)
{
	char key[RUN_KEY_TEXT];
	int error = run_key(key);

	if (!error)
		add_variable(order, "DNDPROF_RUN_KEY", key);
	return error;
}

static void describe(struct order *order, char **argv)
{
	struct run_facts *facts = &order->facts;
	const char *slash = strrchr(argv[0], '/'), *check = order->check;

	program_inspect(argv[0], &order->program);
	snprintf(facts->program, sizeof(facts->program), "%s", slash ? slash + 1 : argv[0]);
	snprintf(facts->exe, sizeof(facts->exe), "%s", order->program.path);
	snprintf(facts->check, sizeof(facts->check), "%s", check ? check : "");
	subcommand_words(argv, facts->subcommand, sizeof(facts->subcommand));
	run_begins(facts);
}

static int prepare(struct order *order, char **argv)
{
	char shim[PATH_MAX], parent[PATH_MAX];
	int error;

	if (!shim_find(shim))
		return error_text(EXIT_INPUT,
				  "neither %s nor " DNDPROF_LIBDIR
				  "/libdndprof.so can be read; install libdndprof.so there",
				  shim);
	if (shim_name_problem(shim))
		return error_text(EXIT_INPUT, "%s %s", shim, shim_name_problem(shim));
	describe(order, argv);
	if (!order->parent)
		order->parent = run_parent(parent);
	error = rundir_make(order->parent, order->facts.start_realtime_ns, order->directory);
	if (!error)
		error = run_facts_write(order->directory, &order->facts);
	if (!error)
		error = add_key(order);
	if (error)
		return error_text(EXIT_INPUT,
				  "%s cannot take the profiles: %s; name another with -o",
				  order->parent, strerror(-error));
	add_preload(order, shim);
	add_variable(order, "DNDPROF_RUN", order->directory);
	return 0;
}

/* The setting as the command has it: from --set, else our own environment. */
static int64_t sampling_interval(const struct order *order)
{
	static const char name[] = DNDPROF_CONFIG_PREFIX "SAMPLING_RATE";
	const char *value = getenv(name);
	int64_t interval;

	for (size_t i = 0; i < ADDED_MOST && order->names[i]; i++)
		if (strcmp(order->names[i], name) == 0)
			value = order->values[i];
	if (!value || dndprof_config_parse(DNDPROF_CONFIG_ID_SAMPLING_RATE, value, &interval) < 0)
		return 100000000;
	return interval;
}

static void on_start(void *data, int child)
{
	struct order *order = data;

	order->facts.child = child;
	run_facts_write(order->directory, &order->facts);
	watch_start(&order->watch, child, sampling_interval(order));
}

static int64_t on_watch(void *data)
{
	struct order *order = data;

	return watch_look(&order->watch);
}

static int64_t ns_of(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000000 + (int64_t)time->tv_usec * 1000;
}

static void add_usage(struct run_facts *facts, const struct rusage *usage)
{
	facts->user_ns = ns_of(&usage->ru_utime);
	facts->system_ns = ns_of(&usage->ru_stime);
	facts->cpu_ns = facts->user_ns + facts->system_ns;
	facts->voluntary_switches = usage->ru_nvcsw;
	facts->involuntary_switches = usage->ru_nivcsw;
	facts->minor_faults = usage->ru_minflt;
	facts->major_faults = usage->ru_majflt;
}

static void conclude(struct order *order, const struct launch *launch)
{
	run_ends(&order->facts);
	watch_end(&order->watch);
	add_usage(&order->facts, &launch->usage);
	if (WIFEXITED(launch->status))
		order->facts.exit_status = WEXITSTATUS(launch->status);
	else
		order->facts.signal = WTERMSIG(launch->status);
	run_facts_write(order->directory, &order->facts);
	usage_write(order->directory, &order->watch.usage);
	usage_free(&order->watch.usage);
}

static int write_report(const struct order *order, const struct buffer *buffer)
{
	FILE *file = stderr;
	int error = 0;

	if (order->report) {
		int fd = unplanted_open(order->report, 0, 0600);

		if (fd < 0)
			return fd;
		file = fdopen(fd, "w");
		if (!file)
			return -errno;
	}
	if (fwrite(buffer_text(buffer), 1, buffer->length, file) != buffer->length ||
	    fflush(file) != 0)
		error = -errno;
	if (file != stderr && fclose(file) != 0 && !error)
		error = -errno;
	return error;
}

static void report(struct order *order)
{
	struct buffer buffer = {0};
	struct model *model;
	struct run *run;
	int error = run_open(order->directory, &run);

	if (error) {
		error_say(error, order->directory);
		return;
	}
	progress_begin("reading what was recorded");
	model = model_build_of(&run, 1, &order->view.choice);
	progress_end();
	view_render(&order->view, &buffer, model, date_now());
	error = write_report(order, &buffer);
	if (error)
		error_text(EXIT_INPUT,
			   "%s cannot take the report: %s; `dndprof report %s` prints it",
			   order->report ? order->report : "stderr", planted_problem(error),
			   order->directory);
	buffer_free(&buffer);
	model_free(model);
	run_close(run);
}

/* Nothing ran: the newest run stays what it was. */
static void discard(const struct order *order)
{
	char path[PATH_MAX + sizeof(RUN_FILE) + 1];

	snprintf(path, sizeof(path), "%s/" RUN_FILE, order->directory);
	unlink(path);
	rmdir(order->directory);
}

static int exec_failure(const struct launch *launch)
{
	error_text(EXIT_INPUT, "%s cannot be run: %s", launch->argv[0],
		   launch->error == ENOENT ? "there is no such program" : strerror(launch->error));
	return launch->error == ENOENT ? 127 : 126;
}

static void free_variables(struct order *order)
{
	for (size_t i = 0; i < ADDED_MOST; i++) {
		free(order->names[i]);
		free(order->values[i]);
	}
}

static int run_main(const struct command *command, int argc, char **argv)
{
	static struct order order;
	struct launch target = {.names = order.names, .values = order.values, .watch = on_watch};
	int first, status;

	order.command = command;
	view_begin(&order.view, command);
	first = options_parse(command, argc, argv, true, given, &order);
	if (first < 0 || !view_settle(&order.view, order.report ? -1 : STDERR_FILENO))
		return EXIT_USAGE;
	if (first >= argc || !*argv[first])
		return usage_error(command, "which command shall run?");
	if (!check_environment(&order))
		return EXIT_USAGE;
	target.argv = argv + first;
	status = prepare(&order, target.argv);
	if (status)
		return status;
	add_helper(&order.program, &target);
	status = launch(&target, on_start, &order);
	signal(SIGPIPE, SIG_IGN);
	if (status < 0) {
		status = error_text(EXIT_INPUT, "%s cannot be run: %s", target.argv[0],
				    strerror(-status));
	} else if (target.error) {
		status = exec_failure(&target);
		discard(&order);
	} else {
		conclude(&order, &target);
		report(&order);
		status = WIFEXITED(target.status) ? WEXITSTATUS(target.status)
						  : 128 + WTERMSIG(target.status);
	}
	free_variables(&order);
	view_end(&order.view);
	return status;
}

const struct command command_run = {
	.name = "run",
	.arguments = "[OPTION...] -- COMMAND...",
	.meaning = "runs a command as it is, then reports where its time went",
	.options = options,
	.option_count = OPTIONS,
	.main = run_main,
	.reports = true,
	.details =
		"The command keeps its input, output, exit status, signals and process group; the "
		"report goes to stderr, or to the FILE of --report, when it has ended. Programs it "
		"starts are recorded too, whatever they are: shells, docker, its plugins, "
		"credential "
		"helpers.\n\n"
		"What was recorded stays in a run directory; `dndprof report` prints it again.",
	.examples = "dndprof run -- docker compose up -d\n"
		    "# a whole script, the report in a file\n"
		    "dndprof run --report build.txt -- ./build.sh\n"
		    "# with the stacks of slow calls\n"
		    "dndprof run --set DETAIL=detailed --stacks -- docker-compose ps",
};
