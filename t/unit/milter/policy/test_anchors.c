/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/policy/anchors.h"
#include "milter/settings/stamp.h"
#include "smime/store/store.h"
#include "t/lib/roots.h"
#include "t/lib/scratch.h"

static void
begin(void)
{
	scratch_begin();
	scratch_write_cert("root.pem", roots.root);
	scratch_write_cert("other.pem", roots.other);
	scratch_write_cert("leaf.pem", roots.alice);
	scratch_write("empty", "");
	scratch_write("nonsense", "nonsense\n");
	scratch_write("aliases", "gate@example.org *@example.org\n");
	scratch_write("bad-aliases", "gate@example.org\n");
}

/* "a b" in the folder as settings; NULL is none. */
static void
set_paths(struct strings *paths, const char *const *names)
{
	while (*names != NULL)
		paths->list[paths->count++] = scratch_path(*names++);
}

static void
count_warning(void *arg, int level, const char *text)
{
	unsigned int *warnings = arg;

	ck_assert_int_eq(level, LOG_WARNING);
	ck_assert_ptr_nonnull(strchr(text, ':'));
	++*warnings;
}

#define A_ROOT	 "anchors=1 refused=0 intermediates=0 signers=0"
#define A_SIGNER "anchors=0 refused=0 intermediates=0 signers=1"
#define BOTH	 "anchors=1 refused=0 intermediates=0 signers=1"

static const struct {
	const char *name;
	enum trust_mode mode;
	const char *collection[3];
	const char *local;
	const char *aliases;
	bool listed;
	const char *error; /* part of it; NULL: it loads */
	unsigned int warnings;
	const char *counts;
} loads[] = {
	{
	    .name = "a collection of one root",
	    .collection = { "root.pem" },
	    .local = "none",
	    .counts = "collection: " A_ROOT "; local store: none",
	},
	{
	    .name = "all there is",
	    .collection = { "root.pem", "leaf.pem" },
	    .local = "other.pem",
	    .aliases = "aliases",
	    .counts = "collection: " BOTH "; local store: " A_ROOT,
	},
	{
	    .name = "no collection",
	    .local = "root.pem",
	    .warnings = 1,
	    .counts = "collection: none; local store: " A_ROOT,
	},
	{
	    .name = "no collection where it is not asked",
	    .mode = TRUST_LOCAL,
	    .local = "root.pem",
	    .counts = "collection: none; local store: " A_ROOT,
	},
	{
	    .name = "a collection without anchors",
	    .collection = { "leaf.pem" },
	    .local = "root.pem",
	    .error = "collection: no root certificate in it may vouch for "
		     "mail (0 refused, 0 intermediates, 1 signers)",
	},
	{
	    .name = "the same in the cloud",
	    .mode = TRUST_EXCHANGE_ONLINE,
	    .collection = { "leaf.pem" },
	    .local = "root.pem",
	    .error = "collection: no root certificate",
	},
	{
	    .name = "signers alone that vouch for themselves",
	    .collection = { "leaf.pem" },
	    .local = "none",
	    .listed = true,
	    .counts = "collection: " A_SIGNER "; local store: none",
	},
	{
	    .name = "they do so in the collection only",
	    .mode = TRUST_LOCAL,
	    .local = "leaf.pem",
	    .listed = true,
	    .error = "local-store: no root certificate",
	},
	{
	    .name = "the same where it is not asked",
	    .mode = TRUST_LOCAL,
	    .collection = { "leaf.pem" },
	    .local = "root.pem",
	    .warnings = 1,
	    .counts = "collection: " A_SIGNER "; local store: " A_ROOT,
	},
	{
	    .name = "a local store without anchors",
	    .mode = TRUST_LOCAL,
	    .local = "leaf.pem",
	    .error = "local-store: no root certificate",
	},
	{
	    .name = "the same behind a collection",
	    .collection = { "root.pem" },
	    .local = "leaf.pem",
	    .warnings = 1,
	    .counts = "collection: " A_ROOT "; local store: " A_SIGNER,
	},
	{
	    .name = "half a collection is none",
	    .collection = { "root.pem", "nonsense" },
	    .local = "none",
	    .error = "nonsense: ",
	},
	{
	    .name = "a collection that is not there",
	    .collection = { "absent" },
	    .local = "none",
	    .error = "absent: ",
	},
	{
	    .name = "a local store that is not there",
	    .collection = { "root.pem" },
	    .local = "absent",
	    .error = "absent: ",
	},
	{
	    .name = "bad aliases",
	    .collection = { "root.pem" },
	    .local = "none",
	    .aliases = "bad-aliases",
	    .error = "bad-aliases:1: ",
	},
	{
	    .name = "aliases that are not there",
	    .collection = { "root.pem" },
	    .local = "none",
	    .aliases = "absent",
	    .error = "absent: No such file or directory",
	},
};

START_TEST(loads_all_or_nothing)
{
	char *list[3];
	struct settings settings = {
		.mode = loads[_i].mode,
		.collection = { .list = list },
		.trust_listed_signers = loads[_i].listed,
	};
	const char *name = loads[_i].name;
	unsigned int warnings = 0;
	struct trust *trust;
	char *error = NULL;
	char counts[400] = "";

	set_paths(&settings.collection, loads[_i].collection);
	settings.local_store = strcmp(loads[_i].local, "none") == 0 ?
	    strdup("none") :
	    scratch_path(loads[_i].local);
	settings.signer_aliases = loads[_i].aliases == NULL ?
	    strdup("") :
	    scratch_path(loads[_i].aliases);

	trust = anchors_load(&settings, NULL, count_warning, &warnings, &error);
	if (loads[_i].error != NULL) {
		ck_assert_msg(trust == NULL, "%s", name);
		ck_assert_msg(strstr(error, loads[_i].error) != NULL, "%s: %s",
		    name, error);
	} else {
		ck_assert_msg(trust != NULL, "%s: %s", name, error);
		anchors_describe(trust, counts, sizeof(counts));
		ck_assert_str_eq(counts, loads[_i].counts);
		ck_assert_int_eq(trust_mode(trust), loads[_i].mode);
		ck_assert_msg((trust_get0_aliases(trust) != NULL) ==
			(loads[_i].aliases != NULL),
		    "%s", name);
	}
	ck_assert_msg(warnings == loads[_i].warnings, "%s: %u", name, warnings);

	trust_unref(trust);
	free(error);
	free(settings.local_store);
	free(settings.signer_aliases);
	for (size_t i = 0; i < settings.collection.count; i++)
		free(list[i]);
}
END_TEST

START_TEST(refuses_aliases_of_more_than_1_MiB)
{
	char *list[] = { scratch_path("root.pem") };
	struct settings settings = {
		.collection = { .list = list, .count = 1 },
		.local_store = (char[]){ "none" },
		.signer_aliases = scratch_path("large"),
	};
	char *octets = malloc(ANCHORS_MAX_ALIASES + 1);
	struct trust *trust;
	char *error;

	memset(octets, '\n', ANCHORS_MAX_ALIASES + 1);
	scratch_write_octets("large", octets, ANCHORS_MAX_ALIASES);
	trust = anchors_load(&settings, NULL, NULL, NULL, &error);
	ck_assert_ptr_nonnull(trust);
	trust_unref(trust);

	scratch_write_octets("large", octets, ANCHORS_MAX_ALIASES + 1);
	ck_assert_ptr_null(anchors_load(&settings, NULL, NULL, NULL, &error));
	ck_assert_ptr_nonnull(strstr(error, "large: larger than 1 MiB"));

	free(error);
	free(octets);
	free(list[0]);
	free(settings.signer_aliases);
}
END_TEST

static const struct {
	const char *name;
	const char *files[3]; /* in the folder; "." is the folder itself */
	int want;
} probes[] = {
	{ "the first that is there", { "root.pem", "other.pem", "leaf.pem" },
	    0 },
	{ "not one that is absent", { "absent", "other.pem", "leaf.pem" }, 1 },
	{ "not one that is empty", { "empty", "absent", "leaf.pem" }, 2 },
	{ "not a folder", { ".", "other.pem", "leaf.pem" }, 1 },
	{ "none at all", { ".", "empty", "absent" }, -1 },
};

START_TEST(probes_for_a_bundle)
{
	struct bundle bundles[3] = { { NULL, false } };
	char *paths[3];
	const struct bundle *found;

	for (size_t i = 0; i < 3; i++) {
		paths[i] = scratch_path(probes[_i].files[i]);
		bundles[i].path = paths[i];
	}
	found = anchors_probe(bundles, 3);
	ck_assert_msg((found == NULL ? -1 : (int)(found - bundles)) ==
		probes[_i].want,
	    "%s", probes[_i].name);
	for (size_t i = 0; i < 3; i++)
		free(paths[i]);
}
END_TEST

START_TEST(prefers_bundles_for_mail)
{
	size_t count;
	const struct bundle *bundles = anchors_bundles(&count);
	bool tls_only = false;

	ck_assert_uint_gt(count, 0);
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(!tls_only || bundles[i].tls_only, "%s",
		    bundles[i].path);
		tls_only = bundles[i].tls_only;
	}
}
END_TEST

/* Ways in which a file changes, as a text file of two octets. */
static void
append(const char *path)
{
	FILE *file = fopen(path, "a");

	fputc('x', file);
	fclose(file);
}

static void
replace(const char *path)
{
	(void)path;
	scratch_write("watched", "yy");
}

static void
replace_and_keep_time(const char *path)
{
	struct stat status;
	struct timespec times[2];

	ck_assert_int_eq(stat(path, &status), 0);
	scratch_write("watched", "yy");
	times[0] = status.st_atim;
	times[1] = status.st_mtim;
	ck_assert_int_eq(utimensat(-1, path, times, 0), 0);
}

static void
remove_file(const char *path)
{
	unlink(path);
}

static void
touch(const char *path)
{
	ck_assert_int_eq(utimes(path, NULL), 0);
}

static void
deny(const char *path)
{
	ck_assert_int_eq(chmod(path, 0), 0);
}

static const struct {
	const char *name;
	void (*change)(const char *path);
} changes[] = {
	{ "appended to", append },
	{ "replaced", replace },
	{ "replaced with the old time", replace_and_keep_time },
	{ "removed", remove_file },
	{ "touched", touch },
	{ "permissions", deny },
};

/* The clock of a file system may tick in steps of 10 ms. */
static void
let_time_pass(void)
{
	usleep(20000);
}

START_TEST(sees_a_change_of_a_file)
{
	char *path = scratch_path("watched");
	uint64_t before, folder;
	char *parent = scratch_path(".");

	scratch_write("watched", "xx");
	before = stamp_path(0, path);
	folder = stamp_path(0, parent);
	let_time_pass();
	ck_assert_msg(stamp_path(0, path) == before, "%s", changes[_i].name);
	ck_assert_msg(stamp_path(0, parent) == folder, "%s", changes[_i].name);
	changes[_i].change(path);
	ck_assert_msg(stamp_path(0, path) != before, "%s", changes[_i].name);
	ck_assert_msg(stamp_path(0, parent) != folder, "%s", changes[_i].name);
	free(parent);
	free(path);
}
END_TEST

START_TEST(sees_a_file_come)
{
	char *path = scratch_path("watched");
	uint64_t before = stamp_path(0, path);

	scratch_write("watched", "xx");
	ck_assert(stamp_path(0, path) != before);
	free(path);
}
END_TEST

/* Each file that anchors_load() would read. */
static const char *const read_files[] = { "one", "two", "local", "aliases" };

START_TEST(stamps_every_file_that_is_read)
{
	char *list[] = { scratch_path("one"), scratch_path("two") };
	struct settings settings = {
		.collection = { .list = list, .count = 2 },
		.local_store = scratch_path("local"),
		.signer_aliases = scratch_path("aliases"),
	};
	uint64_t before = anchors_stamp(&settings);

	ck_assert(anchors_stamp(&settings) == before);
	scratch_write(read_files[_i], "now there is something else");
	ck_assert_msg(anchors_stamp(&settings) != before, "%s", read_files[_i]);
	free(list[0]);
	free(list[1]);
	free(settings.local_store);
	free(settings.signer_aliases);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("anchors");
	TCase *tcase = tcase_create("anchors");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_unchecked_fixture(tcase, roots_make, roots_free);
	tcase_add_checked_fixture(tcase, begin, scratch_end);
	tcase_add_loop_test(tcase, loads_all_or_nothing, 0,
	    sizeof(loads) / sizeof(loads[0]));
	tcase_add_test(tcase, refuses_aliases_of_more_than_1_MiB);
	tcase_add_loop_test(tcase, probes_for_a_bundle, 0,
	    sizeof(probes) / sizeof(probes[0]));
	tcase_add_test(tcase, prefers_bundles_for_mail);
	tcase_add_loop_test(tcase, sees_a_change_of_a_file, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(tcase, sees_a_file_come);
	tcase_add_loop_test(tcase, stamps_every_file_that_is_read, 0,
	    sizeof(read_files) / sizeof(read_files[0]));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
