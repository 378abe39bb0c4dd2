/* SPDX-License-Identifier: ISC */
#include "milter/doctor/milterlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

/* What Postfix 3.7 offers. */
enum {
	OFFERED_VERSION = 6,
	OFFERED_ACTIONS = SMFIF_ADDHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT |
	    SMFIF_DELRCPT | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_CHGFROM |
	    SMFIF_ADDRCPT_PAR | SMFIF_SETSYMLIST,
	OFFERED_STEPS = 0x1fffff,
};

enum { HEAD = 4, ANSWER_MIN = 1 + 3 * 4 };

struct name {
	uint32_t bit;
	const char *text;
};

static const struct name actions[] = {
	{ SMFIF_ADDHDRS, "add headers" },
	{ SMFIF_CHGBODY, "change the body" },
	{ SMFIF_ADDRCPT, "add recipients" },
	{ SMFIF_DELRCPT, "remove recipients" },
	{ SMFIF_CHGHDRS, "change headers" },
	{ SMFIF_QUARANTINE, "quarantine" },
	{ SMFIF_CHGFROM, "change the sender" },
	{ SMFIF_ADDRCPT_PAR, "add recipients with parameters" },
	{ SMFIF_SETSYMLIST, "choose macros" },
	{ 0, NULL },
};

static const struct name steps[] = {
	{ SMFIP_NOCONNECT, "no connect" },
	{ SMFIP_NOHELO, "no helo" },
	{ SMFIP_NOMAIL, "no mail" },
	{ SMFIP_NORCPT, "no rcpt" },
	{ SMFIP_NOBODY, "no body" },
	{ SMFIP_NOHDRS, "no header" },
	{ SMFIP_NOEOH, "no end of header" },
	{ SMFIP_NOUNKNOWN, "no unknown" },
	{ SMFIP_NODATA, "no data" },
	{ SMFIP_NR_HDR, "header unanswered" },
	{ SMFIP_NR_CONN, "connect unanswered" },
	{ SMFIP_NR_HELO, "helo unanswered" },
	{ SMFIP_NR_MAIL, "mail unanswered" },
	{ SMFIP_NR_RCPT, "rcpt unanswered" },
	{ SMFIP_NR_DATA, "data unanswered" },
	{ SMFIP_NR_UNKN, "unknown unanswered" },
	{ SMFIP_NR_EOH, "end of header unanswered" },
	{ SMFIP_NR_BODY, "body unanswered" },
	{ SMFIP_SKIP, "may skip the body" },
	{ SMFIP_RCPT_REJ, "wants refused recipients" },
	{ SMFIP_HDR_LEADSPC, "spaces kept" },
	{ 0, NULL },
};

/* One milterlink_try(). */
struct attempt {
	int file;
	double end; /* when time is up */
	struct milterlink *link;
};

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool
fail(struct attempt *attempt, enum milterlink_state state, int error)
{
	attempt->link->state = state;
	attempt->link->error = error;
	return false;
}

static bool
fail_by_errno(struct attempt *attempt)
{
	if (errno == EACCES || errno == EPERM)
		return fail(attempt, MILTERLINK_DENIED, errno);
	return fail(attempt, MILTERLINK_NOT_THERE, errno);
}

/* Wait until the file is ready for that, as long as there is time. */
static bool
wait_for(struct attempt *attempt, short events)
{
	struct pollfd file = { .fd = attempt->file, .events = events };
	double left = attempt->end - seconds_now();
	int ready;

	if (left < 0)
		return fail(attempt, MILTERLINK_NO_ANSWER, ETIMEDOUT);
	do
		ready = poll(&file, 1, (int)(left * 1000) + 1);
	while (ready < 0 && errno == EINTR);
	return ready > 0 || fail(attempt, MILTERLINK_NO_ANSWER, ETIMEDOUT);
}

static bool
finish_connect(struct attempt *attempt)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (errno == EAGAIN) /* a Unix socket whose queue is full */
		return fail(attempt, MILTERLINK_NO_ANSWER, errno);
	if (errno != EINPROGRESS)
		return fail_by_errno(attempt);
	if (!wait_for(attempt, POLLOUT))
		return false;
	getsockopt(attempt->file, SOL_SOCKET, SO_ERROR, &error, &len);
	errno = error;
	return error == 0 || fail_by_errno(attempt);
}

static bool
connect_to(struct attempt *attempt, const struct sockaddr *to, socklen_t len)
{
	attempt->file = socket(to->sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (attempt->file < 0)
		return fail_by_errno(attempt);
	return connect(attempt->file, to, len) == 0 || finish_connect(attempt);
}

static bool
connect_unix(struct attempt *attempt, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	memcpy(to.sun_path, path, strlen(path) + 1);
	return connect_to(attempt, (const struct sockaddr *)&to, sizeof(to));
}

/* The first address of the host only: it is ours, and has one. */
static bool
connect_inet(struct attempt *attempt, const struct endpoint *endpoint)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	const char *host =
	    endpoint->host[0] != '\0' ? endpoint->host : "127.0.0.1";
	struct addrinfo *found = NULL;
	char port[12];
	bool good;

	snprintf(port, sizeof(port), "%u", endpoint->port);
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return fail(attempt, MILTERLINK_NOT_THERE, ENOENT);
	good = connect_to(attempt, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return good;
}

static bool
put(struct attempt *attempt, const void *data, size_t len)
{
	/* A few octets fit into a socket that was just opened. */
	ssize_t sent = send(attempt->file, data, len, MSG_NOSIGNAL);

	return sent == (ssize_t)len ||
	    fail(attempt, MILTERLINK_NO_MILTER, errno);
}

static bool
get(struct attempt *attempt, uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t got;

		if (!wait_for(attempt, POLLIN))
			return false;
		got = recv(attempt->file, data, len, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return fail(attempt, MILTERLINK_NO_MILTER,
			    got == 0 ? 0 : errno);
		if (got > 0) {
			data += got;
			len -= (size_t)got;
		}
	}
	return true;
}

static uint32_t
read_u32(const uint8_t *octets)
{
	uint32_t n;

	memcpy(&n, octets, sizeof(n));
	return ntohl(n);
}

static bool
put_offer(struct attempt *attempt)
{
	const uint32_t numbers[] = { htonl(OFFERED_VERSION),
		htonl(OFFERED_ACTIONS), htonl(OFFERED_STEPS) };
	uint8_t packet[HEAD + ANSWER_MIN] = { 0, 0, 0, ANSWER_MIN,
		SMFIC_OPTNEG };

	memcpy(packet + HEAD + 1, numbers, sizeof(numbers));
	return put(attempt, packet, sizeof(packet));
}

static bool
get_answer(struct attempt *attempt)
{
	uint8_t head[HEAD];
	uint8_t *octets;
	size_t len;
	bool good;

	if (!get(attempt, head, sizeof(head)))
		return false;
	len = read_u32(head);
	if (len < ANSWER_MIN || len > MILTERLINK_MAX_ANSWER)
		return fail(attempt, MILTERLINK_NO_MILTER, 0);
	octets = g_malloc(len);
	good = get(attempt, octets, len);
	if (good && !milterlink_read_answer(octets, len, attempt->link))
		good = fail(attempt, MILTERLINK_NO_MILTER, 0);
	g_free(octets);
	return good;
}

static void
say_goodbye(struct attempt *attempt)
{
	static const uint8_t quit[] = { 0, 0, 0, 1, SMFIC_QUIT };

	(void)send(attempt->file, quit, sizeof(quit), MSG_NOSIGNAL);
}

static char *
names_of(uint32_t bits, const struct name *names)
{
	GString *out = g_string_new(NULL);

	for (; names->text != NULL; names++) {
		if ((bits & names->bit) == 0)
			continue;
		if (out->len > 0)
			g_string_append(out, ", ");
		g_string_append(out, names->text);
	}
	return g_string_free(out, FALSE);
}

bool
milterlink_read_answer(const uint8_t *octets, size_t len,
    struct milterlink *link_r)
{
	uint32_t version, wanted, left_out;

	if (len < ANSWER_MIN || octets[0] != SMFIC_OPTNEG)
		return false;
	version = read_u32(octets + 1);
	wanted = read_u32(octets + 5);
	left_out = read_u32(octets + 9);
	if (version < 2 || version > OFFERED_VERSION ||
	    (wanted & ~(uint32_t)OFFERED_ACTIONS) != 0 ||
	    (left_out & ~(uint32_t)OFFERED_STEPS) != 0)
		return false;
	link_r->version = version;
	link_r->actions = wanted;
	link_r->steps = left_out;
	return true;
}

void
milterlink_try(const struct endpoint *endpoint, int milliseconds,
    struct milterlink *link_r)
{
	double begin = seconds_now();
	struct attempt attempt = { .file = -1,
		.end = begin + milliseconds / 1e3,
		.link = link_r };
	bool good;

	*link_r = (struct milterlink){ .state = MILTERLINK_UP };
	good = endpoint->is_unix ? connect_unix(&attempt, endpoint->path) :
				   connect_inet(&attempt, endpoint);
	good = good && put_offer(&attempt) && get_answer(&attempt);
	if (good) {
		link_r->seconds = seconds_now() - begin;
		say_goodbye(&attempt);
	}
	if (attempt.file >= 0)
		close(attempt.file);
}

const char *
milterlink_word(enum milterlink_state state)
{
	switch (state) {
	case MILTERLINK_UP:
		return "up";
	case MILTERLINK_NOT_THERE:
		return "nothing listens there";
	case MILTERLINK_DENIED:
		return "may not connect";
	case MILTERLINK_NO_ANSWER:
		return "does not answer";
	case MILTERLINK_NO_MILTER:
		break;
	}
	return "answers, but is no milter";
}

char *
milterlink_actions(uint32_t bits)
{
	return names_of(bits, actions);
}

char *
milterlink_steps(uint32_t bits)
{
	return names_of(bits, steps);
}
