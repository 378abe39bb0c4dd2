/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "milter/settings/opt.h"
#include "milter/settings/settings.h"
#include "milter/settings/settings_print.h"
#include "t/lib/confload.h"

START_TEST(prints_one_option_or_a_likely_name)
{
	struct settings *settings = confload("max-cms = 2k\n");
	const char *nearest = NULL;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert(settings_print_one(settings, "max-cms", out, &nearest));
	ck_assert(!settings_print_one(settings, "max-cmd", out, &nearest));
	ck_assert_str_eq(nearest, "max-cms");
	ck_assert(!settings_print_one(settings, "", out, &nearest));
	ck_assert_ptr_null(nearest);
	fclose(out);
	ck_assert_str_eq(text, "max-cms = 2k\n");
	free(text);
	settings_unref(settings);
}
END_TEST

START_TEST(prints_json_of_each_kind)
{
	struct settings *settings =
	    confload("max-cms = 2k\nmax-depth = 7\ncollection = { a, b }\n"
		     "socket-mode = \"0600\"\nremove-forged = no\n"
		     "mode = local\non-fail = reject\npid-file = \"/p\"\n");
	json_t *json = settings_json(settings, true);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(text,
	    "{\"collection\":[\"a\",\"b\"],\"max-cms\":2048,\"max-depth\":7,"
	    "\"mode\":\"local\",\"on-fail\":\"reject\",\"pid-file\":\"/p\","
	    "\"remove-forged\":false,\"socket-mode\":\"0600\"}");
	free(text);
	json_decref(json);
	json = settings_json(settings, false);
	ck_assert_uint_eq(json_object_size(json), opt_count(OPT_MAIN));
	json_decref(json);
	settings_unref(settings);
}
END_TEST

START_TEST(prints_json_of_sections_in_their_order)
{
	struct settings *settings =
	    confload("policy b { from = { x@y.example } stage = tag }\n"
		     "policy a { unmet = reject }\n"
		     "tenant t { mode = local }\n");
	json_t *json = settings_json(settings, true);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(text,
	    "{\"policy\":[{\"from\":[\"x@y.example\"],\"name\":\"b\","
	    "\"stage\":\"tag\"},{\"name\":\"a\",\"unmet\":\"reject\"}],"
	    "\"tenant\":[{\"mode\":\"local\",\"name\":\"t\"}]}");
	free(text);
	json_decref(json);
	settings_unref(settings);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings_print");
	TCase *tcase = tcase_create("printing");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, confload_begin, confload_end);
	tcase_add_test(tcase, prints_one_option_or_a_likely_name);
	tcase_add_test(tcase, prints_json_of_each_kind);
	tcase_add_test(tcase, prints_json_of_sections_in_their_order);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
