/* SPDX-License-Identifier: ISC */
#include "milter/history/seen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <glib.h>

#include "milter/log/log.h"

enum { HASH_LEN = 64 };
static const char suffix[] = ".der";
static const char unfinished[] = ".new";

struct seen {
	char *path;	   /* owned */
	int fd;		   /* of the folder */
	GHashTable *names; /* owned; its keys are, too */
	bool complained;
};

static bool
is_hash(const char *text, size_t len)
{
	return len == HASH_LEN && strspn(text, "0123456789abcdef") >= HASH_LEN;
}

static bool
is_ours(const char *name)
{
	size_t len = strlen(name);

	return len == HASH_LEN + sizeof(suffix) - 1 &&
	    is_hash(name, HASH_LEN) && strcmp(name + HASH_LEN, suffix) == 0;
}

static void
complain(struct seen *seen, const char *why)
{
	if (!seen->complained)
		log_line(LOG_ERR,
		    "seen-certificates: %s: %s; certificates are not kept",
		    seen->path, why);
	seen->complained = true;
}

/* Take note of what is there; remove what a crash has left unfinished. */
static void
read_folder(struct seen *seen, DIR *folder)
{
	const struct dirent *entry;

	while ((entry = readdir(folder)) != NULL) {
		if (is_ours(entry->d_name))
			g_hash_table_add(seen->names,
			    g_strndup(entry->d_name, HASH_LEN));
		else if (strcmp(entry->d_name, unfinished) == 0)
			unlinkat(seen->fd, unfinished, 0);
	}
}

struct seen *
seen_open(const char *path)
{
	struct seen *seen;
	DIR *folder;

	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return NULL;
	folder = opendir(path);
	if (folder == NULL)
		return NULL;
	seen = calloc(1, sizeof(*seen));
	if (seen != NULL) {
		seen->path = strdup(path);
		seen->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		seen->names = g_hash_table_new_full(g_str_hash, g_str_equal,
		    g_free, NULL);
	}
	if (seen != NULL && (seen->path == NULL || seen->fd < 0)) {
		seen_free(seen);
		seen = NULL;
	}
	if (seen != NULL)
		read_folder(seen, folder);
	closedir(folder);
	return seen;
}

static bool
write_file(const struct seen *seen, const uint8_t *der, size_t len)
{
	int fd = openat(seen->fd, unfinished,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	ssize_t written;
	bool good;

	if (fd < 0)
		return false;
	written = write(fd, der, len);
	good = written == (ssize_t)len;
	if (!good && written >= 0)
		errno = ENOSPC;
	good = good && fsync(fd) == 0; /* before it gets its name */
	return close(fd) == 0 && good;
}

void
seen_add(struct seen *seen, const char *sha256, const uint8_t *der, size_t len)
{
	char name[HASH_LEN + sizeof(suffix)];

	if (sha256 == NULL || !is_hash(sha256, strlen(sha256)) ||
	    g_hash_table_contains(seen->names, sha256) || der == NULL ||
	    len > SEEN_MAX_DER)
		return;
	if (g_hash_table_size(seen->names) >= SEEN_MAX_FILES) {
		complain(seen, "the folder is full");
		return;
	}
	snprintf(name, sizeof(name), "%s%s", sha256, suffix);
	if (!write_file(seen, der, len) ||
	    renameat(seen->fd, unfinished, seen->fd, name) != 0) {
		complain(seen, strerror(errno));
		unlinkat(seen->fd, unfinished, 0);
		return;
	}
	seen->complained = false;
	g_hash_table_add(seen->names, g_strdup(sha256));
}

void
seen_free(struct seen *seen)
{
	if (seen == NULL)
		return;
	g_hash_table_destroy(seen->names);
	if (seen->fd >= 0)
		close(seen->fd);
	free(seen->path);
	free(seen);
}

char *
seen_path(const char *folder, const char *sha256)
{
	char *path;

	if (!is_hash(sha256, strlen(sha256)))
		return NULL;
	return asprintf(&path, "%s/%s%s", folder, sha256, suffix) < 0 ? NULL :
									path;
}
