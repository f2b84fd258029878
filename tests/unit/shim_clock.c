/* Tests of clock.c: which clocks the vDSO reads without entering the kernel. */
#include "support/cmocka.h"

#include "recorder/clock.c"

struct recorder dndprof_recorder;

bool recorder_may_call(void)
{
	return true;
}

void recorder_off(unsigned note)
{
	(void)note;
}

/* As current_clocksource has them, with the newline. */
static const struct {
	const char *name;
	bool suffices;
} sources[] = {
	{"kvm-clock\n", true},
	{"hyperv_clocksource_tsc_page\n", true},
	{"hyperv_clocksource_msr\n", false}, /* a register that only the kernel reads */
	{"hyperv_clocksou", false},
	{"kvm-clock", false},
	{"hpet\n", false},
	{"acpi_pm\n", false},
	{"", false},
};

static void whole_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sources); i++)
		if (vdso_suffices(sources[i].name) != sources[i].suffices)
			fail_msg("%s", sources[i].name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(whole_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
