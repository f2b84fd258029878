/*
 * address.c - see address.h. The bytes are a profile's: any length, any family.
 */
#include "model/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int unix_text(const uint8_t *data, size_t size, char text[ADDRESS_TEXT])
{
	const char *path = (const char *)data + offsetof(struct sockaddr_un, sun_path);
	size_t length = size - offsetof(struct sockaddr_un, sun_path);

	if (size <= offsetof(struct sockaddr_un, sun_path))
		snprintf(text, ADDRESS_TEXT, "unnamed");
	else if (!path[0])
		snprintf(text, ADDRESS_TEXT, "@%.*s", (int)(length - 1), path + 1);
	else /* "//run/x" is "/run/x" */
		while (length > 1 && path[0] == '/' && path[1] == '/')
			path++, length--;
	if (size > offsetof(struct sockaddr_un, sun_path) && path[0])
		snprintf(text, ADDRESS_TEXT, "%.*s", (int)length, path);
	return AF_UNIX;
}

int address_text(const uint8_t *data, size_t size, char text[ADDRESS_TEXT], int *port)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in6 six;
	struct sockaddr_in four;
	sa_family_t family;

	*port = 0;
	text[0] = 0;
	if (size < sizeof(family))
		return -1;
	memcpy(&family, data, sizeof(family));
	if (family == AF_UNIX)
		return unix_text(data, size, text);
	if (family == AF_INET && size >= sizeof(four)) {
		memcpy(&four, data, sizeof(four));
		*port = ntohs(four.sin_port);
		inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "%s:%d", host, *port);
	} else if (family == AF_INET6 && size >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		memcpy(&six, data, offsetof(struct sockaddr_in6, sin6_scope_id));
		*port = ntohs(six.sin6_port);
		inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "[%s]:%d", host, *port);
	} else {
		snprintf(text, ADDRESS_TEXT, "family %d", family);
	}
	return family;
}
