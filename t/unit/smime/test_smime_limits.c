/* SPDX-License-Identifier: ISC */
/*
 * What is due to input of any kind: each limit at n and n+1, every truncation,
 * every split, and an octet altered.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/smime.h"
#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The body in pieces: the first of so many octets, then the others. */
static const struct verdict *
judge_in_pieces(struct octets mail, size_t first, size_t others)
{
	struct smime *smime = trial_new();
	size_t piece = first;
	size_t at, n;

	at = mail_push_header(smime, mail);
	for (; at < mail.len; at += n, piece = others) {
		n = piece < mail.len - at ? piece : mail.len - at;
		smime_push_body(smime, (const uint8_t *)mail.at + at, n);
	}
	return trial_finish();
}

/*
 * Limits.
 */

static struct octets
two_layers(void)
{
	return usual_detached_in(MAIL_OPAQUE);
}

static struct octets
two_signers(void)
{
	const struct mail_signer both[] = { people_signer(ALICE),
		people_signer(ALICE_RSA) };
	const struct mail_cms what = { .signers = both, .count = 2 };
	struct octets part = mail_print("%s", USUAL_PART);

	return mail_detached(&usual_form, part, mail_sign(&what, part));
}

static struct octets
unannounced(void)
{
	return usual_detached_with(&(struct mail_form){ .micalg = "sha-512" });
}

/* The header of the signature part. */
enum {
	LONGEST_HEADER = sizeof("Content-Type: application/pkcs7-signature\r\n"
				"Content-Transfer-Encoding: base64\r\n") -
	    1,
};

static const struct {
	const char *name;
	struct octets (*make)(void);
	size_t offset; /* of the limit */
	size_t enough; /* 0: sought */
	const char *token;
} costs[] = {
	{ "max_depth", usual_detached, offsetof(struct limits, max_depth), 2,
	    "too-deep" },
	{ "max_depth, two layers", two_layers,
	    offsetof(struct limits, max_depth), 3, "too-deep" },
	{ "max_parts", usual_detached, offsetof(struct limits, max_parts), 3,
	    "too-many-parts" },
	{ "max_parts, two layers", two_layers,
	    offsetof(struct limits, max_parts), 4, "too-many-parts" },
	{ "max_header", usual_detached, offsetof(struct limits, max_header),
	    LONGEST_HEADER, "header-too-large" },
	{ "max_cms", usual_detached, offsetof(struct limits, max_cms), 0,
	    "cms-too-large" },
	{ "max_cms, opaque", usual_opaque, offsetof(struct limits, max_cms), 0,
	    "cms-too-large" },
	{ "max_signatures", two_layers, offsetof(struct limits, max_signatures),
	    2, "too-many-signatures" },
	{ "max_signers", two_signers, offsetof(struct limits, max_signers), 2,
	    "too-many-signers" },
	{ "max_certs", two_signers, offsetof(struct limits, max_certs), 2,
	    "too-many-certificates" },
	{ "rehash", unannounced, offsetof(struct limits, rehash),
	    sizeof(USUAL_PART) - 1, "digest-not-announced" },
};

static void
set_limit(size_t row, size_t value)
{
	memcpy((char *)trial_limits() + costs[row].offset, &value,
	    sizeof(value));
}

/* The least value with which the message passes. */
static size_t
seek_limit(size_t row, struct octets mail)
{
	size_t value = 1;

	for (;; value++) {
		set_limit(row, value);
		if (trial_judge(mail)->result == RESULT_PASS)
			return value;
		ck_assert_uint_lt(value, 2 * mail.len);
	}
}

START_TEST(keeps_each_limit)
{
	struct octets mail = costs[_i].make();
	size_t enough = costs[_i].enough;
	const struct verdict *verdict;

	if (enough == 0)
		enough = seek_limit((size_t)_i, mail);
	set_limit((size_t)_i, enough);
	trial_expect(costs[_i].name, mail, PASS);
	set_limit((size_t)_i, enough - 1);
	verdict = trial_judge(mail);
	ck_assert_str_eq(reason_token(verdict->reason), costs[_i].token);
	ck_assert_int_eq(verdict->result, RESULT_PERMERROR);
	for (size_t i = 0; i < TRUST_MODES; i++)
		ck_assert_msg(verdict->mode_result[i] != RESULT_PASS, "%zu", i);
}
END_TEST

START_TEST(limits_the_body)
{
	struct octets mail = usual_detached();

	trial_limits()->max_message =
	    mail.len - mail_find(mail, "\r\n\r\n") - 4;
	trial_expect("all of it", mail, PASS);
	ck_assert_str_eq(trial_describe(judge_in_pieces(mail, 100, 100)), PASS);
	trial_limits()->max_message--;
	trial_expect("but an octet", mail,
	    "permerror message-too-large whole none - -");
	ck_assert_str_eq(trial_describe(judge_in_pieces(mail, 100, 100)),
	    "permerror message-too-large whole none - -");
	trial_expect("a body that does not matter",
	    mail_print("\r\n%10000s", "x"), "none unsigned whole none - -");
}
END_TEST

static bool
count_down(void *arg)
{
	unsigned int *left = arg;

	return *left > 0 && (*left)-- > 0;
}

/* A message that is given so many steps to be judged in. */
static const struct verdict *
judge_within(struct octets mail, unsigned int steps)
{
	const struct budget budget = { count_down, &steps };
	struct smime *smime = trial_new();

	smime_set_budget(smime, &budget);
	mail_push(smime, mail);
	return trial_finish();
}

static struct octets (*const budgeted[])(
    void) = { usual_detached, usual_opaque, two_layers, two_signers };

START_TEST(keeps_the_budget)
{
	struct octets mail = budgeted[_i]();
	const struct verdict *verdict;
	unsigned int steps = 0;

	for (;; steps++) {
		ck_assert_uint_lt(steps, 20);
		verdict = judge_within(mail, steps);
		if (verdict->result == RESULT_PASS)
			break;
		ck_assert_str_eq(reason_token(verdict->reason), "too-costly");
		ck_assert_int_eq(verdict->result, RESULT_PERMERROR);
		for (size_t i = 0; i < TRUST_MODES; i++)
			ck_assert_int_ne(verdict->mode_result[i], RESULT_PASS);
	}
	ck_assert_uint_gt(steps, 2);
}
END_TEST

/*
 * Robustness.
 */

static const struct {
	const char *name;
	struct octets (*make)(void);
	size_t step; /* 1: every octet */
} whole[] = {
	{ "detached", usual_detached, 1 },
	{ "opaque", usual_opaque, 1 },
	{ "layers", two_layers, 11 },
};

START_TEST(no_truncation_passes)
{
	struct octets mail = whole[_i].make();
	size_t len = mail.len - 2; /* the last line end does not count */
	struct octets cut;
	enum result result;

	trial_expect(whole[_i].name, mail, PASS);
	for (size_t n = 0; n < len; n += whole[_i].step) {
		cut.at = memcpy(malloc(n + 1), mail.at, n); /* for ASan */
		cut.len = n;
		result = trial_judge(cut)->result;
		ck_assert_msg(result != RESULT_PASS, "%s: %zu of %zu",
		    whole[_i].name, n, mail.len);
		free((char *)(uintptr_t)cut.at);
	}
}
END_TEST

/* Octets of a message, or of the CMS that one is made of. */
static void
alter_each(struct octets in, size_t at, size_t len, bool cms)
{
	struct octets mail;

	for (size_t end = at + len; at < end; at++) {
		mail = mail_flip(in, at);
		if (cms)
			mail = mail_opaque(&usual_form, mail);
		ck_assert_msg(trial_judge(mail)->result != RESULT_PASS, "%zu",
		    at);
	}
}

START_TEST(no_altered_octet_of_what_is_signed_passes)
{
	struct octets mail = usual_detached();
	struct octets cms = people_sign(ALICE_RSA, MAIL_OPAQUE, USUAL_PART);

	alter_each(mail, mail_find(mail, USUAL_PART), strlen(USUAL_PART),
	    false);
	alter_each(cms, mail_find(cms, USUAL_PART), strlen(USUAL_PART), true);
	alter_each(cms, cms.len - 256, 256, true); /* the signature */
}
END_TEST

START_TEST(any_split_gives_the_same_verdict)
{
	struct octets mail = whole[_i].make();

	for (size_t n = 0; n < mail.len; n++)
		ck_assert_msg(judge_in_pieces(mail, n, mail.len)->result ==
			RESULT_PASS,
		    "%s: %zu", whole[_i].name, n);
	for (size_t n = 1; n < 70; n++)
		ck_assert_msg(judge_in_pieces(mail, n, n)->result ==
			RESULT_PASS,
		    "%s: pieces of %zu", whole[_i].name, n);
}
END_TEST

START_TEST(may_be_freed_at_any_time)
{
	smime_free(NULL);
	trial_new();
	mail_push(trial_new(), two_layers());
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, keeps_each_limit, 0, COUNT(costs));
	tcase_add_test(tcase, limits_the_body);
	tcase_add_loop_test(tcase, keeps_the_budget, 0,
	    sizeof(budgeted) / sizeof(budgeted[0]));
	tcase_add_test(tcase, may_be_freed_at_any_time);
}

/* These judge thousands of messages each. */
static void
add_long_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, no_truncation_passes, 0, COUNT(whole));
	tcase_add_test(tcase, no_altered_octet_of_what_is_signed_passes);
	tcase_add_loop_test(tcase, any_split_gives_the_same_verdict, 0,
	    COUNT(whole));
}

int
main(void)
{
	return trial_run("smime_limits", add_tests, add_long_tests);
}
