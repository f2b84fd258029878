/*
 * line.c - first lines by llhttp, the parser of node: what is kept of a message is completed to a
 * whole head, so that the same grammar decides that decides on the wire.
 */
#define _GNU_SOURCE /* memrchr */
#include "model/line.h"

#include <llhttp.h>
#include <string.h>

struct parse {
	llhttp_t parser; /* first: callbacks get its address */
	struct http_line *line;
	size_t length;
	bool whole; /* the head's end was reached */
};

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
	struct parse *parse = (struct parse *)parser;
	size_t room = LINE_TARGET - 1 - parse->length;

	length = length < room ? length : room;
	memcpy(parse->line->target + parse->length, at, length);
	parse->length += length;
	return 0;
}

static int on_head(llhttp_t *parser)
{
	((struct parse *)parser)->whole = true;
	return HPE_PAUSED;
}

static bool feed(struct parse *parse, llhttp_type_t type, const char *const parts[],
		 const size_t lengths[], size_t count)
{
	llhttp_settings_t settings;

	llhttp_settings_init(&settings);
	settings.on_url = on_url;
	settings.on_headers_complete = on_head;
	llhttp_init(&parse->parser, type, &settings);
	for (size_t i = 0; i < count && !parse->whole; i++)
		if (llhttp_execute(&parse->parser, parts[i], lengths[i]) != HPE_OK && !parse->whole)
			return false;
	parse->line->major = llhttp_get_http_major(&parse->parser);
	parse->line->minor = llhttp_get_http_minor(&parse->parser);
	return parse->whole;
}

/* Has the request line its version? Only the last word can be one. */
static bool has_version(const char *text, size_t length)
{
	const char *space = memrchr(text, ' ', length);

	return space && memrchr(text, ' ', (size_t)(space - text)) &&
	       (size_t)(text + length - space) > 5 && memcmp(space + 1, "HTTP/", 5) == 0;
}

/* "http://host/path" and "host:port" (CONNECT) lose what names the host. */
static void strip_authority(struct http_line *line)
{
	char *scheme = strstr(line->target, "://"), *path;

	if (line->target[0] == '/')
		return;
	path = scheme ? strchr(scheme + 3, '/') : NULL;
	if (path)
		memmove(line->target, path, strlen(path) + 1);
	else if (strcmp(line->method, "CONNECT") == 0)
		strcpy(line->target, "{authority}");
	else if (strcmp(line->target, "*") != 0)
		strcpy(line->target, "/");
}

bool line_parse_request(const char *text, size_t length, struct http_line *line)
{
	static const char version[] = " HTTP/1.1", end[] = "\r\n\r\n";
	bool complete = has_version(text, length);
	const char *parts[] = {text, version, end};
	size_t lengths[] = {length, complete ? 0 : sizeof(version) - 1, sizeof(end) - 1};
	struct parse parse = {.line = line};

	memset(line, 0, sizeof(*line));
	if (!feed(&parse, HTTP_REQUEST, parts, lengths, 3))
		return false;
	strncpy(line->method, llhttp_method_name((llhttp_method_t)llhttp_get_method(&parse.parser)),
		LINE_METHOD - 1);
	line->target[strcspn(line->target, "?#")] = 0;
	strip_authority(line);
	return true;
}

bool line_parse_response(const char *text, size_t length, struct http_line *line)
{
	static const char end[] = "\r\n\r\n";
	const char *parts[] = {text, end};
	size_t lengths[] = {length, sizeof(end) - 1};
	struct parse parse = {.line = line};

	memset(line, 0, sizeof(*line));
	if (!feed(&parse, HTTP_RESPONSE, parts, lengths, 2))
		return false;
	line->status = llhttp_get_status_code(&parse.parser);
	return true;
}
