/* SPDX-License-Identifier: ISC */
#include "milter/collection/certpick.h"

#include <ctype.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/log/complaint.h"
#include "milter/log/log.h"

/* U+200E, which Windows puts before a thumbprint that is copied. */
static const char mark[] = "\xe2\x80\x8e";

/* Lower-case hex without colons and the like, or NULL: not a thumbprint. */
static char *
read_thumbprint(const char *text)
{
	char *hex = calloc(1, strlen(text) + 1);
	size_t len = 0;

	if (hex == NULL)
		return NULL;
	if (strncmp(text, mark, strlen(mark)) == 0)
		text += strlen(mark);
	for (; *text != '\0'; text++)
		if (isxdigit((unsigned char)*text))
			hex[len++] = (char)tolower((unsigned char)*text);
		else if (*text != ':' && *text != ' ')
			break;
	if (*text == '\0' &&
	    (len == CERT_SHA1_LEN * 2 || len == CERT_SHA256_LEN * 2))
		return hex;
	free(hex);
	return NULL;
}

static bool
add_name(struct certpick *pick, const char *text, char *hex)
{
	struct certpick_name *names =
	    realloc(pick->names, (pick->count + 1) * sizeof(*names));

	if (names == NULL) {
		free(hex);
		complaint_print("out of memory");
		return false;
	}
	names[pick->count++] =
	    (struct certpick_name){ .text = text, .hex = hex };
	pick->names = names;
	return true;
}

static bool
add_thumbprint(struct certpick *pick, const char *text)
{
	char *hex = read_thumbprint(text);
	char quoted[200];

	if (hex != NULL)
		return add_name(pick, text, hex);
	complaint_print("%s: not a thumbprint; expected 40 (SHA-1) or 64"
			" (SHA-256) hexadecimal digits",
	    log_quote(quoted, sizeof(quoted), text));
	return false;
}

static bool
is_like(const char *pattern, const char *text)
{
	return text != NULL &&
	    fnmatch(pattern, text, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

/* Does one of the common names, in UTF-8, match? */
static bool
has_common_name(X509 *cert, const char *pattern)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = -1, len;
	uint8_t *text;
	bool found = false;

	while (!found &&
	    (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >=
		0) {
		len = ASN1_STRING_to_UTF8(&text,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
		if (len < 0)
			continue;
		found = strlen((char *)text) == (size_t)len &&
		    is_like(pattern, (char *)text);
		OPENSSL_free(text);
	}
	return found;
}

static bool
has_name(const struct certpick_name *name, const struct certview *view)
{
	char thumbprint[sizeof(view->thumbprint)];

	if (name->hex == NULL)
		return is_like(name->text, view->subject) ||
		    has_common_name(view->cert->cert, name->text);
	for (size_t i = 0; i < sizeof(thumbprint); i++)
		thumbprint[i] =
		    (char)tolower((unsigned char)view->thumbprint[i]);
	return strcmp(name->hex, thumbprint) == 0 ||
	    strcmp(name->hex, view->sha256) == 0;
}

static bool
has_role(const struct certpick *pick, enum cert_role role)
{
	if (!pick->roots && !pick->intermediates && !pick->signers)
		return true;
	switch (role) {
	case CERT_ROLE_ANCHOR:
		return pick->roots;
	case CERT_ROLE_INTERMEDIATE:
		return pick->intermediates;
	case CERT_ROLE_SIGNER:
		return pick->signers;
	}
	return false;
}

bool
certpick_option(struct certpick *pick, int opt, const char *text)
{
	switch (opt) {
	case CERTPICK_THUMBPRINT:
		return add_thumbprint(pick, text);
	case CERTPICK_SUBJECT:
		return add_name(pick, text, NULL);
	case CERTPICK_EXPIRED:
		return pick->expired = true;
	case CERTPICK_ROOTS:
		return pick->roots = true;
	case CERTPICK_INTERMEDIATES:
		return pick->intermediates = true;
	case CERTPICK_SIGNERS:
		return pick->signers = true;
	case CERTPICK_USABLE:
		return pick->usable = true;
	default:
		return false;
	}
}

bool
certpick_is_empty(const struct certpick *pick)
{
	return pick->count == 0 && !pick->roots && !pick->intermediates &&
	    !pick->signers && !pick->usable && !pick->expired;
}

bool
certpick_has(struct certpick *pick, const struct certview *view)
{
	bool named = pick->count == 0;

	for (size_t i = 0; i < pick->count; i++)
		if (has_name(&pick->names[i], view)) {
			pick->names[i].found = true;
			named = true;
		}
	return named && has_role(pick, view->cert->role) &&
	    (!pick->usable || view->serves) &&
	    (!pick->expired || view->expired);
}

bool
certpick_all_found(const struct certpick *pick)
{
	bool all = true;
	char quoted[200];

	for (size_t i = 0; i < pick->count; i++)
		if (!pick->names[i].found) {
			complaint_print("no certificate is named %s",
			    log_quote(quoted, sizeof(quoted),
				pick->names[i].text));
			all = false;
		}
	return all;
}

void
certpick_done(struct certpick *pick)
{
	for (size_t i = 0; i < pick->count; i++)
		free(pick->names[i].hex);
	free(pick->names);
}
