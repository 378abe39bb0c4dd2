/* SPDX-License-Identifier: ISC */
#include "milter/settings/rule.h"

#include <string.h>

#include "milter/settings/opt.h"

static const char *
word_of(const char *option, int value)
{
	return opt_word(opt_find(OPT_POLICY, option, strlen(option)), value);
}

const char *
action_word(enum action_kind kind)
{
	return word_of("unmet", (int)kind);
}

const char *
stage_word(enum rule_stage stage)
{
	return word_of("stage", (int)stage);
}
