/* http.c - see http.h. Framing as in RFC 9112. */
#include <string.h>

#include "libc/http.h"
#include "libc/http_text.h"
#include "recorder/siphash.h"
#include "recorder/start.h"

static const uint8_t *secret AT_START;

void http_secret(const uint8_t key[16])
{
	secret = key;
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
		     size_t body)
{
	m->http.flags |= s->facts & ~(uint32_t)DNDPROF_HTTP_INCOMPLETE;
	m->http.content_length = s->length;
	if (body)
		m->http.flags |= DNDPROF_HTTP_BODY;
	if (l && !l->response && secret) {
		m->http.hash = siphash(secret, l->p, l->n);
		m->http.hash |= m->http.hash == 0;
	}
}

/* How many of the n bytes behind a head belong to its body. */
static size_t body_bytes(const struct stream *s, size_t n)
{
	if (s->state == STREAM_BODY)
		return s->left < n ? (size_t)s->left : n;
	return s->state == STREAM_CHUNK_SIZE || s->state == STREAM_OPAQUE ? n : 0;
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
	at += http_head_lines(s, p + at, n - at, &ended);
	m.http.head_bytes = (uint32_t)at;
	http_keep_line(&m, l);
	if (begins(p, n, "PRI * HTTP/2.0"))
		f->stream[0].state = f->stream[1].state = STREAM_OPAQUE;
	else if (ended)
		after_head(f, s);
	else
		s->state = STREAM_HEAD;
	body = body_bytes(s, n - at);
	describe(s, &m, l, body);
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
	size_t at = http_head_lines(s, p, n, &ended);

	if (!ended)
		return at;
	memset(&m, 0, sizeof(m));
	m.response = s->status != 0;
	m.http.flags = DNDPROF_HTTP_CONTINUED;
	m.http.head_bytes = (uint32_t)at;
	after_head(f, s);
	describe(s, &m, NULL, body_bytes(s, n - at));
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
			if (!http_may_begin(p + at, n - at) || !http_first_line(p + at, n - at, &l))
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
			at += http_head_lines(s, p + at, n - at, &ended);
			if (ended)
				s->state = STREAM_START;
			break;
		default:
			return;
		}
	}
}

void http_pass_unseen(struct flow *f, bool sent, size_t n)
{
	struct stream *s = &f->stream[sent];
	size_t at = 0;

	while (at < n) {
		switch (s->state) {
		case STREAM_BODY:
			at += pass_over(s, n - at, STREAM_START);
			break;
		case STREAM_CHUNK_DATA:
			at += pass_over(s, n - at, STREAM_CHUNK_SIZE);
			break;
		default:
			s->state = STREAM_OPAQUE;
			return;
		}
	}
}
