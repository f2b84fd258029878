/*
 * execclass.h - what is run in a container, as one of a few classes (DNDPROF_EXEC_CLASSES): read
 * word by word from a body's JSON or from docker's own arguments. Of the words themselves nothing
 * is kept.
 */
#ifndef DNDPROF_SHIM_EXECCLASS_H
#define DNDPROF_SHIM_EXECCLASS_H

#include <stdbool.h>
#include <string.h>

#include <dndprof/profile.h>

struct exec_words {
	unsigned class;	  /* NONE: no word has come */
	bool ping, value; /* the next word is an option's value */
};

static inline bool exec_word_is(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && !memcmp(s, word, n);
}

static inline void exec_first_word(struct exec_words *w, const char *s, size_t n)
{
	static const char *const lookups[] = {"nslookup", "getent", "dig", "host"};
	const char *slash;
	size_t i;

	while ((slash = memchr(s, '/', n)) != NULL) {
		n -= (size_t)(slash + 1 - s);
		s = slash + 1;
	}
	if (exec_word_is(s, n, "busybox")) /* the next word is its program */
		return;
	w->class = DNDPROF_EXEC_OTHER;
	w->ping = exec_word_is(s, n, "ping") || exec_word_is(s, n, "ping6");
	for (i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++)
		if (exec_word_is(s, n, lookups[i]))
			w->class = DNDPROF_EXEC_LOOKUP;
}

/* Digits and dots, or a colon. */
static inline bool exec_is_address(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || s[i] == '.'))
			return memchr(s, ':', n) != NULL;
	return n > 0;
}

/* Does a word of options ("-nc") end with one of `letters`, whose value is the next word? */
static inline bool exec_value_follows(const char *s, size_t n, const char *letters)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (strchr(letters, s[i]))
			return i + 1 == n;
	return false;
}

/* A ping's destination is the last word that is neither an option nor an option's value. */
static inline void exec_word(struct exec_words *w, const char *s, size_t n)
{
	if (w->class == DNDPROF_EXEC_NONE) {
		exec_first_word(w, s, n);
	} else if (w->ping && w->value) {
		w->value = false;
	} else if (w->ping && n > 1 && *s == '-') {
		w->value = exec_value_follows(s, n, "cFiIlmMpQsStTwWeN");
	} else if (w->ping && n) {
		w->class =
			exec_is_address(s, n) ? DNDPROF_EXEC_PING_ADDRESS : DNDPROF_EXEC_PING_NAME;
	}
}

#endif
