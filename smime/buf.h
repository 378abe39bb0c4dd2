/* SPDX-License-Identifier: ISC */
/*
 * buf - octets that grow up to a cap given at birth
 *
 * Units    octets
 * Limits   never more than the cap is allocated; what would cross it is
 *          refused whole
 * Threads  one thread at a time
 */
#ifndef SMIME_BUF_H
#define SMIME_BUF_H

#include <stddef.h>
#include <stdint.h>

enum buf_status {
	BUF_OK,
	BUF_FULL,  /* the cap would be crossed; nothing was added */
	BUF_NOMEM, /* our trouble; nothing was added */
};

/* Readable by all, written by buf_*() only. */
struct buf {
	uint8_t *data; /* owned; NULL while empty */
	size_t len;
	size_t room; /* allocated */
	size_t cap;
};

/* An empty buffer that will hold at most cap octets. */
void buf_init(struct buf *buf, size_t cap);

/* Add len octets at the end, all or nothing. */
enum buf_status buf_push(struct buf *buf, const void *octets, size_t len);

/* Empty it and keep the memory. */
void buf_reset(struct buf *buf);

/* Free the octets; the buffer is then empty and may be used again. */
void buf_done(struct buf *buf);

#endif
