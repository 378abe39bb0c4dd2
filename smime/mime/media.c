/* SPDX-License-Identifier: ISC */
#include "smime/mime/media.h"

#include <string.h>

#include <glib.h>

/* Signatures of other kinds; an unknown protocol is left to part 2. */
static bool
is_foreign(const char *protocol)
{
	static const char *const known[] = {
		"application/pgp-signature",
		"application/x-pgp-signature",
		"application/moss-signature",
		"application/x-moss-signature",
		"application/pem-signature",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (protocol != NULL && strcmp(protocol, known[i]) == 0)
			return true;
	return false;
}

enum media
media_from_type(const char *type, const char *protocol)
{
	static const struct {
		const char *type;
		enum media media;
	} known[] = {
		{ "message/rfc822", MEDIA_MESSAGE },
		{ "message/global", MEDIA_MESSAGE },
		{ "application/pkcs7-mime", MEDIA_PKCS7_MIME },
		{ "application/x-pkcs7-mime", MEDIA_PKCS7_MIME },
		{ "application/pkcs7-signature", MEDIA_PKCS7_SIGNATURE },
		{ "application/x-pkcs7-signature", MEDIA_PKCS7_SIGNATURE },
		{ "application/ms-tnef", MEDIA_TNEF },
		{ "application/vnd.ms-tnef", MEDIA_TNEF },
	};

	if (strcmp(type, "multipart/signed") == 0 && !is_foreign(protocol))
		return MEDIA_SIGNED;
	if (media_is_multipart(type))
		return MEDIA_MULTIPART;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(type, known[i].type) == 0)
			return known[i].media;
	return MEDIA_OTHER;
}

enum media
media_from_name(const char *name)
{
	static const struct {
		const char *suffix;
		enum media media;
	} known[] = {
		{ ".p7m", MEDIA_PKCS7_MIME },
		{ ".p7c", MEDIA_PKCS7_MIME },
		{ ".p7z", MEDIA_PKCS7_MIME },
		{ ".p7s", MEDIA_PKCS7_SIGNATURE },
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (len >= 4 &&
		    g_ascii_strcasecmp(name + len - 4, known[i].suffix) == 0)
			return known[i].media;
	return MEDIA_OTHER;
}

bool
media_is_octet_stream(const char *type)
{
	return strcmp(type, "application/octet-stream") == 0 ||
	    strcmp(type, "application/x-octet-stream") == 0;
}

bool
media_is_multipart(const char *type)
{
	return strncmp(type, "multipart/", strlen("multipart/")) == 0;
}
