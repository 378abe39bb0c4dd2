/* SPDX-License-Identifier: ISC */
#include "t/lib/attack.h"

#include <stdlib.h>
#include <string.h>

#include "smime/smime.h"
#include "t/lib/pki.h"

enum { NOW = 1767225600 }; /* 2026-01-01 */

static struct attack_cast cast;
const struct attack_cast *const attack_cast = &cast;

static struct trust *trust;

const char *const attack_of_alice[] = LEAF("subjectAltName=email:" ALICE);
const char *const attack_of_eve[] = LEAF("subjectAltName=email:" EVE);

static void
begin(void)
{
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = pki_ca_extensions };

	smime_init();
	cast.root_key = pki_key("P-256");
	cast.alice_key = pki_key("P-256");
	cast.eve_key = pki_key("P-256");
	cast.root = pki_make(&root_is, cast.root_key, NULL, NULL);
	cast.alice = attack_issue(attack_of_alice, cast.alice_key);
	cast.eve = attack_issue(attack_of_eve, cast.eve_key);
	trust = trust_new(TRUST_EXCHANGE_ONLINE,
	    mail_store((struct mail_voucher[]){ { .cert = cast.root }, { 0 } }),
	    NULL, NULL);
}

static void
end(void)
{
	trust_unref(trust);
	X509_free(cast.eve);
	X509_free(cast.alice);
	X509_free(cast.root);
	EVP_PKEY_free(cast.eve_key);
	EVP_PKEY_free(cast.alice_key);
	EVP_PKEY_free(cast.root_key);
	mail_end();
}

/* How many octets a character of the tables stands for. */
static size_t
width(char c)
{
	return c == NUL[0] ? 1 :
	    c == LONG[0]   ? 5000 :
	    c == HUGE[0]   ? 300000 :
			     0;
}

int
attack_run(const char *name, void (*add)(TCase *tcase))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create("attacks");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	add(tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

X509 *
attack_issue(const char *const *extensions, EVP_PKEY *key)
{
	const struct pki_cert what = { .cn = "Somebody",
		.extensions = extensions };

	return pki_make(&what, key, cast.root, cast.root_key);
}

void
attack_expect(const char *name, struct octets mail, const char *want)
{
	struct limits limits;
	struct rules rules;
	struct smime *smime;
	const struct verdict *verdict;
	const char *word, *got;

	limits_default(&limits);
	rules_default(&rules);
	smime = smime_new(NULL, &limits, &rules);
	mail_push(smime, mail);
	verdict = smime_finish(smime, trust, NOW);
	word = result_word(verdict->result);
	got = mail_print("%s %s", word != NULL ? word : "absent",
	    reason_token(verdict->reason))
		  .at;
	ck_assert_msg(strncmp(got, want, strlen(want)) == 0, "%s: %s, not %s",
	    name, got, want);
	smime_free(smime);
}

struct octets
attack_octets(const char *text)
{
	struct octets copy;
	size_t len = 0;
	char *out;

	for (const char *c = text; *c != '\0'; c++)
		len += width(*c) > 0 ? width(*c) : 1;
	copy = mail_print("%*s", (int)len, "");
	out = (char *)(uintptr_t)copy.at;
	for (const char *c = text; *c != '\0'; c++) {
		if (width(*c) > 0)
			memset(out,
			    *c == NUL[0]      ? 0 :
				*c == LONG[0] ? ' ' :
						'x',
			    width(*c));
		else
			*out = *c;
		out += width(*c) > 0 ? width(*c) : 1;
	}
	return copy;
}

struct octets
attack_sign(X509 *cert, EVP_PKEY *key, enum mail_shape shape,
    const char *content)
{
	struct mail_signer signer = { .cert = cert, .key = key };
	struct mail_cms cms = { .shape = shape,
		.signers = &signer,
		.count = 1 };

	return mail_sign(&cms, mail_print("%s", content));
}

struct octets
attack_detached(const char *fields, X509 *cert, EVP_PKEY *key, const char *part)
{
	return mail_detached(&(struct mail_form){ .fields = fields },
	    mail_print("%s", part),
	    attack_sign(cert, key, MAIL_DETACHED, part));
}
