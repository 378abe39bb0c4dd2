/* SPDX-License-Identifier: ISC */
#include "milter/collection/directory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/x509v3.h>

#include "smime/buf.h"
#include "smime/mime/mailbox.h"
#include "smime/store/certraw.h"
#include "smime/store/pem.h"
#include "smime/x509/cert.h"

enum kind { KIND_SMIME, KIND_CERT, KIND_ADDRESS, KIND_OTHER };

static const struct {
	const char *name;
	enum kind kind;
} attributes[] = {
	{ "userSMIMECertificate", KIND_SMIME },
	{ "2.16.840.1.113730.3.1.40", KIND_SMIME },
	{ "userCertificate", KIND_CERT },
	{ "2.5.4.36", KIND_CERT },
	{ "mail", KIND_ADDRESS },
	{ "proxyAddresses", KIND_ADDRESS },
	{ "mailLocalAddress", KIND_ADDRESS },
	{ "mailAlternateAddress", KIND_ADDRESS },
	{ "rfc822Mailbox", KIND_ADDRESS },
};

/* A value of the entry; its octets are in a buffer of the directory. */
struct value {
	enum kind kind;
	size_t at;
	size_t len;
};

struct directory {
	struct directory_rules rules;
	struct directory_counts counts;
	directory_log *log;
	void *arg;
	struct certset certs; /* owned */

	/* The entry. */
	char *dn; /* owned */
	struct value values[DIRECTORY_MAX_VALUES];
	size_t value_count;
	struct buf octets;	    /* of all values */
	size_t seen[KIND_OTHER];    /* values that came, of each kind */
	bool over;		    /* a limit is crossed, and reported */
	bool partial;		    /* values are missing, and reported */
	struct mailboxes addresses; /* owned; room for every value */
};

/* Where the certificates of one value go. */
struct taking {
	struct directory *directory; /* borrowed */
	enum kind kind;
	bool only_look; /* another attribute had what is needed */
	bool failed;
	size_t found;  /* certificates in this value */
	size_t usable; /* signers, also known ones, of all values so far */
};

__attribute__((format(printf, 2, 3))) static void
say(const struct directory *directory, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	directory->log(directory->arg, directory->dn, text);
}

static enum kind
find_kind(const char *name)
{
	size_t len = strcspn(name, ";");

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (strlen(attributes[i].name) == len &&
		    strncasecmp(attributes[i].name, name, len) == 0)
			return attributes[i].kind;
	return KIND_OTHER;
}

/* An address of the entry; what is none is of no use. */
static void
add_address(struct directory *directory, const uint8_t *octets, size_t len)
{
	struct mailboxes *addresses = &directory->addresses;
	const char *text = (const char *)octets;

	/* proxyAddresses: "SMTP:" marks the main one, "smtp:" the others. */
	if (len > 5 && strncasecmp(text, "smtp:", 5) == 0) {
		text += 5;
		len -= 5;
	}
	if (mailbox_read(text, len, &addresses->list[addresses->count]))
		addresses->count++;
}

static void
forget_entry(struct directory *directory)
{
	struct mailboxes *addresses = &directory->addresses;

	for (size_t i = 0; i < addresses->count; i++)
		mailbox_done(&addresses->list[i]);
	addresses->count = 0;
	directory->value_count = 0;
	memset(directory->seen, 0, sizeof(directory->seen));
	directory->over = false;
	directory->partial = false;
	buf_reset(&directory->octets);
	free(directory->dn);
	directory->dn = NULL;
}

/* The entry lists that address, in whatever attribute. */
static bool
lists(const struct directory *directory, const struct mailbox *mailbox)
{
	for (size_t i = 0; i < directory->addresses.count; i++)
		if (mailbox_equal(&directory->addresses.list[i], mailbox))
			return true;
	return false;
}

static bool
lists_all(const struct directory *directory, const struct mailboxes *mailboxes)
{
	for (size_t i = 0; i < mailboxes->count; i++)
		if (!lists(directory, &mailboxes->list[i]))
			return false;
	return true;
}

/* RFC 8550 4.4.2 and 4.4.4. */
static bool
may_sign_mail(X509 *cert)
{
	uint32_t usage = X509_get_key_usage(cert); /* all set where absent */
	uint32_t flags = X509_get_extension_flags(cert);

	if ((flags & EXFLAG_INVALID) != 0 ||
	    (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return false;
	return (flags & EXFLAG_XKUSAGE) == 0 ||
	    (X509_get_extended_key_usage(cert) & (XKU_SMIME | XKU_ANYEKU)) != 0;
}

/* Where it belongs, if it is to be left out; NULL: it may be taken. */
static size_t *
refuse_signer(struct directory *directory, X509 *cert,
    const struct mailboxes *mailboxes)
{
	struct directory_counts *counts = &directory->counts;

	if (!may_sign_mail(cert))
		return &counts->not_for_signing;
	if (mailboxes->count == 0)
		return &counts->without_address;
	if (!directory->rules.any_address && directory->addresses.count > 0 &&
	    !lists_all(directory, mailboxes))
		return &counts->of_other_address;
	return NULL;
}

static bool
push_cert(struct taking *taking, const struct pem_item *item, size_t *count)
{
	struct directory *directory = taking->directory;
	struct store_cert cert = { .cert = item->cert, .verdict = REASON_OK };
	size_t duplicates = directory->certs.duplicates;

	cert.role = cert_role(cert.cert);
	if (!cert_sha256(cert.cert, cert.sha256) || X509_up_ref(cert.cert) != 1)
		return false;
	cert.raw = certraw_new(item->der, item->len, NULL, 0);
	if (cert.raw == NULL) {
		store_cert_done(&cert);
		return false;
	}
	if (certset_push(&directory->certs, &cert) != CERTSET_OK)
		return false;
	if (directory->certs.duplicates == duplicates)
		++*count;
	return true;
}

static bool
take_signer(struct taking *taking, const struct pem_item *item)
{
	struct directory *directory = taking->directory;
	struct directory_counts *counts = &directory->counts;
	size_t signers = counts->signers;
	struct mailboxes mailboxes;
	size_t *refused;
	bool done = true;

	if (!cert_mailboxes(item->cert, &mailboxes))
		return false;
	refused = refuse_signer(directory, item->cert, &mailboxes);
	cert_mailboxes_done(&mailboxes);
	if (refused == &counts->of_other_address)
		say(directory,
		    "a certificate names an address that the entry"
		    " does not have; left out");
	if (refused == NULL && taking->only_look)
		refused = &counts->not_preferred;
	if (refused != NULL) {
		++*refused;
		return true;
	}
	taking->usable++;
	done = push_cert(taking, item, &counts->signers);
	if (counts->signers > signers && directory->addresses.count == 0)
		counts->unchecked++;
	return done;
}

/*
 * A directory must not add to whom we trust by itself.  A bare certificate of
 * an authority in userCertificate is no part of anybody's chain.
 */
static bool
take_authority(struct taking *taking, const struct pem_item *item)
{
	struct directory *directory = taking->directory;
	struct directory_counts *counts = &directory->counts;
	bool root = cert_role(item->cert) == CERT_ROLE_ANCHOR;

	if (taking->kind == KIND_SMIME && root && directory->rules.roots)
		return push_cert(taking, item, &counts->roots);
	if (taking->kind == KIND_SMIME && !root &&
	    directory->rules.intermediates)
		return push_cert(taking, item, &counts->intermediates);
	counts->authorities++;
	return true;
}

static bool
is_expired(const X509 *cert, time_t now)
{
	return X509_cmp_time(X509_get0_notAfter(cert), &now) <= 0;
}

static bool
take_item(void *arg, const struct pem_item *item)
{
	struct taking *taking = arg;
	struct directory *directory = taking->directory;
	bool done = true;

	if (item->kind != PEM_CERT)
		return true;
	taking->found++;
	if (is_expired(item->cert, directory->rules.now))
		directory->counts.expired++;
	else if (cert_role(item->cert) == CERT_ROLE_SIGNER)
		done = take_signer(taking, item);
	else
		done = take_authority(taking, item);
	X509_free(item->cert);
	taking->failed = !done;
	return done;
}

/* What a value is not; NULL: its certificates went where they belong. */
static const char *
read_value(struct taking *taking, const uint8_t *octets, size_t len)
{
	static const char *const neither = "neither a certificate in DER nor"
					   " SignedData";
	enum pem_status status;

	/* A SEQUENCE; the attributes have no room for PEM. */
	if (len == 0 || octets[0] != 0x30)
		return neither;
	status = pem_read(NULL, octets, len, take_item, taking, NULL);
	if (status == PEM_OK)
		return taking->found > 0 ? NULL : "no certificate in it";
	if (status == PEM_NOMEM)
		taking->failed = true;
	return status == PEM_UNKNOWN ? neither : pem_explain(status);
}

static bool
take_value(struct taking *taking, const struct value *value)
{
	struct directory *directory = taking->directory;
	const char *wrong;

	taking->found = 0;
	wrong =
	    read_value(taking, directory->octets.data + value->at, value->len);
	if (taking->failed)
		return false;
	if (wrong != NULL) {
		directory->counts.unreadable++;
		say(directory, "%s: %s; left out",
		    attributes[value->kind == KIND_SMIME ? 0 : 2].name, wrong);
	}
	return true;
}

/* Those that are preferred come first, whatever the order of the entry. */
static bool
take_values(struct directory *directory)
{
	struct taking taking = { .directory = directory };

	for (int kind = KIND_SMIME; kind <= KIND_CERT; kind++) {
		taking.kind = (enum kind)kind;
		taking.only_look = taking.usable > 0;
		for (size_t i = 0; i < directory->value_count; i++)
			if (directory->values[i].kind == taking.kind &&
			    !take_value(&taking, &directory->values[i]))
				return false;
	}
	return true;
}

static void
check_sync(struct directory *directory)
{
	bool told = false;

	for (int kind = KIND_SMIME; kind <= KIND_CERT; kind++) {
		if (directory->seen[kind] <= DIRECTORY_SYNC_VALUES)
			continue;
		say(directory,
		    "%s has %zu values; directory synchronisation (Entra"
		    " Connect) takes %d of an object: remove expired ones",
		    attributes[kind == KIND_SMIME ? 0 : 2].name,
		    directory->seen[kind], DIRECTORY_SYNC_VALUES);
		told = true;
	}
	if (told)
		directory->counts.too_many++;
}

/* One more value than is kept. */
static void
leave_out(struct directory *directory)
{
	directory->counts.unreadable++;
	if (!directory->over)
		say(directory,
		    "more than %d values or %d MiB; the rest is"
		    " left out",
		    DIRECTORY_MAX_VALUES, DIRECTORY_MAX_OCTETS >> 20);
	directory->over = true;
}

static bool
keep(struct directory *directory, enum kind kind, const uint8_t *octets,
    size_t len)
{
	struct value value = { .kind = kind,
		.at = directory->octets.len,
		.len = len };

	if (directory->value_count == DIRECTORY_MAX_VALUES) {
		leave_out(directory);
		return true;
	}
	switch (buf_push(&directory->octets, octets, len)) {
	case BUF_OK:
		directory->values[directory->value_count++] = value;
		return true;
	case BUF_FULL:
		leave_out(directory);
		return true;
	case BUF_NOMEM:
		break;
	}
	return false;
}

struct directory *
directory_new(const struct directory_rules *rules, directory_log *log,
    void *arg)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL)
		return NULL;
	directory->rules = *rules;
	directory->log = log;
	directory->arg = arg;
	buf_init(&directory->octets, DIRECTORY_MAX_OCTETS);
	directory->addresses.list =
	    calloc(DIRECTORY_MAX_VALUES, sizeof(struct mailbox));
	if (directory->addresses.list == NULL) {
		directory_free(directory);
		return NULL;
	}
	return directory;
}

const char *const *
directory_attributes(void)
{
	static const char *const names[] = { "userSMIMECertificate",
		"userCertificate", "mail", "proxyAddresses", "mailLocalAddress",
		"mailAlternateAddress", "rfc822Mailbox", NULL };

	return names;
}

bool
directory_begin(struct directory *directory, const char *dn)
{
	forget_entry(directory);
	directory->counts.entries++;
	directory->dn = strdup(dn);
	return directory->dn != NULL;
}

/* "userCertificate;range=0-1499"; "...;range=1500-*" is the last part. */
static bool
is_part(const char *name)
{
	const char *option = strcasestr(name, ";range=");

	return option != NULL && strchr(option, '*') == NULL;
}

static void
report_part(struct directory *directory, const char *name)
{
	if (directory->partial)
		return;
	say(directory,
	    "the server sent a part of the values, %.80s; remove expired ones"
	    " there, or raise its MaxValRange",
	    name);
	directory->partial = true;
	directory->counts.partial++;
}

bool
directory_value(struct directory *directory, const char *name,
    const uint8_t *octets, size_t len)
{
	enum kind kind = find_kind(name);

	if (kind == KIND_OTHER)
		return true;
	if (is_part(name))
		report_part(directory, name);
	directory->seen[kind]++;
	if (kind != KIND_ADDRESS) {
		directory->counts.values++;
		return keep(directory, kind, octets, len);
	}
	if (directory->addresses.count == DIRECTORY_MAX_VALUES)
		leave_out(directory);
	else
		add_address(directory, octets, len);
	return true;
}

bool
directory_end(struct directory *directory)
{
	bool done = take_values(directory);

	check_sync(directory);
	forget_entry(directory);
	return done;
}

const struct certset *
directory_certs(const struct directory *directory)
{
	return &directory->certs;
}

void
directory_count(const struct directory *directory,
    struct directory_counts *counts_r)
{
	*counts_r = directory->counts;
	counts_r->duplicates = directory->certs.duplicates;
}

void
directory_free(struct directory *directory)
{
	if (directory == NULL)
		return;
	forget_entry(directory);
	free(directory->addresses.list);
	buf_done(&directory->octets);
	certset_done(&directory->certs);
	free(directory);
}
