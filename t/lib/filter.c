/* SPDX-License-Identifier: ISC */
#include "t/lib/filter.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/daemon/mlfi.h"
#include "t/lib/letters.h"
#include "t/lib/scratch.h"

static char *config_path;
static struct engine *engine;
static const struct overrides no_overrides = { NULL, 0 };

static void
begin(void)
{
	scratch_begin();
	config_path = scratch_path("conf");
	scratch_write_cert("anchors", letters_root());
	engine = NULL;
	filter_serve("");
}

static void
end(void)
{
	engine_free(engine);
	free(config_path);
	scratch_end();
}

int
filter_run(const char *name, void (*add)(TCase *tcase))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create("mlfi");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, letters_begin, letters_end);
	tcase_add_checked_fixture(tcase, begin, end);
	add(tcase);
	/* The state of the filter is set once a process. */
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct engine *
filter_engine(void)
{
	return engine;
}

void
filter_write_config(const char *more)
{
	char *anchors = scratch_path("anchors");
	char *text;

	ck_assert_int_gt(asprintf(&text,
			     "collection = { \"%s\" }\n"
			     "local-store = \"none\"\n"
			     "authserv-id = \"mx.example.net\"\n"
			     "internal-hosts = { \"192.0.2.0/24\" }\n%s\n",
			     anchors, more),
	    0);
	scratch_write("conf", text);
	free(text);
	free(anchors);
}

void
filter_load(const char *more)
{
	char *error = NULL;

	engine_free(engine);
	free(scratch_log());
	filter_write_config(more);
	engine = engine_new(config_path, &no_overrides, &error);
	ck_assert_msg(engine != NULL, "%s", error);
}

void
filter_serve(const char *more)
{
	filter_load(more);
	ck_assert(mlfi_register(engine, FILTER_CONNECTIONS, false));
	free(scratch_log());
}

void
filter_expect_log(const char *part)
{
	char *log = scratch_log();

	ck_assert_msg(strstr(log, part) != NULL, "%s in: %s", part, log);
	free(log);
}

void
filter_expect_idle(void)
{
	struct engine_state *state = engine_get1(engine);

	ck_assert_uint_eq(atomic_load(&state->owners), 2);
	engine_state_unref(state);
}
