/* SPDX-License-Identifier: ISC */
#include "milter/daemon/mailfile.h"

#include <stdlib.h>
#include <string.h>

#include "smime/buf.h"

/* A line, or some of one that is longer than the buffer. */
struct piece {
	const uint8_t *octets; /* borrowed from the mailfile */
	size_t len;
	bool starts; /* it is the beginning of a line */
};

struct mailfile {
	FILE *file; /* borrowed */
	bool mbox;
	bool failed;
	bool begun;	 /* a message has been pushed */
	bool line_start; /* the next octet begins a line */
	size_t at;
	size_t len;
	uint8_t octets[64 * 1024];
	struct buf field; /* the header field being read */
	bool cut;	  /* it was longer */
};

/* Move what is left to the front, and read on behind it. */
static void
fill(struct mailfile *mailfile)
{
	size_t left = mailfile->len - mailfile->at;

	memmove(mailfile->octets, mailfile->octets + mailfile->at, left);
	mailfile->at = 0;
	mailfile->len = left +
	    fread(mailfile->octets + left, 1, sizeof(mailfile->octets) - left,
		mailfile->file);
	if (ferror(mailfile->file))
		mailfile->failed = true;
}

/* All that is in the buffer; where nothing is left, more is read. */
static size_t
look(struct mailfile *mailfile, const uint8_t **octets_r)
{
	if (mailfile->at == mailfile->len)
		fill(mailfile);
	*octets_r = mailfile->octets + mailfile->at;
	return mailfile->len - mailfile->at;
}

/* The same up to the next LF.  A line begins with as much as fits. */
static size_t
look_at_line(struct mailfile *mailfile, const uint8_t **octets_r)
{
	size_t len = look(mailfile, octets_r);
	const uint8_t *lf = memchr(*octets_r, '\n', len);

	if (lf == NULL && mailfile->line_start) {
		fill(mailfile);
		len = look(mailfile, octets_r);
		lf = memchr(*octets_r, '\n', len);
	}
	return lf != NULL ? (size_t)(lf - *octets_r) + 1 : len;
}

static bool
next_is_from(struct mailfile *mailfile)
{
	const uint8_t *octets;
	size_t len = look_at_line(mailfile, &octets);

	/* "From :" is a field, written as of old (RFC 5322 4.5). */
	return len >= 5 && memcmp(octets, "From ", 5) == 0 &&
	    (len == 5 || octets[5] != ':');
}

static bool
next_piece(struct mailfile *mailfile, struct piece *piece_r)
{
	piece_r->len = look_at_line(mailfile, &piece_r->octets);
	piece_r->starts = mailfile->line_start;
	if (piece_r->len == 0)
		return false;
	mailfile->at += piece_r->len;
	mailfile->line_start = piece_r->octets[piece_r->len - 1] == '\n';
	return true;
}

static bool
is_blank(const struct piece *piece)
{
	return piece->starts &&
	    (piece->len == 1 ||
		(piece->len == 2 && piece->octets[0] == '\r')) &&
	    piece->octets[piece->len - 1] == '\n';
}

static void
give_back(struct mailfile *mailfile, const struct piece *piece)
{
	mailfile->at -= piece->len;
	mailfile->line_start = piece->starts;
}

/*
 * The field that has been gathered is complete, without its last EOL.  One
 * that was cut is given twice: a field that must be unique is then refused,
 * rather than read as if it were whole.
 */
static void
end_field(struct mailfile *mailfile, struct smime *smime)
{
	const char *text = (const char *)mailfile->field.data;
	size_t len = mailfile->field.len;
	const char *colon;
	size_t name;

	if (len == 0)
		return;
	if (text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	colon = memchr(text, ':', len);
	name = colon == NULL ? len : (size_t)(colon - text);
	if (colon != NULL)
		smime_push_field(smime, text, name, colon + 1, len - name - 1);
	if (colon != NULL && mailfile->cut)
		smime_push_field(smime, text, name, colon + 1, len - name - 1);
	mailfile->cut = false;
	buf_reset(&mailfile->field);
}

/* RFC 5322 2.2: printable ASCII, then a colon; blanks before it of old. */
static bool
begins_field(const struct piece *piece)
{
	size_t i = 0;

	while (i < piece->len && piece->octets[i] > ' ' &&
	    piece->octets[i] < 0x7f && piece->octets[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (i < piece->len &&
	    (piece->octets[i] == ' ' || piece->octets[i] == '\t'))
		i++;
	return i < piece->len && piece->octets[i] == ':';
}

static bool
continues_field(const struct mailfile *mailfile, const struct piece *piece)
{
	return mailfile->field.len > 0 &&
	    (!piece->starts || piece->octets[0] == ' ' ||
		piece->octets[0] == '\t');
}

/* What does not fit is cut. */
static void
gather(struct mailfile *mailfile, const struct piece *piece)
{
	size_t room = mailfile->field.cap - mailfile->field.len;

	mailfile->cut = mailfile->cut || piece->len > room;
	if (buf_push(&mailfile->field, piece->octets,
		piece->len < room ? piece->len : room) != BUF_OK)
		mailfile->failed = true;
}

/*
 * Up to the blank line; false when there is none.  A line that is no field
 * ends the header as well, and is the first of the body: so do Postfix and
 * Sendmail.
 */
static bool
push_header(struct mailfile *mailfile, struct smime *smime)
{
	struct piece piece;
	bool blank = false;

	while (!blank && next_piece(mailfile, &piece)) {
		if (continues_field(mailfile, &piece)) {
			gather(mailfile, &piece);
		} else if (is_blank(&piece)) {
			blank = true;
		} else if (begins_field(&piece)) {
			end_field(mailfile, smime);
			gather(mailfile, &piece);
		} else {
			give_back(mailfile, &piece);
			break;
		}
	}
	end_field(mailfile, smime);
	return blank;
}

static void
push_mbox_body(struct mailfile *mailfile, struct smime *smime)
{
	struct piece piece;
	uint8_t blank[2];
	size_t blank_len = 0; /* a blank line that may belong to the mbox */

	while (next_piece(mailfile, &piece)) {
		if (blank_len > 0) {
			smime_push_body(smime, blank, blank_len);
			blank_len = 0;
		}
		if (!is_blank(&piece)) {
			smime_push_body(smime, piece.octets, piece.len);
			continue;
		}
		blank_len = piece.len;
		memcpy(blank, piece.octets, blank_len);
		if (next_is_from(mailfile))
			return;
	}
}

static void
push_body(struct mailfile *mailfile, struct smime *smime)
{
	const uint8_t *octets;
	size_t len;

	while ((len = look(mailfile, &octets)) > 0) {
		smime_push_body(smime, octets, len);
		mailfile->at += len;
	}
}

/* The line "From sender date" of an mbox. */
static void
skip_line(struct mailfile *mailfile)
{
	struct piece piece;

	while (next_piece(mailfile, &piece) && !mailfile->line_start)
		continue;
}

struct mailfile *
mailfile_new(FILE *file)
{
	struct mailfile *mailfile = calloc(1, sizeof(*mailfile));

	if (mailfile == NULL)
		return NULL;
	mailfile->file = file;
	mailfile->line_start = true;
	buf_init(&mailfile->field, MAILFILE_MAX_FIELD);
	mailfile->mbox = next_is_from(mailfile);
	return mailfile;
}

bool
mailfile_push(struct mailfile *mailfile, struct smime *smime)
{
	const uint8_t *octets;
	bool blank;

	if (mailfile->begun && look(mailfile, &octets) == 0)
		return false;
	mailfile->begun = true;
	if (mailfile->mbox)
		skip_line(mailfile);
	blank = push_header(mailfile, smime);
	smime_end_header(smime);
	if (!mailfile->mbox)
		push_body(mailfile, smime);
	else if (!blank || !next_is_from(mailfile))
		push_mbox_body(mailfile, smime);
	return true;
}

bool
mailfile_is_mbox(const struct mailfile *mailfile)
{
	return mailfile->mbox;
}

bool
mailfile_offset(const struct mailfile *mailfile, off_t *offset_r)
{
	off_t read = ftello(mailfile->file);

	if (read < 0)
		return false;
	*offset_r = read - (off_t)(mailfile->len - mailfile->at);
	return true;
}

bool
mailfile_failed(const struct mailfile *mailfile)
{
	return mailfile->failed;
}

void
mailfile_free(struct mailfile *mailfile)
{
	if (mailfile == NULL)
		return;
	buf_done(&mailfile->field);
	free(mailfile);
}
