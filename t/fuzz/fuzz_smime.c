/* SPDX-License-Identifier: ISC */
/*
 * The first octet is the size of the pieces, the others are a message.  In
 * pieces it must get the verdict that the whole gets, nobody vouches for it,
 * and so it must never pass.
 */
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "smime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1767225600 /* 2026-01-01 */ };

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
check_signature(const struct signature *s, const struct verdict *verdict)
{
	if (s->part == NULL || s->part[0] == '\0' || s->detail == NULL ||
	    s->result == RESULT_PASS || s->trust != TRUST_NONE ||
	    s->anchor != NULL || s->result != reason_result(s->reason) ||
	    (s->outermost && s->result > verdict->result))
		abort();
}

static void
check(const struct verdict *verdict)
{
	if (verdict->result == RESULT_PASS || verdict->trust != TRUST_NONE ||
	    verdict->result != reason_result(verdict->reason) ||
	    verdict->signature_count >
		limits.max_signatures * limits.max_signers)
		abort();
	for (size_t i = 0; i < TRUST_MODES; i++)
		if (verdict->mode_result[i] == RESULT_PASS)
			abort();
	for (size_t i = 0; i < verdict->signature_count; i++)
		check_signature(&verdict->signatures[i], verdict);
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
		trust = trust_new(TRUST_EXCHANGE_2013_SP1, NULL, NULL, NULL);
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
