/* SPDX-License-Identifier: ISC */
#include "milter/history/report.h"

#include "milter/log/log.h"

enum { QUOTED = 400 };

static void
heading(FILE *out, const char *words)
{
	fprintf(out, "\n%s\n", words);
}

static void
more(FILE *out, guint count)
{
	if (count > REPORT_TOP)
		fprintf(out, "  ... and %u more; --csv and --json have all\n",
		    count - REPORT_TOP);
}

static void
print_source(const struct report *report, FILE *out)
{
	const struct tally *tally = report->tally;
	char first[16], last[16];

	fprintf(out, "Signed messages: %zu, files: %zu, hosts: %u",
	    tally->messages, report->files, g_hash_table_size(tally->hosts));
	if (tally->first != 0)
		fprintf(out, ", from %s to %s", report_day(tally->first, first),
		    report_day(tally->last, last));
	fputc('\n', out);
	if (report->bad_lines > 0)
		fprintf(out, "%zu of %zu lines could not be read\n",
		    report->bad_lines, report->lines);
	if (tally->left_out > 0)
		fprintf(out,
		    "%zu messages, beyond what can be told apart, are in the "
		    "totals only\n",
		    tally->left_out);
}

static void
print_revocation(const struct report *report, FILE *out)
{
	size_t all;
	size_t checked = report_checked(report->tally, &all);

	if (checked < all)
		fprintf(out,
		    "Revocation was not checked for %zu of %zu signatures. "
		    "Exchange Online\nalso refuses where it cannot fetch a "
		    "CRL: that is not in these figures.\n",
		    all - checked, all);
}

static void
print_totals(const struct report *report, FILE *out)
{
	const struct tally *tally = report->tally;

	fprintf(out, "\n%-12s %19s %17s%s\n", "result", "exchange-2013-sp1",
	    "exchange-online", report->with == NULL ? "" : "   then");
	for (int i = RESULT_PASS; i <= RESULT_FAIL; i++) {
		if (tally->on_premises[i] + tally->cloud[i] +
			report->gap->cloud[i] ==
		    0)
			continue;
		fprintf(out, "%-12s %19zu %17zu", result_word((enum result)i),
		    tally->on_premises[i], tally->cloud[i]);
		if (report->with != NULL)
			fprintf(out, " %6zu", report->gap->cloud[i]);
		fputc('\n', out);
	}
}

static void
print_with(const struct report *report, FILE *out)
{
	char quoted[QUOTED];

	if (report->with == NULL)
		return;
	fprintf(out, "\nWith %s as the collection, %zu verdicts change",
	    log_quote(quoted, sizeof(quoted), report->with),
	    report->gap->changed);
	if (report->gap->unknown > 0)
		fprintf(out, "; of %zu messages that cannot be told",
		    report->gap->unknown);
	fputs(".\n", out);
}

static void
print_group(FILE *out, const struct gap_group *group, size_t all)
{
	char *domains = report_domains(group);
	char name[QUOTED], from[QUOTED];
	char first[16], last[16];

	fprintf(out, "  %8zu  %5.1f %%  %s\n", group->messages,
	    report_percent(group->messages, all),
	    group->name[0] != '\0' ?
		log_quote(name, sizeof(name), group->name) :
		"(unknown)");
	if (group->sha256 != NULL)
		fprintf(out, "%21ssha256 %s\n", "", group->sha256);
	fprintf(out, "%21s%s to %s, signers: %zu, from %s\n", "",
	    report_day(group->first, first), report_day(group->last, last),
	    group->signers, log_quote(from, sizeof(from), domains));
	g_free(domains);
}

static void
print_groups(const struct report *report, FILE *out, const char *words,
    const GPtrArray *groups)
{
	heading(out, words);
	for (guint i = 0; i < groups->len && i < REPORT_TOP; i++)
		print_group(out, g_ptr_array_index(groups, i),
		    report->gap->messages);
	more(out, groups->len);
}

static void
print_gap(const struct report *report, FILE *out)
{
	const struct gap *gap = report->gap;
	char share[80];

	fprintf(out, "\nWould change in the cloud: %s\n",
	    report_share(gap->messages, report->tally->messages, share,
		sizeof(share)));
	if (gap->messages == 0)
		return;
	fprintf(out, "Would stop passing:        %s\n",
	    report_share(gap->loses, report->tally->messages, share,
		sizeof(share)));
	print_groups(report, out,
	    "By the anchor that the collection lacks:", gap->by_anchor);
	print_groups(report, out,
	    "By issuer of the signer's certificate:", gap->by_issuer);
	print_groups(report, out, "By domain of the author:", gap->by_domain);
}

static void
print_expiry(const struct report *report, FILE *out, const char *words,
    const GPtrArray *certs)
{
	char name[QUOTED], until[16];

	if (certs->len == 0)
		return;
	heading(out, words);
	for (guint i = 0; i < certs->len && i < REPORT_TOP; i++) {
		const struct tally_cert *cert = g_ptr_array_index(certs, i);

		fprintf(out, "  %s  %8zu messages  %s%s\n",
		    report_day(cert->not_after, until), cert->messages,
		    log_quote(name, sizeof(name), report_cert_name(cert)),
		    cert->not_after < report->now ? "  (expired)" : "");
	}
	more(out, certs->len);
}

static void
print_stopped(const struct report *report, FILE *out)
{
	char name[QUOTED], last[16];

	if (report->stopped->len == 0)
		return;
	heading(out, "Always signed, and stopped:");
	for (guint i = 0; i < report->stopped->len && i < REPORT_TOP; i++) {
		const struct tally_author *author =
		    g_ptr_array_index(report->stopped, i);

		fprintf(out,
		    "  %s: %zu signed, the last on %s; %zu unsigned since\n",
		    log_quote(name, sizeof(name), author->from), author->passed,
		    report_day(author->last_signed, last),
		    author->unsigned_mail);
	}
	more(out, report->stopped->len);
}

static void
print_hit(FILE *out, const struct tally_hit *hit)
{
	char name[QUOTED], reason[80], would[80], stage[80];

	fprintf(out, "  %8zu  %s: reason %s, would %s (stage %s)\n",
	    hit->messages,
	    hit->from[0] != '\0' ? log_quote(name, sizeof(name), hit->from) :
				   "(no author)",
	    log_quote(reason, sizeof(reason), hit->reason),
	    log_quote(would, sizeof(would), hit->would),
	    log_quote(stage, sizeof(stage), hit->stage));
}

static void
print_hits(const struct report *report, FILE *out)
{
	char name[QUOTED];

	if (report->policy == NULL)
		return;
	fprintf(out, "\nWho is hit by the policy %s:\n",
	    log_quote(name, sizeof(name), report->policy));
	for (guint i = 0; i < report->hits->len && i < REPORT_TOP; i++)
		print_hit(out, g_ptr_array_index(report->hits, i));
	if (report->hits->len == 0)
		fputs("  nobody\n", out);
	more(out, report->hits->len);
}

void
report_text(const struct report *report, FILE *out)
{
	char words[80];

	print_source(report, out);
	print_revocation(report, out);
	print_totals(report, out);
	print_with(report, out);
	print_gap(report, out);
	snprintf(words, sizeof(words),
	    "Signers whose certificates expire within %u days:",
	    report->horizon);
	print_expiry(report, out, words, report->signers);
	snprintf(words, sizeof(words),
	    "Authorities whose certificates expire within %u days:",
	    report->horizon);
	print_expiry(report, out, words, report->authorities);
	print_stopped(report, out);
	print_hits(report, out);
}
