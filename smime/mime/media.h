/* SPDX-License-Identifier: ISC */
/*
 * media - what a type or a file name makes of an entity
 *
 * Shape    a type, and a protocol, is "type/subtype" in lower case
 * Source   RFC 8551 3.2 and 3.5, RFC 2046 5, RFC 6532 3.7
 * Threads  pure: any thread, at any time
 */
#ifndef SMIME_MIME_MEDIA_H
#define SMIME_MIME_MEDIA_H

#include <stdbool.h>

/* What an entity is to us. */
enum media {
	MEDIA_OTHER,	       /* a leaf that cannot be a signature */
	MEDIA_MULTIPART,       /* multipart/..., but not a signed one of ours */
	MEDIA_SIGNED,	       /* multipart/signed for S/MIME */
	MEDIA_MESSAGE,	       /* message/rfc822, message/global */
	MEDIA_PKCS7_MIME,      /* application/(x-)pkcs7-mime, or guessed */
	MEDIA_PKCS7_SIGNATURE, /* application/(x-)pkcs7-signature, or guessed */
	MEDIA_TNEF,	       /* application/(vnd.)ms-tnef */
};

/*
 * What an entity is by its type alone.  protocol is that of multipart/signed,
 * or NULL.
 */
enum media media_from_type(const char *type, const char *protocol);

/* What the end of a file name says (RFC 8551 3.2.1). */
enum media media_from_name(const char *name);

/* Is it one of the types that have no meaning but by their name? */
bool media_is_octet_stream(const char *type);

/* Is it multipart/..., of whatever kind? */
bool media_is_multipart(const char *type);

#endif
