/* SPDX-License-Identifier: ISC */
/*
 * Write messages that are to cost their reader time or memory, and a
 * collection that would trust who signed them.
 *
 * usage: bombs FOLDER; t/e2e/hostile.sh calls it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "smime/smime.h"
#include "t/data/cast.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define FIELDS                                                                 \
	"From: alice@example.org\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n"
#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define PART  "Content-Type: text/plain\r\n\r\nLunch is at noon.\r\n"

enum { KIB = 1024, MIB = 1024 * 1024 };

/* The identifiers that are used here. */
enum {
	OCTETS = 0x04,
	SEQUENCE = 0x30,
	SET = 0x31,
	TAG_0 = 0xa0,
	TAG_1 = 0xa1,
};

/* Elements of one SignedData, or of anything else. */
struct elements {
	struct octets list[16]; /* each with its head; the rest is empty */
	size_t count;
};

static const struct mail_form usual = { .fields = FIELDS };
static const struct mail_form opaque_form = { .fields = FIELDS,
	.type = "application/pkcs7-mime; smime-type=signed-data" };

static struct octets
text(const char *words)
{
	return (struct octets){ words, strlen(words) };
}

static struct octets
join(struct octets a, struct octets b)
{
	return cast_join((const struct octets[]){ a, b, { NULL, 0 } });
}

static struct octets
repeat(struct octets piece, size_t count)
{
	struct octets *pieces = calloc(count + 1, sizeof(*pieces));
	struct octets all;

	for (size_t i = 0; i < count; i++)
		pieces[i] = piece;
	all = cast_join(pieces);
	free(pieces);
	return all;
}

static struct octets
repeat_text(const char *words, size_t count)
{
	return repeat(text(words), count);
}

/* What is in a piece of DER, cut into elements. */
static struct elements
open_element(struct octets element)
{
	const unsigned char *at = (const unsigned char *)element.at, *begin;
	struct elements in = { .count = 0 };
	const unsigned char *end;
	long len;
	int tag, class;

	ASN1_get_object(&at, &len, &tag, &class, (long)element.len);
	for (end = at + len; at < end && in.count < COUNT(in.list) - 1;) {
		begin = at;
		ASN1_get_object(&at, &len, &tag, &class, (long)(end - at));
		at += len;
		in.list[in.count++] = (struct octets){ (const char *)begin,
			(size_t)(at - begin) };
	}
	return in;
}

static struct elements
open_signed_data(struct octets cms)
{
	struct elements info = open_element(cms);

	return open_element(open_element(info.list[1]).list[0]);
}

static struct octets
close_signed_data(const struct elements *data)
{
	static const char type[] =
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
	struct octets all = cast_wrap(SEQUENCE, cast_join(data->list));

	return cast_wrap(SEQUENCE, join(text(type), cast_wrap(TAG_0, all)));
}

/* SignedData of one signer: version, digests, content, [0], signers. */
enum { CERTIFICATES = 3, SIGNERS = 4 };

static struct octets
sign_as(enum who who, const struct mail_signer *how)
{
	struct mail_signer signer = *how;
	const struct mail_cms cms = { .signers = &signer, .count = 1 };

	signer.cert = cast_cert(who);
	signer.key = cast_key(who);
	return mail_sign(&cms, text(PART));
}

static struct octets
sign(enum who who)
{
	return sign_as(who, &(struct mail_signer){ .md = NULL });
}

static struct octets
detached(struct octets cms)
{
	return mail_detached(&usual, text(PART), cms);
}

/* Alice's SignedData, with other certificates. */
static struct octets
with_certificates(struct octets certificates)
{
	struct elements data = open_signed_data(sign(ALICE));

	data.list[CERTIFICATES] = cast_wrap(TAG_0, certificates);
	return detached(close_signed_data(&data));
}

static struct octets
der_of(X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	struct octets copy = cast_join((const struct octets[]){
	    { (char *)der, (size_t)len }, { NULL, 0 } });

	OPENSSL_free(der);
	return copy;
}

/*
 * CMS
 */

static struct octets
ber_deep(void)
{
	return mail_opaque(&opaque_form, repeat(text("\x30\x80"), 20000));
}

/* The head of an opaque SignedData of indefinite length, up to eContent. */
static const char opaque_head[] =
    "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80"
    "\x02\x01\x01\x31\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
    "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80";

static struct octets
content_deep(void)
{
	return mail_opaque(&opaque_form,
	    join(text(opaque_head), repeat(text("\x24\x80"), 20000)));
}

/* SEQUENCE in SEQUENCE, so many levels, with and without a length. */
static struct octets
deep(size_t levels, bool definite)
{
	struct octets in = { "", 0 };

	if (!definite)
		return join(repeat(text("\x30\x80"), levels),
		    repeat((struct octets){ "\0\0", 2 }, levels));
	for (; levels > 0; levels--)
		in = cast_wrap(SEQUENCE, in);
	return in;
}

static struct octets
certificate_deep(void)
{
	return with_certificates(deep(2000, true));
}

static struct octets
certificate_deep_indefinite(void)
{
	return with_certificates(deep(20000, false));
}

static struct octets
attribute_deep(void)
{
	static const char type[] = "\x06\x03\x2a\x03\x04";
	struct elements data = open_signed_data(sign(ALICE));
	struct elements signer =
	    open_element(open_element(data.list[SIGNERS]).list[0]);
	struct octets value = cast_wrap(SET, deep(2000, true));

	signer.list[signer.count] =
	    cast_wrap(TAG_1, cast_wrap(SEQUENCE, join(text(type), value)));
	data.list[SIGNERS] =
	    cast_wrap(SET, cast_wrap(SEQUENCE, cast_join(signer.list)));
	return mail_replace(detached(close_signed_data(&data)), "noon", "nine");
}

static struct octets
signers_1000(void)
{
	struct elements data = open_signed_data(sign(ALICE));
	struct octets one = open_element(data.list[SIGNERS]).list[0];

	data.list[SIGNERS] = cast_wrap(SET, repeat(one, 1000));
	return detached(close_signed_data(&data));
}

static struct octets
certificates_500(void)
{
	return with_certificates(repeat(der_of(cast_cert(ALICE)), 500));
}

/*
 * Eight who each could be any of 64, with keys as large as are used and
 * signatures of their length.
 */
static struct octets
to_try(void (*change)(X509 *))
{
	static const char key_id[] = "\x80\x05\x01\x02\x03\x04\x05";
	enum { SID = 1, SIGNATURE = 5 };
	struct elements data = open_signed_data(sign(ALICE_RSA));
	struct elements signer =
	    open_element(open_element(data.list[SIGNERS]).list[0]);
	struct octets certs[64 + 1] = { { NULL, 0 } };
	EVP_PKEY *key = cast_rsa(8192, 33);
	X509 *cert;

	for (size_t i = 0; i < 64; i++) {
		cert = cast_impostor(ALICE, key); /* has that key_id */
		change(cert);
		certs[i] = der_of(cert);
		X509_free(cert);
	}
	EVP_PKEY_free(key);
	signer.list[SID] = text(key_id);
	signer.list[SIGNATURE] = cast_wrap(OCTETS, repeat_text("x", 1024));
	data.list[CERTIFICATES] = cast_wrap(TAG_0, cast_join(certs));
	data.list[SIGNERS] = cast_wrap(SET,
	    repeat(cast_wrap(SEQUENCE, cast_join(signer.list)), 8));
	return detached(close_signed_data(&data));
}

static void
leave(X509 *cert)
{
	(void)cert;
}

static struct octets
certificates_to_try(void)
{
	return to_try(leave);
}

/* What takes long is to split them, not to try a key. */
static void
give_addresses(X509 *cert)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name;
	ASN1_IA5STRING *address;

	for (size_t i = 0; i < 1850; i++) {
		name = GENERAL_NAME_new();
		address = ASN1_IA5STRING_new();
		ASN1_STRING_set(address, "a@b.cc", -1);
		GENERAL_NAME_set0_value(name, GEN_EMAIL, address);
		sk_GENERAL_NAME_push(names, name);
	}
	X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
	    X509V3_ADD_REPLACE);
	GENERAL_NAMES_free(names);
}

static struct octets
addresses_to_try(void)
{
	return to_try(give_addresses);
}

/* So many parts, as max-signatures allows. */
static struct octets
sixteen(struct octets mail)
{
	size_t at = mail_find(mail, "Content-Type");
	struct octets part = join(text("--o\r\n"),
	    (struct octets){ mail.at + at, mail.len - at });

	return join(text(FIELDS "Content-Type: multipart/mixed; boundary=o\r\n"
				"\r\n"),
	    repeat(part, 16));
}

static struct octets
certificates_to_try_16(void)
{
	return sixteen(certificates_to_try());
}

static struct octets
addresses_to_try_16(void)
{
	return sixteen(addresses_to_try());
}

static void
add_attributes(CMS_SignerInfo *si)
{
	for (int i = 0; i < 20000; i++)
		CMS_signed_add1_attr_by_txt(si, "1.2.3.4", V_ASN1_OCTET_STRING,
		    &i, sizeof(i));
}

static struct octets
attributes(void)
{
	const struct mail_signer many = { .change = add_attributes };

	return detached(sign_as(MALLORY, &many));
}

/* Mallory with another name. */
static struct octets
named(X509_NAME *name, X509_EXTENSION *extension)
{
	X509 *cert = X509_dup(cast_cert(MALLORY));
	struct mail_signer signer = { .cert = cert, .key = cast_key(MALLORY) };
	const struct mail_cms cms = { .signers = &signer, .count = 1 };
	struct octets mail;

	if (name != NULL)
		X509_set_subject_name(cert, name);
	if (extension != NULL)
		X509_add_ext(cert, extension, -1);
	X509_sign(cert, cast_key(ROOT_NOBODYS), EVP_sha256());
	mail = detached(mail_sign(&cms, text(PART)));
	X509_free(cert);
	return mail;
}

/* One number of half a megabyte, to be written in decimal. */
static struct octets
long_oid(void)
{
	struct octets number =
	    join(repeat(text("\xff"), 500 * KIB), text("\x01"));
	struct octets der = cast_wrap(0x06, number);
	const unsigned char *at = (const unsigned char *)der.at;
	ASN1_OBJECT *type = d2i_ASN1_OBJECT(NULL, &at, (long)der.len);
	X509_NAME *name = X509_NAME_new();
	struct octets mail;

	X509_NAME_add_entry_by_OBJ(name, type, MBSTRING_ASC,
	    (const unsigned char *)"x", 1, -1, 0);
	mail = named(name, NULL);
	X509_NAME_free(name);
	ASN1_OBJECT_free(type);
	return mail;
}

static struct octets
names_20000(void)
{
	struct octets list = cast_wrap(SEQUENCE,
	    repeat(text("\x81\x11"
			"alice@example.org"),
		20000));
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	struct octets mail;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)list.at,
	    (int)list.len);
	extension =
	    X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
	mail = named(NULL, extension);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	return mail;
}

/* The signer's certificate gives way to one with that key. */
static struct octets
signer_with(int modulus_bits, int exponent_bits)
{
	struct elements data = open_signed_data(sign(ALICE_RSA));
	EVP_PKEY *key = cast_rsa(modulus_bits, exponent_bits);
	X509 *cert = cast_impostor(ALICE_RSA, key);

	data.list[CERTIFICATES] = cast_wrap(TAG_0, der_of(cert));
	X509_free(cert);
	EVP_PKEY_free(key);
	return detached(close_signed_data(&data));
}

static struct octets
rsa_signer(void)
{
	return signer_with(16384, 16384);
}

static struct octets
rsa_signer_exponent(void)
{
	return signer_with(16384, 64);
}

/* Give it a signature of the length that a key of that size would make. */
static X509 *
forge(X509 *cert, int modulus_bits)
{
	struct octets octets = repeat_text("x", (size_t)modulus_bits / 8);
	const ASN1_BIT_STRING *signature;

	X509_sign(cert, cast_key(ALICE_RSA), EVP_sha256());
	X509_get0_signature(&signature, NULL, cert);
	ASN1_STRING_set((ASN1_STRING *)(uintptr_t)signature, octets.at,
	    (int)octets.len);
	return cert;
}

/* A good root, below it six authorities with such a key, and Alice. */
static struct octets
rsa_chain(int modulus_bits, int exponent_bits)
{
	enum { LINKS = 6 };
	EVP_PKEY *key = cast_rsa(modulus_bits, exponent_bits);
	X509 *links[LINKS + 1] = { cast_below(cast_cert(ROOT), cast_key(ROOT),
	    key, "Link", true) };
	struct mail_signer signer = { .key = cast_key(ALICE) };
	const struct mail_cms cms = { .signers = &signer,
		.count = 1,
		.certs = links };
	struct octets mail;

	for (int i = 1; i < LINKS; i++)
		links[i] = forge(cast_below(links[i - 1], cast_key(ROOT), key,
				     mail_print("Link %d", i).at, true),
		    modulus_bits);
	signer.cert = forge(cast_below(links[LINKS - 1], cast_key(ROOT),
				cast_key(ALICE), "Alice", false),
	    modulus_bits);
	mail = detached(mail_sign(&cms, text(PART)));
	X509_free(signer.cert);
	for (int i = 0; i < LINKS; i++)
		X509_free(links[i]);
	EVP_PKEY_free(key);
	return mail;
}

static struct octets
rsa_intermediate(void)
{
	return rsa_chain(16384, 16384);
}

static struct octets
rsa_intermediate_exponent(void)
{
	return rsa_chain(16384, 64);
}

static struct octets
rsa_intermediate_exponent_16(void)
{
	return sixteen(rsa_intermediate_exponent());
}

/* What never ends: content (hashed), or certificates (kept). */
static struct octets
endless(struct octets head)
{
	enum { PIECE = 0x7ff8 };
	struct octets filler = repeat_text("Lunch!\r\n", PIECE / 8);
	struct octets piece = join(text("\x04\x82\x7f\xf8"), filler);

	return mail_opaque(&opaque_form,
	    join(head, repeat(piece, 37 * (MIB / PIECE))));
}

static struct octets
endless_content(void)
{
	return endless(cast_join((const struct octets[]){ text(opaque_head),
	    text("\x24\x80"), cast_wrap(OCTETS, text(PART)), { NULL, 0 } }));
}

static struct octets
endless_certificates(void)
{
	return endless(join(text(opaque_head),
	    (struct octets){ "\x04\x01x\0\0\0\0\xa0\x80", 9 }));
}

/* Where the lengths are of all elements in der[from..to). */
static size_t
find_lengths(struct octets der, size_t from, size_t to, size_t *list,
    size_t count)
{
	const unsigned char *begin = (const unsigned char *)der.at, *at;
	size_t content;
	int form, tag, class;
	long len;

	for (; from < to; from = content + (size_t)len) {
		at = begin + from;
		form =
		    ASN1_get_object(&at, &len, &tag, &class, (long)(to - from));
		content = (size_t)(at - begin);
		list[count++] = from + 1;
		if ((form & V_ASN1_CONSTRUCTED) != 0)
			count = find_lengths(der, content,
			    content + (size_t)len, list, count);
	}
	return count;
}

/* Each length of a good CMS becomes each of these, one at a time. */
static struct octets
lies(void)
{
	static const char *const lengths[] = { "\x84\x7f\xff\xff\xff",
		"\x84\xff\xff\xff\xff", "\x88\x7f\xff\xff\xff\xff\xff\xff\xff",
		"\x88\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x89\x01\xff\xff\xff\xff\xff\xff\xff\xff", "\xff" };
	struct octets cms = sign(ALICE), lie;
	struct octets mails[1000] = { { NULL, 0 } };
	size_t places[150], after, count = 0;
	size_t places_count = find_lengths(cms, 0, cms.len, places, 0);

	for (size_t i = 0; i < places_count * COUNT(lengths); i++) {
		after = places[i / COUNT(lengths)] + 1;
		lie = cast_join((const struct octets[]){ { cms.at, after - 1 },
		    text(lengths[i % COUNT(lengths)]),
		    { cms.at + after, cms.len - after }, { NULL, 0 } });
		mails[count++] = mail_print(
		    "From a@b.example Sat Oct 31 12:00:00 2026\n%s\n",
		    mail_to_lf(detached(lie)).at);
	}
	return cast_join(mails);
}

static struct octets
blanks(size_t mebibytes)
{
	return repeat(repeat_text(" ", MIB), mebibytes);
}

/* A hundred mebibytes of nothing. */
static struct octets
zip(void)
{
	static const struct mail_form form = { .fields = FIELDS,
		.type = "application/pkcs7-mime; smime-type=compressed-data" };

	return mail_opaque(&form, cast_compress(join(text(PART), blanks(100))));
}

/* Compressed, compressed, ... and expanded each time. */
static struct octets
zip_in_zip(void)
{
	static const struct mail_form form = { .fields = "",
		.type = "application/pkcs7-mime; smime-type=compressed-data" };
	struct octets in = join(text(PART), blanks(10));

	for (int i = 0; i < 15; i++)
		in = mail_opaque(&form, cast_compress(in));
	return join(text(FIELDS), in);
}

/*
 * MIME
 */

static struct octets
mime_deep(void)
{
	enum { LEVELS = 20000 };
	static struct octets pieces[LEVELS + 2];

	pieces[0] = text(FIELDS);
	for (int i = 1; i <= LEVELS; i++)
		pieces[i] = mail_print("Content-Type: multipart/mixed;"
				       " boundary=b%d\r\n\r\n--b%d\r\n",
		    i, i);
	return cast_join(pieces);
}

static struct octets
attached_deep(void)
{
	return join(text(FIELDS),
	    repeat_text("Content-Type: message/rfc822\r\n\r\n", 20000));
}

static struct octets
parts_10000(void)
{
	return join(text(FIELDS MIXED),
	    repeat_text("--b\r\n" PART "\r\n", 10000));
}

/* A good message, with that as the first part's header, or in its content. */
static struct octets
good_but(const char *header, struct octets content)
{
	struct octets part = cast_join(
	    (const struct octets[]){ text(header), content, { NULL, 0 } });
	const struct mail_signer alice = cast_signer(ALICE);
	const struct mail_cms cms = { .signers = &alice, .count = 1 };

	return mail_detached(&usual, part, mail_sign(&cms, part));
}

static struct octets
header_of_a_mebibyte(void)
{
	return good_but("X-Long: ",
	    join(repeat_text("x", MIB), text("\r\n\r\n")));
}

static struct octets
header_of_many_fields(void)
{
	return good_but("", repeat_text("X: y\r\n", 200000));
}

static struct octets
lookalikes(void)
{
	return good_but("\r\n", repeat_text("--bee\r\n", 100000));
}

/* A line was taken out after it was signed. */
static struct octets
dashes(void)
{
	return mail_replace(good_but("\r\n", repeat_text("--\r\n", 1000000)),
	    "--\r\n--\r\n--", "--\r\n--");
}

/* Signed in all the layers that are digested, with the slowest digests. */
static struct octets
digests(void)
{
	enum { LAYERS = 5 };
	struct octets pieces[LAYERS + 3] = { text(FIELDS) };

	for (int i = 1; i <= LAYERS; i++)
		pieces[i] = mail_print("Content-Type: multipart/signed;"
				       " boundary=b%d;\r\n"
				       " micalg=\"sha3-512,sha3-384,sha3-256,"
				       "sha3-224\";\r\n protocol="
				       "\"application/pkcs7-signature\"\r\n"
				       "\r\n--b%d\r\n",
		    i, i);
	pieces[LAYERS + 1] = join(text("\r\n"),
	    repeat_text("0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789\r\n",
		24 * MIB / 60));
	return cast_join(pieces);
}

/*
 * Fields
 */

static struct octets
from(struct octets value)
{
	struct octets mail = detached(sign(ALICE));
	size_t at = mail_find(mail, "alice@");
	size_t after = at + strlen("alice@example.org");

	return cast_join((const struct octets[]){ { mail.at, at }, value,
	    { mail.at + after, mail.len - after }, { NULL, 0 } });
}

static struct octets
from_mailboxes(void)
{
	return from(repeat_text("alice@example.org,\r\n ", 2 * MIB / 21));
}

static struct octets
from_comments(void)
{
	return from(repeat_text("(", 2 * MIB));
}

static struct octets
from_words(void)
{
	return from(join(repeat_text("=?utf-8?q?=40?=\r\n ", 2 * MIB / 18),
	    text("<alice@example.org>")));
}

static struct octets
from_name(void)
{
	return from(
	    join(join(text("\""), repeat_text("a@b.example ", 2 * MIB / 12)),
		text("\" <alice@example.org>")));
}

static struct octets
from_address(void)
{
	return from(
	    join(repeat_text("alice.", 2 * MIB / 6), text("b@example.org")));
}

/* Mallory's message, with more parameters. */
static struct octets
type(struct octets parameters)
{
	struct octets mail = detached(sign(MALLORY));
	size_t at = mail_find(mail, "; protocol=");

	return cast_join((const struct octets[]){ { mail.at, at }, parameters,
	    { mail.at + at, mail.len - at }, { NULL, 0 } });
}

static struct octets
parameters(void)
{
	enum { MANY = 20000 };
	static struct octets pieces[MANY + 1];

	for (int i = 0; i < MANY; i++)
		pieces[i] = mail_print(";\r\n p%d=x", i);
	return type(cast_join(pieces));
}

static struct octets
parameters_continued(void)
{
	enum { MANY = 20000 };
	static struct octets pieces[MANY + 1];

	for (int i = 0; i < MANY; i++)
		pieces[i] = mail_print(";\r\n name*%d=x", i);
	return type(cast_join(pieces));
}

static struct octets
parameters_of_nothing(void)
{
	return type(repeat_text(";", MIB));
}

static const struct {
	const char *name;
	const char *want; /* reasons, as a pattern of grep -x */
	struct octets (*make)(void);
} bombs[] = {
	{ "ber-deep.eml", "cms-malformed", ber_deep },
	{ "content-deep.eml", "too-deep", content_deep },
	{ "certificate-deep.eml", "signer-missing", certificate_deep },
	{ "certificate-deep-indefinite.eml", "too-deep",
	    certificate_deep_indefinite },
	{ "attribute-deep.eml", "digest-mismatch", attribute_deep },
	{ "signers-1000.eml", "too-many-signers", signers_1000 },
	{ "certificates-500.eml", "too-many-certificates", certificates_500 },
	{ "certificates-to-try.eml", "too-costly", certificates_to_try },
	{ "certificates-to-try-16.eml", "too-costly", certificates_to_try_16 },
	{ "addresses-to-try.eml", "too-costly", addresses_to_try },
	{ "addresses-to-try-16.eml", "too-costly", addresses_to_try_16 },
	{ "attributes.eml", "intermediate-missing", attributes },
	{ "long-oid.eml", "signer-missing", long_oid },
	{ "names-20000.eml", "signer-missing", names_20000 },
	{ "rsa-signer.eml", "key-too-large", rsa_signer },
	{ "rsa-signer-exponent.eml", "key-too-large", rsa_signer_exponent },
	{ "rsa-intermediate.eml", "chain-signature", rsa_intermediate },
	{ "rsa-intermediate-exponent.eml", "chain-signature",
	    rsa_intermediate_exponent },
	{ "rsa-intermediate-exponent-16.eml", "chain-signature",
	    rsa_intermediate_exponent_16 },
	{ "endless-content.eml", "cms-malformed", endless_content },
	{ "endless-certificates.eml", "cms-malformed", endless_certificates },
	{ "lies.mbox", "cms-malformed\\|cms-trailing\\|signer-missing", lies },
	{ "zip.eml", "expanded-too-large", zip },
	{ "zip-in-zip.eml", "too-deep", zip_in_zip },
	{ "mime-deep.eml", "too-deep", mime_deep },
	{ "attached-deep.eml", "too-deep", attached_deep },
	{ "parts-10000.eml", "too-many-parts", parts_10000 },
	{ "header-of-a-mebibyte.eml", "header-too-large",
	    header_of_a_mebibyte },
	{ "header-of-many-fields.eml", "header-too-large",
	    header_of_many_fields },
	{ "lookalikes.eml", "boundary-ambiguous", lookalikes },
	{ "dashes.eml", "digest-mismatch", dashes },
	{ "digests.eml", "not-two-parts", digests },
	{ "from-mailboxes.eml", "from-ambiguous", from_mailboxes },
	{ "from-comments.eml", "from-ambiguous", from_comments },
	{ "from-words.eml", "from-ambiguous", from_words },
	{ "from-name.eml", "from-ambiguous", from_name },
	{ "from-address.eml", "from-ambiguous", from_address },
	{ "parameters.eml", "intermediate-missing", parameters },
	{ "parameters-continued.eml", "intermediate-missing",
	    parameters_continued },
	{ "parameters-of-nothing.eml", "header-ambiguous",
	    parameters_of_nothing },
};

static void
write_list(const char *folder)
{
	struct octets list[COUNT(bombs) + 1] = { { NULL, 0 } };

	for (size_t i = 0; i < COUNT(bombs); i++)
		list[i] = mail_print("%s\t%s\n", bombs[i].name, bombs[i].want);
	cast_write_file(folder, "list", cast_join(list));
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: bombs FOLDER\n", stderr);
		return 2;
	}
	smime_init();
	cast_begin();
	cast_write_stores(argv[1]);
	write_list(argv[1]);
	for (size_t i = 0; i < COUNT(bombs); i++) {
		cast_write_file(argv[1], bombs[i].name, bombs[i].make());
		mail_end(); /* or it all adds up */
	}
	cast_end();
	return 0;
}
