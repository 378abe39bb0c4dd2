/* SPDX-License-Identifier: ISC */
/*
 * What a path must be like, and that it is found, as is what speaks against it,
 * among certificates that lead nowhere.
 */
#include <check.h>
#include <stdio.h>

#include <openssl/x509v3.h>

#include "smime/store/namesake.h"
#include "smime/store/sst.h"
#include "smime/trust/trust.h"
#include "t/lib/chain.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * What a path must be like; the root is in the collection, the CA in the
 * message.
 */

static const struct {
	const char *name;
	enum reason reason;
	struct pki_cert root, ca, leaf; /* what is not usual */
} rules[] = {
	{ "the usual", .reason = REASON_OK },
	{ "no usage at all", REASON_OK, .leaf = FOR(ALICE) },
	{ "non-repudiation alone", REASON_OK,
	    .leaf = FOR("keyUsage=nonRepudiation", ALICE) },
	{ "for encryption alone", REASON_KEY_PURPOSE,
	    .leaf = FOR("keyUsage=keyEncipherment", ALICE) },
	{ "for TLS servers alone", REASON_KEY_PURPOSE,
	    .leaf = FOR(SIGNS, "extendedKeyUsage=serverAuth", ALICE) },
	{ "for TLS servers and mail", REASON_OK,
	    .leaf = FOR(SIGNS, "extendedKeyUsage=serverAuth,emailProtection",
		ALICE) },
	{ "for any purpose", REASON_OK,
	    .leaf = FOR(SIGNS, "extendedKeyUsage=anyExtendedKeyUsage", ALICE) },
	{ "for any purpose, but to encrypt", REASON_KEY_PURPOSE,
	    .leaf = FOR("keyUsage=keyEncipherment",
		"extendedKeyUsage=anyExtendedKeyUsage", ALICE) },
	{ "CA for mail", REASON_OK,
	    .ca = FOR(CA_TRUE, CA_USE, "extendedKeyUsage=emailProtection") },
	{ "CA for any purpose", REASON_OK,
	    .ca =
		FOR(CA_TRUE, CA_USE, "extendedKeyUsage=anyExtendedKeyUsage") },
	{ "CA for TLS servers", REASON_KEY_PURPOSE,
	    .ca = FOR(CA_TRUE, CA_USE, "extendedKeyUsage=serverAuth") },
	{ "CA for any purpose, root for TLS servers", REASON_KEY_PURPOSE,
	    .root = FOR(CA_TRUE, CA_USE, "extendedKeyUsage=serverAuth"),
	    .ca =
		FOR(CA_TRUE, CA_USE, "extendedKeyUsage=anyExtendedKeyUsage") },
	{ "CA without cA", REASON_NOT_A_CA,
	    .ca = FOR("basicConstraints=CA:FALSE") },
	{ "CA without basicConstraints", REASON_NOT_A_CA,
	    .ca = FOR("subjectKeyIdentifier=hash") },
	{ "CA for any purpose without cA", REASON_NOT_A_CA,
	    .ca = FOR("extendedKeyUsage=anyExtendedKeyUsage") },
	{ "CA that may not sign certificates", REASON_NOT_A_CA,
	    .ca = FOR(CA_TRUE, "keyUsage=critical,cRLSign") },
	{ "expired", REASON_EXPIRED,
	    .leaf = { .not_after = "20251231235959Z" } },
	{ "valid to this very second", REASON_OK,
	    .leaf = { .not_after = "20260101000001Z" } },
	{ "not yet valid", REASON_NOT_YET_VALID,
	    .leaf = { .not_before = "20260101000001Z" } },
	{ "valid since this very second", REASON_OK,
	    .leaf = { .not_before = "20260101000000Z" } },
	{ "CA expired", REASON_EXPIRED,
	    .ca = { .not_after = "20251231235959Z" } },
	{ "root expired", REASON_EXPIRED,
	    .root = { .not_after = "20251231235959Z" } },
	{ "within the path length", REASON_OK,
	    .root =
		FOR("basicConstraints=critical,CA:TRUE,pathlen:1", CA_USE) },
	{ "beyond the path length", REASON_PATH_LENGTH,
	    .root =
		FOR("basicConstraints=critical,CA:TRUE,pathlen:0", CA_USE) },
	{ "a permitted name", REASON_OK,
	    .ca = FOR(CA_TRUE, CA_USE,
		"nameConstraints=critical,permitted;email:example.org") },
	{ "a name not permitted", REASON_NAME_CONSTRAINTS,
	    .ca = FOR(CA_TRUE, CA_USE,
		"nameConstraints=critical,permitted;email:example.net") },
	{ "an excluded name", REASON_NAME_CONSTRAINTS,
	    .ca = FOR(CA_TRUE, CA_USE,
		"nameConstraints=critical,excluded;email:example.org") },
	{ "the policy that is required", REASON_OK,
	    .root = FOR(CA_TRUE, CA_USE),
	    .ca = FOR(CA_TRUE, CA_USE, "certificatePolicies=1.2.3",
		"policyConstraints=critical,requireExplicitPolicy:0"),
	    .leaf = FOR(SIGNS, ALICE, "certificatePolicies=1.2.3") },
	{ "not the policy that is required", REASON_CERTIFICATE_POLICY,
	    .ca = FOR(CA_TRUE, CA_USE, "certificatePolicies=1.2.3",
		"policyConstraints=critical,requireExplicitPolicy:0"),
	    .leaf = FOR(SIGNS, ALICE, "certificatePolicies=1.2.4") },
	{ "no policy at all", REASON_OK,
	    .ca = FOR(CA_TRUE, CA_USE, "certificatePolicies=1.2.3") },
	{ "a critical extension that nobody knows", REASON_CRITICAL_EXTENSION,
	    .leaf = FOR(SIGNS, ALICE, "1.2.3.4=critical,DER:05:00") },
	{ "an extension that nobody knows", REASON_OK,
	    .leaf = FOR(SIGNS, ALICE, "1.2.3.4=DER:05:00") },
};

START_TEST(follows_the_rules_of_paths)
{
	chain_make(&rules[_i].root, &rules[_i].ca, &rules[_i].leaf);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect(rules[_i].name, TRUST_EXCHANGE_ONLINE, rules[_i].reason,
	    rules[_i].reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
	ck_assert_int_eq(chain.path.collection.error == X509_V_OK,
	    rules[_i].reason == REASON_OK);
}
END_TEST

static const struct {
	const char *name, *hint;
} hints[] = {
	{ "its issuer and serial number",
	    "authorityKeyIdentifier=issuer:always" },
	{ "another key identifier", "2.5.29.35=DER:30:06:80:04:01:02:03:04" },
};

/* An authority that was renewed, with a leaf that names its older certificate. */
static X509 *
make_renewed(const char *hint, EVP_PKEY *key)
{
	const struct pki_cert ca =
	    FOR(CA_TRUE, CA_USE, "subjectKeyIdentifier=hash");
	const struct pki_cert leaf = FOR(SIGNS, ALICE, hint);
	const struct pki_cert renewed = { .cn = chain_ca_is.cn,
		.extensions = ca.extensions };

	chain_make(NULL, &ca, &leaf);
	return pki_make(&renewed, key, chain.root, chain.root_key);
}

START_TEST(takes_the_authority_key_identifier_for_a_hint)
{
	X509 *renewed = make_renewed(hints[_i].hint, chain.ca_key);

	chain_put(chain.root, IN_COLLECTION);
	chain_put(renewed, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect(hints[_i].name, TRUST_EXCHANGE_ONLINE, REASON_OK,
	    TRUST_BY_COLLECTION);
	X509_free(renewed);
}
END_TEST

/* The hint is all that may be wrong: the key has to be the right one. */
START_TEST(takes_no_namesake_for_a_renewed_authority)
{
	X509 *namesake = make_renewed(hints[_i].hint, chain.root_key);

	chain_put(chain.root, IN_COLLECTION);
	chain_put(namesake, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	ck_assert_int_ne(chain.path.collection.reason, REASON_OK);
	X509_free(namesake);
}
END_TEST

START_TEST(says_where_the_path_ends)
{
	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, IN_COLLECTION);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("at the signer", TRUST_EXCHANGE_ONLINE,
	    REASON_INTERMEDIATE_MISSING, TRUST_NONE);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_LOCAL);
	chain_expect("at the authority", TRUST_LOCAL, REASON_UNTRUSTED,
	    TRUST_NONE);
}
END_TEST

/* Forms of names that OpenSSL does not compare. */
#define UPN	      "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:"
#define OTHER	      "otherName:1.2.3.4;UTF8:"
#define NAMED(more)   FOR(SIGNS, "subjectAltName=email:alice@example.org," more)
#define PERMITS(base) FOR(CA_TRUE, CA_USE, "nameConstraints=critical," base)
#define HINTS(base)   FOR(CA_TRUE, CA_USE, "nameConstraints=" base)

static const struct {
	const char *name;
	enum reason reason;
	struct pki_cert ca, leaf;
} forms[] = {
	{ "a host", REASON_OK, PERMITS("permitted;" UPN "example.org"),
	    NAMED(UPN "alice@Example.ORG") },
	{ "another host", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "example.org"),
	    NAMED(UPN "alice@sub.example.org") },
	{ "a domain", REASON_OK, PERMITS("permitted;" UPN ".example.org"),
	    NAMED(UPN "alice@sub.example.org") },
	{ "the host of a domain", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN ".example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "a domain by its end alone", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "example.org"),
	    NAMED(UPN "alice@badexample.org") },
	{ "a host behind a sign", REASON_OK,
	    PERMITS("permitted;" UPN "@example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "one principal", REASON_OK,
	    PERMITS("permitted;" UPN "alice@example.org"),
	    NAMED(UPN "Alice@example.org") },
	{ "another principal", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "bob@example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "one of two", REASON_OK,
	    PERMITS(
		"permitted;" UPN "example.net,permitted;" UPN "example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "one good, one bad", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "example.org"),
	    NAMED(UPN "alice@example.org," UPN "alice@example.net") },
	{ "excluded", REASON_NAME_CONSTRAINTS,
	    PERMITS("excluded;" UPN "example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "another excluded", REASON_OK, PERMITS("excluded;" UPN "example.net"),
	    NAMED(UPN "alice@example.org") },
	{ "excluded in a hint", REASON_NAME_CONSTRAINTS,
	    HINTS("excluded;" UPN "example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "two hosts in one", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "example.org"),
	    NAMED(UPN "alice@example.net@example.org") },
	{ "no principal at all", REASON_OK,
	    PERMITS("permitted;" UPN "example.net"), NAMED("DNS:a.example") },
	{ "the address counts as well", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "example.org,permitted;email:example.net"),
	    NAMED(UPN "alice@example.org") },
	{ "and where it is excluded", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" UPN "example.org,excluded;email:example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "and where it is permitted", REASON_OK,
	    PERMITS("permitted;" UPN "example.org,permitted;email:example.org"),
	    NAMED(UPN "alice@example.org") },
	{ "a form that nobody knows", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;" OTHER "x"), NAMED(OTHER "x") },
	{ "the same as a hint", REASON_OK, HINTS("permitted;" OTHER "x"),
	    NAMED(OTHER "x") },
	{ "and not met", REASON_OK, PERMITS("permitted;" OTHER "x"),
	    NAMED(UPN "alice@example.org") },
	{ "a registered identifier", REASON_NAME_CONSTRAINTS,
	    PERMITS("permitted;RID:1.2.3"), NAMED("RID:1.2.3.4") },
};

START_TEST(processes_constraints_of_other_forms)
{
	chain_make(NULL, &forms[_i].ca, &forms[_i].leaf);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect(forms[_i].name, TRUST_EXCHANGE_ONLINE, forms[_i].reason,
	    forms[_i].reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
}
END_TEST

/* The leaf says alice, which OpenSSL tells from this. */
START_TEST(excludes_an_address_in_other_letters)
{
	const struct pki_cert bars = {
		.extensions = (const char *const[]){ CA_TRUE, CA_USE,
		    "nameConstraints=critical,excluded;email:ALICE@example.org",
		    NULL }
	};

	chain_make(NULL, &bars, NULL);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("by the authority", TRUST_EXCHANGE_ONLINE,
	    REASON_NAME_CONSTRAINTS, TRUST_NONE);
}
END_TEST

START_TEST(a_chain_may_be_so_long_and_no_longer)
{
	X509 *certs[TRUST_MAX_DEPTH + 2];
	char cn[16];

	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, IN_COLLECTION);
	certs[0] = chain.root;
	for (size_t i = 1; i < COUNT(certs); i++) {
		snprintf(cn, sizeof(cn), "CA %zu", i);
		certs[i] = pki_make(&(struct pki_cert){ .cn = cn,
					.extensions = pki_ca_extensions },
		    i % 2 == 1 ? chain.ca_key : chain.root_key, certs[i - 1],
		    i % 2 == 1 ? chain.root_key : chain.ca_key);
		chain_put(certs[i], IN_MESSAGE);
	}
	for (size_t i = COUNT(certs) - 2; i < COUNT(certs); i++) {
		X509_free(chain.leaf);
		chain.leaf = pki_make(&chain_leaf_is, chain.leaf_key, certs[i],
		    i % 2 == 1 ? chain.ca_key : chain.root_key);
		chain_check(TRUST_EXCHANGE_ONLINE);
		if (i == TRUST_MAX_DEPTH)
			chain_expect("long", TRUST_EXCHANGE_ONLINE, REASON_OK,
			    TRUST_BY_COLLECTION);
		else
			chain_expect("too long", TRUST_EXCHANGE_ONLINE,
			    REASON_CHAIN_TOO_LONG, TRUST_NONE);
	}
	for (size_t i = 1; i < COUNT(certs); i++)
		X509_free(certs[i]);
}
END_TEST

START_TEST(sees_a_wrong_signature_in_the_chain)
{
	chain_make(NULL, NULL, NULL);
	X509_free(chain.leaf);
	/* In the name of the CA, with another key. */
	chain.leaf =
	    pki_make(&chain_leaf_is, chain.leaf_key, chain.ca, chain.root_key);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("another key", TRUST_EXCHANGE_ONLINE,
	    REASON_CHAIN_SIGNATURE, TRUST_NONE);
}
END_TEST

/* Nothing but the signature tells which of them it was. */
static const char *const ca_without_key_id[] = {
	"basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign",
	NULL
};

START_TEST(tells_authorities_of_one_name_apart)
{
	const struct pki_cert bare = { .extensions = ca_without_key_id };
	const struct pki_cert bare_root = chain_but_for(&chain_root_is, &bare);
	const struct pki_cert bare_ca = chain_but_for(&chain_ca_is, &bare);
	EVP_PKEY *other_key = pki_key("P-256");
	X509 *other_root = pki_make(&bare_root, other_key, NULL, NULL);
	X509 *other_ca = pki_make(&bare_ca, other_key, other_root, other_key);

	chain_make(&bare, &bare, NULL);
	chain_put(_i == 0 ? other_root : chain.root, IN_COLLECTION);
	chain_put(_i == 0 ? chain.root : other_root, IN_COLLECTION);
	chain_put(_i == 0 ? other_ca : chain.ca, IN_MESSAGE);
	chain_put(_i == 0 ? chain.ca : other_ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("namesakes", TRUST_EXCHANGE_ONLINE, REASON_OK,
	    TRUST_BY_COLLECTION);
	X509_free(other_ca);
	X509_free(other_root);
	EVP_PKEY_free(other_key);
}
END_TEST

/* What of the authorities is where; B is below a root that nobody knows. */
static const struct {
	const char *name;
	const char *collection;
	const char *message;
	enum reason reason;
} crossings[] = {
	{ "the good one first", "R", "AB", REASON_OK },
	{ "the good one last", "R", "BA", REASON_OK },
	{ "the collection has the wrong one", "RB", "A", REASON_OK },
	{ "the collection has both", "RBA", "", REASON_OK },
	{ "with the root of the wrong one", "R", "BXA", REASON_OK },
	{ "the wrong purpose", "R", "SA", REASON_OK },
	{ "the wrong purpose, and unknown", "R", "SBA", REASON_OK },
	{ "not an authority", "R", "NA", REASON_OK },
	{ "expired, by purpose, unknown", "R", "ESBA", REASON_OK },
	{ "the root signs itself, too", "X", "ARC", REASON_OK },
	{ "... the other way round", "X", "ACR", REASON_OK },
	{ "and below that is a wrong one", "X", "SRAC", REASON_OK },
	{ "nothing but wrong ones", "R", "SB", REASON_KEY_PURPOSE },
	{ "... the other way round", "R", "BS", REASON_UNTRUSTED },
	{ "refused, and one that is not", "RF", "A", REASON_OK },
	{ "disallowed is disallowed", "RD", "A", REASON_ROOT_DISALLOWED },
};

static const char *const ca_for_servers[] = {
	"basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign",
	"extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash", NULL
};
static const char *const no_ca[] = { "basicConstraints=critical,CA:FALSE",
	"subjectKeyIdentifier=hash", NULL };

static void
put_crossing(char which, X509 *cert, unsigned int place)
{
	if (which == 'F')
		chain_put_with(cert, place, SST_ENHKEY_USAGE,
		    VALUE(FOR_SERVERS));
	else if (which == 'D')
		chain_put_with(cert, place, SST_DISALLOWED_FILETIME,
		    VALUE(IN_2022));
	else
		chain_put(cert, place);
}

START_TEST(tries_each_certificate_of_an_authority)
{
	static const struct pki_cert x_is = { .cn = "X",
		.extensions = pki_ca_extensions };
	static const struct pki_cert for_servers_is = { .cn = "CA",
		.extensions = ca_for_servers };
	static const struct pki_cert not_is = { .cn = "CA",
		.extensions = no_ca };
	static const struct pki_cert old_is = { .cn = "CA",
		.extensions = pki_ca_extensions,
		.not_after = "20250101000000Z" };
	EVP_PKEY *x_key = pki_key("P-256");
	X509 *certs[128] = { NULL };

	chain_make(NULL, NULL, NULL);
	certs['R'] = chain.root;
	certs['A'] = chain.ca;
	certs['X'] = pki_make(&x_is, x_key, NULL, NULL);
	certs['B'] = pki_make(&chain_ca_is, chain.ca_key, certs['X'], x_key);
	certs['C'] =
	    pki_make(&chain_root_is, chain.root_key, certs['X'], x_key);
	certs['S'] =
	    pki_make(&for_servers_is, chain.ca_key, chain.root, chain.root_key);
	certs['N'] =
	    pki_make(&not_is, chain.ca_key, chain.root, chain.root_key);
	certs['E'] =
	    pki_make(&old_is, chain.ca_key, chain.root, chain.root_key);
	certs['F'] =
	    pki_make(&chain_ca_is, chain.ca_key, chain.root, chain.root_key);
	certs['D'] =
	    pki_make(&chain_ca_is, chain.ca_key, chain.root, chain.root_key);
	for (const char *c = crossings[_i].collection; *c != '\0'; c++)
		put_crossing(*c, certs[(int)*c], IN_COLLECTION);
	for (const char *c = crossings[_i].message; *c != '\0'; c++)
		put_crossing(*c, certs[(int)*c], IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect(crossings[_i].name, TRUST_EXCHANGE_ONLINE,
	    crossings[_i].reason,
	    crossings[_i].reason == REASON_OK ? TRUST_BY_COLLECTION :
						TRUST_NONE);
	for (const char *c = "XBCSNEFD"; *c != '\0'; c++)
		X509_free(certs[(int)*c]);
	EVP_PKEY_free(x_key);
}
END_TEST

/* RFC 4210 4.4: the new key is certified with the old one, under one name. */
START_TEST(follows_an_authority_to_its_new_key)
{
	static const char *const extensions[] = {
		"basicConstraints=critical,CA:TRUE",
		"keyUsage=critical,keyCertSign", "subjectKeyIdentifier=hash",
		"authorityKeyIdentifier=keyid:always", NULL
	};
	const struct pki_cert has_new = { .extensions = extensions };
	const struct pki_cert new_is = chain_but_for(&chain_root_is, &has_new);
	EVP_PKEY *new_key = pki_key("P-256");
	X509 *new_with_old;

	chain_make(NULL, NULL, NULL);
	new_with_old = pki_make(&new_is, new_key, chain.root, chain.root_key);
	X509_free(chain.leaf);
	chain.leaf =
	    pki_make(&chain_leaf_is, chain.leaf_key, new_with_old, new_key);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(new_with_old, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("a rollover", TRUST_EXCHANGE_ONLINE, REASON_OK,
	    TRUST_BY_COLLECTION);
	X509_free(new_with_old);
	EVP_PKEY_free(new_key);
}
END_TEST

/* What stands between a path and what is final. */
static const struct {
	const char *name;
	size_t count; /* of fakes in the message */
	bool self_signed;
	bool is_listed; /* else the local store has another path */
} hidings[] = {
	{ "nothing, listed", 0, false, true },
	{ "nothing, local", 0, false, false },
	{ "one fake, listed", 1, false, true },
	{ "one fake, local", 1, false, false },
	{ "many fakes, listed", 60, true, true },
	{ "many fakes, local", 60, true, false },
};

START_TEST(no_fake_hides_what_is_disallowed)
{
	const struct pki_cert bare = { .extensions = ca_without_key_id };
	const struct pki_cert fake_is = chain_but_for(&chain_root_is, &bare);
	const struct pki_cert other_is = { .cn = "Other",
		.extensions = pki_ca_extensions };
	EVP_PKEY *other_key = pki_key("P-256");
	X509 *other = pki_make(&other_is, other_key, NULL, NULL);
	X509 *cross = pki_make(&chain_ca_is, chain.ca_key, other, other_key);
	X509 *fakes[60];
	bool listed = hidings[_i].is_listed;

	chain_make(NULL, NULL, NULL);
	chain_put_with(chain.root, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(chain.ca, IN_COLLECTION);
	if (listed) {
		chain_put(chain.leaf, IN_COLLECTION);
		chain_put(other, IN_COLLECTION);
	} else {
		chain_put(cross, IN_LOCAL);
		chain_put(other, IN_LOCAL);
	}
	for (size_t i = 0; i < COUNT(fakes); i++) {
		/* In the name of the other one; of its key it has no use. */
		fakes[i] = hidings[_i].self_signed ?
		    pki_make(&fake_is, other_key, NULL, NULL) :
		    pki_make(&fake_is, chain.ca_key, other, chain.ca_key);
		if (i < hidings[_i].count)
			chain_put(fakes[i], IN_MESSAGE);
	}
	chain.allow_listed = listed;
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect(hidings[_i].name, TRUST_EXCHANGE_2013_SP1,
	    REASON_ROOT_DISALLOWED, TRUST_NONE);
	for (size_t i = 0; i < COUNT(fakes); i++)
		X509_free(fakes[i]);
	X509_free(cross);
	X509_free(other);
	EVP_PKEY_free(other_key);
}
END_TEST

/* Where the tries are used up, by whatever else the message has. */
START_TEST(what_was_not_tried_is_not_overruled)
{
	const struct pki_cert other_is = { .cn = "Other",
		.extensions = pki_ca_extensions };
	EVP_PKEY *other_key = pki_key("P-256");
	X509 *other = pki_make(&other_is, other_key, NULL, NULL);
	X509 *cross = pki_make(&chain_ca_is, chain.ca_key, other, other_key);

	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, IN_COLLECTION | IN_LOCAL);
	chain_put(cross, IN_MESSAGE);
	chain_put(chain.ca, IN_MESSAGE);
	chain.tries_given = 0;
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("no tries", TRUST_EXCHANGE_2013_SP1, REASON_TOO_COSTLY,
	    TRUST_NONE);
	ck_assert_int_eq(chain.path.collection.error, X509_V_OK);
	chain.tries_given = 1;
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("one", TRUST_EXCHANGE_2013_SP1, REASON_OK,
	    TRUST_BY_COLLECTION);
	X509_free(cross);
	X509_free(other);
	EVP_PKEY_free(other_key);
}
END_TEST

START_TEST(asks_so_many_namesakes_and_no_more)
{
	const struct pki_cert bare = { .extensions = ca_without_key_id };
	const struct pki_cert bare_ca = chain_but_for(&chain_ca_is, &bare);
	EVP_PKEY *other_key = pki_key("P-256");
	X509 *decoys[NAMESAKE_MAX_TRIES + 1];

	chain_make(&bare, &bare, NULL);
	chain_put(chain.root, IN_COLLECTION);
	for (size_t i = 0; i < COUNT(decoys); i++) {
		decoys[i] =
		    pki_make(&bare_ca, other_key, chain.root, chain.root_key);
		chain_put(decoys[i], IN_MESSAGE);
	}
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("too many", TRUST_EXCHANGE_ONLINE, REASON_TOO_COSTLY,
	    TRUST_NONE);
	sk_X509_shift(chain.message);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("as many", TRUST_EXCHANGE_ONLINE, REASON_OK,
	    TRUST_BY_COLLECTION);
	for (size_t i = 0; i < COUNT(decoys); i++)
		X509_free(decoys[i]);
	EVP_PKEY_free(other_key);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, follows_the_rules_of_paths, 0, COUNT(rules));
	tcase_add_loop_test(tcase,
	    takes_the_authority_key_identifier_for_a_hint, 0, COUNT(hints));
	tcase_add_loop_test(tcase, takes_no_namesake_for_a_renewed_authority, 0,
	    COUNT(hints));
	tcase_add_test(tcase, says_where_the_path_ends);
	tcase_add_loop_test(tcase, processes_constraints_of_other_forms, 0,
	    COUNT(forms));
	tcase_add_test(tcase, excludes_an_address_in_other_letters);
	tcase_add_test(tcase, a_chain_may_be_so_long_and_no_longer);
	tcase_add_test(tcase, sees_a_wrong_signature_in_the_chain);
	tcase_add_loop_test(tcase, tells_authorities_of_one_name_apart, 0, 2);
	tcase_add_loop_test(tcase, tries_each_certificate_of_an_authority, 0,
	    COUNT(crossings));
	tcase_add_test(tcase, follows_an_authority_to_its_new_key);
	tcase_add_loop_test(tcase, no_fake_hides_what_is_disallowed, 0,
	    COUNT(hidings));
	tcase_add_test(tcase, what_was_not_tried_is_not_overruled);
	tcase_add_test(tcase, asks_so_many_namesakes_and_no_more);
}

int
main(void)
{
	return chain_run("trust_path", add_tests);
}
