/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage_kind.h"

#include "smime/mime/cte.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* How an encoder breaks lines. */
static const struct wrapping {
	enum cte cte;
	size_t width;	  /* 0: one long line */
	bool looks_ahead; /* a last line may take the room of its "=" */
} wrappings[] = {
	{ CTE_BASE64, 76, false },
	{ CTE_BASE64, 72, false },
	{ CTE_BASE64, 64, false },
	{ CTE_BASE64, 60, false },
	{ CTE_BASE64, 0, false },
	{ CTE_QUOTED_PRINTABLE, 76, false },
	{ CTE_QUOTED_PRINTABLE, 76, true },
	{ CTE_QUOTED_PRINTABLE, 75, false },
	{ CTE_QUOTED_PRINTABLE, 75, true },
	{ CTE_QUOTED_PRINTABLE, 74, false },
	{ CTE_QUOTED_PRINTABLE, 73, false },
	{ CTE_QUOTED_PRINTABLE, 72, false },
	{ CTE_QUOTED_PRINTABLE, 72, true },
	{ CTE_QUOTED_PRINTABLE, 64, false },
	{ CTE_QUOTED_PRINTABLE, 0, false },
};

/* A soft line break at the very end of quoted-printable. */
enum { SOFT_END_GONE = COUNT(wrappings), SOFT_END, SOFT_END_LINE, WRAPPINGS };

static void
wrap_base64(struct rewrite *rw, const struct partmap_span *span, size_t width)
{
	const uint8_t *octets = rw->in->octets;
	uint8_t line[80];
	size_t n = 0;

	for (size_t i = span->body; i < span->end; i++) {
		if (octets[i] == '\r' || octets[i] == '\n')
			continue;
		if (n == width || n == sizeof(line)) {
			rewrite_put(rw, line, n);
			if (width != 0)
				rewrite_put_text(rw, "\r\n");
			n = 0;
		}
		line[n++] = octets[i];
	}
	rewrite_put(rw, line, n);
	if (line_eol_before(octets + span->body, span->end - span->body) > 0)
		rewrite_put_text(rw, "\r\n");
}

/* The octets of a soft line break at octets[at..end), or 0. */
static size_t
soft_break(const uint8_t *octets, size_t at, size_t end)
{
	size_t i = at;

	if (i == end || octets[i++] != '=')
		return 0;
	while (i < end && (octets[i] == ' ' || octets[i] == '\t'))
		i++;
	if (i + 1 < end && octets[i] == '\r')
		i++;
	if (i == end)
		return i - at;
	return octets[i] == '\n' ? i + 1 - at : 0;
}

/* The next character of quoted-printable: "=3D", one octet, or CRLF. */
static size_t
qp_char(const uint8_t *octets, size_t at, size_t end)
{
	size_t len = octets[at] == '=' ? 3 : 1;

	if (octets[at] == '\r' && at + 1 < end && octets[at + 1] == '\n')
		len = 2;
	return len < end - at ? len : end - at;
}

static void
wrap_qp(struct rewrite *rw, const struct partmap_span *span,
    const struct wrapping *how)
{
	const uint8_t *octets = rw->in->octets;
	size_t column = 0;
	size_t next, n, room;
	bool last;

	for (size_t i = span->body; i < span->end; i = next) {
		next = i + soft_break(octets, i, span->end);
		if (next > i)
			continue;
		n = qp_char(octets, i, span->end);
		next = i + n;
		while ((room = soft_break(octets, next, span->end)) > 0)
			next += room;
		last = next == span->end || octets[next] == '\r' ||
		    octets[next] == '\n';
		room = how->looks_ahead && last ? how->width : how->width - 1;
		if (octets[i] == '\r' || octets[i] == '\n') {
			column = 0;
		} else if (how->width != 0 && column + n > room) {
			rewrite_put_text(rw, "=\r\n");
			column = n;
		} else {
			column += n;
		}
		rewrite_put(rw, octets + i, n);
	}
}

/* Put the end of quoted-printable right. */
static void
end_qp(struct rewrite *rw, const struct partmap_span *span)
{
	const uint8_t *octets = rw->in->octets;
	size_t end = span->end - line_eol_before(octets, span->end);

	if (rw->variant == SOFT_END_GONE) {
		if (end > span->body && octets[end - 1] == '=')
			rewrite_copy(rw, span->body, end - 1);
		else
			rewrite_copy_body(rw, span);
		return;
	}
	rewrite_copy_body(rw, span);
	rewrite_put_text(rw, rw->variant == SOFT_END ? "=" : "=\r\n");
}

static void
undo_wrapping(struct rewrite *rw, const struct partmap_span *span)
{
	bool ending = rw->variant >= COUNT(wrappings);
	const struct wrapping *how = ending ? NULL : &wrappings[rw->variant];

	if (ending && span->cte == CTE_QUOTED_PRINTABLE)
		end_qp(rw, span);
	else if (ending || how->cte != span->cte)
		rewrite_copy_body(rw, span);
	else if (span->cte == CTE_BASE64)
		wrap_base64(rw, span, how->width);
	else
		wrap_qp(rw, span, how);
}

static void
undo_rewrapped(struct rewrite *rw)
{
	rewrite_each_span(rw, rewrite_copy_header, undo_wrapping);
}

const struct damage_kind damage_rewrapped = {
	.undo = undo_rewrapped,
	.variants = WRAPPINGS,
	.token = "rewrapped",
	.words = "base64 or quoted-printable was wrapped to other line lengths",
};
