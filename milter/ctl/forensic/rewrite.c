/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/rewrite.h"

#include <string.h>

void
rewrite_put(struct rewrite *rw, const void *octets, size_t len)
{
	if (len > 0 && buf_push(rw->out, octets, len) != BUF_OK)
		rw->failed = true;
}

void
rewrite_put_text(struct rewrite *rw, const char *text)
{
	rewrite_put(rw, text, strlen(text));
}

void
rewrite_copy(struct rewrite *rw, size_t from, size_t to)
{
	if (to > from)
		rewrite_put(rw, rw->in->octets + from, to - from);
}

void
rewrite_copy_eol(struct rewrite *rw, const struct line *line)
{
	rewrite_put(rw, line->at + line->len, line->eol);
}

void
rewrite_each_line(struct rewrite *rw, rewrite_line *rewrite)
{
	struct line line;
	size_t at = 0;

	while (
	    !rw->failed && line_next(rw->in->octets, rw->in->len, &at, &line))
		rewrite(rw, &line);
}

void
rewrite_copy_header(struct rewrite *rw, const struct partmap_span *span)
{
	rewrite_copy(rw, span->header, span->body);
}

void
rewrite_copy_body(struct rewrite *rw, const struct partmap_span *span)
{
	rewrite_copy(rw, span->body, span->end);
}

void
rewrite_each_span(struct rewrite *rw, rewrite_span *header, rewrite_span *body)
{
	const struct partmap_span *span;
	size_t at = 0;

	for (size_t i = 0; i < rw->in->count && !rw->failed; i++) {
		span = &rw->in->spans[i];
		rewrite_copy(rw, at, span->header);
		header(rw, span);
		body(rw, span);
		at = span->end;
	}
	rewrite_copy(rw, at, rw->in->len);
}

bool
rewrite_next_field(const struct rewrite *rw, const struct partmap_span *span,
    size_t *at, struct rewrite_field *raw_r)
{
	const char *octets = (const char *)rw->in->octets;
	bool odd = false;

	raw_r->from = *at;
	if (!field_next(octets, span->body, at, &raw_r->field, &odd))
		return false;
	raw_r->to = *at;
	return true;
}
