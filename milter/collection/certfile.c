/* SPDX-License-Identifier: ISC */
#include "milter/collection/certfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/header/record.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"
#include "smime/store/p7b.h"
#include "smime/store/pem.h"

enum { QUOTED = 1200 };

static const char *const words[] = {
	[CERTFILE_SST] = "sst",
	[CERTFILE_P7B] = "p7b",
	[CERTFILE_PEM] = "pem",
	[CERTFILE_DER] = "der",
};
enum { FORMATS = sizeof(words) / sizeof(words[0]) };

/* What a person would call it: the last common name, else the whole name. */
static char *
name_of(const struct certview *view)
{
	X509_NAME *subject = X509_get_subject_name(view->cert->cert);
	int at = -1, last = -1;
	uint8_t *text = NULL;
	char *name;

	while (
	    (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0 ||
	    ASN1_STRING_to_UTF8(&text,
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last))) <=
		0)
		return strdup(view->subject);
	name = strdup(g_utf8_validate((char *)text, -1, NULL) ? (char *)text :
								view->subject);
	OPENSSL_free(text);
	return name;
}

/* UTF-16LE with its NUL, as property 11 has it.  The caller frees. */
static uint8_t *
write_utf16(const char *text, size_t *len_r)
{
	glong count = 0;
	gunichar2 *units = g_utf8_to_utf16(text, -1, NULL, &count, NULL);
	uint8_t *octets = units == NULL ? NULL : malloc((size_t)count * 2 + 2);

	for (glong i = 0; octets != NULL && i <= count; i++) {
		octets[2 * i] = (uint8_t)(units[i] & 0xff);
		octets[2 * i + 1] = (uint8_t)(units[i] >> 8);
	}
	g_free(units);
	*len_r = (size_t)count * 2 + 2;
	return octets;
}

/* The raw certificate with a friendly name more.  The caller frees. */
static struct certraw *
with_name(const struct certview *view)
{
	char *name = name_of(view);
	struct sst_property property = { .id = SST_FRIENDLY_NAME };
	uint8_t *value = name == NULL ? NULL : write_utf16(name, &property.len);
	struct certraw *raw = NULL;

	property.value = value;
	if (value != NULL)
		raw = certraw_with(view->cert->raw, &property);
	free(value);
	free(name);
	return raw;
}

static enum buf_status
push_sst(struct buf *out, const struct certview *view, bool name_it)
{
	const struct certraw *raw = view->cert->raw;
	struct certraw *named = NULL;
	enum buf_status status;

	if (name_it && certraw_find(raw, SST_FRIENDLY_NAME) == NULL) {
		named = with_name(view);
		if (named == NULL)
			return BUF_NOMEM;
		raw = named;
	}
	status = sst_write_cert(out, raw->der, raw->len, raw->properties,
	    raw->property_count);
	certraw_free(named);
	return status;
}

static enum buf_status
make_sst(struct buf *out, const struct certlist *certs, bool name_all)
{
	enum buf_status status = sst_write_begin(out);

	for (size_t i = 0; status == BUF_OK && i < certs->count; i++)
		status = push_sst(out, certs->list[i], name_all);
	return status == BUF_OK ? sst_write_end(out) : status;
}

static enum buf_status
make_p7b(struct buf *out, const struct certlist *certs)
{
	const struct certraw **raws = calloc(certs->count + 1, sizeof(*raws));
	enum buf_status status;

	if (raws == NULL)
		return BUF_NOMEM;
	for (size_t i = 0; i < certs->count; i++)
		raws[i] = certs->list[i]->cert->raw;
	status = p7b_write(out, raws, certs->count);
	free(raws);
	return status;
}

/* Names come from outside: quoted, they cannot begin a line. */
static enum buf_status
push_comment(struct buf *out, const struct certview *view)
{
	char subject[QUOTED], issuer[QUOTED], until[32], text[3 * QUOTED];

	record_time(view->not_after, until);
	snprintf(text, sizeof(text),
	    "# subject: %s\n# issuer: %s\n# thumbprint: %s, until %s\n",
	    log_quote(subject, sizeof(subject), view->subject),
	    log_quote(issuer, sizeof(issuer), view->issuer), view->thumbprint,
	    until);
	return buf_push(out, text, strlen(text));
}

static enum buf_status
make_pem(struct buf *out, const struct certlist *certs)
{
	enum buf_status status = BUF_OK;
	const struct certraw *raw;

	for (size_t i = 0; status == BUF_OK && i < certs->count; i++) {
		raw = certs->list[i]->cert->raw;
		status = push_comment(out, certs->list[i]);
		if (status == BUF_OK)
			status = pem_write_cert(out, raw->der, raw->len);
	}
	return status;
}

static enum buf_status
make(struct buf *out, enum certfile_format format, const struct certlist *certs,
    bool name_all)
{
	switch (format) {
	case CERTFILE_SST:
		return make_sst(out, certs, name_all);
	case CERTFILE_P7B:
		return make_p7b(out, certs);
	case CERTFILE_PEM:
		return make_pem(out, certs);
	case CERTFILE_DER:
		return buf_push(out, certs->list[0]->cert->raw->der,
		    certs->list[0]->cert->raw->len);
	}
	return BUF_NOMEM;
}

bool
certlist_init(struct certlist *list_r, size_t max)
{
	struct certlist certs = { .list =
				      calloc(max + 1, sizeof(*certs.list)) };

	if (certs.list == NULL) {
		complaint_print("out of memory");
		return false;
	}
	*list_r = certs;
	return true;
}

void
certlist_push(struct certlist *list, const struct certview *view)
{
	list->list[list->count++] = view;
}

struct outfile *
certfile_open(const char *path, bool replace)
{
	char *error = NULL;
	struct outfile *file = outfile_open(path, replace, &error);

	if (file == NULL)
		complaint_pass_on(error);
	return file;
}

bool
certfile_save(struct outfile *file, const struct buf *octets)
{
	char *error = NULL;
	bool good = outfile_commit(file, octets->data, octets->len, &error);

	if (!good)
		complaint_pass_on(error);
	return good;
}

bool
certfile_find(const char *word, enum certfile_format *format_r)
{
	for (int i = 0; i < FORMATS; i++)
		if (strcmp(word, words[i]) == 0) {
			*format_r = (enum certfile_format)i;
			return true;
		}
	complaint_print("--format %s: no such format; expected pem, der, p7b or"
			" sst",
	    word);
	return false;
}

bool
certfile_make(struct buf *out, enum certfile_format format,
    const struct certlist *certs, bool name_all)
{
	if (format == CERTFILE_DER && certs->count != 1) {
		complaint_print("DER holds one certificate, not %zu; choose one"
				" with --thumbprint, or another format",
		    certs->count);
		return false;
	}
	switch (make(out, format, certs, name_all)) {
	case BUF_OK:
		return true;
	case BUF_FULL:
		complaint_print("more than %d octets, or %d properties of one"
				" certificate: the milter would not read that",
		    STORE_MAX_FILE, SST_MAX_PROPERTIES);
		return false;
	case BUF_NOMEM:
		break;
	}
	complaint_print("out of memory");
	return false;
}

void
certfile_warn(enum certfile_format format, const struct certlist *certs)
{
	size_t refused = 0, limited = 0;
	const struct store_cert *cert;

	if (format == CERTFILE_SST)
		return;
	for (size_t i = 0; i < certs->count; i++) {
		cert = certs->list[i]->cert;
		if (cert->verdict != REASON_OK)
			refused++;
		else if (cert->has_not_before || cert->constraints != NULL)
			limited++;
	}
	if (refused > 0)
		complaint_print("warning: %s cannot say that %zu of these"
				" certificates are not to be trusted for mail;"
				" --usable leaves them out",
		    words[format], refused);
	if (limited > 0)
		complaint_print("warning: %s cannot say that %zu of these"
				" certificates are to be trusted within limits"
				" of time or name only",
		    words[format], limited);
}

void
certfile_warn_marks(size_t count)
{
	if (count > 0)
		complaint_print(
		    "warning: %zu of them were marked as disallowed;"
		    " without the mark, the local store may vouch"
		    " for their authorities",
		    count);
}

json_t *
certlist_json(const struct certlist *certs, const char *file, bool written)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < certs->count; i++)
		counts[certs->list[i]->cert->role]++;
	return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I}", "file", file,
	    "written", written, "count", (json_int_t)certs->count, "roots",
	    (json_int_t)counts[CERT_ROLE_ANCHOR], "intermediates",
	    (json_int_t)counts[CERT_ROLE_INTERMEDIATE], "signers",
	    (json_int_t)counts[CERT_ROLE_SIGNER]);
}

bool
certlist_print_json(json_t *object)
{
	if (record_print(object) && fflush(stdout) == 0)
		return true;
	complaint_print("out of memory, or a name that is not UTF-8, or"
			" standard output cannot be written");
	return false;
}

void
certlist_describe(const struct certlist *certs, char *out, size_t size)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < certs->count; i++)
		counts[certs->list[i]->cert->role]++;
	snprintf(out, size,
	    "%zu certificate%s (%zu root%s, %zu intermediate%s, %zu"
	    " signer%s)",
	    certs->count, certs->count == 1 ? "" : "s",
	    counts[CERT_ROLE_ANCHOR], counts[CERT_ROLE_ANCHOR] == 1 ? "" : "s",
	    counts[CERT_ROLE_INTERMEDIATE],
	    counts[CERT_ROLE_INTERMEDIATE] == 1 ? "" : "s",
	    counts[CERT_ROLE_SIGNER], counts[CERT_ROLE_SIGNER] == 1 ? "" : "s");
}

void
certlist_print(const struct certlist *certs, const char *file)
{
	char counts[120];

	certlist_describe(certs, counts, sizeof(counts));
	printf("%s: %s\n", file, counts);
}
