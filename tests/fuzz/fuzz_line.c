/*
 * fuzz_line.c - any bytes as the first line of an HTTP message, as a path, as an address, as text
 * for a terminal and for JSON.
 */
#include "base/buffer.h"
#include "model/address.h"
#include "model/endpoint.h"
#include "model/line.h"

#include <stdlib.h>
#include <string.h>

static void check_escapes(const uint8_t *data, size_t size)
{
	struct buffer buffer = {0};

	buffer_escape(&buffer, (const char *)data, size, true);
	for (size_t i = 0; i < buffer.length; i++)
		if (buffer.data[i] < 0x20 || buffer.data[i] > 0x7e)
			abort();
	buffer.length = 0;
	buffer_replace(&buffer, (const char *)data, size);
	for (size_t i = 0; i < buffer.length;) {
		uint32_t point;
		size_t length = utf8_length(buffer.data + i, buffer.length - i, &point);

		if (!length || point < 0x20)
			abort();
		i += length;
	}
	buffer_free(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char address[ADDRESS_TEXT], *path = malloc(size + 1);
	struct endpoint endpoint;
	struct http_line line;
	int port;

	if (line_parse_request((const char *)data, size, &line)) {
		endpoint_of(line.target, &endpoint);
		endpoint_streams(&endpoint, (uint32_t)size, (uint32_t)size);
	}
	line_parse_response((const char *)data, size, &line);
	memcpy(path, data, size);
	path[size] = 0;
	endpoint_of(path, &endpoint);
	if (strlen(endpoint.text) >= ENDPOINT_TEXT)
		abort();
	free(path);
	address_text(data, size, address, &port);
	check_escapes(data, size);
	return 0;
}
