/*
 * http.h - follows the framing of HTTP/1 on a socket, buffer by buffer, and yields what may be kept
 * of each head: the first line up to '?', and derived facts (profile.h, struct dndprof_http).
 * Nothing else of a message is looked at, so that a body that looks like a head is never taken for
 * one.
 *
 * This is not a validating parser (the analyzer has llhttp for what was kept): it finds where
 * messages begin. When it cannot follow, it falls back to "a head may begin with the next buffer".
 */
#ifndef DNDPROF_SHIM_HTTP_H
#define DNDPROF_SHIM_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libc/fds.h"
#include "recorder/recorder.h"

#define HTTP_LINE_MAX 400

/* What is kept of a head: facts, and the first line in one or two pieces of the caller's buffer. */
struct http_message {
	struct dndprof_http http;
	struct part line[2];
	bool response;
};

typedef void http_sink(void *arg, const struct http_message *m);

/* First four bytes of all first lines there are. X(a, b, c, d) */
/* clang-format off */
#define HTTP_BEGINNINGS(X) \
	X('H', 'T', 'T', 'P') X('G', 'E', 'T', ' ') X('P', 'O', 'S', 'T') X('H', 'E', 'A', 'D') \
	X('P', 'U', 'T', ' ') X('D', 'E', 'L', 'E') X('P', 'A', 'T', 'C') X('O', 'P', 'T', 'I') \
	X('C', 'O', 'N', 'N') X('T', 'R', 'A', 'C') X('P', 'R', 'I', ' ')
/* clang-format on */

/* May a first line begin with these bytes, or these bytes be the beginning of one? For the hot
 * path: most buffers do not begin with a capital letter even. */
static inline __attribute__((always_inline)) bool http_may_begin(const char *p, size_t n)
{
	uint32_t w = 0, mask = n < 4 ? (1u << 8 * n) - 1 : UINT32_MAX;

	if (n == 0 || *p < 'C' || *p > 'T')
		return false;
	memcpy(&w, p, n < 4 ? n : 4);
#define HTTP_IS(a, b, c, d)                                                                      \
	|| ((w ^                                                                                 \
	     ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)) & \
	    mask) == 0
	return false HTTP_BEGINNINGS(HTTP_IS);
#undef HTTP_IS
}

/*
 * Takes the n bytes that passed in direction `sent` of flow f, and gives each head found in them to
 * sink. `certain`: returns whether the descriptor is a socket indeed; asked at most once, before
 * the first head is taken.
 */
void http_pass(struct flow *f, bool sent, const char *p, size_t n, http_sink *sink, void *arg);

/* Takes n bytes that passed out of sight (sendfile, MSG_TRUNC). Where they may have held a head,
 * nothing can be said of what follows: the direction is opaque from there on. */
void http_pass_unseen(struct flow *f, bool sent, size_t n);

/* Sets the secret for dndprof_http.hash; NULL: no hashes. */
void http_secret(const uint8_t key[16]);

/* What an exec-create with this JSON body would run. */
unsigned http_exec_class(const char *body, size_t n);

#endif
