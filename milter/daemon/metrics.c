/* SPDX-License-Identifier: ISC */
#include "milter/daemon/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/log/promtext.h"
#include "milter/settings/condition.h"
#include "smime/reason.h"

enum { RESULTS = RESULT_FAIL + 1, TRUSTS = TRUST_BY_LOCAL + 1 };

typedef atomic_uint_fast64_t counter;

/* Upper bounds in microseconds, and how they are written. */
static const struct {
	uint64_t most;
	const char *le;
} buckets[] = {
	{ 100, "0.0001" },
	{ 250, "0.00025" },
	{ 500, "0.0005" },
	{ 1000, "0.001" },
	{ 2500, "0.0025" },
	{ 5000, "0.005" },
	{ 10000, "0.01" },
	{ 25000, "0.025" },
	{ 50000, "0.05" },
	{ 100000, "0.1" },
	{ 250000, "0.25" },
	{ 500000, "0.5" },
	{ 1000000, "1" },
	{ 2500000, "2.5" },
	{ 5000000, "5" },
	{ 10000000, "10" },
	{ 30000000, "30" },
	{ 60000000, "60" },
	{ UINT64_MAX / 1000, "+Inf" },
};

enum { BUCKETS = sizeof(buckets) / sizeof(buckets[0]) };

struct histogram {
	counter in[BUCKETS];
	counter sum; /* nanoseconds */
};

/* A name is set once and stays for good. */
struct rule_counters {
	_Atomic(const char *) name;
	counter results[RESULTS];
};

static struct {
	counter opened, closed, refused;
	counter messages[RESULTS][REASON_COUNT][TRUSTS][ACTION_KINDS];
	counter unjudged, skipped, aborted;
	counter staging[RESULTS][RESULTS]; /* on premises; in the cloud */
	counter reloads[2];
	atomic_bool failing;
	struct histogram stages[METRICS_STAGES];
	struct rule_counters rules[METRICS_MAX_RULES + 1];
} count;

static const char other[] = "(other)";

static pthread_mutex_t naming = PTHREAD_MUTEX_INITIALIZER;

static void
add(counter *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static uint64_t
value(const counter *of)
{
	return atomic_load_explicit(of, memory_order_relaxed);
}

/* The rule of that name; NULL when it has none yet, and there is room. */
static struct rule_counters *
find_rule(const char *name)
{
	for (size_t i = 0; i < METRICS_MAX_RULES; i++) {
		const char *known = atomic_load(&count.rules[i].name);

		if (known == NULL)
			return NULL;
		if (strcmp(known, name) == 0)
			return &count.rules[i];
	}
	return &count.rules[METRICS_MAX_RULES];
}

/* Names come with the configuration, and few of them ever. */
static struct rule_counters *
name_rule(const char *name)
{
	struct rule_counters *rule;

	pthread_mutex_lock(&naming);
	/* Another thread may have been here in the meantime. */
	rule = find_rule(name);
	if (rule == NULL) {
		rule = count.rules;
		while (atomic_load(&rule->name) != NULL)
			rule++;
		atomic_store(&rule->name, strdup(name));
		if (atomic_load(&rule->name) == NULL)
			rule = &count.rules[METRICS_MAX_RULES];
	}
	pthread_mutex_unlock(&naming);
	return rule;
}

static void
count_rule(const char *name, enum result result)
{
	struct rule_counters *rule = find_rule(name);

	if (rule == NULL)
		rule = name_rule(name);
	if (rule == &count.rules[METRICS_MAX_RULES])
		atomic_store(&rule->name, other);
	add(&rule->results[result], 1);
}

static void
write_counter(FILE *out, const char *name, const char *help, uint64_t n)
{
	promtext_family(out, name, "counter", help);
	fprintf(out, "%s %" PRIu64 "\n", name, n);
}

static void
write_connections(FILE *out)
{
	write_counter(out, "smime_milter_connections_total",
	    "Connections of the MTA.", value(&count.opened));
	write_counter(out, "smime_milter_connections_refused_total",
	    "Connections closed because there were too many.",
	    value(&count.refused));
	promtext_family(out, "smime_milter_connections", "gauge",
	    "Connections of the MTA that are open.");
	fprintf(out, "smime_milter_connections %" PRIu64 "\n",
	    metrics_connections());
}

static void
write_cell(FILE *out, size_t result, size_t reason, size_t trust, size_t action)
{
	uint64_t n = value(&count.messages[result][reason][trust][action]);

	if (n == 0)
		return;
	fprintf(out,
	    "smime_milter_messages_total{result=\"%s\",reason=\"%s\","
	    "trust=\"%s\",action=\"%s\"} %" PRIu64 "\n",
	    condition_result_word((enum result)result),
	    reason_token((enum reason)reason),
	    trust_who_word((enum trust_who)trust),
	    action_word((enum action_kind)action), n);
}

static void
write_cells(FILE *out, size_t result, size_t reason)
{
	for (size_t trust = 0; trust < TRUSTS; trust++) {
		for (size_t action = 0; action < ACTION_KINDS; action++)
			write_cell(out, result, reason, trust, action);
	}
}

static void
write_messages(FILE *out)
{
	promtext_family(out, "smime_milter_messages_total", "counter",
	    "Messages judged, by result, reason, trust and action.");
	for (size_t result = 0; result < RESULTS; result++) {
		for (size_t reason = 0; reason < REASON_COUNT; reason++)
			write_cells(out, result, reason);
	}
	write_counter(out, "smime_milter_messages_unjudged_total",
	    "Messages that could not be judged and have to come again.",
	    value(&count.unjudged));
	write_counter(out, "smime_milter_messages_skipped_total",
	    "Messages left alone as the settings ask for.",
	    value(&count.skipped));
	write_counter(out, "smime_milter_messages_aborted_total",
	    "Messages that the MTA gave up before their end.",
	    value(&count.aborted));
}

static void
write_staging(FILE *out)
{
	static const char name[] = "smime_milter_staging_total";

	promtext_family(out, name, "counter",
	    "Messages by what each mode of Exchange says of them.");
	for (size_t i = 0; i < RESULTS * RESULTS; i++) {
		const size_t here = i / RESULTS, there = i % RESULTS;
		const uint64_t n = value(&count.staging[here][there]);

		if (n > 0)
			fprintf(out,
			    "%s{exchange_2013_sp1=\"%s\","
			    "exchange_online=\"%s\"} %" PRIu64 "\n",
			    name, condition_result_word((enum result)here),
			    condition_result_word((enum result)there), n);
	}
}

static void
write_rules(FILE *out)
{
	static const char name[] = "smime_milter_rule_messages_total";

	promtext_family(out, name, "counter",
	    "Messages that a policy rule decided, by its name and result.");
	for (size_t i = 0; i <= METRICS_MAX_RULES; i++) {
		const struct rule_counters *rule = &count.rules[i];
		const char *known = atomic_load(&rule->name);

		for (size_t k = 0; known != NULL && k < RESULTS; k++) {
			fprintf(out, "%s{", name);
			promtext_label(out, "rule", known);
			fprintf(out, ",result=\"%s\"} %" PRIu64 "\n",
			    condition_result_word((enum result)k),
			    value(&rule->results[k]));
		}
	}
}

static void
write_histogram(FILE *out, const char *name, const char *stage,
    const struct histogram *histogram)
{
	uint64_t sum = value(&histogram->sum);
	uint64_t total = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		total += value(&histogram->in[i]);
		fprintf(out, "%s_bucket{stage=\"%s\",le=\"%s\"} %" PRIu64 "\n",
		    name, stage, buckets[i].le, total);
	}
	fprintf(out, "%s_sum{stage=\"%s\"} %" PRIu64 ".%09" PRIu64 "\n", name,
	    stage, sum / 1000000000, sum % 1000000000);
	fprintf(out, "%s_count{stage=\"%s\"} %" PRIu64 "\n", name, stage,
	    total);
}

static void
write_stages(FILE *out)
{
	static const char name[] = "smime_milter_stage_seconds";
	static const char *const stages[METRICS_STAGES] = {
		[METRICS_READING] = "reading",
		[METRICS_JUDGING] = "judging",
		[METRICS_ANSWERING] = "answering",
	};

	promtext_family(out, name, "histogram",
	    "Time that a message spends in each stage.");
	for (size_t i = 0; i < METRICS_STAGES; i++)
		write_histogram(out, name, stages[i], &count.stages[i]);
}

static void
write_reloads(FILE *out)
{
	static const char name[] = "smime_milter_reloads_total";

	promtext_family(out, name, "counter",
	    "Reloads of the configuration and the stores, by what came of it.");
	fprintf(out, "%s{outcome=\"good\"} %" PRIu64 "\n", name,
	    value(&count.reloads[true]));
	fprintf(out, "%s{outcome=\"refused\"} %" PRIu64 "\n", name,
	    value(&count.reloads[false]));
	promtext_family(out, "smime_milter_reload_failing", "gauge",
	    "Whether the last reload was refused, so that old settings hold.");
	fprintf(out, "smime_milter_reload_failing %d\n",
	    atomic_load(&count.failing) ? 1 : 0);
}

void
metrics_opened(void)
{
	add(&count.opened, 1);
}

void
metrics_closed(void)
{
	add(&count.closed, 1);
}

void
metrics_refused(void)
{
	add(&count.refused, 1);
}

void
metrics_message(const struct verdict *verdict, enum action_kind action,
    const char *rule)
{
	if (verdict == NULL) {
		add(&count.unjudged, 1);
		return;
	}
	add(&count.messages[verdict->result][verdict->reason][verdict->trust]
			   [action],
	    1);
	if (rule != NULL)
		count_rule(rule, verdict->result);
}

void
metrics_staging(const struct verdict *verdict)
{
	const enum result *results = verdict->mode_result;

	add(&count.staging[results[TRUST_EXCHANGE_2013_SP1]]
			  [results[TRUST_EXCHANGE_ONLINE]],
	    1);
}

void
metrics_skipped(void)
{
	add(&count.skipped, 1);
}

void
metrics_aborted(void)
{
	add(&count.aborted, 1);
}

void
metrics_spent(enum metrics_stage stage, uint64_t nanoseconds)
{
	struct histogram *histogram = &count.stages[stage];
	size_t i = 0;

	while (nanoseconds > buckets[i].most * 1000 && i < BUCKETS - 1)
		i++;
	add(&histogram->in[i], 1);
	add(&histogram->sum, nanoseconds);
}

uint64_t
metrics_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void
metrics_reloaded(bool good)
{
	add(&count.reloads[good], 1);
	atomic_store(&count.failing, !good);
}

/* Closed first: a connection that comes meanwhile must not make it negative. */
uint64_t
metrics_connections(void)
{
	uint64_t closed = value(&count.closed);

	return value(&count.opened) - closed;
}

void
metrics_write(FILE *out)
{
	write_connections(out);
	write_messages(out);
	write_staging(out);
	write_rules(out);
	write_stages(out);
	write_reloads(out);
}
