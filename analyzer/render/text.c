/*
 * text.c - the text report's frame, and what its sections share. Lines of the report the project
 * started from are reproduced to the letter (report.md).
 */
#include "base/duration.h"
#include "render/report.h"

#include <stdio.h>
#include <string.h>

void put_escaped(struct buffer *buffer, const struct style *style, const char *text)
{
	buffer_escape(buffer, text, strlen(text), style->ascii);
}

/* A text too long for its column goes on, indented, over as many lines as it needs. */
void put_wrapped(struct buffer *buffer, const struct style *style, const char *text)
{
	const size_t width = 79 - 11;
	struct buffer escaped = {0};
	const char *at;

	put_escaped(&escaped, style, text);
	for (at = buffer_text(&escaped); *at;) {
		size_t length = strlen(at), next = 0;

		if (length > width) {
			length = width;
			while (length && at[length] != ' ')
				length--;
			if (!length)
				for (length = width; ((unsigned char)at[length] & 0xc0) == 0x80;)
					length--;
			next = at[length] == ' ';
		}
		buffer_print(buffer, "           %.*s\n", (int)length, at);
		at += length + next;
	}
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
	buffer_print(buffer, "%-40s%40s\n", " PERFORMANCE PROFILING REPORT", generated);
	put_line(buffer, '=', 80);
	buffer_print(buffer, "\n");
	for (size_t i = 0; i < report_section_count; i++) {
		const struct section *section = &report_sections[i];

		if (!section->text)
			continue;
		if (section->title) {
			buffer_print(buffer, "%s\n", section->title);
			put_line(buffer, '-', 79);
		}
		section->text(buffer, style, model);
		buffer_print(buffer, "\n");
	}
}
