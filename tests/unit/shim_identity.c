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

#define CLASS(...) identity_exec_class((char *[]){__VA_ARGS__, NULL})

/* What runs in a container, behind whatever options. */
static void exec_classes(void **state)
{
	(void)state;
	assert_int_equal(CLASS("docker", "exec", "web", "ping", "db"), DNDPROF_EXEC_PING_NAME);
	assert_int_equal(CLASS("docker", "exec", "web", "ping", "-c", "1", "10.0.0.1"),
			 DNDPROF_EXEC_PING_ADDRESS);
	assert_int_equal(CLASS("docker", "exec", "web", "ping", "db", "-c", "1"),
			 DNDPROF_EXEC_PING_NAME);
	assert_int_equal(CLASS("docker", "exec", "web", "ping", "-qc1", "-W", "2", "db"),
			 DNDPROF_EXEC_PING_NAME);
	assert_int_equal(CLASS("docker", "-H", "unix:///x", "exec", "-it", "-e", "A=ping", "--user",
			       "root", "-w/tmp", "web", "/usr/bin/nslookup", "db"),
			 DNDPROF_EXEC_LOOKUP);
	assert_int_equal(CLASS("docker", "container", "exec", "-ite", "ping=1", "web", "getent",
			       "hosts", "db"),
			 DNDPROF_EXEC_LOOKUP);
	assert_int_equal(CLASS("docker", "compose", "-f", "x.yml", "exec", "-T", "--index=1", "web",
			       "ping", "db"),
			 DNDPROF_EXEC_PING_NAME);
	assert_int_equal(CLASS("python3", "/usr/bin/docker-compose", "exec", "web", "dig", "db"),
			 DNDPROF_EXEC_LOOKUP);
	assert_int_equal(CLASS("podman", "exec", "-l", "ping", "fe80::1"),
			 DNDPROF_EXEC_PING_ADDRESS);
	assert_int_equal(CLASS("docker", "exec", "web", "busybox", "ping", "db"),
			 DNDPROF_EXEC_PING_NAME);
	assert_int_equal(CLASS("docker", "exec", "web", "sh", "-c", "ping db"), DNDPROF_EXEC_OTHER);
	assert_int_equal(CLASS("docker", "exec", "ping", "true"), DNDPROF_EXEC_OTHER);
	assert_int_equal(CLASS("docker", "exec", "web", "ping"), DNDPROF_EXEC_OTHER);
	assert_int_equal(CLASS("docker", "exec", "web"), DNDPROF_EXEC_NONE);
	assert_int_equal(CLASS("docker", "run", "exec", "web", "ping", "db"), DNDPROF_EXEC_NONE);
	assert_int_equal(CLASS("docker", "container", "ls", "exec", "a", "ping", "db"),
			 DNDPROF_EXEC_NONE);
	assert_int_equal(CLASS("docker"), DNDPROF_EXEC_NONE);
	assert_int_equal(identity_exec_class((char *[]){NULL}), DNDPROF_EXEC_NONE);
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
		cmocka_unit_test(exec_classes),
		cmocka_unit_test(programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
