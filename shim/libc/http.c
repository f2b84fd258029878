/* http.c - see http.h. Framing as in RFC 9112. */
#include <string.h>

#include "libc/http.h"
#include "recorder/siphash.h"

static const uint8_t *secret;

void http_secret(const uint8_t key[16])
{
	secret = key;
}

/* ---- small text ---- */

static bool same_letters(const char *p, const char *lower, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]) != lower[i])
			return false;
	return true;
}

static bool contains(const char *p, size_t n, const char *lower)
{
	size_t w = strlen(lower), i;

	for (i = 0; i + w <= n; i++)
		if (same_letters(p + i, lower, w))
			return true;
	return false;
}

static bool begins(const char *p, size_t n, const char *text)
{
	return n >= strlen(text) && !memcmp(p, text, strlen(text));
}

static bool ends(const char *p, size_t n, const char *text)
{
	size_t w = strlen(text);

	return n >= w && !memcmp(p + n - w, text, w);
}

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

static bool is_address(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || s[i] == '.'))
			return memchr(s, ':', n) != NULL;
	return n > 0;
}

unsigned http_exec_class(const char *body, size_t n)
{
	const char *p = body, *end = body + n, *s, *last = NULL;
	size_t w, last_w = 0;
	unsigned class = DNDPROF_EXEC_NONE;

	while (next_string(&p, end, &s, &w))
		if (w == 3 && !memcmp(s, "Cmd", 3))
			break;
	if (p >= end || !(p = memchr(p, '[', (size_t)(end - p))))
		return DNDPROF_EXEC_NONE;
	{
		const char *close = memchr(p, ']', (size_t)(end - p));

		end = close ? close : end;
	}
	if (!next_string(&p, end, &s, &w))
		return DNDPROF_EXEC_NONE;
	while (memchr(s, '/', w)) {
		w -= (size_t)((const char *)memchr(s, '/', w) + 1 - s);
		s = (const char *)memchr(s, '/', w + 1) + 1;
	}
	if ((w == 8 && !memcmp(s, "nslookup", 8)) || (w == 6 && !memcmp(s, "getent", 6)) ||
	    (w == 3 && !memcmp(s, "dig", 3)) || (w == 4 && !memcmp(s, "host", 4)))
		return DNDPROF_EXEC_LOOKUP;
	class = DNDPROF_EXEC_OTHER;
	if ((w == 4 && !memcmp(s, "ping", 4)) || (w == 5 && !memcmp(s, "ping6", 5))) {
		while (next_string(&p, end, &s, &w))
			if (w && *s != '-') {
				last = s;
				last_w = w;
			}
		if (last)
			class = is_address(last, last_w) ? DNDPROF_EXEC_PING_ADDRESS
							 : DNDPROF_EXEC_PING_NAME;
	}
	return class;
}

/* ---- the first line ---- */

struct line {
	const char *p; /* without CR and LF */
	size_t n;
	const char *target; /* requests: the target, query included */
	size_t target_n;
	bool response;
};

/* A whole first line at p, or false: heads are known by their whole first line only, never by a
 * beginning. */
static bool first_line(const char *p, size_t n, struct line *l)
{
	const char *lf = memchr(p, '\n', n < 8192 ? n : 8192), *space;

	if (!lf)
		return false;
	l->p = p;
	l->n = (size_t)(lf - p);
	if (l->n && p[l->n - 1] == '\r')
		l->n--;
	l->response = begins(p, l->n, "HTTP/1.");
	if (l->response)
		return l->n >= 12 && p[8] == ' ' && p[9] >= '1' && p[9] <= '9' && p[10] >= '0' &&
		       p[10] <= '9' && p[11] >= '0' && p[11] <= '9';
	if (!ends(p, l->n, " HTTP/1.1") && !ends(p, l->n, " HTTP/1.0") &&
	    !ends(p, l->n, " HTTP/2.0"))
		return false;
	space = memchr(p, ' ', l->n);
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

/* Keeps the line up to '?', and of an absolute target ("http://user:password@host/") not the user
 * information. */
static void keep_line(struct http_message *m, const struct line *l)
{
	const char *query = memchr(l->p, '?', l->n), *end = query ? query : l->p + l->n, *p = l->p;

	if (!l->response) {
		const char *t = l->target, *host = t, *slash, *at, *next;

		if (end - t > 8 && (begins(t, 7, "http://") || begins(t, 8, "https://")))
			host = t + (t[4] == 's' ? 8 : 7);
		if (host != t || (*t != '/' && *t != '*')) {
			slash = memchr(host, '/', (size_t)(end - host));
			for (at = NULL, next = host; next < (slash ? slash : end); next++)
				if (*next == '@')
					at = next;
			/* A '?' inside user information would end the line before the '@': then
			 * keep nothing of it. */
			if (query && !at && !slash && host != t)
				end = host;
			if (at) {
				keep(m, 0, p, (size_t)(host - p));
				p = at + 1;
			}
		}
		if (query)
			m->http.query = query_flags(query + 1,
						    (size_t)(l->target + l->target_n - query - 1));
	}
	if (query)
		m->http.flags |= DNDPROF_HTTP_QUERY;
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

/* Header lines from p on. Returns the bytes taken; *ended: the empty line was among them. */
static size_t head_lines(struct stream *s, const char *p, size_t n, bool *ended)
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

/* ---- what follows a head ---- */

static void after_request(struct flow *f, struct stream *s)
{
	s->state = STREAM_START;
	if (s->facts & DNDPROF_HTTP_CHUNKED) {
		s->state = STREAM_CHUNK_SIZE;
	} else if (s->length > 0) {
		s->state = STREAM_BODY;
		s->left = (uint64_t)s->length;
	} else if (s->facts & DNDPROF_HTTP_UPGRADE || f->method == FLOW_METHOD_CONNECT) {
		/* Some do not wait for the answer before they speak the other protocol. */
		if (f->method != FLOW_METHOD_CONNECT)
			f->method = FLOW_METHOD_UPGRADE;
		s->state = STREAM_OPAQUE;
	}
}

static void after_response(struct flow *f, struct stream *s)
{
	struct stream *other = &f->stream[s == &f->stream[0]];

	s->state = STREAM_START;
	/* Turned down: requests go on. */
	if (s->status >= 200 && (f->method == FLOW_METHOD_UPGRADE ||
				 (f->method == FLOW_METHOD_CONNECT && s->status >= 300)))
		other->state = STREAM_START;
	if (s->status == 101 || (f->method == FLOW_METHOD_CONNECT && s->status / 100 == 2)) {
		f->stream[0].state = f->stream[1].state = STREAM_OPAQUE;
	} else if (s->status / 100 == 1 || s->status == 204 || s->status == 304 ||
		   f->method == FLOW_METHOD_HEAD) {
		return;
	} else if (s->facts & DNDPROF_HTTP_CHUNKED) {
		s->state = STREAM_CHUNK_SIZE;
	} else if (s->length > 0) {
		s->state = STREAM_BODY;
		s->left = (uint64_t)s->length;
	} else if (s->length < 0) {
		s->state = STREAM_OPAQUE; /* a body up to the close */
	}
}

static void after_head(struct flow *f, struct stream *s)
{
	s->line = 0;
	s->left = 0;
	/* A head with a line cut in two may hide its length: better to look again than to skip too
	 * far. */
	if (s->facts & DNDPROF_HTTP_INCOMPLETE && s->length < 0 &&
	    !(s->facts & DNDPROF_HTTP_CHUNKED) && s->status != 101)
		s->state = STREAM_START;
	else if (s->status)
		after_response(f, s);
	else
		after_request(f, s);
}

/* ---- the machine ---- */

static void describe(const struct stream *s, struct http_message *m, const struct line *l,
		     const char *body, size_t body_n)
{
	m->http.flags |= s->facts & ~(uint32_t)DNDPROF_HTTP_INCOMPLETE;
	m->http.content_length = s->length;
	if (body_n)
		m->http.flags |= DNDPROF_HTTP_BODY;
	if (l && !l->response && secret) {
		m->http.hash = siphash(secret, l->p, l->n);
		if (body_n)
			m->http.hash ^= siphash(secret, body, body_n < 4096 ? body_n : 4096);
		m->http.hash |= m->http.hash == 0;
	}
}

static size_t path_length(const struct line *l)
{
	const char *query = memchr(l->target, '?', l->target_n);

	return query ? (size_t)(query - l->target) : l->target_n;
}

/* A head begins at p. Returns the bytes of it in this buffer. */
static size_t head_begin(struct flow *f, struct stream *s, const char *p, size_t n,
			 const struct line *l, http_sink *sink, void *arg)
{
	struct http_message m;
	bool ended;
	size_t at, body;

	memset(&m, 0, sizeof(m));
	m.response = l->response;
	s->length = -1;
	s->facts = 0;
	s->line = 0;
	s->status = 0;
	if (l->response)
		s->status = (uint16_t)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
	else
		f->method = begins(p, n, "HEAD ")      ? FLOW_METHOD_HEAD
			    : begins(p, n, "CONNECT ") ? FLOW_METHOD_CONNECT
						       : FLOW_METHOD_OTHER;
	at = (size_t)((const char *)memchr(p, '\n', n) - p) + 1;
	at += head_lines(s, p + at, n - at, &ended);
	m.http.head_bytes = (uint32_t)at;
	keep_line(&m, l);
	if (begins(p, n, "PRI * HTTP/2.0"))
		f->stream[0].state = f->stream[1].state = STREAM_OPAQUE;
	else if (ended)
		after_head(f, s);
	else
		s->state = STREAM_HEAD;
	body = s->state == STREAM_BODY && s->left < n - at ? (size_t)s->left : n - at;
	describe(s, &m, l, p + at, body);
	if (!ended)
		m.http.flags |= DNDPROF_HTTP_INCOMPLETE;
	if (!l->response && begins(p, n, "POST ") && ends(l->target, path_length(l), "/exec")) {
		if (ended && body)
			m.http.exec_class = (uint8_t)http_exec_class(p + at, body);
		else
			f->odd |= FLOW_EXEC_BODY;
	}
	sink(arg, &m);
	return at;
}

/* Goes on with a head of an earlier buffer. */
static size_t head_continue(struct flow *f, struct stream *s, const char *p, size_t n,
			    http_sink *sink, void *arg)
{
	struct http_message m;
	bool ended;
	size_t at = head_lines(s, p, n, &ended);

	if (!ended)
		return at;
	memset(&m, 0, sizeof(m));
	m.response = s->status != 0;
	m.http.flags = DNDPROF_HTTP_CONTINUED;
	m.http.head_bytes = (uint32_t)at;
	after_head(f, s);
	describe(s, &m, NULL, p + at, n - at);
	sink(arg, &m);
	return at;
}

/* The line with a chunk's size. Returns the bytes taken. */
static size_t chunk_size(struct stream *s, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char c = p[i], d = (char)(c | 0x20);

		if (c == '\n') {
			uint64_t size = s->left;

			s->line = 0;
			s->state = size ? STREAM_CHUNK_DATA : STREAM_TRAILER;
			s->left = size ? size + 2 : 0;
			return i + 1;
		}
		if (s->line) /* behind ';' or CR */
			continue;
		if (c >= '0' && c <= '9')
			s->left = s->left << 4 | (uint64_t)(c - '0');
		else if (d >= 'a' && d <= 'f')
			s->left = s->left << 4 | (uint64_t)(d - 'a' + 10);
		else
			s->line = 1;
	}
	return n;
}

static size_t pass_over(struct stream *s, size_t n, enum stream_state then)
{
	size_t take = s->left < n ? (size_t)s->left : n;

	s->left -= take;
	if (!s->left)
		s->state = then;
	return take;
}

void http_pass(struct flow *f, bool sent, const char *p, size_t n, http_sink *sink, void *arg)
{
	struct stream *s = &f->stream[sent];
	size_t at = 0;
	struct line l;
	bool ended;

	while (at < n) {
		switch (s->state) {
		case STREAM_START:
			if (!http_may_begin(p + at, n - at) || !first_line(p + at, n - at, &l))
				return;
			at += head_begin(f, s, p + at, n - at, &l, sink, arg);
			break;
		case STREAM_HEAD:
			at += head_continue(f, s, p + at, n - at, sink, arg);
			break;
		case STREAM_BODY:
			at += pass_over(s, n - at, STREAM_START);
			break;
		case STREAM_CHUNK_SIZE:
			at += chunk_size(s, p + at, n - at);
			break;
		case STREAM_CHUNK_DATA:
			at += pass_over(s, n - at, STREAM_CHUNK_SIZE);
			break;
		case STREAM_TRAILER:
			at += head_lines(s, p + at, n - at, &ended);
			if (ended)
				s->state = STREAM_START;
			break;
		default:
			return;
		}
	}
}
