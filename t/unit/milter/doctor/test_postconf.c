/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/doctor/postconf.h"

static struct postconf *postconf;

static void
begin(void)
{
	postconf = postconf_new();
}

static void
end(void)
{
	postconf_free(postconf);
}

static void
read_main(const char *text)
{
	char *error = NULL;

	ck_assert_msg(postconf_read_main(postconf, "main.cf", text,
			  strlen(text), &error),
	    "%s", error);
}

static void
read_master(const char *text)
{
	char *error = NULL;

	ck_assert_msg(postconf_read_master(postconf, "master.cf", text,
			  strlen(text), &error),
	    "%s", error);
}

static void
expect(const struct postconf_service *service, const char *name,
    const char *want)
{
	char *value = postconf_value(postconf, service, name);

	ck_assert_msg(strcmp(value, want) == 0, "%s = %s", name, value);
	g_free(value);
}

START_TEST(knows_values_and_defaults)
{
	read_main("smtpd_milters = inet:127.0.0.1:8891\n"
		  "empty =\n"
		  "milter_protocol = 2\nmilter_protocol = 4\n");
	expect(NULL, "smtpd_milters", "inet:127.0.0.1:8891");
	expect(NULL, "empty", "");
	expect(NULL, "milter_protocol", "4");
	expect(NULL, "milter_default_action", "tempfail");
	expect(NULL, "no_such_parameter", "");
	ck_assert(postconf_is_set(postconf, "empty"));
	ck_assert(postconf_is_set(postconf, "milter_protocol"));
	ck_assert(!postconf_is_set(postconf, "milter_default_action"));
}
END_TEST

static const struct {
	const char *text;
	const char *want;
} expansions[] = {
	{ "$a", "one" },
	{ "<$a>", "<one>" },
	{ "${a}-$(a)", "one-one" },
	{ "$b", "<one>" },
	{ "$$a", "$a" },
	{ "$", "" },
	{ "$-", "-" },
	{ "${a", "{a" },
	{ "${a?x}${none?y}", "x" },
	{ "${a:x}${none:y}", "y" },
	{ "${a?{x $a}}", "x one" },
	{ "${{$a} == {one}}", "" },
	{ "${}", "" },
	{ "$milter_protocol", "6" },
};

START_TEST(expands_names)
{
	char line[100];

	read_main("a = one\nb = <$a>\n");
	snprintf(line, sizeof(line), "v = %s\n", expansions[_i].text);
	read_main(line);
	expect(NULL, "v", expansions[_i].want);
}
END_TEST

START_TEST(stops_at_a_loop)
{
	char *value;

	read_main("a = x$b\nb = $a\nc = $c$c$c\n");
	value = postconf_value(postconf, NULL, "a");
	ck_assert_uint_le(strlen(value), POSTCONF_MAX_STEPS);
	g_free(value);
	expect(NULL, "c", "");
}
END_TEST

/* How long the value of "all" is; the text is freed. */
static size_t
length_of_all(GString *text)
{
	char *value;
	size_t len;

	read_main(text->str);
	g_string_free(text, TRUE);
	value = postconf_value(postconf, NULL, "all");
	len = strlen(value);
	g_free(value);
	return len;
}

/* The last of them would be step number "steps". */
static size_t
length_after(size_t steps)
{
	GString *text = g_string_new("one = 1\nall = ");

	for (size_t i = 0; i < steps; i++)
		g_string_append(text, "$one ");
	g_string_append_c(text, '\n');
	return length_of_all(text);
}

START_TEST(limits_the_names_expanded)
{
	ck_assert_uint_eq(length_after(POSTCONF_MAX_STEPS),
	    2 * POSTCONF_MAX_STEPS - 1);
	ck_assert_uint_eq(length_after(POSTCONF_MAX_STEPS + 1),
	    2 * POSTCONF_MAX_STEPS);
}
END_TEST

/* A value of twice "half" octets, and what is kept of it. */
static size_t
length_of_twice(size_t half)
{
	GString *text = g_string_new("half = ");

	for (size_t i = 0; i < half; i++)
		g_string_append_c(text, 'x');
	g_string_append(text, "\nall = $half$half\n");
	return length_of_all(text);
}

START_TEST(limits_a_value)
{
	ck_assert_uint_eq(length_of_twice(POSTCONF_MAX_VALUE / 2),
	    POSTCONF_MAX_VALUE);
	ck_assert_uint_eq(length_of_twice(POSTCONF_MAX_VALUE / 2 + 1),
	    POSTCONF_MAX_VALUE);
}
END_TEST

static const char master[] =
    "smtp inet n - y - - smtpd\n"
    "127.0.0.1:10025 inet n - - - - smtpd -o smtpd_milters= "
    "-o { content_filter = a b } -omyname=x -v\n"
    "  -o receive_override_options=no_milters\n"
    "cleanup unix n - n - 0 cleanup\n";

START_TEST(reads_services)
{
	const struct postconf_service *service;

	read_main("compatibility_level = 3.6\nsmtpd_milters = unix:/s\n"
		  "content_filter = c\n");
	read_master(master);
	ck_assert_uint_eq(postconf_services(postconf), 3);
	service = postconf_service(postconf, 0);
	ck_assert_str_eq(service->name, "smtp");
	ck_assert_str_eq(service->type, "inet");
	ck_assert_str_eq(service->command, "smtpd");
	ck_assert(service->chrooted);
	expect(service, "smtpd_milters", "unix:/s");
	ck_assert(!postconf_overrides(postconf, service, "smtpd_milters"));
	service = postconf_service(postconf, 1);
	ck_assert(!service->chrooted);
	ck_assert(postconf_overrides(postconf, service, "smtpd_milters"));
	expect(service, "smtpd_milters", "");
	expect(service, "content_filter", "a b");
	expect(service, "myname", "x");
	expect(service, "receive_override_options", "no_milters");
	ck_assert(!postconf_service(postconf, 2)->chrooted);
}
END_TEST

START_TEST(an_old_level_makes_chroots_the_default)
{
	read_master(master);
	ck_assert(postconf_service(postconf, 1)->chrooted);
	read_main("compatibility_level = 2\n");
	ck_assert(!postconf_service(postconf, 1)->chrooted);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	size_t len;
	bool main;
	const char *want;
} refused[] = {
	{ "no equals", "a = b\nc\n", 8, true, "f:2: no setting" },
	{ "no name", "= b\n", 4, true, "f:1: no setting" },
	{ "two names", "a b = c\n", 8, true, "f:1: no setting" },
	{ "a zero", "a = b\0\n", 7, true, "f:1: an octet is zero" },
	{ "too few fields", "\nsmtp inet n - y - -\n", 21, false,
	    "f:2: no service" },
};

START_TEST(says_what_is_wrong_and_where)
{
	char *error = NULL;
	bool good = refused[_i].main ?
	    postconf_read_main(postconf, "f", refused[_i].text, refused[_i].len,
		&error) :
	    postconf_read_master(postconf, "f", refused[_i].text,
		refused[_i].len, &error);

	ck_assert_msg(!good, "%s", refused[_i].name);
	ck_assert_msg(strncmp(error, refused[_i].want,
			  strlen(refused[_i].want)) == 0,
	    "%s: %s", refused[_i].name, error);
	ck_assert_ptr_nonnull(strstr(error, "; expected "));
	free(error);
}
END_TEST

START_TEST(survives_every_truncation)
{
	for (size_t len = 0; len < strlen(master); len++) {
		char *copy = malloc(len + 1);
		char *error = NULL;

		memcpy(copy, master, len);
		if (!postconf_read_master(postconf, "f", copy, len, &error))
			ck_assert_ptr_nonnull(strstr(error, "no service"));
		free(error);
		error = NULL;
		postconf_read_main(postconf, "f", copy, len, &error);
		free(error);
		free(copy);
	}
	ck_assert_uint_gt(postconf_services(postconf), 3);
}
END_TEST

static const struct {
	const char *list;
	const char *sockets; /* with "|" after each */
	const char *action;  /* of the last */
} lists[] = {
	{ "", "", NULL },
	{ " , ", "", NULL },
	{ "unix:a", "unix:a|", NULL },
	{ "unix:a, inet:h:1 unix:b", "unix:a|inet:h:1|unix:b|", NULL },
	{ "unix:a,{ inet:h:1, default_action=accept }", "unix:a|inet:h:1|",
	    "accept" },
	{ "{unix:a, connect_timeout=3s, {default_action = reject}}", "unix:a|",
	    "reject" },
	{ "{}", "|", NULL },
	{ "{ unix:a", "{ unix:a|", NULL },
	{ "}", "}|", NULL },
};

START_TEST(splits_lists_of_milters)
{
	char **elements = postconf_split(lists[_i].list);
	GString *sockets = g_string_new(NULL);
	char *action = NULL;

	for (char **element = elements; *element != NULL; element++) {
		char *socket = postconf_milter_socket(*element);

		g_string_append_printf(sockets, "%s|", socket);
		g_free(socket);
		g_free(action);
		action = postconf_milter_attribute(*element, "default_action");
	}
	ck_assert_str_eq(sockets->str, lists[_i].sockets);
	ck_assert_pstr_eq(action, lists[_i].action);
	g_free(action);
	g_string_free(sockets, TRUE);
	g_strfreev(elements);
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *suite = suite_create("postconf");
	TCase *tcase = tcase_create("postconf");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, knows_values_and_defaults);
	tcase_add_loop_test(tcase, expands_names, 0, COUNT(expansions));
	tcase_add_test(tcase, stops_at_a_loop);
	tcase_add_test(tcase, limits_the_names_expanded);
	tcase_add_test(tcase, limits_a_value);
	tcase_add_test(tcase, reads_services);
	tcase_add_test(tcase, an_old_level_makes_chroots_the_default);
	tcase_add_loop_test(tcase, says_what_is_wrong_and_where, 0,
	    COUNT(refused));
	tcase_add_test(tcase, survives_every_truncation);
	tcase_add_loop_test(tcase, splits_lists_of_milters, 0, COUNT(lists));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
