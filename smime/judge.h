/* SPDX-License-Identifier: ISC */
/*
 * judge - facts about each signature, and what they add up to
 *
 * Source   RFC 7281 3.1 (result words); the order in which reasons count is
 *          structure, integrity, path, strength, author, coverage
 * Threads  one thread at a time
 */
#ifndef SMIME_JUDGE_H
#define SMIME_JUDGE_H

#include <stdbool.h>
#include <time.h>

#include "smime/cms/seal.h"
#include "smime/mime/mailbox.h"
#include "smime/rules.h"
#include "smime/trust/trust.h"
#include "smime/verdict.h"
#include "smime/verifier.h"

/* What the message's own header says of its author. */
struct author {
	enum reason reason;	/* REASON_OK: mailbox is the one From mailbox */
	struct mailbox mailbox; /* owned; local is NULL where there is none */
};

/* All that a message is judged by; borrowed. */
struct judge_input {
	OSSL_LIB_CTX *libctx;
	struct verifier *verifier; /* NULL: libctx, and nothing remembered */
	const struct limits *limits;
	const struct rules *rules;
	const struct budget *budget;
	struct trust *trust;
	const struct author *author;
	time_t now;
	bool wants_path; /* describe the certificates of each path */
};

struct judge;

/* NULL when out of memory. */
struct judge *judge_new(const struct judge_input *input);

/* Judge every signer of a layer. */
void judge_layer(struct judge *judge, struct layer *layer);

/*
 * The verdict on the whole message.  status is what stopped the reading of
 * it, or REASON_OK; unsigned_why is what to say when no layer was a signature.
 * The verdict lives as long as the judge.
 */
const struct verdict *judge_finish(struct judge *judge, enum reason status,
    enum reason unsigned_why);

void judge_free(struct judge *judge);

#endif
