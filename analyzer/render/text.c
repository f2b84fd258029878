/*
 * text.c - the text report's frame, and what its sections share. Lines of the report the project
 * started from are reproduced to the letter (report.md).
 */
#include "base/duration.h"
#include "render/report.h"

#include <stdio.h>
#include <string.h>

#define WIDTH  79 /* of a line */
#define INDENT 11 /* of what belongs to the line above */

void put_color(struct buffer *buffer, const struct style *style, enum color color)
{
	static const char *const codes[] = {[COLOR_NONE] = "\033[m",
					    [COLOR_TITLE] = "\033[1m",
					    [COLOR_GOOD] = "\033[32m",
					    [COLOR_MIDDLING] = "\033[33m",
					    [COLOR_BAD] = "\033[31m"};

	if (style->color)
		buffer_print(buffer, "%s", codes[color]);
}

void put_escaped(struct buffer *buffer, const struct style *style, const char *text)
{
	buffer_escape(buffer, text, strlen(text), style->ascii);
}

/* How much of `text` fits into `room` columns: up to a blank, else, of a word that no line could
 * hold, as much as there is room for. Bytes. */
static size_t fitting(const char *text, size_t room, bool whole_line)
{
	size_t at = 0, blank = 0, columns = 0;

	for (; text[at] && columns <= room; at++) {
		if (((unsigned char)text[at] & 0xc0) == 0x80)
			continue;
		if (text[at] == ' ' && at)
			blank = at;
		columns++;
		if (columns > room && blank)
			return blank;
		if (columns > room)
			return whole_line ? at : 0;
	}
	return at;
}

/* By a character, so that no line begins with "::" of a word cut in two, which a CI runner might
 * obey; the same where there is but one. */
static size_t shorter(const char *text, size_t length)
{
	size_t less = length;

	while (less > 1 && ((unsigned char)text[less - 1] & 0xc0) == 0x80)
		less--;
	return less > 1 ? less - 1 : length;
}

void put_folded(struct buffer *buffer, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t length =
			fitting(text, column < WIDTH ? WIDTH - column : 0, column <= indent);

		if (!strncmp(text + length, "::", 2))
			length = shorter(text, length);
		buffer_add(buffer, text, length);
		text += length;
		while (length && *text == ' ')
			text++;
		if (*text)
			buffer_print(buffer, "\n%*s", (int)indent, "");
		column = indent;
	}
}

void put_wrapped(struct buffer *buffer, const struct style *style, const char *text)
{
	struct buffer escaped = {0};

	put_escaped(&escaped, style, text);
	buffer_print(buffer, "%*s", INDENT, "");
	put_folded(buffer, buffer_text(&escaped), INDENT, INDENT);
	buffer_print(buffer, "\n");
	buffer_free(&escaped);
}

static void put_line(struct buffer *buffer, char c, int width)
{
	for (int i = 0; i < width; i++)
		buffer_add(buffer, &c, 1);
	buffer_add(buffer, "\n", 1);
}

void render_text(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns)
{
	char date[DATE_TEXT], generated[64];

	snprintf(generated, sizeof(generated), "Generated: %s ", date_text(now_ns, date));
	put_line(buffer, '=', 80);
	put_color(buffer, style, COLOR_TITLE);
	buffer_print(buffer, "%-40s%40s", " PERFORMANCE PROFILING REPORT", generated);
	put_color(buffer, style, COLOR_NONE);
	buffer_print(buffer, "\n");
	put_line(buffer, '=', 80);
	buffer_print(buffer, "\n");
	for (size_t i = 0; i < report_section_count; i++) {
		const struct section *section = &report_sections[i];

		if (!section->text || !section_is_wanted(section, style))
			continue;
		if (section->title) {
			put_color(buffer, style, COLOR_TITLE);
			buffer_print(buffer, "%s", section->title);
			put_color(buffer, style, COLOR_NONE);
			buffer_print(buffer, "\n");
			put_line(buffer, '-', 79);
		}
		section->text(buffer, style, model);
		buffer_print(buffer, "\n");
	}
}
