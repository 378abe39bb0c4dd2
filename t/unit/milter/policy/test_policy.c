/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "milter/policy/policy.h"
#include "smime/smime.h"
#include "smime/x509/cert.h"
#include "t/lib/scratch.h"

static struct settings *settings;
static struct trust *site;
static struct rulebook *book;
static struct envelope envelope;
static const struct verdict *tenants[4];

static void
begin(void)
{
	scratch_begin();
	smime_init();
	site = trust_new(TRUST_EXCHANGE_2013_SP1, NULL, NULL, NULL);
	envelope_init(&envelope);
	settings = NULL;
	book = NULL;
}

static void
end(void)
{
	envelope_done(&envelope);
	rulebook_free(book);
	settings_unref(settings);
	trust_unref(site);
	scratch_end();
}

/* The rules of that text. */
static void
configure(const char *text)
{
	char *path = scratch_path("conf");
	char *error = NULL;

	rulebook_free(book);
	settings_unref(settings);
	scratch_write("conf", text);
	settings = settings_load(path, NULL, &error);
	ck_assert_msg(settings != NULL, "%s", error);
	book = rulebook_load(settings, site, NULL, NULL, NULL, &error);
	ck_assert_msg(book != NULL, "%s", error);
	free(path);
}

/* "Name: value" fields with "|" between. */
static void
push_fields(const char *fields)
{
	char *copy = strdup(fields);
	char *rest = copy;
	char *line;

	while ((line = strsep(&rest, "|")) != NULL) {
		char *colon = strchr(line, ':');

		if (colon != NULL)
			ck_assert(envelope_push_field(&envelope, line,
			    (size_t)(colon - line), colon + 1));
	}
	free(copy);
}

/* Addresses with blanks between. */
static void
push_rcpts(const char *rcpts)
{
	char *copy = strdup(rcpts);
	char *rest = copy;
	char *one;

	while ((one = strsep(&rest, " ")) != NULL)
		ck_assert(envelope_add_rcpt(&envelope, one));
	free(copy);
}

static const struct verdict *
never_judge(void *arg, struct trust *trust)
{
	(void)arg;
	(void)trust;
	ck_abort_msg("no rule has a trust of its own");
	return NULL;
}

static struct action
decide_with(const struct verdict *verdict, policy_judge *judge, void *arg)
{
	const struct policy_case what = {
		.settings = settings,
		.book = book,
		.envelope = &envelope,
		.verdict = verdict,
		.judge = judge,
		.arg = arg,
		.tenants_r = tenants,
	};
	struct action action;

	policy_decide(&what, &action);
	return action;
}

static struct action
decide(enum reason reason)
{
	const struct verdict verdict = {
		.result = reason_result(reason),
		.reason = reason,
		.scope = COVERAGE_WHOLE,
		.from = "a@bank.example",
	};

	ck_assert(envelope_settle(&envelope));
	return decide_with(&verdict, never_judge, NULL);
}

static const struct {
	const char *name;
	enum action_kind kind;
	enum reason reason;
	const char *code;
	const char *enhanced;
	const char *text;
} rows[] = {
	{ "changed mail is refused", ACTION_REJECT, REASON_DIGEST_MISMATCH,
	    "550", "5.7.1", "S/MIME signature refused: digest-mismatch: " },
	{ "changed mail may come again", ACTION_TEMPFAIL,
	    REASON_DIGEST_MISMATCH, "451", "4.7.1",
	    "S/MIME signature refused: digest-mismatch: " },
	{ "changed mail is held", ACTION_QUARANTINE, REASON_DIGEST_MISMATCH,
	    NULL, "", "S/MIME signature refused: digest-mismatch: " },
	{ "changed mail is dropped", ACTION_DISCARD, REASON_DIGEST_MISMATCH,
	    NULL, "", "S/MIME signature refused: digest-mismatch: " },
	{ "an unknown root", ACTION_REJECT, REASON_UNTRUSTED, "550", "5.7.1",
	    "S/MIME signature not accepted: untrusted: " },
	{ "no memory", ACTION_TEMPFAIL, REASON_TEMP_NOMEM, "451", "4.7.1",
	    "S/MIME signature not verified: no-memory: " },
	{ "too deep", ACTION_REJECT, REASON_TOO_DEEP, "550", "5.7.1",
	    "S/MIME signature not verified: too-deep: " },
	{ "not CMS", ACTION_REJECT, REASON_CMS_MALFORMED, "550", "5.7.1",
	    "S/MIME signature not accepted: cms-malformed: " },
	{ "not signed", ACTION_REJECT, REASON_UNSIGNED, "550", "5.7.1",
	    "S/MIME signature required: unsigned: " },
	{ "encrypted", ACTION_REJECT, REASON_ENCRYPTED, "550", "5.7.1",
	    "encrypted mail is not taken here: encrypted: " },
	{ "good mail", ACTION_ACCEPT, REASON_OK, NULL, "",
	    "S/MIME signed mail is not taken here" },
};

START_TEST(does_what_is_set_for_the_result)
{
	const size_t len = strlen(rows[_i].text);
	enum result result = reason_result(rows[_i].reason);
	struct action action;

	configure("");
	/* No other result may count. */
	for (int i = 0; i <= RESULT_FAIL; i++)
		settings->on[i] = rows[_i].kind == ACTION_DISCARD ?
		    ACTION_ACCEPT :
		    ACTION_DISCARD;
	settings->on[result] = rows[_i].kind;
	action = decide(rows[_i].reason);

	ck_assert_int_eq(action.kind, rows[_i].kind);
	ck_assert_int_eq(action.would, rows[_i].kind);
	ck_assert_ptr_null(action.policy);
	ck_assert_ptr_null(action.tag);
	ck_assert_pstr_eq(action.code, rows[_i].code);
	ck_assert_str_eq(action.enhanced, rows[_i].enhanced);
	ck_assert_msg(strncmp(action.text, rows[_i].text, len) == 0, "%s: %s",
	    rows[_i].name, action.text);
	if (rows[_i].reason != REASON_OK)
		ck_assert_str_eq(action.text + len,
		    reason_words(rows[_i].reason));
	else
		ck_assert_str_eq(action.text, rows[_i].text);
}
END_TEST

/* RFC 5321 4.5.3.1.5: a reply line has at most 512 octets. */
START_TEST(has_a_reply_for_every_reason)
{
	enum reason reason = (enum reason)_i;
	struct action action;

	configure("");
	settings->on[reason_result(reason)] = ACTION_REJECT;
	action = decide(reason);
	ck_assert_ptr_null(strpbrk(action.text, "%\r\n"));
	ck_assert_uint_gt(strlen(action.text), 0);
	for (const char *c = action.text; *c != '\0'; c++)
		ck_assert(*c >= ' ' && *c < 0x7f);
	if (reason != REASON_OK) {
		const char *words = reason_words(reason);
		size_t len = strlen(action.text);

		ck_assert_uint_ge(len, strlen(words));
		ck_assert_str_eq(action.text + len - strlen(words), words);
	}
}
END_TEST

#define BANK                                                                   \
	"policy \"p\" { from-domain = { \"bank.example\" }\n"                  \
	"require = \"pass\" stage = \"reject\" "
#define FROM_BANK "From: <a@bank.example>"

/* Whose mail is it?  unsigned mail is refused by the rule of BANK. */
static const struct {
	const char *name;
	const char *fields;
	const char *sender;
	enum action_kind kind;
} authors[] = {
	{ "the domain", FROM_BANK, "<x@y.example>", ACTION_REJECT },
	{ "another", "From: a@other.example", "<a@bank.example>",
	    ACTION_ACCEPT },
	{ "one that ends alike", "From: a@notbank.example", "<>",
	    ACTION_ACCEPT },
	{ "one above", "From: a@example", "<>", ACTION_ACCEPT },
	{ "upper case", "From: A@BANK.Example", "<>", ACTION_REJECT },
	{ "upper case of the name", "FROM: a@bank.example", "<>",
	    ACTION_REJECT },
	{ "below it", "From: a@x.y.bank.example", "<>", ACTION_REJECT },
	{ "trailing dot", "From: a@bank.example.", "<>", ACTION_REJECT },
	{ "second field", "From: a@other.example|From: a@bank.example", "<>",
	    ACTION_REJECT },
	{ "first of two fields", "From: a@bank.example|From: a@other.example",
	    "<>", ACTION_REJECT },
	{ "second mailbox", "From: a@other.example, b@bank.example", "<>",
	    ACTION_REJECT },
	{ "in a group", "From: team: a@other.example, b@bank.example;", "<>",
	    ACTION_REJECT },
	{ "a comment within", "From: a@(x)bank.example", "<>", ACTION_REJECT },
	{ "comments everywhere",
	    "From: (a(b\\)c) x@y)a(.)@ (@) bank (z) . \t(q) example (", "<>",
	    ACTION_REJECT },
	{ "a comment that does not end, and another field",
	    "From: (|From: a@(x)bank.example", "<>", ACTION_REJECT },
	{ "folded within, and comments",
	    "From: a@other.example, a@(x)\n (y)bank\n\t.example", "<>",
	    ACTION_REJECT },
	{ "a quoted domain", "From: a@\"bank.example\"", "<>", ACTION_REJECT },
	{ "blanks within", "From: a @ bank.example", "<>", ACTION_REJECT },
	{ "folded within", "From: <a@\n bank.example>", "<>", ACTION_REJECT },
	{ "a route", "From: <@other.example:a@bank.example>", "<>",
	    ACTION_REJECT },
	{ "two in brackets", "From: <a@other.example> <a@bank.example>", "<>",
	    ACTION_REJECT },
	{ "bare before brackets", "From: a@bank.example <a@other.example>",
	    "<>", ACTION_REJECT },
	{ "no closing bracket", "From: <a@bank.example", "<>", ACTION_REJECT },
	{ "an encoded word as the address",
	    "From: =?utf-8?q?a=40bank=2Eexample?=", "<>", ACTION_REJECT },
	{ "full-width characters",
	    "From: a\xef\xbc\xa0"
	    "bank\xef\xbc\x8e"
	    "example",
	    "<>", ACTION_REJECT },
	{ "two signs", "From: a@other.example@bank.example", "<>",
	    ACTION_REJECT },
	{ "a quoted local part", "From: \"a b\"@bank.example", "<>",
	    ACTION_REJECT },
	{ "a quoted local part, and a dot", "From: \"a b\"@bank.example.", "<>",
	    ACTION_REJECT },
	{ "a local part that looks like another",
	    "From: \"a@other.example\"@bank.example", "<>", ACTION_REJECT },
	{ "a soft hyphen",
	    "From: a@ba\xc2\xad"
	    "nk.example",
	    "<>", ACTION_REJECT },
	{ "an ideographic full stop",
	    "From: a@bank\xe3\x80\x82"
	    "example",
	    "<>", ACTION_REJECT },
	{ "behind a bare CR of another field",
	    "From: a@other.example|Subject: x\rFrom: a@bank.example", "<>",
	    ACTION_REJECT },
	{ "behind a bare LF of another field",
	    "From: a@other.example|Subject: x\nFrom: a@bank.example", "<>",
	    ACTION_REJECT },
	{ "a control character behind it", "From: a@bank.example\v", "<>",
	    ACTION_REJECT },
	{ "one before it",
	    "From: <a@\x01"
	    "bank.example>",
	    "<>", ACTION_REJECT },
	{ "one in an encoded word",
	    "From: =?utf-8?q?a=40bank=2Eexample=0B?=", "<>", ACTION_REJECT },
	{ "an octet that is no UTF-8", "From: a@bank.example\xff", "<>",
	    ACTION_REJECT },
	{ "a mark that nobody sees", "From: a@bank\xe2\x80\x8f.example", "<>",
	    ACTION_REJECT },
	{ "a backslash before it", "From: a@\\bank.example", "<>",
	    ACTION_REJECT },
	{ "quotes within", "From: a@b\"a\"nk.example", "<>", ACTION_REJECT },
	{ "quotes around a hyphen", "From: a@other\"-\"bank.example", "<>",
	    ACTION_REJECT },
	{ "quotes around nothing", "From: a@x.b\"\"ank.example", "<>",
	    ACTION_REJECT },
	{ "quotes around a letter beyond ASCII",
	    "From: a@b\"\xc3\xa4\"nk.example", "<>", ACTION_REJECT },
	{ "quotes around a comment", "From: a@b\"(x)\"ank.example", "<>",
	    ACTION_REJECT },
	{ "a name that is a quoted address, and words",
	    "From: \"a@x.example\" via L <l@y.example>, b@z.example", "<>",
	    ACTION_ACCEPT },
	{ "a sign behind it", "From: a@bank.example!x", "<>", ACTION_REJECT },
	{ "two names that are quoted addresses",
	    "From: \"a@other.example\" <a@other.example>, \"b@c.example\" "
	    "<b@c.example>",
	    "<>", ACTION_ACCEPT },
	{ "in another field", "From: a@other.example|Subject: a@bank.example",
	    "<>", ACTION_ACCEPT },
	{ "U-labels", "From: a@B\xc3\x84NK.example", "<>", ACTION_REJECT },
	{ "U-labels, decomposed",
	    "From: a@ba\xcc\x88"
	    "nk.example",
	    "<>", ACTION_REJECT },
	{ "A-labels", "From: a@x.XN--BNK-qla.example", "<>", ACTION_REJECT },
	{ "U-labels in an encoded word",
	    "From: <a@=?iso-8859-1?q?b=E4nk?=.example>", "<>", ACTION_REJECT },
	{ "a name that shows another address",
	    "From: \"a@bank.example\" <a@other.example>", "<>", ACTION_ACCEPT },
	{ "no From, but Sender", "Sender: a@bank.example", "<x@y.example>",
	    ACTION_REJECT },
	{ "no From, but the envelope", "To: x@y.example", "<a@bank.example>",
	    ACTION_REJECT },
	{ "an empty From", "From: ", "<a@bank.example>", ACTION_REJECT },
	{ "a From without address", "From: The Bank", "<a@BANK.example>",
	    ACTION_REJECT },
	{ "nobody at all", "To: x@y.example", "<>", ACTION_ACCEPT },
	{ "null sender", FROM_BANK, "<>", ACTION_REJECT },
	{ "a report", FROM_BANK "|Content-Type: multipart/report", "<>",
	    ACTION_REJECT },
	{ "an auto-reply", FROM_BANK "|Auto-Submitted: auto-replied", "<>",
	    ACTION_REJECT },
};

START_TEST(a_rule_is_not_escaped_by_how_an_author_is_written)
{
	struct action action;

	configure("policy \"p\" { from-domain = { bank.example, "
		  "\"b\xc3\xa4nk.example\" }\n"
		  "require = pass stage = reject }");
	ck_assert(envelope_set_sender(&envelope, authors[_i].sender));
	push_rcpts("<x@y.example>");
	push_fields(authors[_i].fields);
	action = decide(REASON_UNSIGNED);
	ck_assert_msg(action.kind == authors[_i].kind, "%s: %s",
	    authors[_i].name, action_word(action.kind));
	ck_assert((action.policy != NULL) == (action.kind == ACTION_REJECT));
}
END_TEST

/* A rule about one address: From and RCPT, and whether it is that one. */
static const struct {
	const char *from;
	const char *rcpt;
	bool matches;
} addresses[] = {
	{ "a@bank.example", "<x@y.example>", true },
	{ "b@bank.example", "<x@y.example>", false },
	{ "a@bank.example", "<z@y.example>", false },
	{ "\"a\"@bank.example", "<\"x\"@y.example>", true },
	{ "\"a\"@bank.example.", "<\"X\"@Y.example.>", true },
	{ "\"\\a\" @ bank.example., b@bank.example", "<\\x@y.example>", true },
	{ "A(b)@bank.example (c)", "<x(b)@(c)y.example>", true },
	{ "<a @ bank.example", "<@r.example:x@y.example>", true },
	{ "\"b@bank.example\"@c.example, a@bank.example.", "<x @y.example>",
	    true },
};

START_TEST(an_address_is_known_however_it_is_written)
{
	char *field;
	struct action action;

	configure("policy \"p\" { from = { a@bank.example }\n"
		  "rcpt = { x@y.example } require = pass stage = reject }");
	ck_assert_int_gt(asprintf(&field, "From: %s", addresses[_i].from), 0);
	push_fields(field);
	ck_assert(envelope_add_rcpt(&envelope, addresses[_i].rcpt));
	action = decide(REASON_UNSIGNED);
	ck_assert_msg((action.policy != NULL) == addresses[_i].matches,
	    "%s to %s", addresses[_i].from, addresses[_i].rcpt);
	free(field);
}
END_TEST

/* RCPT that only the MTA can tell whose it is. */
static const char *const unclear[] = {
	"<x>",
	"<x@[192.0.2.1]>",
	"<x@[IPv6:2001:db8::1]>",
	"<x@>",
};

START_TEST(a_recipient_without_domain_may_be_anybody)
{
	struct action action;

	configure("policy mild { rcpt = { x@y.example } on-none = accept\n"
		  "stage = reject }\n"
		  "policy held { rcpt-domain = { z.example } require = pass\n"
		  "stage = reject unmet = quarantine }\n"
		  "policy all { on-none = tag stage = reject }\n"
		  "policy late { require = pass stage = reject }");
	push_fields(FROM_BANK);
	push_rcpts(unclear[_i]);
	action = decide(REASON_UNSIGNED);
	ck_assert_int_eq(action.kind, ACTION_QUARANTINE);
	ck_assert_str_eq(action.policy, "held");
}
END_TEST

/* More authors than anybody can count: it may be the bank. */
START_TEST(too_many_authors_may_be_anybody)
{
	char *from;
	size_t len;
	FILE *out = open_memstream(&from, &len);
	struct action action;

	fputs("From: ", out);
	for (int i = 0; i <= ENVELOPE_MAX_AUTHORS; i++)
		fprintf(out, "a@d%d.example, ", i);
	fputs("a@bank.example", out);
	fclose(out);
	configure("policy \"mild\" { from-domain = { d1.example }\n"
		  "on-none = accept stage = reject }\n" BANK "}");
	ck_assert(envelope_set_sender(&envelope, "<>"));
	push_fields(from);
	action = decide(REASON_UNSIGNED);
	ck_assert_int_eq(action.kind, ACTION_REJECT);
	ck_assert_str_eq(action.policy, "p");
	free(from);
}
END_TEST

/* Conditions beside the author: mail from the bank, to x@y.example. */
static const struct {
	const char *name;
	const char *conditions;
	const char *more; /* fields */
	bool matches;
} conditions[] = {
	{ "none", "", "", true },
	{ "everybody", "from-domain = { \"*\" }", "", true },
	{ "itself alone", "from-domain = { \"=bank.example\" }", "", true },
	{ "below only", "from-domain = { \".bank.example\" }", "", false },
	{ "one of several", "from-domain = { a.example, BANK.example. }", "",
	    true },
	{ "the address", "from = { A@bank.example }", "", true },
	{ "another address", "from = { b@bank.example }", "", false },
	{ "all have to hold",
	    "from-domain = { bank.example } from = { b@bank.example }", "",
	    false },
	{ "envelope", "mail-from-domain = { mailer.example }", "", true },
	{ "another envelope", "mail-from-domain = { bank.example }", "",
	    false },
	{ "sender", "mail-from = { m@mailer.example }", "", true },
	{ "another sender", "mail-from = { n@mailer.example }", "", false },
	{ "recipient's domain", "rcpt-domain = { Y.example }", "", true },
	{ "another recipient's domain", "rcpt-domain = { z.example }", "",
	    false },
	{ "recipient", "rcpt = { x@y.example }", "", true },
	{ "another recipient", "rcpt = { z@y.example }", "", false },
	{ "client", "client = { 192.0.2.0/24 }", "", true },
	{ "another client", "client = { 192.0.3.0/24, '2001:db8::/32' }", "",
	    false },
	{ "user", "user = { carol }", "", true },
	{ "any user", "user = { '*' }", "", true },
	{ "user in another case", "user = { Carol }", "", false },
	{ "TLS subject", "tls-subject = { 'CN=mta' }", "", true },
	{ "another TLS subject", "tls-subject = { 'CN=mt' }", "", false },
	{ "no TLS issuer", "tls-issuer = { '*' }", "", false },
	{ "result", "result = { fail, none }", "", true },
	{ "another result", "result = { pass, encrypted }", "", false },
	{ "reason", "reason = { unsigned }", "", true },
	{ "another reason", "reason = { untrusted }", "", false },
	{ "vouched by none", "vouched-by = { none }", "", true },
	{ "vouched by another", "vouched-by = { collection, local }", "",
	    false },
	{ "strength of nothing", "strength = 1", "", false },
	{ "validation of nothing", "validation = { mailbox }", "", false },
	{ "plain mail", "class = { mail }", "", true },
	{ "no report", "class = { report }", "", false },
	{ "a report", "class = { report }",
	    "Content-Type: Multipart/Report; x=y", true },
	{ "a report is no plain mail", "class = { mail }",
	    "Content-Type:\n multipart/report", false },
	{ "nearly a report", "class = { report }",
	    "Content-Type: multipart/reportx", false },
	{ "an auto-reply", "class = { bounce, auto-reply }",
	    "Auto-Submitted: auto-generated", true },
	{ "an auto-reply that begins with no", "class = { auto-reply }",
	    "Auto-Submitted: notified; x=y", true },
	{ "submitted by a person", "class = { mail }", "Auto-Submitted: no",
	    true },
};

static void
set_client(const char *address)
{
	struct sockaddr_in *client = (struct sockaddr_in *)&envelope.client;

	client->sin_family = AF_INET;
	ck_assert_int_eq(inet_pton(AF_INET, address, &client->sin_addr), 1);
}

START_TEST(matches_by_its_conditions)
{
	struct action action;
	char text[300];

	snprintf(text, sizeof(text),
	    "policy \"c\" { %s\nunmet = reject require = pass stage = reject }",
	    conditions[_i].conditions);
	configure(text);
	ck_assert(envelope_set_sender(&envelope, "<m@mailer.example>"));
	push_rcpts("<x@y.example>");
	set_client("192.0.2.1");
	envelope.user = strdup("carol");
	envelope.tls_subject = strdup("CN=mta");
	push_fields(FROM_BANK);
	push_fields(conditions[_i].more);
	action = decide(REASON_UNSIGNED);
	ck_assert_msg((action.policy != NULL) == conditions[_i].matches, "%s",
	    conditions[_i].name);
	ck_assert((action.kind == ACTION_REJECT) == conditions[_i].matches);
}
END_TEST

/* What is asked for, by what a rule says and what the verdict is. */
static const struct {
	const char *name;
	const char *rule;
	enum reason reason;
	enum action_kind kind;
	const char *unmet;
} wishes[] = {
	{ "pass", "", REASON_OK, ACTION_ACCEPT, NULL },
	{ "pass, but own action", "on-pass = quarantine", REASON_OK,
	    ACTION_QUARANTINE, NULL },
	{ "unsigned", "", REASON_UNSIGNED, ACTION_REJECT, "signature" },
	{ "certificates only", "", REASON_CERTS_ONLY, ACTION_REJECT,
	    "signature" },
	{ "untrusted", "", REASON_UNTRUSTED, ACTION_REJECT, "signature" },
	{ "another author", "", REASON_FROM_MISMATCH, ACTION_REJECT,
	    "signature" },
	{ "altered", "", REASON_DIGEST_MISMATCH, ACTION_REJECT, "signature" },
	{ "malformed", "", REASON_CMS_MALFORMED, ACTION_REJECT, "signature" },
	{ "too deep", "", REASON_TOO_DEEP, ACTION_REJECT, "signature" },
	{ "our fault", "", REASON_TEMP_NOMEM, ACTION_TEMPFAIL, "signature" },
	{ "our fault, own action", "on-temperror = accept", REASON_TEMP_CRYPTO,
	    ACTION_ACCEPT, "signature" },
	{ "encrypted", "", REASON_ENCRYPTED, ACTION_QUARANTINE, "signature" },
	{ "encrypted, own action", "on-encrypted = tag", REASON_ENCRYPTED,
	    ACTION_TAG, "signature" },
	{ "unmet", "unmet = tempfail", REASON_UNSIGNED, ACTION_TEMPFAIL,
	    "signature" },
	{ "unmet does not mean encrypted", "unmet = accept", REASON_ENCRYPTED,
	    ACTION_QUARANTINE, "signature" },
	{ "own action before unmet", "unmet = tempfail on-none = discard",
	    REASON_UNSIGNED, ACTION_DISCARD, "signature" },
	{ "any signature: untrusted", "require = signed", REASON_UNTRUSTED,
	    ACTION_ACCEPT, NULL },
	{ "any signature: altered", "require = signed", REASON_DIGEST_MISMATCH,
	    ACTION_REJECT, "signature" },
	{ "any signature: none", "require = signed", REASON_UNSIGNED,
	    ACTION_REJECT, "signature" },
	{ "any signature: encrypted", "require = signed", REASON_ENCRYPTED,
	    ACTION_QUARANTINE, "signature" },
	{ "nothing required", "require = nothing", REASON_UNSIGNED,
	    ACTION_ACCEPT, NULL },
	{ "nothing required, own action", "require = nothing on-none = tag",
	    REASON_UNSIGNED, ACTION_TAG, NULL },
	{ "nothing required: encrypted", "require = nothing", REASON_ENCRYPTED,
	    ACTION_ACCEPT, NULL },
	{ "nothing required: as the site", "require = nothing",
	    REASON_TEMP_NOMEM, ACTION_TEMPFAIL, NULL },
};

START_TEST(asks_for_what_the_rule_says)
{
	struct action action;
	char text[300];

	snprintf(text, sizeof(text), BANK "%s }", wishes[_i].rule);
	configure(text);
	push_fields(FROM_BANK);
	action = decide(wishes[_i].reason);
	ck_assert_msg(action.would == wishes[_i].kind, "%s: %s",
	    wishes[_i].name, action_word(action.would));
	ck_assert_int_eq(action.kind, action.would);
	ck_assert_pstr_eq(action.unmet, wishes[_i].unmet);
	ck_assert_str_eq(action.policy, "p");
}
END_TEST

/* Requirements that a signature meets or not. */
static const struct {
	const char *name;
	const char *rule;
	enum trust_who trust;
	unsigned int validation;
	size_t strength;
	const char *unmet;
	const char *text;
} facts[] = {
	{ "any store", "", TRUST_BY_LOCAL, 0, 0, NULL, NULL },
	{ "the right store", "trust = collection", TRUST_BY_COLLECTION, 0, 0,
	    NULL, NULL },
	{ "the wrong store", "trust = collection", TRUST_BY_LOCAL, 0, 0,
	    "trust", "S/MIME signature not accepted: trust-required: " },
	{ "on-pass is for what is met", "trust = local on-pass = accept",
	    TRUST_BY_COLLECTION, 0, 0, "trust", NULL },
	{ "strong enough", "require-strength = 112", TRUST_BY_LOCAL, 0, 112,
	    NULL, NULL },
	{ "too weak", "require-strength = 113", TRUST_BY_LOCAL, 0, 112,
	    "strength", "S/MIME signature not accepted: strength-required: " },
	{ "validated", "require-validation = { sponsor, individual }",
	    TRUST_BY_LOCAL, CERT_VALIDATION(3, 2), 0, NULL, NULL },
	{ "of the generation", "require-validation = { sponsor-multipurpose }",
	    TRUST_BY_LOCAL, CERT_VALIDATION(3, 2), 0, NULL, NULL },
	{ "of another generation", "require-validation = { sponsor-strict }",
	    TRUST_BY_LOCAL, CERT_VALIDATION(3, 2), 0, "validation",
	    "S/MIME signature not accepted: validation-required: " },
	{ "not validated", "require-validation = { mailbox }", TRUST_BY_LOCAL,
	    0, 0, "validation", NULL },
	{ "a claim of nobody's", "require-validation = { mailbox }", TRUST_NONE,
	    CERT_VALIDATION(1, 1), 0, "validation", NULL },
};

START_TEST(requires_facts_of_every_outermost_signer)
{
	struct signature signatures[2] = {
		{ .outermost = true,
		    .trust = TRUST_BY_LOCAL,
		    .validation = CERT_VALIDATION(3, 2) | CERT_VALIDATION(1, 1),
		    .strength = 500 },
		{ .outermost = true,
		    .trust = facts[_i].trust,
		    .validation = facts[_i].validation,
		    .strength = facts[_i].strength },
	};
	const struct verdict verdict = {
		.result = RESULT_PASS,
		.scope = COVERAGE_WHOLE,
		.trust = TRUST_BY_LOCAL,
		.signatures = signatures,
		.signature_count = 2,
	};
	struct action action;
	char text[300];

	signatures[0].trust =
	    facts[_i].trust == TRUST_NONE ? TRUST_BY_LOCAL : facts[_i].trust;
	snprintf(text, sizeof(text), BANK "%s }", facts[_i].rule);
	configure(text);
	push_fields(FROM_BANK);
	ck_assert(envelope_settle(&envelope));
	action = decide_with(&verdict, never_judge, NULL);
	ck_assert_msg(facts[_i].unmet == NULL ?
		action.unmet == NULL && action.kind == ACTION_ACCEPT :
		action.unmet != NULL &&
		    strcmp(action.unmet, facts[_i].unmet) == 0 &&
		    action.kind == ACTION_REJECT,
	    "%s: %s", facts[_i].name, action.unmet);
	if (facts[_i].text != NULL)
		ck_assert_int_eq(strncmp(action.text, facts[_i].text,
				     strlen(facts[_i].text)),
		    0);
}
END_TEST

/* How much of it is done, by stage and by what the site does anyway. */
static const struct {
	const char *name;
	const char *site;
	const char *rule;
	enum action_kind would;
	enum action_kind kind;
} staged[] = {
	{ "monitor is the default", "accept", "", ACTION_REJECT,
	    ACTION_ACCEPT },
	{ "monitor leaves the site's", "quarantine", "stage = monitor",
	    ACTION_REJECT, ACTION_QUARANTINE },
	{ "monitor exempts nobody", "reject", "unmet = accept", ACTION_ACCEPT,
	    ACTION_REJECT },
	{ "tag", "accept", "stage = tag", ACTION_REJECT, ACTION_TAG },
	{ "tag stays behind no site", "quarantine", "stage = tag",
	    ACTION_REJECT, ACTION_QUARANTINE },
	{ "tag goes beyond no wish", "reject", "stage = tag unmet = quarantine",
	    ACTION_QUARANTINE, ACTION_QUARANTINE },
	{ "tag asks for less", "reject", "stage = tag unmet = accept",
	    ACTION_ACCEPT, ACTION_ACCEPT },
	{ "quarantine", "accept", "stage = quarantine", ACTION_REJECT,
	    ACTION_QUARANTINE },
	{ "quarantine, not discard", "accept",
	    "stage = quarantine unmet = discard", ACTION_DISCARD,
	    ACTION_QUARANTINE },
	{ "quarantine asks for less", "accept",
	    "stage = quarantine unmet = tag", ACTION_TAG, ACTION_TAG },
	{ "reject", "accept", "stage = reject", ACTION_REJECT, ACTION_REJECT },
	{ "discard", "accept", "stage = reject unmet = discard", ACTION_DISCARD,
	    ACTION_DISCARD },
	{ "nobody is drawn", "accept", "stage = reject percent = 0",
	    ACTION_REJECT, ACTION_ACCEPT },
	{ "without Message-ID all are", "accept", "stage = reject percent = 1",
	    ACTION_REJECT, ACTION_REJECT },
};

START_TEST(does_as_much_as_its_stage_allows)
{
	struct action action;
	char text[400];
	char *key = scratch_path("key");

	snprintf(text, sizeof(text),
	    "policy-key = \"%s\" on-none = %s\n"
	    "policy \"s\" { require = pass\n%s }",
	    key, staged[_i].site, staged[_i].rule);
	configure(text);
	push_fields(FROM_BANK);
	action = decide(REASON_UNSIGNED);
	ck_assert_msg(action.kind == staged[_i].kind, "%s: %s", staged[_i].name,
	    action_word(action.kind));
	ck_assert_int_eq(action.would, staged[_i].would);
	ck_assert_str_eq(action.policy, "s");
	ck_assert((action.tag != NULL) ==
	    (strstr(staged[_i].rule, "stage") != NULL &&
		strstr(staged[_i].rule, "monitor") == NULL &&
		(action.kind == ACTION_TAG ||
		    action.kind == ACTION_QUARANTINE)));
	free(key);
}
END_TEST

/* The message of that number; the same each time. */
static bool
is_refused(int number)
{
	struct action action;
	char fields[200];

	envelope_done(&envelope);
	snprintf(fields, sizeof(fields),
	    FROM_BANK "|Message-ID: <%d@bank.example>", number);
	push_fields(fields);
	action = decide(REASON_UNSIGNED);
	ck_assert_int_eq(action.would, ACTION_REJECT);
	return action.kind == ACTION_REJECT;
}

START_TEST(draws_a_percentage_that_retries_do_not_change)
{
	enum { MESSAGES = 2000 };
	static bool first[MESSAGES];
	char *key = scratch_path("key");
	char text[400];
	int refused = 0, more = 0;

	snprintf(text, sizeof(text),
	    "policy-key = \"%s\"\n" BANK "percent = 30 }", key);
	configure(text);
	for (int i = 0; i < MESSAGES; i++) {
		first[i] = is_refused(i);
		refused += first[i] ? 1 : 0;
	}
	ck_assert_int_gt(refused, MESSAGES * 25 / 100);
	ck_assert_int_lt(refused, MESSAGES * 35 / 100);

	/* After a restart, with the same key, and with a higher percentage. */
	memcpy(strstr(text, "30"), "60", 2);
	configure(text);
	for (int i = 0; i < MESSAGES; i++) {
		bool again = is_refused(i);

		ck_assert(again || !first[i]);
		more += again ? 1 : 0;
	}
	ck_assert_int_gt(more, MESSAGES * 55 / 100);
	ck_assert_int_lt(more, MESSAGES * 65 / 100);
	free(key);
}
END_TEST

/* Message-ID that tells no try from another; "#" is a new letter each time. */
static const char *const vague_ids[] = {
	"|Subject: #",
	"|Subject: #|Message-ID:",
	"|Subject: #|Message-ID: \n ",
	"|Message-ID: <#>|message-id: <x>",
};

START_TEST(without_one_message_id_all_are_drawn)
{
	char *key = scratch_path("key");
	char text[400];

	snprintf(text, sizeof(text),
	    "policy-key = \"%s\"\n" BANK "percent = 1 }", key);
	configure(text);
	for (char letter = 'a'; letter <= 'z'; letter++) {
		char fields[100];

		envelope_done(&envelope);
		snprintf(fields, sizeof(fields), FROM_BANK "%s", vague_ids[_i]);
		*strchr(fields, '#') = letter;
		push_fields(fields);
		ck_assert_int_eq(decide(REASON_UNSIGNED).kind, ACTION_REJECT);
	}
	free(key);
}
END_TEST

START_TEST(a_huge_message_id_is_none)
{
	char *key = scratch_path("key");
	char *id = calloc(1, ENVELOPE_MAX_FROM + 1);
	char text[400];

	snprintf(text, sizeof(text),
	    "policy-key = \"%s\"\n" BANK "percent = 1 }", key);
	configure(text);
	memset(id, 'a', ENVELOPE_MAX_FROM);
	for (int i = 0; i < 20; i++) {
		envelope_done(&envelope);
		id[0] = (char)('a' + i);
		push_fields(FROM_BANK);
		ck_assert(envelope_push_field(&envelope, "Message-ID", 10, id));
		ck_assert_int_eq(decide(REASON_UNSIGNED).kind, ACTION_REJECT);
	}
	free(id);
	free(key);
}
END_TEST

#define FOR(name, rcpt, what)                                                  \
	"policy \"" name "\" { rcpt = { " rcpt "@y.example }\n"                \
	"require = pass stage = reject unmet = " what " }\n"

/* Several recipients, each with a rule of their own; z has none. */
static const struct {
	const char *name;
	const char *rcpts;
	enum action_kind kind;
	const char *policy;
} mixed[] = {
	{ "none has a rule", "<z@y.example>", ACTION_ACCEPT, NULL },
	{ "one has a rule", "<z@y.example> <q@y.example>", ACTION_QUARANTINE,
	    "q" },
	{ "the first has", "<q@y.example> <z@y.example>", ACTION_QUARANTINE,
	    "q" },
	{ "tag and quarantine", "<g@y.example> <q@y.example>",
	    ACTION_QUARANTINE, "q" },
	{ "tempfail and quarantine", "<t@y.example> <q@y.example>",
	    ACTION_TEMPFAIL, "t" },
	{ "reject and tempfail", "<t@y.example> <r@y.example>", ACTION_REJECT,
	    "r" },
	{ "discard for all", "<d@y.example> <d@y.example>", ACTION_DISCARD,
	    "d" },
	{ "nothing is lost in silence", "<d@y.example> <z@y.example>",
	    ACTION_REJECT, "d" },
	{ "nor in another order", "<q@y.example> <z@y.example> <d@y.example>",
	    ACTION_REJECT, "d" },
	{ "discard and tempfail", "<d@y.example> <t@y.example>",
	    ACTION_TEMPFAIL, "t" },
};

START_TEST(of_several_recipients_the_strictest_rule_counts)
{
	struct action action;

	configure(FOR("q", "q", "quarantine") FOR("g", "g", "tag") FOR("t", "t",
	    "tempfail") FOR("r", "r", "reject") FOR("d", "d", "discard"));
	push_rcpts(mixed[_i].rcpts);
	push_fields(FROM_BANK);
	action = decide(REASON_UNSIGNED);
	ck_assert_msg(action.kind == mixed[_i].kind, "%s: %s", mixed[_i].name,
	    action_word(action.kind));
	ck_assert_pstr_eq(action.policy, mixed[_i].policy);
	ck_assert((action.code != NULL) ==
	    (action.kind == ACTION_REJECT || action.kind == ACTION_TEMPFAIL));
}
END_TEST

/* The same recipient, by what each of two authors has to expect. */
START_TEST(of_several_authors_none_has_mail_thrown_away)
{
	configure("policy d { from-domain = { d.example } require = pass\n"
		  "stage = reject unmet = discard }");
	push_rcpts("<x@y.example>");
	push_fields("From: a@d.example");
	ck_assert_int_eq(decide(REASON_UNSIGNED).kind, ACTION_DISCARD);
	envelope_done(&envelope);
	push_rcpts("<x@y.example>");
	push_fields("From: a@d.example, a@other.example");
	ck_assert_int_eq(decide(REASON_UNSIGNED).kind, ACTION_REJECT);
}
END_TEST

START_TEST(the_first_rule_that_matches_counts)
{
	struct action action;

	configure("policy \"exempt\" { from = { a@bank.example }\n"
		  "on-none = accept stage = reject }\n" BANK "}");
	push_fields(FROM_BANK);
	action = decide(REASON_UNSIGNED);
	ck_assert_int_eq(action.kind, ACTION_ACCEPT);
	ck_assert_str_eq(action.policy, "exempt");

	/* An exemption does not help whoever is somebody else as well. */
	envelope_done(&envelope);
	push_fields("From: a@bank.example, b@bank.example");
	ck_assert_int_eq(decide(REASON_UNSIGNED).kind, ACTION_REJECT);
}
END_TEST

/* What is told to the client, and what is not. */
START_TEST(fills_in_the_reply)
{
	struct action action;

	configure(BANK "reply = \"5.7.9 %{result}/%{reason}/%{from}/%{signer}/"
		       "%{queue_id} 100%% ask\" }");
	snprintf(envelope.queue_id, sizeof(envelope.queue_id), "4XyZ");
	push_fields(FROM_BANK);
	action = decide(REASON_UNSIGNED);
	ck_assert_str_eq(action.code, "550");
	ck_assert_str_eq(action.enhanced, "5.7.9");
	ck_assert_str_eq(action.text,
	    "none/unsigned/a@bank.example/-/4XyZ 100% ask");
	envelope.authors.count = 1;

	action = decide(REASON_TEMP_NOMEM);
	ck_assert_str_eq(action.code, "451");
	ck_assert_str_eq(action.enhanced, "4.7.9");
}
END_TEST

START_TEST(a_rule_that_only_watches_is_not_heard)
{
	struct action action;

	configure("on-none = reject policy \"p\" { require = pass\n"
		  "reply = secret }");
	push_fields(FROM_BANK);
	action = decide(REASON_UNSIGNED);
	ck_assert_int_eq(action.kind, ACTION_REJECT);
	ck_assert_str_eq(action.enhanced, "5.7.1");
	ck_assert_ptr_null(strstr(action.text, "secret"));
}
END_TEST

START_TEST(tags_with_what_it_asks_for)
{
	struct action action;

	configure("policy \"p-1\" { require = pass stage = tag\n"
		  "tag = X-Acme-SMIME }");
	push_fields(FROM_BANK);
	action = decide(REASON_UNSIGNED);
	ck_assert_int_eq(action.kind, ACTION_TAG);
	ck_assert_str_eq(action.tag, "X-Acme-SMIME");
	ck_assert_str_eq(action.tag_text,
	    "p-1; action=reject; result=none; reason=unsigned");
	ck_assert_uint_eq(book->tag_count, 1);
	ck_assert_str_eq(book->tags[0], "X-Acme-SMIME");
}
END_TEST

/* A rule with a trust of its own: what it says counts, in force or not. */
struct opinion {
	const struct trust *asked;
	struct verdict verdict;
};

static const struct verdict *
other_judge(void *arg, struct trust *trust)
{
	struct opinion *opinion = arg;

	opinion->asked = trust;
	return &opinion->verdict;
}

static const struct {
	const char *name;
	const char *stage;
	enum reason here;
	enum reason there;
	enum action_kind kind;
	bool shown_there; /* is it the other verdict that the header shows? */
} trusts[] = {
	{ "vouched for there only", "reject", REASON_UNTRUSTED, REASON_OK,
	    ACTION_ACCEPT, true },
	{ "vouched for here only", "reject", REASON_OK, REASON_UNTRUSTED,
	    ACTION_REJECT, true },
	{ "watching shows nothing", "monitor", REASON_OK, REASON_UNTRUSTED,
	    ACTION_ACCEPT, false },
	{ "disallowed here is final", "reject", REASON_ROOT_DISALLOWED,
	    REASON_OK, ACTION_REJECT, false },
	{ "revoked here is final", "reject", REASON_REVOKED, REASON_OK,
	    ACTION_REJECT, false },
};

START_TEST(a_rule_may_have_a_trust_of_its_own)
{
	/* The other signer's flaw is as bad, and comes first. */
	struct signature signatures[2] = {
		{ .outermost = true, .reason = REASON_FROM_MISMATCH },
		{ .outermost = true, .reason = trusts[_i].here },
	};
	const struct verdict here = {
		.result = reason_result(trusts[_i].here),
		.reason = signatures[0].reason,
		.scope = COVERAGE_WHOLE,
		.signatures = signatures,
		.signature_count = 2,
	};
	struct opinion there = {
		.verdict = { .result = reason_result(trusts[_i].there),
		    .reason = trusts[_i].there,
		    .scope = COVERAGE_WHOLE },
	};
	struct action action;
	char text[300];

	snprintf(text, sizeof(text),
	    "policy \"t\" { from-domain = { bank.example }\n"
	    "signers = { gate@bank.example } require = pass stage = %s }",
	    trusts[_i].stage);
	configure(text);
	ck_assert_ptr_nonnull(book->list[0].trust);
	push_fields(FROM_BANK);
	ck_assert(envelope_settle(&envelope));
	action = decide_with(&here, other_judge, &there);
	ck_assert_msg(action.kind == trusts[_i].kind, "%s: %s", trusts[_i].name,
	    action_word(action.kind));
	ck_assert_ptr_eq(action.verdict,
	    trusts[_i].shown_there ? &there.verdict : &here);
	if (there.asked != NULL)
		ck_assert_ptr_eq(there.asked, book->list[0].trust);
}
END_TEST

/* What each tenant's trust says: the first vouches, the second does not. */
static const struct verdict *
tenant_judge(void *arg, struct trust *trust)
{
	const struct verdict *verdicts = arg;

	if (trust == book->tenants[0].trust)
		return &verdicts[0];
	ck_assert_ptr_eq(trust, book->tenants[1].trust);
	return &verdicts[1];
}

/* Recipients x@one.example, ..., and what comes of it. */
static const struct {
	const char *rcpts;
	bool one;
	bool two;
	bool site;
	enum action_kind kind;
} owners[] = {
	{ "<x@one.example>", true, false, false, ACTION_ACCEPT },
	{ "<x@two.example>", false, true, false, ACTION_QUARANTINE },
	{ "<x@three.example>", false, false, true, ACTION_REJECT },
	{ "<x%three.example@two.example>", false, true, false,
	    ACTION_QUARANTINE },
	{ "<x@one.example> <y@one.example>", true, false, false,
	    ACTION_ACCEPT },
	{ "<x@one.example> <x@two.example>", true, true, false,
	    ACTION_QUARANTINE },
	{ "<x@three.example> <x@sub.two.example>", false, true, true,
	    ACTION_REJECT },
	{ "<x@two.example> <x@three.example> <x@ONE.example>", true, true, true,
	    ACTION_REJECT },
};

START_TEST(each_tenant_has_a_verdict_of_its_own)
{
	struct verdict verdicts[3] = {
		{ .result = RESULT_PASS },
		{ .result = RESULT_POLICY, .reason = REASON_UNTRUSTED },
		{ .result = RESULT_FAIL, .reason = REASON_EXPIRED },
	};
	struct action action;

	configure("on-policy = quarantine on-fail = reject\n"
		  "tenant one { recipient-domain = { one.example } }\n"
		  "tenant two { recipient-domain = { two.example } }");
	memset(tenants, 0, sizeof(tenants));
	push_rcpts(owners[_i].rcpts);
	push_fields(FROM_BANK);
	ck_assert(envelope_settle(&envelope));
	action = decide_with(&verdicts[2], tenant_judge, verdicts);
	ck_assert_msg(action.kind == owners[_i].kind, "%s: %s",
	    owners[_i].rcpts, action_word(action.kind));
	ck_assert_ptr_eq(tenants[0], owners[_i].one ? &verdicts[0] : NULL);
	ck_assert_ptr_eq(tenants[1], owners[_i].two ? &verdicts[1] : NULL);
	ck_assert_ptr_eq(action.site, owners[_i].site ? &verdicts[2] : NULL);
	if (action.kind == ACTION_QUARANTINE)
		ck_assert_ptr_nonnull(strstr(action.text, "untrusted"));
}
END_TEST

#define LOOP(test, table)                                                      \
	tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy_decide");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	LOOP(does_what_is_set_for_the_result, rows);
	tcase_add_loop_test(tcase, has_a_reply_for_every_reason, 0,
	    REASON_COUNT);
	LOOP(a_rule_is_not_escaped_by_how_an_author_is_written, authors);
	LOOP(an_address_is_known_however_it_is_written, addresses);
	LOOP(a_recipient_without_domain_may_be_anybody, unclear);
	tcase_add_test(tcase, too_many_authors_may_be_anybody);
	LOOP(matches_by_its_conditions, conditions);
	LOOP(asks_for_what_the_rule_says, wishes);
	LOOP(requires_facts_of_every_outermost_signer, facts);
	LOOP(does_as_much_as_its_stage_allows, staged);
	tcase_add_test(tcase, draws_a_percentage_that_retries_do_not_change);
	LOOP(without_one_message_id_all_are_drawn, vague_ids);
	tcase_add_test(tcase, a_huge_message_id_is_none);
	LOOP(of_several_recipients_the_strictest_rule_counts, mixed);
	tcase_add_test(tcase, of_several_authors_none_has_mail_thrown_away);
	tcase_add_test(tcase, the_first_rule_that_matches_counts);
	tcase_add_test(tcase, fills_in_the_reply);
	tcase_add_test(tcase, a_rule_that_only_watches_is_not_heard);
	tcase_add_test(tcase, tags_with_what_it_asks_for);
	LOOP(a_rule_may_have_a_trust_of_its_own, trusts);
	LOOP(each_tenant_has_a_verdict_of_its_own, owners);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
