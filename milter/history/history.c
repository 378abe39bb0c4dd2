/* SPDX-License-Identifier: ISC */
#include "milter/history/history.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "milter/history/known.h"
#include "milter/history/seen.h"
#include "milter/log/log.h"
#include "milter/settings/keyfile.h"

enum { RETRY = 60 }; /* seconds until a file that failed is tried again */
enum { TAIL = 4096 };

/* What is open.  All of it is guarded by lock. */
static struct {
	char *path; /* owned; NULL: there is no history */
	char host[256];
	size_t max_size;
	size_t keep;
	struct histline_privacy privacy;
	struct known *known; /* owned; NULL: history-unsigned = no */
	struct seen *seen;   /* owned; NULL: no certificates are kept */

	int fd;		 /* -1: not open, though it should be */
	off_t size;	 /* of the file */
	bool torn;	 /* half a line could not be cut off */
	time_t next_try; /* to open it again */
	size_t lost;	 /* lines since it stopped working */
} history = { .fd = -1 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

/* Where the last whole line ends; -1 when it cannot be read. */
static off_t
end_of_lines(int fd, off_t size)
{
	char block[TAIL];
	off_t from;
	ssize_t len;

	while (size > 0) {
		from = size > TAIL ? size - TAIL : 0;
		len = pread(fd, block, (size_t)(size - from), from);
		if (len != size - from)
			return -1;
		for (; len > 0; len--)
			if (block[len - 1] == '\n')
				return from + len;
		size = from;
	}
	return 0;
}

/* Cut off half a line, which a crash may have left.  Returns the size. */
static off_t
mend(int fd)
{
	struct stat st;
	off_t end;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	end = end_of_lines(fd, st.st_size);
	if (end >= 0 && end < st.st_size && ftruncate(fd, end) != 0)
		return -1;
	return end;
}

/* The file, locked.  -1 and errno when it cannot be had. */
static int
open_file(const char *path, off_t *size_r)
{
	int fd = open(path,
	    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
	int error;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*size_r = mend(fd);
		if (*size_r >= 0)
			return fd;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Let go of a file first: a lock that we hold ourselves is in our way. */
static void
close_file(void)
{
	if (history.fd >= 0)
		close(history.fd);
	history.fd = -1;
}

static const char *
explain(int error)
{
	if (error == EWOULDBLOCK)
		return "another process writes to it";
	if (error == EINVAL)
		return "it is not a regular file";
	return strerror(error);
}

/* The first line that is lost is told about, the others are counted. */
static void
note_loss(const char *what, int error)
{
	if (history.lost++ == 0)
		log_line(LOG_ERR,
		    "history: %s: %s: %s; messages go without a line until "
		    "that works again",
		    history.path, what, explain(error));
}

static void
note_recovery(void)
{
	if (history.lost > 0)
		log_line(LOG_WARNING,
		    "history: %s works again; %zu lines are missing",
		    history.path, history.lost);
	history.lost = 0;
}

/* Nothing but FILE.N is ever overwritten. */
static bool
rename_old(size_t from, size_t to)
{
	char *old = NULL, *new = NULL;
	bool good;

	if (from == 0)
		old = strdup(history.path);
	else if (asprintf(&old, "%s.%zu", history.path, from) < 0)
		old = NULL;
	if (asprintf(&new, "%s.%zu", history.path, to) < 0)
		new = NULL;
	good = old != NULL && new != NULL &&
	    (rename(old, new) == 0 || errno == ENOENT);
	free(old);
	free(new);
	return good;
}

/* From the oldest on, so that a crash leaves a gap in the numbers at worst. */
static void
rotate(void)
{
	bool good = true;

	for (size_t i = history.keep; good && i > 0; i--)
		good = rename_old(i - 1, i);
	if (history.keep == 0)
		good = ftruncate(history.fd, 0) == 0;
	if (!good) {
		log_line(LOG_ERR,
		    "history: %s: cannot be rotated: %s; it grows beyond "
		    "history-max-size",
		    history.path, strerror(errno));
		history.max_size = 0;
	}
	close_file();
}

static bool
is_ready(size_t len)
{
	time_t now = time(NULL);

	if (history.fd >= 0 && history.max_size > 0 && history.size > 0 &&
	    (size_t)history.size + len > history.max_size)
		rotate();
	if (history.fd >= 0)
		return true;
	if (now < history.next_try) {
		history.lost++;
		return false;
	}
	history.fd = open_file(history.path, &history.size);
	history.torn = false;
	if (history.fd >= 0)
		return true;
	note_loss("cannot be opened", errno);
	history.next_try = now + RETRY;
	return false;
}

/* All of the line or nothing of it. */
static void
append(const char *line, size_t len)
{
	ssize_t written;

	if (!is_ready(len))
		return;
	/* Half a line that stayed is at least one by itself. */
	if (history.torn && write(history.fd, "\n", 1) == 1) {
		history.torn = false;
		history.size++;
	}
	do {
		written = write(history.fd, line, len);
	} while (written < 0 && errno == EINTR);
	if (written == (ssize_t)len) {
		history.size += written;
		note_recovery();
		return;
	}
	note_loss("cannot be written", written < 0 ? errno : ENOSPC);
	if (written > 0 && ftruncate(history.fd, history.size) != 0) {
		history.size += written;
		history.torn = true;
	}
}

static void
append_object(json_t *object)
{
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
	size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0) {
		note_loss("no line", ENOMEM);
		return;
	}
	text[len] = '\n'; /* in place of the NUL: one write */
	append(text, len + 1);
	free(text);
}

static bool
is_signed(const struct verdict *verdict)
{
	return verdict->result != RESULT_NONE &&
	    verdict->result != RESULT_ABSENT;
}

static bool
passes(const struct verdict *verdict)
{
	return verdict->result == RESULT_PASS ||
	    verdict->mode_result[TRUST_EXCHANGE_2013_SP1] == RESULT_PASS;
}

/* A rule asks for something, whatever its stage: who is hit has to be told. */
static bool
is_hit(const struct histline *line)
{
	return line->policy != NULL && line->would != NULL &&
	    strcmp(line->would, action_word(ACTION_ACCEPT)) != 0;
}

/* Is there a line for it?  Also remembers who signs. */
static bool
is_wanted(const struct histline *line)
{
	const struct verdict *verdict = line->verdict;
	const char *from = verdict->from;

	if (!is_signed(verdict))
		return is_hit(line) ||
		    (verdict->result == RESULT_NONE && from != NULL &&
			history.known != NULL &&
			known_has(history.known, from));
	if (history.known != NULL && from != NULL && passes(verdict))
		known_add(history.known, from);
	return true;
}

/* What vouches is kept; who signs is not, and would be many. */
static void
keep_certificates(const struct verdict *verdict)
{
	const struct signature *s;

	for (size_t i = 0; i < verdict->signature_count; i++) {
		s = &verdict->signatures[i];
		for (size_t k = 1; k < s->path_len; k++)
			seen_add(history.seen, s->path[k].sha256,
			    s->path[k].der, s->path[k].der_len);
	}
}

static char *
beside(const char *path, const char *suffix)
{
	char *name;

	return asprintf(&name, "%s%s", path, suffix) < 0 ? NULL : name;
}

_Static_assert((int)HISTLINE_KEY_LEN == (int)KEYFILE_LEN, "open_key");

static bool
open_key(const char *path, struct histline_privacy *privacy_r, char **error_r)
{
	char *name = beside(path, HISTORY_KEY);
	struct keyfile_key key;
	bool good =
	    name != NULL && keyfile_load("history", name, &key, error_r);

	if (good)
		memcpy(privacy_r->key, key.octets, sizeof(privacy_r->key));
	free(name);
	return good;
}

/* The folder that the settings name, or NULL for none. */
static char *
choose_seen(const struct settings *settings)
{
	const char *name = settings->seen_certificates;
	const char *slash = strrchr(settings->history, '/');
	char *path;

	if (strcmp(name, "none") == 0)
		return NULL;
	if (strcmp(name, "auto") != 0)
		return strdup(name);
	return asprintf(&path, "%.*s/seen-certificates",
		   (int)(slash - settings->history), settings->history) < 0 ?
	    NULL :
	    path;
}

static struct seen *
open_seen(const struct settings *settings)
{
	char *path = choose_seen(settings);
	struct seen *seen = path == NULL ? NULL : seen_open(path);

	if (path != NULL && seen == NULL)
		log_line(LOG_ERR, "seen-certificates: %s: %s; none are kept",
		    path, strerror(errno));
	free(path);
	return seen;
}

static struct known *
open_known(const struct settings *settings,
    const struct histline_privacy *privacy)
{
	char *path;
	struct known *known;

	if (!settings->history_unsigned)
		return NULL;
	path = beside(settings->history, HISTORY_KNOWN);
	known = path == NULL ?
	    NULL :
	    known_open(path, privacy->key, HISTORY_MAX_KNOWN);
	if (known == NULL)
		log_line(LOG_ERR, "history: %s: %s; unsigned mail gets no line",
		    path != NULL ? path : "FILE.known", strerror(errno));
	free(path);
	return known;
}

static void
forget(void)
{
	close_file();
	free(history.path);
	history.path = NULL;
	known_free(history.known);
	history.known = NULL;
	seen_free(history.seen);
	history.seen = NULL;
}

/* The lock is held, and path and key are good. */
static void
take_over(const struct settings *settings, char *path, int fd, off_t size,
    const struct histline_privacy *privacy)
{
	size_t lost = history.lost;

	forget();
	history.path = path;
	history.fd = fd;
	history.size = size;
	history.torn = false;
	history.next_try = 0;
	history.lost = lost;
	history.max_size = settings->history_max_size;
	history.keep = settings->history_keep;
	history.privacy = *privacy;
	gethostname(history.host, sizeof(history.host) - 1);
	history.known = open_known(settings, privacy);
	history.seen = open_seen(settings);
}

static bool
open_with_key(const struct settings *settings,
    const struct histline_privacy *privacy, char **error_r)
{
	char *path = strdup(settings->history);
	off_t size = 0;
	int fd;

	if (path == NULL)
		return false;
	/* The same file, be it again: our lock on it is in our way. */
	if (history.path != NULL && strcmp(history.path, path) == 0)
		close_file();
	fd = open_file(path, &size);
	if (fd < 0 && !is_full(errno)) {
		if (asprintf(error_r,
			"history: %s: %s; expected a file that we may write",
			path, explain(errno)) < 0)
			*error_r = NULL;
		free(path);
		return false;
	}
	take_over(settings, path, fd, size, privacy);
	return true;
}

bool
history_open(const struct settings *settings, char **error_r)
{
	struct histline_privacy privacy = { .addresses =
						settings->history_addresses };
	bool good;

	*error_r = NULL;
	if (settings->history[0] == '\0') {
		history_close();
		return true;
	}
	if ((privacy.addresses == HISTORY_ADDRESSES_HASH ||
		settings->history_unsigned) &&
	    !open_key(settings->history, &privacy, error_r))
		return false;
	pthread_mutex_lock(&lock);
	good = open_with_key(settings, &privacy, error_r);
	pthread_mutex_unlock(&lock);
	return good;
}

void
history_write(const struct histline *line)
{
	struct histline full = *line;
	json_t *object;

	pthread_mutex_lock(&lock);
	if (history.path != NULL && is_wanted(line)) {
		full.host = history.host;
		object = histline_new(&full, &history.privacy);
		append_object(object);
		json_decref(object);
		if (history.seen != NULL)
			keep_certificates(line->verdict);
	}
	pthread_mutex_unlock(&lock);
}

void
history_close(void)
{
	pthread_mutex_lock(&lock);
	forget();
	pthread_mutex_unlock(&lock);
}
