/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

#include "smime/x509/cert.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static EVP_PKEY *key, *other_key;

static void
make_keys(void)
{
	ERR_clear_error();
	key = pki_key("P-256");
	other_key = pki_key("P-256");
}

static void
free_keys(void)
{
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
}

static X509 *
make_alice(void)
{
	return pki_make(&(struct pki_cert){ .cn = "Alice",
			    .extensions = pki_leaf_extensions_alice },
	    key, NULL, NULL);
}

START_TEST(reads_exactly_one_certificate)
{
	X509 *alice = make_alice(), *read;
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	read = cert_read(NULL, der, len);
	ck_assert_ptr_nonnull(read);
	ck_assert_int_eq(X509_cmp(read, alice), 0);
	X509_free(read);
	free(der);
	X509_free(alice);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	X509 *alice = make_alice();
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = malloc(n + 1); /* its own block, for ASan */

		memcpy(cut + 1, der, n);
		ck_assert_msg(cert_read(NULL, cut + 1, n) == NULL, "%zu", n);
		ck_assert_ptr_null(cert_read_trusted(NULL, cut + 1, n));
		free(cut);
	}
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(der);
	X509_free(alice);
}
END_TEST

START_TEST(refuses_an_octet_after_the_certificate)
{
	X509 *alice = make_alice();
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	der = realloc(der, len + 1);
	der[len] = 0;
	ck_assert_ptr_null(cert_read(NULL, der, len + 1));
	ck_assert_ptr_null(cert_read_trusted(NULL, der, len + 1));
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(der);
	X509_free(alice);
}
END_TEST

START_TEST(reads_auxiliary_trust_behind_a_trusted_certificate)
{
	ASN1_OBJECT *mail = OBJ_nid2obj(NID_email_protect);
	X509 *alice = make_alice(), *read;
	uint8_t *der = NULL;
	int len;

	ck_assert_int_eq(X509_add1_trust_object(alice, mail), 1);
	len = i2d_X509_AUX(alice, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_ptr_null(cert_read(NULL, der, (size_t)len));
	read = cert_read_trusted(NULL, der, (size_t)len);
	ck_assert_ptr_nonnull(read);
	ck_assert_int_eq(sk_ASN1_OBJECT_num(X509_get0_trust_objects(read)), 1);
	X509_free(read);
	for (int n = i2d_X509(alice, NULL) + 1; n < len; n++)
		ck_assert_ptr_null(cert_read_trusted(NULL, der, (size_t)n));
	OPENSSL_free(der);
	X509_free(alice);
}
END_TEST

START_TEST(parses_in_the_library_context_it_is_given)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *null = OSSL_PROVIDER_load(libctx, "null");
	X509 *alice = make_alice(), *read;
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	/* A context without algorithms can make nothing of the key. */
	read = cert_read(libctx, der, len);
	ck_assert_ptr_nonnull(read);
	ck_assert_ptr_null(X509_get0_pubkey(read));
	X509_free(read);
	free(der);
	X509_free(alice);
	OSSL_PROVIDER_unload(null);
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

START_TEST(hashes_the_der)
{
	X509 *alice = make_alice();
	uint8_t want[EVP_MAX_MD_SIZE], got[CERT_SHA256_LEN];
	size_t len, want_len;
	uint8_t *der = pki_der(alice, &len);

	ck_assert_int_eq(EVP_Q_digest(NULL, "SHA256", NULL, der, len, want,
			     &want_len),
	    1);
	ck_assert(cert_sha256(alice, got));
	ck_assert_mem_eq(got, want, CERT_SHA256_LEN);

	ck_assert_int_eq(EVP_Q_digest(NULL, "SHA1", NULL, der, len, want,
			     &want_len),
	    1);
	ck_assert(cert_sha1(alice, got));
	ck_assert_mem_eq(got, want, CERT_SHA1_LEN);
	free(der);
	X509_free(alice);
}
END_TEST

static const char *const no_constraints[] = { "keyUsage=keyCertSign", NULL };
static const char *const no_cert_sign[] = { "basicConstraints=critical,CA:TRUE",
	"keyUsage=digitalSignature", NULL };

enum issuer { SELF, SELF_BUT_OTHER_KEY, OTHER };

static const struct {
	const char *name;
	const char *const *extensions;
	enum issuer issuer;
	enum cert_role want;
	bool self_signed;
} roles[] = {
	{ "root", pki_ca_extensions, SELF, CERT_ROLE_ANCHOR, true },
	{ "intermediate", pki_ca_extensions, OTHER, CERT_ROLE_INTERMEDIATE,
	    false },
	{ "root with a new key, signed with the old one", pki_ca_extensions,
	    SELF_BUT_OTHER_KEY, CERT_ROLE_INTERMEDIATE, false },
	{ "leaf", pki_leaf_extensions_alice, OTHER, CERT_ROLE_SIGNER, false },
	{ "self-signed leaf", pki_leaf_extensions_alice, SELF, CERT_ROLE_SIGNER,
	    true },
	{ "v1 root", NULL, SELF, CERT_ROLE_ANCHOR, true },
	{ "v1 leaf", NULL, OTHER, CERT_ROLE_SIGNER, false },
	{ "v1, self-issued, signed with another key", NULL, SELF_BUT_OTHER_KEY,
	    CERT_ROLE_SIGNER, false },
	{ "v3 without basicConstraints", no_constraints, SELF, CERT_ROLE_SIGNER,
	    true },
	{ "CA that may not sign certificates", no_cert_sign, SELF,
	    CERT_ROLE_SIGNER, true },
};

START_TEST(knows_the_role_of_a_certificate)
{
	X509 *root = pki_make(&(struct pki_cert){ .cn = "Root",
				  .extensions = pki_ca_extensions },
	    other_key, NULL, NULL);
	struct pki_cert what = { .cn = "It",
		.extensions = roles[_i].extensions };
	enum issuer issuer = roles[_i].issuer;
	X509 *cert = pki_make(&what, key, issuer == OTHER ? root : NULL,
	    issuer == SELF ? NULL : other_key);

	ck_assert_msg(cert_role(cert) == roles[_i].want, "%s", roles[_i].name);
	ck_assert_msg(cert_is_self_signed(cert) == roles[_i].self_signed, "%s",
	    roles[_i].name);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	X509_free(cert);
	X509_free(root);
}
END_TEST

/* Sign the octets with RSA, in a DigestInfo without NULL. */
static void
sign_without_null(EVP_PKEY *rsa, const uint8_t *octets, size_t len,
    uint8_t *signature, size_t room)
{
	uint8_t info[] = "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03"
			 "\x04\x02\x01\x04\x20"
			 "a hash of SHA-256: 32 octets....";
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
	size_t hash_len;

	ck_assert_int_eq(EVP_Q_digest(NULL, "SHA256", NULL, octets, len,
			     info + 17, &hash_len),
	    1);
	ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_sign(ctx, signature, &room, info, 17 + 32),
	    1);
	EVP_PKEY_CTX_free(ctx);
}

START_TEST(accepts_a_root_signed_without_null_parameters)
{
	enum { HEADER = 4, SIGNATURE = 128, BEFORE_SIGNATURE = 19 };
	EVP_PKEY *rsa = pki_key("RSA-1024");
	X509 *root = pki_make(&(struct pki_cert){ .cn = "Root",
				  .extensions = pki_ca_extensions },
	    rsa, NULL, NULL);
	size_t len;
	uint8_t *der = pki_der(root, &len);
	X509 *other;

	sign_without_null(rsa, der + HEADER,
	    len - HEADER - SIGNATURE - BEFORE_SIGNATURE, der + len - SIGNATURE,
	    SIGNATURE);
	other = cert_read(NULL, der, len);
	ck_assert_ptr_nonnull(other);
	ck_assert_int_ne(X509_self_signed(other, 1), 1);
	ERR_clear_error();
	ck_assert_int_eq(cert_role(other), CERT_ROLE_ANCHOR);
	X509_free(other);

	der[15] ^= 1; /* of the serial number, which is signed */
	other = cert_read(NULL, der, len);
	ck_assert_ptr_nonnull(other);
	ck_assert_int_eq(cert_role(other), CERT_ROLE_INTERMEDIATE);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	X509_free(other);
	free(der);
	X509_free(root);
	EVP_PKEY_free(rsa);
}
END_TEST

static const struct {
	const char *name;
	const char *extensions[2];
	bool want;
} purposes[] = {
	{ "none", { NULL }, false },
	{ "mail", { "extendedKeyUsage=emailProtection" }, false },
	{ "any", { "extendedKeyUsage=anyExtendedKeyUsage" }, true },
	{ "any among others",
	    { "extendedKeyUsage=serverAuth,anyExtendedKeyUsage" }, true },
};

START_TEST(knows_any_purpose)
{
	struct pki_cert what = { .extensions = purposes[_i].extensions };
	X509 *cert = pki_make(&what, key, NULL, NULL);

	ck_assert_msg(cert_has_any_purpose(cert) == purposes[_i].want, "%s",
	    purposes[_i].name);
	X509_free(cert);
}
END_TEST

static const struct {
	const char *name;
	const char *email_dn;
	const char *extensions[2];
	const char *want;
} mailboxes[] = {
	{ "nothing", NULL, { NULL }, "" },
	{ "subject", "alice@example.org", { NULL }, "alice@example.org " },
	{ "several names", NULL,
	    { "subjectAltName=email:a@example.org,DNS:example.net,"
	      "email:b@example.org" },
	    "a@example.org b@example.org " },
	{ "subjectAltName before subject", "old@example.org",
	    { "subjectAltName=email:new@example.org" }, "new@example.org " },
	{ "subject beside a name that is no mailbox", "alice@example.org",
	    { "subjectAltName=DNS:example.org" }, "alice@example.org " },
	{ "SmtpUTF8Mailbox", "old@example.org",
	    { "subjectAltName=DER:30:19:a0:17:06:08:2b:06:01:05:05:07:08:09:"
	      "a0:0b:0c:09:c3:a4:40:65:78:2e:6f:72:67" },
	    "\xc3\xa4@ex.org " },
	{ "SmtpUTF8Mailbox of another type", "old@example.org",
	    { "subjectAltName=otherName:1.3.6.1.5.5.7.8.9;IA5:"
	      "a@example.org" },
	    "" },
	{ "another otherName", "alice@example.org",
	    { "subjectAltName=otherName:1.2.3.4;UTF8:a@example.org" },
	    "alice@example.org " },
	{ "NUL in rfc822Name", "old@example.org",
	    { "subjectAltName=DER:30:0b:81:09:61:40:62:2e:63:00:2e:64:65" },
	    "" },
	{ "control character", NULL,
	    { "subjectAltName=DER:30:0a:81:08:61:40:62:2e:63:0a:64:65" }, "" },
	{ "delete", NULL,
	    { "subjectAltName=DER:30:0a:81:08:61:40:62:2e:63:7f:64:65" }, "" },
	{ "8-bit rfc822Name", NULL,
	    { "subjectAltName=DER:30:0b:81:09:c3:a4:40:62:2e:63:2e:64:65" },
	    "" },
	{ "no at sign", NULL, { "subjectAltName=email:example.org" }, "" },
	{ "two at signs", NULL, { "subjectAltName=email:a@b@example.org" },
	    "" },
	{ "good beside bad", NULL,
	    { "subjectAltName=email:bad,email:a@example.org" },
	    "a@example.org " },
	{ "subjectAltName that cannot be read", "old@example.org",
	    { "subjectAltName=DER:30:05:81:09:61" }, "" },
};

static char *
list_mailboxes(X509 *cert)
{
	struct mailboxes found;
	char *text = calloc(1, 200);

	ck_assert(cert_mailboxes(cert, &found));
	for (size_t i = 0; i < found.count; i++) {
		strcat(text, found.list[i].local);
		strcat(text, "@");
		strcat(text, found.list[i].domain);
		strcat(text, " ");
	}
	cert_mailboxes_done(&found);
	ck_assert_uint_eq(found.count, 0);
	return text;
}

static const struct {
	const char *name;
	const char *extensions[2];
	unsigned int validation;
} validations[] = {
	{ "none", { NULL }, 0 },
	{ "mailbox, legacy", { "certificatePolicies=2.23.140.1.5.1.1" },
	    CERT_VALIDATION(1, 1) },
	{ "organization", { "certificatePolicies=2.23.140.1.5.2.2" },
	    CERT_VALIDATION(2, 2) },
	{ "individual, strict", { "certificatePolicies=2.23.140.1.5.4.3" },
	    CERT_VALIDATION(4, 3) },
	{ "among others",
	    { "certificatePolicies=1.2.3.4,2.23.140.1.5.3.2,2.23.140.1.5.1.3" },
	    CERT_VALIDATION(3, 2) | CERT_VALIDATION(1, 3) },
	{ "a level that there is not",
	    { "certificatePolicies=2.23.140.1.5.5.1,2.23.140.1.5.0.1" }, 0 },
	{ "a generation that there is not",
	    { "certificatePolicies=2.23.140.1.5.1.4,2.23.140.1.5.1.0" }, 0 },
	{ "shorter and longer",
	    { "certificatePolicies=2.23.140.1.5.1,2.23.140.1.5.1.1.1,"
	      "2.23.140.1.5.1.11" },
	    0 },
	{ "a policy for TLS", { "certificatePolicies=2.23.140.1.2.2" }, 0 },
	{ "no policies", { "certificatePolicies=DER:30030101" }, 0 },
};

START_TEST(knows_how_a_signer_was_validated)
{
	struct pki_cert what = { .extensions = validations[_i].extensions };
	X509 *cert = pki_make(&what, key, NULL, NULL);

	ck_assert_msg(cert_validation(cert) == validations[_i].validation,
	    "%s: %x", validations[_i].name, cert_validation(cert));
	ck_assert_uint_eq(ERR_peek_error(), 0);
	X509_free(cert);
}
END_TEST

START_TEST(finds_mailboxes)
{
	struct pki_cert what = { .email_dn = mailboxes[_i].email_dn,
		.extensions = mailboxes[_i].extensions };
	X509 *cert = pki_make(&what, key, NULL, NULL);
	char *found = list_mailboxes(cert);

	ck_assert_msg(strcmp(found, mailboxes[_i].want) == 0, "%s: %s",
	    mailboxes[_i].name, found);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(found);
	X509_free(cert);
}
END_TEST

START_TEST(finds_every_ascii_address_of_the_subject)
{
	static const char *const addresses[] = { "a@example.org",
		"\xc3\xa4@example.org", "b@example.org" };
	X509 *cert = X509_new();
	char *found;

	for (size_t i = 0; i < COUNT(addresses); i++)
		ck_assert_int_eq(
		    X509_NAME_add_entry_by_NID(X509_get_subject_name(cert),
			NID_pkcs9_emailAddress, V_ASN1_UTF8STRING,
			(const unsigned char *)addresses[i], -1, -1, 0),
		    1);
	found = list_mailboxes(cert);
	ck_assert_str_eq(found, "a@example.org b@example.org ");
	free(found);
	X509_free(cert);
}
END_TEST

START_TEST(limits_the_mailboxes)
{
	char text[(CERT_MAX_MAILBOXES + 1) * 20] = "subjectAltName=";
	const char *const extensions[] = { text, NULL };

	for (int n = 1; n <= CERT_MAX_MAILBOXES + 1; n++) {
		struct mailboxes found;
		X509 *cert;

		strcat(text,
		    n > 1 ? ",email:a@b.example" : "email:a@b.example");
		if (n < CERT_MAX_MAILBOXES)
			continue;
		cert = pki_make(&(struct pki_cert){ .extensions = extensions },
		    key, NULL, NULL);
		ck_assert(cert_mailboxes(cert, &found));
		ck_assert_uint_eq(found.count, CERT_MAX_MAILBOXES);
		cert_mailboxes_done(&found);
		X509_free(cert);
	}
}
END_TEST

static const struct {
	const char *name;
	int type;
	const char *cn; /* NULL: an empty name */
	const char *want;
} names[] = {
	{ "empty", MBSTRING_UTF8, NULL, "" },
	{ "plain, last part first", MBSTRING_UTF8, "Alice", "CN=Alice,C=DE" },
	{ "escapes", MBSTRING_UTF8, "a,b+c\"d", "CN=a\\,b\\+c\\\"d,C=DE" },
	{ "control character", MBSTRING_UTF8, "a\nb", "CN=a\\0Ab,C=DE" },
	{ "UTF-8", MBSTRING_UTF8, "J\xc3\xb6rg", "CN=J\xc3\xb6rg,C=DE" },
	{ "Latin-1", V_ASN1_T61STRING, "J\xf6rg", "CN=J\xc3\xb6rg,C=DE" },
	{ "no UTF-8 in UTF8String", V_ASN1_UTF8STRING, "J\xf6rg",
	    "CN=J\\F6rg,C=DE" },
	{ "beyond Unicode", V_ASN1_UTF8STRING, "\xf4\x90\x80\x80",
	    "CN=\\F4\\90\\80\\80,C=DE" },
	{ "cut UTF-8 in UTF8String", V_ASN1_UTF8STRING, "J\xc3",
	    "CN=J\\C3,C=DE" },
};

START_TEST(writes_names_as_rfc_4514_in_utf8)
{
	X509_NAME *name = X509_NAME_new();
	char *text;

	if (names[_i].cn != NULL) {
		X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC,
		    (const unsigned char *)"DE", -1, -1, 0);
		X509_NAME_add_entry_by_txt(name, "CN", names[_i].type,
		    (const unsigned char *)names[_i].cn, -1, -1, 0);
	}
	text = cert_name(name);
	ck_assert_msg(text != NULL && strcmp(text, names[_i].want) == 0,
	    "%s: %s", names[_i].name, text);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(text);
	X509_NAME_free(name);
}
END_TEST

static const struct {
	const char *decimal;
	const char *want;
} serials[] = {
	{ "0", "00" },
	{ "10", "0A" },
	{ "255", "FF" },
	{ "256", "0100" },
	{ "-10", "-0A" },
	{ "340282366920938463463374607431768211455",
	    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" },
};

START_TEST(writes_serials_in_hex)
{
	BIGNUM *number = NULL;
	X509 *cert = X509_new();
	char *text;

	ck_assert_int_gt(BN_dec2bn(&number, serials[_i].decimal), 0);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	text = cert_serial(cert);
	ck_assert_str_eq(text, serials[_i].want);
	free(text);
	BN_free(number);
	X509_free(cert);
}
END_TEST

static const struct {
	const char *kind;
	const char *want;
} keys[] = {
	{ "RSA-1024", "RSA-1024" },
	{ "RSA-2048", "RSA-2048" },
	{ "P-256", "EC-P-256" },
	{ "P-384", "EC-P-384" },
	{ "brainpoolP256r1", "EC-brainpoolP256r1" },
	{ "ED25519", "Ed25519" },
};

START_TEST(names_keys)
{
	EVP_PKEY *pair = pki_key(keys[_i].kind);
	X509 *cert =
	    pki_make(&(struct pki_cert){ .cn = "It" }, pair, NULL, NULL);
	char *text = cert_key(cert);

	ck_assert_str_eq(text, keys[_i].want);
	free(text);
	X509_free(cert);
	EVP_PKEY_free(pair);
}
END_TEST

START_TEST(names_a_key_that_cannot_be_read)
{
	X509 *cert = X509_new();
	char *text = cert_key(cert);

	ck_assert_str_eq(text, "unknown");
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(text);
	X509_free(cert);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cert");
	TCase *tcase = tcase_create("cert");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, make_keys, free_keys);
	tcase_add_test(tcase, reads_exactly_one_certificate);
	tcase_add_test(tcase, refuses_every_truncation);
	tcase_add_test(tcase, refuses_an_octet_after_the_certificate);
	tcase_add_test(tcase,
	    reads_auxiliary_trust_behind_a_trusted_certificate);
	tcase_add_test(tcase, parses_in_the_library_context_it_is_given);
	tcase_add_test(tcase, hashes_the_der);
	tcase_add_loop_test(tcase, knows_the_role_of_a_certificate, 0,
	    COUNT(roles));
	tcase_add_test(tcase, accepts_a_root_signed_without_null_parameters);
	tcase_add_loop_test(tcase, knows_any_purpose, 0, COUNT(purposes));
	tcase_add_loop_test(tcase, finds_mailboxes, 0, COUNT(mailboxes));
	tcase_add_test(tcase, finds_every_ascii_address_of_the_subject);
	tcase_add_test(tcase, limits_the_mailboxes);
	tcase_add_loop_test(tcase, writes_names_as_rfc_4514_in_utf8, 0,
	    COUNT(names));
	tcase_add_loop_test(tcase, writes_serials_in_hex, 0, COUNT(serials));
	tcase_add_loop_test(tcase, names_keys, 0, COUNT(keys));
	tcase_add_test(tcase, names_a_key_that_cannot_be_read);
	tcase_add_loop_test(tcase, knows_how_a_signer_was_validated, 0,
	    COUNT(validations));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
