/*
 * annotations.c - see annotations.h. What came out of a profile cannot end its line, nor begin
 * another command.
 */
#include "ci/annotations.h"

#include <string.h>

#define MESSAGE_MOST 2000 /* bytes */

static void put_encoded(struct buffer *buffer, const char *text, const char *encoded)
{
	for (; *text; text++)
		if (strchr(encoded, *text))
			buffer_print(buffer, "%%%02X", (unsigned char)*text);
		else
			buffer_add(buffer, text, 1);
}

/* Cut where a character ends. */
static void cut(struct buffer *text)
{
	size_t at = MESSAGE_MOST;

	if (text->length <= at)
		return;
	while (at && ((unsigned char)text->data[at] & 0xc0) == 0x80)
		at--;
	text->data[text->length = at] = 0;
}

static void put_annotation(struct buffer *buffer, const char *level, const char *title,
			   struct buffer *message)
{
	struct buffer clean = {0};

	buffer_escape(&clean, buffer_text(message), message->length, false);
	cut(&clean);
	buffer_print(buffer, "::%s title=dndprof", level);
	put_encoded(buffer, ": ", "%\r\n:,");
	put_encoded(buffer, title, "%\r\n:,");
	buffer_print(buffer, "::");
	put_encoded(buffer, buffer_text(&clean), "%\r\n");
	buffer_print(buffer, "\n");
	buffer_free(&clean);
	buffer_free(message);
}

void annotations_put(struct buffer *buffer, const struct model *model)
{
	size_t count = model->findings.count;
	size_t shown = count > ANNOTATIONS_MOST ? ANNOTATIONS_MOST - 1 : count;
	struct buffer message = {0};

	for (size_t i = 0; i < shown; i++) {
		const struct finding *finding = &model->findings.items[i];

		buffer_print(&message, "%s %s", finding->description, finding->recommendation);
		put_annotation(buffer, "warning", finding->rule, &message);
	}
	if (shown < count) {
		buffer_print(&message, "%zu more findings are in the job summary.", count - shown);
		put_annotation(buffer, "notice", "more", &message);
	}
}
