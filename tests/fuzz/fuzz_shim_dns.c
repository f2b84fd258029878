/*
 * fuzz_shim_dns.c - any bytes as a message of DNS, over UDP and over TCP, and as one of netlink:
 * what the shim reads of them lies inside, and what it keeps is bounded.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libc/dns.c"
#include "libc/netlink.c"

/* A copy of its own for each length: a read beyond it is seen. */
static void *exactly(const uint8_t *data, size_t size)
{
	return memcpy(malloc(size ? size : 1), data, size);
}

static void read_name(const uint8_t *data, size_t size)
{
	uint8_t *copy = exactly(data, size);
	char name[DNS_NAME_MAX];
	struct dndprof_dns dns;
	size_t used = SIZE_MAX;

	if (dns_read(copy, size, &dns, name, &used))
		assert(used < DNS_NAME_MAX && used < size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dndprof_netlink netlink;
	char *copy = exactly(data, size);

	read_name(data, size);
	if (size)
		read_name(data, size - 1);
	if (netlink_read(copy, size, &netlink))
		assert(netlink.link <= DNDPROF_LINK_OTHER || netlink.link == DNDPROF_LINK_DOCKER0);
	free(copy);
	return 0;
}
