/* SPDX-License-Identifier: ISC */
#include "milter/daemon/scrape.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/daemon/gauges.h"
#include "milter/daemon/metrics.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"
#include "milter/settings/listenaddr.h"

#ifdef HAVE_MICROHTTPD
#include <microhttpd.h>
#endif

static void
write_all(struct engine *engine, FILE *out)
{
	struct engine_state *state = engine_get1(engine);

	metrics_write(out);
	gauges_write(state, out);
	engine_state_unref(state);
}

/* A file that nobody can have put a link in the place of. */
static bool
write_new(const char *path, struct engine *engine)
{
	FILE *out;
	int file;

	if (unlink(path) != 0 && errno != ENOENT)
		return false;
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (file < 0)
		return false;
	/* Whoever collects it is somebody else, whatever our umask. */
	out = fchmod(file, 0644) == 0 ? fdopen(file, "w") : NULL;
	if (out == NULL) {
		close(file);
		return false;
	}
	write_all(engine, out);
	if (ferror(out) != 0) {
		fclose(out);
		return false;
	}
	return fclose(out) == 0;
}

bool
scrape_write_file(const char *path, struct engine *engine, char **error_r)
{
	char *new;
	bool good;

	if (asprintf(&new, "%s.new", path) < 0) {
		*error_r = NULL;
		return false;
	}
	good = write_new(new, engine) && rename(new, path) == 0;
	if (!good) {
		complaint_set(error_r, "metrics-file: %s: %s", path,
		    strerror(errno));
		unlink(new);
	}
	free(new);
	return good;
}

#ifdef HAVE_MICROHTTPD

/* The page, as it is handed out within one second.  For MHD's thread only. */
static struct {
	struct engine *engine; /* borrowed; set before the thread */
	char *text;	       /* owned */
	size_t len;
	uint64_t made; /* metrics_clock(); 0: never */
} page;

static bool
make_page(void)
{
	const uint64_t now = metrics_clock();
	FILE *out;
	char *text = NULL;
	size_t len;

	if (page.made != 0 && now - page.made < 1000000000)
		return true;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return false;
	write_all(page.engine, out);
	if (fclose(out) != 0) {
		free(text);
		return false;
	}
	free(page.text);
	page.text = text;
	page.len = len;
	page.made = now;
	return true;
}

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned int status, const char *type,
    const char *text, size_t len)
{
	/* MHD asks for a pointer to what it will only read, and copy. */
	union {
		const void *in;
		void *out;
	} octets = { .in = text };
	struct MHD_Response *response = MHD_create_response_from_buffer(len,
	    octets.out, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
	    "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
		    "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
explain(struct MHD_Connection *connection, unsigned int status,
    const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8", text,
	    strlen(text));
}

/* MHD says a request is there; what it has of a body is not looked at. */
static enum MHD_Result
serve(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *body, size_t *body_len,
    void **state)
{
	(void)arg;
	(void)version;
	(void)body;
	(void)body_len;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return explain(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "Only GET and HEAD.\n");
	if (strcmp(url, "/metrics") != 0)
		return explain(connection, MHD_HTTP_NOT_FOUND,
		    "The metrics are at /metrics.\n");
	if (!make_page())
		return explain(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "Out of memory.\n");
	return answer(connection, MHD_HTTP_OK,
	    "text/plain; version=0.0.4; charset=utf-8", page.text, page.len);
}

static struct MHD_Daemon *
start(const struct sockaddr_storage *endpoint)
{
	unsigned int flags = MHD_USE_AUTO_INTERNAL_THREAD;

	if (endpoint->ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(flags, 0, NULL, NULL, serve, NULL,
	    MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)endpoint,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned int)SCRAPE_CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SCRAPE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SCRAPE_REQUEST,
	    MHD_OPTION_END);
}

bool
scrape_listen(const char *text, struct engine *engine, char **error_r)
{
	struct sockaddr_storage endpoint;
	const char *why = listenaddr_read(text, &endpoint);
	struct MHD_Daemon *daemon = NULL;
	sigset_t all, before;

	if (why != NULL)
		return complaint_set(error_r, "metrics-listen: \"%s\" %s", text,
		    why);
	page.engine = engine;
	/* Signals are for libmilter's thread, and for that which reloads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = 0;
	daemon = start(&endpoint);
	if (daemon == NULL)
		complaint_set(error_r,
		    "metrics-listen: %s: cannot listen there: %s", text,
		    errno != 0 ? strerror(errno) : "no memory or thread");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (daemon != NULL && !listenaddr_is_loopback(&endpoint))
		log_line(LOG_WARNING,
		    "metrics-listen: %s can be reached from other hosts; "
		    "it has no passwords",
		    text);
	return daemon != NULL;
}

#else

bool
scrape_listen(const char *text, struct engine *engine, char **error_r)
{
	(void)engine;
	return complaint_set(error_r,
	    "metrics-listen: %s: this build has no libmicrohttpd; expected "
	    "metrics-file instead",
	    text);
}

#endif
