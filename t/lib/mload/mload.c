/* SPDX-License-Identifier: ISC */
/*
 * mload - load for a milter, spoken as Postfix speaks it
 *
 * Usage    mload -s SOCKET [-c CONNECTIONS] [-n MESSAGES | -d SECONDS]
 *              [-r REUSE] [-b OCTETS] [-u PROCESS] [-a] [-p]
 *              [-w MESSAGES] [-R RATE] [-H PERCENT] [-P PROCESS] [-m METHOD]
 *              FILE[=WORD]...
 *          mload -s SOCKET -i [-c CONNECTIONS] [-d SECONDS]
 *          The files are sent in turn, CONNECTIONS at a time (1), MESSAGES in
 *          all (1000) or for so many SECONDS.  A connection carries REUSE
 *          messages (10); a body goes in chunks of so many OCTETS (65535).
 *          SOCKET is a path, or a port on 127.0.0.1.
 *          -a: no message is sent before all connections are open.  -p: a
 *          connection that is closed before its first message, as by a milter
 *          that has too many, is tried again for a minute.  -u: meanwhile the
 *          process gets SIGUSR1, ten times a second.  -i: connections on
 *          which nothing is said.
 *          -w sends so many messages before, for which no figure stands.
 *          -R begins RATE messages a second whether or not those before are
 *          answered, as long as a connection is free (an open loop).
 *          -H has each connection send one message, of which it sends
 *          PERCENT of the body, and the rest when all are there (0: the
 *          connection is open, and nothing of the message is sent).
 * Output   one JSON object in a line: messages, seconds, rate (messages a
 *          second), mb_s; p50_us, p99_us, max_us: from the end of the body to
 *          the last reply; wrong, broken, refused, signals.  Where -P names the
 *          milter's process: cpu_us, its processor time for each message; before_kb,
 *          held_kb, peak_kb: its resident memory after -w, while -H holds or
 *          else at the end, and at most.  Before it, one line for each of the
 *          first failures.  With WORD, each message must get "METHOD=WORD"
 *          (smime=) in exactly one Authentication-Results field; "-" stands
 *          for no such field.
 * Exit     0 all as expected, 1 something was not, 2 usage
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "t/lib/mload/clock.h"
#include "t/lib/mload/die.h"
#include "t/lib/mload/latency.h"
#include "t/lib/mload/link.h"
#include "t/lib/mload/message.h"
#include "t/lib/mload/milter.h"
#include "t/lib/mload/process.h"

enum { PATIENCE = 60 }; /* seconds */
enum { MAX_FILES = 16384, MAX_LATENCIES = 1 << 20 };

static struct {
	const char *socket;
	long connections;
	long messages;
	long seconds;
	long reuse;
	long warm_up;
	long rate; /* 0: as fast as it goes */
	long hold; /* in percent; -1: nothing is held */
	long pid;  /* of the milter; 0: unknown */
	const char *method;
	size_t chunk;
	pid_t reloaded; /* 0: nobody */
	bool all_at_once;
	bool patient;
	bool idle;
	struct message files[MAX_FILES];
	size_t file_count;
} opt = { .connections = 1,
	.messages = 1000,
	.reuse = 10,
	.hold = -1,
	.method = "smime",
	.chunk = MILTER_CHUNK_SIZE };

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

/* Closed while connections are held. */
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static double began;
static pthread_barrier_t all_open;

/* Wait here until all connections do, and their memory is measured. */
static bool
wait_at_gate(struct milter *to)
{
	if (opt.hold < 0)
		return true;
	if (fflush(to->link.out) != 0)
		return false;
	atomic_fetch_add(&count.held, 1);
	pthread_rwlock_rdlock(&gate);
	pthread_rwlock_unlock(&gate);
	return true;
}

static bool
send_message(struct milter *to, const struct message *m, struct answer *a_r)
{
	size_t at = opt.hold > 0 ? m->body_len * (size_t)opt.hold / 100 : 0;

	if (opt.hold == 0)
		return wait_at_gate(to) && milter_begin(to, m, 0) &&
		    milter_end(to, m, 0, a_r);
	return milter_begin(to, m, at) && wait_at_gate(to) &&
	    milter_end(to, m, at, a_r);
}

static void
check_answer(const struct message *m, const struct answer *a)
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
		    a->final, a->verdicts, opt.method, a->word);
}

/* The number of the next message to send, or -1 when there is none. */
static long
take_turn(double end)
{
	long turn = atomic_fetch_add(&count.taken, 1);

	if (opt.seconds > 0)
		return clock_now() < end ? turn : -1;
	return turn < opt.messages ? turn : -1;
}

/* Wait until it is time for this message. */
static void
keep_pace(long turn)
{
	double due;
	struct timespec at;

	if (opt.rate == 0)
		return;
	due = began + (double)turn / (double)opt.rate;
	at.tv_sec = (time_t)due;
	at.tv_nsec = (long)((due - (double)at.tv_sec) * 1e9);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* Open it again and again, as an MTA does whose mail waits. */
static bool
open_patiently(struct milter *to)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	const double end = clock_now() + PATIENCE;

	while (!milter_open(to, opt.socket)) {
		atomic_fetch_add(&count.refused, 1);
		if (!opt.patient || clock_now() > end)
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
run_message(struct milter *to, long turn)
{
	const struct message *m = &opt.files[(size_t)turn % opt.file_count];
	struct answer a = { 0 };

	if (!send_message(to, m, &a)) {
		lose_milter(to, m->name);
		return;
	}
	if (turn < MAX_LATENCIES)
		count.latencies[turn] = (uint32_t)(a.waited * 1e6);
	atomic_fetch_add(&count.done, 1);
	check_answer(m, &a);
}

static void *
run_connections(void *arg)
{
	double end = *(double *)arg;
	struct milter to;
	long turn, sent = 0;

	milter_init(&to, opt.method, opt.chunk);
	if (opt.all_at_once) {
		if (!open_patiently(&to))
			lose_milter(&to, opt.socket);
		pthread_barrier_wait(&all_open);
	}
	while ((turn = take_turn(end)) >= 0) {
		if (sent > 0 && sent % opt.reuse == 0 && to.link.out != NULL)
			milter_quit(&to);
		sent++;
		if (to.link.out == NULL && !open_patiently(&to)) {
			lose_milter(&to, opt.socket);
			break;
		}
		keep_pace(turn);
		run_message(&to, turn);
	}
	atomic_fetch_add(&count.octets, to.link.octets);
	milter_done(&to);
	return NULL;
}

static void
print_latencies(void)
{
	size_t n = (size_t)count.taken;
	struct latency latency;

	if (n > MAX_LATENCIES)
		n = MAX_LATENCIES;
	latency = latency_sort(count.latencies, n);
	printf("\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u,", latency.p50,
	    latency.p99, latency.max);
}

static void
print_usage(const struct usage *before, const struct usage *held)
{
	struct usage after = process_usage(opt.pid);
	double used = after.seconds - before->seconds;

	if (opt.pid == 0)
		return;
	printf("\"cpu_us\":%.2f,\"before_kb\":%ld,\"held_kb\":%ld,"
	       "\"peak_kb\":%ld,",
	    count.done == 0 ? 0 : used * 1e6 / (double)count.done,
	    before->resident, held->resident, after.peak);
}

static void
print_figures(double seconds, const struct usage *before,
    const struct usage *held)
{
	printf("{\"messages\":%ld,\"seconds\":%.3f,\"rate\":%.1f,"
	       "\"mb_s\":%.1f,",
	    count.done, seconds, (double)count.done / seconds,
	    (double)count.octets / 1e6 / seconds);
	print_latencies();
	print_usage(before, held);
	printf("\"wrong\":%ld,\"broken\":%ld,\"refused\":%ld,"
	       "\"signals\":%ld}\n",
	    count.wrong, count.broken, count.refused, count.signals);
}

static long
number(const char *text, long min, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end != '\0' || n < min || n > max)
		die("%s: expected a number from %ld to %ld", text, min, max);
	return n;
}

static void
add_file(char *operand)
{
	struct message *m = &opt.files[opt.file_count++];
	char *equals = strrchr(operand, '=');

	m->name = operand;
	if (equals != NULL) {
		*equals = '\0';
		m->word = equals + 1;
	}
	message_read(m);
}

static void
parse_load(int c)
{
	switch (c) {
	case 'c':
		opt.connections = number(optarg, 1, 10000);
		break;
	case 'n':
		opt.messages = number(optarg, 1, 1L << 30);
		break;
	case 'd':
		opt.seconds = number(optarg, 1, 86400);
		break;
	case 'r':
		opt.reuse = number(optarg, 1, 1L << 30);
		break;
	case 'b':
		opt.chunk = (size_t)number(optarg, 1, MILTER_CHUNK_SIZE);
		break;
	case 'w':
		opt.warm_up = number(optarg, 1, 1L << 30);
		break;
	case 'R':
		opt.rate = number(optarg, 1, 1000000);
		break;
	case 'H':
		opt.hold = number(optarg, 0, 100);
		break;
	default:
		die("see the head of mload.c for its usage");
	}
}

static void
parse_option(int c)
{
	switch (c) {
	case 's':
		opt.socket = optarg;
		break;
	case 'u':
		opt.reloaded = (pid_t)number(optarg, 1, 1L << 30);
		break;
	case 'a':
		opt.all_at_once = true;
		break;
	case 'p':
		opt.patient = true;
		break;
	case 'i':
		opt.idle = true;
		break;
	case 'P':
		opt.pid = number(optarg, 1, 1L << 30);
		break;
	case 'm':
		opt.method = optarg;
		break;
	default:
		parse_load(c);
	}
}

static void
parse(int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "s:c:n:d:r:b:u:apiw:R:H:P:m:")) != -1)
		parse_option(c);
	if (opt.socket == NULL || (optind == argc) != opt.idle ||
	    argc - optind > MAX_FILES)
		die("expected -s SOCKET and 1 to %d files", MAX_FILES);
	if (opt.hold >= 0)
		opt.messages = opt.connections;
	while (optind < argc)
		add_file(argv[optind++]);
}

/* Connect, and say nothing. */
static void
run_idle(void)
{
	long open = 0;

	while (open < opt.connections && link_connect(opt.socket) >= 0)
		open++;
	printf("%ld idle connections\n", open);
	fflush(stdout);
	sleep((unsigned int)opt.seconds);
}

static void *
run_signals(void *arg)
{
	const struct timespec wait = { .tv_nsec = 100000000 };

	(void)arg;
	while (!atomic_load(&count.ended)) {
		if (kill(opt.reloaded, SIGUSR1) == 0)
			atomic_fetch_add(&count.signals, 1);
		nanosleep(&wait, NULL);
	}
	return NULL;
}

/* Once all that are left have come, and the milter has read it all. */
static struct usage
open_gate(void)
{
	const struct timespec moment = { 0, 10000000 }, rest = { 0, 500000000 };
	struct usage usage;

	while (count.held + count.broken < opt.connections)
		nanosleep(&moment, NULL);
	nanosleep(&rest, NULL);
	usage = process_usage(opt.pid);
	pthread_rwlock_unlock(&gate);
	return usage;
}

static void
start_connections(pthread_t *threads, double *end)
{
	for (long i = 0; i < opt.connections; i++) {
		if (pthread_create(&threads[i], NULL, run_connections, end) !=
		    0)
			die("no more threads after %ld", i);
	}
}

/* Returns what the milter used while connections were held, or in the end. */
static struct usage
run_all(void)
{
	double end;
	pthread_t *threads;
	struct usage usage;

	began = clock_now();
	end = began + (double)opt.seconds;
	threads = allocate((size_t)opt.connections * sizeof(*threads));
	pthread_barrier_init(&all_open, NULL, (unsigned int)opt.connections);
	if (opt.hold >= 0)
		pthread_rwlock_wrlock(&gate);
	start_connections(threads, &end);
	if (opt.hold >= 0)
		usage = open_gate();
	for (long i = 0; i < opt.connections; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	pthread_barrier_destroy(&all_open);
	return opt.hold >= 0 ? usage : process_usage(opt.pid);
}

/* The same, while a process is told to reload, if there is one. */
static struct usage
run_with_signals(void)
{
	pthread_t signals;
	struct usage usage;

	if (opt.reloaded == 0)
		return run_all();
	if (pthread_create(&signals, NULL, run_signals, NULL) != 0)
		die("no thread for signals");
	usage = run_all();
	atomic_store(&count.ended, true);
	pthread_join(signals, NULL);
	return usage;
}

/* Messages for which no figure stands. */
static void
warm_up(void)
{
	long messages = opt.messages, seconds = opt.seconds, hold = opt.hold;

	if (opt.warm_up == 0)
		return;
	opt.messages = opt.warm_up;
	opt.seconds = 0;
	opt.hold = -1;
	run_all();
	opt.messages = messages;
	opt.seconds = seconds;
	opt.hold = hold;
	count.taken = count.done = 0;
	count.octets = 0;
	memset(count.latencies, 0, sizeof(count.latencies));
}

int
main(int argc, char *argv[])
{
	struct usage before, held;

	signal(SIGPIPE, SIG_IGN);
	parse(argc, argv);
	if (opt.idle) {
		run_idle();
		return EXIT_SUCCESS;
	}
	warm_up();
	process_reset_peak(opt.pid);
	before = process_usage(opt.pid);
	held = run_with_signals();
	print_figures(clock_now() - began, &before, &held);
	for (size_t i = 0; i < opt.file_count; i++)
		message_free(&opt.files[i]);
	if (count.done == 0 || count.wrong > 0 || count.broken > 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
