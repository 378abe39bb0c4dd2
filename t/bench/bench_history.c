/* SPDX-License-Identifier: ISC */
/*
 * bench_history - what a line of the history costs
 *
 * usage: bench_history [-t THREADS] [-n LINES] [-a full|domain|hash]
 *
 * The verdict on a message of one signer, below an intermediate and a root, is
 * written LINES (100000) times by each of THREADS (1) to a file in the working
 * directory, which is then removed.
 *
 * Output   one line: lines per second by the clock; microseconds by the time
 *          that processors spent, and octets, of each
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "milter/history/history.h"

enum { MAX_THREADS = 64, PATH = 3 };

static struct {
	long threads;
	long lines;
	const char *addresses;
} opt = { .threads = 1, .lines = 100000, .addresses = "full" };

static const char *const names[PATH] = {
	"CN=Alice Example,O=Example Partner AG,C=DE",
	"CN=Example Trust Client CA 4,O=Example Trust Services GmbH,C=DE",
	"CN=Example Trust Root 2,O=Example Trust Services GmbH,C=DE",
};
static char hash[] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static struct path_cert path[PATH];
static struct signature signature;
static struct verdict verdict;

static void
prepare(void)
{
	for (size_t i = 0; i < PATH; i++)
		path[i] = (struct path_cert){ .subject = names[i],
			.sha256 = hash,
			.not_after = 1800000000,
			.carried = i < PATH - 1 };
	signature = (struct signature){ .part = "2",
		.outermost = true,
		.result = RESULT_PASS,
		.mode_result = { RESULT_PASS, RESULT_POLICY },
		.mode_reason = { REASON_OK, REASON_UNTRUSTED },
		.integrity = INTEGRITY_GOOD,
		.trust = TRUST_BY_LOCAL,
		.identity = IDENTITY_MATCH,
		.coverage = COVERAGE_WHOLE,
		.identifier = "alice@partner.example",
		.issuer = names[1],
		.serial = "6A9FB41D5A78C30C",
		.subject = names[0],
		.sha256 = hash,
		.digest = "sha256",
		.signature = "rsaEncryption",
		.key = "RSA-2048",
		.anchor = names[PATH - 1],
		.chain = names,
		.chain_len = PATH,
		.path_by = TRUST_BY_LOCAL,
		.path = path,
		.path_len = PATH,
		.detail = reason_words(REASON_OK) };
	verdict = (struct verdict){ .result = RESULT_PASS,
		.trust = TRUST_BY_LOCAL,
		.mode_result = { RESULT_PASS, RESULT_POLICY },
		.mode_reason = { REASON_OK, REASON_UNTRUSTED },
		.from = "alice@partner.example",
		.signatures = &signature,
		.signature_count = 1 };
}

static void *
run(void *arg)
{
	static const char *const domains[] = { "example.net" };
	const struct histline line = { .time = 1767225600,
		.queue_id = "4XyZ12abcd",
		.client = "198.51.100.7",
		.mail_from = "alice@partner.example",
		.rcpt_domains = domains,
		.rcpt_domain_count = 1,
		.action = "accept",
		.header = "mx.example.net; smime=pass "
			  "body.smime-identifier=alice@partner.example "
			  "body.smime-part=2 policy.smime-trust=local "
			  "policy.smime-cloud=policy",
		.verdict = &verdict };

	(void)arg;
	for (long i = 0; i < opt.lines; i++)
		history_write(&line);
	return NULL;
}

static double
seconds_on(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
measure(const char *file)
{
	pthread_t threads[MAX_THREADS];
	double began = seconds_on(CLOCK_MONOTONIC);
	double worked = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
	double count = (double)(opt.lines * opt.threads);
	struct stat st;

	for (long i = 0; i < opt.threads; i++)
		pthread_create(&threads[i], NULL, run, NULL);
	for (long i = 0; i < opt.threads; i++)
		pthread_join(threads[i], NULL);
	began = seconds_on(CLOCK_MONOTONIC) - began;
	worked = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - worked;
	if (stat(file, &st) != 0)
		exit(EXIT_FAILURE);
	printf("%.0f lines/s; %.1f us of a processor, %.0f octets each\n",
	    count / began, worked / count * 1e6, (double)st.st_size / count);
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:n:a:")) != -1) {
		if (option == 't')
			opt.threads = strtol(optarg, NULL, 10);
		else if (option == 'n')
			opt.lines = strtol(optarg, NULL, 10);
		else if (option == 'a')
			opt.addresses = optarg;
		else
			exit(2);
	}
	if (opt.threads < 1 || opt.threads > MAX_THREADS || opt.lines < 1)
		exit(2);
}

int
main(int argc, char **argv)
{
	char folder[] = "bench-history-XXXXXX";
	char file[200], place[400], addresses[60], key[400];
	const char *list[] = { place, addresses, "history-max-size=0",
		"seen-certificates=none" };
	const struct overrides overrides = { list, 4 };
	struct settings *settings;
	char *error = NULL;

	read_options(argc, argv);
	if (mkdtemp(folder) == NULL || getcwd(file, sizeof(file)) == NULL)
		return EXIT_FAILURE;
	snprintf(place, sizeof(place), "history=%s/%s/history", file, folder);
	snprintf(addresses, sizeof(addresses), "history-addresses=%.20s",
	    opt.addresses);
	snprintf(key, sizeof(key), "%s.key", place + strlen("history="));
	settings = settings_load(NULL, &overrides, &error);
	if (settings == NULL || !history_open(settings, &error)) {
		fprintf(stderr, "bench_history: %s\n", error);
		return EXIT_FAILURE;
	}
	prepare();
	measure(settings->history);
	history_close();
	unlink(settings->history);
	unlink(key);
	rmdir(folder);
	settings_unref(settings);
	return EXIT_SUCCESS;
}
