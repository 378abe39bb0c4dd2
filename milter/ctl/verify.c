/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "milter/ctl/command.h"
#include "milter/ctl/compare.h"
#include "milter/ctl/ctl.h"
#include "milter/ctl/forensic/forensic.h"
#include "milter/ctl/forensic/hop.h"
#include "milter/ctl/forensic/partfile.h"
#include "milter/daemon/cputime.h"
#include "milter/daemon/mailfile.h"
#include "milter/header/record.h"
#include "milter/header/result.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"
#include "milter/policy/anchors.h"
#include "milter/settings/settings.h"
#include "smime/smime.h"

struct options {
	const char *path;
	const char *compare; /* the first of two configurations; or NULL */
	bool json;
	bool has_time;
	time_t time;
	char **owned; /* owned, owned_count of them: overrides made here */
	size_t owned_count;
	char *collections; /* owned; "a,b", as far as given; or NULL */
	const char **list; /* owned; room for one per argument, and one */
	struct overrides overrides;
};

/* One run over any number of files. */
struct verification {
	const struct options *options;
	const struct settings *settings;
	struct trust *trust; /* borrowed */
	char authserv_id[256];
	int status;		/* the most severe so far */
	struct cputime cputime; /* of the message in work */
};

/* One message of a file, and what is found about its signatures. */
struct message {
	const char *name;
	struct smime *smime;	     /* owned */
	struct partfile_place place; /* valid if may_reread */
	bool may_reread;
	const struct verdict *verdict; /* borrowed from smime */
	char **causes; /* owned, one for each signature; NULL: not looked for */
};

enum {
	OPT_COLLECTION = 256,
	OPT_LOCAL_STORE,
	OPT_MODE,
	OPT_TIME,
	OPT_JSON,
	OPT_COMPARE,
};

static const struct option long_options[] = {
	{ "collection", required_argument, NULL, OPT_COLLECTION },
	{ "local-store", required_argument, NULL, OPT_LOCAL_STORE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "compare", required_argument, NULL, OPT_COMPARE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl verify [OPTION]... [FILE]...\n"
	    "       smimectl verify --compare A.conf B.conf FILE...\n"
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
	    "  --compare A.conf     with B.conf: only what differs under"
	    " these\n"
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

/*
 * The option takes a list, and of two overrides the last one counts: each
 * repeats the files that were given before.
 */
static bool
add_collection(struct options *options, const char *path)
{
	const char *before = options->collections;
	char *files;

	if (asprintf(&files, "%s%s%s", before == NULL ? "" : before,
		before == NULL ? "" : ",", path) < 0)
		return false;
	free(options->collections);
	options->collections = files;
	return add_override(options, "collection", files);
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

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
		options->has_time = true;
		return ctl_read_time("--time", optarg, &options->time);
	case OPT_JSON:
		options->json = true;
		return true;
	case OPT_COMPARE:
		options->compare = optarg;
		return true;
	default:
		return false;
	}
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

static const char *
cause_of(const struct message *message, size_t index)
{
	return message->causes == NULL ? NULL : message->causes[index];
}

/* The keys of a record are fixed: a cause goes where sentences are. */
static void
add_causes(json_t *record, const struct message *message)
{
	json_t *signatures = json_object_get(record, "signatures");
	const char *cause;

	for (size_t i = 0; i < json_array_size(signatures); i++) {
		cause = cause_of(message, i);
		if (cause == NULL)
			continue;
		json_object_set_new(json_array_get(signatures, i), "detail",
		    json_sprintf("%s; probable cause: %s",
			message->verdict->signatures[i].detail, cause));
	}
}

static bool
print_json(const struct message *message, const char *header)
{
	json_t *record = record_new(message->name, header, message->verdict);

	add_causes(record, message);
	return record_print(record);
}

/* Text from outside must not steer a terminal. */
static void
print_outside(const char *label, const char *text)
{
	char quoted[1200];

	if (text != NULL)
		printf("    %s: %s\n", label,
		    log_quote(quoted, sizeof(quoted), text));
}

static void
print_signature(const struct signature *s, const char *cause)
{
	printf("  part %s: %s", s->part, result_word(s->result));
	if (s->reason != REASON_OK)
		printf(" (%s)", reason_token(s->reason));
	printf("; trust %s; revocation not checked\n",
	    trust_who_word(s->trust));
	print_outside("signer", s->identifier);
	print_outside("subject", s->subject);
	print_outside("issuer", s->issuer);
	print_outside("anchor", s->anchor);
	if (s->reason != REASON_OK)
		printf("    why: %s\n    cure: %s\n", s->detail,
		    reason_cure(s->reason));
	if (cause != NULL)
		printf("    probable cause: %s\n", cause);
}

static void
print_text(const struct message *message, const char *header)
{
	const struct verdict *verdict = message->verdict;
	const char *word = result_word(verdict->result);

	printf("%s: %s\n", message->name,
	    word != NULL ? word : "encrypted, so nothing can be said");
	if (header != NULL)
		printf("  Authentication-Results: %s\n", header);
	for (size_t i = 0; i < verdict->signature_count; i++)
		print_signature(&verdict->signatures[i], cause_of(message, i));
	if (verdict->signature_count == 0 && verdict->reason != REASON_OK)
		printf("  why: %s\n", reason_words(verdict->reason));
}

static void
report(struct verification *run, const struct message *message)
{
	const struct result_form form = { .staging = run->settings->staging };
	char *header =
	    result_write_unfolded(run->authserv_id, message->verdict, form);

	note_status(run, status_of(message->verdict));
	if (!run->options->json) {
		print_text(message, header);
	} else if (!print_json(message, header)) {
		complaint_print("%s: the verdict cannot be written",
		    message->name);
		note_status(run, CTL_USAGE);
	}
	free(header);
}

/* What happened on the way to the octets that a signature is about. */
static void
describe_cause(const struct signature *s, const struct buf *header,
    const struct buf *part, char out[static FORENSIC_MAX_TEXT])
{
	const struct forensic_input in = { .part = part->data,
		.len = part->len,
		.digest = s->digest,
		.expected = s->message_digest,
		.expected_len = s->message_digest_len };
	char hop[HOP_MAX_TEXT];
	struct forensic found;
	bool known;

	forensic_examine(&in, &found);
	known = hop_find(found.cause, (const char *)header->data, header->len,
		    hop) ||
	    hop_find(found.cause, (const char *)part->data, part->len, hop);
	forensic_describe(&found, known ? hop : NULL, out);
}

static char *
find_cause(const struct verification *run, const struct message *message,
    const struct signature *s)
{
	enum partfile_status status = PARTFILE_PIPE;
	char text[FORENSIC_MAX_TEXT] = "not found";
	struct buf header, part;

	buf_init(&header, PARTFILE_MAX_HEADER);
	buf_init(&part, FORENSIC_MAX_PART);
	if (message->may_reread)
		status = partfile_read(&message->place, &run->settings->limits,
		    s->part, &header, &part);
	switch (status) {
	case PARTFILE_OK:
		describe_cause(s, &header, &part, text);
		break;
	case PARTFILE_PIPE:
		snprintf(text, sizeof(text),
		    "not looked for; that takes a file, not a pipe");
		break;
	case PARTFILE_TOO_LARGE:
		snprintf(text, sizeof(text),
		    "not looked for; the signed part is too large");
		break;
	case PARTFILE_FAILED: /* such as a part within an opaque signature */
		break;
	}
	buf_done(&header);
	buf_done(&part);
	return strdup(text);
}

/*
 * The verdict is made; this only explains it, and may fail without harm.  It
 * takes its time, so it is done for one signature of a message: others of the
 * same part suffered the same.
 */
static void
find_causes(const struct verification *run, struct message *message)
{
	const struct verdict *verdict = message->verdict;
	const struct signature *s;

	message->causes = calloc(verdict->signature_count + 1, sizeof(char *));
	if (message->causes == NULL)
		return;
	for (size_t i = 0; i < verdict->signature_count; i++) {
		s = &verdict->signatures[i];
		if (s->reason != REASON_DIGEST_MISMATCH ||
		    s->message_digest == NULL)
			continue;
		message->causes[i] = find_cause(run, message, s);
		return;
	}
}

static bool
next_message(struct verification *run, struct mailfile *mailfile, int fd,
    struct message *message_r)
{
	const struct budget budget = { .is_left = cputime_is_left,
		.arg = &run->cputime };
	struct message message = { .place.fd = fd };

	message.smime =
	    smime_new(NULL, &run->settings->limits, &run->settings->rules);
	message.may_reread = mailfile_offset(mailfile, &message.place.from);
	if (message.smime == NULL) {
		complaint_print("out of memory");
		note_status(run, CTL_USAGE);
		return false;
	}
	cputime_init(&run->cputime, run->settings->max_cpu_time);
	cputime_resume(&run->cputime);
	smime_set_budget(message.smime, &budget);
	if (!mailfile_push(mailfile, message.smime)) {
		smime_free(message.smime);
		return false;
	}
	message.may_reread =
	    message.may_reread && mailfile_offset(mailfile, &message.place.to);
	*message_r = message;
	return true;
}

static void
judge_message(struct verification *run, struct message *message, time_t now)
{
	message->verdict = smime_finish(message->smime, run->trust, now);
	cputime_pause(&run->cputime);
	find_causes(run, message);
	report(run, message);
}

static void
message_done(struct message *message)
{
	for (size_t i = 0;
	     message->causes != NULL && i < message->verdict->signature_count;
	     i++)
		free(message->causes[i]);
	free(message->causes);
	smime_free(message->smime);
}

static bool
verify_messages(struct verification *run, const char *name,
    struct mailfile *mailfile, int fd)
{
	struct message message;
	char *numbered = NULL;
	time_t now = run->options->has_time ? run->options->time : time(NULL);
	bool good = true;
	size_t number = 0;

	while (good && next_message(run, mailfile, fd, &message)) {
		message.name = name;
		if (mailfile_is_mbox(mailfile)) {
			free(numbered);
			if (asprintf(&numbered, "%s#%zu", name, ++number) < 0)
				numbered = NULL;
			message.name = numbered != NULL ? numbered : name;
		}
		good = !mailfile_failed(mailfile);
		if (good)
			judge_message(run, &message, now);
		message_done(&message);
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
		complaint_print("%s: %s", name, strerror(errno));
		note_status(run, CTL_USAGE);
		return;
	}
	mailfile = mailfile_new(file);
	if (mailfile == NULL || mailfile_failed(mailfile) ||
	    !verify_messages(run, name, mailfile, fileno(file))) {
		complaint_print("%s: cannot be read: %s", name,
		    strerror(errno));
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
	complaint_print("%s", text);
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
verify(const struct options *options, char **files, size_t count)
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
		complaint_pass_on(error);
		settings_unref(settings);
		return CTL_USAGE;
	}
	run.settings = settings;
	run.trust = trust;
	set_authserv_id(&run);
	for (size_t i = 0; i < count; i++)
		verify_file(&run, files[i]);
	if (count == 0)
		verify_file(&run, "-");
	if (!ctl_flush())
		note_status(&run, CTL_USAGE);
	trust_unref(trust);
	settings_unref(settings);
	return run.status;
}

/* The second configuration comes before the files. */
static int
compare(const struct options *options, char **files, size_t count)
{
	struct ctl_compare in = { .before = options->compare,
		.after = files[0],
		.overrides = &options->overrides,
		.json = options->json,
		.now = options->has_time ? options->time : time(NULL) };

	if (options->path != NULL || count == 0) {
		complaint_print("--compare takes two configurations, and no -c;"
				" expected --compare A.conf B.conf FILE...");
		return CTL_USAGE;
	}
	return ctl_compare(&in, files + 1, count - 1);
}

static void
options_done(struct options *options)
{
	for (size_t i = 0; i < options->owned_count; i++)
		free(options->owned[i]);
	free(options->owned);
	free(options->collections);
	free(options->list);
}

static int
run(void *args, char **files, size_t count)
{
	struct options *options = args;

	options->overrides.list = options->list;
	return options->compare != NULL ? compare(options, files, count) :
					  verify(options, files, count);
}

static const struct ctl_command command = {
	.letters = "c:o:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.run = run,
};

int
ctl_verify(int argc, char **argv)
{
	struct options options = {
		.owned = calloc((size_t)argc, sizeof(char *)),
		.list = calloc((size_t)argc + 1, sizeof(const char *)),
	};
	int status = CTL_USAGE;

	if (options.owned == NULL || options.list == NULL)
		complaint_print("out of memory");
	else
		status = ctl_command_run(&command, argc, argv, &options);
	options_done(&options);
	return status;
}
