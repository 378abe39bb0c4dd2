/* SPDX-License-Identifier: ISC */
#include "policy.h"

#include <stdio.h>
#include <string.h>

static const char *
headline(enum result result)
{
	static const char *const lines[] = {
		[RESULT_ABSENT] = "encrypted mail is not taken here",
		[RESULT_NONE] = "S/MIME signature required",
		[RESULT_PASS] = "S/MIME signed mail is not taken here",
		[RESULT_POLICY] = "S/MIME signature not accepted",
		[RESULT_NEUTRAL] = "S/MIME signature not accepted",
		[RESULT_TEMPERROR] = "S/MIME signature not verified",
		[RESULT_PERMERROR] = "S/MIME signature not verified",
		[RESULT_FAIL] = "S/MIME signature refused",
	};
	_Static_assert(sizeof(lines) / sizeof(lines[0]) == RESULT_FAIL + 1,
	    "lines");

	return lines[result];
}

static void
set_code(struct action *action)
{
	action->code = NULL;
	action->enhanced = NULL;
	if (action->kind == ACTION_REJECT) {
		action->code = "550";
		action->enhanced = "5.7.1";
	} else if (action->kind == ACTION_TEMPFAIL) {
		action->code = "451";
		action->enhanced = "4.7.1";
	}
}

void
policy_decide(const struct settings *settings, const struct verdict *verdict,
    struct action *action_r)
{
	action_r->kind = settings->on[verdict->result];
	action_r->would = action_r->kind;
	action_r->policy = NULL;
	action_r->stage = NULL;
	set_code(action_r);
	if (verdict->reason == REASON_OK)
		snprintf(action_r->text, sizeof(action_r->text), "%s",
		    headline(verdict->result));
	else
		snprintf(action_r->text, sizeof(action_r->text), "%s: %s: %s",
		    headline(verdict->result), reason_token(verdict->reason),
		    reason_words(verdict->reason));
}
