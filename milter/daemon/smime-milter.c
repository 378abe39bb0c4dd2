/* SPDX-License-Identifier: ISC */
/*
 * smime-milter - the daemon: options, start, reload, stop
 *
 * Order  settings, log, privileges, stores, self-test, background, socket,
 *        threads.
 *        Privileges go before the stores are read, so that they are read by
 *        who reads them again at a reload, and so that what cannot be read
 *        is told at the terminal.  libmilter allows no thread before the
 *        process is in the background.
 */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <openssl/crypto.h>

#include "milter/daemon/engine.h"
#include "milter/daemon/metrics.h"
#include "milter/daemon/mlfi.h"
#include "milter/daemon/notify.h"
#include "milter/daemon/priv.h"
#include "milter/daemon/process.h"
#include "milter/daemon/scrape.h"
#include "milter/daemon/selftest.h"
#include "milter/history/history.h"
#include "milter/log/log.h"
#include "milter/policy/anchors.h"
#include "milter/settings/endpoint.h"
#include "milter/settings/settings.h"
#include "smime/smime.h"

static const char program[] = "smime-milter";

enum { MAX_OVERRIDES = 8 };
enum { POLL_SECONDS = 2 };
enum { FEW_CONNECTIONS = 200 };

/* libmilter waits so long for the MTA; less than the MTA's own is harmful. */
enum { MTA_TIMEOUT = 7210 };

/* Postfix sends a field of up to 102400 octets in one packet. */
enum { MAX_PACKET = 1024 * 1024 };

static enum log_target log_target; /* set before any thread */

struct options {
	const char *config;
	bool foreground;
	bool check;
	bool version;
	char *set[MAX_OVERRIDES]; /* "NAME=VALUE" */
	size_t set_count;
};

static int
usage(void)
{
	fprintf(stderr,
	    "usage: %s [-flnV] [-c FILE] [-P PIDFILE] [-p SOCKET] "
	    "[-u USER[:GROUP]]\n",
	    program);
	return EX_USAGE;
}

static int
print_version(void)
{
	unsigned int major, minor, patch;

	smfi_version(&major, &minor, &patch);
	printf("%s %s\nlibmilter %u.%u.%u\n%s\n", program, PACKAGE_VERSION,
	    major, minor, patch, OpenSSL_version(OPENSSL_VERSION));
	return EX_OK;
}

static int __attribute__((format(printf, 2, 3)))
fail(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* An error is NULL when there was no memory for it. */
static const char *
or_no_memory(const char *error)
{
	return error != NULL ? error : "out of memory";
}

/* Takes over the error. */
static int
fail_with(int status, char *error)
{
	fail(status, "%s", or_no_memory(error));
	free(error);
	return status;
}

/* The command line wins over the file; of two of a kind the last one. */
static bool
set(struct options *options, const char *name, const char *value)
{
	char *text;

	if (options->set_count == MAX_OVERRIDES)
		return false;
	if (asprintf(&text, "%s=%s", name, value) < 0)
		return false;
	options->set[options->set_count++] = text;
	return true;
}

static bool
read_option(struct options *options, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		options->config = value;
		return true;
	case 'f':
		options->foreground = true;
		return true;
	case 'l':
		return set(options, "log", "stderr");
	case 'n':
		options->check = true;
		return true;
	case 'P':
		return set(options, "pid-file", value);
	case 'p':
		return set(options, "socket", value);
	case 'u':
		return set(options, "user", value);
	case 'V':
		options->version = true;
		return true;
	default:
		return false;
	}
}

static bool
read_options(struct options *options, int argc, char **argv)
{
	int letter;

	options->config = settings_default_path();
	while ((letter = getopt(argc, argv, "c:flnP:p:u:V")) != -1) {
		if (!read_option(options, letter, optarg))
			return false;
	}
	return optind == argc;
}

/* Where lines go is settled at start: in the background there is no stderr. */
static void
open_log(const struct settings *settings)
{
	log_open(program, log_target, settings->log_level,
	    settings->syslog_facility);
}

/* A reload that cannot have the history goes on with what there is. */
static void
open_history(const struct settings *settings)
{
	char *error;

	if (!history_open(settings, &error))
		log_line(LOG_ERR, "%s",
		    error != NULL ? error : "history: out of memory");
	free(error);
}

static int
print_check(const char *path, struct engine *engine)
{
	struct engine_state *state = engine_get1(engine);
	const struct settings *settings = state->settings;
	char counts[400];

	anchors_describe(state->trust, counts, sizeof(counts));
	printf("%s: ok\nself-test: ok\nauthserv-id: %s\nmode: %s\n%s\n", path,
	    settings->authserv_id[0] != '\0' ? settings->authserv_id :
					       "the MTA's own name (macro j)",
	    trust_mode_word(settings->mode), counts);
	engine_state_unref(state);
	return EX_OK;
}

static void
reload(struct engine *engine)
{
	struct engine_state *state;

	notify_reloading();
	if (engine_reload(engine)) {
		state = engine_get1(engine);
		open_log(state->settings);
		open_history(state->settings);
		engine_state_unref(state);
	}
	notify_ready();
}

/* What goes wrong again and again is said once. */
static void
write_metrics(const char *path, struct engine *engine)
{
	static bool failing;
	char *error = NULL;
	bool good = scrape_write_file(path, engine, &error);

	if (!good && !failing)
		log_line(LOG_WARNING, "%s", or_no_memory(error));
	failing = !good;
	free(error);
}

/* *due is when, by metrics_clock(). */
static void
write_metrics_if_due(struct engine *engine, uint64_t *due)
{
	struct engine_state *state = engine_get1(engine);
	const struct settings *settings = state->settings;
	const uint64_t now = metrics_clock();

	if (settings->metrics_file[0] != '\0' && now >= *due) {
		*due = now + settings->metrics_interval * 1000000000;
		write_metrics(settings->metrics_file, engine);
	}
	engine_state_unref(state);
}

static void
warn_of_files(void)
{
	static bool warned;
	bool out = process_out_of_files();

	if (out && !warned)
		log_line(LOG_WARNING,
		    "out of open files: connections wait until others end; "
		    "raise the hard limit");
	else if (!out && warned)
		log_line(LOG_INFO, "there are open files again");
	warned = out;
}

/*
 * Reloads on demand, and when a file has changed, warns each day of what
 * expires, and writes metrics now and then.
 */
static void *
watch(void *arg)
{
	struct engine *engine = arg;
	const struct timespec wait = { .tv_sec = POLL_SECONDS };
	uint64_t due = 0;
	sigset_t asked;

	sigemptyset(&asked);
	sigaddset(&asked, SIGUSR1);
	for (;;) {
		if (sigtimedwait(&asked, NULL, &wait) == SIGUSR1)
			reload(engine);
		else
			engine_poll(engine);
		engine_remind(engine, time(NULL));
		write_metrics_if_due(engine, &due);
		warn_of_files();
	}
	return NULL;
}

/* Does what judges mail still judge as it should? */
static bool
still_judges(struct engine *engine)
{
	struct engine_state *state = engine_get1(engine);
	char *error = NULL;
	bool good = selftest_run(state->libctx, &error);

	engine_state_unref(state);
	if (!good)
		log_line(LOG_ERR, "%s", or_no_memory(error));
	free(error);
	return good;
}

/*
 * Tell systemd that we live, as long as messages are judged as they should
 * be.  If the judging hangs, or goes wrong, systemd starts us anew.
 */
static void *
stay_alive(void *arg)
{
	const unsigned int limit = notify_watchdog_interval();
	const struct timespec wait = {
		.tv_sec = (time_t)(limit / 1000),
		.tv_nsec = (long)(limit % 1000) * 1000000,
	};

	for (;;) {
		if (still_judges(arg))
			notify_watchdog();
		nanosleep(&wait, NULL);
	}
	return NULL;
}

/*
 * libmilter's thread waits for TERM, HUP and INT, which would end the process
 * at once if ours could get them.
 */
static bool
start_thread(void *(*run_thread)(void *arg), struct engine *engine)
{
	pthread_t thread;
	sigset_t all, before;
	bool good;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	good = pthread_create(&thread, NULL, run_thread, engine) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (good)
		pthread_detach(thread);
	return good;
}

/* From now on SIGUSR1 waits for watch(); by default it would end us. */
static void
hold_reload_signal(void)
{
	sigset_t reload_signal;

	sigemptyset(&reload_signal);
	sigaddset(&reload_signal, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &reload_signal, NULL);
}

static bool
is_tcp(const char *socket)
{
	struct endpoint endpoint;

	return endpoint_read_sendmail(socket, &endpoint) && !endpoint.is_unix;
}

static bool
open_socket(const struct settings *settings, struct engine *engine,
    size_t connections)
{
	mode_t before = umask(0777 & ~settings->socket_mode);
	bool good = smfi_setconn(settings->socket) == MI_SUCCESS &&
	    mlfi_register(engine, connections, is_tcp(settings->socket)) &&
	    smfi_settimeout(MTA_TIMEOUT) == MI_SUCCESS;

	smfi_setmaxdatasize(MAX_PACKET);
	/* The path is ours by now, and whoever took it since keeps it. */
	good = good && smfi_opensocket(false) == MI_SUCCESS;
	umask(before);
	if (good)
		process_hurry_listeners();
	return good;
}

/* First of all: a second instance must not touch what the first one has. */
static int
claim_files(const struct settings *settings)
{
	char *error = NULL;

	if (settings->pid_file[0] != '\0' &&
	    !process_write_pid(settings->pid_file, &error))
		return fail_with(EX_CANTCREAT, error);
	if (!process_claim_socket(settings->socket, &error))
		return fail_with(EX_UNAVAILABLE, error);
	return EX_OK;
}

/* All that must be there before we say that we are. */
static int
prepare(const struct settings *settings, struct engine *engine,
    size_t connections)
{
	char *error = NULL;
	int status = claim_files(settings);

	if (status != EX_OK)
		return status;
	if (!open_socket(settings, engine, connections))
		return fail(EX_UNAVAILABLE,
		    "socket: %s: cannot listen there (libmilter has "
		    "logged why)",
		    settings->socket);
	if (!process_give_socket(settings->socket, settings->socket_group,
		&error))
		return fail_with(EX_UNAVAILABLE, error);
	if (settings->metrics_listen[0] != '\0' &&
	    !scrape_listen(settings->metrics_listen, engine, &error))
		return fail_with(EX_UNAVAILABLE, error);
	if (!start_thread(watch, engine) ||
	    (notify_watchdog_interval() > 0 &&
		!start_thread(stay_alive, engine)))
		return fail(EX_OSERR, "cannot start a thread");
	return EX_OK;
}

/* Postfix alone has up to 100 connections as it comes. */
static void
log_files(size_t files, size_t connections)
{
	if (connections < FEW_CONNECTIONS)
		log_line(LOG_WARNING,
		    "open files: %zu, so that no more than %zu connections "
		    "fit; raise the hard limit (LimitNOFILE in the unit, "
		    "ulimit -Hn in a shell)",
		    files, connections);
	else
		log_line(LOG_INFO,
		    "open files: %zu, so that %zu connections fit", files,
		    connections);
}

static void
log_ready(const struct settings *settings, struct engine *engine)
{
	struct engine_state *state = engine_get1(engine);
	char counts[400];

	anchors_describe(state->trust, counts, sizeof(counts));
	engine_state_unref(state);
	log_line(LOG_INFO, "ready: socket %s, mode %s, %s", settings->socket,
	    trust_mode_word(settings->mode), counts);
}

/* Serve until a signal ends it. */
static int
run(const struct options *options, const struct settings *settings,
    struct engine *engine)
{
	const size_t files = process_raise_files();
	const size_t connections = process_connections(files);
	char *error = NULL;
	int parent = -1;
	int status;

	if (!options->foreground) {
		parent = process_detach();
		if (parent < 0)
			return fail(EX_OSERR, "cannot fork");
	}
	status = prepare(settings, engine, connections);
	if (status != EX_OK)
		return status;
	if (!history_open(settings, &error))
		return fail_with(EX_CONFIG, error);
	if (parent >= 0)
		process_ready(parent,
		    settings->log == LOG_TARGET_STDERR ||
			settings->log == LOG_TARGET_JSON);
	log_files(files, connections);
	log_ready(settings, engine);
	notify_ready();
	status = smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
	notify_stopping();
	log_line(LOG_INFO, "stopped");
	if (settings->pid_file[0] != '\0')
		unlink(settings->pid_file);
	/* Sessions may still run, and what they use must stay. */
	_exit(status);
}

static int
check(const struct options *options, struct engine *engine)
{
	int status = print_check(options->config, engine);

	engine_free(engine);
	return status;
}

/* Judge mail whose verdict is known: no other may be judged before. */
static int
test_self(struct engine *engine)
{
	struct engine_state *state = engine_get1(engine);
	char *error = NULL;
	bool good = selftest_run(state->libctx, &error);

	engine_state_unref(state);
	return good ? EX_OK : fail_with(EX_SOFTWARE, error);
}

/* Read everything there is to read, as the user who is to serve. */
static int
start(const struct options *options, const struct settings *settings,
    const struct overrides *overrides)
{
	struct engine *engine;
	char *error = NULL;
	int status;

	log_target = options->check ? LOG_TARGET_STDERR : settings->log;
	open_log(settings);
	/* A check may be run by anybody, as who they are. */
	if ((!options->check || geteuid() == 0) &&
	    !priv_drop(settings->user, &error))
		return fail_with(EX_CONFIG, error);
	engine = engine_new(options->config, overrides, &error);
	if (engine == NULL)
		return fail_with(EX_CONFIG, error);
	status = test_self(engine);
	if (status != EX_OK)
		return status;
	engine_remind(engine, time(NULL));
	return options->check ? check(options, engine) :
				run(options, settings, engine);
}

int
main(int argc, char **argv)
{
	/* Read again at each reload, also while main() returns. */
	static struct options options;
	static struct overrides overrides;
	struct settings *settings;
	char *error = NULL;
	int status;

	if (!read_options(&options, argc, argv))
		return usage();
	if (options.version)
		return print_version();
	smime_init();
	/* Threads outlive main(); openssl.cnf must not alter what is safe. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT |
		OPENSSL_INIT_NO_LOAD_CONFIG,
	    NULL);
	hold_reload_signal();
	overrides.list = (const char *const *)options.set;
	overrides.count = options.set_count;
	settings = settings_load(options.config, &overrides, &error);
	if (settings == NULL)
		return fail_with(EX_CONFIG, error);
	status = start(&options, settings, &overrides);
	settings_unref(settings);
	return status;
}
