/* SPDX-License-Identifier: ISC */
#include "t/lib/letters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/cms.h>

#include "smime/smime.h"
#include "t/lib/pki.h"

static char *messages[KINDS];
static X509 *root, *alice;

static const char content[] = "Content-Type: text/plain\r\n\r\nHello, Bob\r\n";
static const char altered[] = "Content-Type: text/plain\r\n\r\nHello, Eve\r\n";

/* DER as the body of a MIME part.  The caller frees it. */
static char *
base64_of(CMS_ContentInfo *cms)
{
	BIO *base64 = BIO_new(BIO_f_base64());
	BIO *memory = BIO_push(base64, BIO_new(BIO_s_mem()));
	char *text, *lines;
	long len;

	ck_assert_int_eq(i2d_CMS_bio(memory, cms), 1);
	ck_assert_int_eq(BIO_flush(memory), 1);
	len = BIO_get_mem_data(memory, &text);
	lines = strndup(text, (size_t)len);
	BIO_free_all(memory);
	return lines;
}

static char *
signature_of(X509 *cert, EVP_PKEY *key)
{
	BIO *octets = BIO_new_mem_buf(content, -1);
	CMS_ContentInfo *cms =
	    CMS_sign(cert, key, NULL, octets, CMS_DETACHED | CMS_BINARY);
	char *text;

	ck_assert_ptr_nonnull(cms);
	text = base64_of(cms);
	CMS_ContentInfo_free(cms);
	BIO_free(octets);
	return text;
}

static char *
signed_message(X509 *cert, EVP_PKEY *key, const char *what)
{
	char *signature = signature_of(cert, key);
	char *message;

	ck_assert_int_gt(
	    asprintf(&message,
		"From: Alice <alice@example.org>\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/signed; micalg=sha-256;\r\n"
		" protocol=\"application/pkcs7-signature\"; boundary=b\r\n"
		"\r\n"
		"--b\r\n%s\r\n--b\r\n"
		"Content-Type: application/pkcs7-signature\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"\r\n%s\r\n--b--\r\n",
		what, signature),
	    0);
	free(signature);
	return message;
}

static char *
encrypted_message(X509 *cert)
{
	BIO *octets = BIO_new_mem_buf(content, -1);
	STACK_OF(X509) *recipients = sk_X509_new_null();
	CMS_ContentInfo *cms;
	char *text, *message;

	sk_X509_push(recipients, cert);
	cms = CMS_encrypt(recipients, octets, EVP_aes_128_cbc(), CMS_BINARY);
	ck_assert_ptr_nonnull(cms);
	text = base64_of(cms);
	ck_assert_int_gt(asprintf(&message,
			     "From: alice@example.org\r\n"
			     "MIME-Version: 1.0\r\n"
			     "Content-Type: application/pkcs7-mime;\r\n"
			     " smime-type=enveloped-data\r\n"
			     "Content-Transfer-Encoding: base64\r\n"
			     "\r\n%s",
			     text),
	    0);
	free(text);
	CMS_ContentInfo_free(cms);
	sk_X509_free(recipients);
	BIO_free(octets);
	return message;
}

void
letters_begin(void)
{
	static const char *const nameless[] = {
		"keyUsage=critical,digitalSignature",
		NULL,
	};
	const struct pki_cert root_is = {
		.cn = "R\xc3\xb6\xc3\xb6t",
		.extensions = pki_ca_extensions,
	};
	const struct pki_cert alice_is = {
		.cn = "Alice",
		.extensions = pki_leaf_extensions_alice,
		.serial = 0xabcdef,
	};
	const struct pki_cert nobody_is = {
		.cn = "Nobody",
		.extensions = nameless,
	};
	EVP_PKEY *root_key = pki_key("P-256"), *key = pki_key("P-256");
	X509 *nobody;

	smime_init();
	root = pki_make(&root_is, root_key, NULL, NULL);
	alice = pki_make(&alice_is, key, root, root_key);
	nobody = pki_make(&nobody_is, key, root, root_key);
	messages[SIGNED] = signed_message(alice, key, content);
	messages[ALTERED] = signed_message(alice, key, altered);
	messages[NO_ADDRESS] = signed_message(nobody, key, content);
	messages[ENCRYPTED] = encrypted_message(alice);
	messages[PLAIN] = strdup("From: alice@example.org\r\n"
				 "Subject: hello\r\n\r\nHello\r\n");
	X509_free(nobody);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
}

void
letters_end(void)
{
	for (size_t i = 0; i < KINDS; i++)
		free(messages[i]);
	X509_free(alice);
	X509_free(root);
}

const char *
letters_text(enum kind kind)
{
	return messages[kind];
}

X509 *
letters_root(void)
{
	return root;
}

X509 *
letters_alice(void)
{
	return alice;
}
