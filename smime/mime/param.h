/* SPDX-License-Identifier: ISC */
/*
 * param - the parameters of a field, as written and as GMime decodes them
 *
 * Shape    *(";" name "=" value), with CFWS between them; a value is a token,
 *          a quoted string, or what should be one for its "/", ":", "=" or "?"
 * Source   RFC 2045 5.1, RFC 2046 5.1.1, RFC 2231, RFC 2047
 * Units    octets
 * Threads  opinion_init() once before any thread; the rest from any thread
 */
#ifndef SMIME_MIME_PARAM_H
#define SMIME_MIME_PARAM_H

#include <stdbool.h>

#include <gmime/gmime.h>

#include "smime/mime/lexer.h"
#include "smime/mime/text.h"

/* The parameters that mean something here. */
enum param_id {
	PARAM_BOUNDARY,
	PARAM_PROTOCOL,
	PARAM_MICALG,
	PARAM_SMIME_TYPE,
	PARAM_HP,
	PARAM_NAME,
};
enum { PARAMS = PARAM_NAME + 1 };

struct param {
	const char *name;      /* NULL: this field has none such */
	const char *value;     /* as written; borrowed from the scratch */
	unsigned int sections; /* "name*0", "name*1", ... of RFC 2231 */
	bool given;
	bool encoded; /* in a form of RFC 2231 */
	bool twice;
	bool folded;
};

/*
 * Read what follows a type or a disposition into params, of which there are
 * PARAMS; other parameters are passed over.  scratch has memory for the rest
 * of the value and two octets more.  False when it is not a list of parameters
 * to its end.
 */
bool param_read_list(struct lexer *lx, struct text *scratch,
    struct param *params);

/* Can only GMime tell what it says? */
bool param_is_coded(const struct param *param);

/*
 * What it says: as written, or as GMime decodes it, if list is not NULL.
 * Borrowed from the scratch or from list.  NULL when it is not given.
 */
const char *param_value(const struct param *param, GMimeParamList *list);

/*
 * Is a parameter that steers a program in doubt?  Twice, split or encoded,
 * or read in another way by GMime, if list is not NULL.
 */
bool param_is_doubtful(const struct param *param, GMimeParamList *list,
    bool may_encode);

#endif
