/* SPDX-License-Identifier: ISC */
/*
 * selftest - does what judges mail judge as it should?
 *
 * Shape    messages whose verdict is known, from t/data, are part of the
 *          program: one each with RSA in PKCS #1 and in PSS, with ECDSA, and
 *          in BER of indefinite length, which pass; one whose content, and
 *          one whose signature was tampered with, which fail; and one by a
 *          signer that nobody vouches for.  They go the way that mail goes,
 *          from octets to the field that is written.
 * Units    it is judged as of a fixed time, so that nothing expires; under
 *          the default rules, whatever the settings are
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_DAEMON_SELFTEST_H
#define MILTER_DAEMON_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/types.h>

/*
 * Judge them all with the cryptography of libctx.  On failure returns false
 * and sets *error_r to a line that the caller frees: "self-test: ECDSA:
 * judged fail digest-mismatch; expected pass".  It is NULL when there is no
 * memory even for that.
 */
bool selftest_run(OSSL_LIB_CTX *libctx, char **error_r);

/* For the tests: how many messages there are. */
size_t selftest_count(void);

/*
 * The same for one message, with one octet of it changed, for the tests; at
 * the index SIZE_MAX none is.
 */
bool selftest_try(OSSL_LIB_CTX *libctx, size_t message, size_t index,
    char **error_r);

#endif
