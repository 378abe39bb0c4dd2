/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/history/known.h"
#include "t/lib/scratch.h"

static const uint8_t key[HISTLINE_KEY_LEN] = { 1, 2, 3 };
static char *path;
static struct known *known;

static void
reopen(size_t max)
{
	known_free(known);
	known = known_open(path, key, max);
	ck_assert_ptr_nonnull(known);
}

static void
begin(void)
{
	scratch_begin();
	path = scratch_path("known");
	known = NULL;
	reopen(100);
}

static void
end(void)
{
	known_free(known);
	free(path);
	scratch_end();
}

/* All of the file. */
static char *
content(void)
{
	static char text[10000];
	FILE *file = fopen(path, "r");
	size_t len = fread(text, 1, sizeof(text) - 1, file);

	text[len] = '\0';
	fclose(file);
	return text;
}

START_TEST(knows_who_was_added_and_nobody_else)
{
	ck_assert(!known_has(known, "alice@example.org"));
	known_add(known, "alice@example.org");
	ck_assert(known_has(known, "alice@example.org"));
	ck_assert(known_has(known, "Alice@Example.ORG"));
	ck_assert(!known_has(known, "bob@example.org"));
}
END_TEST

START_TEST(remembers_over_a_restart)
{
	known_add(known, "alice@example.org");
	reopen(100);
	ck_assert(known_has(known, "alice@example.org"));
	ck_assert(!known_has(known, "bob@example.org"));
}
END_TEST

START_TEST(writes_each_once_and_tells_nobody_who)
{
	known_add(known, "alice@example.org");
	known_add(known, "ALICE@example.org");
	ck_assert_uint_eq(strlen(content()), 17);
	ck_assert_uint_eq(strspn(content(), "0123456789abcdef"), 16);
}
END_TEST

START_TEST(passes_over_what_is_no_hash)
{
	static const char junk[] = "0123\nxyz\n\n0123456789abcdeg\n";
	char text[10100];

	known_add(known, "alice@example.org");
	snprintf(text, sizeof(text), "%s%s", junk, content());
	scratch_write("known", text);
	reopen(1); /* has no room for junk */
	ck_assert(known_has(known, "alice@example.org"));
}
END_TEST

START_TEST(knows_as_many_as_the_limit)
{
	char address[40];

	reopen(5000);
	for (int i = 0; i <= 5000; i++) {
		snprintf(address, sizeof(address), "%d@example.org", i);
		known_add(known, address);
		ck_assert(known_has(known, address) == (i < 5000));
	}
	reopen(5000);
	ck_assert(known_has(known, "0@example.org"));
	ck_assert(known_has(known, "4999@example.org"));
}
END_TEST

START_TEST(says_when_there_can_be_no_file)
{
	ck_assert_ptr_null(known_open("/nonexistent/known", key, 100));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("known");
	TCase *tcase = tcase_create("known");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, knows_who_was_added_and_nobody_else);
	tcase_add_test(tcase, remembers_over_a_restart);
	tcase_add_test(tcase, writes_each_once_and_tells_nobody_who);
	tcase_add_test(tcase, passes_over_what_is_no_hash);
	tcase_add_test(tcase, knows_as_many_as_the_limit);
	tcase_add_test(tcase, says_when_there_can_be_no_file);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
