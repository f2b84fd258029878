/*
 * xml.c - see xml.h.
 */
#include "render/xml.h"

#include <string.h>

void xml_put(struct buffer *buffer, const char *text)
{
	static const struct {
		char sign;
		const char *entity;
	} entities[] = {/* the last for CI runners: "##word[" in a log is a command to them */
			{'&', "&amp;"},	 {'<', "&lt;"},	   {'>', "&gt;"},
			{'"', "&quot;"}, {'\'', "&apos;"}, {'#', "&#35;"}};
	struct buffer clean = {0};

	buffer_replace(&clean, text, strlen(text));
	for (const char *at = buffer_text(&clean); *at; at++) {
		const char *entity = NULL;

		if (strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0) {
			buffer_add(buffer, "?", 1); /* no characters to XML */
			at += 2;
			continue;
		}
		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
			if (entities[i].sign == *at)
				entity = entities[i].entity;
		buffer_add(buffer, entity ? entity : at, entity ? strlen(entity) : 1);
	}
	buffer_free(&clean);
}
