/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/daemon/metrics.h"

/* libcheck runs each test in a child of its own, and so counts from 0. */

enum { THREADS = 8, TURNS = 10000 };

static const char *
written(void)
{
	static char text[400000];
	FILE *out = fmemopen(text, sizeof(text), "w");

	metrics_write(out);
	fputc('\0', out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* There is exactly that line. */
static void
expect(const char *line)
{
	const char *text = written();
	const char *found = strstr(text, line);
	size_t len = strlen(line);

	ck_assert_msg(found != NULL, "%s", line);
	ck_assert(found == text || found[-1] == '\n');
	ck_assert_int_eq(found[len], '\n');
}

static struct verdict
verdict_of(enum reason reason)
{
	return (struct verdict){
		.result = reason_result(reason),
		.reason = reason,
		.trust = reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE,
	};
}

START_TEST(counts_messages_by_what_became_of_them)
{
	const struct verdict pass = verdict_of(REASON_OK);
	const struct verdict fail = verdict_of(REASON_DIGEST_MISMATCH);
	const struct verdict encrypted = verdict_of(REASON_ENCRYPTED);

	metrics_message(&pass, ACTION_ACCEPT, NULL);
	metrics_message(&pass, ACTION_ACCEPT, NULL);
	metrics_message(&fail, ACTION_REJECT, NULL);
	metrics_message(&encrypted, ACTION_QUARANTINE, NULL);
	metrics_message(NULL, ACTION_TEMPFAIL, NULL);
	metrics_aborted();
	metrics_skipped();
	expect("smime_milter_messages_total{result=\"pass\",reason=\"ok\","
	       "trust=\"collection\",action=\"accept\"} 2");
	expect("smime_milter_messages_total{result=\"fail\","
	       "reason=\"digest-mismatch\",trust=\"none\",action=\"reject\"} "
	       "1");
	expect("smime_milter_messages_total{result=\"encrypted\","
	       "reason=\"encrypted\",trust=\"none\",action=\"quarantine\"} 1");
	expect("smime_milter_messages_unjudged_total 1");
	expect("smime_milter_messages_aborted_total 1");
	expect("smime_milter_messages_skipped_total 1");
	ck_assert_ptr_null(strstr(written(),
	    "smime_milter_rule_messages_tota"
	    "l{"));
}
END_TEST

START_TEST(counts_connections)
{
	metrics_opened();
	metrics_opened();
	metrics_closed();
	metrics_refused();
	ck_assert_uint_eq(metrics_connections(), 1);
	expect("smime_milter_connections 1");
	expect("smime_milter_connections_total 2");
	expect("smime_milter_connections_refused_total 1");
}
END_TEST

START_TEST(remembers_whether_the_last_reload_was_refused)
{
	expect("smime_milter_reload_failing 0");
	metrics_reloaded(false);
	expect("smime_milter_reload_failing 1");
	metrics_reloaded(false);
	metrics_reloaded(true);
	expect("smime_milter_reload_failing 0");
	expect("smime_milter_reloads_total{outcome=\"good\"} 1");
	expect("smime_milter_reloads_total{outcome=\"refused\"} 2");
}
END_TEST

#define BUCKET "smime_milter_stage_seconds_bucket{stage=\"judging\",le="

START_TEST(puts_a_time_into_each_bucket_that_holds_it)
{
	metrics_spent(METRICS_JUDGING, 0);
	metrics_spent(METRICS_JUDGING, 1000000);
	metrics_spent(METRICS_JUDGING, 1000001);
	metrics_spent(METRICS_JUDGING, UINT64_C(100000000000));
	expect(BUCKET "\"0.0001\"} 1");
	expect(BUCKET "\"0.0005\"} 1");
	expect(BUCKET "\"0.001\"} 2");
	expect(BUCKET "\"0.0025\"} 3");
	expect(BUCKET "\"60\"} 3");
	expect(BUCKET "\"+Inf\"} 4");
	expect("smime_milter_stage_seconds_sum{stage=\"judging\"} "
	       "100.002000001");
	expect("smime_milter_stage_seconds_count{stage=\"judging\"} 4");
	expect("smime_milter_stage_seconds_count{stage=\"reading\"} 0");
	expect("smime_milter_stage_seconds_count{stage=\"answering\"} 0");
}
END_TEST

START_TEST(names_no_more_rules_than_its_limit)
{
	const struct verdict pass = verdict_of(REASON_OK);
	char name[20];

	for (int i = 0; i < METRICS_MAX_RULES; i++) {
		snprintf(name, sizeof(name), "rule %d", i);
		metrics_message(&pass, ACTION_ACCEPT, name);
	}
	ck_assert_ptr_null(strstr(written(), "(other)"));
	metrics_message(&pass, ACTION_ACCEPT, "one too many");
	metrics_message(&pass, ACTION_ACCEPT, "two too many");
	metrics_message(&pass, ACTION_ACCEPT, "rule 7");
	expect("smime_milter_rule_messages_total{rule=\"rule 7\","
	       "result=\"pass\"} 2");
	expect("smime_milter_rule_messages_total{rule=\"(other)\","
	       "result=\"pass\"} 2");
	expect("smime_milter_rule_messages_total{rule=\"rule 99\","
	       "result=\"fail\"} 0");
	ck_assert_ptr_null(strstr(written(), "o too many\""));
}
END_TEST

/* The threads meet over the first message of each rule. */
static void *
count_a_lot(void *arg)
{
	const struct verdict pass = verdict_of(REASON_OK);
	char name[20];

	(void)arg;
	for (int i = 0; i < TURNS; i++) {
		snprintf(name, sizeof(name), "rule %d", i % METRICS_MAX_RULES);
		metrics_opened();
		metrics_message(&pass, ACTION_ACCEPT, name);
		metrics_spent(METRICS_ANSWERING, 1);
		metrics_closed();
	}
	return NULL;
}

START_TEST(loses_nothing_between_threads)
{
	pthread_t threads[THREADS];
	char line[100];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count_a_lot, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	expect("smime_milter_connections_total 80000");
	expect("smime_milter_connections 0");
	expect("smime_milter_messages_total{result=\"pass\",reason=\"ok\","
	       "trust=\"collection\",action=\"accept\"} 80000");
	for (int i = 0; i < METRICS_MAX_RULES; i++) {
		snprintf(line, sizeof(line),
		    "smime_milter_rule_messages_total{rule=\"rule %d\","
		    "result=\"pass\"} %d",
		    i, THREADS * TURNS / METRICS_MAX_RULES);
		expect(line);
	}
	expect("smime_milter_stage_seconds_count{stage=\"answering\"} 80000");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("metrics");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, counts_messages_by_what_became_of_them);
	tcase_add_test(tcase, counts_connections);
	tcase_add_test(tcase, remembers_whether_the_last_reload_was_refused);
	tcase_add_test(tcase, puts_a_time_into_each_bucket_that_holds_it);
	tcase_add_test(tcase, names_no_more_rules_than_its_limit);
	tcase_add_test(tcase, loses_nothing_between_threads);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
