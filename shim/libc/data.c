/* data.c - see data.h. */
#include <netinet/in.h>
#include <string.h>

#include "libc/data.h"
#include "libc/dns.h"
#include "libc/http.h"
#include "libc/netlink.h"
#include "libc/pieces.h"
#include "recorder/hot.h"

/* Where a call's payloads go: the first into the call's own record, the others behind it. */
struct sink {
	struct writer *writer;
	struct event *event;
	bool written;
};

static void put(struct sink *k, unsigned payload, const struct part *parts, int count)
{
	struct event *e = k->event;

	e->payload = (uint8_t)payload;
	if (!k->written) {
		event_done_parts(k->writer, e, parts, count);
	} else if (dndprof_recorder.records) {
		e->kind = DNDPROF_KIND_EXTRA;
		event_write(k->writer, e, parts, count);
	}
	k->written = true;
}

static void put_one(struct sink *k, unsigned payload, const void *p, size_t n)
{
	struct part part = {p, n};

	put(k, payload, &part, 1);
}

static void put_http(void *arg, const struct http_message *m)
{
	struct part parts[] = {{&m->http, sizeof(m->http)}, m->line[0], m->line[1]};

	put(arg, m->response ? DNDPROF_PAYLOAD_RESPONSE : DNDPROF_PAYLOAD_REQUEST, parts, 3);
}

/* ---- what a buffer may hold ---- */

/* Goes it to a name server? Then what comes back on the flow is from one. */
static bool to_dns(const struct data *d)
{
	/* sin_port and sin6_port lie at the same place. */
	return d->sent && d->to && d->tolen >= sizeof(struct sockaddr_in) &&
	       (d->to->sa_family == AF_INET || d->to->sa_family == AF_INET6) &&
	       ((const struct sockaddr_in *)d->to)->sin_port == htons(53);
}

static void first_bytes(struct flow *f, const char *p, size_t n)
{
	if (n >= 3 && p[0] == 0x16 && p[1] == 0x03 && (unsigned char)p[2] <= 4) {
		f->odd |= FLOW_TLS;
		f->stream[0].state = f->stream[1].state = STREAM_OPAQUE;
		recorder_note(DNDPROF_NOTE_TLS);
	}
}

/* Copies the call's bytes from `at` on into `to`; returns how many. */
static size_t gather(const struct data *d, size_t moved, size_t at, char *to, size_t room)
{
	size_t n = 0, first = 0;
	int i;

	for (i = 0; i < d->iovcnt && n < room && first < moved; first += d->iov[i++].iov_len) {
		size_t w = d->iov[i].iov_len < moved - first ? d->iov[i].iov_len : moved - first;
		size_t skip = at > first ? at - first : 0;

		if (skip >= w)
			continue;
		w -= skip;
		w = w < room - n ? w : room - n;
		memcpy(to + n, (const char *)d->iov[i].iov_base + skip, w);
		n += w;
	}
	return n;
}

/* Passes the call's bytes from `at` on as they lie. */
static void pass_from(struct sink *k, struct flow *f, const struct data *d, size_t moved, size_t at)
{
	size_t first = 0;
	int i;

	for (i = 0; i < d->iovcnt && first < moved; first += d->iov[i++].iov_len) {
		size_t n = d->iov[i].iov_len < moved - first ? d->iov[i].iov_len : moved - first;
		size_t skip = at > first ? at - first : 0;

		if (skip < n)
			http_pass(f, d->sent, (const char *)d->iov[i].iov_base + skip, n - skip,
				  put_http, k);
	}
}

/*
 * A first line that may lie in pieces: in an earlier buffer, or over several vectors of this one.
 * Joins its beginning; what is still no whole line waits.
 */
static void follow_pieces(struct sink *k, struct flow *f, const struct data *d, size_t moved)
{
	uint8_t flag = d->sent ? FLOW_PIECE_SENT : FLOW_PIECE_RECEIVED;
	int fd = k->event->fd;
	struct piece *p = piece_hold(fd, f->generation, d->sent);
	size_t n;

	f->odd &= (uint8_t)~flag;
	if (!p) {
		pass_from(k, f, d, moved, 0);
		return;
	}
	n = gather(d, moved, 0, p->bytes + p->n, PIECE_MAX - p->n);
	p->n += n;
	if (p->n < PIECE_MAX && http_may_begin(p->bytes, p->n) && !memchr(p->bytes, '\n', p->n)) {
		piece_keep(p, fd, f->generation, d->sent);
		f->odd |= flag;
		return;
	}
	http_pass(f, d->sent, p->bytes, p->n, put_http, k);
	piece_free(p);
	pass_from(k, f, d, moved, n);
}

/* Does a first line begin here that does not end in the same vector? */
static bool in_pieces(const struct flow *f, const struct data *d, size_t moved)
{
	size_t n = d->iov[0].iov_len < moved ? d->iov[0].iov_len : moved;

	if (f->stream[d->sent].state != STREAM_START)
		return false;
	if (f->odd & (d->sent ? FLOW_PIECE_SENT : FLOW_PIECE_RECEIVED))
		return true;
	return (n < moved || http_may_begin(d->iov[0].iov_base, n)) && n < PIECE_MAX &&
	       !memchr(d->iov[0].iov_base, '\n', n);
}

static void follow_http(struct sink *k, struct flow *f, const struct data *d, size_t moved)
{
	if (in_pieces(f, d, moved))
		follow_pieces(k, f, d, moved);
	else
		pass_from(k, f, d, moved, 0);
}

static void follow_dns(struct sink *k, const struct data *d, size_t moved)
{
	struct {
		struct dndprof_dns dns;
		char name[DNS_NAME_MAX];
	} payload;
	size_t n = d->iov[0].iov_len < moved ? d->iov[0].iov_len : moved, name;

	if (dns_read(d->iov[0].iov_base, n, &payload.dns, payload.name, &name))
		put_one(k, DNDPROF_PAYLOAD_DNS, &payload, sizeof(payload.dns) + name);
}

static void follow_netlink(struct sink *k, const struct data *d, size_t moved)
{
	char message[NETLINK_LOOK];
	size_t n = gather(d, moved, 0, message, sizeof(message));
	struct dndprof_netlink netlink;

	if (d->sent && netlink_read(message, n, &netlink))
		put_one(k, DNDPROF_PAYLOAD_NETLINK, &netlink, sizeof(netlink));
}

/* The body of an exec-create that came apart from its head: its class, before the framing passes
 * over it. */
static void follow_exec_body(struct sink *k, struct flow *f, const struct data *d, size_t moved)
{
	size_t n = d->iov[0].iov_len < moved ? d->iov[0].iov_len : moved;
	uint32_t class = http_exec_class(d->iov[0].iov_base, n);

	if (f->stream[1].state == STREAM_HEAD)
		return;
	f->odd &= (uint8_t)~FLOW_EXEC_BODY;
	put_one(k, DNDPROF_PAYLOAD_BODY, &class, sizeof(class));
}

/* What does not come often. True: all that can be said of this buffer has been said. */
static __attribute__((noinline)) bool follow_odd(struct sink *k, struct flow *f,
						 const struct data *d, size_t moved)
{
	uint8_t new = d->sent ? FLOW_NEW_SENT : FLOW_NEW_RECEIVED;

	if (f->odd & new)
		first_bytes(f, d->iov[0].iov_base,
			    d->iov[0].iov_len < moved ? d->iov[0].iov_len : moved);
	f->odd &= (uint8_t) ~new;
	if (f->odd & FLOW_TLS)
		k->event->flags |= DNDPROF_RECORD_TLS;
	if (to_dns(d))
		f->odd |= FLOW_DNS;
	if (f->odd & FLOW_DNS) {
		follow_dns(k, d, moved);
		return true;
	}
	if (f->odd & FLOW_NETLINK) {
		follow_netlink(k, d, moved);
		return true;
	}
	if (f->odd & FLOW_EXEC_BODY && d->sent)
		follow_exec_body(k, f, d, moved);
	return false;
}

/* Bytes that may begin, end or belong to a message. */
static __attribute__((noinline)) void follow_message(struct sink *k, struct flow *f,
						     const struct data *d, size_t moved)
{
	struct stream *st = &f->stream[d->sent];

	if (st->state == STREAM_BODY && st->left > moved) {
		st->left -= moved;
		return;
	}
	/* Before a byte of it is kept: is it a socket still? Files may hold what looks like a head.
	 */
	if (!d->certain && st->state == STREAM_START && !fd_ask_socket(k->event->fd))
		return;
	follow_http(k, f, d, moved);
}

static inline bool dull(const struct flow *f, const struct data *d, size_t moved)
{
	return d->iovcnt == 1 && !d->to && data_dull(f, d->sent, d->iov[0].iov_base, moved);
}

static __attribute__((noinline)) void follow(struct sink *k, struct flow *f, const struct data *d,
					     size_t moved)
{
	if ((f->odd || d->to) && follow_odd(k, f, d, moved))
		return;
	if (!dull(f, d, moved) || f->odd)
		follow_message(k, f, d, moved);
}

/* A call whose bytes may matter: follows them, and writes the record with what was found. */
static __attribute__((noinline)) void done_followed(struct writer *w, const struct event *event,
						    struct flow *f, const struct data *d,
						    size_t moved)
{
	struct event e = *event;
	struct sink k = {w, &e, false};

	follow(&k, f, d, moved);
	if (!k.written)
		event_done(w, &e, NULL, 0);
}

void data_follow(struct writer *w, struct event *e, const struct data *d, size_t moved)
{
	struct sink k = {w, e, true};

	if (moved > d->asked)
		moved = d->asked;
	if (moved && d->iov && d->iovcnt > 0 && !d->peek)
		follow(&k, fd_flow(e->fd), d, moved);
}

/* Of a file (detail full): how much and how long. What it holds is nobody's business. */
static __attribute__((noinline)) void end_file(const struct span *s, unsigned call, int fd,
					       ssize_t r, const struct data *d)
{
	struct event e = span_event(s, call, r);

	e.fd = fd;
	e.arg = d->asked;
	e.flags = d->sent ? DNDPROF_RECORD_SENT : DNDPROF_RECORD_RECEIVED;
	e.bytes = r > 0 ? (uint64_t)r : 0;
	event_done(s->writer, &e, NULL, 0);
}

void data_end(const struct span *s, unsigned call, int fd, ssize_t r, const struct data *d)
{
	struct flow *f = fd_flow(fd);
	struct event e;
	size_t moved;

	if (!s->writer)
		return;
	if (unlikely(!fd_is_socket(fd))) {
		end_file(s, call, fd, r, d);
		return;
	}
	e = span_event(s, call, r);
	e.fd = fd;
	e.generation = f->generation;
	e.arg = d->asked;
	e.flags = fd_family_flag(fd) | (d->sent ? DNDPROF_RECORD_SENT : DNDPROF_RECORD_RECEIVED) |
		  (d->peek ? DNDPROF_RECORD_PEEK : 0);
	if (r > 0 && !d->peek) {
		e.bytes = (uint64_t)r;
		moved = (size_t)r < d->asked ? (size_t)r : d->asked;
		if (unlikely(!d->iov || d->iovcnt <= 0)) {
			http_pass_unseen(f, d->sent, (size_t)r);
		} else if (moved && unlikely(!dull(f, d, moved))) {
			done_followed(s->writer, &e, f, d, moved);
			return;
		}
	}
	if (!sampling_leaves_out(s->writer, &e))
		event_done_hot(s->writer, &e);
}
