/* SPDX-License-Identifier: ISC */
/*
 * certpick - which certificates of a collection a command is about
 *
 * Shape    thumbprints and subjects name certificates, one or the other is
 *          enough; roles, --usable and --expired then each leave out more.
 *          Nothing asked for: all of them.
 *          A thumbprint is the SHA-1 or the SHA-256 of the DER in hex, in any
 *          case; colons, spaces and the invisible mark that Windows puts
 *          before it do no harm.
 *          A subject is a pattern of the shell (*, ?, [...]), in any case,
 *          for the common name or the whole name of RFC 4514.
 * Threads  one thread
 */
#ifndef MILTER_COLLECTION_CERTPICK_H
#define MILTER_COLLECTION_CERTPICK_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/collection/certview.h"

/* For getopt_long(). */
enum {
	CERTPICK_THUMBPRINT = 1000,
	CERTPICK_SUBJECT,
	CERTPICK_EXPIRED,
	CERTPICK_ROOTS,
	CERTPICK_INTERMEDIATES,
	CERTPICK_SIGNERS,
	CERTPICK_USABLE,
};
#define CERTPICK_OPTIONS                                                       \
	{ "thumbprint", required_argument, NULL, CERTPICK_THUMBPRINT },        \
	    { "subject", required_argument, NULL, CERTPICK_SUBJECT },          \
	    { "expired", no_argument, NULL, CERTPICK_EXPIRED },                \
	    { "roots", no_argument, NULL, CERTPICK_ROOTS },                    \
	    { "intermediates", no_argument, NULL, CERTPICK_INTERMEDIATES },    \
	    { "signers", no_argument, NULL, CERTPICK_SIGNERS },                \
	{                                                                      \
		"usable", no_argument, NULL, CERTPICK_USABLE                   \
	}
#define CERTPICK_USAGE                                                         \
	"  --thumbprint HEX   this one (SHA-1 or SHA-256); may be repeated\n"  \
	"  --subject PATTERN  these, such as 'Example *'; may be repeated\n"   \
	"  --expired          of those, the expired ones only\n"               \
	"  --roots, --intermediates, --signers\n"                              \
	"                     of those, the ones with that role only\n"        \
	"  --usable           of those, the ones that may serve for mail"      \
	" only\n"

/* One --thumbprint or --subject. */
struct certpick_name {
	const char *text; /* borrowed: as it was given */
	char *hex;	  /* owned; a thumbprint in lower case, or NULL */
	bool found;
};

/* All zero: nothing asked for. */
struct certpick {
	struct certpick_name *names; /* owned, count of them */
	size_t count;
	bool roots, intermediates, signers, usable, expired;
};

/* Take an option.  False after a complaint.  text is kept. */
bool certpick_option(struct certpick *pick, int opt, const char *text);

bool certpick_is_empty(const struct certpick *pick);

/* Is that certificate meant? */
bool certpick_has(struct certpick *pick, const struct certview *view);

/*
 * Complain of each name that no certificate has had yet, and return false if
 * there is one.
 */
bool certpick_all_found(const struct certpick *pick);

void certpick_done(struct certpick *pick);

#endif
