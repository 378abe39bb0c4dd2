/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "milter/collection/certfile.h"
#include "milter/collection/collection.h"
#include "milter/collection/lint.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/ctl/history.h"
#include "milter/history/gap.h"
#include "milter/history/report.h"
#include "milter/history/seen.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"

enum { OPT_SEEN = 256, OPT_COLLECTION, OPT_REVIEW, OPT_FORCE, OPT_DRY_RUN };
enum { HASH_LEN = 64, MAX_LINE = 8192, LINT_DAYS = 30 };

struct paths {
	char **list; /* owned list of borrowed paths */
	size_t count;
};

struct options {
	struct paths seen;	 /* folders */
	struct paths collection; /* what is in force, and stays */
	const char *review;
	const char *out;
	bool force;
	bool dry_run;
	time_t now;
};

/* What is to be done, and with what. */
struct candidate {
	const struct options *options;
	const struct tally *tally;
	GPtrArray *needed;	/* owned; of struct gap_group */
	GHashTable *approved;	/* owned; fingerprints; NULL: all of them */
	struct collection have; /* the collection in force */
	struct collection all;	/* and what is to be added */
	struct certlist certs;	/* of all: what is written */
	size_t added;
};

static const struct option long_options[] = {
	{ "seen", required_argument, NULL, OPT_SEEN },
	{ "collection", required_argument, NULL, OPT_COLLECTION },
	{ "review", required_argument, NULL, OPT_REVIEW },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: smimectl candidate [OPTION]... HISTORY...\n"
	    "List the certificates that would close the gap, or make a"
	    " collection with them.\n\n"
	    "  --collection FILE  what is in force now, and is to stay; may be"
	    " given several\n"
	    "                     times\n"
	    "  --seen DIR         where the daemon keeps certificates; may be"
	    " given several\n"
	    "                     times\n"
	    "  -o FILE.sst        write a collection: what stays, and what is"
	    " needed\n"
	    "  --review FILE      of what is needed, only what that file lists"
	    "\n"
	    "  --dry-run          write nothing; say what would change\n"
	    "  --force            replace FILE.sst if it is there\n"
	    "  --help             this text\n\n"
	    "Without -o and --dry-run, the list is printed: save it, delete"
	    " the lines of\nthose that you refuse, and give it back with"
	    " --review.\n\n"
	    "Exit status: 0 done; 1 there is nothing to add, a certificate is"
	    " in no folder,\nor the collection would be refused; 2 wrong"
	    " usage, or a file that cannot be\nread or written.\n",
	    out);
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case OPT_SEEN:
		options->seen.list[options->seen.count++] = optarg;
		return true;
	case OPT_COLLECTION:
		options->collection.list[options->collection.count++] = optarg;
		return true;
	case OPT_REVIEW:
		options->review = optarg;
		return true;
	case OPT_FORCE:
		return options->force = true;
	case OPT_DRY_RUN:
		return options->dry_run = true;
	case 'o':
		options->out = optarg;
		return true;
	default:
		return false;
	}
}

static bool
check_options(const struct options *options, size_t count)
{
	if (!ctl_history_is_named(count))
		return false;
	if ((options->out != NULL || options->dry_run) &&
	    options->seen.count == 0) {
		complaint_print("without --seen there are no certificates;"
				" expected the folder that seen-certificates"
				" names");
		return false;
	}
	return true;
}

/*
 * The review: one line for each certificate, that begins with its fingerprint.
 */

static void
print_need(const struct gap_group *need, FILE *out)
{
	char name[400], from[400], until[16] = "unknown";
	char *domains = report_domains(need);

	if (need->cert->has_not_after)
		report_day(need->cert->not_after, until);
	fprintf(out,
	    "%s %s %zu messages of %zu signers, expires %s: %s from %s\n",
	    need->sha256, need->cert->is_anchor ? "anchor" : "intermediate",
	    need->messages, need->signers, until,
	    log_quote(name, sizeof(name), need->name),
	    log_quote(from, sizeof(from), domains));
	g_free(domains);
}

static int
print_review(const struct candidate *candidate)
{
	printf("# Certificates that would close the gap, the most needed"
	       " first.\n"
	       "# Delete the line of each that you refuse, then:\n"
	       "#   smimectl candidate --review THIS --seen DIR -o FILE.sst"
	       " HISTORY...\n");
	for (guint i = 0; i < candidate->needed->len; i++)
		print_need(g_ptr_array_index(candidate->needed, i), stdout);
	if (!ctl_flush())
		return CTL_USAGE;
	return candidate->needed->len > 0 ? CTL_OK : CTL_BAD;
}

/* False after a complaint. */
static bool
read_review_line(GHashTable *approved, const char *file, size_t number,
    char *line)
{
	size_t len = strspn(line, "0123456789abcdef");

	if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
		return true;
	if (len != HASH_LEN || strchr(" \t\r\n", line[len]) == NULL) {
		complaint_print("%s:%zu: not a line of a review; expected 64"
				" hex digits, or # for a remark",
		    file, number);
		return false;
	}
	g_hash_table_add(approved, g_strndup(line, len));
	return true;
}

static bool
read_review(struct candidate *candidate)
{
	const char *path = candidate->options->review;
	FILE *file = fopen(path, "re");
	char line[MAX_LINE];
	size_t number = 0;
	bool good = true;

	if (file == NULL) {
		complaint_print("%s: %s", path, strerror(errno));
		return false;
	}
	candidate->approved =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	while (good && fgets(line, sizeof(line), file) != NULL)
		good =
		    read_review_line(candidate->approved, path, ++number, line);
	if (good && ferror(file) != 0) {
		complaint_print("%s: %s", path, strerror(errno));
		good = false;
	}
	fclose(file);
	return good;
}

/* What a review lists and the history does not is a mistake, or old. */
static void
tell_strangers(const struct candidate *candidate)
{
	GHashTable *approved = candidate->approved;
	guint found = 0;

	if (approved == NULL)
		return;
	for (guint i = 0; i < candidate->needed->len; i++) {
		const struct gap_group *need =
		    g_ptr_array_index(candidate->needed, i);

		found += g_hash_table_contains(approved, need->sha256) != FALSE;
	}
	if (found < g_hash_table_size(approved))
		complaint_print(
		    "%s: of %u certificates, these histories need %u;"
		    " the others are left out",
		    candidate->options->review, g_hash_table_size(approved),
		    found);
}

/*
 * The collection in the making.
 */

static bool
is_approved(const struct candidate *candidate, const struct gap_group *need)
{
	return candidate->approved == NULL ||
	    g_hash_table_contains(candidate->approved, need->sha256);
}

/* The file of a certificate, in the first folder that has it; or NULL. */
static char *
find_file(const struct paths *folders, const char *sha256)
{
	for (size_t i = 0; i < folders->count; i++) {
		char *path = seen_path(folders->list[i], sha256);

		if (path != NULL && access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static bool
is_expired(const struct candidate *candidate, const struct gap_group *need)
{
	return need->cert->has_not_after &&
	    need->cert->not_after <= candidate->options->now;
}

/* Add the files of what is needed to paths.  False: some are nowhere. */
static bool
find_files(const struct candidate *candidate, GPtrArray *paths)
{
	size_t missing = 0;

	for (guint i = 0; i < candidate->needed->len; i++) {
		const struct gap_group *need =
		    g_ptr_array_index(candidate->needed, i);
		char quoted[400];
		char *path;

		if (!is_approved(candidate, need))
			continue;
		log_quote(quoted, sizeof(quoted), need->name);
		if (is_expired(candidate, need)) {
			complaint_print("left out: %s has expired", quoted);
			continue;
		}
		path = find_file(&candidate->options->seen, need->sha256);
		if (path != NULL) {
			g_ptr_array_add(paths, path);
			continue;
		}
		complaint_print(
		    "%s, sha256 %s, is in no folder; expected one of"
		    " the hosts that saw it",
		    quoted, need->sha256);
		missing++;
	}
	return missing == 0;
}

static bool
read_all(struct candidate *candidate)
{
	const struct paths *stays = &candidate->options->collection;
	GPtrArray *paths = g_ptr_array_new();
	bool good;

	for (size_t i = 0; i < stays->count; i++)
		g_ptr_array_add(paths, stays->list[i]);
	good = find_files(candidate, paths);
	if (good && paths->len == stays->count) {
		complaint_print("there is nothing to add");
		good = false;
	}
	good = good &&
	    collection_read(&candidate->all, (char *const *)paths->pdata,
		paths->len, candidate->options->now);
	for (guint i = (guint)stays->count; i < paths->len; i++)
		free(g_ptr_array_index(paths, i));
	g_ptr_array_free(paths, TRUE);
	return good;
}

static bool
needs(const struct candidate *candidate, const char *sha256)
{
	for (guint i = 0; i < candidate->needed->len; i++) {
		const struct gap_group *need =
		    g_ptr_array_index(candidate->needed, i);

		if (strcmp(need->sha256, sha256) == 0)
			return is_approved(candidate, need);
	}
	return false;
}

/*
 * By content, not by the name of a file: nothing that was put into a folder
 * can pass for what was approved.
 */
static bool
choose(struct candidate *candidate)
{
	const struct collection *all = &candidate->all;

	if (!certlist_init(&candidate->certs, all->count))
		return false;
	for (size_t i = 0; i < all->count; i++) {
		const struct certview *view = &all->views[i];
		bool stays = candidate->have.store != NULL &&
		    gap_find(candidate->have.store, view->sha256) != NULL;

		if (!stays && !needs(candidate, view->sha256)) {
			complaint_print("left out: %s is not what its file is"
					" named after",
			    view->sha256);
			continue;
		}
		candidate->added += !stays;
		certlist_push(&candidate->certs, view);
	}
	return true;
}

/* Findings go to standard error; false where Exchange would refuse it. */
static bool
check(const struct candidate *candidate, const struct store *store)
{
	const struct lint_input in = { .store = store,
		.is_sst = true,
		.mode = TRUST_EXCHANGE_ONLINE,
		.now = candidate->options->now,
		.days = LINT_DAYS };
	struct lint lint;
	bool good;

	if (!lint_check(&in, &lint)) {
		complaint_print("out of memory");
		return false;
	}
	for (size_t i = 0; i < lint.count; i++) {
		const struct lint_finding *finding = &lint.findings[i];
		char *name = finding->cert == NULL ?
		    NULL :
		    cert_name(X509_get_subject_name(finding->cert->cert));
		char quoted[400];

		if (finding->severity != LINT_NOTICE)
			complaint_print("%s: %s: %s: %s",
			    lint_severity_word(finding->severity),
			    lint_token(finding->code),
			    log_quote(quoted, sizeof(quoted), name),
			    lint_words(finding->code));
		free(name);
	}
	good = lint.by_severity[LINT_ERROR] == 0;
	lint_done(&lint);
	return good;
}

static void
print_replay(const struct candidate *candidate, const struct store *store)
{
	struct gap *before = gap_new(candidate->tally, NULL);
	struct gap *after = gap_new(candidate->tally, store);

	printf("verdicts that change: %zu of %zu\n"
	       "gap: %zu messages before, %zu after\n",
	    after->changed, candidate->tally->messages, before->messages,
	    after->messages);
	if (after->unknown > 0)
		printf("cannot be told: %zu messages\n", after->unknown);
	gap_free(before);
	gap_free(after);
}

/* The octets are a whole store: what they do is what the file will do. */
static int
finish(const struct candidate *candidate, struct outfile *file,
    const struct buf *octets)
{
	struct store *store = store_new(NULL, NULL, NULL);
	char *error = NULL;
	char words[120];
	int status = CTL_USAGE;

	if (store == NULL ||
	    !store_add_octets(store, "candidate", octets->data, octets->len,
		&error)) {
		complaint_pass_on(error);
	} else if (!check(candidate, store)) {
		complaint_print("Exchange would refuse that collection; nothing"
				" was written");
		status = CTL_BAD;
	} else if (file == NULL || certfile_save(file, octets)) {
		certlist_describe(&candidate->certs, words, sizeof(words));
		printf("%s: %s, %zu of them added\n",
		    file == NULL ? "would be written" : candidate->options->out,
		    words, candidate->added);
		print_replay(candidate, store);
		status = CTL_OK;
	}
	store_unref(store);
	return status;
}

static int
make(struct candidate *candidate)
{
	const struct options *options = candidate->options;
	struct outfile *file = NULL;
	struct buf octets;
	int status = CTL_BAD;

	if (!options->dry_run) {
		file = certfile_open(options->out, options->force);
		if (file == NULL)
			return CTL_USAGE;
	}
	buf_init(&octets, STORE_MAX_FILE);
	if (read_all(candidate) && choose(candidate) &&
	    certfile_make(&octets, CERTFILE_SST, &candidate->certs, false))
		status = finish(candidate, file, &octets);
	buf_done(&octets);
	outfile_free(file);
	return status;
}

static void
candidate_done(struct candidate *candidate)
{
	if (candidate->needed != NULL)
		gap_groups_free(candidate->needed);
	if (candidate->approved != NULL)
		g_hash_table_destroy(candidate->approved);
	free(candidate->certs.list);
	collection_done(&candidate->all);
	collection_done(&candidate->have);
}

static int
work_on(struct candidate *candidate)
{
	const struct options *options = candidate->options;
	const struct paths *stays = &options->collection;

	if (stays->count > 0 &&
	    !collection_read(&candidate->have, stays->list, stays->count,
		options->now))
		return CTL_USAGE;
	if (options->review != NULL && !read_review(candidate))
		return CTL_USAGE;
	candidate->needed = gap_needed(candidate->tally, candidate->have.store);
	tell_strangers(candidate);
	if (options->out == NULL && !options->dry_run)
		return print_review(candidate);
	return make(candidate);
}

static int
run(void *args, char **files, size_t count)
{
	const struct options *options = args;
	struct candidate candidate = { .options = options };
	struct ctl_history history;
	bool good;
	int status;

	if (!check_options(options, count))
		return CTL_USAGE;
	good = ctl_history_read(&history, files, count);
	candidate.tally = history.tally;
	if (!good && options->out != NULL)
		complaint_print("%s: not written, since a history could not be"
				" read to its end",
		    options->out);
	status = good || options->out == NULL ? work_on(&candidate) : CTL_USAGE;
	candidate_done(&candidate);
	ctl_history_done(&history);
	return good ? status : CTL_USAGE;
}

static const struct ctl_command command = {
	.letters = "o:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.run = run,
};

int
ctl_candidate(int argc, char **argv)
{
	struct options options = { .now = time(NULL),
		.seen.list = calloc((size_t)argc, sizeof(char *)),
		.collection.list = calloc((size_t)argc, sizeof(char *)) };
	int status = CTL_USAGE;

	if (options.seen.list == NULL || options.collection.list == NULL)
		complaint_print("out of memory");
	else
		status = ctl_command_run(&command, argc, argv, &options);
	free(options.seen.list);
	free(options.collection.list);
	return status;
}
