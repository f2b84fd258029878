/*
 * buffer.c - see buffer.h. Nothing here may let a byte of a profile reach a terminal unescaped.
 */
#include "base/buffer.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}

static void buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t need = buffer->length + more + 1;

	if (need <= buffer->room)
		return;
	buffer->room = need > 2 * buffer->room ? need + 64 : 2 * buffer->room;
	buffer->data = memory_grow(buffer->data, buffer->room);
}

void buffer_add(struct buffer *buffer, const char *data, size_t length)
{
	buffer_reserve(buffer, length);
	if (length)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = 0;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
	va_list list, again;
	int length;

	va_start(list, format);
	va_copy(again, list);
	length = vsnprintf(NULL, 0, format, list);
	if (length > 0) {
		buffer_reserve(buffer, (size_t)length);
		vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
		buffer->length += (size_t)length;
	}
	va_end(again);
	va_end(list);
}

const char *buffer_text(const struct buffer *buffer)
{
	return buffer->data ? buffer->data : "";
}

size_t utf8_length(const char *data, size_t length, uint32_t *point)
{
	const unsigned char *byte = (const unsigned char *)data;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need;

	if (!length)
		return 0;
	if (byte[0] < 0x80)
		return *point = byte[0], 1;
	need = byte[0] >= 0xf0 && byte[0] < 0xf5   ? 4
	       : byte[0] >= 0xe0 && byte[0] < 0xf0 ? 3
	       : byte[0] >= 0xc2 && byte[0] < 0xe0 ? 2
						   : 0;
	if (!need || need > length)
		return 0;
	*point = byte[0] & (0x7f >> need);
	for (size_t i = 1; i < need; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (byte[i] & 0x3f);
	}
	if (*point < least[need] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return need;
}

size_t utf8_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* Characters that move or hide what stands around them. */
static bool is_trick(uint32_t point)
{
	return (point >= 0x80 && point < 0xa0) || (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
	       point == 0xfeff || point == 0x61c || point >= 0xe0000;
}

static bool is_letter(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-';
}

#define HEXTET 4 /* digits: as many letters as an IPv6 address has side by side */

/* What runners of CI jobs obey when it stands in a log. GitHub's: "::error ..." or "::error::..."
 * where a line begins, or "##[error]" anywhere; Azure's: "##vso[" anywhere, TeamCity's likewise. An
 * IPv6 address is none: "::1", "::ffff:1.2.3.4". A word too long for one is, whatever comes behind:
 * the line may end within it. */
static bool is_command(const char *data, size_t length, bool begins)
{
	size_t at = 2;

	if (length < 3 || data[0] != data[1] || (*data != '#' && (*data != ':' || !begins)))
		return false;
	while (at < length && is_letter(data[at]))
		at++;
	if (*data == '#')
		return at < length && data[at] == '[';
	return at > 2 && (at == length || data[at] == ' ' || at > 2 + HEXTET ||
			  (at + 1 < length && data[at] == ':' && data[at + 1] == ':'));
}

void buffer_escape(struct buffer *buffer, const char *data, size_t length, bool ascii)
{
	bool begins = true; /* a line may, here: texts are folded at blanks */

	while (length) {
		uint32_t point = 0;
		size_t size = utf8_length(data, length, &point);

		if (!size || point < 0x20 || point == 0x7f || is_command(data, length, begins)) {
			size = 1;
			buffer_print(buffer, "\\x%02x", (unsigned char)*data);
		} else if (is_trick(point) || (ascii && point >= 0x80)) {
			buffer_print(buffer, "\\u{%x}", point);
		} else {
			buffer_add(buffer, data, size);
		}
		begins = *data == ' ';
		data += size;
		length -= size;
	}
}

void buffer_replace(struct buffer *buffer, const char *data, size_t length)
{
	while (length) {
		uint32_t point = 0;
		size_t size = utf8_length(data, length, &point);

		if (!size || point < 0x20 || point == 0x7f || is_trick(point)) {
			size = size ? size : 1;
			buffer_add(buffer, "\xef\xbf\xbd", 3);
		} else {
			buffer_add(buffer, data, size);
		}
		data += size;
		length -= size;
	}
}
