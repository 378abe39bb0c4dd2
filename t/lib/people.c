/* SPDX-License-Identifier: ISC */
#include "t/lib/people.h"

#include <check.h>

#include <openssl/dsa.h>

#include "smime/smime.h"
#include "t/lib/pki.h"

static struct {
	X509 *cert;
	EVP_PKEY *key;
} people[NOBODY];

static X509 *root, *short_ca;
static EVP_PKEY *root_key, *rsa_key, *short_key, *dsa_key;

#define LEAF(who_is, ...)                                                      \
	[who_is] = { "basicConstraints=CA:FALSE",                              \
		"keyUsage=critical,digitalSignature",                          \
		"extendedKeyUsage=emailProtection", __VA_ARGS__, NULL }

static const char *const extensions[NOBODY][7] = {
	LEAF(ALICE, "subjectAltName=email:alice@example.org", CLAIMED_KEY_ID),
	LEAF(BOB, "subjectAltName=email:bob@example.org"),
	LEAF(STRANGER, "subjectAltName=email:alice@example.org"),
	LEAF(DECOY, CLAIMED_KEY_ID),
	LEAF(BY_ALICE, "subjectAltName=email:alice@example.org"),
	LEAF(EVERYBODY,
	    "subjectAltName=email:bob@example.org,email:alice@example.org"),
	LEAF(NO_ADDRESS, "subjectKeyIdentifier=hash"),
	LEAF(SUBJECT_ONLY, "subjectKeyIdentifier=hash"),
	LEAF(SAN_AND_SUBJECT, "subjectAltName=email:bob@example.org"),
	/* otherName of SmtpUTF8Mailbox, with an accent on the first letter */
	LEAF(UTF8_MAILBOX,
	    "subjectAltName=DER:30:22:a0:20:06:08:2b:06:01:05:05:07:08:09:"
	    "a0:14:0c:12:c3:a1:6c:69:63:65:40:65:78:61:6d:70:6c:65:2e:6f:72:"
	    "67"),
	LEAF(OLD, "subjectAltName=email:alice@example.org"),
	LEAF(SHA1_SIGNED, "subjectAltName=email:alice@example.org"),
	LEAF(ALICE_RSA, "subjectAltName=email:alice@example.org"),
	LEAF(SHORT, "subjectAltName=email:alice@example.org"),
	LEAF(BELOW_SHORT, "subjectAltName=email:alice@example.org"),
	LEAF(ALICE_DSA, "subjectAltName=email:alice@example.org"),
};

/* Who signs what, below whom. */
static void
make_person(enum who who, const struct pki_cert *what, EVP_PKEY *key,
    X509 *issuer, EVP_PKEY *issuer_key)
{
	struct pki_cert cert = *what;

	cert.extensions = extensions[who];
	people[who].key = key;
	people[who].cert = pki_make(&cert, key, issuer, issuer_key);
}

static void
make_below_root(enum who who, EVP_PKEY *key)
{
	struct pki_cert what = { .cn = "Somebody" };

	if (who == SUBJECT_ONLY || who == SAN_AND_SUBJECT)
		what.email_dn = "alice@example.org";
	if (who == OLD)
		what.not_after = "20250101000000Z";
	if (who == SHA1_SIGNED)
		what.md = "SHA1";
	make_person(who, &what, key, root, root_key);
}

static EVP_PKEY *
make_dsa_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *parameters = NULL, *key = NULL;

	ck_assert_int_eq(EVP_PKEY_paramgen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024), 1);
	ck_assert_int_eq(EVP_PKEY_paramgen(ctx, &parameters), 1);
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_keygen(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(parameters);
	return key;
}

void
people_begin(void)
{
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert short_is = { .cn = "Short authority",
		.extensions = pki_ca_extensions };
	const struct pki_cert somebody = { .cn = "Somebody" };
	const struct pki_cert x = { .cn = "X" }; /* sorts first in CMS */
	EVP_PKEY *stranger_key = pki_key("P-256");

	smime_init();
	root_key = pki_key("P-256");
	rsa_key = pki_key("RSA-2048");
	short_key = pki_key("RSA-1024");
	dsa_key = make_dsa_key();
	root = pki_make(&root_is, root_key, NULL, NULL);
	short_ca = pki_make(&short_is, short_key, root, root_key);
	make_below_root(ALICE, pki_key("P-256"));
	make_below_root(BOB, people[ALICE].key);
	make_person(STRANGER, &somebody, stranger_key, NULL, NULL);
	make_person(DECOY, &x, stranger_key, NULL, NULL);
	make_person(BY_ALICE, &x, stranger_key, people[ALICE].cert,
	    people[ALICE].key);
	for (enum who who = EVERYBODY; who <= SHA1_SIGNED; who++)
		make_below_root(who, people[ALICE].key);
	make_below_root(ALICE_RSA, rsa_key);
	make_below_root(ALICE_DSA, dsa_key);
	make_below_root(SHORT, short_key);
	make_person(BELOW_SHORT, &somebody, people[ALICE].key, short_ca,
	    short_key);
}

void
people_end(void)
{
	EVP_PKEY_free(people[ALICE].key);
	EVP_PKEY_free(people[STRANGER].key);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(rsa_key);
	EVP_PKEY_free(short_key);
	EVP_PKEY_free(dsa_key);
	for (enum who who = 0; who < NOBODY; who++)
		X509_free(people[who].cert);
	X509_free(root);
	X509_free(short_ca);
}

X509 *
people_cert(enum who who)
{
	return people[who].cert;
}

EVP_PKEY *
people_key(enum who who)
{
	return people[who].key;
}

const char *const *
people_extensions(enum who who)
{
	return extensions[who];
}

X509 *
people_root(void)
{
	return root;
}

EVP_PKEY *
people_root_key(void)
{
	return root_key;
}

X509 *
people_short_ca(void)
{
	return short_ca;
}

struct mail_signer
people_signer(enum who who)
{
	return (struct mail_signer){ .cert = people[who].cert,
		.key = people[who].key };
}

struct octets
people_sign(enum who who, enum mail_shape shape, const char *content)
{
	struct mail_signer one = people_signer(who);
	struct mail_cms cms = { .shape = shape, .signers = &one, .count = 1 };

	return mail_sign(&cms, mail_print("%s", content));
}
