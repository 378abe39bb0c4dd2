/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/forensic.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "milter/ctl/forensic/partmap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum {
	ENDS_KEPT = 8, /* so many CRLF at the end of a part are looked at */
	ENDS_ADDED = 2,
	LEAST_WORK = 16 * 1024, /* of one digest, however small the part is */
	ROOM = 2 * FORENSIC_MAX_PART,
};

/* The first was done by a relay after the second. */
static const struct {
	enum damage last, first;
} pairs[] = {
	{ DAMAGE_CTE_RECODED, DAMAGE_TRAILING_SPACE },
	{ DAMAGE_CTE_RECODED, DAMAGE_HEADER_ADDED },
	{ DAMAGE_CTE_RECODED, DAMAGE_FOOTER },
	{ DAMAGE_CTE_RECODED, DAMAGE_HEADER_REFOLDED },
	{ DAMAGE_CTE_RECODED, DAMAGE_FROM_QUOTED },
	{ DAMAGE_HEADER_REFOLDED, DAMAGE_TRAILING_SPACE },
	{ DAMAGE_HEADER_REFOLDED, DAMAGE_REWRAPPED },
	{ DAMAGE_HEADER_REFOLDED, DAMAGE_FOOTER },
	{ DAMAGE_REWRAPPED, DAMAGE_REWRAPPED },
	{ DAMAGE_FROM_QUOTED, DAMAGE_TRAILING_SPACE },
	{ DAMAGE_LONG_LINE_SPLIT, DAMAGE_TRAILING_SPACE },
};

struct search {
	const struct forensic_input *in;
	struct forensic found;
	EVP_MD *md;	 /* owned */
	EVP_MD_CTX *ctx; /* owned; of a part but for its last ends of line */
	EVP_MD_CTX *end; /* owned; a copy that is brought to an end */
	size_t work;	 /* what is left of it */
	bool failed;	 /* libcrypto */
	struct buf once; /* one kind of damage undone */
	struct buf twice;
};

/* Take so much from what may still be done.  False: it is too much. */
static bool
spend(struct search *search, size_t octets)
{
	if (octets > search->work) {
		search->found.gave_up = true;
		return false;
	}
	search->work -= octets;
	return true;
}

static bool
matches(struct search *search)
{
	size_t len = search->in->expected_len;
	uint8_t value[EVP_MAX_MD_SIZE];
	bool good;

	good = EVP_MD_CTX_copy_ex(search->end, search->ctx) == 1;
	if (good && (EVP_MD_get_flags(search->md) & EVP_MD_FLAG_XOF) != 0)
		good = EVP_DigestFinalXOF(search->end, value, len) == 1;
	else if (good)
		good = EVP_DigestFinal_ex(search->end, value, NULL) == 1;
	if (!good)
		search->failed = true;
	return good && memcmp(value, search->in->expected, len) == 0;
}

static size_t
count_ends(const uint8_t *octets, size_t len)
{
	size_t count = 0;

	while (count < ENDS_KEPT && len >= 2 &&
	    memcmp(octets + len - 2, "\r\n", 2) == 0) {
		len -= 2;
		count++;
	}
	return count;
}

/*
 * Is that what was signed, with fewer or more ends of line behind it?  All of
 * these cost hardly more than one of them.
 */
static bool
is_signed(struct search *search, const uint8_t *octets, size_t len,
    bool *same_end_r)
{
	size_t ends = count_ends(octets, len);

	if (!spend(search, len + LEAST_WORK))
		return false;
	if (EVP_DigestInit_ex2(search->ctx, search->md, NULL) != 1 ||
	    EVP_DigestUpdate(search->ctx, octets, len - 2 * ends) != 1) {
		search->failed = true;
		return false;
	}
	for (size_t i = 0; i <= ends + ENDS_ADDED; i++) {
		if (matches(search)) {
			*same_end_r = i == ends;
			return true;
		}
		if (EVP_DigestUpdate(search->ctx, "\r\n", 2) != 1)
			search->failed = true;
	}
	return false;
}

static bool
may_go_on(const struct search *search)
{
	return !search->failed && !search->found.gave_up;
}

/* Undo one kind of damage; false when there is nothing of it. */
static bool
undo(struct search *search, const struct partmap *damaged, enum damage damage,
    size_t variant, struct buf *out)
{
	bool undone = damage_undo(damaged, damage, variant, out);

	return spend(search, out->len) && undone;
}

/* An end that is cut, or put right, goes without saying for some. */
static bool
is_about_ends(enum damage damage)
{
	return damage == DAMAGE_TRAILING_LINES || damage == DAMAGE_FOOTER;
}

/* Undo one kind of damage in all its variants; then is it what was signed? */
static bool
try_alone(struct search *search, const struct partmap *damaged,
    enum damage damage, struct buf *out)
{
	bool same_end;

	for (size_t i = 0; i < damage_variants(damage) && may_go_on(search);
	     i++) {
		if (!undo(search, damaged, damage, i, out) ||
		    !is_signed(search, out->data, out->len, &same_end))
			continue;
		search->found.cause = damage;
		if (!same_end && !is_about_ends(damage))
			search->found.also = DAMAGE_TRAILING_LINES;
		return true;
	}
	return false;
}

static bool
try_pair(struct search *search, const struct partmap *damaged, size_t pair)
{
	enum damage last = pairs[pair].last;
	enum damage first = pairs[pair].first;
	struct partmap between;

	for (size_t i = 0; i < damage_variants(last) && may_go_on(search);
	     i++) {
		if (!undo(search, damaged, last, i, &search->once))
			continue;
		partmap_read(&between, search->once.data, search->once.len);
		if (!try_alone(search, &between, first, &search->twice))
			continue;
		search->found.cause = last;
		search->found.also = first != last ? first : DAMAGE_NONE;
		return true;
	}
	return false;
}

static void
look(struct search *search)
{
	const struct forensic_input *in = search->in;
	struct partmap damaged;
	bool same_end;

	if (is_signed(search, in->part, in->len, &same_end)) {
		if (!same_end)
			search->found.cause = DAMAGE_TRAILING_LINES;
		return;
	}
	partmap_read(&damaged, in->part, in->len);
	for (int i = DAMAGE_NONE + 1; i < DAMAGE_COUNT; i++)
		if (try_alone(search, &damaged, (enum damage)i, &search->once))
			return;
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (try_pair(search, &damaged, i))
			return;
}

/* The digest is one that we have, and as long as what it should be. */
static bool
open_digest(struct search *search)
{
	const struct forensic_input *in = search->in;

	search->md = EVP_MD_fetch(NULL, in->digest, NULL);
	search->ctx = EVP_MD_CTX_new();
	search->end = EVP_MD_CTX_new();
	if (search->md == NULL || search->ctx == NULL || search->end == NULL)
		return false;
	if ((EVP_MD_get_flags(search->md) & EVP_MD_FLAG_XOF) != 0)
		return in->expected_len > 0 &&
		    in->expected_len <= EVP_MAX_MD_SIZE;
	return (size_t)EVP_MD_get_size(search->md) == in->expected_len;
}

void
forensic_examine(const struct forensic_input *in, struct forensic *found_r)
{
	struct search search = { .in = in, .work = FORENSIC_MAX_WORK };

	if (in->len > FORENSIC_MAX_PART) {
		*found_r = (struct forensic){ .gave_up = true };
		return;
	}
	ERR_set_mark();
	buf_init(&search.once, ROOM);
	buf_init(&search.twice, ROOM);
	if (in->digest != NULL && open_digest(&search))
		look(&search);
	buf_done(&search.once);
	buf_done(&search.twice);
	EVP_MD_CTX_free(search.ctx);
	EVP_MD_CTX_free(search.end);
	EVP_MD_free(search.md);
	ERR_pop_to_mark();
	*found_r = search.found;
}

void
forensic_describe(const struct forensic *found, const char *hop,
    char out[static FORENSIC_MAX_TEXT])
{
	bool also = found->also != DAMAGE_NONE;

	if (found->cause == DAMAGE_NONE) {
		snprintf(out, FORENSIC_MAX_TEXT, "%s",
		    found->gave_up ?
			"not found within the limits" :
			"not found; it is nothing that relays often do");
		return;
	}
	snprintf(out, FORENSIC_MAX_TEXT, "%s: %s%s%s%s%s",
	    damage_token(found->cause), damage_words(found->cause),
	    also ? "; and " : "", also ? damage_words(found->also) : "",
	    hop != NULL ? "; probably by " : "", hop != NULL ? hop : "");
}
