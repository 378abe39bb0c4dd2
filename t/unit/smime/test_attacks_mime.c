/* SPDX-License-Identifier: ISC */
/*
 * A hostile sender has a message read in more ways than one.
 *
 * A row that passes says why nobody is misled.
 */
#include <check.h>
#include <string.h>

#include "t/lib/attack.h"
#include "t/lib/mail.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Old mail of Alice. */
static struct octets
hers(void)
{
	return attack_detached("From: " ALICE "\r\n", attack_cast->alice,
	    attack_cast->alice_key, PART);
}

static struct octets
hers_opaque(void)
{
	return mail_opaque(&(struct mail_form){ .fields =
						    "From: " ALICE "\r\n" },
	    attack_sign(attack_cast->alice, attack_cast->alice_key, MAIL_OPAQUE,
		PART));
}

static const char *
body_of(struct octets mail)
{
	return mail.at + mail_find(mail, "\r\n\r\n") + 4;
}

/*
 * What it is.  Old mail of Alice under a header that lets readers cut it in
 * another way, or see no signed message at all.
 */

#define SIGNED "Content-Type: multipart/signed; "
#define SMIME  "protocol=\"application/pkcs7-signature\"; micalg=sha-256"
#define B      "; boundary=b"

static const struct {
	const char *name;
	const char *fields;
	const char *want;
} types[] = {
	{ "nothing special", SIGNED SMIME B, PASS },
	{ "blanks around =", SIGNED SMIME "; boundary = b", PASS },
	{ "folded before the value", SIGNED SMIME "; boundary=\r\n b", PASS },

	{ "two boundaries", SIGNED SMIME B "; boundary=evil",
	    "neutral header-ambiguous" },
	{ "two boundaries, evil first", SIGNED SMIME "; boundary=evil" B,
	    "neutral header-ambiguous" },
	{ "two boundaries, other case", SIGNED SMIME B "; BOUNDARY=evil",
	    "neutral header-ambiguous" },
	{ "two boundaries, a blank in one name",
	    SIGNED SMIME "; boundary =b; boundary\t=evil",
	    "neutral header-ambiguous" },
	{ "two boundaries, one name quoted",
	    SIGNED SMIME "; \"boundary\"=evil" B, "neutral header-ambiguous" },
	{ "two boundaries, a comment in one name",
	    SIGNED SMIME "; boundary(x)=evil" B, "neutral header-ambiguous" },
	{ "two boundaries, a backslash in one name",
	    SIGNED SMIME "; boundary\\=evil" B, "neutral header-ambiguous" },
	{ "two boundaries, a comma between",
	    SIGNED SMIME "; boundary=b,boundary=evil",
	    "neutral header-ambiguous" },
	{ "a colon for =", SIGNED SMIME "; boundary:evil" B,
	    "neutral header-ambiguous" },
	{ "charset and plain", SIGNED SMIME "; boundary*=us-ascii''evil" B,
	    "neutral header-ambiguous" },
	{ "plain and a charset that is none", SIGNED SMIME B "; boundary*=evil",
	    "neutral header-ambiguous" },
	{ "charset alone", SIGNED SMIME "; boundary*=us-ascii''b",
	    "neutral header-ambiguous" },
	{ "section 0 and plain", SIGNED SMIME "; boundary*0=evil" B,
	    "neutral header-ambiguous" },
	{ "section 0 with a charset and plain",
	    SIGNED SMIME "; boundary*0*=us-ascii''evil" B,
	    "neutral header-ambiguous" },
	{ "section 1 and plain", SIGNED SMIME "; boundary*1=evil" B,
	    "neutral header-ambiguous" },
	{ "section 00 and plain", SIGNED SMIME B "; boundary*00=evil",
	    "neutral header-ambiguous" },
	{ "sections in another order",
	    SIGNED SMIME "; boundary*1=evil; boundary*0=b",
	    "neutral header-ambiguous" },
	{ "sections with a gap", SIGNED SMIME "; boundary*0=b; boundary*2=evil",
	    "neutral header-ambiguous" },
	{ "section 0 twice", SIGNED SMIME "; boundary*0=b; boundary*0=evil",
	    "neutral header-ambiguous" },
	{ "in the quotes of another", SIGNED SMIME B "; x=\"; boundary=evil\"",
	    "neutral header-ambiguous" },
	{ "behind an escaped quote",
	    SIGNED SMIME "; x=\"a\\\"; boundary=evil; z=\"" B,
	    "neutral header-ambiguous" },
	{ "behind an escaped backslash",
	    SIGNED SMIME "; x=\"a\\\\\"" B "; z=\"; boundary=evil; \"",
	    "neutral header-ambiguous" },
	{ "a comment with a boundary", SIGNED SMIME B " (; boundary=evil)",
	    "neutral header-ambiguous" },
	{ "a comment before the name", SIGNED SMIME "; (; boundary=evil) " B,
	    "neutral header-ambiguous" },
	{ "a comment before the value", SIGNED SMIME "; boundary=(evil)b",
	    "neutral header-ambiguous" },
	{ "a comment behind the value", SIGNED SMIME B "(evil)",
	    "neutral header-ambiguous" },
	{ "a comment over two parameters",
	    SIGNED SMIME "; x=y(; boundary=evil; )z" B,
	    "neutral header-ambiguous" },
	{ "an open comment", SIGNED SMIME B " (x", "neutral header-ambiguous" },
	{ "a word behind quotes", SIGNED SMIME "; boundary=\"b\" evil",
	    "neutral header-ambiguous" },
	{ "a word glued to quotes", SIGNED SMIME "; boundary=\"b\"evil",
	    "neutral header-ambiguous" },
	{ "a word behind a token", SIGNED SMIME B " evil",
	    "neutral header-ambiguous" },
	{ "an open quote", SIGNED SMIME "; boundary=\"b",
	    "neutral header-ambiguous" },
	{ "a backslash", SIGNED SMIME "; boundary=\"\\b\"",
	    "neutral header-ambiguous" },
	{ "a blank at the end", SIGNED SMIME "; boundary=\"b \"",
	    "neutral header-ambiguous" },
	{ "a blank at the beginning", SIGNED SMIME "; boundary=\" b\"",
	    "neutral header-ambiguous" },
	{ "apostrophes", SIGNED SMIME "; boundary='b'",
	    "neutral not-two-parts" },
	{ "a fold in quotes", SIGNED SMIME "; boundary=\"\r\n b\"",
	    "neutral header-ambiguous" },
	{ "a NUL in a token", SIGNED SMIME B NUL "evil",
	    "neutral header-ambiguous" },
	{ "a NUL in quotes", SIGNED SMIME "; boundary=\"b" NUL "evil\"",
	    "neutral header-ambiguous" },
	{ "an encoded word", SIGNED SMIME "; boundary==?us-ascii?q?b?=",
	    "neutral header-ambiguous" },
	{ "an encoded word in quotes",
	    SIGNED SMIME "; boundary=\"=?us-ascii?q?b?=\"",
	    "neutral header-ambiguous" },
	{ "a semicolon too many", SIGNED SMIME ";" B,
	    "neutral header-ambiguous" },
	{ "a semicolon at the end, and another", SIGNED SMIME B ";;",
	    "neutral header-ambiguous" },
	{ "no name", SIGNED SMIME B "; =evil", "neutral header-ambiguous" },
	{ "no value", SIGNED SMIME B "; x", "neutral header-ambiguous" },
	{ "8 bit", SIGNED SMIME B "; x=\xff", "neutral header-ambiguous" },
	{ "no semicolon", "Content-Type: multipart/signed " SMIME B,
	    "neutral header-ambiguous" },
	{ "no parameters", "Content-Type: multipart/signed",
	    "neutral header-ambiguous" },
	{ "PGP's protocol as well",
	    SIGNED "protocol=\"application/pgp-signature\"; " SMIME B,
	    "neutral header-ambiguous" },

	/* Another type, for some reader. */
	{ "multipart/mixed", "Content-Type: multipart/mixed; " SMIME B,
	    "neutral no-content" },
	{ "a type before, a comma",
	    "Content-Type: text/html, multipart/signed; " SMIME B,
	    "none unsigned" },
	{ "a type before, a blank",
	    "Content-Type: text/html multipart/signed; " SMIME B,
	    "none unsigned" },
	{ "a type before, in a comment",
	    "Content-Type: (text/html) multipart/signed; " SMIME B,
	    "neutral header-ambiguous" },
	{ "a type within, in a comment",
	    "Content-Type: multipart(text/html)/signed; " SMIME B,
	    "none unsigned" },
	{ "a blank before the slash",
	    "Content-Type: multipart /signed; " SMIME B, "none unsigned" },
	{ "a slash too many", "Content-Type: multipart/signed/x; " SMIME B,
	    "neutral header-ambiguous" },
	{ "in quotes", "Content-Type: \"multipart/signed\"; " SMIME B,
	    "none unsigned" },
	{ "a vertical tab", SIGNED SMIME B "\x0b", "neutral header-ambiguous" },
	{ "two fields, the same", SIGNED SMIME B "\r\n" SIGNED SMIME B,
	    "neutral header-ambiguous" },
	{ "two fields, other case",
	    SIGNED SMIME B "\r\nCONTENT-TYPE: text/html",
	    "neutral header-ambiguous" },
	{ "two fields, one with a blank",
	    SIGNED SMIME B "\r\nContent-Type : text/html",
	    "neutral header-ambiguous" },
	{ "two fields, the first empty", "Content-Type:\r\n" SIGNED SMIME B,
	    "neutral header-ambiguous" },
	{ "two fields, a bare CR between",
	    "Content-Type: text/html\r" SIGNED SMIME B,
	    "neutral header-ambiguous" },
	{ "two fields, a bare LF between", SIGNED SMIME B "\nContent-Type: a/b",
	    "neutral header-ambiguous" },

	/*
	 * Encoded, for some reader: then all of it is something else.  But
	 * quoted-printable is what Apple Mail writes, and nobody decodes.
	 */
	{ "quoted-printable",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding: Quoted-Printable",
	    "pass" },
	{ "quoted-printable, and more",
	    SIGNED SMIME B
	    "\r\nContent-Transfer-Encoding: quoted-printable base64",
	    "neutral transfer-encoding" },
	{ "base64", SIGNED SMIME B "\r\nContent-Transfer-Encoding: base64",
	    "neutral transfer-encoding" },
	{ "uuencode",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding: x-uuencode",
	    "neutral transfer-encoding" },
	{ "two encodings in one field",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding: 7bit base64",
	    "neutral transfer-encoding" },
	{ "an encoding in quotes",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding: \"base64\"",
	    "neutral transfer-encoding" },
	{ "an encoding behind a semicolon",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding: 8bit; base64",
	    "neutral transfer-encoding" },
	{ "an encoding that is encoded",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding: =?utf-8?q?base64?=",
	    "neutral transfer-encoding" },
	{ "an encoding, a blank before the colon",
	    SIGNED SMIME B "\r\nContent-Transfer-Encoding : base64",
	    "neutral transfer-encoding" },

	/*
	 * MIME-Version is left out by real programs, and no reader in use
	 * asks for it.  One that does shows the whole as text, signature and
	 * all.
	 */
	{ "MIME-Version 2.0", "MIME-Version: 2.0\r\n" SIGNED SMIME B, PASS },
	{ "two of MIME-Version",
	    "MIME-Version: 1.0\r\nMIME-Version: 0\r\n" SIGNED SMIME B, PASS },
	/* Nobody decodes mail by this field of HTTP. */
	{ "Content-Encoding", "Content-Encoding: gzip\r\n" SIGNED SMIME B,
	    PASS },
};

START_TEST(is_read_in_one_way_only)
{
	struct octets mail = mail_print("From: " ALICE "\r\n%s\r\n\r\n%s",
	    types[_i].fields, body_of(hers()));

	attack_expect(types[_i].name, attack_octets(mail.at), types[_i].want);
}
END_TEST

/*
 * What stands around the parts of old mail of Alice.
 */

static const struct {
	const char *name;
	const char *before; /* the first delimiter */
	const char *after;  /* the last one */
	const char *want;
} surroundings[] = {
	/* Nobody is shown this: RFC 2046 5.1.1. */
	{ "text", "Pay Eve!\r\n", "\r\nPay Eve!\r\n", PASS },
	{ "HTML", "<html>Pay Eve!</html>\r\n", "\r\n<html>\r\n", PASS },
	{ "a header", "From: " EVE "\r\nContent-Type: text/html\r\n\r\nPay\r\n",
	    "\r\n\r\nFrom eve\r\nFrom: " EVE "\r\n\r\nPay Eve!\r\n", PASS },
	{ "uuencode", "begin 644 a.html\r\n#86)C\r\n`\r\nend\r\n",
	    "\r\nbegin 644 a.html\r\n#86)C\r\n`\r\nend\r\n", PASS },
	{ "indented", " --b\r\n" EVIL "\r\n", "\r\n", PASS },
	{ "one dash", "-b\r\n" EVIL "\r\n", "\r\n", PASS },
	{ "blanks behind the end", "", " \t\r\n", PASS },
	{ "no line end", "", "", PASS },

	/* A delimiter, for some reader. */
	{ "a tab behind it", "--b\t\r\n" EVIL "\r\n", "\r\n",
	    "neutral protocol-mismatch" },
	{ "a vertical tab behind it", "--b\x0b\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a form feed behind it", "--b\x0c\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a NUL behind it", "--b" NUL "\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a NUL before it", NUL "--b\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a semicolon behind it", "--b;x\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a word behind it", "--b x\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a letter behind it", "--bb\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a CR behind it", "--b\r\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "a CR before it", "\r--b\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "half an end", "--b-\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "an end with a word", "--b--x\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "an end", "--b--\r\n" EVIL "\r\n", "\r\n", "neutral not-two-parts" },
	{ "upper case", "--B\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "three dashes", "---b\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "bare LF", "x\n--b\nContent-Type: a/b\n\nPay Eve!\n", "\r\n",
	    "neutral protocol-mismatch" },
	{ "bare CR", "x\r--b\rContent-Type: a/b\r\rPay Eve!\r", "\r\n",
	    "neutral not-two-parts" },
	{ "behind a long line", LONG "--b\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "blanks behind it", "--b" LONG "\r\n" EVIL "\r\n", "\r\n",
	    "neutral boundary-ambiguous" },
	{ "behind the end, bare LF", "",
	    "\n--b\nContent-Type: a/b\n\nPay Eve!\n--b--\n",
	    "neutral boundary-ambiguous" },
	{ "behind the end, bare CR", "",
	    "\r--b\rContent-Type: a/b\r\rPay Eve!\r--b--\r", "neutral" },
	{ "a word behind the end", "", "x\r\n--b\r\n" EVIL "\r\n--b--\r\n",
	    "neutral" },
	{ "a vertical tab behind the end", "",
	    "\x0b\r\n--b\r\n" EVIL "\r\n--b--\r\n", "neutral" },
	{ "a CR behind the end", "", "\r\r\n--b\r\n" EVIL "\r\n--b--\r\n",
	    "neutral" },
};

START_TEST(is_cut_in_one_way_only)
{
	struct octets mail = hers();
	const char *body = body_of(mail);
	size_t len = strlen(body) - 2;

	mail = mail_print("%.*s%s%.*s%s", (int)(body - mail.at), mail.at,
	    surroundings[_i].before, (int)len, body, surroundings[_i].after);
	attack_expect(surroundings[_i].name, attack_octets(mail.at),
	    surroundings[_i].want);
}
END_TEST

/*
 * The parts of old mail of Alice, and what it is put into.
 */

#define SIGNATURE                                                              \
	"Content-Type: application/pkcs7-signature\r\n"                        \
	"Content-Transfer-Encoding: base64\r\n\r\n"

static const struct {
	const char *name;
	const char *old; /* the first of these is replaced */
	const char *new;
	const char *want;
} changes[] = {
	/* The second part. */
	{ "the signature is text", "application/pkcs7-signature\r\n",
	    "text/plain\r\n", "neutral protocol-mismatch" },
	{ "the signature is HTML with that name",
	    "application/pkcs7-signature\r\n", "text/html; name=smime.p7s\r\n",
	    "neutral protocol-mismatch" },
	{ "the signature is pkcs7-mime", "application/pkcs7-signature\r\n",
	    "application/pkcs7-mime\r\n", "neutral protocol-mismatch" },
	{ "the signature has no type",
	    "Content-Type: application/pkcs7-signature\r\n", "",
	    "neutral protocol-mismatch" },
	{ "the signature is HTML as well", SIGNATURE,
	    "Content-Type: text/html\r\n" SIGNATURE,
	    "neutral protocol-mismatch" },
	{ "the signature, then text", "\r\n--b--", "\r\n\r\nPay Eve!\r\n--b--",
	    "neutral" },
	{ "the signature, then HTML", "\r\n--b--", "====\r\n<html>\r\n--b--",
	    "neutral" },
	{ "the signature, then uuencode", "\r\n--b--",
	    "\r\n\r\nbegin 644 a.html\r\n#86)C\r\n`\r\nend\r\n--b--",
	    "neutral" },
	{ "HTML in base64, then the signature", SIGNATURE, SIGNATURE "<html>",
	    "neutral cms-malformed" },
	{ "the signature in another encoding", "Encoding: base64",
	    "Encoding: quoted-printable", "neutral cms-malformed" },
	/* An attachment that programs hide, or show as one that is none. */
	{ "the signature described", SIGNATURE,
	    "Content-Description: Pay Eve!\r\n" SIGNATURE, PASS },

	/* More parts, or fewer. */
	{ "a part first", "--b\r\n", "--b\r\n" EVIL "\r\n--b\r\n",
	    "neutral protocol-mismatch" },
	{ "a part between", "--b\r\n" SIGNATURE,
	    "--b\r\n" EVIL "\r\n--b\r\n" SIGNATURE,
	    "neutral protocol-mismatch" },
	{ "an empty part last", "--b--", "--b\r\n\r\n--b--",
	    "neutral not-two-parts" },
	{ "a delimiter last", "--b--", "--b\r\n--b--",
	    "neutral not-two-parts" },
};

START_TEST(takes_two_parts_and_no_other)
{
	attack_expect(changes[_i].name,
	    mail_replace(hers(), changes[_i].old, changes[_i].new),
	    changes[_i].want);
}
END_TEST

static const struct {
	const char *name;
	const char *type; /* around all that was the message's body */
	const char *before;
	const char *want;
} wrappings[] = {
	{ "reassembled from one piece",
	    "message/partial; id=x; number=1; total=1", "", "none unsigned" },
	{ "fetched from elsewhere",
	    "message/external-body; access-type=URL; URL=\"http://x.example/\"",
	    "", "none unsigned" },
	{ "an attached message of our time", "message/global", "",
	    "neutral boundary-ambiguous" },
	{ "a report", "multipart/report; boundary=o", "--o\r\n",
	    "policy partial" },
	{ "a digest", "multipart/digest; boundary=o", "--o\r\n\r\n",
	    "policy partial" },
	{ "an alternative", "multipart/alternative; boundary=o",
	    "--o\r\n" EVIL "\r\n--o\r\n", "policy partial" },
	{ "said to be encrypted", "multipart/encrypted; boundary=o", "--o\r\n",
	    "policy partial" },
	{ "the same boundary around it", "multipart/mixed; boundary=b",
	    "--b\r\n" EVIL "\r\n--b\r\n", "neutral boundary-ambiguous" },
	{ "a boundary that begins like it", "multipart/mixed; boundary=\"b \"",
	    "--b \r\n", "neutral boundary-ambiguous" },
};

START_TEST(is_all_of_the_message)
{
	struct octets inner = attack_detached("", attack_cast->alice,
	    attack_cast->alice_key, PART);

	attack_expect(wrappings[_i].name,
	    mail_print("From: " ALICE "\r\nContent-Type: %s\r\n\r\n%s%s--o--"
		       "\r\n",
		wrappings[_i].type, wrappings[_i].before, inner.at),
	    wrappings[_i].want);
}
END_TEST

static const struct {
	const char *name;
	const char *type;  /* the field, and more of them */
	const char *after; /* the base64 */
	const char *want;
} opaques[] = {
#define P7M(more) "Content-Type: application/pkcs7-mime" more
#define B64	  "\r\nContent-Transfer-Encoding: base64"
	{ "nothing special", P7M("") B64, "", PASS },
	/* The label is a hint (RFC 8551 3.2.2), the content the same. */
	{ "said to be compressed", P7M("; smime-type=compressed-data") B64, "",
	    PASS },
	/* No reader has a use for these. */
	{ "a boundary", P7M("; boundary=b") B64, "", PASS },
	{ "a charset", P7M("; charset=utf-7") B64, "", PASS },

	{ "two labels",
	    P7M("; smime-type=signed-data; smime-type=enveloped-data") B64, "",
	    "neutral header-ambiguous" },
	{ "HTML by its type", "Content-Type: text/html; name=smime.p7m" B64, "",
	    "none unsigned" },
	{ "HTML by its name",
	    P7M("; name=smime.p7m") "\r\nContent-Disposition: inline;"
				    " filename=a.html" B64,
	    "", "neutral header-ambiguous" },
	{ "HTML by one of two names",
	    "Content-Type: application/octet-stream; name=a.html\r\n"
	    "Content-Disposition: inline; filename=smime.p7m" B64,
	    "", "neutral header-ambiguous" },
	{ "not encoded, it seems", P7M(""), "", "neutral cms-malformed" },
	{ "text behind it", P7M("") B64, "\r\n\r\nPay Eve!\r\n", "neutral" },
	{ "a delimiter behind it", P7M("") B64, "--b\r\n" EVIL, "neutral" },
	{ "more base64 behind it", P7M("") B64, "AAAA\r\n", "neutral" },
	{ "more base64 behind its padding", P7M("") B64, "====\r\nMIAG\r\n",
	    "neutral" },
};

START_TEST(is_one_signed_data)
{
	attack_expect(opaques[_i].name,
	    mail_print("From: " ALICE "\r\n%s\r\n\r\n%s%s", opaques[_i].type,
		body_of(hers_opaque()), opaques[_i].after),
	    opaques[_i].want);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, is_read_in_one_way_only, 0, COUNT(types));
	tcase_add_loop_test(tcase, is_cut_in_one_way_only, 0,
	    COUNT(surroundings));
	tcase_add_loop_test(tcase, takes_two_parts_and_no_other, 0,
	    COUNT(changes));
	tcase_add_loop_test(tcase, is_all_of_the_message, 0, COUNT(wrappings));
	tcase_add_loop_test(tcase, is_one_signed_data, 0, COUNT(opaques));
}

int
main(void)
{
	return attack_run("attacks_mime", add_tests);
}
