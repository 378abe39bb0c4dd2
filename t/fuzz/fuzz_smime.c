/* SPDX-License-Identifier: ISC */
/*
 * The first octet is the size of the pieces, the others are a message.  In
 * pieces it must get the verdict that the whole gets.  Who may vouch is as for
 * the messages of t/data, so that a pass is within reach: it must then have
 * all five facts on its side.
 */
#include <stdlib.h>
#include <string.h>

#include "smime/mime/field.h"
#include "smime/smime.h"
#include "smime/store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1793491200 /* 2026-11-01, as in t/data/judge.sh */ };

/* Small enough that inputs of a fuzzer's size cross each of them. */
static const struct limits limits = {
	.max_message = 64 * 1024,
	.max_depth = 6,
	.max_parts = 20,
	.max_header = 512,
	.max_cms = 8192,
	.max_signatures = 4,
	.max_signers = 2,
	.max_certs = 4,
	.max_expanded = 64 * 1024,
	.max_ratio = 20,
	.rehash = 256,
};

static size_t
push_header(struct smime *smime, const uint8_t *data, size_t size)
{
	struct field field;
	bool odd = false;
	size_t at = 0;

	while (field_next((const char *)data, size, &at, &field, &odd))
		smime_push_field(smime, field.name, field.name_len, field.value,
		    field.value_len);
	smime_end_header(smime);
	return at;
}

static struct smime *
push(const uint8_t *data, size_t size, size_t piece)
{
	struct rules rules;
	struct smime *smime;
	size_t at, n;

	rules_default(&rules);
	smime = smime_new(NULL, &limits, &rules);
	if (smime == NULL)
		abort();
	for (at = push_header(smime, data, size); at < size; at += n) {
		n = piece < size - at ? piece : size - at;
		smime_push_body(smime, data + at, n);
	}
	return smime;
}

static void
demand(bool claim)
{
	if (!claim)
		abort();
}

static void
check_signature(const struct signature *s, const struct verdict *verdict)
{
	demand(s->part != NULL && s->part[0] != '\0' && s->detail != NULL);
	demand(s->result == reason_result(s->reason));
	demand(!s->outermost || s->result <= verdict->result);
	demand(s->trust != TRUST_NONE || s->result != RESULT_PASS);
	demand((s->trust != TRUST_NONE) == (s->anchor != NULL));
	if (s->result != RESULT_PASS)
		return;
	demand(s->outermost && s->integrity == INTEGRITY_GOOD);
	demand(s->identity == IDENTITY_MATCH && s->coverage == COVERAGE_WHOLE);
}

static void
check(const struct verdict *verdict)
{
	demand(verdict->result == reason_result(verdict->reason));
	demand(verdict->signature_count <=
	    limits.max_signatures * limits.max_signers);
	for (size_t i = 0; i < verdict->signature_count; i++)
		check_signature(&verdict->signatures[i], verdict);
	if (verdict->result != RESULT_PASS)
		return;
	demand(verdict->scope == COVERAGE_WHOLE && verdict->from != NULL);
	demand(verdict->signature_count > 0);
	demand(verdict->signatures[0].outermost);
}

static void
compare(const struct verdict *a, const struct verdict *b)
{
	if (a->reason != b->reason || a->scope != b->scope ||
	    a->encrypted != b->encrypted ||
	    a->signature_count != b->signature_count)
		abort();
	for (size_t i = 0; i < a->signature_count; i++)
		if (a->signatures[i].reason != b->signatures[i].reason ||
		    strcmp(a->signatures[i].part, b->signatures[i].part) != 0)
			abort();
}

static struct store *
load(const char *path)
{
	struct store *store = store_new(NULL, NULL, NULL);
	char *error;

	demand(store != NULL && store_add_path(store, path, &error));
	return store;
}

static struct trust *
load_trust(void)
{
	struct trust *trust = trust_new(TRUST_EXCHANGE_2013_SP1,
	    load(SRCDIR "/t/data/collection.sst"),
	    load(SRCDIR "/t/data/local.pem"), NULL);

	demand(trust != NULL);
	return trust;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trust *trust;
	struct smime *whole, *pieces;
	const struct verdict *verdict;

	if (size == 0)
		return 0;
	if (trust == NULL) {
		smime_init();
		trust = load_trust();
	}
	whole = push(data + 1, size - 1, size);
	pieces = push(data + 1, size - 1, data[0] + (size_t)1);
	verdict = smime_finish(whole, trust, NOW);
	check(verdict);
	compare(verdict, smime_finish(pieces, trust, NOW));
	smime_free(whole);
	smime_free(pieces);
	return 0;
}
