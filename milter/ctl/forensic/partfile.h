/* SPDX-License-Identifier: ISC */
/*
 * partfile - the signed part of a message, read out of its file once more
 *
 * The pipeline keeps no octets, so what is to be looked at again has to be
 * read again.
 *
 * Limits   a header PARTFILE_MAX_HEADER octets; depth and number of parts
 *          from struct limits; a part what its buf holds
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_PARTFILE_H
#define MILTER_CTL_FORENSIC_PARTFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "smime/buf.h"
#include "smime/rules.h"

enum { PARTFILE_MAX_HEADER = 1024 * 1024 };

enum partfile_status {
	PARTFILE_OK,
	PARTFILE_PIPE,	    /* it cannot be read twice */
	PARTFILE_TOO_LARGE, /* for the buffer */
	PARTFILE_FAILED,    /* no such part, no memory, I/O */
};

/* Where a message is; "From " before it does no harm. */
struct partfile_place {
	int fd; /* borrowed; its position is left alone */
	off_t from, to;
};

/*
 * Find the multipart/signed whose signature is that part, such as "2" or
 * "1.2".  On PARTFILE_OK its first part, header included and with CRLF, has
 * been added to part_r, and the message's header to header_r, both of them
 * empty before.
 */
enum partfile_status partfile_read(const struct partfile_place *place,
    const struct limits *limits, const char *signature_part,
    struct buf *header_r, struct buf *part_r);

#endif
