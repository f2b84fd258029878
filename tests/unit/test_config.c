/* The table of settings, and how their values are read. */
#include "support/cmocka.h"

#include <dndprof/config.h>

static void test_values(void **state)
{
	static const struct {
		enum dndprof_config_id id;
		const char *text;
		int64_t value; /* -1: refused */
	} rows[] = {
		{DNDPROF_CONFIG_ID_ENABLED, "0", 0},
		{DNDPROF_CONFIG_ID_ENABLED, "Yes", 1},
		{DNDPROF_CONFIG_ID_ENABLED, "2", -1},
		{DNDPROF_CONFIG_ID_PRECISION, "1ms", 1000000},
		{DNDPROF_CONFIG_ID_PRECISION, "1.5us", 1500},
		{DNDPROF_CONFIG_ID_PRECISION, "2\xc2\xb5s", 2000},
		{DNDPROF_CONFIG_ID_PRECISION, "5", -1}, /* of what? */
		{DNDPROF_CONFIG_ID_PRECISION, "0ms", -1},
		{DNDPROF_CONFIG_ID_PRECISION, "-1ms", -1},
		{DNDPROF_CONFIG_ID_PRECISION, "99999999999999999999s", -1},
		{DNDPROF_CONFIG_ID_MAX_OVERHEAD, "5%", 50000},
		{DNDPROF_CONFIG_ID_MAX_OVERHEAD, "0.5", 5000},
		{DNDPROF_CONFIG_ID_MAX_OVERHEAD, "101%", -1},
		{DNDPROF_CONFIG_ID_SAMPLING_RATE, "100ms", 100000000},
		{DNDPROF_CONFIG_ID_SAMPLING_RATE, "1us", -1},
		{DNDPROF_CONFIG_ID_MAX_DATA_POINTS, "10000", 10000},
		{DNDPROF_CONFIG_ID_MAX_DATA_POINTS, "1e4", -1},
		{DNDPROF_CONFIG_ID_MAX_MEMORY, "8MiB", 8 << 20},
		{DNDPROF_CONFIG_ID_MAX_MEMORY, "128k", 131072},
		{DNDPROF_CONFIG_ID_MAX_MEMORY, "101MB", -1},
		{DNDPROF_CONFIG_ID_MAX_MEMORY, "lots", -1},
		{DNDPROF_CONFIG_ID_DETAIL, "full", DNDPROF_DETAIL_FULL},
		{DNDPROF_CONFIG_ID_DETAIL, "most", -1},
		{DNDPROF_CONFIG_ID_DIR, "/tmp", 0},
		{DNDPROF_CONFIG_ID_DIR, "", -1},
		{DNDPROF_CONFIG_ID_CHECK, "port_binding", 0},
		{DNDPROF_CONFIG_ID_CHECK, "two words", -1},
		{DNDPROF_CONFIG_ID_CHECK, "", -1},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = -1;
		int result = dndprof_config_parse(rows[i].id, rows[i].text, &value);

		if (rows[i].value < 0)
			assert_int_equal(result, -1);
		else
			assert_int_equal(result, 0);
		if (rows[i].value >= 0)
			assert_int_equal(value, rows[i].value);
	}
}

/* What stands in the table as default is within its own range. */
static void test_presets(void **state)
{
#define ROW(name, kind, preset, min, max, meaning) {preset, min, max},
	static const struct {
		int64_t preset, min, max;
	} rows[] = {DNDPROF_CONFIGS(ROW)};
#undef ROW

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(rows[i].preset >= rows[i].min && rows[i].preset <= rows[i].max);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_presets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
