/* SPDX-License-Identifier: ISC */
#include "milter/collection/certview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "milter/header/record.h"
#include "smime/x509/algo.h"

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

static const struct {
	uint32_t id;
	const char *name;
} properties[] = {
	{ 2, "KEY_PROV_INFO" },
	{ 3, "SHA1_HASH" },
	{ 4, "MD5_HASH" },
	{ 9, "ENHKEY_USAGE" },
	{ 11, "FRIENDLY_NAME" },
	{ 12, "PVK_FILE" },
	{ 13, "DESCRIPTION" },
	{ 15, "SIGNATURE_HASH" },
	{ 18, "PUBKEY_ALG_PARA" },
	{ 19, "ARCHIVED" },
	{ 20, "KEY_IDENTIFIER" },
	{ 21, "AUTO_ENROLL" },
	{ 23, "CROSS_CERT_DIST_POINTS" },
	{ 24, "ISSUER_PUBLIC_KEY_MD5_HASH" },
	{ 25, "SUBJECT_PUBLIC_KEY_MD5_HASH" },
	{ 26, "ENROLLMENT" },
	{ 27, "DATE_STAMP" },
	{ 28, "ISSUER_SERIAL_NUMBER_MD5_HASH" },
	{ 29, "SUBJECT_NAME_MD5_HASH" },
	{ 64, "RENEWAL" },
	{ 68, "AUTHORITY_INFO_ACCESS" },
	{ 70, "OCSP_RESPONSE" },
	{ 71, "REQUEST_ORIGINATOR" },
	{ 81, "CA_OCSP_AUTHORITY_INFO_ACCESS" },
	{ 83, "ROOT_PROGRAM_CERT_POLICIES" },
	{ 84, "ROOT_PROGRAM_NAME_CONSTRAINTS" },
	{ 98, "AUTH_ROOT_SHA256_HASH" },
	{ 102, "SEND_AS_TRUSTED_ISSUER" },
	{ 104, "DISALLOWED_FILETIME" },
	{ 105, "ROOT_PROGRAM_CHAIN_POLICIES" },
	{ 107, "SHA256_HASH" },
	{ 122, "DISALLOWED_ENHKEY_USAGE" },
	{ 123, "NONCOMPLIANT_ROOT_URL" },
	{ 124, "PIN_SHA256_HASH" },
	{ 126, "NOT_BEFORE_FILETIME" },
	{ 127, "NOT_BEFORE_ENHKEY_USAGE" },
	{ 128, "DISALLOWED_CA_FILETIME" },
};

static void
write_hex(char *out, const uint8_t *octets, size_t len, const char *digits)
{
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[octets[i] >> 4];
		*out++ = digits[octets[i] & 15];
	}
	*out = '\0';
}

/* False for what is no time: then *when_r is as it was. */
static bool
read_time(const ASN1_TIME *time, time_t *when_r)
{
	struct tm tm;
	bool good;

	ERR_set_mark();
	good = ASN1_TIME_to_tm(time, &tm) == 1;
	ERR_pop_to_mark();
	if (good)
		*when_r = timegm(&tm);
	return good;
}

static long
days_between(time_t from, time_t to)
{
	time_t seconds = to - from;

	if (seconds < 0)
		seconds -= SECONDS_PER_DAY - 1;
	return (long)(seconds / SECONDS_PER_DAY);
}

/* As trust.c: another certificate of an authority that is disallowed. */
static bool
is_disallowed_elsewhere(const struct store *store,
    const struct store_cert *cert)
{
	size_t count;
	const struct store_cert *other = store_certs(store, &count);

	for (size_t i = 0; i < count; i++, other++)
		if (other->verdict == REASON_ROOT_DISALLOWED &&
		    X509_NAME_cmp(X509_get_subject_name(other->cert),
			X509_get_subject_name(cert->cert)) == 0 &&
		    EVP_PKEY_eq(X509_get0_pubkey(other->cert),
			X509_get0_pubkey(cert->cert)) == 1)
			return true;
	return false;
}

/* May the certificate, by what is in it, do what its role is for? */
static bool
is_for_mail(const struct store_cert *cert)
{
	bool ca = cert->role != CERT_ROLE_SIGNER;
	bool good;

	ERR_set_mark();
	good = cert_has_any_purpose(cert->cert) ||
	    X509_check_purpose(cert->cert, X509_PURPOSE_SMIME_SIGN, ca) > 0;
	ERR_pop_to_mark();
	return good;
}

/* Why it may not serve, or REASON_OK. */
static enum reason
find_reason(const struct certview *view, const struct store *store, time_t now)
{
	const struct store_cert *cert = view->cert;
	struct key_facts key;
	struct rules rules;

	if (cert->verdict != REASON_OK)
		return cert->verdict;
	if (is_disallowed_elsewhere(store, cert))
		return REASON_ROOT_DISALLOWED;
	if (!is_for_mail(cert))
		return REASON_KEY_PURPOSE;
	if (view->expired)
		return REASON_EXPIRED;
	if (now < view->not_before)
		return REASON_NOT_YET_VALID;
	rules_default(&rules);
	algo_read_key(X509_get0_pubkey(cert->cert), &key);
	return algo_check_key(&rules, &key);
}

/* Which of the properties that can say so does? */
static const char *
disallowed_by(const struct certraw *raw)
{
	if (raw != NULL && certraw_find(raw, SST_DISALLOWED_FILETIME) != NULL)
		return "disallowed (property 104)";
	if (raw != NULL &&
	    certraw_find(raw, SST_DISALLOWED_CA_FILETIME) != NULL)
		return "disallowed (property 128)";
	return "disallowed for mail (property 122)";
}

/* The phrases of reason.h speak of a message; here is only a certificate. */
static const char *
explain(const struct certview *view)
{
	enum reason reason = view->reason;

	if (reason == REASON_ROOT_DISALLOWED)
		return view->cert->verdict == REASON_OK ?
		    "another certificate of this authority is disallowed" :
		    disallowed_by(view->cert->raw);
	if (reason == REASON_ROOT_PURPOSE)
		return "the purposes enabled for it (property 9) do not include mail";
	if (reason == REASON_ROOT_CONSTRAINTS)
		return "its name constraints (property 84) cannot be read";
	if (reason == REASON_EXPIRED)
		return "expired";
	if (reason == REASON_NOT_YET_VALID)
		return "not valid yet";
	if (reason == REASON_KEY_PURPOSE)
		return "its own key usage does not include mail";
	if (reason == REASON_SHORT_KEY)
		return "its key is shorter than the default of min-rsa-bits";
	return reason_words(reason);
}

static void
explain_limits(struct certview *view)
{
	const struct store_cert *cert = view->cert;
	char date[32] = "";

	if (cert->has_not_before)
		record_time(cert->not_before, date);
	snprintf(view->why, sizeof(view->why), "%s%s%s%s",
	    cert->has_not_before ?
		"only for certificates that were issued before " :
		"",
	    date,
	    cert->has_not_before && cert->constraints != NULL ? ", and " : "",
	    cert->constraints != NULL ? "only within its name constraints" :
					"");
}

static void
judge(struct certview *view, const struct store *store, time_t now)
{
	const struct store_cert *cert = view->cert;

	view->reason = find_reason(view, store, now);
	view->serves = view->reason == REASON_OK;
	view->for_mail = cert->verdict == REASON_OK &&
	    view->reason != REASON_ROOT_DISALLOWED &&
	    view->reason != REASON_KEY_PURPOSE;
	view->vouches = CERTVIEW_NO;
	if (!view->serves) {
		snprintf(view->why, sizeof(view->why), "%s", explain(view));
	} else if (cert->role == CERT_ROLE_INTERMEDIATE) {
		snprintf(view->why, sizeof(view->why),
		    "helps to build paths to a root");
	} else if (cert->role == CERT_ROLE_SIGNER) {
		snprintf(view->why, sizeof(view->why),
		    "a known signer, who needs a path to a root");
	} else if (cert->has_not_before || cert->constraints != NULL) {
		view->vouches = CERTVIEW_LIMITED;
		explain_limits(view);
	} else {
		view->vouches = CERTVIEW_YES;
		snprintf(view->why, sizeof(view->why), "a root for mail");
	}
}

static json_t *
purpose_names(const EXTENDED_KEY_USAGE *list)
{
	json_t *names = json_array();
	const ASN1_OBJECT *purpose;
	char oid[128];
	int nid;

	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
		purpose = sk_ASN1_OBJECT_value(list, i);
		nid = OBJ_obj2nid(purpose);
		if (nid == NID_undef &&
		    OBJ_obj2txt(oid, sizeof(oid), purpose, 1) <= 0)
			continue;
		json_array_append_new(names,
		    json_string(nid != NID_undef ? OBJ_nid2sn(nid) : oid));
	}
	return names;
}

/* The certificate's own extension; null where it has none. */
static json_t *
own_purposes(X509 *cert)
{
	EXTENDED_KEY_USAGE *list;
	json_t *names = json_null();

	ERR_set_mark();
	list = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	if (list != NULL)
		names = purpose_names(list);
	EXTENDED_KEY_USAGE_free(list);
	ERR_pop_to_mark();
	return names;
}

/* Those of property 9 or 122; null where it has none, or cannot be read. */
static json_t *
purposes_of(const struct store_cert *cert, uint32_t id)
{
	const struct sst_property *property =
	    cert->raw == NULL ? NULL : certraw_find(cert->raw, id);
	json_t *names = NULL;

	if (property != NULL)
		names = certview_purposes(property->value, property->len);
	return names != NULL ? names : json_null();
}

static json_t *
list_properties(const struct certraw *raw)
{
	json_t *list = json_array();
	const struct sst_property *property;

	for (size_t i = 0; raw != NULL && i < raw->property_count; i++) {
		property = &raw->properties[i];
		json_array_append_new(list,
		    json_pack("{s:I, s:s, s:I}", "id", (json_int_t)property->id,
			"name", certview_property(property->id), "size",
			(json_int_t)property->len));
	}
	return list;
}

/* Names may hold what is no UTF-8 only if cert_name() has a fault. */
static json_t *
text_or_null(const char *text)
{
	json_t *value = text == NULL ? NULL : json_string(text);

	return value != NULL ? value : json_null();
}

const char *
certview_property(uint32_t id)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (properties[i].id == id)
			return properties[i].name;
	return "unknown";
}

json_t *
certview_purposes(const uint8_t *der, size_t len)
{
	const uint8_t *end = der;
	EXTENDED_KEY_USAGE *list;
	json_t *names = NULL;

	ERR_set_mark();
	list = d2i_EXTENDED_KEY_USAGE(NULL, &end, (long)len);
	if (list != NULL && end == der + len)
		names = purpose_names(list);
	EXTENDED_KEY_USAGE_free(list);
	ERR_pop_to_mark();
	return names;
}

const char *
certview_role(enum cert_role role)
{
	switch (role) {
	case CERT_ROLE_ANCHOR:
		return "root";
	case CERT_ROLE_INTERMEDIATE:
		return "intermediate";
	case CERT_ROLE_SIGNER:
		return "signer";
	}
	return "";
}

const char *
certview_answer_word(enum certview_answer answer)
{
	switch (answer) {
	case CERTVIEW_NO:
		return "no";
	case CERTVIEW_LIMITED:
		return "limited";
	case CERTVIEW_YES:
		return "yes";
	}
	return "";
}

/* A certificate without a readable end is not taken for expired. */
time_t
certview_not_after(const X509 *cert)
{
	/* RFC 5280 4.1.2.5: 9999-12-31 is for "no end". */
	time_t when = 253402300799;

	read_time(X509_get0_notAfter(cert), &when);
	return when;
}

bool
certview_init(struct certview *view_r, const struct store *store,
    const struct store_cert *cert, time_t now)
{
	struct certview view = { .cert = cert,
		.subject = cert_name(X509_get_subject_name(cert->cert)),
		.issuer = cert_name(X509_get_issuer_name(cert->cert)),
		.serial = cert_serial(cert->cert),
		.key = cert_key(cert->cert) };
	uint8_t sha1[CERT_SHA1_LEN];

	if (view.subject == NULL || view.issuer == NULL ||
	    view.serial == NULL || view.key == NULL ||
	    !cert_sha1(cert->cert, sha1)) {
		certview_done(&view);
		return false;
	}
	write_hex(view.thumbprint, sha1, CERT_SHA1_LEN, "0123456789ABCDEF");
	write_hex(view.sha256, cert->sha256, CERT_SHA256_LEN,
	    "0123456789abcdef");
	read_time(X509_get0_notBefore(cert->cert), &view.not_before);
	view.not_after = certview_not_after(cert->cert);
	view.expired = now > view.not_after;
	view.days_left = days_between(now, view.not_after);
	judge(&view, store, now);
	*view_r = view;
	return true;
}

void
certview_done(struct certview *view)
{
	free(view->subject);
	free(view->issuer);
	free(view->serial);
	free(view->key);
}

json_t *
certview_json(const struct certview *view)
{
	const struct store_cert *cert = view->cert;
	char from[32], to[32];

	record_time(view->not_before, from);
	record_time(view->not_after, to);
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s,"
			 " s:o, s:{s:o, s:o, s:o}, s:o, s:b, s:s, s:o, s:s}",
	    "subject", text_or_null(view->subject), "issuer",
	    text_or_null(view->issuer), "serial", view->serial, "thumbprint",
	    view->thumbprint, "sha256", view->sha256, "not_before", from,
	    "not_after", to, "days_left", (json_int_t)view->days_left, "key",
	    view->key, "role", certview_role(cert->role), "friendly_name",
	    text_or_null(cert->friendly_name), "purposes", "certificate",
	    own_purposes(cert->cert), "enabled",
	    purposes_of(cert, SST_ENHKEY_USAGE), "disallowed",
	    purposes_of(cert, SST_DISALLOWED_ENHKEY_USAGE), "properties",
	    list_properties(cert->raw), "serves", view->serves, "vouches",
	    certview_answer_word(view->vouches), "reason",
	    view->serves ? json_null() :
			   json_string(reason_token(view->reason)),
	    "why", view->why);
}
