/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "milter/daemon/selftest.h"
#include "smime/smime.h"

START_TEST(all_is_judged_as_it_should_be)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	char *error = NULL;

	for (int i = 0; i < 3; i++) {
		ck_assert_msg(selftest_run(libctx, &error), "%s", error);
		ck_assert_ptr_null(error);
	}
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

/* A library that can do less than we need, as one set up wrongly. */
START_TEST(fails_when_the_library_has_no_algorithms)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(libctx, "null");
	char *error = NULL;

	ck_assert_ptr_nonnull(provider);
	ck_assert(!selftest_run(libctx, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strncmp(error, "self-test: ", 11) == 0, "%s", error);
	free(error);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

/* Some octet of each message makes another verdict of it: try them in turn. */
START_TEST(notices_any_other_verdict)
{
	size_t message = (size_t)_i;
	size_t index = 0;
	char *error = NULL;

	ck_assert_msg(selftest_try(NULL, message, SIZE_MAX, &error), "%s",
	    error);
	while (index < 1000 && selftest_try(NULL, message, index, &error))
		index++;
	ck_assert_uint_lt(index, 1000);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, "; expected ") != NULL, "%s", error);
	free(error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("selftest");
	TCase *tcase = tcase_create("selftest");
	SRunner *runner = srunner_create(suite);
	int failed;

	smime_init();
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, all_is_judged_as_it_should_be);
	tcase_add_test(tcase, fails_when_the_library_has_no_algorithms);
	tcase_add_loop_test(tcase, notices_any_other_verdict, 0,
	    (int)selftest_count());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
