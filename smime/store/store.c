/* SPDX-License-Identifier: ISC */
#include "smime/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "smime/store/certset.h"
#include "smime/store/pem.h"
#include "smime/store/rootprog.h"
#include "smime/store/sst.h"

/* All that a store holds; replaced whole by each store_add_...(). */
struct contents {
	struct certset certs;
	size_t crls;
	size_t skipped;
	size_t private_keys;
	bool told_unenforced;
};

struct store {
	OSSL_LIB_CTX *libctx; /* borrowed */
	store_log *log;
	void *log_arg;
	bool keep_raw;
	struct contents contents;
	atomic_size_t owners;
};

/* A file, or a folder file by file, on its way into the store. */
struct adding {
	const struct store *store; /* borrowed; not changed yet */
	struct contents draft;
	const char *name;	    /* of the file */
	size_t contexts;	    /* met in this SST */
	size_t found;		    /* certificates so far, also known ones */
	enum certset_status status; /* why a sink stopped */
	const char *why;	    /* with LOAD_FOREIGN: what the file is */
};

enum load {
	LOAD_OK,
	LOAD_FOREIGN, /* no certificates, but no damage to be seen, either */
	LOAD_FAILED,  /* the error text is set */
};

struct file_id {
	dev_t device;
	ino_t inode;
};

/* Files of a folder that have been read, under whatever name. */
struct visited {
	struct file_id *list; /* owned; room for all of the folder */
	size_t count;
};

/* Log one line. */
__attribute__((format(printf, 2, 3))) static void
say(const struct store *store, const char *format, ...)
{
	char *text;
	va_list args;
	int len;

	if (store->log == NULL)
		return;
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	store->log(store->log_arg, text);
	free(text);
}

/* Set the error text. */
__attribute__((format(printf, 2, 3))) static void
complain(char **error_r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(error_r, format, args) < 0)
		*error_r = NULL;
	va_end(args);
}

/* Take over a certificate that a file has, once all else of it is set. */
static bool
add_cert(struct adding *adding, struct store_cert *cert)
{
	adding->found++;
	if ((cert->raw != NULL || !adding->store->keep_raw) &&
	    cert_sha256(cert->cert, cert->sha256)) {
		cert->role = cert_role(cert->cert);
		adding->status = certset_push(&adding->draft.certs, cert);
	} else {
		store_cert_done(cert);
		adding->status = CERTSET_NOMEM;
	}
	return adding->status == CERTSET_OK;
}

static void
skip_element(struct adding *adding, const struct sst_element *element,
    const char *why)
{
	adding->draft.skipped++;
	say(adding->store, "%s: element %zu at 0x%zx: %s; skipped",
	    adding->name, adding->contexts, element->offset, why);
}

static void
skip_odd_cert(struct adding *adding, const struct sst_element *element)
{
	char *subject = cert_subject_of(element->value, element->len);
	char *why;

	if (subject != NULL &&
	    asprintf(&why, "not one DER certificate (%s)", subject) >= 0) {
		skip_element(adding, element, why);
		free(why);
	} else {
		skip_element(adding, element, "not one DER certificate");
	}
	free(subject);
}

static bool
add_sst_cert(struct adding *adding, const struct sst_element *element)
{
	struct contents *draft = &adding->draft;
	struct store_cert cert = { .verdict = REASON_OK };
	bool unenforced = false;

	cert.cert =
	    cert_read(adding->store->libctx, element->value, element->len);
	if (cert.cert == NULL) {
		skip_odd_cert(adding, element);
		return true;
	}
	rootprog_read(&cert, element, &unenforced);
	if (adding->store->keep_raw)
		cert.raw = certraw_new(element->value, element->len,
		    element->properties, element->property_count);
	if (unenforced && !draft->told_unenforced) {
		draft->told_unenforced = true;
		say(adding->store,
		    "%s: policies of the root program (properties 83, 105) "
		    "are not enforced",
		    adding->name);
	}
	return add_cert(adding, &cert);
}

static bool
add_element(void *arg, const struct sst_element *element)
{
	struct adding *adding = arg;

	adding->contexts++;
	if (element->id == SST_END_ELEMENT)
		skip_element(adding, element, "properties of nothing");
	else if (element->len == 0)
		skip_element(adding, element, "empty");
	else if (element->id == SST_CERT)
		return add_sst_cert(adding, element);
	else if (element->id == SST_CRL)
		adding->draft.crls++;
	else
		skip_element(adding, element, "neither certificate nor CRL");
	return true;
}

/* ":LINE" for text, nothing for DER. */
static const char *
after_name(char *text, size_t size, size_t line)
{
	text[0] = '\0';
	if (line > 0)
		snprintf(text, size, ":%zu", line);
	return text;
}

static bool
add_item(void *arg, const struct pem_item *item)
{
	struct adding *adding = arg;
	struct store_cert cert = { .cert = item->cert, .verdict = REASON_OK };
	char text[32];

	switch (item->kind) {
	case PEM_CERT:
		if (adding->store->keep_raw)
			cert.raw = certraw_new_trusted(item->cert, item->der,
			    item->len);
		rootprog_read_aux(&cert);
		return add_cert(adding, &cert);
	case PEM_CRL:
		adding->draft.crls++;
		break;
	case PEM_KEY:
		adding->draft.private_keys++;
		/* fallthrough */
	case PEM_PASSED:
		adding->draft.skipped++;
		say(adding->store,
		    item->subject == NULL ? "%s%s: %s%s; skipped" :
					    "%s%s: %s (%s); skipped",
		    adding->name, after_name(text, sizeof(text), item->line),
		    item->note, item->subject == NULL ? "" : item->subject);
		break;
	}
	return true;
}

/* The words for what made a sink stop. */
static enum load
fail_status(const struct adding *adding, char **error_r)
{
	if (adding->status == CERTSET_FULL)
		complain(error_r,
		    "%s: more than %d certificates in all; "
		    "remove those that mail does not need",
		    adding->name, STORE_MAX_CERTS);
	else
		complain(error_r,
		    "%s: out of memory, or libcrypto failed; try again",
		    adding->name);
	return LOAD_FAILED;
}

static enum load
load_sst(struct adding *adding, const uint8_t *octets, size_t len,
    char **error_r)
{
	enum sst_status status;
	size_t end;

	status = sst_read(octets, len, add_element, adding, &end);
	if (status == SST_TOO_MANY) {
		complain(error_r,
		    "%s: %s at octet %zu; expected at most %d, and %d "
		    "properties of one certificate",
		    adding->name, sst_explain(status), end, SST_MAX_ELEMENTS,
		    SST_MAX_PROPERTIES);
		return LOAD_FAILED;
	}
	if (status != SST_OK) {
		complain(error_r,
		    "%s: %s at octet %zu of %zu; export it again with "
		    "Export-Certificate -Type SST",
		    adding->name, sst_explain(status), end, len);
		return LOAD_FAILED;
	}
	if (adding->status != CERTSET_OK)
		return fail_status(adding, error_r);
	if (end < len)
		say(adding->store, "%s: %zu octets after the end; ignored",
		    adding->name, len - end);
	return LOAD_OK;
}

static enum load
load_pem(struct adding *adding, const uint8_t *octets, size_t len,
    char **error_r)
{
	enum pem_status status;
	size_t line = 0;
	char text[32];

	status = pem_read(adding->store->libctx, octets, len, add_item, adding,
	    &line);
	switch (status) {
	case PEM_OK:
		return LOAD_OK;
	case PEM_NOMEM:
		return fail_status(adding, error_r);
	case PEM_UTF16:
	case PEM_UNKNOWN:
		adding->why = pem_explain(status);
		return LOAD_FOREIGN;
	case PEM_DAMAGED:
		break;
	}
	complain(error_r, "%s%s: %s; copy or export it again", adding->name,
	    after_name(text, sizeof(text), line), pem_explain(status));
	return LOAD_FAILED;
}

static enum load
load_octets(struct adding *adding, const char *name, const uint8_t *octets,
    size_t len, char **error_r)
{
	size_t before = adding->found;
	enum load load;

	adding->name = name;
	adding->contexts = 0;
	if (len == 0) {
		adding->why = "empty";
		return LOAD_FOREIGN;
	}
	if (sst_is(octets, len))
		load = load_sst(adding, octets, len, error_r);
	else
		load = load_pem(adding, octets, len, error_r);
	if (load == LOAD_OK && adding->found == before) {
		adding->why = "no certificate in it";
		return LOAD_FOREIGN;
	}
	return load;
}

/* Read until room is full or the file ends.  -1, and errno, on failure. */
static ssize_t
read_full(int fd, uint8_t *octets, size_t room)
{
	size_t len = 0;
	ssize_t got;

	while (len < room) {
		got = read(fd, octets + len, room - len);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got == 0)
			break;
		if (got > 0)
			len += (size_t)got;
	}
	return (ssize_t)len;
}

static enum load
load_file(struct adding *adding, const char *path, int fd, off_t size,
    char **error_r)
{
	enum load load = LOAD_FAILED;
	uint8_t *octets;
	ssize_t len;

	if (size > STORE_MAX_FILE) {
		complain(error_r,
		    "%s: larger than %d octets; expected certificates only",
		    path, STORE_MAX_FILE);
		return LOAD_FAILED;
	}
	octets = malloc((size_t)size + 1); /* one more, to see it grow */
	if (octets == NULL) {
		complain(error_r, "%s: out of memory; try again", path);
		return LOAD_FAILED;
	}
	len = read_full(fd, octets, (size_t)size + 1);
	if (len < 0)
		complain(error_r, "%s: %s; expected a file that can be read",
		    path, strerror(errno));
	else if (len != size)
		complain(error_r, "%s: changed while it was read; try again",
		    path);
	else
		load = load_octets(adding, path, octets, (size_t)len, error_r);
	free(octets);
	return load;
}

/* O_NONBLOCK: a FIFO must not make us wait for its writer. */
static int
open_path(const char *path, struct stat *status_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && fstat(fd, status_r) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* True when the file was seen before, else it is remembered. */
static bool
visit(struct visited *visited, const struct stat *status)
{
	struct file_id *id;

	for (size_t i = 0; i < visited->count; i++) {
		id = &visited->list[i];
		if (id->device == status->st_dev && id->inode == status->st_ino)
			return true;
	}
	id = &visited->list[visited->count++];
	id->device = status->st_dev;
	id->inode = status->st_ino;
	return false;
}

/* One name in a folder.  A link that leads nowhere is no failure. */
static enum load
load_entry(struct adding *adding, const char *path, struct visited *visited,
    char **error_r)
{
	enum load load = LOAD_FOREIGN;
	struct stat status;
	int fd = open_path(path, &status);

	if (fd < 0 && errno != ENOENT && errno != ELOOP) {
		complain(error_r, "%s: %s; expected a file that can be read",
		    path, strerror(errno));
		return LOAD_FAILED;
	}
	if (fd < 0) {
		adding->why = strerror(errno);
		return LOAD_FOREIGN;
	}
	if (!S_ISREG(status.st_mode))
		adding->why = "not a regular file";
	else if (visit(visited, &status))
		load = LOAD_OK;
	else
		load = load_file(adding, path, fd, status.st_size, error_r);
	close(fd);
	return load;
}

/* load_entry() for a name, with a line in the log for what is foreign. */
static bool
load_name(struct adding *adding, const char *folder, const char *name,
    struct visited *visited, char **error_r)
{
	enum load load = LOAD_FAILED;
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		complain(error_r, "%s: out of memory; try again", folder);
		return false;
	}
	load = load_entry(adding, path, visited, error_r);
	if (load == LOAD_FOREIGN) {
		adding->draft.skipped++;
		say(adding->store, "%s: %s; skipped", path, adding->why);
	}
	free(path);
	return load != LOAD_FAILED;
}

static int
is_not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Sorted by octets, for the same order in every locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool
load_names(struct adding *adding, const char *path, struct dirent **names,
    size_t count, char **error_r)
{
	struct visited visited = { .count = 0 };
	bool good = true;

	visited.list = calloc(count + 1, sizeof(*visited.list));
	if (visited.list == NULL) {
		complain(error_r, "%s: out of memory; try again", path);
		return false;
	}
	for (size_t i = 0; good && i < count; i++)
		good = load_name(adding, path, names[i]->d_name, &visited,
		    error_r);
	free(visited.list);
	if (good && adding->found == 0) {
		complain(error_r,
		    "%s: no certificate in this folder; expected files in "
		    "SST, PEM, DER or PKCS#7",
		    path);
		return false;
	}
	return good;
}

static bool
load_folder(struct adding *adding, const char *path, char **error_r)
{
	struct dirent **names;
	bool good;
	int count = scandir(path, &names, is_not_hidden, by_name);

	if (count < 0) {
		complain(error_r, "%s: %s; expected a folder that can be read",
		    path, strerror(errno));
		return false;
	}
	good = load_names(adding, path, names, (size_t)count, error_r);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return good;
}

/* The end of loading what the user has named: foreign is wrong here. */
static bool
check_named(const struct adding *adding, const char *name, enum load load,
    char **error_r)
{
	if (load == LOAD_FOREIGN)
		complain(error_r,
		    "%s: %s; expected certificates in SST, PEM, DER or PKCS#7",
		    name, adding->why);
	return load == LOAD_OK;
}

static bool
load_path(struct adding *adding, const char *path, char **error_r)
{
	struct stat status;
	int fd = open_path(path, &status);
	bool good = false;

	if (fd < 0) {
		complain(error_r,
		    "%s: %s; expected a file or folder that can be read", path,
		    strerror(errno));
		return false;
	}
	if (S_ISDIR(status.st_mode))
		good = load_folder(adding, path, error_r);
	else if (S_ISREG(status.st_mode))
		good = check_named(adding, path,
		    load_file(adding, path, fd, status.st_size, error_r),
		    error_r);
	else
		complain(error_r,
		    "%s: neither a regular file nor a folder; expected one",
		    path);
	close(fd);
	return good;
}

static bool
begin(struct adding *adding, const struct store *store, const char *name,
    char **error_r)
{
	*adding = (struct adding){ .store = store, .name = name };
	adding->draft = store->contents;
	if (certset_copy(&store->contents.certs, &adding->draft.certs))
		return true;
	complain(error_r, "%s: out of memory; try again", name);
	return false;
}

/* Put the draft in force, or drop it. */
static bool
finish(struct adding *adding, struct store *store, const char *name, bool good,
    char **error_r)
{
	if (good && !certset_build(&adding->draft.certs)) {
		complain(error_r, "%s: out of memory; try again", name);
		good = false;
	}
	if (!good) {
		certset_done(&adding->draft.certs);
		return false;
	}
	certset_done(&store->contents.certs);
	store->contents = adding->draft;
	return true;
}

struct store *
store_new(OSSL_LIB_CTX *libctx, store_log *log, void *arg)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->libctx = libctx;
	store->log = log;
	store->log_arg = arg;
	atomic_init(&store->owners, 1);
	if (!certset_build(&store->contents.certs)) {
		store_unref(store);
		return NULL;
	}
	return store;
}

void
store_keep_raw(struct store *store)
{
	store->keep_raw = true;
}

bool
store_add_path(struct store *store, const char *path, char **error_r)
{
	struct adding adding;
	bool good;

	if (!begin(&adding, store, path, error_r))
		return false;
	good = load_path(&adding, path, error_r);
	return finish(&adding, store, path, good, error_r);
}

bool
store_add_octets(struct store *store, const char *name, const uint8_t *octets,
    size_t len, char **error_r)
{
	struct adding adding;
	bool good;

	if (!begin(&adding, store, name, error_r))
		return false;
	good = check_named(&adding, name,
	    load_octets(&adding, name, octets, len, error_r), error_r);
	return finish(&adding, store, name, good, error_r);
}

const struct store_cert *
store_certs(const struct store *store, size_t *count_r)
{
	*count_r = store->contents.certs.count;
	return store->contents.certs.list;
}

const struct store_cert *
store_find(const struct store *store, const uint8_t sha256[CERT_SHA256_LEN])
{
	return certset_find(&store->contents.certs, sha256);
}

void
store_count(const struct store *store, struct store_counts *counts_r)
{
	const struct certset *certs = &store->contents.certs;

	*counts_r = (struct store_counts){ .crls = store->contents.crls,
		.skipped = store->contents.skipped,
		.private_keys = store->contents.private_keys,
		.duplicates = certs->duplicates };
	for (size_t i = 0; i < certs->count; i++) {
		if (certs->list[i].verdict != REASON_OK)
			counts_r->refused++;
		else if (certs->list[i].role == CERT_ROLE_ANCHOR)
			counts_r->anchors++;
		else if (certs->list[i].role == CERT_ROLE_INTERMEDIATE)
			counts_r->intermediates++;
		else
			counts_r->signers++;
	}
}

X509_STORE *
store_get0_anchors(const struct store *store)
{
	return store->contents.certs.anchors;
}

X509_STORE *
store_get0_refused(const struct store *store)
{
	return store->contents.certs.refused;
}

STACK_OF(X509) *
store_get0_intermediates(const struct store *store)
{
	return store->contents.certs.intermediates;
}

STACK_OF(X509) *
store_get0_signers(const struct store *store)
{
	return store->contents.certs.signers;
}

struct store *
store_ref(struct store *store)
{
	if (store != NULL)
		atomic_fetch_add(&store->owners, 1);
	return store;
}

void
store_unref(struct store *store)
{
	if (store == NULL || atomic_fetch_sub(&store->owners, 1) != 1)
		return;
	certset_done(&store->contents.certs);
	free(store);
}
