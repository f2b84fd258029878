/*
 * pieces.c - see pieces.h. A place is taken and given back by one word; whoever holds it alone
 * touches its bytes. Places of flows that are gone are found out when a place is wanted.
 */
#include <string.h>

#include "libc/fds.h"
#include "libc/pieces.h"
#include "recorder/sys.h"

#define PLACES 32
#define HELD   1ull

static struct piece places[PLACES];

/* Never 0 and never HELD. */
static uint64_t owner_of(int fd, uint32_t generation, bool sent)
{
	return (uint64_t)generation << 32 | (uint64_t)(uint32_t)fd << 2 | (uint64_t)sent << 1 |
	       1ull << 31;
}

static bool owner_gone(uint64_t owner)
{
	int fd = (int)(owner >> 2 & (FD_MAX - 1));

	return dndprof_fd_class[fd] < FD_SOCKET || dndprof_flows[fd].generation != owner >> 32;
}

static bool hold(struct piece *p, uint64_t owner)
{
	return __atomic_compare_exchange_n(&p->owner, &owner, HELD, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* What passed is not ours to keep. */
static void wipe(struct piece *p)
{
	memset(p->bytes, 0, p->n);
	p->n = 0;
}

struct piece *piece_hold(int fd, uint32_t generation, bool sent)
{
	uint64_t mine = owner_of(fd, generation, sent), owner;
	struct piece *p;

	if ((unsigned)fd >= FD_MAX)
		return NULL;
	for (p = places; p < places + PLACES; p++)
		if (load_relaxed(&p->owner) == mine && hold(p, mine))
			return p;
	for (p = places; p < places + PLACES; p++) {
		owner = load_relaxed(&p->owner);
		if (owner == HELD || (owner && !owner_gone(owner)) || !hold(p, owner))
			continue;
		wipe(p);
		return p;
	}
	return NULL;
}

void piece_keep(struct piece *p, int fd, uint32_t generation, bool sent)
{
	store_release(&p->owner, owner_of(fd, generation, sent));
}

void piece_free(struct piece *p)
{
	wipe(p);
	store_release(&p->owner, 0);
}
