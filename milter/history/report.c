/* SPDX-License-Identifier: ISC */
#include "milter/history/report.h"

#include <string.h>

#include "milter/header/record.h"

enum { DAY = 24 * 60 * 60 };

/* Soon, or since a short while; and still in use. */
static bool
expires(const struct report *report, const struct tally_cert *cert)
{
	time_t span = (time_t)report->horizon * DAY;

	return cert->has_not_after && cert->not_after <= report->now + span &&
	    cert->last >= report->now - span;
}

static gint
by_expiry(gconstpointer a, gconstpointer b)
{
	const struct tally_cert *one = *(struct tally_cert *const *)a;
	const struct tally_cert *other = *(struct tally_cert *const *)b;

	if (one->not_after != other->not_after)
		return one->not_after < other->not_after ? -1 : 1;
	return strcmp(one->sha256, other->sha256);
}

static gint
by_last_signed(gconstpointer a, gconstpointer b)
{
	const struct tally_author *one = *(struct tally_author *const *)a;
	const struct tally_author *other = *(struct tally_author *const *)b;

	if (one->last_signed != other->last_signed)
		return one->last_signed < other->last_signed ? 1 : -1;
	return strcmp(one->from, other->from);
}

static gint
by_hit_messages(gconstpointer a, gconstpointer b)
{
	const struct tally_hit *one = *(struct tally_hit *const *)a;
	const struct tally_hit *other = *(struct tally_hit *const *)b;

	if (one->messages != other->messages)
		return one->messages < other->messages ? 1 : -1;
	return strcmp(one->from, other->from);
}

static gint
by_number(gconstpointer a, gconstpointer b)
{
	const struct tally_day *one = *(struct tally_day *const *)a;
	const struct tally_day *other = *(struct tally_day *const *)b;

	return (one->number > other->number) - (one->number < other->number);
}

static bool
is_hit(const struct report *report, const struct tally_hit *hit)
{
	return report->policy != NULL && hit->would != NULL &&
	    strcmp(hit->policy, report->policy) == 0 &&
	    strcmp(hit->would, "accept") != 0;
}

static void
choose_certs(struct report *report)
{
	const GPtrArray *certs = report->tally->certs;

	for (guint i = 0; i < certs->len; i++) {
		struct tally_cert *cert = g_ptr_array_index(certs, i);

		if (expires(report, cert))
			g_ptr_array_add(cert->is_leaf ? report->signers :
							report->authorities,
			    cert);
	}
	g_ptr_array_sort(report->signers, by_expiry);
	g_ptr_array_sort(report->authorities, by_expiry);
}

void
report_prepare(struct report *report)
{
	const struct tally *tally = report->tally;

	report->signers = g_ptr_array_new();
	report->authorities = g_ptr_array_new();
	report->stopped = g_ptr_array_new();
	report->hits = g_ptr_array_new();
	report->days = g_ptr_array_new();
	choose_certs(report);
	for (guint i = 0; i < tally->authors->len; i++)
		if (tally_has_stopped(g_ptr_array_index(tally->authors, i)))
			g_ptr_array_add(report->stopped,
			    g_ptr_array_index(tally->authors, i));
	for (guint i = 0; i < tally->hits->len; i++)
		if (is_hit(report, g_ptr_array_index(tally->hits, i)))
			g_ptr_array_add(report->hits,
			    g_ptr_array_index(tally->hits, i));
	for (guint i = 0; i < tally->days->len; i++)
		g_ptr_array_add(report->days,
		    g_ptr_array_index(tally->days, i));
	g_ptr_array_sort(report->stopped, by_last_signed);
	g_ptr_array_sort(report->hits, by_hit_messages);
	g_ptr_array_sort(report->days, by_number);
}

void
report_done(struct report *report)
{
	g_ptr_array_free(report->signers, TRUE);
	g_ptr_array_free(report->authorities, TRUE);
	g_ptr_array_free(report->stopped, TRUE);
	g_ptr_array_free(report->hits, TRUE);
	g_ptr_array_free(report->days, TRUE);
}

double
report_percent(size_t part, size_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

const char *
report_share(size_t part, size_t whole, char *out, size_t size)
{
	snprintf(out, size, "%zu of %zu (%.1f %%)", part, whole,
	    report_percent(part, whole));
	return out;
}

const char *
report_cert_name(const struct tally_cert *cert)
{
	return cert->subject != NULL ? cert->subject : cert->sha256;
}

const char *
report_day(time_t when, char out[static 16])
{
	char text[32];

	record_time(when, text);
	snprintf(out, 16, "%.10s", text);
	return out;
}

char *
report_domains(const struct gap_group *group)
{
	GString *text = g_string_new(NULL);
	guint count = group->domains->len;

	for (guint i = 0; i < count && i < REPORT_TOP_DOMAINS; i++) {
		const struct gap_domain *domain =
		    g_ptr_array_index(group->domains, i);

		g_string_append_printf(text, "%s%s (%zu)", i == 0 ? "" : ", ",
		    domain->name[0] != '\0' ? domain->name : "no author",
		    domain->messages);
	}
	if (count > REPORT_TOP_DOMAINS)
		g_string_append_printf(text, ", %u more",
		    count - REPORT_TOP_DOMAINS);
	return g_string_free(text, FALSE);
}

size_t
report_checked(const struct tally *tally, size_t *all_r)
{
	size_t all = 0;

	for (size_t i = 0; i < TALLY_REVOCATIONS; i++)
		all += tally->revocation[i];
	*all_r = all;
	return all - tally->revocation[REVOCATION_NOT_CHECKED];
}
