/*
 * dump.h - every record, decoded, in time order.
 */
#ifndef ANALYZER_DUMP_H
#define ANALYZER_DUMP_H

#include "render/table.h"

void dump_text(struct buffer *buffer, const struct style *style, const struct model *model);
/* One JSON object a line. */
void dump_jsonl(struct buffer *buffer, const struct style *style, const struct model *model);

/* `flush` may be NULL: it is called now and then with what is there, to keep memory bounded. */
typedef void dump_flush(struct buffer *buffer);
void dump_on_flush(dump_flush *flush);

#endif
