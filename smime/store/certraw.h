/* SPDX-License-Identifier: ISC */
/*
 * certraw - a certificate as its file has it, for whoever writes another file
 *
 * Shape    the octets of the DER, and the properties that stood before it in
 *          a serialized store (sst.h), in their order and octet for octet.
 *          Properties that lead to a private key (1, 2, 5, 6, 12) are left
 *          out: they mean nothing on another machine.
 * Threads  made and merged by one thread; any number may read it
 */
#ifndef SMIME_STORE_CERTRAW_H
#define SMIME_STORE_CERTRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "smime/store/sst.h"

/* One block of memory; readable by all, written by certraw_*() only. */
struct certraw {
	const uint8_t *der;
	size_t len;
	const struct sst_property *properties;
	size_t property_count;
};

/* Copies everything.  NULL: out of memory. */
struct certraw *certraw_new(const uint8_t *der, size_t len,
    const struct sst_property *properties, size_t count);

/*
 * The same for a certificate of a TRUSTED CERTIFICATE block, whose auxiliary
 * trust becomes properties: what it trusts 9, what it rejects 122.
 */
struct certraw *certraw_new_trusted(const X509 *cert, const uint8_t *der,
    size_t len);

/* With one property more, at the end.  NULL: out of memory. */
struct certraw *certraw_with(const struct certraw *raw,
    const struct sst_property *property);

/* The first property of that id, or NULL. */
const struct sst_property *certraw_find(const struct certraw *raw, uint32_t id);

/* It has that property, with the same octets. */
bool certraw_has(const struct certraw *raw,
    const struct sst_property *property);

/*
 * The property says from when on, for what, or whether at all a certificate
 * is trusted, or its meaning is not known: whoever drops it may create trust.
 */
bool certraw_restricts(const struct sst_property *property);

/* Takes NULL. */
void certraw_free(struct certraw *raw);

#endif
