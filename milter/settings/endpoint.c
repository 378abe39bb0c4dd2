/* SPDX-License-Identifier: ISC */
#include "milter/settings/endpoint.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <glib.h>

static bool
read_path(const char *path, struct endpoint *endpoint_r)
{
	struct endpoint endpoint = { .is_unix = true };

	if (path[0] == '\0' || strlen(path) >= sizeof(endpoint.path))
		return false;
	g_strlcpy(endpoint.path, path, sizeof(endpoint.path));
	*endpoint_r = endpoint;
	return true;
}

/* "::1" and "[::1]" are written alike in here: without brackets. */
static bool
read_host_port(const char *host, size_t len, const char *port,
    struct endpoint *endpoint_r)
{
	struct endpoint endpoint = { .is_unix = false };
	guint64 number;

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len > ENDPOINT_MAX_HOST ||
	    !g_ascii_string_to_unsigned(port, 10, 1, UINT16_MAX, &number, NULL))
		return false;
	memcpy(endpoint.host, host, len);
	endpoint.port = (unsigned int)number;
	*endpoint_r = endpoint;
	return true;
}

static const char *
after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* What follows "inet:" or "inet6:", or NULL. */
static const char *
after_inet(const char *text)
{
	const char *rest = after(text, "inet:");

	return rest != NULL ? rest : after(text, "inet6:");
}

/* "PORT@HOST" or "PORT" */
static bool
read_port_at_host(const char *text, struct endpoint *endpoint_r)
{
	size_t len = strcspn(text, "@");
	const char *host = text[len] == '@' ? text + len + 1 : "";
	char *port = g_strndup(text, len);
	bool good = read_host_port(host, strlen(host), port, endpoint_r);

	g_free(port);
	return good;
}

static bool
is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}

static bool
is_wildcard(const char *host)
{
	return host[0] == '\0' || strcmp(host, "0.0.0.0") == 0 ||
	    strcmp(host, "::") == 0;
}

bool
endpoint_read_sendmail(const char *text, struct endpoint *endpoint_r)
{
	static const char *const kinds[] = { "unix:", "local:" };

	if (after_inet(text) != NULL)
		return read_port_at_host(after_inet(text), endpoint_r);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (after(text, kinds[i]) != NULL)
			return read_path(after(text, kinds[i]), endpoint_r);
	return text[0] == '/' && read_path(text, endpoint_r);
}

bool
endpoint_read_postfix(const char *text, struct endpoint *endpoint_r)
{
	const char *inet = after(text, "inet:");
	const char *colon;

	if (inet == NULL) {
		const char *path = after(text, "unix:");

		return path != NULL && read_path(path, endpoint_r);
	}
	colon = strrchr(inet, ':');
	if (colon == NULL || colon == inet)
		return false;
	return read_host_port(inet, (size_t)(colon - inet), colon + 1,
	    endpoint_r);
}

bool
endpoint_reaches(const struct endpoint *to, const struct endpoint *at)
{
	if (to->is_unix || at->is_unix)
		return to->is_unix && at->is_unix &&
		    strcmp(to->path, at->path) == 0;
	if (to->port != at->port)
		return false;
	return is_wildcard(at->host) || strcasecmp(to->host, at->host) == 0 ||
	    (is_loopback(to->host) && is_loopback(at->host));
}

bool
endpoint_is_local(const struct endpoint *endpoint)
{
	return endpoint->is_unix || is_loopback(endpoint->host);
}

char *
endpoint_for_postfix(const struct endpoint *endpoint)
{
	const char *host =
	    is_wildcard(endpoint->host) ? "127.0.0.1" : endpoint->host;
	bool brackets = strchr(host, ':') != NULL;

	if (endpoint->is_unix)
		return g_strdup_printf("unix:%s", endpoint->path);
	return g_strdup_printf("inet:%s%s%s:%u", brackets ? "[" : "", host,
	    brackets ? "]" : "", endpoint->port);
}

char *
endpoint_for_sendmail(const struct endpoint *endpoint)
{
	const char *host =
	    is_wildcard(endpoint->host) ? "127.0.0.1" : endpoint->host;

	if (endpoint->is_unix)
		return g_strdup_printf("unix:%s", endpoint->path);
	return g_strdup_printf("%s:%u@%s",
	    strchr(host, ':') != NULL ? "inet6" : "inet", endpoint->port, host);
}
