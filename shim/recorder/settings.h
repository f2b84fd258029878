/*
 * settings.h - what the environment asks for, read once by the constructor. See dndprof/config.h
 * for the table.
 */
#ifndef DNDPROF_SHIM_SETTINGS_H
#define DNDPROF_SHIM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <dndprof/config.h>

struct settings {
	int64_t value[DNDPROF_CONFIG_ID_COUNT];	   /* in the unit of the kind */
	const char *text[DNDPROF_CONFIG_ID_COUNT]; /* as found in the environment; NULL: default */
	uint32_t bad;	 /* bit set of settings that were not understood */
	const char *run; /* DNDPROF_RUN: the run's directory, from a parent; NULL: we begin one */
	uint8_t key[16]; /* DNDPROF_RUN_KEY: the run's secret */
	bool has_key;
};

extern const char *const dndprof_setting_names[DNDPROF_CONFIG_ID_COUNT]
	__attribute__((visibility("hidden")));

void settings_read(struct settings *s, char *const *env);

/* Value of variable `name` in env, or NULL. */
const char *settings_env(char *const *env, const char *name);

/* Should a program with this base name be recorded (ONLY and SKIP)? */
bool settings_select(const struct settings *s, const char *program);

#endif
