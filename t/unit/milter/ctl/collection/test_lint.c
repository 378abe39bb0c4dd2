/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "milter/ctl/collection/collection.h"
#include "milter/ctl/ctl.h"
#include "smime/smime.h"
#include "t/lib/pki.h"
#include "t/lib/scratch.h"

static const char *const ca_with_crl[] = {
	"basicConstraints=critical,CA:TRUE",
	"keyUsage=critical,keyCertSign,cRLSign",
	"crlDistributionPoints=URI:http://crl.example.org/a.crl",
	NULL,
};

static EVP_PKEY *key;
static X509 *root, *old_root, *ca;
static char *out; /* owned; what the last run printed */
static char *files[8];
static size_t file_count;

static void
make_certificates(void)
{
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert old_is = { .cn = "Old \"root\"",
		.extensions = pki_ca_extensions,
		.not_after = "20300101000000Z" };
	const struct pki_cert ca_is = { .cn = "CA", .extensions = ca_with_crl };

	smime_init();
	key = pki_key("P-256");
	root = pki_make(&root_is, key, NULL, NULL);
	old_root = pki_make(&old_is, key, NULL, NULL);
	ca = pki_make(&ca_is, key, root, key);
}

static void
free_certificates(void)
{
	X509_free(root);
	X509_free(old_root);
	X509_free(ca);
	EVP_PKEY_free(key);
}

/* An SST of up to two certificates; its path lives until the test ends. */
static char *
write_sst(const char *name, X509 *first, X509 *second)
{
	struct pki_sst sst;

	pki_sst_begin(&sst);
	pki_sst_cert(&sst, first);
	if (second != NULL)
		pki_sst_cert(&sst, second);
	pki_sst_end(&sst);
	scratch_write_octets(name, sst.octets, sst.len);
	pki_sst_done(&sst);
	files[file_count] = scratch_path(name);
	return files[file_count++];
}

static void
begin(void)
{
	scratch_begin();
}

static void
end(void)
{
	while (file_count > 0)
		free(files[--file_count]);
	free(out);
	out = NULL;
	scratch_end();
}

static char *
read_all(const char *path)
{
	static char text[100000];
	FILE *file = fopen(path, "r");
	size_t len = fread(text, 1, sizeof(text) - 1, file);

	text[len] = '\0';
	fclose(file);
	return strdup(text);
}

/* Run it with up to six arguments, the last one NULL.  The exit status. */
static int
run(const char *first, const char *second, const char *third,
    const char *fourth)
{
	char *argv[] = { (char *)(uintptr_t) "lint", (char *)(uintptr_t)first,
		(char *)(uintptr_t)second, (char *)(uintptr_t)third,
		(char *)(uintptr_t)fourth, NULL };
	char *path = scratch_path("out");
	int before, fd, argc = 0, status;

	while (argv[argc] != NULL)
		argc++;
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	optind = 0; /* have getopt() begin anew */
	status = ctl_collection_lint(argc, argv);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	free(out);
	out = read_all(path);
	free(path);
	return status;
}

static void
expect(const char *part)
{
	ck_assert_msg(strstr(out, part) != NULL, "%s is not in: %s", part, out);
}

START_TEST(a_clean_collection_is_0)
{
	char *file = write_sst("clean.sst", root, ca);

	ck_assert_int_eq(run("--at", "2026-01-01", file, NULL), CTL_OK);
	expect("clean.sst: 1 root, 1 intermediate, 0 listed signers; 0 may "
	       "not serve\nearliest expiry: 2040-01-01, ");
	expect("\n0 errors, 0 warnings, 0 notices, for exchange-online\n");
	ck_assert_int_eq(run("--at", "2026-01-01", "-q", file), CTL_OK);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(an_error_is_1_and_says_what_to_do)
{
	char *file = write_sst("old.sst", root, old_root);

	ck_assert_int_eq(run("--at", "2030-01-01T00:00:00Z", "--quiet", file),
	    CTL_BAD);
	expect("\nerror: expired (1)\n  It has expired, and Set-SmimeConfig ");
	expect(" \"CN=Old \\\\\\\"root\\\\\\\"\": on 2030-01-01\n");
	expect("\n  What to do: Take it out ");
	expect("\n1 errors, 0 warnings, 0 notices, ");
}
END_TEST

START_TEST(days_and_date_decide_what_is_soon)
{
	char *file = write_sst("old.sst", root, old_root);

	ck_assert_int_eq(run("--at=2029-12-01", "--days=31", file, NULL),
	    CTL_BAD);
	expect("\nwarning: expires-soon (1)\n");
	ck_assert_int_eq(run("--at=2029-12-01", "--days=30", file, NULL),
	    CTL_OK);
}
END_TEST

START_TEST(a_notice_alone_is_0)
{
	char *file = write_sst("twice.sst", root, root);

	ck_assert_int_eq(run("--at=2026-01-01", file, NULL, NULL), CTL_OK);
	expect("\nnotice: duplicate (1)\n");
	ck_assert_int_eq(run("--at=2026-01-01", "-q", file, NULL), CTL_OK);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(names_20_and_counts_the_others)
{
	struct pki_sst sst;
	char *path = scratch_path("many.sst");

	pki_sst_begin(&sst);
	for (int i = 0; i < 22; i++) {
		const struct pki_cert what = { .cn = "Many",
			.extensions = pki_ca_extensions,
			.not_after = "20250101000000Z" };
		X509 *cert = pki_make(&what, key, NULL, NULL);

		pki_sst_cert(&sst, cert);
		X509_free(cert);
	}
	pki_sst_end(&sst);
	scratch_write_octets("many.sst", sst.octets, sst.len);
	pki_sst_done(&sst);
	ck_assert_int_eq(run("--at=2026-01-01", path, NULL, NULL), CTL_BAD);
	expect("\nerror: expired (22)\n");
	expect("\n    and 2 more; --json has all\n");
	free(path);
}
END_TEST

START_TEST(json_has_all_keys)
{
	static const char *const of_file[] = { "file", "for", "at",
		"certificates", "earliest_expiry", "earliest_thumbprint",
		"errors", "warnings", "notices", "findings" };
	static const char *const of_finding[] = { "severity", "code",
		"thumbprint", "sha256", "subject", "detail", "words", "cure" };
	char *file = write_sst("old.sst", old_root, NULL);
	json_t *object, *finding;

	ck_assert_int_eq(run("--json", "--for=exchange-2013-sp1",
			     "--at=2031-01-01", file),
	    CTL_BAD);
	object = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	for (size_t i = 0; i < 10; i++)
		ck_assert_ptr_nonnull(json_object_get(object, of_file[i]));
	ck_assert_uint_eq(json_object_size(object), 10);
	ck_assert_str_eq(json_string_value(json_object_get(object, "for")),
	    "exchange-2013-sp1");
	ck_assert_str_eq(json_string_value(
			     json_object_get(object, "earliest_expiry")),
	    "2030-01-01T00:00:00Z");
	finding = json_array_get(json_object_get(object, "findings"), 0);
	for (size_t i = 0; i < 8; i++)
		ck_assert_ptr_nonnull(json_object_get(finding, of_finding[i]));
	ck_assert_uint_eq(json_object_size(finding), 8);
	ck_assert_str_eq(json_string_value(json_object_get(finding, "code")),
	    "expired");
	finding = json_array_get(json_object_get(object, "findings"), 1);
	ck_assert_str_eq(json_string_value(json_object_get(finding, "code")),
	    "no-root");
	ck_assert(json_is_null(json_object_get(finding, "subject")));
	json_decref(object);
}
END_TEST

START_TEST(metrics_stand_together_and_tell_what_cannot_be_read)
{
	char *file = write_sst("a\"b\\c\nd.sst", root, ca);
	char *gone = scratch_path("gone");

	ck_assert_int_eq(run("--metrics", "--at=2026-01-01", gone, file),
	    CTL_USAGE);
	expect("# TYPE smime_collection_readable gauge\n"
	       "smime_collection_readable{file=\"");
	expect("gone\"} 0\nsmime_collection_readable{file=\"");
	expect("a\\\"b\\\\c\\nd.sst\"} 1\n# HELP ");
	expect(",role=\"root\"} 1\n");
	expect(",severity=\"error\"} 0\n");
	expect("_earliest_expiry_timestamp_seconds{file=\"");
	expect("d.sst\"} 2208988800\n");
	ck_assert_ptr_null(strstr(out, "gone\",role"));
	free(gone);
}
END_TEST

START_TEST(what_cannot_be_read_is_2_and_the_others_are_told)
{
	char *file = write_sst("old.sst", old_root, NULL);

	scratch_write("nonsense", "nonsense");
	files[file_count++] = scratch_path("nonsense");
	ck_assert_int_eq(run("--at=2031-01-01", files[1], file, NULL),
	    CTL_USAGE);
	expect("error: expired (1)\n");
}
END_TEST

START_TEST(pem_is_told_to_be_no_sst)
{
	scratch_write_cert("root.pem", root);
	files[file_count++] = scratch_path("root.pem");
	ck_assert_int_eq(run("--at=2026-01-01", files[0], NULL, NULL), CTL_OK);
	expect("\nnotice: not-sst\n");
}
END_TEST

static const char *const wrong[] = { "--at=yesterday", "--at=2026-13-01",
	"--at=2026-01-01x", "--days=-1", "--days=", "--days=36501", "--days=1x",
	"--for=local", "--for=exchange", "--nonsense" };

START_TEST(refuses_wrong_usage)
{
	char *file = write_sst("clean.sst", root, NULL);

	ck_assert_int_eq(run(wrong[_i], file, NULL, NULL), CTL_USAGE);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(has_help_and_wants_a_file)
{
	ck_assert_int_eq(run("--help", NULL, NULL, NULL), CTL_OK);
	expect("usage: smimectl collection lint ");
	ck_assert_int_eq(run(NULL, NULL, NULL, NULL), CTL_USAGE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ctl_lint");
	TCase *tcase = tcase_create("ctl_lint");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60); /* sanitizers are slow */
	tcase_add_unchecked_fixture(tcase, make_certificates,
	    free_certificates);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_clean_collection_is_0);
	tcase_add_test(tcase, an_error_is_1_and_says_what_to_do);
	tcase_add_test(tcase, days_and_date_decide_what_is_soon);
	tcase_add_test(tcase, a_notice_alone_is_0);
	tcase_add_test(tcase, names_20_and_counts_the_others);
	tcase_add_test(tcase, json_has_all_keys);
	tcase_add_test(tcase,
	    metrics_stand_together_and_tell_what_cannot_be_read);
	tcase_add_test(tcase, what_cannot_be_read_is_2_and_the_others_are_told);
	tcase_add_test(tcase, pem_is_told_to_be_no_sst);
	tcase_add_loop_test(tcase, refuses_wrong_usage, 0,
	    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, has_help_and_wants_a_file);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
