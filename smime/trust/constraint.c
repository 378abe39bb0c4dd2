/* SPDX-License-Identifier: ISC */
#include "smime/trust/constraint.h"

#include <string.h>
#include <strings.h>

#include "smime/mime/mailbox.h"
#include "smime/x509/cert.h"

/* "user@host" is that mailbox, however it is written. */
static bool
is_mailbox(const char *base, size_t len, const struct mailbox *mailbox)
{
	struct mailbox excluded;
	bool same;

	if (!mailbox_read(base, len, &excluded))
		return false;
	same = mailbox_equal(&excluded, mailbox);
	mailbox_done(&excluded);
	return same;
}

/* "host" is that host alone, ".domain" is all below it, "" is everything. */
static bool
is_domain(const char *base, size_t len, const char *domain)
{
	size_t domain_len = strlen(domain);

	if (len == 0)
		return true;
	if (base[0] != '.')
		return domain_len == len && strncasecmp(domain, base, len) == 0;
	return domain_len > len &&
	    strncasecmp(domain + domain_len - len, base, len) == 0;
}

static bool
covers(const GENERAL_NAME *base, const struct mailbox *mailbox)
{
	const char *text =
	    (const char *)ASN1_STRING_get0_data(base->d.rfc822Name);
	size_t len = (size_t)ASN1_STRING_length(base->d.rfc822Name);
	const char *at = memchr(text, '@', len);

	if (at == NULL)
		return is_domain(text, len, mailbox->domain);
	if (at == text) /* some write "@host" for a host */
		return is_domain(text + 1, len - 1, mailbox->domain);
	return is_mailbox(text, len, mailbox);
}

static bool
excludes_addresses(const NAME_CONSTRAINTS *constraints)
{
	const STACK_OF(GENERAL_SUBTREE) *list = constraints->excludedSubtrees;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++)
		if (sk_GENERAL_SUBTREE_value(list, i)->base->type == GEN_EMAIL)
			return true;
	return false;
}

static bool
excludes(const NAME_CONSTRAINTS *constraints, const struct mailbox *mailbox)
{
	const STACK_OF(GENERAL_SUBTREE) *list = constraints->excludedSubtrees;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++) {
		const GENERAL_NAME *base =
		    sk_GENERAL_SUBTREE_value(list, i)->base;

		if (base->type == GEN_EMAIL && covers(base, mailbox))
			return true;
	}
	return false;
}

enum reason
constraint_check(const NAME_CONSTRAINTS *constraints, X509 *leaf)
{
	enum reason reason = REASON_OK;
	struct mailboxes mailboxes;

	if (!excludes_addresses(constraints))
		return REASON_OK;
	if (!cert_mailboxes(leaf, &mailboxes))
		return REASON_TEMP_NOMEM;
	for (size_t i = 0; i < mailboxes.count; i++)
		if (excludes(constraints, &mailboxes.list[i]))
			reason = REASON_NAME_CONSTRAINTS;
	cert_mailboxes_done(&mailboxes);
	return reason;
}

/* The forms of names that NAME_CONSTRAINTS_check() compares. */
static bool
is_native(const GENERAL_NAME *name)
{
	return name->type == GEN_DIRNAME || name->type == GEN_EMAIL ||
	    name->type == GEN_DNS || name->type == GEN_URI ||
	    name->type == GEN_IPADD;
}

static bool
is_same_form(const GENERAL_NAME *a, const GENERAL_NAME *b)
{
	return a->type == b->type &&
	    (a->type != GEN_OTHERNAME ||
		OBJ_cmp(a->d.otherName->type_id, b->d.otherName->type_id) == 0);
}

/* The text of a user principal name; NULL: it is none. */
static const ASN1_STRING *
principal_of(const GENERAL_NAME *name)
{
	const ASN1_TYPE *value;

	if (name->type != GEN_OTHERNAME ||
	    OBJ_obj2nid(name->d.otherName->type_id) != NID_ms_upn)
		return NULL;
	value = name->d.otherName->value;
	return value->type == V_ASN1_UTF8STRING ||
		value->type == V_ASN1_IA5STRING ?
	    value->value.asn1_string :
	    NULL;
}

static bool
is_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

/* "user@host" whole; "host" and "@host" the host; ".domain" all below it. */
static bool
covers_principal(const ASN1_STRING *base, const ASN1_STRING *name)
{
	const char *want = (const char *)ASN1_STRING_get0_data(base);
	const char *text = (const char *)ASN1_STRING_get0_data(name);
	size_t want_len = (size_t)ASN1_STRING_length(base);
	size_t len = (size_t)ASN1_STRING_length(name);
	const char *at = memchr(want, '@', want_len);
	const char *host;

	if (want_len == 0)
		return true;
	if (at != NULL && at != want)
		return is_equal(want, want_len, text, len);
	if (at == want) {
		want++;
		want_len--;
	}
	host = memrchr(text, '@', len);
	host = host == NULL ? text : host + 1;
	len -= (size_t)(host - text);
	if (want_len == 0 || want[0] != '.')
		return is_equal(want, want_len, host, len);
	return len > want_len &&
	    is_equal(want, want_len, host + len - want_len, want_len);
}

/* One line of printable text with one "@", so that it has one host. */
static bool
is_plain(const ASN1_STRING *name)
{
	const uint8_t *octets = ASN1_STRING_get0_data(name);
	size_t ats = 0;

	for (int i = 0; i < ASN1_STRING_length(name); i++) {
		if (octets[i] <= ' ' || octets[i] == 0x7f)
			return false;
		ats += octets[i] == '@';
	}
	return ats == 1;
}

/* How a name stands to some subtrees. */
struct standing {
	bool constrained; /* there are subtrees of its form ... */
	bool covered;	  /* ... one of which covers it */
	bool unprocessed; /* ... or cannot be processed */
};

static struct standing
compare(const STACK_OF(GENERAL_SUBTREE) *list, const GENERAL_NAME *name)
{
	const ASN1_STRING *text = principal_of(name), *base;
	struct standing standing = { .constrained = false };
	const GENERAL_SUBTREE *subtree;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++) {
		subtree = sk_GENERAL_SUBTREE_value(list, i);
		if (!is_same_form(subtree->base, name))
			continue;
		standing.constrained = true;
		base = principal_of(subtree->base);
		/* RFC 5280 4.2.1.10: there is no minimum and no maximum. */
		if (text == NULL || base == NULL || !is_plain(text) ||
		    subtree->maximum != NULL ||
		    (subtree->minimum != NULL &&
			ASN1_INTEGER_get(subtree->minimum) != 0))
			standing.unprocessed = true;
		else if (covers_principal(base, text))
			standing.covered = true;
	}
	return standing;
}

static bool
allows(const NAME_CONSTRAINTS *constraints, bool critical,
    const GENERAL_NAME *name)
{
	struct standing in = compare(constraints->permittedSubtrees, name);
	struct standing out = compare(constraints->excludedSubtrees, name);

	if (out.covered)
		return false;
	if (in.unprocessed || out.unprocessed)
		return !critical && principal_of(name) == NULL;
	return !in.constrained || in.covered;
}

static bool
allows_each(const NAME_CONSTRAINTS *constraints, bool critical,
    const GENERAL_NAMES *names)
{
	const GENERAL_NAME *name;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (!is_native(name) && !allows(constraints, critical, name))
			return false;
	}
	return true;
}

/* The subtrees that OpenSSL knows, borrowed.  False: out of memory. */
static bool
copy_native(const STACK_OF(GENERAL_SUBTREE) *list,
    STACK_OF(GENERAL_SUBTREE) **native_r)
{
	GENERAL_SUBTREE *subtree;

	if (list == NULL)
		return true;
	*native_r = sk_GENERAL_SUBTREE_new_null();
	for (int i = 0; *native_r != NULL && i < sk_GENERAL_SUBTREE_num(list);
	     i++) {
		subtree = sk_GENERAL_SUBTREE_value(list, i);
		if (is_native(subtree->base) &&
		    sk_GENERAL_SUBTREE_push(*native_r, subtree) <= 0)
			return false;
	}
	return *native_r != NULL;
}

/* OpenSSL has stopped at what it cannot process: the rest of its check. */
static enum reason
check_native(const NAME_CONSTRAINTS *constraints, X509 *cert)
{
	NAME_CONSTRAINTS native = { NULL, NULL };
	enum reason reason = REASON_TEMP_NOMEM;

	if (copy_native(constraints->permittedSubtrees,
		&native.permittedSubtrees) &&
	    copy_native(constraints->excludedSubtrees,
		&native.excludedSubtrees))
		reason = NAME_CONSTRAINTS_check(cert, &native) == X509_V_OK ?
		    REASON_OK :
		    REASON_NAME_CONSTRAINTS;
	sk_GENERAL_SUBTREE_free(native.permittedSubtrees);
	sk_GENERAL_SUBTREE_free(native.excludedSubtrees);
	return reason;
}

static bool
has_foreign(const STACK_OF(GENERAL_SUBTREE) *list)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++)
		if (!is_native(sk_GENERAL_SUBTREE_value(list, i)->base))
			return true;
	return false;
}

bool
constraint_has_foreign(const NAME_CONSTRAINTS *constraints)
{
	return has_foreign(constraints->permittedSubtrees) ||
	    has_foreign(constraints->excludedSubtrees);
}

enum reason
constraint_check_foreign(const NAME_CONSTRAINTS *constraints, bool critical,
    X509 *cert)
{
	enum reason reason = check_native(constraints, cert);
	GENERAL_NAMES *names;
	int found;

	if (reason != REASON_OK)
		return reason;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, &found, NULL);
	if (names == NULL)
		return found == -1 ? REASON_OK : REASON_NAME_CONSTRAINTS;
	if (!allows_each(constraints, critical, names))
		reason = REASON_NAME_CONSTRAINTS;
	GENERAL_NAMES_free(names);
	return reason;
}
