/* SPDX-License-Identifier: ISC */
#include "smime/buf.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

static size_t
room_for(const struct buf *buf, size_t need)
{
	size_t room = buf->room == 0 ? FIRST_ROOM : buf->room;

	while (room < need)
		room = room > buf->cap / 2 ? buf->cap : room * 2;
	return room < buf->cap ? room : buf->cap;
}

void
buf_init(struct buf *buf, size_t cap)
{
	*buf = (struct buf){ .cap = cap };
}

enum buf_status
buf_push(struct buf *buf, const void *octets, size_t len)
{
	uint8_t *data;
	size_t room;

	if (len > buf->cap - buf->len)
		return BUF_FULL;
	if (len == 0)
		return BUF_OK;
	if (len > buf->room - buf->len) {
		room = room_for(buf, buf->len + len);
		data = realloc(buf->data, room);
		if (data == NULL)
			return BUF_NOMEM;
		buf->data = data;
		buf->room = room;
	}
	memcpy(buf->data + buf->len, octets, len);
	buf->len += len;
	return BUF_OK;
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
}

void
buf_done(struct buf *buf)
{
	free(buf->data);
	buf_init(buf, buf->cap);
}
