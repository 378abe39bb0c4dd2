/* SPDX-License-Identifier: ISC */
/*
 * A hostile sender shows another author than the one who signed.
 *
 * A row that passes says why nobody is misled.
 */
#include <check.h>

#include "t/lib/attack.h"
#include "t/lib/mail.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Who it is from.  Eve signs, truly, in the hope that readers see Alice.
 */

static const struct {
	const char *name;
	const char *fields;
	const char *want;
} authors[] = {
	{ "nothing special", "From: " EVE "\r\n", PASS },

	/* More than one mailbox, for some reader. */
	{ "semicolon, Eve first", "From: " EVE "; " ALICE "\r\n",
	    "policy from-ambiguous" },
	{ "semicolon, Alice first", "From: " ALICE "; " EVE "\r\n",
	    "policy from-ambiguous" },
	{ "a group named like Alice", "From: \"" ALICE "\": " EVE ";\r\n",
	    "policy from-ambiguous" },
	{ "an empty group, then Eve", "From: " ALICE ":;, " EVE "\r\n",
	    "policy from-ambiguous" },
	{ "a route over Alice", "From: <@" ALICE ":" EVE ">\r\n",
	    "policy from-ambiguous" },
	{ "a URL of Alice", "From: <mailto:" ALICE "> " EVE "\r\n",
	    "policy from-ambiguous" },
	{ "a comma that is encoded",
	    "From: =?utf-8?q?alice=40example.org=2C?= <" EVE ">\r\n",
	    "policy from-display-name" },
	{ "all of it is encoded",
	    "From: =?utf-8?q?Alice_=3Calice=40example.org=3E?=\r\n",
	    "policy from-ambiguous" },
	{ "all of it is encoded, then Eve",
	    "From: =?utf-8?q?Alice_=3Calice=40example.org=3E=2C?= " EVE "\r\n",
	    "policy from-ambiguous" },
	{ "a vertical tab between", "From: " EVE "\x0b" ALICE "\r\n",
	    "policy from-ambiguous" },
	{ "a form feed before", "From: \x0c" EVE "\r\n",
	    "policy from-ambiguous" },
	{ "a tab for a space", "From: " ALICE "\t<" EVE ">\r\n",
	    "policy from-ambiguous" },
	{ "blanks, then Alice", "From: " EVE LONG ", " ALICE "\r\n",
	    "policy from-ambiguous" },
	{ "percent", "From: alice%example.org@example.net\r\n",
	    "policy from-mismatch" },

	/* A name that is an address, in other writings. */
	{ "UTF-7 that is not encoded",
	    "From: +AGE-lice@example.org <" EVE ">\r\n",
	    "policy from-ambiguous" },
	{ "ISO-2022-JP that is not encoded",
	    "From: \x1b$Balice\x1b(B <" EVE ">\r\n", "policy from-ambiguous" },
	{ "UTF-16 in base64",
	    "From: =?utf-16be?b?AGEAbABpAGMAZQBAAGUAeABhAG0AcABsAGUALgBvAHIAZw="
	    "=?= <" EVE ">\r\n",
	    "policy from-display-name" },
	{ "a NUL that is encoded (Mailsploit)",
	    "From: =?utf-8?b?YWxpY2VAZXhhbXBsZS5vcmc=?==?utf-8?q?=00?="
	    "@example.net\r\n",
	    "policy from-ambiguous" },
	{ "a line end that is encoded (Mailsploit)",
	    "From: =?utf-8?q?alice=40example.org=0A?=@example.net\r\n",
	    "policy from-ambiguous" },

	/* More than one field, for some reader. */
	{ "a second From of Alice, folded",
	    "From: " EVE "\r\n From: " ALICE "\r\n", "policy from-ambiguous" },
	{ "a second From of Alice, other case",
	    "From: " EVE "\r\nfRoM: " ALICE "\r\n", "policy from-ambiguous" },
	{ "a second From behind a tab",
	    "From: " EVE "\r\nFrom\t: " ALICE "\r\n", "policy from-ambiguous" },
	{ "an empty From first", "From:\r\nFrom: " EVE "\r\n",
	    "policy from-ambiguous" },
	{ "behind a line of blanks",
	    "From: " EVE "\r\n \r\nFrom: " ALICE "\r\n",
	    "policy from-ambiguous" },
	{ "behind a bare LF", "From: " EVE "\nFrom: " ALICE "\r\n",
	    "policy from-ambiguous" },
	{ "behind a bare CR", "From: " EVE "\rFrom: " ALICE "\r\n",
	    "neutral header-ambiguous" },
	{ "behind a CR too many", "From: " EVE "\r\r\nFrom: " ALICE "\r\n",
	    "neutral header-ambiguous" },
	{ "behind a NUL", "From: " EVE NUL "\r\nX: y\r\n",
	    "neutral header-ambiguous" },
	{ "behind a bare CR in another field",
	    "Subject: x\rFrom: " ALICE "\r\nFrom: " EVE "\r\n",
	    "neutral header-ambiguous" },
	{ "behind a NUL in another field",
	    "Subject: x" NUL "\r\nFrom: " EVE "\r\n",
	    "neutral header-ambiguous" },
	{ "behind a field of 300 kB",
	    "From: " EVE "\r\nX: " HUGE "\r\nFrom: " ALICE "\r\n",
	    "policy from-ambiguous" },
	{ "a name of 5 kB", "From: " EVE "\r\nFrom" LONG ": " ALICE "\r\n",
	    "policy from-ambiguous" },

	/*
	 * Fields that are not the author's.  Programs show them beside From,
	 * and what From says is true.
	 */
	{ "Sender", "From: " EVE "\r\nSender: " ALICE "\r\n", PASS },
	{ "Resent-From", "From: " EVE "\r\nResent-From: " ALICE "\r\n", PASS },
	{ "Reply-To", "From: " EVE "\r\nReply-To: " ALICE "\r\n", PASS },
	{ "X-From", "From: " EVE "\r\nX-From: " ALICE "\r\n", PASS },
	{ ">From", ">From: " ALICE "\r\nFrom: " EVE "\r\n", PASS },
	/* And these do not make Eve the author of what Alice is said to be. */
	{ "Sender alone", "Sender: " EVE "\r\n", "policy no-from" },
	{ "From Alice, the rest Eve",
	    "From: " ALICE "\r\nSender: " EVE "\r\nResent-From: " EVE "\r\n",
	    "policy from-mismatch" },
	/* A name is but a name: nothing in it looks like an address. */
	{ "a name in words", "From: \"Alice at example.org\" <" EVE ">\r\n",
	    PASS },
};

START_TEST(shows_no_other_author)
{
	struct octets mail = attack_detached(authors[_i].fields,
	    attack_cast->eve, attack_cast->eve_key, PART);

	attack_expect(authors[_i].name, attack_octets(mail.at),
	    authors[_i].want);
}
END_TEST

/*
 * What Eve signs says that it is from Alice, in places that programs may
 * take for a header of the message.  More of them are in test_layers.c.
 */

#define MIXED "Content-Type: multipart/mixed; boundary=m"

static const struct {
	const char *name;
	const char *part;
	const char *want;
} contents[] = {
	{ "protected-headers of old",
	    "Content-Type: text/plain;"
	    " protected-headers=\"v1\"\r\n"
	    "From: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "hp=cipher",
	    "Content-Type: text/plain; hp=\"cipher\"\r\n"
	    "From: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "a blank before the colon",
	    "Content-Type: text/plain\r\n"
	    "From : " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "behind its fold", "From:\r\n " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "as the name", "From: \"" ALICE "\" <" EVE ">\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "empty", "From:\r\n\r\nHello.\r\n", "policy protected-from" },
	{ "8 bit", "From: \xe1lice@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "behind a line of blanks",
	    "X: y\r\n \r\nFrom: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "behind a CR too many", "X: y\r\r\nFrom: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "behind a NUL",
	    "X: y" NUL "\r\n" NUL "From: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "behind a field of 300 kB",
	    "X: " HUGE "\r\nFrom: " ALICE "\r\n\r\nHello.\r\n",
	    "permerror header-too-large" },
	{ "an attached message of our time",
	    "Content-Type: message/global\r\n"
	    "\r\nFrom: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "an attached message, upper case",
	    "Content-Type: MESSAGE/RFC822\r\n"
	    "\r\nFrom: " ALICE "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "an attached message, a comment",
	    "Content-Type: (x) message/rfc822\r\n\r\nFrom: " ALICE
	    "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "an attached message, an open quote",
	    "Content-Type: message/rfc822; x=\"\r\n\r\nFrom: " ALICE
	    "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "an attached message, inline",
	    "Content-Type: message/rfc822; forwarded=no\r\n"
	    "Content-Disposition: inline\r\n\r\nFrom: " ALICE
	    "\r\n\r\nHello.\r\n",
	    "policy protected-from" },
	{ "an attached message of an mbox",
	    "Content-Type: message/rfc822\r\n\r\nFrom alice\r\nFrom: " ALICE
	    "\r\n\r\nHello.\r\n",
	    "policy protected-from" },

	/* Shown as a message within, with a header of its own. */
	{ "a message in an attached message",
	    "Content-Type: message/rfc822\r\n\r\nFrom: " EVE "\r\n"
	    "Content-Type: message/rfc822\r\n\r\nFrom: " ALICE
	    "\r\n\r\nHello.\r\n",
	    PASS },
	{ "the only part",
	    MIXED "\r\n\r\n--m\r\nContent-Type: message/rfc822"
		  "\r\n\r\nFrom: " ALICE "\r\n\r\nHello.\r\n--m--\r\n",
	    PASS },
	{ "a digest",
	    "Content-Type: multipart/digest; boundary=m\r\n\r\n--m"
	    "\r\n\r\nFrom: " ALICE "\r\n\r\nHello.\r\n--m--\r\n",
	    PASS },
	{ "a file",
	    "Content-Type: application/octet-stream; name=a.eml\r\n\r\n"
	    "From: " ALICE "\r\n\r\nHello.\r\n",
	    PASS },
	{ "a status",
	    "Content-Type: message/delivery-status\r\n\r\n"
	    "From: " ALICE "\r\n\r\nHello.\r\n",
	    PASS },
	/* Text, and whoever reads it sees so. */
	{ "no header at all", "\r\nFrom: " ALICE "\r\n\r\nHello.\r\n", PASS },
	/* RFC 9788 4 has fields in the header of the root only. */
	{ "hp in a part",
	    MIXED "\r\n\r\n--m\r\nContent-Type: text/plain; hp="
		  "clear\r\nFrom: " ALICE "\r\n\r\nHello.\r\n--m--\r\n",
	    PASS },
	/* RFC 2046 5.2.2.1: From is the one of the enclosing message. */
	{ "one piece of one",
	    "Content-Type: message/partial; id=x; number=1;"
	    " total=1\r\n\r\nFrom: " ALICE "\r\n\r\nHello.\r\n",
	    PASS },
	/* Fields that are not the author's. */
	{ "Sender",
	    "Content-Type: text/plain; hp=\"clear\"\r\n"
	    "Sender: " ALICE "\r\n\r\nHello.\r\n",
	    PASS },
	{ "Reply-To",
	    "Content-Type: text/plain; hp=\"clear\"\r\n"
	    "Reply-To: " ALICE "\r\n\r\nHello.\r\n",
	    PASS },
	{ "HP-Outer",
	    "Content-Type: text/plain; hp=\"clear\"\r\n"
	    "HP-Outer: From: " ALICE "\r\n\r\nHello.\r\n",
	    PASS },
	{ "a name",
	    "Content-Type: text/plain; hp=\"clear\"\r\n"
	    "From: Alice <" EVE ">\r\n\r\nHello.\r\n",
	    PASS },
};

START_TEST(shows_no_other_author_within)
{
	static const struct mail_form form = { .fields = "From: " EVE "\r\n" };
	const struct mail_signer signer = { .cert = attack_cast->eve,
		.key = attack_cast->eve_key };
	struct mail_cms cms = { .signers = &signer, .count = 1 };
	struct octets part = attack_octets(contents[_i].part);

	attack_expect(contents[_i].name,
	    mail_detached(&form, part, mail_sign(&cms, part)),
	    contents[_i].want);
	cms.shape = MAIL_OPAQUE;
	attack_expect(contents[_i].name,
	    mail_opaque(&form, mail_sign(&cms, part)), contents[_i].want);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, shows_no_other_author, 0, COUNT(authors));
	tcase_add_loop_test(tcase, shows_no_other_author_within, 0,
	    COUNT(contents));
}

int
main(void)
{
	return attack_run("attacks_author", add_tests);
}
