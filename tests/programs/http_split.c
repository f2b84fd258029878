/*
 * http_split.c - HTTP heads that leave and come in odd ways: in two sends, in vectors, in
 * messages, several at once, peeked at, with a body in the same buffer, long, and things that
 * only look like HTTP. The test looks in the records for exactly the requests and responses named
 * here by their targets and reasons, in this order.
 */
// cflags: -D_FORTIFY_SOURCE=2
#include "check.h"
#include <sys/socket.h>
#include <sys/uio.h>

static int client, server;
static char in[20000];
static volatile size_t room = sizeof in;

/* A pair of its own for each part: the next flow owes nothing to the last. */
static void connected(void)
{
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	client = pair[0];
	server = pair[1];
}

static void done(void)
{
	close(client);
	close(server);
}

static void arrives(size_t length)
{
	size_t at = 0;

	while (at < length) {
		ssize_t got = recv(server, in + at, room - at, 0);

		if (got <= 0)
			break;
		at += got;
	}
	CHECK(at == length, "%zu bytes came of %zu", at, length);
}

static void say(const char *text)
{
	GIVES(send(client, text, strlen(text), 0), strlen(text));
	arrives(strlen(text));
}

static void answer(const char *text)
{
	GIVES(write(server, text, strlen(text)), strlen(text));
	GIVES(read(client, in, room), strlen(text));
}

static void pieces(void)
{
	connected();
	say("GET /two-sends HTTP/1.1\r\n");
	say("Host: docker\r\n\r\n");
	answer("HTTP/1.1 200 Two Sends\r\nContent-Length: 2\r\n\r\nok");
	say("POST /head-then-body HTTP/1.1\r\nContent-Length: 4\r\n\r\n");
	say("body");
	answer("HTTP/1.1 201 Head Then Body\r\nContent-Length: 0\r\n\r\n");
	done();
}

static void vectors(void)
{
	struct iovec parts[] = {{"PUT ", 4},
				{"/vector HTTP/1.1\r\nContent-Le", 28},
				{"ngth: 3\r\n", 9},
				{"\r\n", 2},
				{"abc", 3}};
	struct iovec both[2] = {{"DELETE /message HTTP/1.1\r\n\r\n", 28}, {NULL, 0}};
	struct msghdr message = {.msg_iov = both, .msg_iovlen = 2};
	struct mmsghdr several[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
	char byte;
	struct iovec into[2] = {{&byte, 1}, {in, sizeof in}};

	connected();
	GIVES(writev(client, parts, 5), 46);
	GIVES(readv(server, into, 2), 46);
	answer("HTTP/1.1 200 Vector\r\nContent-Length: 0\r\n\r\n");
	GIVES(sendmsg(client, &message, 0), 28);
	arrives(28);
	answer("HTTP/1.1 200 Message\r\nContent-Length: 0\r\n\r\n");
	GIVES(sendmmsg(client, several, 2, 0), 2);
	arrives(56);
	answer("HTTP/1.1 200 First\r\nContent-Length: 0\r\n\r\n");
	answer("HTTP/1.1 200 Second\r\nContent-Length: 0\r\n\r\n");
	done();
}

static void together(void)
{
	connected();
	say("GET /pipelined-1 HTTP/1.1\r\n\r\nGET /pipelined-2 HTTP/1.1\r\n\r\n");
	answer("HTTP/1.1 200 P1\r\nContent-Length: 1\r\n\r\n1"
	       "HTTP/1.1 200 P2\r\nContent-Length: 1\r\n\r\n2");
	done();

	/* Peeked at first, then taken: one response. */
	connected();
	say("GET /peeked HTTP/1.1\r\n\r\n");
	GIVES(send(server, "HTTP/1.1 200 Peeked\r\nContent-Length: 0\r\n\r\n", 42, 0), 42);
	GIVES(recv(client, in, room, MSG_PEEK), 42);
	GIVES(recv(client, in, room, 0), 42);
	done();
}

/* Through descriptors that are copies, and through syscall-free stdio. */
static void copies(void)
{
	FILE *stream;
	int copy;

	connected();
	copy = dup(client);
	GIVES(write(copy, "GET /copied HTTP/1.1\r\n\r\n", 24), 24);
	arrives(24);
	GIVES(close(copy), 0);
	answer("HTTP/1.1 200 Copied\r\nContent-Length: 0\r\n\r\n");
	stream = fdopen(dup(client), "w");
	fprintf(stream, "GET /%s HTTP/1.1\r\n\r\n", "stdio");
	fclose(stream);
	arrives(23);
	done();
}

static void lengths(void)
{
	static char target[7000];

	memset(target, 'a', sizeof target - 1);
	connected();
	memcpy(target, "GET /long/", 10);
	memcpy(target + sizeof target - 14, " HTTP/1.1\r\n\r\n", 13);
	say(target);
	answer("HTTP/1.1 200 Long\r\nContent-Length: 0\r\n\r\n");
	say("GET /query?secret=planted&follow=1 HTTP/1.1\r\nX: planted\r\n\r\n");
	answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	done();
}

/* First lines that come apart: each on a flow of its own, read as it was sent. */
static void broken_lines(void)
{
	static const char *const parts[][2] = {{"GET /mid", "dle-1 HTTP/1.1\r\n\r\n"},
					       {"G", "ET /middle-2 HTTP/1.1\r\n\r\n"},
					       {"GET /middle-3 HTTP/1.1\r", "\n\r\n"}};

	for (int i = 0; i < 3; i++) {
		connected();
		say(parts[i][0]);
		say(parts[i][1]);
		answer("HTTP/1.1 200 Mid");
		answer("dle\r\nContent-Length: 0\r\n\r\n");
		done();
	}
}

/* No HTTP: must make no request and no response. */
static void others(void)
{
	connected();
	say("GETTING /there\r\n\r\n");
	say("G");
	say("HTTP");
	say("get /lower HTTP/1.1\r\n\r\n");
	say("\x16\x03\x01\x02GET / HTTP/1.1\r\n\r\n");
	done();
}

int main(void)
{
	pieces();
	vectors();
	together();
	copies();
	lengths();
	broken_lines();
	others();
	return check_end();
}
