/* SPDX-License-Identifier: ISC */
#include "t/lib/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "milter/log/log.h"
#include "t/lib/occurs.h"

static const char template[] = "/tmp/smime-milter-XXXXXX";
static char folder[sizeof(template)];
static int terminal; /* where standard error went before */
static int lines;    /* the log, for reading */

static void
redirect_log(void)
{
	char *path = scratch_path("log");
	int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	ck_assert_int_ge(file, 0);
	lines = open(path, O_RDONLY);
	ck_assert_int_ge(lines, 0);
	fflush(stderr);
	terminal = dup(STDERR_FILENO);
	dup2(file, STDERR_FILENO);
	close(file);
	free(path);
	log_open("test", LOG_TARGET_STDERR, LOG_DEBUG, LOG_MAIL);
}

void
scratch_begin(void)
{
	memcpy(folder, template, sizeof(folder));
	ck_assert_ptr_nonnull(mkdtemp(folder));
	redirect_log();
}

void
scratch_end(void)
{
	char command[sizeof(folder) + 16];

	fflush(stderr);
	dup2(terminal, STDERR_FILENO);
	close(terminal);
	close(lines);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

char *
scratch_path(const char *name)
{
	char *path;

	ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
	return path;
}

void
scratch_write_octets(const char *name, const void *octets, size_t len)
{
	char *path = scratch_path(name);
	char *beside = scratch_path("beside");
	FILE *file = fopen(beside, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(octets, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(rename(beside, path), 0);
	free(beside);
	free(path);
}

void
scratch_write(const char *name, const char *text)
{
	scratch_write_octets(name, text, strlen(text));
}

void
scratch_write_cert(const char *name, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert_int_eq(PEM_write_bio_X509(bio, cert), 1);
	len = BIO_get_mem_data(bio, &text);
	scratch_write_octets(name, text, (size_t)len);
	BIO_free(bio);
}

char *
scratch_log(void)
{
	size_t size = 0, len = 0;
	char *text = NULL;
	ssize_t got;

	do {
		size += 4096;
		text = realloc(text, size + 1);
		ck_assert_ptr_nonnull(text);
		got = read(lines, text + len, size - len);
		ck_assert_int_ge(got, 0);
		len += (size_t)got;
	} while (len == size);
	text[len] = '\0';
	return text;
}

void
scratch_expect_log(const char *part, size_t count)
{
	char *log = scratch_log();

	ck_assert_msg(occurs(log, part) == count, "%s in: %s", part, log);
	free(log);
}
