/*
 * environment.c - environments of programs that are started: whether we are in them, and the same
 * with or without us (see route.h).
 */
#include <string.h>
#include <sys/uio.h>

#include "exec/internal.h"
#include "exec/peek.h"
#include "exec/route.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define PRELOAD "LD_PRELOAD="
#define LIBRARY "libdndprof.so"
#define RUN	"DNDPROF_RUN="
#define BATCH	64
#define PAGE	4096

static size_t to_page_end(const void *p)
{
	return PAGE - ((uintptr_t)p & (PAGE - 1));
}

/* The first of n strings that begins with `name`; n: none, or they cannot be read. The first bytes
 * of all are read at once. */
static size_t batch_find(char *const *strings, size_t n, const char *name)
{
	char first[BATCH][ENVIRONMENT_NAME], whole[ENVIRONMENT_NAME + 1];
	const size_t size = strlen(name);
	struct iovec local[BATCH], remote[BATCH];
	size_t i, length;

	memset(first, 0, sizeof(first));
	for (i = 0; i < n; i++) {
		/* One that ends with its page is looked at again. */
		length = to_page_end(strings[i]);
		length = length < size ? length : size;
		local[i] = (struct iovec){first[i], length};
		remote[i] = (struct iovec){strings[i], length};
	}
	sys6(SYS_process_vm_readv, sys0(SYS_getpid), (long)local, (long)n, (long)remote, (long)n,
	     0);
	for (i = 0; i < n; i++) {
		if (memcmp(first[i], name, remote[i].iov_len) != 0)
			continue;
		if (remote[i].iov_len == size ||
		    (peek(whole, strings[i], size) && !memcmp(whole, name, size)))
			return i;
	}
	return n;
}

/* Goes through an environment; *found is the entry that begins with `name`, or NULL. */
static enum environment search(char *const *env, const char *name, const char **found)
{
	char *strings[BATCH];
	size_t n, i, at;

	*found = NULL;
	if (!env)
		return ENVIRONMENT_WITHOUT;
	for (;; env += n) {
		n = to_page_end(env) / sizeof(*env);
		n = n < BATCH ? n : BATCH;
		if (!n || !peek(strings, env, n * sizeof(*env)))
			return ENVIRONMENT_BAD;
		for (i = 0; i < n && strings[i]; i++)
			;
		at = batch_find(strings, i, name);
		if (at < i) {
			*found = strings[at];
			return ENVIRONMENT_WITH;
		}
		if (i < n)
			return ENVIRONMENT_WITHOUT;
	}
}

enum environment environment_look(char *const *env)
{
	const char *found;

	return search(env, RUN, &found);
}

const char *environment_find(char *const *env, const char *name)
{
	const char *found;

	search(env, name, &found);
	return found;
}

/* Is the entry of LD_PRELOAD's list at p, n bytes, our library? */
static bool is_us(const char *p, size_t n)
{
	size_t base = n;

	while (base && p[base - 1] != '/')
		base--;
	return n - base == sizeof(LIBRARY) - 1 && !memcmp(p + base, LIBRARY, n - base);
}

/* Copies LD_PRELOAD's value without us; its separators are spaces and colons. True: we were there.
 */
static bool copy_without_us(struct text *t, const char *value)
{
	bool found = false;

	while (*value) {
		size_t n = strcspn(value, " :");

		if (n && is_us(value, n)) {
			found = true;
		} else if (n) {
			if (t->used > sizeof(PRELOAD) - 1)
				text_bytes(t, ":", 1);
			text_bytes(t, value, n);
		}
		value += n;
		value += *value != 0;
	}
	return found;
}

const char *environment_preload(char *buffer, size_t size, const char *entry, const char *ours)
{
	struct text t = {buffer, size, 0};

	if (strlen(entry) + (ours ? strlen(ours) : 0) + 2 > size)
		return entry;
	text_string(&t, ours ? ours : PRELOAD);
	if (copy_without_us(&t, entry + sizeof(PRELOAD) - 1) && ours)
		return entry; /* it had us: as it is */
	return t.used > sizeof(PRELOAD) - 1 ? buffer : NULL;
}

bool environment_is_preload(const char *entry)
{
	return !strncmp(entry, PRELOAD, sizeof(PRELOAD) - 1);
}

char *const *route_environment(struct route_env *e, const struct route_plan *plan, char *const *env)
{
	char *const *told = plan->add ? route_told() : NULL;
	const char *ours = NULL;
	size_t n, kept = 0;

	if (!plan->add && !plan->strip)
		return env;
	for (n = 0; told && told[n]; n++)
		if (environment_is_preload(told[n]))
			ours = told[n];
	for (n = 0; env && env[n]; n++) {
		const char *entry = env[n];

		if (n == ROUTE_ENTRIES)
			return env;
		if (environment_is_preload(entry)) {
			entry = environment_preload(e->preload, sizeof(e->preload), entry,
						    plan->strip ? NULL : ours);
			ours = NULL;
		}
		if (entry)
			e->env[kept++] = (char *)entry;
	}
	for (n = 0; told && told[n]; n++)
		if (!environment_is_preload(told[n]) || (ours && !plan->strip))
			e->env[kept++] = told[n];
	e->env[kept] = NULL;
	return env || kept ? e->env : env;
}
