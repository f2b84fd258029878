/*
 * html.c - the report as one page that needs nothing else: markup, style and script are ours and
 * were put together when this program was built (analyzer/html), the data stand between as JSON.
 *
 * The script puts texts into the page as texts only, and the page's policy lets no other script
 * run. In the JSON no text can end the element it is in: there is no "<" in it.
 */
#include "render/html.h"
#include "base/duration.h"

#include <inttypes.h>
#include <string.h>

/* analyzer/html/assemble made it: what stands before the data, and after. */
extern const char html_head_start[], html_head_end[], html_tail_start[], html_tail_end[];

#define TEXT_PROBES  8
#define TEXT_LONGEST 400

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}

int64_t html_text(struct html *html, const char *text)
{
	uint64_t hash;

	if (!text)
		return -1;
	hash = hash_text(text);
	for (unsigned int i = 0; i < TEXT_PROBES; i++) {
		uint32_t index = map_get(&html->text_index, hash + i);

		if (index == UINT32_MAX) {
			map_set(&html->text_index, hash + i, (uint32_t)html->texts.count);
			break;
		}
		if (strcmp(html->texts.items[index], text) == 0)
			return index;
	}
	*list_add(&html->texts) = text;
	html->text_bytes += strlen(text);
	return (int64_t)html->texts.count - 1;
}

/* There are millions of them: printf would take most of the report's time. */
void html_number(struct html *html, bool first, int64_t number)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		*--at = '-';
	if (!first)
		*--at = ',';
	buffer_add(html->buffer, at, (size_t)(digits + sizeof(digits) - at));
}

void html_string(struct html *html, const char *text)
{
	struct buffer clean = {0};
	struct buffer *buffer = html->buffer;
	size_t length = strlen(text);
	const char *at;

	buffer_escape(&clean, text, length, html->style->ascii);
	buffer_add(buffer, "\"", 1);
	/* What is left to escape: of JSON, and of the page around it. */
	for (at = buffer_text(&clean); *at; at++)
		if (*at == '"' || *at == '\\')
			buffer_print(buffer, "\\%c", *at);
		else if (*at == '<' || *at == '>' || *at == '&' || (unsigned char)*at < 0x20)
			buffer_print(buffer, "\\u%04x", (unsigned int)*at);
		else
			buffer_add(buffer, at, 1);
	buffer_add(buffer, "\"", 1);
	buffer_free(&clean);
}

/* Last: all others have named theirs by then. */
static void put_texts(struct html *html)
{
	buffer_print(html->buffer, ",\n\"texts\":[");
	for (size_t i = 0; i < html->texts.count; i++) {
		const char *text = html->texts.items[i];
		char cut[TEXT_LONGEST + 1];

		if (i)
			buffer_add(html->buffer, ",", 1);
		snprintf(cut, sizeof(cut), "%s", text);
		html_string(html, cut);
	}
	buffer_print(html->buffer, "]");
}

void render_html(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns)
{
	struct html html = {.buffer = buffer, .style = style, .model = model};
	char date[DATE_TEXT];

	buffer_add(buffer, html_head_start, (size_t)(html_head_end - html_head_start));
	buffer_print(buffer, "{\"generated\":\"%s\",\n\"ascii\":%s", date_text(now_ns, date),
		     style->ascii ? "true" : "false");
	html_timeline(&html);
	html_series(&html);
	html_tables(&html);
	html_history(&html);
	put_texts(&html);
	buffer_print(buffer, "}\n");
	buffer_add(buffer, html_tail_start, (size_t)(html_tail_end - html_tail_start));
	list_free(&html.texts);
	map_free(&html.text_index);
	free(html.place);
}
