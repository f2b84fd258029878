/*
 * xml.h - text in XML. What came out of a profile is text there and nothing else.
 */
#ifndef ANALYZER_XML_H
#define ANALYZER_XML_H

#include "base/buffer.h"

/* Adds `text`, of content or of an attribute in double quotes; what XML may not hold is replaced.
 */
void xml_put(struct buffer *buffer, const char *text);

#endif
