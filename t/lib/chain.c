/* SPDX-License-Identifier: ISC */
#include "t/lib/chain.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "smime/smime.h"
#include "smime/store/namesake.h"
#include "t/lib/pki.h"

struct chain chain;

const struct pki_cert chain_root_is = {
	.cn = "Root",
	.extensions = pki_ca_extensions,
};
const struct pki_cert chain_ca_is = {
	.cn = "CA",
	.extensions = pki_ca_extensions,
};
const struct pki_cert chain_leaf_is = {
	.cn = "Alice",
	.extensions = pki_leaf_extensions_alice,
};

static void
make_keys(void)
{
	smime_init();
	chain.root_key = pki_key("P-256");
	chain.ca_key = pki_key("P-256");
	chain.leaf_key = pki_key("P-256");
}

static void
free_keys(void)
{
	EVP_PKEY_free(chain.root_key);
	EVP_PKEY_free(chain.ca_key);
	EVP_PKEY_free(chain.leaf_key);
}

static void
begin(void)
{
	chain.message = sk_X509_new_null();
	memset(chain.collection, 0, sizeof(chain.collection));
	memset(chain.local, 0, sizeof(chain.local));
	chain.collection_count = chain.local_count = 0;
	chain.allow_listed = false;
	chain.tries_given = NAMESAKE_MAX_OF_MESSAGE;
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	path_done(&chain.path);
	trust_unref(chain.trust);
	chain.trust = NULL;
	sk_X509_free(chain.message);
	X509_free(chain.root);
	X509_free(chain.ca);
	X509_free(chain.leaf);
	chain.root = chain.ca = chain.leaf = NULL;
}

int
chain_run(const char *name, void (*add)(TCase *tcase))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create("trust_check");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_unchecked_fixture(tcase, make_keys, free_keys);
	tcase_add_checked_fixture(tcase, begin, end);
	add(tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct pki_cert
chain_but_for(const struct pki_cert *usual, const struct pki_cert *other)
{
	struct pki_cert cert = *usual;

	if (other == NULL)
		return cert;
	if (other->extensions != NULL)
		cert.extensions = other->extensions;
	cert.not_before = other->not_before;
	cert.not_after = other->not_after;
	return cert;
}

void
chain_make(const struct pki_cert *of_root, const struct pki_cert *of_ca,
    const struct pki_cert *of_leaf)
{
	struct pki_cert cert = chain_but_for(&chain_root_is, of_root);

	chain.root = pki_make(&cert, chain.root_key, NULL, NULL);
	cert = chain_but_for(&chain_ca_is, of_ca);
	chain.ca = pki_make(&cert, chain.ca_key, chain.root, chain.root_key);
	cert = chain_but_for(&chain_leaf_is, of_leaf);
	chain.leaf = pki_make(&cert, chain.leaf_key, chain.ca, chain.ca_key);
}

void
chain_put_with(X509 *cert, unsigned int places, uint32_t id, const void *value,
    size_t len)
{
	const struct mail_voucher voucher = { cert, id, value, len };

	if ((places & IN_COLLECTION) != 0)
		chain.collection[chain.collection_count++] = voucher;
	if ((places & IN_LOCAL) != 0)
		chain.local[chain.local_count++] = voucher;
	if ((places & IN_MESSAGE) != 0)
		sk_X509_push(chain.message, cert);
}

void
chain_put(X509 *cert, unsigned int places)
{
	chain_put_with(cert, places, 0, NULL, 0);
}

void
chain_check(enum trust_mode mode)
{
	path_done(&chain.path);
	trust_unref(chain.trust);
	chain.trust = trust_new(mode,
	    chain.collection_count > 0 ? mail_store(chain.collection) : NULL,
	    chain.local_count > 0 ? mail_store(chain.local) : NULL, NULL);
	ck_assert_ptr_nonnull(chain.trust);
	if (chain.allow_listed)
		trust_allow_listed(chain.trust);
	chain.tries = chain.tries_given;
	trust_check(chain.trust, NULL, chain.leaf, chain.message, CHAIN_NOW,
	    &chain.tries, &chain.path);
}

void
chain_expect(const char *name, enum trust_mode mode, enum reason reason,
    enum trust_who who)
{
	enum trust_who got_who = (enum trust_who)99;
	const struct run *run = path_answer(&chain.path, mode, &got_who);

	ck_assert_msg(run->reason == reason, "%s: %s, not %s", name,
	    reason_token(run->reason), reason_token(reason));
	ck_assert_msg(got_who == who, "%s: %s, not %s", name,
	    trust_who_word(got_who), trust_who_word(who));
}

void
chain_expect_listed(const char *name, enum reason reason)
{
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect(name, TRUST_EXCHANGE_2013_SP1, reason,
	    reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
	chain_expect(name, TRUST_EXCHANGE_ONLINE, reason,
	    reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
	ck_assert_int_eq(chain.path.collection.listed, reason == REASON_OK);
}
