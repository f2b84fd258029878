/*
 * test_watch.c - a command is seen from outside while it runs, with what it started, and no longer;
 * nothing stays open.
 */
#include "watch.h"

#include "support/cmocka.h"

#include <dirent.h>
#include <signal.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERVAL 1000000

static size_t open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* A command that waits, as does what it started; the number of that is told. */
static pid_t start_two(pid_t *second)
{
	int pipes[2];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		pid_t other = fork();

		if (other > 0 && write(pipes[1], &other, sizeof(other)) != sizeof(other))
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(pipes[0], second, sizeof(*second)), sizeof(*second));
	close(pipes[0]);
	close(pipes[1]);
	return child;
}

static void look_again(struct watch *watch)
{
	int64_t looks = watch->usage.looks;
	struct timespec time = {0, INTERVAL};

	while (watch->usage.looks == looks) {
		watch_look(watch);
		nanosleep(&time, NULL);
	}
}

#ifdef __SANITIZE_THREAD__
#define THREADS 2 /* it has one of its own in a process that is ours */
#else
#define THREADS 1
#endif

static size_t rows_of(const struct watch *watch, pid_t pid)
{
	size_t count = 0;

	for (size_t i = 0; i < watch->usage.rows.count; i++) {
		const struct usage_row *row = &watch->usage.rows.items[i];

		if (row->pid != pid)
			continue;
		assert_in_range(row->threads, 1, THREADS);
		count++;
	}
	return count;
}

static void test_seen_while_it_runs(void **state)
{
	size_t before = open_files(), rows;
	struct watch watch = {0};
	pid_t second, child = start_two(&second);

	(void)state;
	watch_start(&watch, child, INTERVAL);
	for (int i = 0; i < 3; i++)
		look_again(&watch);
	assert_int_equal(rows_of(&watch, child), 3);
	assert_int_equal(rows_of(&watch, second), 3);
	assert_true(watch.usage.rows.items[0].peak_bytes > 0);

	kill(second, SIGKILL);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	rows = watch.usage.rows.count;
	look_again(&watch);
	assert_int_equal(watch.usage.rows.count, rows);
	watch_end(&watch);
	usage_free(&watch.usage);
	assert_int_equal(open_files(), before);
}

/* One that becomes another program is still the same command. */
static void test_seen_through_exec(void **state)
{
	struct watch watch = {0};
	pid_t child;
	int pipes[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(pipes[1]);
		if (read(pipes[0], &byte, 1) != 1)
			_exit(1);
		execlp("sleep", "sleep", "60", (char *)NULL);
		_exit(1);
	}
	watch_start(&watch, child, INTERVAL);
	look_again(&watch);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	for (int i = 0; i < 3; i++)
		look_again(&watch);
	assert_int_equal(rows_of(&watch, child), 4);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(pipes[0]);
	close(pipes[1]);
	watch_end(&watch);
	usage_free(&watch.usage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen_while_it_runs),
		cmocka_unit_test(test_seen_through_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
