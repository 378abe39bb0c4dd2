/* SPDX-License-Identifier: ISC */
/*
 * hostfacts - what a machine tells about itself, for the doctor
 *
 * Nothing is changed and no network is asked.
 *
 * Limits   HOST_MAX_STEPS folders above a socket; a file 4 MiB
 * Threads  getpwnam(3) and getgrgid(3) are used: one thread
 */
#ifndef MILTER_DOCTOR_HOSTFACTS_H
#define MILTER_DOCTOR_HOSTFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { HOST_MAX_STEPS = 64 };

/* One folder on the way to a socket, or the socket. */
struct host_step {
	char *path;  /* owned */
	char *owner; /* owned; names, or numbers where there is no name */
	char *group;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* The way from "/" to a path, as far as it exists. */
struct host_path {
	char *path; /* owned; the whole of it */
	struct host_step steps[HOST_MAX_STEPS];
	size_t count;
	bool exists;  /* ... all of it */
	bool unknown; /* this process may not look; then exists is false */
};

/* Who connects. */
struct host_user {
	char *name; /* owned */
	uid_t uid;
	gid_t *groups; /* owned, group_count of them */
	int group_count;
};

enum host_clock { HOST_CLOCK_GOOD, HOST_CLOCK_ADRIFT, HOST_CLOCK_UNKNOWN };

/* Links are followed.  Free with host_path_done(). */
void host_path_read(const char *path, struct host_path *path_r);
void host_path_done(struct host_path *path);

/* False if there is no such user.  Free with host_user_done(). */
bool host_user_read(const char *name, struct host_user *user_r);
void host_user_done(struct host_user *user);

/* Does the kernel think that something keeps its clock right? */
enum host_clock host_clock(void);

/*
 * All of a file of text, with a NUL after it.  NULL with *error_r set to
 * "PATH: what is wrong"; the caller frees either with g_free().
 */
char *host_file_read(const char *path, size_t *len_r, char **error_r);

/*
 * What a program prints; argv ends with NULL and argv[0] is a path.  NULL if
 * it cannot be run or fails, with *error_r; free as above.
 */
char *host_run(const char *const *argv, size_t *len_r, char **error_r);

/*
 * The value of "KEY VALUE" or "KEY=VALUE" in a file like opendkim.conf; NULL
 * if it is not there.  Free with g_free().
 */
char *host_conf_value(const char *path, const char *key);

#endif
