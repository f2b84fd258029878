/* Tests of shim/libc/netlink.c: what is asked of links; lengths that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "libc/netlink.c"

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct rtattr mask;
	uint32_t masked;
	struct rtattr name;
	char text[16];
};

static struct request asking(const char *name)
{
	struct request r = {
		.head = {sizeof(r), RTM_GETLINK, NLM_F_REQUEST, 1, 0},
		.mask = {8, IFLA_EXT_MASK},
		.name = {(uint16_t)RTA_LENGTH(strlen(name) + 1), IFLA_IFNAME},
	};

	strcpy(r.text, name);
	return r;
}

/* The link a message names, read from memory that ends where its n bytes do. */
static unsigned link_of(const struct request *r, size_t n)
{
	struct dndprof_netlink netlink;
	char *copy = malloc(n);

	memcpy(copy, r, n);
	assert_true(netlink_read(copy, n, &netlink));
	free(copy);
	return netlink.link;
}

static void names(void **state)
{
	struct request docker0 = asking("docker0"), longer = asking("docker00"), lo = asking("lo");

	(void)state;
	assert_int_equal(link_of(&docker0, sizeof(docker0)), DNDPROF_LINK_DOCKER0);
	assert_int_equal(link_of(&longer, sizeof(longer)), DNDPROF_LINK_OTHER);
	assert_int_equal(link_of(&lo, sizeof(lo)), DNDPROF_LINK_OTHER);
	docker0.head.nlmsg_type = RTM_NEWLINK;
	assert_int_equal(link_of(&docker0, sizeof(docker0)), DNDPROF_LINK_NONE);
}

static void lies(void **state)
{
	struct request r = asking("docker0");
	struct dndprof_netlink netlink;
	size_t n;

	(void)state;
	for (n = sizeof(r.head); n < offsetof(struct request, text) + sizeof("docker0"); n++)
		assert_int_equal(link_of(&r, n), DNDPROF_LINK_NONE);
	assert_false(netlink_read((char *)&r, sizeof(r.head) - 1, &netlink));
	r.head.nlmsg_len = 20; /* what lies behind it is not its own */
	assert_int_equal(link_of(&r, sizeof(r)), DNDPROF_LINK_NONE);
	r.head.nlmsg_len = UINT32_MAX;
	assert_int_equal(link_of(&r, sizeof(r)), DNDPROF_LINK_DOCKER0);
	r.mask.rta_len = 0;
	assert_int_equal(link_of(&r, sizeof(r)), DNDPROF_LINK_NONE);
	r.mask.rta_len = UINT16_MAX;
	assert_int_equal(link_of(&r, sizeof(r)), DNDPROF_LINK_NONE);
	r.head.nlmsg_len = 1;
	assert_false(netlink_read((char *)&r, sizeof(r), &netlink));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(lies)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
