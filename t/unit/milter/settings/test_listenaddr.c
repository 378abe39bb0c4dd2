/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "milter/settings/listenaddr.h"

static const struct {
	const char *text;
	const char *address;
	int port;
	bool loopback;
} good[] = {
	{ "9464", "127.0.0.1", 9464, true },
	{ "1", "127.0.0.1", 1, true },
	{ "65535", "127.0.0.1", 65535, true },
	{ "127.0.0.2:80", "127.0.0.2", 80, true },
	{ "192.0.2.1:9464", "192.0.2.1", 9464, false },
	{ "0.0.0.0:9464", "0.0.0.0", 9464, false },
	{ "[::1]:9464", "::1", 9464, true },
	{ "[::]:9464", "::", 9464, false },
	{ "[2001:db8::1]:9464", "2001:db8::1", 9464, false },
};

START_TEST(reads_an_address_and_a_port)
{
	struct sockaddr_storage endpoint;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	char address[INET6_ADDRSTRLEN];
	int port;

	ck_assert_ptr_null(listenaddr_read(good[_i].text, &endpoint));
	if (endpoint.ss_family == AF_INET) {
		memcpy(&v4, &endpoint, sizeof(v4));
		inet_ntop(AF_INET, &v4.sin_addr, address, sizeof(address));
		port = ntohs(v4.sin_port);
	} else {
		ck_assert_int_eq(endpoint.ss_family, AF_INET6);
		memcpy(&v6, &endpoint, sizeof(v6));
		inet_ntop(AF_INET6, &v6.sin6_addr, address, sizeof(address));
		port = ntohs(v6.sin6_port);
	}
	ck_assert_str_eq(address, good[_i].address);
	ck_assert_int_eq(port, good[_i].port);
	ck_assert_int_eq(listenaddr_is_loopback(&endpoint), good[_i].loopback);
}
END_TEST

static const char *const bad[] = { "", "0", "65536", "100000", "-1", "94x",
	"x:80", ":80", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
	"127.0.0.1:65536", "127.0.0.256:80", "::1", "::1:80", "[::1]",
	"[::1]:", "[::1]80", "[]:80", "[:80", "[127.0.0.1]:80", "[::1%lo]:80",
	"[::ffff:255.255.255.255:1111:2222:3333:4444:5555]:80", "9464 ",
	"1111.1111.1111.1111:80" };

START_TEST(refuses_all_else)
{
	struct sockaddr_storage endpoint = { .ss_family = AF_UNIX };

	ck_assert_ptr_nonnull(listenaddr_read(bad[_i], &endpoint));
	ck_assert_int_eq(endpoint.ss_family, AF_UNIX); /* untouched */
}
END_TEST

/* No octet beyond the text is read: each has a block of its own. */
START_TEST(reads_nothing_beyond_a_truncation)
{
	static const char text[] = "[2001:db8::1]:9464";
	struct sockaddr_storage endpoint;

	for (size_t len = 0; len < sizeof(text); len++) {
		char *cut = strndup(text, len);

		/* Whole ports remain from "...:9" on. */
		ck_assert_int_eq(listenaddr_read(cut, &endpoint) == NULL,
		    len > strlen("[2001:db8::1]:"));
		free(cut);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listenaddr");
	TCase *tcase = tcase_create("listenaddr");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, reads_an_address_and_a_port, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tcase, refuses_all_else, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, reads_nothing_beyond_a_truncation);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
