/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/forensic/hop.h"
#include "t/lib/mail.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	enum damage cause;
	const char *header;
	const char *want; /* NULL: it cannot be told */
} hops[] = {
	{ "sendmail", DAMAGE_CTE_RECODED,
	    "X-MIME-Autoconverted: from 8bit to quoted-printable by\r\n"
	    "\tmx.example.net id a1\r\n",
	    "mx.example.net, which says so in X-MIME-Autoconverted" },
	{ "sendmail, twice", DAMAGE_CTE_RECODED,
	    "X-MIME-Autoconverted: from 8bit to base64 by a.example id 1\r\n"
	    "X-MIME-Autoconverted: from 8bit to base64 by b.example id 2\r\n",
	    NULL },
	{ "sendmail, and another cause", DAMAGE_FOOTER,
	    "X-MIME-Autoconverted: from 8bit to base64 by a.example id 1\r\n",
	    NULL },
	{ "sendmail, without a name", DAMAGE_CTE_RECODED,
	    "X-MIME-Autoconverted: from 8bit to base64 by \r\n", NULL },
	{ "a list", DAMAGE_FOOTER, "List-Id: Talk <talk.example.org>\r\n",
	    "talk.example.org, the mailing list named in List-Id" },
	{ "a list, and another cause", DAMAGE_DOTS,
	    "List-Id: Talk <talk.example.org>\r\n", NULL },
	{ "a list that would write to the terminal", DAMAGE_FOOTER,
	    "List-Id: <\x1b[31mred>\r\n", NULL },
	{ "Exchange", DAMAGE_REWRAPPED,
	    "X-MS-Exchange-Organization-AuthSource: EX1.example.net\r\n",
	    "EX1.example.net, an Exchange server that the message went"
	    " through" },
	{ "Exchange, and another cause", DAMAGE_DOTS,
	    "X-MS-Exchange-Organization-AuthSource: EX1.example.net\r\n",
	    NULL },
	{ "one Postfix", DAMAGE_LONG_LINE_SPLIT,
	    "Received: from b by c.example (8.17/8.17)\r\n"
	    "Received: from a.example\r\n"
	    "\tby b.example (Postfix) with ESMTP id 1;\r\n",
	    "b.example, the only Postfix that the message went through" },
	{ "two of Postfix", DAMAGE_LONG_LINE_SPLIT,
	    "Received: from b by c.example (Postfix)\r\n"
	    "Received: from a by b.example (Postfix)\r\n",
	    NULL },
	{ "in the body", DAMAGE_FOOTER,
	    "Subject: a\r\n\r\nList-Id: Talk <talk.example.org>\r\n", NULL },
	{ "no header", DAMAGE_CTE_RECODED, "", NULL },
};

START_TEST(names_a_hop_only_on_evidence)
{
	char hop[HOP_MAX_TEXT] = "";
	const char *header = hops[_i].header;
	bool known = hop_find(hops[_i].cause, header, strlen(header), hop);

	ck_assert_msg(known == (hops[_i].want != NULL), "%s: %s", hops[_i].name,
	    hop);
	if (known)
		ck_assert_str_eq(hop, hops[_i].want);
}
END_TEST

START_TEST(cuts_a_long_name_of_a_hop)
{
	struct octets header = mail_print("List-Id: <%01000d>\r\n", 0);
	char hop[HOP_MAX_TEXT];

	ck_assert(hop_find(DAMAGE_FOOTER, header.at, header.len, hop));
	ck_assert_uint_lt(strlen(hop), HOP_MAX_TEXT);
	ck_assert_ptr_nonnull(strstr(hop, "named in List-Id"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hop");
	TCase *tcase = tcase_create("hop");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, names_a_hop_only_on_evidence, 0,
	    COUNT(hops));
	tcase_add_test(tcase, cuts_a_long_name_of_a_hop);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
