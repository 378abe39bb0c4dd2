/* SPDX-License-Identifier: ISC */
/*
 * dirsearch - one search of an LDAP directory, entry by entry
 *
 * The only module that knows OpenLDAP's library.  It reads no ldap.conf, no
 * .ldaprc and no LDAP... variable, which could switch off the check of the
 * server's certificate, and follows no referral.
 *
 * Source   RFC 4511, RFC 4513, RFC 2696
 * Units    times in seconds
 * Limits   an answer of the server DIRSEARCH_MAX_ANSWER octets
 * Threads  one thread, before any other is started
 */
#ifndef MILTER_COLLECTION_DIRSEARCH_H
#define MILTER_COLLECTION_DIRSEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIRSEARCH_MAX_ANSWER = 64 * 1024 * 1024 };

enum dirsearch_scope {
	DIRSEARCH_BASE, /* the entry itself */
	DIRSEARCH_ONE,	/* those right below it */
	DIRSEARCH_SUB,	/* the entry and all below it */
};

/* All strings are borrowed; NULL where nothing was said. */
struct dirsearch {
	const char *uri; /* ldap://, ldaps:// or ldapi:// */
	const char *base;
	const char *filter;
	enum dirsearch_scope scope;
	const char *const *attributes; /* up to a NULL */
	unsigned int page;	       /* entries in one answer; 0: no pages */

	bool starttls;
	const char
	    *ca; /* PEM; who vouches for the server; must be set for TLS */
	const char *cert; /* of ours, for SASL EXTERNAL over TLS */
	const char *key;

	/* No name and no mechanism: anonymous. */
	const char *bind_dn;
	const char *password;
	const char *mechanism; /* of SASL: EXTERNAL, GSSAPI */

	unsigned int answer_timeout; /* for each answer */
	unsigned int total_timeout;  /* for all of them */
};

/* Where entries go.  False stops the search. */
struct dirsearch_sink {
	bool (*begin)(void *arg, const char *dn);
	bool (*value)(void *arg, const char *name, const uint8_t *octets,
	    size_t len);
	bool (*end)(void *arg);
};

struct dirsearch_counts {
	size_t pages;
	size_t referrals; /* not followed */
};

/* TLS will be used, so ca has to be set. */
bool dirsearch_is_tls(const struct dirsearch *search);

/* Nobody between us and the server can read or change what is said. */
bool dirsearch_is_private(const struct dirsearch *search);

/*
 * What is wrong with the request, worded to follow "smimectl: ", or NULL.  A
 * password that would cross a network in clear text is refused here.
 */
const char *dirsearch_check(const struct dirsearch *search);

/*
 * Search.  True when the server said that this was all of it; else *error_r is
 * a line "URI: what is wrong" that the caller frees (NULL: out of memory, or
 * the sink stopped), and what came so far is not to be relied on.
 */
bool dirsearch_run(const struct dirsearch *search,
    const struct dirsearch_sink *sink, void *arg,
    struct dirsearch_counts *counts_r, char **error_r);

#endif
