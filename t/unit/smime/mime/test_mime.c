/* SPDX-License-Identifier: ISC */
/*
 * The scanner is compared with a reference that is easy to believe: it has
 * the whole message in memory, goes through it line by line, and notes where
 * things begin and end.  Both write down what they find in the same form.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/buf.h"
#include "smime/mime/entity.h"
#include "smime/mime/field.h"
#include "smime/mime/fold.h"
#include "smime/mime/mime.h"
#include "smime/mime/opinion.h"
#include "t/lib/chunks.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { MAX_FOUND = 64, MAX_TEXT = 1024 * 1024, LONGEST_DELIMITER = 256 };

/* One part, as the scanner or the reference found it. */
struct found {
	char path[MIME_PATH_MAX];
	char *type;
	struct buf header; /* the part's own header block */
	struct buf octets; /* of a multipart's first part, or a leaf's body */
	unsigned int children;
	bool odd; /* the header is ambiguous */
	bool closed;
	bool ambiguous;
	bool ended;
};

struct findings {
	struct found *list; /* owned; in the order in which they began */
	size_t count;
};

static struct found *
add_found(struct findings *findings)
{
	struct found *found;

	ck_assert_uint_lt(findings->count, MAX_FOUND);
	if (findings->list == NULL)
		findings->list = calloc(MAX_FOUND, sizeof(*found));
	found = &findings->list[findings->count++];
	buf_init(&found->header, MAX_TEXT);
	buf_init(&found->octets, MAX_TEXT);
	return found;
}

static void
free_findings(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->list[i].type);
		buf_done(&findings->list[i].header);
		buf_done(&findings->list[i].octets);
	}
	free(findings->list);
	*findings = (struct findings){ .count = 0 };
}

static bool
is_multipart(const struct entity *entity)
{
	return entity->media == MEDIA_MULTIPART ||
	    entity->media == MEDIA_SIGNED;
}

static void
add_octets(struct buf *buf, const void *octets, size_t len)
{
	ck_assert_int_eq(buf_push(buf, octets, len), BUF_OK);
}

/*
 * The scanner's side.
 */

/* One scan and all that it needs. */
struct scan {
	struct limits limits;
	size_t parts;
	struct findings findings;
	enum reason status;
};

static enum mime_want
begin(void *arg, struct mime_part *part)
{
	struct scan *scan = arg;
	struct found *found = add_found(&scan->findings);

	memcpy(found->path, part->path, sizeof(found->path));
	found->type = strdup(part->entity.type);
	add_octets(&found->header, part->header, part->header_len);
	found->odd = part->entity.ambiguous;
	part->owner = found;
	return is_multipart(&part->entity) ? MIME_FIRST : MIME_BODY;
}

static void
take(void *arg, struct mime_part *part, const uint8_t *octets, size_t len)
{
	struct found *found = part->owner;

	(void)arg;
	add_octets(&found->octets, octets, len);
}

static void
end(void *arg, struct mime_part *part)
{
	struct found *found = part->owner;

	(void)arg;
	ck_assert(!found->ended);
	found->children = part->children;
	found->closed = part->closed;
	found->ambiguous = part->ambiguous;
	found->ended = true;
}

static const struct mime_sink sink = { begin, take, take, end };

static void
push(void *arg, const uint8_t *octets, size_t len)
{
	mime_push(arg, octets, len);
}

static struct scan
new_scan(void)
{
	struct scan scan = { .parts = 0 };

	limits_default(&scan.limits);
	return scan;
}

static struct mime *
new_mime(struct scan *scan, const char *prefix)
{
	struct mime_budget budget = { .parts = &scan->parts,
		.limits = &scan->limits };
	struct mime *mime = mime_new(&sink, scan, prefix, &budget);

	ck_assert_ptr_nonnull(mime);
	return mime;
}

static void
run_scan(struct scan *scan, const struct chunks *chunks)
{
	struct mime *mime = new_mime(scan, "");

	chunks_feed(chunks, push, mime);
	mime_end(mime);
	scan->status = mime_status(mime);
	mime_free(mime);
}

/* All at once. */
static void
scan_text(struct scan *scan, const char *text)
{
	size_t len = strlen(text);

	run_scan(scan,
	    &(struct chunks){ .octets = (const uint8_t *)text,
		.len = len,
		.first = len,
		.rest = 1 });
}

/*
 * The reference.
 */

struct open_part {
	struct found *found;
	struct entity entity;
	bool in_header;
	bool in_body;
	size_t header_at; /* where its header begins */
	size_t body_at;	  /* where a leaf's body begins */
	size_t first_at;  /* where a multipart's first part begins */
	bool first_open;
	unsigned int index;
};

struct reference {
	const char *text; /* the whole message */
	size_t len;
	size_t line;	 /* where this line begins */
	size_t text_end; /* where the line's own octets end */
	size_t next;	 /* where the next line begins */
	size_t eol;	 /* of the line before this one, if it had one */
	struct open_part stack[MAX_FOUND];
	size_t depth;
	struct findings findings;
};

static struct open_part *
top(struct reference *ref)
{
	return &ref->stack[ref->depth - 1];
}

/* text[from..to) without the EOL before to, but never less than nothing. */
static void
cut(struct reference *ref, struct buf *buf, size_t from, size_t to)
{
	size_t end = to > ref->eol ? ref->eol : to;

	if (end > from)
		add_octets(buf, ref->text + from, end - from);
}

static void
open_ref(struct reference *ref, size_t at)
{
	struct open_part *part = &ref->stack[ref->depth];

	*part = (struct open_part){ .in_header = true, .header_at = at };
	if (ref->depth > 0 && is_multipart(&top(ref)->entity))
		part->index = ++top(ref)->found->children;
	else if (ref->depth > 0)
		top(ref)->found->children++;
	ref->depth++;
}

static void
number(struct reference *ref, struct found *found)
{
	struct open_part *part = top(ref);
	struct open_part *parent = ref->depth > 1 ? part - 1 : NULL;
	bool multi = is_multipart(&part->entity);
	const char *above = parent == NULL ? "" : parent->found->path;

	if (parent != NULL && is_multipart(&parent->entity))
		snprintf(found->path, MIME_PATH_MAX, "%.140s%s%u", above,
		    above[0] == '\0' ? "" : ".", part->index);
	else if (multi)
		snprintf(found->path, MIME_PATH_MAX, "%.140s", above);
	else
		snprintf(found->path, MIME_PATH_MAX, "%.140s%s", above,
		    parent == NULL ? "1" : ".1");
}

/* The header of the innermost part ends at end; its body begins at body. */
static void
end_ref_header(struct reference *ref, size_t end, size_t body)
{
	struct open_part *part = top(ref);
	struct found *found = add_found(&ref->findings);
	struct field field;
	bool odd = false;
	size_t at = 0;

	part->found = found;
	part->in_header = false;
	part->body_at = body;
	if (end > part->header_at)
		add_octets(&found->header, ref->text + part->header_at,
		    end - part->header_at);
	entity_init(&part->entity);
	while (field_next((const char *)found->header.data, found->header.len,
	    &at, &field, &odd)) {
		odd = odd || !fold_is_clean(field.value, field.value_len);
		entity_push(&part->entity, &field);
	}
	entity_end(&part->entity);
	found->type = strdup(part->entity.type);
	found->odd = odd || part->entity.ambiguous;
	number(ref, found);
	if (part->entity.media == MEDIA_MESSAGE &&
	    part->entity.cte == CTE_IDENTITY)
		open_ref(ref, body);
}

/* The innermost part ends before text[to]. */
static void
close_ref(struct reference *ref, size_t to)
{
	struct open_part *part;

	while (top(ref)->in_header)
		end_ref_header(ref, to < ref->eol ? to : ref->eol, to);
	part = top(ref);
	part->found->ended = true;
	if (!is_multipart(&part->entity)) {
		if (part->entity.media != MEDIA_MESSAGE ||
		    part->entity.cte != CTE_IDENTITY)
			cut(ref, &part->found->octets, part->body_at, to);
	} else if (part->first_open) {
		cut(ref, &part->found->octets, part->first_at, to);
	}
	entity_done(&part->entity);
	ref->depth--;
}

/* What this line is to one multipart: 0 nothing, 'd', 'c', or '?'. */
static char
line_kind(const struct reference *ref, const struct open_part *part)
{
	const char *line = ref->text + ref->line;
	char want[LONGEST_DELIMITER];
	size_t len = ref->text_end - ref->line;
	size_t n;
	bool too_long;
	char kind = 'd';

	if (part->in_header || part->entity.boundary == NULL ||
	    !is_multipart(&part->entity))
		return 0;
	n = (size_t)snprintf(want, sizeof(want), "--%s", part->entity.boundary);
	if (len < n || memcmp(line, want, n) != 0)
		return 0;
	too_long = ref->next - ref->line > LONGEST_DELIMITER ||
	    (ref->next == ref->text_end && len == LONGEST_DELIMITER);
	if (len >= n + 2 && line[n] == '-' && line[n + 1] == '-') {
		kind = 'c';
		n += 2;
	}
	while (n < len && (line[n] == ' ' || line[n] == '\t'))
		n++;
	return n == len && !too_long ? kind : '?';
}

/* The innermost multipart whose delimiter this line is, or NULL. */
static struct open_part *
find_ref(struct reference *ref, char *kind_r)
{
	struct open_part *hit = NULL;
	char kind;

	for (size_t i = ref->depth; i-- > 0;) {
		kind = line_kind(ref, &ref->stack[i]);
		if (kind != 0 && kind != '?' && hit == NULL) {
			hit = &ref->stack[i];
			*kind_r = kind;
		} else if (kind != 0) {
			ref->stack[i].found->ambiguous = true;
		}
	}
	return hit;
}

static void
delimit_ref(struct reference *ref, struct open_part *hit, char kind)
{
	while (top(ref) != hit)
		close_ref(ref, ref->line);
	if (hit->first_open)
		cut(ref, &hit->found->octets, hit->first_at, ref->line);
	hit->first_open = false;
	if (hit->found->closed) {
		hit->found->ambiguous = true;
	} else if (kind == 'c') {
		hit->found->closed = true;
	} else {
		hit->first_open = hit->found->children == 0;
		hit->first_at = ref->next;
		open_ref(ref, ref->next);
	}
}

/* A line before or after the parts of a multipart: is it plain text? */
static bool
is_plain(const struct reference *ref)
{
	const char *line = ref->text + ref->line;
	size_t len = ref->text_end - ref->line;
	size_t with_cr = ref->next - ref->line;

	if (with_cr > len)
		with_cr--;
	if (len > 2 && memcmp(line, "--", 2) == 0 &&
	    strspn(line + 2, " \t") < len - 2)
		return false;
	return with_cr <= 900 && memchr(line, '\r', len) == NULL &&
	    memchr(line, '\0', len) == NULL;
}

static void
take_line(struct reference *ref)
{
	char kind = 0;
	struct open_part *hit = find_ref(ref, &kind);

	if (hit != NULL)
		delimit_ref(ref, hit, kind);
	else if (top(ref)->in_header && ref->text_end == ref->line &&
	    ref->next > ref->line)
		end_ref_header(ref, ref->line, ref->next);
	else if (!top(ref)->in_header && is_multipart(&top(ref)->entity) &&
	    top(ref)->entity.boundary != NULL && !is_plain(ref))
		top(ref)->found->ambiguous = true;
	ref->eol = ref->text_end;
	ref->line = ref->next;
}

static void
find_line(struct reference *ref)
{
	const char *line = ref->text + ref->line;
	const char *lf = memchr(line, '\n', ref->len - ref->line);

	ref->next = lf == NULL ? ref->len : (size_t)(lf - ref->text) + 1;
	ref->text_end = ref->next;
	if (lf != NULL)
		ref->text_end--;
	if (lf != NULL && lf > line && lf[-1] == '\r')
		ref->text_end--;
}

static struct findings
read_slowly(const char *text, size_t len)
{
	struct reference *ref = calloc(1, sizeof(*ref));
	struct findings findings;

	ref->text = text;
	ref->len = len;
	open_ref(ref, 0);
	while (ref->line < len) {
		find_line(ref);
		take_line(ref);
	}
	ref->eol = len; /* no delimiter follows, so the last EOL is content */
	while (ref->depth > 0)
		close_ref(ref, len);
	findings = ref->findings;
	free(ref);
	return findings;
}

/*
 * Comparison.
 */

static void
show(const char *title, const struct findings *findings)
{
	fprintf(stderr, "%s:\n", title);
	for (size_t i = 0; i < findings->count; i++) {
		const struct found *found = &findings->list[i];

		fprintf(stderr, " \"%s\" %s %u%s%s [%.*s][%.*s]\n", found->path,
		    found->type, found->children,
		    found->closed ? " closed" : "",
		    found->ambiguous ? " ambiguous" : "",
		    (int)found->header.len, (char *)found->header.data,
		    (int)found->octets.len, (char *)found->octets.data);
	}
}

static bool
same_octets(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool
same_found(const struct found *a, const struct found *b)
{
	return strcmp(a->path, b->path) == 0 && strcmp(a->type, b->type) == 0 &&
	    same_octets(&a->header, &b->header) &&
	    same_octets(&a->octets, &b->octets) && a->children == b->children &&
	    a->odd == b->odd && a->closed == b->closed &&
	    a->ambiguous == b->ambiguous && a->ended && b->ended;
}

static bool
same_findings(const struct findings *a, const struct findings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_found(&a->list[i], &b->list[i]))
			return false;
	return true;
}

static void
compare(void *arg, const struct chunks *chunks)
{
	const struct findings *want = arg;
	struct scan scan = new_scan();

	run_scan(&scan, chunks);
	if (!same_findings(&scan.findings, want)) {
		show("found", &scan.findings);
		show("wanted", want);
	}
	ck_assert_int_eq(scan.status, REASON_OK);
	ck_assert_msg(same_findings(&scan.findings, want),
	    "chunks of %zu and %zu", chunks->first, chunks->rest);
	free_findings(&scan.findings);
}

/*
 * A table of messages, with the expectation written by hand: what parts there
 * are, and which octets the root's first part has.
 */

#define MIXED(b) "Content-Type: multipart/mixed; boundary=\"" b "\"\r\n\r\n"
#define RFC822	 "Content-Type: message/rfc822\r\n\r\n"
#define DASHES50 "--------------------------------------------------"

static const struct message {
	const char *name;
	const char *text;
	const char *parts; /* path, "*" for a multipart, "!" if ambiguous */
	const char *first; /* of the root; NULL: it is no multipart */
} messages[] = {
	/* RFC 2046 5.1.1 */
	{ "two parts",
	    MIXED("b") "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", "* 1 2",
	    "\r\none" },
	{ "LF line ends",
	    "Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nA: b\n\none\n\n--b\n\ntwo\n--b--\n",
	    "* 1 2", "A: b\n\none\n" },
	{ "both line ends", MIXED("b") "--b\n\r\none\n\r\n--b\r\n\ntwo\n--b--",
	    "* 1 2", "\r\none\n" },
	{ "no final line end", MIXED("b") "--b\r\n\r\none\r\n--b--", "* 1",
	    "\r\none" },
	{ "no line end before the end", MIXED("b") "--b\r\n\r\none", "* 1",
	    "\r\none" },
	{ "no closing delimiter",
	    MIXED("b") "--b\r\n\r\none\r\n--b\r\n\r\n2\r\n", "* 1 2",
	    "\r\none" },
	{ "no second delimiter", MIXED("b") "--b\r\n\r\none\r\n", "* 1",
	    "\r\none\r\n" },
	{ "ends behind a delimiter", MIXED("b") "--b\r\n\r\none\r\n--b\r\n",
	    "* 1 2", "\r\none" },
	{ "ends within a delimiter", MIXED("b") "--b\r\n\r\none\r\n--b",
	    "* 1 2", "\r\none" },
	{ "ends with half a delimiter", MIXED("b") "--b\r\n\r\none\r\n--",
	    "* 1", "\r\none\r\n--" },
	{ "ends with a dash", MIXED("b") "--b\r\n\r\none\r\n-", "* 1",
	    "\r\none\r\n-" },
	{ "ends with a CR", MIXED("b") "--b\r\n\r\none\r", "* 1", "\r\none\r" },
	{ "ends with a CR behind a delimiter",
	    MIXED("b") "--b\r\n\r\n1\r\n--b\r", "*! 1", "\r\n1\r\n--b\r" },
	{ "no delimiter", MIXED("b") "only a preamble\r\n", "*", "" },
	{ "no body", "Content-Type: multipart/mixed; boundary=b\r\n", "*", "" },
	{ "only the closing delimiter", MIXED("b") "--b--\r\n", "*", "" },
	{ "nothing", "", "1", NULL },
	{ "no header", "\r\ntext\r\n--b\r\n", "1", NULL },
	{ "no blank line", "A: b\r\nC: d", "1", NULL },
	{ "preamble and epilogue",
	    MIXED("b") "before\r\n--b\r\n\r\none\r\n--b--\r\nafter\r\n", "* 1",
	    "\r\none" },
	{ "preamble of a blank line",
	    MIXED("b") "\r\n--b\r\n\r\n1\r\n--b--\r\n", "* 1", "\r\n1" },

	/* Where header and body meet. */
	{ "an empty first part", MIXED("b") "--b\r\n--b\r\n\r\n2\r\n--b--\r\n",
	    "* 1 2", "" },
	{ "a first part of one blank line",
	    MIXED("b") "--b\r\n\r\n--b\r\n\r\n2\r\n--b--\r\n", "* 1 2", "" },
	{ "a first part of two blank lines",
	    MIXED("b") "--b\r\n\r\n\r\n--b\r\n\r\n2\r\n--b--\r\n", "* 1 2",
	    "\r\n" },
	{ "a first part of three LF", MIXED("b") "--b\n\n\n\n--b--\n", "* 1",
	    "\n\n" },
	{ "a header and nothing else",
	    MIXED("b") "--b\r\nA: b\r\n--b\r\nC: d\r\n\r\n--b--\r\n", "* 1 2",
	    "A: b" },
	{ "a header and a blank line",
	    MIXED("b") "--b\r\nA: b\r\n\r\n--b--\r\n", "* 1", "A: b\r\n" },
	{ "a folded header",
	    MIXED("b") "--b\r\nA: b\r\n\tc\r\n \r\n\r\nd\r\n--b--\r\n", "* 1",
	    "A: b\r\n\tc\r\n \r\n\r\nd" },
	{ "header lines that begin with dashes",
	    MIXED("b") "--b\r\n-A: b\r\n--c\r\n---\r\n\r\none\r\n--b--\r\n",
	    "* 1", "-A: b\r\n--c\r\n---\r\n\r\none" },
	{ "a bare CR in a header",
	    MIXED("b") "--b\r\nA: b\rC\r\r\n\r\r\n\r\none\r\n--b--\r\n", "* 1",
	    "A: b\rC\r\r\n\r\r\n\r\none" },

	/* What is a delimiter. */
	{ "transport padding",
	    MIXED("b") "--b \t\r\n\r\none\r\n--b\t \t\n\r\n2\r\n--b-- \t\r\n",
	    "* 1 2", "\r\none" },
	{ "text behind a boundary",
	    MIXED("b") "--b\r\n\r\none\r\n--bc\r\n--b c\r\n--b--c\r\n--b--\r\n",
	    "*! 1", "\r\none\r\n--bc\r\n--b c\r\n--b--c" },
	{ "one dash behind a boundary",
	    MIXED("b") "--b\r\n\r\none\r\n--b-\r\n--b--\r\n", "*! 1",
	    "\r\none\r\n--b-" },
	{ "three dashes behind a boundary",
	    MIXED("b") "--b\r\n\r\none\r\n--b---\r\n--b--\r\n", "*! 1",
	    "\r\none\r\n--b---" },
	{ "a CR behind a boundary",
	    MIXED("b") "--b\r\n\r\none\r\n--b\r\r\n--b--\r\n", "*! 1",
	    "\r\none\r\n--b\r" },
	{ "a delimiter not at the start of a line",
	    MIXED("b") "--b\r\n\r\none\r\n --b\r\nx--b\r\n\r--b\r\n--b--\r\n",
	    "* 1", "\r\none\r\n --b\r\nx--b\r\n\r--b" },
	{ "too few or too many dashes",
	    MIXED(
		"b") "--b\r\n\r\none\r\n-b\r\n-xb\r\n---b\r\nb\r\n-\r\n--\r\n--b--",
	    "* 1", "\r\none\r\n-b\r\n-xb\r\n---b\r\nb\r\n-\r\n--" },
	{ "a boundary in another case",
	    MIXED("b") "--b\r\n\r\none\r\n--B\r\n--b--\r\n", "* 1",
	    "\r\none\r\n--B" },
	{ "a boundary of dashes",
	    MIXED("--") "----\r\n\r\none\r\n--\r\n---\r\n------\r\n", "* 1",
	    "\r\none\r\n--\r\n---" },
	{ "a boundary of 70 octets",
	    MIXED(DASHES50
		"12345678901234567890") "--" DASHES50
					"12345678901234567890\r\n\r\none\r\n--" DASHES50
					"12345678901234567890--\r\n",
	    "* 1", "\r\none" },
	{ "a delimiter again behind the close",
	    MIXED("b") "--b\r\n\r\n1\r\n--b--\r\n--b\r\n\r\n2\r\n--b--\r\n",
	    "*! 1", "\r\n1" },
	{ "lines of dashes",
	    MIXED("b") "--b\r\n\r\n" DASHES50 DASHES50 DASHES50 DASHES50
		DASHES50 DASHES50 "\r\n--b--\r\n",
	    "* 1",
	    "\r\n" DASHES50 DASHES50 DASHES50 DASHES50 DASHES50 DASHES50 },
	{ "lines that begin with one dash",
	    MIXED("b") "--b\r\n\r\n- one\r\n-\r\n- two\r\n--b--\r\n", "* 1",
	    "\r\n- one\r\n-\r\n- two" },
	{ "CR before and between line ends",
	    MIXED("b") "--b\r\n\r\none\r\r\n\r\n\r\r\n--b--\r\n", "* 1",
	    "\r\none\r\r\n\r\n\r" },
	{ "CR behind dashes",
	    MIXED("b") "--b\r\n\r\n-\rx\r\n--\rx\r\n--b\rx\r\n--b--\r\n",
	    "*! 1", "\r\n-\rx\r\n--\rx\r\n--b\rx" },

	/* Multiparts in multiparts. */
	{ "the first part is a multipart",
	    MIXED("b") "--b\r\n" MIXED(
		"c") "--c\r\n\r\n1.1\r\n--c\r\n\r\n1.2"
		     "\r\n--c--\r\n--b\r\n\r\n2\r\n--b--\r\n",
	    "* 1* 1.1 1.2 2",
	    MIXED("c") "--c\r\n\r\n1.1\r\n--c\r\n\r\n1.2\r\n--c--" },
	{ "and has an epilogue",
	    MIXED("b") "--b\r\n" MIXED(
		"c") "--c\r\n\r\n1.1\r\n--c-- \r\nepi\r\n"
		     "\r\n--b\r\n\r\n2\r\n--b--\r\n",
	    "* 1* 1.1 2", MIXED("c") "--c\r\n\r\n1.1\r\n--c-- \r\nepi\r\n" },
	{ "and is not closed",
	    MIXED("b") "--b\r\n" MIXED("c") "--c\r\n\r\n1.1\r\n--b\r\n\r\n2\r\n"
					    "--b--\r\n",
	    "* 1* 1.1 2", MIXED("c") "--c\r\n\r\n1.1" },
	{ "and ends behind its delimiter",
	    MIXED("b") "--b\r\n" MIXED("c") "--c\r\n--b\r\n\r\n2\r\n--b--\r\n",
	    "* 1* 1.1 2", MIXED("c") "--c" },
	{ "and has empty parts",
	    MIXED("b") "--b\r\n" MIXED("c") "--c\r\n--c\r\n\r\n--c\r\n\r\n\r\n"
					    "--c--\r\n--b--\r\n",
	    "* 1* 1.1 1.2 1.3",
	    MIXED("c") "--c\r\n--c\r\n\r\n--c\r\n\r\n\r\n--c--" },
	{ "the second part is a multipart",
	    MIXED("b") "--b\r\n\r\n1\r\n--b\r\n" MIXED(
		"c") "--c\r\n\r\n2.1\r\n"
		     "--c--\r\n--b\r\n\r\n3\r\n--b--\r\n",
	    "* 1 2* 2.1 3", "\r\n1" },
	{ "three levels",
	    MIXED("b") "--b\r\n" MIXED("c") "--c\r\n" MIXED(
		"d") "--d\n\nx\n"
		     "--d--\n--c--\n--b--\n",
	    "* 1* 1.1* 1.1.1",
	    MIXED("c") "--c\r\n" MIXED("d") "--d\n\nx\n--d--\n--c--" },
	{ "an inner boundary that extends the outer one",
	    MIXED("b") "--b\r\n" MIXED("bc") "--bc\r\n\r\n1.1\r\n--bc--\r\n"
					     "--b--\r\n",
	    "*! 1* 1.1", MIXED("bc") "--bc\r\n\r\n1.1\r\n--bc--" },
	{ "an outer boundary that extends the inner one",
	    MIXED("bc") "--bc\r\n" MIXED("b") "--b\r\n\r\n1.1\r\n--b--\r\n"
					      "--bc--\r\n",
	    "* 1*! 1.1", MIXED("b") "--b\r\n\r\n1.1\r\n--b--" },
	{ "an outer boundary like the inner close",
	    MIXED("b--") "--b--\r\n" MIXED("b") "--b\r\n\r\n1.1\r\n--b--\r\n"
						"--b----\r\n",
	    "*! 1*! 1.1", MIXED("b") "--b\r\n\r\n1.1\r\n--b--" },
	{ "the same boundary twice",
	    MIXED("b") "--b\r\n" MIXED("b") "--b\r\n\r\n1.1\r\n--b--\r\n"
					    "--b\r\n\r\n2\r\n--b--\r\n",
	    "*! 1*! 1.1",
	    MIXED("b") "--b\r\n\r\n1.1\r\n--b--\r\n--b\r\n\r\n2\r\n--b--\r\n" },

	/* RFC 3501 6.4.5 */
	{ "a message alone", RFC822 "A: b\r\n\r\ntext\r\n", "1 1.1", NULL },
	{ "a multipart in a message alone",
	    RFC822 MIXED("c") "--c\r\n\r\nx\r\n--c--\r\n", "1 1* 1.1", NULL },
	{ "a message in a message", RFC822 RFC822 "A: b\r\n\r\ntext",
	    "1 1.1 1.1.1", NULL },
	{ "a message without a header", RFC822 "\r\ntext", "1 1.1", NULL },
	{ "a message without anything", "Content-Type: message/rfc822\r\n",
	    "1 1.1", NULL },
	{ "a message with an encoding",
	    "Content-Transfer-Encoding: base64\r\n" RFC822 "QTpi\r\n", "1",
	    NULL },
	{ "RFC 3501's example",
	    MIXED(
		"a") "--a\r\n\r\n1\r\n"
		     "--a\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n"
		     "--a\r\n" RFC822 MIXED(
			 "c") "--c\r\n\r\n3.1\r\n"
			      "--c\r\nContent-Type: image/gif\r\n\r\n3.2\r\n--c--\r\n"
			      "--a\r\n" MIXED(
				  "d") "--d\r\nContent-Type: image/gif\r\n\r\n4.1\r\n"
				       "--d\r\n" RFC822 MIXED(
					   "e") "--e\r\n\r\n4.2.1\r\n"
						"--e\r\n" MIXED(
						    "f") "--f\r\n\r\n4.2.2.1\r\n--f\r\n\r\n4.2.2.2\r\n"
							 "--f--\r\n--e--\r\n--d--\r\n--a--\r\n",
	    "* 1 2 3 3* 3.1 3.2 4* 4.1 4.2 4.2* 4.2.1 4.2.2* 4.2.2.1 4.2.2.2",
	    "\r\n1" },
	{ "the first part is a message",
	    MIXED("b") "--b\r\n" RFC822 MIXED(
		"c") "--c\r\n\r\n1.1\r\n--c--\r\n"
		     "\r\n--b\r\n\r\n2\r\n--b--\r\n",
	    "* 1 1* 1.1 2", RFC822 MIXED("c") "--c\r\n\r\n1.1\r\n--c--\r\n" },
	{ "an empty message as first part",
	    MIXED("b") "--b\r\n" RFC822 "--b\r\n\r\n2\r\n--b--\r\n",
	    "* 1 1.1 2", "Content-Type: message/rfc822\r\n" },
	{ "a message cut off in its header",
	    MIXED("b") "--b\r\n" RFC822 "A: b\r\n--b--\r\n", "* 1 1.1",
	    RFC822 "A: b" },
};

/* "* 1! 2", for one line of the table. */
static void
write_parts(const struct findings *findings, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->count && n < size; i++) {
		const struct found *found = &findings->list[i];

		n += (size_t)snprintf(out + n, size - n, "%s%s%s%s",
		    i == 0 ? "" : " ", found->path,
		    strncmp(found->type, "multipart/", 10) == 0 ? "*" : "",
		    found->ambiguous ? "!" : "");
	}
}

START_TEST(cuts_as_written_by_hand)
{
	const struct message *message = &messages[_i];
	struct scan scan = new_scan();
	const struct buf *octets;
	char parts[512];

	scan_text(&scan, message->text);
	write_parts(&scan.findings, parts, sizeof(parts));
	ck_assert_msg(strcmp(parts, message->parts) == 0, "%s: %s",
	    message->name, parts);
	octets = &scan.findings.list[0].octets;
	if (message->first != NULL)
		ck_assert_msg(octets->len == strlen(message->first) &&
			(octets->len == 0 ||
			    memcmp(octets->data, message->first, octets->len) ==
				0),
		    "%s: [%.*s]", message->name, (int)octets->len,
		    (const char *)octets->data);
	free_findings(&scan.findings);
}
END_TEST

START_TEST(cuts_the_same_at_every_split)
{
	const char *text = messages[_i].text;
	size_t len = strlen(text);
	struct findings want = read_slowly(text, len);

	chunks_each(text, len, compare, &want);
	free_findings(&want);
}
END_TEST

/* Messages made of what matters, in any order. */
static const char *const pieces[] = {
	"--b",
	"--c",
	"--bc",
	"--b--",
	"--c--",
	"--",
	"-",
	"\r\n",
	"\r\n",
	"\r\n",
	"\n",
	"\r",
	" ",
	"x",
	"\r\n\r\n",
	"\r\n--b\r\n",
	"\r\n--c\r\n",
	"\r\n--b--\r\n",
	MIXED("b"),
	MIXED("c"),
	MIXED("bc"),
	RFC822,
};

static uint32_t
next_number(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

static void
check_random_message(uint32_t *state)
{
	struct buf text;
	struct findings want;
	const char *piece = MIXED("b");
	size_t count = 1 + next_number(state) % 25;
	struct chunks chunks;

	buf_init(&text, MAX_TEXT);
	for (size_t i = 0; i <= count; i++) {
		add_octets(&text, piece, strlen(piece));
		piece = pieces[next_number(state) % COUNT(pieces)];
	}
	want = read_slowly((const char *)text.data, text.len);
	chunks = (struct chunks){ .octets = text.data,
		.len = text.len,
		.first = next_number(state) % (text.len + 1),
		.rest = 1 + next_number(state) % 4 };
	compare(&want, &chunks);
	chunks.rest = text.len;
	compare(&want, &chunks);
	free_findings(&want);
	buf_done(&text);
}

START_TEST(cuts_messages_of_random_pieces_like_the_reference)
{
	uint32_t state = (uint32_t)_i;

	for (int i = 0; i < 2000; i++)
		check_random_message(&state);
}
END_TEST

START_TEST(passes_nul_and_8_bit_octets_through)
{
	static const char text[] =
	    MIXED("b") "--b\r\n\r\n\0\xff\0\r\n-\0\r\n--\0b\r\n\0--b\r\n"
		       "--b--\r\n";
	static const uint8_t first[] = "\r\n\0\xff\0\r\n-\0\r\n--\0b\r\n\0--b";
	struct findings want = read_slowly(text, sizeof(text) - 1);

	ck_assert_uint_eq(want.list[0].octets.len, sizeof(first) - 1);
	ck_assert_mem_eq(want.list[0].octets.data, first, sizeof(first) - 1);
	chunks_each(text, sizeof(text) - 1, compare, &want);
	free_findings(&want);
}
END_TEST

/* MIXED("b"), begin, so many of one octet, then end. */
static struct buf
make_long(const char *begin_with, char octet, size_t count,
    const char *end_with)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	add_octets(&text, MIXED("b"), strlen(MIXED("b")));
	add_octets(&text, begin_with, strlen(begin_with));
	for (size_t i = 0; i < count; i++)
		add_octets(&text, &octet, 1);
	add_octets(&text, end_with, strlen(end_with));
	return text;
}

static const struct {
	const char *name;
	const char *begin;
	char octet;
	size_t count;
	const char *end;
	bool ambiguous;
} longs[] = {
	{ "70000 dashes", "--b\r\n\r\n", '-', 70000, "\r\n--b--\r\n", false },
	{ "256 dashes", "--b\r\n\r\n", '-', 256, "\r\n--b--\r\n", false },
	{ "255 dashes", "--b\r\n\r\n", '-', 255, "\r\n--b--\r\n", false },
	{ "254 dashes", "--b\r\n\r\n", '-', 254, "\r\n--b--\r\n", false },
	{ "256 dashes and no end", "--b\r\n\r\n", '-', 256, "", false },
	{ "70000 letters", "--b\r\n\r\n", 'x', 70000, "\r\n--b--\r\n", false },
	{ "70000 CR", "--b\r\n\r\n", '\r', 70000, "\r\n--b--\r\n", false },
	{ "70000 LF", "--b\r\n\r\n", '\n', 70000, "\r\n--b--\r\n", false },
	{ "padding up to the limit", "--b\r\n\r\n1\r\n--b", ' ', 251, "\r\n",
	    false },
	{ "padding beyond it", "--b\r\n\r\n1\r\n--b", ' ', 252, "\r\n--b--\r\n",
	    true },
	{ "padding at the end, within", "--b\r\n\r\n1\r\n--b", ' ', 252, "",
	    false },
	{ "padding at the end, beyond", "--b\r\n\r\n1\r\n--b", ' ', 253, "",
	    true },
	{ "padding far beyond the limit", "--b\r\n\r\n1\r\n--b", ' ', 70000,
	    "\r\n--b--\r\n", true },
	{ "a header line of dashes", "--b\r\n", '-', 60000,
	    "\r\n\r\n1\r\n--b--\r\n", false },
};

START_TEST(bears_long_lines)
{
	struct buf text = make_long(longs[_i].begin, longs[_i].octet,
	    longs[_i].count, longs[_i].end);
	struct findings want = read_slowly((const char *)text.data, text.len);

	ck_assert_msg(want.list[0].ambiguous == longs[_i].ambiguous, "%s",
	    longs[_i].name);
	for (size_t size = 1; size < 4; size++)
		chunks_sized(text.data, text.len, size, compare, &want);
	chunks_sized(text.data, text.len, 255, compare, &want);
	chunks_sized(text.data, text.len, 256, compare, &want);
	chunks_sized(text.data, text.len, 65535, compare, &want);
	free_findings(&want);
	buf_done(&text);
}
END_TEST

START_TEST(numbers_parts_behind_a_prefix)
{
	struct scan scan = new_scan();
	struct mime *mime = new_mime(&scan, "2/1/");
	const char *text =
	    MIXED("b") "--b\r\n\r\n1\r\n--b\r\n" RFC822 "A: b\r\n"
		       "\r\n--b--\r\n";
	char parts[512];

	mime_push(mime, (const uint8_t *)text, strlen(text));
	mime_end(mime);
	mime_free(mime);
	write_parts(&scan.findings, parts, sizeof(parts));
	ck_assert_str_eq(parts, "2/1/* 2/1/1 2/1/2 2/1/2.1");
	free_findings(&scan.findings);

	scan = new_scan();
	mime = new_mime(&scan, "2/");
	mime_end(mime);
	mime_free(mime);
	write_parts(&scan.findings, parts, sizeof(parts));
	ck_assert_str_eq(parts, "2/1");
	free_findings(&scan.findings);
}
END_TEST

/* An entity as a milter collects it, field by field. */
static struct entity
make_entity(const char *content_type)
{
	struct field field = { .name = "Content-Type",
		.name_len = strlen("Content-Type"),
		.value = content_type,
		.value_len = strlen(content_type) };
	struct entity entity;

	entity_init(&entity);
	ck_assert(entity_push(&entity, &field));
	ck_assert(entity_end(&entity));
	return entity;
}

static void
compare_without_header(void *arg, const struct chunks *chunks)
{
	static const char type[] = "multipart/mixed; boundary=b";
	struct entity entity = make_entity(type);
	struct findings *want = arg;
	struct scan scan = new_scan();
	struct mime *mime = new_mime(&scan, "");

	mime_begin(mime, &entity);
	ck_assert_ptr_null(entity.boundary);
	chunks_feed(chunks, push, mime);
	mime_end(mime);
	mime_free(mime);
	ck_assert_uint_eq(scan.findings.list[0].header.len, 0);
	buf_done(&want->list[0].header);
	ck_assert(same_findings(&scan.findings, want));
	free_findings(&scan.findings);
}

START_TEST(begins_with_a_header_that_is_known)
{
	const char *text =
	    MIXED("b") "--b\r\n\r\n1\r\n--b\r\nA: b\r\n\r\n2\r\n--b--\r\n";
	const char *body = strstr(text, "--b");
	struct findings want = read_slowly(text, strlen(text));

	chunks_each(body, strlen(body), compare_without_header, &want);
	free_findings(&want);
}
END_TEST

/* A sink that wants nothing, and counts what it gets all the same. */
struct tally {
	size_t begun;
	size_t ended;
};

static enum mime_want
count_begin(void *arg, struct mime_part *part)
{
	struct tally *tally = arg;

	(void)part;
	tally->begun++;
	return MIME_NOTHING;
}

static void
count_octets(void *arg, struct mime_part *part, const uint8_t *octets,
    size_t len)
{
	(void)arg;
	(void)part;
	(void)octets;
	ck_abort_msg("%zu octets that nobody wanted", len);
}

static void
count_end(void *arg, struct mime_part *part)
{
	struct tally *tally = arg;

	(void)part;
	tally->ended++;
}

static const struct mime_sink tally_sink = { count_begin, count_octets,
	count_octets, count_end };

/* Scan with these limits; the status is returned. */
static enum reason
tally_text(const struct limits *limits, size_t depth, size_t *parts,
    const char *text, struct tally *tally_r)
{
	struct mime_budget budget = { .depth = depth,
		.parts = parts,
		.limits = limits };
	struct mime *mime;
	enum reason status;

	*tally_r = (struct tally){ .begun = 0 };
	mime = mime_new(&tally_sink, tally_r, "", &budget);
	mime_push(mime, (const uint8_t *)text, strlen(text));
	mime_end(mime);
	status = mime_status(mime);
	mime_free(mime);
	return status;
}

START_TEST(gives_no_octets_that_nobody_wants)
{
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	ck_assert_int_eq(tally_text(&limits, 0, &parts,
			     MIXED("b") "p\r\n--b\r\n\r\n1\r\n--b\r\n" MIXED(
				 "c") "--c\r\n\r\n2.1\r\n--c--\r\n--b--\r\n",
			     &tally),
	    REASON_OK);
	ck_assert_uint_eq(tally.begun, 4);
	ck_assert_uint_eq(tally.ended, 4);
	ck_assert_uint_eq(parts, 4);
}
END_TEST

START_TEST(stops_when_it_is_too_deep)
{
	const char *text = MIXED("b") "--b\r\n" MIXED("c") "--c\r\n" RFC822;
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	limits.max_depth = 4;
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_OK);
	ck_assert_uint_eq(tally.begun, 4);
	ck_assert_uint_eq(tally.ended, 4);

	limits.max_depth = 3;
	parts = 0;
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_TOO_DEEP);
	ck_assert_uint_eq(tally.begun, 3);
	ck_assert_uint_eq(tally.ended, 0);

	/* What surrounds the scanner counts. */
	limits.max_depth = 6;
	ck_assert_int_eq(tally_text(&limits, 2, &parts, text, &tally),
	    REASON_OK);
	ck_assert_int_eq(tally_text(&limits, 3, &parts, text, &tally),
	    REASON_TOO_DEEP);
	ck_assert_int_eq(tally_text(&limits, 6, &parts, text, &tally),
	    REASON_TOO_DEEP);
	ck_assert_uint_eq(tally.begun, 0);
}
END_TEST

START_TEST(stops_when_there_are_too_many_parts)
{
	const char *text = MIXED("b") "--b\r\n--b\r\n--b--\r\n--b--\r\n";
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	limits.max_parts = 6;
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_OK);
	/* A second scanner goes on counting, and just fits. */
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_OK);
	ck_assert_uint_eq(parts, 6);
	parts = 4;
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_TOO_MANY_PARTS);
	ck_assert_uint_eq(parts, 6);
	ck_assert_uint_eq(tally.ended, 1);
}
END_TEST

/* 19 octets of header: "A: b", CRLF, "C: " and 8 times "d", CRLF. */
static const struct {
	const char *name;
	const char *text;
} headers[] = {
	{ "in one line", "A: bcdefghijklmno\r\n\r\n" },
	{ "in two lines", "A: b\r\nC: dddddddd\r\n\r\n" },
	{ "with dashes", "--------\r\n---dddd\r\n\r\n" },
	{ "with a bare CR", "A: b\rC: ddddddddd\r\n\r\n" },
	{ "of LF", "A: b\nC: dddddddddd\n\n" },
};

START_TEST(stops_when_a_header_is_too_large)
{
	enum { HEADER = 19 };
	const char *text = headers[_i].text;
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	limits.max_header = HEADER;
	ck_assert_msg(tally_text(&limits, 0, &parts, text, &tally) == REASON_OK,
	    "%s", headers[_i].name);
	ck_assert_uint_eq(tally.ended, 1);
	limits.max_header = HEADER - 1;
	ck_assert_msg(tally_text(&limits, 0, &parts, text, &tally) ==
		REASON_HEADER_TOO_LARGE,
	    "%s", headers[_i].name);
	ck_assert_uint_eq(tally.begun, 0);
}
END_TEST

START_TEST(counts_each_header_by_itself)
{
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	limits.max_header = strlen(MIXED("b")) - 2;
	ck_assert_int_eq(tally_text(&limits, 0, &parts,
			     MIXED("b") "--b\r\n" RFC822 RFC822
					"\r\n--b\r\n" RFC822 "\r\n--b--",
			     &tally),
	    REASON_OK);
}
END_TEST

/* As many times the same, one inside the other. */
static char *
repeat(const char *text, size_t count)
{
	size_t len = strlen(text);
	char *all = malloc(count * len + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(all + i * len, text, len);
	all[count * len] = '\0';
	return all;
}

static const char *const nests[] = { MIXED("b") "--b\r\n", RFC822,
	MIXED("b") "--b\r\n" RFC822 };

START_TEST(bears_20000_levels)
{
	char *text = repeat(nests[_i], 20000);
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_TOO_DEEP);
	ck_assert_uint_eq(parts, limits.max_depth);
	free(text);
}
END_TEST

START_TEST(refuses_a_section_number_without_end)
{
	char *text = repeat(MIXED("b") "--b\r\n--b\r\n--b\r\n--b\r\n", 1000);
	size_t parts = 0;
	struct limits limits;
	struct tally tally;

	limits_default(&limits);
	limits.max_depth = 1000;
	limits.max_parts = 100000;
	ck_assert_int_eq(tally_text(&limits, 0, &parts, text, &tally),
	    REASON_TOO_DEEP);
	ck_assert_uint_lt(parts, 400);
	free(text);
}
END_TEST

START_TEST(does_nothing_more_after_a_failure)
{
	struct entity entity = make_entity("multipart/mixed; boundary=b");
	const char *text = "--b\r\n\r\n1\r\n--b--\r\n";
	struct limits limits;
	struct tally tally = { .begun = 0 };
	size_t parts = 0;
	struct mime_budget budget = { .parts = &parts, .limits = &limits };
	struct mime *mime;

	limits_default(&limits);
	limits.max_depth = 0;
	mime = mime_new(&tally_sink, &tally, "", &budget);
	mime_begin(mime, &entity);
	mime_push(mime, (const uint8_t *)text, strlen(text));
	mime_end(mime);
	ck_assert_int_eq(mime_status(mime), REASON_TOO_DEEP);
	ck_assert_uint_eq(tally.begun + tally.ended + parts, 0);
	mime_free(mime);
	ck_assert_ptr_nonnull(entity.boundary); /* not taken over */
	entity_done(&entity);
}
END_TEST

START_TEST(can_be_freed_half_way)
{
	struct scan scan = new_scan();
	struct mime *mime = new_mime(&scan, "");
	const char *text = MIXED("b") "--b\r\n" MIXED("c") "--c\r\nA: b";

	mime_push(mime, (const uint8_t *)text, strlen(text));
	mime_free(mime);
	mime_free(NULL);
	free_findings(&scan.findings);
}
END_TEST

static TCase *
cuts_case(void)
{
	TCase *tcase = tcase_create("cuts");

	tcase_add_unchecked_fixture(tcase, opinion_init, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, cuts_as_written_by_hand, 0, COUNT(messages));
	tcase_add_loop_test(tcase, cuts_the_same_at_every_split, 0,
	    COUNT(messages));
	tcase_add_loop_test(tcase,
	    cuts_messages_of_random_pieces_like_the_reference, 0, 4);
	tcase_add_test(tcase, passes_nul_and_8_bit_octets_through);
	tcase_add_loop_test(tcase, bears_long_lines, 0, COUNT(longs));
	tcase_add_test(tcase, numbers_parts_behind_a_prefix);
	tcase_add_test(tcase, begins_with_a_header_that_is_known);
	tcase_add_test(tcase, gives_no_octets_that_nobody_wants);
	tcase_add_test(tcase, can_be_freed_half_way);
	return tcase;
}

static TCase *
limits_case(void)
{
	TCase *tcase = tcase_create("limits");

	tcase_add_unchecked_fixture(tcase, opinion_init, NULL);
	tcase_add_test(tcase, stops_when_it_is_too_deep);
	tcase_add_test(tcase, stops_when_there_are_too_many_parts);
	tcase_add_loop_test(tcase, stops_when_a_header_is_too_large, 0,
	    COUNT(headers));
	tcase_add_test(tcase, counts_each_header_by_itself);
	tcase_add_loop_test(tcase, bears_20000_levels, 0, COUNT(nests));
	tcase_add_test(tcase, refuses_a_section_number_without_end);
	tcase_add_test(tcase, does_nothing_more_after_a_failure);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("mime");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cuts_case());
	suite_add_tcase(suite, limits_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
