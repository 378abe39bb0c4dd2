/* SPDX-License-Identifier: ISC */
#include "t/lib/mail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>

#include "smime/mime/field.h"
#include "t/lib/pki.h"

static const char usual_fields[] = "From: alice@example.org\r\n"
				   "Subject: test\r\n"
				   "MIME-Version: 1.0\r\n";
static const char signature_type[] = "application/pkcs7-signature";
static const char mime_type[] =
    "application/pkcs7-mime; smime-type=signed-data";

/* What mail_end() frees. */
static char **pool;
static size_t pool_len;

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "mail: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static char *
keep(char *text)
{
	pool = realloc(pool, (pool_len + 1) * sizeof(*pool));
	must(text != NULL && pool != NULL, "realloc");
	pool[pool_len++] = text;
	return text;
}

/* Room for len octets, and the NUL behind them. */
static char *
allocate(size_t len)
{
	return keep(calloc(1, len + 1));
}

static struct octets
octets_of(const void *at, size_t len)
{
	char *copy = allocate(len);

	memcpy(copy, at, len);
	return (struct octets){ copy, len };
}

/* What was written to a memory BIO, which is freed. */
static struct octets
octets_of_bio(BIO *bio)
{
	struct octets octets;
	char *at;
	long len = BIO_get_mem_data(bio, &at);

	octets = octets_of(at, (size_t)len);
	BIO_free(bio);
	return octets;
}

static struct octets
join(struct octets a, struct octets b)
{
	char *at = allocate(a.len + b.len);

	memcpy(at, a.at, a.len);
	memcpy(at + a.len, b.at, b.len);
	return (struct octets){ at, a.len + b.len };
}

static const char *
value_or(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

static bool
has_cert(CMS_ContentInfo *cms, X509 *cert)
{
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	bool has = false;

	for (int i = 0; certs != NULL && i < sk_X509_num(certs); i++)
		if (X509_cmp(sk_X509_value(certs, i), cert) == 0)
			has = true;
	sk_X509_pop_free(certs, X509_free);
	return has;
}

static void
add_signer(CMS_ContentInfo *cms, const struct mail_signer *signer)
{
	const EVP_MD *md = EVP_get_digestbyname(value_or(signer->md, "SHA256"));
	unsigned int flags = CMS_BINARY | CMS_NOCERTS | CMS_NOSMIMECAP;
	CMS_SignerInfo *si;

	if (signer->by_key_id)
		flags |= CMS_USE_KEYID;
	if (signer->no_attributes)
		flags |= CMS_NOATTR;
	if (signer->pss)
		flags |= CMS_KEY_PARAM;
	si = CMS_add1_signer(cms, signer->cert, signer->key, md, flags);
	must(si != NULL, "CMS_add1_signer");
	if (signer->pss)
		must(EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(
						      si),
			 RSA_PKCS1_PSS_PADDING) == 1,
		    "EVP_PKEY_CTX_set_rsa_padding");
	if (!signer->no_cert && !has_cert(cms, signer->cert))
		must(CMS_add1_cert(cms, signer->cert) == 1, "CMS_add1_cert");
}

/* CMS_SignerInfo_sign() refuses what is wrong, and wrong is what is wanted. */
static void
sign_attributes(CMS_SignerInfo *si, EVP_PKEY *key)
{
	STACK_OF(X509_ATTRIBUTE) *attributes = sk_X509_ATTRIBUTE_new_null();
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t signature[1024];
	size_t len = sizeof(signature);
	uint8_t *der = NULL;
	int der_len;

	for (int i = 0; i < CMS_signed_get_attr_count(si); i++)
		sk_X509_ATTRIBUTE_push(attributes, CMS_signed_get_attr(si, i));
	/* RFC 5652 5.4: as a SET OF, and in the order of DER. */
	der_len = ASN1_item_i2d((const ASN1_VALUE *)attributes, &der,
	    ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
	must(der_len > 0, "ASN1_item_i2d");
	must(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestSign(md, signature, &len, der, (size_t)der_len) == 1,
	    "EVP_DigestSign");
	must(ASN1_STRING_set(CMS_SignerInfo_get0_signature(si), signature,
		 (int)len) == 1,
	    "ASN1_STRING_set");
	OPENSSL_free(der);
	EVP_MD_CTX_free(md);
	sk_X509_ATTRIBUTE_free(attributes);
}

static void
change_signers(CMS_ContentInfo *cms, const struct mail_cms *what)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *si;

	for (size_t i = 0; i < what->count; i++) {
		if (what->signers[i].change == NULL)
			continue;
		si = sk_CMS_SignerInfo_value(infos, (int)i);
		what->signers[i].change(si);
		sign_attributes(si, what->signers[i].key);
	}
}

/* CMS_final() refuses to do this where there is no signer. */
static void
set_content(CMS_ContentInfo *cms, struct octets content)
{
	ASN1_OCTET_STRING **place;

	must(CMS_set_detached(cms, 0) == 1, "CMS_set_detached");
	place = CMS_get0_content(cms);
	must(ASN1_STRING_set(*place, content.at, (int)content.len) == 1,
	    "ASN1_STRING_set");
	(*place)->flags = 0;
}

static CMS_ContentInfo *
begin_cms(const struct mail_cms *what, unsigned int flags)
{
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	ASN1_OBJECT *type;

	must(cms != NULL, "CMS_sign");
	if (what->type != NULL) {
		type = OBJ_txt2obj(what->type, 1);
		must(CMS_set1_eContentType(cms, type) == 1, what->type);
		ASN1_OBJECT_free(type);
	}
	for (size_t i = 0; what->certs != NULL && what->certs[i] != NULL; i++)
		must(CMS_add1_cert(cms, what->certs[i]) == 1, "CMS_add1_cert");
	for (size_t i = 0; i < what->count; i++)
		add_signer(cms, &what->signers[i]);
	return cms;
}

static void
write_base64(BIO *out, const uint8_t *octets, size_t len)
{
	enum { PER_LINE = 48 };
	uint8_t line[PER_LINE / 3 * 4 + 1];
	size_t n;

	for (; len > 0; octets += n, len -= n) {
		n = len < PER_LINE ? len : PER_LINE;
		EVP_EncodeBlock(line, octets, (int)n);
		BIO_printf(out, "%s\r\n", line);
	}
}

/* Every octet is escaped, and every line but the last ends softly. */
static void
write_quoted_printable(BIO *out, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		BIO_printf(out, "=%02X%s", octets[i],
		    i % 24 == 23 ? "=\r\n" : "");
}

static struct octets
encode(struct octets in, const char *cte)
{
	const uint8_t *octets = (const uint8_t *)in.at;
	BIO *out = BIO_new(BIO_s_mem());

	if (strcmp(cte, "base64") == 0)
		write_base64(out, octets, in.len);
	else if (strcmp(cte, "quoted-printable") == 0)
		write_quoted_printable(out, octets, in.len);
	else
		BIO_write(out, in.at, (int)in.len);
	return octets_of_bio(out);
}

/* "; name=value", or nothing for an empty value. */
static const char *
parameter(const char *name, const char *value)
{
	if (value[0] == '\0')
		return "";
	return mail_print("; %s=\"%s\"", name, value).at;
}

struct octets
mail_print(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	must(len >= 0, format);
	return (struct octets){ keep(text), (size_t)len };
}

size_t
mail_find(struct octets in, const char *part)
{
	const char *found = memmem(in.at, in.len, part, strlen(part));

	must(found != NULL, part);
	return (size_t)(found - in.at);
}

struct octets
mail_replace(struct octets in, const char *old, const char *new)
{
	size_t at = mail_find(in, old);
	size_t after = at + strlen(old);
	struct octets head = { in.at, at };
	struct octets tail = { in.at + after, in.len - after };

	return join(join(head, octets_of(new, strlen(new))), tail);
}

struct octets
mail_flip(struct octets in, size_t at)
{
	char *copy = allocate(in.len);

	must(at < in.len, "mail_flip");
	memcpy(copy, in.at, in.len);
	copy[at] = (char)(copy[at] ^ 1);
	return (struct octets){ copy, in.len };
}

struct octets
mail_to_lf(struct octets in)
{
	char *out = allocate(in.len);
	size_t len = 0;

	for (size_t i = 0; i < in.len; i++)
		if (in.at[i] != '\r' || in.at[i + 1] != '\n')
			out[len++] = in.at[i];
	return (struct octets){ out, len };
}

struct octets
mail_sign(const struct mail_cms *what, struct octets content)
{
	unsigned int flags = CMS_BINARY | CMS_PARTIAL;
	BIO *in = BIO_new_mem_buf(content.at, (int)content.len);
	BIO *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms;

	if (what->shape == MAIL_DETACHED)
		flags |= CMS_DETACHED;
	if (what->shape == MAIL_STREAMED)
		flags |= CMS_STREAM;
	cms = begin_cms(what, flags);
	if (what->shape == MAIL_STREAMED) {
		must(i2d_CMS_bio_stream(out, cms, in, (int)flags) == 1,
		    "i2d_CMS_bio_stream");
	} else {
		if (what->count > 0)
			must(CMS_final(cms, in, NULL, flags) == 1, "CMS_final");
		else if (what->shape == MAIL_OPAQUE)
			set_content(cms, content);
		change_signers(cms, what);
		must(i2d_CMS_bio(out, cms) == 1, "i2d_CMS_bio");
	}
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return octets_of_bio(out);
}

struct octets
mail_detached(const struct mail_form *form, struct octets part,
    struct octets cms)
{
	const char *fields = value_or(form->fields, usual_fields);
	const char *protocol = value_or(form->protocol, signature_type);
	const char *micalg = value_or(form->micalg, "sha-256");
	const char *boundary = value_or(form->boundary, "b");
	const char *type = value_or(form->type, signature_type);
	const char *cte = value_or(form->cte, "base64");
	struct octets head, middle, end;

	head = mail_print("%sContent-Type: multipart/signed%s%s%s\r\n\r\n"
			  "--%s\r\n",
	    fields, parameter("protocol", protocol),
	    parameter("micalg", micalg), parameter("boundary", boundary),
	    boundary);
	middle = mail_print("\r\n--%s\r\nContent-Type: %s\r\n"
			    "Content-Transfer-Encoding: %s\r\n\r\n",
	    boundary, type, cte);
	end = mail_print("\r\n--%s--\r\n", boundary);
	return join(join(head, part),
	    join(join(middle, encode(cms, cte)), end));
}

struct octets
mail_opaque(const struct mail_form *form, struct octets cms)
{
	const char *fields = value_or(form->fields, usual_fields);
	const char *type = value_or(form->type, mime_type);
	const char *cte = value_or(form->cte, "base64");
	struct octets head;

	head = mail_print("%sContent-Type: %s\r\n"
			  "Content-Transfer-Encoding: %s\r\n\r\n",
	    fields, type, cte);
	return join(head, encode(cms, cte));
}

size_t
mail_push_header(struct smime *smime, struct octets mail)
{
	struct field field;
	bool odd = false;
	size_t at = 0;

	while (field_next(mail.at, mail.len, &at, &field, &odd))
		smime_push_field(smime, field.name, field.name_len, field.value,
		    field.value_len);
	smime_end_header(smime);
	if (at < mail.len) /* over the blank line */
		at += mail.at[at] == '\r' ? 2 : 1;
	return at;
}

void
mail_push(struct smime *smime, struct octets mail)
{
	size_t at = mail_push_header(smime, mail);

	smime_push_body(smime, (const uint8_t *)mail.at + at, mail.len - at);
}

struct store *
mail_store(const struct mail_voucher *vouchers)
{
	struct store *store = store_new(NULL, NULL, NULL);
	struct pki_sst sst;
	char *error = NULL;

	pki_sst_begin(&sst);
	for (; vouchers->cert != NULL; vouchers++) {
		if (vouchers->id != 0)
			pki_sst_property(&sst, vouchers->id, vouchers->value,
			    vouchers->len);
		pki_sst_cert(&sst, vouchers->cert);
	}
	pki_sst_end(&sst);
	must(store_add_octets(store, "sst", sst.octets, sst.len, &error),
	    error);
	pki_sst_done(&sst);
	return store;
}

void
mail_end(void)
{
	while (pool_len > 0)
		free(pool[--pool_len]);
	free(pool);
	pool = NULL;
}
