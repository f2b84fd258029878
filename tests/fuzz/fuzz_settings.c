/*
 * fuzz_settings.c - any bytes as an environment (variables end with a NUL), as the shim reads it in
 * whatever starts, and as the values a person gives on the command line: thresholds, filters. A
 * value that was taken lies in the range its row has.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "findings/thresholds.h"
#include "model/filter.h"
#include "recorder/settings.c"

#define VARIABLES_MOST 64

static void check_ranges(const struct settings *s)
{
#define RANGE(name, kind, preset, min, max, meaning) {min, max},
	static const struct {
		int64_t min, max;
	} ranges[] = {DNDPROF_CONFIGS(RANGE)};
#undef RANGE

	for (unsigned id = 0; id < DNDPROF_CONFIG_ID_COUNT; id++)
		assert(s->value[id] >= ranges[id].min && s->value[id] <= ranges[id].max);
	assert(!s->run || *s->run == '/');
}

static void as_options(const char *text)
{
	struct thresholds thresholds;
	struct filter filter = {0};
	int64_t value;

	thresholds_default(&thresholds);
	if (thresholds_set(&thresholds, text) == 0)
		for (unsigned i = 0; i < THRESHOLD_COUNT; i++)
			assert(thresholds.value[i] >= 0);
	filter_add(&filter, text);
	filter_free(&filter);
	for (int kind = DNDPROF_CONFIG_BOOL; kind <= DNDPROF_CONFIG_LABEL; kind++)
		if (dndprof_config_read((enum dndprof_config_kind)kind, text, &value) == 0)
			assert(value >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *env[VARIABLES_MOST + 1];
	struct settings s = {0};
	size_t count = 0;

	memcpy(text, data, size);
	text[size] = 0;
	for (char *at = text; at < text + size && count < VARIABLES_MOST; at += strlen(at) + 1)
		env[count++] = at;
	env[count] = NULL;
	settings_read(&s, env);
	check_ranges(&s);
	for (size_t i = 0; i < count; i++) {
		settings_select(&s, env[i]);
		as_options(env[i]);
	}
	free(text);
	return 0;
}
