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
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "t/lib/mload/die.h"
#include "t/lib/mload/message.h"
#include "t/lib/mload/run.h"

enum { MAX_FILES = 16384 };

static struct message files[MAX_FILES];
static bool idle;
static struct load opt = { .connections = 1,
	.messages = 1000,
	.reuse = 10,
	.hold = -1,
	.method = "smime",
	.chunk = MILTER_CHUNK_SIZE,
	.files = files };

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
	struct message *m = &files[opt.file_count++];
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
		idle = true;
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
	if (opt.socket == NULL || (optind == argc) != idle ||
	    argc - optind > MAX_FILES)
		die("expected -s SOCKET and 1 to %d files", MAX_FILES);
	if (opt.hold >= 0)
		opt.messages = opt.connections;
	while (optind < argc)
		add_file(argv[optind++]);
}

static void
print_usage(const struct figures *f)
{
	double used = f->after.seconds - f->before.seconds;

	printf("\"cpu_us\":%.2f,\"before_kb\":%ld,\"held_kb\":%ld,"
	       "\"peak_kb\":%ld,",
	    f->messages == 0 ? 0 : used * 1e6 / (double)f->messages,
	    f->before.resident, f->held.resident, f->after.peak);
}

static void
print_figures(const struct figures *f)
{
	printf("{\"messages\":%ld,\"seconds\":%.3f,\"rate\":%.1f,"
	       "\"mb_s\":%.1f,",
	    f->messages, f->seconds, (double)f->messages / f->seconds,
	    (double)f->octets / 1e6 / f->seconds);
	printf("\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u,", f->latency.p50,
	    f->latency.p99, f->latency.max);
	if (opt.pid != 0)
		print_usage(f);
	printf("\"wrong\":%ld,\"broken\":%ld,\"refused\":%ld,"
	       "\"signals\":%ld}\n",
	    f->wrong, f->broken, f->refused, f->signals);
}

int
main(int argc, char *argv[])
{
	struct figures figures;

	signal(SIGPIPE, SIG_IGN);
	parse(argc, argv);
	if (idle) {
		run_idle(&opt);
		return EXIT_SUCCESS;
	}
	figures = run_load(&opt);
	print_figures(&figures);
	for (size_t i = 0; i < opt.file_count; i++)
		message_free(&files[i]);
	if (figures.messages == 0 || figures.wrong > 0 || figures.broken > 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
