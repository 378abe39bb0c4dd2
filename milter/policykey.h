/* SPDX-License-Identifier: ISC */
/*
 * policykey - to how much of the mail a rule is applied, by lot
 *
 * Shape    the file has 64 hex digits and a line feed.  What is drawn depends
 *          on the key, the author's domain, Message-ID and From: a retry, or
 *          another host with the same key, draws the same, and whoever sends
 *          cannot know what.
 * Source   RFC 2104 (HMAC), with SHA-256
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_POLICYKEY_H
#define MILTER_POLICYKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

enum { POLICYKEY_LEN = 32 };

struct policykey {
	uint8_t octets[POLICYKEY_LEN];
};

/*
 * Read the key, or make it, readable by its owner alone, where there is none.
 * Of two that make it at once both get the same.  False, with a line in
 * *error_r that the caller frees (NULL: out of memory).
 */
bool policykey_load(const char *path, struct policykey *key_r, char **error_r);

/* A key that nobody else has, and that is lost in the end. */
bool policykey_make(struct policykey *key_r);

/*
 * From 0 to 99.  False when libcrypto fails.  Any text may be NULL; blanks in
 * them do not count.
 */
bool policykey_draw(const struct policykey *key, OSSL_LIB_CTX *libctx,
    const char *domain, const char *message_id, const char *from,
    unsigned int *lot_r);

#endif
