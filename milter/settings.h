/* SPDX-License-Identifier: ISC */
/*
 * settings - smime-milter.conf, from one table
 *
 * Shape    libconfuse syntax: name = value, name = { "a", "b" }.  One row per
 *          option in the table of settings.c: name, kind, default, range,
 *          place in struct settings, one line for the manual.  An option set
 *          twice has the value set last.
 * Units    sizes count octets; "k" and "M" stand for 1024 and 1048576
 * Limits   a file 1 MiB
 * Threads  never changed once loaded, and counted: any number of threads may
 *          read what they hold a count of
 */
#ifndef MILTER_SETTINGS_H
#define MILTER_SETTINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <sys/socket.h>

#include "histline.h"
#include "network.h"
#include "smime.h"
#include "trust.h"

/* What is done with a message, by its result. */
enum action_kind {
	ACTION_ACCEPT,
	ACTION_TEMPFAIL,
	ACTION_REJECT,
	ACTION_QUARANTINE,
	ACTION_DISCARD,
};

enum log_target { LOG_TARGET_SYSLOG, LOG_TARGET_STDERR };

struct strings {
	char **list; /* owned, count of them, each owned */
	size_t count;
};

struct settings {
	/* The daemon. */
	char *socket;		  /* "unix:/path", "inet:port@host" */
	unsigned int socket_mode; /* permission bits of a unix socket */
	char *user;	/* "name" or "name:group"; "" to stay who we are */
	char *pid_file; /* "" for none */
	enum log_target log;
	int log_level;	     /* LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG */
	int syslog_facility; /* LOG_MAIL, ... */

	/* The header. */
	char *authserv_id; /* "" for the MTA's {j} */
	bool remove_forged;
	struct strings internal_hosts;	     /* networks, CIDR */
	struct strings trusted_authserv_ids; /* never removed */

	/* Trust. */
	enum trust_mode mode;
	bool staging;		   /* tell what Exchange Online would say */
	struct strings collection; /* paths */
	char *local_store;	   /* "auto", "none" or a path */
	char *signer_aliases;	   /* path, "" for none */
	bool trust_listed_signers;
	size_t warn_expiry_days; /* 0: never */

	/* The history. */
	char *history; /* path; "" for none */
	size_t history_max_size;
	size_t history_keep;
	enum histline_addresses history_addresses;
	bool history_unsigned;
	char *seen_certificates; /* "auto", "none" or the path of a folder */

	/* What is acceptable, and what a message may cost. */
	struct rules rules;
	struct limits limits;
	size_t max_cpu_time; /* of a message; milliseconds */

	/* What is done, by enum result. */
	enum action_kind
	    on[RESULT_FAIL + 1]; /* on-encrypted is RESULT_ABSENT */

	/* Made from the above by settings_load(). */
	struct network *internal; /* owned, internal_hosts.count of them */
	atomic_size_t owners;
};

/* One line for each option that the command line sets: "NAME=VALUE". */
struct overrides {
	const char *const *list; /* borrowed */
	size_t count;
};

/*
 * Load path (NULL: the built-in defaults), then apply the overrides, the last
 * of a name winning.  A missing file is an error.  On failure returns NULL
 * and sets *error_r to "FILE:LINE: OPTION: what is wrong; expected a, b or c",
 * which the caller frees; for an override FILE:LINE is "-o".  It is NULL when
 * there is no memory even for that.
 */
struct settings *settings_load(const char *path,
    const struct overrides *overrides, char **error_r);

/*
 * What the operator should be told about settings that are allowed and yet
 * dangerous, as a line for the log; NULL when there is nothing.
 */
const char *settings_warning(const struct settings *settings);

/* Is the peer in internal_hosts?  False for NULL and for a local socket. */
bool settings_is_internal(const struct settings *settings,
    const struct sockaddr *peer);

/* The shipped file: $sysconfdir/smime-milter/smime-milter.conf */
const char *settings_default_path(void);

/*
 * Print "name = value" lines, quoted so that settings_load() reads them
 * back; with changed_only just those that differ from the default.
 */
void settings_print(const struct settings *settings, bool changed_only,
    FILE *out);

/* Count owners; the last settings_unref() frees.  Both take NULL. */
struct settings *settings_ref(struct settings *settings);
void settings_unref(struct settings *settings);

/* For the tests and the manual: the rows of the table, in order. */
struct setting_info {
	const char *name;
	const char *value;   /* the default, as it would be written in a file */
	const char *expects; /* "a number from 1 to 9", "yes or no", ... */
	const char *manual;  /* one line */
};
size_t settings_count(void);
struct setting_info settings_info(size_t index);

/* "accept", "tempfail", ...; never NULL. */
const char *action_word(enum action_kind kind);

#endif
