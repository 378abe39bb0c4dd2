/* SPDX-License-Identifier: ISC */
/*
 * sst - a Microsoft serialized certificate store, element by element
 *
 * Shape    store   = le32 0, le32 "CERT", element..., end
 *          element = le32 id, le32 1, le32 size, size octets
 *          end     = 12 zero octets
 *          Elements 32 to 62 are contexts: certificate (32), CRL (33), CTL
 *          (34), and some without a use.  Any other element is a property of
 *          the context that comes after it, and may be empty.
 * Source   [MS-OSHARED] 2.3.2.5 and 2.3.9.1, wincrypt.h
 * Units    every size counts octets; a FILETIME counts 100 ns from 1601
 * Limits   SST_MAX_ELEMENTS in all, SST_MAX_PROPERTIES for one context; the
 *          size of the file is the caller's to limit
 * Threads  no state of its own: any thread, at any time
 */
#ifndef SMIME_STORE_SST_H
#define SMIME_STORE_SST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smime/buf.h"

enum { SST_MAX_ELEMENTS = 200000, SST_MAX_PROPERTIES = 64 };

enum sst_id {
	SST_END_ELEMENT = 0,
	SST_ENHKEY_USAGE = 9, /* purposes enabled */
	SST_FRIENDLY_NAME = 11,
	SST_CERT = 32,
	SST_CRL = 33,
	SST_CTL = 34,
	SST_CERT_POLICIES = 83,
	SST_NAME_CONSTRAINTS = 84,
	SST_DISALLOWED_FILETIME = 104,
	SST_CHAIN_POLICIES = 105,
	SST_DISALLOWED_ENHKEY_USAGE = 122,
	SST_NOT_BEFORE_FILETIME = 126,
	SST_NOT_BEFORE_ENHKEY_USAGE = 127,
	SST_DISALLOWED_CA_FILETIME = 128,
};

enum sst_status {
	SST_OK,
	SST_MAGIC,    /* does not begin like a store */
	SST_SHORT,    /* stops before the end element is complete */
	SST_ENCODING, /* an element is not marked as ASN.1 */
	SST_END,      /* the end element is not all zero */
	SST_TOO_MANY, /* one of the limits is crossed */
};

struct sst_property {
	uint32_t id;
	const uint8_t *value; /* borrowed from the store */
	size_t len;
};

/* One context with the properties that stood before it. */
struct sst_element {
	uint32_t id;	      /* 32 to 62, or SST_END_ELEMENT */
	size_t offset;	      /* of its header in the file */
	const uint8_t *value; /* borrowed from the store */
	size_t len;	      /* may be 0, which no context should be */
	const struct sst_property *properties; /* valid during the call */
	size_t property_count;
};

/*
 * Takes one context; false stops the reading (with SST_OK).  Properties that
 * describe nothing come last, with SST_END_ELEMENT.
 */
typedef bool sst_sink(void *arg, const struct sst_element *element);

/* True when the octets begin like a serialized store. */
bool sst_is(const uint8_t *octets, size_t len);

/*
 * Read the whole store.  The structure is checked to its end before the
 * first call of sink, so that a truncated file is refused whole.  *offset_r
 * (may be NULL) says where reading stopped: at the element that is wrong, or
 * behind the end element, where a file may go on with octets that are no
 * part of the store.
 */
enum sst_status sst_read(const uint8_t *octets, size_t len, sst_sink *sink,
    void *arg, size_t *offset_r);

/* The first property of that id, or NULL. */
const struct sst_property *sst_find(const struct sst_element *element,
    uint32_t id);

/*
 * Write a store: begin, each certificate with its properties, end.  What is
 * in out is then a whole store.  BUF_FULL also for more properties, or longer
 * values, than a store can have.
 */
enum buf_status sst_write_begin(struct buf *out);
enum buf_status sst_write_cert(struct buf *out, const uint8_t *der, size_t len,
    const struct sst_property *properties, size_t count);
enum buf_status sst_write_end(struct buf *out);

/* The reason, worded to follow "FILE: ". Never NULL. */
const char *sst_explain(enum sst_status status);

#endif
