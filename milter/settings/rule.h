/* SPDX-License-Identifier: ISC */
/*
 * rule - a policy section of smime-milter.conf: which mail, what is required
 * of it, and what is done
 *
 * Shape    policy "NAME" { ... }; its options are in opt_policy.c
 * Units    strengths count bits, percent messages out of a hundred
 * Threads  never changed once loaded
 */
#ifndef MILTER_SETTINGS_RULE_H
#define MILTER_SETTINGS_RULE_H

#include <stddef.h>

#include "milter/strings.h"
#include "smime/reason.h"
#include "smime/trust/trust.h"

/* What is done with a message, by its result. */
enum action_kind {
	ACTION_ACCEPT,
	ACTION_TEMPFAIL,
	ACTION_REJECT,
	ACTION_QUARANTINE,
	ACTION_DISCARD,
	ACTION_TAG, /* accept, with a field that says so; rules only */
};
enum { ACTION_KINDS = ACTION_TAG + 1 };

/* Of a rule: left to require, or to on-pass, ... on-encrypted. */
enum { ACTION_DEFAULT = -1 };

/* How much of what a rule asks for is done. */
enum rule_stage {
	STAGE_MONITOR, /* nothing: it is only logged */
	STAGE_TAG,
	STAGE_QUARANTINE,
	STAGE_REJECT, /* all of it */
};

enum requirement {
	REQUIRE_NOTHING,
	REQUIRE_SIGNED, /* a signature that holds, of whomever */
	REQUIRE_PASS,
};

/* Which store has to vouch; the values are those of enum trust_who. */
enum vouching {
	VOUCHED_BY_ANY = TRUST_NONE,
	VOUCHED_BY_COLLECTION = TRUST_BY_COLLECTION,
	VOUCHED_BY_LOCAL = TRUST_BY_LOCAL,
};

/* policy "NAME" { ... }: an empty list, or 0, is no condition. */
struct rule {
	char *name; /* owned */

	/* All of these have to hold for it to match. */
	struct strings from_domain; /* domains.h */
	struct strings from;
	struct strings mail_from_domain;
	struct strings mail_from;
	struct strings rcpt_domain;
	struct strings rcpt;
	struct strings client; /* networks, CIDR */
	struct strings user;   /* "*": whoever has authenticated */
	struct strings tls_subject;
	struct strings tls_issuer;
	struct strings class; /* condition.h, and so the next four */
	struct strings result;
	struct strings reason;
	struct strings vouched_by;
	struct strings validation;
	size_t strength; /* bits */

	/* What it requires. */
	enum requirement require;
	enum vouching trust;
	char *anchors;		/* path, "" for the site's stores */
	struct strings signers; /* addresses that sign for from_domain */
	struct strings require_validation;
	size_t require_strength; /* bits */

	/* What it does; enum action_kind or ACTION_DEFAULT. */
	int unmet;
	int on[RESULT_FAIL + 1]; /* by enum result */
	enum rule_stage stage;
	size_t percent;
	char *reply; /* reply.h, "" for the usual text */
	char *tag;   /* the name of a field */
};

/* "accept", "tempfail", ...; "monitor", "tag", ...; never NULL. */
const char *action_word(enum action_kind kind);
const char *stage_word(enum rule_stage stage);

#endif
