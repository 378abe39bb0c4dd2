/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/lib/mload/die.h"

enum { MAX_REPLY = 1 << 20 };

/*
 * Twice the largest segment on loopback, as Postfix has it: a second, short
 * write would wait for the ACK of the first.
 */
enum { TCP_BUFFER = 2 * 65483 };

static bool
is_path(const char *to)
{
	return strchr(to, '/') != NULL;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
connect_port(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

void
link_init(struct link *l)
{
	*l = (struct link){ .reply = allocate(MAX_REPLY) };
}

void
link_done(struct link *l)
{
	link_close(l);
	free(l->reply);
	free(l->buffer);
}

int
link_connect(const char *to)
{
	return is_path(to) ? connect_unix(to) : connect_port(to);
}

bool
link_open(struct link *l, const char *to)
{
	int fd = link_connect(to);

	if (fd == -1)
		return false;
	l->out = fdopen(fd, "w");
	l->in = fdopen(dup(fd), "r");
	if (l->out == NULL || l->in == NULL)
		die("no more file descriptors");
	if (!is_path(to)) {
		if (l->buffer == NULL)
			l->buffer = allocate(TCP_BUFFER);
		setvbuf(l->out, l->buffer, _IOFBF, TCP_BUFFER);
	}
	return true;
}

void
link_close(struct link *l)
{
	if (l->out == NULL)
		return;
	fclose(l->out);
	fclose(l->in);
	l->out = l->in = NULL;
}

bool
link_put(struct link *l, char command, const void *data, size_t len)
{
	uint32_t size = htonl((uint32_t)len + 1);
	char head[5];

	memcpy(head, &size, 4);
	head[4] = command;
	l->octets += (long long)len + 5;
	return fwrite(head, sizeof(head), 1, l->out) == 1 &&
	    fwrite(data, 1, len, l->out) == len;
}

bool
link_get(struct link *l)
{
	uint32_t size;

	if (fflush(l->out) != 0 || fread(&size, 4, 1, l->in) != 1)
		return false;
	l->reply_len = ntohl(size);
	return l->reply_len > 0 && l->reply_len < MAX_REPLY &&
	    fread(l->reply, l->reply_len, 1, l->in) == 1;
}
