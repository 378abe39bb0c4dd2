/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "milter/settings/network.h"

static struct sockaddr_storage
peer(const char *text)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&storage, &v4, sizeof(v4));
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		memcpy(&storage, &v6, sizeof(v6));
	}
	return storage;
}

static const struct {
	const char *network;
	const char *peer;
	bool inside;
} pairs[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.0", false },
	{ "192.0.2.1/32", "192.0.2.1", true },
	{ "192.0.2.0/24", "192.0.2.0", true },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.0/24", "192.0.1.255", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.4/31", "192.0.2.5", true },
	{ "192.0.2.4/31", "192.0.2.6", false },
	{ "0.0.0.0/0", "255.255.255.255", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
	{ "10.0.0.0/8", "::ffff:11.1.2.3", false },
	{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
	{ "::ffff:10.0.0.0/104", "11.1.2.3", false },
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/32", "2001:db9::1", false },
	{ "2001:db8::/33", "2001:db8:8000::", false },
	{ "2001:db8::1", "2001:db8::1", true },
	{ "2001:db8::1", "2001:db8::2", false },
	{ "10.0.0.0/8", "a00::", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "192.0.2.1", true },
};

START_TEST(tells_who_is_inside)
{
	struct sockaddr_storage from = peer(pairs[_i].peer);
	struct network network;

	ck_assert_ptr_null(network_read(pairs[_i].network, &network));
	ck_assert_msg(network_has(&network, (struct sockaddr *)&from) ==
		pairs[_i].inside,
	    "%s in %s", pairs[_i].peer, pairs[_i].network);
}
END_TEST

START_TEST(has_nobody_without_an_address)
{
	struct sockaddr local = { .sa_family = AF_UNIX };
	struct network network;

	ck_assert_ptr_null(network_read("::/0", &network));
	ck_assert(!network_has(&network, NULL));
	ck_assert(!network_has(&network, &local));
}
END_TEST

static const struct {
	const char *text;
	const char *why;
} bad[] = {
	{ "", "is not an address" },
	{ "/8", "is not an address" },
	{ "example.org", "is not an address" },
	{ "192.0.2", "is not an address" },
	{ "192.0.2.256", "is not an address" },
	{ "192.0.2.1 ", "is not an address" },
	{ "[::1]", "is not an address" },
	{ "::1%lo", "is not an address" },
	{ "0000:0000:0000:0000:0000:ffff:255.255.255.2555",
	    "is not an address" },
	{ "192.0.2.0/", "has a prefix that is not a number" },
	{ "192.0.2.0/x", "has a prefix that is not a number" },
	{ "192.0.2.0/+8", "has a prefix that is not a number" },
	{ "192.0.2.0/24/8", "has a prefix that is not a number" },
	{ "192.0.2.0/0024", "has a prefix that is not a number" },
	{ "192.0.2.0/33", "has a prefix longer than its address" },
	{ "2001:db8::/129", "has a prefix longer than its address" },
	{ "192.0.2.1/24", "has bits set beyond its prefix" },
	{ "192.0.2.1/31", "has bits set beyond its prefix" },
	{ "10.0.0.0/6", "has bits set beyond its prefix" },
	{ "2001:db8::1/64", "has bits set beyond its prefix" },
	{ "::ffff:192.0.2.1/120", "has bits set beyond its prefix" },
};

START_TEST(refuses_what_is_no_network)
{
	struct network network = { .prefix = 77 };
	const char *why = network_read(bad[_i].text, &network);

	ck_assert_msg(why != NULL, "%s", bad[_i].text);
	ck_assert_str_eq(why, bad[_i].why);
	ck_assert_uint_eq(network.prefix, 77);
}
END_TEST

static const struct {
	const char *network;
	bool wide;
} widths[] = {
	{ "0.0.0.0/0", true },
	{ "128.0.0.0/1", true },
	{ "10.0.0.0/7", true },
	{ "10.0.0.0/8", false },
	{ "192.0.2.1", false },
	{ "::/0", true },
	{ "::ffff:0:0/96", true },
	{ "2000::/3", true },
	{ "fc00::/6", true },
	{ "fc00::/7", false },
	{ "::1", false },
};

START_TEST(knows_what_is_too_wide)
{
	struct network network;

	ck_assert_ptr_null(network_read(widths[_i].network, &network));
	ck_assert_msg(network_is_wide(&network) == widths[_i].wide, "%s",
	    widths[_i].network);
}
END_TEST

START_TEST(writes_an_address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	char out[INET6_ADDRSTRLEN];

	ck_assert_str_eq(network_write((struct sockaddr *)&v4, out),
	    "192.0.2.1");
	ck_assert_str_eq(network_write((struct sockaddr *)&v6, out), "::1");
	ck_assert_ptr_null(network_write(&none, out));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("network");
	TCase *tcase = tcase_create("network");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, tells_who_is_inside, 0,
	    sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tcase, has_nobody_without_an_address);
	tcase_add_loop_test(tcase, refuses_what_is_no_network, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tcase, knows_what_is_too_wide, 0,
	    sizeof(widths) / sizeof(widths[0]));
	tcase_add_test(tcase, writes_an_address);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
