/* SPDX-License-Identifier: ISC */
#include "milter/settings/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

static void
complain(char **error_r, const char *path, const char *what)
{
	if (asprintf(error_r, "%s: %s", path, what) < 0)
		*error_r = NULL;
}

/* NULL, or what is wrong with the file. */
static const char *
check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a file; expected a file with the password";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "the file belongs to another user; expected to own it";
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "others can read the file or write to it; expected"
		       " mode 0600 or 0400 (chmod 600)";
	return NULL;
}

/* All of it; one octet more shows that it is too long. */
static const char *
read_all(int fd, char secret[SECRET_MAX + 2], size_t *len_r)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = read(fd, secret + len, SECRET_MAX + 1 - len);
		len += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && len <= SECRET_MAX) || (got < 0 && errno == EINTR));
	if (got < 0)
		return strerror(errno);
	if (len > SECRET_MAX)
		return "too long; expected one line with the password";
	secret[len] = '\0';
	*len_r = len;
	return NULL;
}

/* Cut the end of the line off. */
static const char *
check_line(char *secret, size_t len)
{
	if (len > 0 && secret[len - 1] == '\n')
		len--;
	if (len > 0 && secret[len - 1] == '\r')
		len--;
	secret[len] = '\0';
	if (len == 0)
		return "empty; expected one line with the password";
	if (strlen(secret) != len || strchr(secret, '\n') != NULL)
		return "more than one line, or a NUL; expected one line with"
		       " the password";
	return NULL;
}

char *
secret_read(const char *path, char **error_r)
{
	char *secret = calloc(1, SECRET_MAX + 2);
	const char *wrong = NULL;
	size_t len = 0;
	int fd;

	*error_r = NULL;
	if (secret == NULL)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		wrong = strerror(errno);
	if (wrong == NULL)
		wrong = check_file(fd);
	if (wrong == NULL)
		wrong = read_all(fd, secret, &len);
	if (wrong == NULL)
		wrong = check_line(secret, len);
	if (fd >= 0)
		close(fd);
	if (wrong == NULL)
		return secret;
	complain(error_r, path, wrong);
	OPENSSL_cleanse(secret, SECRET_MAX + 2);
	free(secret);
	return NULL;
}

void
secret_free(char *secret)
{
	if (secret == NULL)
		return;
	OPENSSL_cleanse(secret, strlen(secret));
	free(secret);
}
