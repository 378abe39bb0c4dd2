/* SPDX-License-Identifier: ISC */
/*
 * rulebook - the rules of the settings, with the files that they name read,
 * and whose mail is not verified
 *
 * Shape    one entry a rule, in their order.  A condition that is not set is
 *          NULL or 0.
 * Threads  never changed once loaded: any number of threads may read it
 */
#ifndef MILTER_POLICY_RULEBOOK_H
#define MILTER_POLICY_RULEBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "milter/policy/anchors.h"
#include "milter/policy/envelope.h"
#include "milter/settings/domains.h"
#include "milter/settings/keyfile.h"
#include "milter/settings/network.h"
#include "milter/settings/settings.h"
#include "smime/trust/trust.h"

struct rulebook_entry {
	const struct rule *rule; /* borrowed from the settings */

	struct domains *from_domain; /* owned, and so the next five */
	struct domains *from;
	struct domains *mail_from_domain;
	struct domains *mail_from;
	struct domains *rcpt_domain;
	struct domains *rcpt;
	struct network *client; /* owned, rule->client.count of them */
	unsigned int classes;	/* bits: condition.h */
	unsigned int results;
	unsigned int vouched_by;
	unsigned int validations;

	unsigned int required_validations;
	struct trust *trust; /* one count; NULL: the site's own */
};

/* Whose recipients have a trust of their own. */
struct rulebook_tenant {
	const struct tenant *tenant; /* borrowed from the settings */
	struct domains *domains;     /* owned; NULL: nobody's */
	struct trust *trust;	     /* one count */
};

struct rulebook {
	struct rulebook_tenant *tenants; /* owned, tenant_count of them */
	size_t tenant_count;

	struct rulebook_entry *list; /* owned, count of them */
	size_t count;

	/* The fields that rules add: each name once. */
	const char **tags; /* owned; the names are the settings' */
	size_t tag_count;

	/* Whose mail is not verified. */
	struct network *skip_hosts;	 /* owned; as many as the settings' */
	struct domains *skip_recipients; /* owned; NULL: nobody's */

	struct keyfile_key key;
	OSSL_LIB_CTX *libctx; /* borrowed */
};

/*
 * Read all of it, or nothing.  site is the trust of the settings.  What is
 * allowed and yet dangerous is told to log.  On failure returns NULL and sets
 * *error_r as anchors_load() does.  The settings must outlive it.
 */
struct rulebook *rulebook_load(const struct settings *settings,
    const struct trust *site, OSSL_LIB_CTX *libctx, anchors_log *log, void *arg,
    char **error_r);

/*
 * The tenant that a recipient, which may be NULL, belongs to: an index of
 * tenants, or tenant_count where it belongs to none.
 */
size_t rulebook_tenant_of(const struct rulebook *book,
    const struct mailbox *rcpt);

/*
 * Why a message is not to be verified, "authenticated", "host" or
 * "recipients"; NULL: it is.  Recipients count when it is for no others.
 */
const char *rulebook_skips(const struct rulebook *book,
    const struct settings *settings, const struct envelope *envelope);

/* Does it matter who a message is for? */
bool rulebook_wants_recipients(const struct rulebook *book);

/* Takes NULL. */
void rulebook_free(struct rulebook *book);

/* Continue a stamp (stamp.h) with each file that rulebook_load() reads. */
uint64_t rulebook_stamp(uint64_t stamp, const struct settings *settings);

#endif
