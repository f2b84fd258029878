/*
 * facts.c - run.json: what `dndprof run` knows of a run and no profile does. It holds the program
 * and docker's subcommand words, never the command line, and never the run's secret.
 */
#define _GNU_SOURCE /* mempcpy */
#include "base/buffer.h"
#include "base/json_file.h"
#include "base/memory.h"
#include "profile/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fact_kind { FACT_TEXT, FACT_INT64, FACT_INT, FACT_BOOL };

#define FACT(kind, field)                                               \
	{                                                               \
		FACT_##kind, #field, offsetof(struct run_facts, field), \
			sizeof(((struct run_facts *)0)->field)          \
	}
static const struct fact {
	enum fact_kind kind;
	const char *key;
	size_t offset, size;
} facts_table[] = {
	FACT(TEXT, version),
	FACT(TEXT, program),
	FACT(TEXT, exe),
	FACT(TEXT, subcommand),
	FACT(TEXT, host),
	FACT(TEXT, boot_id),
	FACT(TEXT, check),
	FACT(BOOL, finished),
	FACT(INT64, start_realtime_ns),
	FACT(INT64, start_ns),
	FACT(INT64, end_ns),
	FACT(INT, child),
	FACT(INT, exit_status),
	FACT(INT, signal),
	FACT(INT64, cpu_ns),
	FACT(INT64, user_ns),
	FACT(INT64, system_ns),
	FACT(INT64, voluntary_switches),
	FACT(INT64, involuntary_switches),
	FACT(INT64, minor_faults),
	FACT(INT64, major_faults),
};
#define FACT_COUNT (sizeof(facts_table) / sizeof(facts_table[0]))

static json_t *fact_json(const struct run_facts *facts, const struct fact *fact)
{
	const char *field = (const char *)facts + fact->offset;

	switch (fact->kind) {
	case FACT_TEXT: {
		json_t *text = json_string(field);
		struct buffer escaped = {0};

		if (text)
			return text;
		buffer_escape(&escaped, field, strlen(field), false); /* not UTF-8 */
		text = json_string(buffer_text(&escaped));
		buffer_free(&escaped);
		return text;
	}
	case FACT_INT64:
		return json_integer(*(const int64_t *)field);
	case FACT_INT:
		return *(const int *)field < 0 ? json_null() : json_integer(*(const int *)field);
	default:
		return json_boolean(*(const bool *)field);
	}
}

static json_t *anchors_json(const struct run_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts->anchor_count; i++) {
		const struct clock_anchor *anchor = &facts->anchors[i];

		json_array_append_new(array,
				      json_pack("{sIsIsIsI}", "ticks", (json_int_t)anchor->ticks,
						"monotonic_ns", (json_int_t)anchor->monotonic_ns,
						"realtime_ns", (json_int_t)anchor->realtime_ns,
						"error_ticks", (json_int_t)anchor->error_ticks));
	}
	return array;
}

#define PAGE	   4096
#define FACTS_MOST (1u << 20) /* bytes of a run.json that is read */
#define ROOM_FOR   512	      /* what numbers may be longer by the next time */

/* Over what was there, in one write that is as long as the first was, so that whenever we are
 * killed the file is whole. (Renaming a fresh one over it would free an inode each time, and ext4
 * without a journal takes half a millisecond to find one for the next file then.) */
static int write_whole(int directory, const char *text, struct run_facts *facts)
{
	int fd = openat(directory, RUN_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t length = strlen(text), room = facts->file_bytes;
	char *padded;
	int error = 0;

	if (fd < 0)
		return -errno;
	if (room < length)
		room = (length + ROOM_FOR + PAGE - 1) / PAGE * PAGE;
	padded = memory_get(room);
	memset(mempcpy(padded, text, length), '\n', room - length);
	/* The rest of a write that is not whole only says why it was not. */
	for (size_t at = 0; at < room && !error;) {
		ssize_t wrote = pwrite(fd, padded + at, room - at, (off_t)at);

		error = wrote < 0 ? -errno : 0;
		at += wrote < 0 ? 0 : (size_t)wrote;
	}
	free(padded);
	if (close(fd) < 0 && !error)
		error = -errno;
	facts->file_bytes = room;
	return error;
}

int run_facts_write(const char *directory, struct run_facts *facts)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error;
	json_t *root = json_object();
	char *text;

	if (fd < 0) {
		error = -errno;
		json_decref(root);
		return error;
	}
	for (size_t i = 0; i < FACT_COUNT; i++)
		json_object_set_new(root, facts_table[i].key, fact_json(facts, &facts_table[i]));
	json_object_set_new(root, "clock", json_integer(facts->anchor_clock));
	json_object_set_new(root, "anchors", anchors_json(facts));
	text = json_dumps(root, JSON_INDENT(2));
	error = text ? write_whole(fd, text, facts) : -ENOMEM;
	free(text);
	json_decref(root);
	close(fd);
	return error;
}

static void read_fact(struct run_facts *facts, const struct fact *fact, const json_t *value)
{
	char *field = (char *)facts + fact->offset;
	json_int_t number = json_integer_value(value);

	switch (fact->kind) {
	case FACT_TEXT:
		if (json_is_string(value))
			snprintf(field, fact->size, "%s", json_string_value(value));
		break;
	case FACT_INT64:
		if (number >= 0 && number < INT64_MAX / 4)
			*(int64_t *)field = number;
		break;
	case FACT_INT:
		*(int *)field = json_is_integer(value) && number >= 0 && number <= INT_MAX
					? (int)number
					: -1;
		break;
	case FACT_BOOL:
		*(bool *)field = json_is_true(value);
		break;
	}
}

static void read_anchors(struct run_facts *facts, const json_t *root)
{
	const json_t *array = json_object_get(root, "anchors"), *entry;
	size_t index;

	facts->anchor_clock =
		(enum dndprof_clock)json_integer_value(json_object_get(root, "clock"));
	json_array_foreach(array, index, entry)
	{
		struct clock_anchor *anchor = &facts->anchors[facts->anchor_count];

		if (facts->anchor_count == sizeof(facts->anchors) / sizeof(facts->anchors[0]))
			break;
		anchor->ticks = (uint64_t)json_integer_value(json_object_get(entry, "ticks"));
		anchor->monotonic_ns = json_integer_value(json_object_get(entry, "monotonic_ns"));
		anchor->realtime_ns = json_integer_value(json_object_get(entry, "realtime_ns"));
		anchor->error_ticks =
			(uint64_t)json_integer_value(json_object_get(entry, "error_ticks"));
		facts->anchor_count++;
	}
}

void run_facts_read(const char *directory, struct run_facts *facts)
{
	char path[PATH_MAX];
	json_t *root = NULL;

	if (snprintf(path, sizeof(path), "%s/%s", directory, RUN_FILE) >= PATH_MAX)
		return;
	/* Again, where it was half rewritten just then. */
	for (int i = 0; i < 3 && !root; i++)
		root = json_file_read(path, FACTS_MOST);
	if (json_is_object(root)) {
		facts->present = true;
		for (size_t i = 0; i < FACT_COUNT; i++)
			read_fact(facts, &facts_table[i],
				  json_object_get(root, facts_table[i].key));
		read_anchors(facts, root);
	}
	json_decref(root);
}
