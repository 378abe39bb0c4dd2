/* SPDX-License-Identifier: ISC */
/*
 * bench_verify - what judging a message costs, without a milter around it
 *
 * usage: bench_verify [-t THREADS] [-n MESSAGES] [-s OCTETS] [-k KEY]
 *            [-o opaque|streamed] [-f] [-u SIGNERS]
 *
 * A chain of root, intermediate and leaf signs OCTETS of text (2000) by a KEY
 * ("RSA-2048").  Each of THREADS (1) judges MESSAGES (2000).  -f has it judged
 * without a verifier, so that nothing is remembered; -u takes so many signers
 * in turn.
 *
 * Output   one line: messages per second by the clock; microseconds and MB/s
 *          by the time that processors spent
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mail.h"
#include "pki.h"
#include "smime.h"

enum { NOW = 1767225600 /* 2026-01-01 */, MAX_SIGNERS = 10000, CHUNK = 65535 };

static struct {
	long threads;
	long messages;
	size_t octets;
	const char *key;
	enum mail_shape shape;
	bool fresh;
	long signers;
} opt = { .threads = 1,
	.messages = 2000,
	.octets = 2000,
	.key = "RSA-2048",
	.shape = MAIL_DETACHED,
	.signers = 1 };

static struct octets mails[MAX_SIGNERS];
static struct trust *trust;

static double
seconds_on(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct octets
make_part(void)
{
	char *text = malloc(opt.octets + 1);
	struct octets part;

	for (size_t i = 0; i < opt.octets; i++)
		text[i] = i % 72 == 70 ? '\r' :
		    i % 72 == 71       ? '\n' :
					 (char)('a' + i % 26);
	text[opt.octets] = '\0';
	part = mail_print("Content-Type: text/plain\r\n\r\n%s", text);
	free(text);
	return part;
}

static struct octets
make_mail(struct octets part, X509 *leaf, EVP_PKEY *key, X509 *ca)
{
	const struct mail_signer signer = { .cert = leaf, .key = key };
	X509 *const certs[] = { ca, NULL };
	const struct mail_cms cms = { .shape = opt.shape,
		.signers = &signer,
		.count = 1,
		.certs = certs };
	const struct mail_form form = { .fields = NULL };
	struct octets octets = mail_sign(&cms, part);

	return opt.shape == MAIL_DETACHED ? mail_detached(&form, part, octets) :
					    mail_opaque(&form, octets);
}

static void
prepare(void)
{
	EVP_PKEY *root_key = pki_key(opt.key), *ca_key = pki_key(opt.key),
		 *key = pki_key(opt.key);
	X509 *root = pki_make(&(struct pki_cert){ .cn = "Root",
				  .extensions = pki_ca_extensions },
	    root_key, NULL, NULL);
	X509 *ca = pki_make(&(struct pki_cert){ .cn = "Between",
				.extensions = pki_ca_extensions },
	    ca_key, root, root_key);
	const struct mail_voucher vouchers[] = { { .cert = root }, { NULL } };
	struct octets part = make_part();
	X509 *leaf;

	for (long i = 0; i < opt.signers; i++) {
		leaf = pki_make(&(struct pki_cert){ .cn = "Alice",
				    .extensions = pki_leaf_extensions_alice },
		    key, ca, ca_key);
		mails[i] = make_mail(part, leaf, key, ca);
		X509_free(leaf);
	}
	trust =
	    trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers), NULL, NULL);
	X509_free(root);
	X509_free(ca);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
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
		n = mail.len - at < CHUNK ? mail.len - at : CHUNK;
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
	struct verifier *verifier = opt.fresh ? NULL : verifier_new();

	(void)arg;
	for (long i = 0; i < opt.messages; i++)
		judge(mails[i % opt.signers], verifier);
	verifier_free(verifier);
	return NULL;
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:n:s:k:o:fu:")) != -1) {
		if (option == 't')
			opt.threads = strtol(optarg, NULL, 10);
		else if (option == 'n')
			opt.messages = strtol(optarg, NULL, 10);
		else if (option == 's')
			opt.octets = strtoul(optarg, NULL, 10);
		else if (option == 'k')
			opt.key = optarg;
		else if (option == 'o')
			opt.shape = strcmp(optarg, "opaque") == 0 ?
			    MAIL_OPAQUE :
			    MAIL_STREAMED;
		else if (option == 'f')
			opt.fresh = true;
		else if (option == 'u')
			opt.signers = strtol(optarg, NULL, 10);
		else
			exit(2);
	}
	if (opt.signers < 1 || opt.signers > MAX_SIGNERS || opt.threads < 1)
		exit(2);
}

int
main(int argc, char **argv)
{
	pthread_t threads[64];
	double began, took, worked, count;

	read_options(argc, argv);
	smime_init();
	prepare();
	began = seconds_on(CLOCK_MONOTONIC);
	worked = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < opt.threads && i < 64; i++)
		pthread_create(&threads[i], NULL, run, NULL);
	for (long i = 0; i < opt.threads && i < 64; i++)
		pthread_join(threads[i], NULL);
	took = seconds_on(CLOCK_MONOTONIC) - began;
	worked = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - worked;
	count = (double)(opt.messages * opt.threads);
	printf("%.0f messages/s; %.1f us of a processor each, %.0f MB/s\n",
	    count / took, worked / count * 1e6,
	    (double)opt.octets * count / worked / 1e6);
	trust_unref(trust);
	mail_end();
	return EXIT_SUCCESS;
}
