/* SPDX-License-Identifier: ISC */
#include "smime/store/certraw.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Properties of wincrypt.h that lead to a private key. */
enum {
	KEY_PROV_HANDLE = 1,
	KEY_PROV_INFO = 2,
	KEY_CONTEXT = 5,
	KEY_SPEC = 6,
	PVK_FILE = 12,
	LAST_KNOWN = 128,
	FIRST_USER = 0x8000,
};

static bool
leads_to_key(uint32_t id)
{
	return id == KEY_PROV_HANDLE || id == KEY_PROV_INFO ||
	    id == KEY_CONTEXT || id == KEY_SPEC || id == PVK_FILE;
}

/* Copy octets to *at and move it on.  Returns where they are. */
static const uint8_t *
put(uint8_t **at, const uint8_t *octets, size_t len)
{
	uint8_t *start = *at;

	if (len > 0)
		memcpy(start, octets, len);
	*at += len;
	return start;
}

/* A list of purposes in DER.  *der_r is freed with OPENSSL_free(). */
static bool
encode(STACK_OF(ASN1_OBJECT) *purposes, uint32_t id, uint8_t **der_r,
    struct sst_property *property_r)
{
	int len = i2d_EXTENDED_KEY_USAGE(purposes, der_r);

	if (len < 0)
		return false;
	*property_r = (struct sst_property){ .id = id,
		.value = *der_r,
		.len = (size_t)len };
	return true;
}

struct certraw *
certraw_new(const uint8_t *der, size_t len,
    const struct sst_property *properties, size_t count)
{
	size_t size = sizeof(struct certraw) + len;
	struct sst_property *list;
	struct certraw *raw;
	uint8_t *at;

	for (size_t i = 0; i < count; i++)
		size += sizeof(*list) + properties[i].len;
	raw = malloc(size);
	if (raw == NULL)
		return NULL;
	list = (struct sst_property *)(raw + 1);
	at = (uint8_t *)(list + count);
	*raw = (struct certraw){ .properties = list, .len = len };
	raw->der = put(&at, der, len);
	for (size_t i = 0; i < count; i++) {
		if (leads_to_key(properties[i].id))
			continue;
		list[raw->property_count] = properties[i];
		list[raw->property_count++].value =
		    put(&at, properties[i].value, properties[i].len);
	}
	return raw;
}

struct certraw *
certraw_new_trusted(const X509 *cert, const uint8_t *der, size_t len)
{
	/* The casts: OpenSSL 3.0 only reads here, but does not say so. */
	X509 *aux = (X509 *)(uintptr_t)cert;
	STACK_OF(ASN1_OBJECT) *trusted = X509_get0_trust_objects(aux);
	STACK_OF(ASN1_OBJECT) *rejected = X509_get0_reject_objects(aux);
	struct sst_property properties[2];
	uint8_t *enabled = NULL, *disabled = NULL;
	struct certraw *raw = NULL;
	size_t count = 0;
	bool good = true;

	ERR_set_mark();
	if (trusted != NULL)
		good = encode(trusted, SST_ENHKEY_USAGE, &enabled,
		    &properties[count++]);
	if (good && rejected != NULL)
		good = encode(rejected, SST_DISALLOWED_ENHKEY_USAGE, &disabled,
		    &properties[count++]);
	if (good)
		raw = certraw_new(der, len, properties, count);
	OPENSSL_free(enabled);
	OPENSSL_free(disabled);
	ERR_pop_to_mark();
	return raw;
}

struct certraw *
certraw_with(const struct certraw *raw, const struct sst_property *property)
{
	size_t count = raw->property_count;
	struct sst_property *list = calloc(count + 1, sizeof(*list));
	struct certraw *with = NULL;

	if (list != NULL) {
		if (count > 0)
			memcpy(list, raw->properties, count * sizeof(*list));
		list[count] = *property;
		with = certraw_new(raw->der, raw->len, list, count + 1);
	}
	free(list);
	return with;
}

const struct sst_property *
certraw_find(const struct certraw *raw, uint32_t id)
{
	for (size_t i = 0; i < raw->property_count; i++)
		if (raw->properties[i].id == id)
			return &raw->properties[i];
	return NULL;
}

bool
certraw_has(const struct certraw *raw, const struct sst_property *property)
{
	const struct sst_property *own = raw->properties;

	for (size_t i = 0; i < raw->property_count; i++, own++)
		if (own->id == property->id && own->len == property->len &&
		    (own->len == 0 ||
			memcmp(own->value, property->value, own->len) == 0))
			return true;
	return false;
}

bool
certraw_restricts(const struct sst_property *property)
{
	switch (property->id) {
	case SST_ENHKEY_USAGE:
	case SST_CERT_POLICIES:
	case SST_NAME_CONSTRAINTS:
	case SST_DISALLOWED_FILETIME:
	case SST_CHAIN_POLICIES:
	case SST_DISALLOWED_ENHKEY_USAGE:
	case SST_NOT_BEFORE_FILETIME:
	case SST_NOT_BEFORE_ENHKEY_USAGE:
	case SST_DISALLOWED_CA_FILETIME:
		return true;
	default:
		return property->id > LAST_KNOWN && property->id < FIRST_USER;
	}
}

void
certraw_free(struct certraw *raw)
{
	free(raw);
}
