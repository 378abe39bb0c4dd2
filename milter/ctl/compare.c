/* SPDX-License-Identifier: ISC */
#include "milter/ctl/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/ctl.h"
#include "milter/daemon/cputime.h"
#include "milter/daemon/mailfile.h"
#include "milter/header/record.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"
#include "milter/policy/anchors.h"
#include "smime/smime.h"

/* One configuration, and the message that it has before it. */
struct side {
	struct settings *settings;     /* one count */
	struct trust *trust;	       /* one count */
	FILE *file;		       /* owned */
	struct mailfile *mail;	       /* owned */
	struct smime *smime;	       /* owned */
	struct cputime cputime;	       /* of the message */
	const struct verdict *verdict; /* borrowed from smime */
};

struct comparison {
	const struct ctl_compare *in;
	struct side before, after;
	size_t messages;
	size_t differ;
	bool failed;
};

static void
tell(void *arg, int level, const char *text)
{
	(void)level;
	complaint_print("%s: %s", (const char *)arg, text);
}

/* False after a complaint. */
static bool
load(struct side *side, const char *path, const struct overrides *overrides)
{
	char *error = NULL;

	side->settings = ctl_settings(path, overrides);
	if (side->settings == NULL)
		return false;
	side->trust = anchors_load(side->settings, NULL, tell,
	    (void *)(uintptr_t)path, &error);
	if (side->trust == NULL)
		complaint_print("%s: %s", path,
		    error != NULL ? error : "out of memory");
	free(error);
	return side->trust != NULL;
}

static void
unload(struct side *side)
{
	trust_unref(side->trust);
	settings_unref(side->settings);
}

/* Strings that may be NULL. */
static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_signature(const struct signature *a, const struct signature *b)
{
	return a->result == b->result && a->reason == b->reason &&
	    a->trust == b->trust && same(a->anchor, b->anchor);
}

static bool
same_verdict(const struct verdict *a, const struct verdict *b)
{
	if (a->result != b->result || a->reason != b->reason ||
	    a->trust != b->trust || a->signature_count != b->signature_count)
		return false;
	for (size_t i = 0; i < a->signature_count; i++)
		if (!same_signature(&a->signatures[i], &b->signatures[i]))
			return false;
	return true;
}

static void
print_outcome(enum result result, enum reason reason, enum trust_who trust)
{
	const char *word = result_word(result);

	printf("%s", word != NULL ? word : "no result");
	if (reason != REASON_OK)
		printf(" (%s)", reason_token(reason));
	printf(", trust %s", trust_who_word(trust));
}

static void
print_signature(const struct signature *before, const struct signature *after)
{
	char quoted[600];

	printf("  part %s, %s: ", before->part,
	    log_quote(quoted, sizeof(quoted),
		before->identifier != NULL ? before->identifier :
					     before->subject));
	print_outcome(before->result, before->reason, before->trust);
	fputs(" -> ", stdout);
	print_outcome(after->result, after->reason, after->trust);
	putchar('\n');
	if (same(before->anchor, after->anchor))
		return;
	printf("    anchor: %s",
	    log_quote(quoted, sizeof(quoted), before->anchor));
	printf(" -> %s\n", log_quote(quoted, sizeof(quoted), after->anchor));
}

static void
print_text(const char *name, const struct verdict *before,
    const struct verdict *after)
{
	printf("%s: ", name);
	print_outcome(before->result, before->reason, before->trust);
	fputs(" -> ", stdout);
	print_outcome(after->result, after->reason, after->trust);
	putchar('\n');
	if (before->signature_count != after->signature_count)
		printf("  signatures: %zu -> %zu\n", before->signature_count,
		    after->signature_count);
	for (size_t i = 0;
	     i < before->signature_count && i < after->signature_count; i++)
		if (!same_signature(&before->signatures[i],
			&after->signatures[i]))
			print_signature(&before->signatures[i],
			    &after->signatures[i]);
}

static void
print_json(const char *name, const struct verdict *before,
    const struct verdict *after)
{
	json_t *object = json_pack("{s:o, s:o, s:o}", "file", record_text(name),
	    "before", record_new(name, NULL, before), "after",
	    record_new(name, NULL, after));

	if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT) != 0)
		complaint_print("%s: the verdicts cannot be written", name);
	putchar('\n');
	json_decref(object);
}

static void
compare(struct comparison *run, const char *name)
{
	const struct verdict *before = run->before.verdict;
	const struct verdict *after = run->after.verdict;

	run->messages++;
	if (same_verdict(before, after))
		return;
	run->differ++;
	if (run->in->json)
		print_json(name, before, after);
	else
		print_text(name, before, after);
}

/* False: there is no further message. */
static bool
judge(struct side *side, time_t now)
{
	if (!mailfile_push(side->mail, side->smime) ||
	    mailfile_failed(side->mail))
		return false;
	side->verdict = smime_finish(side->smime, side->trust, now);
	return true;
}

/* False: there is no further message, or no memory. */
static bool
next_message(struct comparison *run, struct side *side)
{
	const struct budget budget = { .is_left = cputime_is_left,
		.arg = &side->cputime };
	bool good;

	side->smime =
	    smime_new(NULL, &side->settings->limits, &side->settings->rules);
	if (side->smime == NULL) {
		complaint_print("out of memory");
		run->failed = true;
		return false;
	}
	cputime_init(&side->cputime, side->settings->max_cpu_time);
	smime_set_budget(side->smime, &budget);
	cputime_resume(&side->cputime);
	good = judge(side, run->in->now);
	cputime_pause(&side->cputime);
	return good;
}

/* One message under both, or false. */
static bool
compare_message(struct comparison *run, const char *file, size_t number)
{
	bool is_mbox = mailfile_is_mbox(run->before.mail);
	char *name = NULL;
	bool good =
	    next_message(run, &run->before) && next_message(run, &run->after);

	if (good &&
	    asprintf(&name, is_mbox ? "%s#%zu" : "%s", file, number) > 0)
		compare(run, name);
	else if (good)
		run->failed = true;
	free(name);
	smime_free(run->before.smime);
	smime_free(run->after.smime);
	run->before.smime = run->after.smime = NULL;
	return good;
}

static bool
open_side(struct side *side, const char *file)
{
	side->file = fopen(file, "rbe");
	side->mail = side->file == NULL ? NULL : mailfile_new(side->file);
	return side->mail != NULL && !mailfile_failed(side->mail);
}

static void
close_side(struct side *side)
{
	mailfile_free(side->mail);
	side->mail = NULL;
	if (side->file != NULL)
		fclose(side->file);
	side->file = NULL;
}

static void
compare_file(struct comparison *run, const char *file)
{
	bool good =
	    open_side(&run->before, file) && open_side(&run->after, file);
	size_t number = 1;

	while (good && compare_message(run, file, number))
		number++;
	if (!good || mailfile_failed(run->before.mail) ||
	    mailfile_failed(run->after.mail)) {
		complaint_print("%s: cannot be read: %s", file,
		    strerror(errno));
		run->failed = true;
	}
	close_side(&run->before);
	close_side(&run->after);
}

static int
compare_files(struct comparison *run, char *const *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		compare_file(run, files[i]);
	if (!run->in->json)
		printf("%zu of %zu messages differ\n", run->differ,
		    run->messages);
	if (!ctl_flush() || run->failed)
		return CTL_USAGE;
	return run->differ > 0 ? CTL_BAD : CTL_OK;
}

static bool
are_files(char *const *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(files[i], "-") == 0)
			count = 0;
	if (count == 0)
		complaint_print("--compare reads each message twice; expected"
				" files after the second configuration");
	return count > 0;
}

int
ctl_compare(const struct ctl_compare *in, char *const *files, size_t count)
{
	struct comparison run = { .in = in };
	int status = CTL_USAGE;

	if (are_files(files, count) &&
	    load(&run.before, in->before, in->overrides) &&
	    load(&run.after, in->after, in->overrides))
		status = compare_files(&run, files, count);
	unload(&run.before);
	unload(&run.after);
	return status;
}
