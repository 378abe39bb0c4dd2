/* SPDX-License-Identifier: ISC */
/*
 * rulesets - which algorithms are acceptable: as usual, and all of them
 */
#ifndef T_LIB_RULESETS_H
#define T_LIB_RULESETS_H

#include "smime/rules.h"

/* The defaults. */
struct rules rulesets_strict(void);

/* Whatever an operator may permit. */
struct rules rulesets_lenient(void);

#endif
