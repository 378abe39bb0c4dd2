/* SPDX-License-Identifier: ISC */
/*
 * policy - facts become an action; the only place with opinions
 *
 * Room     rulebook.h and anchors.h are the settings made ready (rules, stores,
 *          tenants), envelope.h is what a mail came with; policy makes an action
 *          of these and a verdict, and policykey.h a key for those behind us.
 * Shape    For each author that the message may have, and for each recipient,
 *          the first rule that matches decides; where none does, on-pass, ...
 *          on-encrypted do.  Of all these decisions the strictest is carried
 *          out: reject, tempfail, discard, quarantine, tag, accept.  Nothing
 *          is discarded that somebody was to get: where another recipient's
 *          rule does not discard, the message is refused.
 *
 *          A recipient is judged by the trust of its tenant, else by the
 *          site's.  A rule is matched by that verdict.  What it
 *          requires is judged by its own, where it has one, unless the
 *          collection disallows the signer's root.
 * Source   RFC 3463 3.8 (x.7.1), RFC 5321 4.2.1
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_POLICY_POLICY_H
#define MILTER_POLICY_POLICY_H

#include "milter/header/reply.h"
#include "milter/policy/envelope.h"
#include "milter/policy/rulebook.h"
#include "milter/settings/settings.h"
#include "smime/smime.h"

struct action {
	enum action_kind kind;	/* what is carried out */
	enum action_kind would; /* what the rule asks for */
	/*
	 * The rule that matched, and its stage; NULL where there is none, and
	 * kind and would then come from on-pass, ... on-encrypted.
	 */
	const char *policy; /* its name; lives as long as the settings */
	const char *stage;  /* "monitor", "tag", "quarantine", "reject" */
	/*
	 * What was required and is not there: "signature", "trust",
	 * "validation", "strength"; NULL: nothing.
	 */
	const char *unmet;
	/* The worst that a header says; lives as long as the message. */
	const struct verdict *verdict;
	/* What the site's own header is to say; NULL: it has no recipient. */
	const struct verdict *site;

	/* For ACTION_REJECT and ACTION_TEMPFAIL; else NULL and "". */
	const char *code;	       /* "550" */
	char enhanced[REPLY_MAX_CODE]; /* "5.7.1" */
	/*
	 * Why, for people, in printable ASCII; never empty, so that it will
	 * also do for ACTION_QUARANTINE.
	 */
	char text[REPLY_MAX + 1];
	/* For ACTION_TAG and for a rule's ACTION_QUARANTINE; else NULL. */
	const char *tag;    /* the name of the field */
	char tag_text[256]; /* its value */
};

/* The verdict under another trust, which lives as long as the message. */
typedef const struct verdict *policy_judge(void *arg, struct trust *trust);

/* All that a message is decided by; borrowed. */
struct policy_case {
	const struct settings *settings;
	const struct rulebook *book;
	const struct envelope *envelope; /* settled */
	const struct verdict *verdict;	 /* under the site's trust */
	policy_judge *judge; /* for rules and tenants with their own trust */
	void *arg;
	/*
	 * What the header of each tenant is to say: as many as the book has,
	 * NULL at first.  Tenants without a recipient stay so.
	 */
	const struct verdict **tenants_r;
};

/* What is done with a message. */
void policy_decide(const struct policy_case *what, struct action *action_r);

#endif
