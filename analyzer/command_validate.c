/*
 * command_validate.c - `dndprof validate`: is what we say of durations true, on this machine? Runs
 * programs that know how long what they did took under each gate, idle and with all processors
 * busy, and compares.
 */
#define _GNU_SOURCE
#include "base/buffer.h"
#include "base/duration.h"
#include "command.h"
#include "model/program.h"
#include "validate/validate.h"

#include <dndprof/config.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGET		"--target" /* first word: we are what is observed */
#define QUICK		8	   /* --quick: one of so many */
#define GO_MOST		8
#define CLIENT_RUNS	12
#define CLIENT_DELAY_NS 10000000

extern char **environ;

enum { OPTION_FORMAT, OPTION_QUICK, OPTION_GO, OPTION_PRECISION, OPTION_ASCII };
static const struct option_row options[] = {
	[OPTION_FORMAT] = {"format", 'f', "text|json", "how to print it; text is the default"},
	[OPTION_QUICK] = {"quick", 'q', NULL, "an eighth of the samples, and not under load"},
	[OPTION_GO] = {"go", 'g', "PROGRAM",
		       "a Go program that knows how long it waited, may be repeated"},
	[OPTION_PRECISION] = {"precision", 'p', "DURATION",
			      "what the P99 of the error may be; 1ms is the default"},
	[OPTION_ASCII] = {"ascii", 0, NULL, "nothing beyond ASCII"},
};

struct order {
	const struct command *command;
	bool json, quick, ascii;
	char *go[GO_MOST];
	size_t go_count;
	char self[PATH_MAX], work[96], socket[108], part[16];
	struct validation result;
};

static bool given(void *data, size_t option, const char *value)
{
	struct order *order = data;

	switch (option) {
	case OPTION_FORMAT:
		order->json = strcmp(value, "json") == 0;
		return order->json || strcmp(value, "text") == 0 ||
		       (usage_error(order->command, "--format is text or json, not %s", value),
			false);
	case OPTION_QUICK:
		return order->quick = true;
	case OPTION_ASCII:
		return order->ascii = true;
	case OPTION_GO:
		if (order->go_count == GO_MOST)
			return usage_error(order->command, "at most %d programs", GO_MOST), false;
		order->go[order->go_count++] = (char *)value;
		return true;
	default:
		return dndprof_config_parse(DNDPROF_CONFIG_ID_PRECISION, value,
					    &order->result.precision_ns) == 0 ||
		       (usage_error(order->command, "the precision cannot be %s", value), false);
	}
}

/* ---- running a target ---- */

/* `dndprof run` with room for every record, and nothing left out. False: it failed. */
static bool run_observed(const struct order *order, const char *runs, char *const *command)
{
	char *argv[32] = {(char *)order->self,
			  "run",
			  "-o",
			  (char *)runs,
			  "--report",
			  "/dev/null",
			  "--set",
			  "MAX_DATA_POINTS=65536",
			  "--set",
			  "MAX_OVERHEAD=100%",
			  "--set",
			  "MAX_MEMORY=64MiB",
			  "--"};
	posix_spawn_file_actions_t actions;
	size_t used = 13;
	int status = -1;
	pid_t child;

	for (size_t i = 0; command[i] && used < 31; i++)
		argv[used++] = command[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	if (posix_spawn(&child, order->self, &actions, NULL, argv, environ) == 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&actions);
	return status == 0;
}

static void work_path(const struct order *order, char path[PATH_MAX], const char *name)
{
	static unsigned int number;

	snprintf(path, PATH_MAX, "%s/%s-%u", order->work, name, number++);
}

/* The words REFERENCES and PART of a command stand for the file in which the target writes down
 * what it knows, and for the part of the samples it shall take. With a stub the target is a client,
 * which knows nothing; the stub does. */
static void try(struct order *order, struct outcome *outcome, struct validate_stub *stub)
{
	char runs[PATH_MAX], path[PATH_MAX];
	struct references references = {0};
	char *command[8];
	size_t i;

	work_path(order, runs, "runs");
	work_path(order, path, "references");
	for (i = 0; (command[i] = outcome->trial.command[i]) != NULL; i++)
		command[i] = strcmp(command[i], "REFERENCES") == 0 ? path
			     : strcmp(command[i], "PART") == 0	   ? order->part
								   : command[i];
	if (stub)
		validate_stub_take(stub, &references); /* of the trial before */
	if (!run_observed(order, runs, command))
		outcome->failure = "the program failed";
	else if (stub)
		validate_stub_take(stub, &references);
	else if (!references_read(path, &references))
		outcome->failure = "the program did not say what it did";
	if (!outcome->failure && !references.list.count)
		outcome->failure = "the client asked for nothing";
	if (!outcome->failure)
		outcome_compare(outcome, runs, &references, order->result.precision_ns);
	list_free(&references.list);
	list_free(&references.empty);
}

/* ---- what is tried ---- */

static bool is_linkage(const char *path, bool wants_static)
{
	struct program program;

	program_inspect(path, &program);
	return program.go && (program.kind == PROGRAM_STATIC) == wants_static;
}

/* The first docker of PATH that is so linked; NULL: none. */
static char *find_client(const char *name, bool wants_static, char found[PATH_MAX])
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t length = strcspn(path, ":");

		if (snprintf(found, PATH_MAX, "%.*s/%s", (int)length, path, name) < PATH_MAX &&
		    access(found, X_OK) == 0 && is_linkage(found, wants_static))
			return found;
		path += length + (path[length] == ':');
	}
	return NULL;
}

static struct trial own_trial(const struct order *order, const char *kind, const char *what)
{
	bool curl = strcmp(kind, "curl") == 0;

	return (struct trial){
		.gate = "C library",
		.what = what,
		.witness = curl ? "libcurl's own times" : "the program's own clock",
		.kind = curl			       ? TRIAL_REQUEST
			: strcmp(kind, "regions") == 0 ? TRIAL_REGION
						       : TRIAL_RECEIVE,
		.precise = true,
		.command = {(char *)order->self, "validate", TARGET, (char *)kind, "REFERENCES",
			    "PART", curl ? (char *)order->socket : NULL},
	};
}

static struct trial go_trial(char *program)
{
	return (struct trial){
		.gate = is_linkage(program, true) ? "Go, static" : "Go, dynamic",
		.what = "received from a spinning peer",
		.witness = "the program's own clock",
		.kind = TRIAL_RECEIVE,
		.precise = true,
		.command = {program, "REFERENCES", "PART"},
	};
}

static struct trial client_trial(const struct order *order, bool wants_static)
{
	static char paths[2][PATH_MAX], counts[2][8];
	char *client = find_client("docker", wants_static, paths[wants_static]);
	char *count = counts[wants_static];

	snprintf(count, sizeof(counts[0]), "%d", order->quick ? 3 : CLIENT_RUNS);
	return (struct trial){
		.gate = wants_static ? "Go, static" : "Go, dynamic",
		.what = "docker version",
		.witness = "the engine's clock, with the kernel's waking of both in it",
		.kind = TRIAL_EXCHANGE,
		.skipped = client ? NULL : "no such docker in PATH",
		.command = {"sh", "-c",
			    "i=0; while [ $i -lt $1 ]; do \"$0\" version; i=$((i+1)); done", client,
			    count},
	};
}

static void add(struct order *order, struct trial trial, bool loaded, struct validate_stub *stub)
{
	struct outcome *outcome = list_add(&order->result.outcomes);

	/* Under load the time between a client's clock and the call it times is the scheduler's. */
	trial.precise &= trial.kind <= TRIAL_RECEIVE || !loaded;
	outcome->trial = trial;
	outcome->loaded = loaded;
	if (!trial.skipped)
		try(order, outcome, trial.kind == TRIAL_EXCHANGE ? stub : NULL);
	if (!trial.skipped && trial.precise && (outcome->failure || !outcome->passed))
		order->result.passed = false;
}

static void try_all(struct order *order, bool loaded, struct validate_stub *stub)
{
	add(order, own_trial(order, "regions", "marked regions that spin"), loaded, NULL);
	add(order, own_trial(order, "receive", "received from a spinning peer"), loaded, NULL);
	for (size_t i = 0; i < order->go_count; i++)
		add(order, go_trial(order->go[i]), loaded, NULL);
	add(order, own_trial(order, "curl", "requests to a spinning engine"), loaded, NULL);
	add(order, client_trial(order, true), loaded, stub);
	add(order, client_trial(order, false), loaded, stub);
}

/* ---- load, work directory, clocks ---- */

#define LOAD_MOST 64

/* A process a processor that does nothing but compute. Ends with us, too. */
static size_t load_begin(pid_t children[LOAD_MOST])
{
	long wanted = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = 0;

	for (; (long)count < wanted && count < LOAD_MOST; count++) {
		children[count] = fork();
		if (children[count] < 0)
			break;
		if (children[count])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (volatile unsigned int i = 0;; i++)
			;
	}
	return count;
}

static void load_end(const pid_t *children, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
	(void)facts;
	(void)kind;
	(void)place;
	remove(path);
	return 0;
}

/* CLOCK_MONOTONIC less CLOCK_MONOTONIC_RAW. */
static int64_t slewed(void)
{
	struct timespec raw;

	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	return validate_now() - ((int64_t)raw.tv_sec * 1000000000 + raw.tv_nsec);
}

static int validate(struct order *order)
{
	int64_t begun = validate_now(), slew = slewed();
	struct validate_stub *stub = validate_stub_start(order->socket, CLIENT_DELAY_NS);
	struct buffer buffer = {0};
	char address[PATH_MAX];
	pid_t load[LOAD_MOST];
	int status = EXIT_FINE;

	if (!stub)
		return error_text(EXIT_INPUT, "%s cannot be listened on: %s", order->socket,
				  strerror(errno));
	snprintf(address, sizeof(address), "unix://%s", order->socket);
	setenv("DOCKER_HOST", address, 1);
	setenv("DOCKER_CONFIG", order->work, 1);
	order->result.passed = true;
	try_all(order, false, stub);
	if (!order->quick) {
		size_t count = load_begin(load);

		try_all(order, true, stub);
		load_end(load, count);
	}
	validate_stub_stop(stub);
	order->result.slew_ppm = (double)(slewed() - slew) / (double)(validate_now() - begun) * 1e6;
	if (order->json)
		validation_json(&buffer, &order->result);
	else
		validation_text(&buffer, &order->result, order->ascii);
	fwrite(buffer_text(&buffer), 1, buffer.length, stdout);
	if (fflush(stdout) != 0)
		status = error_text(EXIT_INPUT, "the result could not be written to stdout");
	else if (!order->result.passed)
		status = EXIT_GATE;
	buffer_free(&buffer);
	return status;
}

static int validate_main(const struct command *command, int argc, char **argv)
{
	static struct order order;
	const char *parent = getenv("TMPDIR");
	ssize_t length = readlink("/proc/self/exe", order.self, sizeof(order.self) - 1);
	int first, status;

	if (argc > 1 && strcmp(argv[1], TARGET) == 0)
		return validate_target(argc - 2, argv + 2);
	order.command = command;
	order.result.precision_ns = 1000000;
	first = options_parse(command, argc, argv, false, given, &order);
	if (first < 0)
		return EXIT_USAGE;
	if (first < argc)
		return usage_error(command, "it takes no %s", argv[first]);
	snprintf(order.work, sizeof(order.work), "%s/dndprof-validate-XXXXXX",
		 parent && *parent ? parent : "/tmp");
	if (length <= 0 || !mkdtemp(order.work))
		return error_text(EXIT_INPUT, "%s cannot be made: %s; name another place in TMPDIR",
				  order.work, strerror(errno));
	snprintf(order.socket, sizeof(order.socket), "%s/engine.sock", order.work);
	snprintf(order.part, sizeof(order.part), "%d", order.quick ? QUICK : 1);
	status = validate(&order);
	nftw(order.work, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	list_free(&order.result.outcomes);
	return status;
}

const struct command command_validate = {
	.name = "validate",
	.arguments =
		"[--quick] [--go PROGRAM] [--precision DURATION] [--format text|json] [--ascii]",
	.meaning = "measures how far recorded durations are from true ones, on this machine",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.main = validate_main,
	.details = "Runs programs that know the truth beside what is recorded of them, idle and "
		   "under load, and fails where the error is larger than the precision.",
	.examples = "dndprof validate --quick",
};
