/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>

#include "smime/store/pem.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What the sink was given, such as "A1 -4(a private key) L9 ". */
struct seen {
	char text[256];
	size_t calls;
	size_t stop_after; /* 0: never */
	bool no_keys;	   /* certificates had no key that could be read */
};

static EVP_PKEY *key;
static X509 *alice, *bob; /* with serial numbers 0x0a and 0x0b */

static X509 *
make(long serial)
{
	return pki_make(&(struct pki_cert){ .cn = "It",
			    .extensions = pki_leaf_extensions_alice,
			    .serial = serial },
	    key, NULL, NULL);
}

static void
make_certs(void)
{
	key = pki_key("P-256");
	alice = make(0x0a);
	bob = make(0x0b);
}

static void
free_certs(void)
{
	X509_free(alice);
	X509_free(bob);
	EVP_PKEY_free(key);
}

static bool
remember(void *arg, const struct pem_item *item)
{
	struct seen *seen = arg;
	char *end = seen->text + strlen(seen->text);
	size_t left = sizeof(seen->text) - strlen(seen->text);

	switch (item->kind) {
	case PEM_CERT:
		seen->no_keys = X509_get0_pubkey(item->cert) == NULL;
		snprintf(end, left, "%lX:%zu ",
		    ASN1_INTEGER_get(X509_get0_serialNumber(item->cert)),
		    item->line);
		X509_free(item->cert);
		break;
	case PEM_CRL:
		snprintf(end, left, "CRL:%zu ", item->line);
		break;
	case PEM_KEY:
	case PEM_PASSED:
		snprintf(end, left, "(%s):%zu ", item->note, item->line);
		break;
	}
	return ++seen->calls != seen->stop_after;
}

static enum pem_status
read_text(const char *text, struct seen *seen_r)
{
	enum pem_status status;

	*seen_r = (struct seen){ .calls = 0 };
	status = pem_read(NULL, (const uint8_t *)text, strlen(text), remember,
	    seen_r, NULL);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return status;
}

/* The octets as a PEM block of that label. */
static char *
write_block(const char *label, const uint8_t *octets, size_t len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;

	ck_assert_int_gt(PEM_write_bio(bio, label, "", octets, (long)len), 0);
	size = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)size);
	BIO_free(bio);
	return text;
}

static char *
write_cert(const char *label, X509 *cert)
{
	size_t len;
	uint8_t *der = pki_der(cert, &len);
	char *text = write_block(label, der, len);

	free(der);
	return text;
}

/* SignedData without signers, as .p7b files are. */
static uint8_t *
make_signed_data(X509_CRL *crl, size_t *len_r)
{
	PKCS7 *p7b = PKCS7_new();
	uint8_t *der = NULL;
	int len;

	PKCS7_set_type(p7b, NID_pkcs7_signed);
	PKCS7_content_new(p7b, NID_pkcs7_data);
	if (crl != NULL) {
		PKCS7_add_crl(p7b, crl);
	} else {
		PKCS7_add_certificate(p7b, alice);
		PKCS7_add_certificate(p7b, bob);
	}
	len = i2d_PKCS7(p7b, &der);
	ck_assert_int_gt(len, 0);
	PKCS7_free(p7b);
	*len_r = (size_t)len;
	return der;
}

static uint8_t *
make_p7b(size_t *len_r)
{
	return make_signed_data(NULL, len_r);
}

static const char *const cert_labels[] = { "CERTIFICATE", "X509 CERTIFICATE",
	"TRUSTED CERTIFICATE" };

START_TEST(reads_a_certificate_of_any_label)
{
	char *text = write_cert(cert_labels[_i], alice);
	struct seen seen;

	ck_assert_int_eq(read_text(text, &seen), PEM_OK);
	ck_assert_str_eq(seen.text, "A:1 ");
	free(text);
}
END_TEST

static const char *const pkcs7_labels[] = { "PKCS7", "CMS", "CERTIFICATE",
	"PKCS #7 SIGNED DATA" };

START_TEST(reads_pkcs7_of_any_label)
{
	size_t len;
	uint8_t *der = make_p7b(&len);
	char *text = write_block(pkcs7_labels[_i], der, len);
	struct seen seen;

	ck_assert_int_eq(read_text(text, &seen), PEM_OK);
	ck_assert_str_eq(seen.text, "A:1 B:1 ");
	free(text);
	OPENSSL_free(der);
}
END_TEST

START_TEST(reads_der_of_a_certificate)
{
	struct seen seen = { .calls = 0 };
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	ck_assert_int_eq(pem_read(NULL, der, len, remember, &seen, NULL),
	    PEM_OK);
	ck_assert_str_eq(seen.text, "A:0 ");
	free(der);
}
END_TEST

START_TEST(reads_der_of_pkcs7)
{
	struct seen seen = { .calls = 0 };
	size_t len;
	uint8_t *der = make_p7b(&len);

	ck_assert_int_eq(pem_read(NULL, der, len, remember, &seen, NULL),
	    PEM_OK);
	ck_assert_str_eq(seen.text, "A:0 B:0 ");
	OPENSSL_free(der);
}
END_TEST

static bool
remember_subject(void *arg, const struct pem_item *item)
{
	if (item->kind == PEM_CERT)
		X509_free(item->cert);
	else if (item->subject != NULL)
		snprintf(arg, 32, "%s", item->subject);
	return true;
}

/* One that cannot be read costs none of the others. */
START_TEST(names_an_odd_certificate_in_pkcs7)
{
	static const char usage[] = "\x06\x03\x55\x1d\x0f";
	struct seen seen = { .calls = 0 };
	char subject[32] = "";
	size_t len;
	uint8_t *der = make_p7b(&len);
	uint8_t *at = memmem(der, len, usage, strlen(usage));

	ck_assert_ptr_nonnull(at);
	*at ^= 0x10; /* in Alice's, where an OBJECT has to be */
	ck_assert_int_eq(pem_read(NULL, der, len, remember, &seen, NULL),
	    PEM_OK);
	ck_assert_str_eq(seen.text, "(not a certificate in DER):0 B:0 ");
	ck_assert_int_eq(pem_read(NULL, der, len, remember_subject, subject,
			     NULL),
	    PEM_OK);
	ck_assert_str_eq(subject, "CN=It");
	OPENSSL_free(der);
}
END_TEST

/* As streaming writers make it: every length is left open. */
START_TEST(reads_many_certificates_of_indefinite_length)
{
	static const uint8_t head[] = { 0x30, 0x80, 0x06, 0x09, 0x2a, 0x86,
		0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0x30,
		0x80, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
		0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0,
		0x80 };
	static const uint8_t tail[] = { 0, 0, 0x31, 0x00, 0, 0, 0, 0, 0, 0 };
	static const uint8_t open[] = { 0x30, 0x80 }, close[] = { 0, 0 };
	enum { MANY = 60, HEADER = 4 };
	struct seen seen = { .calls = 0 };
	struct buf out;
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	ck_assert_uint_eq(der[1], 0x82); /* the length has two octets */
	buf_init(&out, 65536);
	ck_assert_int_eq(buf_push(&out, head, sizeof(head)), BUF_OK);
	for (int i = 0; i < MANY; i++) {
		buf_push(&out, open, sizeof(open));
		buf_push(&out, der + HEADER, len - HEADER);
		buf_push(&out, close, sizeof(close));
	}
	ck_assert_int_eq(buf_push(&out, tail, sizeof(tail)), BUF_OK);
	ck_assert_int_eq(pem_read(NULL, out.data, out.len, remember, &seen,
			     NULL),
	    PEM_OK);
	ck_assert_uint_eq(seen.calls, MANY);
	buf_done(&out);
	free(der);
}
END_TEST

START_TEST(counts_crls_in_pkcs7)
{
	struct seen seen = { .calls = 0 };
	X509_CRL *crl = X509_CRL_new();
	uint8_t *der;
	size_t len;

	X509_CRL_set_issuer_name(crl, X509_get_subject_name(alice));
	X509_CRL_set1_lastUpdate(crl, X509_get0_notBefore(alice));
	X509_CRL_sign(crl, key, EVP_sha256());
	der = make_signed_data(crl, &len);
	ck_assert_int_eq(pem_read(NULL, der, len, remember, &seen, NULL),
	    PEM_OK);
	ck_assert_str_eq(seen.text, "CRL:0 ");
	OPENSSL_free(der);
	X509_CRL_free(crl);
}
END_TEST

/* @ is the base64 of a certificate, with line feeds around it. */
static const struct {
	const char *name;
	const char *text;
	enum pem_status want;
	const char *seen;
} texts[] = {
	{ "text around",
	    "Root:\n# x\n-----BEGIN CERTIFICATE-----@-----END "
	    "CERTIFICATE-----\nbye\n",
	    PEM_OK, "A:3 " },
	{ "byte order mark",
	    "\xef\xbb\xbf-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----",
	    PEM_OK, "A:1 " },
	{ "text that begins like a SEQUENCE",
	    "0 s:CN=x\n-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----",
	    PEM_OK, "A:2 " },
	{ "CRLF and blanks",
	    " -----BEGIN CERTIFICATE----- \r\n@\r\n"
	    "\t-----END CERTIFICATE-----\r\n",
	    PEM_OK, "A:1 " },
	{ "private key before",
	    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	    "-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n",
	    PEM_OK, "(a private key):1 A:4 " },
	{ "encrypted private key of the old kind",
	    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
	    "-----END EC PRIVATE KEY-----\n"
	    "-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n",
	    PEM_OK, "(a private key):1 A:6 " },
	{ "other blocks",
	    "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
	    "-----BEGIN DH PARAMETERS-----\n-----END DH PARAMETERS-----\n"
	    "-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n",
	    PEM_OK, "CRL:1 (a block of another kind):4 A:6 " },
	{ "something else in base64",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	    "-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n",
	    PEM_OK, "(not a certificate in DER):1 A:4 " },
	{ "nothing in a trusted one",
	    "-----BEGIN TRUSTED CERTIFICATE-----\n"
	    "-----END TRUSTED CERTIFICATE-----\n"
	    "-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n",
	    PEM_OK, "(not a certificate in DER):1 A:3 " },
	{ "no END", "-----BEGIN CERTIFICATE-----@", PEM_DAMAGED, "" },
	{ "END of another", "-----BEGIN CERTIFICATE-----@-----END PKCS7-----\n",
	    PEM_DAMAGED, "" },
	{ "END of one as long",
	    "-----BEGIN CERTIFICATE-----@-----END certificate-----\n",
	    PEM_DAMAGED, "" },
	{ "BEGIN before END",
	    "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----@"
	    "-----END CERTIFICATE-----\n",
	    PEM_DAMAGED, "" },
	{ "damage behind a good one",
	    "-----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n"
	    "-----BEGIN CERTIFICATE-----\n",
	    PEM_DAMAGED, "A:1 " },
	{ "a character that is no base64",
	    "-----BEGIN CERTIFICATE-----\n!@-----END CERTIFICATE-----\n",
	    PEM_DAMAGED, "" },
	{ "a dash in the base64",
	    "-----BEGIN CERTIFICATE-----@-\n-----END CERTIFICATE-----\n",
	    PEM_DAMAGED, "" },
	{ "a character too many",
	    "-----BEGIN CERTIFICATE-----\nA@-----END CERTIFICATE-----\n",
	    PEM_DAMAGED, "" },
	{ "not at the beginning of a line",
	    "x -----BEGIN CERTIFICATE-----@-----END CERTIFICATE-----\n",
	    PEM_UNKNOWN, "" },
	{ "no dashes behind the label",
	    "-----BEGIN CERTIFICATE@-----END CERTIFICATE-----\n", PEM_UNKNOWN,
	    "" },
	{ "no block", "# README\n", PEM_UNKNOWN, "" },
	{ "nothing", "", PEM_UNKNOWN, "" },
};

/* The text with base64 where it has "@". */
static char *
fill(const char *text, const char *base64)
{
	int before = (int)strcspn(text, "@");
	bool has = text[before] == '@';
	char *filled;

	ck_assert_int_ge(asprintf(&filled, "%.*s%s%s", before, text,
			     has ? base64 : "", has ? text + before + 1 : ""),
	    0);
	return filled;
}

START_TEST(reads_text_with_blocks)
{
	char *block = write_cert("CERTIFICATE", alice), *text;
	char *base64 = strchr(block, '\n');
	enum pem_status status;
	struct seen seen;

	*strstr(base64, "-----END") = '\0';
	text = fill(texts[_i].text, base64);
	status = read_text(text, &seen);
	ck_assert_msg(status == texts[_i].want, "%s: %s", texts[_i].name,
	    pem_explain(status));
	ck_assert_msg(strcmp(seen.text, texts[_i].seen) == 0, "%s: %s",
	    texts[_i].name, seen.text);
	free(text);
	free(block);
}
END_TEST

START_TEST(reads_base64_in_one_line)
{
	size_t len;
	uint8_t *der = pki_der(alice, &len);
	char *base64 = malloc(len * 2), *text;
	struct seen seen;

	EVP_EncodeBlock((uint8_t *)base64, der, (int)len);
	ck_assert_int_ge(asprintf(&text,
			     "-----BEGIN CERTIFICATE-----\n%s\n"
			     "-----END CERTIFICATE-----\n",
			     base64),
	    0);
	ck_assert_int_eq(read_text(text, &seen), PEM_OK);
	ck_assert_str_eq(seen.text, "A:1 ");
	free(text);
	free(base64);
	free(der);
}
END_TEST

static const struct {
	const char *name;
	const char *octets;
	size_t len;
} utf16s[] = {
	{ "little endian", "\xff\xfe-\0-\0", 6 },
	{ "big endian", "\xfe\xff\0-\0-", 6 },
	{ "nothing but the mark", "\xff\xfe", 2 },
};

START_TEST(names_utf16)
{
	struct seen seen = { .calls = 0 };

	ck_assert_msg(pem_read(NULL, (const uint8_t *)utf16s[_i].octets,
			  utf16s[_i].len, remember, &seen, NULL) == PEM_UTF16,
	    "%s", utf16s[_i].name);
}
END_TEST

START_TEST(says_which_block_is_damaged)
{
	static const char text[] = "-----BEGIN X-----\n-----END X-----\n"
				   "-----BEGIN CERTIFICATE-----\n";
	struct seen seen = { .calls = 0 };
	size_t line = 0;

	ck_assert_int_eq(pem_read(NULL, (const uint8_t *)text, strlen(text),
			     remember, &seen, &line),
	    PEM_DAMAGED);
	ck_assert_uint_eq(line, 3);
}
END_TEST

/* pem_read() of the first n octets, in a block of their own, for ASan. */
static enum pem_status
read_cut(const void *octets, size_t n, struct seen *seen_r)
{
	enum pem_status status;
	uint8_t *cut = malloc(n + 1);

	*seen_r = (struct seen){ .calls = 0 };
	memcpy(cut + 1, octets, n);
	status = pem_read(NULL, cut + 1, n, remember, seen_r, NULL);
	free(cut);
	return status;
}

START_TEST(refuses_every_truncation_of_text)
{
	char *text = write_cert("CERTIFICATE", alice);
	struct seen seen;

	for (size_t n = 0; n < strlen(text) - 1; n++) {
		enum pem_status want =
		    n < strlen("-----BEGIN CERTIFICATE-----") ? PEM_UNKNOWN :
								PEM_DAMAGED;

		ck_assert_msg(read_cut(text, n, &seen) == want, "%zu", n);
		ck_assert_uint_eq(seen.calls, 0);
	}
	free(text);
}
END_TEST

START_TEST(refuses_every_truncation_of_der)
{
	size_t len, p7b_len;
	uint8_t *der = pki_der(alice, &len);
	uint8_t *p7b = make_p7b(&p7b_len);
	struct seen seen;

	for (size_t n = 2; n < len; n++)
		ck_assert_int_eq(read_cut(der, n, &seen), PEM_DAMAGED);
	for (size_t n = 2; n < p7b_len; n++) {
		ck_assert_int_eq(read_cut(p7b, n, &seen), PEM_DAMAGED);
		ck_assert_uint_eq(seen.calls, 0);
	}
	ck_assert_int_eq(read_cut(der, 1, &seen), PEM_UNKNOWN);
	ck_assert_int_eq(read_cut(der, 0, &seen), PEM_UNKNOWN);
	OPENSSL_free(p7b);
	free(der);
}
END_TEST

START_TEST(refuses_an_octet_after_the_der)
{
	size_t len, p7b_len;
	uint8_t *der = pki_der(alice, &len);
	uint8_t *p7b = make_p7b(&p7b_len);
	uint8_t *longer = calloc(1, p7b_len + 1);
	struct seen seen;

	memcpy(longer, p7b, p7b_len);
	ck_assert_int_eq(read_cut(longer, p7b_len + 1, &seen), PEM_DAMAGED);
	memcpy(longer, der, len);
	longer[len] = 0;
	ck_assert_int_eq(read_cut(longer, len + 1, &seen), PEM_DAMAGED);
	ck_assert_uint_eq(seen.calls, 0);
	free(longer);
	OPENSSL_free(p7b);
	free(der);
}
END_TEST

START_TEST(does_not_take_other_der_for_damage)
{
	static const uint8_t other[] = { 0x30, 0x81, 0x03, 0x02, 0x01, 0x03 };
	struct seen seen;

	ck_assert_int_eq(read_cut(other, sizeof(other), &seen), PEM_UNKNOWN);
}
END_TEST

static const char *const key_kinds[] = { "P-256", "RSA-2048", "ED25519" };

START_TEST(names_a_private_key_in_der)
{
	EVP_PKEY *secret = pki_key(key_kinds[_i]);
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(secret);
	struct seen seen = { .calls = 0 };
	uint8_t *der = NULL;
	int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);

	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(pem_read(NULL, der, (size_t)len, remember, &seen,
			     NULL),
	    PEM_UNKNOWN);
	ck_assert_str_eq(seen.text, "(a private key):0 ");
	ck_assert_uint_eq(ERR_peek_error(), 0);
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(secret);
}
END_TEST

START_TEST(passes_over_pkcs7_that_is_not_signed)
{
	PKCS7 *data = PKCS7_new();
	struct seen seen;
	uint8_t *der = NULL;
	char *text;
	int len;

	PKCS7_set_type(data, NID_pkcs7_data);
	len = i2d_PKCS7(data, &der);
	ck_assert_int_gt(len, 0);
	text = write_block("PKCS7", der, (size_t)len);
	ck_assert_int_eq(read_text(text, &seen), PEM_OK);
	ck_assert_str_eq(seen.text, "(not a certificate in DER):1 ");
	free(text);
	OPENSSL_free(der);
	PKCS7_free(data);
}
END_TEST

START_TEST(stops_when_the_sink_says_so)
{
	struct seen seen = { .stop_after = 1 };
	size_t len;
	uint8_t *der = make_p7b(&len);

	ck_assert_int_eq(pem_read(NULL, der, len, remember, &seen, NULL),
	    PEM_NOMEM);
	ck_assert_str_eq(seen.text, "A:0 ");
	OPENSSL_free(der);
}
END_TEST

START_TEST(keeps_auxiliary_trust_of_a_trusted_certificate)
{
	uint8_t *der = NULL;
	struct seen seen;
	char *text;
	int len;

	X509_add1_trust_object(alice, OBJ_nid2obj(NID_email_protect));
	len = i2d_X509_AUX(alice, &der);
	ck_assert_int_gt(len, 0);
	text = write_block("TRUSTED CERTIFICATE", der, (size_t)len);
	ck_assert_int_eq(read_text(text, &seen), PEM_OK);
	ck_assert_str_eq(seen.text, "A:1 ");
	free(text);

	text = write_block("CERTIFICATE", der, (size_t)len);
	ck_assert_int_eq(read_text(text, &seen), PEM_OK);
	ck_assert_str_eq(seen.text, "(not a certificate in DER):1 ");
	free(text);
	OPENSSL_free(der);
}
END_TEST

START_TEST(parses_in_the_library_context_it_is_given)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *null = OSSL_PROVIDER_load(libctx, "null");
	struct seen seen = { .calls = 0 };
	size_t len;
	uint8_t *der = make_p7b(&len);

	/* A context without algorithms can make nothing of the keys. */
	ck_assert_int_eq(pem_read(libctx, der, len, remember, &seen, NULL),
	    PEM_OK);
	ck_assert_str_eq(seen.text, "A:0 B:0 ");
	ck_assert(seen.no_keys);
	OPENSSL_free(der);
	OSSL_PROVIDER_unload(null);
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

/* Lengths around a whole line of 48 octets, and each padding. */
static const size_t lengths[] = { 1, 2, 3, 47, 48, 49, 96, 300 };

START_TEST(writes_what_openssl_writes)
{
	uint8_t octets[300];
	size_t len = lengths[_i];
	char *want;
	struct buf buf;

	memset(octets, 0xa5, sizeof(octets));
	want = write_block("CERTIFICATE", octets, len);
	buf_init(&buf, 1000);
	ck_assert_int_eq(pem_write_cert(&buf, octets, len), BUF_OK);
	ck_assert_uint_eq(buf.len, strlen(want));
	ck_assert_mem_eq(buf.data, want, buf.len);
	buf_done(&buf);
	free(want);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pem");
	TCase *tcase = tcase_create("pem_read");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, make_certs, free_certs);
	tcase_add_loop_test(tcase, reads_a_certificate_of_any_label, 0,
	    COUNT(cert_labels));
	tcase_add_loop_test(tcase, reads_pkcs7_of_any_label, 0,
	    COUNT(pkcs7_labels));
	tcase_add_test(tcase, reads_der_of_a_certificate);
	tcase_add_test(tcase, reads_der_of_pkcs7);
	tcase_add_test(tcase, names_an_odd_certificate_in_pkcs7);
	tcase_add_test(tcase, reads_many_certificates_of_indefinite_length);
	tcase_add_test(tcase, counts_crls_in_pkcs7);
	tcase_add_loop_test(tcase, reads_text_with_blocks, 0, COUNT(texts));
	tcase_add_test(tcase, reads_base64_in_one_line);
	tcase_add_loop_test(tcase, names_utf16, 0, COUNT(utf16s));
	tcase_add_test(tcase, says_which_block_is_damaged);
	tcase_add_test(tcase, refuses_every_truncation_of_text);
	tcase_add_test(tcase, refuses_every_truncation_of_der);
	tcase_add_test(tcase, refuses_an_octet_after_the_der);
	tcase_add_test(tcase, does_not_take_other_der_for_damage);
	tcase_add_loop_test(tcase, names_a_private_key_in_der, 0,
	    COUNT(key_kinds));
	tcase_add_test(tcase, passes_over_pkcs7_that_is_not_signed);
	tcase_add_test(tcase, stops_when_the_sink_says_so);
	tcase_add_test(tcase, keeps_auxiliary_trust_of_a_trusted_certificate);
	tcase_add_test(tcase, parses_in_the_library_context_it_is_given);
	tcase_add_loop_test(tcase, writes_what_openssl_writes, 0,
	    COUNT(lengths));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
