/* SPDX-License-Identifier: ISC */
#include "milter/history/tally.h"

#include <string.h>

enum { DAY = 24 * 60 * 60 };

/* Where each thing is found again; keys are strings of the tally. */
struct tally_index {
	GStringChunk *strings; /* owned; each once */
	GHashTable *rows;
	GHashTable *days; /* by number */
	GHashTable *authors;
	GHashTable *hits;
	GHashTable *certs;
	GString *key; /* for building one */
};

static const char *
intern(struct tally *tally, const char *text)
{
	return text == NULL ?
	    NULL :
	    g_string_chunk_insert_const(tally->index->strings, text);
}

static void
stretch(time_t when, size_t messages_before, time_t *first, time_t *last)
{
	if (messages_before == 0 || when < *first)
		*first = when;
	if (messages_before == 0 || when > *last)
		*last = when;
}

/* Keys join what makes a difference; a text comes after its length. */
static void
key_begin(struct tally *tally)
{
	g_string_truncate(tally->index->key, 0);
}

static void
key_add(struct tally *tally, const char *text)
{
	if (text == NULL)
		g_string_append_c(tally->index->key, '-');
	else
		g_string_append_printf(tally->index->key, "%zu:%s",
		    strlen(text), text);
}

static void
key_add_number(struct tally *tally, int number)
{
	g_string_append_printf(tally->index->key, "%d;", number);
}

static const char *
domain_of(const char *from)
{
	const char *at = from == NULL ? NULL : strrchr(from, '@');

	return at == NULL ? "" : at + 1;
}

static void
key_add_signature(struct tally *tally, const struct hist_signature *s)
{
	key_add(tally, s->sha256);
	if (s->sha256 == NULL) {
		key_add(tally, s->identifier);
		key_add(tally, s->issuer);
	}
	key_add(tally, s->cloud_reason);
	key_add_number(tally, (int)s->on_premises);
	key_add_number(tally, (int)s->cloud);
	key_add_number(tally, (int)s->by);
	key_add_number(tally, (int)s->revocation);
	for (size_t i = 1; i < s->path_len; i++) {
		key_add(tally, s->path[i].sha256);
		key_add_number(tally, s->path[i].carried ? 1 : 0);
	}
}

static const char *
row_key(struct tally *tally, const struct hist_message *message)
{
	key_begin(tally);
	key_add(tally, domain_of(message->from));
	key_add_number(tally, (int)message->on_premises);
	key_add_number(tally, (int)message->cloud);
	for (size_t i = 0; i < message->count; i++)
		key_add_signature(tally, &message->signatures[i]);
	return tally->index->key->str;
}

static struct tally_cert *
find_cert(struct tally *tally, const struct hist_cert *cert)
{
	struct tally_cert *found;

	if (cert->sha256 == NULL)
		return NULL;
	found = g_hash_table_lookup(tally->index->certs, cert->sha256);
	if (found != NULL)
		return found;
	found = g_new0(struct tally_cert, 1);
	found->sha256 = intern(tally, cert->sha256);
	found->subject = intern(tally, cert->subject);
	found->not_after = cert->not_after;
	found->has_not_after = cert->has_not_after;
	g_hash_table_insert(tally->index->certs, g_strdup(cert->sha256), found);
	g_ptr_array_add(tally->certs, found);
	return found;
}

static void
set_signature(struct tally *tally, const struct hist_signature *from,
    struct tally_signature *to)
{
	*to = (struct tally_signature){
		.identifier = intern(tally, from->identifier),
		.issuer = intern(tally, from->issuer),
		.sha256 = intern(tally, from->sha256),
		.cloud_reason = intern(tally, from->cloud_reason),
		.on_premises = from->on_premises,
		.cloud = from->cloud,
		.revocation = from->revocation,
		.by = from->by,
		.path_len = from->path_len,
	};
	for (size_t i = 0; i < from->path_len; i++) {
		to->path[i].cert = find_cert(tally, &from->path[i]);
		to->path[i].carried = from->path[i].carried;
		if (to->path[i].cert == NULL)
			continue;
		if (i == 0)
			to->path[i].cert->is_leaf = true;
		if (i == from->path_len - 1)
			to->path[i].cert->is_anchor = true;
	}
}

static struct tally_row *
add_row(struct tally *tally, const char *key,
    const struct hist_message *message)
{
	struct tally_row *row = g_new0(struct tally_row, 1);

	row->domain = intern(tally, domain_of(message->from));
	row->on_premises = message->on_premises;
	row->cloud = message->cloud;
	row->signatures = g_new0(struct tally_signature, message->count);
	row->count = message->count;
	for (size_t i = 0; i < message->count; i++)
		set_signature(tally, &message->signatures[i],
		    &row->signatures[i]);
	g_hash_table_insert(tally->index->rows, g_strdup(key), row);
	g_ptr_array_add(tally->rows, row);
	return row;
}

static void
note_use(const struct tally_row *row, time_t when)
{
	for (size_t i = 0; i < row->count; i++)
		for (size_t k = 0; k < row->signatures[i].path_len; k++) {
			struct tally_cert *cert =
			    row->signatures[i].path[k].cert;

			if (cert == NULL)
				continue;
			cert->messages++;
			if (cert->last < when)
				cert->last = when;
		}
}

/* Each of these is false for a message beyond the limits. */
static bool
add_to_row(struct tally *tally, const struct hist_message *message)
{
	const char *key = row_key(tally, message);
	struct tally_row *row = g_hash_table_lookup(tally->index->rows, key);

	if (row == NULL && tally->rows->len >= TALLY_MAX)
		return false;
	if (row == NULL)
		row = add_row(tally, key, message);
	stretch(message->time, row->messages, &row->first, &row->last);
	row->messages++;
	note_use(row, message->time);
	return true;
}

static bool
add_to_day(struct tally *tally, const struct hist_message *message)
{
	long number = (long)(message->time / DAY) - (message->time % DAY < 0);
	struct tally_day *day = g_hash_table_lookup(tally->index->days,
	    GINT_TO_POINTER((int)number));

	if (day == NULL && tally->days->len >= TALLY_MAX_DAYS)
		return false;
	if (day == NULL) {
		day = g_new0(struct tally_day, 1);
		day->number = number;
		g_hash_table_insert(tally->index->days,
		    GINT_TO_POINTER((int)number), day);
		g_ptr_array_add(tally->days, day);
	}
	day->signed_mail++;
	day->on_premises += message->on_premises == RESULT_PASS;
	day->cloud += message->cloud == RESULT_PASS;
	day->differ += message->on_premises != message->cloud;
	return true;
}

static struct tally_author *
find_author(struct tally *tally, const char *from)
{
	struct tally_author *author =
	    g_hash_table_lookup(tally->index->authors, from);

	if (author != NULL)
		return author;
	if (tally->authors->len >= TALLY_MAX)
		return NULL;
	author = g_new0(struct tally_author, 1);
	author->from = intern(tally, from);
	g_hash_table_insert(tally->index->authors, g_strdup(from), author);
	g_ptr_array_add(tally->authors, author);
	return author;
}

static bool
add_to_author(struct tally *tally, const struct hist_message *message)
{
	struct tally_author *author;
	bool is_unsigned = message->result == RESULT_NONE;

	/* What does not pass proves nothing about who wrote it. */
	if (message->from == NULL ||
	    (!is_unsigned && message->on_premises != RESULT_PASS))
		return true;
	author = find_author(tally, message->from);
	if (author == NULL)
		return false;
	if (is_unsigned) {
		stretch(message->time, author->unsigned_mail,
		    &author->first_unsigned, &author->last_unsigned);
		author->unsigned_mail++;
		return true;
	}
	stretch(message->time, author->passed, &author->first_signed,
	    &author->last_signed);
	author->passed++;
	return true;
}

static bool
add_to_hit(struct tally *tally, const struct hist_message *message)
{
	const char *from = message->from == NULL ? "" : message->from;
	struct tally_hit *hit;

	key_begin(tally);
	key_add(tally, message->policy);
	key_add(tally, message->stage);
	key_add(tally, message->would);
	key_add(tally, message->action);
	key_add(tally, message->reason);
	key_add(tally, from);
	hit = g_hash_table_lookup(tally->index->hits, tally->index->key->str);
	if (hit == NULL && tally->hits->len >= TALLY_MAX)
		return false;
	if (hit == NULL) {
		hit = g_new0(struct tally_hit, 1);
		hit->policy = intern(tally, message->policy);
		hit->stage = intern(tally, message->stage);
		hit->would = intern(tally, message->would);
		hit->action = intern(tally, message->action);
		hit->reason = intern(tally, message->reason);
		hit->from = intern(tally, from);
		g_hash_table_insert(tally->index->hits,
		    g_strdup(tally->index->key->str), hit);
		g_ptr_array_add(tally->hits, hit);
	}
	stretch(message->time, hit->messages, &hit->first, &hit->last);
	hit->messages++;
	return true;
}

struct tally *
tally_new(void)
{
	struct tally *tally = g_new0(struct tally, 1);
	struct tally_index *index = g_new0(struct tally_index, 1);

	tally->rows = g_ptr_array_new();
	tally->days = g_ptr_array_new_with_free_func(g_free);
	tally->authors = g_ptr_array_new_with_free_func(g_free);
	tally->hits = g_ptr_array_new_with_free_func(g_free);
	tally->certs = g_ptr_array_new_with_free_func(g_free);
	tally->hosts =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	tally->index = index;
	index->strings = g_string_chunk_new(64 * 1024);
	index->rows =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	index->days = g_hash_table_new(NULL, NULL);
	index->authors =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	index->hits =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	index->certs =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	index->key = g_string_new(NULL);
	return tally;
}

static void
add_signed(struct tally *tally, const struct hist_message *message)
{
	tally->messages++;
	tally->on_premises[message->on_premises]++;
	tally->cloud[message->cloud]++;
	for (size_t i = 0; i < message->count; i++)
		tally->revocation[message->signatures[i].revocation]++;
}

static bool
is_signed(const struct hist_message *message)
{
	return message->result != RESULT_NONE &&
	    message->result != RESULT_ABSENT;
}

void
tally_add(struct tally *tally, const struct hist_message *message)
{
	bool within = true;

	stretch(message->time,
	    tally->messages + tally->unsigned_mail + tally->encrypted,
	    &tally->first, &tally->last);
	if (message->host != NULL &&
	    g_hash_table_size(tally->hosts) < TALLY_MAX_HOSTS &&
	    !g_hash_table_contains(tally->hosts, message->host))
		g_hash_table_add(tally->hosts, g_strdup(message->host));
	if (is_signed(message)) {
		add_signed(tally, message);
		within = add_to_row(tally, message) && within;
		within = add_to_day(tally, message) && within;
	} else if (message->result == RESULT_NONE) {
		tally->unsigned_mail++;
	} else {
		tally->encrypted++;
	}
	within = add_to_author(tally, message) && within;
	if (message->policy != NULL)
		within = add_to_hit(tally, message) && within;
	tally->left_out += within ? 0 : 1;
}

void
tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	for (guint i = 0; i < tally->rows->len; i++) {
		struct tally_row *row = g_ptr_array_index(tally->rows, i);

		g_free(row->signatures);
		g_free(row);
	}
	g_ptr_array_free(tally->rows, TRUE);
	g_ptr_array_free(tally->days, TRUE);
	g_ptr_array_free(tally->authors, TRUE);
	g_ptr_array_free(tally->hits, TRUE);
	g_ptr_array_free(tally->certs, TRUE);
	g_hash_table_destroy(tally->hosts);
	g_hash_table_destroy(tally->index->rows);
	g_hash_table_destroy(tally->index->days);
	g_hash_table_destroy(tally->index->authors);
	g_hash_table_destroy(tally->index->hits);
	g_hash_table_destroy(tally->index->certs);
	g_string_chunk_free(tally->index->strings);
	g_string_free(tally->index->key, TRUE);
	g_free(tally->index);
	g_free(tally);
}

bool
tally_has_stopped(const struct tally_author *author)
{
	return author->passed > 0 && author->unsigned_mail > 0 &&
	    author->first_unsigned > author->last_signed;
}
