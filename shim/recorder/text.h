/*
 * text.h - building short texts in a fixed buffer, without libc's formatted printing (which is
 * neither signal-safe nor the same in every libc). Overflow cuts the text; it stays terminated.
 */
#ifndef DNDPROF_SHIM_TEXT_H
#define DNDPROF_SHIM_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *at;
	size_t size; /* of the buffer, the final NUL included */
	size_t used;
};

static inline void text_bytes(struct text *t, const char *s, size_t n)
{
	if (n > t->size - 1 - t->used)
		n = t->size - 1 - t->used;
	memcpy(t->at + t->used, s, n);
	t->used += n;
	t->at[t->used] = 0;
}

static inline void text_string(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

/* v in base 10 or 16, at least `width` digits. */
static inline void text_number(struct text *t, uint64_t v, unsigned base, unsigned width)
{
	char digits[24];
	unsigned i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v || sizeof(digits) - i < width);
	text_bytes(t, digits + i, sizeof(digits) - i);
}

/* One line "key=value\n" of section INFO; line breaks inside the value become spaces. */
static inline void text_line(struct text *t, const char *key, const char *value, size_t n)
{
	size_t i;

	/* A line that does not fit whole is left out: half a value would be read as a value. */
	if (strlen(key) + n + 2 > t->size - 1 - t->used)
		return;
	text_string(t, key);
	text_bytes(t, "=", 1);
	for (i = 0; i < n; i++)
		text_bytes(t, value[i] == '\n' ? " " : &value[i], 1);
	text_bytes(t, "\n", 1);
}

#endif
