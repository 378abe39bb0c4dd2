/* SPDX-License-Identifier: ISC */
/*
 * settings - what smime-milter.conf and the command line say
 *
 * Room     conffile.h reads a file by the rows of opt.h, optvalue.h and
 *          optcheck.h one value, override.h those of a command line,
 *          crosscheck.h what belongs together; settings_print.h writes them.
 *          The rest are kinds of values: domains.h, network.h, endpoint.h, ...
 * Shape    libconfuse syntax: name = value, name = { "a", "b" }, and sections
 *          policy "name" { ... } and tenant "name" { ... } of these.  An
 *          option set twice has the value set last.  Which there are, see
 *          opt.h.
 * Units    sizes count octets; "k" and "M" stand for 1024 and 1048576
 * Limits   a file 1 MiB
 * Threads  never changed once loaded, and counted: any number of threads may
 *          read what they hold a count of
 */
#ifndef MILTER_SETTINGS_SETTINGS_H
#define MILTER_SETTINGS_SETTINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>

#include "milter/log/log.h"
#include "milter/settings/network.h"
#include "milter/settings/rule.h"
#include "milter/strings.h"
#include "smime/smime.h"
#include "smime/trust/trust.h"

enum authenticated { AUTHENTICATED_VERIFY, AUTHENTICATED_SKIP };

/* What of mail addresses is kept in the history. */
enum history_addresses {
	HISTORY_ADDRESSES_FULL,
	HISTORY_ADDRESSES_DOMAIN,
	HISTORY_ADDRESSES_HASH,
};

struct settings {
	/* The daemon. */
	char *socket;		  /* "unix:/path", "inet:port@host" */
	unsigned int socket_mode; /* permission bits of a unix socket */
	char *socket_group;	  /* of a unix socket; "" to leave it */
	char *user;	/* "name" or "name:group"; "" to stay who we are */
	char *pid_file; /* "" for none */
	enum log_target log;
	int log_level;	     /* LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG */
	int syslog_facility; /* LOG_MAIL, ... */

	char *metrics_listen;	 /* see listenaddr.h; "" for none */
	char *metrics_file;	 /* path, "" for none */
	size_t metrics_interval; /* seconds between writes of that file */

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
	enum history_addresses history_addresses;
	bool history_unsigned;
	char *seen_certificates; /* "auto", "none" or the path of a folder */

	/* What is acceptable, and what a message may cost. */
	struct rules rules;
	struct limits limits;
	size_t max_cpu_time; /* of a message; milliseconds */

	/* What is done, by enum result. */
	enum action_kind
	    on[RESULT_FAIL + 1]; /* on-encrypted is RESULT_ABSENT */

	/* Whose mail is not verified. */
	enum authenticated authenticated;
	struct strings skip_hosts;	/* networks, CIDR */
	struct strings skip_recipients; /* domains.h */

	/* Rules, in order; the first that matches counts. */
	char *policy_key;      /* path */
	struct rule *policies; /* owned, policy_count of them */
	size_t policy_count;

	/* Whose recipients have a trust of their own; the first counts. */
	struct tenant *tenants; /* owned, tenant_count of them */
	size_t tenant_count;

	/* Made by settings_load(). */
	struct network *internal; /* owned, internal_hosts.count of them */
	bool file_is_blank;	  /* but for comments; false: there is none */
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

/* Count owners; the last settings_unref() frees.  Both take NULL. */
struct settings *settings_ref(struct settings *settings);
void settings_unref(struct settings *settings);

#endif
