/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/milter.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "t/lib/mload/clock.h"
#include "t/lib/mload/die.h"

/* What Postfix 3.7 offers. */
enum {
	OFFERED_ACTIONS = SMFIF_ADDHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT |
	    SMFIF_DELRCPT | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_CHGFROM |
	    SMFIF_ADDRCPT_PAR | SMFIF_SETSYMLIST,
	OFFERED_STEPS = 0x1fffff,
};

static void
note_verdict(struct answer *a, const struct milter *from)
{
	static const char name[] = "Authentication-Results";
	const char *field = from->link.reply + 5, *found;
	size_t method = strlen(from->method);

	if (from->link.reply_len < 5 + sizeof(name) ||
	    memcmp(field, name, sizeof(name)) != 0)
		return;
	from->link.reply[from->link.reply_len - 1] = '\0';
	found = strstr(field + sizeof(name), from->method);
	a->verdicts++;
	if (found != NULL)
		sscanf(found + method, "=%15[a-z]", a->word);
}

/* Read until the answer that ends this step. */
static bool
get_answer(struct milter *from, struct answer *a)
{
	do {
		if (!link_get(&from->link))
			return false;
		if (from->link.reply[0] == SMFIR_INSHEADER)
			note_verdict(a, from);
	} while (strchr("acdrtsyS", from->link.reply[0]) == NULL);
	a->final = from->link.reply[0];
	return true;
}

/*
 * One step of the conversation.  not_wanted: the milter does not want to hear
 * of it.  no_reply: it does not answer.
 */
static bool
step(struct milter *to, char command, uint32_t not_wanted, uint32_t no_reply,
    const void *data, size_t len)
{
	struct answer a = { 0 };

	if (to->steps & not_wanted)
		return true;
	if (!link_put(&to->link, command, data, len))
		return false;
	if (to->steps & no_reply)
		return true;
	return get_answer(to, &a) && strchr("cs", a.final) != NULL;
}

/* Postfix sends them before each step, also one that is left out. */
static bool
macros(struct milter *to, char command, const char *list, size_t len)
{
	char data[512] = { command };

	memcpy(data + 1, list, len);
	return link_put(&to->link, SMFIC_MACRO, data, len + 1);
}

#define MACROS(to, command, list) macros(to, command, list, sizeof(list))
#define STEP(to, command, no, nr, data)                                        \
	step(to, command, no, nr, data, sizeof(data))

static bool
negotiate(struct milter *to)
{
	uint32_t offer[3] = { htonl(6), htonl(OFFERED_ACTIONS),
		htonl(OFFERED_STEPS) };

	if (!link_put(&to->link, SMFIC_OPTNEG, offer, sizeof(offer)) ||
	    !link_get(&to->link) || to->link.reply[0] != SMFIC_OPTNEG ||
	    to->link.reply_len < 13)
		return false;
	memcpy(&to->steps, to->link.reply + 9, 4);
	to->steps = ntohl(to->steps);
	return true;
}

static bool
greet(struct milter *to)
{
	return negotiate(to) &&
	    MACROS(to, SMFIC_CONNECT,
		"j\0mx.example.net\0{daemon_name}\0smtpd\0v\0mload") &&
	    STEP(to, SMFIC_CONNECT, SMFIP_NOCONNECT, SMFIP_NR_CONN,
		"client.example.org\0004\020\0"
		"192.0.2.1") &&
	    macros(to, SMFIC_HELO, "", 0) &&
	    STEP(to, SMFIC_HELO, SMFIP_NOHELO, SMFIP_NR_HELO,
		"client.example.org");
}

static bool
send_envelope(struct milter *to)
{
	return MACROS(to, SMFIC_MAIL, "{mail_addr}\0alice@example.org") &&
	    STEP(to, SMFIC_MAIL, SMFIP_NOMAIL, SMFIP_NR_MAIL,
		"<alice@example.org>") &&
	    MACROS(to, SMFIC_RCPT,
		"i\0004MLOAD\0{rcpt_addr}\0box@example.com") &&
	    STEP(to, SMFIC_RCPT, SMFIP_NORCPT, SMFIP_NR_RCPT,
		"<box@example.com>") &&
	    MACROS(to, SMFIC_DATA, "i\0004MLOAD") &&
	    step(to, SMFIC_DATA, SMFIP_NODATA, SMFIP_NR_DATA, "", 0);
}

/* The field, without the space after the colon unless that was agreed on. */
static bool
send_field(struct milter *to, const struct octets *field)
{
	size_t name = strlen(field->data) + 1;
	char *packet;
	bool sent;

	if (!MACROS(to, SMFIC_HEADER, "i\0004MLOAD"))
		return false;
	if ((to->steps & SMFIP_HDR_LEADSPC) || field->data[name] != ' ')
		return step(to, SMFIC_HEADER, SMFIP_NOHDRS, SMFIP_NR_HDR,
		    field->data, field->len);
	packet = allocate(field->len);
	memcpy(packet, field->data, name);
	memcpy(packet + name, field->data + name + 1, field->len - name - 1);
	sent = step(to, SMFIC_HEADER, SMFIP_NOHDRS, SMFIP_NR_HDR, packet,
	    field->len - 1);
	free(packet);
	return sent;
}

static bool
send_header(struct milter *to, const struct message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		if (!send_field(to, &m->fields[i]))
			return false;
	}
	return step(to, SMFIC_EOH, SMFIP_NOEOH, SMFIP_NR_EOH, "", 0);
}

static bool
send_body(struct milter *to, const struct message *m, size_t at, size_t end)
{
	size_t n;

	for (; at < end; at += n) {
		n = end - at < to->chunk ? end - at : to->chunk;
		if (!MACROS(to, SMFIC_BODY, "i\0004MLOAD") ||
		    !step(to, SMFIC_BODY, SMFIP_NOBODY, SMFIP_NR_BODY,
			m->body + at, n))
			return false;
	}
	return true;
}

void
milter_init(struct milter *to, const char *method, size_t chunk)
{
	*to = (struct milter){ .method = method, .chunk = chunk };
	link_init(&to->link);
}

void
milter_done(struct milter *to)
{
	link_done(&to->link);
}

bool
milter_open(struct milter *to, const char *socket)
{
	if (!link_open(&to->link, socket))
		return false;
	if (greet(to))
		return true;
	link_close(&to->link);
	return false;
}

void
milter_quit(struct milter *to)
{
	link_put(&to->link, SMFIC_QUIT, "", 0);
	link_close(&to->link);
}

bool
milter_begin(struct milter *to, const struct message *m, size_t end)
{
	return send_envelope(to) && send_header(to, m) &&
	    send_body(to, m, 0, end);
}

bool
milter_end(struct milter *to, const struct message *m, size_t at,
    struct answer *a_r)
{
	double asked;

	if (!send_body(to, m, at, m->body_len) ||
	    !MACROS(to, SMFIC_BODYEOB, "i\0004MLOAD"))
		return false;
	asked = clock_now();
	if (!link_put(&to->link, SMFIC_BODYEOB, "", 0) || !get_answer(to, a_r))
		return false;
	a_r->waited = clock_now() - asked;
	return true;
}
