/*
 * Tests of shim/go/amd64_payloads.inc: what of a Go program's messages is kept, and what never is.
 * cflags: shim/go/amd64.S
 */
#include "support/go_function.h"

static int ends[2]; /* [0] writes, [1] reads, mostly */

static int connected(void **state)
{
	(void)state;
	assert_int_equal(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, P(ends)).error, 0);
	return 0;
}

static int closed(void **state)
{
	(void)state;
	call(SYS_close, (uint64_t)ends[0], 0, 0, 0);
	call(SYS_close, (uint64_t)ends[1], 0, 0, 0);
	return 0;
}

/* What one call kept: its payload's kind, the head, the text. */
static struct kept {
	int kind;
	struct dndprof_http http;
	char text[700];
} kept_of(uint64_t at)
{
	struct kept k = {.kind = record(at)->payload};
	char bytes[800];
	size_t n = payload(at, bytes);

	if (k.kind == DNDPROF_PAYLOAD_REQUEST || k.kind == DNDPROF_PAYLOAD_RESPONSE) {
		assert_true(n >= sizeof(k.http));
		memcpy(&k.http, bytes, sizeof(k.http));
		memcpy(k.text, bytes + sizeof(k.http), n - sizeof(k.http));
	}
	return k;
}

static struct kept sent(const char *text)
{
	uint64_t at = ring_head();
	size_t n = strlen(text);

	assert_int_equal(call(SYS_write, (uint64_t)ends[0], P(text), n, 0).r1, n);
	return kept_of(at);
}

static struct kept received(size_t most)
{
	uint64_t at = ring_head();
	char *buffer = malloc(most);
	struct kept k;

	assert_true((int64_t)call(SYS_read, (uint64_t)ends[1], P(buffer), most, 0).r1 >= 0);
	k = kept_of(at);
	free(buffer);
	return k;
}

/* The peer, whose calls are not the program's. */
static void peer_writes(const char *text)
{
	assert_int_equal(write(ends[0], text, strlen(text)), (ssize_t)strlen(text));
}

static void renew(void)
{
	closed(NULL);
	connected(NULL);
}

static const struct line {
	const char *sent, *kept;
	uint32_t flags, query;
} requests[] = {
	{"GET /v1.41/version HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1.41/version HTTP/1.1", 0, 0},
	{"HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD /_ping HTTP/1.1", 0, 0},
	{"GET / HTTP/1.0\n\n", "GET / HTTP/1.0", 0, 0},
	{"POST /a?token=SECRET HTTP/1.1\r\n\r\n", "POST /a", DNDPROF_HTTP_QUERY, 0},
	{"GET /c/logs?follow=1&stdout=1&tail=all HTTP/1.1\r\n\r\n", "GET /c/logs",
	 DNDPROF_HTTP_QUERY, DNDPROF_QUERY_follow | DNDPROF_QUERY_tail},
	{"GET /a?follow=0&stream=false&wait=&until=1700000000&stdin=True HTTP/1.1\r\n\r\n",
	 "GET /a", DNDPROF_HTTP_QUERY, DNDPROF_QUERY_until | DNDPROF_QUERY_stdin},
	{"GET /a?x=follow=1&unfollow=1&followed=1&logs=1&watch=1 HTTP/1.1\r\n\r\n", "GET /a",
	 DNDPROF_HTTP_QUERY, DNDPROF_QUERY_logs | DNDPROF_QUERY_watch},
	{"GET /a? HTTP/1.1\r\n\r\n", "GET /a", DNDPROF_HTTP_QUERY, 0},
	{"GET /a?b?wait=1 HTTP/1.1\r\n\r\n", "GET /a", DNDPROF_HTTP_QUERY, 0},
	{"GET http://me:SECRET@host/ HTTP/1.1\r\n\r\n", "GET ", 0, 0},
	{"GET //me:SECRET@host/ HTTP/1.1\r\n\r\n", "GET ", 0, 0},
	{"CONNECT me:SECRET@host:443 HTTP/1.1\r\n\r\n", "CONNECT ", 0, 0},
	{"GET //a/b?c@d HTTP/1.1\r\n\r\n", "GET //a/b", DNDPROF_HTTP_QUERY, 0},
	{"GET /images/a@sha256:1/json HTTP/1.1\r\n\r\n", "GET /images/a@sha256:1/json HTTP/1.1", 0,
	 0},
	{"OPTIONS * HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1", 0, 0},
	{"CONNECT host:443 HTTP/1.1\r\n\r\n", "CONNECT host:443 HTTP/1.1", 0, 0},
	{"TRACE /a HTTP/1.1\r\n\r\n", "TRACE /a HTTP/1.1", 0, 0},
	/* and what is none */
	{"get /lower HTTP/1.1\r\n\r\n", NULL, 0, 0},
	{"GET /short", NULL, 0, 0},
	{"GETTING /x HTTP/1.1\r\n", NULL, 0, 0},
	{"GET /SECRET without a version\r\n", NULL, 0, 0},
	{"GET /SECRET HTTP/2.0\r\n", NULL, 0, 0},
	{"GET /SECRET HTTP/1.x\r\n", NULL, 0, 0},
	{"GET /SECRET\001 HTTP/1.1\r\n", NULL, 0, 0},
	{"GET /SECRET\177 HTTP/1.1\r\n", NULL, 0, 0},
};

static void expect(const struct kept *k, const struct line *l, size_t bytes)
{
	if (!l->kept) {
		assert_int_equal(k->kind, DNDPROF_PAYLOAD_NONE);
		return;
	}
	assert_int_equal(k->kind, DNDPROF_PAYLOAD_REQUEST);
	assert_string_equal(k->text, l->kept);
	assert_int_equal(k->http.flags, l->flags | DNDPROF_HTTP_INCOMPLETE);
	assert_int_equal(k->http.query, l->query);
	assert_int_equal(k->http.content_length, -1);
	assert_int_equal(k->http.head_bytes, bytes);
	assert_int_equal(k->http.hash, 0);
}

static void lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(requests); i++) {
		struct kept k = sent(requests[i].sent);

		expect(&k, &requests[i], strlen(requests[i].sent));
		k = received(4096); /* the other end reads the same, and is a server */
		expect(&k, &requests[i], strlen(requests[i].sent));
		renew();
	}
}

/* An answer to no request: not sent as one; read, it may be that its request is not seen yet. */
static void unasked(void **state)
{
	struct kept k = sent("HTTP/1.1 200 OK SECRET\r\n");

	(void)state;
	assert_int_equal(k.kind, DNDPROF_PAYLOAD_NONE);
	k = received(4096);
	assert_int_equal(k.kind, DNDPROF_PAYLOAD_RESPONSE);
	assert_string_equal(k.text, "HTTP/1.1 200");
	peer_writes("HTTP/1.1 201 SECRET\r\n");
	assert_int_equal(received(4096).kind, DNDPROF_PAYLOAD_NONE);
}

/* A server's first byte, read alone. */
static void first_byte(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(requests); i++) {
		const struct line *l = &requests[i];
		struct line joined = *l;
		struct kept k;

		if (!strncmp(l->sent, "TRACE", 5) || !strncmp(l->sent, "CONN", 4))
			joined.kept = NULL; /* not joined, and only the method */
		peer_writes(l->sent);
		k = received(1);
		assert_int_equal(k.kind, DNDPROF_PAYLOAD_NONE);
		k = received(4096);
		if (!strncmp(l->sent, "CONN", 4))
			assert_string_equal(k.text, "CONNECT ");
		else
			expect(&k, &joined, strlen(l->sent));
		renew();
	}
	peer_writes("G");
	received(1);
	peer_writes("SECRET, not the rest of a method HTTP/1.1\r\n");
	assert_int_equal(received(4096).kind, DNDPROF_PAYLOAD_NONE);
	/* a letter that waits while an answer is written */
	renew();
	peer_writes("GET /a HTTP/1.1\r\n\r\n");
	received(4096);
	peer_writes("POST /b HTTP/1.1\r\n\r\n");
	received(1);
	{
		uint64_t at = ring_head();

		call(SYS_write, (uint64_t)ends[1], P("HTTP/1.1 200 OK\r\n\r\n"), 19, 0);
		assert_string_equal(kept_of(at).text, "HTTP/1.1 200 OK");
	}
	assert_string_equal(received(4096).text, "POST /b HTTP/1.1");
	renew();
	peer_writes("ET /SECRET HTTP/1.1\r\n"); /* the letter is forgotten by now */
	assert_int_equal(received(4096).kind, DNDPROF_PAYLOAD_NONE);
}

/* While an exchange is open nothing else is a first line, whatever it looks like. */
static void bodies(void **state)
{
	static const char secret[] = "GET /SECRET HTTP/1.1\r\n\r\n",
			  answer[] = "HTTP/1.1 200 SECRET\r\n";
	int i;

	(void)state;
	for (i = 0; i < 3; i++) { /* as a client */
		assert_string_equal(sent("POST /a HTTP/1.1\r\n\r\n").text, "POST /a HTTP/1.1");
		assert_int_equal(sent(secret).kind, DNDPROF_PAYLOAD_NONE);
		assert_int_equal(sent(answer).kind, DNDPROF_PAYLOAD_NONE);
		/* the other end is a server by now */
		assert_string_equal(received(20).text, "POST /a HTTP/1.1");
		assert_int_equal(received(sizeof(secret) + 1).kind, DNDPROF_PAYLOAD_NONE);
		received(4096);
		{
			uint64_t at = ring_head();
			char buffer[100];

			call(SYS_write, (uint64_t)ends[1], P("HTTP/1.1 100 Continue\r\n\r\n"), 25,
			     0);
			assert_string_equal(kept_of(at).text, "HTTP/1.1 100 Continue");
			at = ring_head();
			call(SYS_read, (uint64_t)ends[0], P(buffer), sizeof(buffer), 0);
			assert_string_equal(kept_of(at).text, "HTTP/1.1 100 Continue");
			at = ring_head();
			call(SYS_write, (uint64_t)ends[1], P("HTTP/1.1 404 Not Found\r\n\r\n"), 26,
			     0);
			assert_string_equal(kept_of(at).text, "HTTP/1.1 404 Not Found");
			at = ring_head();
			call(SYS_read, (uint64_t)ends[0], P(buffer), sizeof(buffer), 0);
			assert_string_equal(kept_of(at).text, "HTTP/1.1 404 Not Found");
			at = ring_head(); /* the answer's body */
			call(SYS_write, (uint64_t)ends[1], P(secret), sizeof(secret), 0);
			assert_int_equal(kept_of(at).kind, DNDPROF_PAYLOAD_NONE);
			at = ring_head();
			call(SYS_read, (uint64_t)ends[0], P(buffer), sizeof(buffer), 0);
			assert_int_equal(kept_of(at).kind, DNDPROF_PAYLOAD_NONE);
			at = ring_head();
			call(SYS_write, (uint64_t)ends[1], P(answer), sizeof(answer), 0);
			assert_int_equal(kept_of(at).kind, DNDPROF_PAYLOAD_NONE);
			at = ring_head(); /* which a client cannot tell from an answer that is early
					   */
			call(SYS_read, (uint64_t)ends[0], P(buffer), sizeof(buffer), 0);
			assert_string_equal(kept_of(at).text, "HTTP/1.1 200");
			call(SYS_write, (uint64_t)ends[1], P(answer), sizeof(answer), 0);
			at = ring_head();
			call(SYS_read, (uint64_t)ends[0], P(buffer), sizeof(buffer), 0);
			assert_int_equal(kept_of(at).kind, DNDPROF_PAYLOAD_NONE);
			/* and which the next request takes for its own */
			dndprof_go_http[ends[0]] &= (uint8_t) ~(1 << HTTP_EARLY_BIT);
		}
	}
}

/* An answer that is read before the thread that wrote its request has come back from that. */
static void early(void **state)
{
	char buffer[100];
	uint64_t at;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) { /* the connection's first exchange may be such a one */
		const char *kept = i == 2 ? "HTTP/1.1 204 No Content" : "HTTP/1.1 204";

		if (i == 2)
			assert_string_equal(sent("GET /a HTTP/1.1\r\n\r\n").text,
					    "GET /a HTTP/1.1");
		assert_int_equal(write(ends[1], "HTTP/1.1 204 No Content\r\n\r\n", 27), 27);
		at = ring_head();
		call(SYS_read, (uint64_t)ends[0], P(buffer), sizeof(buffer), 0);
		assert_string_equal(kept_of(at).text, kept);
		if (i != 2)
			assert_string_equal(sent("GET /a HTTP/1.1\r\n\r\n").text,
					    "GET /a HTTP/1.1");
	}
	/* all are answered */
	assert_string_equal(sent("GET /b HTTP/1.1\r\n\r\n").text, "GET /b HTTP/1.1");
	assert_int_equal(sent("GET /c HTTP/1.1\r\n\r\n").kind, DNDPROF_PAYLOAD_NONE);
}

/* A line beyond what is looked at or kept. */
static void long_lines(void **state)
{
	static char text[10000];
	struct kept k;

	(void)state;
	memset(text, 'S', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	k = sent(text);
	assert_string_equal(k.text, "GET ");
	assert_int_equal(k.http.flags, DNDPROF_HTTP_INCOMPLETE | DNDPROF_HTTP_TRUNCATED);
	while (recv(ends[1], text, sizeof(text), MSG_DONTWAIT) > 0)
		;
	renew();
	memset(text, 'S', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	memcpy(text + 2000, " HTTP/1.1\r\n", 12);
	k = sent(text);
	assert_int_equal(strlen(k.text), HEAD_MOST - 1);
	assert_memory_equal(k.text, text, HEAD_MOST - 1);
	assert_int_equal(k.http.flags, DNDPROF_HTTP_INCOMPLETE | DNDPROF_HTTP_TRUNCATED);
}

/* After an answer 101, HTTP/2's preface and a TLS record nothing of what follows is kept. */
static void opaque(void **state)
{
	static const char *const begins[] = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
					     "\x16\x03\x01 some kind of hello"};
	static const char secret[] = "GET /SECRET HTTP/1.1\r\n\r\n";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(begins); i++) {
		sent(begins[i]);
		if (i == 1)
			assert_true(record(ring_head() - 1)->flags & DNDPROF_RECORD_TLS);
		assert_int_equal(sent(secret).kind, DNDPROF_PAYLOAD_NONE);
		renew();
	}
	peer_writes("POST /attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
	assert_int_equal(received(4096).kind, DNDPROF_PAYLOAD_REQUEST);
	call(SYS_write, (uint64_t)ends[1], P("HTTP/1.1 101 UPGRADED\r\n\r\n"), 25, 0);
	peer_writes(secret);
	assert_int_equal(received(4096).kind, DNDPROF_PAYLOAD_NONE);
}

/* ---- DNS ---- */

static const char question[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
			       "\x07"
			       "example\x03"
			       "com\x00\x00\x1c\x00\x01";
static const char answer[] = "\x12\x34\x81\x83\x00\x01\x00\x02\x00\x00\x00\x00"
			     "\x07"
			     "example\x03"
			     "com\x00\x00\x1c\x00\x01 and records";

static uint64_t resolver(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(53)};
	uint64_t fd = call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0, 0).r1;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(call(SYS_connect, fd, P(&in), sizeof(in), 0).error, 0);
	return fd;
}

static void names(void **state)
{
	static char most[300] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00";
	uint64_t fd = resolver(), at, dns;
	struct dndprof_dns d;
	char text[400];
	size_t n, i;

	(void)state;
	at = ring_head();
	call(SYS_write, fd, P(question), sizeof(question) - 1, 0);
	assert_int_equal(record(at)->payload, DNDPROF_PAYLOAD_DNS);
	n = payload(at, text);
	memcpy(&d, text, sizeof(d));
	assert_int_equal(d.id, 0x1234);
	assert_int_equal(d.flags, 0x0100);
	assert_int_equal(d.type, 28);
	assert_int_equal(d.answers, 0);
	assert_int_equal(n - sizeof(d), 11);
	assert_memory_equal(text + sizeof(d), "example.com", 11);
	/* The answer is read; it comes from a pair made to look like the resolver's socket. */
	dns = (uint64_t)ends[1];
	dndprof_go_http[dns] = HTTP_DNS;
	assert_int_equal(write(ends[0], answer, sizeof(answer) - 1), sizeof(answer) - 1);
	at = ring_head();
	call(SYS_read, dns, P(text), 100, 0);
	n = payload(at, text);
	memcpy(&d, text, sizeof(d));
	assert_int_equal(d.flags, 0x8183);
	assert_int_equal(d.answers, 2);
	assert_memory_equal(text + sizeof(d), "example.com", 11);
	assert_int_equal(n - sizeof(d), 11);
	/* the longest, the root, and what is no question */
	call(SYS_close, fd, 0, 0, 0);
	fd = (uint64_t)ends[0];
	dndprof_go_http[fd] = HTTP_DNS;
	for (i = 12; i + 63 < 250; i += 63)
		most[i] = 62, memset(most + i + 1, 'a', 62);
	most[i] = 0;
	at = ring_head();
	call(SYS_write, fd, P(most), i + 5, 0);
	assert_int_equal(payload(at, text) - sizeof(d), i - 13);
	assert_int_equal(text[sizeof(d) + 62], '.');
	most[12] = 0;
	at = ring_head();
	call(SYS_write, fd, P(most), 17, 0);
	assert_int_equal(record(at)->payload, DNDPROF_PAYLOAD_DNS);
	assert_int_equal(payload(at, text), sizeof(d));
	most[12] = 64;
	call(SYS_write, fd, P(most), i + 5, 0);
	assert_int_equal(record(ring_head() - 1)->payload, DNDPROF_PAYLOAD_NONE);
	memcpy(text, question, sizeof(question));
	for (n = 1; n < sizeof(question) - 1; n++) {
		call(SYS_write, fd, P(text), n, 0);
		assert_int_equal(record(ring_head() - 1)->payload, DNDPROF_PAYLOAD_NONE);
	}
}

struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct rtattr mask; /* ip sends one first */
	uint32_t masked;
	struct rtattr name;
	char text[16];
};

static struct dndprof_netlink sent_link(uint64_t fd, const struct link_request *request, size_t n)
{
	struct dndprof_netlink netlink;
	uint64_t at = ring_head();
	char text[600];

	call(SYS_sendto, fd, P(request), n, 0);
	memset(&netlink, 0xff, sizeof(netlink));
	if (record(at)->payload == DNDPROF_PAYLOAD_NETLINK) {
		assert_int_equal(payload(at, text), sizeof(netlink));
		memcpy(&netlink, text, sizeof(netlink));
	}
	return netlink;
}

static void links(void **state)
{
	struct link_request r = {
		.head = {sizeof(r), RTM_GETLINK, NLM_F_REQUEST, 1, 0},
		.mask = {8, IFLA_EXT_MASK},
		.name = {RTA_LENGTH(8), IFLA_IFNAME},
		.text = "docker0",
	};
	uint64_t fd = call(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0).r1, other;
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct link_request *first = (struct link_request *)(pages + 4096);
	struct dndprof_netlink netlink;
	uint64_t at;

	(void)state;
	netlink = sent_link(fd, &r, sizeof(r));
	assert_int_equal(netlink.type, RTM_GETLINK);
	assert_int_equal(netlink.flags, NLM_F_REQUEST);
	assert_int_equal(netlink.link, DNDPROF_LINK_DOCKER0);
	strcpy(r.text, "docker00");
	assert_int_equal(sent_link(fd, &r, sizeof(r)).link, DNDPROF_LINK_OTHER);
	strcpy(r.text, "lo");
	r.name.rta_len = RTA_LENGTH(3);
	assert_int_equal(sent_link(fd, &r, sizeof(r)).link, DNDPROF_LINK_OTHER);
	/* What the message does not hold is not looked at; lengths that lie lead nowhere. */
	r.head.nlmsg_len = offsetof(struct link_request, text);
	assert_int_equal(sent_link(fd, &r, sizeof(r)).link, DNDPROF_LINK_NONE);
	r.head.nlmsg_len = UINT32_MAX;
	r.mask.rta_len = 0;
	assert_int_equal(sent_link(fd, &r, sizeof(r)).link, DNDPROF_LINK_NONE);
	r.mask.rta_len = UINT16_MAX;
	assert_int_equal(sent_link(fd, &r, sizeof(r)).link, DNDPROF_LINK_NONE);
	r.head = (struct nlmsghdr){32, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0};
	netlink = sent_link(fd, &r, 32);
	assert_int_equal(netlink.flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(netlink.link, DNDPROF_LINK_NONE);
	r.head.nlmsg_type = RTM_GETADDR;
	assert_int_equal(sent_link(fd, &r, 32).type, RTM_GETADDR);
	/* at the begin of memory, and less than a head */
	munmap(pages, 4096);
	memcpy(first, &r, sizeof(r));
	assert_int_equal(sent_link(fd, first, 32).type, RTM_GETADDR);
	assert_int_equal(sent_link(fd, first, 15).type, UINT16_MAX);
	munmap(first, 4096);
	/* another protocol's numbers mean other things */
	other = call(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, 0).r1;
	assert_int_equal(sent_link(other, &r, sizeof(r)).type, UINT16_MAX);
	at = ring_head();
	call(SYS_recvfrom, fd, P(&r), sizeof(r), MSG_DONTWAIT);
	assert_int_equal(record(at)->payload, DNDPROF_PAYLOAD_NONE);
	call(SYS_close, other, 0, 0, 0);
	call(SYS_close, fd, 0, 0, 0);
}

/* A descriptor that begins anew has no past. */
static void reused(void **state)
{
	uint64_t fd = resolver(), again;

	(void)state;
	call(SYS_close, fd, 0, 0, 0);
	again = call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0).r1;
	assert_int_equal(again, fd);
	assert_int_equal(dndprof_go_http[again], 0);
	call(SYS_close, again, 0, 0, 0);
}

int main(void)
{
#define ON_A_PAIR(test) cmocka_unit_test_setup_teardown(test, connected, closed)
	const struct CMUnitTest tests[] = {
		ON_A_PAIR(lines),	 ON_A_PAIR(first_byte), ON_A_PAIR(bodies),
		ON_A_PAIR(long_lines),	 ON_A_PAIR(opaque),	ON_A_PAIR(names),
		ON_A_PAIR(reused),	 ON_A_PAIR(early),	ON_A_PAIR(unasked),
		cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, open_gate, NULL);
}
