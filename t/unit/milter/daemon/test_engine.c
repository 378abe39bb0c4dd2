/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "milter/daemon/engine.h"
#include "smime/store/store.h"
#include "t/lib/occurs.h"
#include "t/lib/roots.h"
#include "t/lib/scratch.h"

static char *config_path;
static const struct overrides no_overrides = { NULL, 0 };

/* A configuration: the folder's "anchors" for collection, and more lines. */
static void
write_config(const char *more)
{
	char *anchors = scratch_path("anchors");
	char *text;

	ck_assert_int_gt(asprintf(&text,
			     "collection = { \"%s\" }\n"
			     "local-store = \"none\"\n%s\n",
			     anchors, more),
	    0);
	scratch_write("conf", text);
	free(text);
	free(anchors);
}

static void
begin(void)
{
	scratch_begin();
	config_path = scratch_path("conf");
	scratch_write_cert("anchors", roots.root);
	write_config("authserv-id = \"one.example\"");
}

static void
end(void)
{
	free(config_path);
	scratch_end();
}

static struct engine *
start(void)
{
	char *error = NULL;
	struct engine *engine = engine_new(config_path, &no_overrides, &error);

	ck_assert_msg(engine != NULL, "%s", error);
	free(scratch_log());
	return engine;
}

static size_t
anchors_in_force(struct engine *engine)
{
	struct engine_state *state = engine_get1(engine);
	struct store_counts counts;

	store_count(trust_get0_collection(state->trust), &counts);
	engine_state_unref(state);
	return counts.anchors;
}

static unsigned int
version_in_force(struct engine *engine)
{
	struct engine_state *state = engine_get1(engine);
	unsigned int version = state->version;

	engine_state_unref(state);
	return version;
}

static void
add_other_root(void)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	PEM_write_bio_X509(bio, roots.root);
	PEM_write_bio_X509(bio, roots.other);
	len = BIO_get_mem_data(bio, &text);
	scratch_write_octets("anchors", text, (size_t)len);
	BIO_free(bio);
}

static void
spoil_anchors(void)
{
	scratch_write("anchors", "-----BEGIN CERTIFICATE-----\nMII");
}

static void
keep_leaf_only(void)
{
	scratch_write_cert("anchors", roots.alice);
}

static void
remove_anchors(void)
{
	char *path = scratch_path("anchors");

	unlink(path);
	free(path);
}

static void
spoil_config(void)
{
	write_config("mode = \"exchange\"");
}

static void
remove_config(void)
{
	unlink(config_path);
}

static const struct {
	const char *name;
	void (*spoil)(void);
	const char *error; /* part of it */
} flaws[] = {
	{ "broken anchors", spoil_anchors, "anchors:1: " },
	{ "no anchors", remove_anchors, "anchors: " },
	{ "nobody who may vouch", keep_leaf_only, "collection: no root" },
	{ "broken configuration", spoil_config, "conf:3: mode: " },
	{ "no configuration", remove_config, "conf" },
};

START_TEST(refuses_to_start_with_a_flaw)
{
	char *error = NULL;

	flaws[_i].spoil();
	ck_assert_ptr_null(engine_new(config_path, &no_overrides, &error));
	ck_assert_msg(strstr(error, flaws[_i].error) != NULL, "%s: %s",
	    flaws[_i].name, error);
	free(error);
}
END_TEST

START_TEST(keeps_what_is_in_force_when_a_reload_has_a_flaw)
{
	struct engine *engine = start();
	struct engine_state *before = engine_get1(engine);
	struct engine_state *after;
	char *log;

	flaws[_i].spoil();
	ck_assert_msg(!engine_reload(engine), "%s", flaws[_i].name);
	log = scratch_log();
	ck_assert_msg(strstr(log, "reload refused: ") != NULL &&
		strstr(log, flaws[_i].error) != NULL &&
		strstr(log, "; the previous settings stay in force\n") != NULL,
	    "%s: %s", flaws[_i].name, log);
	free(log);
	after = engine_get1(engine);
	ck_assert_ptr_eq(before, after);

	ck_assert(!engine_reload(engine)); /* who asks again is told again */
	scratch_expect_log("reload refused: ", 1);
	engine_state_unref(after);
	engine_state_unref(before);
	engine_free(engine);
}
END_TEST

/* Cut off while it is saved, or because the disk is full. */
START_TEST(a_reload_refuses_a_file_that_says_nothing_any_more)
{
	struct engine *engine = start();
	static const char *const blank[] = { "", "\n", "# all is gone\n" };

	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++) {
		scratch_write("conf", blank[i]);
		ck_assert_msg(!engine_reload(engine), "%s", blank[i]);
		scratch_expect_log(
		    "conf: says nothing; expected the settings that it "
		    "had; the previous settings stay in force",
		    1);
	}
	engine_free(engine);
}
END_TEST

START_TEST(a_reload_reads_everything_anew)
{
	struct engine *engine = start();
	struct engine_state *before = engine_get1(engine);
	struct engine_state *after;

	write_config("authserv-id = \"two.example\"");
	add_other_root();
	ck_assert(engine_reload(engine));
	scratch_expect_log("reloaded: collection: anchors=2 refused=0 "
			   "intermediates=0 signers=0; local store: none "
			   "(before: collection: anchors=1 ",
	    1);
	after = engine_get1(engine);
	ck_assert_str_eq(after->settings->authserv_id, "two.example");
	ck_assert_uint_eq(after->version, 2);
	ck_assert_uint_eq(anchors_in_force(engine), 2);

	/* Whoever began under the old state still has it. */
	ck_assert_str_eq(before->settings->authserv_id, "one.example");
	ck_assert_uint_eq(before->version, 1);
	ck_assert_ptr_nonnull(trust_get0_collection(before->trust));
	engine_state_unref(before);
	engine_state_unref(after);
	engine_free(engine);
}
END_TEST

static const struct {
	const char *option;
	const char *line;
} fixed[] = {
	{ "socket", "socket = \"inet:8891@127.0.0.1\"" },
	{ "socket-mode", "socket-mode = 0600" },
	{ "user", "user = \"somebody\"" },
	{ "log", "log = \"stderr\"" },
	{ "pid-file", "pid-file = \"/run/pid\"" },
};

START_TEST(warns_of_what_only_a_restart_can_change)
{
	struct engine *engine = start();
	char warning[100];

	ck_assert(engine_reload(engine));
	scratch_expect_log("restart", 0);
	snprintf(warning, sizeof(warning),
	    ": %s has changed; restart to put that in force\n",
	    fixed[_i].option);
	write_config(fixed[_i].line);
	ck_assert(engine_reload(engine));
	scratch_expect_log(warning, 1);
	engine_free(engine);
}
END_TEST

START_TEST(warns_of_internal_hosts_that_are_everybody)
{
	struct engine *engine = start();

	write_config("internal-hosts = { \"0.0.0.0/0\" }");
	ck_assert(engine_reload(engine));
	scratch_expect_log("internal-hosts", 1);
	engine_free(engine);
}
END_TEST

START_TEST(overrides_outlive_a_reload)
{
	const char *const list[] = { "authserv-id=set.example" };
	const struct overrides overrides = { list, 1 };
	char *error;
	struct engine *engine = engine_new(config_path, &overrides, &error);
	struct engine_state *state;

	ck_assert(engine_reload(engine));
	state = engine_get1(engine);
	ck_assert_str_eq(state->settings->authserv_id, "set.example");
	engine_state_unref(state);
	engine_free(engine);
}
END_TEST

START_TEST(a_poll_finds_a_change_once_it_has_rested)
{
	struct engine *engine = start();

	ck_assert(!engine_poll(engine));
	add_other_root();
	ck_assert(!engine_poll(engine)); /* perhaps still being written */
	ck_assert(engine_poll(engine));
	ck_assert_uint_eq(anchors_in_force(engine), 2);
	scratch_expect_log("reloaded: collection: anchors=2 ", 1);
	ck_assert(!engine_poll(engine));
	ck_assert_uint_eq(version_in_force(engine), 2);
	engine_free(engine);
}
END_TEST

START_TEST(a_poll_waits_while_a_file_keeps_changing)
{
	struct engine *engine = start();

	for (int i = 0; i < 5; i++) {
		add_other_root();
		ck_assert(!engine_poll(engine));
		usleep(20000);
	}
	ck_assert(engine_poll(engine));
	engine_free(engine);
}
END_TEST

START_TEST(a_poll_does_not_read_the_configuration)
{
	struct engine *engine = start();
	struct engine_state *state;

	spoil_config();
	ck_assert(!engine_poll(engine));
	ck_assert(!engine_poll(engine));
	add_other_root();
	engine_poll(engine);
	ck_assert(engine_poll(engine));
	state = engine_get1(engine);
	ck_assert_str_eq(state->settings->authserv_id, "one.example");
	engine_state_unref(state);
	scratch_expect_log("reload refused", 0);
	engine_free(engine);
}
END_TEST

START_TEST(a_poll_complains_once_and_takes_the_cure)
{
	struct engine *engine = start();

	spoil_anchors();
	for (int i = 0; i < 3 * ENGINE_RETRY; i++)
		ck_assert(!engine_poll(engine));
	scratch_expect_log("reload refused: ", 1);
	ck_assert_uint_eq(anchors_in_force(engine), 1);

	add_other_root();
	engine_poll(engine);
	ck_assert(engine_poll(engine));
	ck_assert_uint_eq(anchors_in_force(engine), 2);

	spoil_anchors(); /* the same flaw again is news again */
	engine_poll(engine);
	ck_assert(!engine_poll(engine));
	scratch_expect_log("reload refused: ", 1);
	engine_free(engine);
}
END_TEST

static void
limit_files(rlim_t limit)
{
	struct rlimit files;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = limit;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* What stood in the way may go away without a trace in the files. */
START_TEST(a_poll_tries_refused_files_again_after_a_while)
{
	struct engine *engine = start();

	add_other_root();
	engine_poll(engine);
	limit_files(0);
	ck_assert(!engine_poll(engine));
	limit_files(100);
	scratch_expect_log("reload refused: ", 1);
	for (int i = 0; i < ENGINE_RETRY; i++)
		ck_assert(!engine_poll(engine));
	ck_assert(engine_poll(engine));
	ck_assert_uint_eq(anchors_in_force(engine), 2);
	engine_free(engine);
}
END_TEST

START_TEST(a_reload_names_what_came_and_what_went)
{
	struct engine *engine = start();
	char *log;

	add_other_root();
	engine_poll(engine);
	ck_assert(engine_poll(engine));
	log = scratch_log();
	ck_assert_uint_eq(occurs(log, "collection: added "), 1);
	ck_assert_uint_eq(occurs(log, "\"CN=Other root\"\n"), 1);
	ck_assert_uint_eq(occurs(log, "removed"), 0);
	free(log);
	scratch_write_cert("anchors", roots.root);
	ck_assert(engine_reload(engine));
	scratch_expect_log("collection: removed ", 1);
	engine_free(engine);
}
END_TEST

START_TEST(reminds_once_a_day_of_what_expires)
{
	const time_t last = 2208988800, day = 86400; /* 2040-01-01 */
	struct engine *engine = start();

	engine_remind(engine, last - 31 * day - 1);
	scratch_expect_log("expires on", 0);
	engine_remind(engine, last - 30 * day - 2);
	scratch_expect_log("expires on", 0); /* not a day later */
	engine_remind(engine, last - 30 * day);
	scratch_expect_log("collection: expires on 2040-01-01, in 30 days: ",
	    1);
	engine_remind(engine, last - 29 * day - 1);
	scratch_expect_log("expires on", 0);
	engine_remind(engine, last - 29 * day);
	scratch_expect_log("in 29 days: ", 1);
	engine_remind(engine, last - 30 * day); /* the clock was set back */
	scratch_expect_log("in 30 days: ", 1);

	/* What is new is told about at once. */
	add_other_root();
	ck_assert(engine_reload(engine));
	free(scratch_log());
	engine_remind(engine, last - 30 * day + 1);
	scratch_expect_log("expires on", 2);

	write_config("warn-expiry-days = 0");
	ck_assert(engine_reload(engine));
	free(scratch_log());
	engine_remind(engine, last - 1);
	scratch_expect_log("expire", 0);
	engine_free(engine);
}
END_TEST

struct readers {
	struct engine *engine;
	atomic_bool stop;
	atomic_size_t reads;
};

static void *
read_states(void *arg)
{
	struct readers *readers = arg;

	while (!atomic_load(&readers->stop)) {
		struct engine_state *state = engine_get1(readers->engine);
		struct store_counts counts;

		store_count(trust_get0_collection(state->trust), &counts);
		if (counts.anchors == 0 ||
		    strstr(state->settings->authserv_id, ".example") == NULL)
			abort();
		engine_state_unref(state);
		atomic_fetch_add(&readers->reads, 1);
	}
	return NULL;
}

START_TEST(readers_never_see_half_a_reload)
{
	struct readers readers = { .engine = start() };
	pthread_t threads[3];

	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_states,
				     &readers),
		    0);
	for (int i = 0; i < 50; i++) {
		write_config(i % 2 == 0 ? "authserv-id = \"two.example\"" :
					  "authserv-id = \"one.example\"");
		ck_assert(engine_reload(readers.engine));
	}
	while (atomic_load(&readers.reads) < 1000)
		usleep(1000);
	atomic_store(&readers.stop, true);
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(version_in_force(readers.engine), 51);
	engine_free(readers.engine);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, refuses_to_start_with_a_flaw, 0,
	    sizeof(flaws) / sizeof(flaws[0]));
	tcase_add_loop_test(tcase,
	    keeps_what_is_in_force_when_a_reload_has_a_flaw, 0,
	    sizeof(flaws) / sizeof(flaws[0]));
	tcase_add_test(tcase,
	    a_reload_refuses_a_file_that_says_nothing_any_more);
	tcase_add_test(tcase, a_reload_reads_everything_anew);
	tcase_add_loop_test(tcase, warns_of_what_only_a_restart_can_change, 0,
	    sizeof(fixed) / sizeof(fixed[0]));
	tcase_add_test(tcase, warns_of_internal_hosts_that_are_everybody);
	tcase_add_test(tcase, overrides_outlive_a_reload);
	tcase_add_test(tcase, a_poll_finds_a_change_once_it_has_rested);
	tcase_add_test(tcase, a_poll_waits_while_a_file_keeps_changing);
	tcase_add_test(tcase, a_poll_does_not_read_the_configuration);
	tcase_add_test(tcase, a_poll_complains_once_and_takes_the_cure);
	tcase_add_test(tcase, a_poll_tries_refused_files_again_after_a_while);
	tcase_add_test(tcase, a_reload_names_what_came_and_what_went);
	tcase_add_test(tcase, reminds_once_a_day_of_what_expires);
	tcase_add_test(tcase, readers_never_see_half_a_reload);
}

int
main(void)
{
	Suite *suite = suite_create("engine");
	TCase *tcase = tcase_create("engine");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, roots_make, roots_free);
	tcase_add_checked_fixture(tcase, begin, end);
	add_tests(tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
