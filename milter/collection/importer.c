/* SPDX-License-Identifier: ISC */
#include "milter/collection/importer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/collection/certfile.h"
#include "milter/header/record.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"
#include "smime/buf.h"
#include "smime/store/certraw.h"
#include "smime/store/pem.h"
#include "smime/store/sst.h"
#include "smime/store/store.h"

static const struct {
	const char *key;
	size_t offset;
	const char *words; /* of what was left out; NULL: not left out */
} rows[] = {
#define ROW(member, words)                                                     \
	{                                                                      \
#member, offsetof(struct directory_counts, member), words      \
	}
	ROW(entries, NULL),
	ROW(values, NULL),
	ROW(signers, NULL),
	ROW(intermediates, NULL),
	ROW(roots, NULL),
	ROW(unchecked, NULL),
	ROW(expired, "expired"),
	ROW(duplicates, "found before"),
	ROW(authorities, "of an authority (see --intermediates, --roots)"),
	ROW(not_for_signing, "not for signing mail"),
	ROW(without_address, "without a mail address"),
	ROW(of_other_address, "for an address that is not the entry's"),
	ROW(not_preferred, "not needed beside a userSMIMECertificate"),
	ROW(unreadable, "unreadable"),
	ROW(too_many, NULL),
	ROW(partial, NULL),
#undef ROW
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static size_t
count_of(const struct directory_counts *counts, size_t row)
{
	const char *at = (const char *)counts + rows[row].offset;
	size_t count;

	memcpy(&count, at, sizeof(count));
	return count;
}

/* A directory_log. */
static void
note(void *arg, const char *dn, const char *text)
{
	struct importer *importer = arg;
	char quoted[1200];

	if (importer->notices == NULL)
		complaint_print("%s: %s", log_quote(quoted, sizeof(quoted), dn),
		    text);
	else
		json_array_append_new(importer->notices,
		    json_pack("{s:o,s:s}", "dn", record_text(dn), "text",
			text));
}

/* The directory took no more. */
static bool
complain_room(struct importer *importer)
{
	if (directory_certs(importer->directory)->count == STORE_MAX_CERTS)
		complaint_print("%s: more than %d certificates, which no store"
				" holds; ask for fewer",
		    importer->source, STORE_MAX_CERTS);
	else
		complaint_print("out of memory");
	importer->failed = true;
	return false;
}

static enum buf_status
write_cert(const struct importer *importer, struct buf *octets,
    const struct certraw *raw)
{
	if (importer->pem)
		return pem_write_cert(octets, raw->der, raw->len);
	return sst_write_cert(octets, raw->der, raw->len, NULL, 0);
}

static enum buf_status
write_all(const struct importer *importer, struct buf *octets)
{
	const struct certset *certs = directory_certs(importer->directory);
	enum buf_status status = BUF_OK;

	if (!importer->pem)
		status = sst_write_begin(octets);
	for (size_t i = 0; status == BUF_OK && i < certs->count; i++)
		status = write_cert(importer, octets, certs->list[i].raw);
	if (status == BUF_OK && !importer->pem)
		status = sst_write_end(octets);
	return status;
}

static bool
write_file(struct importer *importer)
{
	struct buf octets;
	enum buf_status status;
	bool good = false;

	buf_init(&octets, STORE_MAX_FILE);
	status = write_all(importer, &octets);
	if (status == BUF_OK)
		good = certfile_save(importer->file, &octets);
	else if (status == BUF_FULL)
		complaint_print("%s: would be larger than %d MiB, which"
				" smime-milter does not read; ask for fewer"
				" certificates",
		    importer->out, STORE_MAX_FILE >> 20);
	else
		complaint_print("out of memory");
	buf_done(&octets);
	return good;
}

static void
print_summary(const struct importer *importer,
    const struct directory_counts *counts, bool written)
{
	fprintf(stderr,
	    "%s: %zu entries with %zu values; %zu signers, %zu intermediates,"
	    " %zu roots%s%s\n",
	    importer->source, counts->entries, counts->values, counts->signers,
	    counts->intermediates, counts->roots, written ? " written to " : "",
	    written ? importer->out : "; nothing is written");
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].words != NULL && count_of(counts, i) > 0)
			fprintf(stderr, "  left out: %zu %s\n",
			    count_of(counts, i), rows[i].words);
	if (counts->unchecked > 0)
		fprintf(stderr,
		    "  %zu signers come from entries that list no mail address"
		    " to compare with\n",
		    counts->unchecked);
	if (counts->partial > 0)
		fprintf(stderr,
		    "  %zu entries have more values than the server sent\n",
		    counts->partial);
	if (counts->roots > 0)
		fprintf(stderr,
		    "  %zu roots came from the directory: look at each of them"
		    " before it may vouch\n",
		    counts->roots);
}

static bool
print_json(const struct importer *importer,
    const struct directory_counts *counts, bool written, json_t *more)
{
	json_t *json =
	    json_pack("{s:o,s:o,s:b}", "source", record_text(importer->source),
		"output", record_text(importer->out), "written", written);

	for (size_t i = 0; i < ROWS; i++)
		json_object_set_new(json, rows[i].key,
		    json_integer((json_int_t)count_of(counts, i)));
	if (more != NULL)
		json_object_update(json, more);
	json_object_set(json, "notices", importer->notices);
	if (record_print(json) && fflush(stdout) == 0)
		return true;
	complaint_print("the summary cannot be written");
	return false;
}

bool
importer_begin(struct importer *importer)
{
	importer->file = certfile_open(importer->out, importer->force);
	if (importer->file == NULL)
		return false;
	importer->rules.now = time(NULL);
	importer->directory = directory_new(&importer->rules, note, importer);
	if (importer->json)
		importer->notices = json_array();
	if (importer->directory == NULL ||
	    (importer->json && importer->notices == NULL)) {
		complaint_print("out of memory");
		return false;
	}
	return true;
}

bool
importer_entry(void *arg, const char *dn)
{
	struct importer *importer = arg;

	return directory_begin(importer->directory, dn) ||
	    complain_room(importer);
}

bool
importer_value(void *arg, const char *name, const uint8_t *octets, size_t len)
{
	struct importer *importer = arg;

	return directory_value(importer->directory, name, octets, len) ||
	    complain_room(importer);
}

bool
importer_entry_end(void *arg)
{
	struct importer *importer = arg;

	return directory_end(importer->directory) || complain_room(importer);
}

enum importer_status
importer_finish(struct importer *importer, json_t *more)
{
	bool any = directory_certs(importer->directory)->count > 0;
	struct directory_counts counts;

	if (any && !write_file(importer))
		return IMPORTER_FAILED;
	directory_count(importer->directory, &counts);
	if (!importer->json)
		print_summary(importer, &counts, any);
	else if (!print_json(importer, &counts, any, more))
		return IMPORTER_FAILED;
	return any ? IMPORTER_WRITTEN : IMPORTER_NOTHING;
}

void
importer_done(struct importer *importer)
{
	outfile_free(importer->file);
	directory_free(importer->directory);
	json_decref(importer->notices);
}
