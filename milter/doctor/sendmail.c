/* SPDX-License-Identifier: ISC */
#include "milter/doctor/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "milter/doctor/neighbour.h"
#include "milter/settings/endpoint.h"

enum { MIN_STEP = 10, MIN_END = 60, MAX_FIELD = 65535 };

static const char mc[] = "sendmail.mc";

/* One doctor_sendmail(). */
struct visit {
	struct findings *findings;
	const struct settings *settings;
	const struct sendmailcf *cf;
	const char *name; /* of the file */
	struct endpoint us;
	size_t asked; /* lists that have us */
};

static bool
is_us(const struct visit *visit, const struct sendmailcf_filter *filter)
{
	struct endpoint to;

	return endpoint_read_sendmail(filter->socket, &to) &&
	    endpoint_reaches(&to, &visit->us);
}

static const struct sendmailcf_filter *
find_us(const struct visit *visit)
{
	for (size_t i = 0; i < sendmailcf_filters(visit->cf); i++)
		if (is_us(visit, sendmailcf_filter(visit->cf, i)))
			return sendmailcf_filter(visit->cf, i);
	return NULL;
}

/* INPUT_MAIL_FILTER of that name for our socket, with what is good. */
static char *
right_filter(const struct visit *visit, const char *name, const char *timeouts)
{
	char *socket = endpoint_for_sendmail(&visit->us);
	char *line = g_strdup_printf("INPUT_MAIL_FILTER(`%s', `S=%s, F=T, "
				     "T=%s')dnl",
	    name, socket, timeouts[0] != '\0' ? timeouts : "S:30s;R:30s;E:5m");

	g_free(socket);
	return line;
}

static void
find_filter(struct visit *visit, enum finding_kind kind,
    const struct sendmailcf_filter *filter, const char *timeouts, char *what)
{
	findings_add(visit->findings, kind, mc, what,
	    right_filter(visit, filter->name, timeouts));
}

static void
check_flags(struct visit *visit, const struct sendmailcf_filter *filter)
{
	if (strpbrk(filter->flags, "T4") != NULL)
		return;
	if (strchr(filter->flags, 'R') != NULL)
		find_filter(visit, FINDING_FAILS_HARD, filter, filter->timeouts,
		    g_strdup_printf("%s:%zu: filter %s has F=R", visit->name,
			filter->line, filter->name));
	else
		find_filter(visit, FINDING_FAILS_OPEN, filter, filter->timeouts,
		    g_strdup_printf("%s:%zu: filter %s has no F=T", visit->name,
			filter->line, filter->name));
}

static unsigned long
read_time(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end == 'm')
		return n * 60;
	return *end == 'h' ? n * 3600 : n;
}

/* "C:5m;S:10s;R:10s;E:5m": a letter that is missing has its default. */
static void
check_timeouts(struct visit *visit, const struct sendmailcf_filter *filter)
{
	char **parts = g_strsplit(filter->timeouts, ";", -1);
	bool good = true;

	for (char **part = parts; *part != NULL; part++) {
		const char *text = g_strstrip(*part);
		char letter = g_ascii_toupper(text[0]);
		unsigned long least = letter == 'E' ? MIN_END : MIN_STEP;

		if (letter != '\0' && text[1] == ':')
			good &= letter == 'C' || read_time(text + 2) >= least;
		else if (letter != '\0')
			good = false;
	}
	if (!good)
		find_filter(visit, FINDING_TIMEOUT, filter, "",
		    g_strdup_printf("%s:%zu: filter %s has T=%s", visit->name,
			filter->line, filter->name, filter->timeouts));
	g_strfreev(parts);
}

static void
check_filter(struct visit *visit, const struct sendmailcf_filter *filter)
{
	check_flags(visit, filter);
	check_timeouts(visit, filter);
}

/* Is one of these filters us?  names ends with NULL. */
static bool
has_us(const struct visit *visit, char **names)
{
	for (; *names != NULL; names++) {
		const struct sendmailcf_filter *filter =
		    sendmailcf_find_filter(visit->cf, *names);

		if (filter != NULL && is_us(visit, filter))
			return true;
	}
	return false;
}

static enum neighbour_kind
kind_of(const struct visit *visit, const char *name)
{
	const struct sendmailcf_filter *filter =
	    sendmailcf_find_filter(visit->cf, name);
	enum neighbour_kind kind;
	char *text;

	if (filter == NULL)
		return NEIGHBOUR_UNKNOWN;
	if (is_us(visit, filter))
		return NEIGHBOUR_US;
	text = g_strdup_printf("%s %s", name, filter->socket);
	kind = neighbour_guess(text);
	g_free(text);
	return kind;
}

static void
check_order(struct visit *visit, char **names)
{
	size_t count = g_strv_length(names);
	struct neighbour *neighbours = g_new0(struct neighbour, count);
	const struct settings *settings = visit->settings;

	for (size_t i = 0; i < count; i++)
		neighbours[i] = (struct neighbour){ .text = names[i],
			.kind = kind_of(visit, names[i]) };
	neighbours_check(visit->findings, mc,
	    "define(`confINPUT_MAIL_FILTERS', `", "')dnl", neighbours, count,
	    settings->remove_forged &&
		settings->trusted_authserv_ids.count == 0);
	g_free(neighbours);
}

/* True when we are in the list; value may be NULL. */
static bool
check_list(struct visit *visit, const char *value)
{
	/* The separators are those of a list of milters in Postfix, and ";". */
	char *plain =
	    g_strdelimit(g_strdup(value != NULL ? value : ""), ";", ',');
	char **names = postconf_split(plain);
	bool found = has_us(visit, names);

	if (found) {
		visit->asked++;
		check_order(visit, names);
	}
	g_strfreev(names);
	g_free(plain);
	return found;
}

/* Does mail from the Internet come this way? */
static bool
is_public(const char *daemon)
{
	char *port = sendmailcf_key(daemon, 'P');
	bool public = port == NULL || strcasecmp(port, "smtp") == 0 ||
	    strcmp(port, "25") == 0;

	g_free(port);
	return public;
}

static void
check_daemon(struct visit *visit, const char *daemon)
{
	char *own = sendmailcf_key(daemon, 'I');

	if (own != NULL && !check_list(visit, own) && is_public(daemon))
		findings_add(visit->findings, FINDING_BYPASSED, mc,
		    g_strdup_printf("DaemonPortOptions=%s lists filters "
				    "without us",
			daemon),
		    g_strdup_printf("InputMailFilters=%s%ssmime-milter", own,
			own[0] != '\0' ? ";" : ""));
	g_free(own);
}

/* A list of its own keeps a listener from asking whom all others ask. */
static void
check_lists(struct visit *visit)
{
	const char *list = sendmailcf_option(visit->cf, "InputMailFilters");
	const struct sendmailcf_filter *us = find_us(visit);

	check_list(visit, list);
	for (size_t i = 0; i < sendmailcf_daemons(visit->cf); i++)
		check_daemon(visit, sendmailcf_daemon(visit->cf, i));
	if (visit->asked > 0)
		return;
	if (us == NULL)
		findings_add(visit->findings, FINDING_NOT_ASKED, mc,
		    g_strdup_printf("no filter leads to %s",
			visit->settings->socket),
		    right_filter(visit, "smime-milter", ""));
	else
		findings_add(visit->findings, FINDING_NOT_ASKED, mc,
		    g_strdup_printf("filter %s is defined, and no list of "
				    "filters names it",
			us->name),
		    right_filter(visit, us->name, us->timeouts));
}

static bool
sends_macro(const struct visit *visit, const char *stage, const char *macro)
{
	char *name = g_strdup_printf("Milter.macros.%s", stage);
	const char *value = sendmailcf_option(visit->cf, name);
	char **macros = postconf_split(value != NULL ? value : "");
	bool found = g_strv_contains((const char *const *)macros, macro);

	if (!found) {
		char *braced = g_strdup_printf("{%s}", macro);

		found = g_strv_contains((const char *const *)macros, braced);
		g_free(braced);
	}
	g_strfreev(macros);
	g_free(name);
	return found;
}

static void
find_macro(struct visit *visit, const char *stage, const char *upper,
    const char *right)
{
	char *option = g_strdup_printf("Milter.macros.%s", stage);
	const char *value = sendmailcf_option(visit->cf, option);

	findings_add(visit->findings, FINDING_MACROS, mc,
	    g_strdup_printf("%s = %s", option, value != NULL ? value : ""),
	    g_strdup_printf("define(`confMILTER_MACROS_%s', `%s')dnl", upper,
		right));
	g_free(option);
}

static void
check_macros(struct visit *visit)
{
	static const char *const stages[] = { "envfrom", "envrcpt", "data",
		"eoh", "eom" };
	bool id = false;

	if (visit->settings->authserv_id[0] == '\0' &&
	    !sends_macro(visit, "connect", "j"))
		find_macro(visit, "connect", "CONNECT",
		    "j, _, {daemon_name}, {if_name}, {if_addr}");
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		id |= sends_macro(visit, stages[i], "i");
	if (!id)
		find_macro(visit, "envfrom", "ENVFROM",
		    "i, {auth_type}, {auth_authen}, {auth_ssf}, {auth_author}, "
		    "{mail_mailer}, {mail_host}, {mail_addr}");
}

static void
find_mailer(struct visit *visit, enum finding_kind kind,
    const struct sendmailcf_mailer *mailer, const char *what,
    const char *change)
{
	char *upper = g_ascii_strup(mailer->name, -1);

	findings_add(visit->findings, kind, mc,
	    g_strdup_printf("%s:%zu: mailer %s has %s", visit->name,
		mailer->line, mailer->name, what),
	    g_strdup_printf("MODIFY_MAILER_FLAGS(`%s', `%s')dnl", upper,
		change));
	g_free(upper);
}

static void
check_conversion(struct visit *visit)
{
	const char *mode = sendmailcf_option(visit->cf, "EightBitMode");

	/* One letter is enough; without the option it is pass8. */
	if (mode != NULL && g_ascii_tolower(mode[0]) == 'm')
		findings_add(visit->findings, FINDING_SEVEN_BITS, mc,
		    g_strdup_printf("EightBitMode=%s", mode),
		    g_strdup("define(`confEIGHT_BIT_HANDLING', `pass8')dnl"));
	for (size_t i = 0; i < sendmailcf_mailers(visit->cf); i++) {
		const struct sendmailcf_mailer *mailer =
		    sendmailcf_mailer(visit->cf, i);

		if (strchr(mailer->flags, '7') != NULL)
			find_mailer(visit, FINDING_SEVEN_BITS, mailer, "flag 7",
			    "-7");
		else if (strcmp(mailer->name, "esmtp") == 0 &&
		    strchr(mailer->flags, '8') == NULL)
			find_mailer(visit, FINDING_OUTPUT_CONVERSION, mailer,
			    "no flag 8", "+8");
	}
}

static void
check_length(struct visit *visit)
{
	const char *value = sendmailcf_option(visit->cf, "MaxHeadersLength");
	unsigned long length = value != NULL ? strtoul(value, NULL, 10) : 1;

	if (length == 0 || length >= MAX_FIELD)
		findings_add(visit->findings, FINDING_HEADERS_LENGTH, mc,
		    g_strdup_printf("MaxHeadersLength=%s", value),
		    g_strdup("define(`confMAX_HEADERS_LENGTH', "
			     "`32768')dnl"));
}

/* Names such as GroupWritableDirPathSafe open what F=T should close. */
static void
check_blame(struct visit *visit)
{
	const char *value = sendmailcf_option(visit->cf, "DontBlameSendmail");

	if (!visit->us.is_unix || value == NULL)
		return;
	if (strcasestr(value, "WritableDirPathSafe") != NULL)
		findings_add(visit->findings, FINDING_SOCKET_UNSAFE, mc,
		    g_strdup_printf("DontBlameSendmail=%s", value),
		    g_strdup("define(`confDONT_BLAME_SENDMAIL', `safe')dnl"));
}

void
doctor_sendmail(struct findings *findings, const struct settings *settings,
    const char *name, const struct sendmailcf *cf)
{
	struct visit visit = {
		.findings = findings,
		.settings = settings,
		.cf = cf,
		.name = name,
	};

	if (!endpoint_read_sendmail(settings->socket, &visit.us))
		return;
	check_lists(&visit);
	for (size_t i = 0; i < sendmailcf_filters(cf); i++)
		if (is_us(&visit, sendmailcf_filter(cf, i)))
			check_filter(&visit, sendmailcf_filter(cf, i));
	if (visit.asked > 0)
		check_macros(&visit);
	check_conversion(&visit);
	check_length(&visit);
	check_blame(&visit);
}
