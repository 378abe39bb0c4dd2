/* SPDX-License-Identifier: ISC */
#include "milter/history/report.h"

#include <string.h>

#include "milter/history/chart.h"

enum {
	DAY = 24 * 60 * 60,
	TOP_BARS = 10,
	TOP_STEPS = 15,
	MONTHS = 13, /* this one, and those of a year */
};

/* Contrast: at least 4.5 to 1 for text, 3 to 1 for what pictures are made of. */
static const char style[] =
    ":root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--dim:#57606a;"
    "--rule:#d0d7de;--one:#0550ae;--two:#b35900;--fill:#f5d9b8;"
    "--panel:#f6f8fa}\n"
    "@media (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;"
    "--dim:#9da7b1;--rule:#3a424c;--one:#79b8ff;--two:#ffa657;--fill:#57401f;"
    "--panel:#161b22}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--back);"
    "color:var(--text);font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}\n"
    "h2{font-size:1.2rem;margin:2rem 0 .5rem}\n"
    "p{margin:.4rem 0}.dim{color:var(--dim)}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0;padding:0;"
    "list-style:none}\n"
    ".facts li{flex:1 1 9rem;background:var(--panel);border:1px solid "
    "var(--rule);border-radius:.5rem;padding:.75rem 1rem}\n"
    ".facts b{display:block;font-size:1.7rem;line-height:1.2;"
    "white-space:nowrap}\n"
    ".pictures{display:grid;gap:1.5rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}\n"
    "figure{margin:0;min-width:0;border:1px solid var(--rule);"
    "border-radius:.5rem;padding:1rem;break-inside:avoid}\n"
    "figcaption{font-weight:600;margin-bottom:.5rem}\n"
    "svg{display:block;width:100%;height:auto}\n"
    "svg text{fill:var(--text);font:14px system-ui,sans-serif}\n"
    ".grid{stroke:var(--rule);stroke-width:1}\n"
    ".line0,.line1{fill:none;stroke-width:3;stroke-linejoin:round}\n"
    ".line0{stroke:var(--one)}.line1{stroke:var(--two);"
    "stroke-dasharray:7 4}\n"
    ".dot0{fill:var(--one)}.dot1{fill:var(--two)}\n"
    ".bar0{fill:var(--one)}.bar1{fill:var(--back);stroke:var(--two);"
    "stroke-width:2}\n"
    ".gap{fill:var(--fill)}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;"
    "border-bottom:1px solid var(--rule)}\n"
    "th{color:var(--dim);font-weight:600}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}\n"
    "td.wide{overflow-wrap:anywhere;min-width:11rem}\n"
    "code{font-size:.75rem;color:var(--dim);overflow-wrap:anywhere}\n"
    "@media print{:root{--back:#fff;--text:#000;--dim:#444;--rule:#999;"
    "--one:#0550ae;--two:#b35900;--fill:#f5d9b8;--panel:#fff}"
    "body{max-width:none;padding:0;font-size:10pt}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "tr,figure,li{break-inside:avoid}.scroll{overflow:visible}}\n";

/* Text from outside, kept from turning the text around it. */
static void
outside(FILE *out, const char *text)
{
	fputs("<bdi>", out);
	chart_escape(out, text);
	fputs("</bdi>", out);
}

static void
begin_page(FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<title>S/MIME: what a move to Exchange Online changes</title>\n"
	      "<style>\n",
	    out);
	fputs(style, out);
	fputs("</style>\n</head>\n<body>\n<main>\n", out);
}

static void
put_fact(FILE *out, const char *big, const char *small)
{
	fprintf(out, "<li><b>%s</b>%s</li>\n", big, small);
}

static void
put_facts(const struct report *report, FILE *out)
{
	const struct tally *tally = report->tally;
	const struct gap *gap = report->gap;
	char text[32];

	fputs("<ul class=\"facts\">\n", out);
	snprintf(text, sizeof(text), "%zu", tally->messages);
	put_fact(out, text, "signed messages");
	snprintf(text, sizeof(text), "%.1f %%",
	    report_percent(tally->on_premises[RESULT_PASS], tally->messages));
	put_fact(out, text, "pass on premises (exchange-2013-sp1)");
	snprintf(text, sizeof(text), "%.1f %%",
	    report_percent(report->with == NULL ? tally->cloud[RESULT_PASS] :
						  gap->cloud[RESULT_PASS],
		tally->messages));
	put_fact(out, text, "would pass in the cloud (exchange-online)");
	snprintf(text, sizeof(text), "%zu", gap->messages);
	put_fact(out, text, "messages would change");
	snprintf(text, sizeof(text), "%u", gap->by_anchor->len);
	put_fact(out, text, "anchors are missing");
	fputs("</ul>\n", out);
}

static void
put_notes(const struct report *report, FILE *out)
{
	const struct tally *tally = report->tally;
	size_t all;
	size_t checked = report_checked(tally, &all);

	if (report->with != NULL) {
		fputs("<p>As it would have been with the collection ", out);
		outside(out, report->with);
		fprintf(out, ": %zu verdicts change", report->gap->changed);
		if (report->gap->unknown > 0)
			fprintf(out, "; of %zu messages that cannot be told",
			    report->gap->unknown);
		fputs(".</p>\n", out);
	}
	if (checked < all)
		fprintf(out,
		    "<p>Revocation was not checked for %zu of %zu signatures. "
		    "Exchange Online also refuses where it cannot fetch a CRL; "
		    "that is not in these figures.</p>\n",
		    all - checked, all);
	if (report->bad_lines > 0)
		fprintf(out, "<p>%zu of %zu lines could not be read.</p>\n",
		    report->bad_lines, report->lines);
	if (tally->left_out > 0)
		fprintf(out,
		    "<p>%zu messages, beyond what can be told apart, are in "
		    "the totals only.</p>\n",
		    tally->left_out);
}

static void
put_head(const struct report *report, FILE *out)
{
	const struct tally *tally = report->tally;
	char first[16], last[16];

	fputs("<h1>S/MIME: what a move to Exchange Online changes</h1>\n", out);
	fprintf(out, "<p class=\"dim\">Files: %zu, hosts: %u", report->files,
	    g_hash_table_size(tally->hosts));
	if (tally->first != 0)
		fprintf(out, ", %s to %s", report_day(tally->first, first),
		    report_day(tally->last, last));
	fprintf(out, "; as of %s</p>\n", report_day(report->now, first));
	put_facts(report, out);
	put_notes(report, out);
}

/*
 * Pictures.
 */

static void
begin_figure(FILE *out, const char *caption)
{
	fprintf(out, "<figure>\n<figcaption>%s</figcaption>\n", caption);
}

static void
end_figure(FILE *out)
{
	fputs("</figure>\n", out);
}

static void
put_nothing(FILE *out, const char *words)
{
	fprintf(out, "<p class=\"dim\">%s</p>\n", words);
}

/*
 * Days put together so that there are at most CHART_MAX_POINTS places; then
 * the values are those of a day on average.
 */
struct timeline {
	struct chart_point points[CHART_MAX_POINTS];
	char labels[CHART_MAX_POINTS][16];
	size_t count;
	long days; /* of one point */
};

static void
make_timeline(const struct report *report, struct timeline *timeline)
{
	const GPtrArray *days = report->days;
	const struct tally_day *day = g_ptr_array_index(days, 0);
	long first = day->number;
	long span;

	day = g_ptr_array_index(days, days->len - 1);
	span = day->number - first + 1;
	*timeline = (struct timeline){ .days = (span + CHART_MAX_POINTS - 1) /
		    CHART_MAX_POINTS };
	timeline->count =
	    (size_t)((span + timeline->days - 1) / timeline->days);
	for (size_t i = 0; i < timeline->count; i++) {
		report_day((time_t)(first + (long)i * timeline->days) * DAY,
		    timeline->labels[i]);
		timeline->points[i].label = timeline->labels[i];
	}
	for (guint i = 0; i < days->len; i++) {
		size_t at;

		day = g_ptr_array_index(days, i);
		at = (size_t)((day->number - first) / timeline->days);
		timeline->points[at].values[0] += day->on_premises;
		timeline->points[at].values[1] += day->cloud;
	}
	for (size_t i = 0; i < timeline->count; i++) {
		long rest = span - (long)i * timeline->days;
		size_t divisor =
		    (size_t)(rest < timeline->days ? rest : timeline->days);

		timeline->points[i].values[0] /= divisor;
		timeline->points[i].values[1] /= divisor;
	}
}

static void
put_timeline(const struct report *report, FILE *out)
{
	static const char *const names[] = { "on premises", "in the cloud" };
	const struct chart_text text = { "time", "Both modes over time",
		"Two lines of the messages that pass, under exchange-2013-sp1 "
		"and under exchange-online. The room between them is mail that "
		"would stop passing." };
	struct timeline timeline;

	begin_figure(out, "Messages a day that pass");
	if (report->days->len == 0) {
		put_nothing(out, "There is no signed mail.");
	} else {
		make_timeline(report, &timeline);
		chart_lines(out, &text, names, timeline.points, timeline.count);
		if (timeline.days > 1)
			fprintf(out,
			    "<p class=\"dim\">Each point is the average of %ld "
			    "days.</p>\n",
			    timeline.days);
	}
	end_figure(out);
}

static void
put_closing(const struct report *report, FILE *out)
{
	const struct chart_text text = { "closing", "The gap as the SST grows",
		"Bars of the messages that would still change after none, one, "
		"two and more of the missing anchors have been added, the "
		"greatest first." };
	const GPtrArray *groups = report->gap->by_anchor;
	struct chart_point points[TOP_STEPS + 1] = { 0 };
	char labels[TOP_STEPS + 1][16];
	size_t left = report->gap->messages;
	size_t count = groups->len < TOP_STEPS ? groups->len : TOP_STEPS;

	begin_figure(out, "Messages that still change, by anchors added");
	for (size_t i = 0; i <= count; i++) {
		const struct gap_group *group;

		snprintf(labels[i], sizeof(labels[i]), "%zu", i);
		points[i].label = labels[i];
		points[i].values[0] = left;
		if (i == count)
			break;
		group = g_ptr_array_index(groups, i);
		left -= group->messages;
	}
	if (count == 0)
		put_nothing(out, "Nothing would change.");
	else
		chart_steps(out, &text, points, count + 1);
	end_figure(out);
}

static void
put_issuers(const struct report *report, FILE *out)
{
	const struct chart_text text = { "issuers",
		"Issuers whose mail changes",
		"Bars of the messages that would change, by the issuer of the "
		"signer's certificate, the greatest first." };
	const GPtrArray *groups = report->gap->by_issuer;
	struct chart_point points[TOP_BARS] = { 0 };
	size_t count = groups->len < TOP_BARS ? groups->len : TOP_BARS;

	begin_figure(out, "Issuers whose mail would change");
	for (size_t i = 0; i < count; i++) {
		const struct gap_group *group = g_ptr_array_index(groups, i);

		points[i].label =
		    group->name[0] != '\0' ? group->name : "(unknown)";
		points[i].values[0] = group->messages;
	}
	if (count == 0)
		put_nothing(out, "Nothing would change.");
	else
		chart_bars(out, &text, points, count);
	end_figure(out);
}

/* Months since the year 0. */
static long
month_of(time_t when)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		return 0;
	return (long)(tm.tm_year + 1900) * 12 + tm.tm_mon;
}

static void
count_months(const struct report *report, struct chart_point *points)
{
	const GPtrArray *certs = report->tally->certs;
	long first = month_of(report->now);

	for (guint i = 0; i < certs->len; i++) {
		const struct tally_cert *cert = g_ptr_array_index(certs, i);
		long month = month_of(cert->not_after) - first;

		if (cert->has_not_after && month >= 0 && month < MONTHS)
			points[month].values[cert->is_leaf ? 0 : 1]++;
	}
}

static void
put_calendar(const struct report *report, FILE *out)
{
	static const char *const names[] = { "signers", "authorities" };
	const struct chart_text text = { "calendar", "What expires when",
		"Pairs of bars for this month and the twelve after it: how "
		"many certificates of signers and of authorities expire." };
	struct chart_point points[MONTHS] = { 0 };
	char labels[MONTHS][16];
	long first = month_of(report->now);

	count_months(report, points);
	for (long i = 0; i < MONTHS; i++) {
		snprintf(labels[i], sizeof(labels[i]), "%04ld-%02ld",
		    (first + i) / 12, (first + i) % 12 + 1);
		points[i].label = labels[i];
	}
	begin_figure(out, "Certificates that expire, by month");
	chart_pairs(out, &text, names, points, MONTHS);
	end_figure(out);
}

/*
 * Tables: all that is in the pictures, and more.
 */

/* The columns of numbers are marked with "#". */
static void
begin_table(FILE *out, const char *heading, const char *const *columns)
{
	fprintf(out,
	    "<h2>%s</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\"><table>\n<thead><tr>",
	    heading, heading);
	for (size_t i = 0; columns[i] != NULL; i++) {
		bool is_number = columns[i][0] == '#';

		fprintf(out, "<th scope=\"col\"%s>%s</th>",
		    is_number ? " class=\"n\"" : "",
		    columns[i] + (is_number ? 1 : 0));
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void
end_table(FILE *out, guint count)
{
	fputs("</tbody></table></div>\n", out);
	if (count > REPORT_TOP_PAGE)
		fprintf(out,
		    "<p class=\"dim\">%u more; --csv and --json have all.</p>\n",
		    count - REPORT_TOP_PAGE);
}

static void
put_number(FILE *out, size_t n)
{
	fprintf(out, "<td class=\"n\">%zu</td>", n);
}

static void
put_words(FILE *out, const char *text)
{
	fputs("<td class=\"wide\">", out);
	outside(out, text != NULL && text[0] != '\0' ? text : "(unknown)");
	fputs("</td>", out);
}

static void
put_day(FILE *out, time_t when)
{
	char text[16];

	fprintf(out, "<td class=\"n\">%s</td>", report_day(when, text));
}

static void
put_results(const struct report *report, FILE *out)
{
	static const char *const columns[] = { "result", "#exchange-2013-sp1",
		"#exchange-online", NULL };
	static const char *const columns_with[] = { "result",
		"#exchange-2013-sp1", "#exchange-online",
		"#with the other collection", NULL };
	const struct tally *tally = report->tally;

	begin_table(out, "Results in both modes",
	    report->with != NULL ? columns_with : columns);
	for (int i = RESULT_PASS; i <= RESULT_FAIL; i++) {
		if (tally->on_premises[i] + tally->cloud[i] +
			report->gap->cloud[i] ==
		    0)
			continue;
		fputs("<tr>", out);
		put_words(out, result_word((enum result)i));
		put_number(out, tally->on_premises[i]);
		put_number(out, tally->cloud[i]);
		if (report->with != NULL)
			put_number(out, report->gap->cloud[i]);
		fputs("</tr>\n", out);
	}
	end_table(out, 0);
}

static void
put_group(FILE *out, const struct gap_group *group, size_t left)
{
	char *domains = report_domains(group);

	fputs("<tr><td class=\"wide\">", out);
	outside(out, group->name[0] != '\0' ? group->name : "(unknown)");
	if (group->sha256 != NULL)
		fprintf(out, "<br><code>%s</code>", group->sha256);
	fputs("</td>", out);
	put_number(out, group->messages);
	put_number(out, left);
	put_number(out, group->signers);
	put_day(out, group->first);
	put_day(out, group->last);
	put_words(out, domains);
	fputs("</tr>\n", out);
	g_free(domains);
}

static void
put_groups(const struct report *report, FILE *out, const char *heading,
    const char *what, const GPtrArray *groups)
{
	const char *const columns[] = { what, "#messages", "#left then",
		"#signers", "#first seen", "#last seen", "author domains",
		NULL };
	size_t left = report->gap->messages;

	if (groups->len == 0)
		return;
	begin_table(out, heading, columns);
	for (guint i = 0; i < groups->len && i < REPORT_TOP_PAGE; i++) {
		const struct gap_group *group = g_ptr_array_index(groups, i);

		left -= group->messages;
		put_group(out, group, left);
	}
	end_table(out, groups->len);
}

static void
put_certs(const struct report *report, FILE *out, const char *heading,
    const GPtrArray *certs)
{
	static const char *const columns[] = { "certificate", "#expires",
		"#messages", "#last seen", NULL };

	if (certs->len == 0)
		return;
	begin_table(out, heading, columns);
	for (guint i = 0; i < certs->len && i < REPORT_TOP_PAGE; i++) {
		const struct tally_cert *cert = g_ptr_array_index(certs, i);
		char day[16];

		fputs("<tr>", out);
		put_words(out, report_cert_name(cert));
		fprintf(out, "<td class=\"n\">%s%s</td>",
		    report_day(cert->not_after, day),
		    cert->not_after < report->now ? " (expired)" : "");
		put_number(out, cert->messages);
		put_day(out, cert->last);
		fputs("</tr>\n", out);
	}
	end_table(out, certs->len);
}

static void
put_stopped(const struct report *report, FILE *out)
{
	static const char *const columns[] = { "author", "#signed",
		"#last signed", "#unsigned since", NULL };

	if (report->stopped->len == 0)
		return;
	begin_table(out, "Always signed, and stopped", columns);
	for (guint i = 0; i < report->stopped->len && i < REPORT_TOP_PAGE;
	     i++) {
		const struct tally_author *author =
		    g_ptr_array_index(report->stopped, i);

		fputs("<tr>", out);
		put_words(out, author->from);
		put_number(out, author->passed);
		put_day(out, author->last_signed);
		put_number(out, author->unsigned_mail);
		fputs("</tr>\n", out);
	}
	end_table(out, report->stopped->len);
}

static void
put_hits(const struct report *report, FILE *out)
{
	static const char *const columns[] = { "author", "#messages",
		"#first seen", "#last seen", "reason", "would", "stage", NULL };

	if (report->policy == NULL)
		return;
	begin_table(out, "Who is hit by the policy", columns);
	for (guint i = 0; i < report->hits->len && i < REPORT_TOP_PAGE; i++) {
		const struct tally_hit *hit =
		    g_ptr_array_index(report->hits, i);

		fputs("<tr>", out);
		put_words(out, hit->from);
		put_number(out, hit->messages);
		put_day(out, hit->first);
		put_day(out, hit->last);
		put_words(out, hit->reason);
		put_words(out, hit->would);
		put_words(out, hit->stage);
		fputs("</tr>\n", out);
	}
	end_table(out, report->hits->len);
}

/* The numbers of a picture, for who cannot see it. */
static void
put_timeline_table(const struct report *report, FILE *out)
{
	static const char *const columns[] = { "#from", "#on premises",
		"#in the cloud", NULL };
	struct timeline timeline;

	if (report->days->len == 0)
		return;
	make_timeline(report, &timeline);
	begin_table(out, "Messages a day that pass", columns);
	for (size_t i = 0; i < timeline.count; i++) {
		fprintf(out, "<tr><td class=\"n\">%s</td>", timeline.labels[i]);
		put_number(out, timeline.points[i].values[0]);
		put_number(out, timeline.points[i].values[1]);
		fputs("</tr>\n", out);
	}
	end_table(out, 0);
}

static void
put_calendar_table(const struct report *report, FILE *out)
{
	static const char *const columns[] = { "#month", "#signers",
		"#authorities", NULL };
	struct chart_point points[MONTHS] = { 0 };
	long first = month_of(report->now);

	count_months(report, points);
	begin_table(out, "Certificates that expire, by month", columns);
	for (long i = 0; i < MONTHS; i++) {
		fprintf(out, "<tr><td class=\"n\">%04ld-%02ld</td>",
		    (first + i) / 12, (first + i) % 12 + 1);
		put_number(out, points[i].values[0]);
		put_number(out, points[i].values[1]);
		fputs("</tr>\n", out);
	}
	end_table(out, 0);
}

static void
put_tables(const struct report *report, FILE *out)
{
	const struct gap *gap = report->gap;

	put_groups(report, out, "Anchors that the collection lacks", "anchor",
	    gap->by_anchor);
	put_groups(report, out, "Issuers whose mail would change", "issuer",
	    gap->by_issuer);
	put_groups(report, out, "Domains whose mail would change", "domain",
	    gap->by_domain);
	put_hits(report, out);
	put_certs(report, out, "Signers whose certificates expire soon",
	    report->signers);
	put_certs(report, out, "Authorities whose certificates expire soon",
	    report->authorities);
	put_stopped(report, out);
	put_results(report, out);
	put_timeline_table(report, out);
	put_calendar_table(report, out);
}

void
report_html(const struct report *report, FILE *out)
{
	begin_page(out);
	put_head(report, out);
	fputs("<div class=\"pictures\">\n", out);
	put_timeline(report, out);
	put_closing(report, out);
	put_issuers(report, out);
	put_calendar(report, out);
	fputs("</div>\n", out);
	put_tables(report, out);
	fputs("</main>\n</body>\n</html>\n", out);
}
