/* SPDX-License-Identifier: ISC */
#include "milter/settings/optcheck.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sys/un.h>

#include "milter/header/result.h"
#include "milter/settings/domains.h"
#include "milter/settings/listenaddr.h"
#include "milter/settings/network.h"
#include "milter/settings/opt.h"

enum { MAX_ID = 253, MAX_TAG = 60 };

static const char *
check_socket_path(const char *path)
{
	if (path[0] != '/')
		return "has a relative path";
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "is longer than a socket's path may be";
	return NULL;
}

/* Port 0 would listen where no MTA looks. */
static const char *
check_port_at_host(const char *text)
{
	static const char digits[] = "0123456789";
	static const char host[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._:[]%";
	size_t len = strspn(text, digits);
	unsigned long port = strtoul(text, NULL, 10);

	if (len > 0 && text[len] == '\0')
		return "has no @HOST, so it would listen on every address";
	if (len == 0 || text[len] != '@')
		return "does not begin with a port and \"@\"";
	if (len > 5 || port < 1 || port > UINT16_MAX)
		return "has a port that is not from 1 to 65535";
	text += len + 1;
	if (text[0] == '\0' || text[strspn(text, host)] != '\0')
		return "has a host that is no name and no address";
	return NULL;
}

const char *
optcheck_filled(const char *text)
{
	return text[0] != '\0' ? NULL : "is empty";
}

const char *
optcheck_absolute(const char *text)
{
	return text[0] == '/' || text[0] == '\0' ? NULL : "is a relative path";
}

const char *
optcheck_seen(const char *text)
{
	if (text[0] == '\0')
		return "is empty";
	if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0)
		return NULL;
	return optcheck_absolute(text);
}

const char *
optcheck_socket(const char *text)
{
	static const struct {
		const char *prefix;
		opt_check *rest;
	} kinds[] = {
		{ "unix:", check_socket_path },
		{ "local:", check_socket_path },
		{ "inet:", check_port_at_host },
		{ "inet6:", check_port_at_host },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, len) == 0)
			return kinds[i].rest(text + len);
	}
	return "is no kind of socket";
}

const char *
optcheck_user(const char *text)
{
	const char *colon = strchr(text, ':');

	if (text[strcspn(text, " \t/")] != '\0')
		return "is not a user's name";
	if (colon == NULL)
		return NULL;
	if (colon == text)
		return "has no user before the colon";
	if (colon[1] == '\0' || strchr(colon + 1, ':') != NULL)
		return "does not have one group after the colon";
	return NULL;
}

const char *
optcheck_group(const char *text)
{
	return text[strcspn(text, " \t/:,")] == '\0' ? NULL :
						       "is not a group's name";
}

#ifdef HAVE_MICROHTTPD

const char *
optcheck_endpoint(const char *text)
{
	struct sockaddr_storage endpoint;

	return text[0] != '\0' ? listenaddr_read(text, &endpoint) : NULL;
}

#else

const char *
optcheck_endpoint(const char *text)
{
	return text[0] != '\0' ? "needs libmicrohttpd, which is not built in" :
				 NULL;
}

#endif

/* RFC 8601 2.5, and ASCII so that it suits every message. */
const char *
optcheck_id(const char *text)
{
	if (strlen(text) > MAX_ID)
		return "is too long";
	if (text[0] != '\0' && !result_id_ok(text))
		return "is not a name in ASCII (write a domain as xn--...)";
	return NULL;
}

const char *
optcheck_trusted_id(const char *text)
{
	return text[0] == '\0' ? "is empty" : optcheck_id(text);
}

const char *
optcheck_network(const char *text)
{
	struct network network;

	return network_read(text, &network);
}

const char *
optcheck_key(const char *text)
{
	return text[0] == '/' ? NULL : "is not an absolute path";
}

const char *
optcheck_domain(const char *text)
{
	return domains_check(DOMAINS_ONLY, text);
}

const char *
optcheck_address(const char *text)
{
	return domains_check(DOMAINS_ADDRESSES, text);
}

const char *
optcheck_either(const char *text)
{
	return domains_check(DOMAINS_BOTH, text);
}

const char *
optcheck_signer(const char *text)
{
	if (text[0] == '@' || strcmp(text, "*") == 0)
		return "is not an address";
	return optcheck_address(text);
}

/*
 * Every field of that name that comes with mail is removed, so it must be
 * none that mail needs.
 */
const char *
optcheck_tag(const char *text)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	if (strncasecmp(text, "X-", 2) != 0 || text[2] == '\0')
		return "does not begin with X-";
	if (text[strspn(text, usual)] != '\0')
		return "has other characters than letters, digits and \"-\"";
	return strlen(text) <= MAX_TAG ? NULL : "is too long";
}
