/* SPDX-License-Identifier: ISC */
#include "milter/daemon/selftest.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/daemon/mailfile.h"
#include "milter/daemon/selftest_mail.h"
#include "milter/header/result.h"
#include "smime/smime.h"

/* 1 November 2026, as in t/data/README. */
enum { SELFTEST_TIME = 1793491200 };

static const char authserv_id[] = "self-test.invalid";

#define MAIL(array) .octets = array, .len = sizeof(array)
#define PASS                                                                   \
	.reason = REASON_OK,                                                   \
	.field = "self-test.invalid; smime=pass "                              \
		 "body.smime-identifier="                                      \
		 "alice@example.org "
#define BAD(r, token)                                                          \
	.reason = r,                                                           \
	.field = "self-test.invalid; smime=fail "                              \
		 "reason=" token " "

static const struct known {
	const char *name;
	const uint8_t *octets;
	size_t len;
	enum reason reason;
	const char *field; /* how the field begins */
} known[] = {
	{ .name = "RSA, PKCS #1", MAIL(mail_rsa), PASS },
	{ .name = "RSA, PSS", MAIL(mail_rsa_pss), PASS },
	{ .name = "ECDSA", MAIL(mail_ok), PASS },
	{ .name = "BER", MAIL(mail_opaque_ber), PASS },
	{ .name = "content tampered with",
	    MAIL(mail_digest_mismatch),
	    BAD(REASON_DIGEST_MISMATCH, "digest-mismatch") },
	{ .name = "signature tampered with",
	    MAIL(mail_bad_signature),
	    BAD(REASON_BAD_SIGNATURE, "bad-signature") },
	{ .name = "nobody vouches",
	    MAIL(mail_untrusted),
	    .reason = REASON_UNTRUSTED,
	    .field = "self-test.invalid; smime=policy reason=untrusted " },
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

static bool __attribute__((format(printf, 3, 4)))
refuse(char **error_r, const char *name, const char *format, ...)
{
	char text[500];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (asprintf(error_r, "self-test: %s: %s", name, text) < 0)
		*error_r = NULL;
	return false;
}

static struct trust *
make_trust(OSSL_LIB_CTX *libctx, char **error_r)
{
	struct store *store = store_new(libctx, NULL, NULL);
	struct trust *trust = NULL;
	char *why = NULL;

	if (store != NULL &&
	    store_add_octets(store, "its collection", mail_collection,
		sizeof(mail_collection), &why))
		trust = trust_new(TRUST_EXCHANGE_ONLINE, store_ref(store), NULL,
		    NULL);
	if (trust == NULL)
		refuse(error_r, "its collection", "%s",
		    why != NULL ? why : "out of memory");
	store_unref(store);
	free(why);
	return trust;
}

/* The message goes in; false when out of memory. */
static bool
push(struct smime *smime, uint8_t *octets, size_t len)
{
	FILE *file = fmemopen(octets, len, "r");
	struct mailfile *mailfile = NULL;
	bool good;

	if (file == NULL)
		return false;
	mailfile = mailfile_new(file);
	good = mailfile != NULL && mailfile_push(mailfile, smime) &&
	    !mailfile_failed(mailfile);
	mailfile_free(mailfile);
	fclose(file);
	return good;
}

static bool
compare(const struct known *want, const struct verdict *verdict, char **error_r)
{
	const enum result result = reason_result(want->reason);
	char *field;
	bool good;

	if (verdict->result != result || verdict->reason != want->reason)
		return refuse(error_r, want->name,
		    "judged %s %s; expected %s %s",
		    result_word(verdict->result) != NULL ?
			result_word(verdict->result) :
			"nothing",
		    reason_token(verdict->reason), result_word(result),
		    reason_token(want->reason));
	field = result_write_unfolded(authserv_id, verdict,
	    (struct result_form){ .utf8 = false });
	good = field != NULL &&
	    strncmp(field, want->field, strlen(want->field)) == 0;
	if (!good)
		refuse(error_r, want->name, "wrote \"%s\"; expected \"%s...\"",
		    field != NULL ? field : "nothing", want->field);
	free(field);
	return good;
}

static bool
judge(OSSL_LIB_CTX *libctx, struct trust *trust, const struct known *want,
    uint8_t *octets, char **error_r)
{
	struct limits limits;
	struct rules rules;
	struct smime *smime;
	bool good;

	limits_default(&limits);
	rules_default(&rules);
	smime = smime_new(libctx, &limits, &rules);
	if (smime == NULL || !push(smime, octets, want->len))
		good = refuse(error_r, want->name, "out of memory");
	else
		good = compare(want, smime_finish(smime, trust, SELFTEST_TIME),
		    error_r);
	smime_free(smime);
	return good;
}

/* fmemopen() takes no const. */
static bool
judge_copy(OSSL_LIB_CTX *libctx, struct trust *trust, const struct known *want,
    size_t index, char **error_r)
{
	uint8_t *copy = malloc(want->len);
	bool good;

	if (copy == NULL)
		return refuse(error_r, want->name, "out of memory");
	memcpy(copy, want->octets, want->len);
	if (index < want->len)
		copy[index] ^= 1;
	good = judge(libctx, trust, want, copy, error_r);
	free(copy);
	return good;
}

bool
selftest_run(OSSL_LIB_CTX *libctx, char **error_r)
{
	struct trust *trust;
	bool good;

	*error_r = NULL;
	trust = make_trust(libctx, error_r);
	good = trust != NULL;
	for (size_t i = 0; good && i < KNOWN; i++)
		good = judge_copy(libctx, trust, &known[i], SIZE_MAX, error_r);
	trust_unref(trust);
	return good;
}

size_t
selftest_count(void)
{
	return KNOWN;
}

bool
selftest_try(OSSL_LIB_CTX *libctx, size_t message, size_t index, char **error_r)
{
	struct trust *trust;
	bool good;

	*error_r = NULL;
	trust = make_trust(libctx, error_r);
	good = trust != NULL &&
	    judge_copy(libctx, trust, &known[message], index, error_r);
	trust_unref(trust);
	return good;
}
