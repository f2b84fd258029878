/*
 * message.c - see message.h.
 */
#include "symbols/message.h"

#include <string.h>

/* Of an answer; its texts follow, without a NUL. No bytes: not known. */
struct head {
	uint32_t line;
	uint16_t function, file; /* bytes */
	uint8_t inlined, unused[3];
};

/* The bytes that are told of a text. */
static uint16_t told(const char *text)
{
	return text ? (uint16_t)strnlen(text, TEXT_MOST) : 0;
}

static uint8_t *put_text(uint8_t *to, const char *text, uint16_t bytes)
{
	memcpy(to, text ? text : "", bytes);
	if (bytes == TEXT_MOST)
		memcpy(to + bytes - 3, "...", 3);
	return to + bytes;
}

size_t answer_put(uint8_t *to, size_t room, const struct place *place)
{
	struct head head = {.line = place->line,
			    .function = told(place->function),
			    .file = told(place->file),
			    .inlined = place->inlined};
	size_t size = sizeof(head) + head.function + head.file;

	if (size > room)
		return 0;
	memcpy(to, &head, sizeof(head));
	put_text(put_text(to + sizeof(head), place->function, head.function), place->file,
		 head.file);
	return size;
}

static const char *take_text(const uint8_t *from, uint16_t bytes, struct arena *arena,
			     const char *last)
{
	if (!bytes)
		return NULL;
	if (last && strncmp(last, (const char *)from, bytes) == 0 && !last[bytes])
		return last;
	return arena_copy(arena, (const char *)from, bytes);
}

size_t answer_take(const uint8_t *from, size_t size, struct arena *arena, struct place *last,
		   struct place *place)
{
	struct head head;
	const uint8_t *texts = from + sizeof(head);

	if (size < sizeof(head))
		return 0;
	memcpy(&head, from, sizeof(head));
	if (head.function > TEXT_MOST || head.file > TEXT_MOST || head.line > INT32_MAX ||
	    head.inlined > 1 || size - sizeof(head) < (size_t)head.function + head.file ||
	    memchr(texts, 0, (size_t)head.function + head.file))
		return 0;
	place->function = take_text(texts, head.function, arena, last->function);
	place->file = take_text(texts + head.function, head.file, arena, last->file);
	place->line = head.line;
	place->inlined = head.inlined;
	*last = *place;
	return sizeof(head) + head.function + head.file;
}
