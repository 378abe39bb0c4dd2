/* SPDX-License-Identifier: ISC */
/*
 * crosscheck - what one option alone does not tell: those that need or exclude
 * another
 *
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_CROSSCHECK_H
#define MILTER_SETTINGS_CROSSCHECK_H

#include "milter/settings/conferror.h"
#include "milter/settings/rule.h"
#include "milter/settings/settings.h"

/*
 * The options of a rule.  Returns NULL, or what is wrong and what would be
 * right; *option_r is then the name of the option that it is about.
 */
const char *crosscheck_rule(const struct rule *rule, const char **option_r);

/* No two tenants, and none and the site, may have the same authserv-id. */
void crosscheck_ids(const struct settings *settings, struct conferror *error);

#endif
