/* SPDX-License-Identifier: ISC */
#include "smime/store/sst.h"

#include <string.h>

enum { HEADER_LEN = 12, ENCODING_ASN1 = 1, LAST_CONTEXT = 62 };

static const uint8_t magic[] = { 0, 0, 0, 0, 'C', 'E', 'R', 'T' };

/* The store, and how far it has been read. */
struct input {
	const uint8_t *octets; /* borrowed from the caller of sst_read() */
	size_t len;
	size_t at;
};

static uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

/* Take the next element, the end element included. */
static enum sst_status
take_element(struct input *in, struct sst_element *e_r)
{
	const uint8_t *header = in->octets + in->at;
	uint32_t id, encoding, size;

	if (in->len - in->at < HEADER_LEN)
		return SST_SHORT;
	id = le32(header);
	encoding = le32(header + 4);
	size = le32(header + 8);
	if (id == SST_END_ELEMENT && (encoding | size) != 0)
		return SST_END;
	if (id != SST_END_ELEMENT && encoding != ENCODING_ASN1)
		return SST_ENCODING;
	if (size > in->len - in->at - HEADER_LEN)
		return SST_SHORT;

	*e_r = (struct sst_element){ .id = id,
		.offset = in->at,
		.value = header + HEADER_LEN,
		.len = size };
	in->at += HEADER_LEN + size;
	return SST_OK;
}

/*
 * An id that is neither reserved for contexts nor legal for a property counts
 * as a property: it must not come between a context and its own.
 */
static bool
is_context(const struct sst_element *e)
{
	return e->id >= SST_CERT && e->id <= LAST_CONTEXT;
}

/* Read to the end element without a look at the values. */
static enum sst_status
check(struct input *in)
{
	enum sst_status status;
	struct sst_element e;
	size_t properties = 0;

	for (size_t n = 0;; n++) {
		status = take_element(in, &e);
		if (status != SST_OK || e.id == SST_END_ELEMENT)
			return status;
		properties = is_context(&e) ? 0 : properties + 1;
		if (n == SST_MAX_ELEMENTS || properties > SST_MAX_PROPERTIES) {
			in->at = e.offset;
			return SST_TOO_MANY;
		}
	}
}

/* Hand out what check() has accepted. */
static void
deliver(struct input *in, sst_sink *sink, void *arg)
{
	struct sst_property properties[SST_MAX_PROPERTIES];
	struct sst_element e = { .id = SST_CERT };
	size_t count = 0;

	while (e.id != SST_END_ELEMENT && take_element(in, &e) == SST_OK) {
		if (e.id != SST_END_ELEMENT && !is_context(&e)) {
			properties[count++] = (struct sst_property){ .id = e.id,
				.value = e.value,
				.len = e.len };
			continue;
		}
		if (e.id == SST_END_ELEMENT && count == 0)
			return;
		e.properties = properties;
		e.property_count = count;
		if (!sink(arg, &e))
			return;
		count = 0;
	}
}

static void
put_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

static enum buf_status
write_element(struct buf *out, uint32_t id, const uint8_t *value, size_t len)
{
	uint8_t header[HEADER_LEN];
	enum buf_status status;

	if (len > UINT32_MAX)
		return BUF_FULL;
	put_le32(header, id);
	put_le32(header + 4, ENCODING_ASN1);
	put_le32(header + 8, (uint32_t)len);
	status = buf_push(out, header, sizeof(header));
	return status == BUF_OK ? buf_push(out, value, len) : status;
}

bool
sst_is(const uint8_t *octets, size_t len)
{
	return len >= sizeof(magic) &&
	    memcmp(octets, magic, sizeof(magic)) == 0;
}

enum sst_status
sst_read(const uint8_t *octets, size_t len, sst_sink *sink, void *arg,
    size_t *offset_r)
{
	struct input in = { .octets = octets, .len = len };
	struct input again;
	enum sst_status status = SST_MAGIC;

	if (sst_is(octets, len)) {
		in.at = sizeof(magic);
		again = in;
		status = check(&in);
		if (status == SST_OK)
			deliver(&again, sink, arg);
	}
	if (offset_r != NULL)
		*offset_r = in.at;
	return status;
}

const struct sst_property *
sst_find(const struct sst_element *element, uint32_t id)
{
	for (size_t i = 0; i < element->property_count; i++)
		if (element->properties[i].id == id)
			return &element->properties[i];
	return NULL;
}

enum buf_status
sst_write_begin(struct buf *out)
{
	return buf_push(out, magic, sizeof(magic));
}

enum buf_status
sst_write_cert(struct buf *out, const uint8_t *der, size_t len,
    const struct sst_property *properties, size_t count)
{
	enum buf_status status = BUF_OK;

	if (count > SST_MAX_PROPERTIES)
		return BUF_FULL;
	for (size_t i = 0; status == BUF_OK && i < count; i++)
		status = write_element(out, properties[i].id,
		    properties[i].value, properties[i].len);
	return status == BUF_OK ? write_element(out, SST_CERT, der, len) :
				  status;
}

enum buf_status
sst_write_end(struct buf *out)
{
	static const uint8_t end[HEADER_LEN] = { 0 };

	return buf_push(out, end, sizeof(end));
}

const char *
sst_explain(enum sst_status status)
{
	static const char *const why[] = {
		[SST_OK] = "no error",
		[SST_MAGIC] = "not a serialized certificate store",
		[SST_SHORT] = "truncated",
		[SST_ENCODING] = "element is not marked as ASN.1",
		[SST_END] = "end element is not zero",
		[SST_TOO_MANY] = "too many elements",
	};
	_Static_assert(sizeof(why) / sizeof(why[0]) == SST_TOO_MANY + 1, "why");

	return why[status];
}
