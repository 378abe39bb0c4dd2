/* SPDX-License-Identifier: ISC */
/*
 * certfile - certificates of a collection on their way into another file
 *
 * Shape    SST with all that their files say about them; PKCS#7; PEM, where
 *          lines that begin with "#" say which certificate follows; DER of
 *          one certificate.  Order and octets are kept.
 * Limits   STORE_MAX_FILE, which is all that would be read again
 * Threads  one thread: it complains on standard error
 */
#ifndef MILTER_COLLECTION_CERTFILE_H
#define MILTER_COLLECTION_CERTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/collection/certview.h"
#include "milter/collection/outfile.h"
#include "smime/buf.h"

enum certfile_format { CERTFILE_SST, CERTFILE_P7B, CERTFILE_PEM, CERTFILE_DER };

/* A choice among the certificates of a collection. */
struct certlist {
	const struct certview **list; /* owned; members borrowed */
	size_t count;
};

/* Room for max of them.  False after a complaint; free list with free(). */
bool certlist_init(struct certlist *list_r, size_t max);
void certlist_push(struct certlist *list, const struct certview *view);

/* "sst", "p7b", "pem" or "der".  False after a complaint. */
bool certfile_find(const char *word, enum certfile_format *format_r);

/*
 * Make a whole file in out, which is empty and holds at least STORE_MAX_FILE.
 * name_all gives those without a friendly name one from their subject; SST
 * only.  False after a complaint.
 */
bool certfile_make(struct buf *out, enum certfile_format format,
    const struct certlist *certs, bool name_all);

/*
 * Say how many certificates lose what restricts them, because the format
 * cannot carry properties.
 */
void certfile_warn(enum certfile_format format, const struct certlist *certs);

/*
 * Say how many of those that are left out were marked as disallowed: what is
 * disallowed here, no other store may vouch for, so the mark protects.
 */
void certfile_warn_marks(size_t count);

/* outfile_open() and outfile_commit(), with a complaint where they fail. */
struct outfile *certfile_open(const char *path, bool replace);
bool certfile_save(struct outfile *file, const struct buf *octets);

/*
 * {"file", "written", "count", "roots", "intermediates", "signers"}.  NULL:
 * out of memory, or file is not UTF-8.
 */
json_t *certlist_json(const struct certlist *certs, const char *file,
    bool written);

/*
 * Print it on a line of standard output and give it back.  False after a
 * complaint.
 */
bool certlist_print_json(json_t *object);

/* Print "FILE: 3 certificates (...)" on a line of standard output. */
void certlist_print(const struct certlist *certs, const char *file);

/* "3 certificates (1 root, 2 intermediates, 0 signers)", cut at size. */
void certlist_describe(const struct certlist *certs, char *out, size_t size);

#endif
