/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <glib.h>
#include <jansson.h>

#include "milter/collection/storelife.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/doctor/milterlink.h"
#include "milter/policy/anchors.h"
#include "milter/settings/endpoint.h"

enum { PATIENCE = 5000 /* milliseconds */, DAY = 24 * 60 * 60 };

struct options {
	const char *path;
	bool json;
};

enum { OPT_JSON = 256 };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl status [OPTION]...\n"
	    "Ask the milter whether it is up, as an MTA would, and look at"
	    " its files.\n\n"
	    "  -c FILE  the configuration (default: %s)\n"
	    "  --json   one JSON object\n"
	    "  --help   this text\n\n"
	    "Exit status: 0 it is up; 1 it does not answer; 2 wrong usage;\n"
	    "78 the configuration is wrong.\n",
	    settings_default_path());
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	if (opt == 'c')
		options->path = optarg;
	else if (opt == OPT_JSON)
		options->json = true;
	return true;
}

static bool
check_options(const void *args, size_t count)
{
	(void)args;
	return count == 0;
}

/* RFC 3339, or null. */
static json_t *
time_json(bool known, time_t when)
{
	GDateTime *date = known ? g_date_time_new_from_unix_utc(when) : NULL;
	char *text;
	json_t *json;

	if (date == NULL)
		return json_null();
	text = g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ");
	json = json_string(text);
	g_free(text);
	g_date_time_unref(date);
	return json;
}

static json_t *
socket_json(const struct settings *settings, const struct milterlink *link)
{
	bool up = link->state == MILTERLINK_UP;
	char *actions = milterlink_actions(link->actions);
	char *steps = milterlink_steps(link->steps);
	json_t *json = json_pack("{s:s, s:b, s:s, s:s?, s:o, s:o, s:s?, s:s?}",
	    "socket", settings->socket, "up", up, "answer",
	    milterlink_word(link->state), "error",
	    link->error != 0 ? g_strerror(link->error) : NULL, "milliseconds",
	    up ? json_real(link->seconds * 1e3) : json_null(), "protocol",
	    up ? json_integer(link->version) : json_null(), "actions",
	    up ? actions : NULL, "steps", up ? steps : NULL);

	g_free(steps);
	g_free(actions);
	return json;
}

static json_t *
file_json(const char *path)
{
	struct stat status;
	bool there = stat(path, &status) == 0;

	return json_pack("{s:s, s:o, s:o}", "path", path, "size",
	    there ? json_integer((json_int_t)status.st_size) : json_null(),
	    "changed", time_json(there, there ? status.st_mtime : 0));
}

static json_t *
store_json(const struct store *store, time_t now)
{
	struct store_counts counts = { 0 };
	struct storelife life;
	json_t *json;

	if (store == NULL)
		return json_null();
	store_count(store, &counts);
	storelife_read(store, now, &life);
	json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:s?, s:s?}",
	    "certificates", (json_int_t)life.count, "anchors",
	    (json_int_t)counts.anchors, "refused", (json_int_t)counts.refused,
	    "intermediates", (json_int_t)counts.intermediates, "signers",
	    (json_int_t)counts.signers, "expired", (json_int_t)life.expired,
	    "next_expiry", time_json(life.has_next, life.next),
	    "next_thumbprint", life.has_next ? life.next_sha1 : NULL,
	    "next_subject", life.next_subject);
	storelife_done(&life);
	return json;
}

/* Is the process in the pid file alive?  null where nobody can tell. */
static json_t *
process_json(const struct settings *settings)
{
	json_int_t pid = 0;
	FILE *file = settings->pid_file[0] != '\0' ?
	    fopen(settings->pid_file, "re") :
	    NULL;
	bool alive;

	if (file == NULL)
		return json_null();
	if (fscanf(file, "%9" JSON_INTEGER_FORMAT, &pid) != 1 || pid <= 0)
		pid = 0;
	fclose(file);
	if (pid == 0)
		return json_null();
	alive = kill((pid_t)pid, 0) == 0 || errno == EPERM;
	return json_pack("{s:I, s:b}", "pid", pid, "alive", alive);
}

static const char *
local_path(const struct settings *settings)
{
	const struct bundle *bundles, *found;
	size_t count;

	if (strcmp(settings->local_store, "none") == 0)
		return NULL;
	if (strcmp(settings->local_store, "auto") != 0)
		return settings->local_store;
	bundles = anchors_bundles(&count);
	found = anchors_probe(bundles, count);
	return found != NULL ? found->path : NULL;
}

/* The stores as their files are now: a reload would make them so. */
static json_t *
stores_json(const struct settings *settings, time_t now)
{
	json_t *files = json_array();
	const char *local = local_path(settings);
	char *error = NULL;
	struct trust *trust;
	json_t *json;

	for (size_t i = 0; i < settings->collection.count; i++)
		json_array_append_new(files,
		    file_json(settings->collection.list[i]));
	trust = anchors_load(settings, NULL, NULL, NULL, &error);
	json = json_pack("{s:o, s:o, s:o, s:o, s:s?}", "collection_files",
	    files, "local_file", local != NULL ? file_json(local) : json_null(),
	    "collection",
	    store_json(trust != NULL ? trust_get0_collection(trust) : NULL,
		now),
	    "local_store",
	    store_json(trust != NULL ? trust_get0_local(trust) : NULL, now),
	    "stores_error",
	    trust != NULL     ? NULL :
		error != NULL ? error :
				"out of memory");
	free(error);
	trust_unref(trust);
	return json;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "unknown";
}

static long long
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void
print_file(const char *what, const json_t *file)
{
	if (json_is_object(file))
		printf("%-12s %s, changed %s\n", what, text_of(file, "path"),
		    text_of(file, "changed"));
}

static void
print_store(const char *what, const json_t *store)
{
	if (!json_is_object(store)) {
		printf("%-12s none\n", what);
		return;
	}
	printf("%-12s %lld certificates: %lld anchors, %lld intermediates, "
	       "%lld signers, %lld refused, %lld expired\n",
	    what, number_of(store, "certificates"), number_of(store, "anchors"),
	    number_of(store, "intermediates"), number_of(store, "signers"),
	    number_of(store, "refused"), number_of(store, "expired"));
	if (json_is_string(json_object_get(store, "next_expiry")))
		printf("%-12s expires first: %s %s %s\n", "",
		    text_of(store, "next_expiry"),
		    text_of(store, "next_thumbprint"),
		    text_of(store, "next_subject"));
}

static void
print_socket(const json_t *report)
{
	const json_t *error = json_object_get(report, "error");
	const json_t *ms = json_object_get(report, "milliseconds");

	printf("%-12s %s\n", "socket", text_of(report, "socket"));
	printf("%-12s %s", "milter", text_of(report, "answer"));
	if (json_is_string(error))
		printf(": %s", json_string_value(error));
	if (!json_is_real(ms)) {
		putchar('\n');
		return;
	}
	printf(", answers in %.1f ms, protocol %lld\n", json_real_value(ms),
	    number_of(report, "protocol"));
	printf("%-12s %s\n", "actions", text_of(report, "actions"));
	printf("%-12s %s\n", "steps", text_of(report, "steps"));
}

static void
print_text(const json_t *report)
{
	const json_t *process = json_object_get(report, "process");
	const json_t *error = json_object_get(report, "stores_error");
	const json_t *file;
	size_t i;

	print_socket(report);
	if (json_is_object(process))
		printf("%-12s %lld, %s\n", "process", number_of(process, "pid"),
		    json_is_true(json_object_get(process, "alive")) ?
			"alive" :
			"not alive");
	printf("%-12s %s\n", "mode", text_of(report, "mode"));
	json_array_foreach(json_object_get(report, "collection_files"), i, file)
	    print_file("file", file);
	print_store("collection", json_object_get(report, "collection"));
	print_file("file", json_object_get(report, "local_file"));
	print_store("local store", json_object_get(report, "local_store"));
	if (json_is_string(error))
		printf("%-12s %s\n", "trouble", json_string_value(error));
}

/* One object, from which either form is printed. */
static json_t *
report_of(const struct settings *settings, const struct milterlink *link)
{
	json_t *report = socket_json(settings, link);
	json_t *stores = stores_json(settings, time(NULL));

	json_object_set_new(report, "process", process_json(settings));
	json_object_set_new(report, "mode",
	    json_string(trust_mode_word(settings->mode)));
	json_object_update(report, stores);
	json_decref(stores);
	return report;
}

static int
run(void *args, char **rest, size_t count)
{
	const struct options *options = args;
	struct settings *settings = ctl_settings(options->path, NULL);
	struct endpoint endpoint;
	struct milterlink link = { .state = MILTERLINK_NOT_THERE };
	json_t *report;

	(void)rest;
	(void)count;
	if (settings == NULL)
		return CTL_CONFIG;
	if (endpoint_read_sendmail(settings->socket, &endpoint))
		milterlink_try(&endpoint, PATIENCE, &link);
	report = report_of(settings, &link);
	if (options->json) {
		json_dumpf(report, stdout,
		    JSON_COMPACT | JSON_REAL_PRECISION(6));
		putchar('\n');
	} else {
		print_text(report);
	}
	json_decref(report);
	settings_unref(settings);
	return link.state == MILTERLINK_UP ? CTL_OK : CTL_BAD;
}

static const struct ctl_command command = {
	.letters = "c:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.check = check_options,
	.run = run,
};

int
ctl_status(int argc, char **argv)
{
	struct options options = { .path = NULL };

	return ctl_command_run(&command, argc, argv, &options);
}
