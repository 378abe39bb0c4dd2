/* SPDX-License-Identifier: ISC */
#include "milter/collection/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/log/complaint.h"

#define HIDDEN ".smimectl-"
#define TEMPLATE                                                               \
	HIDDEN "XX"                                                            \
	       "XX"                                                            \
	       "XX"

struct outfile {
	char *path;   /* owned; without links where there is a file */
	char *folder; /* owned */
	bool exists;
	struct stat was; /* valid if exists */
};

/* "FOLDER/NAME" of "/a/b" is "/a", of "/b" is "/", of "b" is ".". */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Nobody holds the lock of a file whose writer was killed. */
static void
remove_leftover(int folder, const char *name)
{
	struct stat status;
	int fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
	close(fd);
}

static void
remove_leftovers(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (strlen(entry->d_name) == strlen(TEMPLATE) &&
		    strncmp(entry->d_name, HIDDEN, strlen(HIDDEN)) == 0)
			remove_leftover(dirfd(dir), entry->d_name);
	closedir(dir);
}

static bool
write_all(int fd, const uint8_t *octets, size_t len)
{
	ssize_t written;

	while (len > 0) {
		written = write(fd, octets, len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		octets += written;
		len -= (size_t)written;
	}
	return true;
}

/* The umask can only be read by setting it. */
static mode_t
mode_of_new(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Owner before mode: a change of owner may clear bits. */
static bool
set_status(const struct outfile *file, int fd)
{
	const struct stat *was = &file->was;

	if (!file->exists)
		return fchmod(fd, mode_of_new()) == 0;
	if ((was->st_uid != geteuid() || was->st_gid != getegid()) &&
	    fchown(fd, was->st_uid, was->st_gid) != 0)
		return false;
	return fchmod(fd, was->st_mode & 0777) == 0;
}

/* Write the hidden file and have it on the disk. */
static bool
fill(const struct outfile *file, int fd, const uint8_t *octets, size_t len,
    char **error_r)
{
	if (flock(fd, LOCK_EX) != 0 || !write_all(fd, octets, len))
		complaint_set(error_r, "%s: %s; nothing was changed",
		    file->path, strerror(errno));
	else if (!set_status(file, fd))
		complaint_set(error_r,
		    "%s: cannot keep owner and mode: %s; nothing was changed",
		    file->path, strerror(errno));
	else if (fsync(fd) != 0)
		complaint_set(error_r, "%s: %s; nothing was changed",
		    file->path, strerror(errno));
	else
		return true;
	return false;
}

/* Where the kernel or the file system has no such rename, a link does it. */
static bool
move_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	return link(from, to) == 0 && unlink(from) == 0;
}

static bool
move(const struct outfile *file, const char *from, char **error_r)
{
	struct stat now;

	if (file->exists &&
	    (lstat(file->path, &now) != 0 || !is_same(&file->was, &now))) {
		complaint_set(error_r,
		    "%s: changed by somebody else meanwhile; try again",
		    file->path);
		return false;
	}
	if (file->exists ? rename(from, file->path) == 0 :
			   move_new(from, file->path))
		return true;
	complaint_set(error_r, "%s: %s; nothing was changed", file->path,
	    strerror(errno));
	return false;
}

/* Not every file system can sync a folder. */
static bool
sync_folder(const struct outfile *file, char **error_r)
{
	int fd = open(file->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);

	if (!good)
		complaint_set(error_r,
		    "%s: written, but a crash may undo it: %s: %s", file->path,
		    file->folder, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static bool
commit(const struct outfile *file, const uint8_t *octets, size_t len,
    char **error_r)
{
	char *hidden = NULL;
	bool good = false;
	int fd;

	if (asprintf(&hidden, "%s/%s", file->folder, TEMPLATE) < 0) {
		complaint_set(error_r, "%s: out of memory", file->path);
		return false;
	}
	fd = mkostemp(hidden, O_CLOEXEC);
	if (fd < 0) {
		complaint_set(error_r, "%s: cannot write in folder %s: %s",
		    file->path, file->folder, strerror(errno));
		free(hidden);
		return false;
	}
	good =
	    fill(file, fd, octets, len, error_r) && move(file, hidden, error_r);
	if (!good)
		unlink(hidden);
	close(fd);
	free(hidden);
	return good && sync_folder(file, error_r);
}

static bool
look(struct outfile *file, bool replace, char **error_r)
{
	char *real;

	file->exists = stat(file->path, &file->was) == 0;
	if (!file->exists && errno != ENOENT) {
		complaint_set(error_r, "%s: %s", file->path, strerror(errno));
		return false;
	}
	if (!file->exists)
		return true;
	if (!S_ISREG(file->was.st_mode)) {
		complaint_set(error_r, "%s: not a regular file; expected one",
		    file->path);
		return false;
	}
	if (!replace) {
		complaint_set(error_r,
		    "%s: is there already; --force replaces it", file->path);
		return false;
	}
	real = realpath(file->path, NULL);
	if (real == NULL) {
		complaint_set(error_r, "%s: %s", file->path, strerror(errno));
		return false;
	}
	free(file->path);
	file->path = real;
	return true;
}

struct outfile *
outfile_open(const char *path, bool replace, char **error_r)
{
	struct outfile *file = calloc(1, sizeof(*file));

	*error_r = NULL;
	if (file == NULL)
		return NULL;
	file->path = strdup(path);
	if (file->path == NULL || !look(file, replace, error_r)) {
		outfile_free(file);
		return NULL;
	}
	file->folder = folder_of(file->path);
	if (file->folder == NULL) {
		outfile_free(file);
		return NULL;
	}
	return file;
}

bool
outfile_commit(struct outfile *file, const uint8_t *octets, size_t len,
    char **error_r)
{
	sigset_t all, before;
	bool good;

	*error_r = NULL;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	remove_leftovers(file->folder);
	good = commit(file, octets, len, error_r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

void
outfile_free(struct outfile *file)
{
	if (file == NULL)
		return;
	free(file->path);
	free(file->folder);
	free(file);
}
