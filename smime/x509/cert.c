/* SPDX-License-Identifier: ISC */
#include "smime/x509/cert.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

typedef X509 *decoder(X509 **cert, const unsigned char **octets, long len);

static X509 *
decode(OSSL_LIB_CTX *libctx, const uint8_t *der, size_t len, decoder *d2i)
{
	const uint8_t *end = der;
	X509 *cert;

	if (len > INT_MAX)
		return NULL;
	ERR_set_mark();
	cert = X509_new_ex(libctx, NULL);
	if (cert != NULL &&
	    (d2i(&cert, &end, (long)len) == NULL || end != der + len)) {
		X509_free(cert);
		cert = NULL;
	}
	/* Have extensions cached now, so that no reader has to lock. */
	if (cert != NULL)
		X509_check_purpose(cert, -1, 0);
	ERR_pop_to_mark();
	return cert;
}

/* Elements of ASN.1 in len octets, also of what octet strings may hold. */
static size_t
count_elements(const uint8_t *at, size_t len, unsigned int depth)
{
	enum { INVALID = 0x80 };
	const uint8_t *end = at + len;
	size_t count = 0;
	int tag, class, form;
	long inside;

	while (depth > 0 && at < end) {
		form = ASN1_get_object(&at, &inside, &tag, &class,
		    (long)(end - at));
		if ((form & INVALID) != 0 || inside > end - at)
			break;
		count++;
		if ((form & V_ASN1_CONSTRUCTED) != 0 ||
		    tag == V_ASN1_OCTET_STRING)
			count += count_elements(at, (size_t)inside, depth - 1);
		at += inside;
	}
	return count;
}

static bool
hash(const X509 *cert, const EVP_MD *md, uint8_t *hash_r)
{
	bool done;

	ERR_set_mark();
	done = X509_digest(cert, md, hash_r, NULL) == 1;
	ERR_pop_to_mark();
	return done;
}

/* Step over a header.  Returns how many octets it promises, or -1. */
static long
step_in(const uint8_t **at, const uint8_t *end)
{
	enum { INVALID = 0x80 };
	int tag, class;
	long inside;

	if ((ASN1_get_object(at, &inside, &tag, &class, (long)(end - *at)) &
		INVALID) != 0)
		return -1;
	return inside;
}

/* The digest of what is signed in the DER of a certificate. */
static bool
digest_signed(const X509 *cert, const EVP_MD *md, ASN1_OCTET_STRING *digest)
{
	uint8_t *der = NULL, value[EVP_MAX_MD_SIZE];
	int len = i2d_X509(cert, &der);
	const uint8_t *at = der, *start;
	unsigned int value_len;
	bool done = false;
	long inside;

	if (len < 0)
		return false;
	if (step_in(&at, der + len) >= 0) {
		start = at;
		inside = step_in(&at, der + len);
		done = inside >= 0 &&
		    EVP_Digest(start, (size_t)(at + inside - start), value,
			&value_len, md, NULL) == 1 &&
		    ASN1_OCTET_STRING_set(digest, value, (int)value_len) == 1;
	}
	OPENSSL_free(der);
	return done;
}

/* Encode the DigestInfo of RFC 8017 9.2, but without NULL for parameters. */
static int
write_digest_info(const X509 *cert, int md, uint8_t **der_r)
{
	X509_SIG *info = X509_SIG_new();
	ASN1_OCTET_STRING *digest;
	X509_ALGOR *algorithm;
	int len = -1;

	if (info == NULL)
		return -1;
	X509_SIG_getm(info, &algorithm, &digest);
	X509_ALGOR_set0(algorithm, OBJ_nid2obj(md), V_ASN1_UNDEF, NULL);
	if (digest_signed(cert, EVP_get_digestbynid(md), digest))
		len = i2d_X509_SIG(info, der_r);
	X509_SIG_free(info);
	return len;
}

/*
 * RFC 4055 2.1: digest parameters that are absent are equivalent to NULL.
 * Some roots are signed so, and OpenSSL does not verify them.
 */
static bool
verifies_without_null(X509 *cert)
{
	const ASN1_BIT_STRING *signature;
	EVP_PKEY_CTX *ctx = NULL;
	uint8_t *info = NULL;
	int md, type, len;
	bool good = false;

	if (X509_get_signature_info(cert, &md, &type, NULL, NULL) != 1 ||
	    type != NID_rsaEncryption)
		return false;
	len = write_digest_info(cert, md, &info);
	X509_get0_signature(&signature, NULL, cert);
	ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(cert), NULL);
	if (len > 0 && ctx != NULL && EVP_PKEY_verify_init(ctx) == 1)
		good = EVP_PKEY_verify(ctx, ASN1_STRING_get0_data(signature),
			   (size_t)ASN1_STRING_length(signature), info,
			   (size_t)len) == 1;
	EVP_PKEY_CTX_free(ctx);
	OPENSSL_free(info);
	return good;
}

/* What a general-purpose reader and ours could see differently is refused. */
static bool
is_plain_address(const uint8_t *octets, size_t len, bool utf8)
{
	size_t ats = 0;

	for (size_t i = 0; i < len; i++) {
		if (octets[i] < ' ' || octets[i] == 0x7f)
			return false;
		if (octets[i] > 0x7f && !utf8)
			return false;
		if (octets[i] == '@')
			ats++;
	}
	return ats == 1;
}

static bool
make_room(struct mailboxes *mailboxes)
{
	size_t room = mailboxes->room == 0 ? 1 : mailboxes->room * 2;
	struct mailbox *list;

	if (mailboxes->count < mailboxes->room)
		return true;
	list = reallocarray(mailboxes->list, room, sizeof(*list));
	if (list == NULL)
		return false;
	mailboxes->list = list;
	mailboxes->room = room;
	return true;
}

/* Add one address, or leave it out when it is none.  False: no memory. */
static bool
push_address(struct mailboxes *mailboxes, const ASN1_STRING *address, bool utf8)
{
	const uint8_t *octets = ASN1_STRING_get0_data(address);
	size_t len = (size_t)ASN1_STRING_length(address);
	struct mailbox mailbox;

	if (!is_plain_address(octets, len, utf8) ||
	    !mailbox_read((const char *)octets, len, &mailbox))
		return true;
	if (mailboxes->count == CERT_MAX_MAILBOXES) {
		mailboxes->more = true;
		mailbox_done(&mailbox);
		return true;
	}
	if (!make_room(mailboxes)) {
		mailbox_done(&mailbox);
		return false;
	}
	mailboxes->list[mailboxes->count++] = mailbox;
	return true;
}

static bool
is_utf8_mailbox(const GENERAL_NAME *name)
{
	return name->type == GEN_OTHERNAME &&
	    OBJ_obj2nid(name->d.otherName->type_id) ==
	    NID_id_on_SmtpUTF8Mailbox;
}

/* Addresses of a subjectAltName.  *found_r: it has some, readable or not. */
static bool
push_alt_names(struct mailboxes *mailboxes, const GENERAL_NAMES *names,
    bool *found_r)
{
	const GENERAL_NAME *name;
	const ASN1_TYPE *value;
	bool done = true;

	*found_r = false;
	for (int i = 0; done && i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_EMAIL) {
			*found_r = true;
			done =
			    push_address(mailboxes, name->d.rfc822Name, false);
		} else if (is_utf8_mailbox(name)) {
			*found_r = true;
			value = name->d.otherName->value;
			/* RFC 9598 3: a UTF8String and nothing else. */
			if (value->type == V_ASN1_UTF8STRING)
				done = push_address(mailboxes,
				    value->value.utf8string, true);
		}
	}
	return done;
}

/* Addresses of the subject, whatever string type they are in. */
static bool
push_subject(struct mailboxes *mailboxes, const X509_NAME *subject)
{
	const X509_NAME_ENTRY *entry;
	bool done = true;
	int at = -1;

	while (done) {
		at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress,
		    at);
		if (at < 0)
			break;
		entry = X509_NAME_get_entry(subject, at);
		done = push_address(mailboxes, X509_NAME_ENTRY_get_data(entry),
		    false);
	}
	return done;
}

static bool
push_mailboxes(struct mailboxes *mailboxes, X509 *cert)
{
	GENERAL_NAMES *names;
	bool found, done;
	int critical; /* -1: there is no such extension */

	names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	if (names == NULL && critical != -1)
		return ERR_GET_REASON(ERR_peek_last_error()) !=
		    ERR_R_MALLOC_FAILURE;
	done = push_alt_names(mailboxes, names, &found);
	GENERAL_NAMES_free(names);
	if (done && !found)
		done = push_subject(mailboxes, X509_get_subject_name(cert));
	return done;
}

/* A copy with a NUL behind it that free() frees. */
static char *
copy_text(const char *octets, size_t len)
{
	char *text = malloc(len + 1);

	if (text != NULL) {
		memcpy(text, octets, len);
		text[len] = '\0';
	}
	return text;
}

static bool
is_utf8(const uint8_t *octets, size_t len)
{
	unsigned long character;
	int n;

	while (len > 0) {
		n = UTF8_getc(octets, len < 4 ? (int)len : 4, &character);
		if (n <= 0)
			return false;
		octets += n;
		len -= (size_t)n;
	}
	return true;
}

/* The name by X509_NAME_print_ex(), or NULL where that is not UTF-8. */
static char *
print_name(const X509_NAME *name, unsigned long flags)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *octets, *text = NULL;
	long len;

	if (bio == NULL)
		return NULL;
	if (X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
		len = BIO_get_mem_data(bio, &octets);
		if (is_utf8((const uint8_t *)octets, (size_t)len))
			text = copy_text(len > 0 ? octets : "", (size_t)len);
	}
	BIO_free(bio);
	return text;
}

/* "P-256" where NIST has a name for it, else OpenSSL's; "" for none. */
static const char *
curve_name(const EVP_PKEY *key, char *group, size_t size)
{
	const char *nist;

	if (EVP_PKEY_get_group_name(key, group, size, NULL) != 1)
		return "";
	nist = EC_curve_nid2nist(OBJ_sn2nid(group));
	return nist != NULL ? nist : group;
}

/* As strdup(), of "PREFIX-BITS". */
static char *
with_bits(const char *prefix, const EVP_PKEY *key)
{
	char *text;

	if (asprintf(&text, "%s-%d", prefix, EVP_PKEY_get_bits(key)) < 0)
		return NULL;
	return text;
}

static char *
with_curve(const EVP_PKEY *key)
{
	char group[64], *text;
	const char *curve = curve_name(key, group, sizeof(group));

	if (asprintf(&text, "EC%s%s", *curve != '\0' ? "-" : "", curve) < 0)
		return NULL;
	return text;
}

static char *
describe_key(const EVP_PKEY *key)
{
	const char *type;

	switch (key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_NONE:
		return strdup("unknown");
	case EVP_PKEY_RSA:
		return with_bits("RSA", key);
	case EVP_PKEY_RSA_PSS:
		return with_bits("RSA-PSS", key);
	case EVP_PKEY_DSA:
		return with_bits("DSA", key);
	case EVP_PKEY_EC:
		return with_curve(key);
	case EVP_PKEY_ED25519:
		return strdup("Ed25519");
	case EVP_PKEY_ED448:
		return strdup("Ed448");
	default:
		type = EVP_PKEY_get0_type_name(key);
		return strdup(type != NULL ? type : "unknown");
	}
}

/* Step over a whole element.  False: there is none. */
static bool
step_over(const uint8_t **at, const uint8_t *end)
{
	long inside = step_in(at, end);

	if (inside < 0)
		return false;
	*at += inside;
	return true;
}

/* RFC 5280 4.1: version, serialNumber, signature, issuer, validity, subject. */
static const uint8_t *
find_subject(const uint8_t *der, const uint8_t *end)
{
	enum { TAG_VERSION = 0xa0, BEFORE_SUBJECT = 4 };
	const uint8_t *at = der;

	if (step_in(&at, end) < 0 || step_in(&at, end) < 0)
		return NULL;
	if (at < end && *at == TAG_VERSION && !step_over(&at, end))
		return NULL;
	for (int i = 0; i < BEFORE_SUBJECT; i++)
		if (!step_over(&at, end))
			return NULL;
	return at < end ? at : NULL;
}

char *
cert_subject_of(const uint8_t *der, size_t len)
{
	X509_NAME *name = NULL;
	char *text = NULL;
	const uint8_t *at;

	ERR_set_mark();
	at = find_subject(der, der + len);
	if (at != NULL)
		name = d2i_X509_NAME(NULL, &at, (long)(der + len - at));
	if (name != NULL && X509_NAME_entry_count(name) > 0)
		text = cert_name(name);
	X509_NAME_free(name);
	ERR_pop_to_mark();
	return text;
}

X509 *
cert_read(OSSL_LIB_CTX *libctx, const uint8_t *der, size_t len)
{
	return decode(libctx, der, len, d2i_X509);
}

X509 *
cert_read_trusted(OSSL_LIB_CTX *libctx, const uint8_t *der, size_t len)
{
	return decode(libctx, der, len, d2i_X509_AUX);
}

size_t
cert_weight(const uint8_t *der, size_t len)
{
	enum { MAX_NESTED = 24, OF_OBJECT = 1024, OF_ELEMENT = 128 };
	size_t count;

	ERR_set_mark();
	count = count_elements(der, len, MAX_NESTED);
	ERR_pop_to_mark();
	return OF_OBJECT + 2 * len + OF_ELEMENT * count;
}

size_t
cert_weigh(const X509 *cert, size_t max_der)
{
	size_t weight = SIZE_MAX;
	uint8_t *der = NULL;
	int len;

	ERR_set_mark();
	len = i2d_X509(cert, NULL);
	if (len > 0 && (size_t)len <= max_der)
		len = i2d_X509(cert, &der);
	ERR_pop_to_mark();
	if (der != NULL && len > 0)
		weight = cert_weight(der, (size_t)len);
	OPENSSL_free(der);
	return weight;
}

bool
cert_sha256(const X509 *cert, uint8_t hash_r[CERT_SHA256_LEN])
{
	return hash(cert, EVP_sha256(), hash_r);
}

bool
cert_sha1(const X509 *cert, uint8_t hash_r[CERT_SHA1_LEN])
{
	return hash(cert, EVP_sha1(), hash_r);
}

bool
cert_validity(const X509 *cert, time_t *begin_r, time_t *end_r)
{
	struct tm begin, end;
	bool good;

	ERR_set_mark();
	good = ASN1_TIME_to_tm(X509_get0_notBefore(cert), &begin) == 1 &&
	    ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) == 1;
	ERR_pop_to_mark();
	if (!good)
		return false;
	*begin_r = timegm(&begin);
	*end_r = timegm(&end);
	return true;
}

bool
cert_is_self_signed(X509 *cert)
{
	bool answer;

	ERR_set_mark();
	answer = X509_self_signed(cert, 1) == 1 ||
	    (X509_self_signed(cert, 0) == 1 && verifies_without_null(cert));
	ERR_pop_to_mark();
	return answer;
}

enum cert_issuer
cert_issuer(X509 *cert, X509 *issuer)
{
	switch (X509_check_issued(issuer, cert)) {
	case X509_V_OK:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: /* is asked later */
		return CERT_ISSUER_LIKELY;
	case X509_V_ERR_AKID_SKID_MISMATCH:
	case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
		return CERT_ISSUER_CONTRADICTED;
	default:
		return CERT_ISSUER_NO;
	}
}

bool
cert_is_issued_by(X509 *cert, X509 *issuer)
{
	bool is;

	if (cert_issuer(cert, issuer) == CERT_ISSUER_NO)
		return false;
	ERR_set_mark();
	is = X509_verify(cert, X509_get0_pubkey(issuer)) == 1;
	ERR_pop_to_mark();
	return is;
}

enum cert_role
cert_role(X509 *cert)
{
	enum { NO_CA, CA_TRUE, V1_SELF_ISSUED = 3 };
	int ca = X509_check_ca(cert);

	if (ca != CA_TRUE && ca != V1_SELF_ISSUED)
		return CERT_ROLE_SIGNER;
	if (cert_is_self_signed(cert))
		return CERT_ROLE_ANCHOR;
	return ca == CA_TRUE ? CERT_ROLE_INTERMEDIATE : CERT_ROLE_SIGNER;
}

/* 0 for a policy that is none of the CA/B Forum's for S/MIME. */
static unsigned int
validation_bit(const ASN1_OBJECT *policy)
{
	static const char arc[] = "2.23.140.1.5.";
	const size_t len = sizeof(arc) - 1;
	char oid[32];

	if (OBJ_obj2txt(oid, sizeof(oid), policy, 1) != (int)len + 3 ||
	    strncmp(oid, arc, len) != 0 || oid[len] < '1' || oid[len] > '4' ||
	    oid[len + 1] != '.' || oid[len + 2] < '1' || oid[len + 2] > '3')
		return 0;
	return CERT_VALIDATION(oid[len] - '0', oid[len + 2] - '0');
}

unsigned int
cert_validation(X509 *cert)
{
	CERTIFICATEPOLICIES *policies;
	unsigned int bits = 0;

	ERR_set_mark();
	policies = X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
	for (int i = 0; policies != NULL && i < sk_POLICYINFO_num(policies);
	     i++)
		bits |=
		    validation_bit(sk_POLICYINFO_value(policies, i)->policyid);
	CERTIFICATEPOLICIES_free(policies);
	ERR_pop_to_mark();
	return bits;
}

bool
cert_has_any_purpose(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(cert) & XKU_ANYEKU) != 0;
}

bool
cert_mailboxes(X509 *cert, struct mailboxes *mailboxes_r)
{
	struct mailboxes mailboxes = { .count = 0 };
	bool done;

	ERR_set_mark();
	done = push_mailboxes(&mailboxes, cert);
	ERR_pop_to_mark();
	if (done)
		*mailboxes_r = mailboxes;
	else
		cert_mailboxes_done(&mailboxes);
	return done;
}

void
cert_mailboxes_done(struct mailboxes *mailboxes)
{
	for (size_t i = 0; i < mailboxes->count; i++)
		mailbox_done(&mailboxes->list[i]);
	free(mailboxes->list);
	*mailboxes = (struct mailboxes){ .count = 0 };
}

char *
cert_name(const X509_NAME *name)
{
	static const unsigned long escaped = XN_FLAG_RFC2253;
	static const unsigned long readable =
	    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	char *text;

	ERR_set_mark();
	text = print_name(name, readable);
	/* No UTF-8: a string lies about its type, so show its octets. */
	if (text == NULL)
		text = print_name(name, escaped);
	ERR_pop_to_mark();
	return text;
}

char *
cert_serial(const X509 *cert)
{
	BIGNUM *number;
	char *hex = NULL, *text = NULL;

	ERR_set_mark();
	number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	if (number != NULL && BN_is_zero(number))
		text = strdup("00"); /* BN_bn2hex() has "0" */
	else if (number != NULL)
		hex = BN_bn2hex(number);
	if (hex != NULL)
		text = strdup(hex);
	OPENSSL_free(hex);
	BN_free(number);
	ERR_pop_to_mark();
	return text;
}

char *
cert_key(X509 *cert)
{
	char *text;

	ERR_set_mark();
	text = describe_key(X509_get0_pubkey(cert));
	ERR_pop_to_mark();
	return text;
}
