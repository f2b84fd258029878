/*
 * address.h - socket addresses as text.
 */
#ifndef ANALYZER_ADDRESS_H
#define ANALYZER_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT 256

/* A struct sockaddr as the kernel has it: "/run/docker.sock", "@abstract", "127.0.0.1:80",
 * "[::1]:80", "family 16". Returns its family, -1 for none; *port is 0 where there is none. */
int address_text(const uint8_t *data, size_t size, char text[ADDRESS_TEXT], int *port);

#endif
