/*
 * engine.h - does a container engine answer here? Asked by libcurl, which is loaded only for this.
 */
#ifndef ANALYZER_ENGINE_H
#define ANALYZER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

/* Where docker would look: $DOCKER_HOST, else the sockets that exist. `next` counts from 0; false:
 * there are no more. */
bool engine_address(size_t next, char *address, size_t room);
/* Asks for its version, at most 3 s. One line about the answer; true: it answered. */
bool engine_ask(const char *address, char *answer, size_t room);

#endif
