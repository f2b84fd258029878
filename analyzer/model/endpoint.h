/*
 * endpoint.h - from a request's path to the name of what was asked for: "/v1.41/containers/4f2a.../
 * json" is the endpoint "/containers/{id}/json".
 */
#ifndef ANALYZER_ENDPOINT_H
#define ANALYZER_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/calls.h>

#define ENDPOINT_TEXT 256

/* When a request to an endpoint answers as long as something lasts, rather than as fast as it can.
 */
enum endpoint_stream {
	ENDPOINT_STREAM_NEVER,
	ENDPOINT_STREAM_ALWAYS,
	ENDPOINT_STREAM_UNLESS_UNTIL, /* events */
	ENDPOINT_STREAM_FOLLOW,	      /* logs */
	ENDPOINT_STREAM_STATS,	      /* unless the query switches it off */
	ENDPOINT_STREAM_UPGRADE,      /* when the request asks for one */
};

struct endpoint {
	char text[ENDPOINT_TEXT];
	enum dndprof_category category; /* DOCKER_API only where the path alone says so */
	bool listed;			/* the engine's table has it */
	enum endpoint_stream stream;
};

void endpoint_of(const char *target, struct endpoint *endpoint);
/* Is this a fixed segment of a path in the tables, rather than a name of something? */
bool endpoint_has_word(const char *segment, size_t length);
/* Of a request with these DNDPROF_HTTP_ flags and query bits. */
bool endpoint_streams(const struct endpoint *endpoint, uint32_t flags, uint32_t query);

#endif
