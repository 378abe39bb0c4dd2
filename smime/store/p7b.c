/* SPDX-License-Identifier: ISC */
#include "smime/store/p7b.h"

#include <limits.h>
#include <string.h>

#include <openssl/asn1.h>

/* What is always the same, outermost first. */
static const uint8_t signed_data[] = { /* OBJECT 1.2.840.113549.1.7.2 */
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02
};
static const uint8_t before_certs[] = { 0x02, 0x01, 0x01, /* version 1 */
	0x31, 0x00,					  /* digestAlgorithms */
	0x30, 0x0b, /* encapContentInfo: 1.2.840.113549.1.7.1 */
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
static const uint8_t signer_infos[] = { 0x31, 0x00 };

/* The size of an element around len octets. */
static size_t
around(size_t len)
{
	return (size_t)ASN1_object_size(1, (int)len, V_ASN1_SEQUENCE);
}

static enum buf_status
push_header(struct buf *out, int tag, int class, size_t len)
{
	uint8_t header[16];
	uint8_t *end = header;

	ASN1_put_object(&end, 1, (int)len, tag, class);
	return buf_push(out, header, (size_t)(end - header));
}

static enum buf_status
push_certs(struct buf *out, const struct certraw *const *certs, size_t count)
{
	enum buf_status status = BUF_OK;

	for (size_t i = 0; status == BUF_OK && i < count; i++)
		status = buf_push(out, certs[i]->der, certs[i]->len);
	return status;
}

enum buf_status
p7b_write(struct buf *out, const struct certraw *const *certs, size_t count)
{
	enum { CONTEXT = V_ASN1_CONTEXT_SPECIFIC };
	enum buf_status status;
	size_t list = 0, data, content;

	for (size_t i = 0; i < count; i++) {
		if (certs[i]->len > INT_MAX / 2 - list)
			return BUF_FULL;
		list += certs[i]->len;
	}
	data = sizeof(before_certs) + around(list) + sizeof(signer_infos);
	content = sizeof(signed_data) + around(around(data));
	status = push_header(out, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, content);
	if (status == BUF_OK)
		status = buf_push(out, signed_data, sizeof(signed_data));
	if (status == BUF_OK)
		status = push_header(out, 0, CONTEXT, around(data));
	if (status == BUF_OK)
		status =
		    push_header(out, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, data);
	if (status == BUF_OK)
		status = buf_push(out, before_certs, sizeof(before_certs));
	if (status == BUF_OK)
		status = push_header(out, 0, CONTEXT, list);
	if (status == BUF_OK)
		status = push_certs(out, certs, count);
	if (status == BUF_OK)
		status = buf_push(out, signer_infos, sizeof(signer_infos));
	return status;
}
