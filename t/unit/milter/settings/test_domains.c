/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/settings/domains.h"
#include "smime/smime.h"
#include "t/lib/scratch.h"

static struct domains *
read_text(enum domains_kind kind, const char *text)
{
	char *error = NULL;
	struct domains *domains =
	    domains_read(kind, "f", text, strlen(text), &error);

	ck_assert_msg(domains != NULL, "%s", error);
	return domains;
}

static const struct {
	const char *set;
	const char *domain;
	bool have;
} rows[] = {
	{ "bank.example", "bank.example", true },
	{ "bank.example", "x.bank.example", true },
	{ "bank.example", "x.y.bank.example", true },
	{ "bank.example", "xbank.example", false },
	{ "bank.example", "example", false },
	{ ".bank.example", "bank.example", false },
	{ ".bank.example", "x.bank.example", true },
	{ "=bank.example", "bank.example", true },
	{ "=bank.example", "x.bank.example", false },
	{ "=bank.example\n.bank.example", "bank.example", true },
	{ "BANK.Example.", "bank.example", true },
	{ "m\xc3\xbcller.example", "xn--mller-kva.example", true },
	{ "xn--MLLER-kva.example", "xn--mller-kva.example", true },
	{ "# a\n\n  bank.example # b\r\n\tother.example", "other.example",
	    true },
	{ "# a\n\n  bank.example # b\r\n\tother.example", "bank.example",
	    true },
	{ "*", "any.example", true },
	{ "", "any.example", false },
};

START_TEST(has_domains)
{
	struct domains *domains = read_text(DOMAINS_ONLY, rows[_i].set);
	struct mailbox mailbox = { .local = NULL };

	mailbox.domain = strdup(rows[_i].domain);
	ck_assert_msg(domains_have(domains, &mailbox) == rows[_i].have,
	    "%s in %s", rows[_i].domain, rows[_i].set);
	free(mailbox.domain);
	domains_free(domains);
}
END_TEST

START_TEST(has_addresses)
{
	struct domains *domains = read_text(DOMAINS_BOTH,
	    "Alice@bank.example\n\"odd one\"@bank.example\nother.example");
	struct mailbox mailbox;

	ck_assert(mailbox_read("aLICE@BANK.example", 18, &mailbox));
	ck_assert(domains_have(domains, &mailbox));
	mailbox_done(&mailbox);
	ck_assert(mailbox_read("alice@x.bank.example", 20, &mailbox));
	ck_assert(!domains_have(domains, &mailbox));
	mailbox_done(&mailbox);
	ck_assert(mailbox_read("bob@other.example", 17, &mailbox));
	ck_assert(domains_have(domains, &mailbox));
	mailbox_done(&mailbox);
	domains_free(domains);
}
END_TEST

START_TEST(nobody_is_in_everything_only)
{
	const struct mailbox nobody = { .local = NULL };
	struct domains *all = read_text(DOMAINS_ADDRESSES, "*");
	struct domains *some = read_text(DOMAINS_ONLY, "bank.example");

	ck_assert(domains_have(all, &nobody));
	ck_assert(domains_have_all(all));
	ck_assert(!domains_have(some, &nobody));
	ck_assert(!domains_have_all(some));
	domains_free(all);
	domains_free(some);
}
END_TEST

static const struct {
	enum domains_kind kind;
	const char *text;
	const char *error;
} bad[] = {
	{ DOMAINS_ONLY, "a.example\n\n  b..example # c",
	    "f:3: \"b..example\" is not a domain; expected a domain, such as"
	    " example.org" },
	{ DOMAINS_ONLY, "a.example b.example",
	    "f:1: \"a.example b.example\" is not a domain; expected a domain,"
	    " such as example.org" },
	{ DOMAINS_ONLY, "\n=",
	    "f:2: \"=\" is not a domain; expected a domain,"
	    " such as example.org" },
	{ DOMAINS_ADDRESSES, "b.example",
	    "f:1: \"b.example\" is not an address; expected an address, such"
	    " as a@example.org" },
	{ DOMAINS_BOTH, "a@b@c",
	    "f:1: \"a@b@c\" is not an address; expected a domain or an"
	    " address" },
};

START_TEST(says_which_line_is_wrong)
{
	char *error = NULL;

	ck_assert_ptr_null(domains_read(bad[_i].kind, "f", bad[_i].text,
	    strlen(bad[_i].text), &error));
	ck_assert_str_eq(error, bad[_i].error);
	free(error);
}
END_TEST

START_TEST(reads_files_among_the_items)
{
	char *path = scratch_path("list");
	char *item, *error;
	char first[] = "a.example";
	struct domains *domains;
	struct mailbox mailbox;
	uint64_t before;

	ck_assert_int_gt(asprintf(&item, "@%s", path), 0);
	char *items[] = { first, item };
	const struct strings list = { items, 2 };

	ck_assert_ptr_null(domains_load(DOMAINS_ONLY, &list, &error));
	ck_assert_ptr_nonnull(strstr(error, path));
	free(error);
	before = domains_stamp(0, &list);
	scratch_write("list", "b.example\n");
	ck_assert_uint_ne(domains_stamp(0, &list), before);
	domains = domains_load(DOMAINS_ONLY, &list, &error);
	ck_assert_ptr_nonnull(domains);
	ck_assert(mailbox_read("x@b.example", 11, &mailbox));
	ck_assert(domains_have(domains, &mailbox));
	mailbox_done(&mailbox);
	domains_free(domains);
	free(item);
	free(path);
}
END_TEST

START_TEST(reads_every_truncation)
{
	static const char text[] = "a.example # b\n=c.example\r\n\n.d.example\n"
				   "x@e.example\n*\n";

	for (size_t n = 0; n < sizeof(text); n++) {
		char *error = NULL;
		struct domains *domains =
		    domains_read(DOMAINS_BOTH, "f", text, n, &error);

		ck_assert((domains == NULL) == (error != NULL));
		domains_free(domains);
		free(error);
	}
}
END_TEST

START_TEST(a_label_has_63_octets_and_a_domain_253)
{
	char text[300];

	memset(text, 'a', sizeof(text));
	memcpy(text + 63, ".example", 9);
	ck_assert_ptr_null(domains_check(DOMAINS_ONLY, text));
	memset(text, 'a', sizeof(text));
	memcpy(text + 64, ".example", 9);
	ck_assert_ptr_nonnull(domains_check(DOMAINS_ONLY, text));

	for (size_t i = 0; i < 254; i++)
		text[i] = i % 2 == 0 ? 'a' : '.';
	text[253] = '\0';
	ck_assert_ptr_null(domains_check(DOMAINS_ONLY, text));
	text[253] = 'a';
	text[252] = 'a';
	text[254] = '\0';
	ck_assert_ptr_nonnull(domains_check(DOMAINS_ONLY, text));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("domains");
	TCase *tcase = tcase_create("domains_have");
	SRunner *runner = srunner_create(suite);
	int failed;

	smime_init();
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, scratch_begin, scratch_end);
	tcase_add_loop_test(tcase, has_domains, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, has_addresses);
	tcase_add_test(tcase, nobody_is_in_everything_only);
	tcase_add_loop_test(tcase, says_which_line_is_wrong, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, reads_files_among_the_items);
	tcase_add_test(tcase, reads_every_truncation);
	tcase_add_test(tcase, a_label_has_63_octets_and_a_domain_253);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
