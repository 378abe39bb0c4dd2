/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/daemon/gauges.h"
#include "smime/store/store.h"
#include "t/lib/key.h"
#include "t/lib/mail.h"
#include "t/lib/occurs.h"
#include "t/lib/pki.h"

/* What is written of a collection of these. */
static const char *
written(const struct mail_voucher *vouchers)
{
	static char text[200000];
	struct engine_state state = {
		.trust = trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers),
		    NULL, NULL),
	};
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(state.trust);
	gauges_write(&state, out);
	fputc('\0', out);
	ck_assert_int_eq(fclose(out), 0);
	trust_unref(state.trust);
	return text;
}

static X509 *
root_until(const char *cn, const char *not_after)
{
	const struct pki_cert what = {
		.cn = cn,
		.extensions = pki_ca_extensions,
		.not_after = not_after,
	};

	return pki_make(&what, key, NULL, NULL);
}

#define EXPIRY "smime_milter_certificate_expiry_timestamp_seconds{"

START_TEST(tells_when_each_certificate_ends_the_first_one_first)
{
	X509 *later = root_until("Later", "20300101000000Z");
	X509 *sooner = root_until("Sooner\n\"} 1", "20290101000000Z");
	const struct mail_voucher vouchers[] = { { .cert = later },
		{ .cert = sooner }, { .cert = NULL } };
	const char *text = written(vouchers);
	const char *first =
	    strstr(text, "Sooner\\\\0A\\\\\\\"} 1\"} 1861920000\n");
	const char *second = strstr(text, "subject=\"CN=Later\"} 1893456000\n");

	ck_assert_msg(first != NULL && second != NULL, "%s", text);
	ck_assert(first < second);
	ck_assert_uint_eq(occurs(text, EXPIRY), 2);
	ck_assert_ptr_nonnull(strstr(text,
	    "smime_milter_certificates{store=\"collection\","
	    "role=\"root\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text,
	    "smime_milter_certificates{store=\"local\",role=\"root\"} 0\n"));
	X509_free(sooner);
	X509_free(later);
}
END_TEST

START_TEST(names_no_more_certificates_than_its_limit)
{
	struct mail_voucher vouchers[GAUGES_MAX_CERTS + 3] = { 0 };
	char cn[20], not_after[20];
	const char *text;

	/* Those that end last come first. */
	for (int i = 0; i < GAUGES_MAX_CERTS + 2; i++) {
		snprintf(cn, sizeof(cn), "Root %d", i);
		snprintf(not_after, sizeof(not_after), "%d0101000000Z",
		    2099 - i);
		vouchers[i].cert = root_until(cn, not_after);
	}
	text = written(vouchers);
	ck_assert_uint_eq(occurs(text, EXPIRY), GAUGES_MAX_CERTS);
	ck_assert_ptr_nonnull(strstr(text, "CN=Root 51\""));
	ck_assert_ptr_nonnull(strstr(text, "CN=Root 2\""));
	ck_assert_ptr_null(strstr(text, "CN=Root 1\""));
	ck_assert_ptr_null(strstr(text, "CN=Root 0\""));
	for (int i = 0; i < GAUGES_MAX_CERTS + 2; i++)
		X509_free(vouchers[i].cert);
}
END_TEST

/* The value of a sample without labels. */
static long long
sample(const char *text, const char *name)
{
	char line[100];
	const char *found;

	snprintf(line, sizeof(line), "\n%s ", name);
	found = strstr(text, line);
	ck_assert_msg(found != NULL, "%s", name);
	return strtoll(found + strlen(line), NULL, 10);
}

START_TEST(counts_files_and_memory)
{
	X509 *root = root_until("Root", "20300101000000Z");
	const struct mail_voucher nobody[] = { { .cert = root },
		{ .cert = NULL } };
	long long before =
	    sample(written(nobody), "smime_milter_process_open_fds");
	int file = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(before, 1);
	ck_assert_int_eq(sample(written(nobody),
			     "smime_milter_process_open_fds"),
	    before + 1);
	close(file);
	ck_assert_int_eq(sample(written(nobody),
			     "smime_milter_process_open_fds"),
	    before);
	ck_assert_int_gt(sample(written(nobody),
			     "smime_milter_process_max_fds"),
	    0);
	ck_assert_int_gt(sample(written(nobody),
			     "smime_milter_process_resident_memory_bytes"),
	    100000);
	ck_assert_ptr_nonnull(
	    strstr(written(nobody), "smime_milter_build_info{version=\""));
	X509_free(root);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gauges");
	TCase *tcase = tcase_create("gauges");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, key_make, key_free);
	tcase_add_checked_fixture(tcase, NULL, mail_end);
	tcase_add_test(tcase,
	    tells_when_each_certificate_ends_the_first_one_first);
	tcase_add_test(tcase, names_no_more_certificates_than_its_limit);
	tcase_add_test(tcase, counts_files_and_memory);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
