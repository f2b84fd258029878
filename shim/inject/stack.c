/* stack.c - see stack.h. */
#include "inject/stack.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "exec/internal.h"

#define RUN	   "DNDPROF_RUN="
#define ADDED_MOST 64
#define TEXT_MOST  (16 * 1024)

/* The index behind the NULL that ends a list of pointers; 0: there is none. */
static size_t end_of_list(const struct stack *s, size_t at)
{
	for (; at < s->bytes / 8; at++)
		if (!s->copy[at])
			return at + 1;
	return 0;
}

long stack_read(const struct remote *r, uint64_t sp, struct stack *s)
{
	long n = remote_read(r, s->copy, sp, sizeof(s->copy));
	size_t at;

	if (n < 16)
		return n < 0 ? n : -EIO;
	s->sp = sp;
	s->bytes = (size_t)n;
	s->argc = s->copy[0];
	if (s->argc >= s->bytes / 8 || s->copy[1 + s->argc])
		return -EIO;
	s->env = 1 + s->argc + 1;
	s->aux = end_of_list(s, s->env);
	if (!s->aux)
		return -EIO;
	s->env_n = s->aux - 1 - s->env;
	for (at = s->aux; at + 1 < s->bytes / 8; at += 2)
		if (s->copy[at] == AT_NULL) {
			s->words = at + 2;
			return 0;
		}
	return -EIO;
}

uint64_t stack_auxiliary(const struct stack *s, uint64_t type)
{
	size_t at;

	for (at = s->aux; at < s->words; at += 2)
		if (s->copy[at] == type)
			return s->copy[at + 1];
	return 0;
}

/* An entry of the environment, as much of it as fits. */
static void entry(const struct remote *r, const struct stack *s, uint64_t at, char *to, size_t size)
{
	uint64_t offset = at - s->sp;
	long n;

	if (at >= s->sp && offset + size <= s->bytes) {
		memcpy(to, (const char *)s->copy + offset, size);
	} else {
		n = remote_read(r, to, at, size);
		memset(to + (n > 0 ? n : 0), 0, size - (size_t)(n > 0 ? n : 0));
	}
	to[size - 1] = 0;
}

/* What goes below the old vector. */
struct addition {
	char text[TEXT_MOST];
	size_t used;
	uint64_t offsets[ADDED_MOST]; /* of the new entries, in text */
	size_t count;
	size_t replaced; /* index of the entry that the last one replaces; 0: none */
};

static bool add(struct addition *a, const char *string)
{
	size_t n = strlen(string) + 1;

	if (a->count == ADDED_MOST || n > sizeof(a->text) - a->used)
		return false;
	memcpy(a->text + a->used, string, n);
	a->offsets[a->count++] = a->used;
	a->used += n;
	return true;
}

/* Looks through the environment: is there nothing to do, or a list that must name us, too? */
static bool wanted(const struct remote *r, const struct stack *s, size_t *preload)
{
	char begin[sizeof(RUN)];
	size_t i;

	*preload = 0;
	for (i = s->env; i < s->env + s->env_n; i++) {
		entry(r, s, s->copy[i], begin, sizeof(begin));
		if (!strncmp(begin, RUN, sizeof(RUN) - 1))
			return false;
		if (environment_is_preload(begin))
			*preload = i;
	}
	return true;
}

static bool gather(const struct remote *r, const struct stack *s, char *const *ours,
		   struct addition *a)
{
	static char theirs[4096], both[8192];
	const char *own = NULL, *joined;
	size_t preload;

	if (!wanted(r, s, &preload))
		return false;
	for (; *ours; ours++) {
		if (environment_is_preload(*ours))
			own = *ours;
		else if (!strncmp(*ours, "DNDPROF_", 8) && !add(a, *ours))
			return false;
	}
	if (!own || !preload)
		return own ? add(a, own) : a->count != 0;
	entry(r, s, s->copy[preload], theirs, sizeof(theirs));
	joined = environment_preload(both, sizeof(both), theirs, own);
	if (joined == both) {
		a->replaced = preload;
		return add(a, both);
	}
	return true;
}

uint64_t stack_add(const struct remote *r, const struct stack *s, char *const *ours)
{
	static struct addition a;
	static uint64_t vector[STACK_MOST / 8 + ADDED_MOST];
	uint64_t strings, sp;
	size_t n = 0, i;

	a.used = a.count = a.replaced = 0;
	if (!gather(r, s, ours, &a))
		return s->sp;
	strings = s->sp - a.used;
	for (i = 0; i < s->env + s->env_n; i++)
		vector[n++] = a.replaced && i == a.replaced ? strings + a.offsets[a.count - 1]
							    : s->copy[i];
	for (i = 0; i < a.count - (a.replaced != 0); i++)
		vector[n++] = strings + a.offsets[i];
	for (i = s->env + s->env_n; i < s->words; i++)
		vector[n++] = s->copy[i];
	sp = (strings - n * 8) & ~15ull;
	if (remote_write(r, strings, a.text, a.used) < 0 || remote_write(r, sp, vector, n * 8) < 0)
		return s->sp;
	return sp;
}
