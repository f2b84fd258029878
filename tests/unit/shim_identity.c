/* Tests of shim/recorder/identity.c: docker's words out of command lines, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "recorder/identity.c"

/* Not under test here: what identity.c needs to link. */
const char *const dndprof_setting_names[DNDPROF_CONFIG_ID_COUNT] = {
	[0 ... DNDPROF_CONFIG_ID_COUNT - 1] = ""};

uint64_t file_system_magic(void)
{
	return 0;
}

const char *host_libc(void)
{
	return "none";
}

void file_info(const char *text, size_t n)
{
	(void)text;
	(void)n;
}

static const char *words(char *const *argv)
{
	static char buf[64];
	struct text t = {buf, sizeof(buf), 0};

	buf[0] = 0;
	identity_subcommand(&t, argv);
	return buf;
}

static void docker_words(void **state)
{
	(void)state;
	assert_string_equal(words((char *[]){"docker", "ps", NULL}), "ps");
	assert_string_equal(words((char *[]){"docker", "container", "ls", "-a", NULL}),
			    "container ls");
	assert_string_equal(words((char *[]){"docker", "-H", "unix:///x", "run", "--rm", "bb:1",
					     "SECRET", NULL}),
			    "run");
	assert_string_equal(
		words((char *[]){"python3", "/usr/bin/docker-compose", "up", "-d", NULL}), "up");
	assert_string_equal(words((char *[]){"docker", "login", "-u", "me", "-p", "SECRET", NULL}),
			    "login");
	assert_string_equal(words((char *[]){"docker", "SECRET", NULL}), "");
	assert_string_equal(words((char *[]){"docker", NULL}), "");
	assert_string_equal(words((char *[]){NULL}), "");
}

static void programs(void **state)
{
	(void)state;
	assert_true(identity_is_docker("docker"));
	assert_false(identity_is_docker("dockerd"));
	assert_string_equal(identity_base("/usr/bin/docker"), "docker");
	assert_string_equal(identity_base("docker"), "docker");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_words),
		cmocka_unit_test(programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
