/* SPDX-License-Identifier: ISC */
#include "milter/history/report.h"

#include <string.h>

#include "milter/header/record.h"

/* One line; what is NULL or 0 stays empty. */
struct cells {
	const char *section;
	const char *name;
	const char *id;
	size_t messages;
	size_t signers;
	time_t first, last, not_after;
	const char *detail;
};

/* RFC 4180 2; and no cell is a formula (=, +, -, @, tab, CR). */
static void
put_text(FILE *out, const char *text)
{
	if (text == NULL)
		return;
	fputc('"', out);
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
	fputc('"', out);
}

static void
put_number(FILE *out, size_t number)
{
	if (number > 0)
		fprintf(out, "%zu", number);
}

static void
put_time(FILE *out, time_t when)
{
	char text[32];

	if (when == 0)
		return;
	record_time(when, text);
	fputs(text, out);
}

static void
put_line(FILE *out, const struct cells *cells)
{
	put_text(out, cells->section);
	fputc(',', out);
	put_text(out, cells->name);
	fputc(',', out);
	put_text(out, cells->id);
	fputc(',', out);
	put_number(out, cells->messages);
	fputc(',', out);
	put_number(out, cells->signers);
	fputc(',', out);
	put_time(out, cells->first);
	fputc(',', out);
	put_time(out, cells->last);
	fputc(',', out);
	put_time(out, cells->not_after);
	fputc(',', out);
	put_text(out, cells->detail);
	fputs("\r\n", out);
}

static void
put_results(FILE *out, const char *section, const size_t counts[TALLY_RESULTS])
{
	for (int i = RESULT_PASS; i <= RESULT_FAIL; i++)
		put_line(out,
		    &(struct cells){ .section = section,
			.name = result_word((enum result)i),
			.messages = counts[i] });
}

static void
put_groups(FILE *out, const char *section, const GPtrArray *groups)
{
	for (guint i = 0; i < groups->len; i++) {
		const struct gap_group *group = g_ptr_array_index(groups, i);
		char *domains = report_domains(group);

		put_line(out,
		    &(struct cells){ .section = section,
			.name = group->name,
			.id = group->sha256,
			.messages = group->messages,
			.signers = group->signers,
			.first = group->first,
			.last = group->last,
			.not_after =
			    group->cert == NULL ? 0 : group->cert->not_after,
			.detail = domains });
		g_free(domains);
	}
}

static void
put_certs(FILE *out, const char *section, const GPtrArray *certs)
{
	for (guint i = 0; i < certs->len; i++) {
		const struct tally_cert *cert = g_ptr_array_index(certs, i);

		put_line(out,
		    &(struct cells){ .section = section,
			.name = cert->subject,
			.id = cert->sha256,
			.messages = cert->messages,
			.last = cert->last,
			.not_after = cert->not_after });
	}
}

static void
put_stopped(FILE *out, const GPtrArray *authors)
{
	char detail[60];

	for (guint i = 0; i < authors->len; i++) {
		const struct tally_author *author =
		    g_ptr_array_index(authors, i);

		snprintf(detail, sizeof(detail), "%zu unsigned since",
		    author->unsigned_mail);
		put_line(out,
		    &(struct cells){ .section = "stopped",
			.name = author->from,
			.messages = author->passed,
			.first = author->first_signed,
			.last = author->last_signed,
			.detail = detail });
	}
}

static void
put_hits(FILE *out, const GPtrArray *hits)
{
	for (guint i = 0; i < hits->len; i++) {
		const struct tally_hit *hit = g_ptr_array_index(hits, i);
		char *detail = g_strdup_printf("reason %s, would %s, stage %s",
		    hit->reason != NULL ? hit->reason : "-", hit->would,
		    hit->stage != NULL ? hit->stage : "-");

		put_line(out,
		    &(struct cells){ .section = "policy",
			.name = hit->from,
			.id = hit->policy,
			.messages = hit->messages,
			.first = hit->first,
			.last = hit->last,
			.detail = detail });
		g_free(detail);
	}
}

static void
put_days(FILE *out, const GPtrArray *days)
{
	char name[16], detail[120];

	for (guint i = 0; i < days->len; i++) {
		const struct tally_day *day = g_ptr_array_index(days, i);

		snprintf(detail, sizeof(detail),
		    "exchange-2013-sp1 %zu, exchange-online %zu, differ %zu",
		    day->on_premises, day->cloud, day->differ);
		put_line(out,
		    &(struct cells){ .section = "day",
			.name = report_day((time_t)day->number * 86400, name),
			.messages = day->signed_mail,
			.detail = detail });
	}
}

void
report_csv(const struct report *report, FILE *out)
{
	fputs("section,name,id,messages,signers,first_seen,last_seen,"
	      "not_after,detail\r\n",
	    out);
	put_results(out, "exchange-2013-sp1", report->tally->on_premises);
	put_results(out, "exchange-online", report->tally->cloud);
	if (report->with != NULL)
		put_results(out, "with", report->gap->cloud);
	put_groups(out, "anchor", report->gap->by_anchor);
	put_groups(out, "issuer", report->gap->by_issuer);
	put_groups(out, "domain", report->gap->by_domain);
	put_certs(out, "expiring-signer", report->signers);
	put_certs(out, "expiring-authority", report->authorities);
	put_stopped(out, report->stopped);
	put_hits(out, report->hits);
	put_days(out, report->days);
}
