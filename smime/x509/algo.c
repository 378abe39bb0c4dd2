/* SPDX-License-Identifier: ISC */
#include "smime/x509/algo.h"

#include <string.h>
#include <strings.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>

/* Spec: what a mail program signs with has 2048 to 4096; 8192 is generous. */
enum { MAX_RSA_BITS = 8192, MAX_EXPONENT_BITS = 33, MAX_DSA_BITS = 4096 };

struct digest_row {
	const char *fetch_name;
	int nid;
	const char *spelling; /* letters and digits only, lower case */
	size_t strength;
};

static const struct digest_row digests[] = {
	[ALGO_MD5] = { "MD5", NID_md5, "md5", 0 },
	[ALGO_SHA1] = { "SHA1", NID_sha1, "sha1", 0 },
	[ALGO_SHA224] = { "SHA224", NID_sha224, "sha224", 112 },
	[ALGO_SHA256] = { "SHA256", NID_sha256, "sha256", 128 },
	[ALGO_SHA384] = { "SHA384", NID_sha384, "sha384", 192 },
	[ALGO_SHA512] = { "SHA512", NID_sha512, "sha512", 256 },
	[ALGO_SHA3_224] = { "SHA3-224", NID_sha3_224, "sha3224", 112 },
	[ALGO_SHA3_256] = { "SHA3-256", NID_sha3_256, "sha3256", 128 },
	[ALGO_SHA3_384] = { "SHA3-384", NID_sha3_384, "sha3384", 192 },
	[ALGO_SHA3_512] = { "SHA3-512", NID_sha3_512, "sha3512", 256 },
	[ALGO_SHAKE256] = { "SHAKE256", NID_shake256, "shake256", 256 },
};
_Static_assert(sizeof(digests) / sizeof(digests[0]) == ALGO_COUNT, "digests");

static algo_set
set_of(enum algo algo)
{
	return 1U << algo;
}

/*
 * Reduce "rsa-sha1" and "SHA-256" to "sha1" and "sha256".  No two digests
 * become one: SHA-384 is "sha384" and SHA3-384 is "sha3384".
 */
static void
plain_spelling(const char *word, size_t len, char out[static 16])
{
	size_t n = 0;

	if (len > 4 && strncasecmp(word, "rsa-", 4) == 0) {
		word += 4;
		len -= 4;
	}
	for (size_t i = 0; i < len && n < 15; i++) {
		if (word[i] >= 'A' && word[i] <= 'Z')
			out[n++] = (char)(word[i] - 'A' + 'a');
		else if (word[i] != '-' && word[i] != '_')
			out[n++] = word[i];
	}
	out[n] = '\0';
}

/* RFC 8419 3.1: id-shake256-len, which OpenSSL 3.0 has no number for. */
static bool
is_shake256_len(const ASN1_OBJECT *object)
{
	static const unsigned char oid[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
		0x04, 0x02, 0x12 };

	return OBJ_length(object) == sizeof(oid) &&
	    memcmp(OBJ_get0_data(object), oid, sizeof(oid)) == 0;
}

static algo_set
set_of_object(const ASN1_OBJECT *object)
{
	enum algo algo;

	return algo_from_object(object, &algo) ? set_of(algo) : 0;
}

static algo_set
set_of_oid(const char *word, size_t len)
{
	char oid[64];
	ASN1_OBJECT *object;
	algo_set set;

	if (len >= sizeof(oid) || word[0] < '0' || word[0] > '9')
		return 0;
	memcpy(oid, word, len);
	oid[len] = '\0';
	ERR_set_mark();
	object = OBJ_txt2obj(oid, 1);
	ERR_pop_to_mark();
	set = object != NULL ? set_of_object(object) : 0;
	ASN1_OBJECT_free(object);
	return set;
}

static algo_set
set_of_word(const char *word, size_t len)
{
	char plain[16];

	plain_spelling(word, len, plain);
	for (enum algo algo = 0; algo < ALGO_COUNT; algo++)
		if (strcmp(plain, digests[algo].spelling) == 0)
			return set_of(algo);
	return set_of_oid(word, len);
}

/* Step over the tag and length of a SET; 0x80 is the indefinite length. */
static bool
enter_set(const unsigned char **der, const unsigned char *end)
{
	const unsigned char *p = *der;
	size_t len_octets;

	if (end - p < 2 || p[0] != 0x31)
		return false;
	len_octets = p[1] < 0x80 ? 0 : p[1] & 0x7fU;
	if ((size_t)(end - p) < 2 + len_octets)
		return false;
	*der = p + 2 + len_octets;
	return true;
}

/*
 * RFC 8017 3.1: odd, and not below 3; with 1, anybody can sign.  What cannot
 * be read is huge.
 */
static void
read_exponent(const EVP_PKEY *key, struct key_facts *facts)
{
	BIGNUM *e = NULL;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1 ||
	    BN_num_bits(e) > MAX_EXPONENT_BITS)
		facts->huge = true;
	else if (!BN_is_odd(e) || BN_is_one(e))
		facts->kind = KEY_NONE;
	BN_free(e);
}

static enum key_kind
kind_of(const EVP_PKEY *key)
{
	static const struct {
		const char *name;
		enum key_kind kind;
	} kinds[] = {
		{ "RSA", KEY_RSA },
		{ "EC", KEY_EC },
		{ "RSA-PSS", KEY_RSA_PSS },
		{ "DSA", KEY_DSA },
		{ "ED25519", KEY_ED25519 },
		{ "ED448", KEY_ED448 },
		{ "ML-DSA-44", KEY_ML_DSA },
		{ "ML-DSA-65", KEY_ML_DSA },
		{ "ML-DSA-87", KEY_ML_DSA },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (EVP_PKEY_is_a(key, kinds[i].name))
			return kinds[i].kind;
	return KEY_OTHER;
}

static bool
is_rsa(const struct key_facts *facts)
{
	return facts->kind == KEY_RSA || facts->kind == KEY_RSA_PSS;
}

static bool
is_huge(const struct key_facts *facts)
{
	return (is_rsa(facts) && facts->bits > MAX_RSA_BITS) ||
	    (facts->kind == KEY_DSA && facts->bits > MAX_DSA_BITS);
}

algo_set
algo_usual(void)
{
	return set_of(ALGO_SHA1) | set_of(ALGO_SHA256) | set_of(ALGO_SHA384) |
	    set_of(ALGO_SHA512);
}

const char *
algo_fetch_name(enum algo algo)
{
	return digests[algo].fetch_name;
}

int
algo_nid(enum algo algo)
{
	return digests[algo].nid;
}

size_t
algo_strength(enum algo algo)
{
	return digests[algo].strength;
}

bool
algo_from_object(const ASN1_OBJECT *object, enum algo *algo_r)
{
	int nid = OBJ_obj2nid(object);

	if (nid == NID_undef && is_shake256_len(object)) {
		*algo_r = ALGO_SHAKE256;
		return true;
	}
	for (enum algo algo = 0; algo < ALGO_COUNT; algo++) {
		if (digests[algo].nid == nid) {
			*algo_r = algo;
			return true;
		}
	}
	return false;
}

algo_set
algo_from_micalg(const char *micalg)
{
	static const char between[] = ", \t\r\n;\"";
	algo_set set = 0;
	size_t len;

	while (*micalg != '\0') {
		micalg += strspn(micalg, between);
		len = strcspn(micalg, between);
		if (len > 0)
			set |= set_of_word(micalg, len);
		micalg += len;
	}
	return set;
}

algo_set
algo_from_der(const unsigned char *der, size_t len)
{
	const unsigned char *end = der + len;
	X509_ALGOR *algor;
	const ASN1_OBJECT *object;
	algo_set set = 0;

	if (!enter_set(&der, end))
		return 0;
	ERR_set_mark();
	while (der < end) {
		algor = d2i_X509_ALGOR(NULL, &der, (long)(end - der));
		if (algor == NULL)
			break;
		X509_ALGOR_get0(&object, NULL, NULL, algor);
		set |= set_of_object(object);
		X509_ALGOR_free(algor);
	}
	ERR_pop_to_mark();
	return set;
}

enum reason
algo_check_digest(const struct rules *rules, int nid)
{
	if (nid == NID_md5 && !rules->accept_md5)
		return REASON_MD5;
	if (nid == NID_sha1 && !rules->accept_sha1)
		return REASON_SHA1;
	if (nid == NID_md2 || nid == NID_md4)
		return REASON_UNSUPPORTED_ALGORITHM;
	return REASON_OK;
}

void
algo_read_key(const EVP_PKEY *key, struct key_facts *facts_r)
{
	int security_bits;

	*facts_r = (struct key_facts){ .kind = KEY_NONE };
	if (key == NULL)
		return;
	ERR_set_mark();
	facts_r->kind = kind_of(key);
	facts_r->bits = EVP_PKEY_get_bits(key);
	security_bits = EVP_PKEY_get_security_bits(key);
	facts_r->security_bits = security_bits > 0 ? security_bits : 0;
	facts_r->huge = is_huge(facts_r);
	if (is_rsa(facts_r))
		read_exponent(key, facts_r);
	ERR_pop_to_mark();
}

enum reason
algo_check_key(const struct rules *rules, const struct key_facts *key)
{
	if (key->kind == KEY_NONE)
		return REASON_UNSUPPORTED_ALGORITHM;
	if (key->kind == KEY_DSA && !rules->accept_dsa)
		return REASON_DSA;
	if (is_rsa(key) &&
	    (key->bits < 0 || (size_t)key->bits < rules->min_rsa_bits))
		return REASON_SHORT_KEY;
	/* RFC 8551 2.2 begins at P-256; shorter curves are below 112 bits. */
	if (key->kind == KEY_EC && key->bits < 224)
		return REASON_SHORT_KEY;
	return REASON_OK;
}

/* What MGF1 hashes with: RFC 4055 2.2, where SHA-1 is the default. */
static const ASN1_OBJECT *
mask_digest(const RSA_PSS_PARAMS *pss, X509_ALGOR **mask)
{
	const ASN1_OBJECT *object = OBJ_nid2obj(NID_sha1);
	const ASN1_TYPE *parameter;

	if (pss->maskGenAlgorithm == NULL)
		return object;
	parameter = pss->maskGenAlgorithm->parameter;
	if (OBJ_obj2nid(pss->maskGenAlgorithm->algorithm) != NID_mgf1 ||
	    parameter == NULL)
		return NULL;
	*mask =
	    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), parameter);
	if (*mask == NULL)
		return NULL;
	X509_ALGOR_get0(&object, NULL, NULL, *mask);
	return object;
}

bool
algo_pss_mask(const X509_ALGOR *signature, enum algo *mask_r)
{
	RSA_PSS_PARAMS *pss = NULL;
	X509_ALGOR *mask = NULL;
	const ASN1_OBJECT *object;
	bool known = false;

	ERR_set_mark();
	if (signature->parameter != NULL)
		pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS),
		    signature->parameter);
	if (pss != NULL) {
		object = mask_digest(pss, &mask);
		known = object != NULL && algo_from_object(object, mask_r);
	}
	ERR_pop_to_mark();
	X509_ALGOR_free(mask);
	RSA_PSS_PARAMS_free(pss);
	return known;
}

bool
algo_split_signature(const X509_ALGOR *signature, int *digest_r, int *key_r)
{
	static const int sha3[][2] = {
		{ NID_ecdsa_with_SHA3_224, NID_sha3_224 },
		{ NID_ecdsa_with_SHA3_256, NID_sha3_256 },
		{ NID_ecdsa_with_SHA3_384, NID_sha3_384 },
		{ NID_ecdsa_with_SHA3_512, NID_sha3_512 },
	};
	const ASN1_OBJECT *object;
	int nid;

	X509_ALGOR_get0(&object, NULL, NULL, signature);
	nid = OBJ_obj2nid(object);
	for (size_t i = 0; i < sizeof(sha3) / sizeof(sha3[0]); i++) {
		if (sha3[i][0] != nid)
			continue;
		*digest_r = sha3[i][1];
		*key_r = NID_X9_62_id_ecPublicKey;
		return true;
	}
	return OBJ_find_sigid_algs(nid, digest_r, key_r) == 1;
}
