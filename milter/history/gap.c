/* SPDX-License-Identifier: ISC */
#include "milter/history/gap.h"

#include <string.h>

/* What a group has seen, while it is counted. */
struct gap_sets {
	GHashTable *signers;
	GHashTable *domains;	      /* name to struct gap_domain */
	const struct tally_row *last; /* that was added */
};

/* Groups of one kind, as they are found. */
struct groups {
	GHashTable *index; /* name to struct gap_group */
	GPtrArray *list;
};

static bool
read_hex(const char *text, uint8_t octets_r[CERT_SHA256_LEN])
{
	for (size_t i = 0; i < CERT_SHA256_LEN; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value(text[2 * i + 1]);

		if (low < 0)
			return false;
		octets_r[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

const struct store_cert *
gap_find(const struct store *store, const char *sha256)
{
	uint8_t hash[CERT_SHA256_LEN];

	return sha256 != NULL && read_hex(sha256, hash) ?
	    store_find(store, hash) :
	    NULL;
}

enum holds { HOLDS_NO, HOLDS_YES, HOLDS_UNKNOWN };

/* Does that collection make a certificate of a path what it has to be? */
static enum holds
link_holds(const struct tally_link *link, bool is_anchor,
    const struct store *with)
{
	const struct store_cert *found;

	if (link->cert == NULL)
		return HOLDS_UNKNOWN;
	found = gap_find(with, link->cert->sha256);
	if (found == NULL)
		return link->carried && !is_anchor ? HOLDS_YES : HOLDS_NO;
	if (found->verdict != REASON_OK ||
	    (is_anchor && found->role != CERT_ROLE_ANCHOR))
		return HOLDS_NO;
	if (found->has_not_before || found->constraints != NULL)
		return HOLDS_UNKNOWN;
	return HOLDS_YES;
}

/* Does it refuse the signer's own certificate?  Of a hash nobody can tell. */
static bool
refuses_leaf(const struct tally_link *leaf, const struct store *with)
{
	const struct store_cert *found =
	    leaf->cert == NULL ? NULL : gap_find(with, leaf->cert->sha256);

	return found != NULL && found->verdict != REASON_OK;
}

/*
 * Does it disallow an authority of that name?  Then it disallows each of its
 * certificates that has the same key, and the key is not in a history.
 */
static bool
may_disallow(const struct tally_link *link, const struct store *with)
{
	const struct store_cert *certs;
	size_t count;
	bool same = false;

	certs = store_certs(with, &count);
	for (size_t i = 0; !same && i < count; i++) {
		char *name;

		if (certs[i].verdict != REASON_ROOT_DISALLOWED)
			continue;
		name = cert_name(X509_get_subject_name(certs[i].cert));
		same = name == NULL || link->cert->subject == NULL ||
		    strcmp(name, link->cert->subject) == 0;
		free(name);
	}
	return same;
}

/* A signer that is its own anchor, or is listed, is not replayed. */
static enum holds
path_holds(const struct tally_signature *s, const struct store *with)
{
	enum holds all = HOLDS_YES;

	if (s->path_len < 2)
		return HOLDS_UNKNOWN;
	if (refuses_leaf(&s->path[0], with))
		return HOLDS_NO;
	/* The leaf is held by its issuer. */
	for (size_t i = 1; i < s->path_len; i++) {
		enum holds one =
		    link_holds(&s->path[i], i == s->path_len - 1, with);

		if (one == HOLDS_NO)
			return HOLDS_NO;
		if (one == HOLDS_UNKNOWN || may_disallow(&s->path[i], with))
			all = HOLDS_UNKNOWN;
	}
	return all;
}

/* One that was untrusted might be found in the other collection. */
static bool
is_for_lack_of_trust(const struct tally_signature *s)
{
	static const enum reason reasons[] = { REASON_UNTRUSTED,
		REASON_INTERMEDIATE_MISSING };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (s->cloud_reason != NULL &&
		    strcmp(s->cloud_reason, reason_token(reasons[i])) == 0)
			return true;
	return false;
}

static enum result
replay_signature(const struct tally_signature *s, const struct store *with,
    bool *unknown_r)
{
	if (s->path_len == 0) {
		if (is_for_lack_of_trust(s))
			*unknown_r = true;
		return s->cloud;
	}
	switch (path_holds(s, with)) {
	case HOLDS_YES:
		return s->by == TRUST_BY_LOCAL ? s->on_premises : s->cloud;
	case HOLDS_NO:
		/* Without a path, a listed signer vouches for itself. */
		if (s->by == TRUST_BY_LOCAL && s->cloud == RESULT_PASS)
			break;
		return s->cloud == RESULT_PASS ? RESULT_POLICY : s->cloud;
	case HOLDS_UNKNOWN:
		break;
	}
	*unknown_r = true;
	return s->cloud;
}

enum result
gap_replay(const struct tally_row *row, const struct store *with,
    bool *unknown_r)
{
	enum result result = RESULT_ABSENT;

	if (row->count == 0)
		return row->cloud;
	for (size_t i = 0; i < row->count; i++)
		result = result_worse(result,
		    replay_signature(&row->signatures[i], with, unknown_r));
	return result;
}

/* What the cloud says of it, with another collection if there is one. */
static enum result
in_cloud(const struct tally_signature *s, const struct store *with)
{
	bool unknown;

	return with == NULL ? s->cloud : replay_signature(s, with, &unknown);
}

const struct tally_signature *
gap_blame(const struct tally_row *row, const struct store *with)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->signatures[i].on_premises !=
		    in_cloud(&row->signatures[i], with))
			return &row->signatures[i];
	for (size_t i = 0; i < row->count; i++)
		if (row->signatures[i].cloud == row->cloud)
			return &row->signatures[i];
	return row->signatures;
}

static void
groups_init(struct groups *groups)
{
	groups->index = g_hash_table_new(g_str_hash, g_str_equal);
	groups->list = g_ptr_array_new();
}

static struct gap_group *
find_group(struct groups *groups, const char *name, const char *key)
{
	struct gap_group *group = g_hash_table_lookup(groups->index, key);

	if (group != NULL)
		return group;
	group = g_new0(struct gap_group, 1);
	group->name = name;
	group->domains = g_ptr_array_new_with_free_func(g_free);
	group->sets = g_new0(struct gap_sets, 1);
	group->sets->signers = g_hash_table_new(g_str_hash, g_str_equal);
	group->sets->domains = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_insert(groups->index, (gpointer)(uintptr_t)key, group);
	g_ptr_array_add(groups->list, group);
	return group;
}

static void
add_domain(struct gap_group *group, const char *name, size_t messages)
{
	struct gap_domain *domain =
	    g_hash_table_lookup(group->sets->domains, name);

	if (domain == NULL) {
		domain = g_new0(struct gap_domain, 1);
		domain->name = name;
		g_hash_table_insert(group->sets->domains,
		    (gpointer)(uintptr_t)name, domain);
		g_ptr_array_add(group->domains, domain);
	}
	domain->messages += messages;
}

static const char *
signer_of(const struct tally_signature *s)
{
	if (s == NULL)
		return "";
	if (s->sha256 != NULL)
		return s->sha256;
	return s->identifier != NULL ? s->identifier : "";
}

/* A row counts once, however many of its signatures are to blame. */
static void
add_to_group(struct gap_group *group, const struct tally_row *row,
    const struct tally_signature *blame)
{
	g_hash_table_add(group->sets->signers,
	    (gpointer)(uintptr_t)signer_of(blame));
	group->signers = g_hash_table_size(group->sets->signers);
	if (group->sets->last == row)
		return;
	group->sets->last = row;
	if (group->messages == 0 || row->first < group->first)
		group->first = row->first;
	if (group->messages == 0 || row->last > group->last)
		group->last = row->last;
	group->messages += row->messages;
	add_domain(group, row->domain, row->messages);
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static void
add_by_anchor(struct groups *groups, const struct tally_row *row,
    const struct tally_signature *blame)
{
	const struct tally_cert *anchor = NULL;
	struct gap_group *group;

	if (blame != NULL && blame->path_len > 0)
		anchor = blame->path[blame->path_len - 1].cert;
	group =
	    find_group(groups, anchor == NULL ? "" : or_empty(anchor->subject),
		anchor == NULL ? "" : anchor->sha256);
	group->cert = anchor;
	group->sha256 = anchor == NULL ? NULL : anchor->sha256;
	add_to_group(group, row, blame);
}

static void
add_by_name(struct groups *groups, const char *name,
    const struct tally_row *row, const struct tally_signature *blame)
{
	name = or_empty(name);
	add_to_group(find_group(groups, name, name), row, blame);
}

static gint
by_domain_messages(gconstpointer a, gconstpointer b)
{
	const struct gap_domain *one = *(struct gap_domain *const *)a;
	const struct gap_domain *other = *(struct gap_domain *const *)b;

	if (one->messages != other->messages)
		return one->messages < other->messages ? 1 : -1;
	return strcmp(one->name, other->name);
}

static gint
by_messages(gconstpointer a, gconstpointer b)
{
	const struct gap_group *one = *(struct gap_group *const *)a;
	const struct gap_group *other = *(struct gap_group *const *)b;

	if (one->messages != other->messages)
		return one->messages < other->messages ? 1 : -1;
	return strcmp(one->name, other->name);
}

static GPtrArray *
groups_finish(struct groups *groups)
{
	for (guint i = 0; i < groups->list->len; i++) {
		struct gap_group *group = g_ptr_array_index(groups->list, i);

		g_ptr_array_sort(group->domains, by_domain_messages);
		g_hash_table_destroy(group->sets->signers);
		g_hash_table_destroy(group->sets->domains);
		g_free(group->sets);
		group->sets = NULL;
	}
	g_ptr_array_sort(groups->list, by_messages);
	g_hash_table_destroy(groups->index);
	return groups->list;
}

struct kinds {
	struct groups anchors, issuers, domains;
};

static void
add_row(struct gap *gap, struct kinds *kinds, const struct tally_row *row,
    const struct store *with)
{
	const struct tally_signature *blame = gap_blame(row, with);
	enum result cloud = row->cloud;
	bool unknown = false;

	if (with != NULL)
		cloud = gap_replay(row, with, &unknown);
	gap->unknown += unknown ? row->messages : 0;
	gap->cloud[cloud] += row->messages;
	gap->changed += cloud != row->cloud ? row->messages : 0;
	if (cloud == row->on_premises)
		return;
	gap->messages += row->messages;
	if (row->on_premises == RESULT_PASS)
		gap->loses += row->messages;
	add_by_anchor(&kinds->anchors, row, blame);
	add_by_name(&kinds->issuers, blame == NULL ? NULL : blame->issuer, row,
	    blame);
	add_by_name(&kinds->domains, row->domain, row, blame);
}

struct gap *
gap_new(const struct tally *tally, const struct store *with)
{
	struct gap *gap = g_new0(struct gap, 1);
	struct kinds kinds;

	groups_init(&kinds.anchors);
	groups_init(&kinds.issuers);
	groups_init(&kinds.domains);
	for (guint i = 0; i < tally->rows->len; i++)
		add_row(gap, &kinds, g_ptr_array_index(tally->rows, i), with);
	gap->by_anchor = groups_finish(&kinds.anchors);
	gap->by_issuer = groups_finish(&kinds.issuers);
	gap->by_domain = groups_finish(&kinds.domains);
	return gap;
}

void
gap_groups_free(GPtrArray *groups)
{
	for (guint i = 0; i < groups->len; i++) {
		struct gap_group *group = g_ptr_array_index(groups, i);

		g_ptr_array_free(group->domains, TRUE);
		g_free(group);
	}
	g_ptr_array_free(groups, TRUE);
}

static bool
is_needed(const struct tally_link *link, bool is_anchor,
    const struct store *have)
{
	const struct store_cert *found;

	if (link->cert == NULL || (link->carried && !is_anchor))
		return false;
	found = have == NULL ? NULL : gap_find(have, link->cert->sha256);
	return found == NULL || found->verdict != REASON_OK;
}

static void
add_needs(struct groups *groups, const struct tally_row *row,
    const struct tally_signature *s, const struct store *have)
{
	/* The signer's own certificate is kept nowhere. */
	for (size_t i = 1; i < s->path_len; i++) {
		const struct tally_link *link = &s->path[i];
		struct gap_group *group;

		if (!is_needed(link, i == s->path_len - 1, have))
			continue;
		group = find_group(groups, or_empty(link->cert->subject),
		    link->cert->sha256);
		group->cert = link->cert;
		group->sha256 = link->cert->sha256;
		add_to_group(group, row, s);
	}
}

GPtrArray *
gap_needed(const struct tally *tally, const struct store *have)
{
	struct groups groups;

	groups_init(&groups);
	for (guint i = 0; i < tally->rows->len; i++) {
		const struct tally_row *row = g_ptr_array_index(tally->rows, i);

		for (size_t k = 0; k < row->count; k++) {
			const struct tally_signature *s = &row->signatures[k];

			if (s->by == TRUST_BY_LOCAL &&
			    s->on_premises != s->cloud)
				add_needs(&groups, row, s, have);
		}
	}
	return groups_finish(&groups);
}

void
gap_free(struct gap *gap)
{
	if (gap == NULL)
		return;
	gap_groups_free(gap->by_anchor);
	gap_groups_free(gap->by_issuer);
	gap_groups_free(gap->by_domain);
	g_free(gap);
}
