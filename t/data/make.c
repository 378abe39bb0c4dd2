/* SPDX-License-Identifier: ISC */
/*
 * Write the messages of t/data, their README and the options they need.
 *
 * usage: make FOLDER; make.sh calls it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "smime/smime.h"
#include "t/data/cast.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define FROM(mailbox)                                                          \
	"From: " mailbox "\r\n"                                                \
	"To: bob@example.org\r\n"                                              \
	"Subject: Lunch\r\n"                                                   \
	"Date: Sat, 31 Oct 2026 12:00:00 +0000\r\n"                            \
	"MIME-Version: 1.0\r\n"
#define ALICES FROM("Alice <alice@example.org>")

#define SIGNATURE "application/pkcs7-signature"
#define MIME	  "application/pkcs7-mime"
#define PART	  "Content-Type: text/plain; charset=us-ascii\r\n\r\n"

/* Unsigned text, before or after a signed part. */
#define TEXT_PART "--outer\r\nContent-Type: text/plain\r\n\r\nA footer\r\n"

static const char usual_part[] = PART "Dear Bob,\r\n\r\nlunch is at noon.\r\n";

static const struct mail_form usual = { .fields = ALICES };
static const struct mail_form inner_form = { .fields = "",
	.boundary = "inner" };

struct row {
	const char *name;    /* of the file */
	const char *want;    /* result, and reason if it is no pass */
	const char *words;   /* who signed it, and what it shows */
	const char *options; /* that smimectl needs; NULL: none */
	/* How it is made; NULL: as the members that follow say. */
	struct octets (*make)(void);
	enum who who; /* 0: ALICE */
	enum mail_shape shape;
	struct mail_form form;	/* its fields NULL: ALICES */
	struct mail_signer how; /* all but cert and key */
	const char *part;	/* NULL: usual_part */
};

/* What OpenSSL asks when it writes a signing time. */
time_t
time(time_t *now_r)
{
	static const time_t halloween_2026 = 1793448000;

	if (now_r != NULL)
		*now_r = halloween_2026;
	return halloween_2026;
}

static struct octets
text(const char *words)
{
	return (struct octets){ words, strlen(words) };
}

static struct octets
sign_how(enum who who, enum mail_shape shape, const struct mail_signer *how,
    struct octets content)
{
	X509 *between[WHO_COUNT];
	struct mail_signer signer = *how;
	const struct mail_cms cms = { .shape = shape,
		.signers = &signer,
		.count = 1,
		.certs = between };

	cast_between(who, between);
	signer.cert = cast_cert(who);
	signer.key = cast_key(who);
	return mail_sign(&cms, content);
}

static struct octets
sign(enum who who, enum mail_shape shape, const char *content)
{
	return sign_how(who, shape, &(struct mail_signer){ .md = NULL },
	    text(content));
}

static struct octets
detached_with(const struct mail_form *form)
{
	return mail_detached(form, text(usual_part),
	    sign(ALICE, MAIL_DETACHED, usual_part));
}

static struct octets
detached(void)
{
	return detached_with(&usual);
}

static struct octets
opaque(void)
{
	return mail_opaque(&usual, sign(ALICE, MAIL_OPAQUE, usual_part));
}

/* Of several signers. */
static struct octets
sign_all(enum mail_shape shape, const struct mail_signer *signers, size_t count)
{
	const struct mail_cms cms = { .shape = shape,
		.signers = signers,
		.count = count };

	return mail_sign(&cms, text(usual_part));
}

/* Alice's, with other certificates added. */
static struct octets
sign_with_certs(X509 **certs, const struct mail_signer *how)
{
	struct mail_signer signer = *how;
	const struct mail_cms cms = { .signers = &signer,
		.count = 1,
		.certs = certs };

	return mail_detached(&usual, text(usual_part),
	    mail_sign(&cms, text(usual_part)));
}

static CMS_ContentInfo *
parse(struct octets der)
{
	const unsigned char *at = (const unsigned char *)der.at;

	return d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
}

/* Frees cms. */
static struct octets
print_cms(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	struct octets copy = cast_join((const struct octets[]){
	    { (char *)der, (size_t)len }, { NULL, 0 } });

	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	return copy;
}

static ASN1_OCTET_STRING *
signature_of(CMS_ContentInfo *cms)
{
	return CMS_SignerInfo_get0_signature(
	    sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0));
}

/* Octets from at on give way to others. */
static struct octets
splice(struct octets in, size_t at, size_t len, struct octets other)
{
	return cast_join((const struct octets[]){ { in.at, at }, other,
	    { in.at + at + len, in.len - at - len }, { NULL, 0 } });
}

/*
 * Nothing to verify.
 */

static struct octets
not_signed(void)
{
	return mail_print("%s%s", ALICES, usual_part);
}

static struct octets
without_signer(enum mail_shape shape)
{
	X509 *certs[] = { cast_cert(ALICE), NULL };
	const struct mail_cms cms = { .shape = shape, .certs = certs };

	return mail_sign(&cms, text(usual_part));
}

static struct octets
certs_only(void)
{
	const struct mail_form form = { .fields = ALICES,
		.type = MIME "; smime-type=certs-only; name=smime.p7c" };

	return mail_opaque(&form, without_signer(MAIL_DETACHED));
}

static struct octets
encrypt(const struct mail_form *form, const char *content)
{
	STACK_OF(X509) *to = sk_X509_new_null();
	BIO *in = BIO_new_mem_buf(content, -1);
	CMS_ContentInfo *cms;

	sk_X509_push(to, cast_cert(ALICE_RSA));
	cms = CMS_encrypt(to, in, EVP_aes_128_cbc(), CMS_BINARY);
	BIO_free(in);
	sk_X509_free(to);
	return mail_opaque(form, print_cms(cms));
}

#define ENVELOPED MIME "; smime-type=enveloped-data; name=smime.p7m"

static struct octets
encrypted(void)
{
	return encrypt(&(struct mail_form){ .fields = ALICES,
			   .type = ENVELOPED },
	    usual_part);
}

/*
 * The CMS is not what it should be.
 */

/* The DER of the signed attributes, as the signer signed it: a SET. */
static struct octets
signed_attributes(struct octets der)
{
	/* contentType is the first; before it the tag [0] and a length. */
	size_t at = mail_find(der,
			"\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d"
			"\x01\x09\x03") -
	    2;
	size_t len = 1 + (size_t)(uint8_t)der.at[at + 1];

	return cast_join((const struct octets[]){ { "\x31", 1 },
	    { der.at + at + 1, len }, { NULL, 0 } });
}

/* The signature over attributes, as one over content without attributes. */
static struct octets
attributes_as_content(void)
{
	const struct mail_signer bare = { .no_attributes = true };
	struct octets original = sign(ALICE_RSA, MAIL_OPAQUE, usual_part);
	struct octets content = signed_attributes(original);
	CMS_ContentInfo *from = parse(original);
	CMS_ContentInfo *to =
	    parse(sign_how(ALICE_RSA, MAIL_OPAQUE, &bare, content));

	ASN1_STRING_copy(signature_of(to), signature_of(from));
	CMS_ContentInfo_free(from);
	return mail_opaque(&usual, print_cms(to));
}

static struct octets
not_cms(void)
{
	return mail_opaque(&usual, text("This is no CMS."));
}

static struct octets
octet_after(void)
{
	return mail_detached(&usual, text(usual_part),
	    cast_join(
		(const struct octets[]){ sign(ALICE, MAIL_DETACHED, usual_part),
		    { "", 1 }, { NULL, 0 } }));
}

static struct octets
encrypted_as_signed(void)
{
	return encrypt(&usual, usual_part);
}

static struct octets
time_stamp(void)
{
	const struct mail_signer alice = cast_signer(ALICE);
	const struct mail_cms cms = { .signers = &alice,
		.count = 1,
		.type = "1.2.840.113549.1.9.16.1.4" };

	return mail_detached(&usual, text(usual_part),
	    mail_sign(&cms, text(usual_part)));
}

static struct octets
no_signers(void)
{
	return mail_detached(&usual, text(usual_part),
	    without_signer(MAIL_DETACHED));
}

static struct octets
no_content(void)
{
	return mail_opaque(&usual, sign(ALICE, MAIL_DETACHED, usual_part));
}

static struct octets
content_in_detached(void)
{
	return mail_detached(&usual, text(PART "Lunch is off.\r\n"),
	    sign(ALICE, MAIL_OPAQUE, usual_part));
}

#define COMPRESSED MIME "; smime-type=compressed-data; name=smime.p7z"

static struct octets
compressed_as(const struct mail_form *form, struct octets content)
{
	return mail_opaque(form, cast_compress(content));
}

static const struct mail_form compressed_form = { .fields = ALICES,
	.type = COMPRESSED };

/* An octet of the zlib stream's sum is altered. */
static struct octets
compressed_badly(void)
{
	struct octets cms = cast_compress(text(usual_part));

	return mail_opaque(&compressed_form, mail_flip(cms, cms.len - 1));
}

static struct octets
compressed_well(void)
{
	return compressed_as(&compressed_form,
	    mail_print(PART "%02000d\r\n", 0));
}

static struct octets
tnef(void)
{
	return mail_print("%sContent-Type: application/ms-tnef;"
			  " name=winmail.dat\r\n\r\n",
	    ALICES);
}

/* SHA-256 becomes a digest that NIST never numbered. */
static struct octets
unknown_digest(void)
{
	static const char sha256[] = "\x60\x86\x48\x01\x65\x03\x04\x02\x01";
	static const char unknown[] = "\x60\x86\x48\x01\x65\x03\x04\x02\x7f";
	struct octets cms = sign(ALICE, MAIL_DETACHED, usual_part);

	while (memmem(cms.at, cms.len, sha256, strlen(sha256)) != NULL)
		cms = mail_replace(cms, sha256, unknown);
	return mail_detached(&usual, text(usual_part), cms);
}

static struct octets
nine_signers(void)
{
	struct mail_signer signers[9];

	for (size_t i = 0; i < COUNT(signers); i++)
		signers[i] = cast_signer(ALICE);
	return mail_detached(&usual, text(usual_part),
	    sign_all(MAIL_DETACHED, signers, COUNT(signers)));
}

static struct octets
three_certificates(void)
{
	const struct mail_signer alice = cast_signer(ALICE);

	return sign_with_certs((X509 *[]){ cast_cert(BOB), cast_cert(DAVE),
				   NULL },
	    &alice);
}

/* Ten authorities, one below the other, and a signer. */
static struct octets
long_chain(void)
{
	enum { LINKS = 10 };
	EVP_PKEY *key = cast_key(ALICE);
	X509 *links[LINKS + 1] = { NULL };
	struct mail_signer signer = { .key = key };
	struct octets mail;

	for (int i = 0; i < LINKS; i++)
		links[i] = cast_below(i == 0 ? cast_cert(ROOT) : links[i - 1],
		    i == 0 ? cast_key(ROOT) : key, key,
		    mail_print("Link %d", i + 1).at, true);
	signer.cert = cast_below(links[LINKS - 1], key, key, "Far", false);
	mail = sign_with_certs(links, &signer);
	X509_free(signer.cert);
	for (int i = 0; i < LINKS; i++)
		X509_free(links[i]);
	return mail;
}

/* In the place of the signer's certificate there is one with a huge key. */
static struct octets
huge_key(void)
{
	struct mail_signer alice = cast_signer(ALICE_RSA);
	EVP_PKEY *key = cast_rsa(8193, 17);
	X509 *certs[] = { cast_impostor(ALICE_RSA, key), NULL };
	struct octets mail;

	alice.no_cert = true;
	mail = sign_with_certs(certs, &alice);
	X509_free(certs[0]);
	EVP_PKEY_free(key);
	return mail;
}

static struct octets
altered_signature(void)
{
	struct octets cms = sign(ALICE_RSA, MAIL_DETACHED, usual_part);

	return mail_detached(&usual, text(usual_part),
	    mail_flip(cms, cms.len - 1));
}

static void
claim_other_type(CMS_SignerInfo *si)
{
	int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_contentType, -1);

	X509_ATTRIBUTE_free(CMS_signed_delete_attr(si, at));
	CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
	    OBJ_nid2obj(NID_pkcs7_signed), -1);
}

/*
 * The MIME structure is not what it should be.
 */

static struct octets
third_part(void)
{
	return mail_replace(detached(), "\r\n--b--",
	    "\r\n--b\r\n\r\nLunch is off.\r\n--b--");
}

static struct octets
boundary_twice(void)
{
	return mail_replace(detached(), "boundary=", "boundary=a; boundary=");
}

static struct octets
unterminated(void)
{
	return mail_replace(detached(), "\r\n--b--", "");
}

static struct octets
garbled_base64(void)
{
	return mail_replace(opaque(), "\r\n\r\n", "\r\n\r\n!");
}

static struct octets
nested_deeply(void)
{
	enum { LEVELS = 21 };
	struct octets mail = text(ALICES);

	for (int i = 0; i < LEVELS; i++)
		mail = mail_print("%sContent-Type: multipart/mixed;"
				  " boundary=b%d\r\n\r\n--b%d\r\n",
		    mail.at, i, i);
	return mail_print("%s%s", mail.at, detached_with(&inner_form).at);
}

/* The same part so many times, in a multipart/mixed. */
static struct octets
repeat(const char *part, size_t count)
{
	struct octets pieces[1100] = { text(
	    ALICES "Content-Type: multipart/mixed; boundary=outer\r\n\r\n") };

	for (size_t i = 1; i <= count; i++)
		pieces[i] = mail_print("--outer\r\n%s\r\n", part);
	pieces[count + 1] = text("--outer--\r\n");
	pieces[count + 2] = (struct octets){ NULL, 0 };
	return cast_join(pieces);
}

static struct octets
many_parts(void)
{
	return repeat("", 1000);
}

static struct octets
many_signatures(void)
{
	return repeat("Content-Type: " MIME "\r\n", 17);
}

static struct octets
long_header(void)
{
	return repeat(mail_print("X-Long: %01024d\r\n", 0).at, 1);
}

/*
 * Layers, and what is around them.
 */

/* A multipart with text on one side of the signed part, or both. */
static struct octets
around(const char *before, const char *after)
{
	return mail_print(ALICES "Content-Type: multipart/mixed;"
				 " boundary=outer\r\n\r\n"
				 "%s--outer\r\n%s%s--outer--\r\n",
	    before, detached_with(&inner_form).at, after);
}

static struct octets
text_before(void)
{
	return around(TEXT_PART, "");
}

static struct octets
list_footer(void)
{
	return around("", TEXT_PART);
}

static struct octets
siblings(void)
{
	struct octets bobs = mail_detached(&inner_form, text(usual_part),
	    sign(BOB, MAIL_DETACHED, usual_part));

	return around("", mail_print("--outer\r\n%s", bobs.at).at);
}

static struct octets
forwarded(void)
{
	return mail_print(
	    FROM(
		"bob@example.org") "Content-Type: multipart/mixed;"
				   " boundary=outer\r\n\r\n" TEXT_PART
				   "--outer\r\nContent-Type: message/rfc822\r\n"
				   "\r\n%s\r\n--outer--\r\n",
	    detached().at);
}

/* Bob signs what was made, as a multipart/signed or opaquely. */
static struct octets
signed_by_bob(struct octets part, enum mail_shape shape)
{
	const struct mail_form form = { .fields = FROM("bob@example.org") };
	struct octets cms =
	    sign_how(BOB, shape, &(struct mail_signer){ .md = NULL }, part);

	return shape == MAIL_DETACHED ? mail_detached(&form, part, cms) :
					mail_opaque(&form, cms);
}

static struct octets
signed_in_signed(void)
{
	return signed_by_bob(detached_with(&inner_form), MAIL_DETACHED);
}

static struct octets
signed_in_opaque(void)
{
	return signed_by_bob(detached_with(&inner_form), MAIL_STREAMED);
}

static struct octets
triple_wrap(void)
{
	const struct mail_form form = { .fields = "", .type = ENVELOPED };

	return signed_by_bob(encrypt(&form, detached_with(&inner_form).at),
	    MAIL_DETACHED);
}

static struct octets
compressed_in_signed(void)
{
	const struct mail_form form = { .fields = "", .type = COMPRESSED };

	return signed_by_bob(compressed_as(&form, text(usual_part)),
	    MAIL_DETACHED);
}

static struct octets
signed_in_compressed(void)
{
	return compressed_as(&compressed_form, detached_with(&inner_form));
}

/*
 * Shapes of good messages.
 */

static struct octets
detached_lf(void)
{
	return mail_to_lf(detached());
}

/* A constructed OCTET STRING of constructed ones, all without a length. */
static struct octets
nested_indefinite(void)
{
	struct octets cms = sign(ALICE, MAIL_STREAMED, usual_part);
	size_t at = mail_find(cms, usual_part) - 4; /* 24 80 04 LEN */
	size_t len = strlen(usual_part);
	size_t half = len / 2;
	const char head[] = { 0x24, (char)0x80, 0x24, (char)0x80, 0x04,
		(char)half };
	const char middle[] = { 0, 0, 0x24, (char)0x80, 0x24, (char)0x80, 0x04,
		(char)(len - half) };

	/* The end of the outermost was there before. */
	return mail_opaque(&usual,
	    splice(cms, at, 4 + len,
		cast_join((const struct octets[]){ { head, sizeof(head) },
		    { usual_part, half }, { middle, sizeof(middle) },
		    { usual_part + half, len - half }, { "\0\0\0", 4 },
		    { NULL, 0 } })));
}

static struct octets
boundary_folded(void)
{
	return mail_replace(detached(), "; boundary=\"b\"",
	    ";\r\n\tboundary=\r\n \"b\"");
}

static struct octets
two_signers(enum who second)
{
	const struct mail_signer both[] = { cast_signer(ALICE),
		cast_signer(second) };

	return mail_detached(&usual, text(usual_part),
	    sign_all(MAIL_DETACHED, both, 2));
}

static struct octets
alice_twice(void)
{
	return two_signers(ALICE_RSA);
}

static struct octets
alice_and_mallory(void)
{
	return two_signers(MALLORY);
}

static struct octets
mallory_and_root(void)
{
	struct mail_signer mallory = cast_signer(MALLORY);

	return sign_with_certs((X509 *[]){ cast_cert(ROOT_NOBODYS), NULL },
	    &mallory);
}

static struct octets
decoy(void)
{
	struct mail_signer alice = cast_signer(ALICE);

	alice.by_key_id = true;
	return sign_with_certs((X509 *[]){ cast_cert(DECOY), NULL }, &alice);
}

/* As RFC 4155 has it, with LF. */
static struct octets
three_in_mbox(void)
{
	static const char from[] =
	    "From alice@example.org Sat Oct 31 12:00:00 2026\n";

	return mail_print("%s%s\n%s%s\n%s%s", from, mail_to_lf(detached()).at,
	    from,
	    mail_to_lf(mail_replace(detached(), "lunch is", "lunch was")).at,
	    from, mail_to_lf(not_signed()).at);
}

static struct octets
altered_content(void)
{
	return mail_replace(detached(), "noon", "nine");
}

/* NAME.eml of a reason is what yields it, in the order of smime/reason.h. */
static const struct row rows[] = {
	{ "ok.eml", "pass", "Alice: multipart/signed with CRLF, as usual",
	    .who = ALICE },
	{ "unsigned.eml", "none unsigned", "nobody: plain text",
	    .make = not_signed },
	{ "certs-only.eml", "none certs-only",
	    "nobody: Alice's certificate alone", .make = certs_only },
	{ "encrypted.eml", "- encrypted", "nobody to see: enveloped only",
	    .make = encrypted },

	{ "untrusted.eml", "policy untrusted",
	    "Mallory, with a root that no store has",
	    .make = mallory_and_root },
	{ "intermediate-missing.eml", "policy intermediate-missing",
	    "Mallory, without the certificate of who issued hers",
	    .who = MALLORY },
	{ "root-disallowed.eml", "policy root-disallowed",
	    "one below a root with property 104", .who = DISALLOWED },
	{ "root-purpose.eml", "policy root-purpose",
	    "one below a root with property 9, for servers alone",
	    .who = PURPOSE },
	{ "root-not-before.eml", "policy root-not-before",
	    "one below a root with property 126, of 2021, issued in 2026",
	    .who = NOT_BEFORE },
	{ "root-constraints.eml", "policy root-constraints",
	    "one below a root with property 84, for example.net",
	    .who = CONSTRAINTS },
	{ "md5.eml", "policy md5", "Alice with RSA, using MD5",
	    .who = ALICE_RSA, .form = { .micalg = "md5" },
	    .how = { .md = "MD5" } },
	{ "sha1.eml", "policy sha1", "Alice, using SHA-1",
	    .form = { .micalg = "sha1" }, .how = { .md = "SHA1" } },
	{ "dsa.eml", "policy dsa", "one with DSA-1024", .who = DSA_SIGNER },
	{ "short-key.eml", "policy short-key", "one with RSA-1024",
	    .who = SHORT },
	{ "no-signed-attributes.eml", "policy no-signed-attributes",
	    "Alice, whose signature over attributes is shown as one over mail",
	    .make = attributes_as_content },
	{ "no-from.eml", "policy no-from", "Alice: no From field",
	    .form = { .fields = "Subject: Lunch\r\nMIME-Version: 1.0\r\n" } },
	{ "from-ambiguous.eml", "policy from-ambiguous",
	    "Alice: two mailboxes in From",
	    .form = { .fields = FROM("alice@example.org,\r\n"
				     " bob@example.org") } },
	{ "from-display-name.eml", "policy from-display-name",
	    "Alice: the name in From is another address",
	    .form = { .fields = FROM("\"ceo@example.com\""
				     " <alice@example.org>") } },
	{ "from-mismatch.eml", "policy from-mismatch",
	    "Alice: From and Sender say otherwise",
	    .form = { .fields = FROM(
			  "Bob <bob@example.org>") "Sender: alice@example.org\r\n" } },
	{ "no-address.eml", "policy no-address",
	    "one whose certificate has no mail address", .who = NO_ADDRESS },
	{ "protected-from.eml", "policy protected-from",
	    "Alice: the From that is signed (RFC 9788) is another",
	    .part = "From: Bob <bob@example.org>\r\n"
		    "Content-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n" },
	{ "partial.eml", "policy partial",
	    "Alice: text stands before the signed part", .make = text_before },

	{ "cms-malformed.eml", "neutral cms-malformed",
	    "nobody: text in place of CMS", .make = not_cms },
	{ "cms-trailing.eml", "neutral cms-trailing",
	    "Alice: one octet follows the CMS", .make = octet_after },
	{ "cms-type.eml", "neutral cms-type",
	    "nobody: enveloped-data under the name of signed-data",
	    .make = encrypted_as_signed },
	{ "content-type.eml", "neutral content-type",
	    "Alice: a time stamp (eContentType)", .make = time_stamp },
	{ "no-signers.eml", "neutral no-signers",
	    "nobody: Alice's certificate and no SignerInfo",
	    .make = no_signers },
	{ "no-content.eml", "neutral no-content",
	    "Alice: a detached signature on its own", .make = no_content },
	{ "content-in-detached.eml", "neutral content-in-detached",
	    "Alice: signed content inside, other text shown",
	    .make = content_in_detached },
	{ "compressed.eml", "neutral compressed",
	    "nobody: the zlib stream is damaged", .make = compressed_badly },
	{ "tnef.eml", "neutral tnef",
	    "nobody to see: winmail.dat, which may hide a signature",
	    .make = tnef },
	{ "not-two-parts.eml", "neutral not-two-parts",
	    "Alice: a third part was added", .make = third_part },
	{ "protocol-mismatch.eml", "neutral protocol-mismatch",
	    "Alice: protocol names another type",
	    .form = { .protocol = "application/x-other" } },
	{ "header-ambiguous.eml", "neutral header-ambiguous",
	    "Alice: two boundaries in Content-Type", .make = boundary_twice },
	{ "boundary-ambiguous.eml", "neutral boundary-ambiguous",
	    "Alice: a line begins like the boundary",
	    .part = PART "Lunch is on\r\n--boat.\r\n" },
	{ "unterminated.eml", "neutral unterminated",
	    "Alice: no closing boundary", .make = unterminated },
	{ "transfer-encoding.eml", "neutral transfer-encoding",
	    "Alice: a letter in the base64 that is none",
	    .make = garbled_base64 },

	{ "digest-not-announced.eml", "permerror digest-not-announced",
	    "Alice, using SHA-512; micalg says SHA-256", "-o rehash-octets=0",
	    .how = { .md = "SHA512" } },
	{ "signer-missing.eml", "permerror signer-missing",
	    "Alice: her certificate is left out", .how = { .no_cert = true } },
	{ "unsupported-algorithm.eml", "permerror unsupported-algorithm",
	    "Alice: a digest that does not exist", .make = unknown_digest },
	{ "message-too-large.eml", "permerror message-too-large",
	    "Alice: more octets than the limit", "-o max-message=1k",
	    .who = ALICE },
	{ "too-deep.eml", "permerror too-deep",
	    "Alice: 21 multiparts around hers", .make = nested_deeply },
	{ "too-many-parts.eml", "permerror too-many-parts",
	    "nobody: 1000 parts and their multipart", .make = many_parts },
	{ "header-too-large.eml", "permerror header-too-large",
	    "nobody: a part with a field of 1 KiB", "-o max-header=1k",
	    .make = long_header },
	{ "cms-too-large.eml", "permerror cms-too-large",
	    "Alice: more octets of CMS than the limit", "-o max-cms=512",
	    .who = ALICE_BETWEEN },
	{ "key-too-large.eml", "permerror key-too-large",
	    "Alice: her certificate replaced by one with RSA-8193",
	    .make = huge_key },
	{ "too-many-signatures.eml", "permerror too-many-signatures",
	    "nobody: 17 parts that call themselves pkcs7-mime",
	    .make = many_signatures },
	{ "too-many-signers.eml", "permerror too-many-signers",
	    "Alice, nine times in one CMS", .make = nine_signers },
	{ "too-many-certificates.eml", "permerror too-many-certificates",
	    "Alice: three certificates where two are the limit",
	    "-o max-certificates=2", .make = three_certificates },
	{ "chain-too-long.eml", "permerror chain-too-long",
	    "one below ten intermediates", .make = long_chain },
	{ "expanded-too-large.eml", "permerror expanded-too-large",
	    "nobody: expands to more octets than the limit",
	    "-o max-expanded=1k", .make = compressed_well },

	{ "digest-mismatch.eml", "fail digest-mismatch",
	    "Alice: noon was altered to nine", .make = altered_content },
	{ "bad-signature.eml", "fail bad-signature",
	    "Alice with RSA: one bit of the signature was altered",
	    .make = altered_signature },
	{ "attribute-mismatch.eml", "fail attribute-mismatch",
	    "Alice: the contentType attribute is not id-data",
	    .how = { .change = claim_other_type } },
	{ "expired.eml", "fail expired",
	    "one whose certificate ended in February 2026", .who = EXPIRED },
	{ "not-yet-valid.eml", "fail not-yet-valid",
	    "one whose certificate begins in 2045", .who = NOT_YET },
	{ "chain-signature.eml", "fail chain-signature",
	    "one whose certificate another key than the root's signed",
	    .who = BADLY_SIGNED },
	{ "key-purpose.eml", "fail key-purpose",
	    "one whose certificate is for servers", .who = SERVER },
	{ "not-a-ca.eml", "fail not-a-ca", "one below an end entity",
	    .who = BELOW_NO_AUTHORITY },
	{ "path-length.eml", "fail path-length",
	    "one below an authority that another may not have below it",
	    .who = TOO_FAR },
	{ "name-constraints.eml", "fail name-constraints",
	    "one below an intermediate for example.net alone",
	    .who = BELOW_ELSEWHERE },
	{ "certificate-policy.eml", "fail certificate-policy",
	    "one below an intermediate that demands a policy",
	    .who = BELOW_POLICY },
	{ "critical-extension.eml", "fail critical-extension",
	    "one with a critical extension that nobody knows",
	    .who = CRITICAL },
	{ "chain-invalid.eml", "fail chain-invalid",
	    "one whose certificate ends at a time that is none",
	    .who = UNREADABLE },

	/* Shapes of multipart/signed. */
	{ "detached-lf.eml", "pass", "Alice: lines end with LF",
	    .make = detached_lf },
	{ "detached-x-types.eml", "pass", "Alice: x-pkcs7-signature",
	    .form = { .protocol = "application/x-pkcs7-signature",
		.type = "application/x-pkcs7-signature" } },
	{ "detached-guessed.eml", "pass",
	    "Alice: the signature is octet-stream by the name of smime.p7s",
	    .form = { .type =
			  "application/octet-stream; name=\"smime.p7s\"" } },
	{ "boundary-folded.eml", "pass", "Alice: boundary on a line of its own",
	    .make = boundary_folded },
	{ "boundary-odd.eml", "pass", "Alice: a boundary that has to be quoted",
	    .form = { .boundary = "a'()+_,-./:=? b" } },
	{ "dashes.eml", "pass", "Alice: lines that begin with dashes",
	    .part = PART "-- \r\n--\r\n----\r\n" },
	{ "signature-quoted-printable.eml", "pass",
	    "Alice: the signature is quoted-printable",
	    .form = { .cte = "quoted-printable" } },
	{ "signature-8bit.eml", "pass", "Alice: the signature is 8bit",
	    .form = { .cte = "8bit" } },
	{ "signature-binary.eml", "pass", "Alice: the signature is binary",
	    .form = { .cte = "binary" } },
	{ "empty-header.eml", "pass", "Alice: the first part has no header",
	    .part = "\r\nLunch is at noon.\r\n" },
	{ "no-micalg.eml", "pass", "Alice: no micalg",
	    .form = { .micalg = "" } },

	/* Shapes of application/pkcs7-mime. */
	{ "opaque-der.eml", "pass", "Alice: opaque, in DER", .make = opaque },
	{ "opaque-ber.eml", "pass", "Alice: opaque, in BER, as it streams",
	    .shape = MAIL_STREAMED },
	{ "opaque-nested.eml", "pass",
	    "Alice: opaque, indefinite lengths in indefinite lengths",
	    .make = nested_indefinite },
	{ "opaque-x-type.eml", "pass", "Alice: x-pkcs7-mime",
	    .shape = MAIL_OPAQUE,
	    .form = { .type = "application/x-pkcs7-mime;"
			      " smime-type=signed-data" } },
	{ "opaque-no-smime-type.eml", "pass", "Alice: no smime-type",
	    .shape = MAIL_OPAQUE, .form = { .type = MIME } },
	{ "opaque-octet-stream.eml", "pass",
	    "Alice: octet-stream by the name of smime.p7m",
	    .shape = MAIL_OPAQUE,
	    .form = { .type =
			  "application/octet-stream; name=\"smime.p7m\"" } },
	{ "opaque-rfc2231.eml", "pass",
	    "Alice: octet-stream by a name in the form of RFC 2231",
	    .shape = MAIL_OPAQUE,
	    .form = { .type = "application/octet-stream;"
			      " name*0*=utf-8''smi%6De; name*1=.p7m" } },
	{ "opaque-binary.eml", "pass", "Alice: opaque, in binary",
	    .shape = MAIL_OPAQUE, .form = { .cte = "binary" } },

	/* Layers. */
	{ "signed-in-signed.eml", "pass", "Bob, around a part of Alice",
	    .make = signed_in_signed },
	{ "signed-in-opaque.eml", "pass", "Bob, opaquely around one of Alice",
	    .make = signed_in_opaque },
	{ "triple-wrap.eml", "pass",
	    "Bob, around what is enveloped, around a part of Alice",
	    .make = triple_wrap },
	{ "compressed-in-signed.eml", "pass", "Bob, around compressed text",
	    .make = compressed_in_signed },
	{ "signed-in-compressed.eml", "policy partial",
	    "Alice, in what is compressed", .make = signed_in_compressed },
	{ "protected-header.eml", "pass",
	    "Alice: the same From is signed (RFC 9788)",
	    .part = "From: Alice <alice@example.org>\r\n"
		    "Content-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n" },
	{ "list-footer.eml", "policy partial",
	    "Alice: a list put a footer below", .make = list_footer },
	{ "forwarded.eml", "policy from-mismatch",
	    "Alice, in a message that Bob forwards", .make = forwarded },
	{ "siblings.eml", "policy partial",
	    "Alice, and Bob in a part beside hers", .make = siblings },
	{ "three.mbox", "pass; fail digest-mismatch; none unsigned",
	    "Alice: one good, one altered, one not signed",
	    .make = three_in_mbox },

	/* Signers. */
	{ "rsa.eml", "pass", "Alice with RSA-2048", .who = ALICE_RSA },
	{ "rsa-pss.eml", "pass", "Alice with RSASSA-PSS", .who = ALICE_RSA,
	    .how = { .pss = true } },
	{ "sha384.eml", "pass", "Alice, using SHA-384",
	    .form = { .micalg = "sha-384" }, .how = { .md = "SHA384" } },
	{ "no-attributes.eml", "pass", "Alice: no signed attributes",
	    .how = { .no_attributes = true } },
	{ "key-id.eml", "pass", "Alice, named by her key identifier",
	    .how = { .by_key_id = true } },
	{ "key-id-decoy.eml", "pass",
	    "Alice: a certificate of the same key identifier stands first",
	    .make = decoy },
	{ "known-signer.eml", "pass",
	    "Dave: his certificate is in the collection alone", .who = DAVE,
	    .form = { .fields = FROM("dave@example.org") },
	    .how = { .no_cert = true } },
	{ "intermediate.eml", "pass", "Alice, below an intermediate",
	    .who = ALICE_BETWEEN },
	{ "two-signers.eml", "pass", "Alice, with two keys",
	    .make = alice_twice },
	{ "two-signers-one-bad.eml", "policy intermediate-missing",
	    "Alice and Mallory", .make = alice_and_mallory },
	{ "local.eml", "pass", "Carol, below the root of the local store",
	    .who = CAROL, .form = { .fields = FROM("carol@example.org") } },
	{ "local-online.eml", "policy untrusted",
	    "Carol, where the collection alone counts",
	    "--mode exchange-online", .who = CAROL,
	    .form = { .fields = FROM("carol@example.org") } },
	{ "alias.eml", "pass", "the gateway, for Alice", .who = GATE },
	{ "smtputf8.eml", "pass",
	    "Frank, whose address is not ASCII, with anyExtendedKeyUsage",
	    .who = FRANK,
	    .form = { .fields = FROM("fr\xc3\xa4nk@example.org") } },
	{ "sha1-chain.eml", "policy sha1",
	    "one below an intermediate that the root signed with SHA-1",
	    .who = SHA1_CHAIN },
	{ "short-key-chain.eml", "policy short-key",
	    "one below an intermediate with RSA-1024", .who = BELOW_SHORT },
};

static struct octets
make_row(const struct row *row)
{
	struct mail_form form = row->form;
	struct octets part = text(row->part != NULL ? row->part : usual_part);
	struct octets cms;

	if (row->make != NULL)
		return row->make();
	if (form.fields == NULL)
		form.fields = ALICES;
	cms = sign_how(row->who != 0 ? row->who : ALICE, row->shape, &row->how,
	    part);
	return row->shape == MAIL_DETACHED ? mail_detached(&form, part, cms) :
					     mail_opaque(&form, cms);
}

/* The lists: what each file is, and which options some of them need. */
static void
write_lists(const char *folder)
{
	struct octets list[COUNT(rows) + 1] = { { NULL, 0 } };
	struct octets options[COUNT(rows) + 1] = { { NULL, 0 } };
	size_t count = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		list[i] = mail_print("%s\t%s\t%s\n", rows[i].name, rows[i].want,
		    rows[i].words);
		if (rows[i].options != NULL)
			options[count++] = mail_print("%s %s\n", rows[i].name,
			    rows[i].options);
	}
	cast_write_file(folder, "list", cast_join(list));
	cast_write_file(folder, "options", cast_join(options));
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: make FOLDER\n", stderr);
		return 2;
	}
	smime_init();
	cast_begin();
	for (size_t i = 0; i < COUNT(rows); i++)
		cast_write_file(argv[1], rows[i].name, make_row(&rows[i]));
	write_lists(argv[1]);
	cast_write_stores(argv[1]);
	cast_end();
	return 0;
}
