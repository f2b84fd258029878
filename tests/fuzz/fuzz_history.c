/*
 * fuzz_history.c - any bytes as a history: as its SQLite file (after an F), or as the texts and
 * numbers that stand in a good one (after a V). Opened, its runs, figures and baselines read, shown
 * by the rules of every format, and written to, as the subcommands do.
 */
#include "render/history.h"
#include "store/store.h"
#include "obey.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct style style;
static char path[64];

static void forget(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char name[80];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void show(const struct history_page *page)
{
	static const struct {
		const char *name;
		const char *(*problem)(const char *text, size_t length);
	} formats[] = {{"text", problem_terminal},
		       {"json", problem_json_lines},
		       {"markdown", problem_markdown}};
	struct buffer buffer = {0};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		history_format(formats[i].name)->runs(&buffer, &style, page);
		history_format(formats[i].name)->baselines(&buffer, &style, page);
		if (page->runs->list.count) /* `trend` says so where there are none */
			history_format(formats[i].name)->trend(&buffer, &style, page);
		obey(formats[i].name, formats[i].problem, &buffer);
	}
	buffer_free(&buffer);
}

/* `kept`: stderr, as the rest of the target has it. */
static void read_all(struct store *store, FILE *kept)
{
	static const struct choice any = {.last = 50};
	struct stored_runs runs;
	struct stored_baselines baselines;
	struct side side = {0};
	struct history_page page = {.runs = &runs, .baselines = &baselines, .side = &side};
	struct series_list list = {0};
	int status = store_runs(store, &any, &runs);

	status = store_baselines(store, &baselines) | status;
	status = store_figures(store, &runs, &side) | status;
	page.model.arena = arena_new();
	speak(kept);
	if (!status) {
		series_of(&list, &side);
		for (size_t i = 0; i < list.count && i < 100; i++)
			*list_add(&page.series) = &list.items[i];
		show(&page);
	}
	if (!status && runs.list.count) {
		store_save(store, "fuzz", &runs);
		store_remove(store, &runs);
	}
	list_free(&page.series);
	series_free(&list);
	arena_free(page.model.arena);
	side_free(&side);
	store_runs_free(&runs);
	store_baselines_free(&baselines);
}

/* The next text of the input; "" when it is over. */
static const char *next(const char **at, const char *end)
{
	const char *text = *at < end ? *at : "";

	*at += strlen(text) + 1;
	return text;
}

static void add(struct store *store, const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	struct figures *figures = figures_new();
	struct run_identity where;
	bool added;
	int64_t id;

	figures->program = next(&at, end);
	figures->subcommand = next(&at, end);
	figures->host = next(&at, end);
	figures->path = next(&at, end);
	figures->start_realtime_ns = (int64_t)length * INT64_C(1000000000000);
	where = (struct run_identity){next(&at, end), next(&at, end), next(&at, end),
				      next(&at, end), next(&at, end)};
	for (unsigned int i = 0; at < end && i < 20; i++) {
		const char *name = next(&at, end);
		double value = 0;

		memcpy(&value, name, strnlen(name, sizeof(value)));
		figures_add(figures, i % SUBJECT_COUNT, name, i % METRIC_COUNT, value);
	}
	figures_sort(figures);
	store_add(store, figures, &where, &id, &added);
	store_add(store, figures, &where, &id, &added);
	figures_free(figures);
}

static void write_file(const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

/* A good one, empty: made once, then copied, which is most of what making each would take. */
static struct {
	uint8_t bytes[128 * 1024];
	size_t size;
} good;

static void make_good(void)
{
	struct store *store;
	ssize_t size;
	int fd;

	if (store_open(&store, path, true))
		abort();
	store_close(store); /* whose last user puts the log back into the file */
	fd = open(path, O_RDONLY);
	size = fd < 0 ? -1 : read(fd, good.bytes, sizeof(good.bytes));
	if (size <= 0 || size == sizeof(good.bytes))
		abort();
	close(fd);
	good.size = (size_t)size;
}

static void start(void)
{
	snprintf(path, sizeof(path), "/dev/shm/dndprof-fuzz-%d.db", (int)getpid());
	forget();
	make_good();
	forget();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool file = size > 1 && *data == 'F';
	struct store *store;
	FILE *kept;
	char *text;

	if (size < 2)
		return 0;
	if (!*path)
		start();
	if (file)
		write_file(data + 1, size - 1);
	else
		write_file(good.bytes, good.size);
	text = memcpy(calloc(1, size), data + 1, size - 1);
	kept = silence();
	if (store_open(&store, path, false) == 0) {
		if (!file)
			add(store, text, size - 1);
		read_all(store, kept);
		store_close(store);
	}
	speak(kept);
	free(text);
	forget();
	return 0;
}
