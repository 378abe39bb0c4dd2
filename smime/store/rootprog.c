/* SPDX-License-Identifier: ISC */
#include "smime/store/rootprog.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* What a list of purposes means for mail. */
enum purposes {
	PURPOSES_UNREADABLE,
	PURPOSES_OTHER, /* an empty list too */
	PURPOSES_MAIL,	/* emailProtection or anyExtendedKeyUsage */
};

static bool
is_mail(const ASN1_OBJECT *purpose)
{
	int nid = OBJ_obj2nid(purpose);

	return nid == NID_email_protect || nid == NID_anyExtendedKeyUsage;
}

static enum purposes
read_purposes(const struct sst_property *property)
{
	const uint8_t *end = property->value;
	enum purposes found = PURPOSES_UNREADABLE;
	EXTENDED_KEY_USAGE *list;

	list = d2i_EXTENDED_KEY_USAGE(NULL, &end, (long)property->len);
	if (list != NULL && end == property->value + property->len)
		found = PURPOSES_OTHER;
	for (int i = 0; found == PURPOSES_OTHER && i < sk_ASN1_OBJECT_num(list);
	     i++)
		if (is_mail(sk_ASN1_OBJECT_value(list, i)))
			found = PURPOSES_MAIL;
	EXTENDED_KEY_USAGE_free(list);
	return found;
}

static int
strictness(enum reason verdict)
{
	if (verdict == REASON_ROOT_DISALLOWED)
		return 3; /* final: no other store may overrule it */
	if (verdict == REASON_ROOT_PURPOSE)
		return 2;
	return verdict == REASON_ROOT_CONSTRAINTS ? 1 : 0;
}

static void
refuse(struct store_cert *cert, enum reason verdict)
{
	if (strictness(verdict) > strictness(cert->verdict))
		cert->verdict = verdict;
}

static void
set_not_before(struct store_cert *cert, time_t not_before)
{
	if (!cert->has_not_before || not_before < cert->not_before)
		cert->not_before = not_before;
	cert->has_not_before = true;
}

/* A value of another length is no date: then no date is early enough. */
static time_t
read_filetime(const struct sst_property *property)
{
	static const uint64_t ticks_per_second = 10000000;
	static const time_t from_1601_to_1970 = 11644473600;
	uint64_t ticks = 0;

	if (property->len == 8)
		for (size_t i = 8; i > 0; i--)
			ticks = ticks << 8 | property->value[i - 1];
	return (time_t)(ticks / ticks_per_second) - from_1601_to_1970;
}

/* True where 127 exempts mail from 126. */
static bool
exempts_mail(const struct sst_element *element)
{
	const struct sst_property *property = element->properties;
	bool exempt = false;

	for (size_t i = 0; i < element->property_count; i++, property++)
		if (property->id == SST_NOT_BEFORE_ENHKEY_USAGE) {
			if (read_purposes(property) != PURPOSES_OTHER)
				return false;
			exempt = true;
		}
	return exempt;
}

static NAME_CONSTRAINTS *
decode_constraints(const struct sst_property *property)
{
	const uint8_t *end = property->value;
	NAME_CONSTRAINTS *constraints;

	constraints = (NAME_CONSTRAINTS *)ASN1_item_d2i(NULL, &end,
	    (long)property->len, ASN1_ITEM_rptr(NAME_CONSTRAINTS));
	if (constraints == NULL || end != property->value + property->len ||
	    (constraints->permittedSubtrees == NULL &&
		constraints->excludedSubtrees == NULL)) {
		NAME_CONSTRAINTS_free(constraints);
		return NULL;
	}
	return constraints;
}

static bool
is_same(const NAME_CONSTRAINTS *a, const NAME_CONSTRAINTS *b)
{
	const ASN1_ITEM *item = ASN1_ITEM_rptr(NAME_CONSTRAINTS);
	unsigned char *der_a = NULL, *der_b = NULL;
	int len_a = ASN1_item_i2d((const ASN1_VALUE *)a, &der_a, item);
	int len_b = ASN1_item_i2d((const ASN1_VALUE *)b, &der_b, item);
	bool same = len_a > 0 && len_a == len_b &&
	    memcmp(der_a, der_b, (size_t)len_a) == 0;

	OPENSSL_free(der_a);
	OPENSSL_free(der_b);
	return same;
}

/* One set of constraints can be kept; another one leaves doubt. */
static void
read_constraints(struct store_cert *cert, const struct sst_property *property)
{
	NAME_CONSTRAINTS *constraints = decode_constraints(property);

	if (constraints == NULL ||
	    (cert->constraints != NULL &&
		!is_same(cert->constraints, constraints)))
		refuse(cert, REASON_ROOT_CONSTRAINTS);
	if (cert->constraints == NULL)
		cert->constraints = constraints;
	else
		NAME_CONSTRAINTS_free(constraints);
}

/* The text up to its NUL in UTF-8.  NULL also where it is no UTF-16LE. */
static char *
decode_utf16(const struct sst_property *property)
{
	size_t room = property->len * 2; /* 2 octets become 3 at most */
	size_t left = property->len, free_octets = room;
	/* The cast is for iconv(), which does not write there. */
	char *in = (char *)(uintptr_t)property->value;
	char *text = calloc(1, room + 1), *out = text;
	iconv_t converter = iconv_open("UTF-8", "UTF-16LE");

	if (text != NULL &&
	    (converter == (iconv_t)-1 ||
		iconv(converter, &in, &left, &out, &free_octets) ==
		    (size_t)-1)) {
		free(text);
		text = NULL;
	}
	if (converter != (iconv_t)-1)
		iconv_close(converter);
	return text;
}

static void
read_property(struct store_cert *cert, const struct sst_element *element,
    const struct sst_property *property, bool *unenforced_r)
{
	switch (property->id) {
	case SST_ENHKEY_USAGE:
		if (read_purposes(property) != PURPOSES_MAIL)
			refuse(cert, REASON_ROOT_PURPOSE);
		break;
	case SST_FRIENDLY_NAME:
		if (cert->friendly_name == NULL)
			cert->friendly_name = decode_utf16(property);
		break;
	case SST_CERT_POLICIES:
	case SST_CHAIN_POLICIES:
		*unenforced_r = true;
		break;
	case SST_NAME_CONSTRAINTS:
		read_constraints(cert, property);
		break;
	case SST_DISALLOWED_FILETIME:
	case SST_DISALLOWED_CA_FILETIME:
		/* From which date does not matter: mail has no trusted one. */
		refuse(cert, REASON_ROOT_DISALLOWED);
		break;
	case SST_DISALLOWED_ENHKEY_USAGE:
		if (read_purposes(property) != PURPOSES_OTHER)
			refuse(cert, REASON_ROOT_DISALLOWED);
		break;
	case SST_NOT_BEFORE_FILETIME:
		if (!exempts_mail(element))
			set_not_before(cert, read_filetime(property));
		break;
	default:
		break;
	}
}

static bool
lists_mail(STACK_OF(ASN1_OBJECT) *purposes)
{
	for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++)
		if (is_mail(sk_ASN1_OBJECT_value(purposes, i)))
			return true;
	return false;
}

/* Has 126 or 127. */
static bool
has_limit(const struct certraw *raw)
{
	return certraw_find(raw, SST_NOT_BEFORE_FILETIME) != NULL ||
	    certraw_find(raw, SST_NOT_BEFORE_ENHKEY_USAGE) != NULL;
}

/*
 * Does cert need that property of the other one?  126 and 127 belong
 * together: a 127 that exempts mail must not come to a 126 that limits it.
 */
static bool
is_missing(const struct store_cert *cert, const struct store_cert *again,
    const struct sst_property *property)
{
	if (certraw_has(cert->raw, property))
		return false;
	if (property->id == SST_FRIENDLY_NAME)
		return certraw_find(cert->raw, SST_FRIENDLY_NAME) == NULL;
	if (property->id == SST_NOT_BEFORE_FILETIME && has_limit(cert->raw))
		return again->has_not_before;
	if (property->id == SST_NOT_BEFORE_ENHKEY_USAGE)
		return !has_limit(cert->raw);
	return certraw_restricts(property);
}

static bool
add_raw(struct certraw **raw, const struct sst_property *property)
{
	struct certraw *with = certraw_with(*raw, property);

	if (with == NULL)
		return false;
	certraw_free(*raw);
	*raw = with;
	return true;
}

/*
 * Before the facts of both are merged, do so with what they were read from.
 * Where cert's limit exempts mail and that of again does not, mail has to be
 * named.
 */
static bool
merge_raw(struct store_cert *cert, const struct store_cert *again)
{
	/* SEQUENCE OF emailProtection */
	static const uint8_t mail[] = { 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
		0x01, 0x05, 0x05, 0x07, 0x03, 0x04 };
	static const struct sst_property for_mail = {
		.id = SST_NOT_BEFORE_ENHKEY_USAGE,
		.value = mail,
		.len = sizeof(mail)
	};
	const struct certraw *more = again->raw;
	struct certraw *merged = certraw_new(cert->raw->der, cert->raw->len,
	    cert->raw->properties, cert->raw->property_count);
	bool good = merged != NULL;

	for (size_t i = 0; good && i < more->property_count; i++)
		if (is_missing(cert, again, &more->properties[i]))
			good = add_raw(&merged, &more->properties[i]);
	if (good && has_limit(cert->raw) && !cert->has_not_before &&
	    again->has_not_before)
		good = add_raw(&merged, &for_mail);
	if (!good) {
		certraw_free(merged);
		return false;
	}
	certraw_free(cert->raw);
	cert->raw = merged;
	return true;
}

void
rootprog_read(struct store_cert *cert, const struct sst_element *element,
    bool *unenforced_r)
{
	ERR_set_mark();
	for (size_t i = 0; i < element->property_count; i++)
		read_property(cert, element, &element->properties[i],
		    unenforced_r);
	ERR_pop_to_mark();
}

void
rootprog_read_aux(struct store_cert *cert)
{
	STACK_OF(ASN1_OBJECT) *trusted = X509_get0_trust_objects(cert->cert);
	STACK_OF(ASN1_OBJECT) *rejected = X509_get0_reject_objects(cert->cert);

	if (lists_mail(rejected) || (trusted != NULL && !lists_mail(trusted)))
		refuse(cert, REASON_ROOT_PURPOSE);
	X509_trust_clear(cert->cert);
	X509_reject_clear(cert->cert);
}

bool
rootprog_merge(struct store_cert *cert, struct store_cert *again)
{
	if (cert->raw != NULL && again->raw != NULL && !merge_raw(cert, again))
		return false;
	refuse(cert, again->verdict);
	if (again->has_not_before)
		set_not_before(cert, again->not_before);
	if (cert->constraints == NULL) {
		cert->constraints = again->constraints;
		again->constraints = NULL;
	} else if (again->constraints != NULL &&
	    !is_same(cert->constraints, again->constraints)) {
		refuse(cert, REASON_ROOT_CONSTRAINTS);
	}
	if (cert->friendly_name == NULL) {
		cert->friendly_name = again->friendly_name;
		again->friendly_name = NULL;
	}
	return true;
}
