/* SPDX-License-Identifier: ISC */
#include "smime/mime/cte.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

enum { OUTPUT_LEN = 8192 };

/* Decoded octets on their way to the sink. */
struct output {
	cte_sink *sink;
	void *arg;
	size_t len;
	uint8_t octets[OUTPUT_LEN + 2]; /* base64_groups() spills */
};

/*
 * One table for each place in a group of four, so that a group is three ORs.
 * What is no digit sets MARK, which no digit reaches.
 */
#define MARK UINT32_C(0x80000000)
#define DIGIT(c, at0)                                                          \
	((c) >= 'A' && (c) <= 'Z' ? (uint32_t)((c) - 'A') << (at0) :           \
		(c) >= 'a' && (c) <= 'z' ?                                     \
				    (uint32_t)((c) - 'a' + 26) << (at0) :      \
		(c) >= '0' && (c) <= '9' ?                                     \
				    (uint32_t)((c) - '0' + 52) << (at0) :      \
		(c) == '+' ? UINT32_C(62) << (at0) :                           \
		(c) == '/' ? UINT32_C(63) << (at0) :                           \
			     MARK)
#define DIGITS4(c, at0)                                                        \
	DIGIT(c, at0), DIGIT((c) + 1, at0), DIGIT((c) + 2, at0),               \
	    DIGIT((c) + 3, at0)
#define DIGITS16(c, at0)                                                       \
	DIGITS4(c, at0), DIGITS4((c) + 4, at0), DIGITS4((c) + 8, at0),         \
	    DIGITS4((c) + 12, at0)
#define DIGITS64(c, at0)                                                       \
	DIGITS16(c, at0), DIGITS16((c) + 16, at0), DIGITS16((c) + 32, at0),    \
	    DIGITS16((c) + 48, at0)
#define DIGITS256(at0)                                                         \
	{                                                                      \
		DIGITS64(0, at0), DIGITS64(64, at0), DIGITS64(128, at0),       \
		    DIGITS64(192, at0)                                         \
	}

static const uint32_t digits[4][256] = {
	DIGITS256(18),
	DIGITS256(12),
	DIGITS256(6),
	DIGITS256(0),
};

static void
flush(struct output *out)
{
	if (out->len > 0)
		out->sink(out->arg, out->octets, out->len);
	out->len = 0;
}

static void
put(struct output *out, const uint8_t *octets, size_t len)
{
	size_t n;

	for (; len > 0; octets += n, len -= n) {
		if (out->len == OUTPUT_LEN)
			flush(out);
		n = OUTPUT_LEN - out->len;
		if (n > len)
			n = len;
		memcpy(out->octets + out->len, octets, n);
		out->len += n;
	}
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static uint32_t
group(const uint8_t *in)
{
	return digits[0][in[0]] | digits[1][in[1]] | digits[2][in[2]] |
	    digits[3][in[3]];
}

static void
put_group(uint8_t *to, uint32_t bits)
{
	to[0] = (uint8_t)(bits >> 16);
	to[1] = (uint8_t)(bits >> 8);
	to[2] = (uint8_t)bits;
}

/*
 * Decode that many groups into three octets each.  False when one holds
 * anything but digits; what was written then means nothing.  No branch
 * depends on the data: that is what makes it fast.
 */
static bool
base64_groups(const uint8_t *in, size_t groups, uint8_t *to)
{
	uint32_t seen = 0;
	uint32_t a, b;
	uint64_t pair;

	for (; groups >= 2; groups -= 2, in += 8, to += 6) {
		a = group(in);
		b = group(in + 4);
		seen |= a | b;
		pair = htobe64((uint64_t)a << 40 | (uint64_t)b << 16);
		memcpy(to, &pair, sizeof(pair)); /* 2 octets too many */
	}
	if (groups > 0) {
		a = group(in);
		seen |= a;
		put_group(to, a);
	}
	return (seen & MARK) == 0;
}

/* What is in decoder->bits of a group that padding or the end cuts short. */
static void
base64_rest(struct cte_decoder *decoder, struct output *out)
{
	uint8_t octets[3];

	put_group(octets, decoder->bits << (6 * (4 - decoder->have)));
	put(out, octets, decoder->have - 1);
}

/* After this decoder->have counts the padding still to come. */
static void
base64_padding(struct cte_decoder *decoder, struct output *out)
{
	if (decoder->ended && decoder->have > 0) {
		decoder->have--;
	} else if (decoder->ended || decoder->have < 2) {
		decoder->damaged = true;
	} else {
		base64_rest(decoder, out);
		decoder->ended = true;
		decoder->have = 3 - decoder->have;
	}
}

/* One octet, whatever it is. */
static void
base64_octet(struct cte_decoder *decoder, uint8_t c, struct output *out)
{
	uint8_t octets[3];

	if (is_blank(c) || c == '\r' || c == '\n')
		return;
	if (c == '=') {
		base64_padding(decoder, out);
	} else if (decoder->ended || (digits[3][c] & MARK) != 0) {
		decoder->damaged = true;
	} else {
		decoder->bits = decoder->bits << 6 | digits[3][c];
		decoder->have++;
	}
	if (!decoder->ended && decoder->have == 4) {
		put_group(octets, decoder->bits);
		put(out, octets, sizeof(octets));
		decoder->bits = 0;
		decoder->have = 0;
	}
}

/* The length of the first line, or of as much of it as there is and fits. */
static size_t
base64_find(const uint8_t *in, size_t len, const struct output *out)
{
	size_t fits = (OUTPUT_LEN - out->len) / 3 * 4;
	const uint8_t *eol;

	if (len > fits)
		len = fits;
	eol = memchr(in, '\n', len);
	return eol == NULL ? len : (size_t)(eol - in) + 1;
}

/* Decode a line: its ends octet by octet, the groups between them at once. */
static void
base64_line(struct cte_decoder *decoder, const uint8_t *in, size_t len,
    struct output *out)
{
	const uint8_t *end = in + len;
	size_t groups;

	while (in < end && (decoder->have > 0 || decoder->ended))
		base64_octet(decoder, *in++, out);
	while (end > in && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	groups = (size_t)(end - in) / 4;
	if (base64_groups(in, groups, out->octets + out->len)) {
		out->len += groups * 3;
		in += groups * 4;
	}
	while (in < end)
		base64_octet(decoder, *in++, out);
}

static void
base64_push(struct cte_decoder *decoder, const uint8_t *octets, size_t len,
    struct output *out)
{
	size_t n;

	for (; len > 0; octets += n, len -= n) {
		if (OUTPUT_LEN - out->len < OUTPUT_LEN / 16)
			flush(out);
		n = base64_find(octets, len, out);
		base64_line(decoder, octets, n, out);
	}
}

static void
base64_end(struct cte_decoder *decoder, struct output *out)
{
	if (decoder->have > 0)
		decoder->damaged = true;
	if (decoder->have >= 2)
		base64_rest(decoder, out);
	decoder->have = 0;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

/* An octet that stands for itself, wherever it comes. */
static bool
qp_is_plain(uint8_t c)
{
	return c > ' ' ? c != '=' : !is_blank(c) && c != '\r' && c != '\n';
}

static void
qp_hold(struct cte_decoder *decoder, uint8_t c)
{
	decoder->held[decoder->have++] = c;
}

/* What was held is text after all. */
static void
qp_release(struct cte_decoder *decoder, struct output *out)
{
	put(out, decoder->held, decoder->have);
	decoder->have = 0;
}

/* With white space, and perhaps a CR, held: the next octet of the text. */
static void
qp_text(struct cte_decoder *decoder, uint8_t c, struct output *out)
{
	bool cr = decoder->have > 0 && decoder->held[decoder->have - 1] == '\r';

	if (c == '\n') {
		put(out, (const uint8_t *)"\r\n" + !cr, 1 + (size_t)cr);
		decoder->have = 0;
		return;
	}
	if (cr)
		qp_release(decoder, out);
	if (is_blank(c) && decoder->have == CTE_MAX_BLANKS) {
		decoder->damaged = true;
		qp_release(decoder, out);
	}
	if (is_blank(c) || c == '\r') {
		qp_hold(decoder, c);
		return;
	}
	qp_release(decoder, out);
	if (c == '=')
		qp_hold(decoder, c);
	else
		put(out, &c, 1);
}

/*
 * With "=" and what may follow it held: the next octet.  RFC 2045 6.7 rule 3
 * allows white space, added on the way, between "=" and the line end.
 */
static void
qp_escape(struct cte_decoder *decoder, uint8_t c, struct output *out)
{
	uint8_t last = decoder->held[decoder->have - 1];
	uint8_t octet;

	if (hex(last) < 16 && hex(c) < 16) {
		octet = (uint8_t)(hex(last) << 4 | hex(c));
		put(out, &octet, 1);
		decoder->have = 0;
		return;
	}
	if (c == '\n' && (last == '=' || last == '\r' || is_blank(last))) {
		decoder->have = 0;
		return;
	}
	if (decoder->have < CTE_MAX_BLANKS &&
	    ((last == '=' && hex(c) < 16) ||
		((last == '=' || is_blank(last)) &&
		    (is_blank(c) || c == '\r')))) {
		qp_hold(decoder, c);
		return;
	}
	decoder->damaged = true;
	qp_release(decoder, out);
	qp_text(decoder, c, out);
}

static void
qp_push(struct cte_decoder *decoder, const uint8_t *octets, size_t len,
    struct output *out)
{
	size_t n;

	while (len > 0) {
		for (n = 0; n < len && qp_is_plain(octets[n]); n++)
			continue;
		if (n == 0 || decoder->have > 0) {
			if (decoder->have > 0 && decoder->held[0] == '=')
				qp_escape(decoder, *octets, out);
			else
				qp_text(decoder, *octets, out);
			n = 1;
		} else {
			put(out, octets, n);
		}
		octets += n;
		len -= n;
	}
}

/*
 * White space at the end goes, as at the end of any line.  So does "=": the
 * line end behind it belongs to the delimiter of the part.
 */
static void
qp_end(struct cte_decoder *decoder, struct output *out)
{
	uint8_t last;

	if (decoder->have == 0)
		return;
	last = decoder->held[decoder->have - 1];
	if (decoder->held[0] == '=' && last != '=' && !is_blank(last))
		decoder->damaged = true;
	if (last != '=' && !is_blank(last))
		qp_release(decoder, out);
	decoder->have = 0;
}

void
cte_init(struct cte_decoder *decoder, enum cte cte)
{
	memset(decoder, 0, sizeof(*decoder));
	decoder->cte = cte;
}

void
cte_push(struct cte_decoder *decoder, const uint8_t *octets, size_t len,
    cte_sink *sink, void *arg)
{
	struct output out;

	out.sink = sink;
	out.arg = arg;
	out.len = 0;
	switch (decoder->cte) {
	case CTE_IDENTITY:
	case CTE_UNKNOWN:
		if (len > 0)
			sink(arg, octets, len);
		break;
	case CTE_BASE64:
		base64_push(decoder, octets, len, &out);
		break;
	case CTE_QUOTED_PRINTABLE:
		qp_push(decoder, octets, len, &out);
		break;
	}
	flush(&out);
}

void
cte_end(struct cte_decoder *decoder, cte_sink *sink, void *arg)
{
	struct output out;

	out.sink = sink;
	out.arg = arg;
	out.len = 0;
	if (decoder->cte == CTE_BASE64)
		base64_end(decoder, &out);
	else if (decoder->cte == CTE_QUOTED_PRINTABLE)
		qp_end(decoder, &out);
	flush(&out);
}

enum cte
cte_from_word(const char *word)
{
	static const struct {
		const char *word;
		enum cte cte;
	} known[] = {
		{ "7bit", CTE_IDENTITY },
		{ "8bit", CTE_IDENTITY },
		{ "binary", CTE_IDENTITY },
		{ "base64", CTE_BASE64 },
		{ "quoted-printable", CTE_QUOTED_PRINTABLE },
	};
	size_t len;

	word += strspn(word, " \t\r\n");
	len = strlen(word);
	while (len > 0 && strchr(" \t\r\n", word[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (len == strlen(known[i].word) &&
		    strncasecmp(word, known[i].word, len) == 0)
			return known[i].cte;
	return CTE_UNKNOWN;
}
