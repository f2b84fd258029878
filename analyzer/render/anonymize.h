/*
 * anonymize.h - a decoded payload without what names people, machines or places: for dumps that are
 * given away. What is not known to be harmless becomes a label; the same text gives the same label
 * within one output, and nobody can try texts against it, for its secret is gone afterwards.
 */
#ifndef ANALYZER_ANONYMIZE_H
#define ANALYZER_ANONYMIZE_H

#include <jansson.h>
#include <stdint.h>

struct labels {
	uint8_t key[16];
};

/* Makes the secret. A negative errno when there is no randomness. */
int labels_make(struct labels *labels);
/* The payload (enum dndprof_payload) of a record, as payload.c decodes it; takes over `json`. */
json_t *anonymize(const struct labels *labels, unsigned int payload, json_t *json);
/* "KIND-" and the text's label. */
json_t *anonymous_text(const struct labels *labels, const char *kind, const char *text,
		       size_t length);

#endif
