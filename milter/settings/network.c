/* SPDX-License-Identifier: ISC */
#include "milter/settings/network.h"

#include <ctype.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

enum { V4_PREFIX = 96, V6_BITS = 128, V4_WIDEST = 8, V6_WIDEST = 7 };

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static void
map_v4(const struct in_addr *v4, uint8_t address_r[16])
{
	memcpy(address_r, mapped, sizeof(mapped));
	memcpy(address_r + sizeof(mapped), v4, 4);
}

static bool
is_v4(const struct network *network)
{
	return network->prefix >= V4_PREFIX &&
	    memcmp(network->address, mapped, sizeof(mapped)) == 0;
}

/* *offset_r is what a prefix written beside that address lacks to 128. */
static bool
read_address(const char *text, uint8_t address_r[16], unsigned int *offset_r)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		map_v4(&v4, address_r);
		*offset_r = V4_PREFIX;
		return true;
	}
	*offset_r = 0;
	return inet_pton(AF_INET6, text, address_r) == 1;
}

/* At most three digits: a prefix has no more. */
static bool
read_prefix(const char *text, unsigned int *prefix_r)
{
	unsigned int prefix = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 3)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		prefix = prefix * 10 + (unsigned int)(text[i] - '0');
	}
	*prefix_r = prefix;
	return true;
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned int count)
{
	unsigned int whole = count / 8;
	unsigned int mask = 0xffU << (8 - count % 8) & 0xff;

	if (memcmp(a, b, whole) != 0)
		return false;
	return count % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0;
}

static bool
has_host_bits(const struct network *network)
{
	uint8_t base[16] = { 0 };
	unsigned int whole = network->prefix / 8;
	unsigned int mask = 0xffU << (8 - network->prefix % 8) & 0xff;

	memcpy(base, network->address, whole);
	if (whole < sizeof(base))
		base[whole] = (uint8_t)(network->address[whole] & mask);
	return memcmp(base, network->address, sizeof(base)) != 0;
}

const char *
network_read(const char *text, struct network *network_r)
{
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchrnul(text, '/');
	size_t len = (size_t)(slash - text);
	struct network network = { .prefix = V6_BITS };
	unsigned int offset;
	unsigned int prefix;

	if (len >= sizeof(host))
		return "is not an address";
	memcpy(host, text, len);
	host[len] = '\0';
	if (!read_address(host, network.address, &offset))
		return "is not an address";

	if (*slash == '/') {
		if (!read_prefix(slash + 1, &prefix))
			return "has a prefix that is not a number";
		if (prefix > V6_BITS - offset)
			return "has a prefix longer than its address";
		network.prefix = prefix + offset;
	}
	if (has_host_bits(&network))
		return "has bits set beyond its prefix";
	*network_r = network;
	return NULL;
}

bool
network_has(const struct network *network, const struct sockaddr *peer)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t address[16];

	if (peer == NULL)
		return false;
	if (peer->sa_family == AF_INET) {
		memcpy(&v4, peer, sizeof(v4));
		map_v4(&v4.sin_addr, address);
	} else if (peer->sa_family == AF_INET6) {
		memcpy(&v6, peer, sizeof(v6));
		memcpy(address, &v6.sin6_addr, sizeof(address));
	} else {
		return false;
	}
	return same_bits(network->address, address, network->prefix);
}

bool
network_is_wide(const struct network *network)
{
	if (is_v4(network))
		return network->prefix < V4_PREFIX + V4_WIDEST;
	return network->prefix < V6_WIDEST;
}

const char *
network_write(const struct sockaddr *peer, char out[static INET6_ADDRSTRLEN])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (peer->sa_family == AF_INET) {
		memcpy(&v4, peer, sizeof(v4));
		return inet_ntop(AF_INET, &v4.sin_addr, out, INET6_ADDRSTRLEN);
	}
	if (peer->sa_family != AF_INET6)
		return NULL;
	memcpy(&v6, peer, sizeof(v6));
	return inet_ntop(AF_INET6, &v6.sin6_addr, out, INET6_ADDRSTRLEN);
}
