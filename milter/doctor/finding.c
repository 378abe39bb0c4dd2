/* SPDX-License-Identifier: ISC */
#include "milter/doctor/finding.h"

#include <stdlib.h>

#include <glib.h>
#include <jansson.h>

struct finding {
	enum finding_kind kind;
	char *place;  /* owned */
	char *what;   /* owned */
	char *change; /* owned; may be NULL */
};

struct findings {
	GPtrArray *list; /* owned */
};

struct row {
	const char *token;
	enum severity severity;
	const char *why;
};

static const struct row rows[] = {
	[FINDING_CONFIGURATION] = { "configuration", SEVERITY_ERROR,
	    "The daemon does not start with it, and a reload keeps what is in "
	    "force." },
	[FINDING_RISKY_SETTING] = { "risky-setting", SEVERITY_WARNING,
	    "It is allowed, and yet dangerous." },
	[FINDING_TRUST] = { "trust", SEVERITY_ERROR,
	    "The daemon does not start without its trust stores." },
	[FINDING_TRUST_ODD] = { "trust-odd", SEVERITY_WARNING,
	    "Signers may come out as untrusted." },
	[FINDING_TLS_BUNDLE] = { "tls-bundle", SEVERITY_WARNING,
	    "Its roots were vetted for web servers, not for mail, and roots "
	    "that are for mail only are missing." },
	[FINDING_EXPIRED] = { "expired", SEVERITY_WARNING,
	    "Exchange Online refuses a whole collection for one expired "
	    "certificate, and nobody vouches by one." },
	[FINDING_EXPIRES_SOON] = { "expires-soon", SEVERITY_WARNING,
	    "Signers who lead to it will come out as expired." },
	[FINDING_CLOCK] = { "clock", SEVERITY_WARNING,
	    "Whether a certificate is valid is judged by the clock." },
	[FINDING_FUTURE_FILE] = { "future-file", SEVERITY_WARNING,
	    "The clock was wrong then, or is wrong now, and certificates are "
	    "judged by it." },
	[FINDING_AUTHSERV_ID] = { "authserv-id", SEVERITY_NOTE,
	    "Who trusts the results under one name passes over those under "
	    "the other." },

	[FINDING_OPEN_SOCKET] = { "open-socket", SEVERITY_WARNING,
	    "The protocol has no password: whoever can connect can use up the "
	    "daemon." },
	[FINDING_NO_ANSWER] = { "no-answer", SEVERITY_ERROR,
	    "The MTA cannot reach the daemon either." },
	[FINDING_SOCKET_DENIED] = { "socket-denied", SEVERITY_ERROR,
	    "The MTA gets \"Permission denied\" and handles mail as if the "
	    "daemon were down." },
	[FINDING_SOCKET_CHROOT] = { "socket-chroot", SEVERITY_ERROR,
	    "In a chroot the path begins at the queue folder, so the socket "
	    "is not found." },
	[FINDING_SOCKET_UNSAFE] = { "socket-unsafe", SEVERITY_ERROR,
	    "Others could put a socket of their own there; Sendmail refuses "
	    "to use it." },

	[FINDING_NO_MTA] = { "no-mta", SEVERITY_WARNING,
	    "What the MTA does to mail was not looked at." },
	[FINDING_CANNOT_TELL] = { "cannot-tell", SEVERITY_NOTE,
	    "It may be right or wrong." },
	[FINDING_NOT_ASKED] = { "not-asked", SEVERITY_ERROR,
	    "Mail comes in without a verdict, and with whatever "
	    "Authentication-Results its sender wrote into it." },
	[FINDING_BYPASSED] = { "bypassed", SEVERITY_ERROR,
	    "Mail that comes this way has no verdict, and keeps whatever "
	    "Authentication-Results its sender wrote into it." },
	[FINDING_BLIND] = { "blind", SEVERITY_ERROR,
	    "A milter sees neither header nor body in front of a proxy "
	    "filter." },
	[FINDING_TWICE] = { "twice", SEVERITY_WARNING,
	    "The second time, the first verdict is removed and what the "
	    "filter made of the mail is judged." },
	[FINDING_SOCKET_SYNTAX] = { "socket-syntax", SEVERITY_ERROR,
	    "The MTA cannot connect to it." },
	[FINDING_NOT_ASKED_LOCALLY] = { "not-asked-locally", SEVERITY_WARNING,
	    "What programs submit with sendmail(1) can bring forged results "
	    "along." },
	[FINDING_FAILS_OPEN] = { "fails-open", SEVERITY_ERROR,
	    "While the daemon is down, mail comes in without a verdict and "
	    "forged results are not removed." },
	[FINDING_FAILS_HARD] = { "fails-hard", SEVERITY_WARNING,
	    "While the daemon is down, good mail is refused or held, where it "
	    "could come again." },
	[FINDING_PROTOCOL] = { "protocol", SEVERITY_WARNING,
	    "An old protocol costs a round trip for each line of the header, "
	    "and changes spaces in it." },
	[FINDING_TIMEOUT] = { "timeout", SEVERITY_WARNING,
	    "A busy host may not answer in time, and the MTA then handles "
	    "mail as if the daemon were down." },
	[FINDING_MACROS] = { "macros", SEVERITY_WARNING,
	    "We then cannot tell our name, or not the queue id in the log." },

	[FINDING_RESULTS_BEFORE] = { "results-before", SEVERITY_WARNING,
	    "Its Authentication-Results look forged to us and are removed, if "
	    "they are under our name." },
	[FINDING_BODY_BEFORE] = { "body-before", SEVERITY_WARNING,
	    "We judge what it made of the mail: a signature of mail that it "
	    "changes fails." },
	[FINDING_BODY_AFTER] = { "body-after", SEVERITY_WARNING,
	    "It may change mail after the verdict, which then is not about "
	    "what is delivered." },
	[FINDING_CONTENT_FILTER] = { "content-filter", SEVERITY_NOTE,
	    "If it changes bodies, the verdict is not about what is "
	    "delivered; let it leave signed mail alone." },
	[FINDING_BODY_CHECKS] = { "body-checks", SEVERITY_NOTE,
	    "REPLACE, STRIP and PREPEND in them change signed mail before we "
	    "see it." },

	[FINDING_INPUT_CONVERSION] = { "input-conversion", SEVERITY_ERROR,
	    "8-bit mail is rewritten before milters see it, and its "
	    "signatures fail." },
	[FINDING_OUTPUT_CONVERSION] = { "output-conversion", SEVERITY_NOTE,
	    "8-bit mail is rewritten when it is passed on to a host without "
	    "8BITMIME: who verifies again behind that host sees a failure." },
	[FINDING_LINE_LENGTH] = { "line-length", SEVERITY_NOTE,
	    "Longer lines are broken when mail is passed on: who verifies "
	    "again sees a failure." },
	[FINDING_NO_8BITMIME] = { "no-8bitmime", SEVERITY_WARNING,
	    "Without 8BITMIME the sender's host rewrites 8-bit mail, and its "
	    "signatures fail." },
	[FINDING_ADDED_HEADERS] = { "added-headers", SEVERITY_WARNING,
	    "A message without From gets one from its envelope before we see "
	    "it, and its signer is compared with that." },
	[FINDING_SEVEN_BITS] = { "seven-bits", SEVERITY_NOTE,
	    "8-bit mail is rewritten after we have seen it: who verifies "
	    "again sees a failure." },
	[FINDING_HEADERS_LENGTH] = { "headers-length", SEVERITY_WARNING,
	    "Sendmail itself fails on a field of more than 65535 octets when "
	    "there is a milter." },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == FINDING_KINDS,
    "a row for each kind");

static void
finding_free(void *pointer)
{
	struct finding *finding = pointer;

	g_free(finding->place);
	g_free(finding->what);
	g_free(finding->change);
	g_free(finding);
}

/* UTF-8 without anything that a terminal would act on.  Takes text over. */
static char *
make_printable(char *text)
{
	GString *out = g_string_new(NULL);
	char *valid = g_utf8_make_valid(text, -1);

	for (char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
		gunichar letter = g_utf8_get_char(c);

		g_string_append_unichar(out,
		    g_unichar_isprint(letter) ? letter : '?');
	}
	g_free(valid);
	g_free(text);
	return g_string_free(out, FALSE);
}

static bool
is_same(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && g_strcmp0(a->place, b->place) == 0 &&
	    g_strcmp0(a->what, b->what) == 0;
}

static bool
is_known(const struct findings *findings, const struct finding *finding)
{
	for (guint i = 0; i < findings->list->len; i++)
		if (is_same(findings->list->pdata[i], finding))
			return true;
	return false;
}

static void
print_one(const struct finding *finding, FILE *out)
{
	fprintf(out, "%s: %s: %s\n",
	    severity_word(rows[finding->kind].severity),
	    finding_token(finding->kind), finding->what);
	fprintf(out, "    %s\n", finding_why(finding->kind));
	if (finding->change != NULL)
		fprintf(out, "    %s:\n        %s\n", finding->place,
		    finding->change);
	else
		fprintf(out, "    (%s)\n", finding->place);
}

static json_t *
to_json(const struct finding *finding)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "severity",
	    severity_word(rows[finding->kind].severity), "finding",
	    finding_token(finding->kind), "place", finding->place, "what",
	    finding->what, "why", finding_why(finding->kind), "change",
	    finding->change);
}

/* Call it for each of that severity, in order. */
static void
for_each(const struct findings *findings, enum severity severity,
    void (*call)(const struct finding *finding, void *arg), void *arg)
{
	for (guint i = 0; i < findings->list->len; i++) {
		const struct finding *finding = findings->list->pdata[i];

		if (rows[finding->kind].severity == severity)
			call(finding, arg);
	}
}

static void
call_print(const struct finding *finding, void *arg)
{
	print_one(finding, arg);
}

static void
call_json(const struct finding *finding, void *arg)
{
	json_array_append_new(arg, to_json(finding));
}

static void
call_count(const struct finding *finding, void *arg)
{
	size_t *count = arg;

	(void)finding;
	++*count;
}

struct findings *
findings_new(void)
{
	struct findings *findings = g_new0(struct findings, 1);

	findings->list = g_ptr_array_new_with_free_func(finding_free);
	return findings;
}

void
findings_free(struct findings *findings)
{
	if (findings == NULL)
		return;
	g_ptr_array_unref(findings->list);
	g_free(findings);
}

void
findings_add(struct findings *findings, enum finding_kind kind,
    const char *place, char *what, char *change)
{
	struct finding *finding = g_new0(struct finding, 1);

	finding->kind = kind;
	finding->place = make_printable(g_strdup(place));
	finding->what = make_printable(what);
	finding->change = change != NULL ? make_printable(change) : NULL;
	if (is_known(findings, finding))
		finding_free(finding);
	else
		g_ptr_array_add(findings->list, finding);
}

size_t
findings_count(const struct findings *findings, enum severity severity)
{
	size_t count = 0;

	for_each(findings, severity, call_count, &count);
	return count;
}

bool
findings_have(const struct findings *findings, enum finding_kind kind)
{
	for (guint i = 0; i < findings->list->len; i++) {
		const struct finding *finding = findings->list->pdata[i];

		if (finding->kind == kind)
			return true;
	}
	return false;
}

void
findings_print(const struct findings *findings, FILE *out)
{
	for_each(findings, SEVERITY_ERROR, call_print, out);
	for_each(findings, SEVERITY_WARNING, call_print, out);
	for_each(findings, SEVERITY_NOTE, call_print, out);
	fprintf(out, "%zu errors, %zu warnings, %zu notes\n",
	    findings_count(findings, SEVERITY_ERROR),
	    findings_count(findings, SEVERITY_WARNING),
	    findings_count(findings, SEVERITY_NOTE));
}

void
findings_print_json(const struct findings *findings, FILE *out)
{
	json_t *list = json_array();
	json_t *object;

	for_each(findings, SEVERITY_ERROR, call_json, list);
	for_each(findings, SEVERITY_WARNING, call_json, list);
	for_each(findings, SEVERITY_NOTE, call_json, list);
	object = json_pack("{s:I, s:I, s:I, s:o}", "errors",
	    (json_int_t)findings_count(findings, SEVERITY_ERROR), "warnings",
	    (json_int_t)findings_count(findings, SEVERITY_WARNING), "notes",
	    (json_int_t)findings_count(findings, SEVERITY_NOTE), "findings",
	    list);
	json_dumpf(object, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(object);
}

const char *
finding_token(enum finding_kind kind)
{
	return rows[kind].token;
}

const char *
finding_why(enum finding_kind kind)
{
	return rows[kind].why;
}

enum severity
finding_severity(enum finding_kind kind)
{
	return rows[kind].severity;
}

const char *
severity_word(enum severity severity)
{
	static const char *const words[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return words[severity];
}
