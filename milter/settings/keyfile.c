/* SPDX-License-Identifier: ISC */
#include "milter/settings/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "milter/log/complaint.h"

enum { TEXT_LEN = 2 * KEYFILE_LEN + 1 };

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static bool
parse(const char *text, struct keyfile_key *key_r)
{
	struct keyfile_key key;

	for (size_t i = 0; i < KEYFILE_LEN; i++) {
		int high = hex_value(text[2 * i]);
		int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);

		if (low < 0)
			return false;
		key.octets[i] = (uint8_t)(high << 4 | low);
	}
	*key_r = key;
	return true;
}

/* NULL, or why it is no key. */
static const char *
read_key(int file, struct keyfile_key *key_r)
{
	char text[TEXT_LEN + 1] = "";
	struct stat status;
	ssize_t len;

	if (fstat(file, &status) != 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a file";
	if ((status.st_mode & 077) != 0)
		return "others can read it; expected permissions 0600";
	len = read(file, text, TEXT_LEN);
	if (len < 0)
		return strerror(errno);
	if (len < TEXT_LEN - 1 || !parse(text, key_r))
		return "not a key; expected 64 hex digits in lower case "
		       "(remove it, and it is made anew)";
	return NULL;
}

static bool
write_text(int file, const char *text)
{
	size_t len = strlen(text);

	errno = ENOSPC; /* what a short write means */
	return write(file, text, len) == (ssize_t)len && fsync(file) == 0;
}

/* False, and errno says why.  A key that is there already is left alone. */
static bool
write_key(const char *path, const char *temporary, const char *text)
{
	int file =
	    open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good;
	int error;

	if (file < 0)
		return false;
	good = write_text(file, text) &&
	    (link(temporary, path) == 0 || errno == EEXIST);
	error = errno;
	close(file);
	unlink(temporary);
	errno = error;
	return good;
}

/* NULL, or why there is none. */
static const char *
create(const char *path)
{
	char text[TEXT_LEN + 1];
	struct keyfile_key key;
	char *temporary;
	bool good;

	if (!keyfile_make(&key))
		return "no random numbers";
	for (size_t i = 0; i < KEYFILE_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", key.octets[i]);
	memcpy(text + TEXT_LEN - 1, "\n", 2);
	if (asprintf(&temporary, "%s.%ld", path, (long)getpid()) < 0)
		return "out of memory";
	unlink(temporary); /* of a process that ended too early */
	good = write_key(path, temporary, text);
	free(temporary);
	return good ? NULL : strerror(errno);
}

static const char *
load(const char *path, struct keyfile_key *key_r)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const char *why;

	if (file < 0 && errno == ENOENT) {
		why = create(path);
		if (why != NULL)
			return why;
		file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (file < 0)
		return strerror(errno);
	why = read_key(file, key_r);
	close(file);
	return why;
}

bool
keyfile_make(struct keyfile_key *key_r)
{
	return RAND_priv_bytes(key_r->octets, KEYFILE_LEN) == 1;
}

bool
keyfile_load(const char *option, const char *path, struct keyfile_key *key_r,
    char **error_r)
{
	const char *why = load(path, key_r);

	*error_r = NULL;
	return why == NULL ||
	    complaint_set(error_r, "%s: %s: %s", option, path, why);
}
