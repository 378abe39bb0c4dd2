/* SPDX-License-Identifier: ISC */
#include "milter/history/report.h"

#include <jansson.h>

#include "milter/header/record.h"

static json_t *
number(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
when(time_t time)
{
	char text[32];

	record_time(time, text);
	return json_string(text);
}

/* null where the name is unknown. */
static json_t *
name(const char *text)
{
	return record_text(text == NULL || text[0] == '\0' ? NULL : text);
}

static json_t *
results(const size_t counts[TALLY_RESULTS])
{
	json_t *object = json_object();

	for (int i = RESULT_PASS; i <= RESULT_FAIL; i++)
		json_object_set_new(object, result_word((enum result)i),
		    number(counts[i]));
	return object;
}

static json_t *
domains(const struct gap_group *group)
{
	json_t *list = json_array();

	for (guint i = 0; i < group->domains->len; i++) {
		const struct gap_domain *domain =
		    g_ptr_array_index(group->domains, i);

		json_array_append_new(list,
		    json_pack("{s:o, s:o}", "name", name(domain->name),
			"messages", number(domain->messages)));
	}
	return list;
}

static json_t *
groups(const GPtrArray *array)
{
	json_t *list = json_array();

	for (guint i = 0; i < array->len; i++) {
		const struct gap_group *group = g_ptr_array_index(array, i);

		json_array_append_new(list,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
			name(group->name), "sha256", name(group->sha256),
			"messages", number(group->messages), "signers",
			number(group->signers), "first", when(group->first),
			"last", when(group->last), "domains", domains(group)));
	}
	return list;
}

static json_t *
certs(const GPtrArray *array)
{
	json_t *list = json_array();

	for (guint i = 0; i < array->len; i++) {
		const struct tally_cert *cert = g_ptr_array_index(array, i);

		json_array_append_new(list,
		    json_pack("{s:o, s:o, s:o, s:o, s:o}", "subject",
			name(cert->subject), "sha256", name(cert->sha256),
			"not_after", when(cert->not_after), "messages",
			number(cert->messages), "last", when(cert->last)));
	}
	return list;
}

static json_t *
stopped(const GPtrArray *array)
{
	json_t *list = json_array();

	for (guint i = 0; i < array->len; i++) {
		const struct tally_author *author = g_ptr_array_index(array, i);

		json_array_append_new(list,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "from",
			name(author->from), "signed", number(author->passed),
			"last_signed", when(author->last_signed), "unsigned",
			number(author->unsigned_mail), "first_unsigned",
			when(author->first_unsigned), "last_unsigned",
			when(author->last_unsigned)));
	}
	return list;
}

static json_t *
hits(const GPtrArray *array)
{
	json_t *list = json_array();

	for (guint i = 0; i < array->len; i++) {
		const struct tally_hit *hit = g_ptr_array_index(array, i);

		json_array_append_new(list,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			"from", name(hit->from), "reason", name(hit->reason),
			"would", name(hit->would), "stage", name(hit->stage),
			"action", name(hit->action), "messages",
			number(hit->messages), "first", when(hit->first),
			"last", when(hit->last)));
	}
	return list;
}

static json_t *
days(const GPtrArray *array)
{
	json_t *list = json_array();
	char text[16];

	for (guint i = 0; i < array->len; i++) {
		const struct tally_day *day = g_ptr_array_index(array, i);

		json_array_append_new(list,
		    json_pack("{s:s, s:o, s:o, s:o, s:o}", "day",
			report_day((time_t)day->number * 86400, text), "signed",
			number(day->signed_mail), "exchange-2013-sp1",
			number(day->on_premises), "exchange-online",
			number(day->cloud), "differ", number(day->differ)));
	}
	return list;
}

static json_t *
source(const struct report *report)
{
	const struct tally *tally = report->tally;
	bool empty = tally->first == 0;
	size_t all;
	size_t checked = report_checked(tally, &all);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "files", number(report->files), "lines", number(report->lines),
	    "bad_lines", number(report->bad_lines), "hosts",
	    number(g_hash_table_size(tally->hosts)), "first",
	    empty ? json_null() : when(tally->first), "last",
	    empty ? json_null() : when(tally->last), "left_out",
	    number(tally->left_out), "signatures", number(all),
	    "revocation_checked", number(checked), "unsigned",
	    number(tally->unsigned_mail));
}

static json_t *
gap(const struct report *report)
{
	const struct gap *gap = report->gap;

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "messages",
	    number(gap->messages), "stop_passing", number(gap->loses),
	    "by_anchor", groups(gap->by_anchor), "by_issuer",
	    groups(gap->by_issuer), "by_domain", groups(gap->by_domain));
}

static json_t *
with(const struct report *report)
{
	if (report->with == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "collection",
	    record_text(report->with), "exchange-online",
	    results(report->gap->cloud), "changed",
	    number(report->gap->changed), "unknown",
	    number(report->gap->unknown));
}

void
report_json(const struct report *report, FILE *out)
{
	const struct tally *tally = report->tally;
	json_t *object;

	object = json_pack(
	    "{s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:o}",
	    "source", source(report), "messages", number(tally->messages),
	    "modes", "exchange-2013-sp1", results(tally->on_premises),
	    "exchange-online", results(tally->cloud), "gap", gap(report),
	    "with", with(report), "expiring", "signers", certs(report->signers),
	    "authorities", certs(report->authorities), "stopped",
	    stopped(report->stopped), "policy",
	    report->policy == NULL ? json_null() : hits(report->hits), "days",
	    days(report->days));
	if (object != NULL)
		json_dumpf(object, out, JSON_COMPACT);
	json_decref(object);
	fputc('\n', out);
}
