/* The process that reads symbols: what it may, what becomes of a report when it ends, and what is
 * taken of what it says. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/samples.h"
#include "symbols/message.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The process that reads a file: the only child of this one's only child. */
static pid_t child_of(pid_t parent)
{
	char name[64];
	int pid = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(name, "r");
	assert_non_null(file);
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

static pid_t reading(void)
{
	pid_t server = child_of(getpid()), reader;

	assert_true(server > 0);
	reader = child_of(server);
	assert_true(reader > 0);
	return reader;
}

/* A line of a file of /proc/PID. */
static void assert_told(pid_t pid, const char *name, const char *begin, const char *rest)
{
	char line[256], place[64];
	bool told = false;
	FILE *file;

	snprintf(place, sizeof(place), "/proc/%d/%s", (int)pid, name);
	file = fopen(place, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, begin, strlen(begin)) == 0) {
			char *at = line + strlen(begin);

			at += strspn(at, " \t");
			if (strncmp(at, rest, strlen(rest)) != 0)
				fail_msg("%s", line);
			told = true;
		}
	fclose(file);
	assert_true(told);
}

static void test_limits(void **state)
{
	struct image image = image_of("lines5");
	struct symbolizer_file file;
	struct place place;
	pid_t pid;

	(void)state;
	put(path, &image);
	file = file_at(path);
	assert_null(ask(&file, address_of(&image, "first"), &place));
	pid = reading();
	assert_told(pid, "status", "NoNewPrivs:", "1\n");
	assert_told(pid, "status", "Seccomp:", "2\n");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_told(pid, "limits", "Max address space", "2147483648 ");
#endif
	assert_told(pid, "limits", "Max cpu time", "4 ");
	assert_told(pid, "limits", "Max core file size", "0 ");
	assert_told(pid, "limits", "Max file size", "0 ");
	assert_told(pid, "limits", "Max open files", "0 ");
	/* It has nothing open but the file and its socket, and where nothing is said or heard. */
	for (int fd = 0; fd < 64; fd++) {
		char name[64], to[64] = "";

		snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)pid, fd);
		if (readlink(name, to, sizeof(to) - 1) < 0)
			continue;
		assert_true(strcmp(to, "/dev/null") == 0 || strcmp(to, path) == 0 ||
			    strncmp(to, "socket:", 7) == 0);
		assert_true(fd < 6);
	}
	free(image.data);
}

/* What is asked for after it was killed is told by another, which reads less. */
static void test_killed(void **state)
{
	struct image image = image_of("lines5");
	uint64_t first = address_of(&image, "first");
	struct symbolizer_file file;
	struct place place;

	(void)state;
	put(path, &image);
	file = file_at(path);
	assert_null(ask(&file, first, &place));
	assert_true(place.line > 0);
	kill(reading(), SIGSEGV);
	assert_null(ask(&file, first, &place));
	assert_string_equal(place.function, "first");
	assert_null(place.file);
	assert_non_null(strstr(symbolizer_failures(symbolizer, arena), path));
	assert_non_null(strstr(symbolizer_failures(symbolizer, arena), "Segmentation fault"));
	kill(reading(), SIGKILL);
	assert_string_equal(ask(&file, first, &place), "its symbols could not be read");
	assert_null(place.function);
	/* Of another file all is told. */
	file = file_at(path);
	assert_null(ask(&file, first, &place));
	assert_true(place.line > 0);
	kill(child_of(getpid()), SIGKILL); /* the one that forks */
	file = file_at(path);
	assert_null(ask(&file, first, &place));
	assert_string_equal(place.function, "first");
	free(image.data);
}

/* A file that is cut while it is read: the kernel ends who reads it. */
static void test_cut_while_read(void **state)
{
	struct image image = image_of("lines5");
	struct symbolizer_file file;
	struct place place;

	(void)state;
	put(path, &image);
	file = file_at(path);
	assert_null(ask(&file, 0, &place)); /* in no function: few pages are read for that */
	assert_int_equal(truncate(path, 64), 0);
	assert_string_equal(ask(&file, address_of(&image, "first"), &place), "file changed since");
	assert_null(place.function);
	assert_non_null(strstr(symbolizer_failures(symbolizer, arena), "Bus error"));
	free(image.data);
}

/* Asks one that stands still. */
static const char *ask_hanging(struct symbolizer_file *file, uint64_t address, int file_ms,
			       int all_ms)
{
	struct place place;
	const char *problem;

	symbolizer_free(symbolizer);
	symbolizer = symbolizer_new(file_ms, all_ms);
	*file = file_at(path);
	assert_null(ask(file, address, &place));
	assert_true(place.line > 0);
	kill(reading(), SIGSTOP);
	problem = ask(file, address, &place);
	assert_null(place.file);
	assert_int_equal(place.function != NULL, !problem);
	return problem;
}

/* It is waited for no longer than that, and all together no longer. */
static void test_hanging(void **state)
{
	struct image image = image_of("lines5");
	uint64_t first = address_of(&image, "first");
	struct symbolizer_file file;

	(void)state;
	put(path, &image);
	assert_null(ask_hanging(&file, first, 2000, 600000)); /* by another, its name alone */
	assert_non_null(strstr(symbolizer_failures(symbolizer, arena), "(too long, 2 s at most)"));
	assert_string_equal(ask_hanging(&file, first, 600000, 2000),
			    "its symbols could not be read");
	assert_non_null(strstr(symbolizer_failures(symbolizer, arena),
			       "(too long, 2 s at most for all files)"));
	assert_int_equal(child_of(getpid()), 0); /* nor is another started */
	free(image.data);
}

/* After so many that fail, no more are tried, and a sentence says so. */
static void test_failures(void **state)
{
	struct image image = image_of("lines5");
	uint64_t first = address_of(&image, "first");
	struct symbolizer_file files[20];
	struct place place;
	const char *problem = NULL;

	(void)state;
	put(path, &image);
	for (size_t i = 0; i < 20; i++) {
		files[i] = file_at(path);
		problem = ask(&files[i], first, &place);
		if (!problem) {
			kill(reading(), SIGSEGV);
			problem = ask(&files[i], first, &place);
		}
		assert_int_equal(problem != NULL, i >= 15);
	}
	assert_string_equal(problem, "its symbols could not be read");
	assert_non_null(
		strstr(symbolizer_failures(symbolizer, arena), "nor those of 19 other files"));
	free(image.data);
}

/* Nor when more names were taken than a report can have: that is said, whatever went right. */
static void test_many_names(void **state)
{
	enum { MANY = 10000 };
	static struct asked asked[MANY];
	static struct place places[MANY];
	struct image image = image_of("lines5");
	uint64_t first = address_of(&image, "first");
	struct symbolizer_file file;
	const char *problem = NULL;

	(void)state;
	put(path, &image);
	file = file_at(path);
	for (size_t i = 0; i < MANY; i++)
		asked[i] = (struct asked){first + (i & 1), true};
	while (!problem) {
		struct arena *taken = arena_new();

		problem = symbolizer_ask(symbolizer, &file, asked, MANY, taken, places);
		arena_free(taken);
	}
	assert_string_equal(problem, "its symbols could not be read");
	assert_non_null(strstr(symbolizer_failures(symbolizer, arena), "(too many names, "));
	free(image.data);
}

/* ---- messages ---- */

static void test_messages(void **state)
{
	static char text[2 * TEXT_MOST];
	static uint8_t packet[PACKET_MOST];
	struct place place = {"main", "/src/main.c", 12, true}, last = {0}, told, again;
	size_t size = answer_put(packet, sizeof(packet), &place);

	(void)state;
	assert_int_equal(answer_put(packet, size - 1, &place), 0);
	assert_int_equal(answer_take(packet, size, arena, &last, &told), size);
	assert_string_equal(told.function, "main");
	assert_string_equal(told.file, "/src/main.c");
	assert_int_equal(told.line, 12);
	assert_true(told.inlined);
	assert_int_equal(answer_take(packet, size, arena, &last, &again), size);
	assert_ptr_equal(told.file, again.file); /* kept once */
	for (size_t i = 0; i < size; i++)
		assert_int_equal(answer_take(packet, i, arena, &last, &again), 0);
	for (size_t i = 0; i < size; i++) { /* a NUL is no text */
		uint8_t byte = packet[i];

		packet[i] = 0;
		if (answer_take(packet, size, arena, &last, &again) == size && i >= size - 15)
			fail_msg("%zu", i);
		packet[i] = byte;
	}
	packet[3] = 0xff; /* a line that is none */
	assert_int_equal(answer_take(packet, size, arena, &last, &again), 0);
	memset(text, 'x', sizeof(text) - 1);
	place.function = text;
	size = answer_put(packet, sizeof(packet), &place);
	assert_int_equal(answer_take(packet, size, arena, &last, &told), size);
	assert_int_equal(strlen(told.function), TEXT_MOST);
	assert_string_equal(told.function + TEXT_MOST - 5, "xx...");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SAMPLES_TEST(test_limits),   SAMPLES_TEST(test_killed),
		SAMPLES_TEST(test_hanging),  SAMPLES_TEST(test_cut_while_read),
		SAMPLES_TEST(test_failures), SAMPLES_TEST(test_many_names),
		SAMPLES_TEST(test_messages),
	};

	SAMPLES_RUN(argc, argv, tests);
}
