/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/run.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "t/lib/mload/clock.h"
#include "t/lib/mload/die.h"
#include "t/lib/mload/milter.h"

enum { PATIENCE = 60 }; /* seconds */
enum { MAX_LATENCIES = 1 << 20 };

/* What all connections share. */
struct run {
	const struct load *load; /* borrowed */
	double began;
	double end; /* where it lasts so many seconds */
	pthread_barrier_t all_open;
	pthread_rwlock_t gate; /* closed while connections are held */
};

static struct {
	atomic_long taken;   /* messages that somebody has begun */
	atomic_long done;    /* ... that got a final answer */
	atomic_long wrong;   /* ... that got another verdict than expected */
	atomic_long broken;  /* connections that ended before their time */
	atomic_long held;    /* ... that wait at the gate */
	atomic_long refused; /* ... that ended before their first message */
	atomic_long signals; /* sent */
	atomic_bool ended;
	atomic_llong octets;
	uint32_t latencies[MAX_LATENCIES]; /* of message number i, in us */
} count;

/* Wait here until all connections do, and their memory is measured. */
static bool
wait_at_gate(struct run *run, struct milter *to)
{
	if (run->load->hold < 0)
		return true;
	if (fflush(to->link.out) != 0)
		return false;
	atomic_fetch_add(&count.held, 1);
	pthread_rwlock_rdlock(&run->gate);
	pthread_rwlock_unlock(&run->gate);
	return true;
}

static bool
send_message(struct run *run, struct milter *to, const struct message *m,
    struct answer *a_r)
{
	size_t at = run->load->hold > 0 ?
	    m->body_len * (size_t)run->load->hold / 100 :
	    0;

	if (run->load->hold == 0)
		return wait_at_gate(run, to) && milter_begin(to, m, 0) &&
		    milter_end(to, m, 0, a_r);
	return milter_begin(to, m, at) && wait_at_gate(run, to) &&
	    milter_end(to, m, at, a_r);
}

static void
check_answer(const char *method, const struct message *m,
    const struct answer *a)
{
	bool as_expected = strchr("ca", a->final) != NULL;

	if (m->word != NULL && strcmp(m->word, "-") == 0)
		as_expected &= a->verdicts == 0;
	else if (m->word != NULL)
		as_expected &=
		    a->verdicts == 1 && strcmp(a->word, m->word) == 0;
	if (as_expected)
		return;
	if (atomic_fetch_add(&count.wrong, 1) < 10)
		fprintf(stderr, "%s: reply '%c', %d verdicts, %s=%s\n", m->name,
		    a->final, a->verdicts, method, a->word);
}

/* The number of the next message to send, or -1 when there is none. */
static long
take_turn(const struct run *run)
{
	long turn = atomic_fetch_add(&count.taken, 1);

	if (run->load->seconds > 0)
		return clock_now() < run->end ? turn : -1;
	return turn < run->load->messages ? turn : -1;
}

/* Wait until it is time for this message. */
static void
keep_pace(const struct run *run, long turn)
{
	double due;
	struct timespec at;

	if (run->load->rate == 0)
		return;
	due = run->began + (double)turn / (double)run->load->rate;
	at.tv_sec = (time_t)due;
	at.tv_nsec = (long)((due - (double)at.tv_sec) * 1e9);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* Open it again and again, as an MTA does whose mail waits. */
static bool
open_patiently(struct run *run, struct milter *to)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	const double end = clock_now() + PATIENCE;

	while (!milter_open(to, run->load->socket)) {
		atomic_fetch_add(&count.refused, 1);
		if (!run->load->patient || clock_now() > end)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

static void
lose_milter(struct milter *to, const char *what)
{
	if (atomic_fetch_add(&count.broken, 1) < 10)
		fprintf(stderr, "%s: connection lost\n", what);
	link_close(&to->link);
}

static void
run_message(struct run *run, struct milter *to, long turn)
{
	const struct message *m =
	    &run->load->files[(size_t)turn % run->load->file_count];
	struct answer a = { 0 };

	if (!send_message(run, to, m, &a)) {
		lose_milter(to, m->name);
		return;
	}
	if (turn < MAX_LATENCIES)
		count.latencies[turn] = (uint32_t)(a.waited * 1e6);
	atomic_fetch_add(&count.done, 1);
	check_answer(run->load->method, m, &a);
}

static void *
run_connections(void *arg)
{
	struct run *run = arg;
	struct milter to;
	long turn, sent = 0;

	milter_init(&to, run->load->method, run->load->chunk);
	if (run->load->all_at_once) {
		if (!open_patiently(run, &to))
			lose_milter(&to, run->load->socket);
		pthread_barrier_wait(&run->all_open);
	}
	while ((turn = take_turn(run)) >= 0) {
		if (sent > 0 && sent % run->load->reuse == 0 &&
		    to.link.out != NULL)
			milter_quit(&to);
		sent++;
		if (to.link.out == NULL && !open_patiently(run, &to)) {
			lose_milter(&to, run->load->socket);
			break;
		}
		keep_pace(run, turn);
		run_message(run, &to, turn);
	}
	atomic_fetch_add(&count.octets, to.link.octets);
	milter_done(&to);
	return NULL;
}

static void *
run_signals(void *arg)
{
	const struct run *run = arg;
	const struct timespec wait = { .tv_nsec = 100000000 };

	while (!atomic_load(&count.ended)) {
		if (kill(run->load->reloaded, SIGUSR1) == 0)
			atomic_fetch_add(&count.signals, 1);
		nanosleep(&wait, NULL);
	}
	return NULL;
}

/* Once all that are left have come, and the milter has read it all. */
static struct usage
open_gate(struct run *run)
{
	const struct timespec moment = { 0, 10000000 }, rest = { 0, 500000000 };
	struct usage usage;

	while (count.held + count.broken < run->load->connections)
		nanosleep(&moment, NULL);
	nanosleep(&rest, NULL);
	usage = process_usage(run->load->pid);
	pthread_rwlock_unlock(&run->gate);
	return usage;
}

static void
start_connections(struct run *run, pthread_t *threads)
{
	for (long i = 0; i < run->load->connections; i++) {
		if (pthread_create(&threads[i], NULL, run_connections, run) !=
		    0)
			die("no more threads after %ld", i);
	}
}

/* Returns what the milter used while connections were held, or in the end. */
static struct usage
run_all(struct run *run)
{
	const struct load *load = run->load;
	pthread_t *threads;
	struct usage usage;

	run->began = clock_now();
	run->end = run->began + (double)load->seconds;
	threads = allocate((size_t)load->connections * sizeof(*threads));
	pthread_barrier_init(&run->all_open, NULL,
	    (unsigned int)load->connections);
	pthread_rwlock_init(&run->gate, NULL);
	if (load->hold >= 0)
		pthread_rwlock_wrlock(&run->gate);
	start_connections(run, threads);
	if (load->hold >= 0)
		usage = open_gate(run);
	for (long i = 0; i < load->connections; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	pthread_rwlock_destroy(&run->gate);
	pthread_barrier_destroy(&run->all_open);
	return load->hold >= 0 ? usage : process_usage(load->pid);
}

/* The same, while a process is told to reload, if there is one. */
static struct usage
run_with_signals(struct run *run)
{
	pthread_t signals;
	struct usage usage;

	if (run->load->reloaded == 0)
		return run_all(run);
	if (pthread_create(&signals, NULL, run_signals, run) != 0)
		die("no thread for signals");
	usage = run_all(run);
	atomic_store(&count.ended, true);
	pthread_join(signals, NULL);
	return usage;
}

/* Messages for which no figure stands. */
static void
warm_up(const struct load *load)
{
	struct load some = *load;
	struct run run = { .load = &some };

	if (load->warm_up == 0)
		return;
	some.messages = load->warm_up;
	some.seconds = 0;
	some.hold = -1;
	run_all(&run);
	count.taken = count.done = 0;
	count.octets = 0;
	memset(count.latencies, 0, sizeof(count.latencies));
}

static struct latency
sort_latencies(void)
{
	size_t n = (size_t)count.taken;

	return latency_sort(count.latencies,
	    n < MAX_LATENCIES ? n : MAX_LATENCIES);
}

struct figures
run_load(const struct load *load)
{
	struct run run = { .load = load };
	struct figures figures;

	warm_up(load);
	process_reset_peak(load->pid);
	figures.before = process_usage(load->pid);
	figures.held = run_with_signals(&run);
	figures.seconds = clock_now() - run.began;
	figures.latency = sort_latencies();
	figures.after = process_usage(load->pid);
	figures.messages = count.done;
	figures.octets = count.octets;
	figures.wrong = count.wrong;
	figures.broken = count.broken;
	figures.refused = count.refused;
	figures.signals = count.signals;
	return figures;
}

void
run_idle(const struct load *load)
{
	long open = 0;

	while (open < load->connections && link_connect(load->socket) >= 0)
		open++;
	printf("%ld idle connections\n", open);
	fflush(stdout);
	sleep((unsigned int)load->seconds);
}
