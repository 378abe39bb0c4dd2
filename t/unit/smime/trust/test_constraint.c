/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/trust/constraint.h"
#include "t/lib/key.h"
#include "t/lib/pki.h"

/* An SmtpUTF8Mailbox; everything else is in the syntax of openssl.cnf. */
#define UTF8 "utf8:"

static NAME_CONSTRAINTS *
constraints_of(const char *value)
{
	char text[200];
	const char *const extensions[] = { text, NULL };
	const struct pki_cert what = { .cn = "CA", .extensions = extensions };
	NAME_CONSTRAINTS *constraints;
	X509 *ca;

	snprintf(text, sizeof(text), "nameConstraints=%s", value);
	ca = pki_make(&what, key, NULL, NULL);
	constraints = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
	ck_assert_ptr_nonnull(constraints);
	X509_free(ca);
	return constraints;
}

static const struct {
	const char *constraints;
	const char *address; /* of the leaf */
	enum reason reason;
} cases[] = {
	{ "excluded;email:bank.example", "email:a@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:bank.example", "email:a@BANK.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:Bank.Example", "email:a@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:bank.example", "email:a@in.bank.example", REASON_OK },
	{ "excluded;email:bank.example", "email:a@abank.example", REASON_OK },
	{ "excluded;email:.bank.example", "email:a@bank.example", REASON_OK },
	{ "excluded;email:.bank.example", "email:a@in.bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:.bank.example", "email:a@x.in.BANK.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:@bank.example", "email:a@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:a@bank.example", "email:a@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:a@bank.example", "email:A@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:a@bank.example", "email:\"a\"@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:a@bank.example", UTF8 "a@bank.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:a@bank.example", "email:b@bank.example", REASON_OK },
	{ "excluded;email:xn--bcher-kva.example",
	    UTF8 "\xc3\xa1@b\xc3\xbc"
		 "cher.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:xn--bcher-kva.example",
	    UTF8 "\xc3\xa1@B\xc3\x9c"
		 "CHER.example",
	    REASON_NAME_CONSTRAINTS },
	{ "excluded;email:xn--bcher-kva.example",
	    UTF8 "\xc3\xa1@xn--bcher-kva.example", REASON_NAME_CONSTRAINTS },
	{ "excluded;email:.xn--bcher-kva.example",
	    UTF8 "\xc3\xa1@in.xn--bcher-kva.example", REASON_NAME_CONSTRAINTS },
	{ "excluded;DNS:bank.example", "email:a@bank.example", REASON_OK },
	{ "permitted;email:bank.example", "email:a@other.example", REASON_OK },
	{ "permitted;email:x.example,excluded;email:bank.example",
	    "email:a@x.example,email:a@bank.example", REASON_NAME_CONSTRAINTS },
};

/* GeneralNames with that one otherName, RFC 9598 3. */
static void
write_utf8(const char *address, FILE *out)
{
	static const unsigned char id[] = { 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05,
		0x05, 0x07, 0x08, 0x09 };
	unsigned int len = (unsigned int)strlen(address);

	fprintf(out, "DER:30:%02x:a0:%02x", len + 16, len + 14);
	for (size_t i = 0; i < sizeof(id); i++)
		fprintf(out, ":%02x", id[i]);
	fprintf(out, ":a0:%02x:0c:%02x", len + 2, len);
	for (; *address != '\0'; address++)
		fprintf(out, ":%02x", (unsigned char)*address);
}

static X509 *
leaf_of(const char *address)
{
	char text[400];
	const char *const extensions[] = { text, NULL };
	const struct pki_cert what = { .cn = "Leaf", .extensions = extensions };
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	fputs("subjectAltName=", out);
	if (strncmp(address, UTF8, strlen(UTF8)) == 0)
		write_utf8(address + strlen(UTF8), out);
	else
		fputs(address, out);
	fclose(out);
	return pki_make(&what, key, NULL, NULL);
}

START_TEST(finds_what_is_excluded_however_it_is_written)
{
	NAME_CONSTRAINTS *constraints = constraints_of(cases[_i].constraints);
	X509 *leaf = leaf_of(cases[_i].address);
	enum reason got = constraint_check(constraints, leaf);

	ck_assert_msg(got == cases[_i].reason, "%s, %s: %s",
	    cases[_i].constraints, cases[_i].address, reason_token(got));
	X509_free(leaf);
	NAME_CONSTRAINTS_free(constraints);
}
END_TEST

START_TEST(an_empty_name_excludes_every_address)
{
	NAME_CONSTRAINTS *constraints = constraints_of("excluded;email:x");
	X509 *leaf = leaf_of("email:a@bank.example");

	ck_assert_int_eq(ASN1_STRING_set(sk_GENERAL_SUBTREE_value(
					     constraints->excludedSubtrees, 0)
					     ->base->d.rfc822Name,
			     "", 0),
	    1);
	ck_assert_int_eq(constraint_check(constraints, leaf),
	    REASON_NAME_CONSTRAINTS);
	X509_free(leaf);
	NAME_CONSTRAINTS_free(constraints);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("constraint");
	TCase *tcase = tcase_create("constraint_check");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, key_make, key_free);
	tcase_add_loop_test(tcase, finds_what_is_excluded_however_it_is_written,
	    0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, an_empty_name_excludes_every_address);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
