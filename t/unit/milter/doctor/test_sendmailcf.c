/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/doctor/cfline.h"
#include "milter/doctor/sendmailcf.h"

static const char good[] =
    "V10/Debian\n"
    "# comment\n"
    "O DaemonPortOptions=Name=MTA, Addr=127.0.0.1, Port=smtp\n"
    "O DaemonPortOptions=Name=MSA,InputMailFilters=other\n"
    "O InputMailFilters=smime-milter, other\n"
    "O EightBitMode=pass8\n"
    "O eightbitmode=mimefy\n"
    "OQ/var/spool/mqueue\n"
    "Mlocal,\t\tP=/usr/lib/sm.bin/mail.local, F=lsDFMAw5:/|@qPSXmnz9,\n"
    "\t\tS=EnvFromSMTP/HdrFromL, A=mail.local -l\n"
    "Xsmime-milter, S=unix:/run/s.sock, F=T, T=S:30s;R:30s;E:5m\n"
    "Xother,S=inet:8892@127.0.0.1\n"
    "R$*\t$@ $1\n";

static struct sendmailcf *
read_text(const char *text, size_t len, char **error_r)
{
	*error_r = NULL;
	return sendmailcf_read("cf", text, len, error_r);
}

static void
expect_key(const struct sendmailcf *cf, size_t daemon, char letter,
    const char *want)
{
	char *value = sendmailcf_key(sendmailcf_daemon(cf, daemon), letter);

	ck_assert_pstr_eq(value, want);
	g_free(value);
}

START_TEST(reads_options_filters_and_mailers)
{
	char *error;
	struct sendmailcf *cf = read_text(good, strlen(good), &error);
	const struct sendmailcf_filter *filter;

	ck_assert_msg(cf != NULL, "%s", error);
	ck_assert_str_eq(sendmailcf_option(cf, "inputMAILfilters"),
	    "smime-milter, other");
	ck_assert_str_eq(sendmailcf_option(cf, "EightBitMode"), "mimefy");
	ck_assert_ptr_null(sendmailcf_option(cf, "RunAsUser"));

	ck_assert_uint_eq(sendmailcf_filters(cf), 2);
	filter = sendmailcf_filter(cf, 0);
	ck_assert_str_eq(filter->name, "smime-milter");
	ck_assert_str_eq(filter->socket, "unix:/run/s.sock");
	ck_assert_str_eq(filter->flags, "T");
	ck_assert_str_eq(filter->timeouts, "S:30s;R:30s;E:5m");
	ck_assert_uint_eq(filter->line, 11);
	filter = sendmailcf_find_filter(cf, "other");
	ck_assert_str_eq(filter->socket, "inet:8892@127.0.0.1");
	ck_assert_str_eq(filter->flags, "");
	ck_assert_ptr_null(sendmailcf_find_filter(cf, "none"));

	ck_assert_uint_eq(sendmailcf_mailers(cf), 1);
	ck_assert_str_eq(sendmailcf_mailer(cf, 0)->name, "local");
	ck_assert_str_eq(sendmailcf_mailer(cf, 0)->flags,
	    "lsDFMAw5:/|@qPSXmnz9");

	ck_assert_uint_eq(sendmailcf_daemons(cf), 2);
	expect_key(cf, 0, 'n', "MTA");
	expect_key(cf, 0, 'P', "smtp");
	expect_key(cf, 0, 'I', NULL);
	expect_key(cf, 1, 'I', "other");
	sendmailcf_free(cf);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	size_t len;
	const char *want;
} refused[] = {
	{ "sendmail.mc", "divert(-1)dnl\n", 14, "cf:1: no V line" },
	{ "nothing", "", 0, "cf:1: no V line" },
	{ "no value", "V10\nO Name\n", 11, "cf:2: an option without" },
	{ "no filter name", "V10\nX, S=x\n", 11, "cf:2: a filter without" },
	{ "no mailer name", "V10\nM\n", 6, "cf:2: a mailer without" },
	{ "a zero", "V10\nX\0\n", 7, "cf:2: an octet is zero" },
};

START_TEST(says_what_is_wrong_and_where)
{
	char *error;

	ck_assert_msg(read_text(refused[_i].text, refused[_i].len, &error) ==
		NULL,
	    "%s", refused[_i].name);
	ck_assert_msg(strncmp(error, refused[_i].want,
			  strlen(refused[_i].want)) == 0,
	    "%s: %s", refused[_i].name, error);
	ck_assert_ptr_nonnull(strstr(error, "; expected "));
	free(error);
}
END_TEST

START_TEST(survives_every_truncation)
{
	size_t read = 0;

	for (size_t len = 0; len < strlen(good); len++) {
		char *copy = malloc(len + 1);
		char *error;
		struct sendmailcf *cf;

		memcpy(copy, good, len);
		cf = read_text(copy, len, &error);
		ck_assert((cf == NULL) == (error != NULL));
		read += cf != NULL;
		sendmailcf_free(cf);
		free(error);
		free(copy);
	}
	ck_assert_uint_gt(read, strlen(good) / 2);
}
END_TEST

/* A file of that many octets. */
static bool
reads_size(size_t len)
{
	char *text = malloc(len);
	char *error;
	struct sendmailcf *cf;

	memset(text, '\n', len);
	memcpy(text, "V10", 3);
	cf = read_text(text, len, &error);
	sendmailcf_free(cf);
	free(error);
	free(text);
	return cf != NULL;
}

START_TEST(limits_a_file)
{
	ck_assert(reads_size(CFLINE_MAX_TEXT));
	ck_assert(!reads_size(CFLINE_MAX_TEXT + 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sendmailcf");
	TCase *tcase = tcase_create("sendmailcf");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, reads_options_filters_and_mailers);
	tcase_add_loop_test(tcase, says_what_is_wrong_and_where, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, survives_every_truncation);
	tcase_add_test(tcase, limits_a_file);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
