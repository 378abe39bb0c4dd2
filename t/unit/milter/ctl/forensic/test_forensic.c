/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "milter/ctl/forensic/forensic.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define HEAD	     "Content-Type: text/plain; charset=utf-8\r\n"
#define CTE(word)    "Content-Transfer-Encoding: " word "\r\n"
#define TEXT	     HEAD "\r\n"
#define QP	     HEAD CTE("quoted-printable") "\r\n"
#define BASE64	     HEAD CTE("base64") "\r\n"
#define TEN(c)	     c c c c c c c c c c
#define HUNDRED(c)   TEN(TEN(c))

/* What was signed, and what a relay made of it. */
static const struct {
	const char *name;
	const char *was, *is;
	enum damage cause, also;
} cases[] = {
	{ "8bit to quoted-printable",
	    HEAD CTE("8bit") "\r\nGr\xc3\xbc\xc3\x9f"
			     "e = 1\r\n",
	    HEAD CTE("quoted-printable") "\r\nGr=C3=BC=C3=9Fe =3D 1\r\n",
	    DAMAGE_CTE_RECODED, DAMAGE_NONE },
	{ "8bit to base64", HEAD CTE("8bit") "\r\n\xc3\xbc\r\n",
	    HEAD CTE("base64") "\r\nw7wNCg==\r\n", DAMAGE_CTE_RECODED,
	    DAMAGE_NONE },
	{ "8bit called 7bit", HEAD CTE("8bit") "\r\n\xc3\xbc\r\n",
	    HEAD CTE("7bit") "\r\n\xc3\xbc\r\n", DAMAGE_CTE_RECODED,
	    DAMAGE_NONE },
	{ "no encoding to quoted-printable", TEXT "a = b\r\n", QP "a =3D b\r\n",
	    DAMAGE_CTE_RECODED, DAMAGE_NONE },
	{ "the field has moved to the end, as Postfix does",
	    CTE("8bit") HEAD "\r\na \xc3\xbc\r\n",
	    HEAD CTE("quoted-printable") "\r\na =C3=BC\r\n", DAMAGE_CTE_RECODED,
	    DAMAGE_NONE },
	{ "with the note of sendmail", HEAD CTE("8bit") "\r\na \xc3\xbc\r\n",
	    HEAD CTE(
		"quoted-printable") "X-MIME-Autoconverted: from 8bit to quoted-printable by a id 1\r\n"
				    "\r\na =C3=BC\r\n",
	    DAMAGE_CTE_RECODED, DAMAGE_NONE },
	{ "both texts of a multipart",
	    "Content-Type: multipart/alternative; boundary=i\r\n"
	    "\r\n--i\r\n" HEAD CTE("8bit") "\r\n\xc3\xbc\r\n--i\r\n"
					   "Content-Type: text/html\r\n" CTE(
					       "8bit") "\r\n<\xc3\xbc>\r\n"
						       "--i--\r\n",
	    "Content-Type: multipart/alternative; boundary=i\r\n"
	    "\r\n--i\r\n" HEAD CTE(
		"quoted-printable") "\r\n=C3=BC\r\n--i\r\n"
				    "Content-Type: text/html\r\n" CTE(
					"base64") "\r\nPMO8Pg==\r\n"
						  "--i--\r\n",
	    DAMAGE_CTE_RECODED, DAMAGE_NONE },
	{ "one text of a multipart, which said 8bit as well",
	    "Content-Type: multipart/mixed; boundary=i\r\n" CTE(
		"8bit") "\r\n--i\r\n" HEAD
		CTE("quoted-printable") "\r\n=C3=BC\r\n--i\r\n" HEAD CTE(
		    "8bit") "\r\n\xc3\xbc\r\n--i--\r\n",
	    "Content-Type: multipart/mixed; boundary=i\r\n" CTE(
		"7bit") "\r\n--i\r\n" HEAD
		CTE("quoted-printable") "\r\n=C3=BC\r\n--i\r\n" HEAD CTE(
		    "quoted-printable") "\r\n=C3=BC\r\n--i--\r\n",
	    DAMAGE_CTE_RECODED, DAMAGE_NONE },
	{ "recoded, with a blank line more", HEAD CTE("8bit") "\r\n\xc3\xbc",
	    QP "=C3=BC\r\n\r\n", DAMAGE_CTE_RECODED, DAMAGE_TRAILING_LINES },
	{ "recoded, with a footer", HEAD CTE("8bit") "\r\n\xc3\xbc\r\n",
	    QP "=C3=BC\r\n--\r\nlist\r\n", DAMAGE_CTE_RECODED, DAMAGE_FOOTER },
	{ "recoded, without white space",
	    HEAD CTE("8bit") "\r\n\xc3\xbc\r\n-- \r\nBob\r\n",
	    QP "=C3=BC\r\n--\r\nBob\r\n", DAMAGE_CTE_RECODED,
	    DAMAGE_TRAILING_SPACE },
	{ "base64 from 72 to 76",
	    BASE64 TEN("0123456") "01\r\n2345" TEN("ABCD") "\r\n",
	    BASE64 TEN("0123456") "012345\r\n" TEN("ABCD") "\r\n",
	    DAMAGE_REWRAPPED, DAMAGE_NONE },
	{ "base64 from 76 to 64",
	    BASE64 TEN("ABCD") TEN("ABC") "ABCDEF\r\nABCD\r\n",
	    BASE64 TEN("ABCD") "ABCABCABCABCABCABCABCABC\r\n"
			       "ABCABCABCDEFABCD\r\n",
	    DAMAGE_REWRAPPED, DAMAGE_NONE },
	{ "base64 on one line", BASE64 HUNDRED("ABCD") "\r\n",
	    BASE64 TEN("ABCDABCD") "\r\n" TEN("ABCDABCD") "\r\n" TEN(
		"ABCDABCD") "\r\n" TEN("ABCDABCD") "\r\n" TEN("ABCDABCD") "\r\n",
	    DAMAGE_REWRAPPED, DAMAGE_NONE },
	{ "quoted-printable from 76 to shorter lines",
	    QP TEN("0123456") "01234=\r\n=3D678\r\nnext\r\n",
	    QP TEN("0123456") "=\r\n01234=3D678\r\nnext\r\n", DAMAGE_REWRAPPED,
	    DAMAGE_NONE },
	{ "quoted-printable whose last line had 76",
	    QP TEN("0123456") "012345\r\n", QP TEN("0123456") "=\r\n012345\r\n",
	    DAMAGE_REWRAPPED, DAMAGE_NONE },
	{ "quoted-printable whose last line had to be broken",
	    QP TEN("0123456") "01234=\r\n5\r\n",
	    QP TEN("0123456") "=\r\n012345\r\n", DAMAGE_REWRAPPED,
	    DAMAGE_NONE },
	{ "the soft line break at the end is gone", QP "text=", QP "text",
	    DAMAGE_REWRAPPED, DAMAGE_NONE },
	{ "a soft line break at the end is new", QP "text", QP "text=\r\n",
	    DAMAGE_REWRAPPED, DAMAGE_NONE },
	{ "white space is new", TEXT "a\r\nb\r\n", TEXT "a \r\nb\t\r\n",
	    DAMAGE_TRAILING_SPACE, DAMAGE_NONE },
	{ "the space of a signature is gone", TEXT "a\r\n-- \r\nBob\r\n",
	    TEXT "a\r\n--\r\nBob\r\n", DAMAGE_TRAILING_SPACE, DAMAGE_NONE },
	{ "the space of a quotation is gone",
	    TEXT "> a\r\n> \r\n>> \r\n-- \r\nBob\r\n",
	    TEXT "> a\r\n>\r\n>>\r\n--\r\nBob\r\n", DAMAGE_TRAILING_SPACE,
	    DAMAGE_NONE },
	{ "white space and a blank line are new", TEXT "a\r\nb\r\n",
	    TEXT "a \r\nb\r\n\r\n", DAMAGE_TRAILING_SPACE,
	    DAMAGE_TRAILING_LINES },
	{ "a blank line is new", TEXT "a\r\n", TEXT "a\r\n\r\n",
	    DAMAGE_TRAILING_LINES, DAMAGE_NONE },
	{ "blank lines are gone", TEXT "a\r\n\r\n\r\n", TEXT "a\r\n",
	    DAMAGE_TRAILING_LINES, DAMAGE_NONE },
	{ "the last end of line is gone", TEXT "a\r\n", TEXT "a",
	    DAMAGE_TRAILING_LINES, DAMAGE_NONE },
	{ "blank lines within are new",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n--i--\r\n",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n\r\n\r\n--i--\r\n",
	    DAMAGE_TRAILING_LINES, DAMAGE_NONE },
	{ "a footer", TEXT "a\r\nb\r\n",
	    TEXT "a\r\nb\r\n\r\n____\r\nlist@example.org\r\n", DAMAGE_FOOTER,
	    DAMAGE_NONE },
	{ "a footer within",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\npreamble\r\n"
	    "--i\r\n" TEXT "a\r\nb\r\n--i  \r\n" BASE64 "AAAA\r\n--i--\r\n",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\npreamble\r\n"
	    "--i\r\n" TEXT "a\r\nb\r\n--\r\nlist\r\n--i  \r\n" BASE64
	    "AAAA\r\n--i--\r\n",
	    DAMAGE_FOOTER, DAMAGE_NONE },
	{ "a footer in the second text",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n--i\r\n" TEXT "b\r\n--i--\r\n",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n--i\r\n" TEXT "b\r\nfooter\r\n--i--\r\n",
	    DAMAGE_FOOTER, DAMAGE_NONE },
	{ "a long line, as Postfix splits it",
	    TEXT HUNDRED("0123456789") HUNDRED("0123456789") "\r\nb\r\n",
	    TEXT HUNDRED("0123456789") "\r\n " HUNDRED(
		"0123456789") "\r\nb\r\n",
	    DAMAGE_LONG_LINE_SPLIT, DAMAGE_NONE },
	{ "a long line, as sendmail splits it",
	    TEXT HUNDRED("0123456789") "ab\r\n",
	    TEXT HUNDRED("0123456789") "!\r\n ab\r\n", DAMAGE_LONG_LINE_SPLIT,
	    DAMAGE_NONE },
	{ "a long line that is merely broken",
	    TEXT HUNDRED("0123456789") "ab\r\n",
	    TEXT HUNDRED("0123456789") "\r\nab\r\n", DAMAGE_LONG_LINE_SPLIT,
	    DAMAGE_NONE },
	{ "a long line that is broken, and one before a blank line",
	    TEXT HUNDRED("0123456789") "ab\r\n" HUNDRED("0123456789") "\r\n"
								      "\r\nb",
	    TEXT HUNDRED("0123456789") "\r\nab\r\n" HUNDRED(
		"0123456789") "\r\n\r\nb",
	    DAMAGE_LONG_LINE_SPLIT, DAMAGE_NONE },
	{ "signed with LF", "Content-Type: text/plain; charset=utf-8\n\na\nb\n",
	    TEXT "a\r\nb\r\n", DAMAGE_LINE_ENDS, DAMAGE_NONE },
	{ "CR doubled", TEXT "a\r\nb\r\n",
	    "Content-Type: text/plain; charset=utf-8\r\r\n\r\r\na\r\r\n"
	    "b\r\r\n",
	    DAMAGE_LINE_ENDS, DAMAGE_NONE },
	{ "signed with CR doubled",
	    "Content-Type: text/plain; charset=utf-8\r\r\n\r\r\na\r\r\n",
	    TEXT "a\r\n", DAMAGE_LINE_ENDS, DAMAGE_NONE },
	{ "unfolded", "Content-Type: text/plain;\r\n charset=utf-8\r\n\r\na",
	    "Content-Type: text/plain; charset=utf-8\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "unfolded, where a tab was",
	    "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\na",
	    "Content-Type: text/plain; charset=utf-8\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "folded", "Content-Type: text/plain; charset=utf-8\r\n\r\na",
	    "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "each parameter was on a line of its own",
	    "Content-Type: text/plain;\r\n\tcharset=utf-8;\r\n\tformat=flowed"
	    "\r\n\r\na",
	    "Content-Type: text/plain; charset=utf-8;\r\n format=flowed"
	    "\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "a fold with a tab for a space",
	    "Content-Type: text/plain;\r\n charset=utf-8\r\n\r\na",
	    "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "a fold with a space for a tab",
	    "Content-Type: text/plain\r\n\t; charset=utf-8\r\n\r\na",
	    "Content-Type: text/plain\r\n        ; charset=utf-8\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "CRLF alone was put in",
	    "Content-Type: text/plain;  charset=utf-8\r\n\r\na",
	    "Content-Type: text/plain;\r\n  charset=utf-8\r\n\r\na",
	    DAMAGE_HEADER_REFOLDED, DAMAGE_NONE },
	{ "a space after the colon is new", "Content-Type:text/plain\r\n\r\na",
	    "Content-Type: text/plain\r\n\r\na", DAMAGE_HEADER_REFOLDED,
	    DAMAGE_NONE },
	{ "a space after the colon is gone",
	    "Content-Type: text/plain\r\n\r\na",
	    "Content-Type:text/plain\r\n\r\na", DAMAGE_HEADER_REFOLDED,
	    DAMAGE_NONE },
	{ "a space of two after the colon is gone",
	    "Content-Type: text/plain\r\n\r\na",
	    "Content-Type:  text/plain\r\n\r\na", DAMAGE_HEADER_REFOLDED,
	    DAMAGE_NONE },
	{ "unfolded, and the space of a signature is gone",
	    "Content-Type: text/plain;\r\n charset=utf-8\r\n\r\na\r\n-- \r\nB",
	    TEXT "a\r\n--\r\nB", DAMAGE_HEADER_REFOLDED,
	    DAMAGE_TRAILING_SPACE },
	{ "a field is new", TEXT "a\r\n",
	    "X-Scanned: yes\r\n\tof course\r\n" TEXT "a\r\n",
	    DAMAGE_HEADER_ADDED, DAMAGE_NONE },
	{ "MIME-Version is new", TEXT "a\r\n",
	    "MIME-Version: 1.0\r\n" TEXT "a\r\n", DAMAGE_HEADER_ADDED,
	    DAMAGE_NONE },
	{ "a field is new beside MIME-Version",
	    "MIME-Version: 1.0\r\n" TEXT "a\r\n",
	    "MIME-Version: 1.0\r\nX-Scanned: yes\r\n" TEXT "a\r\n",
	    DAMAGE_HEADER_ADDED, DAMAGE_NONE },
	{ "From was quoted", TEXT "a\r\nFrom here\r\n>From b\r\n",
	    TEXT "a\r\n>From here\r\n>>From b\r\n", DAMAGE_FROM_QUOTED,
	    DAMAGE_NONE },
	{ "From lost its quote", TEXT "a\r\n>From here\r\n",
	    TEXT "a\r\nFrom here\r\n", DAMAGE_FROM_QUOTED, DAMAGE_NONE },
	{ "a byte order mark is gone",
	    TEXT "\xef\xbb\xbf"
		 "a\r\n",
	    TEXT "a\r\n", DAMAGE_BOM, DAMAGE_NONE },
	{ "a byte order mark is new", TEXT "a\r\n",
	    TEXT "\xef\xbb\xbf"
		 "a\r\n",
	    DAMAGE_BOM, DAMAGE_NONE },
	{ "an encoded byte order mark is gone", QP "=EF=BB=BFa\r\n", QP "a\r\n",
	    DAMAGE_BOM, DAMAGE_NONE },
	{ "dots were doubled", TEXT ".a\r\n.\r\nb.\r\n",
	    TEXT "..a\r\n..\r\nb.\r\n", DAMAGE_DOTS, DAMAGE_NONE },
	{ "one of two dots is gone", TEXT "..a\r\n", TEXT ".a\r\n", DAMAGE_DOTS,
	    DAMAGE_NONE },
	{ "one letter", TEXT "a\r\n", TEXT "b\r\n", DAMAGE_NONE, DAMAGE_NONE },
	{ "one letter of a recoded text", HEAD CTE("8bit") "\r\n\xc3\xbc\r\n",
	    QP "=C3=BD\r\n", DAMAGE_NONE, DAMAGE_NONE },
	{ "a line more behind the last delimiter",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n--i--\r\n--i\r\n" TEXT "b\r\n",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n--i--\r\n--i\r\n" TEXT "b\r\nfooter\r\n",
	    DAMAGE_NONE, DAMAGE_NONE },
	{ "a line more behind what only looks like a delimiter",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\n--in\r\n\r\nb\r\n--i--\r\n",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" TEXT
	    "a\r\nfooter\r\n--in\r\n\r\nb\r\n--i--\r\n",
	    DAMAGE_NONE, DAMAGE_NONE },
	{ "base64 that is no text",
	    "Content-Type: image/png\r\n" CTE("8bit") "\r\n\xc3\xbc\r\n",
	    "Content-Type: image/png\r\n" CTE("base64") "\r\nw7wNCg==\r\n",
	    DAMAGE_NONE, DAMAGE_NONE },
	{ "a word more", TEXT "pay 10\r\n", TEXT "pay 100\r\n", DAMAGE_NONE,
	    DAMAGE_NONE },
	{ "another type", "Content-Type: text/plain\r\n\r\na",
	    "Content-Type: text/html\r\n\r\na", DAMAGE_NONE, DAMAGE_NONE },
};

/* The digest of what was signed; returns its length. */
static size_t
digest_of(const char *name, const void *octets, size_t len,
    uint8_t out[EVP_MAX_MD_SIZE])
{
	const EVP_MD *md = EVP_get_digestbyname(name);
	unsigned int n = 0;

	ck_assert_int_eq(EVP_Digest(octets, len, out, &n, md, NULL), 1);
	return n;
}

/* In a block of its own, for AddressSanitizer. */
static struct forensic
examine(const char *was, size_t was_len, const char *is, size_t is_len)
{
	uint8_t expected[EVP_MAX_MD_SIZE];
	uint8_t *part = malloc(is_len);
	struct forensic_input in = { .part = part,
		.len = is_len,
		.digest = "sha256",
		.expected = expected };
	struct forensic found = { .gave_up = true };

	if (is_len > 0)
		memcpy(part, is, is_len);
	in.expected_len = digest_of("sha256", was, was_len, expected);
	forensic_examine(&in, &found);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(part);
	return found;
}

static void
init(void)
{
	smime_init();
}

START_TEST(names_what_was_done)
{
	const char *was = cases[_i].was;
	const char *is = cases[_i].is;
	struct forensic found = examine(was, strlen(was), is, strlen(is));

	ck_assert_msg(found.cause == cases[_i].cause &&
		found.also == cases[_i].also && !found.gave_up,
	    "%s: %s and %s", cases[_i].name, damage_token(found.cause),
	    damage_token(found.also));
}
END_TEST

START_TEST(finds_nothing_in_what_is_unchanged)
{
	const char *was = cases[_i].was;
	struct forensic found = examine(was, strlen(was), was, strlen(was));

	ck_assert_msg(found.cause == DAMAGE_NONE && !found.gave_up, "%s",
	    cases[_i].name);
}
END_TEST

/* One octet changed anywhere, on top of what a relay did. */
START_TEST(finds_nothing_where_an_octet_is_wrong)
{
	struct octets is = mail_print("%s", cases[0].is);
	struct octets wrong;
	struct forensic found;

	for (size_t i = 0; i < is.len; i++) {
		wrong = mail_flip(is, i);
		/* White space is not content here: it is undone as well. */
		if (strchr(" \r\n\t=", is.at[i]) != NULL ||
		    strchr(" \r\n\t=", wrong.at[i]) != NULL)
			continue;
		found = examine(cases[0].was, strlen(cases[0].was), wrong.at,
		    wrong.len);
		ck_assert_msg(found.cause == DAMAGE_NONE ||
			i >= mail_find(is, "quoted") - 2,
		    "octet %zu: %s", i, damage_token(found.cause));
	}
}
END_TEST

START_TEST(survives_every_truncation)
{
	const char *is = cases[_i].is;

	for (size_t n = 0; n < strlen(is) && n < 250; n++) {
		struct forensic found = examine("other", 5, is, n);

		ck_assert_msg(found.cause == DAMAGE_NONE, "%zu", n);
	}
}
END_TEST

static const char *const digests[] = { "md5", "sha1", "sha384", "sha512",
	"sha3-256" };

START_TEST(works_with_any_digest)
{
	uint8_t expected[EVP_MAX_MD_SIZE];
	struct forensic_input in = { .part = (const uint8_t *)"a\r\n",
		.len = 3,
		.digest = digests[_i],
		.expected = expected };
	struct forensic found;

	in.expected_len = digest_of(digests[_i], "a", 1, expected);
	forensic_examine(&in, &found);
	ck_assert_int_eq(found.cause, DAMAGE_TRAILING_LINES);
	in.expected_len--;
	forensic_examine(&in, &found);
	ck_assert_int_eq(found.cause, DAMAGE_NONE);
}
END_TEST

START_TEST(works_with_shake256)
{
	uint8_t expected[64];
	struct forensic_input in = { .part = (const uint8_t *)"a\r\n",
		.len = 3,
		.digest = "shake256",
		.expected = expected,
		.expected_len = sizeof(expected) };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct forensic found;

	EVP_DigestInit_ex(ctx, EVP_shake256(), NULL);
	EVP_DigestUpdate(ctx, "a", 1);
	EVP_DigestFinalXOF(ctx, expected, sizeof(expected));
	EVP_MD_CTX_free(ctx);
	forensic_examine(&in, &found);
	ck_assert_int_eq(found.cause, DAMAGE_TRAILING_LINES);
}
END_TEST

START_TEST(does_not_know_an_unknown_digest)
{
	struct forensic_input in = { .part = (const uint8_t *)"",
		.digest = "sha257",
		.expected = (const uint8_t *)"" };
	struct forensic found;

	ERR_raise(ERR_LIB_USER, 1);
	forensic_examine(&in, &found);
	ck_assert_int_eq(found.cause, DAMAGE_NONE);
	in.digest = NULL;
	forensic_examine(&in, &found);
	ck_assert_int_eq(found.cause, DAMAGE_NONE);
	ck_assert_int_eq(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

/* A text of len octets, filled with one line again and again. */
static char *
large(const char *head, const char *line, size_t len)
{
	char *text = malloc(len + 1);
	size_t n = strlen(head);

	memcpy(text, head, n);
	for (size_t i = 0; n < len; i++)
		text[n++] = line[i % strlen(line)];
	text[len] = '\0';
	return text;
}

START_TEST(takes_eight_megabytes_and_no_more)
{
	char *was = large(TEXT, "A line of text.\r\n", FORENSIC_MAX_PART - 2);
	char *is = large(TEXT, "A line of text.\r\n", FORENSIC_MAX_PART);
	struct forensic found;

	memcpy(is + FORENSIC_MAX_PART - 2, "\r\n", 2);
	found = examine(was, FORENSIC_MAX_PART - 2, is, FORENSIC_MAX_PART);
	ck_assert_int_eq(found.cause, DAMAGE_TRAILING_LINES);
	ck_assert(!found.gave_up);
	found = examine(was, FORENSIC_MAX_PART - 2, is, FORENSIC_MAX_PART + 1);
	ck_assert_int_eq(found.cause, DAMAGE_NONE);
	ck_assert(found.gave_up);
	free(was);
	free(is);
}
END_TEST

/* A field that is beyond the limit is not seen. */
START_TEST(reads_a_header_of_some_size)
{
	struct octets was, is;
	struct forensic found;
	char *field;

	for (size_t n = 0; n < 2; n++) {
		field = large("X: ", "a", PARTMAP_MAX_HEADER - 200 + n * 200);
		was = mail_print("%s\r\n" CTE("8bit") "\r\na\xc3\xbc", field);
		is = mail_print("%s\r\n" CTE("quoted-printable") "\r\na=C3=BC",
		    field);
		found = examine(was.at, was.len, is.at, is.len);
		ck_assert_int_eq(found.cause,
		    n == 0 ? DAMAGE_CTE_RECODED : DAMAGE_NONE);
		free(field);
	}
	mail_end();
}
END_TEST

/* Parts for which each kind of damage has much to undo. */
static const struct {
	const char *name, *head, *line;
} larges[] = {
	{ "text", TEXT, ".From here \r\n" },
	{ "no line at all", TEXT, "x" },
	{ "ends of line", TEXT, "\n" },
	{ "quoted-printable", QP, "a =3D b =C3=BC=\r\n" },
	{ "soft line breaks", QP, "=\r\n" },
	{ "equals signs and blanks", QP, "= " },
	{ "base64", BASE64, "AAAAAAAAAAAAAAAAAAAA\r\n" },
	{ "header", "", "X-Field: a;\r\n b; c\r\n" },
	{ "header without fields", "", "-\r\n" },
	{ "delimiters", "Content-Type: multipart/mixed; boundary=i\r\n\r\n",
	    "--i\r\n\r\na" },
	{ "multiparts", "",
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n"
	    "--i\r\n" },
};

START_TEST(does_not_work_for_long)
{
	struct timespec from, to;
	struct forensic found;
	char *is;

	is = large(larges[_i].head, larges[_i].line, FORENSIC_MAX_PART);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	found = examine("other", 5, is, FORENSIC_MAX_PART);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ck_assert_int_eq(found.cause, DAMAGE_NONE);
	if (getenv("TIMES") != NULL)
		printf("%s: %.2f s%s\n", larges[_i].name,
		    (double)(to.tv_sec - from.tv_sec) +
			(double)(to.tv_nsec - from.tv_nsec) / 1e9,
		    found.gave_up ? ", gave up" : "");
	ck_assert_int_le(to.tv_sec - from.tv_sec, 30);
	free(is);
}
END_TEST

/* The last kind is found in a large part, so the budget goes that far. */
START_TEST(tries_all_of_them_on_a_large_part)
{
	char *was =
	    large(TEXT ".a\r\n", "A line of text.\r\n", FORENSIC_MAX_PART - 1);
	char *is =
	    large(TEXT "..a\r\n", "A line of text.\r\n", FORENSIC_MAX_PART);
	struct forensic found =
	    examine(was, FORENSIC_MAX_PART - 1, is, FORENSIC_MAX_PART);

	ck_assert_int_eq(found.cause, DAMAGE_DOTS);
	free(was);
	free(is);
}
END_TEST

START_TEST(describes_in_one_sentence)
{
	struct forensic found = { .cause = DAMAGE_FOOTER };
	char text[FORENSIC_MAX_TEXT];

	forensic_describe(&found, NULL, text);
	ck_assert_str_eq(text, "footer: text was added at the end");
	forensic_describe(&found, "a.example", text);
	ck_assert_str_eq(text,
	    "footer: text was added at the end; probably by a.example");
	found.also = DAMAGE_LONG_LINE_SPLIT;
	forensic_describe(&found, NULL, text);
	ck_assert_str_eq(text,
	    "footer: text was added at the end; and a long line was split");
	found = (struct forensic){ .gave_up = true };
	forensic_describe(&found, NULL, text);
	ck_assert_str_eq(text, "not found within the limits");
	found.gave_up = false;
	forensic_describe(&found, NULL, text);
	ck_assert_str_eq(text, "not found; it is nothing that relays often do");
}
END_TEST

/* From the signature to the cause, as the pipeline has it. */
START_TEST(knows_the_digest_from_the_verdict)
{
	const struct pki_cert is = { .cn = "Alice",
		.extensions = pki_leaf_extensions_alice };
	EVP_PKEY *key = pki_key("P-256");
	X509 *alice = pki_make(&is, key, NULL, NULL);
	struct mail_signer signer = { .cert = alice, .key = key };
	const struct mail_cms cms = { .signers = &signer, .count = 1 };
	const struct mail_voucher vouchers[] = { { .cert = alice },
		{ .cert = NULL } };
	struct trust *trust =
	    trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers), NULL, NULL);
	struct octets part = mail_print(TEXT "a\r\n.b\r\n");
	struct octets mail;
	const struct signature *s;
	struct forensic_input in;
	struct forensic found;
	struct limits limits;
	struct rules rules;
	struct smime *smime;

	limits_default(&limits);
	rules_default(&rules);
	mail = mail_detached(&(struct mail_form){ .fields = NULL }, part,
	    mail_sign(&cms, part));
	mail = mail_replace(mail, ".b", "..b");
	part = mail_replace(part, ".b", "..b");
	smime = smime_new(NULL, &limits, &rules);
	mail_push(smime, mail);
	s = smime_finish(smime, trust, 1767225600)->signatures;
	ck_assert_int_eq(s->reason, REASON_DIGEST_MISMATCH);
	in = (struct forensic_input){ .part = (const uint8_t *)part.at,
		.len = part.len,
		.digest = s->digest,
		.expected = s->message_digest,
		.expected_len = s->message_digest_len };
	forensic_examine(&in, &found);
	ck_assert_int_eq(found.cause, DAMAGE_DOTS);
	smime_free(smime);
	trust_unref(trust);
	mail_end();
	X509_free(alice);
	EVP_PKEY_free(key);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("forensic");
	TCase *tcase = tcase_create("forensic");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, init, NULL);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, names_what_was_done, 0, COUNT(cases));
	tcase_add_loop_test(tcase, finds_nothing_in_what_is_unchanged, 0,
	    COUNT(cases));
	tcase_add_test(tcase, finds_nothing_where_an_octet_is_wrong);
	tcase_add_loop_test(tcase, survives_every_truncation, 0, COUNT(cases));
	tcase_add_loop_test(tcase, works_with_any_digest, 0, COUNT(digests));
	tcase_add_test(tcase, works_with_shake256);
	tcase_add_test(tcase, does_not_know_an_unknown_digest);
	tcase_add_test(tcase, takes_eight_megabytes_and_no_more);
	tcase_add_test(tcase, tries_all_of_them_on_a_large_part);
	tcase_add_test(tcase, reads_a_header_of_some_size);
	tcase_add_loop_test(tcase, does_not_work_for_long, 0, COUNT(larges));
	tcase_add_test(tcase, describes_in_one_sentence);
	tcase_add_test(tcase, knows_the_digest_from_the_verdict);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
