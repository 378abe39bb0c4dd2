/* SPDX-License-Identifier: ISC */
#include "milter/doctor/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "milter/doctor/neighbour.h"
#include "milter/settings/endpoint.h"

enum { MIN_CONTENT_TIMEOUT = 60, MIN_OTHER_TIMEOUT = 10, NEW_PROTOCOL = 6 };

static const char main_cf[] = "main.cf";

/* One doctor_postfix(). */
struct visit {
	struct findings *findings;
	const struct settings *settings;
	const struct postconf *postconf;
	struct endpoint us;
	char *queue;  /* owned: queue_directory */
	size_t asked; /* smtpd services that ask us */
};

/* A list of milters as one service has it. */
struct list {
	const struct postconf_service *service; /* NULL: main.cf alone */
	const char *name;			/* "smtpd_milters" */
	char *place;	 /* owned: where the list is set */
	bool overridden; /* in master.cf */
	char **elements; /* owned */
	size_t count;
	size_t us; /* count: we are not in it */
};

/* "smtp inet", for a message. */
static char *
service_place(const struct postconf_service *service)
{
	return g_strdup_printf("master.cf, below \"%s %s\"", service->name,
	    service->type);
}

/* Where a parameter of the service is set, and so has to be changed. */
static char *
place_of(const struct visit *visit, const struct postconf_service *service,
    const char *name)
{
	if (postconf_overrides(visit->postconf, service, name))
		return service_place(service);
	return g_strdup(main_cf);
}

/* A line that sets it there. */
static char *
line_of(const struct visit *visit, const struct postconf_service *service,
    const char *name, const char *value)
{
	if (!postconf_overrides(visit->postconf, service, name))
		return g_strdup_printf("%s = %s", name, value);
	if (strpbrk(value, " \t") != NULL)
		return g_strdup_printf("-o { %s = %s }", name, value);
	return g_strdup_printf("-o %s=%s", name, value);
}

static void
find_setting(struct visit *visit, enum finding_kind kind,
    const struct postconf_service *service, const char *name, const char *right)
{
	char *place = place_of(visit, service, name);
	char *value = postconf_value(visit->postconf, service, name);

	findings_add(visit->findings, kind, place,
	    g_strdup_printf("%s = %s", name, value),
	    line_of(visit, service, name, right));
	g_free(value);
	g_free(place);
}

static bool
is_value(const struct visit *visit, const struct postconf_service *service,
    const char *name, const char *wanted)
{
	char *value = postconf_value(visit->postconf, service, name);
	bool same = strcasecmp(value, wanted) == 0;

	g_free(value);
	return same;
}

/* Does a list with blanks or commas between have the word? */
static bool
has_word(const struct visit *visit, const struct postconf_service *service,
    const char *name, const char *word)
{
	char *value = postconf_value(visit->postconf, service, name);
	char **words = postconf_split(value);
	bool found = false;

	for (char **at = words; *at != NULL; at++)
		found |= strcasecmp(*at, word) == 0;
	g_strfreev(words);
	g_free(value);
	return found;
}

/* The words of a list but for one, and there may be none left. */
static char *
without_word(const struct visit *visit, const struct postconf_service *service,
    const char *name, const char *word)
{
	char *value = postconf_value(visit->postconf, service, name);
	char **words = postconf_split(value);
	GString *out = g_string_new(NULL);

	for (char **at = words; *at != NULL; at++) {
		if (strcasecmp(*at, word) == 0)
			continue;
		if (out->len > 0)
			g_string_append_c(out, ',');
		g_string_append(out, *at);
	}
	g_strfreev(words);
	g_free(value);
	return g_string_free(out, FALSE);
}

/* The word should not be in that list. */
static void
check_word(struct visit *visit, enum finding_kind kind,
    const struct postconf_service *service, const char *name, const char *word)
{
	char *right;

	if (!has_word(visit, service, name, word))
		return;
	right = without_word(visit, service, name, word);
	find_setting(visit, kind, service, name, right);
	g_free(right);
}

/* The path of a socket outside of any chroot. */
static char *
real_path(const struct visit *visit, const char *path, bool chrooted)
{
	if (path[0] == '/' && !chrooted)
		return g_strdup(path);
	return g_strdup_printf("%s/%s", visit->queue,
	    path[0] == '/' ? path + 1 : path);
}

/* Does that element lead to us? */
static bool
leads_to_us(const struct visit *visit, const char *socket, bool chrooted)
{
	struct endpoint to;
	char *path;

	if (!endpoint_read_postfix(socket, &to))
		return false;
	if (to.is_unix) {
		path = real_path(visit, to.path, chrooted);
		g_strlcpy(to.path, path, sizeof(to.path));
		g_free(path);
	}
	return endpoint_reaches(&to, &visit->us);
}

/* How a service has to name us; NULL where our socket is out of its reach. */
static char *
our_socket(const struct visit *visit, bool chrooted)
{
	size_t len = strlen(visit->queue);

	if (!visit->us.is_unix)
		return endpoint_for_postfix(&visit->us);
	if (strncmp(visit->us.path, visit->queue, len) == 0 &&
	    visit->us.path[len] == '/')
		return g_strdup_printf("unix:%s", visit->us.path + len + 1);
	return chrooted ? NULL : endpoint_for_postfix(&visit->us);
}

static bool
is_chrooted(const struct list *list)
{
	return list->service != NULL && list->service->chrooted;
}

/* The list with one element changed, or with one more. */
static char *
list_with(const struct list *list, size_t index, const char *element)
{
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i <= list->count; i++) {
		const char *text = i == index ? element : list->elements[i];

		if (text == NULL)
			continue;
		if (out->len > 0)
			g_string_append(out, ", ");
		g_string_append(out, text);
	}
	return g_string_free(out, FALSE);
}

static void
find_in_list(struct visit *visit, enum finding_kind kind,
    const struct list *list, char *what, size_t index, const char *element)
{
	char *value = list_with(list, index, element);

	findings_add(visit->findings, kind, list->place, what,
	    line_of(visit, list->service, list->name, value));
	g_free(value);
}

/* unix:PATH would lead to us if there were no chroot. */
static void
check_chroot(struct visit *visit, const struct list *list, size_t index,
    const char *socket)
{
	struct endpoint to;
	char *path, *change;

	if (!is_chrooted(list) || !endpoint_read_postfix(socket, &to) ||
	    !to.is_unix || to.path[0] != '/' ||
	    !endpoint_reaches(&to, &visit->us))
		return;
	path = our_socket(visit, true);
	if (path != NULL)
		change = line_of(visit, list->service, list->name, path);
	else
		change = g_strdup_printf("%s = unix:smime-milter/"
					 "smime-milter.sock, and in "
					 "smime-milter.conf: socket = "
					 "\"unix:%s/smime-milter/"
					 "smime-milter.sock\"",
		    list->name, visit->queue);
	findings_add(visit->findings, FINDING_SOCKET_CHROOT, list->place,
	    g_strdup_printf("%s, service %s: %s is chrooted, and looks for "
			    "%s at %s%s",
		list->name, list->service->name, list->service->command,
		list->elements[index], visit->queue, to.path),
	    change);
	g_free(path);
}

/* inet:PORT@HOST is what libmilter and Sendmail want. */
static void
check_syntax(struct visit *visit, const struct list *list, size_t index,
    const char *socket)
{
	struct endpoint to;
	char *right;

	if (endpoint_read_postfix(socket, &to) ||
	    !endpoint_read_sendmail(socket, &to) ||
	    !endpoint_reaches(&to, &visit->us))
		return;
	right = endpoint_for_postfix(&to);
	find_in_list(visit, FINDING_SOCKET_SYNTAX, list,
	    g_strdup_printf("%s is how Sendmail writes it", socket), index,
	    right);
	g_free(right);
}

static void
list_open(const struct visit *visit, const struct postconf_service *service,
    const char *name, struct list *list_r)
{
	char *value = postconf_value(visit->postconf, service, name);
	struct list list = {
		.service = service,
		.name = name,
		.place = place_of(visit, service, name),
		.overridden =
		    postconf_overrides(visit->postconf, service, name),
		.elements = postconf_split(value),
	};

	g_free(value);
	list.count = g_strv_length(list.elements);
	while (list.us < list.count) {
		char *socket = postconf_milter_socket(list.elements[list.us]);
		bool found = leads_to_us(visit, socket, is_chrooted(&list));

		g_free(socket);
		if (found)
			break;
		list.us++;
	}
	*list_r = list;
}

static void
list_close(struct list *list)
{
	g_free(list->place);
	g_strfreev(list->elements);
}

/* Why a list without us has none of us, where that can be seen. */
static void
check_near_misses(struct visit *visit, const struct list *list)
{
	for (size_t i = 0; list->us == list->count && i < list->count; i++) {
		char *socket = postconf_milter_socket(list->elements[i]);

		check_chroot(visit, list, i, socket);
		check_syntax(visit, list, i, socket);
		g_free(socket);
	}
}

static enum finding_kind
kind_of_action(const char *action)
{
	return strcasecmp(action, "accept") == 0 ? FINDING_FAILS_OPEN :
						   FINDING_FAILS_HARD;
}

static bool
is_good_action(const char *action)
{
	return strcasecmp(action, "tempfail") == 0 ||
	    strcasecmp(action, "shutdown") == 0;
}

/* "{ SOCKET, default_action=accept }" with another action. */
static char *
replace_action(const char *element, const char *action)
{
	GString *out = g_string_new(element);
	char *name = strstr(out->str, "default_action");
	char *value = name != NULL ? strstr(name, action) : NULL;
	gssize at;

	if (value != NULL) {
		at = value - out->str;
		g_string_erase(out, at, (gssize)strlen(action));
		g_string_insert(out, at, "tempfail");
	}
	return g_string_free(out, FALSE);
}

static void
check_action(struct visit *visit, const struct list *list)
{
	const char *element = list->elements[list->us];
	char *own = postconf_milter_attribute(element, "default_action");
	char *general = postconf_value(visit->postconf, list->service,
	    "milter_default_action");

	if (own != NULL && !is_good_action(own)) {
		char *right = replace_action(element, own);

		find_in_list(visit, kind_of_action(own), list,
		    g_strdup_printf("default_action=%s for this milter", own),
		    list->us, right);
		g_free(right);
	} else if (own == NULL && !is_good_action(general)) {
		find_setting(visit, kind_of_action(general), list->service,
		    "milter_default_action", "tempfail");
	}
	g_free(general);
	g_free(own);
}

/* Seconds of "30s", "5m", "300"; 0 for what is none. */
static unsigned long
read_time(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text)
		return 0;
	if (*end == 'm')
		return n * 60;
	return *end == 'h' ? n * 3600 : n;
}

static void
check_timeout(struct visit *visit, const struct list *list,
    const char *attribute, unsigned long least, const char *usual)
{
	const char *element = list->elements[list->us];
	char *name = g_strdup_printf("milter_%s", attribute);
	char *own = postconf_milter_attribute(element, attribute);
	char *general = postconf_value(visit->postconf, list->service, name);

	if (own != NULL && read_time(own) < least)
		findings_add(visit->findings, FINDING_TIMEOUT, list->place,
		    g_strdup_printf("%s=%s for this milter", attribute, own),
		    g_strdup_printf("%s=%s", attribute, usual));
	else if (own == NULL && read_time(general) < least)
		find_setting(visit, FINDING_TIMEOUT, list->service, name,
		    usual);
	g_free(general);
	g_free(own);
	g_free(name);
}

static void
check_protocol(struct visit *visit, const struct list *list)
{
	char *own =
	    postconf_milter_attribute(list->elements[list->us], "protocol");
	char *general =
	    postconf_value(visit->postconf, list->service, "milter_protocol");

	if (own != NULL && strtol(own, NULL, 10) < NEW_PROTOCOL)
		findings_add(visit->findings, FINDING_PROTOCOL, list->place,
		    g_strdup_printf("protocol=%s for this milter", own),
		    g_strdup("protocol=6"));
	else if (own == NULL && strtol(general, NULL, 10) < NEW_PROTOCOL)
		find_setting(visit, FINDING_PROTOCOL, list->service,
		    "milter_protocol", "6");
	g_free(general);
	g_free(own);
}

static bool
has_macro(const struct visit *visit, const char *name, const char *macro)
{
	char *braced = g_strdup_printf("{%s}", macro);
	bool found = has_word(visit, NULL, name, macro) ||
	    has_word(visit, NULL, name, braced);

	g_free(braced);
	return found;
}

static void
check_macros(struct visit *visit)
{
	static const char connect[] = "milter_connect_macros";
	static const char end[] = "milter_end_of_data_macros";

	if (visit->settings->authserv_id[0] == '\0' &&
	    !has_macro(visit, connect, "j"))
		find_setting(visit, FINDING_MACROS, NULL, connect,
		    "j {daemon_name} {daemon_addr} v _");
	if (!has_macro(visit, end, "i"))
		find_setting(visit, FINDING_MACROS, NULL, end, "i");
}

static void
check_order(struct visit *visit, const struct list *list)
{
	struct neighbour *neighbours = g_new0(struct neighbour, list->count);
	char *name = g_strdup_printf(list->overridden ? "-o { %s = " : "%s = ",
	    list->name);
	const struct settings *settings = visit->settings;

	for (size_t i = 0; i < list->count; i++) {
		neighbours[i].text = list->elements[i];
		neighbours[i].kind = i == list->us ?
		    NEIGHBOUR_US :
		    neighbour_guess(list->elements[i]);
	}
	neighbours_check(visit->findings, list->place, name,
	    list->overridden ? " }" : "", neighbours, list->count,
	    settings->remove_forged &&
		settings->trusted_authserv_ids.count == 0);
	g_free(name);
	g_free(neighbours);
}

/* How a list that has us in it asks us. */
static void
check_asking(struct visit *visit, const struct list *list)
{
	check_action(visit, list);
	check_timeout(visit, list, "connect_timeout", MIN_OTHER_TIMEOUT, "30s");
	check_timeout(visit, list, "command_timeout", MIN_OTHER_TIMEOUT, "30s");
	check_timeout(visit, list, "content_timeout", MIN_CONTENT_TIMEOUT,
	    "300s");
	check_protocol(visit, list);
	check_order(visit, list);
}

/* Does mail from the Internet come this way? */
static bool
is_public(const struct postconf_service *service)
{
	const char *colon = strrchr(service->name, ':');
	const char *port = colon != NULL ? colon + 1 : service->name;

	/* Behind postscreen smtpd is of type pass. */
	return strcmp(port, "smtp") == 0 || strcmp(port, "25") == 0 ||
	    strcmp(service->type, "pass") == 0;
}

static void
find_bypass(struct visit *visit, const struct list *list)
{
	char *right = our_socket(visit, is_chrooted(list));

	find_in_list(visit, FINDING_BYPASSED, list,
	    g_strdup_printf("smtpd_milters of \"%s %s\" is set without us",
		list->service->name, list->service->type),
	    list->count, right != NULL ? right : "$smtpd_milters");
	g_free(right);
}

static void
check_override_options(struct visit *visit, const struct list *list)
{
	static const char name[] = "receive_override_options";

	/* In main.cf it is for all; behind a filter it is as it should be. */
	if (list->service == NULL || is_public(list->service) ||
	    !postconf_overrides(visit->postconf, list->service, name))
		check_word(visit, FINDING_BYPASSED, list->service, name,
		    "no_milters");
}

/* smtpd behind a filter: "-o content_filter=" is how it is told apart. */
static void
check_reinjection(struct visit *visit, const struct list *list)
{
	static const char name[] = "content_filter";
	char *general = postconf_value(visit->postconf, NULL, name);
	char *place;

	if (general[0] != '\0' &&
	    postconf_overrides(visit->postconf, list->service, name) &&
	    is_value(visit, list->service, name, "") &&
	    !has_word(visit, list->service, "receive_override_options",
		"no_milters")) {
		place = service_place(list->service);
		findings_add(visit->findings, FINDING_TWICE, place,
		    g_strdup_printf("%s takes mail back from %s and asks us "
				    "again",
			list->service->name, general),
		    g_strdup("-o receive_override_options=no_milters"));
		g_free(place);
	}
	g_free(general);
}

static void
check_proxy_filter(struct visit *visit, const struct list *list)
{
	char *proxy = postconf_value(visit->postconf, list->service,
	    "smtpd_proxy_filter");
	char *place = list->service != NULL ? service_place(list->service) :
					      g_strdup(main_cf);

	if (proxy[0] != '\0')
		findings_add(visit->findings, FINDING_BLIND, place,
		    g_strdup_printf("smtpd_proxy_filter = %s takes the mail "
				    "that we should see",
			proxy),
		    g_strdup("-o smtpd_milters=   (and ask us in the smtpd "
			     "that takes mail back from the filter)"));
	g_free(place);
	g_free(proxy);
}

static void
check_smtpd(struct visit *visit, const struct postconf_service *service)
{
	struct list list;

	list_open(visit, service, "smtpd_milters", &list);
	check_near_misses(visit, &list);
	if (list.us < list.count) {
		visit->asked++;
		check_asking(visit, &list);
		check_override_options(visit, &list);
		check_proxy_filter(visit, &list);
		if (service != NULL)
			check_reinjection(visit, &list);
	} else if (service != NULL && list.overridden && is_public(service)) {
		find_bypass(visit, &list);
	}
	if (service == NULL || is_public(service))
		check_word(visit, FINDING_NO_8BITMIME, service,
		    "smtpd_discard_ehlo_keywords", "8bitmime");
	list_close(&list);
}

static const struct postconf_service *
find_service(const struct visit *visit, const char *name)
{
	for (size_t i = 0; i < postconf_services(visit->postconf); i++) {
		const struct postconf_service *service =
		    postconf_service(visit->postconf, i);

		if (strcmp(service->name, name) == 0)
			return service;
	}
	return NULL;
}

/* Without master.cf there is only main.cf to look at. */
static void
check_all_smtpd(struct visit *visit)
{
	size_t smtpds = 0;

	for (size_t i = 0; i < postconf_services(visit->postconf); i++) {
		const struct postconf_service *service =
		    postconf_service(visit->postconf, i);

		if (strcmp(service->command, "smtpd") != 0)
			continue;
		smtpds++;
		check_smtpd(visit, service);
	}
	if (smtpds == 0)
		check_smtpd(visit, NULL);
}

static void
check_asked(struct visit *visit)
{
	struct list list;
	char *right;

	if (visit->asked > 0 ||
	    findings_have(visit->findings, FINDING_SOCKET_CHROOT) ||
	    findings_have(visit->findings, FINDING_SOCKET_SYNTAX))
		return;
	list_open(visit, NULL, "smtpd_milters", &list);
	right = our_socket(visit, false);
	find_in_list(visit, FINDING_NOT_ASKED, &list,
	    g_strdup_printf("no smtpd_milters leads to %s",
		visit->settings->socket),
	    list.count, right);
	g_free(right);
	list_close(&list);
}

/* cleanup, not smtpd, asks those milters. */
static void
check_local_mail(struct visit *visit)
{
	struct list list;

	if (visit->asked == 0)
		return;
	list_open(visit, find_service(visit, "cleanup"), "non_smtpd_milters",
	    &list);
	check_near_misses(visit, &list);
	if (list.us < list.count)
		check_asking(visit, &list);
	else if (!findings_have(visit->findings, FINDING_SOCKET_CHROOT))
		findings_add(visit->findings, FINDING_NOT_ASKED_LOCALLY,
		    main_cf, g_strdup("non_smtpd_milters does not name us"),
		    list.count == 0 ?
			g_strdup("non_smtpd_milters = $smtpd_milters") :
			list_with(&list, list.count, "$smtpd_milters"));
	list_close(&list);
}

static void
check_bodies(struct visit *visit)
{
	static const char *const checks[] = { "body_checks",
		"mime_header_checks", "nested_header_checks" };
	char *filter = postconf_value(visit->postconf, NULL, "content_filter");

	if (filter[0] != '\0')
		findings_add(visit->findings, FINDING_CONTENT_FILTER, main_cf,
		    g_strdup_printf("content_filter = %s gets mail after us",
			filter),
		    NULL);
	g_free(filter);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		char *value = postconf_value(visit->postconf, NULL, checks[i]);

		if (value[0] != '\0')
			findings_add(visit->findings, FINDING_BODY_CHECKS,
			    main_cf,
			    g_strdup_printf("%s = %s", checks[i], value), NULL);
		g_free(value);
	}
}

static void
check_conversion(struct visit *visit)
{
	char *length =
	    postconf_value(visit->postconf, NULL, "smtp_line_length_limit");
	unsigned long limit = strtoul(length, NULL, 10);

	if (!is_value(visit, NULL, "force_mime_input_conversion", "no"))
		find_setting(visit, FINDING_INPUT_CONVERSION, NULL,
		    "force_mime_input_conversion", "no");
	if (is_value(visit, NULL, "disable_mime_output_conversion", "no"))
		find_setting(visit, FINDING_OUTPUT_CONVERSION, NULL,
		    "disable_mime_output_conversion", "yes");
	if (limit > 0 && limit < 998)
		find_setting(visit, FINDING_LINE_LENGTH, NULL,
		    "smtp_line_length_limit", "998");
	if (!is_value(visit, NULL, "always_add_missing_headers", "no"))
		find_setting(visit, FINDING_ADDED_HEADERS, NULL,
		    "always_add_missing_headers", "no");
	g_free(length);
}

void
doctor_postfix(struct findings *findings, const struct settings *settings,
    const struct postconf *postconf)
{
	struct visit visit = {
		.findings = findings,
		.settings = settings,
		.postconf = postconf,
	};

	if (!endpoint_read_sendmail(settings->socket, &visit.us))
		return;
	visit.queue = postconf_value(postconf, NULL, "queue_directory");
	check_all_smtpd(&visit);
	check_asked(&visit);
	check_local_mail(&visit);
	if (visit.asked > 0)
		check_macros(&visit);
	check_bodies(&visit);
	check_conversion(&visit);
	g_free(visit.queue);
}
