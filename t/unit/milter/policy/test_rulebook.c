/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/log/log.h"
#include "milter/policy/rulebook.h"
#include "smime/smime.h"
#include "t/lib/pki.h"
#include "t/lib/scratch.h"

static struct trust *site;
static struct settings *settings;
static char *list, *conf;

static void
begin(void)
{
	scratch_begin();
	smime_init();
	site = trust_new(TRUST_EXCHANGE_2013_SP1, NULL, NULL, NULL);
	list = scratch_path("list");
	conf = scratch_path("conf");
	settings = NULL;
}

static void
end(void)
{
	settings_unref(settings);
	trust_unref(site);
	free(list);
	free(conf);
	scratch_end();
}

static void
log_it(void *arg, int level, const char *text)
{
	(void)arg;
	log_line(level, "%s", text);
}

/* Rules in which LIST is the path of a file. */
static struct rulebook *
load(const char *rules, char **error_r)
{
	const char *name = strstr(rules, "LIST");
	size_t before = name != NULL ? (size_t)(name - rules) : strlen(rules);
	char text[1000];
	char *error;

	snprintf(text, sizeof(text), "%.*s%s%s", (int)before, rules,
	    name != NULL ? list : "", name != NULL ? name + 4 : "");
	scratch_write("conf", text);
	settings_unref(settings);
	settings = settings_load(conf, NULL, &error);
	ck_assert_msg(settings != NULL, "%s", error);
	return rulebook_load(settings, site, NULL, log_it, NULL, error_r);
}

static bool
has_domain(const struct rulebook *book, const char *address)
{
	struct mailbox mailbox;
	bool has;

	ck_assert(mailbox_read(address, strlen(address), &mailbox));
	has = domains_have(book->list[0].from_domain, &mailbox);
	mailbox_done(&mailbox);
	return has;
}

START_TEST(reads_the_files_that_rules_name)
{
	static const char rule[] = "policy p { from-domain = { '@LIST' } }";
	struct rulebook *book;
	uint64_t before;
	char *error;

	scratch_write("list", "a.example\n");
	book = load(rule, &error);
	ck_assert_msg(book != NULL, "%s", error);
	ck_assert(has_domain(book, "x@a.example"));
	ck_assert(!has_domain(book, "x@b.example"));
	rulebook_free(book);

	before = rulebook_stamp(0, settings);
	scratch_write("list", "b.example\n");
	ck_assert_uint_ne(rulebook_stamp(0, settings), before);
	book = load(rule, &error);
	ck_assert(has_domain(book, "x@b.example"));
	rulebook_free(book);
}
END_TEST

static const struct {
	const char *rule;
	const char *file;  /* NULL: there is none */
	const char *error; /* a part of it */
} bad[] = {
	{ "policy p { rcpt = { '@LIST' } }", NULL, "policy \"p\": rcpt: /" },
	{ "policy p { rcpt = { '@LIST' } }", "a@b.example\nc.example\n",
	    "list:2: \"c.example\" is not an address; expected an address" },
	{ "tenant t { collection = { 'LIST' } }", "nothing",
	    "tenant \"t\": collection: /" },
	{ "tenant t { local-store = 'LIST' }", NULL,
	    "tenant \"t\": local-store: /" },
	{ "tenant t { recipient-domain = { '@LIST' } }", "a b\n",
	    "list:1: \"a b\" is not a domain" },
	{ "policy p { anchors = 'LIST' require = pass }", "nothing",
	    "policy \"p\": anchors: /" },
	{ "policy p { anchors = 'LIST' require = pass }", NULL,
	    "policy \"p\": anchors: /" },
};

START_TEST(says_which_rule_and_file_is_wrong)
{
	struct rulebook *book;
	char *error = NULL;

	if (bad[_i].file != NULL)
		scratch_write("list", bad[_i].file);
	book = load(bad[_i].rule, &error);
	ck_assert_ptr_null(book);
	ck_assert_msg(strstr(error, bad[_i].error) != NULL, "%s", error);
	free(error);
}
END_TEST

static const struct {
	const char *rule;
	const char *warning; /* NULL: none */
} dangers[] = {
	{ "policy p { from-domain = { a.example } require = pass\n"
	  "on-encrypted = quarantine }",
	    NULL },
	{ "policy p { }", "covers all mail of everybody" },
	{ "policy p { rcpt = { '*' } }", "covers all mail of everybody" },
	{ "policy p { client = { '0.0.0.0/0' } }",
	    "covers all mail of everybody" },
	{ "policy p { client = { '0.0.0.0/0' } user = { '*' } }", NULL },
	{ "policy p { from-domain = { '*' } result = { fail } }", NULL },
	{ "policy p { from-domain = { a.example } require = pass }",
	    "encrypted mail, which shows none: that is put into quarantine" },
	{ "policy p { from-domain = { '*' } signers = { a@b.example }\n"
	  "result = { policy } }",
	    "signers have nobody to sign for" },
	{ "tenant t { }", "tenant \"t\": no recipient is its own" },
	{ "tenant t { recipient-domain = { '*' } }",
	    "tenant \"t\": every recipient is its own" },
	{ "policy-key = '/nonexistent/key'\n"
	  "policy p { from = { a@b.example } percent = 50 }",
	    "policy-key: /nonexistent/key: No such file or directory; until "
	    "that is mended, percent draws other mail after each start "
	    "and reload" },
	{ "policy-key = '/nonexistent/key'\n"
	  "policy p { from = { a@b.example } percent = 0 }",
	    NULL },
};

START_TEST(warns_of_what_is_dangerous)
{
	char *error = NULL;
	struct rulebook *book;
	char *log;

	free(scratch_log());
	book = load(dangers[_i].rule, &error);
	ck_assert_msg(book != NULL, "%s", error);
	log = scratch_log();
	if (dangers[_i].warning == NULL)
		ck_assert_msg(strstr(log, "p") == NULL, "%s", log);
	else
		ck_assert_msg(strstr(log, dangers[_i].warning) != NULL, "%s",
		    log);
	free(log);
	rulebook_free(book);
}
END_TEST

START_TEST(has_each_tag_once)
{
	char *error;
	struct rulebook *book =
	    load("policy a { user = { a } } policy b { user = { b }\n"
		 "tag = x-smime-POLICY } policy c { user = { c } tag = X-C }",
		&error);

	ck_assert_ptr_nonnull(book);
	ck_assert_uint_eq(book->tag_count, 2);
	ck_assert_str_eq(book->tags[0], "X-SMIME-Policy");
	ck_assert_str_eq(book->tags[1], "X-C");
	rulebook_free(book);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rulebook");
	TCase *tcase = tcase_create("rulebook_load");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_the_files_that_rules_name);
	tcase_add_loop_test(tcase, says_which_rule_and_file_is_wrong, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tcase, warns_of_what_is_dangerous, 0,
	    sizeof(dangers) / sizeof(dangers[0]));
	tcase_add_test(tcase, has_each_tag_once);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
