/*
 * payload.h - what follows a record, decoded.
 */
#ifndef ANALYZER_PAYLOAD_H
#define ANALYZER_PAYLOAD_H

#include "render/table.h"

/* A key and an object or text, anonymous where the style says so; NULL: the record has no payload.
 */
json_t *payload_json(const struct style *style, const struct profile_record *record,
		     const char **key);
/* Adds " KEY TEXT", escaped. */
void payload_text(struct buffer *buffer, const struct style *style,
		  const struct profile_record *record);

#endif
