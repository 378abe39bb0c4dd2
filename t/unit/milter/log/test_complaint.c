/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <wchar.h>

#include "milter/log/complaint.h"

START_TEST(says_it_all_and_fails)
{
	char *complaint = NULL;

	ck_assert(!complaint_set(&complaint, "%s: %d is wrong; expected %d",
	    "x", 1, 2));
	ck_assert_str_eq(complaint, "x: 1 is wrong; expected 2");
	free(complaint);
}
END_TEST

START_TEST(is_null_where_it_cannot_be_made)
{
	static const wchar_t no_character[] = { 0x7fffffff, 0 };
	char garbage = 'x';
	char *complaint = &garbage;

	ck_assert(!complaint_set(&complaint, "%ls", no_character));
	ck_assert_ptr_null(complaint);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("complaint");
	TCase *tcase = tcase_create("complaint");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, says_it_all_and_fails);
	tcase_add_test(tcase, is_null_where_it_cannot_be_made);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
