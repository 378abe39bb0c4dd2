/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/settings/settings.h"
#include "t/lib/confload.h"

#define MODES "exchange-2013-sp1, exchange-online or local"

/* Overrides, separated by blanks, and what is changed or wrong. */
static const struct {
	const char *name;
	const char *list[4];
	const char *want;
	const char *error;
} overrides[] = {
	{ "none", { NULL }, "mode = \"local\"\n", NULL },
	{ "over the file", { "mode=exchange-online" },
	    "mode = \"exchange-online\"\n", NULL },
	{ "the last counts", { "mode=local", "mode=exchange-2013-sp1" }, "",
	    NULL },
	{ "raw text", { "local-store=/a \"$\\" },
	    "mode = \"local\"\nlocal-store = \"/a \\\"\\$\\\\\"\n", NULL },
	{ "with a sign", { "local-store=a=b" },
	    "mode = \"local\"\nlocal-store = \"a=b\"\n", NULL },
	{ "empty", { "user=" }, "user = \"\"\nmode = \"local\"\n", NULL },
	{ "list", { "collection=a,b" },
	    "mode = \"local\"\ncollection = { \"a\", \"b\" }\n", NULL },
	{ "later list", { "collection=a,b", "collection=c" },
	    "mode = \"local\"\ncollection = { \"c\" }\n", NULL },
	{ "empty list", { "collection=a", "collection=" }, "mode = \"local\"\n",
	    NULL },
	{ "no sign", { "mode" }, NULL,
	    "-o: mode: nothing is set; expected NAME=VALUE" },
	{ "unknown", { "mod=local" }, NULL,
	    "-o: mod: no such option; expected mode" },
	{ "unknown without sign", { "frobnicate" }, NULL,
	    "-o: frobnicate: nothing is set; expected NAME=VALUE" },
	{ "no name", { "=local" }, NULL,
	    "-o: \"\": no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "bad value", { "mode=x" }, NULL,
	    "-o: mode: \"x\" is no mode; expected " MODES },
	{ "bad item", { "internal-hosts=::1,x" }, NULL,
	    "-o: internal-hosts: \"x\" is not an address; expected an address"
	    " or network, such as 192.0.2.0/24" },
	{ "the first error", { "mode=x", "log=y" }, NULL,
	    "-o: mode: \"x\" is no mode; expected " MODES },
};

START_TEST(applies_overrides_after_the_file)
{
	struct overrides list = { overrides[_i].list, 0 };
	struct settings *settings;
	char *error = NULL;
	char *changed;

	while (overrides[_i].list[list.count] != NULL)
		list.count++;
	confload_write("mode = local", 12);
	settings = settings_load(confload_path(), &list, &error);
	if (overrides[_i].error != NULL) {
		ck_assert_ptr_null(settings);
		ck_assert_str_eq(error, overrides[_i].error);
		free(error);
		return;
	}
	ck_assert_msg(settings != NULL, "%s: %s", overrides[_i].name, error);
	changed = confload_printed(settings, true);
	ck_assert_str_eq(changed, overrides[_i].want);
	free(changed);
	settings_unref(settings);
}
END_TEST

START_TEST(reports_the_file_before_the_overrides)
{
	static const char *const list[] = { "log=x" };
	struct overrides override = { list, 1 };
	char *error = NULL;

	confload_write("mode = x", 8);
	ck_assert_ptr_null(settings_load(confload_path(), &override, &error));
	ck_assert_ptr_nonnull(strstr(error, ":1: mode: "));
	free(error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("override");
	TCase *tcase = tcase_create("overrides");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, confload_begin, confload_end);
	tcase_add_loop_test(tcase, applies_overrides_after_the_file, 0,
	    sizeof(overrides) / sizeof(overrides[0]));
	tcase_add_test(tcase, reports_the_file_before_the_overrides);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
