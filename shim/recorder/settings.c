/*
 * settings.c - reads DNDPROF_* from the environment. A bad value leaves its default and is noted in
 * the file; it never stops the target.
 */
#include <string.h>

#include "recorder/settings.h"
#include "recorder/sys.h"

#define SETTING_NAME(name, kind, preset, min, max, meaning) #name,
const char *const dndprof_setting_names[] = {DNDPROF_CONFIGS(SETTING_NAME)};

#define SETTING_PRESET(name, kind, preset, min, max, meaning) preset,
static const int64_t presets[] = {DNDPROF_CONFIGS(SETTING_PRESET)};

const char *settings_env(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; env && *env; env++)
		if (!strncmp(*env, name, n) && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool read_key(uint8_t key[16], const char *text)
{
	int i, hi, lo;

	for (i = 0; i < 16; i++) {
		hi = hex_digit(text[2 * i]);
		lo = hi < 0 ? -1 : hex_digit(text[2 * i + 1]);
		if (lo < 0)
			return false;
		key[i] = (uint8_t)(hi << 4 | lo);
	}
	return text[32] == 0;
}

static void read_one(struct settings *s, unsigned id, const char *text)
{
	int64_t value;

	s->text[id] = text;
	/* An empty variable is an unset one, as shells leave it. */
	if (!*text) {
		s->text[id] = NULL;
	} else if (dndprof_config_parse((enum dndprof_config_id)id, text, &value) < 0) {
		s->bad |= 1u << id;
		s->text[id] = NULL;
	} else {
		s->value[id] = value;
	}
}

void settings_read(struct settings *s, char *const *env)
{
	static const char prefix[] = DNDPROF_CONFIG_PREFIX;
	unsigned id;

	memcpy(s->value, presets, sizeof(presets));
	for (; env && *env; env++) {
		const char *name = *env + sizeof(prefix) - 1, *eq;

		if (strncmp(*env, prefix, sizeof(prefix) - 1) || !(eq = strchr(name, '=')))
			continue;
		for (id = 0; id < DNDPROF_CONFIG_ID_COUNT; id++)
			if (!strncmp(name, dndprof_setting_names[id], (size_t)(eq - name)) &&
			    !dndprof_setting_names[id][eq - name])
				read_one(s, id, eq + 1);
		if (!strncmp(name, "RUN=", 4) && name[4] == '/')
			s->run = eq + 1;
		if (!strncmp(name, "RUN_KEY=", 8))
			s->has_key = read_key(s->key, eq + 1);
	}
}

/* Does text[0..n) match the glob, of which * and ? are known? Iterative: a star remembers where to
 * go back to. */
static bool glob_match(const char *glob, size_t gn, const char *text)
{
	size_t g = 0, star = SIZE_MAX, mark = 0, t = 0;

	while (text[t]) {
		if (g < gn && glob[g] == '*') {
			star = g++;
			mark = t;
		} else if (g < gn && (glob[g] == '?' || glob[g] == text[t])) {
			g++;
			t++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (g < gn && glob[g] == '*')
		g++;
	return g == gn;
}

static bool in_list(const char *list, const char *program)
{
	while (*list) {
		size_t n = strcspn(list, ",:");

		if (n && glob_match(list, n, program))
			return true;
		list += n;
		list += *list != 0;
	}
	return false;
}

bool settings_select(const struct settings *s, const char *program)
{
	const char *only = s->text[DNDPROF_CONFIG_ID_ONLY], *skip = s->text[DNDPROF_CONFIG_ID_SKIP];

	return (!only || in_list(only, program)) && !(skip && in_list(skip, program));
}
