/*
 * obey.h - for fuzz targets: what was printed obeys its reader's rules, or the target stops and
 * says which it broke.
 */
#ifndef TESTS_OBEY_H
#define TESTS_OBEY_H

#include "support/outputs.h"

#include <stdio.h>
#include <stdlib.h>

/* Memory that was freed is kept for more than any input frees; the usual 256 MB are new pages all
 * the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=48";
}

/* Empties the buffer. */
static inline void obey(const char *name,
			const char *(*problem_of)(const char *text, size_t length),
			struct buffer *buffer)
{
	const char *problem = problem_of(buffer_text(buffer), buffer->length);

	if (problem) {
		fprintf(stderr, "%s: %s\n%s\n", name, problem, buffer_text(buffer));
		abort();
	}
	buffer->length = 0;
}

/* The model as one of all the things there are: an input that finds something new is tried with the
 * others by the byte that chooses. */
static inline void obey_as(const struct model *model, unsigned int choice)
{
	const struct output *output = &outputs[choice % output_count];
	struct buffer buffer = {0};

	output->print(&buffer, model);
	obey(output->name, output->problem, &buffer);
	buffer_free(&buffer);
}

/* What a refusal says is said once a file, here too often. */
static inline FILE *silence(void)
{
	FILE *kept = stderr;

	stderr = fopen("/dev/null", "w");
	if (!stderr)
		abort();
	return kept;
}

static inline void speak(FILE *kept)
{
	if (stderr != kept)
		fclose(stderr);
	stderr = kept;
}

#endif
