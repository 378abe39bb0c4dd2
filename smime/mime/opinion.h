/* SPDX-License-Identifier: ISC */
/*
 * opinion - how GMime is asked for a second opinion
 *
 * We read a value strictly, and GMime reads it, too: wherever two readers could
 * see two things, the answer is "ambiguous", never a guess.  GMime is not asked
 * about values so plain that it cannot disagree (t/fuzz/fuzz_opinion.c).  Only
 * GMime decodes parameters of RFC 2231 and encoded words.
 *
 * Threads  opinion_init() once before any thread; the rest from any thread
 */
#ifndef SMIME_MIME_OPINION_H
#define SMIME_MIME_OPINION_H

#include <stddef.h>

#include <gmime/gmime.h>

/* Prepare GMime.  Once per process, before any thread. */
void opinion_init(void);

/*
 * How GMime reads addresses when it is lenient; borrowed.  Without options it
 * is strict.
 */
GMimeParserOptions *opinion_lenient(void);

/*
 * A copy of a value for GMime, which reads C strings, and keeps folds inside
 * quotes: so none go in.  The caller frees it with g_free().
 */
char *opinion_unfold(const char *value, size_t len);

#endif
