/*
 * dns.h - the question of a DNS message (RFC 1035, section 4), for flows to port 53.
 */
#ifndef DNDPROF_SHIM_DNS_H
#define DNDPROF_SHIM_DNS_H

#include <stdbool.h>
#include <stddef.h>

#include <dndprof/profile.h>

#define DNS_NAME_MAX 256

/* Reads the header and first question of the n bytes at p, with or without TCP's length before
 * them. */
bool dns_read(const void *p, size_t n, struct dndprof_dns *dns, char name[DNS_NAME_MAX],
	      size_t *name_n);

#endif
