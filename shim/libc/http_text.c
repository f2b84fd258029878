/* http_text.c - see http_text.h. */
#include "libc/http_text.h"
#include "recorder/execclass.h"

#define LINE_LOOK 65536 /* bytes within which a first line must end to be one */

/* ---- the query: which of the few flags it has ---- */

#define QUERY_NAME(name, bit) {#name, 1u << bit},
static const struct {
	const char *name;
	uint32_t bit;
} queries[] = {DNDPROF_QUERIES(QUERY_NAME)};

static uint32_t query_flags(const char *p, size_t n)
{
	uint32_t flags = 0;
	size_t i;

	while (n) {
		const char *amp = memchr(p, '&', n);
		size_t w = amp ? (size_t)(amp - p) : n;

		for (i = 0; i < ARRAY_LEN(queries); i++) {
			size_t k = strlen(queries[i].name);

			if (w < k || memcmp(p, queries[i].name, k) || (w > k && p[k] != '='))
				continue;
			if (w > k && (w == k + 1 || (w == k + 2 && p[k + 1] == '0') ||
				      (w == k + 6 && same_letters(p + k + 1, "false", 5))))
				continue;
			flags |= queries[i].bit;
		}
		p += w + (amp != NULL);
		n -= w + (amp != NULL);
	}
	return flags;
}

/* ---- the class of an exec-create ---- */

/* The next JSON string at or after *p; advances behind it. No unescaping: the words sought have
 * nothing to escape. */
static bool next_string(const char **p, const char *end, const char **s, size_t *n)
{
	const char *q = memchr(*p, '"', (size_t)(end - *p)), *e;

	if (!q)
		return false;
	for (e = ++q; e < end && *e != '"'; e++)
		e += *e == '\\';
	if (e >= end)
		return false;
	*s = q;
	*n = (size_t)(e - q);
	*p = e + 1;
	return true;
}

unsigned http_exec_class(const char *body, size_t n)
{
	const char *p = body, *end = body + n, *s, *close;
	struct exec_words words = {.class = DNDPROF_EXEC_NONE};
	size_t w;

	while (next_string(&p, end, &s, &w))
		if (w == 3 && !memcmp(s, "Cmd", 3))
			break;
	if (p >= end || !(p = memchr(p, '[', (size_t)(end - p))))
		return DNDPROF_EXEC_NONE;
	close = memchr(p, ']', (size_t)(end - p));
	end = close ? close : end;
	while (next_string(&p, end, &s, &w))
		exec_word(&words, s, w);
	return words.class;
}

/* ---- the first line ---- */

bool http_first_line(const char *p, size_t n, struct line *l)
{
	const char *lf = memchr(p, '\n', n < LINE_LOOK ? n : LINE_LOOK), *space;

	if (!lf)
		return false;
	l->p = p;
	l->n = (size_t)(lf - p);
	if (l->n && p[l->n - 1] == '\r')
		l->n--;
	l->target = NULL;
	l->target_n = 0;
	l->response = begins(p, l->n, "HTTP/1.");
	if (l->response)
		return l->n >= 12 && p[8] == ' ' && p[9] >= '1' && p[9] <= '9' && p[10] >= '0' &&
		       p[10] <= '9' && p[11] >= '0' && p[11] <= '9';
	if (!ends(p, l->n, " HTTP/1.1") && !ends(p, l->n, " HTTP/1.0") &&
	    !ends(p, l->n, " HTTP/2.0"))
		return false;
	/* A method is letters. */
	for (space = p; *space >= 'A' && *space <= 'Z'; space++)
		;
	if (*space != ' ')
		return false;
	l->target = space + 1;
	if (l->n < (size_t)(l->target - p) + 9)
		return false;
	l->target_n = l->n - (size_t)(l->target - p) - 9;
	return l->target_n > 0;
}

/* Keeps n bytes at p as piece i of the line. */
static void keep(struct http_message *m, int i, const char *p, size_t n)
{
	size_t room = HTTP_LINE_MAX - (i ? m->line[0].n : 0);

	if (n > room) {
		n = room;
		m->http.flags |= DNDPROF_HTTP_TRUNCATED;
	}
	m->line[i] = (struct part){p, n};
}

static bool in_scheme(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
	       c == '-' || c == '.';
}

/* Where the host of a target begins, if it names one: behind "scheme://" or "//", or at once
 * ("host:443"). */
static const char *host_of(const char *t, const char *end)
{
	const char *p = t;

	if (*t == '*' || (*t == '/' && !(end - t > 1 && t[1] == '/')))
		return NULL;
	if (*t == '/')
		return t + 2;
	while (p < end && in_scheme(*p))
		p++;
	return end - p > 2 && p[0] == ':' && p[1] == '/' && p[2] == '/' ? p + 3 : t;
}

/* The last '@' before the host's end, behind which the host itself begins; NULL: no user
 * information. */
static const char *user_end(const char *host, const char *end)
{
	const char *at = NULL;

	for (; host < end && *host != '/'; host++)
		if (*host == '@')
			at = host;
	return at;
}

void http_keep_line(struct http_message *m, const struct line *l)
{
	const char *query = memchr(l->p, '?', l->n), *end = query ? query : l->p + l->n, *p = l->p;
	const char *host, *at, *odd;

	/* What cannot be printed is not kept, nor what follows it. */
	for (odd = p; odd < end && (unsigned char)*odd >= ' ' && *odd != 127; odd++)
		;
	if (odd < end) {
		end = odd;
		m->http.flags |= DNDPROF_HTTP_TRUNCATED;
	}
	if (!l->response && end > l->target && (host = host_of(l->target, end)) != NULL) {
		at = user_end(host, end);
		/* A line that ends inside what may be user information: nothing from the host on.
		 */
		if (!at && end < l->p + l->n && !memchr(host, '/', (size_t)(end - host)))
			end = host;
		if (at) {
			keep(m, 0, p, (size_t)(host - p));
			p = at + 1;
		}
	}
	if (query) {
		m->http.flags |= DNDPROF_HTTP_QUERY;
		if (!l->response)
			m->http.query = query_flags(query + 1,
						    (size_t)(l->target + l->target_n - query - 1));
	}
	keep(m, m->line[0].n != 0, p, (size_t)(end - p));
}

/* ---- header lines ---- */

static void header_value(struct stream *s, const char *name, size_t n, const char *v, size_t vn)
{
	if (n == 14 && same_letters(name, "content-length", n)) {
		size_t i;

		for (s->length = 0, i = 0; i < vn && v[i] >= '0' && v[i] <= '9'; i++)
			if (s->length < INT64_MAX / 10 - 1)
				s->length = s->length * 10 + (v[i] - '0');
	} else if (n == 17 && same_letters(name, "transfer-encoding", n)) {
		if (contains(v, vn, "chunked"))
			s->facts |= DNDPROF_HTTP_CHUNKED;
	} else if (n == 7 && same_letters(name, "upgrade", n)) {
		s->facts |= DNDPROF_HTTP_UPGRADE;
		if (contains(v, vn, "h2c"))
			s->facts |= DNDPROF_HTTP_H2C;
	} else if (n == 10 && same_letters(name, "connection", n)) {
		if (contains(v, vn, "close"))
			s->facts |= DNDPROF_HTTP_CLOSE;
	} else if (n == 6 && same_letters(name, "expect", n)) {
		if (contains(v, vn, "100-continue"))
			s->facts |= DNDPROF_HTTP_CONTINUE;
	}
}

static void header_line(struct stream *s, const char *p, size_t n)
{
	const char *colon;
	size_t name, at;

	switch (n ? *p | 0x20 : 0) {
	case 'c':
	case 't':
	case 'u':
	case 'e':
		break;
	default:
		return;
	}
	colon = memchr(p, ':', n < 20 ? n : 20);
	if (!colon)
		return;
	name = (size_t)(colon - p);
	for (at = name + 1; at < n && (p[at] == ' ' || p[at] == '\t'); at++)
		;
	header_value(s, p, name, p + at, n - at);
}

size_t http_head_lines(struct stream *s, const char *p, size_t n, bool *ended)
{
	size_t at = 0;

	*ended = false;
	while (at < n) {
		const char *lf = memchr(p + at, '\n', n - at);
		size_t w = lf ? (size_t)(lf - p) - at : n - at;

		if (!lf) {
			/* The line goes on in the next buffer, where its end will not be
			 * understood. */
			s->line = w + s->line > 255 ? 255 : (uint8_t)(w + s->line);
			if (w)
				s->facts |= DNDPROF_HTTP_INCOMPLETE;
			return n;
		}
		if (w && p[at + w - 1] == '\r')
			w--;
		if (s->line == 0 && w > 0)
			header_line(s, p + at, w);
		if (s->line <= 1 && w == 0) {
			*ended = true;
			return (size_t)(lf - p) + 1;
		}
		s->line = 0;
		at = (size_t)(lf - p) + 1;
	}
	return n;
}
