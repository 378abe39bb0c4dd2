/* SPDX-License-Identifier: ISC */
/*
 * condition - the words that rules use for results, reasons and classes
 *
 * Shape    a list of words becomes a set of bits, one for each word
 * Source   RFC 3464 and RFC 3834 (classes); CA/B Forum S/MIME Baseline
 *          Requirements 7.1.6.1 (validation: 2.23.140.1.5.x.y)
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_SETTINGS_CONDITION_H
#define MILTER_SETTINGS_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "milter/strings.h"
#include "smime/reason.h"

/* What kind of mail it says that it is; more than one may be true. */
enum condition_class {
	CLASS_BOUNCE = 1,     /* "bounce": the null sender */
	CLASS_REPORT = 2,     /* "report": multipart/report */
	CLASS_AUTO_REPLY = 4, /* "auto-reply": Auto-Submitted, but not "no" */
	CLASS_MAIL = 8,	      /* "mail": none of these */
};

/* Is that such a word?  NULL, or what is wrong, worded to follow the text. */
const char *condition_check_class(const char *text);
const char *condition_check_result(const char *text);
const char *condition_check_reason(const char *text);
const char *condition_check_vouched_by(const char *text);
const char *condition_check_validation(const char *text);

/*
 * The set that a list of such words stands for.  Bits: condition_class; 1 <<
 * enum result; 1 << enum trust_who; those of cert_validation().
 */
unsigned int condition_classes(const struct strings *words);
unsigned int condition_results(const struct strings *words);
unsigned int condition_vouched_by(const struct strings *words);
unsigned int condition_validations(const struct strings *words);

/* Is the reason among the words? */
bool condition_has_reason(const struct strings *words, enum reason reason);

/* "pass", ... as in a header, and "encrypted".  Never NULL. */
const char *condition_result_word(enum result result);

#endif
