/* dns.c - see dns.h. */
#include <string.h>

#include "libc/dns.h"

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

bool dns_read(const void *bytes, size_t n, struct dndprof_dns *dns, char name[DNS_NAME_MAX],
	      size_t *name_n)
{
	const uint8_t *p = bytes;
	size_t at = 12, used = 0;

	if (n > 14 && be16(p) == n - 2) {
		p += 2;
		n -= 2;
	}
	if (n < 17 || be16(p + 4) != 1)
		return false;
	dns->id = be16(p);
	dns->flags = be16(p + 2);
	dns->answers = be16(p + 6);
	while (at < n && p[at]) {
		size_t w = p[at];

		/* A first question is never compressed. */
		if (w > 63 || at + 1 + w >= n || used + w + 1 >= DNS_NAME_MAX)
			return false;
		if (used)
			name[used++] = '.';
		memcpy(name + used, p + at + 1, w);
		used += w;
		at += 1 + w;
	}
	if (at + 5 > n)
		return false;
	dns->type = be16(p + at + 1);
	*name_n = used;
	return true;
}
