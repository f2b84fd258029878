/*
 * Tests of shim/libc/http.c: which heads are found in what passes, whatever way it is cut, what is
 * kept of them, and that nothing that belongs to a body is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libc/http.c"
#include "libc/http_text.c"

struct found {
	int count;
	struct dndprof_http http[8];
	char line[8][HTTP_LINE_MAX + 1];
	int continued;
};

static void note(void *arg, const struct http_message *m)
{
	struct found *f = arg;

	if (m->http.flags & DNDPROF_HTTP_CONTINUED) {
		f->continued++;
		f->http[7] = m->http;
		return;
	}
	assert_true(f->count < 7);
	f->http[f->count] = m->http;
	memcpy(f->line[f->count], m->line[0].p, m->line[0].n);
	if (m->line[1].n)
		memcpy(f->line[f->count] + m->line[0].n, m->line[1].p, m->line[1].n);
	f->line[f->count][m->line[0].n + m->line[1].n] = 0;
	f->count++;
}

/* Passes text in pieces of `step` bytes. */
static void pass(struct flow *flow, bool sent, const char *text, size_t step, struct found *f)
{
	size_t n = strlen(text), at;

	for (at = 0; at < n; at += step)
		http_pass(flow, sent, text + at, n - at < step ? n - at : step, note, f);
}

static void sent(const char *text, struct found *f)
{
	struct flow flow = {0};

	memset(f, 0, sizeof(*f));
	pass(&flow, true, text, SIZE_MAX / 2, f);
}

static void request_line_is_kept(void **state)
{
	struct found f;

	(void)state;
	sent("GET /v1.41/containers/json HTTP/1.1\r\nHost: x\r\n\r\n", &f);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.line[0], "GET /v1.41/containers/json HTTP/1.1");
	assert_int_equal(f.http[0].content_length, -1);
	assert_int_equal(f.http[0].flags, 0);
}

static void query_is_not(void **state)
{
	struct found f;

	(void)state;
	sent("GET /logs?follow=1&stdout=1&tail=0&secret=SECRET&stream=false HTTP/1.1\r\n\r\n", &f);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.line[0], "GET /logs");
	assert_int_equal(f.http[0].flags, DNDPROF_HTTP_QUERY);
	assert_int_equal(f.http[0].query, DNDPROF_QUERY_follow);
}

static void user_information_is_not(void **state)
{
	static const char *const targets[] = {
		"http://user:SECRET@host/path",
		"http://user:SECRET@host/path?x=SECRET",
		"http://user:SE@SECRET@host/path",
		"https://SECRET@host",
		"user:SECRET@host:443",
		"http://user:SE?SECRET@host/",
		"ftp://user:SECRET@host/file",
		"HTTP://user:SECRET@host/",
		"//user:SECRET@host/x",
		"a+b://SECRET@host/",
		"h2-c.x://user:SECRET@host",
	};
	struct found f;
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		strcpy(text, "GET ");
		strcat(text, targets[i]);
		strcat(text, " HTTP/1.1\r\n\r\n");
		sent(text, &f);
		assert_int_equal(f.count, 1);
		assert_null(strstr(f.line[0], "SE"));
	}
	sent("GET http://user:SECRET@host/path HTTP/1.1\r\n\r\n", &f);
	assert_string_equal(f.line[0], "GET http://host/path HTTP/1.1");
}

static void facts(void **state)
{
	struct found f;

	(void)state;
	sent("POST /x HTTP/1.1\r\ncontent-LENGTH:  12\r\nConnection: Close\r\nExpect: "
	     "100-continue\r\n"
	     "Upgrade: h2c\r\n\r\n",
	     &f);
	assert_int_equal(f.http[0].content_length, 12);
	assert_int_equal(f.http[0].flags, DNDPROF_HTTP_CLOSE | DNDPROF_HTTP_CONTINUE |
						  DNDPROF_HTTP_UPGRADE | DNDPROF_HTTP_H2C);
}

static void body_that_looks_like_a_head(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "POST /x HTTP/1.1\r\nContent-Length: 26\r\n\r\n", 1000, &f);
	pass(&flow, true, "GET /SECRET HTTP/1.1\r\nab\r\n", 26, &f);
	pass(&flow, true, "GET /next HTTP/1.1\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.line[1], "GET /next HTTP/1.1");
}

static void chunks_that_look_like_heads(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	static const char *const pieces[] = {
		"19;x=y\r\n",
		"HTTP/1.1 200 SECRET\r\n\r\nab",
		"\r\n",
		"5\r\nhello\r\n0\r\n",
		"X-Trailer: SECRET\r\n\r\n",
		"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
	};
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, false, head, 1000, &f);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		pass(&flow, false, pieces[i], 1000, &f);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.line[1], "HTTP/1.1 201 Created");
}

/* Requests and answers on one flow, cut every way there is: the heads found never change, as long
 * as first lines are whole. */
static void pipelined_however_cut(void **state)
{
	static const char text[] = "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"
				   "POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
				   "GET /c HTTP/1.1\r\nHost: x\r\n\r\n";
	struct found f;

	(void)state;
	sent(text, &f);
	assert_int_equal(f.count, 3);
	assert_string_equal(f.line[0], "HEAD /a HTTP/1.1");
	assert_string_equal(f.line[1], "POST /b HTTP/1.1");
	assert_string_equal(f.line[2], "GET /c HTTP/1.1");
	/* Cut inside the second's body and head lines: */
	for (size_t cut = 49; cut < 77; cut++) {
		struct flow flow = {0};

		memset(&f, 0, sizeof(f));
		http_pass(&flow, true, text, cut, note, &f);
		http_pass(&flow, true, text + cut, sizeof(text) - 1 - cut, note, &f);
		assert_true(f.count >= 2);
		assert_null(strstr(f.line[f.count - 1], "hello"));
	}
}

static void head_in_two(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "POST /x HTTP/1.1\r\n", 1000, &f);
	assert_int_equal(f.count, 1);
	assert_true(f.http[0].flags & DNDPROF_HTTP_INCOMPLETE);
	pass(&flow, true, "Content-Length: 20\r\n\r\n", 1000, &f);
	assert_int_equal(f.continued, 1);
	assert_int_equal(f.http[7].content_length, 20);
	pass(&flow, true, "GET /no HTTP/1.1\r\nx\r\n", 20, &f);
	assert_int_equal(f.count, 1);
}

static void answer_to_head_has_no_body(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "HEAD /_ping HTTP/1.1\r\n\r\n", 1000, &f);
	pass(&flow, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", 1000, &f);
	pass(&flow, true, "GET /version HTTP/1.1\r\n\r\n", 1000, &f);
	pass(&flow, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxx", 1000, &f);
	assert_int_equal(f.count, 4);
}

static void upgraded_flow_is_opaque(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "POST /attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n", 1000, &f);
	pass(&flow, false, "HTTP/1.1 101 UPGRADED\r\n\r\n", 1000, &f);
	pass(&flow, false, "HTTP/1.1 200 SECRET\r\n\r\n", 1000, &f);
	pass(&flow, true, "GET /SECRET HTTP/1.1\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 2);
}

/* What goes through a tunnel is for neither the proxy nor us; one that was refused is asked for
 * again over the same connection. */
static void tunnel_is_opaque(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "CONNECT host:443 HTTP/1.1\r\n\r\n", 1000, &f);
	pass(&flow, true, "GET /SECRET HTTP/1.1\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 1);
	pass(&flow, false, "HTTP/1.1 407 Who are you?\r\nContent-Length: 2\r\n\r\nno", 1000, &f);
	pass(&flow, true, "CONNECT host:443 HTTP/1.1\r\n\r\n", 1000, &f);
	pass(&flow, false, "HTTP/1.1 200 Yes\r\nContent-Length: 0\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 4);
	assert_string_equal(f.line[2], "CONNECT host:443 HTTP/1.1");
	pass(&flow, true, "GET /SECRET HTTP/1.1\r\n\r\n", 1000, &f);
	pass(&flow, false, "HTTP/1.1 200 SECRET\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 4);
}

static void unprintable_ends_the_line(void **state)
{
	struct found f;

	(void)state;
	sent("GET /esc\x1b[31mSECRET HTTP/1.1\r\n\r\n", &f);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.line[0], "GET /esc");
	assert_true(f.http[0].flags & DNDPROF_HTTP_TRUNCATED);
}

/* A body sent out of sight (sendfile) is counted; where a head may have been, all that follows is
 * left alone. */
static void unseen_bytes(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "POST /a HTTP/1.1\r\nContent-Length: 100\r\n\r\n", 1000, &f);
	http_pass_unseen(&flow, true, 60);
	http_pass_unseen(&flow, true, 40);
	pass(&flow, true, "POST /b HTTP/1.1\r\nContent-Length: 25\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 2);
	http_pass_unseen(&flow, true, 26);
	pass(&flow, true, "GET /SECRET HTTP/1.1\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 2);
}

static void upgrade_turned_down(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "GET /a HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", 1000, &f);
	pass(&flow, true, "GET /SECRET HTTP/1.1\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 1);
	pass(&flow, false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1000, &f);
	pass(&flow, true, "GET /b HTTP/1.1\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 3);
	assert_string_equal(f.line[2], "GET /b HTTP/1.1");
}

static void continue_does_not_end_it(void **state)
{
	struct flow flow = {0};
	struct found f = {0};

	(void)state;
	pass(&flow, true, "PUT /x HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
	     1000, &f);
	pass(&flow, false,
	     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1000, &f);
	assert_int_equal(f.count, 3);
	assert_string_equal(f.line[2], "HTTP/1.1 200 OK");
}

static void what_is_no_head(void **state)
{
	static const char *const texts[] = {
		"GET SECRET\r\n\r\n",	       "GET /SECRET HTTP/9\r\n\r\n",
		"POST-IT: SECRET SECRET\r\n",  "GET /SECRET HTTP/1.1",
		"HTTP/1.1 SECRET\r\n\r\n",     "GET  HTTP/1.1\r\n\r\n",
		"TRACSECRETSECRET HTTP/1.1\n",
	};
	struct found f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		sent(texts[i], &f);
		if (f.count)
			assert_null(strstr(f.line[0], "GET SECRET"));
		else
			assert_int_equal(f.count, 0);
	}
}

static void long_lines_are_cut(void **state)
{
	char text[2000] = "GET /";
	struct found f;

	(void)state;
	memset(text + 5, 'a', 1000);
	strcpy(text + 1005, " HTTP/1.1\r\n\r\n");
	sent(text, &f);
	assert_int_equal(f.count, 1);
	assert_int_equal(strlen(f.line[0]), HTTP_LINE_MAX);
	assert_true(f.http[0].flags & DNDPROF_HTTP_TRUNCATED);
}

static void exec_classes(void **state)
{
	static const struct {
		const char *body;
		unsigned class;
	} cases[] = {
		{"{\"Cmd\":[\"ping\",\"-c\",\"1\",\"web\"]}", DNDPROF_EXEC_PING_NAME},
		{"{\"Tty\":false, \"Cmd\": [ \"/bin/ping\", \"10.0.0.1\" ]}",
		 DNDPROF_EXEC_PING_ADDRESS},
		{"{\"Cmd\":[\"ping6\",\"fe80::1\"]}", DNDPROF_EXEC_PING_ADDRESS},
		{"{\"Cmd\":[\"nslookup\",\"x\"]}", DNDPROF_EXEC_LOOKUP},
		{"{\"Cmd\":[\"/usr/bin/getent\",\"hosts\",\"x\"]}", DNDPROF_EXEC_LOOKUP},
		{"{\"Cmd\":[\"sh\",\"-c\",\"ping x\"]}", DNDPROF_EXEC_OTHER},
		{"{\"Cmd\":[\"ping\",\"web\",\"-c\",\"1\"]}", DNDPROF_EXEC_PING_NAME},
		{"{\"Cmd\":[\"/bin/busybox\",\"ping\",\"-c1\",\"10.1.2.3\"],\"User\":\"x\"}",
		 DNDPROF_EXEC_PING_ADDRESS},
		{"{\"Cmd\":[]}", DNDPROF_EXEC_NONE},
		{"{\"Cmd\":[\"pi", DNDPROF_EXEC_NONE},
		{"{\"Cmd\":", DNDPROF_EXEC_NONE},
		{"", DNDPROF_EXEC_NONE},
		{"{\"Env\":[\"Cmd=ping\"]}", DNDPROF_EXEC_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(http_exec_class(cases[i].body, strlen(cases[i].body)),
				 cases[i].class);
}

static void hashes_tell_requests_apart(void **state)
{
	static const uint8_t key[16] = {1, 2, 3};
	struct found a, b, c;

	(void)state;
	http_secret(key);
	sent("GET /x?a=1 HTTP/1.1\r\n\r\n", &a);
	sent("GET /x?a=2 HTTP/1.1\r\n\r\n", &b);
	sent("GET /x?a=1 HTTP/1.1\r\nHost: other\r\n\r\n", &c);
	http_secret(NULL);
	assert_true(a.http[0].hash != 0 && a.http[0].hash != b.http[0].hash);
	assert_true(a.http[0].hash == c.http[0].hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_line_is_kept),
		cmocka_unit_test(query_is_not),
		cmocka_unit_test(user_information_is_not),
		cmocka_unit_test(facts),
		cmocka_unit_test(body_that_looks_like_a_head),
		cmocka_unit_test(chunks_that_look_like_heads),
		cmocka_unit_test(pipelined_however_cut),
		cmocka_unit_test(head_in_two),
		cmocka_unit_test(answer_to_head_has_no_body),
		cmocka_unit_test(upgraded_flow_is_opaque),
		cmocka_unit_test(tunnel_is_opaque),
		cmocka_unit_test(unprintable_ends_the_line),
		cmocka_unit_test(unseen_bytes),
		cmocka_unit_test(upgrade_turned_down),
		cmocka_unit_test(continue_does_not_end_it),
		cmocka_unit_test(what_is_no_head),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(exec_classes),
		cmocka_unit_test(hashes_tell_requests_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
