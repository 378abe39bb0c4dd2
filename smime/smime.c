/* SPDX-License-Identifier: ISC */
#include "smime/smime.h"

#include <stdlib.h>

#include "smime/cms/seal.h"
#include "smime/judge.h"
#include "smime/mime/entity.h"
#include "smime/mime/field.h"
#include "smime/mime/fold.h"
#include "smime/mime/from.h"
#include "smime/mime/mailbox.h"
#include "smime/mime/opinion.h"
#include "smime/nomem.h"
#include "smime/verifier.h"

struct smime {
	OSSL_LIB_CTX *libctx; /* borrowed from the caller of smime_new() */
	struct limits limits;
	struct rules rules;
	struct budget budget;
	struct verifier *verifier; /* borrowed; may be NULL */
	bool wants_path;
	struct entity root;
	struct author author;
	unsigned int froms;    /* From fields seen */
	unsigned int types;    /* Content-Type fields seen */
	bool stray;	       /* a field holds what may begin another */
	struct seal *seal;     /* owned */
	struct judge **judges; /* owned, judge_count of them */
	size_t judge_count;
	size_t octets; /* of the body */
	bool body_matters;
	enum reason failure;	 /* REASON_OK, or what stopped us */
	struct verdict fallback; /* for when there is no memory for a judge */
};

static void
fail(struct smime *smime, enum reason reason)
{
	if (smime->failure == REASON_OK)
		smime->failure = reason;
}

static enum reason
from_reason(enum from_status status)
{
	switch (status) {
	case FROM_OK:
		return REASON_OK;
	case FROM_AMBIGUOUS:
		return REASON_FROM_AMBIGUOUS;
	case FROM_DISPLAY_NAME:
		return REASON_FROM_DISPLAY_NAME;
	case FROM_NOMEM:
		return REASON_TEMP_NOMEM;
	}
	return REASON_FROM_AMBIGUOUS;
}

/* RFC 5322 3.6: one From field; with a second, nobody knows the author. */
static void
push_from(struct smime *smime, const struct field *field)
{
	struct author *author = &smime->author;

	if (++smime->froms > 1) {
		mailbox_done(&author->mailbox);
		author->reason = REASON_FROM_AMBIGUOUS;
		return;
	}
	author->reason = from_reason(
	    from_read(field->value, field->value_len, &author->mailbox));
	if (author->reason == REASON_TEMP_NOMEM)
		fail(smime, REASON_TEMP_NOMEM);
}

static const struct verdict *
without_judge(struct smime *smime, enum reason reason)
{
	smime->fallback = (struct verdict){
		.reason = reason,
		.result = reason_result(reason),
		.scope = COVERAGE_WHOLE,
	};
	for (size_t i = 0; i < TRUST_MODES; i++)
		smime->fallback.mode_result[i] = smime->fallback.result;
	return &smime->fallback;
}

static enum reason
status_of(const struct smime *smime)
{
	if (smime->failure != REASON_OK)
		return smime->failure;
	if (seal_status(smime->seal) != REASON_OK)
		return seal_status(smime->seal);
	/* Some reader sees other fields than we do. */
	if (smime->stray)
		return REASON_HEADER_AMBIGUOUS;
	/* By another of its types the message may well be signed. */
	if (smime->types > 1 && seal_count(smime->seal) == 0)
		return REASON_HEADER_AMBIGUOUS;
	return REASON_OK;
}

/* What to say when no signature is found: is there any to be seen? */
static enum reason
unsigned_why(const struct smime *smime)
{
	if (seal_is_encrypted(smime->seal))
		return REASON_ENCRYPTED;
	if (seal_has_tnef(smime->seal))
		return REASON_TNEF;
	return REASON_UNSIGNED;
}

void
smime_init(void)
{
	nomem_watch();
	opinion_init();
}

struct smime *
smime_new(OSSL_LIB_CTX *libctx, const struct limits *limits,
    const struct rules *rules)
{
	struct smime *smime = calloc(1, sizeof(*smime));

	if (smime == NULL)
		return NULL;
	smime->libctx = libctx;
	smime->limits = *limits;
	smime->rules = *rules;
	smime->author.reason = REASON_NO_FROM;
	entity_init(&smime->root);
	smime->seal = seal_new(libctx, &smime->limits);
	if (smime->seal == NULL) {
		smime_free(smime);
		return NULL;
	}
	return smime;
}

void
smime_set_budget(struct smime *smime, const struct budget *budget)
{
	smime->budget = *budget;
}

void
smime_set_verifier(struct smime *smime, struct verifier *verifier)
{
	smime->verifier = verifier;
}

void
smime_want_path(struct smime *smime)
{
	smime->wants_path = true;
}

/* No verdict is to be believed that was found while memory was lacking. */
static void
check_memory(struct smime *smime, unsigned long failed_before)
{
	if (nomem_count() != failed_before)
		fail(smime, REASON_TEMP_NOMEM);
}

void
smime_push_field(struct smime *smime, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	struct field field = { name, name_len, value, value_len };
	unsigned long failed = nomem_count();

	/* RFC 5322 4.5.3: white space before the colon, in old mail. */
	while (field.name_len > 0 &&
	    (name[field.name_len - 1] == ' ' ||
		name[field.name_len - 1] == '\t'))
		field.name_len--;
	if (!fold_is_clean(value, value_len))
		smime->stray = true;
	if (field_is(&field, "Content-Type"))
		smime->types++;
	if (field_is(&field, "From"))
		push_from(smime, &field);
	else if (!entity_push(&smime->root, &field))
		fail(smime, REASON_TEMP_NOMEM);
	check_memory(smime, failed);
}

bool
smime_end_header(struct smime *smime)
{
	unsigned long failed = nomem_count();

	if (!entity_end(&smime->root)) {
		fail(smime, REASON_TEMP_NOMEM);
		return false;
	}
	smime->body_matters = seal_begin(smime->seal, &smime->root);
	check_memory(smime, failed);
	return smime->body_matters;
}

void
smime_push_body(struct smime *smime, const uint8_t *octets, size_t len)
{
	unsigned long failed = nomem_count();

	if (!smime->body_matters || smime->failure != REASON_OK)
		return;
	if (len > smime->limits.max_message - smime->octets) {
		fail(smime, REASON_MESSAGE_TOO_LARGE);
		return;
	}
	if (!budget_is_left(&smime->budget)) {
		fail(smime, REASON_TOO_COSTLY);
		return;
	}
	smime->octets += len;
	seal_push(smime->seal, octets, len);
	check_memory(smime, failed);
}

/* One more, kept until the end.  NULL when out of memory. */
static struct judge *
add_judge(struct smime *smime, const struct judge_input *input)
{
	struct judge **judges = reallocarray(smime->judges,
	    smime->judge_count + 1, sizeof(struct judge *));
	struct judge *judge;

	if (judges == NULL)
		return NULL;
	smime->judges = judges;
	judge = judge_new(input);
	if (judge != NULL)
		judges[smime->judge_count++] = judge;
	return judge;
}

const struct verdict *
smime_finish(struct smime *smime, struct trust *trust, time_t now)
{
	struct judge_input input = { .libctx = smime->libctx,
		.verifier = smime->verifier,
		.limits = &smime->limits,
		.rules = &smime->rules,
		.budget = &smime->budget,
		.trust = trust,
		.author = &smime->author,
		.now = now,
		.wants_path = smime->wants_path };
	unsigned long failed = nomem_count();
	struct judge *judge;

	if (smime->judge_count == 0)
		seal_end(smime->seal);
	judge = add_judge(smime, &input);
	if (judge == NULL) {
		fail(smime, REASON_TEMP_NOMEM);
		return without_judge(smime, REASON_TEMP_NOMEM);
	}
	for (size_t i = 0;
	     status_of(smime) == REASON_OK && i < seal_count(smime->seal); i++)
		judge_layer(judge, seal_layer(smime->seal, i));
	check_memory(smime, failed);
	if (nomem_count() != failed && smime->verifier != NULL)
		smime->verifier->spoiled = true;
	return judge_finish(judge, status_of(smime), unsigned_why(smime));
}

void
smime_free(struct smime *smime)
{
	if (smime == NULL)
		return;
	for (size_t i = 0; i < smime->judge_count; i++)
		judge_free(smime->judges[i]);
	free(smime->judges);
	seal_free(smime->seal);
	entity_done(&smime->root);
	mailbox_done(&smime->author.mailbox);
	free(smime);
}
