/* SPDX-License-Identifier: ISC */
/*
 * policykey - to how much of the mail a rule is applied, by lot
 *
 * What is drawn depends on the key, the author's domain, Message-ID and From:
 * a retry, or another host with the same key, draws the same, and whoever
 * sends cannot know what.
 *
 * Source   RFC 2104 (HMAC), with SHA-256
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_POLICY_POLICYKEY_H
#define MILTER_POLICY_POLICYKEY_H

#include <stdbool.h>

#include <openssl/types.h>

#include "milter/settings/keyfile.h"

/*
 * From 0 to 99.  False when libcrypto fails.  Any text may be NULL; blanks in
 * them do not count.
 */
bool policykey_draw(const struct keyfile_key *key, OSSL_LIB_CTX *libctx,
    const char *domain, const char *message_id, const char *from,
    unsigned int *lot_r);

#endif
