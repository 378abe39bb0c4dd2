/* SPDX-License-Identifier: ISC */
/*
 * make_mails - signed messages to measure with
 *
 * usage: make_mails [-k KEY] [-s OCTETS] [-o opaque|streamed] [-u SIGNERS]
 *            FOLDER
 *
 * A chain of root, intermediate and leaf signs OCTETS of text (2000) by a KEY
 * ("RSA-2048").  Each of SIGNERS (1) has its own leaf certificate.  Writes
 * FOLDER/N.eml, N from 0, and the root as FOLDER/root.pem.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "t/lib/mail.h"
#include "t/lib/pki.h"

static struct {
	const char *key;
	size_t octets;
	enum mail_shape shape;
	long signers;
	const char *folder;
} opt = { .key = "RSA-2048",
	.octets = 2000,
	.shape = MAIL_DETACHED,
	.signers = 1 };

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
	/* Of one character, OpenSSL takes a boundary for none. */
	const struct mail_form form = { .boundary = "=_boundary" };
	struct octets octets = mail_sign(&cms, part);

	return opt.shape == MAIL_DETACHED ? mail_detached(&form, part, octets) :
					    mail_opaque(&form, octets);
}

/* A file in the folder; the program ends when it cannot be made. */
static FILE *
open_file(const char *name)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", opt.folder, name);
	file = fopen(path, "wbe");
	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return file;
}

static void
write_root(X509 *root)
{
	FILE *file = open_file("root.pem");

	PEM_write_X509(file, root);
	fclose(file);
}

static void
write_mail(long number, struct octets mail)
{
	char name[32];
	FILE *file;

	snprintf(name, sizeof(name), "%ld.eml", number);
	file = open_file(name);
	if (fwrite(mail.at, 1, mail.len, file) != mail.len ||
	    fclose(file) != 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
}

/* Roots of several runs may come into one collection: each has its name. */
static X509 *
make_root(EVP_PKEY *key)
{
	char name[64];

	snprintf(name, sizeof(name), "Root %s %ld", opt.key, (long)getpid());
	return pki_make(&(struct pki_cert){ .cn = name,
			    .extensions = pki_ca_extensions },
	    key, NULL, NULL);
}

static void
write_mails(X509 *ca, EVP_PKEY *ca_key)
{
	EVP_PKEY *key = pki_key(opt.key);
	X509 *leaf;

	for (long i = 0; i < opt.signers; i++) {
		leaf = pki_make(&(struct pki_cert){ .cn = "Alice",
				    .extensions = pki_leaf_extensions_alice },
		    key, ca, ca_key);
		write_mail(i, make_mail(make_part(), leaf, key, ca));
		X509_free(leaf);
		mail_end();
	}
	EVP_PKEY_free(key);
}

static void
write_all(void)
{
	EVP_PKEY *root_key = pki_key(opt.key), *ca_key = pki_key(opt.key);
	X509 *root = make_root(root_key);
	X509 *ca = pki_make(&(struct pki_cert){ .cn = "Between",
				.extensions = pki_ca_extensions },
	    ca_key, root, root_key);

	write_root(root);
	write_mails(ca, ca_key);
	X509_free(root);
	X509_free(ca);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "k:s:o:u:")) != -1) {
		if (option == 'k')
			opt.key = optarg;
		else if (option == 's')
			opt.octets = strtoul(optarg, NULL, 10);
		else if (option == 'o')
			opt.shape = strcmp(optarg, "opaque") == 0 ?
			    MAIL_OPAQUE :
			    MAIL_STREAMED;
		else if (option == 'u')
			opt.signers = strtol(optarg, NULL, 10);
		else
			exit(2);
	}
	opt.folder = argv[optind];
	if (opt.folder == NULL || opt.signers < 1)
		exit(2);
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	write_all();
	return EXIT_SUCCESS;
}
