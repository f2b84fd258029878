/* Tests of shim/libc/dns.c: names out of messages, and nothing out of anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libc/dns.c"

/* example.test, type A, class IN; id 0x1234, recursion desired. */
static const uint8_t query[] = {
	0x12, 0x34, 0x01, 0x00, 0,   1, 0,   0,	  0,   0,   0, 0, 7, 'e', 'x',
	'a',  'm',  'p',  'l',	'e', 4, 't', 'e', 's', 't', 0, 0, 1, 0,	  1,
};

static void a_question(void **state)
{
	struct dndprof_dns dns;
	char name[DNS_NAME_MAX];
	size_t n;

	(void)state;
	assert_true(dns_read(query, sizeof(query), &dns, name, &n));
	assert_int_equal(n, 12);
	assert_memory_equal(name, "example.test", 12);
	assert_int_equal(dns.id, 0x1234);
	assert_int_equal(dns.flags, 0x0100);
	assert_int_equal(dns.type, 1);
}

static void over_tcp(void **state)
{
	uint8_t message[2 + sizeof(query)] = {0, sizeof(query)};
	struct dndprof_dns dns;
	char name[DNS_NAME_MAX];
	size_t n;

	(void)state;
	memcpy(message + 2, query, sizeof(query));
	assert_true(dns_read(message, sizeof(message), &dns, name, &n));
	assert_int_equal(n, 12);
}

static void truncated_anywhere(void **state)
{
	struct dndprof_dns dns;
	char name[DNS_NAME_MAX];
	size_t n, cut;

	(void)state;
	for (cut = 0; cut < sizeof(query); cut++)
		assert_false(dns_read(query, cut, &dns, name, &n));
}

static void pointers_and_long_names(void **state)
{
	uint8_t message[600] = {0, 0, 0, 0, 0, 1};
	struct dndprof_dns dns;
	char name[DNS_NAME_MAX];
	size_t n, at;

	(void)state;
	message[12] = 0xc0; /* a compressed first name */
	assert_false(dns_read(message, 40, &dns, name, &n));
	for (at = 12; at + 64 < sizeof(message); at += 64)
		message[at] = 63;
	assert_false(dns_read(message, sizeof(message), &dns, name, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question),
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(truncated_anywhere),
		cmocka_unit_test(pointers_and_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
