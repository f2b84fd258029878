/*
 * environment.c - environments of programs that are started: whether we are in them, and the same
 * with or without us (see route.h).
 */
#include <string.h>

#include <dndprof/route.h>

#include "exec/internal.h"
#include "exec/peek.h"
#include "exec/route.h"
#include "recorder/sys.h"
#include "recorder/text.h"

#define PRELOAD "LD_PRELOAD="
#define LIBRARY "libdndprof.so"
#define RUN	"DNDPROF_RUN="
#define LISTING "LD_TRACE_LOADED_" /* OBJECTS: what ldd sets */
#define BATCH	64
#define PAGE	4096

/* Names that entries begin with, and the first entry of each. */
struct search {
	const char *names[2];
	const char *found[2]; /* NULL: none, or it cannot be read */
	size_t count;
};

/* The page that was read last: most strings of an environment lie side by side, and a reading of
 * the kernel's takes as long for a page as for a byte. */
#define NO_PAGE 1
struct window {
	uintptr_t page; /* NO_PAGE: none */
	char bytes[PAGE];
};

/* The string as far as its page goes, and how far that is; NULL: it cannot be read. */
static const char *window_at(struct window *w, const char *string, size_t *n)
{
	uintptr_t offset = (uintptr_t)string & (PAGE - 1), page = (uintptr_t)string - offset;

	if (w->page != page) {
		w->page = NO_PAGE;
		if (!peek(w->bytes, (const void *)page, PAGE))
			return NULL;
		w->page = page;
	}
	*n = PAGE - offset;
	return w->bytes + offset;
}

/* Does the string begin with `name`? */
static bool begins(struct window *w, const char *string, const char *name)
{
	const size_t size = strlen(name);
	char whole[ENVIRONMENT_NAME];
	size_t had;
	const char *first = window_at(w, string, &had);

	if (!first || memcmp(first, name, had < size ? had : size) != 0)
		return false;
	return had >= size || (peek(whole, string, size) && !memcmp(whole, name, size));
}

/* True: everything is found. */
static bool string_search(struct search *s, struct window *w, const char *string)
{
	size_t k, missing = 0;

	for (k = 0; k < s->count; k++) {
		if (!s->found[k] && begins(w, string, s->names[k]))
			s->found[k] = string;
		missing += !s->found[k];
	}
	return !missing;
}

/* Goes through an environment. False: it cannot be read. */
static bool search(struct search *s, char *const *env)
{
	struct window w; /* its bytes are not worth clearing */
	char *strings[BATCH];
	size_t n, i;

	w.page = NO_PAGE;
	for (; env; env += n) {
		n = (PAGE - ((uintptr_t)env & (PAGE - 1))) / sizeof(*env);
		n = n < BATCH ? n : BATCH;
		if (!n || !peek(strings, env, n * sizeof(*env)))
			return false;
		for (i = 0; i < n && strings[i]; i++)
			if (string_search(s, &w, strings[i]))
				return true;
		if (i < n)
			return true;
	}
	return true;
}

enum environment environment_look(char *const *env)
{
	struct search s = {{RUN, LISTING}, {NULL, NULL}, 2};

	if (!search(&s, env))
		return ENVIRONMENT_BAD;
	if (s.found[1])
		return ENVIRONMENT_LISTING;
	return s.found[0] ? ENVIRONMENT_WITH : ENVIRONMENT_WITHOUT;
}

const char *environment_find(char *const *env, const char *name)
{
	struct search s = {{name}, {NULL}, 1};

	search(&s, env);
	return s.found[0];
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
	text_string(&t, PRELOAD);
	if (copy_without_us(&t, entry + sizeof(PRELOAD) - 1) && ours)
		return entry; /* it had us: as it is */
	if (ours && t.used > sizeof(PRELOAD) - 1)
		text_bytes(&t, ":", 1);
	if (ours)
		text_string(&t, ours + sizeof(PRELOAD) - 1);
	return t.used > sizeof(PRELOAD) - 1 ? buffer : NULL;
}

bool environment_own_preload(struct text *t, const char *entry, const char *helper)
{
	const char *value = entry + sizeof(PRELOAD) - 1, *slash = strrchr(helper, '/');
	size_t n;

	for (; *value; value += n + (value[n] != 0)) {
		n = strcspn(value, " :");
		if (!is_us(value, n))
			continue;
		text_string(t, PRELOAD);
		if (*value != '/' && slash && !helper[strcspn(helper, DNDPROF_PRELOAD_SPECIAL)]) {
			text_bytes(t, helper, (size_t)(slash + 1 - helper));
			text_string(t, LIBRARY);
		} else {
			text_bytes(t, value, n);
		}
		return true;
	}
	return false;
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
