/* SPDX-License-Identifier: ISC */
#include "milter/collection/lint.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "milter/collection/reach.h"
#include "milter/log/log.h"
#include "smime/rules.h"
#include "smime/x509/algo.h"
#include "smime/x509/cert.h"

enum { DAY = 24 * 60 * 60, MAX_QUOTED = 600 };

static const struct {
	const char *token;
	const char *words;
	const char *cure;
} rows[] = {
	[LINT_EXPIRED] = { "expired",
	    "It has expired, and Set-SmimeConfig refuses a whole file for one "
	    "of these",
	    "Take it out (smimectl collection remove --expired), and add the "
	    "certificate that replaces it" },
	[LINT_BAD_DATE] = { "bad-date",
	    "Its dates cannot be read, so it never counts as valid",
	    "Take it out" },
	[LINT_PRIVATE_KEY] = { "private-key",
	    "A private key is in the file, and collections are for all to read",
	    "Take the key out, and have the certificate revoked if anybody "
	    "could read it" },
	[LINT_NO_ROOT] = { "no-root",
	    "No root certificate in it may vouch for mail, so it vouches for "
	    "nobody",
	    "Add the roots that your correspondents' certificates lead to" },
	[LINT_EXPIRES_SOON] = { "expires-soon", "It expires soon",
	    "Get the certificate that replaces it, and add that" },
	[LINT_NOT_YET_VALID] = { "not-yet-valid",
	    "It is not valid yet, and vouches for nothing until it is",
	    "Add it again when it is valid, or check the clock" },
	[LINT_ISSUER_MISSING] = { "issuer-missing",
	    "The certificate that issued this intermediate is not here, so no "
	    "path leads through it",
	    "Add its issuer, up to the root" },
	[LINT_ROOT_MISSING] = { "root-missing",
	    "No path leads from this listed signer to a root that is here",
	    "Add its root and what is between; the milter can do without, see "
	    "trust-listed-signers" },
	[LINT_NOT_A_CA] = { "not-a-ca",
	    "It looks like an authority and is none: it lacks "
	    "basicConstraints with CA:TRUE, or may not sign certificates",
	    "Get a proper certificate from that authority, or take it out" },
	[LINT_DISALLOWED] = { "disallowed",
	    "The file itself marks it as disallowed, so nothing may be signed "
	    "below it",
	    "Take it out of what you upload; leave it where the milter has a "
	    "local store, which the mark binds as well" },
	[LINT_BAD_CONSTRAINTS] = { "bad-constraints",
	    "The file restricts it to names (property 84) that cannot be read, "
	    "so it may not vouch",
	    "Export it again, without properties if you trust it for all "
	    "names" },
	[LINT_PURPOSE] = { "purpose", "It is not meant for signed mail",
	    "Take it out, or enable e-mail protection for it before the "
	    "export" },
	[LINT_WEAK_KEY] = { "weak-key",
	    "Its key is too short, or of a kind that is not accepted",
	    "Replace it; its authority has to issue a new one" },
	[LINT_WEAK_SIGNATURE] = { "weak-signature",
	    "It is signed with a digest that is broken, or in an unknown way",
	    "Replace it; its authority has to issue a new one" },
	[LINT_NO_ADDRESS] = { "no-address",
	    "It is no authority and has no mail address, so it can be nobody's "
	    "signature",
	    "Take it out" },
	[LINT_CRL_UNREACHABLE] = { "crl-unreachable",
	    "The cloud cannot fetch its revocation list, and without that "
	    "trusts no signer",
	    "Have the authority publish the list by http under a public name, "
	    "and issue the certificate anew with that" },
	[LINT_NO_CRL] = { "no-crl",
	    "It does not say where its revocation list is, and without that "
	    "the cloud trusts no signer",
	    "Have the authority issue it anew with a CRL distribution point" },
	[LINT_SKIPPED] = { "skipped",
	    "Something in the file is no certificate that can be read",
	    "Export it again; what was left out is told above" },
	[LINT_NOT_BEFORE] = { "not-before",
	    "The file trusts this certificate only for signers issued before a "
	    "date, so newer ones do not verify",
	    "Nothing, if that is meant; else export it again without "
	    "properties" },
	[LINT_DUPLICATE] = { "duplicate", "It is there more than once",
	    "Write the file anew with smimectl collection create, which keeps "
	    "one of each" },
	[LINT_NOT_SST] = { "not-sst",
	    "The file is not in SST form, and Set-SmimeConfig takes no other",
	    "To upload it, write it with smimectl collection create" },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == LINT_CODES, "rows");

/* What is known of one certificate while others are looked at. */
struct fact {
	bool unfit;	 /* has to leave, so it is issuer of nothing */
	bool has_issuer; /* a fit one is in the store */
	bool has_unfit_issuer;
	bool issued; /* some certificate of the store */
	/* Certificates on the shortest path from a root, itself included. */
	int level; /* 0: there is no path */
};

/* A fit issuer, and what it issued: indices into certs. */
struct edge {
	size_t issuer, issued;
};

struct checking {
	const struct lint_input *in;
	struct rules rules;
	const struct store_cert *certs; /* borrowed, count of them */
	size_t count;
	struct fact *facts; /* owned, one a certificate */
	size_t *by_subject; /* owned, indices sorted by subject */
	struct edge *edges; /* owned, edge_count of them */
	size_t edge_count;
	struct lint lint; /* owned */
	bool nomem;
};

static bool
is_online(const struct checking *c)
{
	return c->in->mode == TRUST_EXCHANGE_ONLINE;
}

static enum lint_severity
severity_of(const struct checking *c, enum lint_code code)
{
	switch (code) {
	case LINT_EXPIRED:
	case LINT_BAD_DATE:
	case LINT_PRIVATE_KEY:
		return LINT_ERROR;
	case LINT_NO_ROOT: /* on premises there is a second store */
		return is_online(c) ? LINT_ERROR : LINT_WARNING;
	case LINT_DISALLOWED: /* there it keeps the second one from vouching */
		return is_online(c) ? LINT_WARNING : LINT_NOTICE;
	case LINT_NOT_BEFORE:
	case LINT_DUPLICATE:
	case LINT_NOT_SST:
		return LINT_NOTICE;
	case LINT_EXPIRES_SOON:
	case LINT_NOT_YET_VALID:
	case LINT_ISSUER_MISSING:
	case LINT_ROOT_MISSING:
	case LINT_NOT_A_CA:
	case LINT_BAD_CONSTRAINTS:
	case LINT_PURPOSE:
	case LINT_WEAK_KEY:
	case LINT_WEAK_SIGNATURE:
	case LINT_NO_ADDRESS:
	case LINT_CRL_UNREACHABLE:
	case LINT_NO_CRL:
	case LINT_SKIPPED:
		break;
	}
	return LINT_WARNING;
}

/* One more place in a list that grows by doubling; NULL: out of memory. */
static void *
grow(void *list, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return list;
	return reallocarray(list, count == 0 ? 1 : count * 2, size);
}

/* Takes over detail. */
static void
push(struct checking *c, enum lint_code code, const struct store_cert *cert,
    char *detail)
{
	struct lint *lint = &c->lint;
	struct lint_finding *list =
	    grow(lint->findings, lint->count, sizeof(*list));

	if (list == NULL) {
		free(detail);
		c->nomem = true;
		return;
	}
	lint->findings = list;
	list[lint->count++] = (struct lint_finding){ .code = code,
		.severity = severity_of(c, code),
		.cert = cert,
		.detail = detail };
}

__attribute__((format(printf, 4, 5))) static void
find(struct checking *c, enum lint_code code, const struct store_cert *cert,
    const char *format, ...)
{
	char *detail;
	va_list args;

	va_start(args, format);
	if (vasprintf(&detail, format, args) < 0)
		c->nomem = true;
	else
		push(c, code, cert, detail);
	va_end(args);
}

static void
note_expiry(struct checking *c, const struct store_cert *cert, time_t expiry)
{
	if (c->lint.earliest != NULL && c->lint.expiry <= expiry)
		return;
	c->lint.earliest = cert;
	c->lint.expiry = expiry;
}

/* False when its time is over. */
static bool
check_time(struct checking *c, const struct store_cert *cert)
{
	time_t begin, end, left;
	char text[LOG_DATE];

	if (!cert_validity(cert->cert, &begin, &end)) {
		push(c, LINT_BAD_DATE, cert, NULL);
		return false;
	}
	note_expiry(c, cert, end);
	left = end - c->in->now;
	if (left <= 0) { /* as OpenSSL has it */
		find(c, LINT_EXPIRED, cert, "on %s", log_date(text, end));
		return false;
	}
	if (begin > c->in->now)
		find(c, LINT_NOT_YET_VALID, cert, "until %s",
		    log_date(text, begin));
	else if (left <= (time_t)c->in->days * DAY)
		find(c, LINT_EXPIRES_SOON, cert, "on %s, in %lld day%s",
		    log_date(text, end), (long long)(left / DAY),
		    left / DAY == 1 ? "" : "s");
	return true;
}

/* False when the file says that it may not serve. */
static bool
check_verdict(struct checking *c, const struct store_cert *cert)
{
	char text[LOG_DATE];

	if (cert->verdict == REASON_ROOT_DISALLOWED)
		push(c, LINT_DISALLOWED, cert, NULL);
	else if (cert->verdict == REASON_ROOT_PURPOSE)
		find(c, LINT_PURPOSE, cert,
		    "its purposes in the file do not include mail");
	else if (cert->verdict != REASON_OK)
		push(c, LINT_BAD_CONSTRAINTS, cert, NULL);
	else if (cert->has_not_before)
		find(c, LINT_NOT_BEFORE, cert, "before %s",
		    log_date(text, cert->not_before));
	return cert->verdict == REASON_OK;
}

/* RFC 8550 4.4.2 and 4.4.4: what must be there if anything is. */
static const char *
purpose_obstacle(const struct store_cert *cert)
{
	uint32_t flags = X509_get_extension_flags(cert->cert);
	uint32_t usage = X509_get_key_usage(cert->cert); /* all if absent */

	if ((flags & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(cert->cert) &
		(XKU_SMIME | XKU_ANYEKU)) == 0)
		return "its extended key usage does not include mail";
	if (cert->role == CERT_ROLE_SIGNER &&
	    (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return "its key usage does not include signatures";
	return NULL;
}

static bool
has_address(struct checking *c, const struct store_cert *cert)
{
	struct mailboxes mailboxes;
	bool any;

	if (!cert_mailboxes(cert->cert, &mailboxes)) {
		c->nomem = true;
		return true;
	}
	any = mailboxes.count > 0;
	cert_mailboxes_done(&mailboxes);
	return any;
}

/* Why an end entity looks like an authority, or NULL. */
static const char *
pretence(struct checking *c, const struct store_cert *cert)
{
	uint32_t flags = X509_get_extension_flags(cert->cert);

	if (c->facts[cert - c->certs].issued)
		return "it issued another certificate of the file";
	if ((flags & EXFLAG_CA) != 0)
		return "its key usage is not to sign certificates";
	if ((flags & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(cert->cert) & KU_KEY_CERT_SIGN) != 0)
		return "its key usage is to sign certificates";
	if (has_address(c, cert))
		return NULL;
	if (X509_get_version(cert->cert) == X509_VERSION_1)
		return "it is of version 1";
	if ((flags & EXFLAG_SS) != 0)
		return "it is self-signed, for no mail address";
	return NULL;
}

/* False when it is nothing that can be of use. */
static bool
check_role(struct checking *c, const struct store_cert *cert)
{
	const char *why = NULL;

	if (cert->role == CERT_ROLE_SIGNER)
		why = pretence(c, cert);
	if (why != NULL) {
		find(c, LINT_NOT_A_CA, cert, "%s", why);
		return false;
	}
	why = purpose_obstacle(cert);
	if (why != NULL) {
		find(c, LINT_PURPOSE, cert, "%s", why);
		return false;
	}
	if (cert->role == CERT_ROLE_SIGNER && !has_address(c, cert)) {
		push(c, LINT_NO_ADDRESS, cert, NULL);
		return false;
	}
	return true;
}

static void
check_key(struct checking *c, const struct store_cert *cert)
{
	struct key_facts key;

	algo_read_key(X509_get0_pubkey(cert->cert), &key);
	if (algo_check_key(&c->rules, &key) != REASON_OK)
		push(c, LINT_WEAK_KEY, cert, cert_key(cert->cert));
}

/* Nobody relies on what a self-signed certificate says of itself. */
static void
check_signature(struct checking *c, const struct store_cert *cert)
{
	int nid;

	if ((X509_get_extension_flags(cert->cert) & EXFLAG_SS) != 0)
		return;
	if (X509_get_signature_info(cert->cert, &nid, NULL, NULL, NULL) != 1 ||
	    algo_check_digest(&c->rules, nid) != REASON_OK)
		find(c, LINT_WEAK_SIGNATURE, cert, "%s",
		    OBJ_nid2ln(X509_get_signature_nid(cert->cert)));
}

static void
check_issuer(struct checking *c, const struct store_cert *cert)
{
	const struct fact *fact = &c->facts[cert - c->certs];
	enum lint_code code = LINT_ISSUER_MISSING;
	const char *rest = "is not here";
	char quoted[MAX_QUOTED];
	char *name;

	if (cert->role == CERT_ROLE_ANCHOR)
		return;
	if (cert->role == CERT_ROLE_SIGNER)
		code = LINT_ROOT_MISSING;
	if (code == LINT_ROOT_MISSING ? fact->level > 0 : fact->has_issuer)
		return;
	if (fact->has_issuer)
		rest = "is here, a root is not";
	else if (fact->has_unfit_issuer)
		rest = "is here, but is of no use";
	name = cert_name(X509_get_issuer_name(cert->cert));
	find(c, code, cert, "its issuer %s %s",
	    log_quote(quoted, sizeof(quoted), name), rest);
	free(name);
}

/* What the addresses of a CRL amount to. */
struct addresses {
	bool any, reachable;
	char *lost;	 /* owned; the first that cannot be reached */
	const char *why; /* of that one */
};

static void
read_address(struct checking *c, const ASN1_IA5STRING *address,
    struct addresses *addresses)
{
	char *url = strndup((const char *)ASN1_STRING_get0_data(address),
	    (size_t)ASN1_STRING_length(address));
	const char *why;

	if (url == NULL) {
		c->nomem = true;
		return;
	}
	why = reach_obstacle(url);
	addresses->any = true;
	if (why == NULL)
		addresses->reachable = true;
	if (why == NULL || addresses->lost != NULL) {
		free(url);
		return;
	}
	addresses->lost = url;
	addresses->why = why;
}

static void
read_point(struct checking *c, const DIST_POINT *point,
    struct addresses *addresses)
{
	const GENERAL_NAMES *names;
	const GENERAL_NAME *name;

	if (point->distpoint == NULL || point->distpoint->type != 0)
		return;
	names = point->distpoint->name.fullname;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_URI)
			read_address(c, name->d.uniformResourceIdentifier,
			    addresses);
	}
}

/* One address that works is enough; the others only cost time. */
static void
check_crl(struct checking *c, const struct store_cert *cert)
{
	struct addresses addresses = { .any = false };
	CRL_DIST_POINTS *points;
	char quoted[MAX_QUOTED];

	if (!is_online(c) ||
	    (X509_get_extension_flags(cert->cert) & EXFLAG_SS) != 0)
		return;
	points = X509_get_ext_d2i(cert->cert, NID_crl_distribution_points, NULL,
	    NULL);
	for (int i = 0; i < sk_DIST_POINT_num(points); i++)
		read_point(c, sk_DIST_POINT_value(points, i), &addresses);
	CRL_DIST_POINTS_free(points);
	if (!addresses.any)
		push(c, LINT_NO_CRL, cert, NULL);
	else if (!addresses.reachable && addresses.lost != NULL)
		find(c, LINT_CRL_UNREACHABLE, cert, "%s %s",
		    log_quote(quoted, sizeof(quoted), addresses.lost),
		    addresses.why);
	free(addresses.lost);
}

static void
check_cert(struct checking *c, const struct store_cert *cert)
{
	if (cert->again > 0)
		find(c, LINT_DUPLICATE, cert, "%zu times", cert->again + 1);
	if (!check_time(c, cert) || !check_verdict(c, cert) ||
	    !check_role(c, cert))
		return;
	check_key(c, cert);
	check_signature(c, cert);
	check_issuer(c, cert);
	check_crl(c, cert);
}

static void
check_whole(struct checking *c)
{
	struct store_counts counts;
	bool any = false;

	for (size_t i = 0; i < c->count; i++)
		any |=
		    c->certs[i].role == CERT_ROLE_ANCHOR && !c->facts[i].unfit;
	if (!any)
		push(c, LINT_NO_ROOT, NULL, NULL);
	store_count(c->in->store, &counts);
	if (counts.private_keys > 0)
		find(c, LINT_PRIVATE_KEY, NULL, "%zu in all",
		    counts.private_keys);
	if (counts.skipped > counts.private_keys)
		find(c, LINT_SKIPPED, NULL, "%zu in all",
		    counts.skipped - counts.private_keys);
	if (!c->in->is_sst)
		push(c, LINT_NOT_SST, NULL, NULL);
}

/* The same as what makes check_cert() go no further, but for end entities. */
static bool
is_unfit(const struct checking *c, const struct store_cert *cert)
{
	time_t begin, end;

	return cert->verdict != REASON_OK ||
	    !cert_validity(cert->cert, &begin, &end) || end <= c->in->now ||
	    purpose_obstacle(cert) != NULL;
}

static int
compare_subjects(const void *a, const void *b, void *arg)
{
	const struct checking *c = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = X509_NAME_cmp(X509_get_subject_name(c->certs[x].cert),
	    X509_get_subject_name(c->certs[y].cert));

	if (order == 0)
		order = (x > y) - (x < y);
	return order;
}

/* The first place in by_subject whose subject is not below the name. */
static size_t
find_subject(const struct checking *c, const X509_NAME *name)
{
	size_t low = 0, high = c->count, middle;
	X509 *cert;

	while (low < high) {
		middle = low + (high - low) / 2;
		cert = c->certs[c->by_subject[middle]].cert;
		if (X509_NAME_cmp(X509_get_subject_name(cert), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
add_edge(struct checking *c, size_t issuer, size_t issued)
{
	struct edge *edges = grow(c->edges, c->edge_count, sizeof(*edges));

	if (edges == NULL) {
		c->nomem = true;
		return;
	}
	c->edges = edges;
	edges[c->edge_count++] =
	    (struct edge){ .issuer = issuer, .issued = issued };
}

/* The signature tells who issued it; whether it was allowed to is another. */
static void
try_issuer(struct checking *c, size_t issuer, size_t issued)
{
	const struct store_cert *by = &c->certs[issuer];
	X509 *cert = c->certs[issued].cert;
	EVP_PKEY *key = X509_get0_pubkey(by->cert);
	struct key_facts facts;

	algo_read_key(key, &facts);
	if (facts.kind == KEY_NONE || facts.huge || X509_verify(cert, key) != 1)
		return;
	c->facts[issuer].issued = true;
	if (by->role == CERT_ROLE_SIGNER || c->facts[issuer].unfit ||
	    cert_issuer(cert, by->cert) == CERT_ISSUER_NO ||
	    (X509_get_key_usage(by->cert) & KU_KEY_CERT_SIGN) == 0) {
		c->facts[issued].has_unfit_issuer = true;
		return;
	}
	c->facts[issued].has_issuer = true;
	add_edge(c, issuer, issued);
}

static void
find_issuers(struct checking *c, size_t issued)
{
	const X509_NAME *name = X509_get_issuer_name(c->certs[issued].cert);
	size_t issuer;

	if (c->certs[issued].role == CERT_ROLE_ANCHOR)
		return;
	for (size_t at = find_subject(c, name); at < c->count; at++) {
		issuer = c->by_subject[at];
		if (X509_NAME_cmp(X509_get_subject_name(c->certs[issuer].cert),
			name) != 0)
			break;
		if (issuer != issued)
			try_issuer(c, issuer, issued);
	}
}

/* Step from those on one level to what they issued. */
static bool
find_level(struct checking *c, int level)
{
	struct fact *issued;
	bool any = false;

	for (size_t i = 0; i < c->edge_count; i++) {
		issued = &c->facts[c->edges[i].issued];
		if (issued->level == 0 &&
		    c->facts[c->edges[i].issuer].level == level) {
			issued->level = level + 1;
			any = true;
		}
	}
	return any;
}

/* Between a root and a signer are TRUST_MAX_DEPTH others at most. */
static void
find_levels(struct checking *c)
{
	int level = 1;

	for (size_t i = 0; i < c->count; i++)
		if (c->certs[i].role == CERT_ROLE_ANCHOR && !c->facts[i].unfit)
			c->facts[i].level = level;
	while (level <= TRUST_MAX_DEPTH + 1 && find_level(c, level))
		level++;
}

static bool
begin(struct checking *c, const struct lint_input *in)
{
	*c = (struct checking){ .in = in };
	rules_default(&c->rules);
	c->certs = store_certs(in->store, &c->count);
	c->facts = calloc(c->count + 1, sizeof(*c->facts));
	c->by_subject = calloc(c->count + 1, sizeof(*c->by_subject));
	if (c->facts == NULL || c->by_subject == NULL)
		return false;
	for (size_t i = 0; i < c->count; i++) {
		c->by_subject[i] = i;
		c->facts[i].unfit = is_unfit(c, &c->certs[i]);
	}
	qsort_r(c->by_subject, c->count, sizeof(*c->by_subject),
	    compare_subjects, c);
	return true;
}

static void
examine(struct checking *c)
{
	for (size_t i = 0; i < c->count; i++)
		find_issuers(c, i);
	find_levels(c);
	for (size_t i = 0; i < c->count; i++)
		check_cert(c, &c->certs[i]);
	check_whole(c);
}

/* Members of one store follow each other in memory. */
static int
compare_findings(const void *a, const void *b)
{
	const struct lint_finding *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? 1 : -1;
	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	return (x->cert > y->cert) - (x->cert < y->cert);
}

static void
sort(struct lint *lint)
{
	if (lint->count > 0)
		qsort(lint->findings, lint->count, sizeof(*lint->findings),
		    compare_findings);
	for (size_t i = 0; i < lint->count; i++)
		lint->by_severity[lint->findings[i].severity]++;
}

bool
lint_check(const struct lint_input *in, struct lint *lint_r)
{
	struct checking c;
	bool good;

	ERR_set_mark();
	good = begin(&c, in);
	if (good)
		examine(&c);
	ERR_pop_to_mark();
	good = good && !c.nomem;
	free(c.facts);
	free(c.by_subject);
	free(c.edges);
	if (!good) {
		lint_done(&c.lint);
		return false;
	}
	sort(&c.lint);
	*lint_r = c.lint;
	return true;
}

void
lint_done(struct lint *lint)
{
	for (size_t i = 0; i < lint->count; i++)
		free(lint->findings[i].detail);
	free(lint->findings);
	*lint = (struct lint){ .count = 0 };
}

const char *
lint_token(enum lint_code code)
{
	return rows[code].token;
}

const char *
lint_words(enum lint_code code)
{
	return rows[code].words;
}

const char *
lint_cure(enum lint_code code)
{
	return rows[code].cure;
}

const char *
lint_severity_word(enum lint_severity severity)
{
	static const char *const words[] = {
		[LINT_NOTICE] = "notice",
		[LINT_WARNING] = "warning",
		[LINT_ERROR] = "error",
	};

	return words[severity];
}
