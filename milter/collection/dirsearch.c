/* SPDX-License-Identifier: ISC */
#include "milter/collection/dirsearch.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <time.h>

#include <ldap.h>
#include <sasl/sasl.h>

/* A search under way. */
struct run {
	const struct dirsearch *search;	   /* borrowed */
	const struct dirsearch_sink *sink; /* borrowed */
	void *arg;
	struct dirsearch_counts counts;
	size_t entries;
	time_t deadline; /* of the monotonic clock */
	LDAP *ld;	 /* owned */
	bool bound;	 /* the server has answered, and knows us */
	char *error;	 /* owned */
};

static time_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Seconds that are left of all of them, one at least. */
static int
seconds_left(const struct run *run)
{
	time_t left = run->deadline - clock_now();

	return left > 0 ? (int)left : 1;
}

__attribute__((format(printf, 2, 3))) static bool
fail(struct run *run, const char *format, ...)
{
	char *text;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return false;
	free(run->error);
	if (asprintf(&run->error, "%s: %s", run->search->uri, text) < 0)
		run->error = NULL;
	free(text);
	return false;
}

bool
dirsearch_is_tls(const struct dirsearch *search)
{
	return search->starttls || strncasecmp(search->uri, "ldaps:", 6) == 0;
}

/* What the server says may be anything; what the library says, nothing. */
static bool
tidy(char *words)
{
	if (words == NULL || words[0] == '\0' ||
	    strcmp(words, "(unknown error code)") == 0)
		return false;
	for (char *c = words; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	return true;
}

/* The library's words for a result, and then the server's own. */
static bool
fail_result(struct run *run, const char *doing, int result)
{
	char *words = NULL;
	bool more, no_tls;

	ldap_get_option(run->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words);
	more = tidy(words);
	/* It does not tell what is wrong with a certificate. */
	no_tls = dirsearch_is_tls(run->search) && !run->bound &&
	    (result == LDAP_SERVER_DOWN || result == LDAP_CONNECT_ERROR);
	fail(run, "%s: %s%s%s%s%s%s", doing, ldap_err2string(result),
	    more ? " (" : "", more ? words : "", more ? ")" : "",
	    no_tls ? "; if a server is there, its certificate is for another"
		     " host, or nobody vouches for it in " :
		     "",
	    no_tls ? run->search->ca : "");
	ldap_memfree(words);
	return false;
}

static bool
is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (host == NULL)
		return false;
	if (inet_pton(AF_INET, host, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return strcasecmp(host, "localhost") == 0;
}

bool
dirsearch_is_private(const struct dirsearch *search)
{
	LDAPURLDesc *url;
	bool is = dirsearch_is_tls(search) ||
	    strncasecmp(search->uri, "ldapi:", 6) == 0;

	if (!is && ldap_url_parse(search->uri, &url) == LDAP_URL_SUCCESS) {
		is = is_loopback(url->lud_host);
		ldap_free_urldesc(url);
	}
	return is;
}

/* NULL, or what is wrong with the address alone. */
static const char *
check_uri(const struct dirsearch *search)
{
	LDAPURLDesc *url;
	bool good;

	if (strchr(search->uri, ' ') != NULL ||
	    ldap_url_parse(search->uri, &url) != LDAP_URL_SUCCESS)
		return "not the address of a directory; expected one of"
		       " ldap://HOST, ldaps://HOST, ldapi://%2FPATH";
	good = url->lud_next == NULL && url->lud_attrs == NULL &&
	    (url->lud_dn == NULL || url->lud_dn[0] == '\0') &&
	    url->lud_exts == NULL &&
	    (strcasecmp(url->lud_scheme, "ldap") == 0 ||
		strcasecmp(url->lud_scheme, "ldaps") == 0 ||
		strcasecmp(url->lud_scheme, "ldapi") == 0);
	ldap_free_urldesc(url);
	if (!good)
		return "the address of a directory says more than scheme, host"
		       " and port; expected the rest as --base, --filter and"
		       " --scope";
	return NULL;
}

const char *
dirsearch_check(const struct dirsearch *search)
{
	const char *wrong = check_uri(search);

	if (wrong != NULL)
		return wrong;
	if (search->starttls && strncasecmp(search->uri, "ldap:", 5) != 0)
		return "--starttls is for ldap://; ldaps:// begins with TLS,"
		       " and ldapi:// has no need of it";
	if (search->bind_dn != NULL && search->mechanism != NULL)
		return "--bind-dn is for a simple bind; with --sasl, the"
		       " mechanism knows who we are";
	if ((search->bind_dn == NULL) != (search->password == NULL))
		return "--bind-dn and --password-file go together";
	if (search->password != NULL && !dirsearch_is_private(search))
		return "the password would cross the network in clear text;"
		       " use ldaps:// or --starttls";
	if ((search->cert == NULL) != (search->key == NULL))
		return "--cert and --key go together";
	return NULL;
}

/* Options one by one; the first that fails is named. */
static bool
set_option(struct run *run, int option, const void *value, const char *what)
{
	if (ldap_set_option(run->ld, option, value) == LDAP_OPT_SUCCESS)
		return true;
	return fail(run, "%s: the LDAP library refuses it", what);
}

static bool
set_tls(struct run *run)
{
	const struct dirsearch *search = run->search;
	static const int demand = LDAP_OPT_X_TLS_DEMAND;
	static const int version = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
	static const int client = 0;

	if (!dirsearch_is_tls(search))
		return true;
	return set_option(run, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand,
		   "certificate check") &&
	    set_option(run, LDAP_OPT_X_TLS_PROTOCOL_MIN, &version, "TLS 1.2") &&
	    set_option(run, LDAP_OPT_X_TLS_CACERTFILE, search->ca, "--ca") &&
	    (search->cert == NULL ||
		(set_option(run, LDAP_OPT_X_TLS_CERTFILE, search->cert,
		     "--cert") &&
		    set_option(run, LDAP_OPT_X_TLS_KEYFILE, search->key,
			"--key"))) &&
	    (set_option(run, LDAP_OPT_X_TLS_NEWCTX, &client, "TLS") ||
		fail(run,
		    "TLS cannot be set up with %s%s%s; expected PEM files"
		    " that can be read",
		    search->ca, search->cert != NULL ? " and " : "",
		    search->cert != NULL ? search->cert : ""));
}

/*
 * A layer of SASL inside of TLS is refused by Active Directory; where there is
 * no TLS, it is all that protects the answers.
 */
static bool
set_sasl(struct run *run)
{
	ber_len_t strength = dirsearch_is_tls(run->search) ? 0 : 1;

	if (run->search->mechanism == NULL)
		return true;
	/* The name in the certificate or ticket is the one that was asked. */
	if (!set_option(run, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON, "SASL"))
		return false;
	if (!dirsearch_is_tls(run->search) && dirsearch_is_private(run->search))
		return true;
	return set_option(run,
	    dirsearch_is_tls(run->search) ? LDAP_OPT_X_SASL_SSF_MAX :
					    LDAP_OPT_X_SASL_SSF_MIN,
	    &strength, "SASL");
}

static bool
set_limits(struct run *run)
{
	const struct timeval wait = { .tv_sec = run->search->answer_timeout };
	ber_len_t most = DIRSEARCH_MAX_ANSWER;
	Sockbuf *sockbuf = NULL;

	if (ldap_get_option(run->ld, LDAP_OPT_SOCKBUF, &sockbuf) !=
		LDAP_OPT_SUCCESS ||
	    ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &most) < 0)
		return fail(run, "the LDAP library refuses a limit");
	return set_option(run, LDAP_OPT_NETWORK_TIMEOUT, &wait, "time limit") &&
	    set_option(run, LDAP_OPT_TIMEOUT, &wait, "time limit");
}

static bool
open_handle(struct run *run)
{
	static const int version = LDAP_VERSION3;
	int result;

	result = ldap_initialize(&run->ld, run->search->uri);
	if (result != LDAP_SUCCESS)
		return fail(run, "%s", ldap_err2string(result));
	return set_option(run, LDAP_OPT_PROTOCOL_VERSION, &version, "LDAPv3") &&
	    set_option(run, LDAP_OPT_REFERRALS, LDAP_OPT_OFF, "referrals") &&
	    set_limits(run) && set_tls(run) && set_sasl(run);
}

static bool
start_tls(struct run *run)
{
	int result;

	if (!run->search->starttls)
		return true;
	result = ldap_start_tls_s(run->ld, NULL, NULL);
	return result == LDAP_SUCCESS || fail_result(run, "StartTLS", result);
}

/* For whom to act is all that EXTERNAL and GSSAPI ask: for ourselves. */
static int
answer(LDAP *ld, unsigned int flags, void *defaults, void *questions)
{
	(void)ld;
	(void)flags;
	(void)defaults;
	for (sasl_interact_t *ask = questions; ask->id != SASL_CB_LIST_END;
	     ask++) {
		if (ask->id != SASL_CB_USER)
			return LDAP_INAPPROPRIATE_AUTH;
		ask->result = "";
		ask->len = 0;
	}
	return LDAP_SUCCESS;
}

static bool
bind_sasl(struct run *run)
{
	const char *mechanism = run->search->mechanism;
	int result;

	result = ldap_sasl_interactive_bind_s(run->ld, NULL, mechanism, NULL,
	    NULL, LDAP_SASL_QUIET, answer, NULL);
	if (result == LDAP_INAPPROPRIATE_AUTH)
		return fail(run,
		    "SASL %s needs a name or a password; expected"
		    " EXTERNAL or GSSAPI",
		    mechanism);
	return result == LDAP_SUCCESS || fail_result(run, "SASL bind", result);
}

/* The first to speak to the server, unless StartTLS did. */
static bool
bind_simple(struct run *run)
{
	const char *password = run->search->password;
	struct berval secret = { .bv_val = NULL };
	char *copy = NULL;
	int result;

	if (password != NULL) {
		copy = strdup(password);
		if (copy == NULL)
			return false;
		secret.bv_val = copy;
		secret.bv_len = strlen(copy);
	}
	result = ldap_sasl_bind_s(run->ld, run->search->bind_dn,
	    LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
	if (copy != NULL)
		explicit_bzero(copy, secret.bv_len);
	free(copy);
	if (result == LDAP_SUCCESS)
		return true;
	return fail_result(run, password != NULL ? "bind" : "connect", result);
}

static bool
take_values(struct run *run, const char *name, struct berval **values)
{
	for (size_t i = 0; values[i] != NULL; i++)
		if (!run->sink->value(run->arg, name,
			(const uint8_t *)values[i]->bv_val, values[i]->bv_len))
			return false;
	return true;
}

static bool
take_attributes(struct run *run, LDAPMessage *entry)
{
	BerElement *state = NULL;
	struct berval **values;
	char *name;
	bool done = true;

	name = ldap_first_attribute(run->ld, entry, &state);
	while (name != NULL) {
		values = ldap_get_values_len(run->ld, entry, name);
		if (done && values != NULL)
			done = take_values(run, name, values);
		ldap_value_free_len(values);
		ldap_memfree(name);
		name = ldap_next_attribute(run->ld, entry, state);
	}
	ber_free(state, 0);
	return done;
}

static bool
take_entry(struct run *run, LDAPMessage *entry)
{
	char *dn = ldap_get_dn(run->ld, entry);
	bool done;

	if (dn == NULL)
		return fail(run, "an entry that cannot be read");
	run->entries++;
	done = run->sink->begin(run->arg, dn) && take_attributes(run, entry) &&
	    run->sink->end(run->arg);
	ldap_memfree(dn);
	return done;
}

/* What ends a page that did not end well. */
static bool
fail_search(struct run *run, int result)
{
	char doing[64];

	snprintf(doing, sizeof(doing), "search, after %zu entries",
	    run->entries);
	if (result == LDAP_REFERRAL)
		return fail(run,
		    "the server refers to another one, which is"
		    " not followed; ask that one, or another"
		    " --base");
	return fail_result(run, doing, result);
}

/* The cookie of the next page; empty: there is none. */
static bool
take_result(struct run *run, LDAPMessage *message, struct berval *cookie)
{
	LDAPControl **controls = NULL, *page;
	char *words = NULL;
	int result = LDAP_OTHER, parsed;

	parsed = ldap_parse_result(run->ld, message, &result, NULL, &words,
	    NULL, &controls, 0);
	if (parsed != LDAP_SUCCESS)
		result = parsed;
	ldap_memfree(words);
	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){ .bv_val = NULL };
	page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (result == LDAP_SUCCESS && page != NULL)
		result = ldap_parse_pageresponse_control(run->ld, page, NULL,
		    cookie);
	ldap_controls_free(controls);
	return result == LDAP_SUCCESS || fail_search(run, result);
}

/* One message of the server, or an error. */
static int
receive(struct run *run, int id, LDAPMessage **message_r)
{
	int wait = (int)run->search->answer_timeout, left = seconds_left(run);
	struct timeval limit = { .tv_sec = left < wait ? left : wait };
	int type, result = LDAP_OTHER;

	type = ldap_result(run->ld, id, LDAP_MSG_ONE, &limit, message_r);
	if (type > 0)
		return type;
	if (type == 0) {
		fail(run, "no answer within %d seconds, after %zu entries",
		    (int)limit.tv_sec, run->entries);
		return -1;
	}
	ldap_get_option(run->ld, LDAP_OPT_RESULT_CODE, &result);
	fail_search(run, result);
	return -1;
}

static bool
take_page(struct run *run, int id, struct berval *cookie)
{
	LDAPMessage *message = NULL;
	bool done = true;
	int type = 0;

	while (done && type != LDAP_RES_SEARCH_RESULT) {
		type = receive(run, id, &message);
		if (type < 0)
			return false;
		if (type == LDAP_RES_SEARCH_ENTRY)
			done = take_entry(run, message);
		else if (type == LDAP_RES_SEARCH_REFERENCE)
			run->counts.referrals++;
		else if (type == LDAP_RES_SEARCH_RESULT)
			done = take_result(run, message, cookie);
		ldap_msgfree(message);
		if (done && clock_now() >= run->deadline)
			done = fail(run,
			    "not done within %u seconds, after %zu"
			    " entries",
			    run->search->total_timeout, run->entries);
	}
	return done;
}

static bool
ask_page(struct run *run, struct berval *cookie, int *id_r)
{
	static const int scopes[] = {
		[DIRSEARCH_BASE] = LDAP_SCOPE_BASE,
		[DIRSEARCH_ONE] = LDAP_SCOPE_ONELEVEL,
		[DIRSEARCH_SUB] = LDAP_SCOPE_SUBTREE,
	};
	const struct dirsearch *search = run->search;
	struct timeval limit = { .tv_sec = seconds_left(run) };
	LDAPControl *page = NULL, *controls[] = { NULL, NULL };
	char *attributes[16] = { NULL };
	int result = LDAP_SUCCESS;

	for (size_t i = 0; i < 15 && search->attributes[i] != NULL; i++)
		attributes[i] = (char *)(uintptr_t)search->attributes[i];
	/* A server that knows no pages answers at once. */
	if (search->page > 0)
		result = ldap_create_page_control(run->ld,
		    (ber_int_t)search->page, cookie, 0, &page);
	controls[0] = page;
	if (result == LDAP_SUCCESS)
		result = ldap_search_ext(run->ld, search->base,
		    scopes[search->scope], search->filter, attributes, 0,
		    controls, NULL, &limit, LDAP_NO_LIMIT, id_r);
	ldap_control_free(page);
	return result == LDAP_SUCCESS || fail_search(run, result);
}

static bool
take_pages(struct run *run)
{
	struct berval cookie = { .bv_val = NULL };
	bool done;
	int id;

	do {
		run->counts.pages++;
		done =
		    ask_page(run, &cookie, &id) && take_page(run, id, &cookie);
	} while (done && cookie.bv_len > 0);
	ber_memfree(cookie.bv_val);
	return done;
}

bool
dirsearch_run(const struct dirsearch *search, const struct dirsearch_sink *sink,
    void *arg, struct dirsearch_counts *counts_r, char **error_r)
{
	struct run run = { .search = search, .sink = sink, .arg = arg };
	bool done;

	/* A lost connection is an error, not the end of this program. */
	signal(SIGPIPE, SIG_IGN);
	setenv("LDAPNOINIT", "1", 1);
	run.deadline = clock_now() + search->total_timeout;
	done = open_handle(&run) && start_tls(&run) &&
	    (search->mechanism != NULL ? bind_sasl(&run) : bind_simple(&run));
	run.bound = done;
	done = done && take_pages(&run);
	if (run.ld != NULL)
		ldap_unbind_ext_s(run.ld, NULL, NULL);
	*counts_r = run.counts;
	*error_r = run.error;
	return done;
}
