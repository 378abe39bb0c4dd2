/* SPDX-License-Identifier: ISC */
/*
 * A real root list, as Windows Update gives it, against a table of what is in
 * it.  Both are in sst/ of the folder that SMIME_MILTER_DATA names; without
 * it, this test is skipped (exit status 77, as automake understands it).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "smime/store/sst.h"
#include "smime/store/store.h"

#define MAIL "1.3.6.1.5.5.7.3.4"

/* Columns of contents.csv. */
enum column {
	COLUMN_SHA256 = 3,
	COLUMN_EMAIL_PROTECTION = 8,
	COLUMN_DISALLOWED = 9,
	COLUMN_DISALLOWED_PURPOSES = 10,
	COLUMN_NOT_BEFORE = 11,
	COLUMN_NOT_BEFORE_PURPOSES = 12,
	COLUMNS = 14,
};

static struct store *store;

static char *
path_of(const char *name)
{
	char *path;

	ck_assert_int_ge(asprintf(&path, "%s/sst/%s",
			     getenv("SMIME_MILTER_DATA"), name),
	    0);
	return path;
}

static void
load(void)
{
	char *path = path_of("wu-2021-roots.sst"), *error;

	store = store_new(NULL, NULL, NULL);
	ck_assert_ptr_nonnull(store);
	ck_assert_msg(store_add_path(store, path, &error), "%s", error);
	free(path);
}

static void
unload(void)
{
	store_unref(store);
}

/* Cut a line at its commas, and take away quotes. */
static void
split(char *line, char *columns[COLUMNS])
{
	char *to = line;
	bool quoted = false;
	size_t n = 0;

	columns[n++] = to;
	for (const char *from = line; *from != '\0' && *from != '\n'; from++) {
		if (*from == '"') {
			quoted = !quoted;
		} else if (*from == ',' && !quoted) {
			*to++ = '\0';
			ck_assert_uint_lt(n, COLUMNS);
			columns[n++] = to;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	ck_assert_uint_eq(n, COLUMNS);
}

static bool
is_usable(char *columns[COLUMNS])
{
	return strcmp(columns[COLUMN_EMAIL_PROTECTION], "yes") == 0 &&
	    *columns[COLUMN_DISALLOWED] == '\0' &&
	    strstr(columns[COLUMN_DISALLOWED_PURPOSES], MAIL) == NULL;
}

static bool
has_not_before(char *columns[COLUMNS])
{
	return *columns[COLUMN_NOT_BEFORE] != '\0' &&
	    (*columns[COLUMN_NOT_BEFORE_PURPOSES] == '\0' ||
		strstr(columns[COLUMN_NOT_BEFORE_PURPOSES], MAIL) != NULL);
}

static time_t
read_date(const char *text)
{
	struct tm tm = { .tm_mday = 1 };

	ck_assert_ptr_nonnull(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
	return timegm(&tm);
}

/* Compare one certificate with its row. */
static void
compare(const struct store_cert *cert, char *columns[COLUMNS])
{
	const char *sha256 = columns[COLUMN_SHA256];

	ck_assert_msg((cert->verdict == REASON_OK) == is_usable(columns), "%s",
	    sha256);
	if (!is_usable(columns))
		return;
	ck_assert_msg(cert->role == CERT_ROLE_ANCHOR, "%s", sha256);
	ck_assert_msg(cert->has_not_before == has_not_before(columns), "%s",
	    sha256);
	if (cert->has_not_before)
		ck_assert_msg(cert->not_before ==
			read_date(columns[COLUMN_NOT_BEFORE]),
		    "%s", sha256);
}

START_TEST(agrees_with_the_table_on_every_certificate)
{
	char *path = path_of("contents.csv"), *columns[COLUMNS];
	FILE *table = fopen(path, "r");
	size_t room = 0, rows = 0, usable = 0, dated = 0, len;
	uint8_t sha256[CERT_SHA256_LEN];
	const struct store_cert *cert;
	char *line = NULL;

	ck_assert_ptr_nonnull(table);
	ck_assert_int_gt(getline(&line, &room, table), 0); /* the titles */
	while (getline(&line, &room, table) > 0) {
		split(line, columns);
		ck_assert_int_eq(OPENSSL_hexstr2buf_ex(sha256, sizeof(sha256),
				     &len, columns[COLUMN_SHA256], '\0'),
		    1);
		cert = store_find(store, sha256);
		ck_assert_msg(cert != NULL, "%s", columns[COLUMN_SHA256]);
		compare(cert, columns);
		rows++;
		if (is_usable(columns)) {
			usable++;
			dated += has_not_before(columns);
		}
	}
	ck_assert_uint_eq(rows, 434);
	ck_assert_uint_eq(usable, 265);
	ck_assert_uint_eq(dated, 61);
	free(line);
	fclose(table);
	free(path);
}
END_TEST

START_TEST(counts_what_is_in_the_list)
{
	size_t count, dated = 0, disallowed = 0, purpose = 0;
	const struct store_cert *certs = store_certs(store, &count);
	struct store_counts n;

	store_count(store, &n);
	ck_assert_uint_eq(count, 434);
	ck_assert_uint_eq(n.anchors, 265);
	ck_assert_uint_eq(n.refused, 434 - 265);
	ck_assert_uint_eq(n.skipped + n.duplicates + n.crls, 0);
	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_nonnull(certs[i].friendly_name);
		disallowed += certs[i].verdict == REASON_ROOT_DISALLOWED;
		purpose += certs[i].verdict == REASON_ROOT_PURPOSE;
		dated +=
		    certs[i].verdict == REASON_OK && certs[i].has_not_before;
	}
	ck_assert_uint_eq(dated, 61);
	ck_assert_uint_eq(disallowed, 122); /* 12 of them lack mail, too */
	ck_assert_uint_eq(purpose, 59 - 12);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conformance_sst");
	TCase *tcase = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	if (getenv("SMIME_MILTER_DATA") == NULL) {
		fprintf(stderr,
		    "test_conformance_sst: SKIPPED: SMIME_MILTER_DATA is not "
		    "set\n");
		srunner_free(runner);
		return 77;
	}
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, load, unload);
	tcase_add_test(tcase, agrees_with_the_table_on_every_certificate);
	tcase_add_test(tcase, counts_what_is_in_the_list);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
