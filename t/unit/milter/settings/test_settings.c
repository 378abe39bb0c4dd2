/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "milter/settings/opt.h"
#include "milter/settings/settings.h"
#include "t/lib/confload.h"

START_TEST(has_the_documented_defaults)
{
	struct settings *settings = confload_defaults();
	char *changed = confload_printed(settings, true);

	ck_assert_str_eq(settings->socket,
	    "unix:/run/smime-milter/smime-milter.sock");
	ck_assert_uint_eq(settings->socket_mode, 0660);
	ck_assert_str_eq(settings->user, "smime-milter");
	ck_assert_str_eq(settings->pid_file, "");
	ck_assert_int_eq(settings->log, LOG_TARGET_SYSLOG);
	ck_assert_int_eq(settings->log_level, LOG_INFO);
	ck_assert_int_eq(settings->syslog_facility, LOG_MAIL);
	ck_assert_str_eq(settings->authserv_id, "");
	ck_assert(settings->remove_forged);
	ck_assert_uint_eq(settings->internal_hosts.count, 0);
	ck_assert_uint_eq(settings->trusted_authserv_ids.count, 0);
	ck_assert_int_eq(settings->mode, TRUST_EXCHANGE_2013_SP1);
	ck_assert_uint_eq(settings->collection.count, 0);
	ck_assert_str_eq(settings->local_store, "auto");
	ck_assert_str_eq(settings->signer_aliases, "");
	for (int result = RESULT_ABSENT; result <= RESULT_FAIL; result++)
		ck_assert_int_eq(settings->on[result],
		    result == RESULT_TEMPERROR ? ACTION_TEMPFAIL :
						 ACTION_ACCEPT);
	ck_assert_str_eq(changed, "");
	free(changed);
	settings_unref(settings);
}
END_TEST

START_TEST(has_the_limits_and_rules_of_the_library)
{
	struct settings *settings = confload_defaults();
	struct limits limits;
	struct rules rules;

	limits_default(&limits);
	rules_default(&rules);
	ck_assert_uint_eq(settings->limits.max_message, limits.max_message);
	ck_assert_uint_eq(settings->limits.max_depth, limits.max_depth);
	ck_assert_uint_eq(settings->limits.max_parts, limits.max_parts);
	ck_assert_uint_eq(settings->limits.max_header, limits.max_header);
	ck_assert_uint_eq(settings->limits.max_cms, limits.max_cms);
	ck_assert_uint_eq(settings->limits.max_signatures,
	    limits.max_signatures);
	ck_assert_uint_eq(settings->limits.max_signers, limits.max_signers);
	ck_assert_uint_eq(settings->limits.max_certs, limits.max_certs);
	ck_assert_uint_eq(settings->limits.rehash, limits.rehash);
	ck_assert_uint_eq(settings->rules.min_rsa_bits, rules.min_rsa_bits);
	ck_assert(settings->rules.accept_md5 == rules.accept_md5);
	ck_assert(settings->rules.accept_sha1 == rules.accept_sha1);
	ck_assert(settings->rules.accept_dsa == rules.accept_dsa);
	settings_unref(settings);
}
END_TEST

static bool
takes(const char *name, size_t value)
{
	char text[64];
	const char *list[] = { text };
	struct overrides override = { list, 1 };
	struct settings *settings;
	char *error = NULL;

	snprintf(text, sizeof(text), "%s=%zu", name, value);
	settings = settings_load(NULL, &override, &error);
	settings_unref(settings);
	free(error);
	return settings != NULL;
}

START_TEST(keeps_numbers_in_the_documented_range)
{
	const struct opt *opt = opt_at(OPT_MAIN, (size_t)_i);
	size_t least;
	size_t most;
	char unit = ' ';

	if (sscanf(opt->expects, "a %*[a-z] from %zu to %zu%c", &least, &most,
		&unit) < 2)
		return;
	if (unit == 'M')
		most *= 1024 * 1024;
	ck_assert_msg(takes(opt->name, least), "%s", opt->name);
	ck_assert_msg(takes(opt->name, most), "%s", opt->name);
	ck_assert_msg(!takes(opt->name, least - 1), "%s", opt->name);
	ck_assert_msg(!takes(opt->name, most + 1), "%s", opt->name);
}
END_TEST

static const char *const with_words[] = {
	"log",
	"log-level",
	"syslog-facility",
	"mode",
	"on-pass",
	"on-policy",
	"on-neutral",
	"on-none",
	"on-temperror",
	"on-permerror",
	"on-fail",
	"on-encrypted",
};

static const char *
expects_of(const char *name)
{
	const struct opt *opt = opt_find(OPT_MAIN, name, strlen(name));

	ck_assert_msg(opt != NULL, "%s", name);
	return opt->expects;
}

/* "a, b or c": each of them must be taken, and printed as it was. */
START_TEST(takes_every_word_that_it_expects)
{
	const char *name = with_words[_i];
	char words[200];
	char *rest = words;
	char *word;

	snprintf(words, sizeof(words), "%s", expects_of(name));
	while ((word = strsep(&rest, " ,")) != NULL) {
		char text[100];
		struct settings *settings;
		char *all;

		if (word[0] == '\0' || strcmp(word, "or") == 0)
			continue;
		snprintf(text, sizeof(text), "%s = \"%s\"\n", name, word);
		settings = confload(text);
		all = confload_printed(settings, false);
		ck_assert_msg(strstr(all, text) != NULL, "%s", text);
		free(all);
		settings_unref(settings);
	}
}
END_TEST

START_TEST(puts_each_action_in_its_place)
{
	static const struct {
		const char *name;
		enum result result;
	} places[] = {
		{ "on-pass", RESULT_PASS },
		{ "on-policy", RESULT_POLICY },
		{ "on-neutral", RESULT_NEUTRAL },
		{ "on-none", RESULT_NONE },
		{ "on-temperror", RESULT_TEMPERROR },
		{ "on-permerror", RESULT_PERMERROR },
		{ "on-fail", RESULT_FAIL },
		{ "on-encrypted", RESULT_ABSENT },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char text[64];
		struct settings *settings;

		snprintf(text, sizeof(text), "%s = discard", places[i].name);
		settings = confload(text);
		for (int result = 0; result <= RESULT_FAIL; result++)
			ck_assert_msg((settings->on[result] ==
					  ACTION_DISCARD) ==
				(result == (int)places[i].result),
			    "%s", places[i].name);
		settings_unref(settings);
	}
}
END_TEST

START_TEST(puts_each_member_in_its_place)
{
	struct settings *settings = confload(
	    "max-message = 11\nmax-depth = 12\nmax-parts = 13\n"
	    "max-header = 14\nmax-cms = 15\nmax-signatures = 16\n"
	    "max-signers = 17\nmax-certificates = 18\nrehash-octets = 19\n"
	    "min-rsa-bits = 1024\naccept-md5 = yes\nsigner-aliases = a\n"
	    "trusted-authserv-ids = b\nlog-level = debug\nuser = c\n"
	    "syslog-facility = local1\nlog = stderr\nauthserv-id = d\n");

	ck_assert_uint_eq(settings->limits.max_message, 11);
	ck_assert_uint_eq(settings->limits.max_depth, 12);
	ck_assert_uint_eq(settings->limits.max_parts, 13);
	ck_assert_uint_eq(settings->limits.max_header, 14);
	ck_assert_uint_eq(settings->limits.max_cms, 15);
	ck_assert_uint_eq(settings->limits.max_signatures, 16);
	ck_assert_uint_eq(settings->limits.max_signers, 17);
	ck_assert_uint_eq(settings->limits.max_certs, 18);
	ck_assert_uint_eq(settings->limits.rehash, 19);
	ck_assert_uint_eq(settings->rules.min_rsa_bits, 1024);
	ck_assert(settings->rules.accept_md5);
	ck_assert(!settings->rules.accept_sha1);
	ck_assert(!settings->rules.accept_dsa);
	ck_assert_str_eq(settings->signer_aliases, "a");
	ck_assert_str_eq(settings->trusted_authserv_ids.list[0], "b");
	ck_assert_int_eq(settings->log_level, LOG_DEBUG);
	ck_assert_str_eq(settings->user, "c");
	ck_assert_int_eq(settings->syslog_facility, LOG_LOCAL1);
	ck_assert_int_eq(settings->log, LOG_TARGET_STDERR);
	ck_assert_str_eq(settings->authserv_id, "d");
	settings_unref(settings);

	settings = confload("accept-sha1 = yes");
	ck_assert(settings->rules.accept_sha1 && !settings->rules.accept_dsa);
	settings_unref(settings);
}
END_TEST

START_TEST(takes_an_id_of_253_characters_and_no_more)
{
	char text[300];
	struct settings *settings;

	snprintf(text, sizeof(text), "authserv-id = \"%0253d\"", 0);
	settings = confload(text);
	ck_assert_uint_eq(strlen(settings->authserv_id), 253);
	settings_unref(settings);
	snprintf(text, sizeof(text), "authserv-id = \"%0254d\"", 0);
	confload_write(text, strlen(text));
	confload_refuses(confload_path(), "\" is too long; expected ");
}
END_TEST

START_TEST(takes_a_socket_path_as_long_as_the_system_does)
{
	char text[300];

	snprintf(text, sizeof(text), "socket = \"unix:/%0106d\"", 0);
	settings_unref(confload(text));
	snprintf(text, sizeof(text), "socket = \"unix:/%0107d\"", 0);
	confload_write(text, strlen(text));
	confload_refuses(confload_path(),
	    "\" is longer than a socket's path may be;");
}
END_TEST

static bool
is_internal(const struct settings *settings, const char *address)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };

	ck_assert_int_eq(inet_pton(AF_INET, address, &peer.sin_addr), 1);
	return settings_is_internal(settings, (struct sockaddr *)&peer);
}

START_TEST(knows_internal_hosts)
{
	struct settings *settings =
	    confload("internal-hosts = { ::1, 127.0.0.0/8, 192.0.2.1 }");

	ck_assert(is_internal(settings, "127.1.2.3"));
	ck_assert(is_internal(settings, "192.0.2.1"));
	ck_assert(!is_internal(settings, "192.0.2.2"));
	ck_assert(!settings_is_internal(settings, NULL));
	ck_assert_ptr_null(settings_warning(settings));
	settings_unref(settings);

	settings = confload_defaults();
	ck_assert(!is_internal(settings, "127.0.0.1"));
	ck_assert_ptr_null(settings_warning(settings));
	settings_unref(settings);
}
END_TEST

START_TEST(warns_when_everybody_is_internal)
{
	struct settings *settings =
	    confload("internal-hosts = { 127.0.0.0/8, 0.0.0.0/0 }");

	ck_assert_ptr_nonnull(
	    strstr(settings_warning(settings), "internal-hosts"));
	settings_unref(settings);
	settings = confload("internal-hosts = ::/0");
	ck_assert_ptr_nonnull(settings_warning(settings));
	settings_unref(settings);
}
END_TEST

START_TEST(counts_owners)
{
	struct settings *settings = confload_defaults();

	ck_assert_ptr_eq(settings_ref(settings), settings);
	settings_unref(settings);
	ck_assert_str_eq(settings->user, "smime-milter");
	settings_unref(settings);
	ck_assert_ptr_null(settings_ref(NULL));
	settings_unref(NULL);
}
END_TEST

START_TEST(knows_where_its_file_is)
{
	ck_assert_str_eq(settings_default_path(),
	    SYSCONFDIR "/smime-milter/smime-milter.conf");
}
END_TEST

START_TEST(names_every_action)
{
	ck_assert_str_eq(action_word(ACTION_ACCEPT), "accept");
	ck_assert_str_eq(action_word(ACTION_TEMPFAIL), "tempfail");
	ck_assert_str_eq(action_word(ACTION_REJECT), "reject");
	ck_assert_str_eq(action_word(ACTION_QUARANTINE), "quarantine");
	ck_assert_str_eq(action_word(ACTION_DISCARD), "discard");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("values");
	SRunner *runner = srunner_create(suite);
	int count = (int)opt_count(OPT_MAIN);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, confload_begin, confload_end);
	tcase_add_test(tcase, has_the_documented_defaults);
	tcase_add_test(tcase, has_the_limits_and_rules_of_the_library);
	tcase_add_loop_test(tcase, keeps_numbers_in_the_documented_range, 0,
	    count);
	tcase_add_loop_test(tcase, takes_every_word_that_it_expects, 0,
	    sizeof(with_words) / sizeof(with_words[0]));
	tcase_add_test(tcase, puts_each_action_in_its_place);
	tcase_add_test(tcase, puts_each_member_in_its_place);
	tcase_add_test(tcase, takes_an_id_of_253_characters_and_no_more);
	tcase_add_test(tcase, takes_a_socket_path_as_long_as_the_system_does);
	tcase_add_test(tcase, knows_internal_hosts);
	tcase_add_test(tcase, warns_when_everybody_is_internal);
	tcase_add_test(tcase, counts_owners);
	tcase_add_test(tcase, knows_where_its_file_is);
	tcase_add_test(tcase, names_every_action);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
