/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "smime/x509/algo.h"
#include "t/lib/pki.h"
#include "t/lib/rulesets.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Sets of one. */
enum {
	M5 = 1 << ALGO_MD5,
	S1 = 1 << ALGO_SHA1,
	S224 = 1 << ALGO_SHA224,
	S256 = 1 << ALGO_SHA256,
	S384 = 1 << ALGO_SHA384,
	S512 = 1 << ALGO_SHA512,
	S3_224 = 1 << ALGO_SHA3_224,
	S3_256 = 1 << ALGO_SHA3_256,
	S3_384 = 1 << ALGO_SHA3_384,
	S3_512 = 1 << ALGO_SHA3_512,
};

static const struct {
	const char *micalg;
	algo_set want;
} micalgs[] = {
	/* RFC 8551 3.5.3.2 */
	{ "md5", M5 },
	{ "sha-1", S1 },
	{ "sha-224", S224 },
	{ "sha-256", S256 },
	{ "sha-384", S384 },
	{ "sha-512", S512 },
	{ "unknown", 0 },
	{ "rsa-md5", M5 },
	{ "rsa-sha1", S1 },
	{ "sha1", S1 },
	/* seen in the field */
	{ "SHA1", S1 },
	{ "SHA-1", S1 },
	{ "MD5", M5 },
	{ "RSA-MD5", M5 },
	{ "Rsa-Sha-256", S256 },
	{ "rsa-sha256", S256 },
	{ "sha224", S224 },
	{ "sha256", S256 },
	{ "SHA256", S256 },
	{ "sha_256", S256 },
	{ "sha384", S384 },
	{ "sha512", S512 },
	{ "\"sha-256\"", S256 },
	/* SHA-3 */
	{ "sha3-224", S3_224 },
	{ "sha3-256", S3_256 },
	{ "SHA3-384", S3_384 },
	{ "sha3-512", S3_512 },
	{ "sha3256", S3_256 },
	/* OIDs */
	{ "1.2.840.113549.2.5", M5 },
	{ "1.3.14.3.2.26", S1 },
	{ "2.16.840.1.101.3.4.2.1", S256 },
	{ "2.16.840.1.101.3.4.2.10", S3_512 },
	{ "2.16.840.1.101.3.4.2", 0 },
	{ "2.16.840.1.101.3.4.2.1000", 0 },
	{ "1.2.840.113549.1.1.11", 0 }, /* a signature, not a digest */
	{ "9.9.9", 0 },
	{ "2.9999999999999999999999999999999999999999999999999999999999999",
	    0 }, /* of 63 octets */
	{ "2.99999999999999999999999999999999999999999999999999999999999999",
	    0 }, /* of 64 octets */
	/* lists */
	{ "sha-256,sha-384", S256 | S384 },
	{ "sha-256, sha-384", S256 | S384 },
	{ "\"sha-256, sha1\"", S256 | S1 },
	{ "unknown, sha-512", S512 },
	{ "sha-1\r\n\t,md5", S1 | M5 },
	{ ",,sha256,,", S256 },
	{ "sha256 sha512", S256 | S512 },
	{ "sha256;sha512", S256 | S512 },
	{ "1.3.14.3.2.26,sha256", S1 | S256 },
	/* nothing */
	{ "", 0 },
	{ " ", 0 },
	{ ",", 0 },
	{ "\"\"", 0 },
	{ "-", 0 },
	{ "rsa-", 0 },
	{ "sha", 0 },
	{ "sha-25", 0 },
	{ "sha-2567", 0 },
	{ "xsha-256", 0 },
	{ "sha256withrsaencryption", 0 },
	{ "sha-256\xc3\xa9", 0 },
	{ "ripemd160", 0 },
	{ "md2", 0 },
	{ "0", 0 },
};

/* An error from before, which the module must leave alone. */
static void
leave_error(void)
{
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 1);
}

static void
expect_same_error(void)
{
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_error()), ERR_LIB_USER);
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_last_error()), ERR_LIB_USER);
}

START_TEST(reads_micalg_in_any_spelling)
{
	leave_error();
	ck_assert_msg(algo_from_micalg(micalgs[_i].micalg) == micalgs[_i].want,
	    "\"%s\"", micalgs[_i].micalg);
	expect_same_error();
}
END_TEST

START_TEST(bears_absurdly_long_micalgs)
{
	enum { LONG = 300000 };
	char *text = malloc(LONG + sizeof(",sha256"));

	for (size_t i = 0; i < LONG; i++)
		text[i] = "sha-256 "[i % 7]; /* one word */
	memcpy(text + LONG, ",sha512", sizeof(",sha512"));
	ck_assert_uint_eq(algo_from_micalg(text), S512);
	memset(text, '1', LONG);
	ck_assert_uint_eq(algo_from_micalg(text), S512);
	memset(text, ',', LONG);
	ck_assert_uint_eq(algo_from_micalg(text), S512);
	free(text);
}
END_TEST

START_TEST(knows_each_digest_by_name_and_nid)
{
	enum algo algo;
	EVP_MD *md;

	for (enum algo i = 0; i < ALGO_COUNT; i++) {
		md = EVP_MD_fetch(NULL, algo_fetch_name(i), NULL);
		ck_assert_ptr_nonnull(md);
		ck_assert(
		    algo_from_object(OBJ_nid2obj(EVP_MD_get_type(md)), &algo));
		ck_assert_int_eq(algo, i);
		EVP_MD_free(md);
	}
	algo = ALGO_SHA512;
	ck_assert(!algo_from_object(OBJ_nid2obj(NID_undef), &algo));
	ck_assert(!algo_from_object(OBJ_nid2obj(NID_ripemd160), &algo));
	ck_assert_int_eq(algo, ALGO_SHA512);
}
END_TEST

START_TEST(counts_on_no_digest_that_collides)
{
	ck_assert_uint_eq(algo_strength(ALGO_MD5), 0);
	ck_assert_uint_eq(algo_strength(ALGO_SHA1), 0);
	ck_assert_uint_eq(algo_strength(ALGO_SHA224), 112);
	ck_assert_uint_eq(algo_strength(ALGO_SHA3_512), 256);
}
END_TEST

START_TEST(usually_hashes_what_mail_is_signed_with)
{
	ck_assert_uint_eq(algo_usual(), S1 | S256 | S384 | S512);
}
END_TEST

#define DER_SHA1   "300906052b0e03021a0500"
#define DER_SHA256 "300d06096086480165030402010500"
#define DER_SHA384 "300b0609608648016503040202"
#define DER_INDEFINITE_SHA512                                                  \
	"3080060960864801650304020300"                                         \
	"00"
#define DER_RIPEMD160 "300906052b240302010500"

static const struct {
	const char *name;
	const char *hex;
	algo_set want;
} sets[] = {
	{ "one", "310b" DER_SHA1, S1 },
	{ "with parameters", "310f" DER_SHA256, S256 },
	{ "three", "3127" DER_SHA1 DER_SHA256 DER_SHA384, S1 | S256 | S384 },
	{ "the same twice", "3116" DER_SHA1 DER_SHA1, S1 },
	{ "unknown before known", "3116" DER_RIPEMD160 DER_SHA1, S1 },
	{ "a long form of the length", "31820016" DER_SHA1 DER_SHA1, S1 },
	{ "an indefinite length", "3180" DER_SHA1 DER_SHA256 "0000",
	    S1 | S256 },
	{ "an element of indefinite length",
	    "311a" DER_SHA1 DER_INDEFINITE_SHA512, S1 | S512 },
	{ "empty", "3100", 0 },
	{ "empty and indefinite", "31800000", 0 },
	{ "unknown only", "310b" DER_RIPEMD160, 0 },
	{ "nothing", "", 0 },
	{ "a tag", "31", 0 },
	{ "a SEQUENCE instead", "300b" DER_SHA1, 0 },
	{ "a length without its octets", "3184ffff", 0 },
	{ "a length of 127 octets", "31ff", 0 },
	{ "garbage", "3104deadbeef", 0 },
	{ "garbage after one", "310d" DER_SHA1 "ffff", S1 },
	{ "an element that claims too much", "310b3084ffffffff", 0 },
	{ "a truncated element after one", "311a" DER_SHA1 "300d0609608648",
	    S1 },
};

START_TEST(reads_digest_algorithms)
{
	size_t room = strlen(sets[_i].hex) / 2;
	unsigned char *der = malloc(room); /* its own block, for ASan */
	size_t len;

	if (room > 0)
		ck_assert(
		    OPENSSL_hexstr2buf_ex(der, room, &len, sets[_i].hex, '\0'));
	leave_error();
	ck_assert_msg(algo_from_der(der, room) == sets[_i].want, "%s",
	    sets[_i].name);
	expect_same_error();
	free(der);
}
END_TEST

static const struct {
	int nid;
	enum reason strict;
	enum reason lenient;
} digests[] = {
	{ NID_md5, REASON_MD5, REASON_OK },
	{ NID_sha1, REASON_SHA1, REASON_OK },
	{ NID_md2, REASON_UNSUPPORTED_ALGORITHM, REASON_UNSUPPORTED_ALGORITHM },
	{ NID_md4, REASON_UNSUPPORTED_ALGORITHM, REASON_UNSUPPORTED_ALGORITHM },
	{ NID_sha224, REASON_OK, REASON_OK },
	{ NID_sha256, REASON_OK, REASON_OK },
	{ NID_sha512, REASON_OK, REASON_OK },
	{ NID_undef, REASON_OK, REASON_OK },
};

START_TEST(judges_digests_by_the_rules)
{
	struct rules rules = rulesets_strict();

	ck_assert_int_eq(algo_check_digest(&rules, digests[_i].nid),
	    digests[_i].strict);
	rules = rulesets_lenient();
	ck_assert_int_eq(algo_check_digest(&rules, digests[_i].nid),
	    digests[_i].lenient);
}
END_TEST

START_TEST(each_digest_has_a_rule_of_its_own)
{
	struct rules rules = rulesets_strict();

	rules.accept_md5 = true;
	ck_assert_int_eq(algo_check_digest(&rules, NID_md5), REASON_OK);
	ck_assert_int_eq(algo_check_digest(&rules, NID_sha1), REASON_SHA1);
	rules = rulesets_strict();
	rules.accept_sha1 = true;
	ck_assert_int_eq(algo_check_digest(&rules, NID_md5), REASON_MD5);
	ck_assert_int_eq(algo_check_digest(&rules, NID_sha1), REASON_OK);
}
END_TEST

/* An odd number of so many bits; nobody looks at its factors. */
static BIGNUM *
number(int bits)
{
	BIGNUM *n = BN_new();

	ck_assert_int_eq(BN_set_bit(n, bits - 1), 1);
	ck_assert_int_eq(BN_set_bit(n, 0), 1);
	return n;
}

/* A public key of exactly that size, made of nothing. */
static EVP_PKEY *
make_key(const char *type, const char *const names[], const int bits[])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *numbers[4] = { NULL };
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	for (size_t i = 0; names[i] != NULL; i++) {
		numbers[i] = number(bits[i]);
		ck_assert(
		    OSSL_PARAM_BLD_push_BN(builder, names[i], numbers[i]));
	}
	params = OSSL_PARAM_BLD_to_param(builder);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
			     params),
	    1);
	for (size_t i = 0; i < COUNT(numbers); i++)
		BN_free(numbers[i]);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
make_rsa(const char *type, int bits, int exponent_bits)
{
	return make_key(type,
	    (const char *const[]){ OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
		NULL },
	    (const int[]){ bits, exponent_bits });
}

static EVP_PKEY *
make_dsa(int bits)
{
	return make_key("DSA",
	    (const char *const[]){ OSSL_PKEY_PARAM_FFC_P, OSSL_PKEY_PARAM_FFC_Q,
		OSSL_PKEY_PARAM_FFC_G, OSSL_PKEY_PARAM_PUB_KEY, NULL },
	    (const int[]){ bits, 256, 8, 200 });
}

static const struct {
	const char *type;
	int bits;
	enum reason strict;
	enum reason lenient;
} keys[] = {
	{ "RSA", 1023, REASON_SHORT_KEY, REASON_SHORT_KEY },
	{ "RSA", 1024, REASON_SHORT_KEY, REASON_OK },
	{ "RSA", 2047, REASON_SHORT_KEY, REASON_OK },
	{ "RSA", 2048, REASON_OK, REASON_OK },
	{ "RSA", 4096, REASON_OK, REASON_OK },
	{ "RSA-PSS", 2047, REASON_SHORT_KEY, REASON_OK },
	{ "RSA-PSS", 2048, REASON_OK, REASON_OK },
	{ "DSA", 2048, REASON_DSA, REASON_OK },
	{ "P-192", 192, REASON_SHORT_KEY, REASON_SHORT_KEY },
	{ "P-224", 224, REASON_OK, REASON_OK },
	{ "P-256", 256, REASON_OK, REASON_OK },
	{ "P-521", 521, REASON_OK, REASON_OK },
	{ "ED25519", 256, REASON_OK, REASON_OK },
};

static EVP_PKEY *
make_any(const char *type, int bits)
{
	if (strncmp(type, "RSA", 3) == 0)
		return make_rsa(type, bits, 17);
	if (strcmp(type, "DSA") == 0)
		return make_dsa(bits);
	return pki_key(type);
}

START_TEST(judges_keys_by_the_rules)
{
	EVP_PKEY *key = make_any(keys[_i].type, keys[_i].bits);
	struct rules rules = rulesets_strict();
	struct key_facts facts;

	algo_read_key(key, &facts);
	ck_assert_msg(algo_check_key(&rules, &facts) == keys[_i].strict,
	    "%s %d, strict", keys[_i].type, keys[_i].bits);
	rules = rulesets_lenient();
	ck_assert_msg(algo_check_key(&rules, &facts) == keys[_i].lenient,
	    "%s %d, lenient", keys[_i].type, keys[_i].bits);
	EVP_PKEY_free(key);
}
END_TEST

static const struct {
	const char *type;
	int bits;
	int exponent_bits;
	bool huge;
} sizes[] = {
	{ "RSA", 2048, 17, false },
	{ "RSA", 8192, 17, false },
	{ "RSA", 8193, 17, true },
	{ "RSA", 16384, 17, true },
	{ "RSA", 2048, 1, false },
	{ "RSA", 2048, 2, false },
	{ "RSA", 2048, 33, false },
	{ "RSA", 2048, 34, true },
	{ "RSA", 2048, 2047, true },
	{ "RSA-PSS", 8192, 33, false },
	{ "RSA-PSS", 8193, 17, true },
	{ "RSA-PSS", 2048, 34, true },
	{ "DSA", 4096, 0, false },
	{ "DSA", 4097, 0, true },
	{ "P-521", 521, 0, false },
	{ "ED25519", 256, 0, false },
};

START_TEST(knows_keys_that_cost_too_much)
{
	const char *type = sizes[_i].type;
	EVP_PKEY *key = sizes[_i].exponent_bits == 0 ?
	    make_any(type, sizes[_i].bits) :
	    make_rsa(type, sizes[_i].bits, sizes[_i].exponent_bits);
	struct key_facts facts;

	leave_error();
	algo_read_key(key, &facts);
	ck_assert_msg(facts.huge == sizes[_i].huge, "%s %d %d", type,
	    sizes[_i].bits, sizes[_i].exponent_bits);
	/* With an exponent of 1, anybody can sign. */
	ck_assert((facts.kind == KEY_NONE) == (sizes[_i].exponent_bits == 1));
	expect_same_error();
	EVP_PKEY_free(key);
}
END_TEST

static TCase *
names_case(void)
{
	TCase *tcase = tcase_create("names");

	tcase_add_loop_test(tcase, reads_micalg_in_any_spelling, 0,
	    COUNT(micalgs));
	tcase_add_test(tcase, bears_absurdly_long_micalgs);
	tcase_add_test(tcase, knows_each_digest_by_name_and_nid);
	tcase_add_test(tcase, counts_on_no_digest_that_collides);
	tcase_add_test(tcase, usually_hashes_what_mail_is_signed_with);
	tcase_add_loop_test(tcase, reads_digest_algorithms, 0, COUNT(sets));
	return tcase;
}

static TCase *
rules_case(void)
{
	TCase *tcase = tcase_create("rules");

	tcase_add_loop_test(tcase, judges_digests_by_the_rules, 0,
	    COUNT(digests));
	tcase_add_test(tcase, each_digest_has_a_rule_of_its_own);
	tcase_add_loop_test(tcase, judges_keys_by_the_rules, 0, COUNT(keys));
	tcase_add_loop_test(tcase, knows_keys_that_cost_too_much, 0,
	    COUNT(sizes));
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("algo");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, names_case());
	suite_add_tcase(suite, rules_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
