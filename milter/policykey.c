/* SPDX-License-Identifier: ISC */
#include "policykey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

enum { TEXT_LEN = 2 * POLICYKEY_LEN + 1 };

static bool
complain(const char *path, const char *why, char **error_r)
{
	if (asprintf(error_r, "policy-key: %s: %s", path, why) < 0)
		*error_r = NULL;
	return false;
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static bool
parse(const char *text, struct policykey *key_r)
{
	struct policykey key;

	for (size_t i = 0; i < POLICYKEY_LEN; i++) {
		int high = hex_value(text[2 * i]);
		int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);

		if (low < 0)
			return false;
		key.octets[i] = (uint8_t)(high << 4 | low);
	}
	*key_r = key;
	return true;
}

static bool
read_key(const char *path, int file, struct policykey *key_r, char **error_r)
{
	char text[TEXT_LEN + 1] = "";
	struct stat status;
	ssize_t len;

	if (fstat(file, &status) != 0)
		return complain(path, strerror(errno), error_r);
	if (!S_ISREG(status.st_mode))
		return complain(path, "not a file", error_r);
	if ((status.st_mode & 077) != 0)
		return complain(path,
		    "others can read it; expected permissions 0600", error_r);
	len = read(file, text, TEXT_LEN);
	if (len < 0)
		return complain(path, strerror(errno), error_r);
	if (len < TEXT_LEN - 1 || !parse(text, key_r))
		return complain(path,
		    "not a key; expected 64 hex digits in lower case "
		    "(remove it, and it is made anew)",
		    error_r);
	return true;
}

static bool
write_text(int file, const char *text)
{
	size_t len = strlen(text);

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

static bool
create(const char *path, char **error_r)
{
	char text[TEXT_LEN + 1];
	struct policykey key;
	char *temporary;
	bool good;

	if (!policykey_make(&key))
		return complain(path, "no random numbers", error_r);
	for (size_t i = 0; i < POLICYKEY_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", key.octets[i]);
	memcpy(text + TEXT_LEN - 1, "\n", 2);
	if (asprintf(&temporary, "%s.%ld", path, (long)getpid()) < 0)
		return complain(path, "out of memory", error_r);
	unlink(temporary); /* of a process that ended too early */
	good = write_key(path, temporary, text) ||
	    complain(path, strerror(errno), error_r);
	free(temporary);
	return good;
}

bool
policykey_make(struct policykey *key_r)
{
	return RAND_bytes(key_r->octets, POLICYKEY_LEN) == 1;
}

bool
policykey_load(const char *path, struct policykey *key_r, char **error_r)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool good;

	*error_r = NULL;
	if (file < 0 && errno == ENOENT) {
		if (!create(path, error_r))
			return false;
		file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (file < 0)
		return complain(path, strerror(errno), error_r);
	good = read_key(path, file, key_r, error_r);
	close(file);
	return good;
}

static bool
add_octets(EVP_MAC_CTX *ctx, const char *octets, size_t len)
{
	return EVP_MAC_update(ctx, (const uint8_t *)octets, len) == 1;
}

/*
 * Without blanks, which not every MTA hands on in the same way, and with an
 * end, so that no two lists of texts look the same.
 */
static bool
add(EVP_MAC_CTX *ctx, const char *text)
{
	static const char blanks[] = " \t\r\n";

	if (text == NULL)
		return add_octets(ctx, "\xff", 2);
	for (text += strspn(text, blanks); *text != '\0';
	     text += strspn(text, blanks)) {
		size_t len = strcspn(text, blanks);

		if (!add_octets(ctx, text, len))
			return false;
		text += len;
	}
	return add_octets(ctx, "", 1);
}

static EVP_MAC_CTX *
begin(const struct policykey *key, OSSL_LIB_CTX *libctx)
{
	static char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(libctx, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	if (ctx != NULL &&
	    EVP_MAC_init(ctx, key->octets, POLICYKEY_LEN, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

bool
policykey_draw(const struct policykey *key, OSSL_LIB_CTX *libctx,
    const char *domain, const char *message_id, const char *from,
    unsigned int *lot_r)
{
	EVP_MAC_CTX *ctx = begin(key, libctx);
	uint8_t mac[32];
	uint64_t number = 0;
	size_t len;
	bool good;

	good = ctx != NULL && add(ctx, domain) && add(ctx, message_id) &&
	    add(ctx, from) && EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1 &&
	    len == sizeof(mac);
	EVP_MAC_CTX_free(ctx);
	if (!good)
		return false;
	for (size_t i = 0; i < 8; i++)
		number = number << 8 | mac[i];
	*lot_r = (unsigned int)(number % 100);
	return true;
}
