/*
 * http_text.h - the text of HTTP heads, line by line: what a line says, and what may be kept of it.
 * Inside of http.c.
 */
#ifndef DNDPROF_SHIM_HTTP_TEXT_H
#define DNDPROF_SHIM_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "libc/http.h"

/* A first line where it lies. */
struct line {
	const char *p; /* without CR and LF */
	size_t n;
	const char *target; /* requests: the target, query included */
	size_t target_n;
	bool response;
};

/* A whole first line at p, or false: heads are known by their whole first line only, never by a
 * beginning. */
bool http_first_line(const char *p, size_t n, struct line *l);

/* Keeps the line up to '?' in m, and of an absolute target ("http://user:password@host/") not the
 * user information. */
void http_keep_line(struct http_message *m, const struct line *l);

/* Takes header lines from p on into s. Returns the bytes taken; *ended: the empty line was among
 * them. */
size_t http_head_lines(struct stream *s, const char *p, size_t n, bool *ended);

/* ---- small text ---- */

static inline bool same_letters(const char *p, const char *lower, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]) != lower[i])
			return false;
	return true;
}

static inline bool contains(const char *p, size_t n, const char *lower)
{
	size_t w = strlen(lower), i;

	for (i = 0; i + w <= n; i++)
		if (same_letters(p + i, lower, w))
			return true;
	return false;
}

static inline bool begins(const char *p, size_t n, const char *text)
{
	return n >= strlen(text) && !memcmp(p, text, strlen(text));
}

static inline bool ends(const char *p, size_t n, const char *text)
{
	size_t w = strlen(text);

	return n >= w && !memcmp(p + n - w, text, w);
}

#endif
