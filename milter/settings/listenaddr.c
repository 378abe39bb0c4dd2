/* SPDX-License-Identifier: ISC */
#include "milter/settings/listenaddr.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

static const char no_address[] = "has no address before the port";

static bool
read_port(const char *text, in_port_t *port_r)
{
	size_t len = strspn(text, "0123456789");
	unsigned long port;

	if (len == 0 || len > 5 || text[len] != '\0')
		return false;
	port = strtoul(text, NULL, 10);
	if (port < 1 || port > UINT16_MAX)
		return false;
	*port_r = htons((uint16_t)port);
	return true;
}

static const char *
read_v4(const char *text, size_t len, in_port_t port,
    struct sockaddr_storage *endpoint_r)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	char address[INET_ADDRSTRLEN] = "";

	if (len >= sizeof(address))
		return no_address;
	memcpy(address, text, len);
	if (inet_pton(AF_INET, address, &v4.sin_addr) != 1)
		return no_address;
	memset(endpoint_r, 0, sizeof(*endpoint_r));
	memcpy(endpoint_r, &v4, sizeof(v4));
	return NULL;
}

/* Without the brackets. */
static const char *
read_v6(const char *text, size_t len, in_port_t port,
    struct sockaddr_storage *endpoint_r)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };
	char address[INET6_ADDRSTRLEN] = "";

	if (len >= sizeof(address))
		return no_address;
	memcpy(address, text, len);
	if (inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		return no_address;
	memset(endpoint_r, 0, sizeof(*endpoint_r));
	memcpy(endpoint_r, &v6, sizeof(v6));
	return NULL;
}

const char *
listenaddr_read(const char *text, struct sockaddr_storage *endpoint_r)
{
	static const char loopback[] = "127.0.0.1";
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;
	in_port_t port;

	if (!read_port(colon != NULL ? colon + 1 : text, &port))
		return "has no port from 1 to 65535 at its end";
	if (colon == NULL)
		return read_v4(loopback, strlen(loopback), port, endpoint_r);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		return read_v6(text + 1, len - 2, port, endpoint_r);
	return read_v4(text, len, port, endpoint_r);
}

bool
listenaddr_is_loopback(const struct sockaddr_storage *endpoint)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (endpoint->ss_family == AF_INET) {
		memcpy(&v4, endpoint, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	memcpy(&v6, endpoint, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}
