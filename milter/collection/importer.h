/* SPDX-License-Identifier: ISC */
/*
 * importer - entries of a directory go in, a collection comes out
 *
 * What "smimectl collection import-ldap" and "import-ldif" share: directory.h
 * decides, this module writes the file and says what became of everything.
 *
 * Limits   the file STORE_MAX_FILE octets, which is what the daemon reads
 * Threads  one thread: it complains on standard error
 */
#ifndef MILTER_COLLECTION_IMPORTER_H
#define MILTER_COLLECTION_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "milter/collection/directory.h"

/* How it ended; a complaint has been printed when it failed. */
enum importer_status {
	IMPORTER_WRITTEN,
	IMPORTER_NOTHING, /* there was no certificate, and so there is no file */
	IMPORTER_FAILED,
};

/* Filled by the caller up to the blank line, then by importer_*() only. */
struct importer {
	const char *source; /* for messages */
	const char *out;    /* the file to write */
	bool pem;	    /* as PEM, not as SST */
	bool force;	    /* replace the file */
	bool json;	    /* say it to machines, on standard output */
	struct directory_rules rules; /* all but its time, now */

	struct outfile *file;	     /* owned */
	struct directory *directory; /* owned */
	json_t *notices;	     /* owned; NULL unless json */
	bool failed;		     /* after a complaint */
};

/* Ready for entries?  False after a complaint: the file cannot be written. */
bool importer_begin(struct importer *importer);

/*
 * An entry, its values, its end.  The types are those of a dirsearch_sink;
 * arg is the importer.  False after a complaint, and then failed is set.
 */
bool importer_entry(void *arg, const char *dn);
bool importer_value(void *arg, const char *name, const uint8_t *octets,
    size_t len);
bool importer_entry_end(void *arg);

/*
 * Write the file, if there is a certificate for it, and the summary.  more, if
 * not NULL, is added to the JSON object, and stays the caller's.
 */
enum importer_status importer_finish(struct importer *importer, json_t *more);

/* Free what it owns.  What is not written never was. */
void importer_done(struct importer *importer);

#endif
