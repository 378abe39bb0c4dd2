/* SPDX-License-Identifier: ISC */
/*
 * result - the text of an Authentication-Results field, and forged ones found
 *
 * Room     result is the field, record.h the same verdict as JSON, reply.h the
 *          words of a refusal.
 * Shape    authserv-id 1*("; smime=" result [reason] properties)
 * Source   RFC 8601 2.2 (grammar), 4 (adding), 5 (removing); RFC 7281 3
 * Units    octets
 * Limits   RESULT_MAX_SIGNATURES signatures and one summary; a physical line
 *          at most 78 octets where it can be folded between a result, a
 *          reason and properties, never more than 998; the whole value, folds
 *          and all, stays under RESULT_MAX_LEN
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_HEADER_RESULT_H
#define MILTER_HEADER_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/strings.h"
#include "smime/smime.h"

enum { RESULT_MAX_SIGNATURES = 16, RESULT_MAX_LEN = 2000 };

/* What a message, or the operator, lets the field say. */
struct result_form {
	bool utf8;    /* an SMTPUTF8 message: not only ASCII */
	bool staging; /* say what Exchange Online would, where it differs */
};

/*
 * The field's value (what follows "Authentication-Results:", without a
 * leading space), folded with LF and one space.  ASCII unless form.utf8 is
 * true.  The caller frees it.  NULL when verdict->result is
 * RESULT_ABSENT (enveloped-only mail: there is nothing to say) and else only
 * when out of memory.  authserv_id is one that result_id_ok() accepts.
 *
 * One resinfo for each signature, in the verdict's order; where there is none
 * the verdict's own result.  Signatures beyond a limit are left out.  One
 * resinfo without properties then gives the worst of them, unless all of them
 * pass.  It also gives the verdict's result where that is worse than each
 * signature's: what is missing never looks like a pass.
 *
 * What a certificate says is written only when integrity is good and a store
 * vouches.  The address is, when it fits RFC 8601's pvalue, its local part
 * needs no quotes and has no "=".  Issuer (cut at 200 octets) and serial are,
 * when the address is not, or names two signers of one part.  In the values of
 * the issuer "=" and ";" become "?", so that it never looks like a result.
 *
 * With form.staging, a signature that Exchange Online would judge otherwise has
 * policy.smime-cloud with the result it would have there.
 */
char *result_write(const char *authserv_id, const struct verdict *verdict,
    struct result_form form);

/* The same on one line, for JSON and people: folds become one space. */
char *result_write_unfolded(const char *authserv_id,
    const struct verdict *verdict, struct result_form form);

/*
 * Does an Authentication-Results value that came with a message claim to be
 * ours?  True when, after unfolding and with comments, quoting, escapes and
 * case set aside, its authserv-id is authserv_id (A-labels and U-labels
 * alike, with or without the root's dot).  Also true where some other reader
 * may see our id: when the field is malformed up to its first ";", when a
 * comment or quoted-string does not end, when it is not folded UTF-8 text
 * without NUL and controls, is longer than 64 KiB or has a version other than
 * 1; and when, before that first ";", authserv_id stands in a comment or
 * within a quoted-string, or something looks like an RFC 2047 encoded-word.
 *
 * A well-formed field with an id listed in trusted, which may be NULL, is
 * never claimed, even if that is ours.
 */
bool result_is_forged(const char *authserv_id, const struct strings *trusted,
    const char *value, size_t len);

/*
 * Is that usable as an authserv-id: RFC 8601 2.5, ASCII, not empty, no
 * control characters, at most 253 octets?  Spaces, double quotes and
 * backslashes are refused too.
 */
bool result_id_ok(const char *authserv_id);

#endif
