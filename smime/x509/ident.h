/* SPDX-License-Identifier: ISC */
/*
 * ident - is the signer the author?
 *
 * Shape    an alias file has lines "SIGNER FROM": the address in the
 *          certificate, white space, and the From address it may stand for,
 *          which may be "*@domain" or "@domain", or "@.domain" for every
 *          domain below that one.  "#" begins a comment.
 * Source   RFC 8550 3, RFC 7281 3.1
 * Threads  aliases are never changed once read
 */
#ifndef SMIME_X509_IDENT_H
#define SMIME_X509_IDENT_H

#include <stdbool.h>

#include "smime/mime/mailbox.h"
#include "smime/x509/cert.h"

struct aliases;

/*
 * Read an alias file of len octets; name is for messages.  NULL on failure,
 * with *error_r set to a line "NAME:LINE: what is wrong; what would be right"
 * that the caller frees.
 */
struct aliases *aliases_read(const char *name, const char *text, size_t len,
    char **error_r);
void aliases_free(struct aliases *aliases);

/* How the mailboxes of a certificate relate to the author's. */
enum ident_match {
	IDENT_NO_ADDRESS, /* the certificate has none */
	IDENT_MISMATCH,
	IDENT_ALIAS,
	IDENT_MATCH,
};

/*
 * Compare.  aliases may be NULL.  *which_r, on IDENT_MATCH and IDENT_ALIAS,
 * is the index of the mailbox that matched; otherwise untouched.
 */
enum ident_match ident_match(const struct mailboxes *signer,
    const struct mailbox *from, const struct aliases *aliases, size_t *which_r);

#endif
