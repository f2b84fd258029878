/*
 * Fuzzes the shim's view of HTTP: any bytes, cut anywhere, in both directions. What it
 * keeps must lie inside what it was given, and nothing may be kept beyond its limit.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libc/http.c"
#include "libc/http_text.c"

struct given {
	const char *p;
	size_t n;
};

static void inside(const struct given *g, const struct part *part)
{
	const char *p = part->p;

	if (part->n)
		assert(p >= g->p && p + part->n <= g->p + g->n);
}

static void note(void *arg, const struct http_message *m)
{
	inside(arg, &m->line[0]);
	inside(arg, &m->line[1]);
	assert(m->line[0].n + m->line[1].n <= HTTP_LINE_MAX);
	assert(!m->line[0].n || !memchr(m->line[0].p, '\n', m->line[0].n));
	assert(!m->line[1].n || !memchr(m->line[1].p, '?', m->line[1].n));
}

/* A copy of its own for each piece: a read beyond it is seen. */
static void pass(struct flow *flow, bool sent, const uint8_t *p, size_t n)
{
	char *copy = malloc(n ? n : 1);
	struct given g = {copy, n};

	memcpy(copy, p, n);
	http_pass(flow, sent, copy, n, note, &g);
	http_exec_class(copy, n);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow flow = {0};

	/* A byte says how long the next piece is and which way it goes. */
	while (size) {
		size_t n = *data & 0x7f;
		bool sent = *data & 0x80;

		data++;
		size--;
		n = n == 0x7f || n > size ? size : n;
		pass(&flow, sent, data, n);
		data += n;
		size -= n;
	}
	return 0;
}
