/* SPDX-License-Identifier: ISC */
#include "sig.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "algo.h"

enum {
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31, /* the first octet of the DER of signed attributes */
};

static CMS_ContentInfo *
read_frame(const struct sig_input *in, enum reason *reason_r)
{
	const unsigned char *end = in->frame;
	CMS_ContentInfo *cms = CMS_ContentInfo_new_ex(in->libctx, NULL);

	if (cms == NULL) {
		*reason_r = REASON_TEMP_NOMEM;
		return NULL;
	}
	/* On failure d2i frees what it was to fill. */
	if (d2i_CMS_ContentInfo(&cms, &end, (long)in->len) == NULL) {
		*reason_r = REASON_CMS_MALFORMED;
		return NULL;
	}
	if (end != in->frame + in->len) {
		CMS_ContentInfo_free(cms);
		*reason_r = REASON_CMS_TRAILING;
		return NULL;
	}
	return cms;
}

static enum reason
check_frame(const struct sig_input *in, CMS_ContentInfo *cms,
    const STACK_OF(X509) *certs)
{
	int signers = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms));
	int count = certs != NULL ? sk_X509_num(certs) : 0;

	if (signers <= 0)
		return REASON_NO_SIGNERS;
	if ((size_t)signers > in->limits->max_signers)
		return REASON_TOO_MANY_SIGNERS;
	if ((size_t)count > in->limits->max_certs)
		return REASON_TOO_MANY_CERTIFICATES;
	/* RFC 8551 2.4.1: signed mail is id-data. */
	if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
		return REASON_CONTENT_TYPE;
	return REASON_OK;
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

/* The type of the signed attribute with that OID; NULL: there is none. */
static const ASN1_OBJECT *
find_attribute(const CMS_SignerInfo *si, const char *oid)
{
	const ASN1_OBJECT *type;
	char text[64];

	for (int i = 0; i < CMS_signed_get_attr_count(si); i++) {
		type = X509_ATTRIBUTE_get0_object(CMS_signed_get_attr(si, i));
		if (OBJ_obj2txt(text, sizeof(text), type, 1) > 0 &&
		    strcmp(text, oid) == 0)
			return type;
	}
	return NULL;
}

/*
 * RFC 6211 2: CMSAlgorithmProtection, where it is present, repeats the
 * algorithms of the SignerInfo.
 */
static bool
algorithms_match(CMS_SignerInfo *si)
{
	const ASN1_OBJECT *type = find_attribute(si, "1.2.840.113549.1.9.52");
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
	    algorithm_nid(first) == nid_of(digest) &&
	    algorithm_nid(second) == nid_of(signature);
	close_sequence(elements);
	return matches;
}

static bool
has_signed_attributes(const CMS_SignerInfo *si)
{
	return CMS_signed_get_attr_count(si) >= 0;
}

/* RFC 8551 2.5.1.  A claim of the signer, used for reports only. */
static void
read_signing_time(CMS_SignerInfo *si, struct signer *signer)
{
	int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1);
	X509_ATTRIBUTE *attr = CMS_signed_get_attr(si, at);
	const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attr, 0);
	const ASN1_TIME *when;
	struct tm tm;

	if (value == NULL ||
	    (value->type != V_ASN1_UTCTIME &&
		value->type != V_ASN1_GENERALIZEDTIME))
		return;
	when = value->value.asn1_string;
	if (ASN1_TIME_to_tm(when, &tm) != 1)
		return;
	signer->signing_time = timegm(&tm);
	signer->has_signing_time = true;
}

static const char *
algorithm_name(const X509_ALGOR *algor)
{
	int nid = nid_of(algor);

	return nid == NID_undef ? NULL : OBJ_nid2ln(nid);
}

/* What OpenSSL's last error says of a verification that did not succeed. */
static enum reason
failure_reason(unsigned long error)
{
	if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
		return REASON_TEMP_NOMEM;
	if (ERR_GET_LIB(error) != ERR_LIB_CMS)
		return REASON_UNSUPPORTED_ALGORITHM;
	switch (ERR_GET_REASON(error)) {
	case CMS_R_VERIFICATION_FAILURE:
		return REASON_BAD_SIGNATURE;
	case CMS_R_MESSAGEDIGEST_ATTRIBUTE_WRONG_LENGTH:
		return REASON_DIGEST_MISMATCH;
	case CMS_R_ERROR_READING_MESSAGEDIGEST_ATTRIBUTE:
	case CMS_R_ATTRIBUTE_ERROR:
		return REASON_CMS_MALFORMED;
	default:
		return REASON_UNSUPPORTED_ALGORITHM;
	}
}

/*
 * Compare the content with its digest, where there are signed attributes, or
 * with the signature itself, where there are none.
 */
static enum reason
verify_content(const struct sig_input *in, CMS_SignerInfo *si,
    struct signer *signer)
{
	BIO *chain = digest_get0_chain(in->digest);
	enum reason reason;

	if (CMS_SignerInfo_verify_content(si, chain) == 1)
		return REASON_OK;
	signer->error = ERR_peek_last_error();
	reason = failure_reason(signer->error);
	if (reason == REASON_BAD_SIGNATURE && has_signed_attributes(si))
		return REASON_DIGEST_MISMATCH;
	return reason;
}

static enum reason
verify_attributes(CMS_SignerInfo *si, struct signer *signer)
{
	if (CMS_SignerInfo_verify(si) == 1)
		return REASON_OK;
	signer->error = ERR_peek_last_error();
	return failure_reason(signer->error);
}

/* OpenSSL 3.0 cannot verify these inside CMS (RFC 8419). */
static bool
is_pure_eddsa(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
}

static enum reason
verify_with(const struct sig_input *in, CMS_SignerInfo *si, X509 *cert,
    struct signer *signer)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);

	signer->error = 0;
	if (key == NULL || is_pure_eddsa(key))
		return REASON_UNSUPPORTED_ALGORITHM;
	if (algo_key_is_huge(key))
		return REASON_KEY_TOO_LARGE;
	CMS_SignerInfo_set1_signer_cert(si, cert);
	if (has_signed_attributes(si))
		return verify_attributes(si, signer);
	return verify_content(in, si, signer);
}

/*
 * RFC 8551 2.6: certificates may share a key identifier, and each of them has
 * to be tried.  Returns whether one matched; keeps the one that verified,
 * else the first that matched.
 */
static bool
try_certs(const struct sig_input *in, CMS_SignerInfo *si, STACK_OF(X509) *certs,
    struct signer *signer)
{
	struct signer trial = *signer;
	X509 *cert;

	for (int i = 0; certs != NULL && i < sk_X509_num(certs); i++) {
		cert = sk_X509_value(certs, i);
		if (CMS_SignerInfo_cert_cmp(si, cert) != 0)
			continue;
		trial.reason = verify_with(in, si, cert, &trial);
		if (signer->cert != NULL && trial.reason != REASON_OK)
			continue;
		X509_free(signer->cert);
		X509_up_ref(cert);
		trial.cert = cert;
		*signer = trial;
		if (signer->reason == REASON_OK)
			return true;
	}
	return signer->cert != NULL;
}

/* The digest must be one that we have, or can have. */
static enum reason
prepare_digest(const struct sig_input *in, int nid)
{
	enum algo algo;

	if (!algo_from_nid(nid, &algo))
		return REASON_UNSUPPORTED_ALGORITHM;
	if (!digest_is_good(in->digest))
		return REASON_TEMP_CRYPTO;
	if (!digest_require(in->digest, algo))
		return REASON_DIGEST_NOT_ANNOUNCED;
	return REASON_OK;
}

static enum reason
check_attributes(const struct sig_input *in, CMS_SignerInfo *si,
    struct signer *signer)
{
	enum reason reason = verify_content(in, si, signer);

	if (reason != REASON_OK)
		return reason;
	if (content_type_matches(si) && algorithms_match(si) &&
	    signing_cert_matches(si, NID_id_smime_aa_signingCertificate,
		NID_sha1, signer->cert) &&
	    signing_cert_matches(si, NID_id_smime_aa_signingCertificateV2,
		NID_sha256, signer->cert))
		return REASON_OK;
	return REASON_ATTRIBUTE_MISMATCH;
}

static enum reason
check_weakness(const struct rules *rules, int digest_nid, X509 *cert)
{
	enum reason reason = algo_check_digest(rules, digest_nid);

	if (reason != REASON_OK)
		return reason;
	return algo_check_key(rules, X509_get0_pubkey(cert));
}

/* With attributes two things must hold: what they say, and who says it. */
static void
verify_signer(const struct sig_input *in, STACK_OF(X509) *certs,
    CMS_SignerInfo *si, int digest_nid, struct signer *signer)
{
	bool attributes = has_signed_attributes(si);
	enum reason reason = prepare_digest(in, digest_nid);

	if (!try_certs(in, si, certs, signer) &&
	    !try_certs(in, si, in->known, signer)) {
		signer->reason = REASON_SIGNER_MISSING;
		return;
	}
	if (reason == REASON_OK && attributes)
		reason = check_attributes(in, si, signer);
	if (reason != REASON_OK)
		signer->reason = reason;
	if (signer->reason != REASON_OK)
		return;
	signer->weakness = check_weakness(in->rules, digest_nid, signer->cert);
	signer->doubtful =
	    !attributes && digest_first_octet(in->digest) == TAG_SET;
}

static void
check_signer(const struct sig_input *in, STACK_OF(X509) *certs,
    CMS_SignerInfo *si, struct signer *signer)
{
	X509_ALGOR *digest;
	X509_ALGOR *signature;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
	signer->digest = algorithm_name(digest);
	signer->signature = algorithm_name(signature);
	read_signing_time(si, signer);
	verify_signer(in, certs, si, nid_of(digest), signer);
}

static enum reason
check_signers(const struct sig_input *in, CMS_ContentInfo *cms, struct sig *sig)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	size_t count = (size_t)sk_CMS_SignerInfo_num(infos);

	if (in->digest == NULL)
		return REASON_NO_CONTENT;
	sig->signers = calloc(count, sizeof(*sig->signers));
	if (sig->signers == NULL)
		return REASON_TEMP_NOMEM;
	sig->count = count;
	for (size_t i = 0; i < count; i++)
		check_signer(in, sig->certs,
		    sk_CMS_SignerInfo_value(infos, (int)i), &sig->signers[i]);
	return REASON_OK;
}

void
sig_check(const struct sig_input *in, struct sig *sig_r)
{
	struct sig sig = { .reason = REASON_OK };
	CMS_ContentInfo *cms;

	ERR_set_mark();
	cms = read_frame(in, &sig.reason);
	if (cms != NULL) {
		sig.certs = CMS_get1_certs(cms);
		sig.reason = check_frame(in, cms, sig.certs);
		if (sig.reason == REASON_OK)
			sig.reason = check_signers(in, cms, &sig);
		CMS_ContentInfo_free(cms);
	}
	ERR_pop_to_mark();
	*sig_r = sig;
}

void
sig_done(struct sig *sig)
{
	for (size_t i = 0; i < sig->count; i++)
		X509_free(sig->signers[i].cert);
	free(sig->signers);
	sk_X509_pop_free(sig->certs, X509_free);
	*sig = (struct sig){ .reason = REASON_OK };
}
