/* SPDX-License-Identifier: ISC */
/*
 * report - what a history says, as text, JSON, CSV or a page of HTML
 *
 * Shape    text has the REPORT_TOP greatest of each list, the page
 *          REPORT_TOP_PAGE; JSON and CSV have all of them.
 *          CSV (RFC 4180): section, name, id, messages, signers, first_seen,
 *          last_seen, not_after, detail; a cell that a spreadsheet could take
 *          for a formula begins with an apostrophe.
 * Safety   everything in a history comes from outside: it is escaped for
 *          terminals, JSON, CSV and HTML.  The page refers to nothing outside
 *          of itself and has no script.
 * Threads  one thread
 */
#ifndef MILTER_HISTORY_REPORT_H
#define MILTER_HISTORY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <glib.h>

#include "milter/history/gap.h"
#include "milter/history/tally.h"

enum { REPORT_TOP = 20, REPORT_TOP_PAGE = 50, REPORT_TOP_DOMAINS = 3 };

struct report {
	/* Set by the caller; borrowed. */
	const struct tally *tally;
	const struct gap *gap;
	time_t now;
	unsigned int horizon; /* days, for what expires */
	size_t files;
	size_t lines;
	size_t bad_lines;
	const char *with;   /* the other collection; NULL: none */
	const char *policy; /* only this one's hits; NULL: no hits */

	/* Set by report_prepare(); of things that the tally owns. */
	GPtrArray *signers;	/* of tally_cert: that expire, soonest first */
	GPtrArray *authorities; /* likewise */
	GPtrArray *stopped;	/* of tally_author, the last first */
	GPtrArray *hits;	/* of tally_hit: that ask for something */
	GPtrArray *days;	/* of tally_day, in order */
};

/* Choose and sort.  Free with report_done(). */
void report_prepare(struct report *report);
void report_done(struct report *report);

/* Each may fail as writing to out does: see ferror(). */
void report_text(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_csv(const struct report *report, FILE *out);
void report_html(const struct report *report, FILE *out);

/*
 * For these: the share in percent, 0 of nothing; the name of a certificate or
 * its fingerprint; the signer of a certificate, found by who issued it, has
 * none in some histories.
 */
double report_percent(size_t part, size_t whole);
const char *report_cert_name(const struct tally_cert *cert);

/* "12 of 345 (3.5 %)" */
const char *report_share(size_t part, size_t whole, char *out, size_t size);

/* "2026-01-31" */
const char *report_day(time_t when, char out[static 16]);

/*
 * "a.example (12), b.example (3), 4 more"; not escaped.  The caller frees it
 * with g_free().
 */
char *report_domains(const struct gap_group *group);

/* Of all signatures: how many had their revocation checked. */
size_t report_checked(const struct tally *tally, size_t *all_r);

#endif
