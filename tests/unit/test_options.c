/* Command lines, docker's words, run directories and run.json. */
#include "command.h"
#include "rundir.h"
#include "support/cmocka.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct option_row rows[] = {{"format", 'f', "F", ""}, {"ascii", 0, NULL, ""}};
static const struct command command = {
	.name = "test", .arguments = "[-f F]", .meaning = "", .options = rows, .option_count = 2};

struct seen {
	size_t options[8], count;
	const char *value;
};

static bool given(void *data, size_t option, const char *value)
{
	struct seen *seen = data;

	seen->options[seen->count++] = option;
	seen->value = value ? value : seen->value;
	return true;
}

#define PARSE(stop, seen, ...)                                                           \
	options_parse(&command, (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), \
		      (char *[]){__VA_ARGS__, NULL}, stop, given, seen)

static void test_parse(void **state)
{
	struct seen seen = {0};

	(void)state;
	assert_int_equal(PARSE(true, &seen, "test", "-f", "x", "--ascii", "word", "-f"), 4);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.options[0], 0);
	assert_int_equal(seen.options[1], 1);
	assert_string_equal(seen.value, "x");
	seen.count = 0;
	assert_int_equal(PARSE(false, &seen, "test", "word", "--format=y"), 2);
	assert_int_equal(seen.count, 1);
	assert_int_equal(PARSE(true, &seen, "test", "--", "-f"), 2);
	assert_int_equal(PARSE(true, &seen, "test", "--nothing"), -1);
	assert_int_equal(PARSE(true, &seen, "test", "-f"), -1);
}

static void test_words(void **state)
{
	char text[64];

	(void)state;
	subcommand_words((char *[]){"/usr/bin/docker", "-H", "unix:///hidden", "compose", "-f",
				    "hidden", "ps", NULL},
			 text, sizeof(text));
	assert_string_equal(text, "compose ps");
	subcommand_words((char *[]){"docker", "login", "-p", "secret", NULL}, text, sizeof(text));
	assert_string_equal(text, "login");
	subcommand_words((char *[]){"curl", "run", NULL}, text, sizeof(text));
	assert_string_equal(text, "");
	subcommand_words((char *[]){"docker", NULL}, text, sizeof(text));
	assert_string_equal(text, "");
}

static void test_run_directory(void **state)
{
	char base[] = "/tmp/dndprof-test-XXXXXX", parent[PATH_MAX], path[PATH_MAX];
	struct run_facts facts = {.finished = true,
				  .program = "docker",
				  .subcommand = "ps",
				  .start_ns = 5,
				  .end_ns = 9,
				  .child = 77,
				  .exit_status = 3,
				  .signal = -1,
				  .anchors = {{100, 5, 6, 1}},
				  .anchor_clock = DNDPROF_CLOCK_TSC,
				  .anchor_count = 1};
	struct run_facts back = {.child = -1};
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(parent, sizeof(parent), "%s/a/b", base);
	assert_int_equal(rundir_make(parent, INT64_C(1757238300) * 1000000000, path), 0);
	assert_non_null(strstr(path, "/a/b/run-20250907T094500Z-"));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(run_facts_write(path, &facts), 0);
	assert_int_equal(run_facts_write(path, &facts), 0); /* again, in its place */
	run_facts_read(path, &back);
	assert_true(back.present && back.finished);
	assert_string_equal(back.program, "docker");
	assert_string_equal(back.subcommand, "ps");
	assert_int_equal(back.exit_status, 3);
	assert_int_equal(back.signal, -1);
	assert_int_equal(back.child, 77);
	assert_int_equal(back.anchors[0].ticks, 100);
	assert_int_equal(back.anchor_count, 1);
	assert_int_equal(rundir_make("/dev/null/x", 0, path), -ENOTDIR);
	snprintf(path, sizeof(path), "rm -r %s", base);
	assert_int_equal(system(path), 0);
}

/* A parent, a run, nothing. */
static void test_run_open(void **state)
{
	char base[] = "/tmp/dndprof-test-XXXXXX", path[PATH_MAX], old[PATH_MAX];
	struct run_facts facts = {.child = 1, .exit_status = 1, .signal = -1, .program = "old"};
	struct run *run;

	(void)state;
	assert_non_null(mkdtemp(base));
	assert_int_equal(run_open(base, &run), -ENOMSG);
	assert_int_equal(run_open("/nonexistent", &run), -ENOENT);
	assert_int_equal(rundir_make(base, INT64_C(1000000000) * 1000000000, old), 0);
	assert_int_equal(run_facts_write(old, &facts), 0);
	assert_int_equal(rundir_make(base, INT64_C(1757238300) * 1000000000, path), 0);
	strcpy(facts.program, "new");
	assert_int_equal(run_facts_write(path, &facts), 0);
	assert_int_equal(run_open(base, &run), 0);
	assert_string_equal(run->facts.program, "new");
	run_close(run);
	assert_int_equal(run_open(old, &run), 0);
	assert_string_equal(run->facts.program, "old");
	run_close(run);
	snprintf(path, sizeof(path), "rm -r %s", base);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_run_directory),
		cmocka_unit_test(test_run_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
