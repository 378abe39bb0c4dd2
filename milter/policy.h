/* SPDX-License-Identifier: ISC */
/*
 * policy - facts become an action; the only place with opinions
 *
 * Source   RFC 3463 3.8 (x.7.1), RFC 5321 4.2.1
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_POLICY_H
#define MILTER_POLICY_H

#include "settings.h"
#include "smime.h"

struct action {
	enum action_kind kind;	/* what is carried out */
	enum action_kind would; /* what the rule asks for */
	/*
	 * The rule that matched, and its stage; NULL where there is none, and
	 * kind and would then come from on-pass, ... on-encrypted.
	 */
	const char *policy; /* its name; lives as long as the settings */
	const char *stage;  /* "monitor", "tag", "quarantine", "reject" */
	/* For ACTION_REJECT and ACTION_TEMPFAIL; else NULL. */
	const char *code;     /* "550" */
	const char *enhanced; /* "5.7.1" */
	/*
	 * Why, for people, without "%", CR and LF; never empty, so that it
	 * will also do for ACTION_QUARANTINE.
	 */
	char text[256];
};

/* What is done with a message of that verdict. */
void policy_decide(const struct settings *settings,
    const struct verdict *verdict, struct action *action_r);

#endif
