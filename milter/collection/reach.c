/* SPDX-License-Identifier: ISC */
#include "milter/collection/reach.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <glib.h>

#include "milter/settings/network.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool
read_address(const char *host, union address *address_r)
{
	union address address;

	memset(&address, 0, sizeof(address));
	if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1)
		address.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1)
		address.any.sa_family = AF_INET6;
	else
		return false;
	*address_r = address;
	return true;
}

static bool
is_private(const union address *address)
{
	static const char *const networks[] = { "0.0.0.0/8", "10.0.0.0/8",
		"100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/3", "::/128", "::1/128", "2001:db8::/32", "fc00::/7",
		"fe80::/10", "ff00::/8" };
	struct network network;

	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (network_read(networks[i], &network) == NULL &&
		    network_has(&network, &address->any))
			return true;
	return false;
}

/* Domains that the public DNS does not have, and never will. */
static bool
is_private_name(const char *host)
{
	static const char *const domains[] = { ".corp", ".home", ".home.arpa",
		".internal", ".intranet", ".invalid", ".lan", ".local",
		".localdomain", ".localhost", ".private", ".test" };
	size_t len = strlen(host);
	size_t tail;

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		tail = strlen(domains[i]);
		if (len > tail &&
		    strcasecmp(host + len - tail, domains[i]) == 0)
			return true;
	}
	return false;
}

static const char *
host_obstacle(const char *host)
{
	union address address;

	if (host == NULL || host[0] == '\0')
		return "names no host";
	if (read_address(host, &address))
		return is_private(&address) ?
		    "is at an address of a private network" :
		    NULL;
	if (strchr(host, '.') == NULL)
		return "has a host name without a dot";
	if (is_private_name(host))
		return "is in a domain that exists inside only";
	return NULL;
}

/* "host." is "host". */
static const char *
named_obstacle(const char *host)
{
	size_t len = host == NULL ? 0 : strlen(host);
	const char *why;
	char *bare;

	if (len == 0 || host[len - 1] != '.')
		return host_obstacle(host);
	bare = g_strndup(host, len - 1);
	why = host_obstacle(bare);
	g_free(bare);
	return why;
}

const char *
reach_obstacle(const char *url)
{
	GUri *uri = g_uri_parse(url, G_URI_FLAGS_PARSE_RELAXED, NULL);
	const char *scheme, *why;

	if (uri == NULL)
		return "is no URL";
	scheme = g_uri_get_scheme(uri);
	if (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)
		why = named_obstacle(g_uri_get_host(uri));
	else if (strncmp(scheme, "ldap", 4) == 0)
		why = "is in a directory, which the cloud does not ask";
	else if (strcmp(scheme, "file") == 0)
		why = "is a file, which only its own network has";
	else
		why = "is not fetched by http";
	g_uri_unref(uri);
	return why;
}
