/*
 * usage.c - resources.json, written and read.
 */
#include "profile/usage.h"
#include "base/json_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST (UINT64_C(8) << 20) /* bytes that are looked at */

#define OFFSET(name) offsetof(struct usage_row, name),
static const size_t offsets[] = {USAGE_COLUMNS(OFFSET)};
#undef OFFSET
#define COLUMNS (sizeof(offsets) / sizeof(offsets[0]))

static int64_t *cell(struct usage_row *row, size_t column)
{
	return (int64_t *)((char *)row + offsets[column]);
}

static void print_rows(FILE *file, const struct usage *usage)
{
	for (size_t i = 0; i < usage->rows.count; i++) {
		fprintf(file, "%s\n  [", i ? "," : "");
		for (size_t j = 0; j < COLUMNS; j++)
			fprintf(file, "%s%" PRId64, j ? ", " : "", *cell(&usage->rows.items[i], j));
		fputc(']', file);
	}
}

int usage_write(const char *directory, const struct usage *usage)
{
#define NAME(name) "\"" #name "\", "
	static const char names[] = USAGE_COLUMNS(NAME);
#undef NAME
	char path[PATH_MAX];
	FILE *file;
	int fd, error = 0;

	if (snprintf(path, sizeof(path), "%s/" USAGE_FILE, directory) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -errno;
	fprintf(file,
		"{\n\"version\": 1,\n\"interval_ns\": %" PRId64 ",\n\"looks\": %" PRId64
		",\n\"cost_ns\": %" PRId64 ",\n\"columns\": [%.*s],\n\"rows\": [",
		usage->interval_ns, usage->looks, usage->cost_ns, (int)sizeof(names) - 3, names);
	print_rows(file, usage);
	fputs("\n]\n}\n", file);
	if (ferror(file))
		error = -EIO;
	if (fclose(file) != 0 && !error)
		error = -errno;
	if (error)
		unlink(path);
	return error;
}

/* A number within what arithmetic on it can bear. */
static bool read_number(const json_t *value, int64_t *number)
{
	*number = json_integer_value(value);
	return json_is_integer(value) && *number >= 0 && *number < INT64_MAX / 1024;
}

static void read_rows(const json_t *rows, struct usage *usage)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(rows, i, entry)
	{
		struct usage_row row;
		bool good = json_array_size(entry) >= COLUMNS;

		if (usage->rows.count == USAGE_ROWS_MOST)
			return;
		for (size_t j = 0; j < COLUMNS && good; j++)
			good = read_number(json_array_get(entry, j), cell(&row, j));
		if (good && (!usage->rows.count ||
			     row.at_ns >= usage->rows.items[usage->rows.count - 1].at_ns))
			*list_add(&usage->rows) = row;
	}
}

void usage_read(const char *directory, struct usage *usage)
{
	char path[PATH_MAX];
	json_t *root;

	if (snprintf(path, sizeof(path), "%s/" USAGE_FILE, directory) >= PATH_MAX)
		return;
	root = json_file_read(path, FILE_MOST);
	if (json_is_object(root) && json_integer_value(json_object_get(root, "version")) == 1) {
		if (!read_number(json_object_get(root, "interval_ns"), &usage->interval_ns))
			usage->interval_ns = 0;
		if (!read_number(json_object_get(root, "looks"), &usage->looks))
			usage->looks = 0;
		if (!read_number(json_object_get(root, "cost_ns"), &usage->cost_ns))
			usage->cost_ns = 0;
		read_rows(json_object_get(root, "rows"), usage);
	}
	json_decref(root);
}

void usage_free(struct usage *usage)
{
	list_free(&usage->rows);
}
