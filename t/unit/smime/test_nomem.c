/* SPDX-License-Identifier: ISC */
/*
 * Each allocation of our own and of OpenSSL's fails once: the linker has those
 * of our objects, and of nomem.c for OpenSSL, come here.
 */
#include <check.h>
#include <stdlib.h>

#include "smime/nomem.h"
#include "smime/verifier.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

enum { NOW = 1767225600 /* 2026-01-01 */ };

void *__real_malloc(size_t len);
void *__real_calloc(size_t count, size_t len);
void *__real_realloc(void *memory, size_t len);
void *__real_reallocarray(void *memory, size_t count, size_t len);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_realloc(void *memory, size_t len);
void *__wrap_reallocarray(void *memory, size_t count, size_t len);
char *__wrap_strdup(const char *text);
const char *__lsan_default_suppressions(void);

/* For the sanitizer: without memory, OpenSSL 3.0 loses some as well. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:CRYPTO_zalloc\nleak:CRYPTO_strndup\n";
}

static size_t until_failure; /* 0: none fails */

static bool
fails(void)
{
	return until_failure > 0 && --until_failure == 0;
}

void *
__wrap_malloc(size_t len)
{
	return fails() ? NULL : __real_malloc(len);
}

void *
__wrap_realloc(void *memory, size_t len)
{
	return fails() ? NULL : __real_realloc(memory, len);
}

void *
__wrap_calloc(size_t count, size_t len)
{
	return fails() ? NULL : __real_calloc(count, len);
}

void *
__wrap_reallocarray(void *memory, size_t count, size_t len)
{
	return fails() ? NULL : __real_reallocarray(memory, count, len);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static const char *const ca[] = { "basicConstraints=critical,CA:TRUE",
	"keyUsage=critical,keyCertSign", NULL };
static const char *const leaf[] = { "basicConstraints=CA:FALSE",
	"keyUsage=critical,digitalSignature",
	"subjectAltName=email:alice@example.org", NULL };
static const char part[] = "Content-Type: text/plain\r\n\r\nHello\r\n";

static EVP_PKEY *key;
static X509 *root, *alice;
static struct trust *trust;
static struct octets mail;

static void
set_up(void)
{
	const struct pki_cert root_is = { .cn = "Root", .extensions = ca };
	const struct pki_cert alice_is = { .cn = "Alice", .extensions = leaf };
	struct mail_signer signer = { NULL };
	struct mail_cms cms = { .signers = &signer, .count = 1 };

	key = pki_key("P-256");
	root = pki_make(&root_is, key, NULL, NULL);
	alice = pki_make(&alice_is, key, root, key);
	trust = trust_new(TRUST_EXCHANGE_ONLINE,
	    mail_store(
		(const struct mail_voucher[]){ { .cert = root }, { NULL } }),
	    NULL, NULL);
	signer = (struct mail_signer){ .cert = alice, .key = key };
	mail = mail_detached(&(struct mail_form){ NULL },
	    (struct octets){ part, sizeof(part) - 1 },
	    mail_sign(&cms, (struct octets){ part, sizeof(part) - 1 }));
}

static void
tear_down(void)
{
	trust_unref(trust);
	X509_free(alice);
	X509_free(root);
	EVP_PKEY_free(key);
	mail_end();
}

/* Sets whether it came to the failure. */
static enum result
judge(struct verifier *verifier, size_t failure, bool *failed_r)
{
	enum result result = RESULT_TEMPERROR;
	struct limits limits;
	struct rules rules;
	struct smime *smime;

	limits_default(&limits);
	rules_default(&rules);
	until_failure = failure;
	smime = smime_new(NULL, &limits, &rules);
	if (smime != NULL) {
		smime_set_verifier(smime, verifier);
		mail_push(smime, mail);
		result = smime_finish(smime, trust, NOW)->result;
	}
	*failed_r = failure > 0 && until_failure == 0;
	until_failure = 0;
	smime_free(smime);
	return result;
}

/* With a verifier that knows Alice, and with one that knows nothing yet. */
START_TEST(is_never_taken_for_what_is_wrong_with_mail)
{
	struct verifier *verifier = verifier_new();
	bool failed = true;
	enum result result;

	ck_assert_ptr_nonnull(verifier);
	/* Most are those of a library context in the making. */
	for (size_t n = 1; failed; n += _i > 0 ? 3 : 1) {
		if (_i > 0 || verifier->spoiled) {
			verifier_free(verifier);
			verifier = verifier_new();
		}
		if (_i == 0)
			judge(verifier, 0, &failed);
		result = judge(verifier, n, &failed);
		ck_assert_msg(result == RESULT_PASS ||
			(failed && result == RESULT_TEMPERROR),
		    "allocation %zu: %s", n, result_word(result));
		if (verifier->spoiled)
			continue;
		result = judge(verifier, 0, &(bool){ false });
		ck_assert_msg(result == RESULT_PASS, "after allocation %zu: %s",
		    n, result_word(result));
	}
	verifier_free(verifier);
}
END_TEST

START_TEST(counts_what_failed)
{
	unsigned long before = nomem_count();

	until_failure = 1;
	ck_assert_ptr_null(OPENSSL_malloc(1));
	ck_assert_uint_eq(nomem_count(), before + 1);
	ck_assert_ptr_null(OPENSSL_malloc(0));
	ck_assert_ptr_null(OPENSSL_realloc(OPENSSL_malloc(1), 0));
	ck_assert_uint_eq(nomem_count(), before + 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("nomem");
	TCase *tcase = tcase_create("nomem");
	SRunner *runner = srunner_create(suite);
	int failed;

	smime_init();
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, is_never_taken_for_what_is_wrong_with_mail,
	    0, 2);
	tcase_add_test(tcase, counts_what_failed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
