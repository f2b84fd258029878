/*
 * netlink.h - what a message of routing netlink asks for, as far as the checks want it.
 */
#ifndef DNDPROF_SHIM_NETLINK_H
#define DNDPROF_SHIM_NETLINK_H

#include <stdbool.h>
#include <stddef.h>

#include <dndprof/profile.h>

#define NETLINK_LOOK 128 /* bytes of a message that are looked at */

/* Reads the message at p, of which n bytes are there. False: it is none. */
bool netlink_read(const char *p, size_t n, struct dndprof_netlink *netlink);

#endif
