/* Tests of shim/recorder/settings.c: what the environment says, and what it fails to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "recorder/settings.c"

#define VALUE(s, name) ((s).value[DNDPROF_CONFIG_ID_##name])

static void defaults(void **state)
{
	char *env[] = {"PATH=/bin", NULL};
	struct settings s = {0};

	(void)state;
	settings_read(&s, env);
	assert_int_equal(VALUE(s, ENABLED), 1);
	assert_int_equal(VALUE(s, MAX_MEMORY), 8 << 20);
	assert_int_equal(s.bad, 0);
	assert_null(s.run);
	settings_read(&s, NULL);
}

static void values(void **state)
{
	char *env[] = {"DNDPROF_ENABLED=0",
		       "DNDPROF_MAX_MEMORY=128KiB",
		       "DNDPROF_SAMPLING_RATE=2s",
		       "DNDPROF_DETAIL=full",
		       "DNDPROF_RUN=/x/run-1",
		       "DNDPROF_RUN_KEY=000102030405060708090a0b0c0d0e0f",
		       NULL};
	struct settings s = {0};

	(void)state;
	settings_read(&s, env);
	assert_int_equal(VALUE(s, ENABLED), 0);
	assert_int_equal(VALUE(s, MAX_MEMORY), 131072);
	assert_int_equal(VALUE(s, SAMPLING_RATE), 2000000000);
	assert_int_equal(VALUE(s, DETAIL), DNDPROF_DETAIL_FULL);
	assert_string_equal(s.run, "/x/run-1");
	assert_true(s.has_key);
	assert_int_equal(s.key[15], 15);
}

static void bad_ones_are_named_and_defaulted(void **state)
{
	char *env[] = {"DNDPROF_MAX_MEMORY=lots",
		       "DNDPROF_PRECISION=1",
		       "DNDPROF_DETAIL=",
		       "DNDPROF_RUN=relative",
		       "DNDPROF_RUN_KEY=abc",
		       "DNDPROF_UNKNOWN=1",
		       NULL};
	struct settings s = {0};

	(void)state;
	settings_read(&s, env);
	assert_int_equal(s.bad,
			 1u << DNDPROF_CONFIG_ID_MAX_MEMORY | 1u << DNDPROF_CONFIG_ID_PRECISION);
	assert_int_equal(VALUE(s, MAX_MEMORY), 8 << 20);
	assert_int_equal(VALUE(s, DETAIL), DNDPROF_DETAIL_NORMAL);
	assert_null(s.run);
	assert_false(s.has_key);
}

static void globs(void **state)
{
	char *env[] = {"DNDPROF_ONLY=docker*,cu?l", "DNDPROF_SKIP=docker-x", NULL};
	struct settings s = {0};

	(void)state;
	settings_read(&s, env);
	assert_true(settings_select(&s, "docker"));
	assert_true(settings_select(&s, "docker-compose"));
	assert_true(settings_select(&s, "curl"));
	assert_false(settings_select(&s, "cul"));
	assert_false(settings_select(&s, "docker-x"));
	assert_false(settings_select(&s, "bash"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(bad_ones_are_named_and_defaulted),
		cmocka_unit_test(globs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
