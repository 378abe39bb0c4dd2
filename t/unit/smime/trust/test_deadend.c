/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/trust/deadend.h"
#include "t/lib/chain.h"

static STACK_OF(X509) *path;

static void
begin(void)
{
	const struct pki_cert ca =
	    FOR(CA_TRUE, CA_USE, "subjectKeyIdentifier=hash");
	const struct pki_cert leaf =
	    FOR(SIGNS, ALICE, "authorityKeyIdentifier=keyid:always");

	chain_make(NULL, &ca, &leaf);
	path = sk_X509_new_null();
	sk_X509_push(path, chain.leaf);
}

static void
end(void)
{
	sk_X509_free(path);
}

static void
expect_words(const char *begins, const char *ends)
{
	char *words = deadend_words(path);

	ck_assert_ptr_nonnull(words);
	ck_assert_msg(strncmp(words, begins, strlen(begins)) == 0, "%s", words);
	ck_assert_msg(strlen(words) > strlen(ends) &&
		strcmp(words + strlen(words) - strlen(ends), ends) == 0,
	    "%s", words);
	free(words);
}

START_TEST(names_what_is_missing_above_the_signer)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(chain.ca);
	char hex[128] = "";

	ck_assert(deadend_is_at_signer(path));
	for (int i = 0; i < ASN1_STRING_length(id); i++)
		snprintf(hex + strlen(hex), sizeof(hex) - strlen(hex), "%02X",
		    ASN1_STRING_get0_data(id)[i]);
	strcat(hex, ", which issued that of CN=Alice");
	expect_words("neither the message nor a store has the certificate of"
		     " CN=CA, key identifier ",
	    hex);
}
END_TEST

START_TEST(names_what_is_missing_above_an_authority)
{
	sk_X509_push(path, chain.ca);
	ck_assert(!deadend_is_at_signer(path));
	expect_words("neither the message nor a store has the certificate of"
		     " CN=Root, which issued that of CN=CA",
	    "CN=CA");
}
END_TEST

START_TEST(names_a_root_that_nobody_lists)
{
	sk_X509_push(path, chain.ca);
	sk_X509_push(path, chain.root);
	ck_assert(!deadend_is_at_signer(path));
	expect_words("no store lists the root CN=Root", "CN=Root");
}
END_TEST

START_TEST(has_no_words_for_no_path)
{
	ck_assert(!deadend_is_at_signer(NULL));
	ck_assert_ptr_null(deadend_words(NULL));
	sk_X509_pop(path);
	ck_assert(!deadend_is_at_signer(path));
	ck_assert_ptr_null(deadend_words(path));
}
END_TEST

static const struct pki_cert self_signed = { .cn = "Alice" };

/* A signer that issued itself lacks nothing but somebody's trust. */
START_TEST(names_a_signer_that_issued_itself)
{
	X509 *own = pki_make(&self_signed, chain.leaf_key, NULL, NULL);

	sk_X509_set(path, 0, own);
	ck_assert(!deadend_is_at_signer(path));
	expect_words("no store lists the root ", "CN=Alice");
	X509_free(own);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, names_what_is_missing_above_the_signer);
	tcase_add_test(tcase, names_what_is_missing_above_an_authority);
	tcase_add_test(tcase, names_a_root_that_nobody_lists);
	tcase_add_test(tcase, has_no_words_for_no_path);
	tcase_add_test(tcase, names_a_signer_that_issued_itself);
}

int
main(void)
{
	return chain_run("deadend", add_tests);
}
