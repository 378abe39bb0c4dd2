/* SPDX-License-Identifier: ISC */
#include "t/lib/trial.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "t/lib/people.h"

static struct limits limits;
static struct rules rules;
static struct trust *trust;
static struct verifier *verifier; /* or NULL */
static struct smime *smime;

static void
begin(void)
{
	const struct mail_voucher vouchers[] = { { .cert = people_root() },
		{ .cert = NULL } };

	limits_default(&limits);
	rules_default(&rules);
	trust = trust_new(TRUST_EXCHANGE_2013_SP1, mail_store(vouchers), NULL,
	    NULL);
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	smime_free(smime);
	smime = NULL;
	trust_unref(trust);
	mail_end();
}

static void
begin_with_caches(void)
{
	begin();
	verifier = verifier_new();
	ck_assert_ptr_nonnull(verifier);
}

static void
end_with_caches(void)
{
	end();
	verifier_free(verifier);
	verifier = NULL;
}

static const struct verdict *
judge_once(struct octets mail)
{
	smime_free(smime);
	smime = smime_new(NULL, &limits, &rules);
	smime_set_verifier(smime, verifier);
	mail_push(smime, mail);
	return smime_finish(smime, trust, TRIAL_NOW);
}

/* The signature that made the verdict what it is. */
static const struct signature *
worst(const struct verdict *verdict)
{
	const struct signature *s = verdict->signatures;

	while (s->result != verdict->result || s->reason != verdict->reason)
		s++;
	return s;
}

static TCase *
make_tcase(const char *name, SFun setup, SFun teardown)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, people_begin, people_end);
	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

int
trial_run(const char *name, trial_tests *add, trial_tests *add_long)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	TCase *tcase;
	int failed;

	tcase = make_tcase("smime_finish", begin, end);
	add(tcase);
	if (add_long != NULL)
		add_long(tcase);
	suite_add_tcase(suite, tcase);
	tcase = make_tcase("smime_finish with caches", begin_with_caches,
	    end_with_caches);
	add(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct limits *
trial_limits(void)
{
	return &limits;
}

struct rules *
trial_rules(void)
{
	return &rules;
}

void
trial_set_trust(struct trust *anchors)
{
	trust_unref(trust);
	trust = anchors;
}

struct smime *
trial_new(void)
{
	smime_free(smime);
	smime = smime_new(NULL, &limits, &rules);
	return smime;
}

const struct verdict *
trial_finish(void)
{
	return smime_finish(smime, trust, TRIAL_NOW);
}

const struct verdict *
trial_judge(struct octets mail)
{
	const struct verdict *verdict = judge_once(mail);
	enum result result = verdict->result;
	enum reason reason = verdict->reason;

	if (verifier == NULL)
		return verdict;
	verdict = judge_once(mail);
	ck_assert_int_eq(verdict->result, result);
	ck_assert_int_eq(verdict->reason, reason);
	return verdict;
}

const char *
trial_describe(const struct verdict *verdict)
{
	static const char *const identities[] = { "none", "match", "alias",
		"mismatch", "ambiguous" };
	static const char *const integrities[] = { "unknown", "good", "bad" };
	bool any = verdict->signature_count > 0;
	const struct signature *s = any ? worst(verdict) : NULL;
	const char *word = result_word(verdict->result);

	return mail_print("%s %s %s %s %s %s", word != NULL ? word : "absent",
	    reason_token(verdict->reason),
	    verdict->scope == COVERAGE_WHOLE ? "whole" : "partial",
	    trust_who_word(verdict->trust), any ? identities[s->identity] : "-",
	    any ? integrities[s->integrity] : "-")
	    .at;
}

void
trial_expect(const char *name, struct octets mail, const char *want)
{
	const char *got = trial_describe(trial_judge(mail));

	ck_assert_msg(strcmp(got, want) == 0, "%s: %s, not %s", name, got,
	    want);
}
