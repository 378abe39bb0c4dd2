/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

#include "smime/store/certset.h"
#include "smime/store/sst.h"
#include "smime/store/store.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A string literal with its length, which may hold NULs. */
#define OCTETS(literal) literal, sizeof(literal) - 1

/* Lists of purposes, in DER. */
#define MAIL   "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"
#define SERVER "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define SERVER_AND_MAIL                                                        \
	"\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"                     \
	"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"
#define ANY	"\x30\x06\x06\x04\x55\x1d\x25\x00"
#define NOTHING "\x30\x00"
#define CUT	"\x30\x0a\x06\x08\x2b\x06"

/* Name constraints: permitted, mail of example.org; excluded, the same. */
#define PERMITTED "\x30\x11\xa0\x0f\x30\x0d\x81\x0b\x65xample.org"
#define EXCLUDED  "\x30\x11\xa1\x0f\x30\x0d\x81\x0b\x65xample.org"

/* FILETIMEs, and what they are in seconds since 1970. */
#define AUGUST	"\x00\x80\xc8\x2b\x68\x86\xd7\x01"
#define JANUARY "\x00\x80\x35\x0c\xd1\xdf\xd6\x01"
enum { AUGUST_2021 = 1627776000, JANUARY_2021 = 1609459200 };
static const time_t year_1601 = -11644473600;

static EVP_PKEY *key, *root_key;
static X509 *root, *intermediate, *leaf, *other_root;
static struct store *store;
static char *error;
static char logged[4000];

static void
remember_line(void *arg, const char *text)
{
	ck_assert_ptr_eq(arg, logged);
	strcat(logged, text);
	strcat(logged, "\n");
}

static X509 *
make(const char *cn, const char *const *extensions, X509 *issuer)
{
	return pki_make(&(struct pki_cert){ .cn = cn,
			    .extensions = extensions },
	    issuer != NULL ? key : root_key, issuer,
	    issuer != NULL ? root_key : NULL);
}

static void
set_up(void)
{
	key = pki_key("P-256");
	root_key = pki_key("P-256");
	root = make("Root", pki_ca_extensions, NULL);
	other_root = make("Other", pki_ca_extensions, NULL);
	intermediate = make("Intermediate", pki_ca_extensions, root);
	leaf = make("Alice", pki_leaf_extensions_alice, root);
	logged[0] = '\0';
	store = store_new(NULL, remember_line, logged);
}

static void
tear_down(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	store_unref(store);
	X509_free(root);
	X509_free(other_root);
	X509_free(intermediate);
	X509_free(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
	free(error);
	error = NULL;
}

static size_t
count_of(X509_STORE *certs)
{
	return (size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(certs));
}

/* "2 anchors, 1 intermediate, ..." in short: "2a 0r 1i 0s". */
static const char *
counts(void)
{
	static char text[100];
	struct store_counts n;

	store_count(store, &n);
	ck_assert_uint_eq(n.anchors, count_of(store_get0_anchors(store)));
	ck_assert_int_eq((int)n.intermediates,
	    sk_X509_num(store_get0_intermediates(store)));
	ck_assert_int_eq((int)n.signers,
	    sk_X509_num(store_get0_signers(store)));
	snprintf(text, sizeof(text),
	    "%zua %zur %zui %zus; %zu crls %zu skipped %zu duplicates",
	    n.anchors, n.refused, n.intermediates, n.signers, n.crls, n.skipped,
	    n.duplicates);
	return text;
}

static const struct store_cert *
find(X509 *cert)
{
	uint8_t sha256[CERT_SHA256_LEN];

	ck_assert(cert_sha256(cert, sha256));
	return store_find(store, sha256);
}

static bool
add_sst(struct pki_sst *sst)
{
	bool added =
	    store_add_octets(store, "x.sst", sst->octets, sst->len, &error);

	pki_sst_done(sst);
	return added;
}

/* Add a store with one certificate and up to one property. */
static void
add_with(X509 *cert, uint32_t id, const char *value, size_t len)
{
	struct pki_sst sst;

	pki_sst_begin(&sst);
	if (id != 0)
		pki_sst_property(&sst, id, value, len);
	pki_sst_cert(&sst, cert);
	pki_sst_end(&sst);
	ck_assert_msg(add_sst(&sst), "%s", error);
}

/* The certificate as a PEM block, with its auxiliary trust if it has some. */
static char *
write_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long len;

	if (X509_get0_trust_objects(cert) != NULL ||
	    X509_get0_reject_objects(cert) != NULL)
		PEM_write_bio_X509_AUX(bio, cert);
	else
		PEM_write_bio_X509(bio, cert);
	len = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

static bool
add_text(const char *text)
{
	return store_add_octets(store, "x.pem", (const uint8_t *)text,
	    strlen(text), &error);
}

START_TEST(begins_empty_but_ready)
{
	static const uint8_t sha256[CERT_SHA256_LEN];
	size_t count;

	ck_assert_str_eq(counts(),
	    "0a 0r 0i 0s; 0 crls 0 skipped 0 duplicates");
	store_certs(store, &count);
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(store_find(store, sha256));
	ck_assert_uint_eq(count_of(store_get0_refused(store)), 0);
}
END_TEST

START_TEST(files_certificates_by_role_in_order)
{
	X509 *order[] = { leaf, root, intermediate };
	const struct store_cert *certs;
	struct pki_sst sst;
	size_t count;

	pki_sst_begin(&sst);
	for (size_t i = 0; i < COUNT(order); i++)
		pki_sst_cert(&sst, order[i]);
	pki_sst_property(&sst, 33, "crl", 3);
	pki_sst_end(&sst);
	ck_assert_msg(add_sst(&sst), "%s", error);
	ck_assert_str_eq(counts(),
	    "1a 0r 1i 1s; 1 crls 0 skipped 0 duplicates");
	ck_assert_str_eq(logged, "");

	certs = store_certs(store, &count);
	ck_assert_uint_eq(count, COUNT(order));
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(X509_cmp(certs[i].cert, order[i]), 0);
		ck_assert_ptr_eq(find(order[i]), &certs[i]);
	}
	ck_assert_ptr_null(find(other_root));
}
END_TEST

START_TEST(takes_nothing_but_roots_for_anchors)
{
	X509 *self = make("Self", pki_leaf_extensions_alice, NULL);
	X509_STORE *anchors;

	add_with(self, 0, NULL, 0);
	add_with(intermediate, 0, NULL, 0);
	anchors = store_get0_anchors(store);
	ck_assert_uint_eq(count_of(anchors), 0);
	ck_assert_uint_eq(X509_VERIFY_PARAM_get_flags(
			      X509_STORE_get0_param(anchors)) &
		X509_V_FLAG_PARTIAL_CHAIN,
	    0);
	X509_free(self);
}
END_TEST

static const struct {
	const char *name;
	struct {
		uint32_t id;
		const char *value;
		size_t len;
	} properties[3];
	enum reason verdict;
	bool has_not_before;
	time_t not_before;
} says[] = {
	{ "nothing", { { 0 } }, REASON_OK, false, 0 },
	{ "hash, friendly name", { { 3, OCTETS("x") }, { 11, OCTETS("x\0") } },
	    REASON_OK, false, 0 },

	{ "9: mail", { { 9, OCTETS(MAIL) } }, REASON_OK, false, 0 },
	{ "9: server and mail", { { 9, OCTETS(SERVER_AND_MAIL) } }, REASON_OK,
	    false, 0 },
	{ "9: any", { { 9, OCTETS(ANY) } }, REASON_OK, false, 0 },
	{ "9: server", { { 9, OCTETS(SERVER) } }, REASON_ROOT_PURPOSE, false,
	    0 },
	{ "9: empty list", { { 9, OCTETS(NOTHING) } }, REASON_ROOT_PURPOSE,
	    false, 0 },
	{ "9: no octets", { { 9, OCTETS("") } }, REASON_ROOT_PURPOSE, false,
	    0 },
	{ "9: cut", { { 9, OCTETS(CUT) } }, REASON_ROOT_PURPOSE, false, 0 },
	{ "9: octet after it", { { 9, OCTETS(MAIL "x") } }, REASON_ROOT_PURPOSE,
	    false, 0 },
	{ "9: mail, then server",
	    { { 9, OCTETS(MAIL) }, { 9, OCTETS(SERVER) } }, REASON_ROOT_PURPOSE,
	    false, 0 },

	{ "104", { { 104, OCTETS(AUGUST) } }, REASON_ROOT_DISALLOWED, false,
	    0 },
	{ "104: no octets", { { 104, OCTETS("") } }, REASON_ROOT_DISALLOWED,
	    false, 0 },
	{ "128", { { 128, OCTETS(AUGUST) } }, REASON_ROOT_DISALLOWED, false,
	    0 },
	{ "122: mail", { { 122, OCTETS(MAIL) } }, REASON_ROOT_DISALLOWED, false,
	    0 },
	{ "122: any", { { 122, OCTETS(ANY) } }, REASON_ROOT_DISALLOWED, false,
	    0 },
	{ "122: server", { { 122, OCTETS(SERVER) } }, REASON_OK, false, 0 },
	{ "122: cut", { { 122, OCTETS(CUT) } }, REASON_ROOT_DISALLOWED, false,
	    0 },
	{ "104 is stricter than 9",
	    { { 104, OCTETS(AUGUST) }, { 9, OCTETS(SERVER) } },
	    REASON_ROOT_DISALLOWED, false, 0 },
	{ "104 is stricter than 9, the other way round",
	    { { 9, OCTETS(SERVER) }, { 104, OCTETS(AUGUST) } },
	    REASON_ROOT_DISALLOWED, false, 0 },

	{ "126", { { 126, OCTETS(AUGUST) } }, REASON_OK, true, AUGUST_2021 },
	{ "126: no octets", { { 126, OCTETS("") } }, REASON_OK, true, 0 },
	{ "126: seven octets", { { 126, OCTETS("\1\1\1\1\1\1\1") } }, REASON_OK,
	    true, 0 },
	{ "126: mail in 127",
	    { { 127, OCTETS(MAIL) }, { 126, OCTETS(AUGUST) } }, REASON_OK, true,
	    AUGUST_2021 },
	{ "126: any in 127, which comes later",
	    { { 126, OCTETS(AUGUST) }, { 127, OCTETS(ANY) } }, REASON_OK, true,
	    AUGUST_2021 },
	{ "126: server in 127",
	    { { 126, OCTETS(AUGUST) }, { 127, OCTETS(SERVER) } }, REASON_OK,
	    false, 0 },
	{ "126: cut 127", { { 126, OCTETS(AUGUST) }, { 127, OCTETS(CUT) } },
	    REASON_OK, true, AUGUST_2021 },
	{ "126: two of 127, one with mail",
	    { { 126, OCTETS(AUGUST) }, { 127, OCTETS(SERVER) },
		{ 127, OCTETS(MAIL) } },
	    REASON_OK, true, AUGUST_2021 },
	{ "two of 126", { { 126, OCTETS(JANUARY) }, { 126, OCTETS(AUGUST) } },
	    REASON_OK, true, JANUARY_2021 },
	{ "127 alone", { { 127, OCTETS(MAIL) } }, REASON_OK, false, 0 },

	{ "84", { { 84, OCTETS(PERMITTED) } }, REASON_OK, false, 0 },
	{ "84: no constraint in it", { { 84, OCTETS(NOTHING) } },
	    REASON_ROOT_CONSTRAINTS, false, 0 },
	{ "84: no octets", { { 84, OCTETS("") } }, REASON_ROOT_CONSTRAINTS,
	    false, 0 },
	{ "84: octet after it", { { 84, OCTETS(PERMITTED "x") } },
	    REASON_ROOT_CONSTRAINTS, false, 0 },
	{ "84: the same twice",
	    { { 84, OCTETS(PERMITTED) }, { 84, OCTETS(PERMITTED) } }, REASON_OK,
	    false, 0 },
	{ "84: two", { { 84, OCTETS(PERMITTED) }, { 84, OCTETS(EXCLUDED) } },
	    REASON_ROOT_CONSTRAINTS, false, 0 },
	{ "9 is stricter than 84",
	    { { 9, OCTETS(SERVER) }, { 84, OCTETS(NOTHING) } },
	    REASON_ROOT_PURPOSE, false, 0 },
};

START_TEST(reads_properties_for_mail)
{
	const struct store_cert *cert;
	struct pki_sst sst;
	const char *name = says[_i].name;
	time_t want = says[_i].not_before;

	pki_sst_begin(&sst);
	for (size_t i = 0; i < COUNT(says[_i].properties); i++)
		if (says[_i].properties[i].id != 0)
			pki_sst_property(&sst, says[_i].properties[i].id,
			    says[_i].properties[i].value,
			    says[_i].properties[i].len);
	pki_sst_cert(&sst, root);
	pki_sst_end(&sst);
	ck_assert_msg(add_sst(&sst), "%s", error);
	cert = find(root);
	ck_assert_msg(cert->verdict == says[_i].verdict, "%s: %s", name,
	    reason_token(cert->verdict));
	ck_assert_msg(cert->has_not_before == says[_i].has_not_before, "%s",
	    name);
	if (cert->has_not_before)
		ck_assert_msg(cert->not_before ==
			(want != 0 ? want : year_1601),
		    "%s: %jd", name, (intmax_t)cert->not_before);
	ck_assert_msg(strcmp(counts(),
			  cert->verdict == REASON_OK ?
			      "1a 0r 0i 0s; 0 crls 0 skipped 0 duplicates" :
			      "0a 1r 0i 0s; 0 crls 0 skipped 0 duplicates") ==
		0,
	    "%s: %s", name, counts());
	ck_assert_uint_eq(count_of(store_get0_refused(store)),
	    cert->verdict == REASON_OK ? 0 : 1);
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(keeps_verdicts_of_what_is_no_anchor)
{
	add_with(intermediate, 104, OCTETS(AUGUST));
	add_with(leaf, 122, OCTETS(MAIL));
	ck_assert_str_eq(counts(),
	    "0a 2r 0i 0s; 0 crls 0 skipped 0 duplicates");
	ck_assert_int_eq(find(intermediate)->verdict, REASON_ROOT_DISALLOWED);
	ck_assert_int_eq(find(intermediate)->role, CERT_ROLE_INTERMEDIATE);
	ck_assert_int_eq(find(leaf)->verdict, REASON_ROOT_DISALLOWED);
	ck_assert_uint_eq(count_of(store_get0_refused(store)), 0);
}
END_TEST

START_TEST(decodes_name_constraints)
{
	const struct store_cert *cert;

	add_with(root, 84, OCTETS(PERMITTED));
	cert = find(root);
	ck_assert_ptr_nonnull(cert->constraints);
	ck_assert_int_eq(sk_GENERAL_SUBTREE_num(
			     cert->constraints->permittedSubtrees),
	    1);
	/* And keeps them when more is added. */
	add_with(other_root, 0, NULL, 0);
	ck_assert_int_eq(sk_GENERAL_SUBTREE_num(
			     find(root)->constraints->permittedSubtrees),
	    1);
	ck_assert_ptr_null(find(other_root)->constraints);
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	size_t len;
	const char *want; /* NULL: none */
} friendly_names[] = {
	{ "ends with NUL", OCTETS("A\0b\0\0\0"), "Ab" },
	{ "without NUL", OCTETS("A\0b\0"), "Ab" },
	{ "beyond ASCII", OCTETS("\xe4\0\xac\x20\0\0"),
	    "\xc3\xa4\xe2\x82\xac" },
	{ "surrogates", OCTETS("\x3d\xd8\x00\xde\0\0"), "\xf0\x9f\x98\x80" },
	{ "nothing", OCTETS(""), "" },
	{ "half a character", OCTETS("A\0b"), NULL },
	{ "half a pair", OCTETS("\x3d\xd8\0\0"), NULL },
};

START_TEST(decodes_friendly_names)
{
	const char *got;

	add_with(root, 11, friendly_names[_i].value, friendly_names[_i].len);
	add_with(other_root, 0, NULL, 0); /* copies the name */
	got = find(root)->friendly_name;
	if (friendly_names[_i].want == NULL)
		ck_assert_msg(got == NULL, "%s", friendly_names[_i].name);
	else
		ck_assert_str_eq(got, friendly_names[_i].want);
}
END_TEST

static const struct {
	const char *name;
	struct {
		uint32_t id;
		const char *value;
		size_t len;
	} first, second;
	enum reason verdict;
	time_t not_before; /* 0: none */
	bool constraints;
} twice[] = {
	{ "good twice", { 0 }, { 9, OCTETS(MAIL) }, REASON_OK, 0, false },
	{ "refused later", { 0 }, { 104, OCTETS("") }, REASON_ROOT_DISALLOWED,
	    0, false },
	{ "refused before", { 9, OCTETS(SERVER) }, { 0 }, REASON_ROOT_PURPOSE,
	    0, false },
	{ "purpose, then disallowed", { 9, OCTETS(SERVER) },
	    { 104, OCTETS("") }, REASON_ROOT_DISALLOWED, 0, false },
	{ "disallowed, then purpose", { 104, OCTETS("") },
	    { 9, OCTETS(SERVER) }, REASON_ROOT_DISALLOWED, 0, false },
	{ "date later", { 0 }, { 126, OCTETS(AUGUST) }, REASON_OK, AUGUST_2021,
	    false },
	{ "earlier date later", { 126, OCTETS(AUGUST) },
	    { 126, OCTETS(JANUARY) }, REASON_OK, JANUARY_2021, false },
	{ "earlier date before", { 126, OCTETS(JANUARY) },
	    { 126, OCTETS(AUGUST) }, REASON_OK, JANUARY_2021, false },
	{ "constraints later", { 0 }, { 84, OCTETS(PERMITTED) }, REASON_OK, 0,
	    true },
	{ "constraints before", { 84, OCTETS(PERMITTED) }, { 0 }, REASON_OK, 0,
	    true },
	{ "same constraints", { 84, OCTETS(PERMITTED) },
	    { 84, OCTETS(PERMITTED) }, REASON_OK, 0, true },
	{ "other constraints", { 84, OCTETS(PERMITTED) },
	    { 84, OCTETS(EXCLUDED) }, REASON_ROOT_CONSTRAINTS, 0, true },
};

START_TEST(keeps_the_stricter_of_two_verdicts)
{
	const struct store_cert *cert;
	const char *name = twice[_i].name;

	add_with(root, twice[_i].first.id, twice[_i].first.value,
	    twice[_i].first.len);
	add_with(root, twice[_i].second.id, twice[_i].second.value,
	    twice[_i].second.len);
	cert = find(root);
	ck_assert_msg(cert->verdict == twice[_i].verdict, "%s: %s", name,
	    reason_token(cert->verdict));
	ck_assert_msg(cert->has_not_before == (twice[_i].not_before != 0), "%s",
	    name);
	if (cert->has_not_before)
		ck_assert_msg(cert->not_before == twice[_i].not_before, "%s",
		    name);
	ck_assert_msg((cert->constraints != NULL) == twice[_i].constraints,
	    "%s", name);
	ck_assert_str_eq(counts(),
	    cert->verdict == REASON_OK ?
		"1a 0r 0i 0s; 0 crls 0 skipped 1 duplicates" :
		"0a 1r 0i 0s; 0 crls 0 skipped 1 duplicates");
}
END_TEST

START_TEST(keeps_a_friendly_name_that_a_duplicate_brings)
{
	add_with(root, 0, NULL, 0);
	add_with(root, 11, OCTETS("A\0"));
	add_with(root, 11, OCTETS("B\0"));
	ck_assert_str_eq(find(root)->friendly_name, "A");
	ck_assert_str_eq(counts(),
	    "1a 0r 0i 0s; 0 crls 0 skipped 2 duplicates");
}
END_TEST

static const struct {
	const char *name;
	int trust;  /* NID, or 0 */
	int reject; /* NID, or 0 */
	enum reason want;
} trusts[] = {
	{ "none", 0, 0, REASON_OK },
	{ "mail", NID_email_protect, 0, REASON_OK },
	{ "any", NID_anyExtendedKeyUsage, 0, REASON_OK },
	{ "server", NID_server_auth, 0, REASON_ROOT_PURPOSE },
	{ "not mail", 0, NID_email_protect, REASON_ROOT_PURPOSE },
	{ "not any", 0, NID_anyExtendedKeyUsage, REASON_ROOT_PURPOSE },
	{ "not server", 0, NID_server_auth, REASON_OK },
	{ "mail and not mail", NID_email_protect, NID_email_protect,
	    REASON_ROOT_PURPOSE },
};

static void
set_trust(X509 *cert, int trust, int reject)
{
	if (trust != 0)
		X509_add1_trust_object(cert, OBJ_nid2obj(trust));
	if (reject != 0)
		X509_add1_reject_object(cert, OBJ_nid2obj(reject));
}

START_TEST(reads_auxiliary_trust_for_mail)
{
	const struct store_cert *cert;
	char *text;

	set_trust(root, trusts[_i].trust, trusts[_i].reject);
	text = write_pem(root);
	ck_assert_msg(add_text(text), "%s", error);
	cert = find(root);
	ck_assert_msg(cert->verdict == trusts[_i].want, "%s", trusts[_i].name);
	/* OpenSSL must not read it again. */
	ck_assert_ptr_null(X509_get0_trust_objects(cert->cert));
	ck_assert_ptr_null(X509_get0_reject_objects(cert->cert));
	free(text);
}
END_TEST

START_TEST(does_not_make_a_trusted_intermediate_an_anchor)
{
	char *text;

	set_trust(intermediate, NID_email_protect, 0);
	text = write_pem(intermediate);
	ck_assert(add_text(text));
	ck_assert_str_eq(counts(),
	    "0a 0r 1i 0s; 0 crls 0 skipped 0 duplicates");
	ck_assert_ptr_null(X509_get0_trust_objects(find(intermediate)->cert));
	free(text);
}
END_TEST

START_TEST(logs_what_it_passes_over)
{
	struct pki_sst sst;

	pki_sst_begin(&sst);
	pki_sst_property(&sst, 32, "no DER", 6);
	pki_sst_property(&sst, 32, "", 0);
	pki_sst_property(&sst, 34, "ctl", 3);
	pki_sst_property(&sst, 83, "x", 1);
	pki_sst_cert(&sst, root);
	pki_sst_property(&sst, 105, "x", 1);
	pki_sst_cert(&sst, intermediate);
	pki_sst_property(&sst, 9, "x", 1);
	pki_sst_end(&sst);
	pki_sst_property(&sst, 0, "", 0);
	ck_assert_msg(add_sst(&sst), "%s", error);
	ck_assert_str_eq(counts(),
	    "1a 0r 1i 0s; 0 crls 4 skipped 0 duplicates");
	*strstr(logged, "element 6 at") = '\0'; /* the offset varies */
	ck_assert_str_eq(logged,
	    "x.sst: element 1 at 0x8: not one DER certificate; skipped\n"
	    "x.sst: element 2 at 0x1a: empty; skipped\n"
	    "x.sst: element 3 at 0x26: neither certificate nor CRL; skipped\n"
	    "x.sst: policies of the root program (properties 83, 105) are not "
	    "enforced\n"
	    "x.sst: ");
	ck_assert_ptr_nonnull(strstr(logged + strlen(logged) + 1,
	    ": properties of nothing; skipped\n"
	    "x.sst: 12 octets after the end; ignored\n"));
}
END_TEST

START_TEST(mentions_policies_once_in_a_store)
{
	add_with(root, 83, OCTETS("x"));
	logged[0] = '\0';
	add_with(other_root, 105, OCTETS("x"));
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(logs_blocks_it_passes_over_without_their_content)
{
	char *block = write_pem(root), *text;

	ck_assert_int_ge(asprintf(&text,
			     "-----BEGIN PRIVATE KEY-----\nSECRET\n"
			     "-----END PRIVATE KEY-----\n%s"
			     "-----BEGIN X509 CRL-----\n-----END X509 CRL-----",
			     block),
	    0);
	ck_assert_msg(add_text(text), "%s", error);
	ck_assert_str_eq(logged, "x.pem:1: a private key; skipped\n");
	ck_assert_str_eq(counts(),
	    "1a 0r 0i 0s; 1 crls 1 skipped 0 duplicates");
	free(text);
	free(block);
}
END_TEST

START_TEST(works_without_a_log)
{
	struct store *silent = store_new(NULL, NULL, NULL);
	static const char text[] = "-----BEGIN X-----\n-----END X-----\n";

	ck_assert(!store_add_octets(silent, "x", (const uint8_t *)text,
	    strlen(text), &error));
	store_unref(silent);
}
END_TEST

static const struct {
	const char *octets;
	size_t len;
	const char *want;
} refusals[] = {
	{ OCTETS(""),
	    "f: empty; expected certificates in SST, PEM, DER or "
	    "PKCS#7" },
	{ OCTETS("# nothing\n"),
	    "f: none of the formats; expected "
	    "certificates in SST, PEM, DER or PKCS#7" },
	{ OCTETS("\xff\xfe-\0"),
	    "f: text in UTF-16, as PowerShell's \">\" "
	    "writes it; expected certificates in SST, "
	    "PEM, DER or PKCS#7" },
	{ OCTETS("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
	    "f: no certificate in it; expected certificates in SST, PEM, DER "
	    "or PKCS#7" },
	{ OCTETS("\n-----BEGIN CERTIFICATE-----\n"),
	    "f:2: truncated or damaged; copy or export it again" },
	{ OCTETS("\x30\x82\x01\x01"),
	    "f: truncated or damaged; copy or export it again" },
	{ OCTETS("\0\0\0\0CERT"),
	    "f: truncated at octet 8 of 8; export it again with "
	    "Export-Certificate -Type SST" },
	{ OCTETS("\0\0\0\0CERT\0\0\0\0\0\0\0\0\0\0\0\0"),
	    "f: no certificate in it; expected certificates in SST, PEM, DER "
	    "or PKCS#7" },
	{ OCTETS("\0\0\0\0CERT\x20\0\0\0\2\0\0\0\0\0\0\0"),
	    "f: element is not marked as ASN.1 at octet 8 of 20; export it "
	    "again with Export-Certificate -Type SST" },
};

START_TEST(refuses_with_a_cure)
{
	ck_assert(!store_add_octets(store, "f",
	    (const uint8_t *)refusals[_i].octets, refusals[_i].len, &error));
	ck_assert_str_eq(error, refusals[_i].want);
}
END_TEST

START_TEST(refuses_more_properties_than_it_could_heed)
{
	struct pki_sst sst;

	pki_sst_begin(&sst);
	for (int i = 0; i < SST_MAX_PROPERTIES; i++)
		pki_sst_property(&sst, 3, "", 0);
	pki_sst_property(&sst, 104, "", 0);
	pki_sst_cert(&sst, root);
	pki_sst_end(&sst);
	ck_assert(!add_sst(&sst));
	ck_assert_str_eq(error,
	    "x.sst: too many elements at octet 776; expected at most 200000, "
	    "and 64 properties of one certificate");
}
END_TEST

START_TEST(adds_all_of_a_file_or_nothing)
{
	char *block = write_pem(other_root), *text;

	add_with(root, 0, NULL, 0);
	ck_assert_int_ge(asprintf(&text, "%s-----BEGIN CERTIFICATE-----\n",
			     block),
	    0);
	ck_assert(!add_text(text));
	ck_assert_str_eq(counts(),
	    "1a 0r 0i 0s; 0 crls 0 skipped 0 duplicates");
	ck_assert_ptr_nonnull(find(root));
	ck_assert_ptr_null(find(other_root));
	free(text);
	free(block);
}
END_TEST

START_TEST(parses_in_the_library_context_it_is_given)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *null = OSSL_PROVIDER_load(libctx, "null");
	struct store *poor = store_new(libctx, NULL, NULL);
	struct pki_sst sst;

	/* A context without algorithms cannot even hash. */
	pki_sst_begin(&sst);
	pki_sst_cert(&sst, root);
	pki_sst_end(&sst);
	ck_assert(
	    !store_add_octets(poor, "x.sst", sst.octets, sst.len, &error));
	ck_assert_str_eq(error,
	    "x.sst: out of memory, or libcrypto failed; try again");
	pki_sst_done(&sst);
	store_unref(poor);
	OSSL_PROVIDER_unload(null);
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

START_TEST(lives_until_its_last_owner_leaves)
{
	add_with(root, 0, NULL, 0);
	ck_assert_ptr_eq(store_ref(store), store);
	store_unref(store);
	ck_assert_ptr_nonnull(find(root));
	ck_assert_ptr_null(store_ref(NULL));
	store_unref(NULL);
}
END_TEST

/* One certificate under many hashes does for many certificates. */
static enum certset_status
push_number(struct certset *set, uint32_t number)
{
	struct store_cert cert = { .cert = root, .role = CERT_ROLE_SIGNER };

	X509_up_ref(root);
	memcpy(cert.sha256 + 8, &number, sizeof(number));
	memcpy(cert.sha256, &number, sizeof(number));
	return certset_push(set, &cert);
}

START_TEST(limits_the_certificates)
{
	struct certset set = { .count = 0 }, copy;

	for (uint32_t i = 0; i < STORE_MAX_CERTS; i++)
		ck_assert_int_eq(push_number(&set, i), CERTSET_OK);
	ck_assert_int_eq(push_number(&set, STORE_MAX_CERTS), CERTSET_FULL);
	ck_assert_int_eq(push_number(&set, 7), CERTSET_OK);
	ck_assert_uint_eq(set.count, STORE_MAX_CERTS);
	ck_assert_uint_eq(set.duplicates, 1);

	ck_assert(certset_copy(&set, &copy));
	ck_assert(certset_build(&copy));
	ck_assert_int_eq(sk_X509_num(copy.signers), STORE_MAX_CERTS);
	certset_done(&copy);
	certset_done(&set);
}
END_TEST

/* Hashes that all begin alike meet in one slot of the table. */
START_TEST(finds_certificates_whose_hashes_collide)
{
	struct certset set = { .count = 0 };

	for (uint8_t i = 0; i < 200; i++) {
		struct store_cert cert = { .cert = root, .sha256 = { 0 } };

		X509_up_ref(root);
		cert.sha256[31] = i;
		ck_assert_int_eq(certset_push(&set, &cert), CERTSET_OK);
	}
	for (uint8_t i = 0; i < 201; i++) {
		uint8_t sha256[CERT_SHA256_LEN] = { 0 };

		sha256[31] = i;
		ck_assert_ptr_eq(certset_find(&set, sha256),
		    i < 200 ? &set.list[i] : NULL);
	}
	certset_done(&set);
}
END_TEST

/* A folder for one test. */
static char folder[sizeof("/tmp/test_store.XXXXXX")];

static void
make_folder(void)
{
	static const char pattern[] = "/tmp/test_store.XXXXXX";

	set_up();
	memcpy(folder, pattern, sizeof(folder));
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
remove_folder(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (unlinkat(dirfd(dir), entry->d_name, 0) != 0)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	closedir(dir);
	ck_assert_int_eq(rmdir(folder), 0);
	tear_down();
}

/* The path of a file in the folder; four of them live at a time. */
static const char *
path_of(const char *name)
{
	static char paths[4][sizeof(folder) + 40];
	static size_t next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void
write_octets(const char *name, const void *octets, size_t len)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(octets, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void
write_file(const char *name, const char *text)
{
	write_octets(name, text, strlen(text));
}

static void
write_cert(const char *name, X509 *cert)
{
	char *text = write_pem(cert);

	write_file(name, text);
	free(text);
}

/* The error or log text with the name of the folder taken out. */
static const char *
without_folder(char *text)
{
	char *at;

	while ((at = strstr(text, folder)) != NULL)
		memmove(at, at + strlen(folder),
		    strlen(at + strlen(folder)) + 1);
	return text;
}

START_TEST(reads_a_file)
{
	write_cert("root.pem", root);
	ck_assert_msg(store_add_path(store, path_of("root.pem"), &error), "%s",
	    error);
	ck_assert_ptr_nonnull(find(root));
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	ck_assert(!store_add_path(store, path_of("none"), &error));
	ck_assert_str_eq(without_folder(error),
	    "/none: No such file or directory; expected a file or folder that "
	    "can be read");
	free(error);

	ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
	ck_assert(!store_add_path(store, path_of("fifo"), &error));
	ck_assert_str_eq(without_folder(error),
	    "/fifo: neither a regular file nor a folder; expected one");
	free(error);

	write_file("empty", "");
	ck_assert(!store_add_path(store, path_of("empty"), &error));
	ck_assert_str_eq(without_folder(error),
	    "/empty: empty; expected certificates in SST, PEM, DER or PKCS#7");
}
END_TEST

START_TEST(refuses_a_file_with_more_than_its_size)
{
	/* Files of the kernel claim to be empty. */
	ck_assert(!store_add_path(store, "/proc/self/status", &error));
	ck_assert_str_eq(error,
	    "/proc/self/status: changed while it was read; try again");
}
END_TEST

START_TEST(limits_the_size_of_a_file)
{
	write_cert("root.pem", root);
	ck_assert_int_eq(truncate(path_of("root.pem"), STORE_MAX_FILE), 0);
	ck_assert_msg(store_add_path(store, path_of("root.pem"), &error), "%s",
	    error);
	ck_assert_int_eq(truncate(path_of("root.pem"), STORE_MAX_FILE + 1), 0);
	ck_assert(!store_add_path(store, path_of("root.pem"), &error));
	ck_assert_str_eq(without_folder(error),
	    "/root.pem: larger than 16777216 octets; expected certificates "
	    "only");
}
END_TEST

START_TEST(reads_a_folder_in_sorted_order)
{
	const struct store_cert *certs;
	size_t count;

	write_cert("c.pem", intermediate);
	write_cert("a.pem", root);
	write_cert("b.pem", other_root);
	write_cert(".hidden", leaf);
	write_file("README", "Roots.\n");
	ck_assert_int_eq(symlink("a.pem", path_of("d.0")), 0);
	ck_assert_int_eq(link(path_of("b.pem"), path_of("e.0")), 0);
	ck_assert_int_eq(symlink("gone.pem", path_of("f.0")), 0);
	ck_assert_int_eq(mkdir(path_of("g"), 0700), 0);
	write_cert("h.pem", root);
	ck_assert_msg(store_add_path(store, folder, &error), "%s", error);

	certs = store_certs(store, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(X509_cmp(certs[0].cert, root), 0);
	ck_assert_int_eq(X509_cmp(certs[1].cert, other_root), 0);
	ck_assert_int_eq(X509_cmp(certs[2].cert, intermediate), 0);
	ck_assert_str_eq(counts(),
	    "2a 0r 1i 0s; 0 crls 3 skipped 1 duplicates");
	ck_assert_str_eq(without_folder(logged),
	    "/README: none of the formats; skipped\n"
	    "/f.0: No such file or directory; skipped\n"
	    "/g: not a regular file; skipped\n");
}
END_TEST

START_TEST(counts_elements_anew_in_each_file)
{
	struct pki_sst sst;

	pki_sst_begin(&sst);
	pki_sst_cert(&sst, root);
	pki_sst_property(&sst, 34, "ctl", 3);
	pki_sst_end(&sst);
	write_octets("a.sst", sst.octets, sst.len);
	write_octets("b.sst", sst.octets, sst.len);
	pki_sst_done(&sst);
	ck_assert_msg(store_add_path(store, folder, &error), "%s", error);
	ck_assert_ptr_nonnull(strstr(logged, "a.sst: element 2 at"));
	ck_assert_ptr_nonnull(strstr(logged, "b.sst: element 2 at"));
}
END_TEST

START_TEST(refuses_a_folder_without_certificates)
{
	write_file("README", "Roots.\n");
	ck_assert(!store_add_path(store, folder, &error));
	ck_assert_str_eq(without_folder(error),
	    ": no certificate in this folder; expected files in SST, PEM, DER "
	    "or PKCS#7");
}
END_TEST

START_TEST(refuses_a_folder_with_a_damaged_file)
{
	write_cert("a.pem", root);
	write_file("b.pem", "-----BEGIN CERTIFICATE-----\n");
	ck_assert(!store_add_path(store, folder, &error));
	ck_assert_str_eq(without_folder(error),
	    "/b.pem:1: truncated or damaged; copy or export it again");
	ck_assert_ptr_null(find(root));
}
END_TEST

START_TEST(accepts_a_folder_that_it_has_read_before)
{
	write_cert("a.pem", root);
	ck_assert(store_add_path(store, folder, &error));
	ck_assert(store_add_path(store, folder, &error));
	ck_assert_str_eq(counts(),
	    "1a 0r 0i 0s; 0 crls 0 skipped 1 duplicates");
}
END_TEST

static TCase *
case_octets(void)
{
	TCase *tcase = tcase_create("store_add_octets");

	tcase_set_timeout(tcase, 60); /* for 100000 certificates */
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, begins_empty_but_ready);
	tcase_add_test(tcase, files_certificates_by_role_in_order);
	tcase_add_test(tcase, takes_nothing_but_roots_for_anchors);
	tcase_add_loop_test(tcase, reads_properties_for_mail, 0, COUNT(says));
	tcase_add_test(tcase, keeps_verdicts_of_what_is_no_anchor);
	tcase_add_test(tcase, decodes_name_constraints);
	tcase_add_loop_test(tcase, decodes_friendly_names, 0,
	    COUNT(friendly_names));
	tcase_add_loop_test(tcase, keeps_the_stricter_of_two_verdicts, 0,
	    COUNT(twice));
	tcase_add_test(tcase, keeps_a_friendly_name_that_a_duplicate_brings);
	tcase_add_loop_test(tcase, reads_auxiliary_trust_for_mail, 0,
	    COUNT(trusts));
	tcase_add_test(tcase, does_not_make_a_trusted_intermediate_an_anchor);
	tcase_add_test(tcase, logs_what_it_passes_over);
	tcase_add_test(tcase, mentions_policies_once_in_a_store);
	tcase_add_test(tcase, logs_blocks_it_passes_over_without_their_content);
	tcase_add_test(tcase, works_without_a_log);
	tcase_add_loop_test(tcase, refuses_with_a_cure, 0, COUNT(refusals));
	tcase_add_test(tcase, refuses_more_properties_than_it_could_heed);
	tcase_add_test(tcase, adds_all_of_a_file_or_nothing);
	tcase_add_test(tcase, parses_in_the_library_context_it_is_given);
	tcase_add_test(tcase, lives_until_its_last_owner_leaves);
	tcase_add_test(tcase, limits_the_certificates);
	tcase_add_test(tcase, finds_certificates_whose_hashes_collide);
	return tcase;
}

static TCase *
case_path(void)
{
	TCase *tcase = tcase_create("store_add_path");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, reads_a_file);
	tcase_add_test(tcase, refuses_what_is_no_file);
	tcase_add_test(tcase, refuses_a_file_with_more_than_its_size);
	tcase_add_test(tcase, limits_the_size_of_a_file);
	tcase_add_test(tcase, reads_a_folder_in_sorted_order);
	tcase_add_test(tcase, counts_elements_anew_in_each_file);
	tcase_add_test(tcase, refuses_a_folder_without_certificates);
	tcase_add_test(tcase, refuses_a_folder_with_a_damaged_file);
	tcase_add_test(tcase, accepts_a_folder_that_it_has_read_before);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, case_octets());
	suite_add_tcase(suite, case_path());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
