/*
 * config.h - the one table of settings (environment variables DNDPROF_*), and how their values are
 * read.
 *
 * The shim reads the environment with it, where a bad value becomes a note in the file; `dndprof
 * run --set` checks with it, where a bad value is a usage error. It must stay free of libc: the
 * shim parses before anything is set up.
 *
 * X(NAME, kind, default, min, max, meaning): the variable is DNDPROF_NAME; default, min and max in
 * the unit of its kind (for kinds that are text they are 0).
 */
#ifndef DNDPROF_CONFIG_H
#define DNDPROF_CONFIG_H

#include <stdint.h>

#define DNDPROF_CONFIG_PREFIX "DNDPROF_"

enum dndprof_config_kind {
	DNDPROF_CONFIG_BOOL,	 /* 0 1 no yes off on false true */
	DNDPROF_CONFIG_DURATION, /* ns; written 100ns, 1us, 1ms, 1.5s, 2m; a unit must be given */
	DNDPROF_CONFIG_PERCENT,	 /* millionths; written 5%, 0.5% (the sign may be left out) */
	DNDPROF_CONFIG_COUNT,	 /* a whole number */
	DNDPROF_CONFIG_BYTES,	 /* bytes; written 8388608, 8MiB, 8M, 64KiB, 1GiB (all binary) */
	DNDPROF_CONFIG_DETAIL,	 /* enum dndprof_detail, by name */
	DNDPROF_CONFIG_PATH,	 /* a directory */
	DNDPROF_CONFIG_GLOBS,	 /* globs of program names, separated by commas or colons */
	DNDPROF_CONFIG_LABEL,	 /* letters, digits, _ - and . ; at most 63 */
};

/* X(id, name) */
#define DNDPROF_DETAILS(X)      \
	X(BASIC, "basic")       \
	X(NORMAL, "normal")     \
	X(DETAILED, "detailed") \
	X(FULL, "full")

#define DNDPROF_DETAIL_ENUM(id, name) DNDPROF_DETAIL_##id,
enum dndprof_detail { DNDPROF_DETAILS(DNDPROF_DETAIL_ENUM) DNDPROF_DETAIL_COUNT };
#undef DNDPROF_DETAIL_ENUM

/* clang-format off */
#define DNDPROF_CONFIGS(X) \
	X(ENABLED,         BOOL,     1,         0,      1,             "record at all") \
	X(PRECISION,       DURATION, 1000000,   1,      1000000000,    "timing error the report measures itself against") \
	X(MAX_OVERHEAD,    PERCENT,  50000,     0,      1000000,       "share of its time recording may cost a thread, of Go all threads; cheap calls are sampled beyond") \
	X(SAMPLING_RATE,   DURATION, 100000000, 1000000, 3600000000000, "least time between two resource samples") \
	X(MAX_DATA_POINTS, COUNT,    10000,     64,     16777216,      "records kept a thread; the oldest are overwritten") \
	X(MAX_MEMORY,      BYTES,    8388608,   131072, 104857600,     "bytes a process may use for its profile") \
	X(DETAIL,          DETAIL,   1,         0,      3,             "basic: counts and histograms; normal: records, too; detailed: stacks of slow and failed calls, too; full: files, too, and nothing is sampled") \
	X(DIR,             PATH,     0,         0,      0,             "parent of the run directories") \
	X(ONLY,            GLOBS,    0,         0,      0,             "record these programs only") \
	X(SKIP,            GLOBS,    0,         0,      0,             "do not record these programs") \
	X(CHECK,           LABEL,    0,         0,      0,             "label: the check this command performs")
/* clang-format on */

#define DNDPROF_CONFIG_ENUM(name, kind, preset, min, max, meaning) DNDPROF_CONFIG_ID_##name,
enum dndprof_config_id { DNDPROF_CONFIGS(DNDPROF_CONFIG_ENUM) DNDPROF_CONFIG_ID_COUNT };
#undef DNDPROF_CONFIG_ENUM

/* Is `text` equal to `word`? Letters of `word` are lower case; case is ignored. */
static inline int dndprof_config_is(const char *text, const char *word)
{
	for (; *word; text++, word++) {
		char c = *text;

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c != *word)
			return 0;
	}
	return *text == 0;
}

/* The unit at `text`, as what it multiplies by; 0: no such unit. */
static inline int64_t dndprof_config_unit(enum dndprof_config_kind kind, const char *text)
{
	static const struct {
		enum dndprof_config_kind kind;
		char name[4]; /* no pointer, for which the shim's loader would have work */
		int64_t factor;
	} units[] = {
		{DNDPROF_CONFIG_DURATION, "ns", 1},
		{DNDPROF_CONFIG_DURATION, "us", 1000},
		{DNDPROF_CONFIG_DURATION, "\xc2\xb5s", 1000},
		{DNDPROF_CONFIG_DURATION, "ms", 1000000},
		{DNDPROF_CONFIG_DURATION, "s", 1000000000},
		{DNDPROF_CONFIG_DURATION, "m", 60000000000},
		{DNDPROF_CONFIG_DURATION, "h", 3600000000000},
		{DNDPROF_CONFIG_PERCENT, "", 10000},
		{DNDPROF_CONFIG_PERCENT, "%", 10000},
		{DNDPROF_CONFIG_COUNT, "", 1},
		{DNDPROF_CONFIG_BYTES, "", 1},
		{DNDPROF_CONFIG_BYTES, "b", 1},
		{DNDPROF_CONFIG_BYTES, "k", 1 << 10},
		{DNDPROF_CONFIG_BYTES, "kb", 1 << 10},
		{DNDPROF_CONFIG_BYTES, "kib", 1 << 10},
		{DNDPROF_CONFIG_BYTES, "m", 1 << 20},
		{DNDPROF_CONFIG_BYTES, "mb", 1 << 20},
		{DNDPROF_CONFIG_BYTES, "mib", 1 << 20},
		{DNDPROF_CONFIG_BYTES, "g", 1 << 30},
		{DNDPROF_CONFIG_BYTES, "gb", 1 << 30},
		{DNDPROF_CONFIG_BYTES, "gib", 1 << 30},
	};

	for (unsigned int i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].kind == kind && dndprof_config_is(text, units[i].name))
			return units[i].factor;
	return 0;
}

/* A number with an optional fraction and the unit of its kind. 0 and *value, or -1. */
static inline int dndprof_config_number(enum dndprof_config_kind kind, const char *text,
					int64_t *value)
{
	int64_t whole = 0, fraction = 0, scale = 1, factor;
	int digits = 0;

	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		if (whole > INT64_C(1000000000000000))
			return -1;
		whole = whole * 10 + (*text - '0');
	}
	if (*text == '.' && kind != DNDPROF_CONFIG_COUNT) {
		for (text++; *text >= '0' && *text <= '9'; text++, digits++) {
			if (scale >= 1000000)
				continue;
			fraction = fraction * 10 + (*text - '0');
			scale *= 10;
		}
	}
	factor = dndprof_config_unit(kind, text);
	if (!digits || !factor || whole > INT64_MAX / 2 / factor)
		return -1;
	*value = whole * factor + fraction * factor / scale;
	return 0;
}

/*
 * Reads `text` as a value of `kind`. Returns 0 and stores the number (of text kinds: 0) in *value,
 * or -1 when the value is none; the range is the caller's to check (dndprof_config_parse does).
 */
static inline int dndprof_config_read(enum dndprof_config_kind kind, const char *text,
				      int64_t *value)
{
	static const char *const words[] = {"0", "1", "no", "yes", "off", "on", "false", "true"};
#define DNDPROF_DETAIL_NAME(id, name) name,
	static const char *const details[] = {DNDPROF_DETAILS(DNDPROF_DETAIL_NAME)};
#undef DNDPROF_DETAIL_NAME
	unsigned int i;

	*value = 0;
	switch (kind) {
	case DNDPROF_CONFIG_BOOL:
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (dndprof_config_is(text, words[i]))
				return *value = i & 1, 0;
		return -1;
	case DNDPROF_CONFIG_DETAIL:
		for (i = 0; i < DNDPROF_DETAIL_COUNT; i++)
			if (dndprof_config_is(text, details[i]))
				return *value = i, 0;
		return -1;
	case DNDPROF_CONFIG_PATH:
	case DNDPROF_CONFIG_GLOBS:
		return *text ? 0 : -1;
	case DNDPROF_CONFIG_LABEL:
		for (i = 0; text[i]; i++) {
			char c = text[i];

			if (i == 63 ||
			    !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'))
				return -1;
		}
		return i ? 0 : -1;
	default:
		return dndprof_config_number(kind, text, value);
	}
}

/* Reads `text` as the value of setting `id` and checks its range. 0 and *value, or -1. */
static inline int dndprof_config_parse(enum dndprof_config_id id, const char *text, int64_t *value)
{
#define DNDPROF_CONFIG_ROW(name, kind, preset, min, max, meaning) {DNDPROF_CONFIG_##kind, min, max},
	static const struct {
		enum dndprof_config_kind kind;
		int64_t min, max;
	} rows[] = {DNDPROF_CONFIGS(DNDPROF_CONFIG_ROW)};
#undef DNDPROF_CONFIG_ROW

	if (dndprof_config_read(rows[id].kind, text, value) < 0)
		return -1;
	return *value < rows[id].min || *value > rows[id].max ? -1 : 0;
}

#endif
