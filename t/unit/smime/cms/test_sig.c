/* SPDX-License-Identifier: ISC */
#include "smime/cms/sig.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "t/lib/cut.h"
#include "t/lib/der.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { NOW = 1767225600 }; /* 2026-01-01 */

#define SHA1	     "1.3.14.3.2.26"
#define SHA256	     "2.16.840.1.101.3.4.2.1"
#define SHA384	     "2.16.840.1.101.3.4.2.2"
#define SHA512	     "2.16.840.1.101.3.4.2.3"
#define SHA3_256     "2.16.840.1.101.3.4.2.8"
#define SHA3_512     "2.16.840.1.101.3.4.2.10"
#define SHAKE256     "2.16.840.1.101.3.4.2.12"
#define SHAKE256_LEN "2.16.840.1.101.3.4.2.18"
#define NO_DIGEST    "1.2.3.4"

#define ED25519_OID	    "1.3.101.112"
#define ED448_OID	    "1.3.101.113"
#define RSA_ENCRYPTION	    "1.2.840.113549.1.1.1"
#define SHA1_WITH_RSA	    "1.2.840.113549.1.1.5"
#define SHA256_WITH_RSA	    "1.2.840.113549.1.1.11"
#define SHA512_WITH_RSA	    "1.2.840.113549.1.1.13"
#define RSASSA_PSS	    "1.2.840.113549.1.1.10"
#define MGF1		    "1.2.840.113549.1.1.8"
#define EC_PUBLIC_KEY	    "1.2.840.10045.2.1"
#define ECDSA_WITH_SHA1	    "1.2.840.10045.4.1"
#define ECDSA_WITH_SHA256   "1.2.840.10045.4.3.2"
#define ECDSA_WITH_SHA384   "1.2.840.10045.4.3.3"
#define ECDSA_WITH_SHA512   "1.2.840.10045.4.3.4"
#define ECDSA_WITH_SHA3_256 "2.16.840.1.101.3.4.3.10"
#define ECDSA_WITH_SHA3_512 "2.16.840.1.101.3.4.3.12"

/* Everybody claims the same key identifier. */
#define CLAIMED_KEY_ID "subjectKeyIdentifier=0102030405"

enum who {
	ED25519,
	ED25519_TOO, /* another key */
	RENEWED,     /* the key of ED25519 in another certificate */
	ED448,
	P256,
	P384,
	P521,
	RSA_2048,
	UNREADABLE, /* the certificate's key has an unknown algorithm */
	NOBODY
};

static struct {
	X509 *cert;
	EVP_PKEY *key;
} people[NOBODY];

static X509 *root;
static EVP_PKEY *root_key;

static struct limits limits;
static struct rules rules;
static struct sig sig;
static STACK_OF(X509) *known;

static const char hello[] = "Hello\r\n";
static const char jello[] = "Jello\r\n";

static EVP_PKEY *
make_key(enum who who)
{
	static const char *const kinds[NOBODY] = { [ED25519] = "ED25519",
		[ED25519_TOO] = "ED25519",
		[P256] = "P-256",
		[P384] = "P-384",
		[P521] = "P-521",
		[RSA_2048] = "RSA-2048" };

	if (who == ED448)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	if (who == RENEWED || who == UNREADABLE) {
		EVP_PKEY_up_ref(people[ED25519].key);
		return people[ED25519].key;
	}
	return pki_key(kinds[who]);
}

/* The certificate of Ed25519, with 1.3.101.99 for the algorithm of its key. */
static X509 *
make_unreadable(X509 *cert)
{
	static const uint8_t oid[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };
	size_t len;
	uint8_t *der = pki_der(cert, &len);
	const unsigned char *in = der;
	uint8_t *at = memmem(der, len, oid, sizeof(oid));
	X509 *unreadable;

	ck_assert_ptr_nonnull(at);
	at[4] = 99;
	unreadable = d2i_X509(NULL, &in, (long)len);
	ck_assert_ptr_nonnull(unreadable);
	free(der);
	return unreadable;
}

static void
make_people(void)
{
	static const char *const extensions[] = { "basicConstraints=CA:FALSE",
		"keyUsage=critical,digitalSignature",
		"extendedKeyUsage=emailProtection",
		"subjectAltName=email:alice@example.org", CLAIMED_KEY_ID,
		NULL };
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert leaf_is = { .cn = "Alice",
		.extensions = extensions };

	smime_init();
	root_key = pki_key("P-256");
	root = pki_make(&root_is, root_key, NULL, NULL);
	for (enum who who = 0; who < NOBODY; who++) {
		people[who].key = make_key(who);
		people[who].cert =
		    pki_make(&leaf_is, people[who].key, root, root_key);
	}
	X509_free(people[UNREADABLE].cert);
	people[UNREADABLE].cert = make_unreadable(people[ED25519].cert);
	ERR_clear_error();
}

static void
free_people(void)
{
	for (enum who who = 0; who < NOBODY; who++) {
		X509_free(people[who].cert);
		EVP_PKEY_free(people[who].key);
	}
	X509_free(root);
	EVP_PKEY_free(root_key);
}

static algo_set listed; /* in digestAlgorithms, as sdata.c reads it */

static void
begin(void)
{
	limits_default(&limits);
	rules_default(&rules);
	known = sk_X509_new_null();
	listed = ~(algo_set)0;
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	sig_done(&sig);
	sk_X509_free(known);
	mail_end();
}

/* How somebody signs, and what he says of it. */
struct way {
	const char *name;
	enum who who;
	const char *md;		/* what the key signs with; NULL: none */
	const char *digest;	/* what the content is hashed with */
	const char *digest_oid; /* the same, as it is told */
	int digest_bits;	/* and its parameter; 0: none */
	const char *signature_oid;
	/* The parameters of RSASSA-PSS; and what really makes its mask. */
	const char *pss_oid;
	const char *mgf_oid;
	const char *mgf;
	uint8_t salt;	  /* as it is told; 0: 32 octets, as it is */
	enum reason want; /* with signed attributes */
	enum reason bare; /* without */
};

static struct der
pss_parameters(const struct way *way)
{
	struct der hash = der_algorithm(way->pss_oid, der_nothing);
	uint8_t salt = 32;
	struct der mgf =
	    der_algorithm(MGF1, der_algorithm(way->mgf_oid, der_nothing));

	if (way->salt != 0)
		salt = way->salt;
	return der_wrap(DER_SEQUENCE,
	    DER_JOIN(der_wrap(DER_TAG_0, hash), der_wrap(DER_TAG_1, mgf),
		der_wrap(DER_TAG_2, der_integer(salt))));
}

static struct der
digest_parameters(const struct way *way)
{
	const uint8_t bits[] = { (uint8_t)(way->digest_bits >> 8),
		(uint8_t)way->digest_bits };

	if (way->digest_bits == 0)
		return der_nothing;
	return der_wrap(DER_INTEGER, der_octets(bits, sizeof(bits)));
}

/* A SignerInfo for hello. */
static struct der_signer
signer_of(const struct way *way)
{
	return (struct der_signer){
		.cert = people[way->who].cert,
		.key = people[way->who].key,
		.md = way->md,
		.pss_mgf = way->mgf,
		.digest =
		    der_algorithm(way->digest_oid, digest_parameters(way)),
		.signature = der_algorithm(way->signature_oid,
		    way->pss_oid != NULL ? pss_parameters(way) : der_nothing),
		.has_attributes = true,
		.attributes = DER_JOIN(der_content_type(),
		    der_signing_time("260102030405Z"),
		    der_message_digest(way->digest, hello)),
		.content = hello,
	};
}

static struct der_signer
bare_signer_of(const struct way *way)
{
	struct der_signer signer = signer_of(way);

	signer.has_attributes = false;
	return signer;
}

/* Lives until the next one is made. */
static struct octets
make_frame(const struct der_signer *signers, size_t count, X509 *const *certs)
{
	static struct der frame;

	frame = der_signed_data(signers, count, certs);
	return (struct octets){ (const char *)frame.at, frame.len };
}

static struct octets
frame_of(const struct der_signer *signer)
{
	X509 *const certs[] = { signer->cert, NULL };

	return make_frame(signer, 1, certs);
}

/* Into sig; the digest is announced, and so much of the content is kept. */
static enum reason
check_with(struct octets frame, const char *content, algo_set announced,
    size_t copy)
{
	uint8_t *exact = malloc(frame.len > 0 ? frame.len : 1);
	struct sig_input in = { .limits = &limits,
		.rules = &rules,
		.listed = listed,
		.digest = digest_new(NULL, announced, DIGEST_AS_IS, copy),
		.known = known };

	struct sdata *sdata;

	memcpy(exact, frame.at, frame.len);
	sdata = cut_up(exact, frame.len, &in);
	digest_push(in.digest, (const uint8_t *)content, strlen(content));
	sig_done(&sig);
	sig_check(&in, &sig);
	digest_free(in.digest);
	cut_done(sdata);
	free(exact);
	return sig.reason != REASON_OK ? sig.reason : sig.signers[0].reason;
}

static enum reason
check(struct octets frame, const char *content)
{
	return check_with(frame, content, algo_usual(), 1024);
}

static void
expect(const char *name, enum reason got, enum reason want)
{
	ck_assert_msg(got == want, "%s: %s, not %s", name, reason_token(got),
	    reason_token(want));
}

static const struct way honest[] = {
	{ "Ed25519", ED25519, NULL, "SHA512", SHA512,
	    .signature_oid = ED25519_OID },
	{ "Ed448", ED448, NULL, "SHAKE256", SHAKE256_LEN, .digest_bits = 512,
	    .signature_oid = ED448_OID },
	{ "Ed448 with plain SHAKE256", ED448, NULL, "SHAKE256", SHAKE256,
	    .signature_oid = ED448_OID },
	{ "P-256", P256, "SHA256", "SHA256", SHA256,
	    .signature_oid = ECDSA_WITH_SHA256 },
	{ "P-384", P384, "SHA384", "SHA384", SHA384,
	    .signature_oid = ECDSA_WITH_SHA384 },
	{ "P-521", P521, "SHA512", "SHA512", SHA512,
	    .signature_oid = ECDSA_WITH_SHA512 },
	{ "P-256 by the OID of its key", P256, "SHA256", "SHA256", SHA256,
	    .signature_oid = EC_PUBLIC_KEY },
	{ "RSA", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = RSA_ENCRYPTION },
	{ "RSA by the OID with its digest", RSA_2048, "SHA256", "SHA256",
	    SHA256, .signature_oid = SHA256_WITH_RSA },
	{ "P-256 with SHA-3", P256, "SHA3-256", "SHA3-256", SHA3_256,
	    .signature_oid = ECDSA_WITH_SHA3_256 },
	{ "P-384 with SHA-3", P384, "SHA3-512", "SHA3-512", SHA3_512,
	    .signature_oid = ECDSA_WITH_SHA3_512 },
	{ "RSASSA-PSS", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = RSASSA_PSS, SHA256, SHA256, "SHA256" },
	{ "RSASSA-PSS with a mask of its own", RSA_2048, "SHA256", "SHA256",
	    SHA256, .signature_oid = RSASSA_PSS, SHA256, SHA512, "SHA512" },
};

/* OpenSSL 3.0 knows half of SHAKE256. */
static size_t
strength_of(const char *digest)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
	size_t octets = (size_t)EVP_MD_get_size(md);

	EVP_MD_free(md);
	return strcmp(digest, "SHAKE256") == 0 ? 256 : octets * 8 / 2;
}

static bool
is_pure(const struct way *way)
{
	return way->md == NULL;
}

START_TEST(verifies_what_is_well_signed)
{
	struct der_signer signer = signer_of(&honest[_i]);
	const struct signer *got;

	expect(honest[_i].name, check(frame_of(&signer), hello), REASON_OK);
	got = sig.signers;
	ck_assert_uint_eq(sig.count, 1);
	ck_assert_ptr_eq(got->cert, sk_X509_value(sig.bag.certs, 0));
	ck_assert_int_eq(got->weakness, REASON_OK);
	ck_assert(!got->doubtful);
	ck_assert_uint_eq(got->error, 0);
	ck_assert_str_eq(got->signature,
	    OBJ_nid2ln(OBJ_txt2nid(honest[_i].signature_oid)));
	ck_assert(got->has_signing_time);
	ck_assert_int_eq(got->signing_time, 1767323045);
	ck_assert_uint_eq(got->digest_strength, strength_of(honest[_i].digest));
}
END_TEST

START_TEST(verifies_without_signed_attributes)
{
	struct der_signer signer = bare_signer_of(&honest[_i]);

	expect(honest[_i].name, check(frame_of(&signer), hello), REASON_OK);
	ck_assert(!sig.signers[0].has_signing_time);
	ck_assert(!sig.signers[0].doubtful);
}
END_TEST

START_TEST(sees_that_the_content_was_altered)
{
	struct der_signer signer = signer_of(&honest[_i]);
	struct der_signer bare = bare_signer_of(&honest[_i]);

	expect(honest[_i].name, check(frame_of(&signer), jello),
	    REASON_DIGEST_MISMATCH);
	expect(honest[_i].name, check(frame_of(&bare), jello),
	    REASON_BAD_SIGNATURE);
}
END_TEST

START_TEST(sees_that_an_attribute_was_altered)
{
	struct der_signer signer = signer_of(&honest[_i]);
	struct octets frame = frame_of(&signer);

	frame = mail_flip(frame, mail_find(frame, "260102030405Z"));
	expect(honest[_i].name, check(frame, hello), REASON_BAD_SIGNATURE);
}
END_TEST

/* The order of DER is that of signer_of(): shorter ones first. */
static struct der_signer
signer_in_disorder(const struct way *way, const char *content)
{
	struct der_signer signer = signer_of(way);

	signer.attributes =
	    DER_JOIN(der_content_type(), der_signing_time("260102030405Z"),
		der_message_digest(way->digest, content));
	signer.sent = DER_JOIN(der_message_digest(way->digest, content),
	    der_signing_time("260102030405Z"), der_content_type());
	return signer;
}

START_TEST(verifies_attributes_that_were_sent_in_another_order)
{
	struct der_signer signer = signer_in_disorder(&honest[_i], hello);

	expect(honest[_i].name, check(frame_of(&signer), hello), REASON_OK);
	ck_assert_int_eq(sig.signers[0].order, ATTR_SORTED);
	ck_assert_uint_eq(sig.signers[0].error, 0);
	signer = signer_of(&honest[_i]);
	expect(honest[_i].name, check(frame_of(&signer), hello), REASON_OK);
	ck_assert_int_eq(sig.signers[0].order, ATTR_AS_SENT);
}
END_TEST

START_TEST(verifies_attributes_that_were_signed_out_of_order)
{
	struct der_signer signer = signer_in_disorder(&honest[_i], hello);

	signer.attributes = signer.sent;
	expect(honest[_i].name, check(frame_of(&signer), hello), REASON_OK);
	ck_assert_int_eq(sig.signers[0].order, ATTR_AS_SENT);
}
END_TEST

/* Of the orders there are, two are tried: as sent, and as DER has it. */
START_TEST(tries_no_other_order_of_attributes)
{
	struct der_signer signer = signer_in_disorder(&honest[_i], hello);
	struct der sorted = signer.attributes;

	signer.attributes = signer.sent;
	signer.sent = sorted;
	expect(honest[_i].name, check(frame_of(&signer), hello),
	    REASON_BAD_SIGNATURE);
	ck_assert_int_eq(sig.signers[0].order, ATTR_ORDER_UNKNOWN);
}
END_TEST

START_TEST(another_order_hides_no_alteration)
{
	struct der_signer signer = signer_in_disorder(&honest[_i], hello);
	struct octets frame = frame_of(&signer);

	expect(honest[_i].name, check(frame, jello), REASON_DIGEST_MISMATCH);
	frame = mail_flip(frame, mail_find(frame, "260102030405Z"));
	expect(honest[_i].name, check(frame, hello), REASON_BAD_SIGNATURE);
	signer = signer_in_disorder(&honest[_i], hello);
	signer.sent = DER_JOIN(signer.sent, der_content_type());
	ck_assert_int_ne(check(frame_of(&signer), hello), REASON_OK);
}
END_TEST

START_TEST(sees_that_the_signature_was_altered)
{
	struct der_signer signers[] = { signer_of(&honest[_i]),
		bare_signer_of(&honest[_i]) };
	struct octets frame;

	for (size_t i = 0; i < COUNT(signers); i++) {
		frame = frame_of(&signers[i]);
		frame = mail_flip(frame, frame.len - 1);
		expect(honest[_i].name, check(frame, hello),
		    REASON_BAD_SIGNATURE);
	}
}
END_TEST

START_TEST(no_altered_octet_from_the_attributes_on_verifies)
{
	struct der_signer signer = signer_of(&honest[_i]);
	struct octets frame = frame_of(&signer);
	size_t at = mail_find(frame, "\xf7\x0d\x01\x09\x03");

	for (; at < frame.len; at++)
		if (check(mail_flip(frame, at), hello) == REASON_OK)
			ck_abort_msg("%s: %zu", honest[_i].name, at);
}
END_TEST

START_TEST(without_attributes_some_keys_need_the_whole_content)
{
	struct der_signer signer = bare_signer_of(&honest[_i]);
	struct octets frame = frame_of(&signer);
	algo_set all = (1U << ALGO_COUNT) - 1;
	size_t len = strlen(hello);

	expect(honest[_i].name, check_with(frame, hello, all, len), REASON_OK);
	expect(honest[_i].name, check_with(frame, hello, all, len - 1),
	    is_pure(&honest[_i]) ? REASON_UNSUPPORTED_ALGORITHM : REASON_OK);
	/* And nobody needs its digest. */
	expect(honest[_i].name, check_with(frame, hello, 0, len - 1),
	    is_pure(&honest[_i]) ? REASON_UNSUPPORTED_ALGORITHM :
				   REASON_DIGEST_NOT_ANNOUNCED);
}
END_TEST

START_TEST(with_attributes_the_digest_is_enough)
{
	struct der_signer signer = signer_of(&honest[_i]);
	struct octets frame = frame_of(&signer);
	algo_set all = (1U << ALGO_COUNT) - 1;

	expect(honest[_i].name, check_with(frame, hello, all, 0), REASON_OK);
	expect(honest[_i].name, check_with(frame, hello, 0, 0),
	    REASON_DIGEST_NOT_ANNOUNCED);
}
END_TEST

START_TEST(the_digest_has_to_be_listed)
{
	struct der_signer signer = signer_of(&honest[_i]);
	struct der_signer bare = bare_signer_of(&honest[_i]);
	algo_set all = (1U << ALGO_COUNT) - 1;

	listed = 0;
	expect(honest[_i].name,
	    check_with(frame_of(&signer), hello, all, strlen(hello)),
	    REASON_DIGEST_NOT_ANNOUNCED);
	/* RFC 9882 3.3: where nothing is hashed, the list is ignored. */
	expect(honest[_i].name,
	    check_with(frame_of(&bare), hello, all, strlen(hello)),
	    is_pure(&honest[_i]) ? REASON_OK : REASON_DIGEST_NOT_ANNOUNCED);
}
END_TEST

#define UNSUPPORTED REASON_UNSUPPORTED_ALGORITHM
#define MISMATCH    REASON_ATTRIBUTE_MISMATCH

static const struct way contradictions[] = {
	{ "Ed25519 with SHA-256", ED25519, NULL, "SHA256", SHA256,
	    .signature_oid = ED25519_OID, .want = UNSUPPORTED },
	{ "Ed25519 with SHAKE256", ED25519, NULL, "SHAKE256", SHAKE256,
	    .signature_oid = ED25519_OID, .want = UNSUPPORTED },
	{ "Ed448 with SHA-512", ED448, NULL, "SHA512", SHA512,
	    .signature_oid = ED448_OID, .want = UNSUPPORTED },
	{ "Ed448 with 256 bits of SHAKE256", ED448, NULL, "SHAKE256",
	    SHAKE256_LEN, .digest_bits = 256, .signature_oid = ED448_OID,
	    .want = UNSUPPORTED },
	{ "Ed448 with a digest that is not said", ED448, NULL, "SHAKE256",
	    SHA512, .signature_oid = ED448_OID,
	    .want = REASON_DIGEST_MISMATCH },
	{ "Ed25519 that says Ed448", ED25519, NULL, "SHA512", SHA512,
	    .signature_oid = ED448_OID, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "Ed25519 that says RSA with SHA-512", ED25519, NULL, "SHA512", SHA512,
	    .signature_oid = SHA512_WITH_RSA, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "Ed25519 with a digest of no name", ED25519, NULL, "SHA512",
	    NO_DIGEST, .signature_oid = ED25519_OID, .want = UNSUPPORTED },
	{ "P-256 with a digest of no name", P256, "SHA256", "SHA256", NO_DIGEST,
	    .signature_oid = ECDSA_WITH_SHA256, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "P-256 with SHAKE256", P256, "SHA256", "SHAKE256", SHAKE256,
	    .signature_oid = EC_PUBLIC_KEY, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "ECDSA that says SHA-1", P256, "SHA256", "SHA256", SHA256,
	    .signature_oid = ECDSA_WITH_SHA1, .want = MISMATCH,
	    .bare = MISMATCH },
	{ "ECDSA that says SHA-512", P256, "SHA256", "SHA256", SHA256,
	    .signature_oid = ECDSA_WITH_SHA512, .want = MISMATCH,
	    .bare = MISMATCH },
	{ "ECDSA that says another digest of SHA-3", P256, "SHA256", "SHA256",
	    SHA256, .signature_oid = ECDSA_WITH_SHA3_256, .want = MISMATCH,
	    .bare = MISMATCH },
	{ "ECDSA that says RSA", P256, "SHA256", "SHA256", SHA256,
	    .signature_oid = SHA256_WITH_RSA, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "ECDSA that says nothing known", P256, "SHA256", "SHA256", SHA256,
	    .signature_oid = "1.2.3.4", .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "RSA that says SHA-1", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = SHA1_WITH_RSA, .want = MISMATCH,
	    .bare = MISMATCH },
	{ "RSA that says SHA-512", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = SHA512_WITH_RSA, .want = MISMATCH,
	    .bare = MISMATCH },
	{ "RSA that says ECDSA", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = ECDSA_WITH_SHA256, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "RSASSA-PSS that says another hash", RSA_2048, "SHA256", "SHA256",
	    SHA256, .signature_oid = RSASSA_PSS, SHA512, SHA256, "SHA256",
	    .want = UNSUPPORTED, .bare = UNSUPPORTED },
	{ "RSASSA-PSS that says another mask", RSA_2048, "SHA256", "SHA256",
	    SHA256, .signature_oid = RSASSA_PSS, SHA256, SHA512, "SHA256",
	    .want = REASON_BAD_SIGNATURE, .bare = REASON_BAD_SIGNATURE },
	{ "RSASSA-PSS with a mask of no name", RSA_2048, "SHA256", "SHA256",
	    SHA256, .signature_oid = RSASSA_PSS, SHA256, NO_DIGEST, "SHA256",
	    .want = UNSUPPORTED, .bare = UNSUPPORTED },
	{ "RSASSA-PSS with another salt", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = RSASSA_PSS, SHA256, SHA256, "SHA256", .salt = 20,
	    .want = REASON_BAD_SIGNATURE, .bare = REASON_BAD_SIGNATURE },
	{ "RSASSA-PSS without parameters", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = RSASSA_PSS, .mgf = "SHA256", .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
	{ "RSASSA-PSS that says RSA", RSA_2048, "SHA256", "SHA256", SHA256,
	    .signature_oid = RSA_ENCRYPTION, .mgf = "SHA256",
	    .want = REASON_BAD_SIGNATURE, .bare = REASON_BAD_SIGNATURE },
	{ "no readable key", UNREADABLE, NULL, "SHA512", SHA512,
	    .signature_oid = ED25519_OID, .want = UNSUPPORTED,
	    .bare = UNSUPPORTED },
};

START_TEST(believes_no_algorithm_that_contradicts)
{
	const struct way *way = &contradictions[_i];
	struct der_signer signer = signer_of(way);
	struct der_signer bare = bare_signer_of(way);

	expect(way->name, check(frame_of(&signer), hello), way->want);
	expect(way->name, check(frame_of(&bare), hello), way->bare);
}
END_TEST

START_TEST(a_weak_digest_is_told_where_there_is_one)
{
	const struct way p256 = { "P-256", P256, "SHA1", "SHA1", SHA1,
		.signature_oid = ECDSA_WITH_SHA1 };
	const struct way ed25519 = { "Ed25519", ED25519, NULL, "SHA1", SHA1,
		.signature_oid = ED25519_OID };
	const struct way pss = { "RSASSA-PSS", RSA_2048, "SHA256", "SHA256",
		SHA256, .signature_oid = RSASSA_PSS, SHA256, SHA1, "SHA1" };
	struct der_signer signers[] = { signer_of(&p256), bare_signer_of(&p256),
		signer_of(&pss), bare_signer_of(&pss),
		bare_signer_of(&ed25519) };

	for (size_t i = 0; i < COUNT(signers); i++) {
		expect("SHA-1", check(frame_of(&signers[i]), hello), REASON_OK);
		expect("weakness", sig.signers[0].weakness,
		    signers[i].md != NULL ? REASON_SHA1 : REASON_OK);
	}
}
END_TEST

static const struct {
	const char *name;
	int tag; /* of messageDigest's value; 0: there is no attribute */
	size_t len;
	enum reason want;
} digests[] = {
	{ "a digest of no length", DER_OCTETS, 0, REASON_DIGEST_MISMATCH },
	{ "a digest of one octet", DER_OCTETS, 1, REASON_DIGEST_MISMATCH },
	{ "a digest of 65 octets", DER_OCTETS, 65, REASON_DIGEST_MISMATCH },
	{ "a digest that is an INTEGER", DER_INTEGER, 20,
	    REASON_CMS_MALFORMED },
	{ "no digest", 0, 0, REASON_CMS_MALFORMED },
};

START_TEST(reads_message_digest_strictly)
{
	static const uint8_t ones[65] = { 1, 1, 1 };
	struct der value = der_octets(ones, digests[_i].len);
	struct der_signer signer;

	for (size_t i = 0; i < COUNT(honest); i++) {
		signer = signer_of(&honest[i]);
		signer.attributes = der_content_type();
		if (digests[_i].tag != 0)
			signer.attributes = DER_JOIN(signer.attributes,
			    der_attribute("1.2.840.113549.1.9.4",
				der_wrap(digests[_i].tag, value)));
		expect(digests[_i].name, check(frame_of(&signer), hello),
		    digests[_i].want);
	}
}
END_TEST

START_TEST(a_digest_with_more_behind_it_does_not_match)
{
	/* SEQUENCE, OID, SET and OCTET STRING come before the hash. */
	enum { BEFORE = 2 + 11 + 2 + 2 };
	struct der_signer signer = signer_of(&honest[_i]);
	struct der right = der_message_digest(honest[_i].digest, hello);
	struct der hash = der_octets(right.at + BEFORE, right.len - BEFORE);

	hash.len++;
	signer.attributes = DER_JOIN(der_content_type(),
	    der_attribute("1.2.840.113549.1.9.4", der_wrap(DER_OCTETS, hash)));
	expect(honest[_i].name, check(frame_of(&signer), hello),
	    REASON_DIGEST_MISMATCH);
}
END_TEST

START_TEST(an_empty_list_of_attributes_is_malformed)
{
	struct der_signer signer = signer_of(&honest[_i]);

	signer.attributes = der_nothing;
	expect(honest[_i].name, check(frame_of(&signer), hello),
	    REASON_CMS_MALFORMED);
}
END_TEST

START_TEST(doubts_content_that_may_be_attributes)
{
	static const char set[] = "1\r\n";
	struct der_signer signer = bare_signer_of(&honest[_i]);

	signer.content = set;
	expect(honest[_i].name, check(frame_of(&signer), set), REASON_OK);
	ck_assert(sig.signers[0].doubtful);
	signer.has_attributes = true;
	signer.attributes = DER_JOIN(der_content_type(),
	    der_message_digest(honest[_i].digest, set));
	expect(honest[_i].name, check(frame_of(&signer), set), REASON_OK);
	ck_assert(!sig.signers[0].doubtful);
}
END_TEST

/* RFC 8551 2.6; who comes first, and who is only in the collection. */
static const struct {
	const char *name;
	const char *message; /* letters: see cert_of() */
	const char *collection;
	enum reason want;
} decoys[] = {
	{ "alone", "e", "", REASON_OK },
	{ "before another key", "ed", "", REASON_OK },
	{ "behind another key", "de", "", REASON_OK },
	{ "behind another kind of key", "pe", "", REASON_OK },
	{ "behind many", "pdrux4e", "", REASON_OK },
	{ "behind an unreadable key", "ue", "", REASON_OK },
	{ "in the collection alone", "", "e", REASON_OK },
	{ "in the collection behind another", "", "de", REASON_OK },
	{ "in the collection, a decoy in the message", "d", "e", REASON_OK },
	{ "in the collection, decoys everywhere", "pd4", "ude", REASON_OK },
	{ "nowhere, another key in the message", "d", "",
	    REASON_BAD_SIGNATURE },
	{ "nowhere, another key in both", "d", "d", REASON_BAD_SIGNATURE },
	{ "nowhere, another kind of key", "4", "", UNSUPPORTED },
	{ "nowhere, the first one tells why", "d4u", "u",
	    REASON_BAD_SIGNATURE },
	{ "nowhere, too many in the message", "ddddddddd", "",
	    REASON_TOO_COSTLY },
	{ "nowhere, too many in the collection", "", "ddddddddd",
	    REASON_TOO_COSTLY },
	{ "in the collection, too many in the message", "ddddddddd", "e",
	    REASON_OK },
	{ "nowhere", "", "", REASON_SIGNER_MISSING },
};

static X509 *
cert_of(char letter)
{
	static const char letters[NOBODY + 1] = { [ED25519] = 'e',
		[ED25519_TOO] = 'd',
		[RENEWED] = 'n',
		[ED448] = '4',
		[P256] = 'p',
		[P384] = 'x',
		[P521] = '5',
		[RSA_2048] = 'r',
		[UNREADABLE] = 'u' };
	const char *at = strchr(letters, letter);

	ck_assert_ptr_nonnull(at);
	return people[at - letters].cert;
}

/* The certificates of a word, and NULL. */
static void
certs_of(const char *word, X509 *certs[static NOBODY + 1])
{
	for (; *word != '\0'; word++)
		*certs++ = cert_of(*word);
	*certs = NULL;
}

START_TEST(tries_each_certificate_with_the_key_identifier)
{
	struct der_signer signers[] = { signer_of(&honest[0]),
		bare_signer_of(&honest[0]) };
	const char *letter = decoys[_i].collection;
	X509 *certs[NOBODY + 1];
	struct octets frame;

	certs_of(decoys[_i].message, certs);
	for (; *letter != '\0'; letter++)
		sk_X509_push(known, cert_of(*letter));
	for (size_t i = 0; i < COUNT(signers); i++) {
		signers[i].by_key_id = true;
		frame = make_frame(&signers[i], 1, certs);
		expect(decoys[_i].name, check(frame, hello), decoys[_i].want);
		if (decoys[_i].want == REASON_OK)
			ck_assert_int_eq(X509_cmp(sig.signers[0].cert,
					     people[ED25519].cert),
			    0);
	}
}
END_TEST

START_TEST(p256_is_found_behind_decoys_of_other_kinds)
{
	struct der_signer signer = signer_of(&honest[3]);
	X509 *certs[NOBODY + 1];

	signer.by_key_id = true;
	certs_of("ed4xr5u", certs);
	sk_X509_push(known, cert_of('p'));
	expect("P-256", check(make_frame(&signer, 1, certs), hello), REASON_OK);
	ck_assert_uint_eq(sig.signers[0].error, 0);
	certs_of("xp", certs);
	expect("P-256", check(make_frame(&signer, 1, certs), hello), REASON_OK);
	ck_assert_uint_eq(sig.signers[0].error, 0);
}
END_TEST

/* signingCertificateV2 of that certificate, with SHA-256. */
static struct der
signing_certificate(X509 *cert)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int len;
	struct der id;

	ck_assert_int_eq(X509_digest(cert, EVP_sha256(), hash, &len), 1);
	id =
	    der_wrap(DER_SEQUENCE, der_wrap(DER_OCTETS, der_octets(hash, len)));
	return der_attribute("1.2.840.113549.1.9.16.2.47",
	    der_wrap(DER_SEQUENCE, der_wrap(DER_SEQUENCE, id)));
}

START_TEST(of_two_certificates_with_a_key_the_named_one_counts)
{
	static const char *const orders[] = { "en", "ne" };
	struct der_signer signer = signer_of(&honest[0]);
	X509 *certs[NOBODY + 1];

	signer.by_key_id = true;
	signer.attributes = DER_JOIN(signer.attributes,
	    signing_certificate(people[RENEWED].cert));
	certs_of(orders[_i], certs);
	expect(orders[_i], check(make_frame(&signer, 1, certs), hello),
	    REASON_OK);
	ck_assert_int_eq(X509_cmp(sig.signers[0].cert, people[RENEWED].cert),
	    0);
	certs_of("e", certs);
	expect("unnamed", check(make_frame(&signer, 1, certs), hello),
	    MISMATCH);
}
END_TEST

START_TEST(judges_each_signer_alone)
{
	struct der_signer signers[] = { signer_of(&honest[3]),
		signer_of(&honest[0]), signer_of(&honest[1]),
		signer_of(&honest[7]) };
	X509 *const certs[] = { people[ED448].cert, people[ED25519].cert,
		people[P256].cert, NULL };

	signers[1].key = people[ED25519_TOO].key;
	expect("P-256", check(make_frame(signers, 4, certs), hello), REASON_OK);
	ck_assert_uint_eq(sig.count, 4);
	expect("Ed25519", sig.signers[1].reason, REASON_BAD_SIGNATURE);
	expect("Ed448", sig.signers[2].reason, REASON_OK);
	expect("RSA", sig.signers[3].reason, REASON_SIGNER_MISSING);
	ck_assert_ptr_null(sig.signers[3].cert);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	struct der_signer signer = signer_of(&honest[0]);
	struct octets frame = frame_of(&signer);

	for (frame.len--; frame.len > 0; frame.len--)
		expect("truncated", check(frame, hello), REASON_CMS_MALFORMED);
	expect("nothing", check(frame, hello), REASON_CMS_MALFORMED);
	ck_assert_uint_eq(sig.count, 0);
}
END_TEST

START_TEST(refuses_octets_behind_the_frame)
{
	struct der_signer signer = signer_of(&honest[0]);
	struct octets frame = frame_of(&signer);

	frame.len++; /* which is a zero of the static value */
	expect("trailing", check(frame, hello), REASON_CMS_TRAILING);
	ck_assert_uint_eq(sig.count, 0);
}
END_TEST

START_TEST(refuses_a_frame_without_signers)
{
	X509 *const certs[] = { people[ED25519].cert, NULL };

	expect("none", check(make_frame(NULL, 0, certs), hello),
	    REASON_NO_SIGNERS);
	ck_assert_uint_eq(sig.count, 0);
}
END_TEST

START_TEST(limits_signers_and_certificates)
{
	struct der_signer signers[] = { signer_of(&honest[0]),
		signer_of(&honest[0]) };
	X509 *const certs[] = { people[ED25519].cert, people[P256].cert, NULL };
	struct octets frame = make_frame(signers, 2, certs);

	limits.max_signers = 2;
	limits.max_certs = 2;
	expect("two and two", check(frame, hello), REASON_OK);
	limits.max_certs = 1;
	expect("one certificate", check(frame, hello),
	    REASON_TOO_MANY_CERTIFICATES);
	limits.max_signers = 1;
	limits.max_certs = 2;
	expect("one signer", check(frame, hello), REASON_TOO_MANY_SIGNERS);
}
END_TEST

START_TEST(only_reads_the_frame_where_there_is_no_content)
{
	struct der_signer signer = signer_of(&honest[0]);
	struct octets frame = frame_of(&signer);
	struct sig_input in = { .limits = &limits,
		.rules = &rules,
		.listed = ~(algo_set)0 };
	struct sdata *sdata = cut_up((const uint8_t *)frame.at, frame.len, &in);

	sig_check(&in, &sig);
	cut_done(sdata);
	expect("no content", sig.reason, REASON_NO_CONTENT);
	ck_assert_uint_eq(sig.count, 0);
	ck_assert_int_eq(sk_X509_num(sig.bag.certs), 1);
}
END_TEST

START_TEST(a_whole_mail_passes)
{
	const struct mail_voucher vouchers[] = { { .cert = root },
		{ .cert = NULL } };
	struct trust *trust = trust_new(TRUST_EXCHANGE_2013_SP1,
	    mail_store(vouchers), NULL, NULL);
	struct der_signer signer = signer_of(&honest[_i]);
	struct octets part = mail_print("%s", hello);
	const struct verdict *verdict;
	struct smime *smime;
	struct octets mail;

	mail = mail_detached(&(struct mail_form){ .micalg = "sha-512" }, part,
	    frame_of(&signer));
	smime = smime_new(NULL, &limits, &rules);
	mail_push(smime, mail);
	verdict = smime_finish(smime, trust, NOW);
	expect(honest[_i].name, verdict->reason, REASON_OK);
	ck_assert_int_eq(verdict->result, RESULT_PASS);
	smime_free(smime);
	smime = smime_new(NULL, &limits, &rules);
	mail_push(smime, mail_replace(mail, "Hello", "Jello"));
	verdict = smime_finish(smime, trust, NOW);
	expect(honest[_i].name, verdict->reason, REASON_DIGEST_MISMATCH);
	ck_assert_int_eq(verdict->result, RESULT_FAIL);
	smime_free(smime);
	trust_unref(trust);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	int all = COUNT(honest);

	tcase_add_loop_test(tcase, verifies_what_is_well_signed, 0, all);
	tcase_add_loop_test(tcase, verifies_without_signed_attributes, 0, all);
	tcase_add_loop_test(tcase, sees_that_the_content_was_altered, 0, all);
	tcase_add_loop_test(tcase, sees_that_an_attribute_was_altered, 0, all);
	tcase_add_loop_test(tcase, sees_that_the_signature_was_altered, 0, all);
	tcase_add_loop_test(tcase,
	    verifies_attributes_that_were_sent_in_another_order, 0, all);
	tcase_add_loop_test(tcase,
	    verifies_attributes_that_were_signed_out_of_order, 0, all);
	tcase_add_loop_test(tcase, tries_no_other_order_of_attributes, 0, all);
	tcase_add_loop_test(tcase, another_order_hides_no_alteration, 0, all);
	tcase_add_loop_test(tcase,
	    no_altered_octet_from_the_attributes_on_verifies, 0, all);
	tcase_add_loop_test(tcase,
	    without_attributes_some_keys_need_the_whole_content, 0, all);
	tcase_add_loop_test(tcase, with_attributes_the_digest_is_enough, 0,
	    all);
	tcase_add_loop_test(tcase, the_digest_has_to_be_listed, 0, all);
	tcase_add_loop_test(tcase, believes_no_algorithm_that_contradicts, 0,
	    COUNT(contradictions));
	tcase_add_test(tcase, a_weak_digest_is_told_where_there_is_one);
	tcase_add_loop_test(tcase, reads_message_digest_strictly, 0,
	    COUNT(digests));
	tcase_add_loop_test(tcase, a_digest_with_more_behind_it_does_not_match,
	    0, all);
	tcase_add_loop_test(tcase, an_empty_list_of_attributes_is_malformed, 0,
	    all);
	tcase_add_loop_test(tcase, doubts_content_that_may_be_attributes, 0,
	    all);
	tcase_add_loop_test(tcase,
	    tries_each_certificate_with_the_key_identifier, 0, COUNT(decoys));
	tcase_add_test(tcase, p256_is_found_behind_decoys_of_other_kinds);
	tcase_add_loop_test(tcase,
	    of_two_certificates_with_a_key_the_named_one_counts, 0, 2);
	tcase_add_test(tcase, judges_each_signer_alone);
	tcase_add_test(tcase, refuses_every_truncation);
	tcase_add_test(tcase, refuses_octets_behind_the_frame);
	tcase_add_test(tcase, refuses_a_frame_without_signers);
	tcase_add_test(tcase, limits_signers_and_certificates);
	tcase_add_test(tcase, only_reads_the_frame_where_there_is_no_content);
	tcase_add_loop_test(tcase, a_whole_mail_passes, 0, all);
}

int
main(void)
{
	Suite *suite = suite_create("sig");
	TCase *tcase = tcase_create("sig_check");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, make_people, free_people);
	tcase_add_checked_fixture(tcase, begin, end);
	add_tests(tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
