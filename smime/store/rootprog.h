/* SPDX-License-Identifier: ISC */
/*
 * rootprog - what a collection says about a certificate, read for mail
 *
 * Shape    the properties that Microsoft's root program sets (sst.h), and
 *          the auxiliary trust of a TRUSTED CERTIFICATE
 * Source   wincrypt.h; Microsoft's root program: remove, disallow, disable,
 *          NotBefore.  Where a value is in doubt, the certificate is refused.
 * Threads  those of the certificate: one while it is being set up
 */
#ifndef SMIME_STORE_ROOTPROG_H
#define SMIME_STORE_ROOTPROG_H

#include <stdbool.h>

#include "smime/store/sst.h"
#include "smime/store/store_cert.h"

/*
 * Set verdict, NotBefore, constraints and friendly name of a certificate that
 * has none yet.  *unenforced_r becomes true, and is never cleared, when there
 * is a property that restricts in ways which are not looked at (83, 105).
 * OpenSSL's error queue is left as found.
 */
void rootprog_read(struct store_cert *cert, const struct sst_element *element,
    bool *unenforced_r);

/*
 * Set the verdict by the certificate's auxiliary trust, then clear that: what
 * OpenSSL makes of it would turn an intermediate into an anchor.
 */
void rootprog_read_aux(struct store_cert *cert);

/*
 * The same certificate was found again: keep the stricter of what both say.
 * Takes from again what it needs.  False: out of memory.
 */
bool rootprog_merge(struct store_cert *cert, struct store_cert *again);

#endif
