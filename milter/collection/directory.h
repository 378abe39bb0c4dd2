/* SPDX-License-Identifier: ISC */
/*
 * directory - which certificates of a directory's entries to take
 *
 * Values of an entry come in as the directory has them; what may help to
 * verify mail is kept.  Whoever may write to an entry could try to put there
 * what makes others trust him, so doubt leaves a certificate out.
 *
 * Shape    userSMIMECertificate is PKCS#7 SignedData with the certificate and
 *          its chain, userCertificate is DER.  An entry that has a usable
 *          signer in the former needs none of the latter.  Addresses are in
 *          mail, proxyAddresses ("SMTP:a@b"), mailLocalAddress,
 *          mailAlternateAddress and rfc822Mailbox.  Options such as
 *          ";binary" make no difference, but for Active Directory's
 *          ";range=0-1499": there are more values, which were not sent.
 * Source   RFC 2798 2.8, RFC 4523 4.1, [MS-OXLDAP] 2.2.5.2,
 *          [MS-ADTS] 3.1.1.3.1.3.3 (range)
 * Limits   of one entry DIRECTORY_MAX_VALUES values and
 *          DIRECTORY_MAX_OCTETS; what is beyond is left out and reported.
 *          certset.h limits what is taken.
 * Threads  one thread at a time
 */
#ifndef MILTER_COLLECTION_DIRECTORY_H
#define MILTER_COLLECTION_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "smime/store/certset.h"

enum {
	DIRECTORY_MAX_VALUES = 4096,
	DIRECTORY_MAX_OCTETS = 16 * 1024 * 1024,
	/*
	 * More values than this of one attribute, and Microsoft Entra Connect
	 * synchronises neither of the two.
	 */
	DIRECTORY_SYNC_VALUES = 15,
};

struct directory_rules {
	time_t now;
	bool intermediates; /* take those that come in SignedData */
	bool roots;	    /* the same: who writes the directory may vouch */
	bool any_address;   /* do not compare with the entry's addresses */
};

/* Entries and values are counted as they come, certificates once each. */
struct directory_counts {
	size_t entries;
	size_t values; /* of both attributes */

	/* Taken. */
	size_t signers;
	size_t intermediates;
	size_t roots;
	/* Of the signers: the entry lists no address to compare with. */
	size_t unchecked;

	/* Left out. */
	size_t expired;
	size_t duplicates;
	size_t authorities;	 /* by the rules, or not from PKCS#7 */
	size_t not_for_signing;	 /* by key usage or extended key usage */
	size_t without_address;	 /* names none, so it signs for nobody */
	size_t of_other_address; /* names one that is not the entry's */
	size_t not_preferred;	 /* userCertificate, and not needed */
	size_t unreadable;	 /* values that are none, or crossed a limit */
	size_t too_many;	 /* entries above DIRECTORY_SYNC_VALUES */
	size_t partial;		 /* entries of which the server kept values */
};

/* Told what is wrong with an entry.  Must not keep the texts. */
typedef void directory_log(void *arg, const char *dn, const char *text);

struct directory;

/* rules are copied.  NULL: out of memory. */
struct directory *directory_new(const struct directory_rules *rules,
    directory_log *log, void *arg);

/* The attributes to ask a server for, up to a NULL. */
const char *const *directory_attributes(void);

/*
 * An entry begins, has a value, is complete.  Attributes of no interest are
 * passed over.  False: out of memory, or the set is full.
 */
bool directory_begin(struct directory *directory, const char *dn);
bool directory_value(struct directory *directory, const char *name,
    const uint8_t *octets, size_t len);
bool directory_end(struct directory *directory);

/*
 * What was taken, in order, each with its raw octets; not built.  Borrowed
 * from the directory.
 */
const struct certset *directory_certs(const struct directory *directory);

void directory_count(const struct directory *directory,
    struct directory_counts *counts_r);

void directory_free(struct directory *directory);

#endif
