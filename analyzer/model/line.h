/*
 * line.h - the first line of an HTTP message, as far as the profile kept it (up to its first '?').
 */
#ifndef ANALYZER_LINE_H
#define ANALYZER_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_METHOD 24
#define LINE_TARGET 2048

struct http_line {
	char method[LINE_METHOD]; /* requests */
	char target[LINE_TARGET]; /* requests: path without scheme, authority and query; "" else */
	int status;		  /* responses */
	int major, minor;	  /* HTTP version; requests with a query: 1.1, theirs is not kept */
};

/* Parses a request line (`target` may be the last thing there) or a status line. False: it is none.
 */
bool line_parse_request(const char *text, size_t length, struct http_line *line);
bool line_parse_response(const char *text, size_t length, struct http_line *line);

#endif
