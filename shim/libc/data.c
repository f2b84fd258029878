/* data.c - see data.h. */
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>

#include "libc/data.h"
#include "libc/dns.h"
#include "libc/http.h"

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

static bool peer_is_dns(const struct sockaddr *a)
{
	/* sin_port and sin6_port lie at the same place. */
	return a && (a->sa_family == AF_INET || a->sa_family == AF_INET6) &&
	       ((const struct sockaddr_in *)a)->sin_port == htons(53);
}

static void first_bytes(struct flow *f, struct stream *st, const char *p, size_t n)
{
	st->seen = 1;
	if (n >= 3 && p[0] == 0x16 && p[1] == 0x03 && (unsigned char)p[2] <= 4) {
		f->tls = 1;
		f->stream[0].state = f->stream[1].state = STREAM_OPAQUE;
		recorder_note(DNDPROF_NOTE_TLS);
	}
}

/* A head written in crumbs: joins what fits, so that its first line is whole. Apart, for it needs
 * room on the stack. */
static __attribute__((noinline)) void follow_crumbs(struct sink *k, struct flow *f,
						    const struct data *d, size_t moved)
{
	struct stream *st = &f->stream[d->sent];
	char joined[1024] = "";
	size_t n = 0;
	int i;

	for (i = 0; i < d->iovcnt && n < sizeof(joined) && n < moved; i++) {
		size_t w = d->iov[i].iov_len;

		w = w > moved - n ? moved - n : w;
		w = w > sizeof(joined) - n ? sizeof(joined) - n : w;
		memcpy(joined + n, d->iov[i].iov_base, w);
		n += w;
	}
	http_pass(f, d->sent, joined, n, put_http, k);
	/* Bytes that did not fit still count against the body they belong to. */
	if (moved > n && st->state == STREAM_BODY) {
		st->left = st->left > moved - n ? st->left - (moved - n) : 0;
		st->state = st->left ? STREAM_BODY : STREAM_START;
	}
}

static void follow_http(struct sink *k, struct flow *f, const struct data *d, size_t moved)
{
	size_t left = moved, n;
	int i;

	if (d->iovcnt > 1 && f->stream[d->sent].state == STREAM_START &&
	    d->iov[0].iov_len < moved && !memchr(d->iov[0].iov_base, '\n', d->iov[0].iov_len)) {
		follow_crumbs(k, f, d, moved);
		return;
	}
	for (i = 0; i < d->iovcnt && left; i++) {
		n = d->iov[i].iov_len < left ? d->iov[i].iov_len : left;
		http_pass(f, d->sent, d->iov[i].iov_base, n, put_http, k);
		left -= n;
	}
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
	struct nlmsghdr h;

	if (!d->sent || d->iov[0].iov_len < sizeof(h) || moved < sizeof(h))
		return;
	memcpy(&h, d->iov[0].iov_base, sizeof(h));
	put_one(k, DNDPROF_PAYLOAD_NETLINK, &h.nlmsg_type, sizeof(h.nlmsg_type));
}

/* The body of an exec-create that came apart from its head: its class, before the framing passes
 * over it. */
static void follow_exec_body(struct sink *k, struct flow *f, const struct data *d, size_t moved)
{
	size_t n = d->iov[0].iov_len < moved ? d->iov[0].iov_len : moved;
	uint32_t class = http_exec_class(d->iov[0].iov_base, n);

	if (f->stream[d->sent].state == STREAM_HEAD)
		return;
	f->exec_body = 0;
	put_one(k, DNDPROF_PAYLOAD_BODY, &class, sizeof(class));
}

/* Nothing of this buffer can matter: inside a body, or no head begins here. The hot path of bulk
 * data. */
static bool dull(const struct flow *f, const struct data *d, size_t moved)
{
	const struct stream *st = &f->stream[d->sent];

	return st->state == STREAM_OPAQUE || (st->state == STREAM_START && d->iovcnt == 1 &&
					      !http_may_begin(d->iov[0].iov_base, moved));
}

static void follow(struct sink *k, struct flow *f, const struct data *d, size_t moved)
{
	struct stream *st = &f->stream[d->sent];
	uint8_t class = fd_class(k->event->fd);

	if (unlikely(!st->seen))
		first_bytes(f, st, d->iov[0].iov_base,
			    d->iov[0].iov_len < moved ? d->iov[0].iov_len : moved);
	if (f->tls)
		k->event->flags |= DNDPROF_RECORD_TLS;
	if (unlikely(f->dns) || unlikely(peer_is_dns(d->peer))) {
		follow_dns(k, d, moved);
		return;
	}
	if (unlikely(class == FD_NETLINK)) {
		follow_netlink(k, d, moved);
		return;
	}
	if (unlikely(f->exec_body) && d->sent)
		follow_exec_body(k, f, d, moved);
	if (dull(f, d, moved))
		return;
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

void data_follow(struct writer *w, struct event *e, const struct data *d, size_t moved)
{
	struct sink k = {w, e, true};

	if (moved > d->asked)
		moved = d->asked;
	if (moved && d->iov && d->iovcnt > 0 && !d->peek)
		follow(&k, fd_flow(e->fd), d, moved);
}

void data_end(const struct span *s, unsigned call, int fd, ssize_t r, const struct data *d)
{
	struct event e;
	struct sink k = {s->writer, &e, false};
	struct flow *f;

	if (!s->writer)
		return;
	e = span_event(s, call, r);
	f = fd_flow(fd);
	e.fd = fd;
	e.generation = f->generation;
	e.arg = d->asked;
	e.flags = fd_family_flag(fd) | (d->sent ? DNDPROF_RECORD_SENT : DNDPROF_RECORD_RECEIVED);
	if (d->peek)
		e.flags |= DNDPROF_RECORD_PEEK;
	if (r > 0 && !d->peek) {
		e.bytes = (uint64_t)r;
		/* MSG_TRUNC returns more than the buffer holds. */
		if (d->iov && d->iovcnt > 0)
			follow(&k, f, d, (size_t)r < d->asked ? (size_t)r : d->asked);
	}
	if (!k.written)
		event_done(s->writer, &e, NULL, 0);
}
