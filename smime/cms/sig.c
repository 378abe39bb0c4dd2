/* SPDX-License-Identifier: ISC */
#include "smime/cms/sig.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "smime/nomem.h"
#include "smime/x509/algo.h"
#include "smime/x509/cert.h"

/* The first octet of the DER of signed attributes. */
enum { TAG_SET = 0x31 };

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
check_frame(const struct sig_input *in, CMS_ContentInfo *cms)
{
	int signers = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms));

	if (signers <= 0)
		return REASON_NO_SIGNERS;
	if ((size_t)signers > in->limits->max_signers)
		return REASON_TOO_MANY_SIGNERS;
	/* RFC 8551 2.4.1: signed mail is id-data. */
	if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
		return REASON_CONTENT_TYPE;
	return REASON_OK;
}

static const ASN1_OBJECT *
digest_oid(CMS_SignerInfo *si)
{
	const ASN1_OBJECT *object;
	X509_ALGOR *digest;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
	X509_ALGOR_get0(&object, NULL, NULL, digest);
	return object;
}

static bool
is_shake256(CMS_SignerInfo *si)
{
	enum algo algo;

	return algo_from_object(digest_oid(si), &algo) && algo == ALGO_SHAKE256;
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

static void
read_message_digest(CMS_SignerInfo *si, struct signer *signer)
{
	const ASN1_STRING *value = CMS_signed_get0_data_by_OBJ(si,
	    OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
	size_t len = value == NULL ? 0 : (size_t)ASN1_STRING_length(value);

	if (len == 0 || len > sizeof(signer->message_digest))
		return;
	memcpy(signer->message_digest, ASN1_STRING_get0_data(value), len);
	signer->message_digest_len = len;
}

static size_t
digest_strength(CMS_SignerInfo *si)
{
	enum algo algo;

	return algo_from_object(digest_oid(si), &algo) ? algo_strength(algo) :
							 0;
}

static const char *
algorithm_name(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *object;
	int nid;

	X509_ALGOR_get0(&object, NULL, NULL, algor);
	nid = OBJ_obj2nid(object);
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

/* RFC 8419 3.1: CMS_SignerInfo_verify_content() knows only half of it. */
enum { SHAKE256_LEN = 64 };

static enum reason
verify_shake256(const struct sig_input *in, CMS_SignerInfo *si)
{
	const ASN1_STRING *said = CMS_signed_get0_data_by_OBJ(si,
	    OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
	uint8_t own[SHAKE256_LEN];

	if (said == NULL)
		return REASON_CMS_MALFORMED;
	if (!digest_value(in->digest, ALGO_SHAKE256, own, sizeof(own)))
		return REASON_TEMP_CRYPTO;
	if (ASN1_STRING_length(said) != (int)sizeof(own) ||
	    memcmp(ASN1_STRING_get0_data(said), own, sizeof(own)) != 0)
		return REASON_DIGEST_MISMATCH;
	return REASON_OK;
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

	if (is_shake256(si))
		return verify_shake256(in, si);
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

/*
 * Keys that sign octets, not a digest of them: RFC 8419, RFC 9882.  The CMS
 * of OpenSSL 3.0 does not know what to do with them.
 */
static bool
is_pure(const struct key_facts *key)
{
	return key->kind == KEY_ED25519 || key->kind == KEY_ED448 ||
	    key->kind == KEY_ML_DSA;
}

/*
 * The OID of the signature must be one of its key.  OpenSSL looks at it only
 * where the key is RSA, which has more than one way to sign.
 */
static bool
names_key(CMS_SignerInfo *si, const EVP_PKEY *key,
    const struct key_facts *facts)
{
	const ASN1_OBJECT *object;
	X509_ALGOR *signature;
	int digest_nid, key_nid;
	char oid[64];

	if (facts->kind == KEY_RSA || facts->kind == KEY_RSA_PSS)
		return true;
	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &signature);
	X509_ALGOR_get0(&object, NULL, NULL, signature);
	if (algo_split_signature(signature, &digest_nid, &key_nid))
		object = OBJ_nid2obj(key_nid);
	return OBJ_obj2txt(oid, sizeof(oid), object, 1) > 0 &&
	    EVP_PKEY_is_a(key, oid);
}

/* The signature's algorithm where it is RSASSA-PSS; else NULL. */
static const X509_ALGOR *
pss_of(CMS_SignerInfo *si)
{
	X509_ALGOR *signature;
	const ASN1_OBJECT *object;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &signature);
	X509_ALGOR_get0(&object, NULL, NULL, signature);
	return OBJ_obj2nid(object) == NID_rsassaPss ? signature : NULL;
}

static bool
has_known_mask(CMS_SignerInfo *si)
{
	const X509_ALGOR *pss = pss_of(si);
	enum algo mask;

	return pss == NULL || algo_pss_mask(pss, &mask);
}

/* RFC 8419 2.3 and 3.1: what the attributes' digest has to be. */
static bool
suits_digest(const struct key_facts *key, CMS_SignerInfo *si)
{
	enum algo algo;

	if (!algo_from_object(digest_oid(si), &algo))
		return false;
	if (key->kind == KEY_ED25519)
		return algo == ALGO_SHA512;
	if (key->kind == KEY_ED448)
		return algo == ALGO_SHAKE256;
	return true;
}

static enum reason
verify_octets(const struct sig_input *in, CMS_SignerInfo *si, EVP_PKEY *key,
    const uint8_t *octets, size_t len)
{
	const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(si);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum reason reason = REASON_UNSUPPORTED_ALGORITHM;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, NULL, in->libctx, NULL, key,
		NULL) == 1)
		reason =
		    EVP_DigestVerify(ctx, ASN1_STRING_get0_data(value),
			(size_t)ASN1_STRING_length(value), octets, len) == 1 ?
		    REASON_OK :
		    REASON_BAD_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	return reason;
}

/* Without attributes the whole content is needed, and only a copy has it. */
static enum reason
verify_pure(const struct sig_input *in, CMS_SignerInfo *si, EVP_PKEY *key,
    const struct key_facts *facts)
{
	const uint8_t *content;
	uint8_t *attributes;
	enum reason reason;
	size_t len;

	if (!has_signed_attributes(si)) {
		content = digest_get0_copy(in->digest, &len);
		return content == NULL ?
		    REASON_UNSUPPORTED_ALGORITHM :
		    verify_octets(in, si, key, content, len);
	}
	if (!suits_digest(facts, si))
		return REASON_UNSUPPORTED_ALGORITHM;
	attributes = attr_encode(si, &len);
	if (attributes == NULL)
		return REASON_TEMP_NOMEM;
	reason = verify_octets(in, si, key, attributes, len);
	free(attributes);
	return reason;
}

/* The attributes, or where there are none the content, in their order now. */
static enum reason
verify_now(const struct sig_input *in, CMS_SignerInfo *si, X509 *cert,
    struct signer *signer)
{
	const struct key_facts *facts = &signer->facts->key;

	signer->error = 0;
	if (is_pure(facts))
		return verify_pure(in, si, X509_get0_pubkey(cert), facts);
	CMS_SignerInfo_set1_signer_cert(si, cert);
	if (has_signed_attributes(si))
		return verify_attributes(si, signer);
	return verify_content(in, si, signer);
}

/*
 * Some send the attributes in another order than they have signed them.  What
 * is signed is the same set, so that it may hold in either order.
 */
static enum reason
verify_sorted(const struct sig_input *in, CMS_SignerInfo *si, X509 *cert,
    struct signer *signer)
{
	enum reason reason = REASON_BAD_SIGNATURE;
	struct attr_sent *sent;
	bool good;

	sent = attr_sort(si, &good);
	if (sent != NULL) {
		reason = verify_now(in, si, cert, signer);
		if (reason == REASON_OK)
			signer->order = ATTR_SORTED;
		good = attr_unsort(si, sent);
	}
	return good ? reason : REASON_TEMP_NOMEM;
}

static enum reason
verify_with(const struct sig_input *in, CMS_SignerInfo *si, X509 *cert,
    struct signer *signer)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const struct key_facts *facts = &signer->facts->key;
	enum reason reason;

	if (key == NULL || !names_key(si, key, facts))
		return REASON_UNSUPPORTED_ALGORITHM;
	if (!is_pure(facts)) {
		/* OpenSSL would take 32 octets of SHAKE256. */
		if (is_shake256(si) || !has_known_mask(si))
			return REASON_UNSUPPORTED_ALGORITHM;
		if (facts->huge)
			return REASON_KEY_TOO_LARGE;
	}
	reason = verify_now(in, si, cert, signer);
	if (!has_signed_attributes(si))
		return reason;
	if (reason == REASON_OK)
		signer->order = ATTR_AS_SENT;
	return reason == REASON_BAD_SIGNATURE ?
	    verify_sorted(in, si, cert, signer) :
	    reason;
}

/*
 * Certificates may share a key, too: signingCertificate then tells which of
 * them is the signer's.
 */
static enum reason
try_cert(const struct sig_input *in, CMS_SignerInfo *si, X509 *cert,
    struct signer *signer)
{
	enum reason reason;

	if (signer->facts == NULL)
		return REASON_TEMP_NOMEM;
	reason = verify_with(in, si, cert, signer);
	if (reason != REASON_OK || !has_signed_attributes(si))
		return reason;
	return attr_check(si, cert);
}

/* Each try costs the use of a key, and the sender chose the key. */
static bool
may_try(const struct sig_input *in, unsigned int *tried)
{
	if (++*tried > SIG_MAX_TRIALS || !budget_is_left(in->budget))
		return false;
	if (in->trials == NULL)
		return true;
	if (*in->trials == 0)
		return false;
	--*in->trials;
	return true;
}

/* One that we failed to try may have been the right one. */
static bool
is_better(const struct signer *trial, const struct signer *signer)
{
	return signer->cert == NULL || trial->reason == REASON_OK ||
	    (reason_result(trial->reason) == RESULT_TEMPERROR &&
		reason_result(signer->reason) != RESULT_TEMPERROR);
}

static bool
is_verified(const struct signer *signer)
{
	return signer->cert != NULL && signer->reason == REASON_OK;
}

/* The same certificate may be in the message and in the collection. */
static bool
has_verified_with(const struct signer *signer, const X509 *cert)
{
	if (!is_verified(signer))
		return false;
	if (X509_cmp(signer->cert, cert) == 0)
		return true;
	for (size_t i = 0; i < signer->other_count; i++)
		if (X509_cmp(signer->others[i].cert, cert) == 0)
			return true;
	return false;
}

static void
signer_done(struct signer *signer)
{
	X509_free(signer->cert);
	facts_unref(signer->facts);
	for (size_t i = 0; i < signer->other_count; i++)
		signer_done(&signer->others[i]);
	free(signer->others);
}

/* Takes over the trial. */
static void
add_other(struct signer *signer, struct signer *trial)
{
	struct signer *others = reallocarray(signer->others,
	    signer->other_count + 1, sizeof(*others));

	if (others == NULL) {
		nomem_note();
		signer_done(trial);
		return;
	}
	signer->others = others;
	others[signer->other_count++] = *trial;
}

/* Takes over the trial. */
static void
take(struct signer *signer, struct signer *trial)
{
	if (is_verified(signer) && is_verified(trial)) {
		add_other(signer, trial);
	} else if (!is_verified(signer) && is_better(trial, signer)) {
		signer_done(signer);
		*signer = *trial;
	} else {
		signer_done(trial);
	}
}

/* What the SignerInfo says, by that certificate. */
static struct signer
begin_trial(const struct sig_input *in, const struct signer *signer, X509 *cert)
{
	struct signer trial = *signer;

	X509_up_ref(cert);
	trial.cert = cert;
	trial.facts = factcache_get1(in->facts, cert);
	trial.others = NULL;
	trial.other_count = 0;
	return trial;
}

/* Of issuer and serial number there is but one. */
static bool
may_mean_others(CMS_SignerInfo *si)
{
	ASN1_OCTET_STRING *key_id = NULL;

	return CMS_SignerInfo_get0_signer_id(si, &key_id, NULL, NULL) == 1 &&
	    key_id != NULL;
}

static bool
is_settled(CMS_SignerInfo *si, const struct signer *signer)
{
	return is_verified(signer) && !may_mean_others(si);
}

/*
 * RFC 8551 2.6: certificates may share a key identifier, and each of them has
 * to be tried.  Keeps those that verified, else one that we failed to try, else
 * the first that matched.
 */
static void
try_certs(const struct sig_input *in, CMS_SignerInfo *si, STACK_OF(X509) *certs,
    unsigned int *tried, struct signer *signer)
{
	struct signer trial;
	bool may;
	X509 *cert;

	for (int i = 0; i < sk_X509_num(certs) && !is_settled(si, signer);
	     i++) {
		cert = sk_X509_value(certs, i);
		if (CMS_SignerInfo_cert_cmp(si, cert) != 0 ||
		    has_verified_with(signer, cert))
			continue;
		may = may_try(in, tried);
		if (!may && signer->cert != NULL)
			continue;
		trial = begin_trial(in, signer, cert);
		trial.reason =
		    may ? try_cert(in, si, cert, &trial) : REASON_TOO_COSTLY;
		take(signer, &trial);
	}
}

/*
 * In the message first; a decoy there must not hide one that we know.  Returns
 * whether one matched.
 */
static bool
find_signer(const struct sig_input *in, STACK_OF(X509) *certs,
    CMS_SignerInfo *si, struct signer *signer)
{
	unsigned int of_message = 0, of_known = 0;

	try_certs(in, si, certs, &of_message, signer);
	try_certs(in, si, in->known, &of_known, signer);
	if (!is_verified(signer) &&
	    (of_message > SIG_MAX_TRIALS || of_known > SIG_MAX_TRIALS))
		signer->reason = REASON_TOO_COSTLY;
	return signer->cert != NULL;
}

/*
 * RFC 8419 3.1: id-shake256-len has the number of bits for a parameter.  The
 * others have none, or NULL.
 */
static bool
has_usual_length(const X509_ALGOR *digest)
{
	const void *value;
	int type;

	X509_ALGOR_get0(NULL, &type, &value, digest);
	return type != V_ASN1_INTEGER ||
	    ASN1_INTEGER_get(value) == SHAKE256_LEN * 8;
}

/*
 * RFC 8933 3.1: one digest for the content and for what is signed.  Nothing
 * else looks at a digest that the signature's OID names.
 */
static bool
names_one_digest(CMS_SignerInfo *si)
{
	X509_ALGOR *signature;
	int named, key;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &signature);
	return !algo_split_signature(signature, &named, &key) ||
	    named == NID_undef || named == OBJ_obj2nid(digest_oid(si));
}

/* The digest must be one that we have, or can have. */
static enum reason
prepare_digest(const struct sig_input *in, CMS_SignerInfo *si)
{
	X509_ALGOR *digest;
	enum algo algo;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
	if (!algo_from_object(digest_oid(si), &algo) ||
	    !has_usual_length(digest))
		return REASON_UNSUPPORTED_ALGORITHM;
	/* RFC 8933 3.1 lets us refuse what is not listed, as OpenSSL does. */
	if ((in->listed & 1U << algo) == 0)
		return REASON_DIGEST_NOT_ANNOUNCED;
	if (!names_one_digest(si))
		return REASON_ATTRIBUTE_MISMATCH;
	if (!digest_is_good(in->digest))
		return REASON_TEMP_CRYPTO;
	if (!digest_require(in->digest, algo))
		return REASON_DIGEST_NOT_ANNOUNCED;
	return REASON_OK;
}

/* What verified has been checked already. */
static enum reason
check_attributes(const struct sig_input *in, CMS_SignerInfo *si,
    struct signer *signer)
{
	enum reason reason = verify_content(in, si, signer);

	if (reason != REASON_OK || signer->reason == REASON_OK)
		return reason;
	return attr_check(si, signer->cert);
}

/* RFC 9882 3.3: where nothing is hashed, what names the digest is ignored. */
static bool
has_digest(CMS_SignerInfo *si, const struct facts *facts)
{
	return has_signed_attributes(si) || !is_pure(&facts->key);
}

/* A mask of SHA-1 shall not come in behind the name of SHA-256. */
static enum reason
check_mask(const struct rules *rules, CMS_SignerInfo *si)
{
	const X509_ALGOR *pss = pss_of(si);
	enum algo mask;

	return pss != NULL && algo_pss_mask(pss, &mask) ?
	    algo_check_digest(rules, algo_nid(mask)) :
	    REASON_OK;
}

static enum reason
check_weakness(const struct rules *rules, CMS_SignerInfo *si,
    const struct facts *facts)
{
	enum reason reason = REASON_OK;

	if (has_digest(si, facts))
		reason = algo_check_digest(rules, OBJ_obj2nid(digest_oid(si)));
	if (reason == REASON_OK)
		reason = check_mask(rules, si);
	if (reason != REASON_OK)
		return reason;
	return algo_check_key(rules, &facts->key);
}

/* With attributes two things must hold: what they say, and who says it. */
static void
verify_signer(const struct sig_input *in, STACK_OF(X509) *certs,
    CMS_SignerInfo *si, struct signer *signer)
{
	bool attributes = has_signed_attributes(si);
	enum reason reason = prepare_digest(in, si);

	if (!find_signer(in, certs, si, signer)) {
		signer->reason = REASON_SIGNER_MISSING;
		return;
	}
	if (signer->facts == NULL)
		return;
	if (!has_digest(si, signer->facts))
		reason = REASON_OK;
	if (reason == REASON_OK && attributes)
		reason = check_attributes(in, si, signer);
	if (reason != REASON_OK)
		signer->reason = reason;
	if (signer->reason != REASON_OK)
		return;
	signer->weakness = check_weakness(in->rules, si, signer->facts);
	signer->doubtful =
	    !attributes && digest_first_octet(in->digest) == TAG_SET;
	for (size_t i = 0; i < signer->other_count; i++) {
		struct signer *other = &signer->others[i];

		other->weakness = check_weakness(in->rules, si, other->facts);
		other->doubtful = signer->doubtful;
	}
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
	signer->digest_strength = digest_strength(si);
	read_signing_time(si, signer);
	read_message_digest(si, signer);
	verify_signer(in, certs, si, signer);
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
		check_signer(in, sig->bag.certs,
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
		sig.reason = check_frame(in, cms);
		if (sig.reason == REASON_OK)
			sig.reason = bag_read(in->libctx, in->cache, in->certs,
			    in->certs_len, in->limits->max_certs, &sig.bag);
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
		signer_done(&sig->signers[i]);
	free(sig->signers);
	bag_done(&sig->bag);
	*sig = (struct sig){ .reason = REASON_OK };
}
