/* SPDX-License-Identifier: ISC */
#include "t/lib/histories.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static char line[8000];

const char *
histories_hash(char digit)
{
	static char texts[4][65];
	static size_t next;
	char *text = texts[next++ % 4];

	memset(text, digit, 64);
	return text;
}

static const char *
or_else(const char *text, const char *other)
{
	return text != NULL ? text : other;
}

static size_t
print_head(const struct made *made, const char *on_premises, const char *cloud)
{
	size_t at = 0;

	at += (size_t)snprintf(line, sizeof(line),
	    "{\"time\":\"%s\",\"host\":\"mx1\",\"queue_id\":\"4XyZ12\","
	    "\"action\":\"accept\",",
	    or_else(made->time, "2026-01-02T03:04:05Z"));
	if (made->policy != NULL)
		at += (size_t)snprintf(line + at, sizeof(line) - at,
		    "\"policy\":\"%s\",\"stage\":\"monitor\","
		    "\"would\":\"%s\",",
		    made->policy, or_else(made->would, "accept"));
	at += (size_t)snprintf(line + at, sizeof(line) - at,
	    "\"result\":\"%s\",\"reason\":\"%s\",\"from\":\"%s\","
	    "\"modes\":{\"exchange-2013-sp1\":\"%s\","
	    "\"exchange-online\":\"%s\"},\"signatures\":[",
	    on_premises, made->is_unsigned ? "unsigned" : "untrusted",
	    or_else(made->from, "alice@example.org"), on_premises, cloud);
	return at;
}

static size_t
print_path(const struct made *made, size_t at)
{
	const char *carried = or_else(made->carried, "true");

	if (made->has_no_path)
		return at;
	at += (size_t)snprintf(line + at, sizeof(line) - at,
	    "{\"subject\":\"CN=Alice\",\"sha256\":\"%s\",\"not_after\":"
	    "\"2026-02-01T00:00:00Z\",\"carried\":true},",
	    histories_hash(made->leaf != 0 ? made->leaf : '1'));
	at += (size_t)snprintf(line + at, sizeof(line) - at,
	    "{\"subject\":\"CN=CA %c\",\"sha256\":\"%s\",\"not_after\":"
	    "\"2027-02-01T00:00:00Z\",\"carried\":%s},",
	    made->between != 0 ? made->between : '2',
	    histories_hash(made->between != 0 ? made->between : '2'), carried);
	at += (size_t)snprintf(line + at, sizeof(line) - at,
	    "{\"subject\":\"CN=Root %c\",\"sha256\":\"%s\",\"not_after\":"
	    "\"2028-02-01T00:00:00Z\",\"carried\":false}",
	    made->root != 0 ? made->root : '3',
	    histories_hash(made->root != 0 ? made->root : '3'));
	return at;
}

const char *
histories_line(const struct made *made)
{
	bool is_unsigned = made->is_unsigned || made->is_encrypted;
	const char *on_premises =
	    is_unsigned ? "none" : or_else(made->on_premises, "pass");
	const char *cloud = is_unsigned ? "none" : or_else(made->cloud, "pass");
	const char *reason = or_else(made->reason,
	    strcmp(cloud, "pass") == 0 ? NULL : "untrusted");
	size_t at = print_head(made, on_premises, cloud);

	if (!is_unsigned) {
		at += (size_t)snprintf(line + at, sizeof(line) - at,
		    "{\"identifier\":\"%s\",\"issuer\":\"CN=CA %c\","
		    "\"sha256\":\"%s\",\"facts\":{\"coverage\":\"whole\"},"
		    "\"modes\":{\"exchange-2013-sp1\":\"%s\","
		    "\"exchange-online\":\"%s\"},\"cloud\":{\"reason\":"
		    "%s%s%s,\"revocation\":\"not-checked\"},\"by\":\"%s\","
		    "\"path\":[",
		    or_else(made->from, "alice@example.org"),
		    made->between != 0 ? made->between : '2',
		    histories_hash(made->leaf != 0 ? made->leaf : '1'),
		    on_premises, cloud, reason == NULL ? "" : "\"",
		    or_else(reason, "null"), reason == NULL ? "" : "\"",
		    or_else(made->by,
			made->has_no_path ? "none" : "collection"));
		at = print_path(made, at);
		at += (size_t)snprintf(line + at, sizeof(line) - at, "]}");
	}
	at += (size_t)snprintf(line + at, sizeof(line) - at, "]}");
	ck_assert_uint_lt(at, sizeof(line));
	if (made->is_encrypted)
		memcpy(strstr(line, ":\"none\""), ":null  ", 7);
	return line;
}

void
histories_add(struct tally *tally, const struct made *made)
{
	struct histread *reader = histread_new();
	const struct hist_message *message;
	const char *text = histories_line(made);

	ck_assert_msg(histread_parse(reader, text, strlen(text), &message) ==
		HISTREAD_MESSAGE,
	    "%s in %s", histread_why(reader), text);
	tally_add(tally, message);
	histread_free(reader);
}
