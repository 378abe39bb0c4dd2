/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "anchors.h"
#include "ctl.h"
#include "mailfile.h"
#include "record.h"
#include "result.h"
#include "settings.h"
#include "smime.h"

struct options {
	const char *path;
	bool json;
	bool help;
	bool has_time;
	time_t time;
	char **owned; /* owned, owned_count of them: overrides made here */
	size_t owned_count;
	char *collection;  /* owned; "collection=a,b"; NULL: not given */
	const char **list; /* owned; room for one per argument, and one */
	struct overrides overrides;
};

/* One run over any number of files. */
struct verification {
	const struct options *options;
	const struct settings *settings;
	const struct trust *trust;
	char authserv_id[256];
	int status; /* the most severe so far */
};

enum { OPT_COLLECTION = 256, OPT_LOCAL_STORE, OPT_MODE, OPT_TIME, OPT_JSON };

static const struct option long_options[] = {
	{ "collection", required_argument, NULL, OPT_COLLECTION },
	{ "local-store", required_argument, NULL, OPT_LOCAL_STORE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl verify [OPTION]... [FILE]...\n"
	    "Judge messages (.eml, mbox or standard input) as the milter"
	    " would.\n\n"
	    "  -c FILE              the configuration (default: %s)\n"
	    "  --collection FILE    who may vouch; may be given several"
	    " times\n"
	    "  --local-store PATH   the local store, \"auto\" or \"none\"\n"
	    "  --mode MODE          exchange-2013-sp1, exchange-online or"
	    " local\n"
	    "  --time RFC3339       judge as of then, such as"
	    " 2026-01-31T12:00:00Z\n"
	    "  -o NAME=VALUE        set any option of the configuration\n"
	    "  --json               one JSON object per message\n"
	    "  --help               this text\n\n"
	    "Exit status: 0 all pass; 1 a signed message does not pass;\n"
	    "2 wrong usage or unreadable input; 3 a message is not signed.\n",
	    settings_default_path());
}

static bool
add_override(struct options *options, const char *name, const char *value)
{
	char *text;

	if (asprintf(&text, "%s=%s", name, value) < 0)
		return false;
	options->owned[options->owned_count++] = text;
	options->list[options->overrides.count++] = text;
	return true;
}

/* The option takes a list: all of them make one override. */
static bool
add_collection(struct options *options, const char *path)
{
	const char *before = options->collection;
	char *text;

	if (asprintf(&text, "%s%s%s", before == NULL ? "collection=" : before,
		before == NULL ? "" : ",", path) < 0)
		return false;
	free(options->collection);
	options->collection = text;
	return true;
}

static bool
read_time(struct options *options, const char *text)
{
	GTimeZone *utc = g_time_zone_new_utc();
	GDateTime *when = g_date_time_new_from_iso8601(text, utc);

	g_time_zone_unref(utc);
	if (when == NULL) {
		ctl_complain("--time %s: not a time of RFC 3339; expected one"
			     " like 2026-01-31T12:00:00Z",
		    text);
		return false;
	}
	options->time = (time_t)g_date_time_to_unix(when);
	options->has_time = true;
	g_date_time_unref(when);
	return true;
}

static bool
read_option(struct options *options, int opt)
{
	switch (opt) {
	case 'c':
		options->path = optarg;
		return true;
	case 'o':
		options->list[options->overrides.count++] = optarg;
		return true;
	case OPT_COLLECTION:
		return add_collection(options, optarg);
	case OPT_LOCAL_STORE:
		return add_override(options, "local-store", optarg);
	case OPT_MODE:
		return add_override(options, "mode", optarg);
	case OPT_TIME:
		return read_time(options, optarg);
	case OPT_JSON:
		options->json = true;
		return true;
	case 'h':
		options->help = true;
		return true;
	default:
		usage(stderr);
		return false;
	}
}

static bool
read_options(struct options *options, int argc, char **argv)
{
	int opt;

	while (
	    (opt = getopt_long(argc, argv, "c:o:", long_options, NULL)) != -1)
		if (!read_option(options, opt))
			return false;
	if (options->collection != NULL)
		options->list[options->overrides.count++] = options->collection;
	options->overrides.list = options->list;
	return true;
}

/* In the order 2, 1, 3, 0 the first that happened is the exit status. */
static void
note_status(struct verification *run, int status)
{
	static const int severity[] = {
		[CTL_OK] = 0,
		[CTL_NONE] = 1,
		[CTL_BAD] = 2,
		[CTL_USAGE] = 3,
	};

	if (severity[status] > severity[run->status])
		run->status = status;
}

static int
status_of(const struct verdict *verdict)
{
	switch (verdict->result) {
	case RESULT_PASS:
		return CTL_OK;
	case RESULT_ABSENT:
	case RESULT_NONE:
		return CTL_NONE;
	case RESULT_POLICY:
	case RESULT_NEUTRAL:
	case RESULT_TEMPERROR:
	case RESULT_PERMERROR:
	case RESULT_FAIL:
		break;
	}
	return CTL_BAD;
}

static bool
print_json(const char *name, const char *header, const struct verdict *verdict)
{
	json_t *record = record_new(name, header, verdict);
	bool good;

	good = record != NULL &&
	    json_dumpf(record, stdout, JSON_COMPACT) == 0 &&
	    putchar('\n') != EOF;
	json_decref(record);
	return good;
}

static void
print_signature(const struct signature *s)
{
	printf("  part %s: %s", s->part, result_word(s->result));
	if (s->reason != REASON_OK)
		printf(" (%s)", reason_token(s->reason));
	printf("; trust %s; revocation not checked\n",
	    trust_who_word(s->trust));
	if (s->identifier != NULL)
		printf("    signer: %s\n", s->identifier);
	if (s->subject != NULL)
		printf("    subject: %s\n    issuer: %s\n", s->subject,
		    s->issuer);
	if (s->anchor != NULL)
		printf("    anchor: %s\n", s->anchor);
	if (s->reason != REASON_OK)
		printf("    why: %s\n    cure: %s\n", s->detail,
		    reason_cure(s->reason));
}

static bool
print_text(const char *name, const char *header, const struct verdict *verdict)
{
	const char *word = result_word(verdict->result);

	printf("%s: %s\n", name,
	    word != NULL ? word : "encrypted, so nothing can be said");
	if (header != NULL)
		printf("  Authentication-Results: %s\n", header);
	for (size_t i = 0; i < verdict->signature_count; i++)
		print_signature(&verdict->signatures[i]);
	if (verdict->signature_count == 0 && verdict->reason != REASON_OK)
		printf("  why: %s\n", reason_words(verdict->reason));
	return !ferror(stdout);
}

static bool
report(struct verification *run, const char *name,
    const struct verdict *verdict)
{
	char *header = result_write_unfolded(run->authserv_id, verdict, false);
	bool good;

	note_status(run, status_of(verdict));
	good = run->options->json ? print_json(name, header, verdict) :
				    print_text(name, header, verdict);
	free(header);
	return good;
}

static struct smime *
next_message(const struct verification *run, struct mailfile *mailfile)
{
	struct smime *smime =
	    smime_new(NULL, &run->settings->limits, &run->settings->rules);

	if (smime == NULL || !mailfile_push(mailfile, smime)) {
		smime_free(smime);
		return NULL;
	}
	return smime;
}

static bool
verify_messages(struct verification *run, const char *name,
    struct mailfile *mailfile)
{
	struct smime *smime;
	const char *shown = name;
	char *numbered = NULL;
	time_t now = run->options->has_time ? run->options->time : time(NULL);
	bool good = true;
	size_t number = 0;

	while (good && (smime = next_message(run, mailfile)) != NULL) {
		if (mailfile_is_mbox(mailfile)) {
			free(numbered);
			if (asprintf(&numbered, "%s#%zu", name, ++number) < 0)
				numbered = NULL;
			shown = numbered != NULL ? numbered : name;
		}
		good = !mailfile_failed(mailfile) &&
		    report(run, shown, smime_finish(smime, run->trust, now));
		smime_free(smime);
	}
	free(numbered);
	return good && !mailfile_failed(mailfile);
}

static void
verify_file(struct verification *run, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(name, "rbe");
	struct mailfile *mailfile;

	if (file == NULL) {
		ctl_complain("%s: %s", name, strerror(errno));
		note_status(run, CTL_USAGE);
		return;
	}
	mailfile = mailfile_new(file);
	if (mailfile == NULL || mailfile_failed(mailfile) ||
	    !verify_messages(run, name, mailfile)) {
		ctl_complain("%s: cannot be read: %s", name, strerror(errno));
		note_status(run, CTL_USAGE);
	}
	mailfile_free(mailfile);
	if (!is_stdin)
		fclose(file);
}

static void
complain(void *arg, int level, const char *text)
{
	(void)arg;
	(void)level;
	ctl_complain("%s", text);
}

/* Without an MTA there is no {j}. */
static void
set_authserv_id(struct verification *run)
{
	const char *id = run->settings->authserv_id;

	if (id[0] != '\0') {
		snprintf(run->authserv_id, sizeof(run->authserv_id), "%s", id);
		return;
	}
	if (gethostname(run->authserv_id, sizeof(run->authserv_id) - 1) != 0 ||
	    !result_id_ok(run->authserv_id))
		snprintf(run->authserv_id, sizeof(run->authserv_id),
		    "localhost");
}

static int
verify(const struct options *options, char **files, int count)
{
	struct verification run = { .options = options };
	struct settings *settings;
	struct trust *trust;
	char *error = NULL;

	settings = ctl_settings(options->path, &options->overrides);
	if (settings == NULL)
		return CTL_USAGE;
	trust = anchors_load(settings, NULL, complain, NULL, &error);
	if (trust == NULL) {
		ctl_complain("%s", error != NULL ? error : "out of memory");
		free(error);
		settings_unref(settings);
		return CTL_USAGE;
	}
	run.settings = settings;
	run.trust = trust;
	set_authserv_id(&run);
	for (int i = 0; i < count; i++)
		verify_file(&run, files[i]);
	if (count == 0)
		verify_file(&run, "-");
	trust_unref(trust);
	settings_unref(settings);
	return run.status;
}

static void
options_done(struct options *options)
{
	for (size_t i = 0; i < options->owned_count; i++)
		free(options->owned[i]);
	free(options->owned);
	free(options->collection);
	free(options->list);
}

int
ctl_verify(int argc, char **argv)
{
	struct options options = {
		.owned = calloc((size_t)argc, sizeof(char *)),
		.list = calloc((size_t)argc + 1, sizeof(const char *)),
	};
	int status = CTL_USAGE;

	if (options.owned == NULL || options.list == NULL) {
		ctl_complain("out of memory");
	} else if (read_options(&options, argc, argv)) {
		if (options.help) {
			usage(stdout);
			status = CTL_OK;
		} else {
			status = verify(&options, argv + optind, argc - optind);
		}
	}
	options_done(&options);
	return status;
}
