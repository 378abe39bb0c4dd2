/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "milter/daemon/metrics.h"
#include "milter/daemon/scrape.h"
#include "t/lib/scratch.h"

static struct engine *engine;
static const struct overrides no_overrides = { NULL, 0 };

static void
begin(void)
{
	char *path, *error = NULL;

	scratch_begin();
	path = scratch_path("conf");
	scratch_write("conf", "local-store = \"none\"\nmode = \"local\"\n");
	engine = engine_new(path, &no_overrides, &error);
	ck_assert_msg(engine != NULL, "%s", error);
	free(path);
}

static void
end(void)
{
	scratch_end(); /* the page's thread may still hold the engine */
}

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 100000);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(text, 1, 99999, file), 99999);
	fclose(file);
	return text;
}

START_TEST(writes_a_file_that_all_can_read)
{
	char *path = scratch_path("metrics.prom");
	char *new = scratch_path("metrics.prom.new");
	char *error = NULL;
	struct stat found;
	char *text;

	umask(077);
	for (int i = 0; i < 2; i++)
		ck_assert(scrape_write_file(path, engine, &error));
	text = read_file(path);
	ck_assert_ptr_nonnull(strstr(text, "smime_milter_connections 0\n"));
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	ck_assert_int_eq(stat(path, &found), 0);
	ck_assert_uint_eq(found.st_mode & 0777, 0644);
	ck_assert_int_ne(access(new, F_OK), 0);
	free(text);
	free(new);
	free(path);
}
END_TEST

START_TEST(writes_through_no_link)
{
	char *path = scratch_path("metrics.prom");
	char *new = scratch_path("metrics.prom.new");
	char *target = scratch_path("target");
	char *error = NULL;
	struct stat found;
	char *text;

	scratch_write("target", "precious");
	ck_assert_int_eq(symlink(target, new), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert(scrape_write_file(path, engine, &error));
	ck_assert_int_eq(lstat(path, &found), 0);
	ck_assert(S_ISREG(found.st_mode));
	text = read_file(target);
	ck_assert_str_eq(text, "precious");
	free(text);
	free(target);
	free(new);
	free(path);
}
END_TEST

START_TEST(says_why_it_cannot_write)
{
	char *path = scratch_path("no/such/folder");
	char *error = NULL;

	ck_assert(!scrape_write_file(path, engine, &error));
	ck_assert_ptr_nonnull(strstr(error, "metrics-file: "));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
	free(error);
	free(path);
}
END_TEST

#ifdef HAVE_MICROHTTPD

static int port;

/* A connection to the page. */
static int
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const struct timeval patience = { .tv_sec = 20 };
	int file = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ck_assert_int_eq(connect(file, (struct sockaddr *)&to, sizeof(to)), 0);
	return file;
}

/* What comes back until it is closed; "" when nothing does. */
static const char *
reply(int file)
{
	static char text[100000];
	size_t len = 0;
	ssize_t got;

	while ((got = recv(file, text + len, sizeof(text) - 1 - len, 0)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(file);
	return text;
}

static const char *
ask_octets(const void *request, size_t len)
{
	int file = dial();

	send(file, request, len, MSG_NOSIGNAL);
	shutdown(file, SHUT_WR);
	return reply(file);
}

static const char *
ask(const char *request)
{
	return ask_octets(request, strlen(request));
}

/* On a port that is free. */
static void
listen_somewhere(void)
{
	char text[20];
	char *error = NULL;
	bool good = false;

	for (port = 20000 + getpid() % 10000; !good; port++) {
		snprintf(text, sizeof(text), "%d", port);
		good = scrape_listen(text, engine, &error);
		ck_assert_msg(good || strstr(error, "cannot listen") != NULL,
		    "%s", error);
		free(error);
		error = NULL;
		if (good)
			break;
	}
}

#define HOST "Host: localhost\r\nConnection: close\r\n\r\n"

static const struct {
	const char *name;
	const char *request;
	const char *want;
} requests[] = {
	{ "GET", "GET /metrics HTTP/1.1\r\n" HOST, "HTTP/1.1 200 " },
	{ "HTTP/1.0", "GET /metrics HTTP/1.0\r\n\r\n", " 200 OK" },
	{ "query", "GET /metrics?x=y HTTP/1.1\r\n" HOST, "HTTP/1.1 200 " },
	{ "HEAD", "HEAD /metrics HTTP/1.1\r\n" HOST, "HTTP/1.1 200 " },
	{ "other", "GET / HTTP/1.1\r\n" HOST, "HTTP/1.1 404 " },
	{ "below", "GET /metrics/ HTTP/1.1\r\n" HOST, "HTTP/1.1 404 " },
	{ "above", "GET /../etc/passwd HTTP/1.1\r\n" HOST, "HTTP/1.1 404 " },
	{ "DELETE", "DELETE /metrics HTTP/1.1\r\n" HOST, "HTTP/1.1 405 " },
	{ "lower case", "get /metrics HTTP/1.1\r\n" HOST, "HTTP/1.1 405 " },
	{ "POST",
	    "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
	    "Connection: close\r\n\r\na=b",
	    "HTTP/1.1 405 " },
};

START_TEST(answers_get_and_head_on_one_path)
{
	const char *text;

	listen_somewhere();
	metrics_opened();
	text = ask(requests[_i].request);
	ck_assert_msg(strstr(text, requests[_i].want) != NULL, "%s: %s",
	    requests[_i].name, text);
	ck_assert_int_eq(strstr(text, "smime_milter_connections 1\n") != NULL,
	    strstr(text, " 200 ") != NULL && requests[_i].request[0] == 'G');
}
END_TEST

/* Whatever it does with them, it serves those who come later. */
START_TEST(survives_garbage)
{
	uint8_t octets[SCRAPE_REQUEST * 4];
	char *name;

	listen_somewhere();
	srandom(1);
	for (int turn = 0; turn < 20; turn++) {
		for (size_t i = 0; i < sizeof(octets); i++)
			octets[i] = (uint8_t)random();
		ask_octets(octets, (size_t)random() % sizeof(octets));
	}
	/* A header larger than may be. */
	name = malloc(SCRAPE_REQUEST * 2);
	memset(name, 'a', SCRAPE_REQUEST * 2);
	memcpy(name, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-",
	    strlen("GET /metrics HTTP/1.1\r\nHost: a\r\nX-"));
	ck_assert_ptr_null(
	    strstr(ask_octets(name, SCRAPE_REQUEST * 2), " 200 "));
	free(name);
	ck_assert_ptr_nonnull(strstr(ask(requests[0].request), " 200 "));
}
END_TEST

START_TEST(takes_no_more_connections_than_fit_and_lets_go_of_idle_ones)
{
	int idle[SCRAPE_CONNECTIONS], more;
	struct pollfd answered = { .events = POLLIN };

	listen_somewhere();
	for (int i = 0; i < SCRAPE_CONNECTIONS; i++) {
		idle[i] = dial();
		send(idle[i], "GET /met", 8, MSG_NOSIGNAL);
	}
	sleep(1);
	/* One more has to wait, or is closed, until the idle ones are gone. */
	more = answered.fd = dial();
	send(more, requests[0].request, strlen(requests[0].request),
	    MSG_NOSIGNAL);
	shutdown(more, SHUT_WR);
	ck_assert(poll(&answered, 1, 1000) == 0 ||
	    strstr(reply(more), " 200 ") == NULL);
	sleep(SCRAPE_SECONDS + 2);
	ck_assert_ptr_nonnull(strstr(ask(requests[0].request), " 200 "));
	for (int i = 0; i < SCRAPE_CONNECTIONS; i++)
		ck_assert_ptr_null(strstr(reply(idle[i]), " 200 "));
}
END_TEST

START_TEST(says_why_it_cannot_listen)
{
	char text[20];
	char *error = NULL;

	listen_somewhere();
	snprintf(text, sizeof(text), "192.0.2.1:%d", port);
	ck_assert(!scrape_listen(text, engine, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, "cannot listen there") != NULL, "%s",
	    error);
	free(error);

	snprintf(text, sizeof(text), "127.0.0.1:%d", port);
	ck_assert(!scrape_listen(text, engine, &error));
	ck_assert_msg(strstr(error, "in use") != NULL, "%s", error);
	free(error);
}
END_TEST

static void
add_page(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, answers_get_and_head_on_one_path, 0,
	    sizeof(requests) / sizeof(requests[0]));
	tcase_add_test(tcase, survives_garbage);
	tcase_add_test(tcase,
	    takes_no_more_connections_than_fit_and_lets_go_of_idle_ones);
	tcase_add_test(tcase, says_why_it_cannot_listen);
}

#else

START_TEST(refuses_to_listen_without_the_library)
{
	char *error = NULL;

	ck_assert(!scrape_listen("9464", engine, &error));
	ck_assert_ptr_nonnull(strstr(error, "no libmicrohttpd"));
	free(error);
}
END_TEST

static void
add_page(TCase *tcase)
{
	tcase_add_test(tcase, refuses_to_listen_without_the_library);
}

#endif

int
main(void)
{
	Suite *suite = suite_create("scrape");
	TCase *tcase = tcase_create("scrape");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, writes_a_file_that_all_can_read);
	tcase_add_test(tcase, writes_through_no_link);
	tcase_add_test(tcase, says_why_it_cannot_write);
	add_page(tcase);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
