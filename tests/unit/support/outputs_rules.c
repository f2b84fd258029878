/*
 * outputs_rules.c - see outputs.h: the rules of the formats, each read as strictly as its strictest
 * reader does. A problem is named, so that a test or a fuzzer says which.
 */
#include "support/outputs.h"

#include "base/buffer.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

/* Characters that a terminal, or an eye, is led astray by: controls, C1, what turns the direction
 * of writing or has no width. */
static bool misleads(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c ||
	       (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || point >= 0xe0000;
}

static const char *check_characters(const char *text, size_t length, const char *but)
{
	while (length) {
		uint32_t point = 0;
		size_t size = utf8_length(text, length, &point);

		if (!size)
			return "bytes that are not UTF-8";
		if (misleads(point) && (point >= 0x20 || !point || !strchr(but, (int)point)))
			return "a character that a terminal obeys or nobody sees";
		text += size;
		length -= size;
	}
	return NULL;
}

/* What GitHub's and Azure's runners take for a command of theirs when they read a log: "::word"
 * with a blank or "::" behind it where a line begins, "##word[" anywhere. */
static const char *check_log(const char *text, size_t length)
{
	const char *end = text + length, *at, *word;

	for (at = text; (at = memchr(at, '#', (size_t)(end - at))) != NULL; at++) {
		for (word = at + 2; word < end && isalpha((unsigned char)*word);)
			word++;
		if (word < end && at[1] == '#' && *word == '[')
			return "a command of Azure's or GitHub's";
	}
	for (at = text; at && at < end; at = memchr(at, '\n', (size_t)(end - at))) {
		while (at < end && isspace((unsigned char)*at))
			at++;
		for (word = at + 2; word < end && (isalpha((unsigned char)*word) || *word == '-');)
			word++;
		if (word > at + 2 && word < end && !strncmp(at, "::", 2) &&
		    (isspace((unsigned char)*word) || !strncmp(word, "::", 2)))
			return "a line that begins as a command of GitHub's";
	}
	return NULL;
}

const char *problem_terminal(const char *text, size_t length)
{
	const char *wrong = check_characters(text, length, "\n");

	return wrong ? wrong : check_log(text, length);
}

const char *problem_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] != '\n' && (text[i] < 0x20 || text[i] > 0x7e))
			return "a character beyond ASCII";
	return check_log(text, length);
}

const char *problem_json(const char *text, size_t length)
{
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

	if (!json)
		return "no JSON";
	json_decref(json);
	return problem_terminal(text, length);
}

const char *problem_json_lines(const char *text, size_t length)
{
	while (length) {
		json_error_t error;
		json_t *json = json_loadb(text, length,
					  JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
		size_t used = (size_t)error.position;

		if (!json)
			return "a line that is no JSON";
		json_decref(json);
		if (used >= length || text[used] != '\n')
			return "more than a value in a line";
		if (problem_terminal(text, used))
			return problem_terminal(text, used);
		text += used + 1;
		length -= used + 1;
	}
	return NULL;
}

/* ---- CSV ---- */

/* What a spreadsheet computes; a number may have its sign. */
static const char *check_cell(const char *cell, size_t length, bool quoted)
{
	if (!length)
		return NULL;
	if (!quoted) {
		for (size_t i = 0; i < length; i++)
			if (!isalnum((unsigned char)cell[i]) && !strchr("+-._", cell[i]))
				return "a text that is not in quotes";
		return cell[0] == '-' && !isdigit((unsigned char)cell[1]) ? "a formula" : NULL;
	}
	while (length && *cell == ' ')
		cell++, length--;
	if (length && strchr("=+-@\t\r\n", *cell))
		return "a formula";
	return length > 2 && memcmp(cell, "\xef\xbc", 2) == 0 && strchr("\x9d\x8b\x8d\xa0", cell[2])
		       ? "a formula of full width"
		       : NULL;
}

/* One cell; *used of the text, with what ends it. */
static const char *read_cell(const char *text, size_t length, size_t *used, bool *last)
{
	size_t at = 0, end;
	bool quoted = length && *text == '"';

	if (quoted) {
		for (at = 1;
		     at < length && (text[at] != '"' || (at + 1 < length && text[at + 1] == '"'));)
			at += text[at] == '"' ? 2 : 1;
		if (at >= length)
			return "a quote that does not end";
		end = at++;
	} else {
		while (at < length && !strchr(",\r\n", text[at]))
			at++;
		end = at;
	}
	*last = at + 1 < length && text[at] == '\r' && text[at + 1] == '\n';
	if (!*last && (at >= length || text[at] != ','))
		return "a record that does not end";
	*used = at + (*last ? 2 : 1);
	return check_cell(text + quoted, end - quoted, quoted);
}

const char *problem_csv(const char *text, size_t length)
{
	const char *wrong = check_log(text, length);
	size_t columns = 0, count = 0, used = 0;
	bool last = true;

	if (!wrong)
		wrong = check_characters(text, length, "\r\n");
	while (!wrong && length) {
		wrong = read_cell(text, length, &used, &last);
		if (wrong)
			break;
		text += used;
		length -= used;
		count++;
		if (!last)
			continue;
		columns = columns ? columns : count;
		wrong = count != columns ? "a record of more or fewer cells" : NULL;
		count = 0;
	}
	return wrong ? wrong : last ? NULL : "a record that does not end";
}

/* ---- markdown ---- */

/* A line: what lies outside of code spans may not be markup. */
static const char *check_line(const char *line, size_t length, size_t *bars)
{
	bool code = false;

	*bars = 0;
	for (size_t i = 0; i < length; i++) {
		bool escaped = !code && i && line[i - 1] == '\\';

		*bars += line[i] == '|';
		if (line[i] == '`')
			code = !code;
		else if (!code && line[i] == '<' && length - i >= 4 && !memcmp(line + i, "<br>", 4))
			i += 3; /* ours, between sentences of a cell */
		else if (!code && !escaped && (line[i] == '<' || line[i] == '['))
			return "markup outside of code";
	}
	return code ? "code that does not end" : NULL;
}

const char *problem_markdown(const char *text, size_t length)
{
	const char *wrong = problem_terminal(text, length);
	size_t cells = 0;

	while (!wrong && length) {
		const char *end = memchr(text, '\n', length);
		size_t size = end ? (size_t)(end - text) : length, bars;

		wrong = check_line(text, size, &bars);
		if (!wrong && size && *text == '|') {
			wrong = cells && bars != cells ? "a row of more or fewer cells" : NULL;
			cells = bars;
		} else {
			cells = 0;
		}
		text += size + (end ? 1 : 0);
		length -= size + (end ? 1 : 0);
	}
	return wrong;
}

/* ---- HTML ---- */

/* The data of the page are JSON, and nothing in them ends their element; before and after is what
 * we wrote, the same whatever a profile holds: it names every script once. */
const char *problem_page(const char *text, size_t length)
{
	static const char begin[] = "id=\"data\">";
	const char *data = strstr(text, begin), *end;
	const char *wrong;

	if (strlen(text) != length)
		return "a NUL";
	if (!data)
		return "no data";
	data += sizeof(begin) - 1;
	end = strstr(data, "</script>");
	if (!end)
		return "data that do not end";
	if (memchr(data, '<', (size_t)(end - data)) || memchr(data, '&', (size_t)(end - data)))
		return "markup in the data";
	wrong = problem_json(data, (size_t)(end - data));
	return wrong ? wrong : strstr(end, begin) ? "data twice" : NULL;
}

/* ---- XML ---- */

#define DEPTH_MOST 8

/* "&amp;" and its like, nothing else. */
static const char *check_entities(const char *text, size_t length)
{
	static const char *const entities[] = {"&amp;",	 "&lt;",   "&gt;",
					       "&quot;", "&apos;", "&#35;"};

	for (size_t i = 0; i < length; i++) {
		bool known = text[i] != '&';

		for (size_t j = 0; !known && j < sizeof(entities) / sizeof(entities[0]); j++)
			known = length - i >= strlen(entities[j]) &&
				memcmp(text + i, entities[j], strlen(entities[j])) == 0;
		if (!known)
			return "an ampersand by itself";
	}
	return NULL;
}

/* Between < and >: a name, and attributes, each in its quotes and there once. */
static const char *check_tag(const char *tag, size_t length, size_t *name_length)
{
	size_t at = 0;

	while (at < length && (isalpha((unsigned char)tag[at]) || tag[at] == '-'))
		at++;
	*name_length = at;
	if (!at)
		return "a tag without a name";
	while (at < length && tag[at] == ' ') {
		size_t name = ++at, end;

		while (at < length && isalpha((unsigned char)tag[at]))
			at++;
		if (at == name || length - at < 2 || tag[at] != '=' || tag[at + 1] != '"')
			return "an attribute without a value";
		at += 2;
		for (end = at; end < length && tag[end] != '"'; end++)
			if (tag[end] == '<')
				return "a tag within an attribute";
		if (end == length || check_entities(tag + at, end - at))
			return "an attribute that does not end, or an ampersand in it";
		at = end + 1;
	}
	return at == length || (at + 1 == length && tag[at] == '/') ? NULL : "more in a tag";
}

const char *problem_xml(const char *text, size_t length)
{
	const char *wrong = check_characters(text, length, "\n"), *end = text + length, *tag,
		   *close;
	struct {
		const char *name;
		size_t length;
	} open[DEPTH_MOST];
	size_t depth = 0, name = 0;

	if (!wrong)
		wrong = check_log(text, length);
	if (!wrong && strncmp(text, "<?xml", 5) == 0)
		text = strstr(text, "?>") + 2;
	if (strstr(text, "\xef\xbf\xbe") || strstr(text, "\xef\xbf\xbf"))
		return "no character to XML";
	for (; !wrong && text < end; text = close + 1) {
		tag = memchr(text, '<', (size_t)(end - text));
		wrong = check_entities(text, (size_t)((tag ? tag : end) - text));
		close = tag ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
		if (wrong || !tag)
			break;
		if (!close)
			return "a tag that does not end";
		if (tag[1] == '/') {
			if (!depth || open[depth - 1].length != (size_t)(close - tag - 2) ||
			    memcmp(open[depth - 1].name, tag + 2, open[depth - 1].length) != 0)
				return "an end of what did not begin";
			depth--;
			continue;
		}
		wrong = check_tag(tag + 1, (size_t)(close - tag - 1), &name);
		if (wrong || close[-1] == '/')
			continue;
		if (depth == DEPTH_MOST)
			return "elements too deep";
		open[depth].name = tag + 1;
		open[depth++].length = name;
	}
	return wrong ? wrong : depth ? "an element that does not end" : NULL;
}

/* ---- OpenMetrics ---- */

static size_t word(const char *line, size_t length)
{
	size_t at = 0;

	while (at < length && (islower((unsigned char)line[at]) || line[at] == '_' ||
			       (at && isdigit((unsigned char)line[at]))))
		at++;
	return at;
}

/* {name="value",...}: bytes of it, 0: it is none. */
static size_t labels_length(const char *line, size_t length)
{
	size_t at = 1;

	for (;;) {
		size_t name = word(line + at, length - at);

		at += name;
		if (!name || length - at < 2 || line[at] != '=' || line[at + 1] != '"')
			return 0;
		for (at += 2; at < length && line[at] != '"'; at++)
			if (line[at] == '\\' && (++at == length || !strchr("\\\"n", line[at])))
				return 0;
		if (at + 1 >= length)
			return 0;
		if (line[++at] == '}')
			return at + 1;
		if (line[at++] != ',')
			return 0;
	}
}

static const char *check_sample(const char *line, size_t length)
{
	size_t at = word(line, length);

	if (!at)
		return "a line that is no sample";
	if (at < length && line[at] == '{') {
		size_t size = labels_length(line + at, length - at);

		if (!size)
			return "labels that are none";
		at += size;
	}
	if (at + 1 >= length || line[at] != ' ')
		return "a sample without a value";
	for (at++; at < length; at++)
		if (!isdigit((unsigned char)line[at]) && !strchr("+-.eNaInf", line[at]))
			return "a value that is no number";
	return NULL;
}

const char *problem_metrics(const char *text, size_t length)
{
	const char *wrong = check_characters(text, length, "\n"), *end, *comment;
	bool over = false;

	for (; !wrong && length; length -= (size_t)(end - text) + 1, text = end + 1) {
		end = memchr(text, '\n', length);
		if (!end)
			return "a line that does not end";
		if (over)
			return "lines after the end";
		over = end - text == 5 && memcmp(text, "# EOF", 5) == 0;
		comment = text + (text[0] == '#' ? 2 : 0);
		if (*text != '#')
			wrong = check_sample(text, (size_t)(end - text));
		else if (!over && strncmp(comment, "TYPE ", 5) != 0 &&
			 strncmp(comment, "UNIT ", 5) != 0 && strncmp(comment, "HELP ", 5) != 0)
			wrong = "a comment";
	}
	return wrong ? wrong : over ? NULL : "no end";
}

/* ---- annotations ---- */

/* Each line is a command of ours: nothing of a profile begins one, or ends one before its time. */
const char *problem_annotations(const char *text, size_t length)
{
	static const char *const begins[] = {"::warning title=dndprof", "::notice title=dndprof"};
	const char *wrong = check_characters(text, length, "\n"), *end;
	size_t lines = 0;

	for (; !wrong && length; length -= (size_t)(end - text) + 1, text = end + 1) {
		const char *colons;

		end = memchr(text, '\n', length);
		if (!end)
			return "a line that does not end";
		if (strncmp(text, begins[0], strlen(begins[0])) != 0 &&
		    strncmp(text, begins[1], strlen(begins[1])) != 0)
			return "a line that is no annotation of ours";
		colons = strstr(text + 2, "::");
		if (!colons || colons > end || memchr(text + 2, ',', (size_t)(colons - text - 2)))
			return "properties of somebody else";
		lines++;
	}
	return wrong ? wrong : lines > 10 ? "more than are shown" : NULL;
}
