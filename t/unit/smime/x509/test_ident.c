/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/mailbox.h"
#include "smime/mime/opinion.h"
#include "smime/x509/ident.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct aliases *aliases;
static struct mailboxes signer;
static struct mailbox from;

static void
begin(void)
{
	opinion_init();
}

static void
end(void)
{
	aliases_free(aliases);
	aliases = NULL;
	cert_mailboxes_done(&signer);
	mailbox_done(&from);
}

/* Every call with a block of its own, for ASan. */
static struct aliases *
read_aliases(const char *text, size_t len, char **error_r)
{
	char *copy = malloc(len + 1);
	struct aliases *read;

	memcpy(copy + 1, text, len);
	read = aliases_read("file", copy + 1, len, error_r);
	free(copy);
	return read;
}

/* Addresses between spaces. */
static void
set_signer(const char *addresses)
{
	size_t len;

	signer.list = calloc(strlen(addresses) + 1, sizeof(*signer.list));
	while (*addresses != '\0') {
		len = strcspn(addresses, " ");
		ck_assert(
		    mailbox_read(addresses, len, &signer.list[signer.count++]));
		addresses += len + (addresses[len] == ' ');
	}
}

static const struct {
	const char *name;
	const char *signer; /* addresses of the certificate */
	const char *from;
	const char *aliases; /* NULL: none */
	enum ident_match want;
	size_t which;
} rows[] = {
	{ "the same", "a@b.example", "a@b.example", NULL, IDENT_MATCH, 0 },
	{ "case", "a@b.example", "A@B.Example", NULL, IDENT_MATCH, 0 },
	{ "the second", "x@b.example a@b.example", "a@b.example", NULL,
	    IDENT_MATCH, 1 },
	{ "no address", "", "a@b.example", "a@b.example a@b.example\n",
	    IDENT_NO_ADDRESS, 0 },
	{ "another local part", "x@b.example", "a@b.example", NULL,
	    IDENT_MISMATCH, 0 },
	{ "another domain", "a@x.example", "a@b.example", NULL, IDENT_MISMATCH,
	    0 },
	{ "a domain below", "a@b.example", "a@x.b.example", NULL,
	    IDENT_MISMATCH, 0 },
	{ "an alias", "x@b.example", "a@b.example", "x@b.example a@b.example",
	    IDENT_ALIAS, 0 },
	{ "an alias in another case", "X@B.EXAMPLE", "A@B.example",
	    "x@b.example a@b.EXAMPLE\n", IDENT_ALIAS, 0 },
	{ "an alias of the second address", "y@b.example x@b.example",
	    "a@b.example", "x@b.example a@b.example\n", IDENT_ALIAS, 1 },
	{ "an alias is not looked at when the address matches",
	    "x@b.example a@b.example", "a@b.example",
	    "x@b.example a@b.example\n", IDENT_MATCH, 1 },
	{ "aliases have a direction", "a@b.example", "x@b.example",
	    "x@b.example a@b.example\n", IDENT_MISMATCH, 0 },
	{ "an alias of somebody else", "y@b.example", "a@b.example",
	    "x@b.example a@b.example\n", IDENT_MISMATCH, 0 },
	{ "an alias for another author", "x@b.example", "c@b.example",
	    "x@b.example a@b.example\n", IDENT_MISMATCH, 0 },
	{ "a gateway for a domain", "gate@b.example", "a@d.example",
	    "gate@b.example *@d.example\n", IDENT_ALIAS, 0 },
	{ "a gateway, written without a star", "gate@b.example", "a@d.example",
	    "gate@b.example @d.example\n", IDENT_ALIAS, 0 },
	{ "a gateway in capitals", "gate@b.example", "a@d.example",
	    "gate@b.example *@D.EXAMPLE\n", IDENT_ALIAS, 0 },
	{ "a gateway is not for domains below", "gate@b.example",
	    "a@x.d.example", "gate@b.example *@d.example\n", IDENT_MISMATCH,
	    0 },
	{ "a gateway is not for domains that end so", "gate@b.example",
	    "a@xd.example", "gate@b.example *@d.example\n", IDENT_MISMATCH, 0 },
	{ "a gateway for domains below", "gate@b.example", "a@x.y.d.example",
	    "gate@b.example @.d.example\n", IDENT_ALIAS, 0 },
	{ "a gateway for domains below is not for itself", "gate@b.example",
	    "a@d.example", "gate@b.example *@.d.example\n", IDENT_MISMATCH, 0 },
	{ "nor for domains that end so", "gate@b.example", "a@xd.example",
	    "gate@b.example @.d.example\n", IDENT_MISMATCH, 0 },
	{ "a star that is a local part", "x@b.example", "*@b.example",
	    "x@b.example \"*\"@b.example\n", IDENT_ALIAS, 0 },
	{ "a star that is a local part is no other", "x@b.example",
	    "a@b.example", "x@b.example \"*\"@b.example\n", IDENT_MISMATCH, 0 },
	{ "a domain with U-labels", "gate@b.example", "a@xn--bcher-kva.example",
	    "gate@b.example *@b\xc3\xbc"
	    "cher.example\n",
	    IDENT_ALIAS, 0 },
	{ "comments, blanks and empty lines", "x@b.example", "a@b.example",
	    "# a comment\n\n \t\r\n  x@b.example\t a@b.example # why\r\n"
	    "#x@b.example c@b.example\n",
	    IDENT_ALIAS, 0 },
	{ "a comment right behind", "x@b.example", "a@b.example",
	    "x@b.example a@b.example#why", IDENT_ALIAS, 0 },
	{ "the last of many", "x@b.example", "a@b.example",
	    "1@b.example 1@c.example\n2@b.example 2@c.example\n"
	    "x@b.example 3@c.example\nx@b.example a@b.example\n",
	    IDENT_ALIAS, 0 },
	{ "an empty file", "x@b.example", "a@b.example", "", IDENT_MISMATCH,
	    0 },
};

START_TEST(compares_addresses)
{
	enum ident_match got;
	char *error = NULL;
	size_t which = 77;

	set_signer(rows[_i].signer);
	ck_assert(mailbox_read(rows[_i].from, strlen(rows[_i].from), &from));
	if (rows[_i].aliases != NULL) {
		aliases = read_aliases(rows[_i].aliases,
		    strlen(rows[_i].aliases), &error);
		ck_assert_msg(aliases != NULL, "%s: %s", rows[_i].name, error);
	}
	got = ident_match(&signer, &from, aliases, &which);
	ck_assert_msg(got == rows[_i].want, "%s: %d", rows[_i].name, got);
	if (got == IDENT_MATCH || got == IDENT_ALIAS)
		ck_assert_uint_eq(which, rows[_i].which);
	else
		ck_assert_uint_eq(which, 77);
}
END_TEST

static const struct {
	const char *text;
	const char *error; /* how it begins */
} wrong[] = {
	{ "x@b.example\n", "file:1: not two addresses; expected \"" },
	{ "x@b.example # a@b.example\n", "file:1: not two addresses; " },
	{ "\n\nx@b.example a@b.example c@b.example\n",
	    "file:3: not two addresses; " },
	{ "x@b.example a@b.example\nx a@b.example\n",
	    "file:2: the first word is not a mail address; " },
	{ "*@b.example a@b.example",
	    "file:1: the first word is not a mail address; " },
	{ "@b.example a@b.example",
	    "file:1: the first word is not a mail address; " },
	{ "x@b.example a",
	    "file:1: the second word is not a mail address or @domain; " },
	{ "x@b.example *",
	    "file:1: the second word is not a mail address or @domain; " },
	{ "x@b.example @",
	    "file:1: the second word is not a mail address or @domain; " },
	{ "x@b.example *@",
	    "file:1: the second word is not a mail address or @domain; " },
	{ "x@b.example *@*.example",
	    "file:1: the second word is not a mail address or @domain; " },
	{ "x@b.example *@[192.0.2.1]",
	    "file:1: the second word is not a mail address or @domain; " },
	{ "x@b.example, a@b.example\n", "file:1: the first word is not" },
	{ "<x@b.example> a@b.example\n", "file:1: the first word is not" },
};

START_TEST(says_which_line_is_wrong)
{
	const char *want = wrong[_i].error;
	char *error = NULL;

	ck_assert_ptr_null(
	    read_aliases(wrong[_i].text, strlen(wrong[_i].text), &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strncmp(error, want, strlen(want)) == 0, "%s", error);
	ck_assert_ptr_null(strchr(error, '\n'));
	free(error);
}
END_TEST

START_TEST(refuses_a_domain_that_is_too_long)
{
	char *text, *error = NULL;

	ck_assert_int_gt(asprintf(&text, "x@b.example *@%0300d.example", 1), 0);
	ck_assert_ptr_null(read_aliases(text, strlen(text), &error));
	ck_assert_ptr_nonnull(error);
	free(error);
	free(text);
}
END_TEST

START_TEST(refuses_a_nul)
{
	static const char text[] = "x@b.example a@b.exam\0ple\n";
	char *error = NULL;

	ck_assert_ptr_null(read_aliases(text, sizeof(text) - 1, &error));
	free(error);
}
END_TEST

START_TEST(reads_every_truncation_or_says_why_not)
{
	static const char text[] = "x@b.example a@b.example # one\n"
				   "gate@b.example *@d.example\r\n";
	char *error;

	for (size_t n = 0; n < sizeof(text); n++) {
		error = NULL;
		aliases = read_aliases(text, n, &error);
		ck_assert_msg((aliases == NULL) == (error != NULL), "%zu", n);
		aliases_free(aliases);
		aliases = NULL;
		free(error);
	}
}
END_TEST

START_TEST(holds_a_hundred_thousand_lines_and_no_more)
{
	enum { MAX = 100000 };
	static const char line[] = "x@b.example a@b.example\n";
	const size_t len = sizeof(line) - 1;
	char *text = malloc((MAX + 1) * len);
	char *error = NULL;

	for (size_t i = 0; i <= MAX; i++)
		memcpy(text + i * len, line, len);
	aliases = read_aliases(text, MAX * len, &error);
	ck_assert_ptr_nonnull(aliases);
	ck_assert_ptr_null(read_aliases(text, (MAX + 1) * len, &error));
	ck_assert_ptr_nonnull(strstr(error, "file:100001: too many lines"));
	free(error);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ident");
	TCase *tcase = tcase_create("ident");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, compares_addresses, 0, COUNT(rows));
	tcase_add_loop_test(tcase, says_which_line_is_wrong, 0, COUNT(wrong));
	tcase_add_test(tcase, refuses_a_domain_that_is_too_long);
	tcase_add_test(tcase, refuses_a_nul);
	tcase_add_test(tcase, reads_every_truncation_or_says_why_not);
	tcase_add_test(tcase, holds_a_hundred_thousand_lines_and_no_more);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
