/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/collection/reach.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const reachable[] = {
	"http://crl.example.org/a.crl",
	"HTTP://CRL.EXAMPLE.ORG/A%20B.crl",
	"https://example.org:8443/",
	"http://example.org./a.crl",
	"http://user@example.org/a.crl",
	"http://8.8.8.8/a.crl",
	"http://[2a00:1450::1]/a.crl",
	"http://172.15.255.255/",
	"http://172.32.0.0/",
	"http://100.63.255.255/",
	"http://local.example.org/",
};

static const struct {
	const char *url;
	const char *why; /* part of it */
} unreachable[] = {
	{ "", "no URL" },
	{ "nonsense", "no URL" },
	{ "//crl.example.org/a.crl", "no URL" },
	{ "http:", "names no host" },
	{ "http:///a.crl", "names no host" },
	{ "http://./a.crl", "names no host" },
	{ "ldap:///CN=CA,CN=CDP?certificateRevocationList", "directory" },
	{ "ldap://dc1.example.org/CN=CA", "directory" },
	{ "LDAPS://dc1.example.org/CN=CA", "directory" },
	{ "file://pki.example.org/share/a.crl", "file" },
	{ "file:///etc/a.crl", "file" },
	{ "ftp://crl.example.org/a.crl", "not fetched by http" },
	{ "http://pki/a.crl", "without a dot" },
	{ "http://pki./a.crl", "without a dot" },
	{ "http://localhost/a.crl", "without a dot" },
	{ "http://2130706433/", "without a dot" },
	{ "http://pki.corp.local/a.crl", "inside only" },
	{ "http://pki.corp.LOCAL./a.crl", "inside only" },
	{ "http://pki.contoso.internal/a.crl", "inside only" },
	{ "http://router.home.arpa/a.crl", "inside only" },
	{ "http://127.0.0.1/a.crl", "private" },
	{ "http://10.255.255.255/", "private" },
	{ "http://172.16.0.0/", "private" },
	{ "http://172.31.255.255/", "private" },
	{ "http://192.168.1.1:8080/", "private" },
	{ "http://169.254.1.1/", "private" },
	{ "http://100.64.0.0/", "private" },
	{ "http://[::1]/a.crl", "private" },
	{ "http://[fd12::1]/a.crl", "private" },
	{ "http://[fe80::1]/a.crl", "private" },
	{ "http://[::ffff:10.0.0.1]/a.crl", "private" },
};

START_TEST(lets_public_addresses_pass)
{
	const char *why = reach_obstacle(reachable[_i]);

	ck_assert_msg(why == NULL, "%s %s", reachable[_i], why);
}
END_TEST

START_TEST(says_what_is_in_the_way)
{
	const char *why = reach_obstacle(unreachable[_i].url);

	ck_assert_msg(why != NULL, "%s", unreachable[_i].url);
	ck_assert_msg(strstr(why, unreachable[_i].why) != NULL, "%s %s",
	    unreachable[_i].url, why);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tcase = tcase_create("reach");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, lets_public_addresses_pass, 0,
	    COUNT(reachable));
	tcase_add_loop_test(tcase, says_what_is_in_the_way, 0,
	    COUNT(unreachable));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
