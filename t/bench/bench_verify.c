/* SPDX-License-Identifier: ISC */
/*
 * bench_verify - what judging a message costs, without a milter around it
 *
 * usage: bench_verify [-t THREADS] [-n MESSAGES] [-f | -x] ROOT FILE...
 *
 * Each of THREADS (1) judges MESSAGES (2000), the files in turn, under the
 * root certificate in ROOT.  -f has it judged without a verifier, so that
 * nothing is remembered.  -x judges nothing, but takes the SHA-256 of all that
 * is in the files: the least that anybody can do.
 *
 * Output   one JSON object in a line: rate (messages a second by the clock),
 *          cpu_us (processor time for each), mb_s (by that time)
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "smime/smime.h"
#include "t/lib/mail.h"

enum { NOW = 1767225600 /* 2026-01-01 */, MAX_THREADS = 64, CHUNK = 65535 };

static struct {
	long threads;
	long messages;
	bool fresh;
	bool hash;
} opt = { .threads = 1, .messages = 2000 };

static struct octets *mails; /* to the end of the program */
static long mail_count;
static struct trust *trust;

static double
seconds_on(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static FILE *
open_file(const char *path)
{
	FILE *file = fopen(path, "rbe");

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return file;
}

static struct octets
read_mail(const char *path)
{
	FILE *file = open_file(path);
	char *octets;
	long len;

	fseek(file, 0, SEEK_END);
	len = ftell(file);
	rewind(file);
	octets = malloc((size_t)len);
	if (octets == NULL ||
	    fread(octets, 1, (size_t)len, file) != (size_t)len)
		exit(EXIT_FAILURE);
	fclose(file);
	return (struct octets){ .at = octets, .len = (size_t)len };
}

static void
read_root(const char *path)
{
	FILE *file = open_file(path);
	X509 *root = PEM_read_X509(file, NULL, NULL, NULL);
	const struct mail_voucher vouchers[] = { { .cert = root }, { NULL } };

	if (root == NULL)
		exit(EXIT_FAILURE);
	trust =
	    trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers), NULL, NULL);
	X509_free(root);
	fclose(file);
}

static size_t
chunk_at(struct octets mail, size_t at)
{
	return mail.len - at < CHUNK ? mail.len - at : CHUNK;
}

static void
hash(struct octets mail)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	EVP_DigestInit_ex2(md, EVP_sha256(), NULL);
	for (size_t at = 0; at < mail.len; at += chunk_at(mail, at))
		EVP_DigestUpdate(md, mail.at + at, chunk_at(mail, at));
	EVP_DigestFinal_ex(md, digest, NULL);
	EVP_MD_CTX_free(md);
}

static void
judge(struct octets mail, struct verifier *verifier)
{
	struct limits limits;
	struct rules rules;
	struct smime *smime;
	size_t at, n;

	limits_default(&limits);
	rules_default(&rules);
	limits.max_message = SIZE_MAX;
	smime = smime_new(NULL, &limits, &rules);
	smime_set_verifier(smime, verifier);
	for (at = mail_push_header(smime, mail); at < mail.len; at += n) {
		n = chunk_at(mail, at);
		smime_push_body(smime, (const uint8_t *)mail.at + at, n);
	}
	if (smime_finish(smime, trust, NOW)->result != RESULT_PASS) {
		fputs("bench_verify: not a pass\n", stderr);
		exit(EXIT_FAILURE);
	}
	smime_free(smime);
}

static void *
run(void *arg)
{
	struct verifier *verifier =
	    opt.fresh || opt.hash ? NULL : verifier_new();

	(void)arg;
	for (long i = 0; i < opt.messages; i++) {
		if (opt.hash)
			hash(mails[i % mail_count]);
		else
			judge(mails[i % mail_count], verifier);
	}
	verifier_free(verifier);
	return NULL;
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:n:fx")) != -1) {
		if (option == 't')
			opt.threads = strtol(optarg, NULL, 10);
		else if (option == 'n')
			opt.messages = strtol(optarg, NULL, 10);
		else if (option == 'f')
			opt.fresh = true;
		else if (option == 'x')
			opt.hash = true;
		else
			exit(2);
	}
	if (argc - optind < 2 || opt.threads < 1 || opt.threads > MAX_THREADS)
		exit(2);
}

static void
read_files(char **paths)
{
	read_root(*paths++);
	for (mail_count = 0; paths[mail_count] != NULL;)
		mail_count++;
	mails = calloc((size_t)mail_count, sizeof(*mails));
	if (mails == NULL)
		exit(EXIT_FAILURE);
	for (long i = 0; i < mail_count; i++)
		mails[i] = read_mail(paths[i]);
}

static double
octets_judged(void)
{
	double sum = 0;

	for (long i = 0; i < opt.messages; i++)
		sum += (double)mails[i % mail_count].len;
	return sum * (double)opt.threads;
}

/* All threads judge; what it took is printed. */
static void
measure(void)
{
	pthread_t threads[MAX_THREADS];
	double began, took, worked, count;

	began = seconds_on(CLOCK_MONOTONIC);
	worked = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < opt.threads; i++)
		pthread_create(&threads[i], NULL, run, NULL);
	for (long i = 0; i < opt.threads; i++)
		pthread_join(threads[i], NULL);
	took = seconds_on(CLOCK_MONOTONIC) - began;
	worked = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - worked;
	count = (double)(opt.messages * opt.threads);
	printf("{\"rate\":%.1f,\"cpu_us\":%.2f,\"mb_s\":%.1f}\n", count / took,
	    worked / count * 1e6, octets_judged() / worked / 1e6);
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	smime_init();
	read_files(argv + optind);
	measure();
	trust_unref(trust);
	mail_end();
	return EXIT_SUCCESS;
}
