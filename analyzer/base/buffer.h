/*
 * buffer.h - growing text, and the two ways in which bytes out of a profile may enter it: escaped
 * (for a terminal) or with what is not UTF-8 replaced (for JSON).
 */
#ifndef ANALYZER_BUFFER_H
#define ANALYZER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data; /* always NUL-terminated once something was added; else NULL */
	size_t length, room;
};

void buffer_free(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const char *data, size_t length);
void buffer_print(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The text, "" when empty; valid until the next change. */
const char *buffer_text(const struct buffer *buffer);

/* Adds `length` bytes so that no terminal obeys them, nor a CI runner that reads the log: control
 * characters, bytes that are not UTF-8, C1 and bidirectional controls come as \xNN or \u{N}, and so
 * does the first character of a runner's command ("::error::", "##vso["); with `ascii` everything
 * beyond ASCII. */
void buffer_escape(struct buffer *buffer, const char *data, size_t length, bool ascii);
/* Adds valid UTF-8: what is not, and control characters, come as U+FFFD. */
void buffer_replace(struct buffer *buffer, const char *data, size_t length);

/* Length in bytes of the UTF-8 character at `data`, 0 when it is none; its code point in *point. */
size_t utf8_length(const char *data, size_t length, uint32_t *point);
/* Columns of a valid UTF-8 text (code points). */
size_t utf8_columns(const char *text);

#endif
