/* SPDX-License-Identifier: ISC */
#include "smime/cms/attr.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

/* TAG_SIGNATURE is that of signatureAlgorithm in CMSAlgorithmProtection. */
enum {
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_SIGNATURE = 0xa1,
	HEAD_MAX = 6,
};

/*
 * RFC 8551 2.5.1 to 2.5.3, RFC 5652 11, RFC 5035 3 and 4: at most one each.
 * RFC 6211 2 says the same of CMSAlgorithmProtection.
 */
static const int singles[] = { NID_pkcs9_contentType, NID_pkcs9_messageDigest,
	NID_pkcs9_signingTime, NID_SMIMECapabilities,
	NID_id_smime_aa_encrypKeyPref, NID_id_smime_aa_signingCertificate,
	NID_id_smime_aa_signingCertificateV2 };

static bool
is_single(CMS_SignerInfo *si, const ASN1_OBJECT *type)
{
	int at = CMS_signed_get_attr_by_OBJ(si, type, -1);

	return at < 0 ||
	    (X509_ATTRIBUTE_count(CMS_signed_get_attr(si, at)) == 1 &&
		CMS_signed_get_attr_by_OBJ(si, type, at) < 0);
}

/*
 * The type of CMSAlgorithmProtection, which OpenSSL 3.0 has no number for;
 * NULL: there is none.
 */
static const ASN1_OBJECT *
find_protection(const CMS_SignerInfo *si)
{
	static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
		0x09, 0x34 };
	const ASN1_OBJECT *type;

	for (int i = 0; i < CMS_signed_get_attr_count(si); i++) {
		type = X509_ATTRIBUTE_get0_object(CMS_signed_get_attr(si, i));
		if (OBJ_length(type) == sizeof(oid) &&
		    memcmp(OBJ_get0_data(type), oid, sizeof(oid)) == 0)
			return type;
	}
	return NULL;
}

static bool
are_single(CMS_SignerInfo *si)
{
	const ASN1_OBJECT *protection = find_protection(si);

	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		if (!is_single(si, OBJ_nid2obj(singles[i])))
			return false;
	return protection == NULL || is_single(si, protection);
}

/* RFC 5652 11.1: the attribute must name the type of the content. */
static bool
content_type_matches(CMS_SignerInfo *si)
{
	const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(si,
	    OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	return type != NULL && OBJ_obj2nid(type) == NID_pkcs7_data;
}

static int
nid_of(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, algor);
	return OBJ_obj2nid(object);
}

/* The elements of a SEQUENCE; the caller frees them.  NULL: it is none. */
static STACK_OF(ASN1_TYPE) *
open_sequence(const ASN1_STRING *der)
{
	const unsigned char *at;

	if (der == NULL)
		return NULL;
	at = ASN1_STRING_get0_data(der);
	return d2i_ASN1_SEQUENCE_ANY(NULL, &at, ASN1_STRING_length(der));
}

static void
close_sequence(STACK_OF(ASN1_TYPE) *elements)
{
	sk_ASN1_TYPE_pop_free(elements, ASN1_TYPE_free);
}

/* An element of that type, or NULL. */
static const ASN1_STRING *
element(const STACK_OF(ASN1_TYPE) *elements, int index, int type)
{
	const ASN1_TYPE *value = sk_ASN1_TYPE_value(elements, index);

	if (value == NULL || value->type != type)
		return NULL;
	return value->value.asn1_string;
}

/* The NID of an AlgorithmIdentifier, whatever tag it has. */
static int
algorithm_nid(const ASN1_STRING *der)
{
	STACK_OF(ASN1_TYPE) *elements = NULL;
	ASN1_STRING *untagged = ASN1_STRING_dup(der);
	const ASN1_TYPE *first;
	int nid = NID_undef;

	if (untagged != NULL && untagged->length > 0) {
		untagged->data[0] = TAG_SEQUENCE;
		elements = open_sequence(untagged);
	}
	first = sk_ASN1_TYPE_value(elements, 0);
	if (first != NULL && first->type == V_ASN1_OBJECT)
		nid = OBJ_obj2nid(first->value.object);
	close_sequence(elements);
	ASN1_STRING_free(untagged);
	return nid;
}

/* Is that the certificate an ESSCertID, or ESSCertIDv2, is about? */
static bool
cert_id_matches(const ASN1_STRING *id, int digest_nid, const X509 *cert)
{
	STACK_OF(ASN1_TYPE) *elements = open_sequence(id);
	const ASN1_STRING *algorithm = element(elements, 0, V_ASN1_SEQUENCE);
	const ASN1_STRING *wanted;
	uint8_t hash[EVP_MAX_MD_SIZE];
	const EVP_MD *md;
	unsigned int len;
	bool matches;

	if (algorithm != NULL)
		digest_nid = algorithm_nid(algorithm);
	wanted = element(elements, algorithm != NULL, V_ASN1_OCTET_STRING);
	md = EVP_get_digestbynid(digest_nid);
	matches = wanted != NULL && md != NULL &&
	    X509_digest(cert, md, hash, &len) == 1 &&
	    (size_t)ASN1_STRING_length(wanted) == len &&
	    memcmp(ASN1_STRING_get0_data(wanted), hash, len) == 0;
	close_sequence(elements);
	return matches;
}

/*
 * RFC 5035 3 and 5.4.1: signingCertificate, where it is present, names the
 * certificate of the signer first.
 */
static bool
signing_cert_matches(CMS_SignerInfo *si, int attribute_nid, int digest_nid,
    const X509 *cert)
{
	STACK_OF(ASN1_TYPE) *outer, *ids;
	bool matches;

	if (CMS_signed_get_attr_by_NID(si, attribute_nid, -1) < 0)
		return true;
	outer = open_sequence(CMS_signed_get0_data_by_OBJ(si,
	    OBJ_nid2obj(attribute_nid), -3, V_ASN1_SEQUENCE));
	ids = open_sequence(element(outer, 0, V_ASN1_SEQUENCE));
	matches =
	    cert_id_matches(element(ids, 0, V_ASN1_SEQUENCE), digest_nid, cert);
	close_sequence(ids);
	close_sequence(outer);
	return matches;
}

/*
 * RFC 6211 2: CMSAlgorithmProtection, where it is present, repeats the
 * algorithms of the SignerInfo.
 */
static bool
algorithms_match(CMS_SignerInfo *si)
{
	const ASN1_OBJECT *type = find_protection(si);
	X509_ALGOR *digest, *signature;
	STACK_OF(ASN1_TYPE) *elements;
	const ASN1_STRING *first, *second;
	bool matches;

	if (type == NULL)
		return true;
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
	elements = open_sequence(
	    CMS_signed_get0_data_by_OBJ(si, type, -3, V_ASN1_SEQUENCE));
	first = element(elements, 0, V_ASN1_SEQUENCE);
	second = element(elements, 1, V_ASN1_OTHER);
	matches = first != NULL && second != NULL &&
	    ASN1_STRING_get0_data(second)[0] == TAG_SIGNATURE &&
	    algorithm_nid(first) == nid_of(digest) &&
	    algorithm_nid(second) == nid_of(signature);
	close_sequence(elements);
	return matches;
}

/* Identifier and length of a SET of len octets.  Returns how many. */
static size_t
write_head(uint8_t out[static HEAD_MAX], size_t len)
{
	size_t octets = len > 0xffff ? 3 : len > 0xff ? 2 : len > 0x7f ? 1 : 0;
	size_t n = 0;

	out[n++] = TAG_SET;
	if (octets > 0)
		out[n++] = (uint8_t)(0x80 | octets);
	for (size_t i = octets; i-- > 1;)
		out[n++] = (uint8_t)(len >> (8 * i));
	out[n++] = (uint8_t)len;
	return n;
}

/* The attributes one after the other; only counted when out is NULL. */
static size_t
write_attributes(CMS_SignerInfo *si, unsigned char *out)
{
	size_t total = 0;
	int len;

	for (int i = 0; i < CMS_signed_get_attr_count(si); i++) {
		len = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i),
		    out != NULL ? &out : NULL);
		total += len > 0 ? (size_t)len : 0;
	}
	return total;
}

enum reason
attr_check(CMS_SignerInfo *si, const X509 *cert)
{
	if (!are_single(si))
		return REASON_CMS_MALFORMED;
	if (content_type_matches(si) && algorithms_match(si) &&
	    signing_cert_matches(si, NID_id_smime_aa_signingCertificate,
		NID_sha1, cert) &&
	    signing_cert_matches(si, NID_id_smime_aa_signingCertificateV2,
		NID_sha256, cert))
		return REASON_OK;
	return REASON_ATTRIBUTE_MISMATCH;
}

uint8_t *
attr_encode(CMS_SignerInfo *si, size_t *len_r)
{
	size_t len = write_attributes(si, NULL);
	uint8_t head[HEAD_MAX];
	size_t head_len = write_head(head, len);
	uint8_t *der;

	if (len == 0)
		return NULL;
	der = malloc(head_len + len);
	if (der == NULL)
		return NULL;
	memcpy(der, head, head_len);
	write_attributes(si, der + head_len);
	*len_r = head_len + len;
	return der;
}

/* One attribute, and what it is sorted by. */
struct encoded {
	X509_ATTRIBUTE *attribute; /* owned */
	uint8_t *der;		   /* owned by OpenSSL; len octets */
	int len;
};

struct attr_sent {
	struct encoded *list; /* owned, count of them; in the order they came */
	size_t count;
};

static void
sent_free(struct attr_sent *sent)
{
	if (sent == NULL)
		return;
	for (size_t i = 0; i < sent->count; i++) {
		X509_ATTRIBUTE_free(sent->list[i].attribute);
		OPENSSL_free(sent->list[i].der);
	}
	free(sent->list);
	free(sent);
}

/* A copy of the attributes.  NULL: out of memory. */
static struct attr_sent *
sent_new(const CMS_SignerInfo *si)
{
	int count = CMS_signed_get_attr_count(si);
	struct attr_sent *sent = calloc(1, sizeof(*sent));
	struct encoded *one;

	if (sent == NULL || count <= 0)
		goto out;
	sent->list = calloc((size_t)count, sizeof(*sent->list));
	if (sent->list == NULL)
		goto out;
	for (; sent->count < (size_t)count; sent->count++) {
		one = &sent->list[sent->count];
		one->attribute = X509_ATTRIBUTE_dup(
		    CMS_signed_get_attr(si, (int)sent->count));
		one->len = one->attribute == NULL ?
		    -1 :
		    i2d_X509_ATTRIBUTE(one->attribute, &one->der);
		if (one->len < 0) {
			X509_ATTRIBUTE_free(one->attribute);
			goto out;
		}
	}
	return sent;
out:
	sent_free(sent);
	return NULL;
}

/* X.690 11.6: as octet strings, the shorter one padded with zeros. */
static int
compare(const void *left, const void *right)
{
	const struct encoded *a = left, *b = right;
	int len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->der, b->der, (size_t)len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static bool
is_sorted(const struct attr_sent *sent)
{
	for (size_t i = 1; i < sent->count; i++)
		if (compare(&sent->list[i - 1], &sent->list[i]) > 0)
			return false;
	return true;
}

/* OpenSSL may refuse to add a second attribute of a type. */
static bool
has_twins(CMS_SignerInfo *si)
{
	for (int i = 0; i < CMS_signed_get_attr_count(si); i++)
		if (CMS_signed_get_attr_by_OBJ(si,
			X509_ATTRIBUTE_get0_object(CMS_signed_get_attr(si, i)),
			i) >= 0)
			return true;
	return false;
}

static bool
set_attributes(CMS_SignerInfo *si, const struct encoded *list, size_t count)
{
	while (CMS_signed_get_attr_count(si) > 0)
		X509_ATTRIBUTE_free(CMS_signed_delete_attr(si, 0));
	for (size_t i = 0; i < count; i++)
		if (CMS_signed_add1_attr(si, list[i].attribute) != 1)
			return false;
	return true;
}

struct attr_sent *
attr_sort(CMS_SignerInfo *si, bool *good_r)
{
	struct attr_sent *sent = has_twins(si) ? NULL : sent_new(si);
	struct encoded *sorted;

	*good_r = true;
	if (sent == NULL || is_sorted(sent)) {
		sent_free(sent);
		return NULL;
	}
	sorted = calloc(sent->count, sizeof(*sorted));
	if (sorted == NULL) {
		sent_free(sent);
		return NULL;
	}
	memcpy(sorted, sent->list, sent->count * sizeof(*sorted));
	qsort(sorted, sent->count, sizeof(*sorted), compare);
	*good_r = set_attributes(si, sorted, sent->count);
	free(sorted);
	if (*good_r)
		return sent;
	sent_free(sent);
	return NULL;
}

bool
attr_unsort(CMS_SignerInfo *si, struct attr_sent *sent)
{
	bool good = set_attributes(si, sent->list, sent->count);

	sent_free(sent);
	return good;
}
